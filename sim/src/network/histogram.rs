//! Counts of latencies in fixed buckets: sixteen to each power of two, so that a quantile is off by
//! six hundredths at most.

/// Buckets to a power of two, as a power of two.
const SUB_BITS: u32 = 4;
const SUB: u64 = 1 << SUB_BITS;

/// A histogram of times in microseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u32>,
    total: u64,
}

impl Histogram {
    /// Counts one time of `us` microseconds.
    pub fn add(&mut self, us: u64) {
        let bucket = bucket_of(us);
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] = self.counts[bucket].saturating_add(1);
        self.total += 1;
    }

    /// How many times were counted.
    pub const fn len(&self) -> u64 {
        self.total
    }

    /// Whether none was counted.
    pub const fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// The time in microseconds that `percent` of the times do not exceed: the upper end of its
    /// bucket, 0 when nothing was counted.
    pub fn quantile_us(&self, percent: u64) -> u64 {
        let wanted = (self.total * percent).div_ceil(100).max(1);
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += u64::from(*count);
            if seen >= wanted {
                return upper_end(bucket);
            }
        }
        0
    }

    /// Forgets everything and keeps the memory.
    pub fn clear(&mut self) {
        self.counts.clear();
        self.total = 0;
    }
}

fn bucket_of(us: u64) -> usize {
    let us = us.min((1 << 40) - 1);
    if us < SUB {
        return usize::try_from(us).unwrap_or(0);
    }
    let power = us.ilog2();
    let within = (us >> (power - SUB_BITS)) & (SUB - 1);
    let bucket = u64::from(power - SUB_BITS + 1) * SUB + within;
    usize::try_from(bucket).unwrap_or(0)
}

fn upper_end(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < SUB {
        return bucket;
    }
    let shift = bucket / SUB - 1;
    ((SUB + bucket % SUB + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_lies_in_its_bucket_and_close_to_its_end() {
        for power in 0..38 {
            for us in [1_u64 << power, (1 << power) + (1 << power) / 3, (2 << power) - 1] {
                let end = upper_end(bucket_of(us));
                assert!(end >= us && end - us <= us / 16, "{us} {end}");
            }
        }
    }

    #[test]
    fn quantiles_of_a_hundred_times() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile_us(50), 0);
        for us in 1..=100 {
            histogram.add(us * 1_000);
        }
        for (percent, exact) in [(50, 50_000), (95, 95_000), (99, 99_000)] {
            let told = histogram.quantile_us(percent);
            assert!(told >= exact && told <= exact + exact / 16, "{percent}: {told}");
        }
    }
}

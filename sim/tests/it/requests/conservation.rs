//! Sent = answered + failed + in flight, at every instant, whatever the knobs and the deeds.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rollscope_sim::network::clients::{Burst, Clients};
use rollscope_sim::{Command, Duration};

use crate::workload::{advance, cluster_with, deeds, shapes};

fn millis(range: std::ops::Range<u64>) -> impl Strategy<Value = Duration> {
    range.prop_map(Duration::from_millis)
}

fn clients() -> impl Strategy<Value = Clients> {
    let burst = (500..3_000_u64, 1..100_u64, 2..9_u32).prop_map(|(every, percent, factor)| Burst {
        every: Duration::from_millis(every),
        length: Duration::from_millis((every * percent / 100).max(1)),
        factor,
    });
    (
        (1..40_u32, any::<bool>(), prop::option::of(millis(1..4_000)), 0..=100_u32),
        (millis(0..8_000), millis(1..5_000), 0..4_u32, prop::option::of(burst)),
    )
        .prop_map(|((count, keep_alive, request_length, long_percent), rest)| {
            let (long_length, timeout, retries, burst) = rest;
            Clients {
                count,
                keep_alive,
                request_length,
                long_percent,
                long_length,
                timeout,
                retries,
                burst,
                from_start: keep_alive,
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_request_is_lost_or_counted_twice(
        shape in shapes(), deeds in deeds(), seed in 0..1_000_u64,
        rate in 0..400_u32, lag in millis(0..4_000), knobs in (clients(), clients()),
    ) {
        let mut cluster = cluster_with(&shape, seed);
        prop_assert_eq!(cluster.apply(&Command::SetClients(knobs.0)).code, 0);
        cluster.apply(&Command::SetRequestRate(rate));
        cluster.apply(&Command::SetProxyLag(lag));
        let mut seconds = Vec::new();
        for (index, (delay, deed)) in deeds.iter().enumerate() {
            advance(&mut cluster, Duration::from_micros(*delay));
            prop_assert_eq!(cluster.check(), Vec::<String>::new());
            if let Some(command) = deed.command(&cluster) {
                cluster.apply(&command);
            }
            if index == 3 {
                cluster.apply(&Command::SetClients(knobs.1));
            }
            prop_assert_eq!(cluster.check(), Vec::<String>::new());
            seconds.extend(cluster.take_traffic());
        }
        cluster.apply(&Command::SetRequestRate(0));
        advance(&mut cluster, Duration::from_mins(3));
        let totals = cluster.totals();
        prop_assert_eq!(totals.in_flight(), 0, "nobody waits for ever");
        prop_assert_eq!(cluster.check(), Vec::<String>::new());
        seconds.extend(cluster.take_traffic());
        let mut sums: BTreeMap<bool, u64> = BTreeMap::new();
        let mut in_flight = 0;
        for second in &seconds {
            let ended: u64 = second.outcomes.iter().map(|count| count.requests).sum();
            prop_assert_eq!(
                u64::from(in_flight + second.sent),
                ended + u64::from(second.in_flight)
            );
            in_flight = second.in_flight;
            for count in &second.outcomes {
                *sums.entry(count.result.is_ok()).or_default() += count.requests;
            }
        }
        let sum = |answered| sums.get(&answered).copied().unwrap_or(0);
        prop_assert_eq!((sum(true), sum(false)), (totals.answered, totals.failed));
        prop_assert_eq!(cluster.latencies().len(), totals.answered);
    }
}

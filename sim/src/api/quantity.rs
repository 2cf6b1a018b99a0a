//! Amounts of cpu, memory and devices.
//!
//! Models: kubernetes v1.36 apimachinery `resource.Quantity`, in thousandths of a unit.

use std::collections::BTreeMap;

use super::{Name, Value};
use crate::order;

/// Amounts by resource name, in thousandths (`cpu: 500m` is 500, `nvidia.com/gpu: 1` is 1000).
pub type Resources = BTreeMap<Name, i64>;

const SUFFIXES: [(&str, i128); 15] = [
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("Pi", 1 << 50),
    ("Ei", 1 << 60),
    ("k", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("T", 1_000_000_000_000),
    ("P", 1_000_000_000_000_000),
    ("E", 1_000_000_000_000_000_000),
    ("m", -1_000),
    ("u", -1_000_000),
    ("n", -1_000_000_000),
];

/// Reads a quantity such as `500m`, `1.5`, `128Mi` or `2e3` as thousandths of a unit, rounding up.
/// `None` when the text is no quantity. Amounts beyond 64 bits saturate.
pub fn parse_milli(text: &str) -> Option<i64> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') || number.len() > 24 {
        return None;
    }
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let (mut times, mut by) = scale(suffix)?;
    by = by.checked_mul(10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?)?;
    times = times.checked_mul(1_000)?;
    let scaled = digits.checked_mul(times).map_or(i128::MAX, |product| (product + by - 1) / by);
    let milli = i64::try_from(scaled).unwrap_or(i64::MAX);
    Some(if negative { -milli } else { milli })
}

/// The factor and the divisor a suffix stands for.
fn scale(suffix: &str) -> Option<(i128, i128)> {
    if suffix.is_empty() {
        return Some((1, 1));
    }
    if let Some((_, factor)) = SUFFIXES.iter().find(|(name, _)| *name == suffix) {
        return Some(if *factor > 0 { (*factor, 1) } else { (1, -*factor) });
    }
    let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    let power = 10_i128.checked_pow(exponent.unsigned_abs().min(30))?;
    Some(if exponent >= 0 { (power, 1) } else { (1, power) })
}

/// An amount in thousandths as a quantity, with the largest suffix that keeps it whole: `500m`, `4`,
/// `2k`, or in powers of 1024 `64Mi`.
pub fn text(milli: i64, binary: bool) -> String {
    if milli % 1_000 != 0 {
        return format!("{milli}m");
    }
    let (suffixes, by) = if binary {
        (["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"], 1_024)
    } else {
        (["", "k", "M", "G", "T", "P", "E"], 1_000)
    };
    let (mut amount, mut power) = (milli / 1_000, 0);
    while amount != 0 && amount % by == 0 && power + 1 < suffixes.len() {
        amount /= by;
        power += 1;
    }
    format!("{amount}{}", suffixes[power])
}

/// Reads a map of quantities such as `requests`; entries that are no quantity are left out.
pub fn resources(value: Option<&Value>) -> Resources {
    let Some(map) = value.and_then(Value::as_map) else {
        return Resources::new();
    };
    let amount =
        |(name, value): (&Name, &Value)| Some((name.clone(), parse_milli(&value.scalar_text()?)?));
    order::map(map.iter().filter_map(amount))
}

#[cfg(test)]
mod tests {
    use super::parse_milli;

    #[test]
    fn quantities_are_read_as_thousandths_and_nonsense_is_not() {
        let cases = [
            ("500m", Some(500)),
            ("1", Some(1_000)),
            ("1.5", Some(1_500)),
            ("0.5", Some(500)),
            ("128Mi", Some(134_217_728_000)),
            ("2e3", Some(2_000_000)),
            ("-1", Some(-1_000)),
            ("1u", Some(1)),
            ("abc", None),
            ("", None),
            ("1.2.3", None),
            ("1Qi", None),
        ];
        for (text, milli) in cases {
            assert_eq!(parse_milli(text), milli, "{text}");
        }
    }
}

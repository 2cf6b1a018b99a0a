//! Printed UUIDs back to the counters they stand for.
//!
//! A [`Uid`] prints as a UUID made by scrambling its counter. Scrambling can be undone, so objects
//! survive being printed and read again.

use crate::api::Uid;

/// The uid that prints like this; `None` for a UUID that no object of the simulator has.
pub(super) fn parse(text: &str) -> Option<Uid> {
    let hex: String = text.split('-').collect();
    if text.len() != 36 || hex.len() != 32 || !hex.is_ascii() {
        return None;
    }
    // The thirteenth digit is the UUID's version and not part of the number.
    (0..16_u64).find_map(|digit| {
        let high = u64::from_str_radix(&format!("{}{digit:x}{}", &hex[..12], &hex[13..16]), 16);
        let uid = Uid(unmix(high.ok()?) ^ 0x5bd1_e995_9e37_79b9);
        (uid.to_string() == text).then_some(uid)
    })
}

/// The inverse of [`crate::rng::mix`]: its steps backwards, with the factors' inverses.
const fn unmix(mut z: u64) -> u64 {
    z = z ^ (z >> 31) ^ (z >> 62);
    z = z.wrapping_mul(0x3196_42b2_d24d_8ec3);
    z = z ^ (z >> 27) ^ (z >> 54);
    z = z.wrapping_mul(0x96de_1b17_3f11_9089);
    z ^ (z >> 30) ^ (z >> 60)
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::api::Uid;

    #[test]
    fn printed_uids_are_read_back_and_foreign_ones_are_not() {
        for counter in (0..2_000).chain([u64::MAX]) {
            assert_eq!(parse(&Uid(counter).to_string()), Some(Uid(counter)));
        }
        for foreign in
            ["", "c807f6da-1cf9-453f-8ec3-a4a5323296ce", "ä807f6da-1cf9-453f-8ec3-a4a5323296c"]
        {
            assert_eq!(parse(foreign), None);
        }
    }
}

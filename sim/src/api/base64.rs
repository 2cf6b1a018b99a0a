//! Base64, in which Secrets hold their data.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes as base64 text.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            if place > chunk.len() {
                text.push('=');
            } else {
                let index = (bits >> (18 - 6 * place)) & 63;
                text.push(char::from(ALPHABET[index as usize]));
            }
        }
    }
    text
}

/// The bytes that base64 text stands for; `None` when it is none. Line breaks are skipped.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let symbols: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    if !symbols.len().is_multiple_of(4) {
        return None;
    }
    let mut bytes = Vec::new();
    for (index, chunk) in symbols.chunks(4).enumerate() {
        let padding = chunk.iter().rev().take_while(|byte| **byte == b'=').count();
        if padding > 2 || (padding > 0 && (index + 1) * 4 != symbols.len()) {
            return None;
        }
        let mut bits: u32 = 0;
        for symbol in &chunk[..4 - padding] {
            let value = ALPHABET.iter().position(|known| known == symbol)?;
            bits = bits << 6 | u32::try_from(value).ok()?;
        }
        bits <<= 6 * padding;
        bytes.extend(&bits.to_be_bytes()[1..4 - padding]);
    }
    Some(bytes)
}

/// Where base64 text stops to be any, in bytes, as Go's decoder counts them; `None` when all is
/// right.
///
/// Models: Go `encoding/base64` `decodeQuantum`.
pub fn first_wrong(text: &str) -> Option<usize> {
    let mut symbols = text.bytes().enumerate().filter(|(_, byte)| !matches!(byte, b'\n' | b'\r'));
    let mut place = 0;
    while let Some((at, byte)) = symbols.next() {
        if ALPHABET.contains(&byte) {
            place = (place + 1) % 4;
            continue;
        }
        if byte != b'=' || place < 2 {
            return Some(at);
        }
        if place == 2 {
            match symbols.next() {
                Some((_, b'=')) => {}
                Some((at, _)) => return Some(at.saturating_sub(1)),
                None => return Some(text.len()),
            }
        }
        return symbols.next().map(|(at, _)| at);
    }
    (place > 0).then(|| text.len() - place)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode, first_wrong};

    #[test]
    fn the_first_wrong_byte_is_counted_as_in_go() {
        for (text, at) in [
            ("YQ==", None),
            ("YWJj\n", None),
            ("hunter2", Some(4)),
            ("hunter2!", Some(7)),
            ("a b=", Some(1)),
            ("YQ=", Some(3)),
            ("Y===", Some(1)),
            ("YQ==YQ==", Some(4)),
        ] {
            assert_eq!(first_wrong(text), at, "{text}");
            assert_eq!(decode(text).is_none(), at.is_some(), "{text}");
        }
    }

    #[test]
    fn text_comes_back_whatever_its_length() {
        for (plain, encoded) in
            [("", ""), ("a", "YQ=="), ("ab", "YWI="), ("abc", "YWJj"), ("hunter2", "aHVudGVyMg==")]
        {
            assert_eq!(encode(plain.as_bytes()), encoded);
            assert_eq!(decode(encoded).as_deref(), Some(plain.as_bytes()));
        }
        for wrong in ["YQ=", "Y===", "YQ==YQ==", "a b="] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}

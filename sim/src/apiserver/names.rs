//! Generated names and hashes: `inference-6445c5979b-zrfjm`.
//!
//! Models: kubernetes v1.36 apimachinery `pkg/util/rand/rand.go` and
//! `apiserver/pkg/storage/names/generate.go`.

use crate::api::Name;
use crate::rng::Rng;

/// Letters and digits that cannot spell a bad word.
const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
/// Characters of a name before the random part.
const MAX_BASE: usize = 58;
/// Characters of the random part.
const SUFFIX: usize = 5;
/// Characters of a whole object name.
const MAX_NAME: usize = 253;

/// `prefix`, cut to 58 characters, and five random characters.
pub fn generate(prefix: &str, rng: &mut Rng) -> Name {
    let suffix: String = (0..SUFFIX)
        .map(|_| rng.index(ALPHABET.len()).map_or('x', |index| char::from(ALPHABET[index])))
        .collect();
    with_suffix(prefix, &suffix)
}

/// `prefix`, cut so that the random part fits, and `suffix`.
pub fn with_suffix(prefix: &str, suffix: &str) -> Name {
    format!("{}{suffix}", cut(prefix, MAX_BASE)).into()
}

/// Maps each character into the safe alphabet by its code: `0123456789` becomes `456789bcdf`.
pub fn safe_encode(text: &str) -> String {
    text.bytes().map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()])).collect()
}

/// FNV-1a over 32 bits.
pub fn fnv32a(bytes: &[u8]) -> u32 {
    fnv32a_from(0x811c_9dc5, bytes)
}

fn fnv32a_from(start: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(start, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The `pod-template-hash` of a template written out as text.
///
/// Models: kubernetes v1.36 `pkg/controller/controller_utils.go` `ComputeHash`.
/// Differs: the text is our own dump of the template, so the digits differ from a cluster's.
pub fn template_hash(template: &str, collision_count: Option<u32>) -> String {
    let mut hash = fnv32a(template.as_bytes());
    if let Some(count) = collision_count {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&count.to_le_bytes());
        hash = fnv32a_from(hash, &bytes);
    }
    safe_encode(&hash.to_string())
}

/// The name of a Deployment's `ReplicaSet`, cut to the length of a name.
pub fn replica_set_name(deployment: &str, hash: &str) -> Name {
    format!("{}-{hash}", cut(deployment, MAX_NAME - hash.len() - 1)).into()
}

fn cut(text: &str, max: usize) -> &str {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

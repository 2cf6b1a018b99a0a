//! Names of functions that last from build to build.

/// A demangled name without the hashes of its crates and of its instance.
pub(super) fn lasting(name: &str) -> String {
    let name = match name.rsplit_once("::h") {
        Some((path, hash)) if is_hash(hash) => path,
        _ => name,
    };
    let mut lasting = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('[') {
        lasting.push_str(before);
        match after.split_once(']') {
            Some((hash, beyond)) if is_hash(hash) => rest = beyond,
            _ => {
                lasting.push('[');
                rest = after;
            }
        }
    }
    lasting.push_str(rest);
    lasting
}

fn is_hash(text: &str) -> bool {
    (12..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_go_and_types_stay() {
        assert_eq!(lasting("a::b::run::h0123456789abcdef"), "a::b::run");
        assert_eq!(lasting("<a[443a5cfeef4414b1]::B>::run::<[u8]>"), "<a::B>::run::<[u8]>");
        assert_eq!(lasting("a::handle"), "a::handle");
    }
}

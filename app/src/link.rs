//! A run in a link: its scenario, packed into the part of an address that no server sees.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

use crate::examples::Example;

/// The longest scenario that is unpacked, in bytes.
const LONGEST: usize = 4 << 20;
/// How hard to look for repeats, of 10.
const EFFORT: u8 = 9;
const SCENARIO: &str = "scenario=";
const RUN: &str = "run=";

/// What an address asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) example: Option<Example>,
    /// The scenario to run, or why there is none.
    pub(crate) run: Option<Result<String, &'static str>>,
}

/// The part of an address behind `#` that brings a run about again.
pub(crate) fn hash(example: Example, scenario: &str) -> String {
    let packed = URL_SAFE_NO_PAD.encode(compress_to_vec(scenario.as_bytes(), EFFORT));
    format!("#{SCENARIO}{}&{RUN}{packed}", example.slug())
}

/// What the part of an address behind `#` asks for.
pub(crate) fn read(hash: &str) -> Wish {
    let parts = || hash.trim_start_matches('#').split('&');
    let slug = parts().find_map(|part| part.strip_prefix(SCENARIO));
    let run = parts().find_map(|part| part.strip_prefix(RUN));
    Wish { example: slug.and_then(Example::of_slug), run: run.map(unpack) }
}

fn unpack(packed: &str) -> Result<String, &'static str> {
    const BROKEN: &str = "the link is not whole: copy all of it";
    let bytes = URL_SAFE_NO_PAD.decode(packed).map_err(|_| BROKEN)?;
    let text = decompress_to_vec_with_limit(&bytes, LONGEST).map_err(|_| BROKEN)?;
    String::from_utf8(text).map_err(|_| BROKEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_comes_back_from_its_link() {
        let text = "seed: 7\nsteps: [{at: 1s, kubectl: get pods}]\n".repeat(50);
        let link = hash(Example::Canary, &text);
        assert!(link.len() < 200, "{link}");
        assert_eq!(read(&link), Wish { example: Some(Example::Canary), run: Some(Ok(text)) });
    }

    #[test]
    fn broken_links_are_told_and_bombs_are_not_unpacked() {
        let link = hash(Example::Canary, "seed: 7\n");
        for at in 0..link.len() {
            let _ = read(&link[..at]);
            let _ = read(&[&link[..at], "_", &link[at + 1..]].concat());
        }
        let cut = read(&link[..link.len() - 3]);
        assert!(matches!(cut.run, Some(Err(_))), "{cut:?}");
        assert_eq!(read("#scenario=nobody&x"), Wish { example: None, run: None });
        let bomb = hash(Example::Own, &" ".repeat(LONGEST + 1));
        assert!(matches!(read(&bomb).run, Some(Err(_))));
    }
}

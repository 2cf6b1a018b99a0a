//! The same runs in the browser: `(seed, commands) → run` must not depend on the target.
#![cfg(target_arch = "wasm32")]

#[path = "it/fingerprints.rs"]
mod fingerprints;

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn fingerprints_are_those_of_the_native_run() {
    let committed = include_str!("../../tests/golden/fingerprints.txt");
    assert_eq!(fingerprints::fingerprints(), committed);
}

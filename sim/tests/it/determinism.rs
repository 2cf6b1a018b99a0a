//! The committed fingerprints, natively; `tests/wasm.rs` holds the same ones in the browser.

use expect_test::expect_file;

use crate::fingerprints::fingerprints;

#[test]
fn fingerprints_are_the_committed_ones() {
    expect_file!["../../../tests/golden/fingerprints.txt"].assert_eq(&fingerprints());
}

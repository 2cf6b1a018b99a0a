//! Asks the linker for a map of the program: where in its memory each piece of data lies. The build of
//! the page reads it (`xtask/src/split/data.rs`).

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        let folder = std::env::var("OUT_DIR").unwrap_or_default();
        let map = Path::new(&folder).join("../../../rollscope-app.map");
        println!("cargo:rustc-link-arg-bins=--Map={}", map.display());
    }
}

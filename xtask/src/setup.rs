//! What the tasks need on a machine, at pinned versions, and how each of it is installed.
//!
//! A tool is looked for first, without the network; only what is missing or of another version
//! is installed. Rust itself, Node.js and apt-get are taken as given.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use crate::shell::{self, Outcome};

/// Where Lighthouse's packages are.
const LIGHTHOUSE_PACKAGES: &str = "xtask/node/lighthouse";

/// Something to install.
pub(crate) struct Tool {
    name: &'static str,
    /// What happens while the reader waits, and for how long.
    doing: &'static str,
    /// The command that installs it, also shown when that fails.
    by_hand: &'static str,
    is_present: fn() -> bool,
    install: fn(&str) -> Outcome,
}

pub(crate) const WASM_TARGET: Tool = Tool {
    name: "wasm32-unknown-unknown target",
    doing: "installing, some seconds",
    by_hand: "rustup target add wasm32-unknown-unknown",
    is_present: has_wasm_target,
    install: run_line,
};
pub(crate) const RUSTFMT: Tool = Tool {
    name: "rustfmt",
    doing: "installing, some seconds",
    by_hand: "rustup component add rustfmt",
    is_present: || shell::first_line("cargo fmt --version").is_some(),
    install: run_line,
};
pub(crate) const CLIPPY: Tool = Tool {
    name: "clippy",
    doing: "installing, some seconds",
    by_hand: "rustup component add clippy",
    is_present: || shell::first_line("cargo clippy --version").is_some(),
    install: run_line,
};
/// Trunk builds offline, so all crates of the lock file must be here before.
pub(crate) const CRATES: Tool = Tool {
    name: "crates of Cargo.lock",
    doing: "installing, some seconds",
    by_hand: "cargo fetch --locked",
    is_present: || shell::first_line("cargo fetch --locked --offline --quiet").is_some(),
    install: run_line,
};
// Built without optimisation: it starts other programs, and compiles in half the time.
pub(crate) const TRUNK: Tool = Tool {
    name: "trunk 0.21.14",
    doing: "compiling, about 4 minutes",
    by_hand: "cargo install --locked --force --debug trunk@0.21.14",
    is_present: || is_version("trunk --version", "0.21.14"),
    install: cargo_install,
};
pub(crate) const WASM_BINDGEN: Tool = Tool {
    name: "wasm-bindgen 0.2.129",
    doing: "compiling, about 3 minutes",
    by_hand: "cargo install --locked --force wasm-bindgen-cli@0.2.129",
    is_present: || {
        is_version("wasm-bindgen --version", "0.2.129")
            && is_version("wasm-bindgen-test-runner --version", "0.2.129")
    },
    install: cargo_install,
};
pub(crate) const CARGO_DENY: Tool = Tool {
    name: "cargo-deny 0.20.2",
    doing: "compiling, about 2 minutes",
    by_hand: "cargo install --locked --force --debug cargo-deny@0.20.2",
    is_present: || is_version("cargo-deny --version", "0.20.2"),
    install: cargo_install,
};
pub(crate) const NODE: Tool = Tool {
    name: "Node.js 20 or newer",
    doing: "looking for it",
    by_hand: "https://nodejs.org/en/download",
    is_present: has_node,
    install: |_| Err("`node` and `npm` must be on PATH".to_owned()),
};
pub(crate) const NODE_PACKAGES: Tool = Tool {
    name: "packages of package-lock.json",
    doing: "installing, some seconds",
    by_hand: "npm ci --no-audit --no-fund",
    is_present: || has_node_packages("."),
    install: |line| npm_install(line, "."),
};
/// Apart from the others: it brings four times as many packages, and only `bench page` wants it.
pub(crate) const LIGHTHOUSE: Tool = Tool {
    name: "lighthouse 12.8.2",
    doing: "installing, some seconds",
    by_hand: "npm ci --no-audit --no-fund --prefix xtask/node/lighthouse",
    is_present: || has_node_packages(LIGHTHOUSE_PACKAGES),
    install: |line| npm_install(line, LIGHTHOUSE_PACKAGES),
};
pub(crate) const CHROMIUM: Tool = Tool {
    name: "chromium and chromedriver",
    doing: "installing, some seconds",
    by_hand: "apt-get install -y --no-install-recommends chromium chromium-driver",
    is_present: || chromium().exists() && chromedriver().exists(),
    install: apt_install,
};

pub(crate) const FIREFOX: Tool = Tool {
    name: "firefox-esr",
    doing: "installing, some seconds",
    by_hand: "apt-get install -y --no-install-recommends firefox-esr",
    is_present: || firefox().exists(),
    install: apt_install,
};

const ALL: &[Tool] = &[
    WASM_TARGET,
    RUSTFMT,
    CLIPPY,
    CRATES,
    NODE,
    NODE_PACKAGES,
    CHROMIUM,
    FIREFOX,
    CARGO_DENY,
    WASM_BINDGEN,
    TRUNK,
];

/// `cargo xtask setup`: installs what is missing and reports on each tool.
pub(crate) fn install_all() -> Outcome {
    for tool in ALL {
        if (tool.is_present)() {
            println!("{:<32} ok", tool.name);
        } else {
            install(tool)?;
        }
    }
    Ok(())
}

/// Installs what is missing of `tools`, saying nothing of those that are there.
pub(crate) fn ensure(tools: &[&Tool]) -> Outcome {
    for tool in tools {
        if !(tool.is_present)() {
            install(tool)?;
        }
    }
    Ok(())
}

/// The browser of the tests.
pub(crate) fn chromium() -> PathBuf {
    env::var_os("CHROMIUM").map_or_else(|| "/usr/bin/chromium".into(), PathBuf::from)
}

/// The second browser of the tests.
pub(crate) fn firefox() -> PathBuf {
    env::var_os("FIREFOX").map_or_else(|| "/usr/bin/firefox-esr".into(), PathBuf::from)
}

/// What steers the browser in the wasm tests.
pub(crate) fn chromedriver() -> PathBuf {
    env::var_os("CHROMEDRIVER").map_or_else(|| "/usr/bin/chromedriver".into(), PathBuf::from)
}

fn install(tool: &Tool) -> Outcome {
    let Tool { name, by_hand, .. } = tool;
    print!("{name:<32} {}… ", tool.doing);
    io::stdout().flush().map_err(|error| error.to_string())?;
    let start = Instant::now();
    let outcome = (tool.install)(by_hand).and_then(|()| {
        if (tool.is_present)() {
            Ok(())
        } else {
            Err("it was installed, but is still not found at this version".to_owned())
        }
    });
    match outcome {
        Ok(()) => {
            println!("ok, {} s", start.elapsed().as_secs());
            Ok(())
        }
        Err(why) => {
            println!("failed");
            Err(format!("{why}\n\n{name} could not be installed. By hand:\n    {by_hand}"))
        }
    }
}

fn run_line(line: &str) -> Outcome {
    shell::run_quietly(&mut shell::command_line(line))
}

/// `cargo install` for this machine, whatever the caller builds for and wherever.
fn cargo_install(line: &str) -> Outcome {
    let mut command = shell::command_line(line);
    command.current_dir(env::temp_dir());
    for variable in [
        "CARGO_BUILD_TARGET",
        "CARGO_TARGET_DIR",
        "CARGO_BUILD_TARGET_DIR",
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_BUILD_RUSTFLAGS",
    ] {
        command.env_remove(variable);
    }
    shell::run_quietly(&mut command)
}

/// Installs the packages of a folder.
fn npm_install(line: &str, folder: &str) -> Outcome {
    let mut npm = shell::command_line(line);
    // The tests drive the system's browser.
    npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    shell::run_quietly(&mut npm)?;
    let stamp = node_stamp(folder);
    fs::copy(package_lock(folder), &stamp)
        .map(|_| ())
        .map_err(|error| format!("cannot write {}: {error}", stamp.display()))
}

/// apt-get as root; its package lists are renewed only when they do not do.
fn apt_install(line: &str) -> Outcome {
    let wanted = [chromium(), chromedriver(), firefox()].map(|path| path.display().to_string());
    if shell::first_line("apt-get --version").is_none() {
        return Err(format!(
            "no apt-get here: install the browsers as {}, or set CHROMIUM, CHROMEDRIVER and FIREFOX",
            wanted.join(", ")
        ));
    }
    if shell::run_quietly(&mut as_root(line)).is_ok() {
        return Ok(());
    }
    shell::run_quietly(&mut as_root("apt-get update"))?;
    shell::run_quietly(&mut as_root(line))
}

fn as_root(line: &str) -> Command {
    let mut command = if shell::first_line("id -u").as_deref() == Some("0") {
        shell::command_line(line)
    } else {
        shell::command_line(&format!("sudo {line}"))
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn has_wasm_target() -> bool {
    shell::first_line("rustc --print target-libdir --target wasm32-unknown-unknown")
        .is_some_and(|folder| Path::new(&folder).is_dir())
}

fn is_version(line: &str, version: &str) -> bool {
    shell::first_line(line).is_some_and(|said| said.split_whitespace().any(|word| word == version))
}

fn has_node() -> bool {
    shell::first_line("node --version").is_some_and(|version| major(&version) >= Some(20))
}

/// `v20.20.2` → 20.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// The stamp is a copy of the lock file that `node_modules` was made from.
fn has_node_packages(folder: &str) -> bool {
    match (fs::read(package_lock(folder)), fs::read(node_stamp(folder))) {
        (Ok(wanted), Ok(installed)) => wanted == installed,
        _ => false,
    }
}

fn package_lock(folder: &str) -> PathBuf {
    shell::root().join(folder).join("package-lock.json")
}

fn node_stamp(folder: &str) -> PathBuf {
    shell::root().join(folder).join("node_modules/.rollscope-stamp")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version_in(name: &str) -> &str {
        name.rsplit(' ').next().expect("rsplit gives at least one")
    }

    #[test]
    fn names_and_install_commands_agree_on_the_version() {
        for tool in [TRUNK, WASM_BINDGEN, CARGO_DENY] {
            let version = version_in(tool.name);
            assert!(tool.by_hand.ends_with(&format!("@{version}")), "{version}");
        }
    }

    #[test]
    fn trunk_is_told_the_versions_installed_here() {
        let trunk = include_str!("../../Trunk.toml");
        let wasm_bindgen = version_in(WASM_BINDGEN.name);
        assert!(trunk.contains(&format!("wasm_bindgen = \"{wasm_bindgen}\"")));
        let packages = include_str!("../../package.json");
        assert!(trunk.contains("wasm_opt = \"version_132\""));
        assert!(packages.contains("\"binaryen\": \"132.0.0\""));
    }

    #[test]
    fn the_lock_files_name_no_registry() {
        for lock in [
            include_str!("../../package-lock.json"),
            include_str!("../node/lighthouse/package-lock.json"),
        ] {
            assert!(!lock.contains("\"resolved\""));
        }
    }

    #[test]
    fn lighthouse_is_the_version_it_is_called_by() {
        let packages = include_str!("../node/lighthouse/package.json");
        let version = version_in(LIGHTHOUSE.name);
        assert!(packages.contains(&format!("\"lighthouse\": \"{version}\"")));
        assert!(LIGHTHOUSE.by_hand.ends_with(LIGHTHOUSE_PACKAGES));
    }

    #[test]
    fn node_versions_are_compared_as_numbers() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("v9.0.0"), Some(9));
        assert_eq!(major("garbage"), None);
        assert!(major("garbage") < Some(20));
    }
}

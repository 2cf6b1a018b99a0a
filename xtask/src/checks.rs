//! `cargo xtask test`: the checks of CI, in order, cheapest first.
//!
//! The runners write to the terminal themselves; their closing lines are how one sees, and CI
//! counts, what ran. The end-to-end tests come last, so that the log ends with such a line.

use std::time::Instant;

use crate::{
    page,
    setup::{self, Tool},
    shell::{self, Outcome},
    size,
};

struct Step {
    name: &'static str,
    about: &'static str,
    needs: &'static [&'static Tool],
    run: fn() -> Outcome,
}

const WASM_TEST_NEEDS: &[&Tool] =
    &[&setup::WASM_TARGET, &setup::WASM_BINDGEN, &setup::NODE, &setup::CHROMIUM];
const E2E_NEEDS: &[&Tool] =
    &[&setup::NODE, &setup::NODE_PACKAGES, &setup::CHROMIUM, &setup::FIREFOX];

const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        about: "the code is formatted",
        needs: &[&setup::RUSTFMT],
        run: || run_line("cargo fmt --all --check"),
    },
    Step {
        name: "clippy",
        about: "no lint, on this machine's target",
        needs: &[&setup::CLIPPY],
        run: || run_line("cargo clippy --workspace --all-targets --locked -- -D warnings"),
    },
    Step {
        name: "clippy-wasm",
        about: "no lint in the page",
        needs: &[&setup::CLIPPY, &setup::WASM_TARGET],
        run: || {
            run_line(
                "cargo clippy -p rollscope-app --target wasm32-unknown-unknown --locked -- -D warnings",
            )
        },
    },
    Step { name: "doc", about: "the simulator's documentation is whole", needs: &[], run: doc },
    Step {
        name: "deny",
        about: "licences, sources and duplicates of the dependencies",
        needs: &[&setup::CARGO_DENY, &setup::CRATES],
        run: || run_line("cargo deny --locked check licenses bans sources"),
    },
    Step {
        name: "native",
        about: "tests on this machine's target",
        needs: &[],
        run: || run_line("cargo test --workspace --locked"),
    },
    Step {
        name: "wasm",
        about: "tests as wasm, in headless Chromium",
        needs: WASM_TEST_NEEDS,
        run: wasm_tests,
    },
    Step {
        name: "build",
        about: "the optimised page, into dist/",
        needs: page::BUILD_NEEDS,
        run: page::build_release,
    },
    Step {
        name: "size",
        about: "the first visit stays within its budget",
        needs: &[&setup::NODE],
        run: size::check,
    },
    Step {
        name: "e2e",
        about: "the built page in headless Chromium",
        needs: E2E_NEEDS,
        run: end_to_end,
    },
];

/// `cargo xtask test --list`.
pub(crate) fn list() {
    for Step { name, about, .. } in STEPS {
        println!("{name:<12} {about}");
    }
}

/// Runs the steps named, or all of them; stops at the first failure.
pub(crate) fn run(names: &[&str]) -> Outcome {
    let steps = select(names)?;
    let start = Instant::now();
    for step in &steps {
        println!("\n=== {}: {}", step.name, step.about);
        let step_start = Instant::now();
        setup::ensure(step.needs)
            .and_then(|()| (step.run)())
            .map_err(|why| failure(step.name, &why))?;
        println!("=== {} ok, {}", step.name, seconds(step_start));
    }
    println!("\nAll well: {} in {}.", count(steps.len()), seconds(start));
    Ok(())
}

/// The steps of these names, in the order of the table.
fn select(names: &[&str]) -> Outcome<Vec<&'static Step>> {
    let is_step = |name: &&&str| STEPS.iter().any(|step| step.name == **name);
    if let Some(unknown) = names.iter().find(|name| !is_step(name)) {
        return Err(format!("there is no step `{unknown}`; `cargo xtask test --list` names them"));
    }
    Ok(STEPS.iter().filter(|step| names.is_empty() || names.contains(&step.name)).collect())
}

fn failure(name: &str, why: &str) -> String {
    format!("{why}\n\nStep `{name}` failed. This step alone: cargo xtask test {name}")
}

fn count(steps: usize) -> String {
    if steps == 1 { "1 step".to_owned() } else { format!("{steps} steps") }
}

fn seconds(since: Instant) -> String {
    format!("{:.1} s", since.elapsed().as_secs_f64())
}

fn run_line(line: &str) -> Outcome {
    shell::run(&mut shell::command_line(line))
}

fn doc() -> Outcome {
    let mut cargo = shell::command_line("cargo doc -p rollscope-sim --no-deps --locked");
    shell::run(cargo.env("RUSTDOCFLAGS", "-D warnings"))
}

/// The crates that have wasm tests; each brings its own `webdriver.json`.
fn wasm_tests() -> Outcome {
    let root = shell::root();
    if root.join("sim/tests/wasm.rs").exists() || root.join("sim/tests/wasm").is_dir() {
        wasm_test("-p rollscope-sim --test wasm")?;
    } else {
        println!("sim/tests/ has no wasm tests");
    }
    if root.join("app/tests").is_dir() {
        wasm_test("-p rollscope-app")?;
    } else {
        println!("app/tests/ does not exist");
    }
    Ok(())
}

fn wasm_test(selection: &str) -> Outcome {
    let line = format!("cargo test --locked {selection} --target wasm32-unknown-unknown");
    let mut cargo = shell::command_line(&line);
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
    shell::run(cargo.env("CHROMEDRIVER", setup::chromedriver()))
}

fn end_to_end() -> Outcome {
    size::check_dist_is_built()?;
    let mut playwright =
        shell::command_line("playwright test --config tests/e2e/playwright.config.js");
    playwright.env("CHROMIUM", setup::chromium()).env("FIREFOX", setup::firefox());
    shell::run(&mut playwright)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(names: &[&str]) -> Vec<&'static str> {
        let steps = select(names).expect("these steps exist");
        steps.iter().map(|step| step.name).collect()
    }

    #[test]
    fn without_names_every_step_runs_and_the_browser_comes_last() {
        let all = selected(&[]);
        assert_eq!(all.len(), STEPS.len());
        assert_eq!(all.last(), Some(&"e2e"));
    }

    #[test]
    fn named_steps_run_in_the_order_of_the_table() {
        assert_eq!(selected(&["e2e", "fmt", "build"]), ["fmt", "build", "e2e"]);
    }

    #[test]
    fn an_unknown_step_is_refused_before_anything_runs() {
        let error = select(&["fmt", "lint"]).map(|_| ()).expect_err("no such step");
        assert!(error.starts_with("there is no step `lint`"));
    }

    #[test]
    fn a_failure_tells_how_to_repeat_it() {
        let text = failure("deny", "`cargo deny check` failed (exit status: 1)");
        assert!(text.ends_with("This step alone: cargo xtask test deny"));
    }
}

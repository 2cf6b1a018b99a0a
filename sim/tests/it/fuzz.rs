//! Whatever is thrown at them, the readers of people's words neither panic nor hang.
//!
//! The corpus is `tests/fuzz/<target>/`, one input a file; every run mutates its inputs with seeded
//! chance, so that a failure comes back. `ROLLSCOPE_FUZZ=N` tries N inputs of each target instead of
//! the short run's. A failing input is printed; put it into the corpus. This form was chosen over
//! `cargo-fuzz` because it needs no other compiler and runs with all tests.

use std::fs;
use std::path::PathBuf;
use std::time::Instant as Clock;

use rollscope_sim::kubectl::run;
use rollscope_sim::manifest;
use rollscope_sim::terminal::Terminal;
use rollscope_sim::{Cluster, Command, Config, Duration};

/// Inputs of one target in the short run.
const SHORT: u64 = 4_000;
/// The longest input.
const MAX_BYTES: usize = 4_096;
/// How long one input may take, in milliseconds. Debug builds on a busy machine are slow.
const PATIENCE_MS: u128 = 5_000;

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'nginx:1', ports: [{name: http, containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
";

/// Chance, seeded.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(1);
        usize::try_from(self.next() % bound).unwrap_or(0)
    }
}

/// Changes an input a little: bytes, pieces, words of the grammar, parts of another input.
fn mutate(chance: &mut Chance, input: &[u8], other: &[u8], words: &[&str]) -> Vec<u8> {
    let mut out = input.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(out.len() + 1);
        let length = chance.below(24);
        let end = (at + length).min(out.len());
        match chance.below(7) {
            0 if at < out.len() => out[at] = u8::try_from(chance.below(256)).unwrap_or(0),
            1 => drop(out.drain(at..end)),
            2 => {
                let piece = out[at..end].to_vec();
                let to = chance.below(out.len() + 1);
                out.splice(to..to, piece);
            }
            3 => {
                let from = chance.below(other.len() + 1);
                let piece = other[from..(from + length).min(other.len())].to_vec();
                out.splice(at..end, piece);
            }
            4 => {
                let piece = out[at..end].repeat(1 + chance.below(40));
                out.splice(at..end, piece);
            }
            5 => out.truncate(at),
            _ => {
                let word = words[chance.below(words.len())].bytes();
                out.splice(at..at, word);
            }
        }
    }
    out.truncate(MAX_BYTES);
    out
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fuzz")).join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|_| panic!("{} is there", folder.display()));
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("the corpus can be read")).collect()
}

/// Shows the corpus and its mutations to a target.
fn drive(name: &str, words: &[&str], mut target: impl FnMut(&str)) {
    let seeds = corpus(name);
    let wanted = std::env::var("ROLLSCOPE_FUZZ").ok().and_then(|text| text.parse().ok());
    let mut chance = Chance(7);
    let mut pool = seeds.clone();
    for turn in 0..wanted.unwrap_or(SHORT) {
        let seed = usize::try_from(turn).ok().and_then(|turn| seeds.get(turn));
        let input = seed.cloned().unwrap_or_else(|| {
            let (a, b) = (chance.below(pool.len()), chance.below(pool.len()));
            mutate(&mut chance, &pool[a], &pool[b], words)
        });
        let text = String::from_utf8_lossy(&input).into_owned();
        #[expect(clippy::disallowed_methods, reason = "a reader that hangs shows on a real clock")]
        let started = Clock::now();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| target(&text)));
        assert!(outcome.is_ok(), "{name} panics at {text:?}");
        let took = started.elapsed().as_millis();
        assert!(took < PATIENCE_MS, "{name} takes {took} ms for {text:?}");
        // Some mutations are kept, so that changes add up.
        if turn % 16 == 0 && pool.len() < 500 {
            pool.push(input);
        }
    }
}

fn cluster() -> Cluster {
    let mut cluster = Cluster::new(Config { request_rate: 0, ..Config::with_seed(1) });
    assert_eq!(cluster.apply(&Command::apply(WEB)).code, 0);
    cluster.advance_to(cluster.now() + Duration::from_secs(30), u64::MAX);
    cluster
}

#[test]
fn manifests_of_any_kind_are_read() {
    let words = [
        "&a ",
        "*a",
        "<<: *a",
        "|\n",
        ">-\n",
        "---\n",
        "- ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        "\t",
        "'",
        "\"",
        "%",
        "? ",
        "!!binary ",
        "\u{feff}",
        "\u{85}",
        "0x1F",
        "1e400",
        "~",
        "yes",
        "metadata:\n",
        "kind: ",
        "apiVersion: v1\n",
        "items:\n- ",
        "# c\n",
        "\\u12",
        "99999999999999999999",
    ];
    let base = cluster();
    drive("manifest", &words, |text| {
        let (objects, diagnostics) = manifest::check(text);
        // YAML knows more line breaks than one.
        let breaks = text.matches(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).count();
        let last = u32::try_from(breaks).unwrap_or(u32::MAX - 2) + 2;
        assert!(diagnostics.iter().all(|diagnostic| diagnostic.line <= last));
        for object in &objects {
            manifest::to_yaml(&manifest::encode(object));
        }
        base.clone().apply(&Command::apply(text));
    });
}

#[test]
fn patches_of_any_kind_are_applied_or_refused() {
    let words = [
        "{\"",
        "\":",
        "null",
        "[",
        "]",
        "{}",
        "[]",
        "$patch",
        "$retainKeys",
        "$setElementOrder/containers",
        "\"name\":\"web\"",
        "\"op\":\"test\"",
        "\"path\":\"/spec/replicas\"",
        "~1",
        "/-",
        "-1",
        "1e999",
        "containers",
        "ports",
        "containerPort",
        "delete",
        "replace",
        "move",
        "copy",
    ];
    let base = cluster();
    drive("patch", &words, |text| {
        let (style, patch) = text.split_once('\n').unwrap_or(("strategic", text));
        let style = if style.contains("json") { "json" } else { style };
        for kind in [style, "merge", "strategic"] {
            let typed = patch.replace('\'', "");
            let line =
                format!("patch deployment web --type '{}' -p '{typed}'", kind.replace('\'', ""));
            run(&mut base.clone(), &line, None);
        }
    });
}

#[test]
fn kubectl_takes_any_line() {
    let words = [
        "get ",
        "describe ",
        "rollout ",
        "status ",
        "undo ",
        "set ",
        "image ",
        "-o ",
        "jsonpath=",
        "{.items[*]",
        "}",
        "custom-columns=",
        "--",
        "-l ",
        "app=web",
        "-n ",
        "default ",
        "pods ",
        "deploy/web ",
        "--replicas=",
        "99999999999999999999",
        "'",
        "\"",
        "\\",
        "=",
        ",",
        "!",
        "scale ",
        "patch ",
        "-p ",
        "explain ",
        "diff ",
        "-f - ",
        "delete ",
        "label ",
        "taint ",
        "expose ",
        "logs ",
        "exec ",
        "--dry-run=server ",
        "--sort-by=",
    ];
    let base = cluster();
    drive("kubectl", &words, |text| {
        let mut cluster = base.clone();
        cluster.apply(&Command::Kubectl { line: text.into(), stdin: Some(WEB.into()) });
        cluster.advance_to(cluster.now() + Duration::from_secs(2), 100_000);
    });
}

#[test]
fn the_terminal_takes_any_line() {
    let words = [
        "| ",
        "grep ",
        "wc -l",
        "head ",
        "sort ",
        "sleep ",
        "while true; do ",
        "done",
        "for i in ",
        "$(",
        "`",
        ")",
        "&& ",
        "|| ",
        "; ",
        "> ",
        "< ",
        "<<< ",
        "2>&1",
        "kubectl ",
        "k ",
        "get pods ",
        "$X",
        "${X:-",
        "}",
        "'",
        "\"",
        "\\",
        "& ",
        "wait",
        "exit ",
        "cat ",
        "echo ",
        "watch ",
        "-w ",
        "rollout status deploy/web ",
    ];
    let base = cluster();
    drive("terminal", &words, |text| {
        let mut cluster = base.clone();
        let mut terminal = Terminal::new("default");
        let line = text.replace('\n', ";");
        terminal.start(&mut cluster, &line, Some("in\n"));
        let deadline = cluster.now() + Duration::from_secs(5);
        loop {
            if terminal.poll(&mut cluster).code.is_some() {
                break;
            }
            let next = [cluster.next_at(), terminal.next_at()].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= deadline) else {
                terminal.interrupt(&mut cluster);
                terminal.poll(&mut cluster);
                break;
            };
            cluster.advance_to(next, 100_000);
        }
    });
}

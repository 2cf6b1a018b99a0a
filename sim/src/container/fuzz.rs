//! Whatever is thrown at it, a container neither panics nor hangs, and a copy goes on as it does.

use super::tests::{Bench, launch};
use super::*;
use crate::rng::mix;

const PIECES: [&str; 96] = [
    "if",
    "then",
    "else",
    "elif",
    "fi",
    "while",
    "until",
    "do",
    "done",
    "for",
    "in",
    "case",
    "esac",
    "{",
    "}",
    "(",
    ")",
    "!",
    ";",
    ";;",
    "&",
    "&&",
    "||",
    "|",
    "\n",
    "\n",
    " ",
    " ",
    " ",
    "f()",
    "f",
    "echo",
    "echo a",
    "echo $X",
    "\"",
    "'",
    "`",
    "\\",
    "$",
    "$(",
    "$((",
    "))",
    "${",
    "${X:-",
    "${X%",
    "${X#*",
    "${X/",
    "${X:",
    "${#X}",
    "$@",
    "$?",
    "$!",
    "#",
    "*",
    "?",
    "[",
    "]",
    "[[",
    "]]",
    "-f",
    "=",
    "X=1",
    "X=$X$X",
    "X=$((X+1))",
    "<",
    ">",
    ">>",
    "2>&1",
    "<<EOF",
    "EOF",
    "/tmp/a",
    "> /tmp/a",
    "< /tmp/a",
    "sleep 1",
    "sleep 0.1",
    "cat",
    "cat /tmp/a",
    "grep a",
    "head -1",
    "wc -l",
    "tee /tmp/b",
    "wait",
    "wait $!",
    "trap 'echo t' TERM",
    "trap 'exit 3' EXIT",
    "kill $!",
    "kill -9 $$",
    "exit",
    "exit 2",
    "break",
    "continue 2",
    "return",
    "shift",
    "set -e",
    "read X",
    "é😀",
];
const PLAIN: [&str; 12] = [
    "exec sleep 2",
    "eval \"$X\"",
    "x=$(f)",
    "nc -l -p 80",
    "curl -s localhost",
    "seq 1 5",
    "sed s/a/b/",
    "awk '{print $1}'",
    "timeout 1 sleep 5",
    "printf %5s%d a b",
    "test a -eq b",
    "expr 1 / 0",
];

/// A script of random pieces.
fn soup(seed: u64) -> String {
    let mut script = String::new();
    for place in 0..mix(seed) % 40 {
        let draw = mix(seed.wrapping_mul(1_000).wrapping_add(place));
        let all = (PIECES.len() + PLAIN.len()) as u64;
        let piece = usize::try_from(draw % all).unwrap_or(0);
        script.push_str(PIECES.get(piece).copied().unwrap_or_else(|| PLAIN[piece - PIECES.len()]));
        if !draw.is_multiple_of(3) {
            script.push_str([" ", "; ", "\n", " "][usize::try_from(draw >> 32).unwrap_or(0) % 4]);
        }
    }
    script
}

#[test]
fn random_scripts_end_or_wait_and_copies_agree() {
    for seed in 0..3_000 {
        let script = soup(seed);
        let image = ["busybox:1.36", "debian:12"][usize::from(seed % 3 == 0)];
        let shell = if seed % 5 == 0 { "bash" } else { "sh" };
        let shell = if image == "debian:12" { shell } else { "sh" };
        let mut bench = Bench::start(launch(image, &[shell, "-c", &script], &[], &[("X", "a b")]));
        bench.run(1_500);
        let mut copy = bench.copy();
        for bench in [&mut bench, &mut copy] {
            bench.signal(Signal::Term);
            bench.run(20_000);
            let _ = bench.exec(&["cat", "/tmp/a"]);
            bench.signal(Signal::Kill);
            assert!(bench.container.exit().is_some(), "{script}");
            assert!(bench.container.log().lines().len() <= 400);
        }
        assert_eq!(bench.story(), copy.story(), "{script}");
    }
}

#[test]
fn deep_and_long_input_is_refused_in_time() {
    for (open, close) in [
        ("(", ")"),
        ("{ ", ";}"),
        ("$(", ")"),
        ("if true; then ", "; fi"),
        ("\"$(", ")\""),
        ("`", "`"),
        ("${X:-", "}"),
        ("$((", "))"),
        ("f() ", ""),
        ("! ", ""),
        ("a|", "a"),
        ("case x in x) ", ";; esac"),
    ] {
        for count in [30, 5_000] {
            let script = format!("echo {}a{}", open.repeat(count), close.repeat(count));
            for script in [script.clone(), script.replacen("echo ", "", 1)] {
                let mut bench = Bench::script(&script);
                bench.run(3_600_000);
                assert!(bench.container.exit().is_some(), "{open}");
            }
        }
    }
    let long = format!("echo {}", "a".repeat(1 << 19));
    assert!(Bench::script(&long).story().contains("too long"));
    let many = "echo a;".repeat(20_000);
    let mut bench = Bench::script(&many);
    bench.run(100);
    assert!(bench.story().contains("slowed down"));
    let lines = "a\n".repeat(20_000);
    let mut bench = Bench::script(&format!("cat <<E | sort | uniq -c\n{lines}E\n"));
    bench.run(1_000);
    assert!(bench.story().ends_with("20000 a\nexit 0"), "{}", bench.story());
}

//! Scripts, and what becomes of them.

use super::*;

/// A container that is run by hand.
pub(super) struct Bench {
    pub(super) container: Container,
    pub(super) volumes: Volumes,
    pub(super) network: &'static dyn Network,
    pub(super) now: Instant,
}

pub(super) fn names(words: &[&str]) -> Vec<Name> {
    words.iter().map(|word| (*word).into()).collect()
}

pub(super) fn launch(image: &str, command: &[&str], args: &[&str], env: &[(&str, &str)]) -> Launch {
    let found = image::find(image, &[]).expect("a known image");
    let env: Vec<(Name, Name)> =
        env.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Launch::new(Spec {
        reference: image,
        image: &found,
        command: &names(command),
        args: &names(args),
        env: &env,
        mounts: Vec::new(),
        ports: vec![8080],
        directory: "".into(),
        read_only_root: false,
        memory_limit: None,
    })
}

impl Bench {
    pub(super) fn unstarted(launch: Launch) -> Self {
        let (now, volumes) = (Instant::BOOT, Volumes::default());
        let container = Container::start(&Arc::new(launch), now);
        Self { container, volumes, network: &NoNetwork, now }
    }

    pub(super) fn start(launch: Launch) -> Self {
        let mut bench = Self::unstarted(launch);
        bench.run(0);
        bench
    }

    pub(super) fn copy(&self) -> Self {
        let (container, volumes) = (self.container.clone(), self.volumes.clone());
        Self { container, volumes, network: self.network, now: self.now }
    }

    pub(super) fn script(script: &str) -> Self {
        Self::start(launch("busybox:1.36", &["sh", "-c", script], &[], &[("VERSION", "v1")]))
    }

    pub(super) fn with<T>(
        &mut self,
        act: impl FnOnce(&mut Container, Instant, &mut World<'_>) -> T,
    ) -> T {
        let mut world =
            World { volumes: &mut self.volumes, network: self.network, hostname: "pod-1" };
        act(&mut self.container, self.now, &mut world)
    }

    /// Runs until so many milliseconds after the start.
    pub(super) fn run(&mut self, until_ms: u64) {
        let until = Instant::from_millis(until_ms);
        while let Some(at) = self.container.next_at().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.with(Container::run);
        }
        self.now = until;
    }

    pub(super) fn exec(&mut self, words: &[&str]) -> Exec {
        let command = Command::new(names(words));
        self.with(|container, now, world| container.exec(&command, now, world))
    }

    pub(super) fn signal(&mut self, signal: Signal) {
        self.with(|container, now, world| container.signal(signal, now, world));
    }

    /// The log with seconds, and how it ended.
    pub(super) fn story(&self) -> String {
        let mut story = String::new();
        for line in self.container.log().lines() {
            let seconds = line.at.as_millis();
            if seconds > 0 {
                story.extend([format!("[{}.{:03}] ", seconds / 1_000, seconds % 1_000)]);
            }
            story.push_str(&line.text);
            story.push('\n');
        }
        let open = self.container.log().open_line();
        if !open.is_empty() {
            story.push_str(open);
            story.push_str("␄\n");
        }
        if let Some(exit) = self.container.exit() {
            let seconds = exit.at.as_millis();
            story.extend([format!("exit {}", exit.code)]);
            if seconds > 0 {
                story.extend([format!(" at {}.{:03}", seconds / 1_000, seconds % 1_000)]);
            }
        } else {
            story.push_str("running");
        }
        story
    }
}

#[track_caller]
fn check(script: &str, expected: &str) {
    let mut bench = Bench::script(script);
    bench.run(3_600_000);
    let lines: Vec<&str> = expected.trim().lines().map(str::trim).collect();
    assert_eq!(bench.story(), lines.join("\n"), "{script}");
}

#[test]
fn the_labs_script_loads_for_eight_seconds_and_then_serves() {
    let script = r#"
        echo "loading model $VERSION"
        sleep 8
        mkdir -p /www && echo "{\"model\": \"$VERSION\"}" > /www/index.html
        touch /tmp/ready
        echo "serving $VERSION"
        exec httpd -f -p 8080 -h /www
    "#;
    let mut bench = Bench::script(script);
    bench.run(7_999);
    let missing = "cat: can't open '/tmp/ready': No such file or directory\n";
    let cat = ["cat", "/tmp/ready"];
    assert_eq!(bench.exec(&cat), Exec::Done { code: 1, output: missing.to_owned() });
    assert!(!bench.container.listens(8080, bench.now));
    bench.run(8_000);
    assert_eq!(bench.exec(&cat), Exec::Done { code: 0, output: String::new() });
    let reply = bench.container.http(8080, "/", bench.now, &bench.volumes).expect("it serves");
    assert_eq!((reply.status, &*reply.body), (200, "{\"model\": \"v1\"}\n"));
    assert_eq!(
        bench.container.http(80, "/", bench.now, &bench.volumes),
        Err(Refused::NotListening)
    );
    assert_eq!(bench.container.next_at(), None);
    assert_eq!(bench.story(), "loading model v1\n[8.000] serving v1\nrunning");
    // busybox's httpd has no handler for SIGTERM, which the kernel then keeps from process 1.
    bench.signal(Signal::Term);
    bench.run(60_000);
    assert_eq!(bench.container.exit(), None);
    bench.signal(Signal::Kill);
    assert_eq!(bench.container.exit().map(|exit| (exit.code, exit.reason())), Some((137, "Error")));
}

#[test]
fn commands_follow_each_other() {
    check("echo a; echo b\necho c", "a\nb\nc\nexit 0");
    check("true && echo yes || echo no", "yes\nexit 0");
    check("false && echo yes || echo no", "no\nexit 0");
    check("false || true && echo both", "both\nexit 0");
    check("! false && echo negated", "negated\nexit 0");
    check("echo a # a comment\n# another\necho b", "a\nb\nexit 0");
    check("echo one \\\n two", "one two\nexit 0");
    check("exit 3; echo never", "exit 3");
    check("false", "exit 1");
    check("exit 256", "exit 0");
    check("", "exit 0");
    check("{ echo a; exit 4; }; echo b", "a\nexit 4");
    check("(echo a; exit 4); echo $?", "a\n4\nexit 0");
}

#[test]
fn words_are_expanded() {
    check("echo $VERSION ${VERSION}x \"$VERSION\" '$VERSION'", "v1 v1x v1 $VERSION\nexit 0");
    check(
        "echo ${X:-default} ${X-unset} [${X:+set}] [${VERSION:+set}]",
        "default unset [] [set]\nexit 0",
    );
    check("X=; echo [${X:-empty}] [${X-unset}]", "[empty] []\nexit 0");
    check("echo ${X:=kept}; echo $X", "kept\nkept\nexit 0");
    check("echo ${X:?is missing}; echo never", "sh: X: is missing\nexit 2");
    check("set -u; echo $MISSING; echo never", "sh: MISSING: parameter not set\nexit 2");
    check("X='a  b'; echo $X; echo \"$X\"", "a b\na  b\nexit 0");
    check(
        "X=path/to/file.txt; echo ${X##*/} ${X%.*} ${X#*/} ${X%%/*} ${#X}",
        "file.txt path/to/file to/file.txt path 16\nexit 0",
    );
    check("X=hello; echo ${X:1:3} ${X:2} ${X/l/L} ${X//l/L}", "ell llo heLlo heLLo\nexit 0");
    check("echo $((1 + 2 * 3)) $((VERSIONS + 1))", "7 1\nexit 0");
    check("echo $(echo nested $(echo deep)) `echo old`", "nested deep old\nexit 0");
    check("X=$(echo 'a  b'); echo \"$X\"; echo $X", "a  b\na b\nexit 0");
    check("X=$(false); echo $?", "1\nexit 0");
    check("X=1 Y=$X; echo $Y", "1\nexit 0");
    check("echo \"a\\\"b\\$c\\n\" 'it'\\''s'", "a\"b$c\\n it's\nexit 0");
    check("echo a'b'\"c\"d \"\" e", "abcd  e\nexit 0");
    check(
        "touch /tmp/b /tmp/a; echo /tmp/* '/tmp/*' /nothing/*",
        "/tmp/a /tmp/b /tmp/* /nothing/*\nexit 0",
    );
    check("f() { echo $# $1 \"$@\"; }; f 'a b' c", "2 a b a b c\nexit 0");
    check("set -- a b c; shift; echo $1 $#; for x; do echo $x; done", "b 2\nb\nc\nexit 0");
    check("echo $((1/0)); echo never", "sh: divide by zero\nexit 2");
    check("cat <<EOF\n$VERSION\nEOF\ncat <<'EOF'\n$VERSION\nEOF", "v1\n$VERSION\nexit 0");
}

#[test]
fn compound_commands_choose_and_repeat() {
    check("if [ -f /x ]; then echo a; elif true; then echo b; else echo c; fi", "b\nexit 0");
    check("if false; then echo a; fi; echo $?", "0\nexit 0");
    check("i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo $i; done", "1\n2\n3\nexit 0");
    check("i=0; until [ $i -eq 2 ]; do i=$((i+1)); done; echo $i", "2\nexit 0");
    check("for x in a b c; do [ $x = b ] && continue; echo $x; done", "a\nc\nexit 0");
    check(
        "for x in 1 2; do for y in 1 2; do [ $y = 2 ] && break 2; echo $x$y; done; done",
        "11\nexit 0",
    );
    check("case abc in x) echo 1;; a*|b) echo 2;; *) echo 3;; esac", "2\nexit 0");
    check("case $VERSION in\n (v1)\n echo one\n ;;\nesac", "one\nexit 0");
    check("f() { echo in $1; return 3; }; f x; echo $?", "in x\n3\nexit 0");
    check(
        "f() { for i in 1 2 3; do [ $i = 2 ] && return; echo $i; done; }; f; echo after",
        "1\nafter\nexit 0",
    );
    check("a=1; f() { local a=2 b; echo $a; }; f; echo $a", "2\n1\nexit 0");
    check("f() { f; }; f", "sh: functions are nested too deeply\nexit 2");
    check("for i in 1 2; do echo $i; done > /tmp/f; cat /tmp/f", "1\n2\nexit 0");
    check("while read a b; do echo \"$b-$a\"; done <<EOF\nx y z\n1 2\nEOF", "y z-x\n2-1\nexit 0");
    check(
        "eval 'echo $VERSION'; . /missing; echo never",
        "v1\nsh: can't open '/missing': No such file or directory\nexit 2",
    );
}

#[test]
fn failures_end_a_careful_script() {
    check("set -e; false; echo never", "exit 1");
    check("set -e; false || true; if false; then :; fi; ! true; echo on", "on\nexit 0");
    check("set -e; f() { false; echo in; }; f && echo a; f; echo never", "in\na\nexit 1");
    check("set -e; (exit 7); echo never", "exit 7");
    check("set -e; x=$(false); echo never", "exit 1");
    check("set -ex; echo a $VERSION", "+ echo a v1\na v1\nexit 0");
    check("set -o pipefail; false | true; echo $?", "1\nexit 0");
    check(
        "echo a\nif true; then\necho b",
        "a\nsh: syntax error: unexpected end of file (expecting \"fi\")\nexit 2",
    );
    check("echo 'open", "sh: syntax error: unterminated quoted string\nexit 2");
    check("echo a; done", "sh: syntax error: unexpected \"done\"\nexit 2");
    check("frobnicate; echo $?", "sh: frobnicate: not found\n127\nexit 0");
    check(
        "cat /missing; echo $?",
        "cat: can't open '/missing': No such file or directory\n1\nexit 0",
    );
    check(
        "echo x > /no/where; echo $?",
        "sh: can't create /no/where: nonexistent directory\n1\nexit 0",
    );
    check("cat < /missing; echo $?", "sh: can't open /missing: no such file\n1\nexit 0");
    check(
        "rm /missing; rm -f /missing; echo $?",
        "rm: can't remove '/missing': No such file or directory\n0\nexit 0",
    );
}

#[test]
fn debians_programs_have_their_own_words() {
    let story = |words: &[&str]| {
        let mut bench = Bench::start(launch("debian:12", words, &[], &[]));
        bench.run(1_000);
        bench.story()
    };
    assert_eq!(story(&["sh", "-c", "true\nfrob"]), "sh: 2: frob: not found\nexit 127");
    assert_eq!(story(&["bash", "-c", "frob"]), "bash: line 1: frob: command not found\nexit 127");
    assert_eq!(story(&["sh", "-c", "echo -e 'a\\tb'"]), "-e a\tb\nexit 0");
    assert_eq!(story(&["bash", "-c", "echo -e 'a\\tb' '\\t'"]), "a\tb \t\nexit 0");
    assert_eq!(
        story(&["sh", "-c", "set -eo pipefail; echo never"]),
        "sh: 1: set: Illegal option -o pipefail\nexit 2"
    );
    assert_eq!(story(&["bash", "-c", "--", "echo dashes"]), "dashes\nexit 0");
    assert_eq!(story(&["cat", "/x"]), "cat: /x: No such file or directory\nexit 1");
    assert_eq!(story(&["sh", "-c", "curl x"]), "sh: 1: curl: not found\nexit 127");
    assert_eq!(
        story(&["sh", "-c", "if true; then"]),
        "sh: 1: Syntax error: end of file unexpected\nexit 2"
    );
}

#[test]
fn output_goes_where_it_is_sent() {
    check("echo a > /tmp/f; echo b >> /tmp/f; cat /tmp/f", "a\nb\nexit 0");
    check("echo a > /dev/null; ls /missing 2>/dev/null; echo $?", "1\nexit 0");
    check(
        "{ echo out; ls /missing; } > /tmp/f 2>&1; cat /tmp/f",
        "out\nls: /missing: No such file or directory\nexit 0",
    );
    check("exec > /tmp/log; echo hidden", "exit 0");
    check("echo 'one\ntwo\nthree' | grep -v two | wc -l", "2\nexit 0");
    check("printf 'a\\nb\\nc\\n' | head -n 2 | tail -1", "b\nexit 0");
    check("echo x | tee /tmp/a | cat; cat /tmp/a", "x\nx\nexit 0");
    check("printf '%s-%03d|%5s|\\n' a 7 b c 8 d", "a-007|    b|\nc-008|    d|\nexit 0");
    check("echo a b c | while read x y; do echo $y; done", "b c\nexit 0");
    check("echo -n half; echo -e ' a\\tb'", "half a\tb\nexit 0");
    check("echo c:a:b | tr : '\\n' | sort | head -1; echo k=v | cut -d= -f2", "a\nv\nexit 0");
    check(
        "grep -q x /tmp/none; echo $?; echo xyz | grep -q y && echo found",
        "grep: can't open '/tmp/none': No such file or directory\n2\nfound\nexit 0",
    );
    check(
        "yes_loop() { while true; do echo y; done; }; yes_loop | head -2; echo end",
        "y\ny\nend\nexit 0",
    );
}

#[test]
fn children_run_beside_and_are_waited_for() {
    check(
        "sleep 2 & sleep 1; echo one; wait; echo two",
        "[1.000] one\n[2.000] two\nexit 0 at 2.000",
    );
    check("(sleep 1; exit 5) & wait $!; echo $?", "[1.000] 5\nexit 0 at 1.000");
    check("sleep 100 & kill $!; wait $!; echo $?", "143\nexit 0");
    check("(sleep 1; echo late) & echo early", "early\nexit 0");
    check("echo first & echo second", "first\nsecond\nexit 0");
    check("kill 999; echo $?", "sh: can't kill pid 999: No such process\n1\nexit 0");
    check("echo a | (sleep 1; cat)", "[1.000] a\nexit 0 at 1.000");
    check("sleep 0.5; echo a; sleep 1m; echo b", "[0.500] a\n[60.500] b\nexit 0 at 60.500");
}

#[test]
fn the_first_process_heeds_a_signal_only_with_a_trap() {
    let ended = |script: &str, ms: u64| {
        let mut bench = Bench::script(script);
        bench.run(1_500);
        bench.signal(Signal::Term);
        bench.run(ms);
        bench.story()
    };
    assert_eq!(ended("sleep 100", 60_000), "running");
    // A foreground command is not interrupted; the builtin `wait` is.
    assert_eq!(
        ended("trap 'echo bye; exit 0' TERM; sleep 10; echo after", 60_000),
        "[10.000] bye\nexit 0 at 10.000"
    );
    assert_eq!(
        ended("trap 'echo bye; exit 0' TERM; sleep 10 & wait; echo after", 60_000),
        "[1.500] bye\nexit 0 at 1.500"
    );
    assert_eq!(
        ended(
            "trap 'echo caught' TERM; while true; do sleep 1; [ -f /x ] && exit; echo on; done",
            3_500
        ),
        "[1.000] on\n[2.000] caught\n[2.000] on\n[3.000] on\nrunning"
    );
    assert_eq!(ended("trap '' TERM; sleep 3", 60_000), "exit 0 at 3.000");
    assert_eq!(
        ended("trap 'echo end' EXIT; sleep 3; exit 4", 60_000),
        "[3.000] end\nexit 4 at 3.000"
    );
    assert_eq!(ended("exec sleep 100", 60_000), "running");
    assert_eq!(
        ended("trap 'kill $child; wait; exit 9' TERM; sleep 99 & child=$!; wait $child", 9_000),
        "exit 9 at 1.500"
    );
}

#[test]
fn what_never_pauses_is_slowed_down_and_says_so() {
    let mut bench = Bench::script("while true; do :; done");
    bench.run(24 * 3_600_000);
    let steps: Vec<&Diagnostic> = bench.container.diagnostics().iter().collect();
    assert_eq!(steps.len(), 1);
    assert!(bench.story().contains("loops without a pause"), "{}", bench.story());
    for script in [
        ":(){ : | : & }; while true; do sleep 100 & done",
        "f() { f | f & }; f",
        "while true; do printf '%09000d\\n' 1; done | sleep 9999",
        "while true; do printf '%0200d%0200d%0200d%0200d%0200d%0200d%0200d%0200d\\n'; done | sleep 9999",
        "while true; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done",
        "x=a; while true; do x=$x$x; done",
        "while true; do echo 0123456789 >> /tmp/big; done",
        "i=0; while true; do i=$((i+1)); touch /tmp/$i; done",
    ] {
        let mut bench = Bench::script(script);
        bench.run(3_600_000);
        assert!(bench.container.log().text().len() < 64 << 10, "{script}");
    }
}

#[test]
fn what_is_not_simulated_is_said_with_its_line() {
    let mut bench = Bench::script("echo a\nawk '{print}' /x\necho b");
    bench.run(10);
    assert_eq!(
        bench.story(),
        "a\nrollscope: line 2: `awk {print} /x` is not simulated; it counts as done at once\nb\nexit 0"
    );
    assert_eq!(bench.container.diagnostics()[0].line, 2);
}

#[test]
fn a_copy_runs_on_as_the_original_does() {
    let script = "trap 'echo t' TERM; i=0; while [ $i -lt 9 ]; do i=$((i+1)); echo $i | cat; \
                  sleep 1; done & wait; f() { echo $(date +%s); }; f";
    let mut straight = Bench::script(script);
    straight.run(20_000);
    let mut parts = Bench::script(script);
    for step in 0..40 {
        let mut copy = parts.copy();
        copy.run(20_000);
        assert_eq!(copy.story(), straight.story());
        parts.run(step * 500);
    }
    assert!(straight.story().ends_with("exit 0 at 9.000"), "{}", straight.story());
}

#[test]
fn a_plain_server_stands_in_for_an_image_that_nothing_is_known_about() {
    let image = Image::stand_in("ghcr.io/acme/api:v7");
    let spec = |command: &[Name], args: &[Name]| {
        Launch::new(Spec {
            reference: "ghcr.io/acme/api:v7",
            image: &image,
            command,
            args,
            env: &[],
            mounts: Vec::new(),
            ports: vec![8080],
            directory: "".into(),
            read_only_root: false,
            memory_limit: None,
        })
    };
    for (command, args) in [
        (names(&[]), names(&[])),
        (names(&[]), names(&["--verbose"])),
        (names(&["/app/server"]), names(&[])),
        (names(&["sh", "-c", "echo up; exec ./server"]), names(&[])),
    ] {
        let mut bench = Bench::start(spec(&command, &args));
        assert!(bench.container.listens(8080, bench.now), "{}", bench.story());
        assert!(bench.story().contains("stands in for it"), "{}", bench.story());
        bench.signal(Signal::Term);
        bench.run(1_000);
        assert_eq!(bench.container.exit().map(|exit| exit.code), Some(0));
    }
}

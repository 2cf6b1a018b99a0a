//! What a container does once it runs, as a timetable read from its start-up script.
//!
//! First form: straight-line `sh -c` scripts of `sleep`, `touch`, `mkdir`, `echo`, `rm`, `exit` and
//! a server at the end. What cannot be read is named in [`Program::not_simulated`] and takes no
//! time. A container without a command runs its image's own program, which serves at once.

use std::collections::BTreeMap;

use crate::api::Name;
use crate::api::pod_template::{Container, ProbeHandler};
use crate::order;
use crate::time::Duration;

/// How long a program that heeds SIGTERM takes to end.
const ORDERLY_STOP: Duration = Duration::from_millis(100);

/// Something a program does at a moment after its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A file comes into being.
    FileCreated(Name),
    /// A file goes.
    FileRemoved(Name),
    /// A line is printed.
    Printed(Name),
    /// Requests are answered from now on.
    Serving,
}

/// How a program ends of its own accord.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It does not.
    Never,
    /// It exits with this code.
    Exit(i32),
}

/// A program's timetable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// What happens when, counted from the start of the container.
    pub timetable: Vec<(Duration, Effect)>,
    /// How it ends, at [`Self::length`].
    pub end: End,
    /// When the last step is over.
    pub length: Duration,
    /// Whether SIGTERM ends it. A shell or server that runs as the first process of its container
    /// without a handler never notices, and is killed when the grace period is over.
    pub heeds_sigterm: bool,
    /// Commands of the script that the simulator does not run.
    pub not_simulated: Vec<String>,
}

impl Program {
    /// The program of a container.
    pub fn of(container: &Container) -> Self {
        let words: Vec<&str> =
            container.command.iter().chain(&container.args).map(AsRef::as_ref).collect();
        let env = order::map(container.env.iter().map(|(name, value)| (&**name, &**value)));
        match words.as_slice() {
            [] => Self::of_image(&container.image),
            [shell, "-c", script, ..] if is_shell(shell) => Script::new(&env).run(script),
            _ => Script::new(&env).run_words(&words),
        }
    }

    /// A base image has a shell as its program, which ends at once without a terminal.
    fn of_image(image: &str) -> Self {
        let repository = image.split([':', '@']).next().unwrap_or(image);
        let base = repository.rsplit('/').next().unwrap_or(repository);
        if matches!(base, "busybox" | "alpine" | "debian" | "ubuntu") {
            return Self::ending(Duration::ZERO, End::Exit(0));
        }
        Self {
            timetable: vec![(Duration::ZERO, Effect::Serving)],
            heeds_sigterm: true,
            ..Self::ending(Duration::ZERO, End::Never)
        }
    }

    /// A program that does nothing and then ends this way.
    pub(crate) const fn ending(length: Duration, end: End) -> Self {
        Self { timetable: Vec::new(), end, length, heeds_sigterm: false, not_simulated: Vec::new() }
    }

    /// Whether requests are answered `elapsed` after the start.
    pub fn is_serving(&self, elapsed: Duration) -> bool {
        self.timetable.iter().any(|(at, effect)| *at <= elapsed && *effect == Effect::Serving)
    }

    /// How long after the start requests are first answered; zero when they never are.
    pub fn serves_after(&self) -> Duration {
        let serving = self.timetable.iter().find(|(_, effect)| *effect == Effect::Serving);
        serving.map(|(at, _)| *at).unwrap_or_default()
    }

    /// When the program begins to serve or to create the file of its readiness probe: the time the
    /// model takes to load, as far as it can be told.
    pub fn loading_time(&self) -> Duration {
        let marks = self
            .timetable
            .iter()
            .filter(|(_, effect)| matches!(effect, Effect::Serving | Effect::FileCreated(_)));
        marks.map(|(at, _)| *at).max().unwrap_or_default()
    }

    /// Whether the file exists `elapsed` after the start.
    pub fn file_exists(&self, path: &str, elapsed: Duration) -> bool {
        let mut exists = false;
        for (at, effect) in &self.timetable {
            match effect {
                Effect::FileCreated(file) if &**file == path => exists = *at <= elapsed || exists,
                Effect::FileRemoved(file) if &**file == path && *at <= elapsed => exists = false,
                Effect::FileCreated(_)
                | Effect::FileRemoved(_)
                | Effect::Printed(_)
                | Effect::Serving => {}
            }
        }
        exists
    }

    /// What a probe meets `elapsed` after the start: `Err` carries what it would print.
    ///
    /// # Errors
    /// The probe fails; the text follows `Readiness probe failed: `.
    pub fn probe(&self, handler: &ProbeHandler, elapsed: Duration) -> Result<(), String> {
        match handler {
            ProbeHandler::Exec(command) => {
                let words: Vec<&str> = command.iter().map(AsRef::as_ref).collect();
                self.probe_exec(&words, elapsed)
            }
            ProbeHandler::HttpGet { path, port, .. } => self.expect_serving(elapsed, || {
                format!("Get \"http://:{port}{path}\": connect: connection refused")
            }),
            ProbeHandler::TcpSocket { port } | ProbeHandler::Grpc { port } => self
                .expect_serving(elapsed, || {
                    format!("dial tcp :{port}: connect: connection refused")
                }),
        }
    }

    fn expect_serving(
        &self,
        elapsed: Duration,
        refusal: impl FnOnce() -> String,
    ) -> Result<(), String> {
        if self.is_serving(elapsed) { Ok(()) } else { Err(refusal()) }
    }

    fn probe_exec(&self, words: &[&str], elapsed: Duration) -> Result<(), String> {
        match words {
            [shell, "-c", script] if is_shell(shell) => {
                let words: Vec<&str> = script.split_whitespace().collect();
                self.probe_exec(&words, elapsed)
            }
            ["cat" | "ls" | "stat", .., path] => {
                let tool = words[0];
                let missing =
                    || format!("{tool}: can't open '{path}': No such file or directory\n");
                if self.file_exists(path, elapsed) { Ok(()) } else { Err(missing()) }
            }
            ["test", "-f" | "-e" | "-s", path] | ["[", "-f" | "-e" | "-s", path, "]"] => {
                if self.file_exists(path, elapsed) { Ok(()) } else { Err(String::new()) }
            }
            ["true"] => Ok(()),
            ["false"] => Err(String::new()),
            _ => Err(format!("{}: not simulated", words.join(" "))),
        }
    }

    /// How long the program takes to end after SIGTERM, with this grace period before SIGKILL;
    /// and the exit code it ends with.
    pub fn stop(&self, grace: Duration) -> (Duration, i32) {
        if self.heeds_sigterm && ORDERLY_STOP <= grace { (ORDERLY_STOP, 0) } else { (grace, 137) }
    }
}

fn is_shell(word: &str) -> bool {
    matches!(word.rsplit('/').next(), Some("sh" | "bash" | "ash"))
}

/// A script being read into a timetable.
struct Script<'a> {
    env: &'a BTreeMap<&'a str, &'a str>,
    clock: Duration,
    program: Program,
}

impl<'a> Script<'a> {
    const fn new(env: &'a BTreeMap<&'a str, &'a str>) -> Self {
        let program = Program::ending(Duration::ZERO, End::Exit(0));
        Self { env, clock: Duration::ZERO, program }
    }

    fn run(mut self, script: &str) -> Program {
        for line in script.lines() {
            for command in line.split(';').flat_map(|part| part.split("&&")) {
                let words = split_words(command, self.env);
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                if self.command(&words) {
                    return self.finish();
                }
            }
        }
        self.finish()
    }

    fn run_words(mut self, words: &[&str]) -> Program {
        self.command(words);
        self.finish()
    }

    fn finish(mut self) -> Program {
        self.program.length = self.clock;
        self.program
    }

    fn effect(&mut self, effect: Effect) {
        self.program.timetable.push((self.clock, effect));
    }

    /// Runs one command; says whether the script ends with it.
    fn command(&mut self, words: &[&str]) -> bool {
        match words {
            [] | ["#" | "mkdir" | "cd" | "export" | "set" | "true" | ":", ..] => {}
            [word, ..] if word.starts_with('#') => {}
            ["exec", rest @ ..] => {
                self.command(rest);
                return true;
            }
            ["sleep", "infinity"] | ["tail", "-f", ..] => return self.serve(false),
            ["sleep", time] => self.clock += parse_sleep(time),
            ["touch", files @ ..] => {
                for file in files {
                    self.effect(Effect::FileCreated((*file).into()));
                }
            }
            ["rm", files @ ..] => {
                for file in files.iter().filter(|file| !file.starts_with('-')) {
                    self.effect(Effect::FileRemoved((*file).into()));
                }
            }
            ["echo" | "printf", text @ ..] => self.echo(text),
            ["exit"] => return self.exit("0"),
            ["exit", code] => return self.exit(code),
            ["false"] => return self.exit("1"),
            ["httpd" | "nc" | "python3" | "python" | "nginx", ..] => return self.serve(true),
            _ => self.program.not_simulated.push(words.join(" ")),
        }
        false
    }

    fn serve(&mut self, answers: bool) -> bool {
        if answers {
            self.effect(Effect::Serving);
        }
        self.program.end = End::Never;
        true
    }

    fn exit(&mut self, code: &str) -> bool {
        self.program.end = End::Exit(code.parse().unwrap_or(2));
        true
    }

    fn echo(&mut self, text: &[&str]) {
        match text.iter().position(|word| matches!(*word, ">" | ">>")) {
            Some(at) => {
                if let Some(file) = text.get(at + 1) {
                    self.effect(Effect::FileCreated((*file).into()));
                }
            }
            None => self.effect(Effect::Printed(text.join(" ").into())),
        }
    }
}

/// The time `sleep` means: seconds, or a number with `s`, `m` or `h`. At most a year.
fn parse_sleep(text: &str) -> Duration {
    const YEAR_MS: u64 = 365 * 24 * 3_600_000;
    let digits = text.trim_end_matches(['s', 'm', 'h']);
    let unit = match &text[digits.len()..] {
        "m" => 60,
        "h" => 3_600,
        _ => 1,
    };
    let milli = crate::api::quantity::parse_milli(digits).unwrap_or(0);
    Duration::from_millis(u64::try_from(milli).unwrap_or(0).saturating_mul(unit).min(YEAR_MS))
}

/// Splits a command into words: quotes group, `$NAME` is replaced outside single quotes.
fn split_words(command: &str, env: &BTreeMap<&str, &str>) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = command.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\'' | '"', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, Some(q)) if c == q => quote = None,
            ('\\', None | Some('"')) => word.get_or_insert_default().extend(chars.next()),
            ('$', None | Some('"')) => {
                let mut name = String::new();
                while let Some(part) =
                    chars.next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '{' | '}'))
                {
                    name.push(part);
                }
                let name = name.trim_matches(['{', '}']);
                word.get_or_insert_default().push_str(env.get(name).copied().unwrap_or(""));
            }
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lab(script: &str) -> Program {
        Program::of(&Container {
            command: vec!["sh".into(), "-c".into()],
            args: vec![script.into()],
            env: vec![("VERSION".into(), "v1".into())],
            ..Container::default()
        })
    }

    const LAB: &str = r#"
        echo "loading model $VERSION"
        sleep 8
        mkdir -p /www && echo "{\"model\": \"$VERSION\"}" > /www/index.html
        touch /tmp/ready
        exec httpd -f -p 8080 -h /www
    "#;

    #[test]
    fn the_labs_script_loads_for_eight_seconds_and_then_serves() {
        let program = lab(LAB);
        let cat = ProbeHandler::Exec(vec!["cat".into(), "/tmp/ready".into()]);
        let (early, late) = (Duration::from_millis(7_999), Duration::from_secs(8));
        assert_eq!(
            program.probe(&cat, early),
            Err("cat: can't open '/tmp/ready': No such file or directory\n".to_owned())
        );
        assert_eq!(program.probe(&cat, late), Ok(()));
        assert!(!program.is_serving(early) && program.is_serving(late));
        assert_eq!((program.end, program.not_simulated.len()), (End::Never, 0));
        assert!(
            program
                .timetable
                .contains(&(Duration::ZERO, Effect::Printed("loading model v1".into())))
        );
    }

    #[test]
    fn a_server_that_runs_as_the_first_process_ignores_sigterm() {
        assert_eq!(lab(LAB).stop(Duration::from_secs(5)), (Duration::from_secs(5), 137));
    }

    #[test]
    fn a_script_that_runs_out_exits_and_unknown_commands_are_named() {
        let program = lab("sleep 0.5; frobnicate --all; exit 3");
        assert_eq!(program.end, End::Exit(3));
        assert_eq!(program.length, Duration::from_millis(500));
        assert_eq!(program.not_simulated, ["frobnicate --all"]);
    }
}

//! The programs of base images, as far as start-up scripts and probes use them.
//!
//! Each is kept out of line, as is what scripts seldom use: the page loads the code of functions
//! that a first visit does not call only when it is needed.

mod files;
pub(super) mod filter;
mod net;
mod others;
mod read;
mod text;
mod watch;

use std::sync::Arc;

use super::files::{FileError, normal};
use super::image::{Flavour, Has};
use super::machine::Machine;
use super::process::{Fd, Task};
use super::shell::variables::Variables;
use super::shell::{Kind as ShellKind, Shell, Start, parser};
use super::workstation::Client;
use crate::api::Name;
use crate::time::{Duration, Instant};
use filter::Kind;

/// A program that is called.
pub(super) struct Call<'a> {
    pub(super) argv: &'a [Name],
    pub(super) fds: [Fd; 3],
    pub(super) variables: Arc<Variables>,
    pub(super) directory: Name,
    /// Its line in the script.
    pub(super) line: u32,
    /// Whether it takes the caller's place.
    pub(super) is_last: bool,
    /// Which shell calls: `echo` is its own.
    pub(super) kind: ShellKind,
}

/// What a call comes to.
pub(super) enum Outcome {
    Done(i32),
    Runs(Task),
    /// A task that is ended at a moment, with this status.
    RunsUntil(Task, Instant, i32),
    NotFound,
    Denied,
}

impl Call<'_> {
    /// The program's name without its directory.
    pub(super) fn program(&self) -> &str {
        self.argv[0].rsplit('/').next().unwrap_or_default()
    }

    fn argument(&self, place: usize) -> Option<&str> {
        self.argv.get(place).map(|word| &**word)
    }
}

impl Machine<'_, '_> {
    /// Runs a program.
    pub(super) fn tool(&mut self, call: &Call<'_>) -> Outcome {
        if self.state.outside.iter().any(|name| **name == *call.program()) {
            let variables = Arc::clone(&call.variables);
            self.state.charge_call(self.now);
            let client = Client::new(call.argv, variables, call.directory.clone());
            return Outcome::Runs(Task::Client(Box::new(client)));
        }
        if call.argv[0].contains('/') {
            let path = normal(&call.directory, &call.argv[0]);
            let files = self.file_system();
            if files.is_file(&path) {
                return if files.is_executable(&path) {
                    self.script_file(call, &path)
                } else {
                    Outcome::Denied
                };
            }
        }
        if let Some(mut task) =
            self.launch.server(call.argv, &call.variables, call.is_last, self.now)
        {
            self.configure(&mut task);
            self.say_stand_in(call, &task);
            return Outcome::Runs(task);
        }
        let was_installed = self.state.installed.iter().any(|known| **known == *call.argv[0]);
        match self.launch.find(&call.argv[0]) {
            // Its own of busybox's ash and of bash, which dash does not have.
            Has::No if &*call.argv[0] == "[[" && call.kind != ShellKind::Dash => {}
            Has::No if was_installed => {}
            Has::No => return Outcome::NotFound,
            Has::Yes | Has::Perhaps => {}
        }
        self.known_tool(call).unwrap_or_else(|| self.unknown(call))
    }

    fn known_tool(&mut self, call: &Call<'_>) -> Option<Outcome> {
        let status = match call.program() {
            "sh" | "bash" | "ash" | "dash" => return Some(self.shell(call)),
            "yes" => {
                let word = call.argv.get(1).cloned().unwrap_or_else(|| "y".into());
                let script = Arc::new(parser::parse("while :; do echo \"$1\"; done"));
                let (kind, name) = (call.kind, call.argv[0].clone());
                return Some(Self::new_shell(call, kind, name, script, &[word], &[]));
            }
            "sleep" => return Some(self.sleep(call)),
            "pause" => return Some(Outcome::Runs(forever())),
            "cat" | "less" | "more" => return Some(self.filter(call, Kind::Cat, 1)),
            "grep" | "egrep" | "fgrep" => return Some(self.grep(call)),
            "head" | "tail" => return Some(self.head_or_tail(call)),
            "wc" => return Some(self.word_count(call)),
            "tee" => return Some(self.tee(call)),
            "sort" | "uniq" | "tr" | "cut" => return self.arrange(call),
            "base64" => {
                let decodes =
                    call.argv[1..].iter().any(|word| matches!(&**word, "-d" | "-D" | "--decode"));
                return Some(self.filter(call, Kind::Base64(decodes), 1));
            }
            "truncate" => self.truncate(call),
            "watch" => return Some(self.watch(call)),
            "wget" | "curl" => return Some(self.fetch(call)),
            "nc" | "netcat" | "ncat" => return Some(self.netcat(call)),
            "timeout" | "nohup" | "setsid" | "nice" | "time" | "tini" | "dumb-init" | "busybox" => {
                return self.wrapped(call);
            }
            "nginx" | "httpd" => self.daemon(call),
            "nslookup" | "getent" => self.look_up(call),
            "redis-cli" | "pg_isready" | "mysqladmin" | "grpc_health_probe" => {
                self.ask_server(call)
            }
            "pidof" | "pgrep" | "pkill" | "killall" => self.by_name(call),
            "apk" | "apt-get" | "apt" => return Some(self.install(call)),
            "sed" | "awk" => return self.edit(call),
            "expr" => return self.expression(call),
            "mktemp" => self.temporary_file(call),
            "docker-entrypoint.sh" | "entrypoint.sh" | "nvidia_entrypoint.sh" => {
                return Some(self.entrypoint(call));
            }
            "python" | "python3" | "node" if call.argv.len() == 1 => 0,
            "env" if call.argv.len() > 1 => return self.wrapped(call),
            "touch" => self.touch(call),
            "rm" | "rmdir" | "unlink" => self.remove(call),
            "mkdir" => self.make_directory(call),
            "ls" | "stat" => self.list(call),
            "cp" | "mv" => self.copy(call),
            "chmod" => self.change_mode(call),
            "clear" if !self.state.outside.is_empty() => self.say(call, "\x1b[H\x1b[2J\x1b[3J"),
            "chown" | "sync" | "ulimit" | "clear" | "stty" | "true" | "vi" | "vim" | "nano" => 0,
            "test" | "[" | "[[" => self.test(call),
            "false" => 1,
            "echo" => self.echo(call),
            "printf" => self.printf(call),
            "date" => self.date(call),
            "env" | "printenv" => self.environment(call),
            "hostname" => self.say(call, self.world.hostname),
            "whoami" => self.say(call, "root"),
            "pwd" => self.say(call, &call.directory),
            "nproc" => self.say(call, "2"),
            "uname" => self.uname(call),
            "id" => self.id(call),
            "basename" => {
                let path = call.argument(1).unwrap_or_default().trim_end_matches('/');
                let name = path.rsplit('/').next().unwrap_or_default();
                self.say(call, name.strip_suffix(call.argument(2).unwrap_or("\0")).unwrap_or(name))
            }
            "dirname" => {
                let path = call.argument(1).unwrap_or_default();
                self.say(
                    call,
                    path.rsplit_once('/')
                        .map_or(".", |(dir, _)| if dir.is_empty() { "/" } else { dir }),
                )
            }
            "seq" => self.sequence(call),
            "which" => self.which(call),
            _ => return None,
        };
        Some(Outcome::done(status))
    }

    /// `truncate -s 0 FILE`: empties files.
    #[inline(never)]
    fn truncate(&mut self, call: &Call<'_>) -> i32 {
        let files = call.argv[1..].iter().filter(|word| !word.starts_with('-') && &***word != "0");
        for file in files {
            let path = normal(&call.directory, file);
            if self.file_system().write(&path, "").is_err() {
                return 1;
            }
        }
        0
    }

    /// A program that the simulator does not run. It says so and counts as done at once.
    #[inline(never)]
    fn unknown(&mut self, call: &Call<'_>) -> Outcome {
        let words: Vec<&str> = call.argv.iter().map(AsRef::as_ref).collect();
        let mut what = words.join(" ");
        if let Some((end, _)) = what.char_indices().nth(60) {
            what.truncate(end);
            what.push('…');
        }
        self.note(call.line, &format!("`{what}` is not simulated; it counts as done at once"));
        Outcome::Done(0)
    }

    /// nginx listens where its configuration says, if it was given one.
    #[inline(never)]
    fn configure(&mut self, task: &mut Task) {
        let Task::Server(server) = task else {
            return;
        };
        if &*server.serving.name != "nginx" {
            return;
        }
        let files = self.file_system();
        let mut paths = vec!["/etc/nginx/nginx.conf".to_owned()];
        for name in files.list("/etc/nginx/conf.d") {
            paths.push(format!("/etc/nginx/conf.d/{name}"));
        }
        let mut ports = Vec::new();
        for path in paths {
            let text = files.read(&path).unwrap_or_default();
            for line in text.lines() {
                let words = line.trim().strip_prefix("listen").unwrap_or_default();
                let word = words.trim().split([' ', ';']).next().unwrap_or_default();
                let port: Option<u16> = word.rsplit(':').next().and_then(|port| port.parse().ok());
                ports.extend(port.filter(|_| ports.len() < 16));
            }
        }
        if !ports.is_empty() {
            Arc::make_mut(&mut server.serving).ports = ports;
        }
    }

    fn say_stand_in(&mut self, call: &Call<'_>, task: &Task) {
        if let Task::Server(server) = task
            && let Some(note) = &server.serving.note
        {
            self.note(call.line, note);
        }
    }

    /// Prints a line.
    fn say(&mut self, call: &Call<'_>, text: &str) -> i32 {
        i32::from(!self.write(&call.fds[1], &format!("{text}\n")))
    }

    /// `sh -c …`, `sh file …`.
    fn shell(&mut self, call: &Call<'_>) -> Outcome {
        let kind = self.launch.shell_kind(call.program());
        let mut rest = &call.argv[1..];
        let mut set: Vec<&str> = Vec::new();
        let mut is_text = false;
        while let Some(option) = rest.first().filter(|word| word.starts_with(['-', '+'])) {
            match &**option {
                "--" | "-" => {
                    rest = &rest[1..];
                    break;
                }
                _ if option.starts_with("--") => {}
                "-o" => {
                    set.extend(["-o", rest.get(1).map_or("", |word| &**word)]);
                    rest = &rest[1..];
                }
                option => {
                    is_text |= option.contains('c');
                    set.push(option);
                }
            }
            rest = rest.get(1..).unwrap_or_default();
        }
        let Some((first, arguments)) = rest.split_first() else {
            // Its commands come from standard input; without a terminal there are none.
            return match &call.fds[0] {
                Fd::Text { text, at } => {
                    let script = Arc::new(parser::parse(&text[*at..]));
                    Self::new_shell(call, kind, call.argv[0].clone(), script, &[], &set)
                }
                _ => Outcome::Done(0),
            };
        };
        if is_text {
            let script = self.launch.parsed(first);
            let (name, arguments) = match arguments.split_first() {
                Some((name, arguments)) => (name.clone(), arguments),
                None => (call.argv[0].clone(), arguments),
            };
            return Self::new_shell(call, kind, name, script, arguments, &set);
        }
        let path = normal(&call.directory, first);
        match self.file_system().read(&path) {
            Ok(text) => {
                let script = self.launch.parsed(&text);
                Self::new_shell(call, kind, first.clone(), script, arguments, &set)
            }
            Err(error) => {
                let (name, why) = (&call.argv[0], error.text());
                let text = match kind {
                    ShellKind::Ash => format!("{name}: can't open '{first}': {why}\n"),
                    ShellKind::Dash => format!("{name}: 0: cannot open {first}: No such file\n"),
                    ShellKind::Bash => format!("{name}: {first}: {why}\n"),
                };
                self.write(&call.fds[2], &text);
                Outcome::Done(if kind == ShellKind::Bash { 127 } else { 2 })
            }
        }
    }

    fn new_shell(
        call: &Call<'_>,
        kind: ShellKind,
        name: Name,
        script: Arc<super::shell::syntax::Script>,
        arguments: &[Name],
        set: &[&str],
    ) -> Outcome {
        let mut shell = Shell::new(Start {
            kind,
            name,
            script,
            variables: Arc::clone(&call.variables),
            arguments: arguments.into(),
            directory: call.directory.clone(),
        });
        shell.set_flags(set);
        Outcome::Runs(Task::Shell(Box::new(shell)))
    }

    /// An executable file: a script by its first line.
    #[inline(never)]
    fn script_file(&mut self, call: &Call<'_>, path: &str) -> Outcome {
        let Ok(text) = self.file_system().read(path) else {
            return Outcome::NotFound;
        };
        let first = text.lines().next().unwrap_or_default();
        let interpreter = first.strip_prefix("#!").unwrap_or("/bin/sh").trim();
        let program = interpreter.split(['/', ' ']).next_back().unwrap_or_default();
        if !matches!(program, "sh" | "bash" | "ash" | "dash") {
            return self.unknown(call);
        }
        if self.launch.find(program) == Has::No {
            return Outcome::NotFound;
        }
        let kind = self.launch.shell_kind(program);
        let script = self.launch.parsed(&text);
        Self::new_shell(call, kind, call.argv[0].clone(), script, &call.argv[1..], &[])
    }

    fn sleep(&mut self, call: &Call<'_>) -> Outcome {
        let mut total = Duration::ZERO;
        if call.argv.len() < 2 {
            self.file_error(call, "missing operand", "missing operand");
            return Outcome::Done(1);
        }
        for word in &call.argv[1..] {
            if &**word == "infinity" || &**word == "inf" {
                return Outcome::Runs(forever());
            }
            let Some(time) = parse_time(word) else {
                let status = self.file_error(
                    call,
                    &format!("invalid time interval '{word}'"),
                    &format!("invalid number '{word}'"),
                );
                return Outcome::Done(status);
            };
            total = total.saturating_add(time);
        }
        if total.is_zero() {
            return Outcome::Done(0);
        }
        Outcome::Runs(Task::Later {
            at: Some(self.now + total),
            output: Default::default(),
            status: 0,
        })
    }

    /// A file's text. Two files that every pod has come from outside.
    pub(super) fn read_file(&mut self, path: &str) -> Result<Name, FileError> {
        match (self.file_system().read(path), path) {
            (
                Err(FileError::NotFound),
                "/var/run/secrets/kubernetes.io/serviceaccount/namespace",
            ) => Ok(self.world.network.namespace()),
            (Err(FileError::NotFound), "/dev/null") => Ok("".into()),
            (Err(FileError::NotFound), "/etc/hostname") => {
                Ok(format!("{}\n", self.world.hostname).into())
            }
            (result, _) => result,
        }
    }

    /// Programs that run another one.
    #[inline(never)]
    fn wrapped(&mut self, call: &Call<'_>) -> Option<Outcome> {
        let mut place = 1;
        let mut variables = Arc::clone(&call.variables);
        let mut limit = None;
        while let Some(word) = call.argument(place) {
            if word.starts_with('-') {
                place += 1 + usize::from(matches!(word, "-n" | "-s" | "-k" | "-u"));
            } else if call.program() == "env" && word.contains('=') {
                let (name, value) = word.split_once('=')?;
                let variables = Arc::make_mut(&mut variables);
                variables.set(name, value);
                variables.export(name);
                place += 1;
            } else if call.program() == "timeout" && limit.is_none() {
                limit = Some(parse_time(word)?);
                place += 1;
            } else {
                break;
            }
        }
        let argv = call.argv.get(place..).filter(|argv| !argv.is_empty())?;
        let inner = Call {
            argv,
            fds: call.fds.clone(),
            variables,
            directory: call.directory.clone(),
            is_last: call.is_last && limit.is_none(),
            ..*call
        };
        // GNU's says that it was the one that ended the program; busybox passes on the signal.
        let status = if self.launch.flavour == Flavour::Gnu { 124 } else { 143 };
        Some(match (self.tool(&inner), limit) {
            (Outcome::Runs(task), Some(limit)) => {
                Outcome::RunsUntil(task, self.now + limit, status)
            }
            (outcome, _) => outcome,
        })
    }

    /// Package managers: what they install is there from then on, after some seconds.
    #[inline(never)]
    fn install(&mut self, call: &Call<'_>) -> Outcome {
        let (verb, packages) =
            call.argv[1..].split_first().map_or(("", &[][..]), |(verb, rest)| (&**verb, rest));
        if !matches!(verb, "add" | "install") {
            return Outcome::Done(0);
        }
        for package in packages.iter().filter(|package| !package.starts_with('-')) {
            if self.state.installed.len() < 64 {
                self.state.installed.push(package.clone());
            }
        }
        self.note(call.line, "packages are not downloaded; they count as installed after 5 s");
        let at = Some(self.now + Duration::from_secs(5));
        Outcome::Runs(Task::Later { at, output: Default::default(), status: 0 })
    }

    /// The scripts that images begin with: they run their arguments, options of the image's own
    /// program with it.
    #[inline(never)]
    fn entrypoint(&mut self, call: &Call<'_>) -> Outcome {
        let mut argv = call.argv[1..].to_vec();
        if argv.first().is_none_or(|word| word.starts_with('-')) {
            argv.splice(0..0, self.launch.kind.command.first().cloned());
        }
        if argv.is_empty() {
            return Outcome::Done(0);
        }
        let inner = Call {
            argv: &argv,
            fds: call.fds.clone(),
            variables: Arc::clone(&call.variables),
            directory: call.directory.clone(),
            ..*call
        };
        self.tool(&inner)
    }

    #[inline(never)]
    fn which(&mut self, call: &Call<'_>) -> i32 {
        let mut status = 0;
        for word in &call.argv[1..] {
            if self.launch.has(word) {
                self.say(call, &format!("/bin/{word}"));
            } else {
                status = 1;
            }
        }
        status
    }

    #[inline(never)]
    fn environment(&mut self, call: &Call<'_>) -> i32 {
        if let Some(name) = call.argument(1) {
            return match call.variables.get(name).cloned() {
                Some(value) => self.say(call, &value),
                None => 1,
            };
        }
        let mut text = String::new();
        for (name, value) in call.variables.environment() {
            text.extend([name, "=", value, "\n"]);
        }
        i32::from(!self.write(&call.fds[1], &text))
    }

    #[inline(never)]
    fn uname(&mut self, call: &Call<'_>) -> i32 {
        let text = match call.argument(1) {
            None | Some("-s") => "Linux",
            Some("-m") => "x86_64",
            Some("-n") => self.world.hostname,
            Some("-r") => "6.12.0",
            Some(_) => "Linux 6.12.0 x86_64",
        };
        let text = text.to_owned();
        self.say(call, &text)
    }

    #[inline(never)]
    fn id(&mut self, call: &Call<'_>) -> i32 {
        let text = if call.argument(1) == Some("-u") { "0" } else { "uid=0(root) gid=0(root)" };
        self.say(call, text)
    }
}

/// The programs that are run, apart from servers and a shell's own commands.
const SIMULATED: &str = "sh bash ash dash sleep pause cat grep egrep fgrep head tail wc tee sort uniq \
    tr cut wget curl nc netcat ncat timeout nohup setsid nice time tini dumb-init busybox env touch rm \
    rmdir unlink mkdir ls stat cp mv chmod chown sync ulimit clear stty true false test [ [[ echo printf \
    date printenv hostname whoami pwd nproc uname id basename dirname seq which nginx httpd nslookup \
    getent redis-cli pg_isready mysqladmin grpc_health_probe pidof pgrep pkill killall sed awk expr \
    mktemp yes apk apt-get apt docker-entrypoint.sh entrypoint.sh nvidia_entrypoint.sh";

/// Whether a program is run, at least in its usual forms.
pub(super) fn is_simulated(program: &str) -> bool {
    SIMULATED.split_ascii_whitespace().any(|known| known == program)
}

/// A program that does nothing for ever.
pub(super) fn forever() -> Task {
    Task::Later { at: None, output: Default::default(), status: 0 }
}

/// The time `sleep` means: seconds with a fraction, or a number with `s`, `m`, `h` or `d`. At most
/// ten years.
pub(super) fn parse_time(text: &str) -> Option<Duration> {
    const LONGEST_MS: u64 = 3_650 * 24 * 3_600_000;
    let digits = text.trim_end_matches(['s', 'm', 'h', 'd']);
    let unit = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    if digits.bytes().any(|byte| !byte.is_ascii_digit() && byte != b'.') {
        return None;
    }
    let milli = u64::try_from(crate::api::quantity::parse_milli(digits)?).ok()?;
    Some(Duration::from_millis(milli.saturating_mul(unit).min(LONGEST_MS)))
}

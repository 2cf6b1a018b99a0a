//! The commands that a shell runs itself, since they change it.

use std::sync::Arc;

use super::interpret::Step;
use super::syntax::Simple;
use super::{Shell, Trap, Waiting, parser};
use crate::api::Name;
use crate::container::files::normal;
use crate::container::machine::Machine;
use crate::container::process::{Fd, Process, Signal};
use crate::container::tools::{Call, Outcome};

const BUILTINS: [&str; 28] = [
    "((", ".", ":", "break", "cd", "command", "continue", "eval", "exec", "exit", "export",
    "false", "jobs", "kill", "local", "pwd", "read", "readonly", "return", "set", "shift",
    "source", "trap", "true", "type", "umask", "unset", "wait",
];

/// Whether a shell runs this command itself.
pub(crate) fn is_builtin(name: &str) -> bool {
    BUILTINS.binary_search(&name).is_ok()
}

impl Machine<'_, '_> {
    /// Runs a builtin; `fds` are the descriptors with its own redirections.
    #[inline(never)]
    pub(super) fn builtin(
        &mut self,
        shell: &mut Shell,
        process: &mut Process,
        words: &[Name],
        fds: [Fd; 3],
        simple: &Simple,
    ) -> Step {
        let arguments = &words[1..];
        let first = arguments.first().map(|word| &**word);
        let status = match &*words[0] {
            ":" | "true" | "umask" => 0,
            "false" => 1,
            "((" => i32::from(first == Some("0")),
            "jobs" => {
                let running = shell.jobs.iter().filter(|pid| shell.status_of(**pid).is_none());
                let pids: Vec<String> = running.map(ToString::to_string).collect();
                let end = if pids.is_empty() { "" } else { "\n" };
                self.print(&fds, &[&*pids.join("\n"), end].concat())
            }
            "exit" => {
                let status = first.map_or(Some(shell.status), |text| text.parse().ok());
                return Step::Exit(status.map_or(2, |status: i32| status & 255));
            }
            "return" => {
                shell.status = first.and_then(|text| text.parse().ok()).unwrap_or(shell.status);
                return match shell.leave_call(process) {
                    Some(step) => step,
                    None => Step::Exit(shell.status),
                };
            }
            "break" | "continue" => {
                let levels = first.and_then(|text| text.parse().ok()).unwrap_or(1_usize).max(1);
                return shell.leave_loops(levels, &*words[0] == "continue", process);
            }
            "cd" => self.change_directory(shell, first, &fds, simple.line),
            "pwd" => self.print(&fds, &format!("{}\n", shell.directory)),
            "export" | "readonly" | "local" => self.declare(shell, &words[0], arguments, &fds),
            "unset" => {
                for name in arguments {
                    Arc::make_mut(&mut shell.variables).unset(name);
                    Arc::make_mut(&mut shell.functions).retain(|(known, ..)| known != name);
                }
                0
            }
            "set"
                if shell.kind == super::Kind::Dash
                    && arguments.iter().any(|word| &**word == "pipefail") =>
            {
                let text = shell.complaint(simple.line, "set: Illegal option -o pipefail");
                self.write(&fds[2], &text);
                return Step::Exit(2);
            }
            "set" => self.set_options(shell, arguments, &fds),
            "shift" => shell.shift(first.and_then(|text| text.parse().ok()).unwrap_or(1)),
            "trap" => self.set_trap(shell, arguments, &fds),
            "wait" => return wait(shell, arguments, simple),
            "kill" => self.kill(shell, process, arguments, &fds, simple.line),
            "eval" => {
                let text: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
                return shell.enter_text(Arc::new(parser::parse(&text.join(" "))));
            }
            "." | "source" => {
                let path = normal(&shell.directory, first.unwrap_or_default());
                match self.file_system().read(&path) {
                    Ok(text) => return shell.enter_text(Arc::new(parser::parse(&text))),
                    Err(error) => {
                        let (why, name) = (error.text(), first.unwrap_or_default());
                        let what = match shell.kind {
                            super::Kind::Ash => format!("can't open '{name}': {why}"),
                            super::Kind::Dash => format!(".: cannot open {name}: No such file"),
                            super::Kind::Bash => format!("{name}: {why}"),
                        };
                        let text = shell.complaint(simple.line, &what);
                        self.write(&fds[2], &text);
                        if shell.kind == super::Kind::Bash {
                            shell.status = 1;
                            return shell.complete(simple.tested, 1);
                        }
                        return Step::Exit(2);
                    }
                }
            }
            "exec" => return self.exec_command(shell, process, arguments, fds, simple),
            "command" | "type" => {
                let is_question = &*words[0] == "type" || matches!(first, Some("-v" | "-V"));
                if !is_question && !arguments.is_empty() {
                    return self.command(shell, process, arguments, &[], fds, simple);
                }
                self.where_is(shell, arguments, &fds)
            }
            _ => return self.read(shell, process, arguments, &fds, simple),
        };
        shell.status = status;
        shell.complete(simple.tested, 1)
    }

    fn print(&mut self, fds: &[Fd; 3], text: &str) -> i32 {
        i32::from(!self.write(&fds[1], text))
    }

    #[inline(never)]
    fn change_directory(
        &mut self,
        shell: &mut Shell,
        to: Option<&str>,
        fds: &[Fd; 3],
        line: u32,
    ) -> i32 {
        let home = shell.variables.get("HOME").cloned().unwrap_or_else(|| "/".into());
        let to = to.unwrap_or(&home);
        let path = normal(&shell.directory, to);
        if self.file_system().is_directory(&path) {
            shell.directory = path.into();
            return 0;
        }
        let why = match shell.kind {
            super::Kind::Ash => format!("cd: can't cd to {to}: No such file or directory"),
            super::Kind::Dash => format!("cd: can't cd to {to}"),
            super::Kind::Bash => format!("cd: {to}: No such file or directory"),
        };
        let text = shell.complaint(line, &why);
        self.write(&fds[2], &text);
        if shell.kind == super::Kind::Dash { 2 } else { 1 }
    }

    #[inline(never)]
    fn declare(&mut self, shell: &mut Shell, how: &str, words: &[Name], fds: &[Fd; 3]) -> i32 {
        let mut listed = String::new();
        if words.is_empty() || &*words[0] == "-p" {
            for (name, value) in shell.variables.environment() {
                listed.extend(["export ", name, "='", value, "'\n"]);
            }
        }
        for word in words.iter().filter(|word| !word.starts_with('-')) {
            if how == "local" {
                shell.make_local(word.split('=').next().unwrap_or_default());
            }
            let variables = Arc::make_mut(&mut shell.variables);
            let name = match word.split_once('=') {
                Some((name, value)) => {
                    variables.set(name, value);
                    name
                }
                None => word,
            };
            if how == "export" {
                variables.export(name);
            }
        }
        self.print(fds, &listed)
    }

    #[inline(never)]
    fn set_options(&mut self, shell: &mut Shell, words: &[Name], fds: &[Fd; 3]) -> i32 {
        if words.is_empty() {
            let mut text = String::new();
            for (name, value) in shell.variables.all() {
                text.extend([name, "='", value, "'\n"]);
            }
            return self.print(fds, &text);
        }
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            let on = word.starts_with('-');
            if &**word == "--" {
                shell.arguments = rest.cloned().collect();
                break;
            }
            if !on && !word.starts_with('+') {
                shell.arguments = std::iter::once(word).chain(rest).cloned().collect();
                break;
            }
            for letter in word.chars().skip(1) {
                match letter {
                    'e' => shell.options.exit_on_error = on,
                    'u' => shell.options.no_unset = on,
                    'x' => shell.options.trace = on,
                    'o' => match rest.next().map(|name| &**name) {
                        Some("pipefail") => shell.options.pipefail = on,
                        Some("errexit") => shell.options.exit_on_error = on,
                        Some("nounset") => shell.options.no_unset = on,
                        Some("xtrace") => shell.options.trace = on,
                        _ => {}
                    },
                    _ => {}
                }
            }
        }
        0
    }

    #[inline(never)]
    fn set_trap(&mut self, shell: &mut Shell, words: &[Name], fds: &[Fd; 3]) -> i32 {
        let words = words.strip_prefix(&["--".into()]).unwrap_or(words);
        let Some((action, signals)) = words.split_first() else {
            let mut text = String::new();
            for trap in &shell.traps {
                let number = trap.signal.map_or(0, Signal::number);
                text.extend(["trap -- '", &trap.text, "' ", &number.to_string(), "\n"]);
            }
            return self.print(fds, &text);
        };
        // `trap TERM` alone takes the trap away, as `trap - TERM` does.
        let (action, signals) = if signals.is_empty() {
            ("-", std::slice::from_ref(action))
        } else {
            (&**action, signals)
        };
        let script = Arc::new(parser::parse(if action == "-" { "" } else { action }));
        let mut status = 0;
        for signal in signals {
            let parsed = match &**signal {
                "EXIT" | "0" => None,
                name => {
                    if let Some(signal) = Signal::parse(name) {
                        Some(signal)
                    } else {
                        status = 1;
                        continue;
                    }
                }
            };
            shell.traps.retain(|trap| trap.signal != parsed);
            if action != "-" {
                let (text, script) = (action.into(), Arc::clone(&script));
                shell.traps.push(Trap { signal: parsed, text, script });
            }
        }
        status
    }

    #[inline(never)]
    fn kill(
        &mut self,
        shell: &Shell,
        process: &mut Process,
        words: &[Name],
        fds: &[Fd; 3],
        line: u32,
    ) -> i32 {
        let mut signal = Some(Signal::Term);
        let mut words = words.iter();
        let mut status = 0;
        while let Some(word) = words.next() {
            let option = match &**word {
                "--" => continue,
                "-s" | "-n" => words.next().map(|name| &**name),
                "-l" => return self.print(fds, "HUP INT QUIT KILL USR1 USR2 PIPE TERM\n"),
                word => word.strip_prefix('-'),
            };
            if let Some(name) = option {
                signal = Signal::parse(name);
                if signal.is_none() && name != "0" {
                    let text = shell.complaint(line, &format!("kill: bad signal name '{name}'"));
                    self.write(&fds[2], &text);
                    return 1;
                }
                continue;
            }
            let pid = match word.strip_prefix('%') {
                Some(job) => job
                    .parse::<usize>()
                    .ok()
                    .and_then(|job| shell.jobs.get(job.wrapping_sub(1)).copied()),
                None => word.parse::<u32>().ok(),
            };
            if !pid.is_some_and(|pid| self.kill_one(process, pid, signal)) {
                let text = match shell.kind {
                    super::Kind::Ash => {
                        format!("{}: can't kill pid {word}: No such process\n", shell.name)
                    }
                    super::Kind::Dash => shell.complaint(line, "kill: No such process"),
                    super::Kind::Bash => {
                        shell.complaint(line, &format!("kill: ({word}) - No such process"))
                    }
                };
                self.write(&fds[2], &text);
                status = 1;
            }
        }
        status
    }

    /// Sends a signal to a process, or to all for 0; says whether there is one.
    fn kill_one(&mut self, process: &mut Process, pid: u32, signal: Option<Signal>) -> bool {
        // The kernel lets nobody inside the container kill its first process.
        let reaches = |pid: u32| pid != 1 || signal != Some(Signal::Kill);
        let mut found = false;
        let now = self.now;
        for other in self.state.processes.iter_mut().chain([process]) {
            if pid == 0 || other.pid == pid {
                found = true;
                if let Some(signal) = signal.filter(|_| reaches(other.pid)) {
                    other.signal(signal, now);
                }
            }
        }
        found
    }

    #[inline(never)]
    fn exec_command(
        &mut self,
        shell: &mut Shell,
        process: &mut Process,
        words: &[Name],
        fds: [Fd; 3],
        simple: &Simple,
    ) -> Step {
        if words.is_empty() {
            process.fds = fds;
            shell.status = 0;
            return Step::Next(1);
        }
        let call = Call {
            argv: words,
            fds: fds.clone(),
            variables: Arc::clone(&shell.variables),
            directory: shell.directory.clone(),
            line: simple.line,
            is_last: true,
            kind: shell.kind,
        };
        let outcome = self.tool(&call);
        shell.traps.retain(|trap| trap.signal.is_some());
        match outcome {
            Outcome::Done(status) => Step::Exit(status),
            Outcome::Runs(task) => {
                process.fds = fds;
                Step::Becomes(task)
            }
            Outcome::RunsUntil(task, at, status) => {
                process.fds = fds;
                process.limit = Some((at, status));
                Step::Becomes(task)
            }
            Outcome::NotFound => {
                let text = shell.not_found(simple.line, &format!("exec: {}", words[0]));
                self.write(&fds[2], &text);
                Step::Exit(127)
            }
            Outcome::Denied => {
                let text =
                    shell.complaint(simple.line, &format!("exec: {}: Permission denied", words[0]));
                self.write(&fds[2], &text);
                Step::Exit(126)
            }
        }
    }

    /// `command -v` and `type`.
    #[inline(never)]
    fn where_is(&mut self, shell: &Shell, words: &[Name], fds: &[Fd; 3]) -> i32 {
        let mut status = 0;
        for word in words.iter().filter(|word| !word.starts_with('-')) {
            let is_known = is_builtin(word)
                || shell.functions.iter().any(|(name, ..)| name == word)
                || self.launch.has(word);
            if is_known {
                let place = if is_builtin(word) { "" } else { "/bin/" };
                self.write(&fds[1], &format!("{place}{word}\n"));
            } else {
                status = if shell.kind == super::Kind::Bash { 1 } else { 127 };
            }
        }
        status
    }

    /// `read`: a line into variables.
    #[inline(never)]
    fn read(
        &mut self,
        shell: &mut Shell,
        process: &mut Process,
        words: &[Name],
        fds: &[Fd; 3],
        simple: &Simple,
    ) -> Step {
        let mut input = fds[0].clone();
        let line = match &mut input {
            Fd::Text { text, at } => {
                let rest = text[*at..].to_owned();
                let line = rest.split_inclusive('\n').next().unwrap_or_default().to_owned();
                *at += line.len();
                line
            }
            Fd::Pipe(pipe) => {
                if !self.state.has_line(*pipe) {
                    shell.waiting = Waiting::Input(*pipe);
                    return Step::Wait;
                }
                let text = self.state.take_input(*pipe);
                let end = text.find('\n').map_or(text.len(), |end| end + 1);
                self.state.put_back(*pipe, &text[end..]);
                text[..end].to_owned()
            }
            Fd::Log { .. } | Fd::Null | Fd::File(_) | Fd::Screen { .. } => String::new(),
        };
        if simple.redirects.is_empty() {
            process.fds[0] = input;
        }
        let names: Vec<&Name> = words.iter().filter(|word| !word.starts_with('-')).collect();
        let variables = Arc::make_mut(&mut shell.variables);
        let mut rest = line.trim_matches([' ', '\t', '\n']);
        for (index, name) in names.iter().enumerate() {
            let (field, after) = match rest.split_once([' ', '\t']) {
                Some((field, after)) if index + 1 < names.len() => (field, after.trim_start()),
                _ => (rest, ""),
            };
            variables.set(name, field);
            rest = after;
        }
        if names.is_empty() {
            variables.set("REPLY", rest);
        }
        shell.status = i32::from(!line.ends_with('\n'));
        shell.complete(simple.tested, 1)
    }
}

fn wait(shell: &mut Shell, words: &[Name], simple: &Simple) -> Step {
    if words.first().is_some_and(|word| &**word == "-n") {
        shell.waiting = Waiting::AnyJob;
        return Step::Wait;
    }
    let pids: Vec<u32> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let known = |pid: &u32| shell.jobs.contains(pid) || shell.status_of(*pid).is_some();
    if pids.iter().any(|pid| !known(pid)) {
        shell.status = 127;
        return shell.complete(simple.tested, 1);
    }
    shell.waiting = Waiting::Jobs((!pids.is_empty()).then_some(pids));
    Step::Wait
}

impl Shell {
    fn shift(&mut self, count: usize) -> i32 {
        match self.arguments.get(count..) {
            Some(rest) => {
                self.arguments = rest.into();
                0
            }
            None => 1,
        }
    }
}

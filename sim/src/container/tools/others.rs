//! Programs that look after servers, and small helpers of scripts.

use super::filter::{Filter, Kind};
use super::{Call, Outcome};
use crate::container::files::normal;
use crate::container::machine::Machine;
use crate::container::process::{Signal, Task};
use crate::container::server::{GrpcHealth, Server};
use crate::container::shell::pattern;

impl Machine<'_, '_> {
    fn servers(&self) -> impl Iterator<Item = (u32, &Server)> {
        self.state.processes.iter().filter_map(|process| match &process.task {
            Task::Server(server) => Some((process.pid, &**server)),
            Task::Shell(_) | Task::Later { .. } | Task::Filter(_) | Task::Client(_) => None,
        })
    }

    /// `nginx` and busybox's `httpd` as they are called without staying in the foreground: they
    /// start a server of their own and end; `nginx -s quit` and `-t`.
    #[inline(never)]
    pub(super) fn daemon(&mut self, call: &Call<'_>) -> i32 {
        let words: Vec<&str> = call.argv.iter().map(AsRef::as_ref).collect();
        match words.as_slice() {
            ["nginx" | "/usr/sbin/nginx", "-t" | "-T" | "-v" | "-V", ..] => return 0,
            ["nginx" | "/usr/sbin/nginx", "-s", signal] => {
                let signal = match *signal {
                    "stop" => Signal::Term,
                    "quit" => Signal::Quit,
                    _ => return 0,
                };
                let now = self.now;
                let mut found = false;
                for process in &mut self.state.processes {
                    if matches!(&process.task, Task::Server(server) if &*server.serving.name == "nginx")
                    {
                        found = true;
                        process.signal(signal, now);
                    }
                }
                if !found {
                    let text = "nginx: [error] invalid PID number \"\" in \"/run/nginx.pid\"\n";
                    self.write(&call.fds[2], text);
                }
                return i32::from(!found);
            }
            _ => {}
        }
        let mut argv = call.argv.to_vec();
        argv.push(if call.program() == "nginx" { "daemon off;" } else { "-f" }.into());
        let task = self.launch.server(&argv, &call.variables, false, self.now);
        match task.and_then(|task| self.spawn(1, task, call.fds.clone())) {
            Some(_) => 0,
            None => 1,
        }
    }

    /// `nslookup name` and `getent hosts name`.
    #[inline(never)]
    pub(super) fn look_up(&mut self, call: &Call<'_>) -> i32 {
        let words = call.argv[1..].iter().filter(|word| !word.starts_with('-'));
        let host = words.filter(|word| &***word != "hosts").map(|word| &**word).next();
        let host = host.unwrap_or_default();
        let address = self.world.network.address(host);
        if call.program() == "getent" {
            return match address {
                Some(address) => self.say(call, &format!("{address}  {host}")),
                None => 2,
            };
        }
        let text = match &address {
            Some(address) => format!("Name:\t{host}\nAddress: {address}\n"),
            None => format!("** server can't find {host}: NXDOMAIN\n"),
        };
        let head = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n";
        self.write(&call.fds[1], &[head, &text, "\n"].concat());
        i32::from(address.is_none())
    }

    /// Clients that ask a server of the container whether it is there.
    #[inline(never)]
    pub(super) fn ask_server(&mut self, call: &Call<'_>) -> i32 {
        let now = self.now;
        let port = match call.program() {
            "redis-cli" => 6_379,
            "pg_isready" => 5_432,
            "mysqladmin" => 3_306,
            _ => {
                let told = call.argv.iter().find_map(|word| word.strip_prefix("-addr="));
                told.and_then(|at| at.rsplit(':').next()?.parse().ok()).unwrap_or(8_080)
            }
        };
        let server =
            self.servers().map(|(_, server)| server).find(|server| server.listens(port, now));
        let (status, text) = match (call.program(), server) {
            ("redis-cli", Some(_)) => (0, "PONG\n".to_owned()),
            ("redis-cli", None) => {
                (1, format!("Could not connect to Redis at 127.0.0.1:{port}: Connection refused\n"))
            }
            ("pg_isready", Some(_)) => {
                (0, format!("/var/run/postgresql:{port} - accepting connections\n"))
            }
            ("pg_isready", None) => (2, format!("/var/run/postgresql:{port} - no response\n")),
            ("mysqladmin", Some(_)) => (0, "mysqld is alive\n".to_owned()),
            ("mysqladmin", None) => {
                (1, "mysqladmin: connect to server at 'localhost' failed\n".to_owned())
            }
            (_, None) => (2, format!("timeout: failed to connect service \":{port}\" within 1s\n")),
            (_, Some(server)) => match server.grpc_health(now) {
                GrpcHealth::Serving => (0, "status: SERVING\n".to_owned()),
                GrpcHealth::NotServing => {
                    (4, "service unhealthy (responded with \"NOT_SERVING\")\n".to_owned())
                }
                GrpcHealth::Unimplemented => (
                    3,
                    "error: this server does not implement the grpc health protocol\n".to_owned(),
                ),
            },
        };
        self.write(&call.fds[usize::from(status != 0) + 1], &text);
        status
    }

    /// `pidof`, `pgrep`, `pkill`, `killall`: of servers.
    #[inline(never)]
    pub(super) fn by_name(&mut self, call: &Call<'_>) -> i32 {
        let mut signal = Signal::Term;
        let mut wanted = "";
        for word in &call.argv[1..] {
            match word.strip_prefix('-') {
                Some(name) => signal = Signal::parse(name).unwrap_or(signal),
                None => wanted = word,
            }
        }
        let found = self
            .servers()
            .filter(|(_, server)| server.serving.name.split(' ').next() == Some(wanted));
        let pids: Vec<u32> = found.map(|(pid, _)| pid).collect();
        if pids.is_empty() {
            return 1;
        }
        if matches!(call.program(), "pidof" | "pgrep") {
            let pids: Vec<String> = pids.iter().map(ToString::to_string).collect();
            return self.say(call, &pids.join(if call.program() == "pidof" { " " } else { "\n" }));
        }
        let now = self.now;
        for process in &mut self.state.processes {
            if pids.contains(&process.pid) && (process.pid != 1 || signal != Signal::Kill) {
                process.signal(signal, now);
            }
        }
        0
    }

    /// `sed s/a/b/` and `awk '{print $1}'`; `None` for all else.
    #[inline(never)]
    pub(super) fn edit(&mut self, call: &Call<'_>) -> Option<Outcome> {
        let mut place = 1;
        let (mut in_place, mut extended, mut separator) = (false, false, None);
        while let Some(option) = call.argument(place).and_then(|word| word.strip_prefix('-')) {
            match option {
                "i" => in_place = true,
                "e" => {}
                "E" | "r" => extended = true,
                "F" => {
                    place += 1;
                    separator = call.argument(place)?.chars().next();
                }
                option => separator = Some(option.strip_prefix('F')?.chars().next()?),
            }
            place += 1;
        }
        let program = call.argument(place)?;
        let kind = if call.program() == "sed" {
            substitution(program, extended)?
        } else {
            let field = program.trim_matches(['{', '}', ' ', ';']).strip_prefix("print")?.trim();
            Kind::Awk(separator, field.strip_prefix('$')?.parse().ok()?)
        };
        if !in_place {
            return Some(self.filter(call, kind, place + 1));
        }
        for word in &call.argv[place + 1..] {
            let path = normal(&call.directory, word);
            let Ok(text) = self.file_system().read(&path) else {
                let why = "No such file or directory";
                let status = self.file_error(
                    call,
                    &format!("can't read {word}: {why}"),
                    &format!("{word}: {why}"),
                );
                return Some(Outcome::Done(status));
            };
            let (text, _) = Filter::all(kind.clone(), &text);
            if self.file_system().write(&path, &text).is_err() {
                return Some(Outcome::Done(1));
            }
        }
        Some(Outcome::Done(0))
    }

    /// `expr a + b`
    #[inline(never)]
    pub(super) fn expression(&mut self, call: &Call<'_>) -> Option<Outcome> {
        let [left, operator, right] = call.argv.get(1..4)? else {
            return None;
        };
        let (left, right) = (left.parse::<i64>().ok()?, right.parse::<i64>().ok()?);
        let value = match &**operator {
            "+" => left.wrapping_add(right),
            "-" => left.wrapping_sub(right),
            "*" => left.wrapping_mul(right),
            "/" => left.checked_div(right)?,
            "%" => left.checked_rem(right)?,
            _ => return None,
        };
        self.say(call, &value.to_string());
        Some(Outcome::Done(i32::from(value == 0)))
    }

    #[inline(never)]
    pub(super) fn temporary_file(&mut self, call: &Call<'_>) -> i32 {
        let is_directory = call.argv.iter().any(|word| &**word == "-d");
        let mut number = 0_u32;
        loop {
            let path = format!("/tmp/tmp.{number:06}");
            let mut files = self.file_system();
            if files.exists(&path) {
                number += 1;
                continue;
            }
            let made =
                if is_directory { files.make_directory(&path) } else { files.write(&path, "") };
            return if made.is_ok() { self.say(call, &path) } else { 1 };
        }
    }
}

/// `s/pattern/text/g`, with any character for the slash.
fn substitution(program: &str, extended: bool) -> Option<Kind> {
    let rest = program.strip_prefix('s')?;
    let slash = rest.chars().next()?;
    let mut parts = rest[slash.len_utf8()..].split(slash);
    let (pattern, text, flags) = (parts.next()?, parts.next()?, parts.next()?);
    let known = parts.next().is_none() && matches!(flags, "" | "g");
    let simple = pattern::regex_is_simple(pattern, extended)
        && !text.contains(['&', '\\'])
        && !pattern.ends_with('\\');
    (known && simple).then(|| Kind::Sed {
        pattern: pattern.into(),
        text: text.into(),
        everywhere: flags == "g",
        extended,
    })
}

/// A line with a pattern replaced.
pub(super) fn replaced(
    line: &str,
    pattern: &str,
    text: &str,
    everywhere: bool,
    extended: bool,
) -> String {
    let line: Vec<char> = line.chars().collect();
    let mut result = String::new();
    let (mut at, mut last_end) = (0, None);
    while let Some((start, end)) = pattern::regex_find(pattern, &line, at, extended) {
        result.extend(&line[at..start]);
        at = end;
        // An empty match right behind another one does not count.
        if start < end || last_end != Some(start) {
            result.push_str(text);
            last_end = Some(end);
        }
        if !everywhere || at >= line.len() || result.len() > 1 << 16 {
            break;
        }
        if start == end {
            result.push(line[start]);
            at += 1;
        }
    }
    result.extend(&line[at..]);
    result
}

/// A field of a line, from 1; the whole line for 0.
pub(super) fn field(line: &str, separator: Option<char>, place: usize) -> &str {
    let Some(place) = place.checked_sub(1) else {
        return line;
    };
    let found = match separator {
        Some(separator) => line.split(separator).nth(place),
        None => line.split_ascii_whitespace().nth(place),
    };
    found.unwrap_or_default()
}

//! Programs that ask others: `wget`, `curl`, `nc`.

use std::sync::Arc;

use super::{Call, Outcome, forever, parse_time};
use crate::container::NetworkError;
use crate::container::files::normal;
use crate::container::image::Flavour;
use crate::container::machine::Machine;
use crate::container::process::{Fd, Task};
use crate::container::server::{HttpReply, Refused, Server, Serving};
use crate::time::Duration;

/// What a client is asked to do.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "clients have as many switches")]
struct Request<'a> {
    url: &'a str,
    /// Where the answer goes: a file, or `-` for standard output.
    output: Option<&'a str>,
    /// Whether errors are shown.
    silent: bool,
    shows_errors: bool,
    /// Whether a status of 400 and more is an error.
    fails: bool,
    /// What `curl` prints after the answer.
    write_out: Option<&'a str>,
    timeout: Option<Duration>,
    /// Only the status, not the body.
    head: bool,
}

/// What a client ends with.
struct Answer {
    output: String,
    error: Option<String>,
    status: i32,
    waits: Duration,
}

impl Machine<'_, '_> {
    /// `wget` and `curl`.
    #[inline(never)]
    pub(super) fn fetch(&mut self, call: &Call<'_>) -> Outcome {
        let is_curl = call.program() == "curl";
        let request = if is_curl { curl_request(call) } else { wget_request(call) };
        let Some(request) = request.filter(|request| !request.url.is_empty()) else {
            let text = if is_curl { "curl: (2) no URL specified\n" } else { "wget: missing URL\n" };
            self.write(&call.fds[2], text);
            return Outcome::Done(if is_curl { 2 } else { 1 });
        };
        let answer = if is_curl { self.curl(&request) } else { self.wget(&request) };
        let mut output = answer.output;
        let place = match request.output {
            Some("-") => None,
            None if is_curl => None,
            None => Some(split_url(request.url).2.rsplit('/').next().unwrap_or("index.html")),
            place => place,
        };
        if let (Some(place), None) = (place, &answer.error) {
            let path = normal(&call.directory, if place.is_empty() { "index.html" } else { place });
            if path != "/dev/null" && !request.head {
                let (body, after) = output.split_at(output.rfind('\0').unwrap_or(output.len()));
                let _ = self.file_system().write(&path, body);
                output = after.to_owned();
            } else {
                output = output.split_off(output.rfind('\0').unwrap_or(output.len()));
            }
        }
        let output = output.replace('\0', "");
        let shown = answer.error.filter(|_| !request.silent || request.shows_errors);
        let error = shown.unwrap_or_default();
        if answer.waits.is_zero() {
            for (fd, text) in call.fds[1..].iter().zip([&output, &error]) {
                if !text.is_empty() {
                    self.write(fd, text);
                }
            }
            return Outcome::Done(answer.status);
        }
        let at = Some(self.now + answer.waits);
        let output = [output.into(), error.into()];
        Outcome::Runs(Task::Later { at, output, status: answer.status })
    }

    fn curl(&mut self, request: &Request<'_>) -> Answer {
        let (host, port, path) = split_url(request.url);
        let limit = request.timeout.unwrap_or(Duration::from_secs(300));
        let (mut code, mut output, mut error, mut status, mut waits) =
            (0, String::new(), None, 0, Duration::ZERO);
        match self.ask(host, port, path) {
            Ok(reply) if reply.latency <= limit => {
                (code, waits) = (reply.status, reply.latency);
                if request.fails && code >= 400 {
                    status = 22;
                    error = Some(format!("curl: (22) The requested URL returned error: {code}\n"));
                } else if request.head {
                    output = format!("HTTP/1.1 {code} {}\n\n", reason(code));
                } else {
                    output.push_str(&reply.body);
                }
            }
            Ok(_) | Err(NetworkError::TimedOut) => {
                (status, waits) = (28, limit);
                let after = limit.as_millis();
                error =
                    Some(format!("curl: (28) Operation timed out after {after} milliseconds\n"));
            }
            Err(NetworkError::UnknownHost) => {
                status = 6;
                error = Some(format!("curl: (6) Could not resolve host: {host}\n"));
            }
            Err(NetworkError::Refused) => {
                status = 7;
                error = Some(format!(
                    "curl: (7) Failed to connect to {host} port {port} after 0 ms: Could not connect to server\n"
                ));
            }
            Err(NetworkError::Closed) => {
                status = 52;
                error = Some("curl: (52) Empty reply from server\n".to_owned());
            }
        }
        if let Some(format) = request.write_out {
            // Marks where the body ends: it may go to a file.
            output.push('\0');
            let code = format!("{code:03}");
            output.push_str(
                &format
                    .replace("%{http_code}", &code)
                    .replace("%{response_code}", &code)
                    .replace("%{time_total}", &seconds(waits))
                    .replace("\\n", "\n"),
            );
        }
        Answer { output, error, status, waits }
    }

    fn wget(&mut self, request: &Request<'_>) -> Answer {
        let (host, port, path) = split_url(request.url);
        let gnu = self.launch.flavour == Flavour::Gnu;
        let limit = request.timeout.unwrap_or(Duration::from_secs(900));
        let (error, status, waits) = match self.ask(host, port, path) {
            Ok(reply) if reply.latency <= limit && reply.status < 400 => {
                let output = if request.head { String::new() } else { reply.body.to_string() };
                return Answer { output, error: None, status: 0, waits: reply.latency };
            }
            Ok(HttpReply { status, latency, .. }) if latency <= limit => {
                let why = reason(status);
                if gnu {
                    (format!("ERROR {status}: {why}.\n"), 8, latency)
                } else {
                    (format!("wget: server returned error: HTTP/1.1 {status} {why}\n"), 1, latency)
                }
            }
            Ok(_) | Err(NetworkError::TimedOut) => {
                ("wget: download timed out\n".to_owned(), if gnu { 4 } else { 1 }, limit)
            }
            Err(NetworkError::UnknownHost) => {
                let text = if gnu {
                    format!("wget: unable to resolve host address '{host}'\n")
                } else {
                    format!("wget: bad address '{host}'\n")
                };
                (text, if gnu { 4 } else { 1 }, Duration::ZERO)
            }
            Err(NetworkError::Refused) => {
                let text = if gnu {
                    format!("Connecting to {host}:{port}... failed: Connection refused.\n")
                } else {
                    format!("wget: can't connect to remote host ({host}): Connection refused\n")
                };
                (text, if gnu { 4 } else { 1 }, Duration::ZERO)
            }
            Err(NetworkError::Closed) => (
                "wget: error getting response\n".to_owned(),
                if gnu { 4 } else { 1 },
                Duration::ZERO,
            ),
        };
        Answer { output: String::new(), error: Some(error), status, waits }
    }

    /// What a request meets: a server of this container, else what the network knows.
    fn ask(&mut self, host: &str, port: u16, path: &str) -> Result<HttpReply, NetworkError> {
        if is_local(host) {
            let server = self.state.processes.iter().find_map(|process| match &process.task {
                Task::Server(server) if server.listens(port, self.now) => Some(server),
                _ => None,
            });
            if let Some(server) = server {
                let files = &self.state.files;
                return server
                    .reply(path, self.now, files, &self.launch.mounts, self.world.volumes)
                    .map_err(|refused| match refused {
                        Refused::NotListening => NetworkError::Refused,
                        Refused::NotHttp => NetworkError::Closed,
                    });
            }
        }
        self.world.network.http(host, port, path, self.now)
    }

    fn connects(&self, host: &str, port: u16) -> Result<(), NetworkError> {
        let listens =
            |task: &Task| matches!(task, Task::Server(server) if server.listens(port, self.now));
        if is_local(host) && self.state.processes.iter().any(|process| listens(&process.task)) {
            return Ok(());
        }
        self.world.network.connects(host, port, self.now)
    }

    /// `nc -l`, `nc -z`.
    #[inline(never)]
    pub(super) fn netcat(&mut self, call: &Call<'_>) -> Outcome {
        let (mut listens, mut verbose, mut limit) = (false, false, None);
        let (mut port, mut plain) = (None, Vec::new());
        let mut words = call.argv[1..].iter();
        while let Some(word) = words.next() {
            let Some(letters) = word.strip_prefix('-') else {
                plain.push(&**word);
                continue;
            };
            listens |= letters.contains('l');
            verbose |= letters.contains('v');
            match letters.chars().last() {
                Some('p') => port = words.next().and_then(|port| port.parse().ok()),
                Some('w') => limit = words.next().and_then(|time| parse_time(time)),
                Some('e' | 'c') => break,
                _ => {}
            }
        }
        if listens {
            let port = port.or_else(|| plain.last().and_then(|port| port.parse().ok()));
            let text = match &call.fds[0] {
                Fd::Pipe(pipe) => self.state.take_input(*pipe),
                Fd::Text { text, at } => text[*at..].to_owned(),
                Fd::Log { .. } | Fd::Null | Fd::File(_) | Fd::Screen { .. } => String::new(),
            };
            let serving = Serving::netcat(port.unwrap_or(31_337), &text);
            return Outcome::Runs(Task::Server(Box::new(Server::new(Arc::new(serving), self.now))));
        }
        let (Some(host), Some(Ok(port))) = (plain.first(), plain.get(1).map(|port| port.parse()))
        else {
            self.write(&call.fds[2], "nc: missing host or port\n");
            return Outcome::Done(1);
        };
        match self.connects(host, port) {
            Ok(()) => {
                if verbose {
                    self.write(&call.fds[2], &format!("{host} ({host}:{port}) open\n"));
                }
                Outcome::Done(0)
            }
            Err(error) => {
                let why = match error {
                    NetworkError::UnknownHost => format!("nc: bad address '{host}'\n"),
                    NetworkError::TimedOut => {
                        format!("nc: {host} ({host}:{port}): Operation timed out\n")
                    }
                    NetworkError::Refused | NetworkError::Closed => {
                        format!("nc: {host} ({host}:{port}): Connection refused\n")
                    }
                };
                if verbose || error == NetworkError::UnknownHost {
                    self.write(&call.fds[2], &why);
                }
                match (error, limit) {
                    (NetworkError::TimedOut, Some(limit)) => {
                        let (at, output) = (Some(self.now + limit), Default::default());
                        Outcome::Runs(Task::Later { at, output, status: 1 })
                    }
                    (NetworkError::TimedOut, None) => Outcome::Runs(forever()),
                    _ => Outcome::Done(1),
                }
            }
        }
    }
}

fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0" | "::1" | "[::1]")
}

fn curl_request<'c>(call: &'c Call<'_>) -> Option<Request<'c>> {
    let mut request = Request::default();
    let mut words = call.argv[1..].iter().map(AsRef::as_ref);
    while let Some(word) = words.next() {
        match word {
            "--max-time" | "--connect-timeout" => request.timeout = parse_time(words.next()?),
            "--fail" => request.fails = true,
            "--silent" => request.silent = true,
            "--show-error" => request.shows_errors = true,
            "--head" => request.head = true,
            "--output" => request.output = Some(words.next()?),
            "--write-out" => request.write_out = Some(words.next()?),
            "--request" | "--header" | "--data" | "--data-raw" | "--user" | "--retry"
            | "--retry-delay" | "--cacert" | "--url" => {
                let value = words.next()?;
                if word == "--url" {
                    request.url = value;
                }
            }
            _ if word.starts_with("--") => {}
            _ if word.starts_with('-') => {
                let mut letters = word[1..].chars();
                while let Some(letter) = letters.next() {
                    match letter {
                        'f' => request.fails = true,
                        's' => request.silent = true,
                        'S' => request.shows_errors = true,
                        'I' => request.head = true,
                        'o' | 'm' | 'w' | 'X' | 'H' | 'd' | 'u' => {
                            let rest = letters.as_str();
                            let value = if rest.is_empty() { words.next()? } else { rest };
                            match letter {
                                'o' => request.output = Some(value),
                                'm' => request.timeout = parse_time(value),
                                'w' => request.write_out = Some(value),
                                _ => {}
                            }
                            break;
                        }
                        _ => {}
                    }
                }
            }
            word => request.url = word,
        }
    }
    Some(request)
}

fn wget_request<'c>(call: &'c Call<'_>) -> Option<Request<'c>> {
    let mut request = Request::default();
    let mut words = call.argv[1..].iter().map(AsRef::as_ref);
    while let Some(word) = words.next() {
        match word {
            "--spider" => request.head = true,
            "--quiet" => request.silent = true,
            _ if word.starts_with("--timeout=") => request.timeout = parse_time(&word[10..]),
            "--header" | "--post-data" | "--tries" => {
                words.next();
            }
            _ if word.starts_with("--output-document=") => request.output = Some(&word[18..]),
            _ if word.starts_with("--") => {}
            _ if word.starts_with('-') => {
                let mut letters = word[1..].chars();
                while let Some(letter) = letters.next() {
                    match letter {
                        'q' => request.silent = true,
                        'O' | 'T' | 't' | 'P' => {
                            let rest = letters.as_str();
                            let value = if rest.is_empty() { words.next()? } else { rest };
                            match letter {
                                'O' => request.output = Some(value),
                                'T' => request.timeout = parse_time(value),
                                _ => {}
                            }
                            break;
                        }
                        _ => {}
                    }
                }
            }
            word => request.url = word,
        }
    }
    // Errors are shown however quiet it is.
    request.shows_errors = true;
    Some(request)
}

/// The host, port and path of a URL.
fn split_url(url: &str) -> (&str, u16, &str) {
    let (rest, default) = match url.split_once("://") {
        Some(("https", rest)) => (rest, 443),
        Some((_, rest)) => (rest, 80),
        None => (url, 80),
    };
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().unwrap_or(default)),
        _ => (authority, default),
    };
    (host, port, if path.is_empty() { "/" } else { path })
}

/// `0.012000`
fn seconds(time: Duration) -> String {
    format!("{}.{:06}", time.as_secs(), time.subsec_micros())
}

/// The words that belong to a status code.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        404 => "Not Found",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Unknown",
    }
}

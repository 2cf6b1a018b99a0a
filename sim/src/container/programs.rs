//! The servers that images bring along, as a table: a row says where a program listens, how long it
//! loads, what it serves and what SIGTERM does to it.

use super::Launch;
use super::server::{Api, Fate, Flaw, ServerProfile, Serving, Stop};
use super::shell::variables::Variables;
use super::tools::parse_time;
use crate::api::Name;
use crate::api::quantity::parse_milli;
use crate::time::Duration;

/// A row of the table.
struct Program {
    /// Names it is called by.
    names: &'static [&'static str],
    /// A word its arguments must hold, empty for none.
    needs: &'static str,
    /// Where it listens unless told otherwise.
    ports: &'static [u16],
    /// Options and variables that tell the port.
    port_options: &'static [&'static str],
    port_variable: &'static str,
    load: Duration,
    listens_while_loading: bool,
    api: Api,
    grpc: bool,
    profile: ServerProfile,
    /// What it prints at its start, and when it has loaded.
    lines: [&'static str; 2],
}

const fn profile(concurrency: u32, service_ms: u64, stop: Stop) -> ServerProfile {
    ServerProfile {
        concurrency,
        queue: 1_024,
        service_time: Duration::from_millis(service_ms),
        load_percent: 100,
        warm_up: Duration::ZERO,
        cold_percent: 100,
        stop,
    }
}

/// A server of a large model: slow, and slower at first.
const fn model(concurrency: u32, service_ms: u64, stop: Stop) -> ServerProfile {
    ServerProfile {
        queue: 256,
        warm_up: Duration::from_secs(10),
        cold_percent: 300,
        ..profile(concurrency, service_ms, stop)
    }
}

const PLAIN: Program = Program {
    names: &[],
    needs: "",
    ports: &[8080],
    port_options: &[],
    port_variable: "",
    load: Duration::ZERO,
    listens_while_loading: false,
    api: Api::Text,
    grpc: false,
    profile: profile(64, 5, Stop::Drains),
    lines: ["", ""],
};

const PROGRAMS: [Program; 20] = [
    Program {
        names: &["inference-server"],
        port_options: &["--port"],
        port_variable: "PORT",
        load: Duration::from_secs(8),
        listens_while_loading: true,
        api: Api::Inference,
        grpc: true,
        profile: ServerProfile { cold_percent: 200, ..model(16, 400, Stop::Drains) },
        lines: ["loading model", "model loaded, serving"],
        ..PLAIN
    },
    Program {
        names: &["vllm"],
        needs: "serve",
        ports: &[8000],
        port_options: &["--port"],
        load: Duration::from_secs(90),
        api: Api::OpenAi,
        profile: model(64, 2_000, Stop::Drops),
        lines: [
            "INFO vLLM API server: loading model weights",
            "INFO: Application startup complete.",
        ],
        ..PLAIN
    },
    Program {
        names: &["python3", "python"],
        needs: "vllm.entrypoints.openai.api_server",
        ports: &[8000],
        port_options: &["--port"],
        load: Duration::from_secs(90),
        api: Api::OpenAi,
        profile: model(64, 2_000, Stop::Drops),
        lines: [
            "INFO vLLM API server: loading model weights",
            "INFO: Application startup complete.",
        ],
        ..PLAIN
    },
    Program {
        names: &["tritonserver"],
        ports: &[8000, 8001, 8002],
        port_options: &["--http-port"],
        load: Duration::from_secs(45),
        listens_while_loading: true,
        api: Api::Triton,
        grpc: true,
        profile: model(8, 300, Stop::Drains),
        lines: ["Loading models from the repository", "Started HTTPService at 0.0.0.0:8000"],
        ..PLAIN
    },
    Program {
        names: &["text-generation-launcher"],
        ports: &[80],
        port_options: &["--port", "-p"],
        port_variable: "PORT",
        load: Duration::from_secs(75),
        api: Api::TextGeneration,
        profile: model(32, 2_000, Stop::Drains),
        lines: ["Starting Text generation inference", "Connected"],
        ..PLAIN
    },
    Program {
        names: &["nginx"],
        needs: "daemon off;",
        ports: &[80],
        api: Api::Files,
        profile: profile(512, 1, Stop::Drains),
        lines: ["start worker processes", ""],
        ..PLAIN
    },
    Program {
        names: &["httpd-foreground", "apache2-foreground"],
        ports: &[80],
        api: Api::Files,
        profile: profile(256, 1, Stop::Drains),
        lines: ["Apache/2.4 (Unix) configured -- resuming normal operations", ""],
        ..PLAIN
    },
    Program {
        names: &["httpd"],
        needs: "-f",
        ports: &[80],
        port_options: &["-p"],
        api: Api::Files,
        profile: profile(64, 2, Stop::Ignores),
        ..PLAIN
    },
    Program {
        names: &["python3", "python"],
        needs: "http.server",
        ports: &[8000],
        api: Api::Files,
        profile: profile(32, 3, Stop::Ignores),
        lines: ["Serving HTTP on 0.0.0.0 (http://0.0.0.0/) ...", ""],
        ..PLAIN
    },
    Program {
        names: &["redis-server"],
        ports: &[6379],
        port_options: &["--port"],
        api: Api::Raw,
        profile: profile(1_024, 1, Stop::Drains),
        lines: ["Ready to accept connections tcp", ""],
        ..PLAIN
    },
    Program {
        names: &["postgres"],
        ports: &[5432],
        port_options: &["-p"],
        load: Duration::from_secs(2),
        api: Api::Raw,
        profile: profile(100, 2, Stop::Drops),
        lines: ["", "LOG:  database system is ready to accept connections"],
        ..PLAIN
    },
    Program {
        names: &["mysqld"],
        ports: &[3306],
        load: Duration::from_secs(6),
        api: Api::Raw,
        profile: profile(150, 2, Stop::Drops),
        lines: ["", "[System] /usr/sbin/mysqld: ready for connections."],
        ..PLAIN
    },
    Program {
        names: &["agnhost"],
        needs: "netexec",
        ports: &[8080],
        port_options: &["--http-port"],
        api: Api::Echo,
        lines: ["Started HTTP server on port 8080", ""],
        ..PLAIN
    },
    Program {
        names: &["agnhost"],
        needs: "serve-hostname",
        ports: &[9376],
        port_options: &["--port"],
        api: Api::Echo,
        ..PLAIN
    },
    Program {
        names: &["agnhost"],
        needs: "grpc-health-checking",
        ports: &[5000, 8080],
        port_options: &["--port"],
        grpc: true,
        ..PLAIN
    },
    Program {
        names: &["http-echo"],
        ports: &[5678],
        port_options: &["-listen", "--listen"],
        api: Api::Text,
        lines: ["server is listening on :5678", ""],
        ..PLAIN
    },
    Program {
        names: &["echo-server", "echoserver"],
        port_variable: "PORT",
        api: Api::Echo,
        lines: ["Echo server listening on port 8080.", ""],
        ..PLAIN
    },
    Program {
        names: &["hello-app"],
        port_variable: "PORT",
        api: Api::Text,
        lines: ["Server listening on port 8080", ""],
        ..PLAIN
    },
    Program {
        names: &["whoami"],
        ports: &[80],
        port_options: &["--port"],
        api: Api::Echo,
        ..PLAIN
    },
    Program {
        names: &["pause"],
        ports: &[],
        api: Api::Raw,
        profile: profile(1, 1, Stop::Drops),
        ..PLAIN
    },
];

/// Programs that are known to serve, but not how: they stand as plain servers.
const STAND_INS: [&str; 20] = [
    "caddy",
    "catalina.sh",
    "daphne",
    "deno",
    "dotnet",
    "envoy",
    "flask",
    "gunicorn",
    "haproxy",
    "hypercorn",
    "java",
    "mongod",
    "node",
    "npm",
    "php-fpm",
    "puma",
    "ray",
    "traefik",
    "uvicorn",
    "yarn",
];

/// The server that a command line starts, if it starts one. `takes_over` when the program takes the
/// place of its caller.
pub(super) fn serving(
    launch: &Launch,
    argv: &[Name],
    variables: &Variables,
    takes_over: bool,
) -> Option<Serving> {
    let name = argv.first()?.rsplit('/').next().unwrap_or_default();
    let row = PROGRAMS.iter().find(|row| {
        let called = row.names.contains(&name);
        called && (row.needs.is_empty() || argv.iter().any(|word| word.contains(row.needs)))
    });
    if let Some(row) = row {
        return Some(started(launch, row, argv, variables));
    }
    let is_image = launch.is_stand_in && *argv[0] == *launch.image;
    let known = STAND_INS.binary_search(&name).is_ok() && is_a_server(name, argv);
    let known = is_image || known;
    let interpreter = matches!(name, "python" | "python3" | "ruby" | "php" | "perl")
        && argv.len() > 1
        && is_a_server(name, argv);
    let foreign = launch.is_stand_in && !super::image::is_common_program(name);
    if !known && !(takes_over && (interpreter || foreign)) {
        return None;
    }
    Some(stand_in(launch, argv))
}

/// Whether a program that often serves does so with these arguments.
fn is_a_server(name: &str, argv: &[Name]) -> bool {
    let word = |place: usize| argv.get(place).map_or("", |word| &**word);
    match (name, word(1)) {
        ("npm" | "yarn", "start") => true,
        ("npm" | "yarn", "run") => {
            ["start", "serve", "dev"].iter().any(|run| word(2).starts_with(run))
        }
        ("node" | "deno", "")
        | ("npm" | "yarn", _)
        | (_, "--version" | "-version" | "-v" | "-V" | "--help" | "-c" | "-e") => false,
        (_, "-m") => !matches!(word(2), "pip" | "venv" | "pytest" | "unittest" | "json.tool"),
        _ => true,
    }
}

/// A server in place of a program that is not simulated.
pub(super) fn stand_in(launch: &Launch, argv: &[Name]) -> Serving {
    let words: Vec<&str> = argv.iter().map(AsRef::as_ref).take(6).collect();
    let what = &words.join(" ");
    let place = match launch.ports.first() {
        Some(port) => format!("a server that answers 200 on port {port}"),
        None => "a program that runs until it is stopped".to_owned(),
    };
    let mut serving = Serving::plain(what, launch.ports.clone(), "ok\n");
    serving.version.clone_from(&launch.version);
    serving.note = Some(format!("`{what}` is not simulated; {place} stands in for it").into());
    serving
}

fn started(launch: &Launch, row: &Program, argv: &[Name], variables: &Variables) -> Serving {
    let option = |names: &[&str]| option_of(argv, names);
    let variable = |name: &str| variables.get(name).map(|value| &**value);
    let number = |name: &str| variable(name).and_then(|value| value.trim().parse::<u64>().ok());
    let mut ports = row.ports.to_vec();
    let told = option(row.port_options).or_else(|| variable(row.port_variable));
    let positional = argv.iter().skip(1).find_map(|word| word.parse::<u16>().ok());
    let port = match told {
        Some(text) => text.rsplit(':').next().and_then(|port| port.parse().ok()),
        None if row.needs == "http.server" => positional,
        None if row.names[0] == "nginx" && launch.image.contains("unprivileged") => Some(8080),
        None => None,
    };
    if let (Some(port), Some(first)) = (port, ports.first_mut()) {
        *first = port;
    }
    let name: Name = row.names[0].into();
    let is_model = !row.load.is_zero() && row.api != Api::Raw;
    let version = variable("VERSION").map_or_else(|| launch.version.clone(), Into::into);
    let mut load = row.load;
    let mut profile = row.profile;
    let mut serving = Serving::plain(&name, ports, "");
    if is_model {
        if let Some(time) = variable("MODEL_LOAD_SECONDS").and_then(parse_time) {
            load = time;
        }
        if let Some(latency) = number("LATENCY_MS") {
            profile.service_time = Duration::from_millis(latency.min(3_600_000));
        }
        if let Some(concurrency) = number("CONCURRENCY") {
            profile.concurrency = u32::try_from(concurrency).unwrap_or(u32::MAX).clamp(1, 100_000);
        }
        let flag =
            |name: &str| variable(name).is_some_and(|value| matches!(value, "1" | "true" | "yes"));
        let tag = &*launch.version;
        let is_broken = row.api == Api::Inference && (tag == "v3" || tag.ends_with("-bad"));
        serving.flaw = if is_broken {
            Some(Flaw::Broken)
        } else {
            flag("FAIL_READY").then_some(Flaw::NeverReady)
        };
        if let Some(after) = variable("CRASH_AFTER_SECONDS").and_then(parse_time) {
            serving.fate = Some(Fate { after, code: 1, is_oom: false });
        } else if row.api == Api::Inference && tag.ends_with("-crash") {
            serving.fate = Some(Fate { after: load, code: 1, is_oom: false });
        }
        let needed = variable("MODEL_MEMORY").and_then(parse_milli);
        if let (Some(needed), Some(limit)) = (needed, launch.memory_limit)
            && needed / 1_000 > limit
        {
            serving.fate = Some(Fate { after: load / 2, code: 137, is_oom: true });
        }
    }
    let [first, loaded] = row.lines;
    for (after, line) in [(Duration::ZERO, first), (load, loaded)] {
        if !line.is_empty() {
            let line = if row.api == Api::Inference {
                format!("{line} {version}")
            } else {
                line.to_owned()
            };
            serving.lines.push((after, format!("{line}\n").into()));
        }
    }
    serving.text = match row.api {
        Api::Files => match row.names[0] {
            "nginx" => "/usr/share/nginx/html".into(),
            "httpd-foreground" => "/usr/local/apache2/htdocs".into(),
            _ => {
                let root = option(&["-h", "--directory", "-d"]);
                root.map_or_else(|| launch.directory.clone(), Into::into)
            }
        },
        Api::Text => text_of(row.names[0], argv, &version),
        _ => option(&["--model", "--model-id"])
            .or_else(|| variable("MODEL_ID"))
            .or_else(|| variable("MODEL"))
            .unwrap_or("model")
            .into(),
    };
    serving.listens_while_loading = row.listens_while_loading;
    serving.api = row.api;
    serving.grpc = row.grpc;
    (serving.load, serving.profile, serving.version) = (load, profile, version);
    serving
}

fn text_of(program: &str, argv: &[Name], version: &str) -> Name {
    match program {
        "http-echo" => {
            let text = option_of(argv, &["-text", "--text"]).unwrap_or_default();
            format!("{text}\n").into()
        }
        _ => format!("Hello, world!\nVersion: {version}\n").into(),
    }
}

/// The value of an option: the word after it, or what follows its `=`.
fn option_of<'a>(argv: &'a [Name], names: &[&str]) -> Option<&'a str> {
    for (place, word) in argv.iter().enumerate().skip(1) {
        for name in names {
            match word.strip_prefix(name) {
                Some("") => return argv.get(place + 1).map(|value| &**value),
                Some(rest) => {
                    if let Some(value) = rest.strip_prefix('=') {
                        return Some(value);
                    }
                }
                None => {}
            }
        }
    }
    None
}

impl Serving {
    /// A server that answers every path with a text.
    pub(super) fn plain(name: &str, ports: Vec<u16>, text: &str) -> Self {
        Self {
            name: name.into(),
            ports,
            load: Duration::ZERO,
            listens_while_loading: false,
            api: Api::Text,
            text: text.into(),
            version: "".into(),
            flaw: None,
            grpc: false,
            profile: PLAIN.profile,
            lines: Vec::new(),
            fate: None,
            note: None,
        }
    }

    /// `nc -l`: what it was given to send, if that is an HTTP answer.
    pub(super) fn netcat(port: u16, text: &str) -> Self {
        let body = text.split_once("\r\n\r\n").or_else(|| text.split_once("\n\n"));
        let is_http = text.starts_with("HTTP/");
        let mut serving = Self::plain("nc", vec![port], body.map_or("", |(_, body)| body));
        serving.api = if is_http { Api::Text } else { Api::Raw };
        serving.profile = profile(1, 1, Stop::Ignores);
        serving
    }
}

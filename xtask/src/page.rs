//! The page: built into `dist/` for publishing, or served while one works on it.

use std::{
    env, fs,
    io::{self, ErrorKind, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::process::{CommandExt, parent_id},
    process::Command,
    thread,
    time::Duration,
};

use crate::{
    setup::{self, Tool},
    shell::{self, Outcome},
    split,
};

/// What a build of the page for publishing needs.
pub(crate) const BUILD_NEEDS: &[&Tool] = &[
    &setup::WASM_TARGET,
    &setup::CRATES,
    &setup::NODE,
    &setup::NODE_PACKAGES,
    &setup::WASM_BINDGEN,
    &setup::TRUNK,
    &setup::CHROMIUM,
];

/// What serving the page needs.
const SERVE_NEEDS: &[&Tool] = &[
    &setup::WASM_TARGET,
    &setup::CRATES,
    &setup::NODE,
    &setup::NODE_PACKAGES,
    &setup::WASM_BINDGEN,
    &setup::TRUNK,
];

/// The hidden task that `serve` leaves behind to tell when the page answers.
pub(crate) const ANNOUNCE: &str = "announce";

const DEFAULT_PORT: u16 = 8080;

/// How `cargo xtask serve` was called.
#[derive(Debug, PartialEq)]
pub(crate) struct ServeOptions {
    port: u16,
    release: bool,
}

impl ServeOptions {
    pub(crate) fn parse(words: &[&str]) -> Outcome<Self> {
        match words {
            [] => Ok(Self { port: DEFAULT_PORT, release: false }),
            ["--port", number, rest @ ..] => {
                Ok(Self { port: parse_port(number)?, ..Self::parse(rest)? })
            }
            ["--release", rest @ ..] => Ok(Self { release: true, ..Self::parse(rest)? }),
            [other, ..] => {
                Err(format!("`cargo xtask serve` knows --port N and --release, not `{other}`"))
            }
        }
    }
}

/// `cargo xtask build`: the optimised page in `dist/`.
pub(crate) fn build() -> Outcome {
    setup::ensure(BUILD_NEEDS)?;
    build_release()
}

/// The build alone, for callers that have made sure of the tools.
pub(crate) fn build_release() -> Outcome {
    shell::run(&mut trunk("trunk build --release"))?;
    split::split_page()
}

/// `cargo xtask serve`: builds, serves, and rebuilds on change until interrupted.
///
/// Returns only when that fails: this process becomes `trunk serve`, so that who stops it stops
/// the server, whatever the signal.
pub(crate) fn serve(options: &ServeOptions) -> Outcome {
    setup::ensure(SERVE_NEEDS)?;
    check_port_is_free(options.port)?;
    let folder = shell::target_dir().join("serve");
    remove_folder(&folder)?;
    spawn_announcer(options.port)?;

    let mut server = trunk("trunk serve --address 127.0.0.1 --port");
    server.arg(options.port.to_string());
    // Not dist/: a debug page must not be taken for the one to publish.
    server.arg("--dist").arg(folder);
    if options.release {
        server.arg("--release");
    }
    let error = server.exec();
    Err(format!("cannot run `trunk`: {error}"))
}

/// Waits for the page and prints its address; ends when the server does.
pub(crate) fn announce(port: &str) -> Outcome {
    let port = parse_port(port)?;
    let server = parent_id();
    while parent_id() == server {
        if page_answers(port).unwrap_or(false) {
            println!("\nRollscope is at http://127.0.0.1:{port}/ (Ctrl-C stops it)\n");
            return Ok(());
        }
        thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

fn parse_port(text: &str) -> Outcome<u16> {
    match text.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(format!("`{text}` is no port: give a number from 1 to 65535")),
    }
}

fn check_port_is_free(port: u16) -> Outcome {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(format!(
            "port {port} is taken by another program; choose another: cargo xtask serve --port {}",
            port.checked_add(1).unwrap_or(DEFAULT_PORT)
        )),
        Err(error) => Err(format!("cannot listen on port {port}: {error}")),
    }
}

fn remove_folder(folder: &std::path::Path) -> Outcome {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(format!("cannot remove {}: {error}", folder.display()))
        }
        _ => fs::create_dir_all(folder)
            .map_err(|error| format!("cannot make {}: {error}", folder.display())),
    }
}

fn spawn_announcer(port: u16) -> Outcome {
    let this = env::current_exe().map_err(|error| error.to_string())?;
    Command::new(this)
        .arg(ANNOUNCE)
        .arg(port.to_string())
        .spawn()
        .map(|_| ())
        .map_err(|error| format!("cannot start the announcer: {error}"))
}

fn page_answers(port: u16) -> io::Result<bool> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    write!(
        stream,
        "GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
    )?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    Ok(response.starts_with("HTTP/1.1 200") && response.contains("<title>Rollscope"))
}

fn trunk(line: &str) -> Command {
    let mut command = shell::command_line(line);
    // A backtrace through Trunk would bury the compiler's own message.
    command.env("RUST_BACKTRACE", "0");
    // Trunk takes only `true` and `false` here; many set NO_COLOR=1, as its convention says.
    if env::var_os("NO_COLOR").is_some() {
        command.env("NO_COLOR", "true");
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serve_listens_on_8080_unless_told() {
        let parsed = ServeOptions::parse(&["--release", "--port", "9000"]);
        let wanted = ServeOptions { port: 9000, release: true };
        assert_eq!(parsed, Ok(wanted));
        assert_eq!(ServeOptions::parse(&[]).map(|it| it.port), Ok(8080));
    }

    #[test]
    fn wrong_options_are_named() {
        let unknown = ServeOptions::parse(&["--open"]).expect_err("unknown");
        assert!(unknown.ends_with("not `--open`"));
        let port = ServeOptions::parse(&["--port", "eighty"]).expect_err("no number");
        assert!(port.starts_with("`eighty` is no port"));
    }

    #[test]
    fn a_taken_port_is_reported_with_the_way_out() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("some port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let error = check_port_is_free(port).expect_err("it is taken");
        assert!(error.contains(&format!("port {port} is taken")));
        assert!(error.contains("cargo xtask serve --port"));
    }
}

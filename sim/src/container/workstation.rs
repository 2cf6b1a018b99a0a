//! A person's own machine: the shell of the containers with files and variables that stay, and with
//! programs that somebody outside runs, such as `kubectl`.

use std::sync::Arc;

use super::Volumes;
use super::files::Files;
use super::image::{Flavour, Image};
use super::launch::{Launch, Spec};
use super::machine::{Machine, State, Turn};
use super::network::{NoNetwork, World};
use super::process::{Fd, Process, Signal, Task};
use super::shell::variables::Variables;
use super::shell::{self, Shell, parser};
use crate::api::Name;
use crate::time::Instant;

/// A call of a program that is run outside.
#[derive(Clone, Debug)]
pub(super) struct Client {
    argv: Arc<[Name]>,
    variables: Arc<Variables>,
    directory: Name,
    /// What it has read, while it reads its input.
    input: String,
    stage: Stage,
    /// The status of a program it had started.
    pub(super) child: Option<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Reads,
    Asks,
    IsRun,
    Ends(i32),
}

impl Client {
    pub(super) fn new(argv: &[Name], variables: Arc<Variables>, directory: Name) -> Self {
        // Standard input is left alone unless a word asks for it.
        let reads = argv.iter().any(|word| {
            matches!(&**word, "-" | "-f-" | "/dev/stdin" | "-i" | "-it" | "-ti" | "--stdin")
                || word.ends_with("=-")
                || word.ends_with("/dev/stdin")
        });
        let stage = if reads { Stage::Reads } else { Stage::Asks };
        let (argv, input) = (argv.into(), String::new());
        Self { argv, variables, directory, input, stage, child: None }
    }

    /// Whether it reads, and whether it can go on of its own accord.
    pub(super) const fn state(&self) -> (bool, bool) {
        (matches!(self.stage, Stage::Reads), matches!(self.stage, Stage::Ends(_)))
    }
}

impl Machine<'_, '_> {
    pub(super) fn run_client(&mut self, client: &mut Client, process: &mut Process) -> Turn {
        match client.stage {
            Stage::Reads => {
                let done = match &mut process.fds[0] {
                    Fd::Pipe(id) => {
                        client.input.push_str(&self.state.take_input(*id));
                        !self.state.has_writer(*id)
                    }
                    Fd::Text { text, at } => {
                        client.input.push_str(&text[std::mem::replace(at, text.len())..]);
                        true
                    }
                    Fd::Log { .. } | Fd::Null | Fd::File(_) | Fd::Screen { .. } => true,
                };
                if done {
                    client.stage = Stage::Asks;
                }
                Turn::Over
            }
            Stage::Ends(status) => Turn::Exit(status),
            Stage::Asks | Stage::IsRun => Turn::Over,
        }
    }
}

/// What a program that is run outside was called with.
#[derive(Clone, Debug)]
pub struct Request {
    /// The process that waits for an answer.
    pub pid: u32,
    /// The words of the call.
    pub argv: Arc<[Name]>,
    /// What it read from standard input, empty when it did not ask for it.
    pub input: String,
    /// Where it was called.
    pub directory: Name,
    /// `KUBECONFIG`, `KUBE_EDITOR`, `EDITOR`, empty when not set.
    pub environment: [Name; 3],
}

/// A machine to type at.
#[derive(Clone, Debug)]
pub struct Workstation {
    launch: Arc<Launch>,
    state: State,
    /// The shell of the line that runs.
    running: Option<u32>,
    /// What the next line's shell starts with.
    variables: Arc<Variables>,
    directory: Name,
    status: i32,
    logged: usize,
}

/// Programs of a workstation that images do not have.
const PROGRAMS: &[&str] = &["clear", "watch", "vi", "vim", "nano", "less", "more", "curl", "jq"];

impl Workstation {
    /// A machine on which the programs `outside` are run by its owner.
    pub fn new(outside: &[&str]) -> Self {
        let image = Image {
            flavour: Flavour::Gnu,
            programs: outside.iter().chain(PROGRAMS).map(|name| (*name).into()).collect(),
            ..Image::default()
        };
        let launch = Launch::new(Spec {
            reference: "workstation",
            image: &image,
            command: &["sh".into()],
            args: &[],
            env: &[],
            mounts: Vec::new(),
            ports: Vec::new(),
            directory: "/work".into(),
            read_only_root: false,
            memory_limit: None,
        });
        let mut files = Files::default();
        files.make_directory("/work");
        let mut state = State::new(Arc::new(files), Instant::BOOT);
        state.outside = outside.iter().map(|name| (*name).into()).collect();
        state.idle();
        let variables = Arc::clone(&launch.variables);
        Self {
            launch: Arc::new(launch),
            state,
            running: None,
            variables,
            directory: "/work".into(),
            status: 0,
            logged: 0,
        }
    }

    /// The files.
    pub const fn files(&self) -> &Arc<Files> {
        &self.state.files
    }

    /// The files, to change.
    pub fn files_mut(&mut self) -> &mut Files {
        Arc::make_mut(&mut self.state.files)
    }

    /// Starts a line. `input` is what its commands read.
    pub fn start(&mut self, line: &str, input: Option<&str>, now: Instant) {
        let mut shell = Shell::new(shell::Start {
            kind: shell::Kind::Bash,
            name: "bash".into(),
            script: Arc::new(parser::parse(line)),
            variables: Arc::clone(&self.variables),
            arguments: Arc::default(),
            directory: self.directory.clone(),
        });
        shell.set_status(self.status);
        let stdin = input.map_or(Fd::Null, |text| Fd::Text { text: text.into(), at: 0 });
        let fds = [stdin, Fd::Screen { is_error: false }, Fd::Screen { is_error: true }];
        self.state.refill();
        self.running = self.state.start(0, Task::Shell(Box::new(shell)), fds, now);
    }

    /// Acts out what is due.
    pub fn run(&mut self, now: Instant) {
        let mut volumes = Volumes::default();
        let mut world =
            World { volumes: &mut volumes, network: &NoNetwork, hostname: "workstation" };
        let mut machine =
            Machine { state: &mut self.state, launch: &self.launch, world: &mut world, now };
        machine.run(now);
        let lines: Vec<Name> =
            self.state.log.lines().skip(self.logged).map(|line| line.text.clone()).collect();
        self.logged += lines.len();
        for line in lines {
            self.state.screen[1].push_str(&line);
            self.state.screen[1].push('\n');
        }
        let ended = self.state.ended.take();
        let Some((_, status, shell)) = ended.filter(|(pid, ..)| Some(*pid) == self.running) else {
            return;
        };
        self.running = None;
        self.status = status;
        if let Some(shell) = shell {
            (self.variables, self.directory) = shell.leaves();
        }
    }

    /// When anything happens next of its own accord.
    pub fn next_at(&self) -> Option<Instant> {
        self.state.next_at()
    }

    /// The status of the line, once it has ended.
    pub const fn status(&self) -> Option<i32> {
        if self.running.is_some() { None } else { Some(self.status) }
    }

    /// What was printed since the last call: output and errors.
    pub fn take_screen(&mut self) -> [String; 2] {
        std::mem::take(&mut self.state.screen)
    }

    /// The calls that wait to be run.
    pub fn take_requests(&mut self) -> Vec<Request> {
        let mut requests = Vec::new();
        for process in &mut self.state.processes {
            let Task::Client(client) = &mut process.task else { continue };
            if client.stage != Stage::Asks {
                continue;
            }
            client.stage = Stage::IsRun;
            let variable = |name: &str| client.variables.get(name).cloned().unwrap_or_default();
            requests.push(Request {
                pid: process.pid,
                argv: Arc::clone(&client.argv),
                input: std::mem::take(&mut client.input),
                directory: client.directory.clone(),
                environment: ["KUBECONFIG", "KUBE_EDITOR", "EDITOR"].map(variable),
            });
        }
        requests
    }

    /// Prints for a program that is run outside. Nothing happens when it is gone.
    pub fn print(&mut self, pid: u32, texts: [&str; 2]) {
        let Some(process) = self.state.processes.iter().find(|process| process.pid == pid) else {
            return;
        };
        let fds = process.fds.clone();
        let mut volumes = Volumes::default();
        let mut world =
            World { volumes: &mut volumes, network: &NoNetwork, hostname: "workstation" };
        let now = self.state.now();
        let mut machine =
            Machine { state: &mut self.state, launch: &self.launch, world: &mut world, now };
        for (fd, text) in fds[1..].iter().zip(texts) {
            if !text.is_empty() {
                machine.write(fd, text);
            }
        }
        if machine.take_broken_pipe() {
            self.state.kill(pid, Signal::Pipe);
        }
    }

    /// Whether a program that is run outside is still wanted.
    pub fn is_wanted(&self, pid: u32) -> bool {
        self.state.processes.iter().any(|process| process.pid == pid && process.killed.is_none())
    }

    /// Ends a program that is run outside.
    pub fn finish(&mut self, pid: u32, status: i32, now: Instant) {
        if let Some(process) = self.state.processes.iter_mut().find(|process| process.pid == pid)
            && let Task::Client(client) = &mut process.task
        {
            client.stage = Stage::Ends(status);
            process.at = now;
        }
    }

    /// Lets a program that is run outside start a command of its own, such as an editor; its status
    /// is found with [`Self::child_status`].
    pub fn start_child(&mut self, pid: u32, line: &str, now: Instant) {
        let Some(process) = self.state.processes.iter_mut().find(|process| process.pid == pid)
        else {
            return;
        };
        let fds = process.fds.clone();
        let Task::Client(client) = &mut process.task else { return };
        client.child = None;
        let shell = Shell::new(shell::Start {
            kind: shell::Kind::Bash,
            name: "bash".into(),
            script: Arc::new(parser::parse(line)),
            variables: Arc::clone(&client.variables),
            arguments: Arc::default(),
            directory: client.directory.clone(),
        });
        self.state.start(pid, Task::Shell(Box::new(shell)), fds, now);
    }

    /// The status of a command started with [`Self::start_child`], once it has ended.
    pub fn child_status(&self, pid: u32) -> Option<i32> {
        self.state.processes.iter().find(|process| process.pid == pid).and_then(|process| {
            match &process.task {
                Task::Client(client) => client.child,
                _ => None,
            }
        })
    }

    /// Ends the line, as Ctrl-C does.
    pub fn interrupt(&mut self) {
        let now = self.state.now();
        for process in &mut self.state.processes {
            if process.pid != 1 {
                process.signal(Signal::Int, now);
            }
        }
    }
}

//! What a container does: its files, its processes, its shell and programs, over virtual time.
//!
//! A [`Launch`] is what the containers of one template share: image, command line, scripts that were
//! read once. A [`Container`] is a value: it can be copied at any moment, and run on from there with
//! the same result. What lies outside, the pod's volumes and the network, comes with a [`World`].
//!
//! Models: what containerd, the kernel and the programs of common images do, as far as a rollout
//! shows it. Leaves out: users and permissions, binary files, terminals, resource use.

mod check;
pub mod command;
pub mod files;
pub mod image;
mod launch;
pub mod log;
mod machine;
mod network;
pub mod process;
mod programs;
pub mod reference;
mod registry;
pub mod server;
mod shell;
mod tools;
pub mod workstation;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod served;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use command::Command;
pub use files::{Files, Mount, Volume, Volumes};
pub use image::{Flavour, Image};
pub use launch::{Launch, Spec};
pub use log::{Line, Log};
pub use network::{Network, NetworkError, NoNetwork, World};
pub use process::Signal;
pub use server::{
    Api, Fate, Flaw, GrpcHealth, HttpReply, Refused, Server, ServerProfile, Serving, Stop,
};
pub use workstation::Workstation;

pub(crate) use registry::pullable;

use crate::api::Name;
use crate::time::{Duration, Instant};
use machine::{Machine, State};
use process::Task;

/// How a container ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// The exit code: 0 to 255.
    pub code: i32,
    /// When.
    pub at: Instant,
    /// Whether the kernel killed it for want of memory.
    pub oom_killed: bool,
}

impl Exit {
    /// The reason in the container's status.
    pub const fn reason(&self) -> &'static str {
        match (self.oom_killed, self.code) {
            (true, _) => "OOMKilled",
            (false, 0) => "Completed",
            (false, _) => "Error",
        }
    }
}

/// Something of a script that is not acted out as it would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The line in the script, from 1; 0 when it is about no line.
    pub line: u32,
    /// What is not simulated, and what happens instead.
    pub text: Name,
}

/// What became of a command that was sent into a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exec {
    /// It has ended.
    Done {
        /// Its exit code.
        code: i32,
        /// What it printed, on both descriptors.
        output: String,
    },
    /// It runs: ask with [`Container::exec_result`] after [`Container::run`].
    Running(u32),
    /// It could not be started; the runtime says why.
    Failed(String),
}

/// A container.
#[derive(Clone, Debug)]
pub struct Container {
    launch: Arc<Launch>,
    state: Arc<State>,
}

impl Container {
    /// A container that starts now. Nothing has run yet: its first step is due at once.
    pub fn start(launch: &Arc<Launch>, now: Instant) -> Self {
        let mut state = State::new(Arc::clone(&launch.files), now);
        state.begin(launch.shell(&launch.command), now);
        Self { launch: Arc::clone(launch), state: Arc::new(state) }
    }

    /// When it next does something of its own accord.
    pub fn next_at(&self) -> Option<Instant> {
        if self.state.exit.is_some() { None } else { self.state.next_at() }
    }

    fn machine<T>(
        &mut self,
        now: Instant,
        world: &mut World<'_>,
        act: impl FnOnce(&mut Machine<'_, '_>) -> T,
    ) -> T {
        let state = Arc::make_mut(&mut self.state);
        act(&mut Machine { state, launch: &self.launch, world, now })
    }

    /// Acts out everything that is due up to `now`. The work is bounded: see [`machine`].
    pub fn run(&mut self, now: Instant, world: &mut World<'_>) {
        if self.next_at().is_some_and(|at| at <= now) {
            self.machine(now, world, |machine| machine.run(now));
        }
    }

    /// How it ended, if it has.
    pub fn exit(&self) -> Option<Exit> {
        self.state.exit
    }

    /// Sends its first process a signal. SIGTERM may be ignored; SIGKILL ends it at once.
    pub fn signal(&mut self, signal: Signal, now: Instant, world: &mut World<'_>) {
        if self.state.exit.is_some() {
            return;
        }
        let state = Arc::make_mut(&mut self.state);
        if let Some(first) = state.processes.iter_mut().find(|process| process.pid == 1) {
            first.signal(signal, now);
        }
        self.run(now, world);
    }

    /// Has programs that were told to end, and drain, go on until `until`: they work on requests.
    pub fn finish_requests(&mut self, until: Instant) {
        for process in &mut Arc::make_mut(&mut self.state).processes {
            if let Task::Server(server) = &mut process.task {
                server.finish_requests(until);
            }
        }
    }

    /// Kills it for want of memory.
    pub fn kill_for_memory(&mut self, now: Instant, world: &mut World<'_>) {
        Arc::make_mut(&mut self.state).oom = true;
        self.signal(Signal::Kill, now, world);
    }

    /// Runs a command in it, as far as it gets without virtual time passing.
    pub fn exec(&mut self, command: &Command, now: Instant, world: &mut World<'_>) -> Exec {
        // What a probe asks time and again is answered before anything is looked up.
        let is_plain = self.state.exit.is_none() && self.launch.flavour != Flavour::None;
        if is_plain && let Some((code, output)) = self.quick(command, world) {
            return Exec::Done { code, output };
        }
        if let Some(why) = self.launch.exec_error(command) {
            return Exec::Failed(format!(
                "OCI runtime exec failed: exec failed: unable to start container process: {why}: unknown"
            ));
        }
        if self.state.exit.is_some() {
            return Exec::Failed("container is not running".to_owned());
        }
        let shell = self.launch.shell(command);
        let pid = self.machine(now, world, |machine| {
            let pid = machine.exec(shell)?;
            machine.run(now);
            Some(pid)
        });
        let Some(pid) = pid else {
            return Exec::Failed("can't fork: Resource temporarily unavailable".to_owned());
        };
        match self.exec_result(pid) {
            Some((code, output)) => Exec::Done { code, output },
            None => Exec::Running(pid),
        }
    }

    /// The result of a command that changes nothing and takes no time, found without a process.
    fn quick(&self, command: &Command, world: &World<'_>) -> Option<(i32, String)> {
        let (program, operand) = command.question()?;
        // Most probes name their file as plainly as can be.
        let is_plain = operand.starts_with('/')
            && !(operand.ends_with('/') || operand.contains("//") || operand.contains("/."));
        let normal = (!is_plain).then(|| files::normal(&self.launch.directory, operand));
        let path = normal.as_deref().unwrap_or(operand);
        let (own, mounts) = (&self.state.files, &self.launch.mounts);
        let is_cat = program == "cat";
        if let Some(text) = files::read(own, mounts, world.volumes, path) {
            return Some((0, if is_cat { text.to_string() } else { String::new() }));
        }
        let is_special = ["/etc", "/dev", "/var/run"].iter().any(|folder| path.starts_with(folder));
        if is_special || files::is_directory(own, mounts, world.volumes, path) {
            return None;
        }
        let why = files::FileError::NotFound.text();
        let output = match (is_cat, self.launch.flavour) {
            (false, _) => String::new(),
            (true, Flavour::Gnu) => format!("cat: {operand}: {why}\n"),
            (true, Flavour::Busybox | Flavour::None) => {
                format!("cat: can't open '{operand}': {why}\n")
            }
        };
        Some((1, output))
    }

    /// The exit code and output of an [`Exec::Running`], once it has ended. It can be fetched once.
    pub fn exec_result(&mut self, id: u32) -> Option<(i32, String)> {
        if !self.state.exec_has_ended(id) {
            return None;
        }
        Arc::make_mut(&mut self.state).exec_result(id)
    }

    /// Kills a command that takes too long; its result is forgotten.
    pub fn stop_exec(&mut self, id: u32, now: Instant, world: &mut World<'_>) {
        Arc::make_mut(&mut self.state).stop_exec(id, now);
        self.run(now, world);
    }

    /// The servers in it.
    pub fn servers(&self) -> impl Iterator<Item = &Server> {
        self.state.processes.iter().filter_map(|process| match &process.task {
            Task::Server(server) => Some(&**server),
            Task::Shell(_) | Task::Later { .. } | Task::Filter(_) | Task::Client(_) => None,
        })
    }

    /// The server that takes connections on a port.
    pub fn server(&self, port: u16, now: Instant) -> Option<&Server> {
        self.servers().find(|server| server.listens(port, now))
    }

    /// Whether something takes connections on a port.
    pub fn listens(&self, port: u16, now: Instant) -> bool {
        self.server(port, now).is_some()
    }

    /// The answer to a GET from outside.
    ///
    /// # Errors
    /// There is none.
    pub fn http(
        &self,
        port: u16,
        path: &str,
        now: Instant,
        volumes: &Volumes,
    ) -> Result<HttpReply, Refused> {
        let server = self.server(port, now).ok_or(Refused::NotListening)?;
        server.reply(path, now, &self.state.files, &self.launch.mounts, volumes)
    }

    /// What the gRPC health service on a port says; `None` when nobody listens.
    pub fn grpc_health(&self, port: u16, now: Instant) -> Option<GrpcHealth> {
        self.server(port, now).map(|server| server.grpc_health(now))
    }

    /// What it printed.
    pub fn log(&self) -> &Log {
        &self.state.log
    }

    /// From when to when its server loads, if it has one that takes time to.
    pub fn loading(&self) -> Option<(Instant, Instant)> {
        let mut servers = self.servers().filter(|server| server.serving.load > Duration::ZERO);
        servers.next().map(|server| (server.started_at, server.loaded_at()))
    }

    /// What of its script is not acted out as it would be.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.state.diagnostics
    }

    /// What it was started with.
    pub const fn launch(&self) -> &Arc<Launch> {
        &self.launch
    }
}

//! A terminal: lines in, text out, with a shell, files and `kubectl`.
//!
//! The shell and its programs are those of the containers (see [`Workstation`]): pipes, quotes,
//! loops and redirections work as they do there. Every call of kubectl reaches the cluster as a
//! command of its own, so a run can be replayed from its commands. Nothing here waits: the owner
//! lets virtual time pass and asks again.

use std::sync::Arc;

use crate::api::Name;
use crate::cluster::Cluster;
use crate::command::{Command, Typed};
use crate::container::Workstation;
use crate::container::workstation::Request;
use crate::kubectl::Output;
use crate::kubectl::edit::{Edit, Next};
use crate::kubectl::stream::{Line, StreamId};
use crate::time::Instant;

/// Where a terminal's files are.
pub const DIRECTORY: &str = "/work";

/// What a terminal acts on: a cluster, or somebody who keeps one.
pub trait Host {
    /// The present.
    fn now(&self) -> Instant;
    /// Does what a person asks for.
    fn apply(&mut self, command: &Command) -> Output;
    /// What a streaming command has printed since the last call, and its exit code once it ended.
    fn read_stream(&mut self, stream: StreamId) -> (Vec<Line>, Option<i32>);
    /// Ends a streaming command.
    fn stop_stream(&mut self, stream: StreamId);
}

impl Host for Cluster {
    fn now(&self) -> Instant {
        Self::now(self)
    }

    fn apply(&mut self, command: &Command) -> Output {
        Self::apply(self, command)
    }

    fn read_stream(&mut self, stream: StreamId) -> (Vec<Line>, Option<i32>) {
        Self::read_stream(self, stream)
    }

    fn stop_stream(&mut self, stream: StreamId) {
        Self::stop_stream(self, stream);
    }
}

/// What a terminal has printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The line's exit code, once it has ended.
    pub code: Option<i32>,
}

/// A call of kubectl that has not ended.
#[derive(Clone, Debug)]
enum Task {
    Streams(StreamId),
    Edits(Box<Edit>, Arc<Typed>),
}

/// A terminal.
#[derive(Clone, Debug)]
pub struct Terminal {
    machine: Workstation,
    namespace: Name,
    tasks: Vec<(u32, Task)>,
    edits: u64,
}

impl Terminal {
    /// A terminal whose kubectl works in this namespace. Its directory is `/work`.
    pub fn new(namespace: &str) -> Self {
        let machine = Workstation::new(&["kubectl", "k"]);
        Self { machine, namespace: namespace.into(), tasks: Vec::new(), edits: 0 }
    }

    /// Writes a file into the directory.
    ///
    /// # Errors
    /// There is no space.
    pub fn write_file(
        &mut self,
        name: &str,
        text: &str,
    ) -> Result<(), crate::container::files::FileError> {
        self.machine.files_mut().write(&crate::container::files::normal(DIRECTORY, name), text)
    }

    /// A file of the directory.
    pub fn read_file(&self, name: &str) -> Option<&str> {
        let path = crate::container::files::normal(DIRECTORY, name);
        self.machine.files().read(&path).map(|text| &**text)
    }

    /// Removes a file from the directory.
    pub fn remove_file(&mut self, name: &str) {
        self.machine.files_mut().remove(&crate::container::files::normal(DIRECTORY, name));
    }

    /// Starts a line; `input` is what its commands read from standard input. A line that still
    /// runs is given up.
    pub fn start(&mut self, host: &mut dyn Host, line: &str, input: Option<&str>) {
        if self.machine.status().is_none() {
            self.interrupt(host);
        }
        self.machine.start(line, input, host.now());
    }

    /// Lets the line go on as far as it can at present.
    pub fn poll(&mut self, host: &mut dyn Host) -> Printed {
        /// How many calls of kubectl one moment may hold.
        const MOST: u32 = 10_000;
        for _ in 0..MOST {
            self.machine.run(host.now());
            let requests = self.machine.take_requests();
            let mut moved = !requests.is_empty();
            for request in requests {
                self.call(host, request);
            }
            moved |= self.follow(host);
            if !moved {
                break;
            }
        }
        let [stdout, stderr] = self.machine.take_screen();
        Printed { stdout, stderr, code: self.machine.status() }
    }

    /// When the line goes on of its own accord, as far as the shell is concerned.
    pub fn next_at(&self) -> Option<Instant> {
        self.machine.next_at()
    }

    /// Ends the line, as Ctrl-C does.
    pub fn interrupt(&mut self, host: &mut dyn Host) {
        for (_, task) in std::mem::take(&mut self.tasks) {
            if let Task::Streams(stream) = task {
                host.stop_stream(stream);
            }
        }
        self.machine.interrupt();
        self.machine.run(host.now());
    }

    fn call(&mut self, host: &mut dyn Host, request: Request) {
        let pid = request.pid;
        let [kubeconfig, kube_editor, editor] = request.environment;
        let typed = Arc::new(Typed {
            words: request.argv[1..].into(),
            stdin: request.input.into(),
            files: Arc::clone(self.machine.files()),
            directory: request.directory,
            namespace: self.namespace.clone(),
            kubeconfig,
            edited: None,
            editor: if kube_editor.is_empty() { editor } else { kube_editor },
        });
        let output = host.apply(&Command::Typed(Arc::clone(&typed)));
        self.take(host, pid, &typed, output);
    }

    /// Prints what a call came to.
    fn take(&mut self, host: &mut dyn Host, pid: u32, typed: &Arc<Typed>, output: Output) {
        for (path, text) in &output.files {
            if self.machine.files_mut().write(path, text).is_err() {
                self.machine.print(pid, ["", "error: no space left on device\n"]);
            }
        }
        self.machine.print(pid, [&output.stdout, &output.stderr]);
        if let Some(edit) = output.edit {
            self.open_editor(host, pid, *edit, typed);
        } else if let Some(stream) = output.stream {
            self.tasks.push((pid, Task::Streams(stream)));
        } else {
            self.machine.finish(pid, output.code, host.now());
        }
    }

    fn open_editor(&mut self, host: &mut dyn Host, pid: u32, mut edit: Edit, typed: &Arc<Typed>) {
        self.edits += 1;
        let path = format!("/tmp/kubectl-edit-{}.yaml", 1_000_000_000 + self.edits);
        // A full disk is noticed when the editor finds nothing.
        let _ = self.machine.files_mut().write(&path, &edit.text);
        let editor = if typed.editor.is_empty() { "vi" } else { &typed.editor };
        self.machine.start_child(pid, &format!("{editor} {path}"), host.now());
        edit.path = path;
        self.tasks.push((pid, Task::Edits(Box::new(edit), Arc::clone(typed))));
    }

    /// Looks after the calls that go on; says whether any moved.
    fn follow(&mut self, host: &mut dyn Host) -> bool {
        let mut moved = false;
        for (pid, task) in std::mem::take(&mut self.tasks) {
            match task {
                Task::Streams(stream) if !self.machine.is_wanted(pid) => host.stop_stream(stream),
                Task::Streams(stream) => {
                    let (lines, code) = host.read_stream(stream);
                    for line in &lines {
                        let text = line.printed();
                        let texts = if line.is_error { ["", &*text] } else { [&*text, ""] };
                        self.machine.print(pid, texts);
                    }
                    moved |= !lines.is_empty() || code.is_some();
                    match code {
                        Some(code) => self.machine.finish(pid, code, host.now()),
                        None => self.tasks.push((pid, task)),
                    }
                }
                Task::Edits(..) if !self.machine.is_wanted(pid) => {}
                Task::Edits(edit, typed) => {
                    let Some(status) = self.machine.child_status(pid) else {
                        self.tasks.push((pid, Task::Edits(edit, typed)));
                        continue;
                    };
                    moved = true;
                    let text = self.machine.files().read(&edit.path).cloned().unwrap_or_default();
                    match edit.closed(&text, status, &typed.editor) {
                        Next::Apply(command) => {
                            let typed =
                                Arc::new(Typed { edited: Some(command), ..Typed::clone(&typed) });
                            let output = host.apply(&Command::Typed(Arc::clone(&typed)));
                            self.take(host, pid, &typed, output);
                        }
                        Next::Done(output) => self.take(host, pid, &typed, output),
                    }
                }
            }
        }
        moved
    }
}

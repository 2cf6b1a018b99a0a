//! What the containers of one template share: image, command line, environment, scripts that were
//! read once.

use std::sync::Arc;

use super::command::{self, Command};
use super::files::{self, Files, Mount};
use super::image::{Flavour, Has, Image};
use super::process::Task;
use super::shell::syntax::Script;
use super::shell::variables::Variables;
use super::{Diagnostic, Server, check, programs, reference, shell};
use crate::api::Name;
use crate::time::Instant;

/// What a container is made of, as its pod spec and image say.
#[derive(Clone, Debug)]
pub struct Spec<'a> {
    /// The image as it is named in the pod spec.
    pub reference: &'a str,
    /// The image.
    pub image: &'a Image,
    /// `command`, the image's entry point when empty.
    pub command: &'a [Name],
    /// `args`
    pub args: &'a [Name],
    /// Environment variables, `$(NAME)` in them expanded.
    pub env: &'a [(Name, Name)],
    /// Where volumes are seen.
    pub mounts: Vec<Mount>,
    /// `containerPort`s: where a program listens that only stands in for one.
    pub ports: Vec<u16>,
    /// `workingDir`, the image's when empty.
    pub directory: Name,
    /// `readOnlyRootFilesystem`
    pub read_only_root: bool,
    /// `resources.limits.memory` in bytes.
    pub memory_limit: Option<i64>,
}

/// How containers of one template start. Shared by all of them.
#[derive(Clone, Debug)]
pub struct Launch {
    pub(super) command: Command,
    pub(super) variables: Arc<Variables>,
    pub(super) mounts: Vec<Mount>,
    /// The files of the image.
    pub(super) files: Arc<Files>,
    pub(super) ports: Vec<u16>,
    pub(super) image: Name,
    /// What the image is like.
    pub(super) kind: Image,
    pub(super) flavour: Flavour,
    pub(super) is_stand_in: bool,
    /// The image's tag.
    pub(super) version: Name,
    pub(super) directory: Name,
    pub(super) read_only_root: bool,
    pub(super) memory_limit: Option<i64>,
}

impl Launch {
    /// What containers of this spec start with.
    pub fn new(spec: Spec<'_>) -> Self {
        let image = spec.image;
        let expand = |words: &[Name]| -> Vec<Name> {
            words.iter().map(|word| command::expand(word, spec.env)).collect()
        };
        let mut argv = expand(spec.command);
        if argv.is_empty() {
            argv.clone_from(&image.entrypoint);
            if spec.args.is_empty() {
                argv.extend(image.command.iter().cloned());
            }
        }
        if argv.is_empty() && image.is_stand_in {
            argv.push(spec.reference.into());
        }
        argv.extend(expand(spec.args));
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let first = [("PATH".into(), path.into()), ("HOME".into(), "/root".into())];
        let mut files = Files::default();
        for (path, text) in &image.files {
            // What is too large for the disk is not there.
            let _ = files.write(path, text);
        }
        let directory = if spec.directory.is_empty() { &image.directory } else { &spec.directory };
        Self {
            command: Command::new(argv),
            variables: Arc::new(Variables::from_environment(first.iter().chain(spec.env))),
            mounts: spec.mounts,
            files: Arc::new(files),
            ports: spec.ports,
            image: spec.reference.into(),
            flavour: image.flavour,
            is_stand_in: image.is_stand_in,
            version: reference::Reference::parse(spec.reference)
                .map_or_else(|_| "".into(), |reference| reference.tag().into()),
            directory: if directory.is_empty() { "/".into() } else { directory.clone() },
            read_only_root: spec.read_only_root,
            memory_limit: spec.memory_limit,
            kind: image.clone(),
        }
    }

    /// Why a container cannot be started at all, as the runtime says it; `None` when it can. The
    /// kubelet shows it with the reason `StartError` and exit code 128.
    pub fn start_error(&self) -> Option<String> {
        let why = self.exec_error(&self.command)?;
        Some(format!(
            "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: {why}: unknown"
        ))
    }

    /// What of its script will not be acted out as it would be, as far as that can be told without
    /// running it: errors of syntax, and programs that are not simulated or not in the image.
    pub fn check(&self) -> Vec<Diagnostic> {
        let script = match self.command.script() {
            Some(call) => Arc::clone(&call.script),
            None => self.command.only(),
        };
        let mut found = Vec::new();
        check::script(self, &script, &mut found);
        found
    }

    /// Why a command cannot be run in containers of this kind.
    pub(super) fn exec_error(&self, command: &Command) -> Option<String> {
        let program = command.argv().first()?;
        // Whether a file elsewhere is there is seen when it is called.
        let folder = files::parent(program);
        let elsewhere = program.contains('/')
            && !["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin"].contains(&folder);
        let found = elsewhere || self.find(program) != Has::No;
        if found {
            return None;
        }
        Some(if program.contains('/') {
            format!("exec: \"{program}\": stat {program}: no such file or directory")
        } else {
            format!("exec: \"{program}\": executable file not found in $PATH")
        })
    }

    pub(super) fn find(&self, program: &str) -> Has {
        self.kind.has(program.rsplit('/').next().unwrap_or_default())
    }

    pub(super) fn has(&self, program: &str) -> bool {
        self.find(program) == Has::Yes
    }

    /// Which shell answers to this name.
    pub(super) fn shell_kind(&self, program: &str) -> shell::Kind {
        match (program, self.flavour) {
            ("bash", _) => shell::Kind::Bash,
            (_, Flavour::Gnu) => shell::Kind::Dash,
            (_, Flavour::Busybox | Flavour::None) => shell::Kind::Ash,
        }
    }

    /// The script of this text, which may have been read already.
    pub(super) fn parsed(&self, text: &str) -> Arc<Script> {
        self.command.parsed(text).unwrap_or_else(|| Arc::new(shell::parser::parse(text)))
    }

    /// A shell that runs a command.
    pub(super) fn shell(&self, command: &Command) -> shell::Shell {
        let start = |name: Name, script, arguments| shell::Start {
            kind: self.shell_kind(name.rsplit('/').next().unwrap_or_default()),
            name,
            script,
            variables: Arc::clone(&self.variables),
            arguments,
            directory: self.directory.clone(),
        };
        match command.script() {
            Some(call) => {
                let arguments = call.arguments.clone();
                let mut shell = shell::Shell::new(start(
                    call.name.clone(),
                    Arc::clone(&call.script),
                    arguments,
                ));
                shell.set_flags(&[&*call.flags]);
                shell
            }
            None => shell::Shell::becoming(start("sh".into(), command.only(), Arc::default())),
        }
    }

    /// The server that a command line starts, if it starts one.
    pub(super) fn server(
        &self,
        argv: &[Name],
        variables: &Variables,
        takes_over: bool,
        now: Instant,
    ) -> Option<Task> {
        let serving = programs::serving(self, argv, variables, takes_over)?;
        Some(Task::Server(Box::new(Server::new(Arc::new(serving), now))))
    }
}

//! Redirections.

use super::expand::{Expander, Halt};
use super::syntax::{BOTH, Redirect, RedirectKind, Script};
use super::{Kind, Shell};
use crate::container::files::normal;
use crate::container::machine::Machine;
use crate::container::process::{Fd, Process};

impl Machine<'_, '_> {
    pub(super) fn redirected(
        &mut self,
        shell: &mut Shell,
        process: &Process,
        redirects: &[Redirect],
        script: &Script,
        line: u32,
    ) -> Result<Option<[Fd; 3]>, Halt> {
        let targets = self.expand(shell, process, |expander| {
            redirects.iter().map(|redirect| target(expander, redirect, script)).collect()
        })?;
        let targets: Vec<String> = targets;
        Ok(self.open(shell, process, redirects, &targets, line))
    }

    /// The descriptors after redirections; `None` when one fails, which is said.
    pub(super) fn open(
        &mut self,
        shell: &Shell,
        process: &Process,
        redirects: &[Redirect],
        targets: &[String],
        line: u32,
    ) -> Option<[Fd; 3]> {
        let mut fds = process.fds.clone();
        for (redirect, target) in redirects.iter().zip(targets) {
            match self.open_one(shell, &fds, redirect.kind, target) {
                Ok(fd) if redirect.fd == BOTH => {
                    fds[1] = fd.clone();
                    fds[2] = fd;
                }
                Ok(fd) => fds[redirect.fd] = fd,
                Err(text) => {
                    let text = shell.complaint(line, &text);
                    self.write(&process.fds[2], &text);
                    return None;
                }
            }
        }
        Some(fds)
    }

    fn open_one(
        &mut self,
        shell: &Shell,
        fds: &[Fd; 3],
        kind: RedirectKind,
        target: &str,
    ) -> Result<Fd, String> {
        let path = normal(&shell.directory, target);
        let refused = |verb: &str, why: &str| match shell.kind {
            Kind::Ash => format!("can't {verb} {target}: {why}"),
            Kind::Dash => format!("cannot {verb} {target}: {why}"),
            Kind::Bash => format!("{target}: {why}"),
        };
        match kind {
            RedirectKind::HereDocument(_) => Ok(Fd::Text { text: target.into(), at: 0 }),
            RedirectKind::HereString => Ok(Fd::Text { text: format!("{target}\n").into(), at: 0 }),
            RedirectKind::Duplicate => match target {
                "0" => Ok(fds[0].clone()),
                "1" => Ok(fds[1].clone()),
                "2" => Ok(fds[2].clone()),
                "-" => Ok(Fd::Null),
                _ => Err(format!("{target}: bad file descriptor")),
            },
            _ if &*path == "/dev/null" => Ok(Fd::Null),
            _ if &*path == "/dev/stdout" => Ok(fds[1].clone()),
            _ if &*path == "/dev/stderr" => Ok(fds[2].clone()),
            _ if &*path == "/proc/1/fd/1" => Ok(Fd::Log { is_error: false }),
            _ if &*path == "/proc/1/fd/2" => Ok(Fd::Log { is_error: true }),
            RedirectKind::Read => match self.file_system().read(&path) {
                Ok(text) => Ok(Fd::Text { text, at: 0 }),
                Err(error) => Err(refused("open", short(error.text(), shell.kind))),
            },
            RedirectKind::Write | RedirectKind::Append => {
                let files = self.file_system();
                let keeps = kind == RedirectKind::Append && files.is_file(&path);
                let mut files = files;
                let made = if keeps { files.append(&path, "") } else { files.write(&path, "") };
                match made {
                    Ok(()) => Ok(Fd::File(path.into())),
                    Err(error) => Err(refused("create", creating(error.text(), shell.kind))),
                }
            }
        }
    }
}

/// ash and dash shorten the error of a file that is not there.
fn short(text: &'static str, kind: Kind) -> &'static str {
    match (text, kind) {
        ("No such file or directory", Kind::Ash) => "no such file",
        ("No such file or directory", Kind::Dash) => "No such file",
        _ => text,
    }
}

fn creating(text: &'static str, kind: Kind) -> &'static str {
    match (text, kind) {
        ("No such file or directory", Kind::Ash) => "nonexistent directory",
        ("No such file or directory", Kind::Dash) => "Directory nonexistent",
        _ => text,
    }
}

pub(super) fn target(
    expander: &mut Expander<'_>,
    redirect: &Redirect,
    script: &Script,
) -> Result<String, Halt> {
    match redirect.kind {
        RedirectKind::HereDocument(place) => script
            .here_documents
            .get(place)
            .map_or_else(|| Ok(String::new()), |word| expander.text(word)),
        RedirectKind::Read
        | RedirectKind::HereString
        | RedirectKind::Write
        | RedirectKind::Append
        | RedirectKind::Duplicate => expander.text(&redirect.target),
    }
}

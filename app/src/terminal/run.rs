//! Running what is typed: lines go to the simulator's terminal, what it prints goes into the log.

use std::collections::VecDeque;
use std::sync::Arc;

use leptos::prelude::*;
use rollscope_sim::kubectl::complete;
use rollscope_sim::terminal::Terminal;
use rollscope_sim::{Duration, Instant};

use super::entry::Entry;
use crate::desk::Desk;
use crate::session::Session;

/// The most entries of the log.
const LOG_LENGTH: usize = 100;
/// The most lines that wait for their turn.
const QUEUE: usize = 1_000;

/// The terminal's own state.
#[derive(Debug, Default)]
pub(crate) struct Shell {
    /// Made when the first line is typed.
    terminal: Option<Terminal>,
    /// The files as the terminal was last given them, or gave them back.
    files: Vec<(String, String)>,
    waiting: VecDeque<String>,
    last_id: u32,
}

impl Desk {
    /// Runs a line, after those that were typed before.
    pub(crate) fn type_line(self, line: &str) {
        self.shell.update_value(|shell| {
            if shell.waiting.len() < QUEUE {
                shell.waiting.push_back(line.to_owned());
            }
        });
        self.run_waiting();
        self.look();
    }

    /// Lets lines run until one takes time.
    fn run_waiting(self) {
        while self.running.get_untracked().is_none() {
            let next = self.shell.try_update_value(|shell| shell.waiting.pop_front()).flatten();
            let Some(line) = next else { return };
            if line.trim() == "clear" {
                self.log.set(Vec::new());
            } else if !line.trim().is_empty() {
                self.start_line(&line);
            }
        }
    }

    fn start_line(self, line: &str) {
        let branches = self.run.with_untracked(|run| run.branches.len());
        let files = untrack(|| self.all_files());
        let id = self.log_entry(Entry::of(line));
        self.running.set(Some(id));
        self.end_replay();
        let known = self.shell.try_update_value(|shell| std::mem::take(&mut shell.files));
        let known = known.unwrap_or_default();
        let first = self.with_terminal(|terminal, session| {
            for (name, _) in known.iter().filter(|(name, _)| !has(&files, name)) {
                terminal.remove_file(name);
            }
            // What is as it was given stays as the terminal has it.
            for (name, text) in files.iter().filter(|file| !known.contains(file)) {
                // A full disk is noticed by who looks for the file.
                let _ = terminal.write_file(name, text);
            }
            let first = session.is_untouched();
            terminal.start(session, line, None);
            first
        });
        self.shell.update_value(|shell| shell.files = files);
        self.poll_terminal();
        self.remember();
        self.look();
        let forked = self.run.with_untracked(|run| run.branches.len()) > branches;
        if forked {
            self.stretch.set(None);
        }
        let mut failed = false;
        self.change_entry(id, |entry| {
            entry.forked = forked;
            failed = entry.code.is_some_and(|code| code != 0);
        });
        let touched = self.session.with_value(|session| !session.is_untouched());
        if first == Some(true) && touched && !failed {
            self.playback.update(|playback| playback.playing = true);
        }
    }

    /// The files the terminal finds: the editor's.
    pub(crate) fn all_files(self) -> Vec<(String, String)> {
        self.with_files(|files| {
            let all = files.all().iter();
            all.map(|file| (file.name.clone(), file.text.clone())).collect()
        })
    }

    /// Takes over what commands wrote into the editor's files.
    fn take_files(self) {
        let written = self.shell.try_update_value(|shell| {
            let Shell { terminal, files, .. } = shell;
            let Some(terminal) = terminal.as_ref() else { return Vec::new() };
            let mut written = Vec::new();
            for (name, text) in files {
                let now = terminal.read_file(name).filter(|now| *now != text.as_str());
                if let Some(now) = now {
                    now.clone_into(text);
                    written.push((name.clone(), now.to_owned()));
                }
            }
            written
        });
        for (name, text) in written.into_iter().flatten() {
            self.change_files(|files| files.write_to(&name, text));
        }
    }

    fn with_terminal<T>(self, act: impl FnOnce(&mut Terminal, &mut Session) -> T) -> Option<T> {
        let on_session = |session: &mut Session| {
            let on_shell = |shell: &mut Shell| {
                let terminal = shell.terminal.get_or_insert_with(|| Terminal::new("default"));
                act(terminal, session)
            };
            self.shell.try_update_value(on_shell)
        };
        self.session.try_update_value(on_session).flatten()
    }

    /// Takes in what the running line has printed.
    fn poll_terminal(self) {
        let Some(id) = self.running.get_untracked() else { return };
        let Some(printed) = self.with_terminal(|terminal, session| terminal.poll(session)) else {
            return;
        };
        if !printed.stdout.is_empty() || !printed.stderr.is_empty() || printed.code.is_some() {
            self.change_entry(id, |entry| {
                entry.print(&printed.stdout, false);
                entry.print(&printed.stderr, true);
                entry.code = printed.code;
            });
        }
        if printed.code.is_some() {
            self.running.set(None);
            self.take_files();
        }
    }

    /// Ends the running line and forgets those that wait, as Ctrl-C does.
    pub(crate) fn interrupt(self) {
        let Some(id) = self.running.get_untracked() else { return };
        self.with_terminal(|terminal, session| terminal.interrupt(session));
        self.poll_terminal();
        self.change_entry(id, |entry| {
            entry.print("^C\n", false);
            entry.code = Some(entry.code.unwrap_or(130));
        });
        self.running.set(None);
        self.shell.update_value(|shell| shell.waiting.clear());
    }

    /// Forgets the terminal with the run it belonged to.
    pub(crate) fn reset_terminal(self) {
        self.shell.set_value(Shell::default());
        self.running.set(None);
        self.log.set(Vec::new());
    }

    /// Lets time pass up to `target`, and the running line with it, while `has_time`.
    pub(crate) fn advance(self, by: Duration, mut has_time: impl FnMut() -> bool) -> bool {
        let playhead = || self.session.with_value(Session::playhead);
        let target = playhead() + by;
        loop {
            let before = playhead();
            let stop =
                self.next_line_at().filter(|at| *at > before).map_or(target, |at| at.min(target));
            self.session.update_value(|session| session.advance(stop.since(before), &mut has_time));
            self.poll();
            let now = playhead();
            if now >= target {
                return true;
            }
            if now < stop || !has_time() {
                return false;
            }
        }
    }

    /// Prints what the running line has to print by now.
    pub(crate) fn poll(self) {
        if self.running.get_untracked().is_some() && self.session.with_value(Session::is_live) {
            self.poll_terminal();
            self.run_waiting();
        }
    }

    /// A line with its last word completed as far as that is clear, and what it may become.
    pub(crate) fn complete(self, line: &str) -> (String, Vec<String>) {
        let files = untrack(|| self.all_files());
        let files: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        let (at, found) = self.session.with_value(|session| session.complete(&files, line));
        if found.is_empty() {
            return (line.to_owned(), found);
        }
        let mut completed = line[..at].to_owned();
        match found.as_slice() {
            [only] => {
                completed.push_str(only);
                if !only.ends_with(['=', '/']) {
                    completed.push(' ');
                }
            }
            _ => completed.push_str(complete::common(&found)),
        }
        (completed, found)
    }

    /// Shows what a word may become.
    pub(crate) fn show_candidates(self, line: &str, candidates: &[String]) {
        let mut entry = Entry::of(line);
        entry.code = Some(0);
        entry.print(&candidates.join("  "), false);
        self.log_entry(entry);
    }

    /// When the running line goes on by itself.
    fn next_line_at(self) -> Option<Instant> {
        self.running.get_untracked()?;
        self.shell.with_value(|shell| shell.terminal.as_ref()?.next_at())
    }

    /// Writes an entry into the log and says its number.
    pub(crate) fn log_entry(self, entry: Entry) -> u32 {
        let at = self.session.with_value(Session::playhead);
        self.log_entry_at(at, entry)
    }

    /// Writes an entry of an instant into the log and says its number.
    pub(crate) fn log_entry_at(self, at: Instant, mut entry: Entry) -> u32 {
        let id = self.shell.try_update_value(|shell| {
            shell.last_id += 1;
            shell.last_id
        });
        let id = id.unwrap_or_default();
        self.log.update(|log| {
            if log.len() == LOG_LENGTH {
                log.remove(0);
            }
            (entry.id, entry.at) = (id, at);
            log.push(Arc::new(entry));
        });
        id
    }

    fn change_entry(self, id: u32, change: impl FnOnce(&mut Entry)) {
        self.log.update(|log| {
            if let Some(entry) = log.iter_mut().rev().find(|entry| entry.id == id) {
                change(Arc::make_mut(entry));
            }
        });
    }
}

fn has(files: &[(String, String)], name: &str) -> bool {
    files.iter().any(|(known, _)| known == name)
}

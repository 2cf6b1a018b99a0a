//! A scenario, brought about again: from a link, or from a file.

use std::collections::VecDeque;

use leptos::prelude::*;
use rollscope_sim::history::{Branch, Rest};
use rollscope_sim::kubectl::Output;
use rollscope_sim::scenario::{self, Deed, Source};
use rollscope_sim::{Command, Config, Duration, Instant};

use crate::desk::Desk;
use crate::examples::Example;
use crate::panic;
use crate::session::{Session, command_text};
use crate::terminal::entry::Entry;

/// What passes after the last step of a scenario that does not say how long it is.
const AFTERMATH: Duration = Duration::from_secs(60);

/// The longest run that the page brings about: it keeps something of every second.
const LONGEST: Duration = Duration::from_hours(24);

/// What is left to do.
#[derive(Debug)]
pub(crate) struct Replay {
    steps: VecDeque<(Instant, Command)>,
    end: Instant,
    /// The branch that is taken up again, which the terminal has heard of before.
    branch: Option<Branch>,
}

/// A scenario that was read.
pub(crate) struct Plan {
    pub(crate) config: Config,
    /// The files at hand.
    pub(crate) files: Vec<(String, String)>,
    pub(crate) replay: Replay,
}

impl Plan {
    /// Reads a scenario.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let read = scenario::read(text).map_err(|problems| {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            format!("the scenario cannot be run: {first}")
        })?;
        let mut steps = VecDeque::new();
        for source in read.manifests {
            steps.push_back((Instant::BOOT, Command::apply(&whole(source)?)));
        }
        for step in read.steps {
            for deed in step.deeds {
                let command = match deed {
                    Deed::Command(command) => command,
                    Deed::Apply(source) => Command::apply(&whole(source)?),
                };
                steps.push_back((step.at, command));
            }
        }
        let last = steps.back().map_or(Instant::BOOT, |(at, _)| *at);
        let end = read.length.map_or(last + AFTERMATH, |length| Instant::BOOT + length).max(last);
        if end > Instant::BOOT + LONGEST {
            return Err(format!(
                "the scenario lasts {} h; the page runs up to {} h, the command line longer ones",
                end.as_secs() / 3_600,
                LONGEST.as_secs() / 3_600
            ));
        }
        let files = read.files.iter().map(|(name, text)| (name.to_string(), text.to_string()));
        Ok(Self {
            config: read.config,
            files: files.collect(),
            replay: Replay { steps, end, branch: None },
        })
    }
}

/// A manifest that stands in the scenario itself.
fn whole(source: Source) -> Result<String, String> {
    match source {
        Source::Text { text, .. } => Ok(text.to_string()),
        Source::File { path, line, .. } => Err(format!(
            "line {line} names the file {path}, which the page does not have: write the manifest \
             into the scenario"
        )),
    }
}

impl From<Rest> for Replay {
    fn from(rest: Rest) -> Self {
        let steps = rest.commands.into_iter().map(|timed| (timed.at, timed.command));
        Self { steps: steps.collect(), end: rest.until, branch: Some(rest.branch) }
    }
}

impl Replay {
    /// Goes on while `has_time`, and tells of each command. Returns whether all is done.
    pub(crate) fn go_on(
        &mut self,
        session: &mut Session,
        mut has_time: impl FnMut() -> bool,
        mut done: impl FnMut(Instant, &Command, &Output),
    ) -> bool {
        loop {
            let next = self.steps.front().map_or(self.end, |(at, _)| *at);
            while session.end() < next {
                session.advance(next.since(session.playhead()), &mut has_time);
                if session.end() < next && !has_time() {
                    return false;
                }
            }
            let Some((at, command)) = self.steps.pop_front() else { return true };
            let output = session.act(command.clone());
            done(at, &command, &output);
        }
    }
}

impl Desk {
    /// The run as a scenario, with the files at hand.
    pub(crate) fn scenario(self) -> String {
        let files = untrack(|| self.all_files());
        self.session.with_value(|session| session.scenario(&files))
    }

    /// Keeps what is needed to bring the run about again, should the page fail.
    pub(crate) fn remember(self) {
        let end = self.session.with_value(Session::end);
        panic::remember(self.example.get_untracked(), self.scenario(), end);
    }

    /// Brings a shared run about again, with what one can do in `example`.
    pub(crate) fn replay(self, example: Option<Example>, text: &str) {
        let plan = match Plan::read(text) {
            Ok(plan) => plan,
            Err(why) => return self.notice.set(Some(format!("Nothing was run: {why}."))),
        };
        self.notice.set(None);
        self.files.update(|shelf| {
            shelf.open(example.unwrap_or(Example::Own));
            shelf.receive(plan.files);
        });
        self.example.set(example.unwrap_or(Example::Own));
        self.config.set(plan.config);
        self.restart();
        self.goal.set(None);
        self.replay.set_value(Some(plan.replay));
        self.replaying.set(true);
    }

    /// Brings a branch about again; the run so far becomes a branch.
    pub(crate) fn take_up(self, rest: Rest) {
        self.replay.set_value(Some(rest.into()));
        self.replaying.set(true);
    }

    /// Ends what is brought about, for somebody acts. A branch is not lost by that.
    pub(crate) fn end_replay(self) {
        self.replaying.set(false);
        let left = self.replay.try_update_value(Option::take).flatten();
        if let Some(branch) = left.and_then(|replay| replay.branch) {
            self.session.update_value(|session| session.keep_branch(branch));
        }
    }

    /// Goes on with what is brought about.
    pub(crate) fn go_on(self, mut has_time: impl FnMut() -> bool) {
        let mut entries = Vec::new();
        let done = self.replay.try_update_value(|replay| {
            let replay = replay.as_mut()?;
            let tells = replay.branch.is_none();
            self.session.try_update_value(|session| {
                replay.go_on(session, &mut has_time, |at, command, output| {
                    if tells {
                        entries.push((at, Entry::of_output(&command_text(command), output)));
                    }
                })
            })
        });
        for (at, entry) in entries {
            self.log_entry_at(at, entry);
        }
        if done.flatten() != Some(false) {
            self.replay.set_value(None);
            self.replaying.set(false);
            self.remember();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_was_shared_is_the_same_run() {
        let mut session = Session::new(Config::with_seed(7));
        session.act(Command::apply(crate::examples::FILES[0].1));
        session.advance(Duration::from_millis(20_500), || true);
        session.act(Command::kubectl("set env deployment/inference VERSION=v2"));
        session.advance(Duration::from_secs(15), || true);
        let text = session.scenario(&[("a.yaml".to_owned(), "kind: x\n".to_owned())]);
        let mut plan = Plan::read(&text).expect(&text);
        assert_eq!(plan.files, [("a.yaml".to_owned(), "kind: x\n".to_owned())]);
        let mut again = Session::new(plan.config);
        let mut told = Vec::new();
        // Without time it stops, and goes on later.
        while !plan.replay.go_on(&mut again, || false, |_, command, _| told.push(command.text())) {}
        assert_eq!(told.len(), 2);
        assert_eq!(again.view(false), session.view(false));
    }

    #[test]
    fn a_branch_is_taken_up_bit_by_bit() {
        let mut session = Session::new(Config::with_seed(7));
        session.act(Command::apply(crate::examples::FILES[0].1));
        session.advance(Duration::from_secs(1_200), || true);
        let before = session.view(false);
        session.seek(Instant::from_secs(10));
        session.act(Command::kubectl("scale deployment/inference --replicas=5"));
        let rest = session.take_up(0).expect("there is a branch");
        let mut replay = Replay::from(rest);
        let mut bits = 1;
        while !replay.go_on(&mut session, || false, |_, _, _| ()) {
            bits += 1;
        }
        assert!(bits > 1);
        assert_eq!(session.view(false), before);
        assert!(session.take_up(5).is_none());
    }

    #[test]
    fn what_cannot_be_run_is_told() {
        let error = |text| Plan::read(text).err().unwrap_or_default();
        assert!(error("node: 3").contains("there is no \"node\""), "{}", error("node: 3"));
        assert!(error("manifests: [web.yaml]").contains("web.yaml"));
        assert!(error("for: 8784h").contains("lasts 8784 h"), "{}", error("for: 8784h"));
    }
}

//! The run on the table: its history and the instant one looks at. Knows nothing of the screen.
//!
//! Time is let pass in bites, between which the caller says whether there is time for another, so
//! a run that is too much for the machine slows down instead of stopping the page.

use std::sync::Arc;

use rollscope_sim::api::Uid;
use rollscope_sim::assist::{self, Completion, Preview};
use rollscope_sim::history::{Branch, MarkKind, Rest};
use rollscope_sim::kubectl::stream::{Line, StreamId};
use rollscope_sim::kubectl::{self, Output, complete};
use rollscope_sim::scenario;
use rollscope_sim::terminal::Host;
use rollscope_sim::view::{self, Act, ClusterView, Foreseen, NodeView, Projector};
use rollscope_sim::why::{self, Link};
use rollscope_sim::{Advance, Cluster, Command, Config, Duration, History, Instant};

use crate::compare::Subject;
use crate::examples;
use crate::panic;
use crate::playback::short_clock;
use crate::timeline::moments::moments;
use crate::timeline::run::{BranchView, RunView};

/// The seed of every run, for now.
pub(crate) const SEED: u64 = 7;
/// Occurrences between two looks at the clock.
const BITE: u64 = 1_000;
/// How far a step looks for the next thing to happen.
const LOOK_AHEAD: Duration = Duration::from_mins(1);

/// How fine a search for a failed request looks.
const FAILURE_STEP: Duration = Duration::from_millis(100);

/// Until what time shall pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// A rollout is complete, or has missed its deadline.
    RolloutOver,
    /// A request has failed.
    Failure,
    /// A warning was recorded.
    Warning,
}

/// How a search for a [`Goal`] stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pursuit {
    /// There was no time to look further.
    Going,
    /// The playhead is there.
    Reached,
    /// It was not found before the limit.
    Missed,
}

#[derive(Debug)]
pub(crate) struct Session {
    history: History,
    playhead: Instant,
    projector: Projector,
}

/// What tells whether a [`RunView`] is still true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RunVersion {
    marks: usize,
    seconds: (usize, usize),
    commands: usize,
    branches: usize,
    last_mark: Option<Instant>,
}

impl RunVersion {
    /// Whether only time has passed between the two.
    pub(crate) fn is_of_the_same_commands(self, other: Self) -> bool {
        (self.commands, self.branches) == (other.commands, other.branches)
    }
}

impl Session {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            history: History::new(config),
            playhead: Instant::BOOT,
            projector: Projector::default(),
        }
    }

    /// The furthest instant reached.
    pub(crate) const fn end(&self) -> Instant {
        self.history.end()
    }

    /// The instant one looks at.
    pub(crate) const fn playhead(&self) -> Instant {
        self.playhead
    }

    /// Sent, answered, failed.
    #[cfg(test)]
    pub(crate) fn totals(&self) -> rollscope_sim::network::tally::Totals {
        self.history.head().totals()
    }

    /// Whether nothing has been done yet.
    pub(crate) fn is_untouched(&self) -> bool {
        self.history.commands().is_empty()
    }

    /// Does something at the playhead. In the past this forks the run.
    pub(crate) fn act(&mut self, command: Command) -> Output {
        self.history.act(self.playhead, command)
    }

    /// Lets time pass from the playhead: first what is known, then what is new, while `has_time`.
    pub(crate) fn advance(&mut self, by: Duration, mut has_time: impl FnMut() -> bool) {
        let target = self.playhead + by;
        panic::reached(target.max(self.history.end()));
        while target > self.history.end() {
            let arrived = self.history.advance_to(target, BITE) == Advance::Arrived;
            if arrived || !has_time() {
                break;
            }
        }
        self.playhead = target.min(self.history.end());
    }

    /// Whether one looks at the end of the run.
    pub(crate) fn is_live(&self) -> bool {
        self.playhead >= self.history.end()
    }

    /// Looks at another instant of the run.
    pub(crate) fn seek(&mut self, to: Instant) {
        self.playhead = to.min(self.history.end());
    }

    /// Goes to the next thing that happens, or happened.
    pub(crate) fn step(&mut self) {
        if self.playhead < self.history.end() {
            let next =
                self.history.marks().iter().map(|mark| mark.at).find(|at| *at > self.playhead);
            self.playhead = next.unwrap_or(self.history.end());
        } else {
            self.history.advance_to_next_change(self.playhead + LOOK_AHEAD, BITE);
            self.playhead = self.history.end();
            panic::reached(self.playhead);
        }
    }

    /// Goes back to the last thing that happened.
    pub(crate) fn step_back(&mut self) {
        let mut earlier = self.history.marks().iter().rev().map(|mark| mark.at);
        self.playhead = earlier.find(|at| *at < self.playhead).unwrap_or(Instant::BOOT);
    }

    /// Looks for a goal behind the playhead, in what is known and then in what comes, while
    /// `has_time` and no further than `limit`.
    pub(crate) fn pursue(
        &mut self,
        goal: Goal,
        limit: Instant,
        mut has_time: impl FnMut() -> bool,
    ) -> Pursuit {
        loop {
            if let Some(at) = self.next(goal) {
                self.playhead = at;
                return Pursuit::Reached;
            }
            self.playhead = self.history.end();
            panic::reached(self.playhead);
            if self.playhead >= limit {
                return Pursuit::Missed;
            }
            if goal == Goal::Failure {
                let failed = self.history.head().totals().failed;
                self.history.advance_to(limit.min(self.playhead + FAILURE_STEP), BITE);
                if self.history.head().totals().failed > failed {
                    self.playhead = self.history.end();
                    return Pursuit::Reached;
                }
            } else {
                self.history.advance_to_next_change(limit, BITE);
            }
            if !has_time() {
                return Pursuit::Going;
            }
        }
    }

    /// The first known instant behind the playhead at which a goal is reached.
    fn next(&self, goal: Goal) -> Option<Instant> {
        let after = |at: &Instant| *at > self.playhead;
        if goal == Goal::Failure {
            let traffic = self.history.traffic().iter();
            let failing = traffic.filter(|it| it.outcomes.iter().any(|it| it.result.is_err()));
            return failing.map(|second| Instant::from_secs(second.second)).find(after);
        }
        let reaches = |kind: &MarkKind| match goal {
            Goal::RolloutOver => {
                matches!(kind, MarkKind::Complete(_) | MarkKind::DeadlineExceeded(_))
            }
            Goal::Failure => false,
            Goal::Warning => matches!(kind, MarkKind::Warning(_)),
        };
        let marks = self.history.marks().iter().filter(|mark| reaches(&mark.kind));
        marks.map(|mark| mark.at).find(after)
    }

    /// The run as it is, then its branches, the last one left first.
    pub(crate) fn subjects(&self) -> Vec<Subject> {
        let head = Subject {
            name: "This run".to_owned(),
            commands: self.history.commands().to_vec(),
            until: self.history.end(),
        };
        let branch = |branch: &Branch| Subject {
            name: format!("Left at {}", short_clock(branch.forked_at)),
            commands: branch.commands.clone(),
            until: branch.until,
        };
        std::iter::once(head).chain(self.history.branches().iter().rev().map(branch)).collect()
    }

    /// Goes back to where a branch was left; what is left of it is to be brought about.
    pub(crate) fn take_up(&mut self, branch: usize) -> Option<Rest> {
        let rest = self.history.take_up(branch);
        self.playhead = self.history.end();
        rest
    }

    /// Keeps a branch that was not brought about to its end.
    pub(crate) fn keep_branch(&mut self, branch: Branch) {
        self.history.keep_branch(branch);
    }

    /// What the screen shows of the cluster at the playhead, and its resource version. While time
    /// `runs`, a crowd of pods is only glanced at.
    pub(crate) fn view(&mut self, runs: bool) -> (u64, ClusterView) {
        let mut projector = std::mem::take(&mut self.projector);
        let seen = self.at_playhead(|cluster| {
            let view = if runs { projector.glance(cluster) } else { projector.project(cluster) };
            (cluster.api().resource_version(), view)
        });
        self.projector = projector;
        seen
    }

    /// Why an object is as it is at the playhead; nothing when there is no such object.
    pub(crate) fn why(&self, object: &str) -> Vec<Link> {
        self.at_playhead(|cluster| why::why(cluster, object).unwrap_or_default())
    }

    /// The commands for an object at the playhead; see [`view::acts`].
    pub(crate) fn commands(&self, object: &str) -> Vec<Act> {
        self.at_playhead(|cluster| view::acts(cluster, object))
    }

    /// The nodes at the playhead.
    pub(crate) fn nodes(&self) -> Vec<NodeView> {
        self.at_playhead(view::nodes)
    }

    /// What the last word of a line may become; see [`complete::complete`].
    pub(crate) fn complete(&self, files: &[&str], line: &str) -> (usize, Vec<String>) {
        self.at_playhead(|cluster| complete::complete(cluster, files, line))
    }

    /// What applying a text would come to at the playhead.
    pub(crate) fn preview(&self, text: &str) -> Vec<Preview> {
        self.at_playhead(|cluster| assist::preview(cluster, text))
    }

    /// The Services whose selector a command would change at the playhead.
    pub(crate) fn services_after(&self, command: &Command) -> Vec<Foreseen> {
        self.at_playhead(|cluster| view::foresee(cluster, command))
    }

    /// The pods that each of these Services would match.
    pub(crate) fn foreseen(&self, services: &[Foreseen]) -> Vec<Vec<Uid>> {
        self.at_playhead(|cluster| services.iter().map(|it| it.pods(cluster)).collect())
    }

    /// How a word of a manifest may go on; see [`assist::complete`].
    pub(crate) fn go_on(&self, text: &str, offset: usize) -> (usize, Vec<Completion>) {
        self.at_playhead(|cluster| assist::complete(cluster, text, offset))
    }

    fn at_playhead<T>(&self, look: impl FnOnce(&Cluster) -> T) -> T {
        if self.playhead >= self.history.end() {
            look(self.history.head())
        } else {
            look(&self.history.at(self.playhead))
        }
    }

    pub(crate) fn run_version(&self) -> RunVersion {
        RunVersion {
            marks: self.history.marks().len(),
            seconds: (self.history.traffic().len(), self.history.pods().len()),
            commands: self.history.commands().len(),
            branches: self.history.branches().len(),
            last_mark: self.history.marks().last().map(|mark| mark.at),
        }
    }

    /// The whole run, for the timeline and the chart.
    pub(crate) fn run(&self) -> RunView {
        RunView {
            moments: moments(self.history.commands(), self.history.marks()),
            traffic: Arc::from(self.history.traffic()),
            pods: Arc::from(self.history.pods()),
            branches: self.history.branches().iter().map(branch_view).collect(),
        }
    }

    /// The run as a scenario, with the files at hand.
    pub(crate) fn scenario(&self, files: &[(String, String)]) -> String {
        let files: Vec<_> =
            files.iter().map(|(name, text)| (name.as_str().into(), text.as_str().into())).collect();
        let config = self.history.head().config();
        scenario::write(config, &files, self.history.commands(), self.history.end())
    }
}

impl Host for Session {
    fn now(&self) -> Instant {
        self.playhead
    }

    /// What changes nothing leaves no trace in the run, and does not fork it.
    fn apply(&mut self, command: &Command) -> Output {
        match command {
            Command::Typed(typed) if kubectl::changes_nothing(&typed.words) => {
                if self.is_live() {
                    return self.history.look(command);
                }
                let mut past = self.history.at(self.playhead);
                let mut output = past.apply(command);
                if let Some(stream) = output.stream.take() {
                    let (lines, code) = past.read_stream(stream);
                    for line in lines {
                        output.stdout.push_str(&line.printed());
                    }
                    output.code = code.unwrap_or(0);
                }
                output
            }
            _ => self.act(command.clone()),
        }
    }

    fn read_stream(&mut self, stream: StreamId) -> (Vec<Line>, Option<i32>) {
        self.history.read_stream(stream)
    }

    fn stop_stream(&mut self, stream: StreamId) {
        self.history.stop_stream(stream);
    }
}

/// A command as a person would type it, with the file's name where it is one of ours.
pub(crate) fn command_text(command: &Command) -> String {
    let Command::Kubectl { stdin: Some(manifest), .. } = command else {
        return command.text();
    };
    examples::file_of(manifest)
        .map_or_else(|| command.text(), |file| format!("kubectl apply -f {file}"))
}

/// A branch goes by what was done first in it.
fn branch_view(branch: &Branch) -> BranchView {
    let own = branch.commands.iter().find(|timed| timed.at >= branch.forked_at);
    BranchView {
        forked_at: branch.forked_at,
        until: branch.until,
        name: own.map_or_else(|| "nothing done".to_owned(), |timed| command_text(&timed.command)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn always() -> bool {
        true
    }

    #[test]
    fn time_passes_at_the_end_and_the_past_can_be_looked_at() {
        let mut session = Session::new(Config::with_seed(SEED));
        session.advance(Duration::from_secs(5), always);
        assert_eq!(session.end(), Instant::from_secs(5));
        session.seek(Instant::from_secs(2));
        assert_eq!(session.view(false).1.now, Instant::from_secs(2));
        session.advance(Duration::from_secs(1), always);
        assert_eq!(
            (session.playhead(), session.end()),
            (Instant::from_secs(3), Instant::from_secs(5))
        );
        session.seek(Instant::from_secs(50));
        assert_eq!(session.playhead(), Instant::from_secs(5));
    }

    #[test]
    fn time_passes_until_a_rollout_is_over_or_a_request_fails() {
        let mut session = Session::new(Config::with_seed(SEED));
        let limit = Instant::from_secs(600);
        session.act(Command::apply(examples::FILES[0].1));
        assert_eq!(session.pursue(Goal::RolloutOver, limit, always), Pursuit::Reached);
        let complete = session.playhead();
        assert!(complete > Instant::from_secs(8) && complete < Instant::from_secs(20));
        assert_eq!(session.end(), complete);
        session.seek(Instant::from_secs(1));
        assert_eq!(session.pursue(Goal::RolloutOver, limit, || false), Pursuit::Reached);
        assert_eq!(session.playhead(), complete);
        assert_eq!(session.pursue(Goal::Warning, complete, always), Pursuit::Missed);
        session.act(Command::kubectl("delete pods --all --grace-period=0 --force"));
        assert_eq!(session.pursue(Goal::Failure, limit, always), Pursuit::Reached);
        assert!(session.playhead() < complete + Duration::from_secs(1));
    }

    #[test]
    fn acting_in_the_past_forks() {
        let mut session = Session::new(Config::with_seed(SEED));
        session.advance(Duration::from_secs(5), always);
        session.seek(Instant::from_secs(2));
        session.act(Command::SetRequestRate(5));
        assert_eq!(session.end(), Instant::from_secs(2));
        let branch = session.run().branches[0].clone();
        assert_eq!(
            (branch.forked_at, branch.until),
            (Instant::from_secs(2), Instant::from_secs(5))
        );
        assert_eq!(branch.name, "nothing done");
        assert!(session.scenario(&[]).contains("- at: 2s\n  traffic:\n    rps: 5\n"));
    }
}

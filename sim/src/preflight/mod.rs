//! The preflight: what is likely to go wrong with a manifest, each finding with a simulated run that
//! shows it, and a change of the text after which the run no longer does.
//!
//! Rules only raise a suspicion (`pods`, `strategy`, `services`, `guards`); whether it is true is read
//! off a [rehearsal]: the manifest is applied on a cluster of its own, released, taken
//! back. A fix is offered only when a rehearsal of the mended text came as far and no longer showed
//! the failure.
//!
//! Leaves out: what only a real cluster has (its other workloads, its latencies), and kinds that are
//! not simulated.

mod account;
mod finding;
mod guards;
mod json;
mod judge;
mod observed;
mod pods;
mod refused;
mod rehearsal;
mod services;
mod strategy;
mod subject;
mod text;
mod together;

use crate::Config;
use crate::kubectl::unified::hunks;
use crate::manifest::Edit;
use crate::time::Duration;
pub use finding::{Evidence, Finding, Fix, Remedy, Severity};
use judge::{Check, judge};
use observed::Observed;
use rehearsal::{Scene, rehearse};
use subject::Subject;
pub use text::text;

/// The most suspicions that are followed.
const MOST: usize = 120;

/// A change that may help: its title and the mended text.
type Candidate = (String, String);

/// Something that may go wrong, before a run has shown it.
struct Suspicion {
    id: &'static str,
    severity: Severity,
    title: &'static str,
    /// The object's place among the items.
    item: usize,
    path: String,
    explanation: String,
    check: Check,
    scene: Scene,
    /// Whether it is told even if the run does not show it.
    is_told_anyway: bool,
    candidates: Vec<Candidate>,
}

/// A finding in the making.
struct Open {
    finding: Finding,
    check: Check,
    scene: Scene,
    item: usize,
    /// Changes that were not tried yet, the best one last.
    candidates: Vec<Candidate>,
    /// What was tried and what it came to.
    tried: Vec<String>,
}

/// A preflight in progress: one rehearsal a step.
pub struct Preflight {
    config: Config,
    subject: Option<Subject>,
    /// Suspicions whose scene has not been rehearsed.
    suspicions: Vec<Suspicion>,
    /// What the scenes showed.
    seen: Vec<(Scene, Observed)>,
    open: Vec<Open>,
    done: usize,
    text: String,
    has_begun: bool,
}

impl Preflight {
    /// Begins with a manifest; nothing is run yet.
    ///
    /// # Errors
    /// The text has nothing to try, in a sentence.
    pub fn begin(config: &Config, manifest: &str) -> Result<Self, String> {
        let subject = Subject::read(manifest);
        let mut suspicions = Vec::new();
        if let Some(subject) = &subject {
            if subject.items.is_empty() {
                return Err("there is no object in the manifest to try".to_owned());
            }
            let mut raise = |found: Vec<Suspicion>| suspicions.extend(found);
            raise(strategy::suspicions(subject));
            raise(pods::suspicions(subject, config));
            raise(services::suspicions(subject));
            raise(guards::suspicions(subject));
            // Last: it is the most work.
            raise(together::suspicions(subject));
            suspicions.truncate(MOST);
        }
        Ok(Self {
            config: config.clone(),
            subject,
            suspicions,
            seen: Vec::new(),
            open: Vec::new(),
            done: 0,
            text: manifest.to_owned(),
            has_begun: false,
        })
    }

    /// Does one rehearsal; `false` when nothing is left to do.
    pub fn step(&mut self) -> bool {
        let Some(subject) = &self.subject else {
            if !self.has_begun {
                self.has_begun = true;
                self.done += 1;
                self.open = refused::findings(&self.config, &self.text);
            }
            return false;
        };
        let next = self.suspicions.first().map(|suspicion| suspicion.scene);
        // The release comes first, even when nothing is suspected.
        let next = if self.has_begun { next } else { Some(Scene::Release) };
        self.has_begun = true;
        if let Some(scene) = next {
            let seen = rehearse(&self.config, subject, scene, None);
            self.judge_scene(scene, seen);
            self.done += 1;
        } else if let Some(index) = self.next_open() {
            self.try_fix(index);
            self.done += 1;
        }
        self.left() > 0
    }

    /// What was found so far, the worst first.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.open.iter().map(|open| &open.finding)
    }

    /// What was tried so far and how it went, a sentence each.
    pub fn tried(&self) -> Vec<String> {
        let Some(subject) = &self.subject else { return Vec::new() };
        let tell = |(scene, seen): &(Scene, Observed)| account::account(*scene, subject, seen);
        self.seen.iter().flat_map(tell).collect()
    }

    /// How many rehearsals are done.
    pub const fn done(&self) -> usize {
        self.done
    }

    /// How many rehearsals are left at least.
    pub fn left(&self) -> usize {
        let mut scenes: Vec<Scene> = Vec::new();
        if !self.has_begun {
            scenes.push(Scene::Release);
        }
        for suspicion in &self.suspicions {
            if !scenes.contains(&suspicion.scene) {
                scenes.push(suspicion.scene);
            }
        }
        let fixes = self.open.iter().filter(|open| open.finding.remedy == Remedy::Untried);
        scenes.len() + fixes.count()
    }

    /// What the next step does, in words.
    pub fn doing(&self) -> String {
        let scene = match self.suspicions.first() {
            Some(suspicion) if self.has_begun => suspicion.scene,
            _ if !self.has_begun => Scene::Release,
            _ => {
                let next = self.next_open().map(|index| &self.open[index]);
                let title = next.and_then(|open| open.candidates.last());
                return title.map_or(String::new(), |(title, _)| format!("trying to {title}"));
            }
        };
        match scene {
            Scene::Release => "applying it and releasing the next version",
            Scene::LongRequests => "releasing it while some requests take long",
            Scene::Together => "releasing all its Deployments at once",
            Scene::WithoutLiveness => "starting it with and without its liveness probe",
            Scene::SecondApply => "applying it a second time",
            Scene::Drain(_) => "draining a node",
            Scene::Loss(_) => "deleting a pod",
        }
        .to_owned()
    }

    fn judge_scene(&mut self, scene: Scene, seen: Observed) {
        let Some(subject) = &self.subject else { return };
        // What is too much work once is so again.
        let is_over = seen.exhausted;
        let all = std::mem::take(&mut self.suspicions).into_iter();
        let (now, later): (Vec<_>, Vec<_>) = all.partition(|it| is_over || it.scene == scene);
        self.suspicions = later;
        if scene == Scene::Release && !seen.may_go_together() {
            self.suspicions.retain(|it| it.scene != Scene::Together);
        }
        for mut suspicion in now {
            if is_over {
                suspicion.candidates.clear();
            }
            let (check, item) = (suspicion.check, suspicion.item);
            let mut evidence = judge(check, item, subject, &seen);
            if let Evidence::NotShown(text) = &mut evidence
                && seen.arrived()
            {
                text.push_str(check.hidden_by(item, subject));
            }
            let shown = matches!(evidence, Evidence::Shown(_));
            let known = self.open.iter().any(|open| check.is_explained_by(open.check));
            if (shown && !known) || suspicion.is_told_anyway {
                self.open.push(opened(suspicion, evidence, subject));
            }
        }
        self.seen.push((scene, seen));
        let release = self.seen.iter().find(|(known, _)| *known == Scene::Release);
        if let (Some((_, seen)), true) = (release, self.suspicions.is_empty()) {
            let known: Vec<Check> = self.open.iter().map(|open| open.check).collect();
            for suspicion in strategy::stuck(subject, seen, &known) {
                let evidence = judge(suspicion.check, suspicion.item, subject, seen);
                self.open.push(opened(suspicion, evidence, subject));
            }
        }
        crate::order::sort_by_key(&mut self.open, |open| {
            let shown = matches!(open.finding.evidence, Evidence::Shown(_));
            (open.finding.severity, !shown, open.finding.line)
        });
    }

    fn next_open(&self) -> Option<usize> {
        self.open.iter().position(|open| open.finding.remedy == Remedy::Untried)
    }

    fn try_fix(&mut self, index: usize) {
        let Open { finding, check, scene, item, candidates, tried } = &mut self.open[index];
        let Some((title, text)) = candidates.pop() else { return };
        let before = self.seen.iter().find(|(known, _)| known == scene).map(|(_, seen)| seen);
        let outcome = Subject::read(&text).map(|mended| {
            let seen = rehearse(&self.config, &mended, *scene, before.map(patience));
            let is_no_worse = before.is_none_or(|before| seen.is_no_worse(before));
            let is_no_worse = is_no_worse && check.is_healed(*item, &mended, &seen);
            let lost =
                before.is_some_and(|before| seen.failed() > before.failed() && !before.arrived());
            let lost = if lost { seen.failed() } else { 0 };
            (judge(*check, *item, &mended, &seen), is_no_worse, lost)
        });
        match outcome {
            Some((Evidence::NotShown(after), true, lost)) => {
                let edit = Edit::between(&self.text, &text);
                let price = format!("{after}; {} failed meanwhile", count(lost, "request"));
                let after = if lost > 0 { price } else { after };
                // What was never shown cannot be seen to go.
                let after = match finding.evidence {
                    Evidence::Shown(_) => after,
                    Evidence::NotShown(_) => "with it the run went as well as before".to_owned(),
                };
                let diff = hunks(&self.text, &text);
                finding.remedy = Remedy::Works(Fix { title, edit, diff, after });
            }
            Some((Evidence::Shown(still), ..)) => tried.push(format!("{title}: {still}")),
            Some((Evidence::NotShown(_), false, _)) => {
                tried.push(format!("{title}: with it the release does not go better"));
            }
            None => tried.push(format!("{title}: the API server would refuse it")),
        }
        if finding.remedy == Remedy::Untried && candidates.is_empty() {
            let all = tried.join("; ");
            finding.remedy = Remedy::Nothing(format!("no change that was tried helps ({all})"));
        }
    }
}

/// How long a mended manifest may stand still: well longer than it moved before.
fn patience(before: &Observed) -> Duration {
    let longest = before.starts.iter().filter_map(|start| start.took).max().unwrap_or_default();
    let rolls = before.rolls.iter().flatten().filter_map(|roll| roll.took);
    longest.max(rolls.max().unwrap_or_default()) * 2 + Duration::from_mins(3)
}

fn opened(suspicion: Suspicion, evidence: Evidence, subject: &Subject) -> Open {
    let Suspicion { id, title, item, path, explanation, check, scene, .. } = suspicion;
    let mut candidates = suspicion.candidates;
    candidates.reverse();
    let (span, path) = subject.place(item, &path);
    let shown = matches!(evidence, Evidence::Shown(_));
    let severity = if shown { suspicion.severity } else { suspicion.severity.max(Severity::Risk) };
    let remedy = if candidates.is_empty() {
        Remedy::Nothing("no change of this text is known that helps".to_owned())
    } else {
        Remedy::Untried
    };
    let object = subject.name(item);
    let (line, column, end_line, end_column) = (1, 1, 1, 1);
    let finding = Finding {
        id,
        severity,
        title,
        object,
        path,
        line,
        column,
        end_line,
        end_column,
        explanation,
        evidence,
        remedy,
    };
    let finding = finding.at(span);
    Open { finding, check, scene, item, candidates, tried: Vec::new() }
}

/// Does a whole preflight.
///
/// # Errors
/// As [`Preflight::begin`].
pub fn findings(config: &Config, manifest: &str) -> Result<Vec<Finding>, String> {
    let mut preflight = Preflight::begin(config, manifest)?;
    while preflight.step() {}
    Ok(preflight.open.into_iter().map(|open| open.finding).collect())
}

/// `1 request`, `6,000 requests`.
fn count(number: u64, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {noun}{s}", thousands(number))
}

/// A number with commas.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

//! Texts recorded with the real kubectl in the course of a scenario: what was typed is typed again,
//! and what was looked at in between must say the same.
//!
//! The texts tell neither when a command was typed nor between which two a checkpoint lies. Every
//! command is given time to take effect, and a checkpoint lies where most of its texts agree: in a
//! window of two seconds, as long as its commands took. Its place only goes forward.

mod exceptions;
mod moments;
mod normal;
mod recorded;

use rollscope_sim::{Cluster, Duration};

use super::{Tally, Verdict, folder};
use moments::{Printed, Stretch, replay, run};
use recorded::{Action, Checkpoint, Look};

/// How long the commands of a checkpoint took.
const WINDOW: Duration = Duration::from_secs(2);

#[test]
fn texts_of_recorded_scenarios_come_out_again() {
    let folder = folder();
    let mut tally = Tally::new("oracle kubectl-text");
    let only = std::env::var("ROLLSCOPE_ONLY").unwrap_or_default();
    for path in recorded::scenarios(&folder) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.contains(&only) {
            continue;
        }
        match recorded::read(&folder, &path) {
            Ok(scenario) => judge(&name, &scenario, &mut tally),
            Err(why) => tally.add(&name, Verdict::NotApplicable(why)),
        }
    }
    tally.print();
    tally.assert();
}

fn judge(name: &str, scenario: &recorded::Scenario, tally: &mut Tally) {
    let (stretches, printed) = replay(scenario);
    for (place, got) in printed {
        let action = &scenario.actions[place];
        tally.add(&format!("{name} $ {}", action.line), verdict(told(action, &got)));
    }
    for stretch in &stretches {
        for place in &stretch.reads {
            let action = &scenario.actions[*place];
            let anywhere = stretch.moments.iter().find(|moment| {
                told(action, &run(&mut (*moment).clone(), &action.line, None)).is_none()
            });
            let last = || run(&mut stretch.moments[0].clone(), &action.line, None);
            let found = if anywhere.is_some() { None } else { told(action, &last()) };
            tally.add(&format!("{name} $ {}", action.line), verdict(found));
        }
    }
    let mut from = 0;
    for checkpoint in &scenario.checkpoints {
        let placed = stretches.iter().enumerate().skip(from).map(|(at, stretch)| {
            let found = place(checkpoint, stretch);
            (found.iter().filter(|found| found.is_none()).count(), at, found)
        });
        // Of equal ones the earliest.
        let best = placed.reduce(|best, next| if next.0 > best.0 { next } else { best });
        let Some((_, at, found)) = best else { continue };
        from = at;
        for (look, found) in checkpoint.looks.iter().zip(found) {
            let place = format!("{name}/{}", checkpoint.name);
            let case = format!("{place} $ {}", look.line);
            tally.add(
                &case,
                match (exceptions::reason(&place, &look.line), found) {
                    (Some(reason), Some(_)) => Verdict::NotApplicable(reason.to_owned()),
                    (_, found) => verdict(found),
                },
            );
        }
    }
}

fn verdict(found: Option<String>) -> Verdict {
    found.map_or(Verdict::Passed, Verdict::Failed)
}

/// What differs in each text of a checkpoint that lies in the stretch: where most are equal.
fn place(checkpoint: &Checkpoint, stretch: &Stretch) -> Vec<Option<String>> {
    let moments = &stretch.moments;
    let mut best: Option<(usize, Vec<Option<String>>)> = None;
    for anchor in &checkpoint.looks {
        let holds: Vec<bool> = moments.iter().map(|moment| tells(anchor, moment)).collect();
        let mut at = 0;
        while at < holds.len() {
            let length = holds[at..].iter().take_while(|holds| **holds).count();
            if length > 0 {
                let found = within(checkpoint, moments, at, at + length - 1);
                let equal = found.iter().filter(|found| found.is_none()).count();
                if best.as_ref().is_none_or(|(most, _)| equal > *most) {
                    best = Some((equal, found));
                }
            }
            at += length.max(1);
        }
        if best.is_some() {
            break;
        }
    }
    let differ = |look: &Look| differences(look, &moments[moments.len() - 1]);
    best.map_or_else(|| checkpoint.looks.iter().map(differ).collect(), |(_, found)| found)
}

/// What differs in each text, if the checkpoint began between two moments.
fn within(
    checkpoint: &Checkpoint,
    moments: &[Cluster],
    first: usize,
    last: usize,
) -> Vec<Option<String>> {
    let ends = moments[last].now() + WINDOW;
    let beyond = moments[last..].iter().take_while(|moment| moment.now() <= ends).count();
    let judged = |look: &Look| {
        let mut order = moments[first..=last].iter().rev().chain(&moments[last + 1..last + beyond]);
        let equal = order.any(|moment| tells(look, moment));
        if equal { None } else { differences(look, &moments[last]) }
    };
    checkpoint.looks.iter().map(judged).collect()
}

fn tells(look: &Look, moment: &Cluster) -> bool {
    differences(look, moment).is_none()
}

/// What a look tells of this moment that was not recorded.
fn differences(look: &Look, moment: &Cluster) -> Option<String> {
    let got = run(&mut moment.clone(), &look.line, None);
    let same = normal::equal(&look.stdout, &got.stdout)
        && normal::equal(&look.stderr, &got.stderr)
        && Some(look.code) == got.code;
    (!same).then(|| {
        let Look { stdout, stderr, code, .. } = look;
        format!(
            "\n--- expected ({code})\n{stdout}{stderr}\n--- got ({:?})\n{}{}",
            got.code, got.stdout, got.stderr
        )
    })
}

/// What a typed command printed that was not recorded. Lines that are repeated while a rollout goes
/// on depend on when writes are seen: the last one counts.
fn told(action: &Action, got: &Printed) -> Option<String> {
    let last = |text: &str| text.lines().last().unwrap_or_default().to_owned();
    let both = format!("{}{}", got.stdout, got.stderr);
    let same = if action.line.contains("rollout status") {
        last(&action.printed) == last(&both)
    } else {
        normal::equal(&action.printed, &both)
    };
    (!same || Some(action.code) != got.code).then(|| {
        format!(
            "\n--- expected ({})\n{}\n--- got ({:?})\n{both}",
            action.code, action.printed, got.code
        )
    })
}

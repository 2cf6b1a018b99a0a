//! The moments of a run, from its commands and marks.

use rollscope_sim::history::{Mark, MarkKind, Timed};
use rollscope_sim::{Duration, order};

use super::run::{Moment, MomentKind};
use crate::session::command_text;

/// A run with more marks than this tells of pods that come and go at once in one moment.
const MANY: usize = 1_000;
/// What happens at once.
const AT_ONCE: Duration = Duration::from_millis(50);

/// The moments in order of time.
pub(crate) fn moments(commands: &[Timed], marks: &[Mark]) -> Vec<Moment> {
    let commands = commands.iter().map(|timed| Moment {
        at: timed.at,
        kind: MomentKind::Command,
        text: command_text(&timed.command),
    });
    let mut moments: Vec<Moment> = commands.collect();
    if marks.len() > MANY {
        gathered(marks, &mut moments);
    } else {
        moments.extend(marks.iter().filter_map(moment));
    }
    order::sort_by_key(&mut moments, |moment| moment.at);
    moments
}

/// Pods of which the same is told at once.
struct Crowd<'a> {
    first: &'a Mark,
    pods: usize,
}

impl Crowd<'_> {
    fn moment(&self) -> Option<Moment> {
        let moment = moment(self.first)?;
        let what = fate(&self.first.kind).filter(|_| self.pods > 1);
        Some(match what {
            Some((_, what)) => Moment { text: format!("{} pods {what}", self.pods), ..moment },
            None => moment,
        })
    }
}

fn gathered(marks: &[Mark], moments: &mut Vec<Moment>) {
    let mut crowds: [Option<Crowd<'_>>; 3] = [const { None }; 3];
    for mark in marks {
        let Some((which, _)) = fate(&mark.kind) else {
            moments.extend(moment(mark));
            continue;
        };
        match &mut crowds[which] {
            Some(crowd) if mark.at.since(crowd.first.at) < AT_ONCE => crowd.pods += 1,
            crowd => {
                let done = crowd.replace(Crowd { first: mark, pods: 1 });
                moments.extend(done.and_then(|crowd| crowd.moment()));
            }
        }
    }
    moments.extend(crowds.iter().flatten().filter_map(Crowd::moment));
}

/// What happens to a pod.
const fn fate(kind: &MarkKind) -> Option<(usize, &'static str)> {
    match kind {
        MarkKind::PodCreated(_) => Some((0, "created")),
        MarkKind::PodTerminating(_) => Some((1, "terminating")),
        MarkKind::PodRemoved(_) => Some((2, "removed")),
        _ => None,
    }
}

fn moment(mark: &Mark) -> Option<Moment> {
    let (kind, text) = match &mark.kind {
        MarkKind::Command(_) => return None,
        MarkKind::Scaling(message) => (MomentKind::Scaling, message.to_string()),
        MarkKind::PodCreated(pod) | MarkKind::PodTerminating(pod) | MarkKind::PodRemoved(pod) => {
            let (_, what) = fate(&mark.kind)?;
            (MomentKind::Pod, format!("pod {pod} {what}"))
        }
        MarkKind::Warning(message) => (MomentKind::Warning, message.to_string()),
        MarkKind::Complete(name) => (MomentKind::Complete, format!("rollout of {name} complete")),
        MarkKind::DeadlineExceeded(name) => {
            (MomentKind::Warning, format!("rollout of {name} exceeded its progress deadline"))
        }
    };
    Some(Moment { at: mark.at, kind, text })
}

#[cfg(test)]
mod tests {
    use rollscope_sim::Instant;

    use super::*;

    fn mark(ms: u64, kind: MarkKind) -> Mark {
        Mark { at: Instant::from_millis(ms), kind }
    }

    #[test]
    fn pods_that_come_and_go_at_once_are_one_moment_where_there_are_many() {
        let mut marks = vec![mark(0, MarkKind::Complete("web".into()))];
        for number in 0..600 {
            marks.push(mark(1_000, MarkKind::PodCreated(format!("a-{number}").into())));
            marks.push(mark(1_000, MarkKind::PodTerminating(format!("b-{number}").into())));
        }
        marks.push(mark(1_060, MarkKind::PodCreated("late".into())));
        let told = moments(&[], &marks);
        let texts: Vec<&str> = told.iter().map(|moment| &*moment.text).collect();
        assert_eq!(
            texts,
            [
                "rollout of web complete",
                "600 pods created",
                "600 pods terminating",
                "pod late created"
            ]
        );
        let few = moments(&[], &marks[..200]);
        assert_eq!((few.len(), &*few[1].text), (200, "pod a-0 created"));
    }
}

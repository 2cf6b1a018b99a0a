//! The moments a timeline shows.

use crate::api::deployment::{DeploymentConditionType, Reason};
use crate::api::{Deployment, Name};
use crate::apiserver::{AnyObject, Change, WatchEvent};
use crate::time::Instant;

/// What kind of moment it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// Somebody gave a command.
    Command(String),
    /// The Deployment controller resized a `ReplicaSet`; the event's message.
    Scaling(Name),
    /// A pod was made.
    PodCreated(Name),
    /// A pod's deletion began.
    PodTerminating(Name),
    /// A pod is gone.
    PodRemoved(Name),
    /// Something went wrong; the event's message.
    Warning(Name),
    /// A Deployment's rollout is complete.
    Complete(Name),
    /// A Deployment's rollout missed its deadline.
    DeadlineExceeded(Name),
}

/// A moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub at: Instant,
    /// What.
    pub kind: MarkKind,
}

/// Adds the mark a write deserves, if any.
pub(super) fn collect(event: &WatchEvent, marks: &mut Vec<Mark>) {
    let kind = match &event.object {
        AnyObject::Event(record) if event.change != Change::Deleted => match &*record.reason {
            "ScalingReplicaSet" => Some(MarkKind::Scaling(record.message.clone())),
            "BackOff" | "Failed" | "FailedScheduling" | "FailedCreate" if record.count == 1 => {
                Some(MarkKind::Warning(record.message.clone()))
            }
            _ => None,
        },
        AnyObject::Pod(pod) => {
            let name = pod.meta.name.clone();
            match event.change {
                Change::Added => Some(MarkKind::PodCreated(name)),
                Change::Deleted => Some(MarkKind::PodRemoved(name)),
                Change::Modified if begins_deletion(event) => Some(MarkKind::PodTerminating(name)),
                Change::Modified => None,
            }
        }
        AnyObject::Deployment(deployment) => verdict(deployment, marks),
        AnyObject::Event(_)
        | AnyObject::ReplicaSet(_)
        | AnyObject::Service(_)
        | AnyObject::EndpointSlice(_)
        | AnyObject::Node(_)
        | AnyObject::Data(_) => None,
    };
    marks.extend(kind.map(|kind| Mark { at: event.at, kind }));
}

fn begins_deletion(event: &WatchEvent) -> bool {
    let was_deleting = event.old.as_ref().is_some_and(|old| old.meta().is_deleting());
    event.object.meta().is_deleting() && !was_deleting
}

/// A rollout's end, once for each time it is reached.
fn verdict(deployment: &Deployment, marks: &[Mark]) -> Option<MarkKind> {
    let name = deployment.meta.name.clone();
    let condition = deployment.condition(DeploymentConditionType::Progressing)?;
    let kind = match condition.reason {
        Reason::NewReplicaSetAvailable if deployment.is_complete(&deployment.status) => {
            MarkKind::Complete(name)
        }
        Reason::ProgressDeadlineExceeded => MarkKind::DeadlineExceeded(name),
        _ => return None,
    };
    let about_it = |mark: &&Mark| {
        matches!(
            mark.kind,
            MarkKind::Complete(_)
                | MarkKind::DeadlineExceeded(_)
                | MarkKind::Scaling(_)
                | MarkKind::Command(_)
        )
    };
    let last = marks.iter().rev().find(about_it);
    last.is_none_or(|last| last.kind != kind).then_some(kind)
}

//! What a kubelet will do with a pod, read from the pod once.

use crate::api::Pod;
use crate::api::pod_template::{Container, image_tag};
use crate::api::quantity::parse_milli;
use crate::time::Duration;

use super::program::{End, Program};

/// Pretend time to pull an image that is not on the node.
const PULL: Duration = Duration::from_millis(900);
/// Time to create and start the containers.
const START: Duration = Duration::from_millis(250);

/// How a pull ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pull {
    Works,
    /// There is no such image.
    Fails,
}

/// A timetable from `sim/…` annotations instead of containers that run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scripted {
    /// From running to ready; `None` for never.
    pub(crate) ready_after: Option<Duration>,
    /// The least time between two pods of a namespace becoming ready.
    pub(crate) stagger: Duration,
    /// From deletion to gone.
    pub(crate) terminate_after: Duration,
}

/// The plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) start_after: Duration,
    pub(crate) pull: Pull,
    pub(crate) scripted: Option<Scripted>,
    pub(crate) programs: Vec<Program>,
}

impl Plan {
    /// The plan for `pod`, whose images are on the node already when `pulled`.
    pub(crate) fn of(pod: &Pod, pulled: bool) -> Self {
        let annotated = |key: &str| pod.meta.annotation(&format!("sim/{key}"));
        let seconds = |key: &str| annotated(key).and_then(parse_seconds);
        let is_scripted = ["start-after", "ready-after", "stagger", "terminate-after"]
            .iter()
            .any(|key| annotated(key).is_some());
        if !is_scripted {
            return Self {
                start_after: if pulled { START } else { START + PULL },
                pull: Pull::Works,
                scripted: None,
                programs: pod.spec.containers.iter().map(Program::of).collect(),
            };
        }
        let ends_with = |suffix: &str| {
            pod.spec
                .containers
                .iter()
                .any(|container| image_tag(&container.image).ends_with(suffix))
        };
        let never = ends_with("-bad") || annotated("ready-after") == Some("never");
        let program = |_: &Container| {
            if ends_with("-crash") {
                Program::ending(Duration::from_millis(100), End::Exit(1))
            } else {
                Program::ending(Duration::ZERO, End::Never)
            }
        };
        Self {
            start_after: seconds("start-after").unwrap_or(Duration::from_secs(1)),
            pull: if ends_with("-missing") { Pull::Fails } else { Pull::Works },
            scripted: Some(Scripted {
                ready_after: (!never).then(|| seconds("ready-after").unwrap_or_default()),
                stagger: seconds("stagger").unwrap_or_default(),
                terminate_after: seconds("terminate-after").unwrap_or(Duration::from_secs(1)),
            }),
            programs: pod.spec.containers.iter().map(program).collect(),
        }
    }
}

fn parse_seconds(text: &str) -> Option<Duration> {
    let milli = u64::try_from(parse_milli(text)?).ok()?;
    Some(Duration::from_millis(milli))
}

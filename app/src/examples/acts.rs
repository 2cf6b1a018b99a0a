//! The acts each scenario offers: a label and the kubectl command it is.

use rollscope_sim::Command;
use rollscope_sim::view::{ClusterView, DeploymentView};

use super::{Example, FILES, V3_BAD};

const PRESTOP: &str = r#"{"spec":{"template":{"spec":{"containers":[{"name":"server","lifecycle":{"preStop":{"sleep":{"seconds":3}}}}]}}}}"#;
const STARTUP_PROBE: &str = r#"{"spec":{"template":{"spec":{"containers":[{"name":"server","startupProbe":{"httpGet":{"path":"/ready","port":"http"},"periodSeconds":5,"failureThreshold":30}}]}}}}"#;

/// Something to press.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Act {
    pub(crate) label: String,
    /// The command as a person would type it.
    pub(crate) shown: String,
    pub(crate) command: Command,
}

impl Example {
    /// What else one can do now.
    pub(crate) fn acts(self, view: &ClusterView) -> Vec<Act> {
        let name = match self {
            Self::BlueGreen => "inference-green",
            Self::Own => return on_own(view),
            _ => "inference",
        };
        let undo = act("Undo", &format!("rollout undo deployment/{name}"));
        let mut acts = match self {
            Self::Rolling => vec![
                act("Roll to v2", "set env deployment/inference VERSION=v2"),
                Act {
                    label: "Ship bad v3".to_owned(),
                    shown: format!("kubectl apply -f {}", FILES[1].0),
                    command: Command::apply(V3_BAD),
                },
                undo,
            ],
            Self::BlueGreen => vec![swap(view)],
            Self::Canary => return canary(view),
            Self::Surge => vec![
                roll(name, view),
                limits("Only more", name, "3", "0"),
                limits("Only fewer", name, "0", "2"),
                undo,
            ],
            Self::Recreate => vec![
                roll(name, view),
                patch(
                    "Roll instead",
                    "deployment/inference",
                    r#"{"spec":{"strategy":{"type":"RollingUpdate"}}}"#,
                ),
                undo,
            ],
            Self::Gpus => vec![roll(name, view), limits("Make room first", name, "0", "1"), undo],
            Self::NoPreStop => vec![
                roll(name, view),
                patch("Add a preStop", "deployment/inference", PRESTOP),
                undo,
            ],
            Self::Liveness => vec![
                patch("Add a startup probe", "deployment/inference", STARTUP_PROBE),
                roll(name, view),
                undo,
            ],
            Self::Quota => vec![
                roll(name, view),
                patch("Raise the quota", "quota/pods", r#"{"spec":{"hard":{"pods":"4"}}}"#),
                undo,
            ],
            Self::Autoscaler => vec![
                roll(name, view),
                act("More load", "annotate --overwrite deployment/inference sim/cpu-total=600m"),
                act("Less load", "annotate --overwrite deployment/inference sim/cpu-total=100m"),
                undo,
            ],
            Self::Own => Vec::new(),
        };
        acts.extend(sizing(name, view));
        acts
    }
}

/// Applying a file of the editor.
pub(crate) fn apply(file: &str, text: &str) -> Act {
    Act {
        label: "Apply".to_owned(),
        shown: format!("kubectl apply -f {file}"),
        command: Command::apply(text),
    }
}

fn act(label: &str, line: &str) -> Act {
    Act {
        label: label.to_owned(),
        shown: format!("kubectl {line}"),
        command: Command::kubectl(line),
    }
}

fn patch(label: &str, object: &str, patch: &str) -> Act {
    act(label, &format!("patch {object} -p '{patch}'"))
}

fn limits(label: &str, name: &str, surge: &str, unavailable: &str) -> Act {
    patch(
        label,
        &format!("deployment/{name}"),
        &format!(
            r#"{{"spec":{{"strategy":{{"rollingUpdate":{{"maxSurge":{surge},"maxUnavailable":{unavailable}}}}}}}}}"#
        ),
    )
}

fn deployment<'a>(name: &str, view: &'a ClusterView) -> Option<&'a DeploymentView> {
    view.deployments.iter().map(|it| &**it).find(|deployment| &*deployment.name == name)
}

/// Ships the version after the one that the template runs.
fn roll(name: &str, view: &ClusterView) -> Act {
    let runs = deployment(name, view).and_then(|deployment| deployment.version.strip_prefix('v'));
    let next =
        runs.and_then(|number| number.parse::<u16>().ok()).map_or(2, |it| it.saturating_add(1));
    act(&format!("Roll to v{next}"), &format!("set env deployment/{name} VERSION=v{next}"))
}

/// Pause or resume, and one pod less or more.
fn sizing(name: &str, view: &ClusterView) -> [Act; 3] {
    let deployment = deployment(name, view);
    let desired = deployment.map_or(3, |deployment| deployment.desired);
    let paused = deployment.is_some_and(|deployment| deployment.paused);
    let (label, verb) =
        if paused { ("Resume rollout", "resume") } else { ("Pause rollout", "pause") };
    let scale = |label, replicas: i32| {
        act(label, &format!("scale deployment/{name} --replicas={replicas}"))
    };
    [
        act(label, &format!("rollout {verb} deployment/{name}")),
        scale("Scale −", (desired - 1).max(0)),
        scale("Scale +", desired.saturating_add(1)),
    ]
}

/// The cut-over to the colour the Service does not send to, and back.
fn swap(view: &ClusterView) -> Act {
    let sends_to_green = view
        .services
        .iter()
        .any(|service| service.selector.iter().any(|label| label == "color=green"));
    let to = if sends_to_green { "blue" } else { "green" };
    patch(
        "Swap selector",
        "service inference",
        &format!(r#"{{"spec":{{"selector":{{"app":"inference","color":"{to}"}}}}}}"#),
    )
}

/// The canary's weight by numbers of pods, its promotion and its end.
fn canary(view: &ClusterView) -> Vec<Act> {
    const STABLE: &str = "inference-stable";
    const CANARY: &str = "inference-canary";
    let pods = |name| deployment(name, view).map_or(1, |deployment| deployment.desired);
    let scale = |label, name: &str, replicas: i32| {
        act(label, &format!("scale deployment/{name} --replicas={}", replicas.max(0)))
    };
    let next = deployment(CANARY, view).map_or("v2", |deployment| &deployment.version);
    vec![
        scale("Canary +", CANARY, pods(CANARY).saturating_add(1)),
        scale("Stable −", STABLE, pods(STABLE) - 1),
        act("Promote", &format!("set env deployment/{STABLE} VERSION={next}")),
        scale("End the canary", CANARY, 0),
        act("Undo the promotion", &format!("rollout undo deployment/{STABLE}")),
    ]
}

/// What can be done with any Deployment: with the first one there is.
fn on_own(view: &ClusterView) -> Vec<Act> {
    let Some(deployment) = view.deployments.first() else { return Vec::new() };
    let name = &*deployment.name;
    let mut acts = vec![
        act("Restart", &format!("rollout restart deployment/{name}")),
        act("Undo", &format!("rollout undo deployment/{name}")),
    ];
    acts.extend(sizing(name, view));
    acts
}

#[cfg(test)]
mod tests {
    use rollscope_sim::{Cluster, Config, Duration, Instant, view};

    use super::*;

    #[test]
    fn every_act_shows_the_command_it_is() {
        let view = ClusterView::default();
        for example in Example::ALL {
            for act in example.acts(&view) {
                let text = crate::session::command_text(&act.command);
                assert_eq!(text, act.shown, "{}", act.label);
            }
        }
    }

    #[test]
    fn the_swap_goes_to_green_first() {
        let act = swap(&ClusterView::default());
        let expected = r#"kubectl patch service inference -p '{"spec":{"selector":{"app":"inference","color":"green"}}}'"#;
        assert_eq!(act.shown, expected);
    }

    /// A scenario, applied, a minute and a half later.
    fn begun(example: Example) -> Cluster {
        let mut cluster = Cluster::new(Config::with_seed(7));
        let file = if example == Example::Own { FILES[0] } else { example.files()[0] };
        let output = cluster.apply(&Command::apply(file.1));
        assert_eq!((output.code, &*output.stderr), (0, ""), "{example:?}");
        let _ = cluster.advance_to(Instant::from_secs(90), 10_000_000);
        cluster
    }

    fn press(cluster: &mut Cluster, example: Example, label: &str) {
        let acts = example.acts(&view::project(cluster));
        let act = acts.iter().find(|act| act.label == label);
        let act = act.unwrap_or_else(|| panic!("{example:?} has no {label}"));
        let output = cluster.apply(&act.command);
        assert_eq!((output.code, &*output.stderr), (0, ""), "{}", act.shown);
    }

    fn failed_while(cluster: &mut Cluster, seconds: u64) -> u64 {
        let before = cluster.totals().failed;
        let until = cluster.now() + Duration::from_secs(seconds);
        let _ = cluster.advance_to(until, 20_000_000);
        cluster.totals().failed - before
    }

    fn is_complete(cluster: &Cluster) -> bool {
        view::project(cluster).deployments[0].complete
    }

    #[test]
    fn every_act_is_taken() {
        for example in Example::ALL {
            let cluster = begun(example);
            for act in example.acts(&view::project(&cluster)) {
                // There is nothing to undo yet.
                if !act.label.starts_with("Undo") {
                    press(&mut cluster.clone(), example, &act.label);
                }
            }
        }
    }

    #[test]
    fn scenarios_that_stick_go_on_once_mended() {
        for (example, mend) in
            [(Example::Gpus, "Make room first"), (Example::Quota, "Raise the quota")]
        {
            let mut cluster = begun(example);
            assert!(is_complete(&cluster), "{example:?}");
            press(&mut cluster, example, "Roll to v2");
            failed_while(&mut cluster, 180);
            assert!(!is_complete(&cluster), "{example:?} does not stick");
            press(&mut cluster, example, mend);
            failed_while(&mut cluster, 180);
            assert!(is_complete(&cluster), "{example:?} is not mended");
        }
        let mut cluster = begun(Example::Liveness);
        assert!(!is_complete(&cluster));
        press(&mut cluster, Example::Liveness, "Add a startup probe");
        failed_while(&mut cluster, 300);
        assert!(is_complete(&cluster));
    }

    #[test]
    fn scenarios_that_drop_requests_drop_none_once_mended() {
        for (example, mend) in
            [(Example::NoPreStop, "Add a preStop"), (Example::Recreate, "Roll instead")]
        {
            let mut cluster = begun(example);
            press(&mut cluster, example, "Roll to v2");
            assert!(failed_while(&mut cluster, 90) > 0, "{example:?} drops none");
            press(&mut cluster, example, mend);
            failed_while(&mut cluster, 120);
            press(&mut cluster, example, "Roll to v3");
            let failed = failed_while(&mut cluster, 90);
            // Rolling instead still has no preStop: few are dropped, not all for many seconds.
            assert!(failed == 0 || (example == Example::Recreate && failed < 60), "{failed}");
        }
    }

    #[test]
    fn the_autoscaler_follows_the_load() {
        let mut cluster = begun(Example::Autoscaler);
        let pods = |cluster: &Cluster| view::project(cluster).deployments[0].desired;
        assert_eq!(pods(&cluster), 4);
        press(&mut cluster, Example::Autoscaler, "More load");
        failed_while(&mut cluster, 120);
        assert!(pods(&cluster) > 4);
    }
}

//! The examples one can open, and the acts each offers: a label and the kubectl command it is.

use rollscope_sim::Command;
use rollscope_sim::view::ClusterView;

const V1: &str = include_str!("../examples/1-inference-v1.yaml");
const V3_BAD: &str = include_str!("../examples/3-inference-v3-bad.yaml");
const BLUE_GREEN: &str = include_str!("../examples/4-blue-green.yaml");

pub(crate) static FILES: [(&str, &str); 3] = [
    ("1-inference-v1.yaml", V1),
    ("3-inference-v3-bad.yaml", V3_BAD),
    ("4-blue-green.yaml", BLUE_GREEN),
];

/// An example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Example {
    #[default]
    Rolling,
    BlueGreen,
}

/// Something to press.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Act {
    pub(crate) label: String,
    /// The command as a person would type it.
    pub(crate) shown: String,
    pub(crate) command: Command,
}

impl Example {
    pub(crate) const ALL: [Self; 2] = [Self::Rolling, Self::BlueGreen];

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Rolling => "Rolling update",
            Self::BlueGreen => "Blue-green",
        }
    }

    /// The files it comes with, the one to begin with first.
    pub(crate) fn files(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Rolling => FILES.split_at(2).0,
            Self::BlueGreen => FILES.split_at(2).1,
        }
    }

    /// What else one can do now.
    pub(crate) fn acts(self, view: &ClusterView) -> Vec<Act> {
        match self {
            Self::Rolling => {
                let mut acts = vec![
                    act("Roll to v2", "set env deployment/inference VERSION=v2"),
                    Act {
                        label: "Ship bad v3".to_owned(),
                        shown: format!("kubectl apply -f {}", FILES[1].0),
                        command: Command::apply(V3_BAD),
                    },
                    act("Undo", "rollout undo deployment/inference"),
                ];
                acts.extend(sizing("inference", view));
                acts
            }
            Self::BlueGreen => {
                let mut acts = vec![swap(view)];
                acts.extend(sizing("inference-green", view));
                acts
            }
        }
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

/// The text of an example's file.
pub(crate) fn text_of(file: &str) -> Option<&'static str> {
    FILES.iter().find(|(known, _)| *known == file).map(|(_, text)| *text)
}

/// The example file with exactly this text.
pub(crate) fn file_of(text: &str) -> Option<&'static str> {
    FILES.iter().find(|(_, known)| *known == text).map(|(file, _)| *file)
}

fn act(label: &str, line: &str) -> Act {
    Act {
        label: label.to_owned(),
        shown: format!("kubectl {line}"),
        command: Command::kubectl(line),
    }
}

/// Pause or resume, and one pod less or more.
fn sizing(name: &str, view: &ClusterView) -> [Act; 3] {
    let deployment = view.deployments.iter().find(|deployment| &*deployment.name == name);
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
        scale("Scale +", desired + 1),
    ]
}

/// The cut-over to the colour the Service does not send to, and back.
fn swap(view: &ClusterView) -> Act {
    let sends_to_green = view
        .services
        .iter()
        .any(|service| service.selector.iter().any(|label| label == "color=green"));
    let to = if sends_to_green { "blue" } else { "green" };
    act(
        "Swap selector",
        &format!(
            "patch service inference -p '{{\"spec\":{{\"selector\":{{\"app\":\"inference\",\
             \"color\":\"{to}\"}}}}}}'"
        ),
    )
}

#[cfg(test)]
mod tests {
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
    fn the_examples_are_simulated_to_the_letter() {
        for (file, text) in FILES {
            let found = rollscope_sim::manifest::check(text).1;
            assert!(found.is_empty(), "{file}: {found:?}");
            let found = rollscope_sim::view::scripts(text);
            assert!(found.is_empty(), "{file}: {found:?}");
        }
    }

    #[test]
    fn the_swap_goes_to_green_first() {
        let act = swap(&ClusterView::default());
        let expected = r#"kubectl patch service inference -p '{"spec":{"selector":{"app":"inference","color":"green"}}}'"#;
        assert_eq!(act.shown, expected);
    }
}

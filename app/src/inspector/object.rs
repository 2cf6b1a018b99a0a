//! One object: in short, as YAML with what changed last, and as `kubectl describe` tells it.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use rollscope_sim::api::Uid;
use rollscope_sim::view::{ClusterView, LaneView};

use super::NOTHING;
use super::changes::changed;
use super::subject::{SubjectPicker, use_subject};
use crate::desk::{Desk, use_desk};
use crate::markup::{escape, put};

/// The most pods that are listed as belonging to an object.
const MOST_RELATIVES: usize = 50;

/// How an object is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    Summary,
    Yaml,
    Describe,
}

impl Reading {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Summary, "Summary"), (Self::Yaml, "YAML"), (Self::Describe, "Describe")];
}

/// An object's YAML, and how it read before it changed last.
#[derive(Clone, Default)]
struct Seen {
    subject: String,
    before: String,
    now: String,
}

/// The tab's content.
#[component]
pub(super) fn Object() -> impl IntoView {
    let desk = use_desk();
    let subject = use_subject();
    let reading = RwSignal::new(Reading::Summary);
    let seen = StoredValue::new(Seen::default());
    let moment = desk.reading();
    let text = Memo::new(move |_| {
        moment.track();
        let Some(subject) = subject.get() else {
            return format!(r#"<p class="muted">{NOTHING}</p>"#);
        };
        match reading.get() {
            Reading::Summary => summary(&desk, &subject),
            Reading::Yaml => yaml(&desk, &subject, seen),
            Reading::Describe => {
                let text = desk.read(&["describe", &subject]).stdout;
                format!("<pre>{}</pre>", escape(&text))
            }
        }
    });
    let readings = Reading::ALL.map(|(which, title)| {
        view! {
            <button
                class="tab"
                aria-pressed=move || if reading.get() == which { "true" } else { "false" }
                on:click=move |_| reading.set(which)
            >
                {title}
            </button>
        }
    });
    let follow = move |ev: web_sys::MouseEvent| {
        let target = ev.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        if let Some(object) = target.and_then(|target| target.get_attribute("data-object")) {
            desk.chosen.set(Some(object));
        }
    };
    view! {
        <div class="log object" tabindex="0" aria-label="Object">
            <SubjectPicker label="Object" after=""/>
            <div class="readings" role="group" aria-label="Reading">{readings}</div>
            <div on:click=follow inner_html=move || text.get()></div>
        </div>
    }
}

/// The columns of `kubectl get -o wide` as a list, the labels, and what belongs to it.
fn summary(desk: &Desk, subject: &str) -> String {
    let printed = desk.read(&["get", subject, "-o", "wide", "--show-labels"]).stdout;
    let mut out = r#"<dl class="columns">"#.to_owned();
    for (column, value) in columns(&printed) {
        put!(&mut out, r#"<dt>{}</dt><dd class="mono">{}</dd>"#, escape(&column), escape(&value));
    }
    out.push_str("</dl>");
    desk.view.with_untracked(|view| {
        let relatives = relatives(view, subject).into_iter();
        for (title, objects) in relatives.filter(|(_, objects)| !objects.is_empty()) {
            put!(&mut out, r#"<p class="muted">{title}</p><ul class="links">"#);
            for (object, note) in objects {
                put!(
                    &mut out,
                    r#"<li><button class="quiet mono" data-object="{0}">{0}</button> <span class="muted">{1}</span></li>"#,
                    escape(&object),
                    escape(&note)
                );
            }
            out.push_str("</ul>");
        }
    });
    out
}

/// The columns of a table with one row: a value stands below its title.
fn columns(table: &str) -> Vec<(String, String)> {
    let mut lines = table.lines();
    let (Some(head), Some(row)) = (lines.next(), lines.next()) else { return Vec::new() };
    let head: Vec<char> = head.chars().collect();
    let row: Vec<char> = row.chars().collect();
    let is_start = |at: &usize| {
        let blank = |back: usize| at.checked_sub(back).is_none_or(|at| head[at] == ' ');
        head[*at] != ' ' && blank(1) && blank(2)
    };
    let starts: Vec<usize> = (0..head.len()).filter(is_start).collect();
    let cut = |line: &[char], from: usize, to: usize| {
        let part = line.get(from..to.min(line.len())).unwrap_or_default();
        part.iter().collect::<String>().trim().to_owned()
    };
    let ends = starts.iter().skip(1).copied().chain([usize::MAX]);
    starts
        .iter()
        .zip(ends)
        .map(|(from, to)| (cut(&head, *from, to), cut(&row, *from, to)))
        .collect()
}

/// Groups of objects: a title, and each object's name with a note.
type Relatives = Vec<(&'static str, Vec<(String, String)>)>;

/// What an object belongs to and what belongs to it.
fn relatives(view: &ClusterView, subject: &str) -> Relatives {
    let Some((kind, name)) = subject.split_once('/') else { return Vec::new() };
    let pods = |uids: &[Uid]| -> Vec<(String, String)> {
        let found = view.pods.iter().filter(|pod| uids.contains(&pod.uid)).take(MOST_RELATIVES);
        found
            .map(|pod| {
                (format!("pod/{}", pod.name), format!("{} {}", pod.version, pod.stage.word()))
            })
            .collect()
    };
    let replica_set = |lane: &LaneView| {
        let note = format!("revision {}, {} of {} ready", lane.revision, lane.ready, lane.desired);
        (format!("replicaset/{}", lane.name), note)
    };
    let mut lanes = view
        .deployments
        .iter()
        .flat_map(|owner| owner.lanes.iter().map(move |lane| (Some(owner), lane)));
    match kind {
        "deployment" => {
            let found = view.deployments.iter().find(|deployment| &*deployment.name == name);
            let lanes = found.map(|deployment| deployment.lanes.iter().map(replica_set).collect());
            vec![("Its ReplicaSets", lanes.unwrap_or_default())]
        }
        "replicaset" => match lanes.find(|(_, lane)| &*lane.name == name) {
            Some((owner, lane)) => {
                let owner =
                    owner.map(|owner| (format!("deployment/{}", owner.name), String::new()));
                vec![("Owned by", owner.into_iter().collect()), ("Its pods", pods(&lane.pods))]
            }
            None => Vec::new(),
        },
        "pod" => {
            let Some(pod) = view.pods.iter().find(|pod| &*pod.name == name) else {
                return Vec::new();
            };
            let owner =
                lanes.find(|(_, lane)| lane.holds(pod.uid)).map(|(_, lane)| replica_set(lane));
            let serving =
                view.services.iter().filter(|service| service.endpoints.contains(&pod.uid));
            let services =
                serving.map(|service| (format!("service/{}", service.name), String::new()));
            let node = Some(&pod.node).filter(|node| !node.is_empty());
            vec![
                ("Owned by", owner.into_iter().collect()),
                ("Gets requests of", services.collect()),
                (
                    "Runs on",
                    node.map(|node| (format!("node/{node}"), String::new())).into_iter().collect(),
                ),
            ]
        }
        "service" => {
            let found = view.services.iter().find(|service| &*service.name == name);
            vec![("Its endpoints", found.map(|found| pods(&found.endpoints)).unwrap_or_default())]
        }
        "node" => {
            let here = view.pods.iter().filter(|pod| &*pod.node == name).map(|pod| pod.uid);
            vec![("Its pods", pods(&here.collect::<Vec<Uid>>()))]
        }
        _ => Vec::new(),
    }
}

/// The YAML as of now. Lines that changed last are marked.
fn yaml(desk: &Desk, subject: &str, seen: StoredValue<Seen>) -> String {
    let text = desk.read(&["get", subject, "-o", "yaml"]).stdout;
    let marks = seen.try_update_value(|seen| {
        if seen.subject != subject {
            *seen = Seen { subject: subject.to_owned(), before: text.clone(), now: text.clone() };
        } else if seen.now != text {
            seen.before = std::mem::replace(&mut seen.now, text.clone());
        }
        changed(&seen.before, &text)
    });
    let mut out =
        r#"<p class="muted">What changed last is marked.</p><pre class="yaml">"#.to_owned();
    for (line, is_new) in text.lines().zip(marks.unwrap_or_default()) {
        if is_new {
            put!(&mut out, "<mark>{}</mark>\n", escape(line));
        } else {
            put!(&mut out, "{}\n", escape(line));
        }
    }
    out + "</pre>"
}

#[cfg(test)]
mod tests {
    use super::columns;

    #[test]
    fn values_stand_below_their_titles() {
        let table = "NAME    READY   STATUS    NOMINATED NODE\nweb-1   1/1     Running   <none>\n";
        let found: Vec<String> =
            columns(table).into_iter().map(|(title, value)| format!("{title}={value}")).collect();
        assert_eq!(found, ["NAME=web-1", "READY=1/1", "STATUS=Running", "NOMINATED NODE=<none>"]);
        assert!(columns("Error\n").is_empty());
    }
}

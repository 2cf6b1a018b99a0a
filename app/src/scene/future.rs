//! Where requests go, and where they will: the lines from a Service to pods that it does not send to
//! yet, and the words for them.

use rollscope_sim::api::Uid;
use rollscope_sim::view::{ClusterView, PodView};

use crate::layout::{Point, StageLayout, path};
use crate::markup::{escape, put};
use crate::sizes::{LEADING_S, LETTER, SPACE_1, SPACE_2, SPACE_6, SPACE_HALF};

/// What Services would match, were what is written applied or what one points at done.
pub(super) type WouldMatch = Vec<Would>;

/// A Service with another selector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Would {
    /// The Service.
    pub(crate) service: Uid,
    /// The labels it would ask for, each as `key=value`.
    pub(crate) selector: Vec<String>,
    /// The pods it would match and does not match now.
    pub(crate) pods: Vec<Uid>,
    /// Whether an act that one points at would do it, not the manifest in the editor.
    pub(crate) by_act: bool,
}

/// How a pod stands to the Services.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Way {
    /// It is sent requests.
    Open,
    /// It will be, once it is Ready.
    Coming,
    /// It would be, were what is written applied.
    Foreseen,
    /// No Service matches it.
    #[default]
    Cut,
}

impl Way {
    /// Looks for a pod.
    pub(super) fn of(pod: &PodView, view: &ClusterView, foreseen: &WouldMatch) -> Self {
        if pod.receives_traffic {
            Self::Open
        } else if view.services.iter().any(|service| service.coming.contains(&pod.uid)) {
            Self::Coming
        } else if foreseen.iter().any(|would| would.pods.contains(&pod.uid)) {
            Self::Foreseen
        } else {
            Self::Cut
        }
    }

    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Coming => "coming",
            Self::Foreseen => "foreseen",
            Self::Cut => "cut",
        }
    }

    /// Whether it is sent requests, in a word or two.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Open => "yes",
            Self::Coming => "once Ready",
            Self::Foreseen => "once applied",
            Self::Cut => "no",
        }
    }

    /// The same in a sentence.
    pub(super) const fn sentence(self) -> &'static str {
        match self {
            Self::Open => "sends it requests",
            Self::Coming => "matches it, and sends it requests once it is Ready",
            Self::Foreseen => "would match it, were what is written applied",
            Self::Cut => "sends it none",
        }
    }
}

/// The ways requests can take, those they will take, and those they cannot.
pub(super) fn wires(
    out: &mut String,
    view: &ClusterView,
    stage: &StageLayout,
    foreseen: &WouldMatch,
) {
    let [mut open, mut coming, mut would, mut cut] = [const { String::new() }; 4];
    for service in &view.services {
        if let Some(way) = stage.way_in(service.uid) {
            open.push_str(&path(&way));
        }
    }
    for lane in stage.lanes() {
        let reaches = |uid: &Uid| lane.seated.seat(*uid).is_some();
        let mut best = Way::Cut;
        for service in &view.services {
            let written = foreseen.iter().find(|would| would.service == service.uid);
            let (way, wire) = if service.endpoints.iter().any(reaches) {
                (Way::Open, &mut open)
            } else if service.coming.iter().any(reaches) {
                (Way::Coming, &mut coming)
            } else if written.is_some_and(|would| would.pods.iter().any(reaches)) {
                (Way::Foreseen, &mut would)
            } else {
                continue;
            };
            wire.push_str(&path(&stage.way_to_lane(service.uid, lane.entry)));
            if (way as u8) < best as u8 {
                best = way;
            }
        }
        let wire = match best {
            Way::Open => &mut open,
            Way::Coming => &mut coming,
            Way::Foreseen => &mut would,
            Way::Cut => &mut cut,
        };
        for (y, end) in &lane.rails {
            let corner = Point { y: *y, ..lane.entry };
            wire.push_str(&path(&[lane.entry, corner, Point { x: *end, y: *y }]));
        }
    }
    for (way, data) in [(Way::Cut, cut), (Way::Foreseen, would), (Way::Coming, coming)] {
        put!(out, r#"<path class="wire {}" d="{data}"/>"#, way.class());
    }
    put!(out, r#"<path class="wire" d="{open}"/>"#);
}

const ONCE_READY: &str = "requests once Ready";
/// The sample of a line, and where the words beside it begin.
const SAMPLE: f64 = SPACE_6;
const WORDS: f64 = SAMPLE + SPACE_2;

/// What dashed lines mean, below the last Service, while there are some: beside each other on a narrow
/// stage, where the way down is to their left.
pub(super) fn legend(
    out: &mut String,
    view: &ClusterView,
    stage: &StageLayout,
    foreseen: &WouldMatch,
) {
    let Some((_, last)) = stage.services.last() else { return };
    let seated = |pods: &[Uid]| pods.iter().any(|uid| stage.find(*uid).is_some());
    let coming = view.services.iter().any(|service| seated(&service.coming));
    let would = foreseen.iter().find(|would| seated(&would.pods));
    let (begin, step) = if stage.narrow {
        // As far as the words of the first reach.
        let step = WORDS + width_of(ONCE_READY);
        ((last.x + WORDS + SPACE_2, last.bottom() + LEADING_S), (step, 0.0))
    } else {
        ((last.x, last.bottom() + LEADING_S + SPACE_1), (0.0, LEADING_S + SPACE_HALF))
    };
    let (mut x, mut y) = begin;
    let mut line = |way: Way, words: &str, reason: &str| {
        put!(
            out,
            r#"<g transform="translate({x:.1} {y:.1})"><path class="wire {}" d="M0 0H{SAMPLE}"/><text class="note" x="{WORDS}" y="{SPACE_1}">{}</text><text class="note" x="{WORDS}" y="{}">{}</text></g>"#,
            way.class(),
            escape(words),
            SPACE_1 + LEADING_S,
            escape(reason)
        );
        x += step.0;
        y += step.1;
    };
    if coming {
        line(Way::Coming, ONCE_READY, "");
    }
    if let Some(would) = would {
        let after = if would.by_act { "after this act" } else { "after Apply" };
        let labels = new_labels(would, view);
        if stage.narrow {
            let taken = if coming { step.0 } else { 0.0 };
            let room = stage.width - begin.0 - taken - WORDS;
            let who = if would.by_act { "it sets" } else { "the manifest says" };
            let forms = [format!("{after}: {who} {labels}"), format!("{after}: {labels}")];
            let fitting = forms.into_iter().find(|form| width_of(form) <= room);
            line(Way::Foreseen, &fitting.unwrap_or_else(|| after.to_owned()), "");
        } else {
            let who = if would.by_act { "it sets" } else { "manifest:" };
            // Right of the Service the ways begin.
            let reason = shortened(format!("{who} {labels}"), last.width - WORDS);
            line(Way::Foreseen, &format!("requests {after}:"), &reason);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few dozen letters")]
fn width_of(text: &str) -> f64 {
    text.chars().count() as f64 * LETTER
}

/// The labels that a selector would ask for and does not now.
fn new_labels(would: &Would, view: &ClusterView) -> String {
    let live = view.services.iter().find(|service| service.uid == would.service);
    let asked = |label: &&String| live.is_some_and(|live| live.selector.contains(label));
    let new: Vec<&str> =
        would.selector.iter().filter(|label| !asked(label)).map(String::as_str).collect();
    // One that asks for less matches more.
    if new.is_empty() { "fewer labels".to_owned() } else { new.join(",") }
}

/// As much of a text as there is room for.
fn shortened(mut text: String, room: f64) -> String {
    if width_of(&text) > room {
        while width_of(&text) + LETTER > room && text.pop().is_some() {}
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rollscope_sim::view::ServiceView;

    use super::*;

    #[test]
    fn a_pod_is_sent_requests_or_will_be_or_would_be_or_is_not() {
        let service = ServiceView { coming: vec![Uid(2), Uid(3)], ..ServiceView::default() };
        let view = ClusterView { services: vec![Arc::new(service)], ..ClusterView::default() };
        let would = Would { service: Uid(9), pods: vec![Uid(3), Uid(4)], ..Would::default() };
        let foreseen = vec![would];
        let way = |uid, receives_traffic| {
            let pod = PodView { uid: Uid(uid), receives_traffic, ..PodView::default() };
            Way::of(&pod, &view, &foreseen).word()
        };
        assert_eq!(way(1, true), "yes");
        assert_eq!([way(2, false), way(3, false)], ["once Ready"; 2]);
        assert_eq!([way(4, false), way(5, false)], ["once applied", "no"]);
    }

    #[test]
    fn only_the_labels_that_are_new_are_told() {
        let labels = |labels: &[&str]| labels.iter().map(|it| (*it).to_owned()).collect();
        let selector = labels(&["app=web", "color=green"]);
        let service = ServiceView { uid: Uid(9), selector, ..ServiceView::default() };
        let view = ClusterView { services: vec![Arc::new(service)], ..ClusterView::default() };
        let told = |selector: &[&str]| {
            let selector = labels(selector);
            new_labels(&Would { service: Uid(9), selector, ..Would::default() }, &view)
        };
        assert_eq!(told(&["app=web", "color=blue"]), "color=blue");
        assert_eq!(told(&["app=web"]), "fewer labels");
        let text = "manifest: a-long-label=blue".to_owned();
        assert_eq!(shortened(text.clone(), 20.0 * LETTER), "manifest: a-long-la…");
        assert_eq!(shortened(text.clone(), 27.0 * LETTER), text);
    }
}

//! Where requests go, and where they will: the lines from a Service to pods that it does not send to
//! yet, and the words for them.

use rollscope_sim::api::Uid;
use rollscope_sim::view::{ClusterView, PodView};

use crate::layout::{Point, StageLayout, path};
use crate::markup::put;

/// The pods that a Service would match, by its uid, if what is written were applied.
pub(super) type WouldMatch = Vec<(Uid, Vec<Uid>)>;

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
        } else if foreseen.iter().any(|(_, pods)| pods.contains(&pod.uid)) {
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
            let written = foreseen.iter().find(|(uid, _)| *uid == service.uid);
            let (way, wire) = if service.endpoints.iter().any(reaches) {
                (Way::Open, &mut open)
            } else if service.coming.iter().any(reaches) {
                (Way::Coming, &mut coming)
            } else if written.is_some_and(|(_, pods)| pods.iter().any(reaches)) {
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
    let entries = [
        (Way::Coming, view.services.iter().any(|service| seated(&service.coming))),
        (Way::Foreseen, foreseen.iter().any(|(_, pods)| seated(pods))),
    ];
    let (begin, step) = if stage.narrow {
        ((last.x + 40.0, last.bottom() + 16.0), (160.0, 0.0))
    } else {
        ((last.x, last.bottom() + 20.0), (0.0, 18.0))
    };
    let (mut x, mut y) = begin;
    for (way, _) in entries.into_iter().filter(|(_, is_drawn)| *is_drawn) {
        put!(
            out,
            r#"<g transform="translate({x:.1} {y:.1})"><path class="wire {}" d="M0 0H24"/><text class="note" x="32" y="4">requests {}</text></g>"#,
            way.class(),
            way.word()
        );
        x += step.0;
        y += step.1;
    }
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
        let foreseen = vec![(Uid(9), vec![Uid(3), Uid(4)])];
        let way = |uid, receives_traffic| {
            let pod = PodView { uid: Uid(uid), receives_traffic, ..PodView::default() };
            Way::of(&pod, &view, &foreseen).word()
        };
        assert_eq!(way(1, true), "yes");
        assert_eq!([way(2, false), way(3, false)], ["once Ready"; 2]);
        assert_eq!([way(4, false), way(5, false)], ["once applied", "no"]);
    }
}

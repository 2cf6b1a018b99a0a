//! How the page is divided: which panes are open and how much room each has. The browser remembers.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;

use crate::desk::use_desk;
use crate::storage;

/// Under which name the division is remembered.
const REMEMBERED: &str = "rollscope.panes";
/// How far an arrow key moves an edge, in pixels.
const NUDGE: f64 = 16.0;

/// A pane that can be closed. The stage is always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pane {
    Manifest,
    Terminal,
    Inspector,
}

impl Pane {
    const ALL: [Self; 3] = [Self::Manifest, Self::Terminal, Self::Inspector];

    const fn title(self) -> &'static str {
        match self {
            Self::Manifest => "Manifest",
            Self::Terminal => "Terminal",
            Self::Inspector => "Inspector",
        }
    }

    /// As attributes of the page name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Terminal => "terminal",
            Self::Inspector => "inspector",
        }
    }
}

/// An edge between panes that can be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    /// Between manifest and terminal on the left, and the stage.
    Side,
    /// Between the stage and the inspector.
    Inspector,
    /// Between the manifest and the terminal.
    Terminal,
}

impl Edge {
    const ALL: [Self; 3] = [Self::Side, Self::Inspector, Self::Terminal];

    /// The custom property of the page that holds the length.
    const fn property(self) -> &'static str {
        match self {
            Self::Side => "--side",
            Self::Inspector => "--inspector",
            Self::Terminal => "--terminal",
        }
    }

    /// The least, the usual and the greatest length in pixels of what the edge bounds.
    const fn lengths(self) -> [f64; 3] {
        match self {
            Self::Side => [240.0, 376.0, 760.0],
            Self::Inspector => [240.0, 340.0, 760.0],
            Self::Terminal => [96.0, 260.0, 900.0],
        }
    }

    /// How much longer it gets when the pointer moves by so much to the right and down.
    const fn growth(self, right: f64, down: f64) -> f64 {
        match self {
            Self::Side => right,
            Self::Inspector => -right,
            Self::Terminal => -down,
        }
    }
}

/// Who has how much room.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Division {
    lengths: [f64; 3],
    closed: [bool; 3],
}

impl Default for Division {
    fn default() -> Self {
        Self { lengths: Edge::ALL.map(|edge| edge.lengths()[1]), closed: [false; 3] }
    }
}

impl Division {
    /// What was remembered; whatever in it makes no sense is as usual.
    pub(crate) fn remembered() -> Self {
        storage::load(REMEMBERED).map_or_else(Self::default, |text| Self::read(&text))
    }

    fn read(text: &str) -> Self {
        let mut division = Self::default();
        for (name, value) in text.split(' ').filter_map(|part| part.split_once('=')) {
            if let Some(edge) = Edge::ALL.into_iter().find(|edge| edge.property() == name) {
                division.resize(edge, value.parse().unwrap_or(f64::NAN));
            }
            if let Some(pane) = Pane::ALL.into_iter().find(|pane| pane.name() == name) {
                division.closed[pane as usize] = value == "closed";
            }
        }
        division
    }

    fn text(&self) -> String {
        let lengths = Edge::ALL.map(|edge| format!("{}={:.0}", edge.property(), self.length(edge)));
        let closed = Pane::ALL.into_iter().filter(|pane| self.is_closed(*pane));
        let closed: Vec<String> = closed.map(|pane| format!("{}=closed", pane.name())).collect();
        [lengths.to_vec(), closed].concat().join(" ")
    }

    const fn length(&self, edge: Edge) -> f64 {
        self.lengths[edge as usize]
    }

    fn resize(&mut self, edge: Edge, length: f64) {
        let [least, usual, most] = edge.lengths();
        let length = if length.is_nan() { usual } else { length.clamp(least, most) };
        self.lengths[edge as usize] = length;
    }

    const fn is_closed(&self, pane: Pane) -> bool {
        self.closed[pane as usize]
    }

    /// As the page's `style` says it.
    pub(crate) fn style(&self) -> String {
        let property = |edge: Edge| format!("{}:{:.0}px;", edge.property(), self.length(edge));
        Edge::ALL.map(property).concat()
    }

    /// The names of the closed panes, as an attribute of the page lists them.
    pub(crate) fn closed(&self) -> String {
        let closed = Pane::ALL.into_iter().filter(|pane| self.is_closed(*pane));
        closed.map(Pane::name).collect::<Vec<_>>().join(" ")
    }

    /// Opens a pane; tells whether it was closed.
    pub(crate) const fn open(&mut self, pane: Pane) -> bool {
        std::mem::replace(&mut self.closed[pane as usize], false)
    }
}

fn change(division: RwSignal<Division>, change: impl FnOnce(&mut Division)) {
    division.update(change);
    storage::save(REMEMBERED, &division.get_untracked().text());
}

/// Opens a pane for good.
pub(crate) fn open(division: RwSignal<Division>, pane: Pane) {
    if division.get_untracked().is_closed(pane) {
        change(division, |division| {
            division.open(pane);
        });
    }
}

/// The switches that open and close panes.
#[component]
pub(crate) fn PaneSwitches(division: RwSignal<Division>) -> impl IntoView {
    let switches = Pane::ALL.map(|pane| {
        let is_open = move || !division.get().is_closed(pane);
        let press = move |_| {
            change(division, |division| {
                division.closed[pane as usize] = !division.is_closed(pane);
            });
        };
        view! {
            <button
                class="tab"
                aria-pressed=move || if is_open() { "true" } else { "false" }
                on:click=press
            >
                {pane.title()}
            </button>
        }
    });
    view! { <div class="pane-switches" role="group" aria-label="Open panes">{switches}</div> }
}

/// An edge to drag, or to move with the arrow keys; a double click restores the usual length.
#[component]
pub(crate) fn Splitter(division: RwSignal<Division>, edge: Edge) -> impl IntoView {
    let [least, usual, most] = edge.lengths();
    let (orientation, label, class) = match edge {
        Edge::Side => ("vertical", "Width of the manifest", "splitter side-edge"),
        Edge::Inspector => ("vertical", "Width of the inspector", "splitter inspector-edge"),
        Edge::Terminal => ("horizontal", "Height of the terminal", "splitter terminal-edge"),
    };
    // Where the pointer went down, and the length then.
    let grip = StoredValue::new(None::<(i32, i32, f64)>);
    let down = move |ev: web_sys::PointerEvent| {
        let target = ev.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        if let Some(target) = target {
            // Without it a quick drag ends at the edge.
            let _ = target.set_pointer_capture(ev.pointer_id());
        }
        let length = division.get_untracked().length(edge);
        grip.set_value(Some((ev.client_x(), ev.client_y(), length)));
    };
    let moved = move |ev: web_sys::PointerEvent| {
        if let Some((x, y, length)) = grip.get_value() {
            let growth = edge.growth(f64::from(ev.client_x() - x), f64::from(ev.client_y() - y));
            change(division, |division| division.resize(edge, length + growth));
        }
    };
    let key = move |ev: web_sys::KeyboardEvent| {
        let length = division.get_untracked().length(edge);
        let length = match ev.key().as_str() {
            "ArrowRight" => length + edge.growth(NUDGE, 0.0),
            "ArrowLeft" => length + edge.growth(-NUDGE, 0.0),
            "ArrowDown" => length + edge.growth(0.0, NUDGE),
            "ArrowUp" => length + edge.growth(0.0, -NUDGE),
            "Home" => least,
            "End" => most,
            _ => return,
        };
        ev.prevent_default();
        ev.stop_propagation();
        change(division, |division| division.resize(edge, length));
    };
    view! {
        <div
            class=class
            role="separator"
            tabindex="0"
            aria-orientation=orientation
            aria-label=label
            aria-valuemin=least
            aria-valuemax=most
            aria-valuenow=move || division.get().length(edge)
            on:pointerdown=down
            on:pointermove=moved
            on:pointerup=move |_| grip.set_value(None)
            on:pointercancel=move |_| grip.set_value(None)
            on:dblclick=move |_| change(division, |division| division.resize(edge, usual))
            on:keydown=key
        ></div>
    }
}

/// On a narrow screen one pane is shown at a time.
#[component]
pub(crate) fn PaneTabs(shown: RwSignal<&'static str>) -> impl IntoView {
    let panes = Pane::ALL.map(|pane| (pane.name(), pane.title()));
    let tabs = [("stage", "Stage")].into_iter().chain(panes).map(|(name, title)| {
        view! {
            <button
                class="tab"
                aria-pressed=move || if shown.get() == name { "true" } else { "false" }
                on:click=move |_| shown.set(name)
            >
                {title}
            </button>
        }
    });
    view! { <div class="pane-tabs" role="group" aria-label="Panes">{tabs.collect_view()}</div> }
}

/// Turns to the other pane where there is room for one of terminal and inspector.
#[component]
pub(crate) fn LowerSwitch(to: Pane) -> impl IntoView {
    let desk = use_desk();
    view! {
        <button class="quiet lower-switch" on:click=move |_| desk.lower.set(to)>
            {to.title()}
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_division_is_remembered_as_it_is() {
        let mut division = Division::default();
        division.resize(Edge::Side, 500.0);
        division.closed[Pane::Terminal as usize] = true;
        assert_eq!(division.text(), "--side=500 --inspector=340 --terminal=260 terminal=closed");
        assert_eq!(Division::read(&division.text()), division);
        assert_eq!(division.closed(), "terminal");
        assert!(division.open(Pane::Terminal) && division.closed().is_empty());
    }

    #[test]
    fn what_makes_no_sense_is_as_usual() {
        for text in ["", "=", "--side=NaN x=y", "--side=wide --terminal", "terminal=shut"] {
            assert_eq!(Division::read(text), Division::default(), "{text}");
        }
        assert!(Division::read("--side=-inf").text().starts_with("--side=240 "));
        assert!(Division::read("--side=1e99").text().starts_with("--side=760 "));
    }
}

//! The commands for what one points at: a menu that shows each command and types it.

use leptos::html::Div;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use rollscope_sim::view::Act;
use web_sys::{Element, FocusEvent, HtmlElement, KeyboardEvent, MouseEvent};

use crate::desk::{Desk, use_desk};
use crate::layout::Point;

/// As wide as the menu may be.
const WIDTH: f64 = 360.0;

/// What the menu is open for, and where.
#[derive(Clone, Debug, PartialEq)]
struct Open {
    /// As kubectl names it: `pod/x`.
    object: String,
    acts: Vec<Act>,
    place: String,
}

/// The stage's menu.
#[derive(Clone, Copy)]
pub(super) struct Menu {
    desk: Desk,
    open: RwSignal<Option<Open>>,
    /// What had the focus.
    from: StoredValue<Option<HtmlElement>, LocalStorage>,
}

/// Makes the menu known to all of the stage.
pub(super) fn provide_menu() {
    let (open, from) = (RwSignal::new(None), StoredValue::new_local(None));
    provide_context(Menu { desk: use_desk(), open, from });
}

pub(super) fn use_menu() -> Menu {
    expect_context()
}

impl Menu {
    /// Opens it for an object where the pointer is, or below the element when a key asked for it.
    pub(super) fn open(&self, ev: &web_sys::Event, object: String) {
        let acts = self.desk.commands(&object);
        if acts.is_empty() {
            return;
        }
        ev.prevent_default();
        ev.stop_propagation();
        let pointer = ev.dyn_ref::<MouseEvent>();
        let pointer = pointer.map(|ev| (f64::from(ev.client_x()), f64::from(ev.client_y())));
        let element = ev.target().and_then(|target| target.dyn_into::<Element>().ok());
        let below = |element: &Element| {
            let area = element.get_bounding_client_rect();
            (area.left() + 8.0, area.bottom())
        };
        let at = pointer.filter(|(x, y)| *x > 0.0 || *y > 0.0);
        let (x, y) = at.or_else(|| element.as_ref().map(below)).unwrap_or_default();
        // A pod is an element of SVG, which takes the focus as those of HTML do.
        let focused = document().active_element().map(JsCast::unchecked_into);
        self.from.set_value(focused);
        let length = |found: Option<f64>| found.unwrap_or_default();
        let width = length(window().inner_width().ok().and_then(|it| it.as_f64()));
        let height = length(window().inner_height().ok().and_then(|it| it.as_f64()));
        let place = place(Point { x, y }, (width, height));
        self.open.set(Some(Open { object, acts, place }));
    }

    fn close(&self) {
        self.open.set(None);
        if let Some(from) = self.from.try_update_value(Option::take).flatten() {
            let _ = from.focus();
        }
    }
}

/// Beside the point, on the side where there is room.
fn place(at: Point, (width, height): (f64, f64)) -> String {
    let left = at.x.min(width - WIDTH - 8.0).max(8.0);
    if at.y > height * 0.55 {
        format!("left:{left:.0}px;bottom:{:.0}px", (height - at.y).max(8.0))
    } else {
        format!("left:{left:.0}px;top:{:.0}px", at.y)
    }
}

/// The menu, while it is open.
#[component]
pub(super) fn CommandMenu() -> impl IntoView {
    let menu = use_menu();
    let node = NodeRef::<Div>::new();
    let focus = move |which: fn(usize, usize) -> usize| {
        let Some(node) = node.get_untracked() else { return };
        let Ok(items) = node.query_selector_all("[role=menuitem]") else { return };
        let items: Vec<HtmlElement> =
            (0..items.length()).filter_map(|index| items.item(index)?.dyn_into().ok()).collect();
        let focused = document().active_element();
        let is_focused = |item: &HtmlElement| focused.as_ref() == Some(item.as_ref());
        let now = items.iter().position(is_focused).unwrap_or(items.len());
        if let Some(item) = items.get(which(now, items.len())) {
            let _ = item.focus();
        }
    };
    Effect::new(move || {
        if menu.open.with(Option::is_some) && node.get().is_some() {
            request_animation_frame(move || focus(|_, _| 0));
        }
    });
    let key = move |ev: KeyboardEvent| {
        match ev.key().as_str() {
            "Escape" | "Tab" => menu.close(),
            "ArrowDown" => focus(|now, of| (now + 1) % of.max(1)),
            "ArrowUp" => focus(|now, of| (now.min(of) + of.max(1) - 1) % of.max(1)),
            "Home" => focus(|_, _| 0),
            "End" => focus(|_, of| of.saturating_sub(1)),
            // The page's own keys mean nothing here, those of a button do.
            "Enter" | " " => return ev.stop_propagation(),
            _ => return,
        }
        ev.prevent_default();
        ev.stop_propagation();
    };
    let left = move |ev: FocusEvent| {
        let to = ev.related_target().and_then(|target| target.dyn_into::<Element>().ok());
        let stays = to.zip(node.get_untracked()).is_some_and(|(to, node)| node.contains(Some(&to)));
        if !stays {
            menu.open.set(None);
        }
    };
    let item = move |act: Act| {
        let command = act.command.clone();
        let press = move |_| {
            menu.close();
            menu.desk.type_line(&command);
        };
        view! {
            <button class="menu-item" role="menuitem" tabindex="-1" on:click=press>
                <span>{act.label}</span>
                <code class="act-command">{act.command}</code>
            </button>
        }
    };
    move || {
        let Open { object, acts, place } = menu.open.get()?;
        let label = format!("Commands for {object}");
        Some(view! {
            <div
                class="menu"
                role="menu"
                node_ref=node
                tabindex="-1"
                aria-label=label
                style=place
                on:keydown=key
                on:focusout=left
                on:contextmenu=move |ev: MouseEvent| ev.prevent_default()
            >
                <p class="menu-head mono" role="presentation">{object}</p>
                {acts.into_iter().map(item).collect_view()}
            </div>
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_menu_opens_upwards_in_the_lower_half_and_stays_in_the_window() {
        let at = |x, y| place(Point { x, y }, (1_000.0, 800.0));
        assert_eq!(at(100.0, 100.0), "left:100px;top:100px");
        assert_eq!(at(990.0, 700.0), "left:632px;bottom:100px");
        assert_eq!(place(Point { x: 200.0, y: 0.0 }, (360.0, 800.0)), "left:8px;top:0px");
    }
}

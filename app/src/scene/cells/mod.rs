//! Many pods: a cell each, or a cell for some of them, painted on a canvas.
//!
//! Pointing at a cell points at its pod, or at the one of its pods that deserves a look most. For
//! the keyboard and for screen readers the cells are a list box, of which the option one stands on
//! is there.

pub(super) mod face;
mod paint;
mod walk;

use std::sync::Arc;

use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use rollscope_sim::api::Uid;
use rollscope_sim::view::PodView;

use super::ink::{Colours, prepare};
use super::menu::use_menu;
use super::pod::spoken;
use crate::desk::{Desk, use_desk};
use crate::layout::{Area, Point, StageLayout};
use face::{in_words, members};
use paint::Painted;
use walk::{At, first, walk};

/// The canvas and what leads over it.
#[component]
pub(super) fn Cells(stage: Memo<Arc<StageLayout>>, theme: ReadSignal<u32>) -> impl IntoView {
    let desk = use_desk();
    let canvas = NodeRef::<Canvas>::new();
    let painted = StoredValue::new((Painted::default(), Colours::default()));
    let size = Memo::new(move |_| stage.with(|stage| (stage.width, stage.height)));
    Effect::new(move || {
        let Some(canvas) = canvas.get() else { return };
        theme.track();
        let Some((context, emptied)) = prepare(&canvas, size.get()) else { return };
        desk.view.with(|view| {
            stage.with(|stage| {
                painted.update_value(|(painted, colours)| {
                    let anew = colours.refresh() || emptied;
                    painted.update(&context, (view, stage), colours, anew);
                });
            });
        });
    });
    view! {
        <canvas
            class="cells"
            node_ref=canvas
            aria-hidden="true"
            style:width=move || format!("{}px", size.get().0)
            style:height=move || format!("{}px", size.get().1)
        ></canvas>
        <Walk stage/>
    }
}

/// What takes the pointer and the keys.
#[component]
fn Walk(stage: Memo<Arc<StageLayout>>) -> impl IntoView {
    let desk = use_desk();
    let host = NodeRef::<Div>::new();
    let cursor = NodeRef::<Div>::new();
    // Where one stands: at the pod one points at, else at the beginning.
    let at = Memo::new(move |_| {
        stage.with(|stage| {
            let pointed = desk.pointed.get().and_then(|pod| place(stage, pod));
            pointed.or_else(|| first(stage))
        })
    });
    let area = Memo::new(move |_| stage.with(|stage| reach(stage)));
    let pointing = move || desk.pointed.with(Option::is_some);
    let label = Memo::new(move |_| {
        let Some(at) = at.get() else { return String::new() };
        desk.view.track();
        stage.with(|stage| words(&pods_at(&desk, stage, at)))
    });
    let corner = move || {
        let at = at.get()?;
        stage.with(|stage| {
            let lane = stage.lanes().nth(at.0)?;
            let (pitch, _) = stage.density.cell();
            let Point { x, y } = lane.cell(at.1, stage.density);
            let area = area.get();
            Some((x - area.x - pitch / 2.0, y - area.y - pitch / 2.0, pitch))
        })
    };
    let hit = move |ev: &web_sys::MouseEvent| {
        let host = host.get_untracked()?.get_bounding_client_rect();
        let area = area.get_untracked();
        let x = f64::from(ev.client_x()) - host.left() + area.x;
        let y = f64::from(ev.client_y()) - host.top() + area.y;
        stage.with_untracked(|stage| worst(&desk, stage, cell_at(stage, Point { x, y })?))
    };
    let point = move |pod: Option<Uid>| {
        if desk.pointed.get_untracked() != pod {
            desk.pointed.set(pod);
        }
    };
    let press = move |ev: web_sys::MouseEvent| {
        let pod = hit(&ev);
        // A finger cannot hover: its first tap points, the next one chooses.
        let known = pod.is_some() && desk.pointed.get_untracked() == pod;
        point(pod);
        if let Some(pod) = pod.filter(|_| known) {
            choose(&desk, pod);
        }
    };
    let menu = use_menu();
    let ask = move |ev: &web_sys::Event, pod: Option<Uid>| {
        point(pod);
        if let Some(name) = pod.and_then(|pod| name(&desk, pod)) {
            menu.open(ev, name);
        }
    };
    let key = move |ev: web_sys::KeyboardEvent| {
        let Some(from) = at.get_untracked() else { return };
        if ev.ctrl_key() || ev.meta_key() || ev.alt_key() || ev.shift_key() {
            return;
        }
        let key = ev.key();
        if key == "m" || key == "ContextMenu" {
            ask(&ev, stage.with_untracked(|stage| worst(&desk, stage, from)));
            return;
        }
        let to = stage.with_untracked(|stage| {
            let to = if key == "Enter" { from } else { walk(stage, from, &key)? };
            worst(&desk, stage, to)
        });
        let Some(pod) = to else { return };
        ev.prevent_default();
        // The page's own arrows step through time.
        ev.stop_propagation();
        point(Some(pod));
        if key == "Enter" {
            choose(&desk, pod);
        } else if let Some(cursor) = cursor.get_untracked() {
            let how = web_sys::ScrollIntoViewOptions::new();
            how.set_block(web_sys::ScrollLogicalPosition::Nearest);
            cursor.scroll_into_view_with_scroll_into_view_options(&how);
        }
    };
    let pixels = |length: f64| format!("{length}px");
    view! {
        <div
            class="walk"
            node_ref=host
            role="listbox"
            tabindex="0"
            aria-label="Pods"
            aria-activedescendant="cell"
            style:left=move || pixels(area.get().x)
            style:top=move || pixels(area.get().y)
            style:width=move || pixels(area.get().width)
            style:height=move || pixels(area.get().height)
            on:pointermove=move |ev| {
                if ev.pointer_type() != "touch" {
                    point(hit(&ev));
                }
            }
            on:pointerleave=move |ev| {
                if ev.pointer_type() != "touch" {
                    point(None);
                }
            }
            on:click=press
            on:contextmenu=move |ev: web_sys::MouseEvent| {
                let under = hit(&ev).or_else(|| desk.pointed.get_untracked());
                ask(&ev, under);
            }
            on:keydown=key
            on:focus=move |_| {
                let here = at.get_untracked();
                let pod = stage.with_untracked(|stage| worst(&desk, stage, here?));
                if pod.is_some() && !pointing() {
                    point(pod);
                }
            }
            on:blur=move |_| point(None)
        >
            <div
                id="cell"
                class="cell-cursor"
                class:shown=pointing
                node_ref=cursor
                role="option"
                aria-selected=move || if pointing() { "true" } else { "false" }
                aria-label=move || label.get()
                style:transform=move || {
                    corner().map(|(x, y, _)| format!("translate({x:.1}px,{y:.1}px)"))
                }
                style:width=move || corner().map(|(.., side)| pixels(side))
                style:height=move || corner().map(|(.., side)| pixels(side))
            ></div>
        </div>
    }
}

fn choose(desk: &Desk, pod: Uid) {
    if let Some(name) = name(desk, pod) {
        desk.choose(name);
    }
}

fn name(desk: &Desk, pod: Uid) -> Option<String> {
    desk.view.with_untracked(|view| view.pods.get(pod).map(|pod| format!("pod/{}", pod.name)))
}

/// The part of the stage that holds cells.
fn reach(stage: &StageLayout) -> Area {
    let (mut left, mut top, mut right, mut bottom) = (f64::MAX, f64::MAX, 0.0_f64, 0.0_f64);
    for lane in stage.lanes().filter(|lane| !lane.rails.is_empty()) {
        left = left.min(lane.area.x);
        top = top.min(lane.entry.y);
        right = right.max(lane.area.right());
        bottom = bottom.max(lane.area.bottom());
    }
    if right <= left {
        return Area::default();
    }
    Area { x: left, y: top, width: right - left, height: bottom - top }
}

fn place(stage: &StageLayout, pod: Uid) -> Option<At> {
    let each = stage.density.pods_a_cell();
    let mut lanes = stage.lanes().enumerate();
    lanes.find_map(|(number, lane)| Some((number, lane.seated.seat(pod)? / each)))
}

fn cell_at(stage: &StageLayout, at: Point) -> Option<At> {
    let mut lanes = stage.lanes().enumerate();
    lanes.find_map(|(number, lane)| Some((number, lane.cell_at(at, stage.density)?)))
}

/// The pods of a cell, the one that deserves a look first.
fn pods_at(desk: &Desk, stage: &StageLayout, (lane, cell): At) -> Vec<Arc<PodView>> {
    let Some(lane) = stage.lanes().nth(lane) else {
        return Vec::new();
    };
    let each = stage.density.pods_a_cell();
    desk.view.with_untracked(|view| members(&lane.seated, cell, &view.pods, (each, view.now)))
}

fn worst(desk: &Desk, stage: &StageLayout, at: At) -> Option<Uid> {
    pods_at(desk, stage, at).first().map(|pod| pod.uid)
}

fn words(pods: &[Arc<PodView>]) -> String {
    match pods {
        [] => String::new(),
        [pod] => spoken(pod),
        [pod, ..] => format!("{}, {} pods: {}", pod.version, pods.len(), in_words(pods)),
    }
}

//! The painter of requests: everything that is many and moves, on one canvas.

use std::f64::consts::PI;
use std::sync::Arc;

use leptos::html::Canvas;
use leptos::prelude::*;
use web_sys::CanvasRenderingContext2d as Context;

use super::flow::{Failed, Flow, flow};
use super::ink::{Colours, prepare, trace};
use crate::desk::use_desk;
use crate::layout::{Point, SERVICE_HEIGHT, StageLayout};
use crate::sizes::{FIRM, FONT_S, SPACE_1, SPACE_2, SPACE_3};

const DOT: f64 = 3.2;
/// The width of a stream that carries all requests.
const STREAM: f64 = 9.0;
/// How far the ring of a failure widens.
const BURST: f64 = 9.0;
/// Room for the words of a failure.
const CAUSE_WIDTH: f64 = 160.0;
/// The most causes that are written at once.
const CAUSES: usize = 3;

/// The canvas above the stage.
#[component]
pub(super) fn Requests(stage: Memo<Arc<StageLayout>>, theme: ReadSignal<u32>) -> impl IntoView {
    let desk = use_desk();
    let node = NodeRef::<Canvas>::new();
    let colours = StoredValue::new(Colours::default());
    let blank = StoredValue::new(true);
    let size = Memo::new(move |_| stage.with(|stage| (stage.width, stage.height)));
    Effect::new(move || {
        let Some(canvas) = node.get() else { return };
        theme.track();
        let (width, height) = size.get();
        let tenths = desk.playback.get().tenths();
        let picture = desk.view.with(|view| stage.with(|stage| flow(view, stage, tenths)));
        let Some((context, emptied)) = prepare(&canvas, (width, height)) else { return };
        colours.update_value(|colours| {
            colours.refresh();
        });
        if !emptied && !blank.get_value() {
            context.clear_rect(0.0, 0.0, width, height);
        }
        blank.set_value(picture == Flow::default());
        colours.with_value(|colours| paint(&context, &picture, colours));
    });
    view! {
        <canvas
            class="requests"
            node_ref=node
            aria-hidden="true"
            style:width=move || format!("{}px", size.get().0)
            style:height=move || format!("{}px", size.get().1)
        ></canvas>
    }
}

fn paint(context: &Context, flow: &Flow, colours: &Colours) {
    context.set_line_cap("round");
    context.set_line_join("round");
    for stream in &flow.streams {
        context.set_stroke_style_str(stream.sign.map_or(&colours.muted, |sign| colours.sign(sign)));
        context.set_global_alpha(0.6);
        context.set_line_width((stream.share * STREAM).max(1.0));
        context.begin_path();
        for (index, point) in stream.points.iter().enumerate() {
            if index == 0 {
                context.move_to(point.x, point.y);
            } else {
                context.line_to(point.x, point.y);
            }
        }
        context.stroke();
    }
    context.set_global_alpha(1.0);
    for dot in &flow.dots {
        if let Some(sign) = dot.sign {
            context.set_fill_style_str(colours.sign(sign));
            trace(context, sign, dot.at, DOT);
        } else {
            context.set_fill_style_str(&colours.muted);
            context.begin_path();
            let _ = context.arc(dot.at.x, dot.at.y, DOT * 0.75, 0.0, 2.0 * PI);
        }
        context.fill();
    }
    failures(context, &flow.failed, colours);
}

fn failures(context: &Context, failed: &[Failed], colours: &Colours) {
    if failed.is_empty() {
        return;
    }
    context.set_stroke_style_str(&colours.fail);
    context.set_fill_style_str(&colours.fail);
    context.set_line_width(FIRM);
    for Failed { at: Point { x, y }, opacity, count, .. } in failed {
        context.set_global_alpha(*opacity);
        let reach = SPACE_1 + f64::from((*count).min(8)) * 0.5;
        context.begin_path();
        for side in [-1.0, 1.0] {
            context.move_to(x - reach, y - reach * side);
            context.line_to(x + reach, y + reach * side);
        }
        // It bursts: the ring widens while the mark fades.
        let radius = reach + (1.0 - opacity) * BURST;
        context.move_to(x + radius, *y);
        let _ = context.arc(*x, *y, radius, 0.0, 2.0 * PI);
        context.stroke();
    }
    context.set_global_alpha(1.0);
    context.set_font(FONT_S);
    let mut named: Vec<&str> = Vec::new();
    for Failed { at, cause, .. } in failed {
        // One cause is written once, however many requests it stopped.
        if named.contains(cause) || named.len() == CAUSES {
            continue;
        }
        named.push(cause);
        // There is no room to the left of a Service: it stands above it.
        let (align, shift, rise) = if at.x > CAUSE_WIDTH {
            ("right", -SPACE_3, SPACE_3)
        } else {
            ("left", 0.0, SERVICE_HEIGHT / 2.0 + SPACE_2)
        };
        context.set_text_align(align);
        context.set_stroke_style_str(&colours.panel);
        context.set_line_width(2.0 * FIRM);
        let _ = context.stroke_text(cause, at.x + shift, at.y - rise);
        let _ = context.fill_text(cause, at.x + shift, at.y - rise);
    }
}

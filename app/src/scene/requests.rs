//! The painter of requests: everything that is many and moves, on one canvas.

use std::f64::consts::PI;
use std::sync::Arc;

use leptos::html::Canvas;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::CanvasRenderingContext2d as Context;

use super::flow::{Flow, flow};
use crate::desk::use_desk;
use crate::layout::{Point, StageLayout};
use crate::versions::SIGNS;

const DOT: f64 = 3.2;
/// The width of a stream that carries all requests.
const STREAM: f64 = 7.0;

/// The theme's colours, as the canvas needs them.
#[derive(Clone, Debug, Default)]
struct Colours {
    theme: String,
    signs: Vec<String>,
    ink: String,
    line: String,
    fail: String,
}

/// The canvas above the stage.
#[component]
pub(super) fn Requests(stage: Memo<Arc<StageLayout>>) -> impl IntoView {
    let desk = use_desk();
    let node = NodeRef::<Canvas>::new();
    let colours = StoredValue::new(Colours::default());
    let size = Memo::new(move |_| stage.with(|stage| (stage.width, stage.height)));
    Effect::new(move || {
        let Some(canvas) = node.get() else { return };
        let (width, height) = size.get();
        let scale = window().device_pixel_ratio();
        let tenths = desk.playback.get().tenths();
        let picture = desk.view.with(|view| stage.with(|stage| flow(view, stage, tenths)));
        let pixels = |length: f64| pixels(length * scale);
        if canvas.width() != pixels(width) || canvas.height() != pixels(height) {
            canvas.set_width(pixels(width));
            canvas.set_height(pixels(height));
        }
        let context = canvas.get_context("2d").ok().flatten();
        let Some(context) = context.and_then(|found| found.dyn_into::<Context>().ok()) else {
            return;
        };
        colours.update_value(refresh);
        let _ = context.set_transform(scale, 0.0, 0.0, scale, 0.0, 0.0);
        context.clear_rect(0.0, 0.0, width, height);
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

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
fn pixels(length: f64) -> u32 {
    length.round() as u32
}

/// Reads the colours anew when the theme has changed.
fn refresh(colours: &mut Colours) {
    let Some(root) = document().document_element() else {
        return;
    };
    let theme = root.get_attribute("data-theme").unwrap_or_default();
    if theme == colours.theme && !colours.signs.is_empty() {
        return;
    }
    let Some(style) = window().get_computed_style(&root).ok().flatten() else {
        return;
    };
    let read = |name: &str| style.get_property_value(name).unwrap_or_default().trim().to_owned();
    *colours = Colours {
        theme,
        signs: (1..=SIGNS).map(|number| read(&format!("--v{number}"))).collect(),
        ink: read("--muted"),
        line: read("--line-strong"),
        fail: read("--fail"),
    };
}

fn paint(context: &Context, flow: &Flow, colours: &Colours) {
    let colour = |sign: usize| colours.signs.get(sign % SIGNS).map_or("", String::as_str);
    context.set_line_cap("round");
    context.set_line_join("round");
    for stream in &flow.streams {
        context.set_stroke_style_str(stream.sign.map_or(colours.line.as_str(), colour));
        context.set_line_width((stream.share * STREAM).max(1.0));
        context.begin_path();
        context.move_to(stream.from.x, stream.from.y);
        context.line_to(stream.to.x, stream.to.y);
        context.stroke();
    }
    for dot in &flow.dots {
        context.set_fill_style_str(dot.sign.map_or(colours.ink.as_str(), colour));
        context.begin_path();
        shape(context, dot.at, dot.sign);
        context.fill();
    }
    context.set_stroke_style_str(&colours.fail);
    context.set_fill_style_str(&colours.fail);
    context.set_line_width(2.0);
    context.set_font("12px system-ui, sans-serif");
    let mut named: Option<&str> = None;
    for failed in &flow.failed {
        context.set_global_alpha(failed.opacity);
        let Point { x, y } = failed.at;
        context.begin_path();
        for (from, to) in [((-4.0, -4.0), (4.0, 4.0)), ((-4.0, 4.0), (4.0, -4.0))] {
            context.move_to(x + from.0, y + from.1);
            context.line_to(x + to.0, y + to.1);
        }
        context.stroke();
        // One cause is written once, however many requests it stopped.
        if named != Some(failed.cause) {
            named = Some(failed.cause);
            context.set_global_alpha(1.0);
            context.set_text_align("right");
            let _ = context.fill_text(failed.cause, x - 10.0, y - 12.0);
        }
    }
    context.set_global_alpha(1.0);
}

/// The sign of a version, as small as a dot.
fn shape(context: &Context, Point { x, y }: Point, sign: Option<usize>) {
    let polygon = |corners: &[(f64, f64)]| {
        for (index, (dx, dy)) in corners.iter().enumerate() {
            let (x, y) = (x + dx * DOT, y + dy * DOT);
            if index == 0 {
                context.move_to(x, y);
            } else {
                context.line_to(x, y);
            }
        }
    };
    match sign {
        Some(1) => polygon(&[(0.0, -1.35), (1.35, 0.0), (0.0, 1.35), (-1.35, 0.0)]),
        Some(2) => polygon(&[(0.0, -1.3), (1.25, 1.0), (-1.25, 1.0)]),
        Some(3) => polygon(&[(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]),
        Some(_) => {
            let _ = context.arc(x, y, DOT, 0.0, 2.0 * PI);
        }
        None => {
            let _ = context.arc(x, y, DOT * 0.75, 0.0, 2.0 * PI);
        }
    }
}

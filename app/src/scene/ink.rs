//! What canvases are painted with: the theme's colours, the signs of versions as paths, and a canvas
//! as sharp as the screen.

use std::f64::consts::PI;

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use web_sys::{
    CanvasRenderingContext2d as Context, HtmlCanvasElement, MutationObserver, MutationObserverInit,
};

use crate::layout::Point;
use crate::versions::SIGNS;

/// The theme's colours, as a canvas needs them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Colours {
    theme: String,
    signs: Vec<String>,
    pub(super) muted: String,
    pub(super) faint: String,
    pub(super) line: String,
    pub(super) panel: String,
    pub(super) fail: String,
}

impl Colours {
    pub(super) fn sign(&self, sign: usize) -> &str {
        self.signs.get(sign % SIGNS).map_or("", String::as_str)
    }

    /// Reads the colours anew when the theme has changed; says whether it has.
    pub(super) fn refresh(&mut self) -> bool {
        let Some(root) = document().document_element() else {
            return false;
        };
        let mut theme = root.get_attribute("data-theme").unwrap_or_default();
        theme.push_str(&root.get_attribute("data-contrast").unwrap_or_default());
        if theme == self.theme && !self.signs.is_empty() {
            return false;
        }
        let Some(style) = window().get_computed_style(&root).ok().flatten() else {
            return false;
        };
        let read =
            |name: &str| style.get_property_value(name).unwrap_or_default().trim().to_owned();
        *self = Self {
            theme,
            signs: (1..=SIGNS).map(|number| read(&format!("--v{number}"))).collect(),
            muted: read("--muted"),
            faint: read("--faint"),
            line: read("--line-strong"),
            panel: read("--panel"),
            fail: read("--fail"),
        };
        true
    }
}

/// The browser's observer and what it calls.
type Watch = (MutationObserver, Closure<dyn FnMut()>);

/// Counts the changes of the page's theme, for what is painted while time stands still.
pub(super) fn use_theme() -> ReadSignal<u32> {
    let (changes, set_changes) = signal(0_u32);
    let kept = StoredValue::new_local(None);
    let callback = Closure::<dyn FnMut()>::new(move || {
        let _ = set_changes.try_update(|changes| *changes = changes.wrapping_add(1));
    });
    let observer = MutationObserver::new(callback.as_ref().unchecked_ref());
    if let (Ok(observer), Some(root)) = (observer, document().document_element()) {
        let what = MutationObserverInit::new();
        what.set_attributes(true);
        let _ = observer.observe_with_options(&root, &what);
        kept.set_value(Some((observer, callback)));
    }
    on_cleanup(move || {
        let stop = |kept: &mut Option<Watch>| {
            if let Some((observer, _)) = kept.take() {
                observer.disconnect();
            }
        };
        let _ = kept.try_update_value(stop);
    });
    changes
}

/// A canvas of this size in CSS pixels, ready to be painted on. Says whether it was emptied, as a
/// canvas is that gets another size.
pub(super) fn prepare(
    canvas: &HtmlCanvasElement,
    (width, height): (f64, f64),
) -> Option<(Context, bool)> {
    let scale = window().device_pixel_ratio();
    let (across, down) = (pixels(width * scale), pixels(height * scale));
    let emptied = canvas.width() != across || canvas.height() != down;
    if emptied {
        canvas.set_width(across);
        canvas.set_height(down);
    }
    let context = canvas.get_context("2d").ok().flatten()?.dyn_into::<Context>().ok()?;
    let _ = context.set_transform(scale, 0.0, 0.0, scale, 0.0, 0.0);
    Some((context, emptied))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
fn pixels(length: f64) -> u32 {
    length.round() as u32
}

/// Begins a path with the sign of a version around a point.
pub(super) fn trace(context: &Context, sign: usize, at: Point, radius: f64) {
    const DIAMOND: [(f64, f64); 4] = [(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)];
    const TRIANGLE: [(f64, f64); 3] = [(0.0, -1.25), (1.25, 0.95), (-1.25, 0.95)];
    const SQUARE: [(f64, f64); 4] = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
    const PENTAGON: [(f64, f64); 5] =
        [(0.0, -1.25), (1.2, -0.39), (0.74, 1.02), (-0.74, 1.02), (-1.2, -0.39)];
    context.begin_path();
    let corners: &[(f64, f64)] = match sign % SIGNS {
        0 => {
            let _ = context.arc(at.x, at.y, radius * 1.06, 0.0, 2.0 * PI);
            return;
        }
        1 => &DIAMOND,
        2 => &TRIANGLE,
        3 => &SQUARE,
        _ => &PENTAGON,
    };
    for (index, (x, y)) in corners.iter().enumerate() {
        let (x, y) = (at.x + x * radius, at.y + y * radius);
        if index == 0 {
            context.move_to(x, y);
        } else {
            context.line_to(x, y);
        }
    }
    context.close_path();
}

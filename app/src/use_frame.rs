//! Once a frame of the screen: calls back with the time since the last frame.
//!
//! Browsers stop calling while the tab is hidden, so time stands still there.

use leptos::prelude::*;
use rollscope_sim::Duration;

/// Milliseconds since the page was opened.
pub(crate) fn wall_clock() -> f64 {
    let performance = web_sys::window().and_then(|window| window.performance());
    performance.map_or(0.0, |performance| performance.now())
}

/// Calls `on_frame` every frame while `active` holds.
pub(crate) fn use_frame(active: Memo<bool>, on_frame: impl Fn(Duration) + Copy + 'static) {
    let last = StoredValue::new(None::<f64>);
    Effect::new(move || {
        if active.get() && last.get_value().is_none() {
            last.set_value(Some(wall_clock()));
            request_animation_frame(move || frame(active, last, on_frame));
        }
    });
}

fn frame(
    active: Memo<bool>,
    last: StoredValue<Option<f64>>,
    on_frame: impl Fn(Duration) + Copy + 'static,
) {
    if !active.try_get_untracked().unwrap_or(false) {
        let _ = last.try_update_value(|last| *last = None);
        return;
    }
    let now = wall_clock();
    let before = last.get_value().unwrap_or(now);
    last.set_value(Some(now));
    on_frame(Duration::from_secs_f64((now - before).max(0.0) / 1_000.0));
    request_animation_frame(move || frame(active, last, on_frame));
}

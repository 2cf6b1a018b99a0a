//! The width of an element, kept up to date.

use leptos::html::Div;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;

/// The browser's observer and what it calls.
type Watch = (web_sys::ResizeObserver, Closure<dyn FnMut()>);

/// The width in whole pixels, 0 until it is known.
pub(crate) fn use_width(node: NodeRef<Div>) -> ReadSignal<f64> {
    let (width, set_width) = signal(0.0);
    let kept = StoredValue::new_local(None);
    Effect::new(move || {
        let Some(element) = node.get() else { return };
        let measured = element.clone();
        let measure = move || {
            let now = measured.get_bounding_client_rect().width().floor();
            if width.try_get_untracked().is_some_and(|known| (known - now).abs() > 0.5) {
                set_width.set(now);
            }
        };
        measure();
        let callback = Closure::<dyn FnMut()>::new(measure);
        let observer = web_sys::ResizeObserver::new(callback.as_ref().unchecked_ref());
        if let Ok(observer) = observer {
            observer.observe(&element);
            kept.set_value(Some((observer, callback)));
        }
    });
    on_cleanup(move || {
        let stop = |kept: &mut Option<Watch>| {
            if let Some((observer, _)) = kept.take() {
                observer.disconnect();
            }
        };
        let _ = kept.try_update_value(stop);
    });
    width
}

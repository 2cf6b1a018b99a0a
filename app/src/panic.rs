//! What one sees when the simulator fails: what happened, and how to make it happen again.

use std::cell::{Cell, RefCell};

use rollscope_sim::{Instant, scenario};

use crate::examples::Example;
use crate::link;

thread_local! {
    static RUN: RefCell<Option<(Example, String)>> = const { RefCell::new(None) };
    static REACHED: Cell<Instant> = const { Cell::new(Instant::BOOT) };
}

/// Keeps the run as a scenario, for the message, and how far it has come.
pub(crate) fn remember(example: Example, scenario: String, end: Instant) {
    RUN.with(|kept| kept.replace(Some((example, scenario))));
    reached(end);
}

/// Keeps how far the run has come since, or is about to.
pub(crate) fn reached(at: Instant) {
    REACHED.set(at);
}

/// From now on, a failure is written to the console and shown on the page.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|info| {
        let message = format!("Rollscope has stopped: a fault of ours.\n\n{info}");
        web_sys::console::error_1(&message.as_str().into());
        let run = RUN.with(|kept| kept.try_borrow().ok().and_then(|run| run.clone()));
        let run =
            run.map(|(example, text)| (example, scenario::lasting_until(&text, REACHED.get())));
        show(&message, run);
    }));
}

fn show(message: &str, run: Option<(Example, String)>) -> Option<()> {
    let document = web_sys::window()?.document()?;
    let note = document.create_element("div").ok()?;
    note.set_attribute("role", "alert").ok()?;
    note.set_class_name("fault");
    let add = |tag: &str, text: &str| {
        let part = document.create_element(tag).ok()?;
        part.set_text_content(Some(text));
        note.append_child(&part).ok()?;
        Some(part)
    };
    add("pre", message)?;
    add("p", "Your files are kept. Reload the page to begin again.")?;
    if let Some((example, scenario)) = run {
        add("p", "This brings it about again, up to that moment; please report it:")?;
        let hash = link::hash(example, &scenario);
        let link = add("a", &hash)?;
        link.set_attribute("href", &hash).ok()?;
        // This page cannot go there: it has stopped.
        link.set_attribute("target", "_blank").ok()?;
        add("pre", &scenario)?;
    }
    document.body()?.append_child(&note).ok()?;
    Some(())
}

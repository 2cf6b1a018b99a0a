//! What one sees when the simulator fails: what happened, and how to make it happen again.

use std::cell::RefCell;
use std::panic::PanicHookInfo;

thread_local! {
    static RECIPE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps the seed and the commands, for the message.
pub(crate) fn remember(recipe: String) {
    RECIPE.with(|kept| kept.replace(recipe));
}

/// From now on, a failure is written to the console and shown on the page.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|info| {
        let message = message(info);
        web_sys::console::error_1(&message.as_str().into());
        show(&message);
    }));
}

fn message(info: &PanicHookInfo<'_>) -> String {
    let recipe = RECIPE.with(|kept| kept.try_borrow().map(|text| text.clone()).unwrap_or_default());
    format!(
        "Rollscope has stopped: a fault of ours.\n\n{info}\n\nThis brings it about:\n{recipe}\n\n\
         Reload the page to begin again. Please report the text above."
    )
}

fn show(message: &str) -> Option<()> {
    let document = web_sys::window()?.document()?;
    let note = document.create_element("pre").ok()?;
    note.set_attribute("role", "alert").ok()?;
    note.set_class_name("fault");
    note.set_text_content(Some(message));
    document.body()?.append_child(&note).ok()?;
    Some(())
}

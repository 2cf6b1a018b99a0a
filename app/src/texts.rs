//! kubectl's long texts: files beside the program, fetched when something first asks for them.
//!
//! Who asks before a file is there waits for it, so that what a command prints never depends on that.

use std::sync::OnceLock;

use leptos::wasm_bindgen::closure::Closure;
use leptos::wasm_bindgen::{JsCast, JsValue};
use rollscope_sim::kubectl::texts::{self, Text};
use web_sys::XmlHttpRequest;

static HELP: OnceLock<&str> = OnceLock::new();
static FIELDS: OnceLock<&str> = OnceLock::new();

/// From now on the simulator finds its texts here.
pub(crate) fn install() {
    texts::come_from(get);
}

/// Begins to fetch what is not there yet.
pub(crate) fn fetch_ahead() {
    for text in [Text::Help, Text::Fields] {
        if kept(text).get().is_none() {
            // Who needs it asks again.
            let _ = begin(text);
        }
    }
}

const fn kept(text: Text) -> &'static OnceLock<&'static str> {
    match text {
        Text::Help => &HELP,
        Text::Fields => &FIELDS,
    }
}

fn get(text: Text) -> Result<&'static str, String> {
    if let Some(had) = kept(text).get() {
        return Ok(had);
    }
    let address = address(text).ok_or("the page does not say where its help texts are")?;
    fetch(text, &address).map_err(|why| {
        format!("cannot fetch {address} ({why}): check the connection, then run the command again")
    })
}

/// Where a text is; the build notes the folder in the page.
fn address(text: Text) -> Option<String> {
    let document = web_sys::window()?.document()?;
    let place = document.query_selector("meta[name=rollscope-texts]").ok()??;
    let file = match text {
        Text::Help => "help.txt",
        Text::Fields => "explain.txt",
    };
    Some(place.get_attribute("content")? + file)
}

fn fetch(text: Text, address: &str) -> Result<&'static str, String> {
    let refused = |_: JsValue| "no answer".to_owned();
    let request = XmlHttpRequest::new().map_err(refused)?;
    request.open_with_async("GET", address, false).map_err(refused)?;
    request.send().map_err(refused)?;
    keep(text, &request).ok_or_else(|| format!("status {}", request.status().unwrap_or(0)))
}

fn begin(text: Text) -> Option<()> {
    let request = XmlHttpRequest::new().ok()?;
    request.open_with_async("GET", &address(text)?, true).ok()?;
    let answered = request.clone();
    let arrived = Closure::once_into_js(move || {
        keep(text, &answered);
    });
    request.set_onload(Some(arrived.unchecked_ref()));
    request.send().ok()
}

/// Takes in what was answered, for the life of the page.
fn keep(text: Text, request: &XmlHttpRequest) -> Option<&'static str> {
    if request.status().ok()? != 200 {
        return None;
    }
    let answer = request.response_text().ok()??;
    Some(kept(text).get_or_init(|| answer.leak()))
}

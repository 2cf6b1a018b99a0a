//! `CodeMirror`, from Rust: fetching it (`code/main.mjs`), what it is told and what it tells.
//!
//! It is a script of its own, so that the page stands without it. Where it cannot be had, nothing
//! happens, and the text area goes on serving.

use js_sys::{Array, Function, Object, Reflect};
use leptos::wasm_bindgen::closure::{Closure, IntoWasmClosure, WasmClosure};
use leptos::wasm_bindgen::{JsCast, JsValue};

/// The function that the script leaves behind: a place on the page and what to call, to an editor.
const MAKER: &str = "rollscopeEditor";

/// What an editor calls.
#[derive(Debug)]
pub(super) struct Calls(Object);

impl Calls {
    pub(super) fn new() -> Self {
        Self(Object::new())
    }

    /// Adds a function.
    pub(super) fn with<F: ?Sized + WasmClosure>(
        self,
        name: &str,
        call: impl IntoWasmClosure<F> + 'static,
    ) -> Self {
        // It lives as long as the page does.
        let function = Closure::<F>::new(call).into_js_value();
        let _ = Reflect::set(&self.0, &name.into(), &function);
        self
    }
}

/// An editor on the page.
#[derive(Clone, Debug)]
pub(super) struct Code(JsValue);

impl Code {
    /// Shows a file.
    pub(super) fn open(&self, file: &str, text: &str) {
        self.call("open", &[file.into(), text.into()]);
    }

    /// A file is called otherwise from now on.
    pub(super) fn rename(&self, from: &str, to: &str) {
        self.call("rename", &[from.into(), to.into()]);
    }

    /// Marks problems; see `code/problems.mjs` for the list.
    pub(super) fn show(&self, problems: &[JsValue]) {
        self.call("show", problems);
    }

    /// Writes text over other text, as one who types.
    pub(super) fn replace(&self, from: u32, to: u32, text: &str) {
        self.call("replace", &[from.into(), to.into(), text.into()]);
    }

    /// Selects a stretch and brings it into sight.
    pub(super) fn go_to(&self, from: u32, to: u32) {
        self.call("goTo", &[from.into(), to.into()]);
    }

    fn call(&self, method: &str, values: &[JsValue]) {
        let function = Reflect::get(&self.0, &method.into()).and_then(JsCast::dyn_into::<Function>);
        if let Ok(function) = function {
            let _ = function.apply(&self.0, &values.iter().collect::<Array>());
        }
    }
}

/// Fetches the script; calls `ready` with an editor in `host` once it is there.
pub(super) fn fetch(host: web_sys::Element, calls: Calls, ready: impl FnOnce(Code) + 'static) {
    let made = move || {
        let window = web_sys::window()?;
        let maker = Reflect::get(&window, &MAKER.into()).ok()?.dyn_into::<Function>().ok()?;
        let editor = maker.call2(&JsValue::NULL, &host, &calls.0).ok()?;
        ready(Code(editor));
        Some(())
    };
    let loaded = Closure::once_into_js(move || {
        made();
    });
    let _ = add_script(loaded.unchecked_ref());
}

fn add_script(loaded: &Function) -> Option<()> {
    let document = web_sys::window()?.document()?;
    let place = document.query_selector("meta[name=rollscope-editor]").ok()??;
    let script = document.create_element("script").ok()?;
    script.set_attribute("type", "module").ok()?;
    script.set_attribute("src", &place.get_attribute("content")?).ok()?;
    script.add_event_listener_with_callback("load", loaded).ok()?;
    document.head()?.append_child(&script).ok()?;
    Some(())
}

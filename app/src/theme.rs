//! Light or dark: the system's choice until somebody chooses here.

use leptos::prelude::*;

use crate::storage;

const KEY: &str = "rollscope.theme";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Theme {
    Light,
    Dark,
}

impl Theme {
    const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Light => Self::Dark,
            Self::Dark => Self::Light,
        }
    }

    fn now() -> Self {
        match storage::load(KEY).as_deref() {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ if prefers("(prefers-color-scheme: dark)") => Self::Dark,
            _ => Self::Light,
        }
    }
}

/// Whether the browser matches a media query.
pub(crate) fn prefers(query: &str) -> bool {
    let list = web_sys::window().and_then(|window| window.match_media(query).ok().flatten());
    list.is_some_and(|list| list.matches())
}

/// The switch in the head of the page.
#[component]
pub(crate) fn ThemeSwitch() -> impl IntoView {
    let theme = RwSignal::new(Theme::now());
    Effect::new(move || {
        let root = web_sys::window().and_then(|window| window.document()?.document_element());
        if let Some(root) = root {
            let _ = root.set_attribute("data-theme", theme.get().name());
        }
    });
    let switch = move |_| {
        theme.update(|theme| *theme = theme.other());
        storage::save(KEY, theme.get_untracked().name());
    };
    view! {
        <button class="quiet" title="Theme" on:click=switch>
            {move || theme.get().other().title()}
            <span class="spelled-out">" theme"</span>
        </button>
    }
}

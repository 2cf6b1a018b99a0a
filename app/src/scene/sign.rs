//! A version's sign, for text: legends, heads, the log.

use leptos::prelude::*;

use crate::versions::{colour, shape};

/// The sign number `sign`, as high as the text around it.
#[component]
pub(crate) fn Sign(sign: usize) -> impl IntoView {
    view! {
        <svg class="sign" viewBox="-14 -14 28 28" aria-hidden="true">
            <path d=shape(sign) style=format!("fill:{}", colour(sign))></path>
        </svg>
    }
}

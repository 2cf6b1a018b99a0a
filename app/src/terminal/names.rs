//! Names of objects in what was printed: a click on one leads to the object.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use rollscope_sim::view::ClusterView;

/// The object whose name was clicked, as kubectl names it; nothing when text was selected instead.
pub(super) fn clicked(ev: &web_sys::MouseEvent, view: &ClusterView) -> Option<String> {
    let selected = window().get_selection().ok()??;
    if !selected.is_collapsed() {
        return None;
    }
    let (text, offset) = text_at(ev)?;
    object(view, word(&text, offset)?)
}

/// The text under the pointer, and where in it that is, in UTF-16 units.
fn text_at(ev: &web_sys::MouseEvent) -> Option<(String, usize)> {
    let document = document();
    // Older browsers do not know it.
    let look = js_sys::Reflect::get(&document, &"caretPositionFromPoint".into()).ok()?;
    let look = look.dyn_into::<js_sys::Function>().ok()?;
    let place = look.call2(&document, &ev.client_x().into(), &ev.client_y().into()).ok()?;
    let node = js_sys::Reflect::get(&place, &"offsetNode".into()).ok()?;
    let node = node.dyn_into::<web_sys::Node>().ok()?;
    let offset = js_sys::Reflect::get(&place, &"offset".into()).ok()?.as_f64()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a text"
    )]
    Some((node.text_content()?, offset as usize))
}

/// The word around a place, which may be a name with its kind before it.
fn word(text: &str, offset: usize) -> Option<&str> {
    let mut units = 0;
    let at = text.char_indices().find_map(|(at, letter)| {
        units += letter.len_utf16();
        (units > offset).then_some(at)
    });
    let at = at.unwrap_or(text.len());
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-./".contains(letter);
    let start = text[..at]
        .rfind(|letter| !is_part(letter))
        .map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8));
    let end = text[at..].find(|letter| !is_part(letter)).map_or(text.len(), |after| at + after);
    let word = text[start..end].trim_matches(['.', '/']);
    (!word.is_empty()).then_some(word)
}

/// The object that a word names.
fn object(view: &ClusterView, word: &str) -> Option<String> {
    let (kind, name) = word.rsplit_once('/').map_or(("", word), |(kind, name)| (kind, name));
    let kind = kind.split('.').next().unwrap_or_default();
    let deployments = view.deployments.iter();
    let lanes = deployments.clone().flat_map(|deployment| &deployment.lanes);
    let known = [
        ("deployment", deployments.clone().any(|it| *it.name == *name)),
        ("service", view.services.iter().any(|it| *it.name == *name)),
        ("replicaset", lanes.clone().any(|it| *it.name == *name)),
        ("pod", view.pods.iter().any(|it| *it.name == *name)),
    ];
    let found = known.iter().find(|(of, is_there)| *is_there && (kind.is_empty() || kind == *of));
    found.map(|(kind, _)| format!("{kind}/{name}"))
}

#[cfg(test)]
mod tests {
    use rollscope_sim::view::project;
    use rollscope_sim::{Cluster, Command, Config, Instant};

    use super::*;

    #[test]
    fn the_word_under_the_pointer_is_found() {
        let text = "é deployment.apps/web created.\nweb-5d8-x 1/1";
        let at = |part: &str| text[..text.find(part).expect("it is there")].encode_utf16().count();
        assert_eq!(word(text, at("ment")), Some("deployment.apps/web"));
        assert_eq!(word(text, at("d8")), Some("web-5d8-x"));
        assert_eq!(word(text, at("created.")), Some("created"));
        assert_eq!(word(text, 900), Some("1/1"));
        assert_eq!(word(" \n ", 1), None);
    }

    #[test]
    fn names_are_looked_up_with_or_without_their_kind() {
        let mut cluster = Cluster::new(Config::with_seed(7));
        cluster.apply(&Command::apply(crate::examples::FILES[0].1));
        let _ = cluster.advance_to(Instant::from_secs(2), 1_000_000);
        let view = project(&cluster);
        let named = |word| object(&view, word);
        assert_eq!(named("inference").as_deref(), Some("deployment/inference"));
        assert_eq!(named("deployment.apps/inference").as_deref(), Some("deployment/inference"));
        assert_eq!(named("service/inference").as_deref(), Some("service/inference"));
        assert_eq!(named("pod/inference"), None);
        let pod = &view.pods.first().expect("a pod").name;
        assert_eq!(named(pod), Some(format!("pod/{pod}")));
        assert_eq!(object(&view, "READY"), None);
    }
}

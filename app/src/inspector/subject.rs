//! What the inspector speaks of: the object one has chosen, else the first Deployment.

use leptos::prelude::*;

use crate::desk::{Desk, use_desk};

/// The kinds one can choose from, as kubectl names them.
const KINDS: &str = "deployments,replicasets,pods,services,endpointslices,horizontalpodautoscalers,poddisruptionbudgets,httproutes,ingresses,configmaps,secrets,resourcequotas,limitranges,nodes";
/// Pods beyond so many are found on the stage, not in a list.
const MOST_PODS: usize = 200;

/// The object the inspector speaks of, as kubectl names it; `None` while there is nothing.
pub(super) fn use_subject() -> Memo<Option<String>> {
    let desk = use_desk();
    Memo::new(move |_| {
        desk.written.track();
        let chosen = desk.chosen.get().filter(|chosen| exists(&desk, chosen));
        chosen.or_else(|| {
            desk.view.with_untracked(|view| {
                let first = view.deployments.first();
                first.map(|deployment| format!("deployment/{}", deployment.name))
            })
        })
    })
}

fn exists(desk: &Desk, object: &str) -> bool {
    desk.read(&["get", object, "-o", "name"]).code == 0
}

/// Every object one can choose.
fn objects(desk: &Desk) -> Vec<String> {
    let many = desk.view.with_untracked(|view| view.pods.len() > MOST_PODS);
    let kinds = if many { KINDS.replace("pods,", "") } else { KINDS.to_owned() };
    let printed = desk.read(&["get", &kinds, "-o", "name"]).stdout;
    printed.lines().map(plain).collect()
}

/// `deployment.apps/web` without its group.
fn plain(name: &str) -> String {
    match name.split_once('/') {
        Some((kind, name)) => format!("{}/{name}", kind.split('.').next().unwrap_or(kind)),
        None => name.to_owned(),
    }
}

/// Chooses the subject.
#[component]
pub(super) fn SubjectPicker(label: &'static str, after: &'static str) -> impl IntoView {
    let desk = use_desk();
    let subject = use_subject();
    // They are looked up when one reaches for the list, which is seldom.
    let listed = RwSignal::new(Vec::new());
    let look = move || listed.set(objects(&desk));
    let names = Memo::new(move |_| {
        let mut names = listed.get();
        if let Some(subject) = subject.get().filter(|subject| !names.contains(subject)) {
            names.push(subject);
        }
        names
    });
    let options = move || {
        let options = names.get().into_iter().map(|name| {
            let value = name.clone();
            let selected = move || subject.with(|subject| subject.as_deref() == Some(&*value));
            view! { <option selected=selected>{name}</option> }
        });
        options.collect_view()
    };
    view! {
        <label class="subject">
            <span class="muted">{label}</span>
            <select
                aria-label=label
                prop:value=move || subject.get().unwrap_or_default()
                on:focus=move |_| look()
                on:pointerenter=move |_| look()
                on:change=move |ev| desk.chosen.set(Some(event_target_value(&ev)))
            >
                {options}
            </select>
            <span class="muted">{after}</span>
        </label>
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn the_group_of_a_kind_is_left_out() {
        assert_eq!(plain("deployment.apps/web.v1"), "deployment/web.v1");
        assert_eq!(plain("pod/web"), "pod/web");
    }
}

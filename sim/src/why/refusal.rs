//! Why a command was refused, and what to type instead.

use super::{Chain, Link, Remedy};

/// A refusal known by its words: what they are, what they mean, the field and the fix.
struct Known {
    words: &'static [&'static str],
    means: &'static str,
    field: &'static str,
    how: &'static str,
}

const KNOWN: &[Known] = &[
    Known {
        words: &["may not be 0 when `maxSurge` is 0"],
        means: "with no pod more and no pod less than wanted no pod could ever be replaced, so the \
                API server refuses the Deployment before anything happens",
        field: "spec.strategy.rollingUpdate.maxUnavailable",
        how: "1, or maxSurge: 1",
    },
    Known {
        words: &["`selector` does not match template `labels`"],
        means: "the Deployment would not recognise the pods it makes as its own",
        field: "spec.template.metadata.labels",
        how: "all labels of spec.selector.matchLabels, with the same values",
    },
    Known {
        words: &["spec.selector", "field is immutable"],
        means: "the selector of a Deployment is fixed when it is created: a label that changes with \
                every version does not belong into it",
        field: "spec.selector.matchLabels",
        how: "as it was; put the version into spec.template.metadata.labels alone, or delete the \
              Deployment and create it anew",
    },
    Known {
        words: &["unknown field", "strategy"],
        means: "strategy stands one level too deep: it belongs to the Deployment, not to the pod. \
                Without this check the field would be dropped and the default strategy used",
        field: "spec.strategy",
        how: "move the block out of spec.template.spec, to the indentation of template",
    },
    Known {
        words: &["unknown field"],
        means: "the object has no such field at that place; indentation and spelling decide",
        field: "",
        how: "kubectl explain names the fields",
    },
    Known {
        words: &["cannot rollback a paused deployment"],
        means: "spec.paused is true, and a paused Deployment rolls neither forward nor back",
        field: "spec.paused",
        how: "false, by kubectl rollout resume, then kubectl rollout undo",
    },
    Known {
        words: &["no rollout history found"],
        means: "there is no older ReplicaSet to go back to: revisionHistoryLimit says how many are \
                kept, and 0 keeps none",
        field: "spec.revisionHistoryLimit",
        how: "at least 1; this time apply the old manifest again",
    },
    Known {
        words: &["unable to find specified revision"],
        means: "the ReplicaSet of that revision is gone: only revisionHistoryLimit old ones are kept",
        field: "spec.revisionHistoryLimit",
        how: "more; kubectl rollout history lists those that are left",
    },
    Known {
        words: &["unable to find container named"],
        means: "kubectl set image wants the name of the container, which need not be that of the \
                Deployment or the image",
        field: "spec.template.spec.containers[].name",
        how: "the name that is there, or *=IMAGE for all containers",
    },
    Known {
        words: &["would violate the pod's disruption budget"],
        means: "a PodDisruptionBudget says that too few pods would be left, so the eviction is \
                refused and kubectl drain tries again and again",
        field: "spec.minAvailable",
        how: "less than the replicas (or maxUnavailable: 1), or one replica more",
    },
    Known {
        words: &["exceeded its progress deadline"],
        means: "kubectl only reports what the Deployment's condition says: nothing is rolled back",
        field: "spec.progressDeadlineSeconds",
        how: "kubectl rollout undo brings the old version back; the deadline alone changes nothing",
    },
    Known {
        words: &["exceeded quota"],
        means: "the namespace's quota has no room for it",
        field: "spec.hard",
        how: "a larger quota, or smaller requests",
    },
];

/// Why the last command that failed did so.
pub(super) fn last(chain: &mut Chain<'_>) {
    let Some(given) = chain.cluster.api().causes.last_refused() else {
        return;
    };
    let (at, refusal) = (given.at, given.refusal.clone().unwrap_or_default());
    let object = || "kubectl".into();
    let text = format!("refused $ {}: {}", given.text, refusal.trim_end());
    chain.links.push(Link { at, object: object(), text, remedy: None });
    let known = KNOWN.iter().find(|known| known.words.iter().all(|word| refusal.contains(word)));
    if let Some(known) = known {
        let remedy = Remedy { field: known.field.to_owned(), how: known.how.to_owned() };
        let text = known.means.to_owned();
        chain.links.push(Link { at, object: object(), text, remedy: Some(remedy) });
    }
}

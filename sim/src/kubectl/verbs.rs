//! The table of commands.

mod client;

use super::error::Error;
use super::session::Session;
use super::{
    apply, create, delete, describe, diff, drain, edit, events, exec, explain, expose, get,
    kustomize, label, last_applied, logs, node, patch, rollout, run_pod, scale, set, version, wait,
};

/// A command that can be typed.
pub(super) struct Verb {
    /// Its words: `apply`, `set image`.
    pub(super) words: &'static str,
    /// Other words for it, space separated.
    pub(super) aliases: &'static str,
    /// Its flags; see [`flags`].
    pub(super) flags: &'static str,
    pub(super) run: fn(&mut Session<'_>) -> Result<(), Error>,
}

const fn verb(
    words: &'static str,
    flags: &'static str,
    run: fn(&mut Session<'_>) -> Result<(), Error>,
) -> Verb {
    Verb { words, aliases: "", flags, run }
}

/// Every command, in the order of kubectl's own list; longer ones stand before their beginnings.
static VERBS: &[Verb] = &[
    Verb {
        aliases: "create deploy,create dep",
        ..verb("create deployment", create::DEPLOYMENT_FLAGS, create::run_deployment)
    },
    Verb {
        aliases: "create cm",
        ..verb("create configmap", create::data::CONFIG_FLAGS, create::data::run_config_map)
    },
    verb("create secret generic", create::data::CONFIG_FLAGS, create::data::run_secret),
    Verb {
        aliases: "create resourcequota",
        ..verb("create quota", create::data::QUOTA_FLAGS, create::data::run_quota)
    },
    Verb {
        aliases: "create pdb",
        ..verb("create poddisruptionbudget", create::data::BUDGET_FLAGS, create::data::run_budget)
    },
    Verb {
        aliases: "create ns",
        ..verb("create namespace", create::data::PLAIN_FLAGS, create::data::run_namespace)
    },
    Verb {
        aliases: "create pc",
        ..verb("create priorityclass", create::data::CLASS_FLAGS, create::data::run_class)
    },
    Verb {
        aliases: "create svc clusterip",
        ..verb(
            "create service clusterip",
            create::network::SERVICE_FLAGS,
            create::network::run_cluster_ip,
        )
    },
    Verb {
        aliases: "create svc nodeport",
        ..verb(
            "create service nodeport",
            create::network::SERVICE_FLAGS,
            create::network::run_node_port,
        )
    },
    Verb {
        aliases: "create svc loadbalancer",
        ..verb(
            "create service loadbalancer",
            create::network::SERVICE_FLAGS,
            create::network::run_load_balancer,
        )
    },
    Verb {
        aliases: "create svc externalname",
        ..verb(
            "create service externalname",
            create::network::SERVICE_FLAGS,
            create::network::run_external_name,
        )
    },
    Verb {
        aliases: "create ing",
        ..verb("create ingress", create::network::INGRESS_FLAGS, create::network::run_ingress)
    },
    verb("create secret tls", create::secret::TLS_FLAGS, create::secret::run_tls),
    verb("create secret docker-registry", create::secret::DOCKER_FLAGS, create::secret::run_docker),
    verb("create job", create::printed::JOB_FLAGS, create::printed::run_job),
    Verb {
        aliases: "create cj",
        ..verb("create cronjob", create::printed::CRON_FLAGS, create::printed::run_cron_job)
    },
    verb("create token", create::printed::TOKEN_FLAGS, create::printed::run_token),
    verb("create role", create::access::ROLE_FLAGS, create::access::run_role),
    verb("create clusterrole", create::access::ROLE_FLAGS, create::access::run_cluster_role),
    verb("create rolebinding", create::access::BINDING_FLAGS, create::access::run_binding),
    verb(
        "create clusterrolebinding",
        create::access::BINDING_FLAGS,
        create::access::run_cluster_binding,
    ),
    Verb {
        aliases: "create sa",
        ..verb(
            "create serviceaccount",
            create::printed::ACCOUNT_FLAGS,
            create::printed::run_account,
        )
    },
    verb("create", create::FLAGS, create::run),
    verb("expose", expose::FLAGS, expose::run),
    verb("set image", set::image::FLAGS, set::image::run),
    verb("set env", set::env::FLAGS, set::env::run),
    verb("set resources", set::resources::FLAGS, set::resources::run),
    verb("set selector", set::selector::FLAGS, set::selector::run),
    Verb {
        aliases: "set sa",
        ..verb("set serviceaccount", set::selector::ACCOUNT_FLAGS, set::selector::run_account)
    },
    verb("edit", edit::FLAGS, edit::run),
    verb("get", get::FLAGS, get::run),
    verb("delete", delete::FLAGS, delete::run),
    verb("rollout status", rollout::status::FLAGS, rollout::status::run),
    verb("rollout history", rollout::history::FLAGS, rollout::history::run),
    verb("rollout undo", rollout::undo::FLAGS, rollout::undo::run),
    verb("rollout pause", rollout::pause::FLAGS, rollout::pause::run),
    verb("rollout resume", rollout::pause::FLAGS, rollout::pause::run_resume),
    verb("rollout restart", rollout::restart::FLAGS, rollout::restart::run),
    verb("scale", scale::FLAGS, scale::run),
    verb("logs", logs::FLAGS, logs::run),
    verb("exec", exec::FLAGS, exec::run),
    verb("describe", describe::FLAGS, describe::run),
    verb("apply view-last-applied", last_applied::VIEW_FLAGS, last_applied::run_view),
    verb("apply set-last-applied", last_applied::SET_FLAGS, last_applied::run_set),
    verb("apply edit-last-applied", last_applied::EDIT_FLAGS, last_applied::run_edit),
    verb("apply", apply::FLAGS, apply::run),
    verb("diff", diff::FLAGS, diff::run),
    verb("explain", explain::FLAGS, explain::run),
    verb("patch", patch::FLAGS, patch::run),
    verb("replace", create::REPLACE_FLAGS, create::run_replace),
    verb("autoscale", create::data::AUTOSCALE_FLAGS, create::data::run_autoscale),
    verb("cordon", node::FLAGS, node::run_cordon),
    verb("uncordon", node::FLAGS, node::run_uncordon),
    verb("drain", drain::FLAGS, drain::run),
    verb("taint", node::TAINT_FLAGS, node::run_taint),
    verb("label", label::FLAGS, label::run),
    verb("annotate", label::FLAGS, label::run_annotate),
    verb("run", run_pod::FLAGS, run_pod::run),
    verb("wait", wait::FLAGS, wait::run),
    verb("events", events::FLAGS, events::run),
    verb("kustomize", kustomize::FLAGS, kustomize::run),
    verb("version", version::FLAGS, version::run),
];

/// Every command.
pub(super) fn all() -> impl Iterator<Item = &'static Verb> {
    VERBS.iter().chain(client::VERBS)
}

impl Verb {
    /// How many of the words typed are this verb's own.
    pub(super) fn spoken(&self, typed: &[String]) -> Option<usize> {
        let names = std::iter::once(self.words).chain(self.aliases.split(','));
        names.filter(|name| !name.is_empty()).find_map(|name| {
            let count = name.split(' ').count();
            (typed.len() >= count && name.split(' ').eq(typed[..count].iter().map(String::as_str)))
                .then_some(count)
        })
    }
}

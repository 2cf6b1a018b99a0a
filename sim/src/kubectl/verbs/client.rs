//! Commands about kubectl itself, and about what the server has to offer.

use super::{Verb, verb};
use crate::kubectl::{client, discovery, kubeconfig};

/// These commands, in the order of kubectl's own list.
pub(super) static VERBS: &[Verb] = &[
    verb("api-resources", discovery::RESOURCES_FLAGS, discovery::run_resources),
    verb("api-versions", discovery::PLAIN_FLAGS, discovery::run_versions),
    verb("cluster-info", discovery::PLAIN_FLAGS, discovery::run_info),
    verb("auth can-i", discovery::CAN_FLAGS, discovery::run_can),
    verb("auth whoami", discovery::WHO_FLAGS, discovery::run_who),
    verb("config current-context", kubeconfig::PLAIN_FLAGS, kubeconfig::run_current),
    verb("config get-contexts", kubeconfig::GET_FLAGS, kubeconfig::run_contexts),
    verb("config get-clusters", kubeconfig::PLAIN_FLAGS, kubeconfig::run_clusters),
    verb("config get-users", kubeconfig::PLAIN_FLAGS, kubeconfig::run_users),
    verb("config view", kubeconfig::VIEW_FLAGS, kubeconfig::run_view),
    Verb {
        aliases: "config use",
        ..verb("config use-context", kubeconfig::PLAIN_FLAGS, kubeconfig::run_use)
    },
    verb("config set-context", kubeconfig::SET_FLAGS, kubeconfig::run_set_context),
    verb("config rename-context", kubeconfig::PLAIN_FLAGS, kubeconfig::run_rename),
    verb("config delete-context", kubeconfig::PLAIN_FLAGS, kubeconfig::run_delete_context),
    verb("config delete-cluster", kubeconfig::PLAIN_FLAGS, kubeconfig::run_delete_cluster),
    verb("config delete-user", kubeconfig::PLAIN_FLAGS, kubeconfig::run_delete_user),
    verb("config unset", kubeconfig::PLAIN_FLAGS, kubeconfig::run_unset),
    verb("options", client::PLAIN_FLAGS, client::run_options),
    verb("plugin list", client::PLUGIN_FLAGS, client::run_plugins),
    verb("completion", client::PLAIN_FLAGS, client::run_completion),
    verb("attach", client::ATTACH_FLAGS, client::run_attach),
    verb("debug", client::DEBUG_FLAGS, client::run_debug),
    verb("cp", client::COPY_FLAGS, client::run_copy),
    verb("port-forward", client::FORWARD_FLAGS, client::run_forward),
    Verb { aliases: "top pods,top po", ..verb("top pod", client::TOP_FLAGS, client::run_top) },
    Verb { aliases: "top nodes,top no", ..verb("top node", client::TOP_FLAGS, client::run_top) },
];

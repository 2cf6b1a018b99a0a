//! Commands about kubectl itself, and about what the server has to offer.

use super::{Verb, verb};
use crate::kubectl::{client, discovery, kubeconfig};

/// These commands, in the order of kubectl's own list.
#[cfg(feature = "all-verbs")]
pub(super) static VERBS: &[Verb] = &[
    verb(
        "api-resources",
        discovery::RESOURCES_FLAGS,
        discovery::run_resources,
        "List the resources of the server",
        "api-resources --namespaced=false",
    ),
    verb(
        "api-versions",
        discovery::PLAIN_FLAGS,
        discovery::run_versions,
        "List the versions of the API",
        "api-versions",
    ),
    verb(
        "cluster-info",
        discovery::PLAIN_FLAGS,
        discovery::run_info,
        "Say where the control plane is",
        "cluster-info",
    ),
    verb(
        "auth can-i",
        discovery::CAN_FLAGS,
        discovery::run_can,
        "Ask whether one may do something",
        "auth can-i get pods",
    ),
    verb("auth whoami", discovery::WHO_FLAGS, discovery::run_who, "Say who one is", "auth whoami"),
    verb(
        "config current-context",
        kubeconfig::PLAIN_FLAGS,
        kubeconfig::run_current,
        "Print the current context",
        "config current-context",
    ),
    verb(
        "config get-contexts",
        kubeconfig::GET_FLAGS,
        kubeconfig::run_contexts,
        "List contexts",
        "config get-contexts",
    ),
    verb(
        "config get-clusters",
        kubeconfig::PLAIN_FLAGS,
        kubeconfig::run_clusters,
        "List clusters",
        "config get-clusters",
    ),
    verb(
        "config get-users",
        kubeconfig::PLAIN_FLAGS,
        kubeconfig::run_users,
        "List users",
        "config get-users",
    ),
    verb(
        "config view",
        kubeconfig::VIEW_FLAGS,
        kubeconfig::run_view,
        "Print the configuration",
        "config view",
    ),
    Verb {
        aliases: "config use",
        ..verb(
            "config use-context",
            kubeconfig::PLAIN_FLAGS,
            kubeconfig::run_use,
            "Choose a context",
            "config use-context",
        )
    },
    verb(
        "config set-context",
        kubeconfig::SET_FLAGS,
        kubeconfig::run_set_context,
        "Make or change a context",
        "config set-context",
    ),
    verb(
        "config rename-context",
        kubeconfig::PLAIN_FLAGS,
        kubeconfig::run_rename,
        "Rename a context",
        "config rename-context",
    ),
    verb(
        "config delete-context",
        kubeconfig::PLAIN_FLAGS,
        kubeconfig::run_delete_context,
        "Remove a context",
        "config delete-context",
    ),
    verb(
        "config delete-cluster",
        kubeconfig::PLAIN_FLAGS,
        kubeconfig::run_delete_cluster,
        "Remove a cluster",
        "config delete-cluster",
    ),
    verb(
        "config delete-user",
        kubeconfig::PLAIN_FLAGS,
        kubeconfig::run_delete_user,
        "Remove a user",
        "config delete-user",
    ),
    verb(
        "config unset",
        kubeconfig::PLAIN_FLAGS,
        kubeconfig::run_unset,
        "Remove a setting",
        "config unset",
    ),
    verb(
        "options",
        client::PLAIN_FLAGS,
        client::run_options,
        "List the flags that every command takes",
        "options",
    ),
    verb("plugin list", client::PLUGIN_FLAGS, client::run_plugins, "List plugins", "plugin list"),
    verb(
        "completion",
        client::PLAIN_FLAGS,
        client::run_completion,
        "Print a completion script",
        "completion bash",
    ),
    verb("cp", client::COPY_FLAGS, client::run_copy, "Copy files", "cp web-1:/tmp/a a"),
    verb(
        "port-forward",
        client::FORWARD_FLAGS,
        client::run_forward,
        "Forward ports",
        "port-forward web-1 8080:80",
    ),
    Verb {
        aliases: "top pods,top po",
        ..verb("top pod", client::TOP_FLAGS, client::run_top, "Show what pods use", "top pod")
    },
    Verb {
        aliases: "top nodes,top no",
        ..verb("top node", client::TOP_FLAGS, client::run_top, "Show what nodes use", "top node")
    },
];
#[cfg(not(feature = "all-verbs"))]
pub(super) static VERBS: &[Verb] = &[];

//! The table of commands.

mod client;

use super::error::Error;
use super::session::Session;
use super::{
    apply, create, create_data, create_more, delete, describe, diff, drain, edit, events, exec,
    explain, expose, get, label, logs, node, patch, rollout, run_pod, scale, set, version,
    view_last_applied, wait,
};

/// A command that can be typed.
pub(super) struct Verb {
    /// Its words: `apply`, `set image`.
    pub(super) words: &'static str,
    /// Other words for it, space separated.
    pub(super) aliases: &'static str,
    /// Its flags; see [`flags`].
    pub(super) flags: &'static str,
    /// What it does, on one line.
    pub(super) about: &'static str,
    /// A line to start from.
    pub(super) example: &'static str,
    pub(super) run: fn(&mut Session<'_>) -> Result<(), Error>,
}

const fn verb(
    words: &'static str,
    flags: &'static str,
    run: fn(&mut Session<'_>) -> Result<(), Error>,
    about: &'static str,
    example: &'static str,
) -> Verb {
    Verb { words, aliases: "", flags, about, example, run }
}

/// Every command, in the order of kubectl's own list; longer ones stand before their beginnings.
static VERBS: &[Verb] = &[
    #[cfg(feature = "all-verbs")]
    Verb {
        aliases: "create deploy,create dep",
        ..verb(
            "create deployment",
            create::DEPLOYMENT_FLAGS,
            create::run_deployment,
            "Create a Deployment from flags",
            "create deployment web --image=nginx:1",
        )
    },
    #[cfg(feature = "all-verbs")]
    Verb {
        aliases: "create cm",
        ..verb(
            "create configmap",
            create_data::CONFIG_FLAGS,
            create_data::run_config_map,
            "Create a ConfigMap from flags",
            "create configmap settings --from-literal=mode=fast",
        )
    },
    #[cfg(feature = "all-verbs")]
    verb(
        "create secret generic",
        create_data::CONFIG_FLAGS,
        create_data::run_secret,
        "Create a Secret from flags",
        "create secret generic token --from-literal=password=hunter2",
    ),
    #[cfg(feature = "all-verbs")]
    Verb {
        aliases: "create resourcequota",
        ..verb(
            "create quota",
            create_data::QUOTA_FLAGS,
            create_data::run_quota,
            "Create a ResourceQuota from flags",
            "create quota small --hard=pods=4,requests.cpu=2",
        )
    },
    #[cfg(feature = "all-verbs")]
    Verb {
        aliases: "create pdb",
        ..verb(
            "create poddisruptionbudget",
            create_data::BUDGET_FLAGS,
            create_data::run_budget,
            "Create a PodDisruptionBudget from flags",
            "create poddisruptionbudget web --selector=app=web --min-available=1",
        )
    },
    #[cfg(feature = "all-verbs")]
    Verb {
        aliases: "create ns",
        ..verb(
            "create namespace",
            create_data::PLAIN_FLAGS,
            create_data::run_namespace,
            "Create a Namespace",
            "create namespace team",
        )
    },
    #[cfg(feature = "all-verbs")]
    Verb {
        aliases: "create pc",
        ..verb(
            "create priorityclass",
            create_data::CLASS_FLAGS,
            create_data::run_class,
            "Create a PriorityClass from flags",
            "create priorityclass high --value=1000",
        )
    },
    #[cfg(feature = "all-verbs")]
    Verb {
        aliases: "create svc clusterip",
        ..verb(
            "create service clusterip",
            create_more::SERVICE_FLAGS,
            create_more::run_cluster_ip,
            "Create a Service that is reached within the cluster",
            "create service clusterip web --tcp=80:8080",
        )
    },
    #[cfg(feature = "all-verbs")]
    Verb {
        aliases: "create svc nodeport",
        ..verb(
            "create service nodeport",
            create_more::SERVICE_FLAGS,
            create_more::run_node_port,
            "Create a Service that every node answers for",
            "create service nodeport web --tcp=80",
        )
    },
    #[cfg(feature = "all-verbs")]
    Verb {
        aliases: "create svc loadbalancer",
        ..verb(
            "create service loadbalancer",
            create_more::SERVICE_FLAGS,
            create_more::run_load_balancer,
            "Create a Service with a load balancer",
            "create service loadbalancer web --tcp=80",
        )
    },
    #[cfg(feature = "all-verbs")]
    Verb {
        aliases: "create svc externalname",
        ..verb(
            "create service externalname",
            create_more::SERVICE_FLAGS,
            create_more::run_external_name,
            "Create a Service that stands for another name",
            "create service externalname db --external-name=db.example.com",
        )
    },
    #[cfg(feature = "all-verbs")]
    Verb {
        aliases: "create ing",
        ..verb(
            "create ingress",
            create_more::INGRESS_FLAGS,
            create_more::run_ingress,
            "Create an Ingress from flags",
            "create ingress web --rule=example.com/*=web:80",
        )
    },
    #[cfg(feature = "all-verbs")]
    Verb {
        aliases: "",
        ..verb(
            "create job",
            create_more::JOB_FLAGS,
            create_more::run_job,
            "Print a Job made from flags",
            "create job once --image=busybox --dry-run=client -o yaml -- date",
        )
    },
    #[cfg(feature = "all-verbs")]
    Verb {
        aliases: "create sa",
        ..verb(
            "create serviceaccount",
            create_more::PLAIN_FLAGS,
            create_more::run_account,
            "Print a ServiceAccount made from flags",
            "create serviceaccount robot --dry-run=client -o yaml",
        )
    },
    #[cfg(feature = "all-verbs")]
    verb(
        "create",
        create::FLAGS,
        create::run,
        "Create the objects of a manifest",
        "create -f deployment.yaml",
    ),
    #[cfg(feature = "all-verbs")]
    verb(
        "expose",
        expose::FLAGS,
        expose::run,
        "Put a Service in front of pods",
        "expose deployment web --port=80",
    ),
    verb(
        "set image",
        set::image::FLAGS,
        set::image::run,
        "Change the images of a pod template",
        "set image deployment/web web=nginx:2",
    ),
    verb(
        "set env",
        set::env::FLAGS,
        set::env::run,
        "Change the environment of a pod template",
        "set env deployment/web VERSION=v2",
    ),
    #[cfg(feature = "all-verbs")]
    verb(
        "set resources",
        set::resources::FLAGS,
        set::resources::run,
        "Change what the containers of a pod template may use",
        "set resources deployment/web --limits=cpu=200m",
    ),
    #[cfg(feature = "all-verbs")]
    verb(
        "set selector",
        set::selector::FLAGS,
        set::selector::run,
        "Change which pods a Service means",
        "set selector service web app=web",
    ),
    #[cfg(feature = "all-verbs")]
    Verb {
        aliases: "set sa",
        ..verb(
            "set serviceaccount",
            set::selector::ACCOUNT_FLAGS,
            set::selector::run_account,
            "Change the account of a pod template",
            "set serviceaccount deployment/web robot",
        )
    },
    #[cfg(feature = "all-verbs")]
    verb("edit", edit::FLAGS, edit::run, "Change objects in an editor", "edit deployment web"),
    #[cfg(feature = "all-verbs")]
    verb("get", get::FLAGS, get::run, "List objects", "get pods -o wide"),
    #[cfg(feature = "all-verbs")]
    verb(
        "delete",
        delete::FLAGS,
        delete::run,
        "Remove objects and what they own",
        "delete deployment web",
    ),
    #[cfg(feature = "all-verbs")]
    verb(
        "rollout status",
        rollout::status::FLAGS,
        rollout::status::run,
        "Follow a rollout to its end",
        "rollout status deployment/web",
    ),
    #[cfg(feature = "all-verbs")]
    verb(
        "rollout history",
        rollout::history::FLAGS,
        rollout::history::run,
        "List revisions, or show one",
        "rollout history deployment/web --revision=2",
    ),
    verb(
        "rollout undo",
        rollout::undo::FLAGS,
        rollout::undo::run,
        "Go back to an earlier revision",
        "rollout undo deployment/web --to-revision=1",
    ),
    verb(
        "rollout pause",
        rollout::pause::FLAGS,
        rollout::pause::run,
        "Let template changes wait",
        "rollout pause deployment/web",
    ),
    verb(
        "rollout resume",
        rollout::pause::FLAGS,
        rollout::pause::run_resume,
        "Let waiting template changes go",
        "rollout resume deployment/web",
    ),
    verb(
        "rollout restart",
        rollout::restart::FLAGS,
        rollout::restart::run,
        "Replace all pods by new ones of the same template",
        "rollout restart deployment/web",
    ),
    verb(
        "scale",
        scale::FLAGS,
        scale::run,
        "Change the desired number of pods",
        "scale deployment/web --replicas=3",
    ),
    #[cfg(feature = "all-verbs")]
    verb("logs", logs::FLAGS, logs::run, "Print what containers printed", "logs web-1 --previous"),
    #[cfg(feature = "all-verbs")]
    verb("exec", exec::FLAGS, exec::run, "Run a command in a container", "exec web-1 -- ls /tmp"),
    #[cfg(feature = "all-verbs")]
    verb(
        "describe",
        describe::FLAGS,
        describe::run,
        "Show all there is to know about objects",
        "describe deployment web",
    ),
    #[cfg(feature = "all-verbs")]
    verb(
        "apply view-last-applied",
        view_last_applied::FLAGS,
        view_last_applied::run,
        "Show what was applied last",
        "apply view-last-applied deployment/web",
    ),
    verb(
        "apply",
        apply::FLAGS,
        apply::run,
        "Make objects be what a manifest says",
        "apply -f deployment.yaml",
    ),
    #[cfg(feature = "all-verbs")]
    verb(
        "diff",
        diff::FLAGS,
        diff::run,
        "Show what applying a manifest would change",
        "diff -f deployment.yaml",
    ),
    #[cfg(feature = "all-verbs")]
    verb(
        "explain",
        explain::FLAGS,
        explain::run,
        "Say what fields there are and what they mean",
        "explain deployment.spec.strategy",
    ),
    verb(
        "patch",
        patch::FLAGS,
        patch::run,
        "Change parts of objects",
        "patch deployment web -p '{\"spec\":{\"replicas\":2}}'",
    ),
    #[cfg(feature = "all-verbs")]
    verb(
        "replace",
        create::REPLACE_FLAGS,
        create::run_replace,
        "Replace objects by those of a manifest",
        "replace -f deployment.yaml",
    ),
    #[cfg(feature = "all-verbs")]
    verb(
        "autoscale",
        create_data::AUTOSCALE_FLAGS,
        create_data::run_autoscale,
        "Let the load decide how many pods there are",
        "autoscale deployment web --min=2 --max=5 --cpu-percent=80",
    ),
    #[cfg(feature = "all-verbs")]
    verb(
        "cordon",
        node::FLAGS,
        node::run_cordon,
        "Keep new pods away from a node",
        "cordon gpu-node-1",
    ),
    #[cfg(feature = "all-verbs")]
    verb(
        "uncordon",
        node::FLAGS,
        node::run_uncordon,
        "Let new pods come to a node again",
        "uncordon gpu-node-1",
    ),
    #[cfg(feature = "all-verbs")]
    verb(
        "drain",
        drain::FLAGS,
        drain::run,
        "Move the pods of a node elsewhere",
        "drain gpu-node-1 --ignore-daemonsets",
    ),
    #[cfg(feature = "all-verbs")]
    verb(
        "taint",
        node::TAINT_FLAGS,
        node::run_taint,
        "Keep pods away from nodes unless they put up with it",
        "taint nodes gpu-node-1 dedicated=ml:NoSchedule",
    ),
    #[cfg(feature = "all-verbs")]
    verb("label", label::FLAGS, label::run, "Set or remove labels", "label pod web-1 tier=front"),
    #[cfg(feature = "all-verbs")]
    verb(
        "annotate",
        label::FLAGS,
        label::run_annotate,
        "Set or remove annotations",
        "annotate deployment web note=hello",
    ),
    #[cfg(feature = "all-verbs")]
    verb("run", run_pod::FLAGS, run_pod::run, "Run an image in a pod", "run web --image=nginx:1"),
    #[cfg(feature = "all-verbs")]
    verb(
        "wait",
        wait::FLAGS,
        wait::run,
        "Wait until something holds",
        "wait --for=condition=Available deployment/web",
    ),
    #[cfg(feature = "all-verbs")]
    verb("events", events::FLAGS, events::run, "List events", "events --for deployment/web"),
    #[cfg(feature = "all-verbs")]
    verb("version", version::FLAGS, version::run, "Print versions", "version"),
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

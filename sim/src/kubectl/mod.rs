//! kubectl as a library: a line in, text and an exit code out.
//!
//! One file a verb, holding its flags, its `run` and its tests; [`VERBS`] lists them. Without the
//! feature `all-verbs` only those are listed that the first page has buttons for.
#![cfg_attr(
    not(feature = "all-verbs"),
    allow(dead_code, unused_imports, reason = "the verbs left out are compiled and not linked")
)]

mod apply;
pub mod complete;
mod create;
mod create_data;
mod delete;
mod describe;
pub mod desk;
mod diff;
pub(crate) mod drain;
pub mod duration;
pub mod edit;
mod error;
mod exec;
mod explain;
mod expose;
mod facts;
mod flags;
pub mod get;
mod help;
mod json;
mod json_patch;
mod jsonpath;
mod label;
mod logs;
mod node;
mod objects;
mod output;
mod patch;
pub(crate) mod resource;
#[cfg(feature = "rest")]
pub mod rest;
pub mod rollout;
pub mod rollout_status;
mod scale;
mod selector;
mod server;
mod session;
mod set;
mod strategic;
pub mod stream;
mod tabs;
mod unified;
mod version;
mod view_last_applied;
pub mod words;

use crate::cluster::Cluster;
use crate::command::Typed;
use desk::Desk;
use error::Error;
use flags::Args;
use session::Session;
use stream::StreamId;

/// What a command printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code.
    pub code: i32,
    /// The stream on which the command goes on printing.
    pub stream: Option<StreamId>,
    /// What is to be opened in an editor.
    pub edit: Option<Box<edit::Edit>>,
    /// Files that the command wrote: their paths and texts.
    pub files: Vec<(String, String)>,
}

impl Output {
    fn failure(text: &str) -> Self {
        Self { stderr: format!("error: {text}\n"), code: 1, ..Self::default() }
    }
}

/// A command that can be typed.
struct Verb {
    /// Its words: `apply`, `set image`.
    words: &'static str,
    /// Other words for it, space separated.
    aliases: &'static str,
    /// Its flags; see [`flags`].
    flags: &'static str,
    /// What it does, on one line.
    about: &'static str,
    /// A line to start from.
    example: &'static str,
    run: fn(&mut Session<'_>) -> Result<(), Error>,
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
    verb("version", version::FLAGS, version::run, "Print versions", "version"),
];

impl Verb {
    /// How many of the words typed are this verb's own.
    fn spoken(&self, typed: &[String]) -> Option<usize> {
        let names = std::iter::once(self.words).chain(self.aliases.split(','));
        names.filter(|name| !name.is_empty()).find_map(|name| {
            let count = name.split(' ').count();
            (typed.len() >= count && name.split(' ').eq(typed[..count].iter().map(String::as_str)))
                .then_some(count)
        })
    }
}

/// Runs a command line. `stdin` is what `-f -` reads, and stands for any file named by `-f`.
pub fn run(cluster: &mut Cluster, line: &str, stdin: Option<&str>) -> Output {
    let typed = match words::split(line) {
        Ok(typed) => typed,
        Err(problem) => return Output::failure(&problem),
    };
    if typed.is_empty() {
        return Output::default();
    }
    let typed = match typed.split_first() {
        Some((first, rest)) if matches!(first.as_str(), "kubectl" | "k") => rest,
        _ => &typed,
    };
    run_words(cluster, typed, Desk::bare(stdin))
}

/// Whether a call, by the words behind `kubectl`, leaves everything as it is. When in doubt it does
/// not.
pub fn changes_nothing(words: &[crate::api::Name]) -> bool {
    const LOOKING: &str = " get describe logs explain version top api-resources api-versions help \
                           options config events diff wait cluster-info auth completion ";
    let word = |at: usize| words.get(at).map_or("", |word| &**word);
    match word(0) {
        "rollout" => matches!(word(1), "status" | "history"),
        "" => true,
        first => LOOKING.split(' ').any(|known| known == first),
    }
}

/// Runs a call from a terminal.
pub(crate) fn run_typed(cluster: &mut Cluster, typed: &Typed) -> Output {
    let desk = Desk {
        namespace: &typed.namespace,
        stdin: Some(&typed.stdin),
        files: Some(&typed.files),
        directory: &typed.directory,
        kubeconfig: &typed.kubeconfig,
    };
    if let Some(edited) = &typed.edited {
        let mut session = Session::new(cluster, Args::default(), desk);
        edit::apply(&mut session, edited);
        return session.finish(Ok(()));
    }
    let words: Vec<String> = typed.words.iter().map(ToString::to_string).collect();
    run_words(cluster, &words, desk)
}

/// Runs the words behind `kubectl`.
pub fn run_words(cluster: &mut Cluster, typed: &[String], desk: Desk<'_>) -> Output {
    let (before, typed) = typed.split_at(flags::leading(typed));
    let Some((verb, count)) = VERBS.iter().find_map(|verb| Some((verb, verb.spoken(typed)?)))
    else {
        return help::no_verb(typed);
    };
    let words: Vec<String> = before.iter().chain(&typed[count..]).cloned().collect();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        return help::of(verb);
    }
    let args = match Args::parse(verb.flags, &words) {
        Ok(args) => args,
        Err(problem) => {
            let see = format!("\nSee 'kubectl {} --help' for usage.", verb.words);
            return Output::failure(&(problem + &see));
        }
    };
    match args.text("dry-run") {
        None | Some("none") => execute(cluster, verb, args, desk),
        // What is not to happen happens to a copy.
        Some("client" | "server") => execute(&mut cluster.clone(), verb, args, desk),
        Some("unchanged") => {
            let mut output = execute(&mut cluster.clone(), verb, args, desk);
            let warning = "--dry-run is deprecated and can be replaced with --dry-run=client.\n";
            output.stderr.insert_str(0, warning);
            output
        }
        Some(other) => Output::failure(&format!(
            "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
        )),
    }
}

fn execute(cluster: &mut Cluster, verb: &Verb, args: Args, desk: Desk<'_>) -> Output {
    let mut session = Session::new(cluster, args, desk);
    let result = (verb.run)(&mut session);
    session.finish(result)
}

#[cfg(test)]
mod tests {
    use super::{Output, VERBS, flags::Args};
    use crate::{Cluster, Command, Config, Duration};

    /// A Deployment and a Service called `web`.
    const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: 'nginx:1', ports: [{containerPort: 8080, name: http}]}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
";

    /// A cluster to type commands at.
    pub(super) struct Lab {
        pub(super) cluster: Cluster,
    }

    impl Lab {
        /// With the Deployment and the Service `web`, 3 pods of `nginx:1`.
        pub(super) fn with_web() -> Self {
            let mut lab = Self { cluster: Cluster::new(Config::with_seed(1)) };
            let output = lab.cluster.apply(&Command::apply(WEB));
            assert_eq!(output.stdout, "deployment.apps/web created\nservice/web created\n");
            lab.advance(1);
            lab
        }

        pub(super) fn advance(&mut self, seconds: u64) {
            let target = self.cluster.now() + Duration::from_secs(seconds);
            self.cluster.advance_to(target, u64::MAX);
        }

        pub(super) fn run(&mut self, line: &str) -> Output {
            self.cluster.apply(&Command::kubectl(line))
        }

        #[track_caller]
        pub(super) fn check(&mut self, line: &str, stdout: &str) {
            let output = self.run(line);
            assert_eq!(
                (output.stdout.as_str(), output.stderr.as_str(), output.code),
                (stdout, "", 0),
                "{line}"
            );
        }

        #[track_caller]
        pub(super) fn check_error(&mut self, line: &str, stderr: &str) {
            let output = self.run(line);
            assert_eq!((output.stderr.as_str(), output.code), (stderr, 1), "{line}");
        }
    }

    #[test]
    fn every_verb_has_flags_that_can_be_read_and_help() {
        let mut lab = Lab::with_web();
        for verb in VERBS {
            assert_eq!(Args::parse(verb.flags, &[]), Ok(Args::default()), "{}", verb.words);
            let mut names: Vec<&str> = verb
                .flags
                .split_ascii_whitespace()
                .filter_map(|flag| flag.split([',', ':']).next())
                .collect();
            crate::order::sort_by(&mut names, Ord::cmp);
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{} has a flag twice", verb.words);
            let help = lab.run(&format!("{} --help", verb.words));
            assert!(help.stdout.contains(verb.example), "{}", verb.words);
        }
    }

    #[test]
    fn mistakes_in_verbs_and_flags_are_told_as_kubectl_tells_them() {
        let mut lab = Lab::with_web();
        lab.check_error("deploy web", "error: unknown command \"deploy\" for \"kubectl\"\n");
        lab.check_error(
            "scal deploy web",
            "error: unknown command \"scal\" for \"kubectl\"\n\nDid you mean this?\n\tscale\n",
        );
        lab.check_error(
            "rollout undoo deployment/web",
            "error: unknown command \"undoo deployment/web\"\nSee 'kubectl rollout -h' for help and examples\n",
        );
        lab.check_error(
            "kubectl get pods --foo",
            "error: unknown flag: --foo\nSee 'kubectl get --help' for usage.\n",
        );
        lab.check_error(
            "scale deploy web --replicas=x",
            "error: invalid argument \"x\" for \"--replicas\" flag: strconv.ParseInt: parsing \"x\": \
             invalid syntax\nSee 'kubectl scale --help' for usage.\n",
        );
        assert_eq!(lab.run("k -n default get deploy -o name").stdout, "deployment.apps/web\n");
    }
}

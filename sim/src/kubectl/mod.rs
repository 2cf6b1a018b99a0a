//! kubectl as a library: a line in, text and an exit code out.
//!
//! One file a verb, holding its flags, its `run` and its tests; [`verbs`] lists them.

mod apply;
mod client;
pub mod complete;
mod create;
mod delete;
mod describe;
pub mod desk;
pub(crate) mod diff;
mod discovery;
pub(crate) mod drain;
pub mod duration;
pub mod edit;
mod error;
mod events;
mod exec;
pub(crate) mod explain;
mod expose;
mod facts;
mod flags;
pub mod get;
mod go_template;
mod help;
pub(crate) mod json;
mod json_patch;
mod jsonpath;
mod kubeconfig;
mod kustomize;
mod label;
mod last_applied;
mod logs;
mod node;
pub(crate) mod objects;
mod output;
mod patch;
pub(crate) mod resource;
#[cfg(feature = "rest")]
pub mod rest;
pub mod rollout;
pub mod rollout_status;
mod run_pod;
mod scale;
mod selector;
mod server;
mod service_addresses;
mod session;
mod set;
mod strategic;
pub mod stream;
mod subresource;
mod tabs;
pub mod texts;
pub(crate) mod unified;
mod verbs;
mod version;
mod wait;
pub mod words;

use crate::cluster::Cluster;
use crate::command::Typed;
use desk::Desk;
use flags::Args;
use session::Session;
use stream::StreamId;
use verbs::Verb;

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
    let Some((verb, count)) = verbs::all().find_map(|verb| Some((verb, verb.spoken(typed)?)))
    else {
        return help::no_verb(typed);
    };
    let words: Vec<String> = before.iter().chain(&typed[count..]).cloned().collect();
    let before_dash = words.iter().take_while(|word| *word != "--");
    if before_dash.clone().any(|word| word == "--help" || word == "-h") {
        return help::of(verb);
    }
    let args = match Args::parse(verb.flags, &words) {
        Ok(args) => args,
        Err(problem) => {
            let see = format!("\nSee 'kubectl {} --help' for usage.", verb.words);
            return Output::failure(&(problem + &see));
        }
    };
    let uses_server = !["config", "options", "plugin list", "completion"]
        .iter()
        .any(|word| verb.words.starts_with(word));
    if uses_server && let Err(stderr) = kubeconfig::check(&desk, &args, verb.flags) {
        return Output { stderr, code: 1, ..Output::default() };
    }
    match args.text("dry-run") {
        None | Some("none") => execute(cluster, verb, args, desk),
        // What is not to happen happens to a copy.
        Some("client" | "server") => execute(&mut cluster.clone(), verb, args, desk),
        Some("unchanged") => {
            let mut output = execute(&mut cluster.clone(), verb, args, desk);
            let stamp = crate::manifest::timestamp::format(cluster.now());
            let (date, clock) = (stamp[5..10].replace('-', ""), &stamp[11..19]);
            let warning = format!(
                "W{date} {clock}.000000       1 helpers.go:702] --dry-run is deprecated and can be \
                 replaced with --dry-run=client.\n"
            );
            output.stderr.insert_str(0, &warning);
            output
        }
        Some(other) => Output::failure(&format!(
            "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
        )),
    }
}

/// Verbs whose first word may be a kind.
const RESOURCE_VERBS: [&str; 8] =
    ["get", "describe", "delete", "edit", "label", "annotate", "patch", "wait"];

fn execute(cluster: &mut Cluster, verb: &Verb, args: Args, desk: Desk<'_>) -> Output {
    let has_two_meanings = args.words.first().is_some_and(|first| {
        RESOURCE_VERBS.contains(&verb.words) && first.split(',').any(|word| word == "ev")
    });
    let mut session = Session::new(cluster, args, desk);
    session.verb = verb.words;
    if has_two_meanings {
        session.warn(
            "Warning: short name \"ev\" could also match lower priority resource \
             events.events.k8s.io",
        );
    }
    let result = (verb.run)(&mut session);
    session.finish(result)
}

#[cfg(test)]
mod tests {
    use super::{Output, flags::Args, verbs};
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
        for verb in verbs::all() {
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
            assert!(help.stdout.contains("Usage:") || verb.words == "options", "{}", verb.words);
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

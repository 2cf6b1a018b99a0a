//! Bad input gets an answer: nothing panics, nothing hangs, nothing changes.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rollscope_sim::api::{Event, Pod};
use rollscope_sim::{Advance, Cluster, Command, Config, Duration, Instant, manifest};

const LAB: &str = include_str!("../../../tests/lab/1-inference-v1.yaml");

fn cluster() -> Cluster {
    Cluster::new(Config::with_seed(1))
}

/// What the API server holds, as numbers.
fn state(cluster: &Cluster) -> (u64, u64) {
    (cluster.api().resource_version(), cluster.fingerprint())
}

#[test]
fn a_broken_manifest_is_told_with_line_and_column_and_changes_nothing() {
    let cases = [
        ("apiVersion: apps/v1\nkind: Deployment\n  metadata: {name: web}\n", 3),
        ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replcias: 3\n", 5),
        (
            "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports: [{port: many}]\n",
            5,
        ),
        ("kind: Deployment\nmetadata: [\n", 3),
        ("a: b: c\n", 1),
        ("\tkind: Pod\n", 1),
    ];
    for (text, line) in cases {
        let (_, diagnostics) = manifest::check(text);
        let told = diagnostics.iter().any(|found| found.is_error() && found.line == line);
        assert!(told, "{text:?}: {diagnostics:?}");
        let mut cluster = cluster();
        let before = state(&cluster);
        let output = cluster.apply(&Command::apply(text));
        assert_ne!(output.code, 0, "{text:?}");
        assert!(!output.stderr.is_empty(), "{text:?}");
        assert_eq!(state(&cluster), before, "{text:?}");
    }
}

/// A million replicas: as many pods as the simulator can hold, and a condition that says so. An
/// event would not: the `ReplicaSet` has used up what it may say on successes.
#[test]
fn there_are_only_so_many_pods() {
    let mut cluster = cluster();
    let text = LAB.replace("replicas: 3", "replicas: 1000000");
    assert_eq!(cluster.apply(&Command::apply(&text)).code, 0, "the API server takes it");
    for seconds in (10..=60).step_by(10) {
        let arrived = cluster.advance_to(Instant::from_secs(seconds), 5_000_000);
        assert_eq!(arrived, Advance::Arrived, "{seconds} s");
    }
    assert_eq!(cluster.api().list::<Pod>().len(), 30_000);
    let described = cluster.apply(&Command::kubectl("get deployment inference -o json")).stdout;
    assert!(described.contains("is forbidden: this simulated cluster holds 30000 pods at most"));
    assert!(described.contains("ReplicaFailure"), "{described}");
}

/// The largest number of replicas there is, in the middle of a rollout, while the surge is a share.
#[test]
fn the_largest_number_of_replicas_does_not_overflow() {
    let mut cluster = cluster();
    assert_eq!(cluster.apply(&Command::apply(LAB)).code, 0);
    for line in [
        "set image deployment/inference *=nginx:9",
        "scale deployment/inference --replicas=2147483647",
        "patch deployment inference --subresource=status --type=merge -p \
         '{\"status\":{\"replicas\":2147483647,\"readyReplicas\":2147483647,\"availableReplicas\":2147483647}}'",
        "set image deployment/inference *=nginx:10",
        "scale deployment/inference --replicas=1",
    ] {
        let output = cluster.apply(&Command::kubectl(line));
        assert_eq!(output.code, 0, "{line}: {}", output.stderr);
        cluster.advance_to(cluster.now() + Duration::from_secs(2), 20_000);
    }
}

/// Ten thousand aliases of a hundred thousand anchors are looked up at once.
#[test]
fn many_anchors_are_found_quickly() {
    let anchors = (0..50_000).map(|at| format!("k{at}: &a{at} v\n"));
    let aliases = (0..5_000).map(|at| format!("r{at}: *a{at}\n"));
    let lines: Vec<String> = anchors.chain(aliases).collect();
    let (_, diagnostics) = manifest::check(&lines.concat());
    assert!(diagnostics.iter().all(|found| !found.message.contains("alias")), "{diagnostics:?}");
}

#[test]
fn what_the_api_server_would_refuse_is_refused_with_its_sentence() {
    let mut cluster = cluster();
    let before = state(&cluster);
    let strategy = "  strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}\n  selector:";
    let output = cluster.apply(&Command::apply(&LAB.replacen("  selector:", strategy, 1)));
    assert!(
        output.stderr.contains(
            "The Deployment \"inference\" is invalid: spec.strategy.rollingUpdate.maxUnavailable: \
             Invalid value: intstr.IntOrString{Type:0, IntVal:0, StrVal:\"\"}: may not be 0 when \
             `maxSurge` is 0"
        ),
        "{}",
        output.stderr
    );
    // The Service of the same file is applied all the same, as on a cluster.
    assert_eq!(output.stdout, "service/inference created\n");
    assert_ne!(state(&cluster), before);
}

#[test]
fn a_pod_that_restarts_for_a_year_stays_small() {
    let mut cluster = cluster();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: doomed, labels: {app: doomed}}\nspec:\n  \
               containers: [{name: main, image: busybox, command: [sh, -c, exit 1]}]\n---\n\
               apiVersion: v1\nkind: Service\nmetadata: {name: doomed}\n\
               spec: {selector: {app: doomed}, ports: [{port: 80}]}\n";
    assert_eq!(cluster.apply(&Command::apply(pod)).code, 0);
    let year = Instant::BOOT + Duration::from_secs(365 * 24 * 3_600);
    assert_eq!(cluster.advance_to(year, 2_000_000), Advance::Arrived);
    let doomed = cluster.pod_named("doomed").expect("it is still there");
    assert!(doomed.max_restarts() > 100_000, "{} restarts", doomed.max_restarts());
    assert!(cluster.api().list::<Event>().len() < 30);
    assert_eq!(cluster.check(), Vec::<String>::new());
}

#[test]
fn a_budget_that_runs_out_stops_the_clock_where_it_is() {
    let mut cluster = cluster();
    cluster.apply(&Command::apply(LAB));
    let far = Instant::from_secs(1_000_000);
    assert_eq!(cluster.advance_to(far, 500), Advance::OutOfBudget);
    let stopped = cluster.now();
    assert!(stopped > Instant::BOOT && stopped < far);
    assert_eq!(cluster.advance_to(stopped + Duration::from_secs(1), 100_000), Advance::Arrived);
}

/// Words that commands are made of, and words that no command is made of.
fn words() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "kubectl",
        "get",
        "describe",
        "apply",
        "delete",
        "rollout",
        "undo",
        "status",
        "history",
        "pause",
        "resume",
        "restart",
        "scale",
        "set",
        "image",
        "env",
        "resources",
        "patch",
        "label",
        "annotate",
        "expose",
        "create",
        "deployment/inference",
        "deployment",
        "deploy",
        "inference",
        "pods",
        "rs",
        "svc",
        "all",
        "-f",
        "-",
        "-o",
        "json",
        "yaml",
        "wide",
        "-l",
        "-A",
        "-n",
        "-p",
        "--replicas=-1",
        "--replicas=99999999999",
        "--to-revision=9",
        "--timeout=0s",
        "--watch=false",
        "--grace-period=0",
        "--force",
        "--cascade=orphan",
        "-o=jsonpath={.status",
        "--",
        "=",
        "'",
        "\"",
        "{\"spec\":{\"replicas\":",
        "{}",
        "[]",
        "server=x",
        "*=y",
        "VERSION=",
        "VERSION-",
        "a=b=c",
        "--type=json",
        "[{\"op\":\"remove\",\"path\":\"/spec\"}]",
        "--dry-run=client",
        "-h",
        "--help",
    ]);
    prop_oneof![4 => known.prop_map(ToOwned::to_owned), 1 => "\\PC{0,8}"]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(7),
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_command_line_gets_an_answer(lines in prop::collection::vec(prop::collection::vec(words(), 0..7), 1..6)) {
        let mut cluster = cluster();
        cluster.apply(&Command::apply(LAB));
        cluster.advance_to(Instant::from_secs(15), 100_000);
        for line in lines {
            let output = cluster.apply(&Command::kubectl(&line.join(" ")));
            let silent = output.stdout.is_empty() && output.stderr.is_empty();
            prop_assert!(output.code == 0 || !silent, "{:?} says nothing", line);
            let target = cluster.now() + Duration::from_secs(2);
            prop_assert_eq!(cluster.advance_to(target, 200_000), Advance::Arrived);
        }
        prop_assert_eq!(cluster.check(), Vec::<String>::new());
        prop_assert!(cluster.api().list::<Pod>().len() < 2_000);
    }

    #[test]
    fn any_text_is_a_manifest_or_is_told_what_is_wrong(cut in 0..1_200_usize, junk in "\\PC{0,12}", after in 0..1_200_usize) {
        let cut = (0..=cut.min(LAB.len())).rev().find(|at| LAB.is_char_boundary(*at)).unwrap_or(0);
        let after = (0..=after.min(LAB.len())).rev().find(|at| LAB.is_char_boundary(*at)).unwrap_or(0);
        let text = format!("{}{junk}{}", &LAB[..cut], &LAB[after..]);
        let (objects, diagnostics) = manifest::check(&text);
        let mut cluster = cluster();
        let output = cluster.apply(&Command::apply(&text));
        prop_assert!(output.code != 0 || output.stdout.lines().count() <= objects.len() + diagnostics.len());
        prop_assert_eq!(cluster.advance_to(Instant::from_secs(20), 500_000), Advance::Arrived);
    }
}

/// What a line prints in these seconds of a terminal's time, and what it has complained of.
fn typed(line: &str, seconds: u64) -> (String, String) {
    let mut cluster = cluster();
    let mut terminal = rollscope_sim::terminal::Terminal::new("default");
    let (mut stdout, mut stderr) = (String::new(), String::new());
    let end = cluster.now() + Duration::from_secs(seconds);
    terminal.start(&mut cluster, line, None);
    loop {
        let printed = terminal.poll(&mut cluster);
        stdout += &printed.stdout;
        stderr += &printed.stderr;
        let next = [cluster.next_at(), terminal.next_at()].into_iter().flatten().min();
        match next.filter(|next| printed.code.is_none() && *next <= end) {
            Some(next) => cluster.advance_to(next, 100_000),
            None => return (stdout, stderr),
        };
    }
}

#[test]
fn watch_rests_between_two_runs() {
    let (printed, _) = typed("watch -n -1 echo hi", 1);
    assert!(printed.starts_with("Every 0.1s: echo hi\n\nhi\nEvery 0.1s"), "{printed}");
    assert!((9..=11).contains(&printed.matches("Every").count()), "{printed}");
    for (line, head) in [
        ("watch -n 0 echo hi", "Every 0.1s: "),
        ("watch -n5 echo hi", "Every 5.0s: "),
        ("watch --interval=0.5 -t echo hi", "Every 0.5s: "),
        ("watch -d -n 1,5 echo hi", "Every 1.5s: "),
        ("watch echo hi", "Every 2.0s: "),
    ] {
        assert!(typed(line, 1).0.starts_with(head), "{line}");
    }
    let refused = "watch: failed to parse argument: 'soon'\n".to_owned();
    assert_eq!(typed("watch -n soon echo hi", 1), (String::new(), refused));
    // What rests goes on for as long as one likes.
    let (printed, complaint) = typed("watch -n 1 kubectl get nodes", 600);
    assert_eq!((printed.matches("Every").count(), &*complaint), (601, ""));
}

#[test]
fn a_loop_of_calls_without_a_pause_is_slowed_down() {
    let (printed, complaint) = typed("while true; do kubectl get nodes; done", 10);
    assert!(printed.matches("NAME").count() < 250, "{}", printed.len());
    assert!(complaint.contains("it loops without a pause and is slowed down"), "{complaint}");
    let (printed, complaint) = typed("while true; do echo x; done", 10);
    assert!((1_000..5_000).contains(&printed.len()), "{}", printed.len());
    assert!(complaint.contains("it loops without a pause and is slowed down"), "{complaint}");
}

//! `kubectl logs` and `kubectl exec`.

use expect_test::expect;

use super::Lab;

const TALKER: &str = r#"initContainers:
- {name: fetch, image: "busybox:1.36", command: [sh, -c, "echo fetched"]}
containers:
- {name: server, image: "busybox:1.36", command: [sh, -c, "echo one; sleep 3; echo two; sleep 30; echo three; sleep 3600"]}
- {name: helper, image: "busybox:1.36", command: [sh, -c, "echo hi; sleep 3600"]}"#;

#[test]
fn logs_are_what_the_containers_printed() {
    let mut lab = Lab::with_pod(TALKER);
    lab.to(10);
    expect![[r#"
        one
        two
        Defaulted container "server" out of: server, helper, fetch (init)
    "#]]
    .assert_eq(&lab.run("logs web"));
    expect![[r#"
        fetched
    "#]]
    .assert_eq(&lab.run("logs web -c fetch"));
    expect![[r#"
        2026-01-01T00:00:01.516470000Z hi
    "#]]
    .assert_eq(&lab.run("logs web helper --timestamps"));
    expect![[r#"
        [pod/web/fetch] fetched
        [pod/web/server] one
        [pod/web/server] two
        [pod/web/helper] hi
    "#]]
    .assert_eq(&lab.run("logs web --all-containers --prefix"));
    expect![[r#"
        two
    "#]]
    .assert_eq(&lab.run("logs web -c server --tail=1"));
    expect![[r#"
        two
    "#]]
    .assert_eq(&lab.run("logs web -c server --since=7s"));
    expect![[r#"
        error: container nope is not valid for pod web
    "#]]
    .assert_eq(&lab.run("logs web -c nope"));
    expect![[r#"
        Error from server (BadRequest): previous terminated container "server" in pod "web" not found
    "#]].assert_eq(&lab.run("logs web -c server -p"));
    expect![[r#"
        error: error from server (NotFound): pods "nope" not found in namespace "default"
    "#]]
    .assert_eq(&lab.run("logs nope"));
    expect![[r#"
        error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.
        POD or TYPE/NAME is a required argument for the logs command
        See 'kubectl logs -h' for help and examples
    "#]]
    .assert_eq(&lab.run("logs"));
}

#[test]
fn logs_of_a_container_that_does_not_run_say_why() {
    let mut lab = Lab::with_pod("containers: [{name: server, image: 'busybox:1.36-typo'}]");
    expect![[r#"
        Error from server (BadRequest): container "server" in pod "web" is waiting to start: ContainerCreating
    "#]].assert_eq(&lab.until_ms(100).run("logs web"));
    expect![[r#"
        Error from server (BadRequest): container "server" in pod "web" is waiting to start: trying and failing to pull image
    "#]].assert_eq(&lab.to(5).run("logs web"));
    let mut lab = Lab::with_pod(
        "containers: [{name: server, image: 'busybox:1.36', command: [sh, -c, 'echo run; date; exit 1']}]",
    );
    lab.to(60);
    assert!(lab.row().starts_with("0/1 CrashLoopBackOff 3"));
    let (last, previous) = (lab.run("logs web"), lab.run("logs web --previous"));
    assert_eq!(last, previous, "what waits has its last run behind it");
    assert!(last.starts_with("run\n"), "{last}");
}

#[test]
fn logs_can_be_followed_to_the_end_of_the_container() {
    let mut lab = Lab::with_pod(
        "containers: [{name: server, image: 'busybox:1.36', command: [sh, -c, 'for i in 1 2 3; do echo $i; sleep 5; done; exit 0']}]",
    );
    lab.to(3);
    let output = lab.cluster.apply(&rollscope_sim::Command::kubectl("logs -f web"));
    assert_eq!(output.stdout, "1\n");
    let id = output.stream.expect("it goes on");
    lab.to(8);
    let (lines, code) = lab.cluster.read_stream(id);
    assert_eq!((lines.len(), code), (1, None));
    lab.to(30);
    let (lines, code) = lab.cluster.read_stream(id);
    assert_eq!((lines.len(), code), (1, Some(0)), "{lines:?}");
}

#[test]
fn logs_of_a_deployment_are_those_of_one_pod_and_of_labels_those_of_all() {
    let mut lab = Lab::with(
        r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "busybox:1.36", command: [sh, -c, "echo hello; sleep 3600"]}]
"#,
    );
    lab.to(10);
    let one = lab.run("logs deploy/web");
    assert!(one.starts_with("hello\nFound 2 pods, using pod/web-"), "{one}");
    assert_eq!(lab.run("logs -l app=web"), "hello\nhello\n");
    let missing = "error: error from server (NotFound): deployments.apps \"nope\" not found in \
                   namespace \"default\"\n";
    assert_eq!(lab.run("logs deploy/nope"), missing);
}

#[test]
fn logs_of_a_service_are_those_of_its_own_namespace() {
    let pod = |name: &str, namespace: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {namespace}, labels: {{app: web}}}}\n\
             spec: {{containers: [{{name: web, image: 'busybox:1.36', command: [sh, -c, \"echo {name}; sleep 3600\"]}}]}}\n---\n"
        )
    };
    let mut lab = Lab::with(&format!(
        "{{apiVersion: v1, kind: Namespace, metadata: {{name: team}}}}\n---\n{}{}\
         {{apiVersion: v1, kind: Service, metadata: {{name: web}}, spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}}}\n",
        pod("own", "default"),
        pod("foreign", "team"),
    ));
    lab.to(10);
    assert_eq!(lab.run("logs svc/web"), "own\n");
}

#[test]
fn exec_runs_a_command_in_a_container() {
    let mut lab = Lab::with_pod(TALKER);
    lab.to(10);
    assert_eq!(
        lab.run("exec web -c server -- sh -c 'hostname; touch /tmp/x; ls /tmp'"),
        "web\nx\n"
    );
    let failed =
        lab.cluster.apply(&rollscope_sim::Command::kubectl("exec web -c helper -- sh -c 'exit 3'"));
    assert_eq!((failed.stderr.as_str(), failed.code), ("command terminated with exit code 3\n", 3));
    expect![[r#"
        error: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: exec: "no-such-thing": executable file not found in $PATH: unknown
    "#]].assert_eq(&lab.run("exec web -c server -- no-such-thing"));
    expect![[r#"
        error: unable to upgrade connection: container not found ("fetch")
    "#]]
    .assert_eq(&lab.run("exec web -c fetch -- true"));
    expect![[r#"
        error: you must specify at least one command for the container
    "#]]
    .assert_eq(&lab.run("exec web"));
    expect![[r#"
        error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead
        See 'kubectl exec -h' for help and examples
    "#]]
    .assert_eq(&lab.run("exec web ls"));
    expect![[r#"
        error: pod, type/name or --filename must be specified
    "#]]
    .assert_eq(&lab.run("exec"));
    expect![[r#"
        Error from server (NotFound): pods "nope" not found
    "#]]
    .assert_eq(&lab.run("exec nope -- ls"));
    let output = lab
        .cluster
        .apply(&rollscope_sim::Command::kubectl("exec web -- sh -c 'sleep 2; echo done'"));
    let id = output.stream.expect("it takes time");
    lab.to(13);
    let (lines, code) = lab.cluster.read_stream(id);
    assert_eq!(
        (lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), code),
        (vec!["done"], Some(0))
    );
}

//! Init containers, sidecars, hooks, and how pods end.

use expect_test::expect;

use super::Lab;

#[test]
fn init_containers_run_one_after_another() {
    let mut lab = Lab::with_pod(
        r#"initContainers:
- {name: weights, image: "busybox:1.36", command: [sh, -c, "sleep 3"]}
- {name: check, image: "busybox:1.36", command: [sh, -c, "sleep 3"]}
containers:
- {name: server, image: "busybox:1.36", command: [sh, -c, "sleep infinity"]}"#,
    );
    expect![[r#"
        1   0/1 Init:0/2 0
        2   0/1 Init:0/2 0
        4   0/1 Init:0/2 0
        5   0/1 Init:1/2 0
        6   0/1 Init:1/2 0
        8   0/1 Init:1/2 0
        9   0/1 PodInitializing 0
        10  1/1 Running 0
    "#]]
    .assert_eq(&lab.rows(&[1, 2, 4, 5, 6, 8, 9, 10]));
    expect![[r#"
        0   x1 Pulling: Pulling image "busybox:1.36"
        1   x1 Pulled: Successfully pulled image "busybox:1.36" in 870ms (870ms including waiting). Image size: 2000000 bytes.
        1   x1 Created: Created container weights
        1   x1 Started: Started container weights
        4   x2 Pulled: Container image "busybox:1.36" already present on machine
        4   x1 Created: Created container check
        4   x1 Started: Started container check
        8   x1 Created: Created container server
        8   x1 Started: Started container server
    "#]]
    .assert_eq(&lab.events());
    expect!["Initialized Ready ContainersReady PodScheduled"]
        .assert_eq(&lab.field(".status.conditions[*].type"));
}

#[test]
fn an_init_container_that_fails_is_tried_again_and_again() {
    let mut lab = Lab::with_pod(
        r#"initContainers:
- {name: weights, image: "busybox:1.36", command: [sh, -c, "exit 3"]}
containers:
- {name: server, image: "busybox:1.36", command: [sh, -c, "sleep infinity"]}"#,
    );
    expect![[r#"
        2   0/1 Init:Error 0
        3   0/1 Init:CrashLoopBackOff 1 (2s ago)
        4   0/1 Init:CrashLoopBackOff 1 (3s ago)
        14  0/1 Init:CrashLoopBackOff 2 (3s ago)
        20  0/1 Init:CrashLoopBackOff 2 (9s ago)
    "#]]
    .assert_eq(&lab.rows(&[2, 3, 4, 14, 20]));
    let message = lab.field(".status.conditions[?(@.type==\"Initialized\")].message");
    assert_eq!(message, "containers with incomplete status: [weights]");
    assert_eq!(lab.field(".status.initContainerStatuses[0].lastState.terminated.exitCode"), "3");
}

#[test]
fn a_failed_init_container_ends_a_pod_that_is_never_restarted() {
    let mut lab = Lab::with_pod(
        r#"restartPolicy: Never
initContainers:
- {name: weights, image: "busybox:1.36", command: [sh, -c, "exit 3"]}
containers:
- {name: server, image: "busybox:1.36", command: [sh, -c, "sleep infinity"]}"#,
    );
    assert_eq!(lab.to(5).row(), "0/1 Init:Error 0");
    assert_eq!(lab.field(".status.phase"), "Failed");
}

#[test]
fn a_sidecar_starts_first_and_ends_last() {
    let mut lab = Lab::with_pod(
        r#"terminationGracePeriodSeconds: 4
initContainers:
- name: proxy
  image: nginx:1.27
  restartPolicy: Always
  startupProbe: {periodSeconds: 1, tcpSocket: {port: 80}}
containers:
- {name: server, image: "busybox:1.36", command: [sh, -c, "sleep infinity"]}"#,
    );
    expect![[r#"
        1   0/2 Init:0/1 0
        2   0/2 Init:0/1 0
        3   0/2 Init:0/1 0
        4   1/2 PodInitializing 0
        5   2/2 Running 0
        6   2/2 Running 0
    "#]]
    .assert_eq(&lab.rows(&[1, 2, 3, 4, 5, 6]));
    lab.to(20).run("delete pod web --wait=false");
    expect![[r#"
        21  2/2 Terminating 0
        24  2/2 Terminating 0
        25  from server (NotFound): pods "web" not
    "#]]
    .assert_eq(&lab.rows(&[21, 24, 25]));
    expect![[r#"
        0   x1 Pulling: Pulling image "nginx:1.27"
        1   x1 Pulled: Successfully pulled image "nginx:1.27" in 1.55s (1.55s including waiting). Image size: 70000000 bytes.
        1   x1 Created: Created container proxy
        1   x1 Started: Started container proxy
        3   x1 Pulling: Pulling image "busybox:1.36"
        3   x1 Pulled: Successfully pulled image "busybox:1.36" in 870ms (870ms including waiting). Image size: 2000000 bytes.
        3   x1 Created: Created container server
        3   x1 Started: Started container server
        20  x1 Killing: Stopping container proxy
        20  x1 Killing: Stopping container server
    "#]]
    .assert_eq(&lab.events());
}

#[test]
fn a_pod_that_is_done_stops_its_sidecars_and_succeeds() {
    let mut lab = Lab::with_pod(
        r#"restartPolicy: Never
initContainers:
- {name: proxy, image: "nginx:1.27", restartPolicy: Always}
containers:
- {name: job, image: "busybox:1.36", command: [sh, -c, "sleep 5"]}"#,
    );
    expect![[r#"
        4   2/2 Running 0
        6   2/2 Running 0
        8   2/2 Running 0
        10  0/2 Completed 0
    "#]]
    .assert_eq(&lab.rows(&[4, 6, 8, 10]));
    assert_eq!(lab.field(".status.phase"), "Succeeded");
}

#[test]
fn the_hook_before_the_stop_counts_against_the_grace_period() {
    let spec = |sleep: u32| {
        format!(
            r#"containers:
- name: server
  image: nginx:1.27
  lifecycle: {{preStop: {{sleep: {{seconds: {sleep}}}}}}}"#
        )
    };
    let gone_after = |grace: u32, sleep: u32| {
        let mut lab = Lab::with_pod(&spec(sleep));
        lab.to(20).run(&format!("delete pod web --wait=false --grace-period={grace}"));
        let mut ms = 20_000;
        while lab.cluster.pod_named("web").is_some() {
            ms += 100;
            lab.until_ms(ms);
        }
        ms - 20_000
    };
    assert_eq!(gone_after(30, 0), 200, "a server that heeds SIGTERM");
    assert_eq!(gone_after(30, 5), 5_200, "the hook comes first");
    assert_eq!(gone_after(3, 5), 3_200, "the hook is given up when the grace is over");
}

#[test]
fn a_program_without_a_handler_is_killed_when_the_grace_period_is_over() {
    let mut lab = Lab::with_pod(
        r#"terminationGracePeriodSeconds: 5
containers:
- name: server
  image: busybox:1.36
  command: [sh, -c, "sleep infinity"]
  lifecycle: {preStop: {sleep: {seconds: 4}}}"#,
    );
    lab.to(20).run("delete pod web --wait=false");
    assert_eq!(lab.until_ms(25_990).row(), "1/1 Terminating 0", "two seconds are left at least");
    lab.until_ms(26_005);
    assert_eq!(lab.field(".status.containerStatuses[0].state.terminated.exitCode"), "137");
    assert!(lab.until_ms(26_100).cluster.pod_named("web").is_none());
}

#[test]
fn hooks_that_fail_are_told() {
    let mut lab = Lab::with_pod(
        r#"terminationGracePeriodSeconds: 1
containers:
- name: server
  image: busybox:1.36
  command: [sh, -c, "sleep infinity"]
  lifecycle: {postStart: {exec: {command: ["false"]}}}"#,
    );
    expect![[r#"
        1   0/1 ContainerCreating 0
        3   0/1 ContainerCreating 0
        5   0/1 Error 0
    "#]]
    .assert_eq(&lab.rows(&[1, 3, 5]));
    expect![[r#"
        0   x1 Pulling: Pulling image "busybox:1.36"
        1   x1 Pulled: Successfully pulled image "busybox:1.36" in 870ms (870ms including waiting). Image size: 2000000 bytes.
        1   x2 Created: Created container server
        1   x2 Started: Started container server
        1   x2 FailedPostStartHook: PostStartHook failed
        1   x2 Killing: FailedPostStartHook
        3   x1 Pulled: Container image "busybox:1.36" already present on machine
    "#]]
    .assert_eq(&lab.events());
    let mut lab = Lab::with_pod(
        r#"containers:
- name: server
  image: nginx:1.27
  lifecycle: {preStop: {exec: {command: ["false"]}}}"#,
    );
    lab.to(20).run("delete pod web --wait=false");
    lab.to(21);
    expect![[r#"
        0   x1 Pulling: Pulling image "nginx:1.27"
        1   x1 Pulled: Successfully pulled image "nginx:1.27" in 1.55s (1.55s including waiting). Image size: 70000000 bytes.
        1   x1 Created: Created container server
        1   x1 Started: Started container server
        20  x1 Killing: Stopping container server
        20  x1 FailedPreStopHook: PreStopHook failed
    "#]]
    .assert_eq(&lab.events());
}

#[test]
fn a_readiness_gate_that_nobody_sets_keeps_the_pod_from_being_ready() {
    let mut lab = Lab::with_pod(
        r#"readinessGates: [{conditionType: example.com/load-balancer}]
containers:
- {name: server, image: "nginx:1.27"}"#,
    );
    assert_eq!(lab.to(10).row(), "1/1 Running 0");
    let condition = |lab: &mut Lab, kind: &str, field: &str| {
        lab.field(&format!(".status.conditions[?(@.type==\"{kind}\")].{field}"))
    };
    assert_eq!(condition(&mut lab, "ContainersReady", "status"), "True");
    assert_eq!(condition(&mut lab, "Ready", "status"), "False");
    assert_eq!(condition(&mut lab, "Ready", "reason"), "ReadinessGatesNotReady");
    assert_eq!(
        condition(&mut lab, "Ready", "message"),
        "corresponding condition of pod readiness gate \"example.com/load-balancer\" does not exist."
    );
}

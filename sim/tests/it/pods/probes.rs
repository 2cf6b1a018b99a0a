//! Probes: when they ask, what they say, what they set off.

use expect_test::expect;

use super::Lab;

#[test]
fn a_readiness_probe_fails_until_the_file_is_there() {
    let mut lab = Lab::with_pod(
        r#"containers:
- name: server
  image: busybox:1.36
  command: [sh, -c, "sleep 8; touch /tmp/ready; sleep infinity"]
  readinessProbe: {periodSeconds: 2, exec: {command: [cat, /tmp/ready]}}"#,
    );
    expect![[r#"
        1   0/1 ContainerCreating 0
        2   0/1 Running 0
        3   0/1 Running 0
        9   0/1 Running 0
        10  1/1 Running 0
        11  1/1 Running 0
        12  1/1 Running 0
    "#]]
    .assert_eq(&lab.rows(&[1, 2, 3, 9, 10, 11, 12]));
    expect![[r#"
        0   x1 Pulling: Pulling image "busybox:1.36"
        1   x1 Pulled: Successfully pulled image "busybox:1.36" in 870ms (870ms including waiting). Image size: 2000000 bytes.
        1   x1 Created: Created container server
        1   x1 Started: Started container server
        1   x4 Unhealthy: Readiness probe failed: cat: can't open '/tmp/ready': No such file or directory
    "#]].assert_eq(&lab.events());
}

/// A probe that goes on succeeding is not acted out: it must be again once its file goes, whoever
/// removes it.
#[test]
fn a_probe_that_succeeded_for_long_hears_of_a_file_that_goes() {
    const POD: &str = r#"volumes: [{name: shared, emptyDir: {}}]
containers:
- name: server
  image: busybox:1.36
  command: [sh, -c, "touch /shared/ready; WORK"]
  volumeMounts: [{name: shared, mountPath: /shared}]
  readinessProbe: {periodSeconds: 2, failureThreshold: 2, exec: {command: [cat, /shared/ready]}}
- name: neighbour
  image: busybox:1.36
  command: [sh, -c, "NEIGHBOUR"]
  volumeMounts: [{name: shared, mountPath: /shared}]"#;
    let lab = |work: &str, neighbour: &str| {
        Lab::with_pod(&POD.replace("WORK", work).replace("NEIGHBOUR", neighbour))
    };
    let idle = "sleep infinity";
    let mut by_hand = lab(idle, idle);
    assert_eq!(by_hand.to(100).row(), "2/2 Running 0");
    by_hand.run("exec web -c server -- rm /shared/ready");
    let mut by_itself = lab("sleep 98; rm /shared/ready; sleep infinity", idle);
    let mut by_neighbour = lab(idle, "sleep 98; rm /shared/ready; sleep infinity");
    for lab in [&mut by_hand, &mut by_itself, &mut by_neighbour] {
        assert_eq!(lab.rows(&[106]), "106 1/2 Running 0\n");
        lab.run("exec web -c neighbour -- touch /shared/ready");
        assert_eq!(lab.rows(&[109]), "109 2/2 Running 0\n");
    }
}

#[test]
fn a_liveness_probe_kills_a_model_that_loads_slowly() {
    let mut lab = Lab::with_pod(
        r#"terminationGracePeriodSeconds: 30
containers:
- name: server
  image: busybox:1.36
  command: [sh, -c, "sleep 60; touch /tmp/up; sleep infinity"]
  livenessProbe:
    {initialDelaySeconds: 5, periodSeconds: 5, terminationGracePeriodSeconds: 2, exec: {command: [cat, /tmp/up]}}"#,
    );
    expect![[r#"
        10  1/1 Running 0
        20  1/1 Running 0
        40  1/1 Running 1 (18s ago)
        60  1/1 Running 2 (18s ago)
        80  1/1 Running 3 (18s ago)
        100 1/1 Running 4 (18s ago)
        120 0/1 CrashLoopBackOff 4 (18s ago)
        160 1/1 Running 5 (58s ago)
        200 0/1 CrashLoopBackOff 5 (38s ago)
        300 0/1 CrashLoopBackOff 6 (38s ago)
    "#]]
    .assert_eq(&lab.rows(&[10, 20, 40, 60, 80, 100, 120, 160, 200, 300]));
    expect![[r#"
        0   x1 Pulling: Pulling image "busybox:1.36"
        1   x1 Pulled: Successfully pulled image "busybox:1.36" in 870ms (870ms including waiting). Image size: 2000000 bytes.
        1   x4 Created: Created container server
        1   x4 Started: Started container server
        10  x9 Unhealthy: Liveness probe failed: cat: can't open '/tmp/up': No such file or directory
        20  x3 Killing: Container server failed liveness probe, will be restarted
        22  x3 Pulled: Container image "busybox:1.36" already present on machine
    "#]].assert_eq(&lab.events());
    assert_eq!(lab.field(".status.containerStatuses[0].lastState.terminated.exitCode"), "137");
}

#[test]
fn a_startup_probe_holds_the_others_back_and_saves_a_slow_model() {
    let mut lab = Lab::with_pod(
        r#"containers:
- name: server
  image: busybox:1.36
  command: [sh, -c, "sleep 60; touch /tmp/up; sleep infinity"]
  startupProbe: {periodSeconds: 10, failureThreshold: 60, exec: {command: [cat, /tmp/up]}}
  readinessProbe: {periodSeconds: 10, exec: {command: [cat, /tmp/up]}}
  livenessProbe: {periodSeconds: 5, failureThreshold: 1, exec: {command: [cat, /tmp/up]}}"#,
    );
    expect![[r#"
        10  0/1 Running 0
        60  0/1 Running 0
        65  0/1 Running 0
        70  0/1 Running 0
        71  1/1 Running 0
        72  1/1 Running 0
    "#]]
    .assert_eq(&lab.rows(&[10, 60, 65, 70, 71, 72]));
    expect![[r#"
        0   x1 Pulling: Pulling image "busybox:1.36"
        1   x1 Pulled: Successfully pulled image "busybox:1.36" in 870ms (870ms including waiting). Image size: 2000000 bytes.
        1   x1 Created: Created container server
        1   x1 Started: Started container server
        10  x6 Unhealthy: Startup probe failed: cat: can't open '/tmp/up': No such file or directory
    "#]]
    .assert_eq(&lab.events());
}

#[test]
fn a_startup_probe_that_gives_up_has_the_container_restarted() {
    let mut lab = Lab::with_pod(
        r#"terminationGracePeriodSeconds: 1
containers:
- name: server
  image: busybox:1.36
  command: [sh, -c, "sleep infinity"]
  startupProbe: {periodSeconds: 5, failureThreshold: 2, exec: {command: [cat, /tmp/up]}}"#,
    );
    expect![[r#"
        8   0/1 Running 0
        12  0/1 Running 0
        16  0/1 Running 1 (4s ago)
        20  0/1 Running 1 (8s ago)
    "#]]
    .assert_eq(&lab.rows(&[8, 12, 16, 20]));
    expect![[r#"
        0   x1 Pulling: Pulling image "busybox:1.36"
        1   x1 Pulled: Successfully pulled image "busybox:1.36" in 870ms (870ms including waiting). Image size: 2000000 bytes.
        1   x2 Created: Created container server
        1   x2 Started: Started container server
        5   x3 Unhealthy: Startup probe failed: cat: can't open '/tmp/up': No such file or directory
        10  x1 Killing: Container server failed startup probe, will be restarted
        12  x1 Pulled: Container image "busybox:1.36" already present on machine
    "#]]
    .assert_eq(&lab.events());
}

#[test]
fn readiness_goes_on_being_probed_while_a_pod_ends() {
    let mut lab = Lab::with_pod(
        r#"terminationGracePeriodSeconds: 10
containers:
- name: server
  image: busybox:1.36
  command: [sh, -c, "touch /tmp/ready; sleep 22; rm /tmp/ready; sleep infinity"]
  readinessProbe: {periodSeconds: 1, failureThreshold: 2, exec: {command: [cat, /tmp/ready]}}
  livenessProbe: {periodSeconds: 1, failureThreshold: 1, exec: {command: [cat, /tmp/ready]}}"#,
    );
    lab.to(20).run("delete pod web --wait=false");
    expect![[r#"
        21  1/1 Terminating 0
        23  1/1 Terminating 0
        26  0/1 Terminating 0
        29  0/1 Terminating 0
    "#]]
    .assert_eq(&lab.rows(&[21, 23, 26, 29]));
    expect![[r#"
        0   x1 Pulling: Pulling image "busybox:1.36"
        1   x1 Pulled: Successfully pulled image "busybox:1.36" in 870ms (870ms including waiting). Image size: 2000000 bytes.
        1   x1 Created: Created container server
        1   x1 Started: Started container server
        20  x1 Killing: Stopping container server
        23  x6 Unhealthy: Readiness probe failed: cat: can't open '/tmp/ready': No such file or directory
    "#]].assert_eq(&lab.events());
}

#[test]
fn refused_connections_are_told_with_the_address() {
    let mut lab = Lab::with_pod(
        r#"containers:
- name: server
  image: busybox:1.36
  command: [sh, -c, "sleep 30; httpd -f -p 8080"]
  ports: [{name: http, containerPort: 8080}]
  readinessProbe: {httpGet: {path: /health, port: http}}
  livenessProbe: {failureThreshold: 9, tcpSocket: {port: 8080}}
  startupProbe: null"#,
    );
    lab.to(20);
    expect![[r#"
        0   x1 Pulling: Pulling image "busybox:1.36"
        1   x1 Pulled: Successfully pulled image "busybox:1.36" in 870ms (870ms including waiting). Image size: 2000000 bytes.
        1   x1 Created: Created container server
        1   x1 Started: Started container server
        1   x2 Unhealthy: Readiness probe failed: Get "http://10.244.0.5:8080/health": dial tcp 10.244.0.5:8080: connect: connection refused
        10  x1 Unhealthy: Liveness probe failed: dial tcp 10.244.0.5:8080: connect: connection refused
    "#]].assert_eq(&lab.events());
}

//! Containers that run: servers that load, probes that ask them, scripts that trap signals,
//! configuration that comes from elsewhere.

use expect_test::expect;

use super::Lab;

#[test]
fn a_server_that_loads_answers_503_until_it_is_ready() {
    let mut lab = Lab::with_pod(
        r#"containers:
- name: server
  image: registry.example/inference:v1
  env: [{name: MODEL_LOAD_SECONDS, value: "12"}]
  ports: [{name: http, containerPort: 8080}]
  readinessProbe: {periodSeconds: 5, httpGet: {path: /ready, port: http}}
  livenessProbe: {periodSeconds: 5, httpGet: {path: /wrong, port: http}}"#,
    );
    expect![[r#"
        5   0/1 ContainerCreating 0
        10  0/1 Running 0
        15  0/1 Running 0
        20  0/1 Running 0
        25  0/1 Running 1 (5s ago)
        30  0/1 Running 1 (10s ago)
        60  0/1 Running 3 (10s ago)
    "#]]
    .assert_eq(&lab.rows(&[5, 10, 15, 20, 25, 30, 60]));
    expect![[r#"
        0   x1 Pulling: Pulling image "registry.example/inference:v1"
        5   x1 Pulled: Successfully pulled image "registry.example/inference:v1" in 4.85s (4.85s including waiting). Image size: 400000000 bytes.
        5   x3 Created: Created container server
        5   x3 Started: Started container server
        5   x7 Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503
        10  x4 Unhealthy: Liveness probe failed: HTTP probe failed with statuscode: 503
        20  x2 Unhealthy: Liveness probe failed: HTTP probe failed with statuscode: 404
        20  x2 Killing: Container server failed liveness probe, will be restarted
        20  x2 Pulled: Container image "registry.example/inference:v1" already present on machine
    "#]].assert_eq(&lab.events());
}

#[test]
fn an_exec_probe_that_takes_too_long_or_cannot_run_is_told() {
    let mut lab = Lab::with_pod(
        r#"containers:
- name: server
  image: nginx:1.27
  readinessProbe: {periodSeconds: 5, timeoutSeconds: 2, exec: {command: [sleep, "3"]}}
  livenessProbe: {periodSeconds: 5, failureThreshold: 1, exec: {command: [pg_isready]}}"#,
    );
    lab.to(20);
    assert_eq!(lab.row(), "0/1 Running 0", "what cannot be asked is not counted");
    expect![[r#"
        0   x1 Pulling: Pulling image "nginx:1.27"
        1   x1 Pulled: Successfully pulled image "nginx:1.27" in 1.55s (1.55s including waiting). Image size: 70000000 bytes.
        1   x1 Created: Created container server
        1   x1 Started: Started container server
        4   x4 Unhealthy: Readiness probe failed: command "sleep 3" timed out
        5   x3 Unhealthy: Liveness probe errored: rpc error: code = Unknown desc = failed to exec in container: OCI runtime exec failed: exec failed: unable to start container process: exec: "pg_isready": executable file not found in $PATH: unknown
    "#]].assert_eq(&lab.events());
}

#[test]
fn a_command_that_does_not_exist_cannot_be_started() {
    let mut lab = Lab::with_pod(
        "containers: [{name: server, image: 'nginx:1.27', command: [no-such-thing]}]",
    );
    expect![[r#"
        2   0/1 ContainerCreating 0
        4   0/1 CrashLoopBackOff 1 (2s ago)
        6   0/1 CrashLoopBackOff 1 (4s ago)
        30  0/1 CrashLoopBackOff 2 (18s ago)
    "#]]
    .assert_eq(&lab.rows(&[2, 4, 6, 30]));
    expect![[r#"
        0   x1 Pulling: Pulling image "nginx:1.27"
        1   x1 Pulled: Successfully pulled image "nginx:1.27" in 1.55s (1.55s including waiting). Image size: 70000000 bytes.
        1   x3 Created: Created container server
        1   x3 Failed: Error: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "no-such-thing": executable file not found in $PATH: unknown
        2   x2 Pulled: Container image "nginx:1.27" already present on machine
        3   x2 BackOff: Back-off restarting failed container server in pod web_default(4ceb1a2a-bba5-497f-a731-b5275b5da7ea)
    "#]].assert_eq(&lab.events());
}

#[test]
fn a_trap_lets_a_script_end_in_order() {
    let mut lab = Lab::with_pod(
        r#"containers:
- name: server
  image: busybox:1.36
  command: [sh, -c, "trap 'echo bye; exit 0' TERM; while true; do sleep 1; done"]"#,
    );
    lab.to(20).run("delete pod web --wait=false");
    lab.until_ms(21_500);
    assert!(lab.cluster.pod_named("web").is_none(), "it does not wait for the grace period");
}

#[test]
fn the_environment_comes_from_the_manifest_and_from_other_objects() {
    let mut lab = Lab::with(
        r#"apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {greeting: hello, app.conf: "level=1\n"}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {tier: front}}
spec:
  volumes: [{name: conf, configMap: {name: settings}}, {name: scratch, emptyDir: {}}]
  initContainers:
  - name: fetch
    image: busybox:1.36
    command: [sh, -c, "echo weights > /scratch/model"]
    volumeMounts: [{name: scratch, mountPath: /scratch}]
  containers:
  - name: server
    image: busybox:1.36
    command: [sh, -c, "echo $GREETING from $TIER; cat /conf/app.conf /scratch/model; sleep infinity"]
    env:
    - {name: GREETING, valueFrom: {configMapKeyRef: {name: settings, key: greeting}}}
    - {name: TIER, valueFrom: {fieldRef: {fieldPath: "metadata.labels['tier']"}}}
    volumeMounts: [{name: conf, mountPath: /conf}, {name: scratch, mountPath: /scratch}]
"#,
    );
    lab.to(10);
    assert_eq!(lab.log(), "hello from front\nlevel=1\nweights\n");
}

#[test]
fn a_missing_config_map_is_told_and_waited_for() {
    let mut lab = Lab::with_pod(
        r#"containers:
- name: server
  image: busybox:1.36
  command: [sleep, infinity]
  env: [{name: GREETING, valueFrom: {configMapKeyRef: {name: settings, key: greeting}}}]"#,
    );
    assert_eq!(lab.to(5).row(), "0/1 CreateContainerConfigError 0");
    assert!(lab.events().contains("Failed: Error: configmap \"settings\" not found"));
    lab.cluster.apply(&rollscope_sim::Command::apply(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {greeting: hi}",
    ));
    assert_eq!(lab.to(20).row(), "1/1 Running 0");
    let mut lab = Lab::with_pod(
        r#"volumes: [{name: conf, configMap: {name: settings}}]
containers: [{name: server, image: "nginx:1.27"}]"#,
    );
    assert_eq!(lab.to(5).row(), "0/1 ContainerCreating 0");
    expect![[r#"
        0   x4 FailedMount: MountVolume.SetUp failed for volume "conf" : configmap "settings" not found
    "#]].assert_eq(&lab.events());
}

#[test]
fn what_a_script_says_that_is_not_acted_out_is_named_with_its_line() {
    let mut lab = Lab::with_pod(
        r#"containers:
- name: server
  image: busybox:1.36
  command: [sh, -c, "echo one\nip route\nsleep infinity"]"#,
    );
    lab.to(5);
    let uid = lab.cluster.pod_named("web").expect("it is there").meta.uid;
    let all: Vec<String> = lab
        .cluster
        .pod_diagnostics(uid)
        .iter()
        .map(|(name, item)| format!("{name} line {}: {}", item.line, item.text))
        .collect();
    expect!["server line 2: `ip route` is not simulated; it counts as done at once"]
        .assert_eq(&all.join("\n"));
}

#[test]
fn a_pod_asks_another_through_its_service() {
    let mut lab = Lab::with(
        r#"apiVersion: v1
kind: Pod
metadata: {name: api, labels: {app: api}}
spec:
  containers:
  - name: server
    image: busybox:1.36
    command: [sh, -c, "mkdir -p /www && echo hello > /www/index.html && exec httpd -f -p 8080 -h /www"]
    ports: [{name: http, containerPort: 8080}]
---
apiVersion: v1
kind: Service
metadata: {name: api}
spec: {selector: {app: api}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: client
    image: busybox:1.36
    command: [sh, -c, "sleep 10; wget -qO- http://api/; wget -qO- http://nobody/; sleep infinity"]
"#,
    );
    lab.to(20);
    expect![[r#"
        hello
        wget: bad address 'nobody'
    "#]]
    .assert_eq(&lab.log());
}

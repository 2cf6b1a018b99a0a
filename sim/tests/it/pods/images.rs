//! Image pulls: what a node has, what a registry does not have, and the waits between attempts.

use expect_test::expect;

use super::Lab;

fn pod(image: &str, policy: &str) -> Lab {
    Lab::with_pod(&format!(
        r#"nodeName: gpu-node-1
containers:
- {{name: server, image: "{image}", imagePullPolicy: {policy}, command: [sleep, infinity]}}"#
    ))
}

#[test]
fn a_tag_that_does_not_exist_is_pulled_again_and_again() {
    let mut lab = pod("busybox:1.36-typo", "IfNotPresent");
    expect![[r#"
        1   0/1 ErrImagePull 0
        2   0/1 ErrImagePull 0
        3   0/1 ImagePullBackOff 0
        10  0/1 ImagePullBackOff 0
        15  0/1 ImagePullBackOff 0
        16  0/1 ErrImagePull 0
        20  0/1 ErrImagePull 0
        40  0/1 ImagePullBackOff 0
        100 0/1 ErrImagePull 0
        400 0/1 ImagePullBackOff 0
    "#]]
    .assert_eq(&lab.rows(&[1, 2, 3, 10, 15, 16, 20, 40, 100, 400]));
    expect![[r#"
        0   x4 Pulling: Pulling image "busybox:1.36-typo"
        0   x4 Failed: Failed to pull image "busybox:1.36-typo": rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/busybox:1.36-typo": failed to resolve reference "docker.io/library/busybox:1.36-typo": docker.io/library/busybox:1.36-typo: not found
        0   x4 Failed: Error: ErrImagePull
        2   x8 BackOff: Back-off pulling image "busybox:1.36-typo"
        2   x6 Failed: Error: ImagePullBackOff
    "#]].assert_eq(&lab.events());
    let message = lab.field(".status.containerStatuses[0].state.waiting.message");
    expect![[r#"Back-off pulling image "busybox:1.36-typo": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/busybox:1.36-typo": failed to resolve reference "docker.io/library/busybox:1.36-typo": docker.io/library/busybox:1.36-typo: not found"#]].assert_eq(&message);
    assert_eq!(lab.field(".status.phase"), "Pending");
}

#[test]
fn the_policy_says_whether_a_node_that_has_an_image_asks_again() {
    let second = |policy: &str| {
        let mut lab = pod("busybox:1.36", policy);
        lab.to(5).run("delete pod web --grace-period=1");
        let manifest = format!(
            "apiVersion: v1
kind: Pod
metadata: {{name: next}}
spec:
  nodeName: gpu-node-1
  containers:
  - {{name: server, image: busybox:1.36, imagePullPolicy: {policy}, command: [sleep, infinity]}}"
        );
        let first = lab.events();
        lab.cluster.apply(&rollscope_sim::Command::apply(&manifest));
        lab.to(60);
        lab.events()[first.len()..].lines().skip(1).take(2).collect::<Vec<_>>().join("\n")
    };
    expect![[r#"
        5   x1 Pulled: Container image "busybox:1.36" already present on machine
        5   x1 Created: Created container server"#]]
    .assert_eq(&second("IfNotPresent"));
    expect![[r#"
        5   x1 Pulling: Pulling image "busybox:1.36"
        5   x1 Pulled: Successfully pulled image "busybox:1.36" in 200ms (200ms including waiting). Image size: 2000000 bytes."#]].assert_eq(&second("Always"));
}

#[test]
fn an_image_that_may_not_be_pulled_has_to_be_there() {
    let mut lab = pod("busybox:1.36", "Never");
    assert_eq!(lab.to(5).row(), "0/1 ErrImageNeverPull 0");
    expect![[r#"
        0   x1 ErrImageNeverPull: Container image "busybox:1.36" is not present with pull policy of Never
        0   x1 Failed: Error: ErrImageNeverPull
    "#]].assert_eq(&lab.events());
}

#[test]
fn a_name_that_names_no_image_is_told() {
    let mut lab = pod("Busybox:1.36", "IfNotPresent");
    assert_eq!(lab.to(5).row(), "0/1 InvalidImageName 0");
    expect![[r#"
        0   x1 InspectFailed: Failed to apply default image tag "Busybox:1.36": couldn't parse image name "Busybox:1.36": invalid reference format: repository name (Busybox) must be lowercase
        0   x1 Failed: Error: InvalidImageName
    "#]].assert_eq(&lab.events());
}

#[test]
fn an_unknown_repository_is_somebodys_own_and_a_server_stands_in() {
    let mut lab = Lab::with_pod(
        "containers: [{name: server, image: 'ghcr.io/acme/model:2024-05', ports: [{containerPort: 8080}]}]",
    );
    assert_eq!(lab.to(20).row(), "1/1 Running 0");
    let mut lab = Lab::with_pod("containers: [{name: server, image: 'registry.example/nope:v1'}]");
    assert_eq!(lab.to(3).row(), "0/1 ImagePullBackOff 0");
}

#[test]
fn big_images_take_long_and_one_is_pulled_after_the_other() {
    let mut lab = Lab::with_pod(
        r#"containers:
- {name: model, image: "vllm/vllm-openai:latest"}
- {name: proxy, image: "nginx:1.27"}"#,
    );
    lab.to(200);
    let events = lab.events();
    let pulled: Vec<&str> = events.lines().filter(|line| line.contains("Pull")).collect();
    expect![[r#"
        0   x1 Pulling: Pulling image "vllm/vllm-openai:latest"
        91  x1 Pulled: Successfully pulled image "vllm/vllm-openai:latest" in 1m30.85s (1m30.85s including waiting). Image size: 9000000000 bytes.
        91  x1 Pulling: Pulling image "nginx:1.27"
        92  x1 Pulled: Successfully pulled image "nginx:1.27" in 1.55s (1.55s including waiting). Image size: 70000000 bytes."#]].assert_eq(&pulled.join("\n"));
}

#[test]
fn a_model_that_does_not_fit_is_killed_for_want_of_memory() {
    let mut lab = Lab::with_pod(
        r#"containers:
- name: server
  image: registry.example/inference:v1
  env: [{name: MODEL_MEMORY, value: 24Gi}, {name: MODEL_LOAD_SECONDS, value: "10"}]
  resources: {limits: {memory: 16Gi}}"#,
    );
    expect![[r#"
        5   0/1 ContainerCreating 0
        12  1/1 Running 1 (2s ago)
        15  1/1 Running 1 (5s ago)
        20  0/1 CrashLoopBackOff 1 (5s ago)
        60  0/1 CrashLoopBackOff 3 (5s ago)
    "#]]
    .assert_eq(&lab.rows(&[5, 12, 15, 20, 60]));
    assert_eq!(lab.field(".status.containerStatuses[0].lastState.terminated.reason"), "OOMKilled");
    assert_eq!(lab.field(".status.containerStatuses[0].lastState.terminated.exitCode"), "137");
}

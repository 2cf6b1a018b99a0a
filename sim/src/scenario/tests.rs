//! Scenarios read from text, and what is said about those that are wrong.

use super::*;
use crate::container::image::Flavour;

fn problems(text: &str) -> Vec<String> {
    let told = |problem: &Diagnostic| {
        let hint = problem.suggestion.as_deref().map(|hint| format!(" [{hint}]"));
        format!("{problem}{}", hint.unwrap_or_default())
    };
    read(text).expect_err(text).iter().map(told).collect()
}

#[test]
fn knobs_manifests_and_steps_are_read() {
    let text = "\
seed: 9
nodes: 5
gpusPerNode: 8
proxyLag: 2500ms
traffic: {rps: 50, keepAlive: true, longRequests: {percent: 10, length: 8s}}
manifests:
- web.yaml
- |
  kind: Service

  metadata: {}
steps:
- {at: 20s, kubectl: kubectl get pods}
- {at: +5s, traffic: {rps: 500, retries: 2}, proxyLag: 1}
for: 3m
";
    let scenario = read(text).expect("a good scenario");
    let config = &scenario.config;
    assert_eq!((config.seed, config.nodes, config.request_rate), (9, 5, 50));
    assert_eq!(config.node_resources.get("nvidia.com/gpu"), Some(&8_000));
    assert_eq!(config.proxy_lag, Duration::from_millis(2_500));
    assert!(config.clients.keep_alive && config.clients.long_percent == 10);
    assert_eq!(scenario.length, Some(Duration::from_mins(3)));
    assert_eq!(
        scenario.manifests,
        [
            Source::File { path: "web.yaml".into(), line: 7, column: 3 },
            Source::Text {
                text: "kind: Service\n\nmetadata: {}\n".into(),
                lines_before: 8,
                indent: 2
            },
        ]
    );
    let clients = Clients { retries: 2, ..config.clients };
    let expected = [
        (20, 13, vec![Deed::Command(Command::kubectl("get pods"))]),
        (
            25,
            14,
            vec![
                Deed::Command(Command::SetRequestRate(500)),
                Deed::Command(Command::SetClients(clients)),
                Deed::Command(Command::SetProxyLag(Duration::from_secs(1))),
            ],
        ),
    ];
    let expected =
        expected.map(|(at, line, deeds)| Step { at: Instant::from_secs(at), line, deeds });
    assert_eq!(scenario.steps, expected);
}

#[test]
fn images_are_added_to_the_registry() {
    let text = "\
images:
- {repository: registry.example/llm, tags: [v1, v2], size: 16Gi, entrypoint: [inference-server]}
- {repository: plain, tags: [latest], shell: none}
";
    let scenario = read(text).expect("a good scenario");
    let [llm, plain] = &*scenario.config.images else { panic!("two images") };
    assert_eq!((llm.size_bytes, llm.entrypoint.len()), (16 << 30, 1));
    assert_eq!((llm.tags.len(), plain.flavour), (2, Flavour::None));
}

#[test]
fn every_mistake_is_told_with_its_place_and_what_was_meant() {
    let cases = [
        ("node: 3\n", "1:1: there is no \"node\" in a scenario [nodes]"),
        ("nodes: many\n", "1:8: nodes: wants a whole number from 0 to 1000, not many"),
        ("nodes: -1\n", "1:8: nodes: wants a whole number from 0 to 1000, not -1"),
        (
            "traffic:\n  rps: 20000\n",
            "2:8: traffic.rps: wants a whole number from 0 to 10000, not 20000",
        ),
        (
            "traffic:\n  cleints: 3\n",
            "2:3: there is no \"traffic.cleints\" in a scenario [clients]",
        ),
        ("traffic: {timeout: 0}\n", "1:20: traffic.timeout: a client waits longer than 0"),
        ("traffic: {longRequests: {length: 5s}}\n", "1:25: traffic.longRequests: wants percent"),
        (
            "traffic: {burst: {every: 5s, length: 9s, factor: 2}}\n",
            "1:38: traffic.burst.length: a burst lasts longer than 0 and ends before the next",
        ),
        ("images: [{repository: a}]\n", "1:10: images[0]: wants tags"),
        (
            "images: [{repository: a, tags: [v1], size: big}]\n",
            "1:44: images[0].size: wants a size such as 500Mi or 16Gi, at most 1T",
        ),
        ("images: [{repository: a, tags: v1}]\n", "1:32: images[0].tags: wants a list of texts"),
        ("proxyLag: 1h\n", "1:11: proxyLag: is at most 10 minutes"),
        ("for: ever\n", "1:6: for: wants a time such as 500ms, 90s or 1m30s"),
        (
            "steps: [{at: 5s}]\n",
            "1:9: steps[0]: a step does something: kubectl, apply, traffic, proxyLag, failNode or recoverNode",
        ),
        (
            "steps:\n- kubectl: get pods\n",
            "2:3: steps[0]: a step has a time: at: 20s, or at: +5s after the step before",
        ),
        (
            "steps:\n- {at: 9s, kubectl: get pods}\n- {at: 5s, kubectl: get pods}\n",
            "3:8: steps[1].at: the step before is later, at 9.000 s",
        ),
        ("manifests: web.yaml\n", "1:12: manifests: wants a list"),
        (
            "manifests: [{kind: Pod}]\n",
            "1:13: manifests[0]: wants the path of a file, or a manifest as a block of text (|)",
        ),
        (
            "- a\n",
            "1:1: wants a map with seed, nodes, gpusPerNode, podsPerNode, proxyLag, images, traffic, for, manifests, steps",
        ),
        ("a: 1\n---\nb: 2\n", "3:1: a scenario is one document; manifests go under manifests"),
        ("", "1:1: the scenario is empty"),
        ("# nothing\n", "1:1: the scenario is empty"),
    ];
    for (text, expected) in cases {
        assert_eq!(problems(text), [expected], "{text}");
    }
    assert!(
        problems("a: [1\n")[0].starts_with("1:4: did not find expected")
            || problems("a: [1\n").len() == 1
    );
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_text() {
    let text = "nodes: x\ntrafic: {}\nsteps: [{at: soon, kubectl: ''}]\n";
    let places: Vec<String> = problems(text)
        .iter()
        .map(|problem| problem.split(": ").next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(places, ["1:8", "2:1", "3:9", "3:14", "3:29"]);
}

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
            "1:1: wants a map with seed, nodes, gpusPerNode, podsPerNode, proxyLag, images, traffic, for, files, manifests, steps",
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

/// A session with all that a person can do, as it is remembered.
fn session() -> crate::History {
    use crate::terminal::{Host, Terminal};
    struct Desk(crate::History);
    impl Host for Desk {
        fn now(&self) -> Instant {
            self.0.end()
        }
        fn apply(&mut self, command: &Command) -> crate::kubectl::Output {
            self.0.act(self.0.end(), command.clone())
        }
        fn read_stream(
            &mut self,
            stream: crate::kubectl::stream::StreamId,
        ) -> (Vec<crate::kubectl::stream::Line>, Option<i32>) {
            self.0.read_stream(stream)
        }
        fn stop_stream(&mut self, stream: crate::kubectl::stream::StreamId) {
            self.0.stop_stream(stream);
        }
    }
    let web = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 3\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: c, image: 'nginx:1.27'}]}\n";
    let mut config = Config::with_seed(11);
    config.nodes = 4;
    let mut desk = Desk(crate::History::new(config));
    let mut terminal = Terminal::new("default");
    terminal.write_file("web.yaml", web).expect("there is room");
    let mut now = Instant::from_micros(1_234_567);
    for line in [
        "kubectl apply -f web.yaml",
        "kubectl create configmap x --from-literal='a=it'\\''s  \"b\"\n\ttab'",
        "sed 's/replicas: 3/replicas: 5/' web.yaml > more.yaml; kubectl apply -f more.yaml",
        "kubectl get deployment web -o json | kubectl replace -f -",
        "kubectl create namespace other; kubectl create configmap y -n other",
        "kubectl config set-context --current --namespace=other; kubectl create configmap z",
        "kubectl set image deployment/web -n default c=nginx:1.28",
        "KUBE_EDITOR='sed -i s/nginx:1.28/nginx:1.29/' kubectl edit deployment/web -n default",
    ] {
        let _ = desk.0.advance_to(now, 1_000_000);
        terminal.start(&mut desk, line, None);
        let printed = terminal.poll(&mut desk);
        assert_eq!((printed.code, &*printed.stderr), (Some(0), ""), "{line}");
        now += Duration::from_micros(7_500_001);
    }
    let clients = Clients {
        request_length: Some(Duration::from_millis(80)),
        burst: Some(crate::network::clients::Burst {
            every: Duration::from_secs(9),
            length: Duration::from_secs(2),
            factor: 3,
        }),
        ..Clients::default()
    };
    for command in [
        Command::SetRequestRate(77),
        Command::SetClients(clients),
        Command::SetProxyLag(Duration::from_millis(300)),
        Command::SetClients(Clients::default()),
        Command::FailNode("node-2".into()),
        Command::RecoverNode("node-2".into()),
        Command::apply(&web.replace("name: web", "name: two")),
        Command::apply("x"),
        Command::kubectl("scale deployment/web --replicas=2"),
    ] {
        let _ = desk.0.advance_to(now, 1_000_000);
        desk.0.act(now, command);
        now += Duration::from_secs(3);
    }
    let _ = desk.0.advance_to(now + Duration::from_secs(30), 10_000_000);
    desk.0
}

/// The cluster a scenario ends with.
fn outcome(text: &str) -> crate::Cluster {
    let scenario = read(text).unwrap_or_else(|problems| panic!("{problems:?} in\n{text}"));
    let mut cluster = crate::Cluster::new(scenario.config);
    for step in scenario.steps {
        let _ = cluster.advance_to(step.at, 10_000_000);
        for deed in step.deeds {
            let Deed::Command(command) = deed else { panic!("only commands are written") };
            cluster.apply(&command);
        }
    }
    let end = Instant::BOOT + scenario.length.expect("it is written");
    let _ = cluster.advance_to(end, 10_000_000);
    cluster
}

#[test]
fn a_run_that_is_written_down_comes_about_again() {
    let history = session();
    let head = history.head();
    let text = write(head.config(), &[], history.commands(), history.end());
    let again = outcome(&text);
    assert_eq!(again.now(), head.now());
    let objects = |cluster: &crate::Cluster| {
        let mut cluster = cluster.clone();
        let line = "get all,configmaps,nodes -A -o yaml";
        cluster.apply(&Command::kubectl(line)).stdout
    };
    assert_eq!(objects(&again), objects(head), "{text}");
    assert_eq!(again.totals(), head.totals());
    // What is read and written again is the same text.
    let scenario = read(&text).expect("it was read before");
    let steps = scenario.steps.into_iter().flat_map(|step| {
        let at = step.at;
        step.deeds.into_iter().map(move |deed| match deed {
            Deed::Command(command) => crate::history::Timed { at, command },
            Deed::Apply(_) => panic!("only commands are written"),
        })
    });
    let steps: Vec<_> = steps.collect();
    assert_eq!(write(&scenario.config, &[], &steps, history.end()), text);
    // Its end can be moved, and nothing else is.
    let later = history.end() + Duration::from_millis(1_500);
    let moved = lasting_until(&text, later);
    assert_eq!(moved, write(&scenario.config, &[], &steps, later));
}

#[test]
fn files_at_hand_are_found_by_commands_and_changed_by_steps() {
    let text = "\
files:
  a.yaml: |
    {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
steps:
- {at: 1s, kubectl: apply -f a.yaml}
- at: 2s
  kubectl: apply -f a.yaml -f b.yaml
  files:
    b.yaml: |
      {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
- {at: 3s, kubectl: apply -f -, stdin: '{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}'}
for: 4s
";
    let mut cluster = outcome(text);
    let found = cluster.apply(&Command::kubectl("get configmaps -o name")).stdout;
    assert_eq!(found, "configmap/a\nconfigmap/b\nconfigmap/c\n");
    assert_eq!(
        problems("steps: [{at: 1s, stdin: x}]\n"),
        [
            "1:9: steps[0]: a step does something: kubectl, apply, traffic, proxyLag, failNode or recoverNode",
            "1:25: steps[0].stdin: belongs to a kubectl command",
        ]
    );
}

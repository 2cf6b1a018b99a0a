//! `EndpointSlices` and Events that people write: taken, shown whole, acted on.

use rollscope_sim::Config;

use super::terminal::Terminal;

const PODS: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: server
        image: busybox:1.36
        env: [{name: VERSION, value: v1}]
        command: [sh, -c, "exec httpd -f -p 8080"]
"#;

fn service(selector: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\n\
         spec: {{ports: [{{port: 80, targetPort: 8080}}]{selector}}}\n"
    )
}

fn slice(address: &str) -> String {
    format!(
        r#"
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: mine, labels: {{kubernetes.io/service-name: web}}}}
addressType: IPv4
ports: [{{port: 8080, appProtocol: http}}]
endpoints: [{{addresses: [{address}], hostname: one, zone: east}}]
"#
    )
}

fn terminal() -> Terminal {
    let mut terminal = Terminal::with(Config { request_rate: 20, ..Config::with_seed(1) });
    terminal.apply(PODS).wait(20);
    terminal
}

#[test]
fn a_slice_that_people_write_is_kept_as_they_wrote_it() {
    let mut terminal = Terminal::new();
    let created = "endpointslice.discovery.k8s.io/mine created\n";
    assert_eq!(terminal.try_apply(&slice("10.1.2.3")), created);
    terminal.check(
        "get endpointslices",
        "NAME   ADDRESSTYPE   PORTS   ENDPOINTS   AGE\nmine   IPv4          8080    10.1.2.3    0s\n",
    );
    terminal.check(
        "get endpointslice mine -o jsonpath='{.endpoints} {.ports}'",
        "[{\"addresses\":[\"10.1.2.3\"],\"conditions\":{},\"hostname\":\"one\",\"zone\":\"east\"}] \
         [{\"appProtocol\":\"http\",\"name\":\"\",\"port\":8080,\"protocol\":\"TCP\"}]",
    );
    // Lists of endpoints are sent whole, so that defaults always differ; nothing is written.
    let configured = "endpointslice.discovery.k8s.io/mine configured\n";
    let version = "get endpointslice mine -o jsonpath={.metadata.resourceVersion}";
    let before = terminal.run(version);
    assert_eq!(terminal.try_apply(&slice("10.1.2.3")), configured);
    terminal.check(version, &before);
    assert_eq!(terminal.try_apply(&slice("10.1.2.4")), configured);
    terminal.contains("describe endpointslice mine", "  - Addresses:  10.1.2.4\n");
    terminal.run("label endpointslice mine team=a");
    terminal.contains("get endpointslice mine -o yaml", "  zone: east\n");
    terminal.contains("get endpointslice mine --show-labels", "team=a");
    terminal
        .check("delete endpointslice mine", "endpointslice.discovery.k8s.io \"mine\" deleted\n");
}

#[test]
fn a_service_without_selector_sends_where_the_slice_says() {
    let mut terminal = terminal();
    terminal.apply(&service(""));
    terminal.wait(5);
    assert!(terminal.cluster.totals().answered == 0, "nobody stands behind the Service");
    let address = terminal.run("get pods -l app=web -o jsonpath='{.items[0].status.podIP}'");
    terminal.apply(&slice(&address));
    terminal.wait(3);
    let before = terminal.cluster.totals();
    terminal.wait(10);
    let after = terminal.cluster.totals();
    assert!(after.answered >= before.answered + 150, "{before:?} {after:?}");
    assert_eq!(after.failed, before.failed);
    // An address that nobody has answers to nobody.
    terminal.apply(&slice("10.200.0.1"));
    terminal.wait(3);
    let before = terminal.cluster.totals();
    terminal.wait(60);
    let after = terminal.cluster.totals();
    assert_eq!(after.answered, before.answered);
    assert!(after.failed > before.failed);
}

#[test]
fn what_people_do_to_a_slice_of_the_controller_is_undone() {
    let mut terminal = terminal();
    terminal.apply(&service(", selector: {app: web}")).wait(3);
    let name = terminal.run("get endpointslices -o jsonpath='{.items[0].metadata.name}'");
    let addresses =
        format!("get endpointslice {name} -o jsonpath='{{.endpoints[*].addresses[0]}}'");
    let right = terminal.run(&addresses);
    assert_eq!(right.split(' ').count(), 2);
    let patched = format!(
        "patch endpointslice {name} --type=merge -p '{{\"endpoints\":[{{\"addresses\":[\"10.9.9.9\"]}}]}}'"
    );
    terminal.check(&patched, &format!("endpointslice.discovery.k8s.io/{name} patched\n"));
    terminal.check(&addresses, "10.9.9.9");
    terminal.wait(3);
    let sorted = |text: String| {
        let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        words.sort();
        words
    };
    assert_eq!(sorted(terminal.run(&addresses)), sorted(right.clone()));
    terminal.run(&format!("delete endpointslice {name}"));
    terminal.wait(3);
    let all = "get endpointslices -o jsonpath='{.items[*].endpoints[*].addresses[0]}'";
    assert_eq!(sorted(terminal.run(all)), sorted(right));
}

#[test]
fn slices_that_break_rules_are_refused() {
    let mut terminal = Terminal::new();
    let wrong = r#"
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: mine}
addressType: IPv4
ports: [{name: Web}, {name: a, protocol: HTTP}, {name: a}]
endpoints:
- addresses: []
- {addresses: [web.example, "::1", 127.0.0.1, 169.254.1.1], hostname: A_b}
"#;
    assert_eq!(
        terminal.try_apply(wrong),
        "The EndpointSlice \"mine\" is invalid: \n\
         * endpoints[0].addresses: Required value: must contain at least 1 address\n\
         * endpoints[1].addresses[0]: Invalid value: \"web.example\": must be a valid IPv4 address\n\
         * endpoints[1].addresses[0]: Invalid value: \"web.example\": must be a valid IP address\n\
         * endpoints[1].addresses[1]: Invalid value: \"::1\": must be a valid IPv4 address\n\
         * endpoints[1].addresses[1]: Invalid value: \"::1\": may not be in the loopback range \
         (127.0.0.0/8, ::1/128)\n\
         * endpoints[1].addresses[2]: Invalid value: \"127.0.0.1\": may not be in the loopback range \
         (127.0.0.0/8, ::1/128)\n\
         * endpoints[1].addresses[3]: Invalid value: \"169.254.1.1\": may not be in the link-local \
         range (169.254.0.0/16, fe80::/10)\n\
         * endpoints[1].hostname: Invalid value: \"A_b\": a lowercase RFC 1123 label must consist of \
         lower case alphanumeric characters or '-', and must start and end with an alphanumeric \
         character (e.g. 'my-name',  or '123-abc', regex used for validation is \
         '[a-z0-9]([-a-z0-9]*[a-z0-9])?')\n\
         * ports[0].name: Invalid value: \"Web\": a lowercase RFC 1123 label must consist of lower \
         case alphanumeric characters or '-', and must start and end with an alphanumeric character \
         (e.g. 'my-name',  or '123-abc', regex used for validation is \
         '[a-z0-9]([-a-z0-9]*[a-z0-9])?')\n\
         * ports[1].protocol: Unsupported value: \"HTTP\": supported values: \"SCTP\", \"TCP\", \
         \"UDP\"\n\
         * ports[2].name: Duplicate value: \"a\"\n"
    );
    terminal.apply(&slice("10.1.2.3"));
    let moved = slice("fd00::1").replace("IPv4", "IPv6");
    assert_eq!(
        terminal.try_apply(&moved),
        "The EndpointSlice \"mine\" is invalid: addressType: Invalid value: \"IPv6\": field is \
         immutable\n"
    );
    assert_eq!(
        terminal.try_apply(
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: b}}"
        ),
        "The EndpointSlice \"b\" is invalid: addressType: Required value\n"
    );
}

fn event(more: &str) -> String {
    format!(
        r#"
apiVersion: v1
kind: Event
metadata: {{name: note.1}}
involvedObject: {{kind: Job, name: train, namespace: default}}
reason: Trained
message: epoch 3 is done
type: Normal
source: {{component: trainer, host: gpu-1}}
{more}
"#
    )
}

#[test]
fn an_event_that_people_write_is_listed_with_the_others() {
    let mut terminal = Terminal::new();
    let stamps =
        "firstTimestamp: 2026-01-01T00:00:00Z\nlastTimestamp: 2026-01-01T00:00:20Z\ncount: 4";
    assert_eq!(terminal.try_apply(&event(stamps)), "event/note.1 created\n");
    terminal.wait(60);
    terminal.check(
        "get events",
        "LAST SEEN   TYPE     REASON    OBJECT      MESSAGE\n\
         40s         Normal   Trained   job/train   epoch 3 is done\n",
    );
    terminal.contains("get events -o wide", "trainer, gpu-1");
    terminal.check(
        "events --no-headers",
        "40s (x4 over 60s)   Normal   Trained   Job/train   epoch 3 is done\n",
    );
    terminal.contains("get event note.1 -o yaml", "  host: gpu-1\n");
}

#[test]
fn events_that_break_rules_are_refused() {
    let mut terminal = Terminal::new();
    let elsewhere = event("").replace("namespace: default", "namespace: other");
    assert_eq!(
        terminal.try_apply(&elsewhere),
        "The Event \"note.1\" is invalid: involvedObject.namespace: Invalid value: \"other\": does \
         not match event.namespace\n"
    );
    let new = event("eventTime: 2026-01-01T00:00:00.000000Z");
    assert_eq!(
        terminal.try_apply(&new),
        "The Event \"note.1\" is invalid: \n\
         * reportingController: Required value\n\
         * reportingController: Invalid value: \"\": name part must be non-empty\n\
         * reportingController: Invalid value: \"\": name part must consist of alphanumeric \
         characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. \
         'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
         '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')\n\
         * reportingInstance: Required value\n\
         * action: Required value\n"
    );
    assert!(terminal.run("get events").starts_with("No resources found"));
}

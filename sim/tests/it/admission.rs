//! Quotas and limit ranges: what is let in, and what a rollout looks like that is not.

use super::terminal::Terminal;

const QUOTAS: &str = r#"
apiVersion: v1
kind: ResourceQuota
metadata: {name: q}
spec: {hard: {pods: "3", requests.cpu: "1", limits.memory: 1Gi, services: "2"}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: objs}
spec: {hard: {configmaps: "2", count/deployments.apps: "1"}}
"#;

fn web(tag: &str, resources: &str, surge: u32, unavailable: u32) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: 3\n  \
         strategy: {{rollingUpdate: {{maxSurge: {surge}, maxUnavailable: {unavailable}}}}}\n  \
         selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}, \
         annotations: {{sim/start-after: '0.3', sim/ready-after: '0.5', sim/terminate-after: \
         '0.5'}}}}\n    spec:\n      containers: [{{name: web, image: 'nginx:{tag}', resources: \
         {{{resources}}}}}]\n"
    )
}

const SMALL: &str = "requests: {cpu: 100m}, limits: {memory: 64Mi}";

#[test]
fn a_quota_counts_what_there_is_and_refuses_what_is_too_much() {
    let mut terminal = Terminal::new();
    terminal.apply(QUOTAS).wait(1);
    terminal.check(
        "describe quota q",
        "Name:          q\nNamespace:     default\nResource       Used  Hard\n--------       ----  \
         ----\nlimits.memory  0     1Gi\npods           0     3\nrequests.cpu   0     1\nservices       \
         1     2\n",
    );
    terminal.apply(&web("1", "", 1, 0)).wait(1);
    terminal.contains("describe rs", "Error creating: pods \"web-");
    terminal.contains(
        "get events --field-selector reason=FailedCreate",
        "is forbidden: failed quota: q: must specify limits.memory for: web; requests.cpu for: web",
    );
    terminal.apply(&web("1", SMALL, 1, 0)).wait(30);
    terminal.contains("describe quota q", "limits.memory  192Mi  1Gi\npods           3      3\n");
    terminal.check(
        "get quota q -o jsonpath={.status.used}",
        "{\"limits.memory\":\"192Mi\",\"pods\":\"3\",\"requests.cpu\":\"300m\",\"services\":\"1\"}",
    );
    terminal.apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    terminal.apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n");
    assert_eq!(
        terminal.try_apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"),
        "Error from server (Forbidden): error when creating \"STDIN\": configmaps \"c\" is \
         forbidden: exceeded quota: objs, requested: configmaps=1, used: configmaps=2, limited: \
         configmaps=2\n"
    );
    terminal.check(
        "create deploy d2 --image=nginx",
        "error: failed to create deployment: deployments.apps \"d2\" is forbidden: exceeded quota: \
         objs, requested: count/deployments.apps=1, used: count/deployments.apps=1, limited: \
         count/deployments.apps=1\n",
    );
    terminal.check(
        "get quota --no-headers",
        "objs   32s   configmaps: 2/2, count/deployments.apps: 1/1     \nq      32s   pods: 3/3, \
         requests.cpu: 300m/1, services: 1/2   limits.memory: 192Mi/1Gi\n",
    );
    // What goes is given back.
    terminal.run("scale deploy web --replicas=1");
    terminal.run("delete cm a");
    terminal.wait(3).contains("describe quota q", "pods           1     3\n");
    terminal.contains("describe quota objs", "configmaps              1     2\n");
}

/// Shape 16: a quota without headroom blocks the surge; without surge, or with room, it goes on.
#[test]
fn a_quota_blocks_the_surge_until_there_is_room() {
    let mut terminal = Terminal::new();
    terminal.apply(QUOTAS).wait(1).apply(&web("1", SMALL, 1, 0)).wait(10);
    terminal.apply(&web("2", SMALL, 1, 0)).wait(10);
    terminal.contains("get deploy", "web    3/3     0            3");
    terminal.contains("describe deploy web", "ReplicaFailure   True    FailedCreate");
    terminal.contains(
        "get deploy web -o json",
        "is forbidden: exceeded quota: q, requested: pods=1, used: pods=3, limited: pods=3",
    );
    terminal.contains("describe rs", "Warning  FailedCreate  ");
    terminal.apply(&web("2", SMALL, 0, 1)).wait(60);
    terminal.check(
        "rollout status deploy/web --watch=false",
        "deployment \"web\" successfully rolled out\n",
    );
    terminal.lacks("describe deploy web", "ReplicaFailure");
    terminal.apply(&web("3", SMALL, 1, 0)).wait(200);
    terminal.contains("get deploy", "web    3/3     0            3");
    // The controller's back-off has grown: the room is found late.
    terminal.check(
        "patch quota q -p '{\"spec\":{\"hard\":{\"pods\":\"4\"}}}'",
        "resourcequota/q patched\n",
    );
    terminal.wait(3).contains("get deploy", "web    3/3     0            3");
    terminal.wait(160).check(
        "rollout status deploy/web --watch=false",
        "deployment \"web\" successfully rolled out\n",
    );
}

const LIMITS: &str = r#"
apiVersion: v1
kind: LimitRange
metadata: {name: lr}
spec:
  limits:
  - type: Container
    min: {cpu: 50m}
    max: {cpu: 500m}
    default: {cpu: 200m, memory: 128Mi}
    defaultRequest: {cpu: 100m, memory: 64Mi}
  - type: Pod
    max: {memory: 1Gi}
"#;

#[test]
fn a_limit_range_gives_defaults_and_sets_bounds() {
    let mut terminal = Terminal::new();
    terminal.apply(LIMITS);
    let pod = |name: &str, resources: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec: {{containers: [{{name: c, \
             image: busybox, resources: {{{resources}}}}}]}}\n"
        )
    };
    terminal.apply(&pod("plain", ""));
    terminal.check(
        "get pod plain -o jsonpath={.spec.containers[0].resources}",
        "{\"limits\":{\"cpu\":\"200m\",\"memory\":\"128Mi\"},\"requests\":{\"cpu\":\"100m\",\
         \"memory\":\"64Mi\"}}",
    );
    terminal.contains(
        "get pod plain -o json",
        "LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for \
         container c",
    );
    for (resources, problem) in [
        ("limits: {cpu: 600m}", "maximum cpu usage per Container is 500m, but limit is 600m"),
        ("requests: {cpu: 10m}", "minimum cpu usage per Container is 50m, but request is 10m"),
        (
            "limits: {cpu: 600m, memory: 2Gi}",
            "[maximum cpu usage per Container is 500m, but limit is 600m, maximum memory usage per \
             Pod is 1Gi, but limit is 2Gi]",
        ),
    ] {
        assert_eq!(
            terminal.try_apply(&pod("x", resources)),
            format!(
                "Error from server (Forbidden): error when creating \"STDIN\": pods \"x\" is \
                 forbidden: {problem}\n"
            )
        );
    }
}

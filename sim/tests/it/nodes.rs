//! Nodes that are emptied, lost and found again, and the budgets that protect pods.

use super::terminal::Terminal;
use rollscope_sim::Command;

fn web(replicas: u32, budget: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: \
         {replicas}\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: \
         {{app: web}}, annotations: {{sim/start-after: '0.3', sim/ready-after: '0.5', \
         sim/terminate-after: '0.5'}}}}\n    spec: {{containers: [{{name: web, image: \
         'nginx:1'}}]}}\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: \
         pdb}}\nspec: {{{budget}, selector: {{matchLabels: {{app: web}}}}}}\n"
    )
}

const SOLO: &str = "
apiVersion: v1
kind: Pod
metadata: {name: solo, annotations: {sim/terminate-after: '0.5'}}
spec:
  nodeName: gpu-node-1
  terminationGracePeriodSeconds: 1
  containers: [{name: c, image: nginx}]
";

/// Runs a command that goes on, for so many seconds; what it printed on stdout, on stderr, and its
/// exit code.
fn stream(terminal: &mut Terminal, line: &str, seconds: u64) -> (String, String, Option<i32>) {
    let output = terminal.cluster.apply(&Command::kubectl(line));
    let Some(id) = output.stream else {
        return (output.stdout, output.stderr, Some(output.code));
    };
    terminal.wait(seconds);
    let (lines, code) = terminal.cluster.read_stream(id);
    let (mut out, mut err) = (output.stdout, output.stderr);
    for line in lines {
        let target = if line.is_error { &mut err } else { &mut out };
        *target += &(line.text + "\n");
    }
    (out, err, code)
}

fn pod_on(terminal: &mut Terminal, node: &str) -> String {
    let line = format!(
        "get pods -l app=web --field-selector spec.nodeName={node} -o jsonpath={{.items[0].metadata.name}}"
    );
    terminal.run(&line)
}

/// Shape 34, as recorded: a budget that allows nothing blocks the drain.
#[test]
fn a_budget_without_room_blocks_a_drain_until_it_is_relaxed() {
    let mut terminal = Terminal::new();
    terminal.apply(&web(3, "minAvailable: 3")).apply(SOLO).wait(5);
    let pod = pod_on(&mut terminal, "gpu-node-1");
    let (out, err, code) = stream(&mut terminal, "drain gpu-node-1", 1);
    assert_eq!(out, "node/gpu-node-1 cordoned\n");
    assert_eq!(
        err,
        "error: unable to drain node \"gpu-node-1\" due to error: cannot delete cannot delete Pods \
         that declare no controller (use --force to override): default/solo, continuing \
         command...\nThere are pending nodes to be drained:\n gpu-node-1\ncannot delete cannot \
         delete Pods that declare no controller (use --force to override): default/solo\n"
    );
    assert_eq!(code, Some(1));
    let (out, err, code) =
        stream(&mut terminal, "drain gpu-node-1 --ignore-daemonsets --force --timeout=3s", 10);
    assert_eq!(
        out,
        format!(
            "node/gpu-node-1 already cordoned\nevicting pod default/solo\nevicting pod \
             default/{pod}\npod/solo evicted\nevicting pod default/{pod}\n"
        )
    );
    assert_eq!(
        err,
        format!(
            "Warning: deleting Pods that declare no controller: default/solo\nerror when evicting \
             pods/\"{pod}\" -n \"default\" (will retry after 5s): Cannot evict pod as it would \
             violate the pod's disruption budget.\nThere are pending pods in node \"gpu-node-1\" \
             when an error occurred: error when evicting pods/\"{pod}\" -n \"default\": global \
             timeout reached: 3s\npod/{pod}\nerror: unable to drain node \"gpu-node-1\" due to \
             error: error when evicting pods/\"{pod}\" -n \"default\": global timeout reached: 3s, \
             continuing command...\nThere are pending nodes to be drained:\n gpu-node-1\nerror when \
             evicting pods/\"{pod}\" -n \"default\": global timeout reached: 3s\n"
        )
    );
    assert_eq!(code, Some(1));
    terminal.contains("get pdb", "pdb    3               N/A               0                     ");
    terminal.check(
        "patch pdb pdb -p '{\"spec\":{\"minAvailable\":1}}'",
        "poddisruptionbudget.policy/pdb patched\n",
    );
    terminal.wait(1).contains("get pdb", "pdb    1               N/A               2  ");
    let (out, err, code) =
        stream(&mut terminal, "drain gpu-node-1 --ignore-daemonsets --timeout=30s", 5);
    assert_eq!(
        (out, err.as_str(), code),
        (
            format!(
                "node/gpu-node-1 already cordoned\nevicting pod default/{pod}\npod/{pod} \
                 evicted\nnode/gpu-node-1 drained\n"
            ),
            "",
            Some(0)
        )
    );
    terminal.contains("get deploy", "web    3/3     3            3");
    terminal.check("uncordon gpu-node-1", "node/gpu-node-1 uncordoned\n");
}

/// One replica that must be available can never be evicted; two can, one after the other.
#[test]
fn pods_of_a_budget_leave_one_after_the_other() {
    let mut terminal = Terminal::new();
    terminal.apply(&web(1, "minAvailable: 1")).wait(5);
    let (_, err, _) = stream(&mut terminal, "drain gpu-node-1 gpu-node-2 gpu-node-3", 3);
    assert!(err.contains("Cannot evict pod as it would violate"), "{err}");
    let mut terminal = Terminal::new();
    terminal.apply(&web(6, "maxUnavailable: 1")).wait(5);
    terminal.contains(
        "describe pdb pdb",
        "Status:\n    Allowed disruptions:  1\n    Current:              6\n    Desired:              \
         5\n    Total:                6\n",
    );
    let (out, err, code) = stream(&mut terminal, "drain gpu-node-1", 40);
    assert_eq!(code, Some(0), "{out}{err}");
    assert_eq!(err.matches("will retry after 5s").count(), 1, "{err}");
    assert!(out.ends_with("node/gpu-node-1 drained\n"), "{out}");
}

#[test]
fn a_drain_says_what_it_would_do_and_asks_about_local_data() {
    let mut terminal = Terminal::new();
    terminal.apply(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: cache}\nspec:\n  nodeName: gpu-node-2\n  volumes: \
         [{name: tmp, emptyDir: {}}]\n  containers: [{name: c, image: nginx}]\n",
    );
    terminal.wait(3);
    terminal.contains(
        "drain gpu-node-2 --force",
        "cannot delete Pods with local storage (use --delete-emptydir-data to override): \
         default/cache",
    );
    terminal.check(
        "drain gpu-node-2 --force --delete-emptydir-data --dry-run=client",
        "node/gpu-node-2 already cordoned (dry run)\nevicting pod default/cache (dry \
         run)\nnode/gpu-node-2 drained (dry run)\nWarning: deleting Pods with local storage: \
         default/cache; deleting Pods that declare no controller: default/cache\n",
    );
    terminal.check("drain nope", "Error from server (NotFound): nodes \"nope\" not found\n");
    terminal.check(
        "drain",
        "error: USAGE: drain NODE [flags]\nSee 'kubectl drain -h' for help and examples\n",
    );
}

#[test]
fn taints_are_set_changed_and_removed_as_recorded() {
    let mut terminal = Terminal::new();
    for (line, expected) in [
        ("taint nodes gpu-node-3 dedicated=gpu:NoSchedule", "node/gpu-node-3 tainted\n"),
        (
            "taint nodes gpu-node-3 dedicated=ml:NoSchedule",
            "error: node gpu-node-3 already has dedicated taint(s) with same effect(s) and \
             --overwrite is false\n",
        ),
        (
            "taint nodes gpu-node-3 dedicated=ml:NoSchedule --overwrite",
            "node/gpu-node-3 modified\n",
        ),
        ("taint nodes gpu-node-3 dedicated=ml:NoExecute", "node/gpu-node-3 tainted\n"),
        ("taint nodes gpu-node-3 flag:NoSchedule", "node/gpu-node-3 tainted\n"),
        (
            "get nodes -o custom-columns=N:.metadata.name,T:.spec.taints[*].key",
            "N            T\ngpu-node-1   <none>\ngpu-node-2   <none>\ngpu-node-3   \
             flag,dedicated,dedicated\n",
        ),
        ("taint nodes gpu-node-3 dedicated:NoExecute-", "node/gpu-node-3 untainted\n"),
        ("taint nodes gpu-node-3 dedicated-", "node/gpu-node-3 untainted\n"),
        ("taint nodes gpu-node-3 dedicated-", "error: taint \"dedicated\" not found\n"),
        ("taint nodes gpu-node-3", "error: at least one taint update is required\n"),
        (
            "taint nodes gpu-node-3 a=b:Never",
            "error: invalid taint effect: Never, unsupported taint effect\nSee 'kubectl taint -h' \
             for help and examples\n",
        ),
        (
            "taint nodes gpu-node-3 a=b:NoSchedule:x",
            "error: invalid taint spec: a=b:NoSchedule:x\nSee 'kubectl taint -h' for help and \
             examples\n",
        ),
        (
            "taint node gpu-node-3 a=b:PreferNoSchedule --dry-run=client",
            "node/gpu-node-3 tainted\n",
        ),
        (
            "cordon",
            "error: USAGE: cordon NODE [flags]\nSee 'kubectl cordon -h' for help and examples\n",
        ),
    ] {
        terminal.check(line, expected);
    }
}

#[test]
fn a_taint_that_evicts_makes_pods_go_when_their_patience_ends() {
    let mut terminal = Terminal::new();
    terminal.apply(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: patient, annotations: {sim/terminate-after: \
         '0.5'}}\nspec:\n  nodeName: gpu-node-1\n  tolerations: [{key: sick, operator: Exists, effect: \
         NoExecute, tolerationSeconds: 20}]\n  containers: [{name: c, image: nginx}]\n",
    );
    terminal.apply(SOLO).wait(5);
    terminal.run("taint nodes gpu-node-1 sick=yes:NoExecute");
    terminal.wait(3).contains("get pod solo", "not found");
    terminal.contains(
        "get events --field-selector reason=TaintManagerEviction",
        "pod/solo   Marking for deletion Pod default/solo",
    );
    terminal.contains("get pod patient", "1/1     Running");
    terminal.wait(20).contains("get pod patient", "not found");
}

/// A node that is cut off: not ready after the grace, its pods evicted after five minutes more, and
/// stuck until it is back.
#[test]
fn a_lost_node_is_noticed_its_pods_replaced_and_gone_when_it_returns() {
    let mut terminal = Terminal::new();
    terminal.apply(&web(3, "minAvailable: 1"));
    terminal.apply(
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: \
         [{port: 80}]}\n",
    );
    terminal.wait(5);
    let pod = pod_on(&mut terminal, "gpu-node-2");
    let address = terminal.run(&format!("get pod {pod} -o jsonpath={{.status.podIP}}"));
    assert!(!address.is_empty());
    terminal.cluster.apply(&Command::FailNode("gpu-node-2".into()));
    terminal.wait(35).contains("get nodes", "gpu-node-2   Ready    <none>");
    terminal.contains("get endpoints web", &address);
    terminal.wait(25).contains("get nodes", "gpu-node-2   NotReady   <none>");
    terminal.contains("get node gpu-node-2 -o yaml", "key: node.kubernetes.io/unreachable");
    terminal.contains("describe node gpu-node-2", "NodeNotReady");
    terminal.contains(&format!("get pod {pod}"), "Running");
    terminal.contains(&format!("describe pod {pod}"), "Warning  NodeNotReady");
    terminal.lacks("get endpoints web", &address);
    terminal.contains("get deploy", "web    2/3     3            2");
    terminal.wait(305).contains(&format!("get pod {pod}"), "Terminating");
    terminal.contains("get deploy", "web    3/3     3            3");
    terminal.wait(600).contains(&format!("get pod {pod}"), "Terminating");
    terminal.cluster.apply(&Command::RecoverNode("gpu-node-2".into()));
    terminal.wait(5).contains(&format!("get pod {pod}"), "not found");
    terminal.contains("get nodes", "gpu-node-2   Ready    <none>");
    terminal.lacks("get node gpu-node-2 -o yaml", "unreachable");
}

#[test]
fn a_node_that_returns_in_time_keeps_its_pods() {
    let mut terminal = Terminal::new();
    terminal.apply(&web(3, "minAvailable: 1")).wait(5);
    let pod = pod_on(&mut terminal, "gpu-node-2");
    terminal.cluster.apply(&Command::FailNode("gpu-node-2".into()));
    terminal.wait(120).contains("get deploy", "web    2/3     3            2");
    terminal.cluster.apply(&Command::RecoverNode("gpu-node-2".into()));
    terminal.wait(5).contains("get deploy", "web    3/3     3            3");
    terminal.wait(400).contains(&format!("get pod {pod}"), "1/1     Running   0");
    terminal.contains(
        "get events --field-selector reason=TaintManagerEviction",
        &format!("Cancelling deletion of Pod default/{pod}"),
    );
    let output = terminal.cluster.apply(&Command::FailNode("nope".into()));
    assert_eq!(output.stderr, "error: nodes \"nope\" not found\n");
}

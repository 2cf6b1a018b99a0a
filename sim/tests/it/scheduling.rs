//! Where pods go and why they do not: what the scheduler says, and what mends it.

use super::terminal::Terminal;
use rollscope_sim::Config;

/// A Deployment with one container; `spec` are further lines of the pod spec.
fn deployment(name: &str, replicas: u32, strategy: &str, spec: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  replicas: \
         {replicas}\n  progressDeadlineSeconds: 60\n  strategy: {strategy}\n  selector: \
         {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata:\n      labels: {{app: {name}}}\n      \
         annotations: {{sim/start-after: '0.5', sim/ready-after: '1', sim/terminate-after: '5'}}\n    \
         spec:\n{spec}"
    )
}

fn container(image: &str, resources: &str) -> String {
    format!("      containers: [{{name: server, image: '{image}', resources: {{{resources}}}}}]\n")
}

const ROLLING: &str = "{rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}";
const REPLACING: &str = "{rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}";

/// A pod with these lines in its spec.
fn pod(name: &str, labels: &str, spec: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{{labels}}}, annotations: \
         {{sim/start-after: '0.2', sim/terminate-after: '3'}}}}\nspec:\n  containers: [{{name: c, \
         image: busybox}}]\n{spec}"
    )
}

fn nodes_of(terminal: &mut Terminal, selector: &str) -> Vec<String> {
    let line = format!("get pods -l {selector} -o jsonpath={{.items[*].spec.nodeName}}");
    let mut nodes: Vec<String> =
        terminal.run(&line).split_whitespace().map(str::to_owned).collect();
    nodes.sort();
    nodes
}

/// Shape 11: no spare GPU, so the surge pod never starts; without surge it does.
#[test]
fn without_a_spare_gpu_the_surge_pod_is_pending_until_the_rollout_does_without_surge() {
    let mut terminal = Terminal::new();
    let gpus = "limits: {nvidia.com/gpu: 4}";
    let spec = |tag: &str| container(&format!("inference:{tag}"), gpus);
    terminal.apply(&deployment("llm", 3, ROLLING, &spec("v1"))).wait(10);
    terminal.apply(&deployment("llm", 3, ROLLING, &spec("v2"))).wait(5);
    terminal.contains("get pods", "0/1     Pending");
    terminal.contains(
        "get events --field-selector reason=FailedScheduling",
        "0/3 nodes are available: 3 Insufficient nvidia.com/gpu. no new claims to deallocate, \
         preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.",
    );
    terminal.contains("get deploy", "llm    3/3     1            3");
    terminal.wait(70);
    terminal.check(
        "rollout status deploy/llm --watch=false",
        "error: deployment \"llm\" exceeded its progress deadline\n",
    );
    terminal.apply(&deployment("llm", 3, REPLACING, &spec("v2"))).wait(60);
    terminal.check(
        "rollout status deploy/llm --watch=false",
        "deployment \"llm\" successfully rolled out\n",
    );
}

/// Shape 12: required anti-affinity with as many nodes as replicas.
#[test]
fn required_anti_affinity_on_as_many_nodes_as_replicas_is_the_same_deadlock() {
    let mut terminal = Terminal::new();
    let spec = |tag: &str, kind: &str| {
        let term = "labelSelector: {matchLabels: {app: web}}, topologyKey: kubernetes.io/hostname";
        let rule = match kind {
            "required" => {
                format!("requiredDuringSchedulingIgnoredDuringExecution: [{{{term}}}]")
            }
            _ => format!(
                "preferredDuringSchedulingIgnoredDuringExecution: [{{weight: 100, \
                 podAffinityTerm: {{{term}}}}}]"
            ),
        };
        container(&format!("web:{tag}"), "")
            + &format!("      affinity: {{podAntiAffinity: {{{rule}}}}}\n")
    };
    terminal.apply(&deployment("web", 3, ROLLING, &spec("v1", "required"))).wait(10);
    assert_eq!(nodes_of(&mut terminal, "app=web"), ["gpu-node-1", "gpu-node-2", "gpu-node-3"]);
    terminal.apply(&deployment("web", 3, ROLLING, &spec("v2", "required"))).wait(5);
    terminal.contains(
        "get events --field-selector reason=FailedScheduling",
        "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules. no new claims to \
         deallocate, preemption: 0/3 nodes are available: 3 No preemption victims found for \
         incoming pod.",
    );
    // Preferred, the pods may meet. The old ones still keep others away while they are there.
    terminal.apply(&deployment("web", 3, ROLLING, &spec("v3", "preferred"))).wait(5);
    terminal.contains("get pods", "Pending");
    terminal.contains(
        "get events --field-selector reason=FailedScheduling",
        "node(s) didn't satisfy existing pods anti-affinity rules",
    );
    terminal.apply(&deployment("web", 3, REPLACING, &spec("v3", "preferred"))).wait(60);
    terminal.check(
        "rollout status deploy/web --watch=false",
        "deployment \"web\" successfully rolled out\n",
    );
}

/// Shape 13: a pod on its way out holds its GPUs until it is gone.
#[test]
fn terminating_pods_hold_their_gpus() {
    let mut terminal = Terminal::new();
    let spec = |tag: &str| container(&format!("inference:{tag}"), "limits: {nvidia.com/gpu: 4}");
    terminal.apply(&deployment("llm", 3, REPLACING, &spec("v1"))).wait(10);
    terminal.apply(&deployment("llm", 3, REPLACING, &spec("v2"))).wait(2);
    let pods = terminal.run("get pods");
    assert!(pods.contains("Terminating") && pods.contains("Pending"), "{pods}");
    terminal.wait(60).check(
        "rollout status deploy/llm --watch=false",
        "deployment \"llm\" successfully rolled out\n",
    );
}

/// Shape 15: percentages of few replicas round to one more, none less.
#[test]
fn a_single_replica_is_stuck_when_there_is_no_room_for_a_second() {
    let mut terminal = Terminal::with(Config { request_rate: 0, nodes: 1, ..Config::with_seed(1) });
    let spec = |tag: &str| container(&format!("inference:{tag}"), "limits: {nvidia.com/gpu: 3}");
    terminal.apply(&deployment("llm", 1, "{}", &spec("v1"))).wait(10);
    terminal.apply(&deployment("llm", 1, "{}", &spec("v2"))).wait(70);
    terminal.contains("get pods", "Pending");
    terminal.contains("describe deploy llm", "25% max unavailable, 25% max surge");
    terminal.contains("describe deploy llm", "ProgressDeadlineExceeded");
    terminal.apply(&deployment("llm", 1, REPLACING, &spec("v2"))).wait(30);
    terminal.contains("get deploy", "llm    1/1     1            1");
}

/// Shape 14: both bounds 0 is refused before anything happens.
#[test]
fn bounds_that_are_both_zero_are_refused() {
    let mut terminal = Terminal::new();
    let strategy = "{rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}";
    assert_eq!(
        terminal.try_apply(&deployment("web", 3, strategy, &container("web:v1", ""))),
        "The Deployment \"web\" is invalid: spec.strategy.rollingUpdate.maxUnavailable: Invalid \
         value: intstr.IntOrString{Type:0, IntVal:0, StrVal:\"\"}: may not be 0 when `maxSurge` is 0\n"
    );
}

#[test]
fn taints_keep_pods_away_unless_they_are_tolerated() {
    let mut terminal = Terminal::new();
    terminal.check(
        "taint nodes --all x=y:NoSchedule",
        "node/gpu-node-1 tainted\nnode/gpu-node-2 tainted\nnode/gpu-node-3 tainted\n",
    );
    terminal.apply(&pod("plain", "run: plain", "")).wait(1);
    terminal.contains(
        "describe pod plain",
        "Warning  FailedScheduling  1s    default-scheduler  0/3 nodes are available: 3 node(s) had \
         untolerated taint {x: y}. no new claims to deallocate, preemption: 0/3 nodes are \
         available: 3 Preemption is not helpful for scheduling.",
    );
    let tolerant = "  tolerations: [{key: x, operator: Equal, value: 'y', effect: NoSchedule}]\n";
    terminal.apply(&pod("tolerant", "run: tolerant", tolerant)).wait(2);
    terminal.contains("get pod tolerant", "Running");
    terminal.check("taint nodes gpu-node-2 x-", "node/gpu-node-2 untainted\n").wait(12);
    assert_eq!(nodes_of(&mut terminal, "run=plain"), ["gpu-node-2"]);
}

#[test]
fn a_cordoned_node_gets_no_pods_and_the_reasons_are_counted_by_node() {
    let mut terminal = Terminal::new();
    terminal.check("cordon gpu-node-1", "node/gpu-node-1 cordoned\n");
    terminal.check("cordon gpu-node-1", "node/gpu-node-1 already cordoned\n").wait(1);
    terminal.contains("get nodes", "gpu-node-1   Ready,SchedulingDisabled   <none>");
    terminal.contains("get node gpu-node-1 -o yaml", "key: node.kubernetes.io/unschedulable");
    terminal.run("taint nodes gpu-node-2 dedicated=ml:NoSchedule");
    let selector = "  nodeSelector: {disk: ssd}\n";
    terminal.apply(&pod("ssd", "run: ssd", selector)).wait(1);
    terminal.contains(
        "get events",
        "0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) \
         had untolerated taint {dedicated: ml}, 1 node(s) were unschedulable. no new claims to \
         deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for \
         scheduling.",
    );
    terminal.check("uncordon gpu-node-1", "node/gpu-node-1 uncordoned\n");
    terminal.check("label node gpu-node-1 disk=ssd", "node/gpu-node-1 labeled\n").wait(12);
    assert_eq!(nodes_of(&mut terminal, "run=ssd"), ["gpu-node-1"]);
    terminal.lacks("get node gpu-node-1 -o yaml", "unschedulable");
}

#[test]
fn node_affinity_is_required_or_preferred() {
    let mut terminal = Terminal::new();
    let required = "  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: \
                    {nodeSelectorTerms: [{matchExpressions: [{key: topology.kubernetes.io/zone, \
                    operator: NotIn, values: [zone-a, zone-b]}]}]}}}\n";
    let preferred = "  affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: \
                     [{weight: 1, preference: {matchExpressions: [{key: \
                     topology.kubernetes.io/zone, operator: In, values: [zone-b]}]}}]}}\n";
    for index in 0..4 {
        terminal.apply(&pod(&format!("r{index}"), "run: required", required));
        terminal.apply(&pod(&format!("p{index}"), "run: preferred", preferred));
    }
    terminal.wait(2);
    assert_eq!(nodes_of(&mut terminal, "run=required"), ["gpu-node-3"; 4]);
    assert_eq!(nodes_of(&mut terminal, "run=preferred"), ["gpu-node-2"; 4]);
}

#[test]
fn pods_are_spread_over_zones_within_the_skew() {
    let mut terminal = Terminal::with(Config { request_rate: 0, nodes: 4, ..Config::with_seed(3) });
    let spec = container("web:v1", "")
        + "      topologySpreadConstraints: [{maxSkew: 1, topologyKey: \
           topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: \
           {matchLabels: {app: web}}}]\n";
    terminal.apply(&deployment("web", 6, ROLLING, &spec)).wait(5);
    let nodes = nodes_of(&mut terminal, "app=web");
    let of_zone_a =
        nodes.iter().filter(|node| matches!(node.as_str(), "gpu-node-1" | "gpu-node-4"));
    assert_eq!((nodes.len(), of_zone_a.count()), (6, 2), "{nodes:?}");
    terminal.run("cordon gpu-node-3");
    terminal.run("scale deploy web --replicas=9");
    terminal.wait(3).contains(
        "get events --field-selector reason=FailedScheduling",
        "3 node(s) didn't match pod topology spread constraints",
    );
}

#[test]
fn pods_go_where_their_friends_are() {
    let mut terminal = Terminal::new();
    let near = "  affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: \
                [{labelSelector: {matchLabels: {run: cache}}, topologyKey: \
                kubernetes.io/hostname}]}}\n";
    terminal.apply(&pod("app", "run: app", near)).wait(1);
    terminal.contains("get events", "3 node(s) didn't match pod affinity rules");
    let pinned = "  nodeSelector: {kubernetes.io/hostname: gpu-node-2}\n";
    terminal.apply(&pod("cache", "run: cache", pinned)).wait(12);
    assert_eq!(nodes_of(&mut terminal, "run=app"), ["gpu-node-2"]);
}

#[test]
fn a_pod_with_a_gate_is_not_scheduled_before_it_is_taken_away() {
    let mut terminal = Terminal::new();
    terminal.apply(&pod("gated", "run: gated", "  schedulingGates: [{name: example.com/wait}]\n"));
    terminal.wait(5).contains("get pods", "gated   0/1     SchedulingGated   0");
    terminal.check(
        "patch pod gated --type=json -p '[{\"op\":\"remove\",\"path\":\"/spec/schedulingGates\"}]'",
        "pod/gated patched\n",
    );
    terminal.wait(2).contains("get pods", "Running");
}

const CLASSES: &str = "
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: high}
value: 1000
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: polite}
value: 1000
preemptionPolicy: Never
";

#[test]
fn the_more_important_pod_drives_others_away_unless_it_is_polite() {
    let mut terminal = Terminal::with(Config { request_rate: 0, nodes: 1, ..Config::with_seed(1) });
    terminal.apply(CLASSES);
    terminal.apply(&deployment("low", 2, ROLLING, &container("low:v1", "requests: {cpu: 7}")));
    terminal.wait(5);
    let big = |name: &str, class: &str| {
        pod(name, "run: big", &format!("  priorityClassName: {class}\n"))
            .replace("image: busybox}", "image: busybox, resources: {requests: {cpu: 8}}}")
    };
    terminal.apply(&big("polite", "polite")).wait(2);
    terminal.contains(
        "get events --field-selector involvedObject.name=polite",
        "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not \
         eligible due to preemptionPolicy=Never.",
    );
    terminal.run("delete pod polite");
    terminal.apply(&big("big", "high")).wait(1);
    terminal.check("get pod big -o jsonpath={.spec.priority}", "1000");
    terminal.check("get pod big -o jsonpath={.status.nominatedNodeName}", "gpu-node-1");
    terminal.contains("get events --field-selector reason=Preempted", "Preempted by pod");
    terminal.contains("get pods -l app=low", "Terminating");
    terminal.wait(20).contains("get pod big", "Running");
    // The one that was driven away comes back and finds no room.
    terminal.contains("get pods -l app=low", "Pending");
    terminal.apply(&pod("x", "run: x", "")).check("get pod x -o jsonpath={.spec.priority}", "0");
    assert!(
        terminal
            .try_apply(&pod("other", "run: other", "  priorityClassName: nope\n"))
            .contains("pods \"other\" is forbidden: no PriorityClass with name nope was found")
    );
}

#[test]
fn nodes_have_room_for_so_many_pods_and_so_much_of_each_resource() {
    let config = Config { request_rate: 0, nodes: 2, pods_per_node: 2, ..Config::with_seed(1) };
    let mut terminal = Terminal::with(config);
    terminal.apply(&deployment("web", 5, ROLLING, &container("web:v1", ""))).wait(3);
    terminal.contains("get events", "0/2 nodes are available: 2 Too many pods. no new claims");
    let mut terminal = Terminal::new();
    let asks = "requests: {cpu: 17, ephemeral-storage: 300Gi, memory: 65Gi}, limits: \
                {nvidia.com/mig-1g.5gb: 1}";
    terminal.apply(&deployment("big", 1, ROLLING, &container("big:v1", asks))).wait(1);
    terminal.contains(
        "get events",
        "0/3 nodes are available: 3 Insufficient cpu, 3 Insufficient ephemeral-storage, 3 \
         Insufficient memory, 3 Insufficient nvidia.com/mig-1g.5gb. no new claims to deallocate, \
         preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
    );
}

#[test]
fn a_pod_that_finds_no_node_does_not_hold_up_those_after_it() {
    let mut terminal = Terminal::new();
    terminal.apply(&pod("stuck", "run: stuck", "  nodeSelector: {disk: none}\n")).wait(7);
    terminal.apply(&pod("later", "run: later", "")).wait_ms(100);
    assert_eq!(nodes_of(&mut terminal, "run=later").len(), 1);
    // Although nothing changes, it is tried again every five minutes.
    terminal.wait(600).contains("describe pod stuck", "(x3 over 10m)");
}

#[test]
fn a_taint_that_asks_nicely_is_avoided_while_there_is_another_node() {
    let config = Config { request_rate: 0, nodes: 2, ..Config::with_seed(1) };
    let mut terminal = Terminal::with(config);
    terminal.run("taint nodes gpu-node-1 spot=yes:PreferNoSchedule");
    for index in 0..4 {
        terminal.apply(&pod(&format!("p{index}"), "run: p", ""));
    }
    terminal.wait(2);
    assert_eq!(nodes_of(&mut terminal, "run=p"), ["gpu-node-2"; 4]);
    terminal.run("cordon gpu-node-2");
    terminal.apply(&pod("last", "run: last", "")).wait(2);
    assert_eq!(nodes_of(&mut terminal, "run=last"), ["gpu-node-1"]);
}

//! What one may do to an object: kubectl commands for the usual acts, that fit the object as it is.

use crate::api::pod_template::{Probe, ProbeHandler};
use crate::api::{Deployment, Node, Pod};
use crate::cluster::Cluster;

/// An act and its command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// What it does, in a few words.
    pub label: &'static str,
    /// The line to type.
    pub command: String,
}

fn act(label: &'static str, command: String) -> Act {
    Act { label, command }
}

/// The acts for an object named as kubectl does: `pod/x`, `node/x`, `deployment/x` of the namespace
/// `default`; none when there is no such object.
pub fn acts(cluster: &Cluster, object: &str) -> Vec<Act> {
    let Some((kind, name)) = object.split_once('/') else {
        return Vec::new();
    };
    let api = cluster.api();
    match kind {
        "pod" => api.list::<Pod>().get("default", name).map(|pod| of_pod(pod)).unwrap_or_default(),
        "node" => api.list::<Node>().get("", name).map(|node| of_node(node)).unwrap_or_default(),
        "deployment" => api
            .list::<Deployment>()
            .get("default", name)
            .map(|deployment| of_deployment(deployment))
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn of_pod(pod: &Pod) -> Vec<Act> {
    let name = &pod.meta.name;
    let mut acts = vec![
        act("Delete it", format!("kubectl delete pod {name} --wait=false")),
        act(
            "Delete it without grace",
            format!("kubectl delete pod {name} --grace-period=0 --force"),
        ),
    ];
    if let Some(container) = pod.spec.containers.first() {
        if let Some(file) = container.readiness_probe.as_ref().and_then(probed_file) {
            acts.push(act(
                "Make its readiness probe fail",
                format!("kubectl exec {name} -- rm {file}"),
            ));
            acts.push(act(
                "Let its readiness probe succeed",
                format!("kubectl exec {name} -- touch {file}"),
            ));
        }
        // SIGKILL would not do: nobody inside a container can kill its first process.
        acts.push(act("Send its first process SIGTERM", format!("kubectl exec {name} -- kill 1")));
    }
    acts.push(act("Describe it", format!("kubectl describe pod {name}")));
    acts.push(act("Its log", format!("kubectl logs {name}")));
    acts
}

/// The file that a probe looks for, when that is all it does.
fn probed_file(probe: &Probe) -> Option<&str> {
    let ProbeHandler::Exec(words) = &probe.handler else {
        return None;
    };
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.as_slice() {
        ["cat" | "ls" | "stat", file] | ["test", "-f" | "-e", file] => Some(file),
        _ => None,
    }
}

fn of_node(node: &Node) -> Vec<Act> {
    let name = &node.meta.name;
    let cordon = if node.unschedulable {
        act("Let pods come again", format!("kubectl uncordon {name}"))
    } else {
        act("Let no further pod come", format!("kubectl cordon {name}"))
    };
    vec![
        cordon,
        act(
            "Evict all its pods",
            format!("kubectl drain {name} --ignore-daemonsets --delete-emptydir-data"),
        ),
        act("Describe it", format!("kubectl describe node {name}")),
    ]
}

fn of_deployment(deployment: &Deployment) -> Vec<Act> {
    let (name, replicas) = (&deployment.meta.name, deployment.spec.replicas);
    let pause = if deployment.spec.paused {
        act("Resume its rollout", format!("kubectl rollout resume deployment/{name}"))
    } else {
        act("Pause its rollout", format!("kubectl rollout pause deployment/{name}"))
    };
    let scale = |label, to: i32| {
        act(label, format!("kubectl scale deployment/{name} --replicas={}", to.max(0)))
    };
    vec![
        act("Replace all pods", format!("kubectl rollout restart deployment/{name}")),
        act("Back to the revision before", format!("kubectl rollout undo deployment/{name}")),
        pause,
        scale("One replica more", replicas.saturating_add(1)),
        scale("One replica less", replicas - 1),
        act("Its history", format!("kubectl rollout history deployment/{name}")),
        act("Describe it", format!("kubectl describe deployment {name}")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Command, Config, Instant};

    #[test]
    fn every_act_of_a_running_cluster_is_a_command_that_works() {
        let mut cluster = Cluster::new(Config::with_seed(7));
        let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  \
                    selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    \
                    spec:\n      containers:\n      - name: c\n        image: busybox:1.36\n        \
                    command: [sh, -c, 'touch /tmp/ready; exec httpd -f -p 8080']\n        \
                    readinessProbe: {exec: {command: [cat, /tmp/ready]}}\n";
        assert_eq!(cluster.apply(&Command::apply(text)).code, 0);
        cluster.advance_to(Instant::from_secs(20), 1_000_000);
        cluster.apply(&Command::kubectl("set env deployment/web A=b"));
        cluster.advance_to(Instant::from_secs(60), 1_000_000);
        let pod = cluster.apply(&Command::kubectl("get pods -o name")).stdout;
        let pod = pod.trim();
        let objects = [pod, "node/gpu-node-1", "deployment/web"];
        for object in objects {
            let found = acts(&cluster, object);
            assert!(found.len() >= 3, "{object}");
            for act in found {
                let line = act.command.strip_prefix("kubectl ").expect("kubectl");
                let output = cluster.clone().apply(&Command::kubectl(line));
                assert_eq!(output.code, 0, "{line}: {}", output.stderr);
            }
        }
        assert!(acts(&cluster, pod).iter().any(|act| act.command.ends_with("rm /tmp/ready")));
        let probe = acts(&cluster, pod).into_iter().find(|act| act.label.ends_with("probe fail"));
        let line = probe.map(|act| act.command).expect("it looks for a file");
        cluster.apply(&Command::kubectl(line.trim_start_matches("kubectl ")));
        cluster.advance_to(Instant::from_secs(120), 1_000_000);
        let row = cluster.apply(&Command::kubectl(&format!("get {pod} --no-headers"))).stdout;
        assert!(row.contains("0/1"), "{row}");
        assert!(acts(&cluster, "pod/nobody").is_empty() && acts(&cluster, "x").is_empty());
    }
}

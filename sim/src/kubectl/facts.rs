//! What kubelets report and the simulator does not keep: addresses of nodes, ids of containers.
//!
//! All of it is made from names and numbers, so it is the same in every run.

use crate::api::value::map;
use crate::api::{ConditionStatus, Node, Pod, Value};
use crate::manifest::timestamp;
use crate::rng::mix;

/// The address of a node, from the number its name ends with.
fn address(node: &str) -> String {
    let digits = node.len() - node.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let number: u32 = node[node.len() - digits..].parse().unwrap_or(0);
    format!("192.168.{}.{}", 1 + (number + 9) / 250, (number + 9) % 250)
}

/// 64 hexadecimal digits that stand for a number.
fn digest(number: u64) -> String {
    let (a, b) = (mix(number), mix(!number));
    format!("{a:016x}{b:016x}{:016x}{:016x}", mix(a), mix(b))
}

/// A number for some text.
fn number(text: &str) -> u64 {
    text.bytes().fold(0, |sum, byte| mix(sum ^ u64::from(byte)))
}

/// What the kubelet of a node that is well says: type, status, reason, message.
const CONDITIONS: [(&str, &str, &str, &str); 4] = [
    (
        "MemoryPressure",
        "False",
        "KubeletHasSufficientMemory",
        "kubelet has sufficient memory available",
    ),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
];

/// Adds to a node's data what its kubelet reports.
pub(super) fn of_node(data: &mut Value, node: &Node) {
    let name = &*node.meta.name;
    let since = timestamp::format(node.ready.since);
    let lost = node.ready.status == ConditionStatus::Unknown;
    let condition = |(type_, status, reason, message): (&str, &str, &str, &str)| {
        let (status, reason, message) = if lost {
            ("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.")
        } else {
            (status, reason, message)
        };
        map([
            ("type", type_.into()),
            ("status", status.into()),
            ("lastTransitionTime", since.as_str().into()),
            ("reason", reason.into()),
            ("message", message.into()),
        ])
    };
    let conditions: Vec<Value> = CONDITIONS.map(condition).into();
    let info = map([
        ("kubeletVersion", super::version::VERSION.into()),
        ("osImage", "Simulated Linux".into()),
        ("kernelVersion", "6.12.0".into()),
        ("containerRuntimeVersion", "containerd://2.2.0".into()),
        ("operatingSystem", "linux".into()),
        ("architecture", "amd64".into()),
    ]);
    let status = data.entry("status");
    *status.entry("conditions") = conditions.into();
    *status.entry("nodeInfo") = info;
    *status.entry("addresses") = vec![
        map([("type", "InternalIP".into()), ("address", address(name).into())]),
        map([("type", "Hostname".into()), ("address", name.into())]),
    ]
    .into();
}

/// Adds to a pod's data what its kubelet reports.
pub(super) fn of_pod(data: &mut Value, pod: &Pod) {
    if !pod.is_scheduled() || pod.status.start_time.is_none() {
        return;
    }
    let status = data.entry("status");
    let host = address(&pod.node_name);
    *status.entry("hostIP") = host.as_str().into();
    *status.entry("hostIPs") = vec![map([("ip", host.into())])].into();
    let statuses = status.entry("containerStatuses").as_list_mut();
    for container in statuses.into_iter().flatten() {
        let restarts = container.get("restartCount").and_then(Value::as_int).unwrap_or(0);
        let ran = container.at(&["state", "waiting"]).is_none() || restarts > 0;
        if !ran {
            continue;
        }
        let text = |key: &str| container.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
        let id = number(&text("name")) ^ pod.meta.uid.0 ^ mix(restarts.unsigned_abs());
        let image = text("image");
        let tagless = match image.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => name,
            _ => &image,
        };
        let image_id = format!("{tagless}@sha256:{}", digest(number(&image)));
        *container.entry("containerID") = format!("containerd://{}", digest(id)).into();
        *container.entry("imageID") = image_id.into();
    }
    // An entry asked for is an entry made.
    if pod.status.container_statuses.is_empty() {
        status.as_map_mut().and_then(|map| map.remove("containerStatuses"));
    }
}

//! The knobs of a scenario: the cluster's and the clients'.

use super::fields::Fields;
use crate::api::Value;
use crate::cluster::{Config, MAX_GPUS_PER_NODE, MAX_NODES};
use crate::network::clients::{Burst, Clients, MAX_CLIENTS, MAX_RATE, MAX_RETRIES, MAX_TIME};
use crate::time::Duration;

/// Keys that describe the cluster.
pub(super) const CLUSTER: &[&str] = &["seed", "nodes", "gpusPerNode", "podsPerNode", "proxyLag"];

const TRAFFIC: &[&str] = &[
    "rps",
    "clients",
    "keepAlive",
    "requestLength",
    "longRequests",
    "timeout",
    "retries",
    "burst",
    "fromStart",
];

/// Reads the cluster's knobs.
pub(super) fn cluster(value: &Value, fields: &mut Fields<'_>, config: &mut Config) {
    if let Some(seed) = value.get("seed") {
        config.seed = fields.whole(seed, "seed", 0, u32::MAX).map_or(1, u64::from);
    }
    let mut set = |key: &str, most: u32, knob: &mut u32| {
        let number = value.get(key).and_then(|value| fields.whole(value, key, 0, most));
        *knob = number.unwrap_or(*knob);
    };
    set("nodes", MAX_NODES, &mut config.nodes);
    set("podsPerNode", 1_000, &mut config.pods_per_node);
    let mut gpus = 4;
    set("gpusPerNode", MAX_GPUS_PER_NODE, &mut gpus);
    config.node_resources.insert("nvidia.com/gpu".into(), i64::from(gpus) * 1_000);
    if let Some(lag) = value.get("proxyLag") {
        config.proxy_lag = time(lag, "proxyLag", fields).unwrap_or(config.proxy_lag);
    }
}

/// A time as knobs take it.
pub(super) fn time(value: &Value, path: &str, fields: &mut Fields<'_>) -> Option<Duration> {
    fields.time(value, path, MAX_TIME)
}

/// Reads what the clients do: changes `clients` and returns the rate, if it is there.
pub(super) fn traffic(
    value: &Value,
    path: &str,
    fields: &mut Fields<'_>,
    clients: &mut Clients,
) -> Option<u32> {
    fields.map(value, path, TRAFFIC)?;
    let field = |key: &str| Some((value.get(key)?, format!("{path}.{key}")));
    let mut rate = None;
    if let Some((value, path)) = field("rps") {
        rate = fields.whole(value, &path, 0, MAX_RATE);
    }
    if let Some((value, path)) = field("clients") {
        clients.count = fields.whole(value, &path, 1, MAX_CLIENTS).unwrap_or(clients.count);
    }
    if let Some((value, path)) = field("retries") {
        clients.retries = fields.whole(value, &path, 0, MAX_RETRIES).unwrap_or(clients.retries);
    }
    if let Some((value, path)) = field("keepAlive") {
        clients.keep_alive = fields.flag(value, &path).unwrap_or(clients.keep_alive);
    }
    if let Some((value, path)) = field("fromStart") {
        clients.from_start = fields.flag(value, &path).unwrap_or(clients.from_start);
    }
    if let Some((value, path)) = field("requestLength") {
        clients.request_length =
            if value.as_str() == Some("none") { None } else { time(value, &path, fields) };
    }
    if let Some((value, path)) = field("timeout") {
        clients.timeout = time(value, &path, fields).unwrap_or(clients.timeout);
        if clients.timeout.is_zero() {
            fields.wrong(&path, "a client waits longer than 0");
        }
    }
    if let Some((value, path)) = field("longRequests") {
        long_requests(value, &path, fields, clients);
    }
    if let Some((value, path)) = field("burst") {
        clients.burst =
            if value.as_str() == Some("none") { None } else { burst(value, &path, fields) };
    }
    rate
}

fn long_requests(value: &Value, path: &str, fields: &mut Fields<'_>, clients: &mut Clients) {
    if fields.map(value, path, &["percent", "length"]).is_none() {
        return;
    }
    let percent = fields.required(value, path, "percent");
    let percent = percent.and_then(|(value, path)| fields.whole(value, &path, 0, 100));
    clients.long_percent = percent.unwrap_or(0);
    if let Some(length) = value.get("length") {
        let length = time(length, &format!("{path}.length"), fields);
        clients.long_length = length.unwrap_or(clients.long_length);
    }
}

fn burst(value: &Value, path: &str, fields: &mut Fields<'_>) -> Option<Burst> {
    fields.map(value, path, &["every", "length", "factor"])?;
    let (every, every_path) = fields.required(value, path, "every")?;
    let every = time(every, &every_path, fields)?;
    let (length, length_path) = fields.required(value, path, "length")?;
    let length = time(length, &length_path, fields)?;
    let (factor, factor_path) = fields.required(value, path, "factor")?;
    let factor = fields.whole(factor, &factor_path, 1, 1_000)?;
    if length.is_zero() || length > every {
        fields.wrong(&length_path, "a burst lasts longer than 0 and ends before the next");
    }
    Some(Burst { every, length, factor })
}

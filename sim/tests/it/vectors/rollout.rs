//! The steps of a rollout: one by one, and as whole sequences.

use std::collections::BTreeMap;
use std::sync::Arc;

use rollscope_sim::api::{Deployment, Pod, ReplicaSet, Uid};
use rollscope_sim::controller::deployment::recreate::{self, old_pods_running};
use rollscope_sim::controller::deployment::replica_sets::active;
use rollscope_sim::controller::deployment::rolling::{
    Resize, cleanup_unhealthy_replicas, new_rs_new_replicas, reconcile_new_replica_set,
    reconcile_old_replica_sets, scale_down_old_replica_sets,
};
use serde_json::{Value, json};

use super::build;
use super::case::{Fields, check, not_applicable, unknown_op};

const OLD: u64 = 1;
const NEW: u64 = 2;

pub(crate) fn rolling_update(case: &Value) -> Result<(), String> {
    if case.field("input")?.flag("replicaset_update_fails") {
        return Err(not_applicable(case.opt_text("since").unwrap_or("writes do not fail")));
    }
    check(case, |op, input| {
        let deployment = build::deployment_of(input)?;
        let set = |number, name, size: &str, available: &str| -> Result<_, String> {
            let (size, available) = (input.int_or_0(size)?, input.int_or_0(available)?);
            Ok(Arc::new(build::replica_set(name, number, size, available)))
        };
        let old = [set(OLD, "foo-old", "old_replicas", "old_available")?];
        let new = set(NEW, "foo-new", "new_replicas", "new_available")?;
        let all = [Arc::clone(&old[0]), Arc::clone(&new)];
        let steps = match op {
            "reconcile_new" => {
                let size = reconcile_new_replica_set(&deployment, &all, &new);
                return Ok(json!({
                    "scaled": size.is_some(),
                    "new_replicas": size.unwrap_or(new.spec.replicas),
                }));
            }
            "reconcile_old" => {
                reconcile_old_replica_sets(&deployment, &all, &active(&old), Some(&new))
            }
            "cleanup_unhealthy" => cleanup_unhealthy_replicas(&old, input.int("cleanup_budget")?),
            "scale_down_old" => {
                scale_down_old_replica_sets(&deployment, &old, input.int("available_total")?)
            }
            other => return unknown_op(other),
        };
        let left = size_after(&old[0], &steps);
        let cleaned = old[0].spec.replicas - left;
        Ok(json!({ "scaled": !steps.is_empty(), "old_replicas": left, "cleaned": cleaned }))
    })
}

pub(crate) fn recreate(case: &Value) -> Result<(), String> {
    check(case, |op, input| match op {
        "scale_down_old" => {
            let sizes = input.list("old_replicas")?.iter().filter_map(Value::as_i64);
            let old: Vec<Arc<ReplicaSet>> = (OLD..)
                .zip(sizes)
                .map(|(number, size)| {
                    let size = i32::try_from(size).map_err(|error| error.to_string())?;
                    Ok(Arc::new(build::replica_set("foo-old", number, size, 0)))
                })
                .collect::<Result<_, String>>()?;
            let steps = recreate::scale_down_old_replica_sets(&old);
            let left: Vec<i32> = old.iter().map(|rs| size_after(rs, &steps)).collect();
            Ok(json!({ "old_replicas": left }))
        }
        "old_pods_running" => {
            let old = build::replica_sets_of(input, "old_rss", OLD)?;
            let mut uids = Uids::default();
            let new = input.opt_text("new_rs_uid").map(|uid| uids.of(uid));
            let pods = owned_pods(input, &mut uids)?;
            let running = old_pods_running(new, &old, pods.iter().map(|(uid, pod)| (*uid, pod)));
            Ok(json!({ "old_pods_running": running }))
        }
        other => unknown_op(other),
    })
}

/// Numbers for the uids of a case, which are words.
#[derive(Default)]
struct Uids(BTreeMap<String, Uid>);

impl Uids {
    fn of(&mut self, word: &str) -> Uid {
        let next = Uid(self.0.len() as u64 + 1);
        *self.0.entry(word.to_owned()).or_insert(next)
    }
}

/// The pods of `pods_by_rs_uid`, each with the uid of its owner.
fn owned_pods(input: &Value, uids: &mut Uids) -> Result<Vec<(Uid, Pod)>, String> {
    let mut pods = Vec::new();
    for (owner, phases) in
        input.opt("pods_by_rs_uid").and_then(Value::as_object).into_iter().flatten()
    {
        let owner = uids.of(owner);
        for phase in phases.as_array().into_iter().flatten() {
            pods.push((owner, build::pod_of(&json!({ "phase": phase }), 0)?));
        }
    }
    Ok(pods)
}

pub(crate) fn rollout_trace(case: &Value) -> Result<(), String> {
    check(case, |op, input| {
        if op != "trace" {
            return unknown_op(op);
        }
        let readiness = Readiness::of(input.text("pods")?)?;
        let deployment = build::deployment_of(input)?;
        let (size, available) = (input.int("old_replicas")?, input.int("old_available")?);
        let mut rollout = Rollout {
            old: build::replica_set("foo-old", OLD, size, available),
            new: None,
            deployment,
        };
        let syncs = rollout.run(readiness);
        let (surge, unavailable) =
            rollout.deployment.resolve_fenceposts().map_err(|error| error.to_string())?;
        Ok(json!({
            "resolved": { "surge": surge, "unavailable": unavailable },
            "syncs_that_write": syncs,
            "final": rollout.sizes(),
        }))
    })
}

/// When new pods become available.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Readiness {
    Never,
    /// Before the next sync.
    AtOnce,
    /// When the controller has nothing left to do.
    WhenIdle,
}

impl Readiness {
    fn of(text: &str) -> Result<Self, String> {
        match text {
            "new pods never become available"
            | "new pods never become available; the unavailable old pods stay unavailable" => {
                Ok(Self::Never)
            }
            "all new pods are available before the next sync" => Ok(Self::AtOnce),
            "whenever the controller has nothing left to do, all new pods become available" => {
                Ok(Self::WhenIdle)
            }
            other => Err(format!("pods that behave like {other:?} are unknown")),
        }
    }
}

/// A rollout from one old set to a new one, driven by the functions a sync calls.
struct Rollout {
    deployment: Deployment,
    old: ReplicaSet,
    new: Option<ReplicaSet>,
}

impl Rollout {
    /// Syncs until nothing changes any more; returns the syncs that wrote sizes.
    fn run(&mut self, readiness: Readiness) -> Vec<Value> {
        let mut syncs = Vec::new();
        loop {
            let before = self.sizes();
            let writes = self.sync();
            let idle = before == self.sizes();
            if !writes.is_empty() {
                let mut sync = self.sizes();
                sync["writes"] = json!(writes);
                syncs.push(sync);
            }
            let ready = match readiness {
                Readiness::Never => false,
                Readiness::AtOnce => self.make_available(),
                Readiness::WhenIdle => idle && self.make_available(),
            };
            if idle && !ready {
                return syncs;
            }
        }
    }

    /// One sync of a rolling update, in the order in which the controller takes its steps.
    fn sync(&mut self) -> Vec<String> {
        let old_size = self.old.spec.replicas;
        let new_size = self.new_size();
        let created = self.new.is_none();
        if created {
            let size = new_rs_new_replicas(&self.deployment, old_size, 0);
            self.new = Some(build::replica_set("foo-new", NEW, size, 0));
        }
        let (old, new) = (Arc::new(self.old.clone()), self.new.clone().map(Arc::new));
        let all: Vec<Arc<ReplicaSet>> = [Arc::clone(&old)].into_iter().chain(new.clone()).collect();
        let grown =
            new.as_ref().and_then(|new| reconcile_new_replica_set(&self.deployment, &all, new));
        if let (Some(size), Some(new)) = (grown, &mut self.new) {
            new.spec.replicas = size;
        } else {
            let olds = active(&[Arc::clone(&old)]);
            let steps = reconcile_old_replica_sets(&self.deployment, &all, &olds, new.as_deref());
            self.shrink_old(size_after(&old, &steps));
        }
        let write =
            |what: &str, from: i32, to: i32| (from != to).then(|| format!("{what} {from}->{to}"));
        [write("new", new_size, self.new_size()), write("old", old_size, self.old.spec.replicas)]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Pods go at once, those that are not available first.
    fn shrink_old(&mut self, size: i32) {
        self.old.spec.replicas = size;
        self.old.status.replicas = size;
        self.old.status.available_replicas = self.old.status.available_replicas.min(size);
    }

    /// All new pods become available; says whether one was not.
    fn make_available(&mut self) -> bool {
        let Some(new) = &mut self.new else {
            return false;
        };
        let size = new.spec.replicas;
        let changed = new.status.available_replicas != size;
        (new.status.replicas, new.status.available_replicas) = (size, size);
        changed
    }

    fn new_size(&self) -> i32 {
        self.new.as_ref().map_or(0, |new| new.spec.replicas)
    }

    fn sizes(&self) -> Value {
        json!({ "old_replicas": self.old.spec.replicas, "new_replicas": self.new_size() })
    }
}

/// The size of a set when all steps are taken.
fn size_after(rs: &ReplicaSet, steps: &[Resize]) -> i32 {
    let last = steps.iter().rfind(|(step, _)| step.meta.uid == rs.meta.uid);
    last.map_or(rs.spec.replicas, |(_, size)| *size)
}

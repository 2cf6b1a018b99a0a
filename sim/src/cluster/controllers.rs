//! What the controller manager is handed: writes to take in, objects to look at.

use super::Cluster;
use crate::api::{Kind, Uid};
use crate::apiserver::{AnyObject, Change, WatchEvent};
use crate::ctx::Ctx;
use crate::occurrence::Controller;

impl Cluster {
    pub(super) fn sync(&mut self, controller: Controller, key: Uid, ticket: u32) {
        let mut ctx = Ctx { now: self.now, api: &mut self.api, agenda: &mut self.agenda };
        let (ctx, informers) = (&mut ctx, &self.informers);
        match controller {
            Controller::Deployment => {
                if self.deployments.queue.take(key, ticket, ctx) {
                    self.deployments.sync(key, informers, ctx);
                }
            }
            Controller::ReplicaSet => {
                if self.replica_sets.queue.take(key, ticket, ctx) {
                    self.replica_sets.sync(key, informers, ctx);
                }
            }
            Controller::EndpointSlice => {
                if self.endpoint_slices.queue.take(key, ticket, ctx) {
                    self.endpoint_slices.sync(key, informers, ctx);
                }
            }
            Controller::GarbageCollector => {
                if self.garbage_collector.queue.take(key, ticket, ctx) {
                    self.garbage_collector.sync(key, informers, ctx);
                }
            }
            Controller::Disruption => {
                if self.disruption.queue.take(key, ticket, ctx) {
                    self.disruption.sync(key, informers, ctx);
                }
            }
            Controller::ResourceQuota => {
                if self.resource_quotas.queue.take(key, ticket, ctx) {
                    self.resource_quotas.sync(key, ctx);
                }
            }
            Controller::NodeLifecycle => {
                if self.node_lifecycle.queue.take(key, ticket, ctx) {
                    self.node_lifecycle.sync(key, informers, &self.outages, ctx);
                }
            }
            Controller::Autoscaler => {
                if self.autoscalers.queue.take(key, ticket, ctx) {
                    self.autoscalers.sync(key, informers, ctx);
                }
            }
        }
    }

    pub(super) fn deliver_to_controllers(&mut self, event: &WatchEvent) {
        let old = self.informers.apply(event);
        let mut ctx = Ctx { now: self.now, api: &mut self.api, agenda: &mut self.agenda };
        let (ctx, informers, change) = (&mut ctx, &self.informers, event.change);
        match (&event.object, old) {
            (AnyObject::Deployment(deployment), _) => {
                self.deployments.on_deployment(deployment, ctx);
                self.disruption.on_deployment(deployment, informers, ctx);
            }
            (AnyObject::ReplicaSet(rs), old) => {
                let old = match &old {
                    Some(AnyObject::ReplicaSet(old)) => Some(&**old),
                    _ => None,
                };
                self.deployments.on_replica_set(change, rs, old, informers, ctx);
                self.replica_sets.on_replica_set(change, rs, ctx);
            }
            (AnyObject::Pod(pod), old) => {
                let old = match &old {
                    Some(AnyObject::Pod(old)) => Some(&**old),
                    _ => None,
                };
                self.replica_sets.on_pod(change, pod, old, informers, ctx);
                self.endpoint_slices.on_pod(change, pod, old, informers, ctx);
                self.disruption.on_pod(pod, old, informers, ctx);
                self.node_lifecycle.on_pod(change, pod, ctx);
                if change == Change::Deleted {
                    self.deployments.on_pod_deleted(pod, informers, ctx);
                    ctx.api.finish_namespace(&pod.meta.namespace);
                }
            }
            (AnyObject::Service(service), _) => {
                self.endpoint_slices.on_service(change, service, ctx);
            }
            (AnyObject::Data(object), old) => match object.kind {
                Kind::PodDisruptionBudget => self.disruption.on_budget(object, ctx),
                Kind::HorizontalPodAutoscaler => {
                    let old = match &old {
                        Some(AnyObject::Data(old)) => Some(&**old),
                        _ => None,
                    };
                    self.autoscalers.on_autoscaler(object, old, ctx);
                }
                _ => {}
            },
            (AnyObject::EndpointSlice(slice), _) => {
                self.endpoint_slices.on_slice(change, slice, ctx);
            }
            (AnyObject::Node(_) | AnyObject::Event(_), _) => {}
        }
        self.garbage_collector.on_object(change, &event.object, ctx);
        self.resource_quotas.on_object(change, &event.object, informers, ctx);
    }
}

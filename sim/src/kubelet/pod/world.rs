//! What the containers of a pod see of each other and of the cluster.

use std::net::Ipv4Addr;

use super::{Around, PodWorker};
use crate::api::endpoint_slice::{EndpointSlice, SERVICE_NAME};
use crate::api::{Name, Pod, Service, Uid, Value};
use crate::apiserver::{ApiServer, config};
use crate::container::{
    Command, Container, Exec, Files, HttpReply, Network, NetworkError, Refused, Volume, Volumes,
    World,
};
use crate::kubelet::{Post, Worker};
use crate::time::Instant;
use crate::uid_map::UidMap;

/// The pod's network: its own other containers, Services, other pods by address.
struct Neighbours<'a> {
    pod: &'a PodWorker,
    volumes: &'a Volumes,
    api: &'a ApiServer,
    workers: &'a UidMap<Post>,
}

impl PodWorker {
    /// Lets a container act, with its surroundings. `None` when it has none yet.
    pub(super) fn with<T>(
        &mut self,
        index: usize,
        around: &Around<'_, '_>,
        act: impl FnOnce(&mut Container, &mut World<'_>) -> T,
    ) -> Option<T> {
        let mut container = self.runs[index].process.take()?;
        let mut volumes = std::mem::take(&mut self.volumes);
        let others = volumes.clone();
        let network = Neighbours {
            pod: self,
            volumes: &others,
            api: around.ctx.api,
            workers: around.workers,
        };
        let hostname = &self.pod.meta.name;
        let mut world = World { volumes: &mut volumes, network: &network, hostname };
        let result = act(&mut container, &mut world);
        self.volumes = volumes;
        self.runs[index].process = Some(container);
        Some(result)
    }

    /// The pod's volumes. What is missing for them is an error, and named with its volume.
    pub(super) fn mount(&self, api: &ApiServer) -> Result<Volumes, String> {
        let list = self.pod.spec.raw().get("volumes").and_then(Value::as_list);
        let mut volumes = Volumes::default();
        for volume in list.unwrap_or_default() {
            let name = volume.get("name").and_then(Value::scalar_text).unwrap_or_default();
            let found = config::volume_files(api, &self.pod, volume).map_err(|missing| {
                format!("MountVolume.SetUp failed for volume \"{name}\" : {missing}")
            })?;
            let mut files = Files::default();
            for (path, text) in found.iter().flatten() {
                // A file that is too large is not there: the disk of the simulator is full.
                let _ = files.write(&format!("/{path}"), text);
            }
            let read_only = found.is_some();
            volumes.list.push(Volume { name, files: files.into(), read_only });
        }
        Ok(volumes)
    }

    /// The answer of the pod to a GET on one of its ports.
    pub(in crate::kubelet) fn reply(
        &self,
        port: u16,
        path: &str,
        now: Instant,
        volumes: &Volumes,
    ) -> Result<HttpReply, Refused> {
        let alive = self.runs.iter().filter(|run| run.is_alive);
        let mut containers = alive.filter_map(|run| run.process.as_ref());
        let container = containers.find(|container| container.listens(port, now));
        container.ok_or(Refused::NotListening)?.http(port, path, now, volumes)
    }

    /// Runs a command in a container; `None` when it does not run.
    pub(in crate::kubelet) fn exec(
        &mut self,
        index: usize,
        argv: Vec<Name>,
        around: &mut Around<'_, '_>,
    ) -> Option<Exec> {
        if !self.runs.get(index)?.is_alive {
            return None;
        }
        let (now, command) = (around.now(), Command::new(argv));
        let exec = self.with(index, around, |process, world| process.exec(&command, now, world));
        self.go_on(around);
        exec
    }

    /// The exit code and output of a command that ran on, once it has ended.
    pub(in crate::kubelet) fn exec_result(
        &mut self,
        index: usize,
        id: u32,
    ) -> Option<(i32, String)> {
        self.runs.get_mut(index)?.process.as_mut()?.exec_result(id)
    }

    pub(in crate::kubelet) fn volumes(&self) -> &Volumes {
        &self.volumes
    }
}

/// Where a request goes.
enum Target {
    Own,
    Pod(Uid, u16),
}

impl Neighbours<'_> {
    fn target(&self, host: &str, port: u16, now: Instant) -> Result<Target, NetworkError> {
        let own_ip = self.pod.ip;
        let address = host.parse::<Ipv4Addr>().ok();
        let is_own = host == "localhost"
            || *host == *self.pod.pod.meta.name
            || address.is_some_and(|ip| ip.is_loopback() || Some(ip) == own_ip);
        if is_own {
            return Ok(Target::Own);
        }
        let mut services = self.api.list::<Service>().iter();
        let service = if let Some(ip) = address {
            let mut pods = self.api.list::<Pod>().iter();
            if let Some(pod) = pods.find(|pod| pod.status.pod_ip == Some(ip)) {
                return Ok(Target::Pod(pod.meta.uid, port));
            }
            services.find(|service| *service.spec.cluster_ip == *host)
        } else {
            let mut parts = host.split('.');
            let name = parts.next().unwrap_or_default();
            let namespace = parts.next().unwrap_or(&self.pod.pod.meta.namespace);
            let is_local = matches!(parts.next(), None | Some("svc"));
            services.find(|service| {
                is_local && *service.meta.name == *name && *service.meta.namespace == *namespace
            })
        };
        let unknown =
            if address.is_some() { NetworkError::TimedOut } else { NetworkError::UnknownHost };
        self.endpoint(service.ok_or(unknown)?, port, now)
    }

    /// One of a Service's ready endpoints, another each time.
    fn endpoint(&self, service: &Service, port: u16, now: Instant) -> Result<Target, NetworkError> {
        let mut ports = service.spec.ports.iter();
        let port = ports.find(|known| known.port == port).ok_or(NetworkError::TimedOut)?;
        let mut targets = Vec::new();
        let slices = self.api.list::<EndpointSlice>().iter().filter(|slice| {
            slice.meta.namespace == service.meta.namespace
                && slice.meta.labels.get(SERVICE_NAME) == Some(&service.meta.name)
        });
        for slice in slices {
            let number = slice.ports.iter().find(|known| known.name == port.name);
            let Some(number) = number.and_then(|known| known.port) else { continue };
            for endpoint in slice.endpoints.iter().filter(|endpoint| endpoint.ready) {
                let pod = self.api.pod_behind(slice, endpoint).ok_or(NetworkError::TimedOut);
                targets.push(pod.map(|pod| Target::Pod(pod, number)));
            }
        }
        if targets.is_empty() {
            return Err(NetworkError::Refused);
        }
        let draw = crate::rng::mix(now.as_micros() ^ self.pod.pod.meta.uid.0);
        let index = usize::try_from(draw % targets.len() as u64).unwrap_or(0);
        targets.swap_remove(index)
    }
}

impl Network for Neighbours<'_> {
    fn http(
        &self,
        host: &str,
        port: u16,
        path: &str,
        now: Instant,
    ) -> Result<HttpReply, NetworkError> {
        let reply = match self.target(host, port, now)? {
            Target::Own => self.pod.reply(port, path, now, self.volumes),
            Target::Pod(uid, port) => match self.workers.get(&uid).map(|post| &post.worker) {
                Some(Worker::Real(worker)) => worker.reply(port, path, now, worker.volumes()),
                Some(Worker::Scripted(worker)) => worker.reply(port),
                // The pod asks itself through a Service.
                Some(Worker::Away) => self.pod.reply(port, path, now, self.volumes),
                None => return Err(NetworkError::TimedOut),
            },
        };
        reply.map_err(|refused| match refused {
            Refused::NotListening => NetworkError::Refused,
            Refused::NotHttp => NetworkError::Closed,
        })
    }

    fn connects(&self, host: &str, port: u16, now: Instant) -> Result<(), NetworkError> {
        match self.http(host, port, "/", now) {
            Ok(_) | Err(NetworkError::Closed) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

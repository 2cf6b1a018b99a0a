//! How long a container is expected to load: what the screen draws a progress bar to.
//!
//! A copy of the container is run ahead on its own until its readiness probe would succeed.

use std::sync::Arc;

use crate::api::pod_template::{Container as Spec, ProbeHandler};
use crate::container::{Command, Container, Exec, Launch, NoNetwork, Volumes, World};
use crate::time::{Duration, Instant};

/// How many of its steps are run ahead.
const STEPS: u32 = 256;
/// How far.
const AHEAD: Duration = Duration::from_hours(1);

/// How long after its start a container is ready, if its probe is to be believed; without one, or
/// if it never is, when it first listens. `None` when it does neither.
pub(super) fn estimate(
    launch: &Arc<Launch>,
    spec: &Spec,
    readiness: Option<&Command>,
) -> Option<Duration> {
    let mut volumes = Volumes::default();
    let mut world = World { volumes: &mut volumes, network: &NoNetwork, hostname: "" };
    let mut container = Container::start(launch, Instant::BOOT);
    let mut now = Instant::BOOT;
    let mut listens = None;
    for _ in 0..STEPS {
        container.run(now, &mut world);
        if container.exit().is_some() {
            break;
        }
        if container.servers().any(|server| server.stops.is_none() && server.loaded_at() <= now) {
            listens = listens.or(Some(now.since(Instant::BOOT)));
        }
        let ready = match (&spec.readiness_probe, readiness) {
            (None, _) => listens.is_some(),
            (Some(_), Some(command)) => {
                // A copy is asked: a probe may leave something behind.
                let asked = container.clone().exec(command, now, &mut world);
                matches!(asked, Exec::Done { code: 0, .. })
            }
            (Some(probe), None) => answers(&container, spec, &probe.handler, now, world.volumes),
        };
        if ready {
            return Some(now.since(Instant::BOOT));
        }
        let loaded = container.servers().map(crate::container::Server::loaded_at);
        let next = container.next_at().into_iter().chain(loaded).filter(|at| *at > now).min();
        match next {
            Some(next) if next.since(Instant::BOOT) <= AHEAD => now = next,
            _ => break,
        }
    }
    listens
}

fn answers(
    container: &Container,
    spec: &Spec,
    handler: &ProbeHandler,
    now: Instant,
    volumes: &Volumes,
) -> bool {
    let number = |port: &str| {
        let named = || spec.ports.iter().find(|known| &*known.name == port);
        port.parse().ok().or_else(|| named().map(|known| known.container_port))
    };
    match handler {
        ProbeHandler::Exec(_) => false,
        ProbeHandler::HttpGet { path, port, .. } => number(port).is_some_and(|port| {
            container.http(port, path, now, volumes).is_ok_and(|reply| reply.status < 400)
        }),
        ProbeHandler::TcpSocket { port } => {
            number(port).is_some_and(|port| container.listens(port, now))
        }
        ProbeHandler::Grpc { port } => number(port).is_some_and(|port| {
            container.grpc_health(port, now) == Some(crate::container::GrpcHealth::Serving)
        }),
    }
}

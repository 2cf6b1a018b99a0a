//! The probe workers of a pod: their tickers, what they ask, what their results set off.
//!
//! Models: kubernetes v1.36 `pkg/kubelet/prober/{prober_manager,worker,prober}.go`. A worker ticks
//! from the moment its pod is taken; a readiness worker starts over, with an extra probe at once,
//! whenever the pod is synced while its container runs and is not ready. While one answer is
//! awaited, one further tick is remembered.

use std::sync::Arc;

use super::run::{Fitness, Shown};
use super::{Around, PodWorker, Stage};
use crate::api::event::EventType;
use crate::api::pod_template::{Container, Probe, ProbeHandler};
use crate::api::{Name, Pod, PodSpec};
use crate::container::{Command, Exec, GrpcHealth, Refused};
use crate::kubelet::Streaks;
use crate::kubelet::plan::Plan;
use crate::kubelet::prober::verdict::{self, Health, HttpAnswer, Outcome, Ran, Verdict};
use crate::kubelet::prober::worker::{
    self, ProbeResult, ProbeType, ProbeWorker, Seen, Standing, Turn,
};
use crate::occurrence::Occurrence;
use crate::time::{Duration, Instant};

/// An answer that takes less than this is taken in at once.
const AT_ONCE: Duration = Duration::from_millis(100);

/// An answer that is awaited.
#[derive(Clone, Debug)]
struct Asked {
    /// When it comes, or is no longer awaited.
    until: Instant,
    answer: Awaited,
    run: u32,
}

#[derive(Clone, Debug)]
enum Awaited {
    Verdict(Verdict),
    /// A command that runs.
    Exec(u32),
}

/// What asking comes to.
enum Answered {
    Now(Verdict),
    Later(Asked),
}

/// A worker with its ticker.
#[derive(Clone, Debug)]
pub(super) struct Prober {
    pub(super) index: usize,
    pub(super) worker: ProbeWorker,
    /// The first tick of the ticker since it was last started.
    pub(super) ticks_from: Instant,
    ticket: u32,
    asked: Option<Asked>,
    has_missed: bool,
    has_stopped: bool,
    /// Its ticker is off the agenda: until something happens in the pod, each answer would be the
    /// same success.
    is_idle: bool,
}

/// What a turn of a worker came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turned {
    /// Nothing was asked.
    Waited,
    /// The same success again, and so it stays until something happens in the pod.
    Settled,
    /// An answer that changes nothing.
    Heard,
    /// Something was set off or is awaited.
    SetOff,
}

impl Prober {
    pub(super) const fn type_(&self) -> ProbeType {
        self.worker.type_()
    }

    /// What it asks.
    fn probe_in<'a>(&self, pod: &'a Pod) -> Option<&'a Probe> {
        probe_of(pod.spec.container(self.index), self.type_())
    }

    /// The command that it runs, if it runs one.
    fn command<'a>(&self, plan: &'a Plan) -> Option<&'a Command> {
        let recipe = &plan.recipes[self.index];
        match self.type_() {
            ProbeType::Startup => recipe.startup.as_ref(),
            ProbeType::Liveness => recipe.liveness.as_ref(),
            ProbeType::Readiness => recipe.readiness.as_ref(),
        }
    }

    /// When an awaited answer comes.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.asked.as_ref().map(|asked| asked.until)
    }
}

fn probe_of(container: &Container, type_: ProbeType) -> Option<&Probe> {
    match type_ {
        ProbeType::Startup => container.startup_probe.as_ref(),
        ProbeType::Liveness => container.liveness_probe.as_ref(),
        ProbeType::Readiness => container.readiness_probe.as_ref(),
    }
}

/// The workers of a pod: of its containers, and of its init containers that stay.
pub(super) fn probers(spec: &PodSpec) -> Vec<Prober> {
    let mut probers = Vec::new();
    for (index, container) in spec.init_containers.iter().chain(&spec.containers).enumerate() {
        if index < spec.init_containers.len() && !container.is_sidecar() {
            continue;
        }
        for type_ in [ProbeType::Startup, ProbeType::Readiness, ProbeType::Liveness] {
            if probe_of(container, type_).is_some() {
                // Most pods have one.
                probers.reserve_exact(1);
                probers.push(Prober {
                    index,
                    worker: ProbeWorker::new(type_),
                    ticks_from: Instant::BOOT,
                    ticket: 0,
                    asked: None,
                    has_missed: false,
                    has_stopped: false,
                    is_idle: false,
                });
            }
        }
    }
    probers
}

impl PodWorker {
    fn probe(&self, index: usize) -> Option<&Probe> {
        self.probers.get(index)?.probe_in(&self.pod)
    }

    fn period(&self, prober: usize) -> Duration {
        let seconds = self.probe(prober).map_or(10, |probe| probe.period_seconds);
        Duration::from_secs(seconds.max(1).into())
    }

    pub(super) fn readiness_prober(&self, index: usize) -> Option<&Prober> {
        let mut probers = self.probers.iter();
        probers.find(|item| item.index == index && item.type_() == ProbeType::Readiness)
    }

    /// What a container's probes last said.
    pub(super) fn streaks(&self, index: usize) -> Streaks {
        let mut streaks = Streaks::default();
        for prober in self.probers.iter().filter(|prober| prober.index == index) {
            let streak = match prober.type_() {
                ProbeType::Startup => &mut streaks.startup,
                ProbeType::Liveness => &mut streaks.liveness,
                ProbeType::Readiness => &mut streaks.readiness,
            };
            *streak = prober.worker.streak();
        }
        streaks
    }

    /// Starts all tickers. What the first tick would find, a pod without containers, is known.
    pub(super) fn start_probers(&mut self, around: &mut Around<'_, '_>) {
        for index in 0..self.probers.len() {
            self.probers[index].ticks_from = around.now();
            self.announce_tick(index, around);
        }
    }

    fn announce_tick(&self, index: usize, around: &mut Around<'_, '_>) {
        self.announce_tick_at(index, around.now() + self.period(index), around);
    }

    fn announce_tick_at(&self, index: usize, at: Instant, around: &mut Around<'_, '_>) {
        let (pod, ticket) = (self.pod.meta.uid, self.probers[index].ticket);
        let prober = u8::try_from(index).unwrap_or(u8::MAX);
        let what = Occurrence::ProbeDue { pod, prober, ticket };
        around.ctx.agenda.push(at, what);
    }

    /// A ticker ticks.
    pub(crate) fn tick(&mut self, prober: u8, ticket: u32, around: &mut Around<'_, '_>) {
        let index = usize::from(prober);
        let Some(prober) = self.probers.get_mut(index) else {
            return;
        };
        if prober.ticket != ticket || prober.has_stopped || self.stage == Stage::Terminated {
            return;
        }
        if prober.asked.is_some() {
            prober.has_missed = true;
            self.announce_tick(index, around);
            return;
        }
        let turned = self.do_probe(index, around);
        self.probers[index].is_idle = turned == Turned::Settled;
        if turned == Turned::Settled {
            return;
        }
        self.announce_tick(index, around);
        if turned != Turned::Waited {
            // A command may have changed what the others look at.
            self.rouse(around);
        }
        if turned == Turned::SetOff {
            self.plan_wake(around);
        }
    }

    /// Puts the tickers back on the agenda that were idle: something happens in the pod.
    pub(crate) fn rouse(&mut self, around: &mut Around<'_, '_>) {
        for index in 0..self.probers.len() {
            if !std::mem::take(&mut self.probers[index].is_idle) {
                continue;
            }
            let (from, period) = (self.probers[index].ticks_from, self.period(index));
            let ticks = around.now().since(from).as_micros() / period.as_micros();
            let until_next = (ticks + 1) * period.as_micros();
            let after = Duration::from_micros(u64::try_from(until_next).unwrap_or(u64::MAX));
            self.announce_tick_at(index, from + after, around);
        }
    }

    /// A readiness worker probes at once and starts its ticker over.
    fn trigger(&mut self, index: usize, around: &mut Around<'_, '_>) {
        let prober = &mut self.probers[index];
        if prober.asked.is_some() || prober.has_stopped {
            return;
        }
        prober.ticket = prober.ticket.wrapping_add(1);
        prober.ticks_from = around.now();
        prober.is_idle = false;
        self.announce_tick(index, around);
        self.do_probe(index, around);
    }

    /// One turn of a worker.
    fn do_probe(&mut self, index: usize, around: &mut Around<'_, '_>) -> Turned {
        let now = around.now();
        let seen = self.seen(self.probers[index].index, now);
        let pod = Arc::clone(&self.pod);
        let Some(probe) = self.probers[index].probe_in(&pod) else {
            return Turned::Waited;
        };
        match self.probers[index].worker.before(probe, &seen) {
            Turn::Stop => self.probers[index].has_stopped = true,
            Turn::Wait => {}
            Turn::Ask => {
                return match self.ask(index, probe, seen.run, around) {
                    Answered::Now(verdict) => {
                        if self.answer(index, probe, &verdict, around) {
                            Turned::SetOff
                        } else if self.is_settled(index, seen.run, &verdict) {
                            Turned::Settled
                        } else {
                            Turned::Heard
                        }
                    }
                    Answered::Later(asked) => {
                        self.probers[index].asked = Some(asked);
                        Turned::SetOff
                    }
                };
            }
        }
        Turned::Waited
    }

    /// Whether a worker that has just heard this will go on hearing it, and is content.
    fn is_settled(&self, index: usize, run: u32, verdict: &Verdict) -> bool {
        let prober = &self.probers[index];
        verdict.outcome == Outcome::Success
            && prober.worker.result_of(run) == Some(ProbeResult::Success)
            && prober.command(&self.plan).is_some_and(Command::only_asks)
    }

    fn seen(&self, index: usize, now: Instant) -> Seen {
        let run = &self.runs[index];
        let standing = match run.shown {
            _ if run.seen == 0 => Standing::Unknown,
            Shown::Waiting { .. } => Standing::Waiting,
            Shown::Running { since } => Standing::Running(now.since(since)),
            Shown::Ended(ended) => {
                Standing::Ended { restarts: self.policy(index).restarts(ended.code) }
            }
        };
        Seen {
            pod_ended: self.stage == Stage::Terminated,
            pod_is_deleting: self.pod.meta.is_deleting(),
            standing,
            run: run.seen,
            started: run.fitness.started,
        }
    }

    /// Answers that have come.
    pub(super) fn finish_probes(&mut self, around: &mut Around<'_, '_>) {
        for index in 0..self.probers.len() {
            let Some((asked, verdict)) = self.awaited(index, around) else {
                continue;
            };
            let pod = Arc::clone(&self.pod);
            let Some(probe) = self.probers[index].probe_in(&pod) else {
                continue;
            };
            if asked.run == self.runs[self.probers[index].index].seen {
                self.answer(index, probe, &verdict, around);
            }
            if std::mem::take(&mut self.probers[index].has_missed) {
                self.do_probe(index, around);
            }
        }
    }

    /// An answer that has come by now.
    fn awaited(&mut self, index: usize, around: &Around<'_, '_>) -> Option<(Asked, Verdict)> {
        let now = around.now();
        let prober = &mut self.probers[index];
        let at = prober.index;
        let asked = prober.asked.as_ref()?;
        let is_over = asked.until <= now;
        let verdict = match &asked.answer {
            Awaited::Verdict(verdict) => verdict.clone(),
            Awaited::Exec(id) => {
                let (id, process) = (*id, self.runs[at].process.as_mut());
                match process.and_then(|process| process.exec_result(id)) {
                    Some((code, output)) => {
                        let asked = self.probers[index].asked.take()?;
                        return Some((asked, verdict::exec(Ran::Exited(code), output)));
                    }
                    None if is_over => {
                        self.with(at, around, |process, world| process.stop_exec(id, now, world));
                        let words = match self.probe(index).map(|probe| &probe.handler) {
                            Some(ProbeHandler::Exec(words)) => words.join(" "),
                            _ => String::new(),
                        };
                        let reason = format!("command \"{words}\" timed out");
                        verdict::exec(Ran::TimedOut(reason), String::new())
                    }
                    None => return None,
                }
            }
        };
        let asked = self.probers[index].asked.take_if(|_| is_over)?;
        Some((asked, verdict))
    }

    /// Takes in an answer. Says whether the worker has something to do because of it.
    fn answer(
        &mut self,
        index: usize,
        probe: &Probe,
        verdict: &Verdict,
        around: &mut Around<'_, '_>,
    ) -> bool {
        let prober = &mut self.probers[index];
        let (at, type_) = (prober.index, prober.type_());
        let before = prober.worker.result_of(self.runs[at].seen);
        let after =
            if verdict.is_error { None } else { prober.worker.after(probe, verdict.outcome) };
        let kind = type_.as_str();
        match verdict.outcome {
            Outcome::Success => {}
            Outcome::Warning => {
                let message = format!("{kind} probe warning: {}", verdict.text);
                self.record(EventType::Warning, "ProbeWarning", message, around);
            }
            Outcome::Failure | Outcome::Unknown => {
                let what = if verdict.is_error { "errored" } else { "failed" };
                let message = format!("{kind} probe {what}: {}", verdict.text);
                self.record(EventType::Warning, "Unhealthy", message, around);
            }
        }
        if after.is_none() || after == before {
            return false;
        }
        // Readiness shows at once, even while the thread is busy.
        self.update_flags_of(at);
        self.write(around);
        self.sync(around);
        true
    }

    /// Works out which containers have started and are ready; the readiness workers of those that
    /// run and are not ready probe at once.
    ///
    /// Models: kubernetes v1.36 `prober_manager.go` `UpdatePodStatus`.
    pub(super) fn update_flags(&mut self, around: &mut Around<'_, '_>) {
        for index in 0..self.runs.len() {
            self.update_flags_of(index);
            let run = &self.runs[index];
            if !run.fitness.started || run.fitness.ready || self.stage == Stage::Terminated {
                continue;
            }
            let is_its =
                |item: &Prober| item.index == index && item.type_() == ProbeType::Readiness;
            if let Some(prober) = self.probers.iter().position(is_its) {
                self.trigger(prober, around);
            }
        }
    }

    fn update_flags_of(&mut self, index: usize) {
        let run = &self.runs[index];
        let runs_once = self.is_init(index) && !self.is_sidecar(index);
        let (started, ready) = match run.shown {
            Shown::Running { .. } => {
                let of = |type_: ProbeType| {
                    let mut probers = self.probers.iter();
                    let prober = probers.find(|item| item.index == index && item.type_() == type_);
                    prober.map(|prober| prober.worker.result_of(run.seen))
                };
                let startup = of(ProbeType::Startup);
                let started = startup.is_none_or(|result| result == Some(ProbeResult::Success));
                let is_ready = started && worker::is_ready(startup, of(ProbeType::Readiness));
                (started, is_ready && !runs_once)
            }
            Shown::Ended(ended) => (false, ended.code == 0 && runs_once),
            Shown::Waiting { .. } => (false, false),
        };
        let run = &mut self.runs[index];
        run.fitness = Fitness { started, ready };
    }

    /// The number of a port given by number or name.
    pub(super) fn port(&self, index: usize, port: &Name) -> Option<u16> {
        if let Ok(number) = port.parse() {
            return Some(number);
        }
        let mut ports = self.container(index).ports.iter();
        ports.find(|known| known.name == *port).map(|known| known.container_port)
    }

    /// Whether any container listens on a port: they share the pod's network.
    pub(super) fn listens(&self, port: u16, now: Instant) -> bool {
        let mut alive = self.runs.iter().filter(|run| run.is_alive);
        alive.any(|run| run.process.as_ref().is_some_and(|process| process.listens(port, now)))
    }

    /// Asks a container.
    fn ask(&mut self, prober: usize, probe: &Probe, run: u32, around: &Around<'_, '_>) -> Answered {
        let now = around.now();
        let index = self.probers[prober].index;
        let timeout = Duration::from_secs(probe.timeout_seconds.into());
        let later = |verdict: Verdict, takes: Duration| {
            if takes < AT_ONCE {
                return Answered::Now(verdict);
            }
            let (until, answer) = (now + takes.min(timeout), Awaited::Verdict(verdict));
            Answered::Later(Asked { until, answer, run })
        };
        match &probe.handler {
            ProbeHandler::Exec(_) => {
                let plan = Arc::clone(&self.plan);
                let command = self.probers[prober].command(&plan);
                let asked = command.and_then(|command| {
                    self.with(index, around, |process, world| process.exec(command, now, world))
                });
                match asked {
                    Some(Exec::Done { code, output }) => {
                        Answered::Now(verdict::exec(Ran::Exited(code), output))
                    }
                    Some(Exec::Running(id)) => {
                        let (until, answer) = (now + timeout, Awaited::Exec(id));
                        Answered::Later(Asked { until, answer, run })
                    }
                    Some(Exec::Failed(reason)) => {
                        let reason = format!(
                            "rpc error: code = Unknown desc = failed to exec in container: {reason}"
                        );
                        Answered::Now(verdict::exec(Ran::NotRun(reason), String::new()))
                    }
                    None => Answered::Now(verdict::exec(Ran::NotRun(String::new()), String::new())),
                }
            }
            ProbeHandler::HttpGet { scheme, host, path, port } => {
                let (address, number) = self.address(index, host, port);
                let url = || format!("Get \"{scheme}://{address}{path}\"");
                let reply = number.map(|port| self.reply(port, path, now, &self.volumes));
                match reply {
                    Some(Ok(reply)) if reply.latency > timeout => {
                        let late = "context deadline exceeded (Client.Timeout exceeded while \
                                    awaiting headers)";
                        later(Verdict::failure(format!("{}: {late}", url())), timeout)
                    }
                    Some(Ok(reply)) => {
                        let answer = || {
                            let (status, body) = (reply.status, reply.body.to_string());
                            Ok(HttpAnswer { status, body, location: None })
                        };
                        later(verdict::http(false, answer), reply.latency)
                    }
                    Some(Err(Refused::NotHttp)) => {
                        Answered::Now(Verdict::failure(format!("{}: EOF", url())))
                    }
                    Some(Err(Refused::NotListening)) | None => {
                        let reason = format!("{}: {}", url(), refusal(&address));
                        Answered::Now(Verdict::failure(reason))
                    }
                }
            }
            ProbeHandler::TcpSocket { port } => {
                let (address, number) = self.address(index, "", port);
                let listens = number.is_some_and(|port| self.listens(port, now));
                let connected = if listens { Ok(()) } else { Err(refusal(&address)) };
                Answered::Now(verdict::tcp(connected))
            }
            ProbeHandler::Grpc { port } => {
                let (address, number) = self.address(index, "", port);
                let alive = self.runs.iter().filter(|run| run.is_alive);
                let mut alive = alive.filter_map(|run| run.process.as_ref());
                let health = number
                    .and_then(|port| alive.find_map(|process| process.grpc_health(port, now)));
                let (health, takes) = match health {
                    Some(GrpcHealth::Serving) => (Health::Serving, Duration::ZERO),
                    Some(GrpcHealth::NotServing) => (Health::NotServing, Duration::ZERO),
                    Some(GrpcHealth::Unimplemented) => (Health::Unimplemented, Duration::ZERO),
                    None => (Health::Unreachable, timeout),
                };
                later(verdict::grpc(health, &address, timeout), takes)
            }
        }
    }

    /// Where a probe goes, as the kubelet writes it, and the port's number.
    fn address(&self, index: usize, host: &str, port: &Name) -> (String, Option<u16>) {
        let number = self.port(index, port);
        let shown = number.map_or_else(|| port.to_string(), |number| number.to_string());
        let address = match self.ip {
            _ if !host.is_empty() => format!("{host}:{shown}"),
            Some(ip) => format!("{ip}:{shown}"),
            None => format!(":{shown}"),
        };
        (address, number)
    }
}

fn refusal(address: &str) -> String {
    format!("dial tcp {address}: connect: connection refused")
}

//! The cluster: all state, one way in, and the one place where occurrences are handed out.
//!
//! A cluster is a value: a clone goes its own way, and the same seed and commands give the same
//! run everywhere.

mod controllers;
mod nodes;
mod pods;
mod stored;

use std::sync::Arc;

use crate::agenda::Agenda;
use crate::api::quantity::Resources;
use crate::api::{Name, Node, Uid};
use crate::apiserver::causes::By;
use crate::apiserver::{AnyObject, ApiServer, Change, WatchEvent, Watcher};
use crate::command::Command;
use crate::container::Image;
use crate::controller::autoscaler::AutoscalerController;
use crate::controller::deployment::DeploymentController;
use crate::controller::disruption::DisruptionController;
use crate::controller::endpoint_slice::EndpointSliceController;
use crate::controller::garbage_collector::GarbageCollector;
use crate::controller::informer::Informers;
use crate::controller::node_lifecycle::NodeLifecycleController;
use crate::controller::replica_set::ReplicaSetController;
use crate::controller::resource_quota::ResourceQuotaController;
use crate::ctx::Ctx;
use crate::kubectl::Output;
use crate::kubectl::stream::{StreamId, Streams};
use crate::kubelet::Kubelet;
use crate::network::clients::{self, Clients};
use crate::network::histogram::Histogram;
use crate::network::proxy::{DEFAULT_LAG, Proxies};
use crate::network::request::Request;
use crate::network::tally::{Count, PodTally, SecondOfTraffic, Totals};
use crate::network::traffic::{Surroundings, Traffic};
use crate::occurrence::Occurrence;
use crate::outage::Outages;
use crate::report::explain::FirstFailure;
use crate::report::meter::Meter;
use crate::scheduler::Scheduler;
use crate::time::{Duration, Instant};

/// The most requests that are sent or end in one step.
const REQUESTS_PER_STEP: u64 = 1_024;

/// The most nodes anybody may ask for.
pub const MAX_NODES: u32 = 1_000;
/// The most GPUs a node may have.
pub const MAX_GPUS_PER_NODE: u32 = 64;

/// What a cluster is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The seed of everything random.
    pub seed: u64,
    /// How many nodes there are.
    pub nodes: u32,
    /// What each node offers, in thousandths of a unit.
    pub node_resources: Resources,
    /// How many pods fit on a node.
    pub pods_per_node: u32,
    /// Requests a second to each Service.
    pub request_rate: u32,
    /// What the clients ask for, and how patient they are.
    pub clients: Clients,
    /// How long it takes at most until every node's kube-proxy follows a change.
    pub proxy_lag: Duration,
    /// Images that the pretend registry has besides its own.
    pub images: Arc<[Image]>,
}

impl Config {
    /// Three nodes with 16 CPUs, 64 Gi and 4 GPUs each, 20 requests a second, and proxies that
    /// follow within a second.
    pub fn with_seed(seed: u64) -> Self {
        let node_resources = [
            ("cpu", 16_000),
            ("memory", 64 * 1_024 * 1_024 * 1_024 * 1_000),
            ("ephemeral-storage", 200 * 1_024 * 1_024 * 1_024 * 1_000),
            ("nvidia.com/gpu", 4_000),
        ];
        Self {
            seed,
            nodes: 3,
            node_resources: node_resources.map(|(name, milli)| (name.into(), milli)).into(),
            pods_per_node: 110,
            request_rate: 20,
            clients: Clients::default(),
            proxy_lag: DEFAULT_LAG,
            images: Arc::new([]),
        }
    }
}

/// Whether time arrived where it was to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// It did.
    Arrived,
    /// The budget of occurrences ran out before; the clock stands at the last one.
    OutOfBudget,
}

/// A cluster at an instant.
#[derive(Clone, Debug)]
pub struct Cluster {
    now: Instant,
    config: Config,
    agenda: Agenda<Occurrence>,
    api: ApiServer,
    informers: Informers,
    deployments: DeploymentController,
    replica_sets: ReplicaSetController,
    endpoint_slices: EndpointSliceController,
    garbage_collector: GarbageCollector,
    disruption: DisruptionController,
    resource_quotas: ResourceQuotaController,
    node_lifecycle: NodeLifecycleController,
    autoscalers: AutoscalerController,
    outages: Outages,
    scheduler: Scheduler,
    kubelet: Kubelet,
    proxies: Proxies,
    traffic: Traffic,
    pub(crate) streams: Streams,
    occurrences: u64,
}

impl Cluster {
    /// A cluster with its nodes and nothing on them.
    pub fn new(config: Config) -> Self {
        let seed = config.seed;
        let mut cluster = Self {
            now: Instant::BOOT,
            agenda: Agenda::default(),
            api: ApiServer::new(seed),
            informers: Informers::default(),
            deployments: DeploymentController::new(),
            replica_sets: ReplicaSetController::new(),
            endpoint_slices: EndpointSliceController::new(),
            garbage_collector: GarbageCollector::new(),
            disruption: DisruptionController::new(),
            resource_quotas: ResourceQuotaController::new(),
            node_lifecycle: NodeLifecycleController::new(),
            autoscalers: AutoscalerController::new(),
            outages: Outages::default(),
            scheduler: Scheduler::new(seed),
            kubelet: Kubelet::new(Arc::clone(&config.images)),
            proxies: Proxies::new(seed, config.proxy_lag),
            traffic: Traffic::new(seed, config.request_rate, config.clients, config.nodes),
            streams: Streams::default(),
            occurrences: 0,
            config,
        };
        cluster.add_nodes();
        cluster.settle();
        cluster
    }

    /// The present.
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// What the cluster was made of.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The API server, to read from.
    pub const fn api(&self) -> &ApiServer {
        &self.api
    }

    pub(crate) const fn api_mut(&mut self) -> &mut ApiServer {
        &mut self.api
    }

    /// Does what a user asks for, now. What it prints depends on the command; most print nothing.
    pub fn apply(&mut self, command: &Command) -> Output {
        self.api.causes.begin_command(self.now, &command.text());
        let output = match command {
            Command::Kubectl { line, stdin } => crate::kubectl::run(self, line, stdin.as_deref()),
            Command::Typed(typed) => crate::kubectl::run_typed(self, typed),
            Command::SetRequestRate(rate) => {
                self.traffic.set_rate(*rate, self.now);
                Output::default()
            }
            Command::FailNode(name) => self.fail_node(name),
            Command::RecoverNode(name) => self.recover_node(name),
            Command::SetProxyLag(lag) => {
                let checked = clients::check_time("the proxy lag", *lag);
                if checked.is_ok() {
                    self.proxies.set_lag(*lag);
                }
                refused(checked)
            }
            Command::SetClients(clients) => {
                let checked = clients.check();
                if checked.is_ok() {
                    self.traffic.set_clients(*clients, self.now);
                }
                refused(checked)
            }
        };
        if output.code != 0 {
            self.api.causes.refused(&output.stderr);
        }
        self.settle();
        output
    }

    /// Tells the watchers what was written around [`Self::apply`].
    #[cfg(feature = "rest")]
    pub(crate) fn settle_writes(&mut self) {
        self.settle();
    }

    /// When the next thing happens; `None` when nothing ever will.
    pub fn next_at(&self) -> Option<Instant> {
        [self.agenda.next_at(), self.traffic.next_at()].into_iter().flatten().min()
    }

    /// Lets time pass until `target`, but no further than `budget` occurrences.
    pub fn advance_to(&mut self, target: Instant, budget: u64) -> Advance {
        let mut left = budget;
        while self.next_at().is_some_and(|at| at <= target) {
            if left == 0 {
                return Advance::OutOfBudget;
            }
            left = left.saturating_sub(self.step_until(target, left));
        }
        self.set_now(self.now.max(target));
        Advance::Arrived
    }

    /// Lets the next thing happen; of requests, all up to the next other thing, within reason. Says
    /// whether anything was left to happen.
    pub fn step(&mut self) -> bool {
        self.step_until(Instant::from_micros(u64::MAX), u64::MAX) > 0
    }

    /// One step, with no more than `budget` occurrences; returns how many there were.
    fn step_until(&mut self, target: Instant, budget: u64) -> u64 {
        let horizon = self.agenda.next_at().map_or(target, |at| at.min(target));
        let mut around =
            Surroundings { proxies: &mut self.proxies, kubelet: &self.kubelet, api: &self.api };
        // A command that goes on printing looks after each of them.
        let most = if self.streams.is_empty() { REQUESTS_PER_STEP } else { 1 };
        let (done, last) = self.traffic.run(horizon, budget.min(most), &mut around);
        self.occurrences += done;
        if done > 0 {
            self.set_now(last);
            self.settle();
            return done;
        }
        let Some((at, occurrence)) = self.agenda.pop_until(target) else {
            return 0;
        };
        debug_assert!(at >= self.now, "time does not run backwards");
        self.set_now(at);
        self.occurrences += 1;
        self.happen(occurrence);
        self.settle();
        1
    }

    fn set_now(&mut self, now: Instant) {
        self.now = now;
        self.api.set_now(now);
        self.traffic.close(now);
    }

    /// Puts on the agenda what the last writes made due, and tells those who follow along.
    fn settle(&mut self) {
        if self.api.watch.has_to_schedule() {
            for (at, watcher) in self.api.watch.take_to_schedule() {
                self.agenda.push(at, Occurrence::WatchDelivered(watcher));
            }
        }
        if !self.streams.is_empty() {
            let writes = self.api.watch.take_unseen();
            self.streams.follow(self.now, &writes, &self.api, &mut self.kubelet);
            self.api.watch.keep_unseen(self.streams.watch_writes());
        }
    }

    fn happen(&mut self, occurrence: Occurrence) {
        if let Occurrence::PodStep { pod, .. } | Occurrence::ProbeDue { pod, .. } = occurrence
            && self.happens_unseen(pod, occurrence)
        {
            return;
        }
        let scheduling = occurrence == Occurrence::ScheduleDue;
        self.api.causes.begin(if scheduling { By::Scheduler } else { By::Itself }, 0);
        let mut ctx = Ctx { now: self.now, api: &mut self.api, agenda: &mut self.agenda };
        match occurrence {
            Occurrence::WatchDelivered(watcher) => self.deliver(watcher),
            Occurrence::SyncDue { controller, key, ticket } => {
                self.sync(controller, key, ticket);
            }
            Occurrence::ScheduleDue => self.scheduler.schedule(&mut ctx),
            Occurrence::DrainDue(stream) => self.continue_drain(stream),
            // To settle after it is all that is needed.
            Occurrence::StreamsDue => {}
            Occurrence::PodStep { pod, step, ticket } => {
                let busy_until = self.traffic.busy_until(pod, self.now);
                self.kubelet.step(pod, step, ticket, busy_until, &mut ctx);
            }
            Occurrence::ProbeDue { pod, prober, ticket } => {
                self.kubelet.probe(pod, prober, ticket, &mut ctx);
            }
        }
        self.lose_connections();
    }

    /// Tells the clients of connections that ended.
    fn lose_connections(&mut self) {
        for lost in self.kubelet.take_lost() {
            self.traffic.lose(&lost, self.now);
        }
    }

    fn deliver(&mut self, watcher: Watcher) {
        while let Some(event) = self.api.watch.take_due(watcher, self.now) {
            self.api.causes.begin(By::Itself, event.object.meta().resource_version);
            let mut ctx = Ctx { now: self.now, api: &mut self.api, agenda: &mut self.agenda };
            match watcher {
                Watcher::ControllerManager => self.deliver_to_controllers(&event),
                Watcher::Scheduler => self.scheduler.on_event(&event, &mut ctx),
                Watcher::NodeController => {
                    if let AnyObject::Node(node) = &event.object {
                        self.node_lifecycle.on_node(event.change, node, &mut ctx);
                    }
                }
                Watcher::Kubelet => {
                    let Some(event) = self.heard_by_kubelet(event) else { continue };
                    let mut ctx =
                        Ctx { now: self.now, api: &mut self.api, agenda: &mut self.agenda };
                    let busy_until = self.traffic.busy_until(event.object.meta().uid, self.now);
                    self.kubelet.on_event(&event, busy_until, &mut ctx);
                    if event.change == Change::Deleted {
                        self.lose_connections();
                        self.traffic.forget(event.object.meta().uid);
                    }
                }
                Watcher::Proxy => {
                    self.proxies.on_event(&event, self.now);
                    self.traffic.on_event(&event, self.now, self.proxies.lag());
                }
            }
        }
    }

    /// Lets commands that go on look at the present at that moment.
    pub(crate) fn wake_at(&mut self, at: Instant) {
        self.agenda.push(at, Occurrence::StreamsDue);
    }

    /// The last requests, oldest first.
    pub fn recent_requests(&self) -> impl Iterator<Item = &Request> {
        self.traffic.recent()
    }

    /// Requests sent and failed since boot.
    pub const fn request_totals(&self) -> (u64, u64) {
        let Totals { sent, failed, .. } = self.traffic.totals();
        (sent, failed)
    }

    /// Requests sent, answered and failed since boot: sent = answered + failed + in flight.
    pub const fn totals(&self) -> Totals {
        self.traffic.totals()
    }

    /// How many requests are under way, as counted one by one.
    pub fn requests_under_way(&self) -> usize {
        self.traffic.under_way()
    }

    /// All requests that have ended, by version and outcome: of one Service, or of all.
    pub fn request_counts(&self, service: Option<Uid>) -> Vec<Count> {
        self.traffic.counts(service)
    }

    /// What a pod's requests came to; `None` when it had none, or went long ago.
    pub fn pod_requests(&self, pod: Uid) -> Option<&PodTally> {
        self.traffic.pod(pod)
    }

    /// The latencies of the requests that were answered.
    pub const fn latencies(&self) -> &Histogram {
        self.traffic.latencies()
    }

    /// The first failure of each cause, in order of time.
    pub fn first_failures(&self) -> &[FirstFailure] {
        self.traffic.first_failures()
    }

    /// When a version's pods first and last answered a request.
    pub fn answers_of(&self, version: &Name) -> Option<(Instant, Instant)> {
        self.traffic.answers_of(version)
    }

    /// The Services that were ever asked, with their names.
    pub fn asked_services(&self) -> impl Iterator<Item = (Uid, Name)> {
        self.traffic.services()
    }

    /// The name of the node with this number, counted from 0.
    pub fn node_name(&self, number: u32) -> Name {
        let node = self.api.list::<Node>().iter().nth(number as usize);
        node.map(|node| node.meta.name.clone()).unwrap_or_default()
    }

    pub(crate) const fn meter(&self) -> &Meter {
        &self.api.watch.meter
    }

    /// What the clients ask for, and how patient they are.
    pub const fn clients(&self) -> &Clients {
        self.traffic.clients()
    }

    /// How long it takes at most until every node's kube-proxy follows a change.
    pub const fn proxy_lag(&self) -> Duration {
        self.proxies.lag()
    }

    /// Requests a second to each Service.
    pub const fn request_rate(&self) -> u32 {
        self.traffic.rate()
    }

    /// The traffic of the second that is not over yet.
    pub fn current_traffic(&self) -> impl Iterator<Item = SecondOfTraffic> {
        self.traffic.current()
    }

    /// From now on, writes and traffic are kept for [`Self::take_writes`] and
    /// [`Self::take_traffic`].
    pub fn keep_records(&mut self) {
        self.api.watch.keep_log();
        self.traffic.keep_closed();
    }

    /// From now on, nothing is kept.
    pub(crate) fn stop_records(&mut self) {
        self.api.watch.stop_log();
        self.traffic.stop_closed();
    }

    /// How many objects a clone shares or copies: the weight of a keyframe.
    pub(crate) fn objects(&self) -> usize {
        let tables = &self.api.tables;
        let waiting = self.agenda.len() + self.traffic.under_way();
        tables.events.len() + 4 * tables.pods.len() + waiting + 50
    }

    /// Every write since the last call, in order; empty unless records are kept.
    pub fn take_writes(&mut self) -> Vec<WatchEvent> {
        self.api.watch.take_log()
    }

    /// The seconds of traffic that ended since the last call; empty unless records are kept.
    pub fn take_traffic(&mut self) -> Vec<SecondOfTraffic> {
        self.traffic.take_closed()
    }

    /// Lines that a streaming command has printed since the last call, with their times; and its
    /// exit code, once it has ended.
    pub fn read_stream(
        &mut self,
        stream: StreamId,
    ) -> (Vec<crate::kubectl::stream::Line>, Option<i32>) {
        self.streams.read(stream)
    }

    /// Ends a streaming command, as Ctrl-C does.
    pub fn stop_stream(&mut self, stream: StreamId) {
        self.streams.stop(stream);
        self.api.watch.keep_unseen(self.streams.watch_writes());
    }

    /// A number that two runs share only if the same was written at the same times.
    pub fn fingerprint(&self) -> u64 {
        crate::rng::mix(self.api.watch.fingerprint() ^ self.traffic.fingerprint(self.now))
    }

    /// How many things have happened.
    pub const fn occurrences(&self) -> u64 {
        self.occurrences
    }

    /// Breaches of what must always hold; empty when all is well. See [`crate::checker`].
    pub fn check(&self) -> Vec<String> {
        crate::checker::check(self)
    }

    /// The controllers' caches, for checks and pictures.
    pub const fn informers(&self) -> &Informers {
        &self.informers
    }

    /// The pod called `name`, wherever it is.
    pub fn pod_named(&self, name: &str) -> Option<&Arc<crate::api::Pod>> {
        self.api.list::<crate::api::Pod>().iter().find(|pod| &*pod.meta.name == name)
    }
}

/// A knob that is turned prints nothing, unless it is refused.
fn refused(checked: Result<(), String>) -> Output {
    let Err(problem) = checked else { return Output::default() };
    Output { stderr: format!("error: {problem}\n"), code: 1, ..Output::default() }
}

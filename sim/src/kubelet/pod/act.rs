//! What to do next: which container to start, to stop, to wait for.
//!
//! Models: kubernetes v1.36 `pkg/kubelet/kuberuntime/kuberuntime_manager.go` `computePodActions` and
//! `kuberuntime_container.go` `computeInitContainerActions`.

use super::kill::Why;
use super::run::Shown;
use super::{Around, Busy, PodWorker, Stage};
use crate::api::event::EventType;
use crate::api::pod_template::RestartPolicy;
use crate::kubelet::prober::worker::{ProbeResult, ProbeType};
use crate::kubelet::status::go_duration;
use crate::time::Instant;

/// What there is to do.
enum Next {
    /// A container is started.
    Start(usize),
    /// All that is to be done has been done, or has to wait.
    Nothing,
    /// The pod's containers have done their work.
    Finish,
}

impl PodWorker {
    /// One pass of the worker: looks, shows what it sees, acts.
    pub(super) fn sync(&mut self, around: &mut Around<'_, '_>) {
        if self.busy.is_some() || self.stage != Stage::Syncing {
            self.sync_wanted = true;
            return;
        }
        self.sync_wanted = false;
        for run in &mut self.runs {
            run.look();
        }
        self.update_flags(around);
        self.write(around);
        self.act(around);
    }

    /// Acts until there is something to wait for.
    pub(super) fn act(&mut self, around: &mut Around<'_, '_>) {
        while self.busy.is_none() && self.stage == Stage::Syncing {
            if let Some((index, why)) = self.find_failed() {
                self.busy = Some(Busy::Kill { index });
                self.kill(index, why, None, around);
                // What ends at once is noted at once.
                self.run_processes(around);
                continue;
            }
            match self.next(around.now()) {
                Next::Start(index) => self.start(index, around),
                Next::Finish => {
                    let grace = self.pod.spec.termination_grace_period_seconds;
                    self.terminate(grace, around);
                }
                Next::Nothing => return self.sync_again(around),
            }
        }
    }

    /// What happened during the pass is looked at in another.
    fn sync_again(&mut self, around: &mut Around<'_, '_>) {
        if self.sync_wanted {
            self.sync(around);
        }
    }

    /// A running container whose startup or liveness probe has failed.
    fn find_failed(&self) -> Option<(usize, Why)> {
        let failed = |index: usize, type_: ProbeType| {
            let run = self.runs[index].seen;
            let mut probers = self.probers.iter();
            let prober = probers.find(|item| item.index == index && item.type_() == type_);
            prober.is_some_and(|item| item.worker.result_of(run) == Some(ProbeResult::Failure))
        };
        (0..self.runs.len()).filter(|index| self.runs[*index].is_alive).find_map(|index| {
            if !self.runs_now(index) || self.runs[index].is_stale() {
                None
            } else if failed(index, ProbeType::Startup) {
                Some((index, Why::StartupProbe))
            } else if failed(index, ProbeType::Liveness) {
                Some((index, Why::LivenessProbe))
            } else {
                None
            }
        })
    }

    /// What becomes of a container that ends.
    pub(super) fn policy(&self, index: usize) -> RestartPolicy {
        let of_pod = self.pod.spec.restart_policy;
        if self.is_init(index) && !self.is_sidecar(index) {
            // One that is done is done.
            return if of_pod == RestartPolicy::Never { of_pod } else { RestartPolicy::OnFailure };
        }
        self.container(index).restart_policy.unwrap_or(of_pod)
    }

    fn next(&self, now: Instant) -> Next {
        let init = self.pod.spec.init_containers.len();
        let is_initialized = self.runs[init..].iter().any(|run| run.starts > 0);
        for index in 0..init {
            let run = &self.runs[index];
            let sidecar = self.is_sidecar(index);
            if run.is_up() {
                if is_initialized || (sidecar && run.fitness.started) {
                    continue;
                }
                return Next::Nothing;
            }
            match run.ended() {
                Some(ended) if !sidecar && ended.code == 0 => continue,
                Some(_) if !self.policy(index).restarts(1) => return Next::Finish,
                _ if is_initialized && !sidecar => continue,
                _ => {}
            }
            if run.not_before.is_none_or(|at| at <= now) {
                return Next::Start(index);
            }
            if !is_initialized {
                return Next::Nothing;
            }
        }
        let mut is_finished = true;
        for index in init..self.runs.len() {
            let run = &self.runs[index];
            if run.is_up() {
                is_finished = false;
                continue;
            }
            let ended = run.ended();
            if ended.is_some_and(|ended| !self.policy(index).restarts(ended.code)) {
                continue;
            }
            is_finished = false;
            if run.not_before.is_none_or(|at| at <= now) {
                return Next::Start(index);
            }
        }
        if is_finished { Next::Finish } else { Next::Nothing }
    }

    /// Whether a container that ended has to wait before it is started again. If so, shows it.
    ///
    /// Models: kubernetes v1.36 `kuberuntime_manager.go` `doBackOff`.
    pub(super) fn must_back_off(&mut self, index: usize, around: &mut Around<'_, '_>) -> bool {
        let now = around.now();
        let run = &mut self.runs[index];
        let ended = match run.shown {
            // The pass that stopped it knows only of the run before.
            Shown::Ended(_) if std::mem::take(&mut run.was_killed) => run.last,
            _ => run.ended(),
        };
        let Some(ended) = ended else {
            return false;
        };
        if !run.back_off.is_in_back_off_since(ended.at, now) {
            run.back_off.raise(ended.at, now);
            return false;
        }
        let delay = run.back_off.delay();
        run.not_before = Some(ended.at + delay);
        let (name, meta) = (self.container(index).name.clone(), &self.pod.meta);
        let subject = format!("{}_{}({})", meta.name, meta.namespace, meta.uid);
        let delay = go_duration(delay);
        let message = format!("back-off {delay} restarting failed container={name} pod={subject}");
        self.runs[index].wait("CrashLoopBackOff", message.into());
        let message = format!("Back-off restarting failed container {name} in pod {subject}");
        self.record(EventType::Warning, "BackOff", message, around);
        self.write(around);
        true
    }
}

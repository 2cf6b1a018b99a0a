//! What lies inside pods: their progress, what their containers print, commands run in them.

use super::Cluster;
use crate::api::{Name, Uid};
use crate::container::{Diagnostic, Exec, Log};
use crate::ctx::Ctx;
use crate::kubelet::{Killed, PodProgress};
use crate::network::tally::PodTally;

impl Cluster {
    /// What the kubelet knows of a pod beyond the API.
    pub fn pod_progress(&self, pod: Uid) -> Option<PodProgress> {
        self.kubelet.progress(pod)
    }

    /// How often each pod's kubelet has acted on it: while the number stays, so does
    /// [`Self::pod_progress`].
    pub(crate) fn pod_acts(&self) -> impl Iterator<Item = (Uid, u32)> {
        self.kubelet.acts()
    }

    /// What the requests of all pods came to; a pod that got none may be missing.
    pub(crate) fn requests_of_pods(&self) -> impl Iterator<Item = (Uid, PodTally)> {
        self.traffic.pods()
    }

    /// The last pods that were killed, oldest first.
    pub(crate) fn killed_pods(&self) -> impl Iterator<Item = &Killed> {
        self.kubelet.killed()
    }

    /// What a container of a pod printed, by its place among init containers and the others: in its
    /// last run or the one before. `None` when there is no such run.
    pub fn container_log(&self, pod: Uid, container: usize, previous: bool) -> Option<&Log> {
        self.kubelet.log(pod, container, previous)
    }

    /// Runs a command in a container; `None` when it does not run.
    pub(crate) fn exec(&mut self, pod: Uid, container: usize, argv: Vec<Name>) -> Option<Exec> {
        let mut ctx = Ctx { now: self.now, api: &mut self.api, agenda: &mut self.agenda };
        self.kubelet.exec(pod, container, argv, &mut ctx)
    }

    /// What of a pod's scripts is not acted out as it would be, with the containers' names.
    pub fn pod_diagnostics(&self, pod: Uid) -> Vec<(Name, Diagnostic)> {
        self.kubelet.diagnostics(pod)
    }
}

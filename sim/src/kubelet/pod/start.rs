//! Starting a container: its image, the container, its first hook.
//!
//! Models: kubernetes v1.36 `pkg/kubelet/kuberuntime/kuberuntime_container.go` `startContainer` and
//! `pkg/kubelet/images/image_manager.go` `EnsureImageExists`.

use std::net::Ipv4Addr;

use super::kill::Why;
use super::run::Ended;
use super::{Around, Busy, PodWorker};
use crate::api::Name;
use crate::api::event::EventType;
use crate::container::Container;
use crate::container::image::NotFound;
use crate::kubelet::images::{self, Need, Pulling};
use crate::kubelet::status::go_duration;
use crate::time::{Duration, Instant};

/// Time to create and start a container.
pub(super) const CREATE: Duration = Duration::from_millis(100);
/// How soon the worker looks again after a first failed pull: the new sandbox calls it once more.
const FIRST_LOOK: Duration = Duration::from_millis(1_500);
/// The first and the longest wait before volumes are mounted again.
const MOUNT_AGAIN: Duration = Duration::from_millis(500);
const MOUNT_AGAIN_MAX: Duration = Duration::from_secs(122);
/// How often volumes that come from other objects are read anew.
const REFRESH: Duration = Duration::from_secs(60);
/// How long a hook after the start may take.
const HOOK_LIMIT: Duration = Duration::from_hours(24);
/// How long a worker waits that met an error: upstream's 10 s with its jitter of up to a half,
/// taken at the middle.
const RETRY: Duration = Duration::from_millis(12_500);

impl PodWorker {
    /// Begins to start a container, unless it has to wait.
    pub(super) fn start(&mut self, index: usize, around: &mut Around<'_, '_>) {
        self.runs[index].not_before = None;
        if self.must_back_off(index, around) {
            return;
        }
        let now = around.now();
        let container = self.container(index);
        let (image, policy) = (container.image.clone(), container.image_pull_policy.clone());
        let has = around.images.has(&self.pod.node_name, &image);
        match images::need(&image, &policy, has) {
            Need::Present => {
                let message = format!("Container image \"{image}\" already present on machine");
                self.record(EventType::Normal, "Pulled", message, around);
                self.busy = Some(Busy::Create { index, until: now + CREATE });
            }
            Need::Pull => self.pull(index, &image, around),
            Need::NeverPull => {
                let error =
                    format!("Container image \"{image}\" is not present with pull policy of Never");
                self.record(EventType::Warning, "ErrImageNeverPull", error.clone(), around);
                self.fail(index, "ErrImageNeverPull", error, RETRY, around);
            }
            Need::InvalidName => {
                let found = self.plan.recipes[index].image.as_ref().err();
                let message = found.map(|error| error.text(&image)).unwrap_or_default();
                self.record(EventType::Warning, "InspectFailed", message.clone(), around);
                self.fail(index, "InvalidImageName", message, RETRY, around);
            }
        }
    }

    fn pull(&mut self, index: usize, image: &Name, around: &mut Around<'_, '_>) {
        let now = around.now();
        if self.runs[index].pull_back_off.is_in_back_off_since_update(now) {
            let short = format!("Back-off pulling image \"{image}\"");
            self.record(EventType::Normal, "BackOff", short.clone(), around);
            let error = self.runs[index].pull_error.clone();
            let message = error.map_or_else(|| short.clone(), |error| format!("{short}: {error}"));
            self.fail(index, "ImagePullBackOff", message, RETRY, around);
            return;
        }
        let message = format!("Pulling image \"{image}\"");
        self.record(EventType::Normal, "Pulling", message, around);
        let found = self.plan.recipes[index].image.as_ref();
        let takes = found.map_or(images::LOOK_UP, |image| image.pull_time());
        let pulling = around.images.pull(&self.pod.node_name, image, takes, now);
        self.busy = Some(Busy::Pull { index, pulling });
    }

    /// A container cannot be started now: shows why, and looks again later.
    fn fail(
        &mut self,
        index: usize,
        reason: &'static str,
        message: String,
        again: Duration,
        around: &mut Around<'_, '_>,
    ) {
        self.record(EventType::Warning, "Failed", format!("Error: {reason}"), around);
        self.hold(index, reason, message, again, around);
    }

    fn hold(
        &mut self,
        index: usize,
        reason: &'static str,
        message: String,
        again: Duration,
        around: &mut Around<'_, '_>,
    ) {
        self.runs[index].wait(reason, message.into());
        self.runs[index].not_before = Some(around.now() + again);
        self.write(around);
    }

    /// Ends what the thread waited for, if it is over.
    pub(super) fn finish_task(&mut self, around: &mut Around<'_, '_>) {
        let now = around.now();
        match &mut self.busy {
            Some(Busy::Sandbox { until, tries }) if *until <= now => {
                let tries = *tries;
                self.make_sandbox(tries, around);
            }
            Some(Busy::Pull { index, pulling }) if pulling.until <= now => {
                let (index, pulling) = (*index, *pulling);
                self.busy = None;
                self.end_pull(index, pulling, around);
            }
            Some(Busy::Create { index, until }) if *until <= now => {
                let index = *index;
                self.busy = None;
                self.launch(index, around);
            }
            Some(Busy::PostStart { .. }) => self.finish_post_start(around),
            _ => {}
        }
    }

    fn end_pull(&mut self, index: usize, pulling: Pulling, around: &mut Around<'_, '_>) {
        let image = self.container(index).image.clone();
        let size = match &self.plan.recipes[index].image {
            Ok(image) => image.size_bytes,
            Err(error) => {
                let error = *error;
                return self.fail_pull(index, &image, error, around);
            }
        };
        around.images.add(&self.pod.node_name, &image);
        let took = go_duration(pulling.until.since(pulling.from));
        let waited = go_duration(pulling.until.since(pulling.asked_at));
        let message = format!(
            "Successfully pulled image \"{image}\" in {took} ({waited} including waiting). Image \
             size: {size} bytes."
        );
        self.record(EventType::Normal, "Pulled", message, around);
        self.runs[index].pull_error = None;
        self.busy = Some(Busy::Create { index, until: around.now() + CREATE });
    }

    fn fail_pull(
        &mut self,
        index: usize,
        image: &Name,
        error: NotFound,
        around: &mut Around<'_, '_>,
    ) {
        let error = error.text(image);
        let message = format!("Failed to pull image \"{image}\": {error}");
        self.record(EventType::Warning, "Failed", message, around);
        let run = &mut self.runs[index];
        let is_first = run.pull_error.is_none();
        run.pull_back_off.raise(around.ctx.now, around.ctx.now);
        run.pull_error = Some(format!("ErrImagePull: {error}").into());
        let again = if is_first { FIRST_LOOK } else { RETRY };
        self.fail(index, "ErrImagePull", error, again, around);
    }

    /// Mounts the volumes and gives the pod its address.
    fn make_sandbox(&mut self, tries: u32, around: &mut Around<'_, '_>) {
        let now = around.now();
        match self.mount(around.ctx.api) {
            Ok(volumes) => {
                let is_read = volumes.list.iter().any(|volume| volume.read_only);
                self.refresh_at = is_read.then(|| now + REFRESH);
                self.volumes = volumes;
                self.ip = Some(Ipv4Addr::from(*around.next_ip));
                *around.next_ip = around.next_ip.wrapping_add(1);
                self.busy = None;
            }
            Err(message) => {
                self.record(EventType::Warning, "FailedMount", message, around);
                let wait = (MOUNT_AGAIN * (1 << tries.min(10))).min(MOUNT_AGAIN_MAX);
                self.busy = Some(Busy::Sandbox { until: now + wait, tries: tries + 1 });
            }
        }
    }

    /// Reads volumes that come from other objects anew. What has gone missing stays as it was.
    pub(super) fn refresh_volumes(&mut self, around: &Around<'_, '_>) {
        let now = around.now();
        if self.refresh_at.is_none_or(|at| at > now) {
            return;
        }
        self.refresh_at = Some(now + REFRESH);
        let Ok(new) = self.mount(around.ctx.api) else {
            return;
        };
        for volume in new.list.into_iter().filter(|volume| volume.read_only) {
            self.volumes.set(&volume.name, volume.files);
        }
    }

    fn launch(&mut self, index: usize, around: &mut Around<'_, '_>) {
        let now = around.now();
        let name = self.name(index).clone();
        let (plan, spec) = (std::sync::Arc::clone(&self.plan), self.container(index));
        let launch = plan.recipes[index].launch_now(&self.pod, index, spec, around.ctx.api);
        let launch = match launch {
            Ok(Some(launch)) => launch,
            Ok(None) => return,
            Err(missing) => {
                let message = missing.to_string();
                self.record(EventType::Warning, "Failed", format!("Error: {message}"), around);
                return self.hold(index, "CreateContainerConfigError", message, RETRY, around);
            }
        };
        self.record(EventType::Normal, "Created", format!("Created container {name}"), around);
        let run = &mut self.runs[index];
        run.previous = run.process.take().or(run.previous.take());
        run.started_at = now;
        run.starts += 1;
        run.start_error = None;
        self.want_relist(now);
        if let Some(error) = launch.start_error() {
            let reason = "StartError";
            let ended = Ended { code: 128, reason, started_at: Instant::BOOT, at: now };
            self.runs[index].start_error = Some(ended);
            self.record(EventType::Warning, "Failed", format!("Error: {error}"), around);
            return;
        }
        let run = &mut self.runs[index];
        run.process = Some(Container::start(&launch, now));
        run.is_alive = true;
        self.record(EventType::Normal, "Started", format!("Started container {name}"), around);
        self.run_processes(around);
        if let Some(hook) = self.container(index).post_start.clone() {
            let command = plan.recipes[index].post_start.as_ref();
            let hook = self.begin_hook(index, &hook, command, HOOK_LIMIT, around);
            self.busy = Some(Busy::PostStart { index, hook });
        }
    }

    fn finish_post_start(&mut self, around: &mut Around<'_, '_>) {
        let Some(Busy::PostStart { index, hook }) = self.busy.clone() else {
            return;
        };
        let outcome = self.hook_outcome(index, hook, around);
        let has_ended = !self.runs[index].is_alive || hook.next_at() <= around.now();
        let Some(worked) = outcome.or(has_ended.then_some(false)) else {
            return;
        };
        self.busy = None;
        if worked {
            return;
        }
        let message = "PostStartHook failed".to_owned();
        self.record(EventType::Warning, "FailedPostStartHook", message, around);
        self.busy = Some(Busy::Kill { index });
        self.kill(index, Why::PostStartHook, None, around);
        self.run_processes(around);
    }
}

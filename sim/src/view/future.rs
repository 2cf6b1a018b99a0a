//! What Services would match: the pods of a selector that is not applied yet.

use std::sync::Arc;

use crate::api::{Pod, Service, Uid};
use crate::cluster::Cluster;
use crate::command::Command;

/// The most pods of a Service that are told one by one; nobody looks at more of them singly.
pub(super) const LISTED: usize = 100;

/// A Service as a command would make it.
#[derive(Clone, Debug)]
pub struct Foreseen {
    wanted: Arc<Service>,
}

impl Foreseen {
    /// Its uid.
    pub fn service(&self) -> Uid {
        self.wanted.meta.uid
    }

    /// The labels it would ask for, each as `key=value`.
    pub fn selector(&self) -> Vec<String> {
        super::services::selector(&self.wanted)
    }

    /// The pods it would match and does not match now; none where there are very many.
    pub fn pods(&self, cluster: &Cluster) -> Vec<Uid> {
        let services = cluster.api().list::<Service>();
        let Some(live) = services.by_uid(self.service()) else {
            return Vec::new();
        };
        let pods = matched(cluster, &self.wanted).filter(|pod| !live.matches(pod));
        let found: Vec<Uid> = pods.map(|pod| pod.meta.uid).take(LISTED + 1).collect();
        if found.len() > LISTED { Vec::new() } else { found }
    }
}

/// The Services whose selector a command would change. The cluster stays as it is.
pub fn foresee(cluster: &Cluster, command: &Command) -> Vec<Foreseen> {
    let mut copy = cluster.clone();
    copy.apply(command);
    let services = copy.api().list::<Service>();
    let live = cluster.api().list::<Service>().iter();
    let wanted = live.filter_map(|live| {
        let wanted = services.by_uid(live.meta.uid)?;
        (wanted.spec.selector != live.spec.selector).then(|| Arc::clone(wanted))
    });
    wanted.map(|wanted| Foreseen { wanted }).collect()
}

/// The pods that stay, of those that it selects.
fn matched<'a>(cluster: &'a Cluster, service: &'a Service) -> impl Iterator<Item = &'a Arc<Pod>> {
    let pods = cluster.api().list::<Pod>().iter();
    pods.filter(|pod| pod.is_active() && service.matches(pod))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;
    use crate::{Config, view};

    const BLUE_AND_GREEN: &str = r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: blue}
spec:
  replicas: 2
  selector: {matchLabels: {color: blue}}
  template:
    metadata: {labels: {color: blue}}
    spec:
      containers:
        - name: server
          image: nginx
          readinessProbe: {httpGet: {port: 80}, initialDelaySeconds: 5}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: green}
spec:
  replicas: 3
  selector: {matchLabels: {color: green}}
  template:
    metadata: {labels: {color: green}}
    spec: {containers: [{name: server, image: nginx}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {color: blue}
  ports: [{port: 80}]
";

    fn cluster(seconds: u64) -> Cluster {
        let mut cluster = Cluster::new(Config::with_seed(7));
        let output = cluster.apply(&Command::apply(BLUE_AND_GREEN));
        assert_eq!((&*output.stderr, output.code), ("", 0));
        let _ = cluster.advance_to(Instant::from_secs(seconds), 1_000_000);
        cluster
    }

    fn named(cluster: &Cluster, pods: &[Uid]) -> Vec<String> {
        let pods = pods.iter().filter_map(|uid| cluster.api().list::<Pod>().by_uid(*uid));
        pods.map(|pod| pod.meta.name.split('-').next().unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn pods_that_a_service_matches_come_once_they_are_ready() {
        let coming = |seconds| {
            let cluster = cluster(seconds);
            named(&cluster, &view::project(&cluster).services[0].coming)
        };
        assert_eq!(coming(4), ["blue", "blue"]);
        assert!(coming(40).is_empty());
    }

    #[test]
    fn a_pod_that_is_being_deleted_does_not_come_any_more() {
        let mut cluster = cluster(4);
        cluster.apply(&Command::kubectl("scale deployment/blue --replicas=1"));
        let _ = cluster.advance_to(Instant::from_millis(4_100), 1_000_000);
        assert_eq!(view::project(&cluster).services[0].coming.len(), 1);
    }

    #[test]
    fn what_another_selector_would_match_is_known_before_it_is_applied() {
        let cluster = cluster(40);
        let patch = r#"patch service web -p '{"spec":{"selector":{"color":"green"}}}'"#;
        let foreseen = foresee(&cluster, &Command::kubectl(patch));
        assert_eq!(foreseen.len(), 1);
        assert_eq!(named(&cluster, &foreseen[0].pods(&cluster)), ["green", "green", "green"]);
        let same = Command::kubectl("scale deployment/blue --replicas=3");
        assert!(foresee(&cluster, &same).is_empty());
    }
}

//! What a pod does: YAML and kubectl in, what kubectl shows and the events out.

mod images;
mod lifecycle;
mod logs;
mod probes;
mod programs;
mod restarts;

use rollscope_sim::api::Event;
use rollscope_sim::{Cluster, Command, Config, Duration, Instant};

/// A cluster without clients, to type commands at.
struct Lab {
    cluster: Cluster,
}

impl Lab {
    /// With what a manifest says.
    #[track_caller]
    fn with(manifest: &str) -> Self {
        let config = Config { request_rate: 0, ..Config::with_seed(1) };
        let mut lab = Self { cluster: Cluster::new(config) };
        let output = lab.cluster.apply(&Command::apply(manifest));
        assert_eq!((output.stderr.as_str(), output.code), ("", 0), "{manifest}");
        lab
    }

    /// With a pod `web` of this spec, in flow or block style.
    #[track_caller]
    fn with_pod(spec: &str) -> Self {
        let spec = spec.replace('\n', "\n  ");
        Self::with(&format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  {spec}\n"
        ))
    }

    /// Goes to a moment, in seconds since boot.
    fn to(&mut self, seconds: u64) -> &mut Self {
        self.until_ms(seconds * 1_000)
    }

    fn until_ms(&mut self, ms: u64) -> &mut Self {
        self.cluster.advance_to(Instant::BOOT + Duration::from_millis(ms), u64::MAX);
        self
    }

    /// What a command prints.
    fn run(&mut self, line: &str) -> String {
        let output = self.cluster.apply(&Command::kubectl(line));
        output.stdout + &output.stderr
    }

    /// READY, STATUS and RESTARTS of the pod `web`.
    fn row(&mut self) -> String {
        let table = self.run("get pod web --no-headers");
        let cells: Vec<&str> = table.split_whitespace().skip(1).collect();
        let end = cells.len().saturating_sub(1);
        cells[..end].join(" ")
    }

    /// One row for each of these moments.
    fn rows(&mut self, seconds: &[u64]) -> String {
        let mut rows = String::new();
        for second in seconds {
            let row = self.to(*second).row();
            rows.extend([format!("{second:<3} {row}\n")]);
        }
        rows
    }

    /// The kubelet's events: when first, how often, why, what.
    fn events(&self) -> String {
        let events = self.cluster.api().list::<Event>();
        let mut events: Vec<&Event> = events.iter().map(AsRef::as_ref).collect();
        events.sort_by_key(|event| event.meta.uid);
        let mut text = String::new();
        for event in events.iter().filter(|event| event.source == "kubelet") {
            let (at, count) = (event.first_timestamp.as_secs(), event.count);
            text.extend([format!(
                "{at:<3} x{count} {}: {}\n",
                event.reason,
                event.message.trim_end()
            )]);
        }
        text
    }

    /// What the first regular container of the pod `web` printed.
    fn log(&self) -> String {
        let pod = self.cluster.pod_named("web").expect("the pod is there");
        let first = pod.spec.init_containers.len();
        let log = self.cluster.container_log(pod.meta.uid, first, false);
        log.map(rollscope_sim::container::Log::text).unwrap_or_default()
    }

    /// What a jsonpath finds in the pod `web`.
    fn field(&mut self, path: &str) -> String {
        self.run(&format!("get pod web -o jsonpath={{{path}}}"))
    }
}

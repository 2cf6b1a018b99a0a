//! A cluster to type at: manifests and commands in, printed text out.

use rollscope_sim::{Cluster, Command, Config, Duration};

/// A cluster with a command line.
pub(crate) struct Terminal {
    pub(crate) cluster: Cluster,
}

#[allow(dead_code, reason = "the tests of further behaviours use all of it")]
impl Terminal {
    /// A cluster of three nodes without clients.
    pub(crate) fn new() -> Self {
        Self::with(Config { request_rate: 0, ..Config::with_seed(1) })
    }

    pub(crate) fn with(config: Config) -> Self {
        Self { cluster: Cluster::new(config) }
    }

    /// Applies a manifest, which must be taken.
    #[track_caller]
    pub(crate) fn apply(&mut self, manifest: &str) -> &mut Self {
        let output = self.cluster.apply(&Command::apply(manifest));
        assert_eq!(output.code, 0, "{}", output.stderr);
        self
    }

    /// What applying a manifest prints: stdout and stderr.
    pub(crate) fn try_apply(&mut self, manifest: &str) -> String {
        let output = self.cluster.apply(&Command::apply(manifest));
        output.stdout + &output.stderr
    }

    /// What a command prints: stdout and stderr.
    pub(crate) fn run(&mut self, line: &str) -> String {
        let output = self.cluster.apply(&Command::kubectl(line));
        output.stdout + &output.stderr
    }

    /// A command must print this.
    #[track_caller]
    pub(crate) fn check(&mut self, line: &str, expected: &str) -> &mut Self {
        assert_eq!(self.run(line), expected, "{line}");
        self
    }

    /// A command must print something with this in it.
    #[track_caller]
    pub(crate) fn contains(&mut self, line: &str, expected: &str) -> &mut Self {
        let printed = self.run(line);
        assert!(printed.contains(expected), "{line} printed\n{printed}\nnot {expected:?}");
        self
    }

    /// A command must print nothing with this in it.
    #[track_caller]
    pub(crate) fn lacks(&mut self, line: &str, unexpected: &str) -> &mut Self {
        let printed = self.run(line);
        assert!(!printed.contains(unexpected), "{line} printed\n{printed}");
        self
    }

    /// Lets seconds pass.
    pub(crate) fn wait(&mut self, seconds: u64) -> &mut Self {
        self.wait_ms(seconds * 1_000)
    }

    /// Lets milliseconds pass.
    pub(crate) fn wait_ms(&mut self, milliseconds: u64) -> &mut Self {
        let target = self.cluster.now() + Duration::from_millis(milliseconds);
        self.cluster.advance_to(target, u64::MAX);
        let breaches = self.cluster.check();
        assert!(breaches.is_empty(), "{breaches:?}");
        self
    }
}

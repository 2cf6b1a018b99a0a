//! kubectl as a library: a line in, text and an exit code out.

pub mod rollout_status;
pub mod stream;

use crate::cluster::Cluster;
use stream::StreamId;

/// What a command printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code.
    pub code: i32,
    /// The stream on which the command goes on printing.
    pub stream: Option<StreamId>,
}

/// Runs a command line.
pub fn run(_cluster: &mut Cluster, _line: &str, _stdin: Option<&str>) -> Output {
    Output::default()
}

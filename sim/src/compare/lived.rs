//! What a run came to: its commands given again to a cluster of their own.

use super::{LOOK_EVERY, MOST_WORK, TOO_MUCH};
use crate::cluster::{Advance, Cluster, Config};
use crate::history::Timed;
use crate::network::tally::SecondOfTraffic;
use crate::report::Report;
use crate::time::Instant;

/// A run, lived through.
#[derive(Clone, Debug)]
pub struct Lived {
    /// The requests of each second.
    pub traffic: Vec<SecondOfTraffic>,
    /// What it came to.
    pub report: Report,
}

/// Gives `commands` to a cluster built from `config` and lets it run until `until`.
///
/// # Errors
/// It is too much to live through: in a sentence.
pub fn live(config: &Config, commands: &[Timed], until: Instant) -> Result<Lived, String> {
    let mut cluster = Cluster::new(config.clone());
    cluster.keep_records();
    let mut traffic = Vec::new();
    let mut pass = |cluster: &mut Cluster, to: Instant| {
        while cluster.now() < to {
            let left = MOST_WORK.saturating_sub(cluster.occurrences());
            let outcome = cluster.advance_to(to.min(cluster.now() + LOOK_EVERY), left);
            traffic.extend(cluster.take_traffic());
            cluster.take_writes();
            if outcome == Advance::OutOfBudget {
                return Err(TOO_MUCH.to_owned());
            }
        }
        Ok(())
    };
    for timed in commands.iter().take_while(|timed| timed.at <= until) {
        pass(&mut cluster, timed.at)?;
        cluster.apply(&timed.command);
    }
    pass(&mut cluster, until)?;
    Ok(Lived { report: Report::of(&cluster), traffic })
}

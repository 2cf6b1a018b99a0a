//! What a component is given when it acts: the time, the API server and the agenda.

use crate::agenda::Agenda;
use crate::apiserver::ApiServer;
use crate::occurrence::Occurrence;
use crate::time::{Duration, Instant};

/// The surroundings of one action.
pub(crate) struct Ctx<'a> {
    /// The time of the action.
    pub(crate) now: Instant,
    /// The only way to change the cluster.
    pub(crate) api: &'a mut ApiServer,
    /// Where later actions are announced.
    pub(crate) agenda: &'a mut Agenda<Occurrence>,
}

impl Ctx<'_> {
    /// Announces `what` in `delay`.
    pub(crate) fn after(&mut self, delay: Duration, what: Occurrence) {
        self.agenda.push(self.now + delay, what);
    }
}

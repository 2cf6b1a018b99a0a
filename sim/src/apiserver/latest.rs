//! The events written last, so that who shows them need not look at all there are.

use std::collections::VecDeque;

use crate::api::Uid;

/// Events by the time of their last write, the oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Latest(VecDeque<Uid>);

impl Latest {
    /// How many are remembered.
    pub(super) const KEPT: usize = 64;

    /// An event was written.
    pub(super) fn note(&mut self, event: Uid) {
        self.forget(event);
        if self.0.len() == Self::KEPT {
            self.0.pop_front();
        }
        self.0.push_back(event);
    }

    /// An event is gone.
    pub(super) fn forget(&mut self, event: Uid) {
        self.0.retain(|known| *known != event);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn newest_first(&self) -> impl Iterator<Item = Uid> {
        self.0.iter().rev().copied()
    }
}

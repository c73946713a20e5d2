//! What every role works with.

use super::Out;
use super::committed::Committed;
use super::ensemble::Ensemble;
use super::storage::{Storage, Target};
use crate::{Event, ServerConfig, Service, Txn};
use relevo_core::{Duration, Now};
use std::sync::Arc;

/// The parts of a server beside its role, for one step.
pub(super) struct Context<'a> {
    pub(super) now: Now,
    pub(super) config: &'a ServerConfig,
    pub(super) ensemble: &'a Ensemble,
    pub(super) storage: &'a mut Storage,
    pub(super) service: &'a mut Service,
    pub(super) committed: &'a mut Committed,
    pub(super) out: &'a mut Out,
}

/// Why a role ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// It cannot go on as it is: back to the election.
    Looks,
    /// The process cannot go on.
    Failed(String),
}

/// What a role's turn comes to.
pub(super) type Turn = Result<(), Left>;

impl Context<'_> {
    /// So many ticks.
    pub(super) fn ticks(&self, count: u32) -> Duration {
        Duration::from_millis(u64::from(self.config.tick_ms) * u64::from(count))
    }

    /// Half of a tick: the time between pings.
    pub(super) fn half_tick(&self) -> Duration {
        Duration::from_millis(u64::from(self.config.tick_ms / 2).max(1))
    }

    /// Applies a committed transaction while clients are served.
    pub(super) fn apply(&mut self, txn: &Arc<Txn>) {
        self.committed.push(txn.clone());
        self.service.apply(self.now, txn, self.out);
    }

    /// Applies a transaction while nobody looks.
    pub(super) fn replay(&mut self, txn: &Arc<Txn>) {
        self.committed.push(txn.clone());
        self.service.replay(txn);
        self.out.event(Event::Applied { txn: txn.clone(), replay: true });
    }

    /// Cuts the log; see [`Storage::truncate`].
    pub(super) fn truncate(&mut self, keep: crate::Zxid) -> Result<bool, Left> {
        let mut target = Target { service: self.service, committed: self.committed };
        self.storage.truncate(keep, &mut target, self.out).map_err(Left::Failed)
    }
}

//! The last transactions, kept in memory for learners that lack only those (ZooKeeper's
//! `committedLog`).

use crate::{Txn, Zxid};
use std::collections::VecDeque;
use std::sync::Arc;

/// A window on the end of the history, in order.
#[derive(Clone, Debug)]
pub(super) struct Committed {
    txns: VecDeque<Arc<Txn>>,
    kept: u32,
}

impl Committed {
    /// Keeps at most `kept`.
    pub(super) fn new(kept: u32) -> Committed {
        Committed { txns: VecDeque::new(), kept: kept.max(1) }
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.txns.clear();
    }

    /// Adds the next.
    pub(super) fn push(&mut self, txn: Arc<Txn>) {
        if self.txns.len() as u32 >= self.kept {
            self.txns.pop_front();
        }
        self.txns.push_back(txn);
    }

    /// The oldest kept.
    pub(super) fn first(&self) -> Option<Zxid> {
        self.txns.front().map(|txn| txn.zxid)
    }

    /// The newest.
    pub(super) fn last(&self) -> Option<Zxid> {
        self.txns.back().map(|txn| txn.zxid)
    }

    /// At most `count` of the newest, in order.
    pub(super) fn newest(&self, count: usize) -> impl Iterator<Item = &Arc<Txn>> {
        self.txns.range(self.txns.len().saturating_sub(count)..)
    }

    /// The newest that is not after `zxid`.
    pub(super) fn at_or_before(&self, zxid: Zxid) -> Option<Zxid> {
        let after = self.txns.partition_point(|txn| txn.zxid <= zxid);
        after.checked_sub(1).map(|at| self.txns[at].zxid)
    }

    /// All after `zxid`.
    pub(super) fn after(&self, zxid: Zxid) -> VecDeque<Arc<Txn>> {
        let from = self.txns.partition_point(|txn| txn.zxid <= zxid);
        self.txns.range(from..).cloned().collect()
    }
}

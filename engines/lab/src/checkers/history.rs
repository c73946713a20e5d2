//! Histories as chains: two histories that end in the same transaction with the same chain are
//! the same, so that agreement on a prefix is one comparison.

use relevo_coordination::Zxid;
use std::collections::VecDeque;

/// How many of the last entries are remembered one by one, beside those that are not committed
/// yet. A leader offers 500 for DIFF.
const ENTRIES_KEPT: usize = 2_048;

/// The chain of a history that continues `before` with `zxid`.
fn link(before: u64, zxid: Zxid) -> u64 {
    let mut mixed = (before ^ zxid.0).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    mixed ^ (mixed >> 29)
}

/// One server's log.
#[derive(Clone, Debug)]
pub(super) struct Log {
    /// The last entries, in order; the first is what they build on. Empty where nothing is known.
    entries: VecDeque<(Zxid, u64)>,
}

impl Default for Log {
    /// The empty log.
    fn default() -> Log {
        Log::from(Zxid::default(), 0)
    }
}

impl Log {
    /// A log that ends in `zxid` with this chain.
    pub(super) fn from(zxid: Zxid, chain: u64) -> Log {
        Log { entries: VecDeque::from([(zxid, chain)]) }
    }

    /// What is remembered of a history up to `zxid`, which it must hold.
    fn up_to(entries: &VecDeque<(Zxid, u64)>, zxid: Zxid) -> Log {
        Log { entries: entries.iter().take_while(|(at, _)| *at <= zxid).copied().collect() }
    }

    /// A log that is this one's beginning, up to `zxid`.
    pub(super) fn beginning(&self, zxid: Zxid) -> Log {
        Log::up_to(&self.entries, zxid)
    }

    /// Whether what it holds at `zxid` is too old to be remembered.
    pub(super) fn has_forgotten(&self, zxid: Zxid) -> bool {
        self.entries.front().is_none_or(|(first, _)| zxid < *first)
    }

    /// A log of which nothing is known.
    pub(super) fn unknown() -> Log {
        Log { entries: VecDeque::new() }
    }

    /// Whether anything is known of it.
    pub(super) fn is_known(&self) -> bool {
        !self.entries.is_empty()
    }

    /// How many entries are remembered.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Its last zxid.
    pub(super) fn end(&self) -> Zxid {
        self.entries.back().map_or(Zxid::default(), |(zxid, _)| *zxid)
    }

    /// The chain at `zxid`, where it holds it and it is remembered.
    pub(super) fn chain(&self, zxid: Zxid) -> Option<u64> {
        find(&self.entries, zxid)
    }

    /// Goes on with `zxid`; what stood at or after its place is no longer there. What lies after
    /// `committed` is remembered, however much it is: it is yet to be judged.
    pub(super) fn append(&mut self, zxid: Zxid, committed: Zxid) {
        while self.entries.len() > 1 && self.end() >= zxid {
            self.entries.pop_back();
        }
        let Some((_, before)) = self.entries.back().copied() else { return };
        while self.entries.len() >= ENTRIES_KEPT && self.entries[0].0 < committed {
            self.entries.pop_front();
        }
        self.entries.push_back((zxid, link(before, zxid)));
    }

    /// Cuts what comes after `zxid`.
    pub(super) fn cut(&mut self, zxid: Zxid) {
        while self.end() > zxid && self.entries.pop_back().is_some() {}
    }

    /// The remembered entries after `zxid`.
    pub(super) fn after(&self, zxid: Zxid) -> impl Iterator<Item = (Zxid, u64)> + '_ {
        let first = self.entries.partition_point(|(at, _)| *at <= zxid);
        self.entries.range(first..).copied()
    }
}

/// The committed order.
#[derive(Clone, Debug)]
pub(super) struct Order {
    entries: VecDeque<(Zxid, u64)>,
}

impl Default for Order {
    fn default() -> Order {
        Order::from(Zxid::default(), 0)
    }
}

impl Order {
    /// An order that is known from `zxid` on.
    pub(super) fn from(zxid: Zxid, chain: u64) -> Order {
        Order { entries: VecDeque::from([(zxid, chain)]) }
    }

    /// The last committed zxid.
    pub(super) fn end(&self) -> Zxid {
        self.entries.back().map_or(Zxid::default(), |(zxid, _)| *zxid)
    }

    /// The chain at `zxid`, where it is committed and remembered.
    pub(super) fn chain(&self, zxid: Zxid) -> Option<u64> {
        find(&self.entries, zxid)
    }

    /// The order up to `zxid`, as a log.
    pub(super) fn beginning(&self, zxid: Zxid) -> Log {
        Log::up_to(&self.entries, zxid)
    }

    /// The one that comes right before `zxid`; none where either is not remembered.
    pub(super) fn before(&self, zxid: Zxid) -> Option<Zxid> {
        let at = self.entries.binary_search_by_key(&zxid, |(at, _)| *at).ok()?;
        Some(self.entries[at.checked_sub(1)?].0)
    }

    /// Whether `zxid` is too old to be remembered.
    pub(super) fn has_forgotten(&self, zxid: Zxid) -> bool {
        self.entries.front().is_some_and(|(first, _)| zxid < *first)
    }

    /// Goes on with `zxid`.
    pub(super) fn append(&mut self, zxid: Zxid) {
        let before = self.entries.back().map_or(0, |(_, chain)| *chain);
        self.push(zxid, link(before, zxid));
    }

    /// Goes on with an entry whose chain is known.
    pub(super) fn push(&mut self, zxid: Zxid, chain: u64) {
        if self.entries.len() == ENTRIES_KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back((zxid, chain));
    }
}

fn find(entries: &VecDeque<(Zxid, u64)>, zxid: Zxid) -> Option<u64> {
    let at = entries.binary_search_by_key(&zxid, |(at, _)| *at).ok()?;
    Some(entries[at].1)
}

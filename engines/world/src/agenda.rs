use relevo_core::{HostId, Instant};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Keys of turns asked for with `Again` have this bit: they come last at their instant.
pub(crate) const LAST: u64 = 1 << 63;

/// What is due, in order of (instant, seeded key of the connection or host, sequence).
///
/// Entries are small and never removed from the middle. One that lost its meaning (its connection
/// broke, its process died, its deadline moved) stays until it comes up and is then skipped:
/// whoever scheduled it remembers its `order`, which is unique.
#[derive(Clone, Debug, Default)]
pub(crate) struct Agenda {
    heap: BinaryHeap<Entry>,
    order: u64,
}

/// One thing that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) at: Instant,
    pub(crate) key: u64,
    pub(crate) order: u64,
    pub(crate) due: Due,
}

/// Which thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// The head of a connection's queue towards its end `1 - from`.
    Arrival { slot: u32, from: Side },
    /// An end of a connection is told that its queue filled or emptied.
    Flow { slot: u32, end: Side },
    /// The machine's deadline.
    Deadline(HostId),
    /// The turn a machine asked for.
    Again(HostId),
    /// The oldest of what came from outside for a machine: its start, a call, a real disk's answer.
    Mail(HostId),
    /// The oldest answer of a memory disk that is no sync.
    DiskAnswer(HostId),
    /// The sync in flight is complete.
    SyncDone(HostId),
}

/// One end of a connection: the one that opened it, or the one that accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Opener,
    Acceptor,
}

impl Side {
    pub(crate) const BOTH: [Side; 2] = [Side::Opener, Side::Acceptor];

    pub(crate) fn other(self) -> Side {
        match self {
            Side::Opener => Side::Acceptor,
            Side::Acceptor => Side::Opener,
        }
    }
}

impl Agenda {
    /// Adds something; the number returned names this entry for good.
    pub(crate) fn push(&mut self, at: Instant, key: u64, due: Due) -> u64 {
        self.order += 1;
        self.heap.push(Entry { at, key, order: self.order, due });
        self.order
    }

    /// Puts back an entry that was taken out because its host was frozen.
    pub(crate) fn restore(&mut self, entry: Entry) {
        self.heap.push(entry);
    }

    pub(crate) fn peek(&self) -> Option<&Entry> {
        self.heap.peek()
    }

    pub(crate) fn pop(&mut self) -> Option<Entry> {
        self.heap.pop()
    }

    /// The last number given.
    pub(crate) fn order(&self) -> u64 {
        self.order
    }
}

// The heap gives the greatest first, so the order is turned round.
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.key, other.order).cmp(&(self.at, self.key, self.order))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The seeded key of something numbered: spreads what is due at one instant in an order that
/// depends on the seed and on nothing else.
pub(crate) fn seeded_key(seed: u64, purpose: u64, number: u64) -> u64 {
    // SplitMix64's finaliser (Steele, Lea and Flood, 2014).
    let mut z = seed ^ purpose.rotate_left(32) ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z ^ (z >> 31)) & !LAST
}

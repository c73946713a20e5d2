use crate::agenda::Side;
use relevo_core::{CloseReason, ConnId, Instant, LossReason, Party, Peer, Seq, Service};
use std::collections::VecDeque;

/// From this many bytes on, whoever streams is told to wait.
pub const BLOCKED_AT: u64 = 1 << 20;
/// From this many bytes on, a connection breaks.
pub const OVERFLOW_AT: u64 = 64 << 20;

/// No entry of the agenda has this order.
pub(crate) const UNSCHEDULED: u64 = 0;
const ENDED: u32 = u32::MAX;

/// All connections that still mean something, in a slab found by their id.
#[derive(Clone, Debug)]
pub(crate) struct Connections<M> {
    /// The slot of each connection ever made; four bytes each, kept for good.
    slots: Vec<u32>,
    slab: Vec<Option<Connection<M>>>,
    free: Vec<u32>,
}

/// One connection: two ends, two queues.
#[derive(Clone, Debug)]
pub(crate) struct Connection<M> {
    pub(crate) id: ConnId,
    pub(crate) key: u64,
    pub(crate) service: Service,
    /// What the acceptor is told of the opener.
    pub(crate) peer: Peer,
    /// The event of its opening.
    pub(crate) opening: Seq,
    /// When the opener will learn that it is established; nothing leaves before.
    pub(crate) established_at: Instant,
    /// Whether the network has carried the opening to the acceptor's host.
    pub(crate) reached: bool,
    ends: [End; 2],
    ways: [Way<M>; 2],
}

/// What one end knows.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) party: Party,
    pub(crate) state: EndState,
    /// Whether the machine was last told that it is blocked.
    pub(crate) told_blocked: bool,
    /// Whether the outside program's socket is full of what this end sent.
    pub(crate) socket_full: bool,
    /// The entry of the agenda that will tell it of a change.
    pub(crate) flow: u64,
    /// The event of the last step that sent something here.
    pub(crate) asked: Seq,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndState {
    /// It has not heard of the connection yet.
    Unaware,
    /// It may send.
    Open,
    /// It closed, or learned that the connection ended.
    Ended,
    /// Its process died; the other end is still to learn so.
    Died,
}

/// One direction: what was sent and has not arrived.
#[derive(Clone, Debug)]
pub(crate) struct Way<M> {
    pub(crate) link: u32,
    pub(crate) queue: VecDeque<Item<M>>,
    pub(crate) bytes: u64,
    /// The entry of the agenda for the head of the queue.
    pub(crate) scheduled: u64,
    pub(crate) last_arrival: Instant,
    /// Whether the way is cut: what was sent waits, as TCP would send it again and again.
    pub(crate) cut: bool,
    /// Set once nothing more gets through: why what is sent from now on is lost.
    pub(crate) dead: Option<LossReason>,
}

/// Something under way.
#[derive(Clone, Debug)]
pub(crate) struct Item<M> {
    pub(crate) arrives: Instant,
    /// The event of its sending: its name for a message, the cause of what follows for the rest.
    pub(crate) seq: Seq,
    pub(crate) held: bool,
    pub(crate) size: u64,
    pub(crate) what: Parcel<M>,
}

#[derive(Clone, Debug)]
pub(crate) enum Parcel<M> {
    /// The opening reaches the acceptor.
    Accept,
    /// The opener learns that it was accepted.
    Established,
    Message(M),
    /// The connection ends here.
    End(CloseReason),
}

impl<M> Connections<M> {
    pub(crate) fn new() -> Self {
        Connections { slots: Vec::new(), slab: Vec::new(), free: Vec::new() }
    }

    /// Adds the next connection; its id must be the next number.
    pub(crate) fn insert(&mut self, connection: Connection<M>) -> u32 {
        assert_eq!(connection.id.0, self.slots.len() as u64, "connections are numbered in order");
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slab.push(None);
            (self.slab.len() - 1) as u32
        });
        self.slab[slot as usize] = Some(connection);
        self.slots.push(slot);
        slot
    }

    /// Where a connection lies; none where it has ended for both sides or never was.
    pub(crate) fn slot(&self, id: ConnId) -> Option<u32> {
        let index = usize::try_from(id.0).ok()?;
        self.slots.get(index).copied().filter(|&slot| slot != ENDED)
    }

    pub(crate) fn get(&self, slot: u32) -> Option<&Connection<M>> {
        self.slab[slot as usize].as_ref()
    }

    /// The connection in a slot that is known to hold one.
    pub(crate) fn at(&mut self, slot: u32) -> &mut Connection<M> {
        self.slab[slot as usize].as_mut().expect("only live slots are asked for")
    }

    /// Forgets a connection that means nothing to anyone any more.
    pub(crate) fn sweep(&mut self, slot: u32) {
        let Some(connection) = self.get(slot) else { return };
        if connection.is_over() {
            let id = connection.id;
            self.slots[id.0 as usize] = ENDED;
            self.slab[slot as usize] = None;
            self.free.push(slot);
        }
    }

    /// Every connection, in no meaningful order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Connection<M>> {
        self.slab.iter().flatten()
    }

    /// The slots of those that `wanted` chooses, in the order of their ids.
    pub(crate) fn select(&self, wanted: impl Fn(&Connection<M>) -> bool) -> Vec<u32> {
        let mut ids: Vec<_> = self.iter().filter(|c| wanted(c)).map(|c| c.id).collect();
        ids.sort_unstable();
        ids.into_iter().filter_map(|id| self.slot(id)).collect()
    }
}

impl<M> Connection<M> {
    pub(crate) fn new(
        (id, key): (ConnId, u64),
        (peer, links): (Peer, [u32; 2]),
        to: (Party, Service),
        opening: Seq,
    ) -> Self {
        let end = |party, state| End {
            party,
            state,
            told_blocked: false,
            socket_full: false,
            flow: UNSCHEDULED,
            asked: opening,
        };
        Connection {
            id,
            key,
            service: to.1,
            peer,
            opening,
            established_at: Instant::ZERO,
            reached: false,
            ends: [end(peer.party, EndState::Open), end(to.0, EndState::Unaware)],
            ways: links.map(Way::new),
        }
    }

    pub(crate) fn end(&self, side: Side) -> &End {
        &self.ends[side as usize]
    }

    pub(crate) fn end_mut(&mut self, side: Side) -> &mut End {
        &mut self.ends[side as usize]
    }

    /// What `from` has sent.
    pub(crate) fn way(&self, from: Side) -> &Way<M> {
        &self.ways[from as usize]
    }

    pub(crate) fn way_mut(&mut self, from: Side) -> &mut Way<M> {
        &mut self.ways[from as usize]
    }

    /// The end that `party` holds.
    pub(crate) fn side_of(&self, party: Party) -> Option<Side> {
        Side::BOTH.into_iter().find(|&side| self.end(side).party == party)
    }

    /// Whether whoever sends from `side` should wait.
    pub(crate) fn is_blocked(&self, side: Side) -> bool {
        self.way(side).bytes >= BLOCKED_AT || self.end(side).socket_full
    }

    /// Whether nothing came of its opening; its opener is still to learn so.
    pub(crate) fn is_refused(&self) -> bool {
        self.end(Side::Acceptor).state == EndState::Unaware
            && self.way(Side::Acceptor).dead.is_some()
    }

    fn is_over(&self) -> bool {
        self.ends.iter().all(|end| end.state != EndState::Open)
            && self.ways.iter().all(|way| way.queue.is_empty())
    }
}

impl<M> Way<M> {
    fn new(link: u32) -> Self {
        Way {
            link,
            queue: VecDeque::new(),
            bytes: 0,
            scheduled: UNSCHEDULED,
            last_arrival: Instant::ZERO,
            cut: false,
            dead: None,
        }
    }

    /// Puts something at the end of the queue; never before what is there.
    pub(crate) fn push(&mut self, arrives: Instant, seq: Seq, size: u64, what: Parcel<M>) {
        self.last_arrival = self.last_arrival.max(arrives);
        self.bytes += size;
        self.queue.push_back(Item { arrives: self.last_arrival, seq, held: false, size, what });
    }

    /// Nothing of what is there arrives before `arrives`.
    pub(crate) fn delay(&mut self, arrives: Instant) {
        for item in &mut self.queue {
            item.arrives = item.arrives.max(arrives);
        }
        self.last_arrival = self.last_arrival.max(arrives);
    }

    /// Takes the head.
    pub(crate) fn pop(&mut self) -> Option<Item<M>> {
        self.scheduled = UNSCHEDULED;
        let item = self.queue.pop_front()?;
        self.bytes -= item.size;
        Some(item)
    }

    /// Takes everything from position `first` on.
    pub(crate) fn cut_from(&mut self, first: usize) -> VecDeque<Item<M>> {
        let cut = self.queue.split_off(first.min(self.queue.len()));
        self.bytes -= cut.iter().map(|item| item.size).sum::<u64>();
        if first == 0 {
            self.scheduled = UNSCHEDULED;
        }
        self.last_arrival = self.queue.back().map_or(Instant::ZERO, |item| item.arrives);
        cut
    }
}

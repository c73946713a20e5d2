//! What the checkers see: the trace folded into what clients asked and were answered, and what
//! each server's log holds. Taken from messages wherever possible, so that a server cannot speak
//! well of itself.

use super::history::{Log, Order};
use crate::{Event, LabEvent, Message};
use relevo_coordination::{
    Epoch, ErrorCode, Event as State, QuorumPacket, Request, Response, ServerId, SessionId,
    SyncMode, Txn, WatchedEvent, Zxid,
};
use relevo_core::{ConnId, Fault, HostId, Kind, Party, Seq};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

/// The most requests remembered as unanswered on one connection.
const PENDING_KEPT: usize = 16_384;
/// The most transactions whose content is remembered once they are committed.
const PROPOSALS_KEPT: usize = 2_048;
/// The most sessions remembered as begun in sight.
const BORN_KEPT: usize = 16_384;

/// A server as the checkers must know it before anything happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voter {
    /// Its host.
    pub host: HostId,
    /// Its id.
    pub server: ServerId,
    /// Whether it votes; an observer does not.
    pub votes: bool,
}

/// What one event was, for whoever judges.
#[derive(Clone, Debug)]
pub(super) enum Seen<'a> {
    /// A client opened a connection, having seen so much.
    Connecting { conn: ConnId, seen: Zxid },
    /// A client sent a request.
    Asked { conn: ConnId, session: SessionId, request: &'a Request, xid: i32 },
    /// A server sent the answer; `asked` where the request was seen, `in_order` where it is the
    /// oldest unanswered one.
    Answered(Answer<'a>),
    /// A server sent a watch event.
    Fired { conn: ConnId, event: &'a WatchedEvent },
    /// A server gave a connection its session.
    Attached,
    /// A client's connection is gone.
    Gone { conn: ConnId },
    /// A server told of itself.
    Told { server: ServerId, state: &'a State },
    /// A server acknowledged to its leader a proposal, or all that came before NEWLEADER.
    Acked { server: ServerId, zxid: Zxid },
    /// A server's disk is gone.
    DiskLost { server: ServerId },
    /// Something else.
    Else,
}

/// An answer and what it answers.
#[derive(Clone, Debug)]
pub(super) struct Answer<'a> {
    pub(super) conn: ConnId,
    pub(super) session: SessionId,
    pub(super) asked: Option<Asked>,
    pub(super) in_order: bool,
    pub(super) zxid: Zxid,
    pub(super) error: ErrorCode,
    pub(super) body: &'a Response,
}

/// A request as it is remembered until it is answered.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) xid: i32,
    pub(super) request: Request,
    /// The event of its sending.
    pub(super) seq: Seq,
    /// The highest zxid of a write that had been answered, to anyone, when this was sent.
    pub(super) answered_before: Zxid,
}

/// A client's connection.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) server: HostId,
    pub(super) session: SessionId,
    /// Whether its client asked for a new session.
    asks_for_new: bool,
    pending: VecDeque<Asked>,
}

/// What is known of one server.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) id: ServerId,
    pub(super) host: HostId,
    pub(super) votes: bool,
    /// Unknown from its boot on where it began with a history the trace does not tell, until it
    /// is synchronised.
    pub(super) log: Log,
    /// The last zxid of its log.
    last: Zxid,
    /// The last zxid it told its leader to be durable, as far as its disk is the same since.
    pub(super) acked: Zxid,
    /// The last zxid it ever told a leader to be durable: what a leader can have counted.
    pub(super) said: Zxid,
    /// The last zxid its disk reported to be durable, once the trace tells.
    pub(super) durable: Option<Zxid>,
    /// The end of the history that NEWLEADER closed, until that is acknowledged.
    closed: Option<Zxid>,
    /// The last transaction it applied since it serves.
    pub(super) applied: Option<Zxid>,
    snapping: bool,
}

/// The fold itself.
#[derive(Clone, Debug)]
pub(super) struct Observer {
    pub(super) servers: Vec<Known>,
    pub(super) links: BTreeMap<ConnId, Link>,
    /// What is committed, in order.
    pub(super) order: Order,
    /// What the event at hand added to the order.
    pub(super) newly: Vec<Zxid>,
    /// The transactions put into the order by leaders, by zxid.
    pub(super) proposals: BTreeMap<Zxid, Arc<Txn>>,
    /// Leaders by their established epochs.
    pub(super) reigns: BTreeMap<Epoch, ServerId>,
    /// The highest zxid of an answered write.
    pub(super) answered: Zxid,
    /// The last zxid given out before anything was seen: what was proposed up to it, and who
    /// acknowledged it, is not known.
    pub(super) horizon: Zxid,
    /// Sessions whose whole life was seen. Of others, what they had asked for and made is not
    /// known.
    born: BTreeSet<SessionId>,
    /// NEWLEADERs on their way, and to whom.
    closing: BTreeMap<Seq, ServerId>,
}

impl Observer {
    /// An ensemble in the middle of its life, by what each server's log ends in.
    pub(super) fn from_here(voters: &[(Voter, Zxid)]) -> Observer {
        let mut observer =
            Observer::new(&voters.iter().map(|(voter, _)| *voter).collect::<Vec<_>>());
        let horizon = voters.iter().map(|(_, last)| *last).max().unwrap_or_default();
        observer.horizon = horizon;
        observer.order = Order::from(horizon, 0);
        for (known, (_, last)) in observer.servers.iter_mut().zip(voters) {
            (known.log, known.last) = (Log::unknown(), *last);
        }
        observer
    }

    /// About how many bytes it takes.
    pub(super) fn size(&self) -> u64 {
        let logs: usize = self.servers.iter().map(|known| 16 * known.log.len()).sum();
        let links: usize = self.links.values().map(|link| 96 + 192 * link.pending.len()).sum();
        (logs + links + 48 * self.proposals.len() + 24 * self.born.len()) as u64
    }

    /// Whether a session's whole life was seen.
    pub(super) fn saw_begin(&self, session: SessionId) -> bool {
        self.born.contains(&session)
    }

    pub(super) fn new(voters: &[Voter]) -> Observer {
        let known = |voter: &Voter| Known {
            id: voter.server,
            host: voter.host,
            votes: voter.votes,
            log: Log::default(),
            last: Zxid::default(),
            acked: Zxid::default(),
            said: Zxid::default(),
            durable: None,
            closed: None,
            applied: None,
            snapping: false,
        };
        Observer {
            servers: voters.iter().map(known).collect(),
            links: BTreeMap::new(),
            order: Order::default(),
            newly: Vec::new(),
            proposals: BTreeMap::new(),
            reigns: BTreeMap::new(),
            answered: Zxid::default(),
            horizon: Zxid::default(),
            born: BTreeSet::new(),
            closing: BTreeMap::new(),
        }
    }

    /// How many voters make a quorum.
    pub(super) fn quorum(&self) -> usize {
        self.servers.iter().filter(|server| server.votes).count() / 2 + 1
    }

    pub(super) fn known(&self, server: ServerId) -> Option<&Known> {
        self.servers.iter().find(|known| known.id == server)
    }

    /// What this event is to a judge. Histories are folded in afterwards by [`Observer::fold`].
    pub(super) fn see<'a>(&mut self, event: &'a LabEvent) -> Seen<'a> {
        match &event.kind {
            Kind::Sent { conn, to, message, .. } => self.sent(event, *conn, *to, message),
            Kind::Delivered { message, .. } => {
                let server = self.closing.remove(message);
                if let Some(known) = server.and_then(|server| self.known_mut(server)) {
                    known.closed = Some(known.last);
                }
                Seen::Else
            }
            Kind::Lost { message, .. } => {
                self.closing.remove(message);
                Seen::Else
            }
            Kind::Closed { conn, .. } => match self.links.remove(conn) {
                Some(_) => Seen::Gone { conn: *conn },
                None => Seen::Else,
            },
            Kind::State(Event::Coordination(state)) => match self.server_of(event.party) {
                Some(server) => Seen::Told { server, state },
                None => Seen::Else,
            },
            Kind::Fault { fault: Fault::LoseDisk { node }, .. } => {
                match self.server_of(Some((*node).into())) {
                    Some(server) => Seen::DiskLost { server },
                    None => Seen::Else,
                }
            }
            _ => Seen::Else,
        }
    }

    fn server_of(&self, party: Option<Party>) -> Option<ServerId> {
        let Some(Party::Host(host)) = party else { return None };
        self.servers.iter().find(|known| known.host == host).map(|known| known.id)
    }

    fn sent<'a>(
        &mut self,
        event: &'a LabEvent,
        conn: ConnId,
        to: Party,
        message: &'a Message,
    ) -> Seen<'a> {
        match message {
            Message::Connect(request) => {
                if let Party::Host(server) = to {
                    let session = SessionId::default();
                    let asks_for_new = request.session == session;
                    let pending = VecDeque::new();
                    self.links.insert(conn, Link { server, session, asks_for_new, pending });
                }
                Seen::Connecting { conn, seen: request.last_zxid_seen }
            }
            Message::Connected(response) if response.session != SessionId::default() => {
                if let Some(link) = self.links.get_mut(&conn) {
                    link.session = response.session;
                    if link.asks_for_new {
                        self.born.insert(response.session);
                    }
                    if self.born.len() > BORN_KEPT {
                        self.born.pop_first();
                    }
                }
                Seen::Attached
            }
            Message::Request { request: Request::Ping | Request::Auth { .. }, .. } => Seen::Else,
            Message::Request { xid, request } => {
                let answered_before = self.answered;
                let Some(link) = self.links.get_mut(&conn) else { return Seen::Else };
                if link.pending.len() == PENDING_KEPT {
                    link.pending.pop_front();
                }
                let request_kept = request.clone();
                let seq = event.seq;
                link.pending.push_back(Asked {
                    xid: *xid,
                    request: request_kept,
                    seq,
                    answered_before,
                });
                Seen::Asked { conn, session: link.session, request, xid: *xid }
            }
            Message::Response { xid: -2 | -4, .. } => Seen::Else,
            Message::Response { xid, zxid, error, body } => {
                let Some(link) = self.links.get_mut(&conn) else { return Seen::Else };
                let at = link.pending.iter().position(|asked| asked.xid == *xid);
                let asked = at.and_then(|at| link.pending.remove(at));
                Seen::Answered(Answer {
                    conn,
                    session: link.session,
                    asked,
                    in_order: at == Some(0),
                    zxid: *zxid,
                    error: *error,
                    body,
                })
            }
            // What was watched on a connection opened out of sight is not known.
            Message::Watch(event) if self.links.contains_key(&conn) => Seen::Fired { conn, event },
            Message::Quorum(QuorumPacket::NewLeader { .. }) => {
                if let Some(server) = self.server_of(Some(to)) {
                    self.closing.insert(event.seq, server);
                }
                Seen::Else
            }
            Message::Quorum(QuorumPacket::Ack { zxid }) => {
                let Some(server) = self.server_of(event.party) else { return Seen::Else };
                // That of NEWLEADER, and the one of UPTODATE, which says nothing more.
                let closed = self.known_mut(server).and_then(|known| known.closed.take());
                match if zxid.counter() == 0 { closed } else { Some(*zxid) } {
                    Some(zxid) => Seen::Acked { server, zxid },
                    None => Seen::Else,
                }
            }
            _ => Seen::Else,
        }
    }

    /// Changes what is known by what was seen; after it, [`Observer::newly`] holds what the event
    /// added to the order.
    pub(super) fn fold(&mut self, seen: &Seen<'_>) {
        self.newly.clear();
        match seen {
            Seen::Answered(answer) => {
                let ok = answer.error == ErrorCode::Ok;
                if ok && answer.asked.as_ref().is_some_and(|asked| is_write(&asked.request)) {
                    self.answered = self.answered.max(answer.zxid);
                }
            }
            Seen::Acked { server, zxid } => self.acked(*server, *zxid),
            Seen::DiskLost { server } => {
                if let Some(known) = self.known_mut(*server) {
                    known.log = Log::default();
                    known.acked = Zxid::default();
                    known.durable = None;
                }
            }
            Seen::Told { server, state } => self.told(*server, state),
            _ => {}
        }
    }

    fn known_mut(&mut self, server: ServerId) -> Option<&mut Known> {
        self.servers.iter_mut().find(|known| known.id == server)
    }

    fn acked(&mut self, server: ServerId, zxid: Zxid) {
        if let Some(known) = self.known_mut(server) {
            known.acked = known.acked.max(zxid);
            known.said = known.said.max(zxid);
        }
    }

    fn told(&mut self, server: ServerId, state: &State) {
        match state {
            State::Recovered { last_zxid, .. } => self.recovered(server, *last_zxid),
            State::RoleChanged { .. } => {
                if let Some(known) = self.known_mut(server) {
                    (known.applied, known.snapping, known.closed) = (None, false, None);
                }
            }
            State::Proposed(txn) => {
                self.proposals.insert(txn.zxid, txn.clone());
                let committed = self.order.end();
                while self.proposals.len() > PROPOSALS_KEPT
                    && self
                        .proposals
                        .first_key_value()
                        .is_some_and(|(first, _)| *first <= committed)
                {
                    self.proposals.pop_first();
                }
            }
            State::Logged(txn) => {
                let (horizon, committed) = (self.horizon, self.order.end());
                if let Some(known) = self.known_mut(server) {
                    // Proposals come without holes: what holds the next holds the horizon.
                    if !known.log.is_known() && horizon.next() == Some(txn.zxid) {
                        known.log = Log::from(horizon, 0);
                    }
                    known.log.append(txn.zxid, committed);
                    known.last = txn.zxid;
                }
            }
            State::LogTruncated { zxid } => {
                if let Some(known) = self.known_mut(server) {
                    known.log.cut(*zxid);
                    known.acked = known.acked.min(*zxid);
                    known.closed = known.closed.map(|closed| closed.min(*zxid));
                    (known.durable, known.last) = (Some(*zxid), known.last.min(*zxid));
                }
            }
            State::LogDurable { zxid } => {
                if let Some(known) = self.known_mut(server) {
                    known.durable = Some(*zxid);
                }
            }
            State::Synchronising { learner, mode, .. } => {
                if let Some(known) = self.known_mut(*learner) {
                    known.snapping = *mode == SyncMode::Snap;
                }
            }
            State::SnapshotLoaded { zxid, .. } => self.snapshot_loaded(server, *zxid),
            State::Acknowledged { zxid, by } if *by == server => self.acked(server, *zxid),
            State::Established { epoch, .. } => {
                self.reigns.entry(*epoch).or_insert(server);
                self.established(server);
            }
            State::Synchronised { zxid } => self.synchronised(server, *zxid),
            State::Committed { zxid } => self.commit(*zxid),
            State::Applied { txn, replay: false } => {
                if let Some(known) = self.known_mut(server) {
                    known.applied = Some(txn.zxid);
                }
            }
            _ => {}
        }
    }

    /// What a new leader's history holds when its quorum has it is committed.
    fn established(&mut self, server: ServerId) {
        let Some(known) = self.known_mut(server) else { return };
        if known.log.is_known() {
            let end = known.log.end();
            return self.commit_history(server, end);
        }
        // The trace does not reach back to where this history began: it begins here.
        let last = known.last;
        known.log = Log::from(last, 0);
        self.order = Order::from(last, 0);
    }

    fn synchronised(&mut self, server: ServerId, zxid: Zxid) {
        let history = self.history_to(zxid);
        let Some(known) = self.known_mut(server) else { return };
        if !known.log.is_known() {
            known.log = history;
        }
    }

    fn recovered(&mut self, server: ServerId, last: Zxid) {
        let history = self.history_to(last);
        let Some(known) = self.known_mut(server) else { return };
        (known.applied, known.snapping, known.last) = (None, false, last);
        (known.durable, known.closed) = (Some(last), None);
        if known.log.chain(last).is_some() {
            known.log.cut(last);
        } else {
            known.log = history;
        }
        known.acked = known.acked.min(last);
    }

    fn snapshot_loaded(&mut self, server: ServerId, zxid: Zxid) {
        let history = self.history_to(zxid);
        let Some(known) = self.known_mut(server) else { return };
        if std::mem::take(&mut known.snapping) {
            known.log = history;
            (known.acked, known.last) = (Zxid::default(), zxid);
            (known.durable, known.closed) = (Some(zxid), known.closed.map(|_| zxid));
        }
        // One that a forgotten leader's choice hides from the line above is durable all the same.
        known.durable = known.durable.max(Some(zxid));
    }

    /// The history that ends in `zxid`, as the order or any server's log has it.
    fn history_to(&self, zxid: Zxid) -> Log {
        if self.order.chain(zxid).is_some() {
            return self.order.beginning(zxid);
        }
        let known = self.servers.iter().find(|known| known.log.chain(zxid).is_some());
        known.map_or_else(Log::unknown, |known| known.log.beginning(zxid))
    }

    /// Whatever the new leader's log holds up to `zxid` is committed.
    fn commit_history(&mut self, leader: ServerId, zxid: Zxid) {
        let Some(known) = self.servers.iter().find(|known| known.id == leader) else { return };
        for (at, chain) in known.log.after(self.order.end()) {
            if at > zxid {
                break;
            }
            self.order.push(at, chain);
            self.newly.push(at);
        }
    }

    /// Whatever was proposed in this epoch up to `zxid` is committed; the leader's own log may
    /// hold it only later.
    fn commit(&mut self, zxid: Zxid) {
        let end = self.order.end();
        if zxid <= end {
            return;
        }
        let first = Zxid::new(zxid.epoch(), 0).max(end);
        let proposed = self.proposals.range((Bound::Excluded(first), Bound::Included(zxid)));
        for (at, _) in proposed {
            self.order.append(*at);
            self.newly.push(*at);
        }
    }
}

/// Whether a request goes through the order.
pub(super) fn is_write(request: &Request) -> bool {
    matches!(
        request,
        Request::Create { .. }
            | Request::Delete { .. }
            | Request::SetData { .. }
            | Request::SetAcl { .. }
            | Request::Multi(_)
            | Request::CloseSession
    )
}

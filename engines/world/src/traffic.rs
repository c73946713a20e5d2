use crate::agenda::{Due, Side, seeded_key};
use crate::connections::{Connection, EndState, OVERFLOW_AT, Parcel, UNSCHEDULED};
use crate::world::{CONNECTIONS, Why, World};
use relevo_core::{
    Address, CloseReason, ConnId, Duration, HostId, Input, Kind, LossReason, Machine, Message,
    OutsideOutput, Party, Peer, Seq,
};
use std::net::{IpAddr, Ipv4Addr};

/// A refusal takes at least this long, so that whoever tries again at once lets time pass.
const LEAST_REFUSAL: Duration = Duration::from_millis(1);
/// How long a kernel asks for a host that nothing reaches, before it says so.
const UNREACHABLE_AFTER: Duration = Duration::from_secs(1);

/// Opening, sending, closing.
impl<M: Machine> World<M> {
    pub(crate) fn open_from_host(&mut self, why: &Why<'_>, conn: ConnId, to: Address) {
        let opening = self.record_emitted(why, || Kind::Opening { conn, to });
        let number = why.host.0 + 1;
        let [_, b, c, d] = number.to_be_bytes();
        let port = 32_768 + (conn.0 % 28_232) as u16;
        let ip = IpAddr::V4(Ipv4Addr::new(10, b, c, d));
        self.open(Peer { party: why.host.into(), ip, port }, conn, to, opening);
    }

    /// Sends the opening on its way. It is one latency to the acceptor and one back, whatever
    /// becomes of it.
    pub(crate) fn open(&mut self, peer: Peer, conn: ConnId, to: Address, opening: Seq) {
        let (from, acceptor) = (peer.party, Party::Host(to.host));
        let key = seeded_key(self.config.seed, CONNECTIONS, conn.0);
        let exists = (to.host.0 as usize) < self.hosts.len() && from != acceptor;
        let links = match exists {
            true => [self.links.between(from, acceptor), self.links.between(acceptor, from)],
            false => [0, 0],
        };
        let reached_at = self.links.arrival(links[0], self.now, 0);
        let back_at = self.links.arrival(links[1], reached_at, 0);
        let mut connection =
            Connection::new((conn, key), (peer, links), (acceptor, to.service), opening);
        connection.established_at = back_at;
        let unreachable = self.links.unreachable(from, acceptor);
        if exists && !unreachable {
            connection.way_mut(Side::Opener).push(reached_at, opening, 0, Parcel::Accept);
        }
        let slot = self.connections.insert(connection);
        if !exists {
            self.refuse(slot, CloseReason::Refused);
        } else if unreachable {
            self.refuse(slot, CloseReason::Broken);
        }
        self.schedule(slot, Side::Opener);
    }

    /// Lets the opener know, when an answer could be back, that nothing came of it.
    fn refuse(&mut self, slot: u32, reason: CloseReason) {
        let after = match reason {
            CloseReason::Broken => UNREACHABLE_AFTER,
            _ => LEAST_REFUSAL,
        };
        let at = self.now + after;
        let opening = self.connections.at(slot).opening;
        self.lose(slot, Side::Opener, 0, LossReason::ConnectionBroken, opening);
        let connection = self.connections.at(slot);
        connection.reached = true;
        connection.way_mut(Side::Opener).dead = Some(LossReason::ConnectionBroken);
        if connection.way(Side::Acceptor).dead.is_none() {
            let at = at.max(connection.established_at);
            let back = connection.way_mut(Side::Acceptor);
            back.dead = Some(LossReason::ConnectionBroken);
            back.push(at, opening, 0, Parcel::End(reason));
        }
        self.schedule(slot, Side::Acceptor);
    }

    pub(crate) fn send_from_host(&mut self, why: &Why<'_>, conn: ConnId, message: M::Message) {
        let Some(slot) = self.connections.slot(conn) else { return };
        let connection = self.connections.at(slot);
        let side = connection.side_of(why.host.into());
        let side = side.expect("a machine speaks on its own connections only");
        if connection.end(side).state == EndState::Open {
            connection.end_mut(side).asked = why.cause;
            self.send(slot, side, message, Some(why));
        }
    }

    /// Sends a message from an open end; `why` is none where an outside program sends.
    pub(crate) fn send(
        &mut self,
        slot: u32,
        side: Side,
        message: M::Message,
        why: Option<&Why<'_>>,
    ) -> Seq {
        let message = self.through_codec(message);
        let size = message.wire_size();
        let connection = self.connections.at(slot);
        let (conn, party) = (connection.id, connection.end(side).party);
        let to = connection.end(side.other()).party;
        // What an opener sends waits, as in TCP, until the connection is established.
        let leaves = match side {
            Side::Opener => self.now.max(connection.established_at),
            Side::Acceptor => self.now,
        };
        let way = connection.way_mut(side);
        let arrives = self.links.arrival(way.link, leaves, size).max(way.last_arrival);
        let dead = way.dead;
        let kept = self.config.trace.then(|| message.clone());
        let kind = || {
            let message = kept.expect("it is kept where the trace is");
            Kind::Sent { conn, to, arrives, message }
        };
        let sent = match why {
            Some(why) => self.record_emitted(why, kind),
            None => self.record(Some(party), &[], kind),
        };
        if let Some(reason) = dead {
            self.record(Some(party), &[sent], || Kind::Lost { conn, message: sent, reason });
            return sent;
        }
        let way = self.connections.at(slot).way_mut(side);
        way.push(arrives, sent, size, Parcel::Message(message));
        let overflows = way.bytes >= OVERFLOW_AT;
        if way.scheduled == UNSCHEDULED {
            self.schedule(slot, side);
        }
        if overflows {
            self.break_connection(slot, CloseReason::Overflow, sent);
        } else {
            self.watch_flow(slot, side);
        }
        sent
    }

    fn through_codec(&mut self, message: M::Message) -> M::Message {
        if !self.config.codec_checks || !self.codec.chance(1, 16) {
            return message;
        }
        let before = message.clone();
        match message.through_codec() {
            Ok(message) => {
                assert!(message == before, "a codec made {message:?} of {before:?}");
                message
            }
            Err(error) => panic!("a message does not survive its codec: {error}"),
        }
    }

    pub(crate) fn close_from_host(&mut self, why: &Why<'_>, conn: ConnId) {
        let Some(slot) = self.connections.slot(conn) else { return };
        let connection = self.connections.at(slot);
        let side = connection.side_of(why.host.into());
        let side = side.expect("a machine closes its own connections only");
        if connection.end(side).state == EndState::Open {
            let peer = connection.end(side.other()).party;
            let closed = self.record_emitted(why, || Kind::Closed { conn, peer, reason: None });
            self.close(slot, side, CloseReason::ByPeer, closed);
        }
    }

    /// Closes one end: what it sent still arrives, then its end; what is under way to it is lost.
    pub(crate) fn close(&mut self, slot: u32, side: Side, reason: CloseReason, closed: Seq) {
        self.connections.at(slot).end_mut(side).state = EndState::Ended;
        self.finish(slot, side, reason, LossReason::ConnectionBroken, closed);
        self.lose_all(slot, side.other(), LossReason::ConnectionBroken, closed);
        self.connections.sweep(slot);
    }

    /// Puts the end of the connection behind everything `side` has sent.
    pub(crate) fn finish(
        &mut self,
        slot: u32,
        side: Side,
        reason: CloseReason,
        dead: LossReason,
        cause: Seq,
    ) {
        let connection = self.connections.at(slot);
        let leaves = match side {
            Side::Opener => self.now.max(connection.established_at),
            Side::Acceptor => self.now,
        };
        let way = connection.way_mut(side);
        if way.dead.is_none() {
            way.dead = Some(dead);
            let arrives = self.links.arrival(way.link, leaves, 0);
            way.push(arrives, cause, 0, Parcel::End(reason));
            self.schedule(slot, side);
        }
    }
}

/// Arriving.
impl<M: Machine> World<M> {
    /// Makes the head of a queue due, unless it is held or its way is cut.
    pub(crate) fn schedule(&mut self, slot: u32, from: Side) {
        let connection = self.connections.at(slot);
        let key = connection.key;
        let way = connection.way_mut(from);
        way.scheduled = match way.queue.front() {
            Some(head) if !head.held && !way.cut => {
                self.agenda.push(head.arrives, key, Due::Arrival { slot, from })
            }
            _ => UNSCHEDULED,
        };
    }

    /// The head of a queue is there.
    pub(crate) fn arrive(&mut self, slot: u32, from: Side) {
        if !self.connections.at(slot).reached {
            return self.reach(slot);
        }
        let connection = self.connections.at(slot);
        let conn = connection.id;
        let end = connection.end(from.other());
        let (to, is_open) = (end.party, end.state == EndState::Open);
        let peer = connection.end(from).party;
        let item = connection.way_mut(from).pop().expect("a scheduled queue has a head");
        if !connection.way(from).queue.is_empty() {
            self.schedule(slot, from);
        }
        match item.what {
            Parcel::Accept => self.accept(slot),
            Parcel::Message(message) => {
                assert!(is_open, "what is sent to an end that does not listen is lost at once");
                let causes = [item.seq];
                let kind = || Kind::Delivered { conn, from: peer, message: item.seq };
                let delivered = self.record(Some(to), &causes, kind);
                self.watch_flow(slot, from);
                match to {
                    Party::Host(host) => {
                        self.step(host, Input::Message { conn, message }, delivered);
                    }
                    Party::Outside(_) => {
                        self.outside.push(OutsideOutput::Message { conn, message });
                    }
                }
            }
            Parcel::Established if is_open => {
                let opened = self.record(Some(to), &[item.seq], || Kind::Opened { conn, peer });
                if let Party::Host(host) = to {
                    self.step(host, Input::Opened { conn }, opened);
                }
            }
            Parcel::End(reason) if is_open => self.learn_end(slot, from, reason, item.seq),
            Parcel::Established | Parcel::End(_) => self.connections.sweep(slot),
        }
    }

    /// The network has carried an opening to the acceptor's host, whose kernel answers even while
    /// its process is frozen.
    fn reach(&mut self, slot: u32) {
        let connection = self.connections.at(slot);
        let (opener, acceptor) =
            (connection.end(Side::Opener).party, connection.end(Side::Acceptor).party);
        let Party::Host(host) = acceptor else { unreachable!("outside programs do not listen") };
        if self.links.unreachable(opener, acceptor) {
            return self.refuse(slot, CloseReason::Broken);
        }
        if !self.host(host).is_alive() {
            return self.refuse(slot, CloseReason::Refused);
        }
        let connection = self.connections.at(slot);
        connection.reached = true;
        let (at, opening) = (connection.established_at, connection.opening);
        let back = connection.way_mut(Side::Acceptor);
        if back.dead.is_none() {
            back.push(at, opening, 0, Parcel::Established);
            self.schedule(slot, Side::Acceptor);
        }
        self.schedule(slot, Side::Opener);
    }

    fn accept(&mut self, slot: u32) {
        let connection = self.connections.at(slot);
        connection.end_mut(Side::Acceptor).state = EndState::Open;
        let (conn, service, peer) = (connection.id, connection.service, connection.peer);
        let opening = connection.opening;
        let Party::Host(host) = connection.end(Side::Acceptor).party else { return };
        let kind = || Kind::Opened { conn, peer: peer.party };
        let opened = self.record(Some(host.into()), &[opening], kind);
        self.step(host, Input::Accepted { conn, service, peer }, opened);
    }

    fn learn_end(&mut self, slot: u32, from: Side, reason: CloseReason, cause: Seq) {
        let connection = self.connections.at(slot);
        let (conn, peer) = (connection.id, connection.end(from).party);
        let end = connection.end_mut(from.other());
        end.state = EndState::Ended;
        let party = end.party;
        let kind = || Kind::Closed { conn, peer, reason: Some(reason) };
        let closed = self.record(Some(party), &[cause], kind);
        let back = self.connections.at(slot).way(from.other());
        assert!(back.dead.is_some(), "whatever ends one direction ends the other");
        self.connections.sweep(slot);
        match party {
            Party::Host(host) => self.step(host, Input::Closed { conn, reason }, closed),
            Party::Outside(_) => self.outside.push(OutsideOutput::Closed { conn, reason }),
        }
    }
}

/// Breaking, and back-pressure.
impl<M: Machine> World<M> {
    /// Loses what one end has sent from position `first` of its queue on.
    pub(crate) fn lose(
        &mut self,
        slot: u32,
        side: Side,
        first: usize,
        reason: LossReason,
        cause: Seq,
    ) {
        let connection = self.connections.at(slot);
        let (conn, party) = (connection.id, connection.end(side).party);
        for item in connection.way_mut(side).cut_from(first) {
            if let Parcel::Message(_) = item.what {
                let message = item.seq;
                let causes = if cause == message { vec![cause] } else { vec![cause, message] };
                self.record(Some(party), &causes, || Kind::Lost { conn, message, reason });
            }
        }
    }

    /// Loses all that one end has sent and all that it will send.
    pub(crate) fn lose_all(&mut self, slot: u32, side: Side, reason: LossReason, cause: Seq) {
        self.lose(slot, side, 0, reason, cause);
        self.connections.at(slot).way_mut(side).dead.get_or_insert(reason);
    }

    /// Breaks a connection everywhere at once: all that is under way is lost, and both ends learn
    /// of it now.
    pub(crate) fn break_connection(&mut self, slot: u32, reason: CloseReason, cause: Seq) {
        let now = self.now;
        for side in Side::BOTH {
            self.lose_all(slot, side, LossReason::ConnectionBroken, cause);
        }
        for side in Side::BOTH {
            let connection = self.connections.at(slot);
            connection.reached = true;
            connection.way_mut(side).cut = false;
            if connection.end(side.other()).state == EndState::Open {
                connection.way_mut(side).push(now, cause, 0, Parcel::End(reason));
                self.schedule(slot, side);
            }
        }
        self.connections.sweep(slot);
    }

    /// Sees to it that a host's machine learns when what it sent began or ceased to pile up.
    pub(crate) fn watch_flow(&mut self, slot: u32, side: Side) {
        let connection = self.connections.at(slot);
        let is_blocked = connection.is_blocked(side);
        let key = connection.key;
        let end = connection.end_mut(side);
        let is_host = matches!(end.party, Party::Host(_));
        if is_host && is_blocked != end.told_blocked && end.flow == UNSCHEDULED {
            end.flow = self.agenda.push(self.now, key, Due::Flow { slot, end: side });
        }
    }

    pub(crate) fn tell_flow(&mut self, slot: u32, side: Side) {
        let connection = self.connections.at(slot);
        let (conn, is_blocked) = (connection.id, connection.is_blocked(side));
        let end = connection.end_mut(side);
        end.flow = UNSCHEDULED;
        let Party::Host(host) = end.party else { return };
        if end.state != EndState::Open || end.told_blocked == is_blocked {
            return;
        }
        end.told_blocked = is_blocked;
        let asked = end.asked;
        let input = if is_blocked { Input::Blocked { conn } } else { Input::Writable { conn } };
        self.step(host, input, asked);
    }

    /// The connections of a host, in the order of their ids.
    pub(crate) fn connections_of(&self, host: HostId) -> Vec<u32> {
        self.connections.select(|connection| connection.side_of(host.into()).is_some())
    }
}

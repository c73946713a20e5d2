//! Connections, what is under way on them, and what is cut.

use super::{ConnectionView, Flight, Hold, Scene};
use crate::words::{message_kind, message_label};
use crate::{LabEvent, Message};
use relevo_core::{Address, ConnId, HostId, Instant, Party, Seq};
use std::sync::Arc;

impl Scene {
    pub(super) fn opening(&mut self, event: &LabEvent, conn: ConnId, to: Address) {
        let Some(from) = event.party else { return };
        if let Party::Outside(outside) = from {
            self.meet_outside(outside, event.seq);
        }
        let view =
            ConnectionView { from, to: Party::Host(to.host), service: to.service, session: None };
        self.connections.insert(conn, view);
    }

    pub(super) fn closed(&mut self, conn: ConnId, seq: Seq) {
        if let Some(view) = self.connections.remove(&conn) {
            if let Some(session) = view.session {
                self.detached(conn, session, seq);
            }
            self.client_disconnected(&view, seq);
        }
    }

    pub(super) fn sent(
        &mut self,
        event: &LabEvent,
        conn: ConnId,
        to: Party,
        arrives: Instant,
        message: &Message,
    ) {
        let Some(from) = event.party else { return };
        self.count_request(from, to, message);
        self.reports(event.seq, message);
        let held = self.holds.iter().any(|hold| hold.conn == conn && hold.from == from);
        let flight = Flight {
            conn,
            from,
            to,
            kind: message_kind(message),
            label: message_label(message, |zxid| self.number_of(zxid)),
            sent: event.at,
            arrives,
            held,
        };
        self.flights.insert(event.seq, flight);
    }

    pub(super) fn delivered(&mut self, event: &LabEvent, message: Seq) {
        let Some(flight) = self.flights.remove(&message) else { return };
        self.reported(event, message, &flight);
        self.holds.retain(|hold| hold.message != message);
        self.learner_heard(event, &flight);
    }

    /// A message is lost.
    pub(super) fn lost(&mut self, message: Seq) {
        self.holds.retain(|hold| hold.message != message);
        self.reports.remove(&message);
        self.flights.remove(&message);
    }

    pub(super) fn hold(&mut self, message: Seq, at: Instant) {
        let Some(flight) = self.flights.get(&message) else { return };
        let hold = Hold { message, conn: flight.conn, from: flight.from, at };
        self.holds.push(hold);
        for (_, flight) in self.flights.range_mut(message..) {
            flight.held |= flight.conn == hold.conn && flight.from == hold.from;
        }
    }

    pub(super) fn release(&mut self, message: Seq, now: Instant) {
        let Some(at) = self.holds.iter().position(|hold| hold.message == message) else { return };
        let released = self.holds.remove(at);
        let same = |hold: &&Hold| hold.conn == released.conn && hold.from == released.from;
        let next = self.holds.iter().filter(same).map(|hold| hold.message).min();
        for (seq, flight) in self.flights.range_mut(message..) {
            if flight.conn == released.conn && flight.from == released.from {
                flight.held = next.is_some_and(|held| held <= *seq);
                flight.arrives = flight.arrives.max(now);
            }
        }
    }

    pub(super) fn partition(&mut self, groups: &[Vec<HostId>]) {
        let group = |host: HostId| groups.iter().position(|group| group.contains(&host));
        let hosts = self.host_ids();
        self.cuts = self.cut_links.clone();
        for &from in &hosts {
            for &to in &hosts {
                let together = group(from).is_some() && group(from) == group(to);
                if from != to && !together && !self.cuts.contains(&(from, to)) {
                    self.cuts.push((from, to));
                }
            }
        }
    }

    pub(super) fn cut_link(&mut self, from: HostId, to: HostId) {
        for cuts in [&mut self.cuts, &mut self.cut_links] {
            if !cuts.contains(&(from, to)) {
                cuts.push((from, to));
            }
        }
    }

    /// The counter's number a zxid stands for, where a log in sight tells; newest first, for that
    /// is where it is asked for.
    fn number_of(&self, zxid: relevo_coordination::Zxid) -> Option<Arc<str>> {
        let entries = self.servers.iter().find_map(|server| {
            server.log.iter().rev().take(4).find(|entry| entry.zxid == zxid && !entry.lost)
        })?;
        entries.label.bytes().all(|b| b.is_ascii_digit()).then(|| entries.label.clone())
    }
}

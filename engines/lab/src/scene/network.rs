//! Connections, what is under way on them, and what is cut.

use super::{ConnectionView, Flight, Hold, Scene};
use crate::words::{message_kind, message_label};
use crate::{LabEvent, Message};
use relevo_core::{Address, ConnId, Duration, Fault, HostId, Instant, Party, Seq};
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
        let mut flight = Flight {
            conn,
            from,
            to,
            kind: message_kind(message),
            label: message_label(message, |zxid| self.number_of(zxid)),
            sent: event.at,
            arrives,
            held: false,
        };
        flight.held = self.waits(event.seq, &flight);
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
        self.hold_and_let_go(at, false);
    }

    pub(super) fn release(&mut self, message: Seq, now: Instant) {
        self.holds.retain(|hold| hold.message != message);
        self.hold_and_let_go(now, false);
    }

    /// What is cut has changed. What waited for that leaves anew, as the world has it.
    pub(super) fn heed_cuts(&mut self, now: Instant) {
        self.hold_and_let_go(now, true);
    }

    /// Whether a message waits: it or one before it is held by hand, or its way is cut.
    pub(super) fn waits(&self, message: Seq, flight: &Flight) -> bool {
        let holds = |hold: &Hold| {
            hold.conn == flight.conn && hold.from == flight.from && hold.message <= message
        };
        self.is_cut(flight.from, flight.to) || self.holds.iter().any(holds)
    }

    /// Whether nothing gets from one party to another.
    pub fn is_cut(&self, from: Party, to: Party) -> bool {
        match (from, to) {
            (Party::Host(from), Party::Host(to)) => self.cuts.contains(&(from, to)),
            _ => false,
        }
    }

    fn hold_and_let_go(&mut self, now: Instant, anew: bool) {
        let mut flights = std::mem::take(&mut self.flights);
        for (seq, flight) in &mut flights {
            let waits = self.waits(*seq, flight);
            if flight.held && !waits {
                let takes = if anew { flight.arrives.since(flight.sent) } else { Duration::ZERO };
                flight.arrives = flight.arrives.max(now + takes);
            }
            flight.held = waits;
        }
        self.flights = flights;
    }

    pub(super) fn cut_and_mend(&mut self, fault: &Fault) {
        match fault {
            Fault::Partition { groups } => self.partition(groups),
            Fault::CutLink { from, to } => self.cut_link(*from, *to),
            _ => (self.cuts, self.cut_links) = Default::default(),
        }
    }

    fn partition(&mut self, groups: &[Vec<HostId>]) {
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

    fn cut_link(&mut self, from: HostId, to: HostId) {
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

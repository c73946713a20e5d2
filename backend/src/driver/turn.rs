//! The turn of a lab's thread.

use super::inbox::Taken;
use super::{Driven, FromWire};
use crate::files::Disk;
use crate::wire::{CLOSE_AT, STOP_READING_AT};
use relevo_coordination::CLIENT;
use relevo_core::{
    Address, CloseReason, ConnId, Duration, HostId, Instant, OutsideInput, OutsideOutput,
};
use relevo_lab::stream::OutsideName;
use relevo_lab::{KEYFRAME_EVERY, LabInput};
use relevo_world::HostState;
use std::sync::Arc;
use std::time::Instant as Real;

/// Lab time passes in slices of at most this, so that what leaves the lab leaves in time.
const SLICE: Duration = Duration::from_millis(10);
/// How often the checkers are asked while someone watches.
const VERDICTS_EVERY: std::time::Duration = std::time::Duration::from_millis(500);

/// Of so many parts of the time, keyframes take one: 2 %.
const KEYFRAME_SHARE: u32 = 50;

impl Driven {
    /// One turn: time passes, inputs enter, what left is handed out.
    pub(super) fn turn(&mut self, taken: Taken) {
        if self.failure.is_some() {
            return;
        }
        let real = Real::now();
        if !self.pace.paused() {
            self.pace.slip(real, self.lab.next_due());
            let now = self.pace.at(real);
            self.pass(now);
            self.enter(taken);
            self.lab.advance_to(now);
            self.play();
        }
        self.hand_out();
        self.tell(real);
    }

    /// Lets lab time pass up to `now`. A solution being shown goes by lab time, however much of it
    /// passes in one turn of a busy machine.
    pub(super) fn pass(&mut self, now: Instant) {
        while self.lab.now() < now {
            let until = now.min(self.lab.now() + SLICE);
            self.lab.advance_to(until);
            self.hand_out();
            if !self.pace.paused() {
                self.play();
            }
        }
    }

    /// Lets inputs enter at the lab's now.
    pub(super) fn enter(&mut self, taken: Taken) {
        for answer in taken.disk {
            let (node, incarnation, input) = (answer.node, answer.incarnation, answer.input);
            // An answer to an earlier incarnation is ignored by the world itself.
            let _ = self.lab.input(OutsideInput::Disk { node, incarnation, input });
        }
        for input in taken.wire {
            self.enter_wire(input);
        }
    }

    fn enter_wire(&mut self, input: FromWire) {
        match input {
            FromWire::Connect { link, server, first } => self.connect(link, server, first),
            FromWire::Messages { link, messages, weight } => {
                if let Some(conn) = self.outsiders.conn(link) {
                    for message in messages {
                        self.wire_input(OutsideInput::Message { conn, message });
                    }
                }
                self.inbox.entered(weight);
            }
            FromWire::Known { link, library, program } => self.known(link, library, program),
            FromWire::Writable { link } => {
                if let Some(conn) = self.outsiders.conn(link) {
                    self.wire_input(OutsideInput::Writable { conn });
                }
            }
            FromWire::Closed { link, reason } => {
                if let Some(conn) = self.outsiders.conn(link) {
                    self.outsiders.end(conn);
                    self.wire_input(OutsideInput::Close { conn, reason });
                }
            }
        }
    }

    /// What a socket says about a connection the lab has closed in the meantime is void.
    fn wire_input(&mut self, input: LabInput) {
        if let Err(refused) = self.lab.input(input) {
            tracing::debug!(lab = %self.info.id, %refused, "input of a closed connection");
        }
    }

    fn connect(
        &mut self,
        link: Arc<crate::wire::Link>,
        server: HostId,
        first: relevo_lab::Message,
    ) {
        // Its time-outs run in real time: nobody hurries time while it is here.
        if self.pace.speed() > 1.0 {
            self.change_speed(1.0);
        }
        let peer = link.peer();
        let named = self.outsiders.named(peer, &first);
        let to = Address::new(server, CLIENT);
        let (ip, port) = (peer.ip(), peer.port());
        let outside = named.outside;
        self.call(named.clone());
        let entered = self.lab.input(OutsideInput::Connect { outside, to, ip, port });
        match entered.map(|entered| entered.conn) {
            Ok(Some(conn)) => {
                self.outsiders.add(conn, link, &named);
                self.wire_input(OutsideInput::Message { conn, message: first });
            }
            Ok(None) | Err(_) => link.abort(),
        }
    }

    /// A program turned out to be another, or another library, than it looked at first.
    fn known(&mut self, link: u64, library: Option<&'static str>, program: Option<Arc<str>>) {
        if let Some(named) = self.outsiders.renamed(link, library, program) {
            self.call(named);
        }
    }

    /// Calls a program by its name, here and before all viewers.
    fn call(&mut self, named: OutsideName) {
        self.lab.name_outside(named.clone());
        self.viewers.tell(|news| news.named.push(named.clone()));
    }

    /// Hands out what left the lab: to disks, sockets and viewers.
    pub(super) fn hand_out(&mut self) {
        for output in self.lab.drain_outside() {
            match output {
                OutsideOutput::Message { conn, message } => self.send(conn, message),
                OutsideOutput::Closed { conn, .. } => self.outsiders.end(conn),
                OutsideOutput::Disk { node, incarnation, effect } => {
                    if let Some(disk) = self.disks.get(&node) {
                        disk.submit(incarnation, effect);
                    }
                }
                OutsideOutput::DiskFault { node, fault } => {
                    if let Some(disk) = self.disks.get(&node) {
                        disk.fault(fault);
                    }
                }
            }
        }
        self.outsiders.flush();
        self.disks.values().for_each(Disk::flush);
        self.mind_the_ports();
        self.answer_questions();
        self.news();
        self.keep_keyframe();
    }

    /// Keeps a keyframe where one is due, unless the last ones have taken their share of time.
    fn keep_keyframe(&mut self) {
        let every = Duration((KEYFRAME_EVERY.0 as f64 * self.pace.speed().max(1.0)) as u64);
        if !self.lab.keyframe_is_due(every) {
            return;
        }
        let begun = Real::now();
        if begun >= self.keyframe_not_before {
            self.lab.keep_keyframe();
            let taken = begun.elapsed();
            self.keyframe_not_before = begun + taken * KEYFRAME_SHARE;
        }
    }

    fn send(&mut self, conn: ConnId, message: relevo_lab::Message) {
        let Some(link) = self.outsiders.send(conn, message) else { return };
        let unsent = link.unsent();
        if unsent >= CLOSE_AT {
            tracing::warn!(lab = %self.info.id, peer = %link.peer(), unsent,
                "closed a connection whose client does not read its answers");
            self.outsiders.abort(conn);
            let reason = CloseReason::Overflow;
            self.wire_input(OutsideInput::Close { conn, reason });
        } else if unsent >= STOP_READING_AT && link.block() {
            self.wire_input(OutsideInput::Blocked { conn });
        }
    }

    /// A port is open exactly while its server's process lives; why one ended is logged once.
    fn mind_the_ports(&mut self) {
        let mut stopped = Vec::new();
        for host in self.lab.world().hosts() {
            let up = matches!(host.state, HostState::Running | HostState::Paused);
            if let Some(port) = self.ports.iter().find(|port| port.server() == host.id) {
                port.set_open(up);
            }
            if up {
                self.stopped.remove(&host.id);
            } else if let HostState::Stopped { reason } = host.state
                && !self.stopped.contains_key(&host.id)
            {
                tracing::error!(lab = %self.info.id, node = host.name, %reason, "the node stopped");
                stopped.push((host.id, Arc::from(reason.as_str())));
            }
        }
        self.stopped.extend(stopped);
    }

    pub(super) fn tell(&mut self, real: Real) {
        if !self.viewers.any() {
            self.lab.set_watched(false);
            return;
        }
        let clock = self.clock();
        self.viewers.tell(|news| news.clock = Some(clock));
        if real >= self.verdicts_due {
            self.verdicts_due = real + VERDICTS_EVERY;
            let verdicts = self.lab.verdicts();
            if verdicts != self.verdicts {
                self.viewers.tell(|news| news.verdicts = Some(verdicts.clone()));
                self.verdicts = verdicts;
            }
        }
    }
}

//! One event into the scene.

use super::{ProcessState, Scene};
use crate::{Event, LabEvent};
use relevo_core::{Fault, HostId, Kind, OutsideId, Party};
use std::sync::Arc;

impl Scene {
    /// Folds one event into the scene, in O(log n) of what can be seen. Any order of events is
    /// tolerated: after a gap the scene shows what it was told.
    pub fn apply(&mut self, event: &LabEvent) {
        self.seq = event.seq;
        self.at = self.at.max(event.at);
        match &event.kind {
            Kind::Fault { fault, .. } => self.fault(fault, event),
            Kind::Started { .. } => self.started(event),
            Kind::Stopped { reason } => {
                let state = ProcessState::Stopped { reason: reason.as_str().into() };
                self.process(event.party, state, event.seq);
            }
            Kind::Opening { conn, to } => self.opening(event, *conn, *to),
            Kind::Closed { conn, .. } => self.closed(*conn, event.seq),
            Kind::Sent { conn, to, arrives, message } => {
                self.sent(event, *conn, *to, *arrives, message);
            }
            Kind::Delivered { message, .. } => self.delivered(event, *message),
            Kind::Lost { message, .. } => self.lost(*message),
            Kind::State(Event::Coordination(state)) => self.coordination(event, state),
            Kind::State(Event::App(state)) => self.application(event, state),
            Kind::Call { .. }
            | Kind::Deadline
            | Kind::Opened { .. }
            | Kind::Appended { .. }
            | Kind::Replaced { .. }
            | Kind::Truncated { .. }
            | Kind::Renamed { .. }
            | Kind::Deleted { .. }
            | Kind::Durable
            | Kind::DiskFailed { .. }
            | Kind::Torn { .. }
            | Kind::Gap { .. } => {}
        }
    }

    /// The name of whoever can be the end of a connection.
    pub fn party_name(&self, party: Party) -> Arc<str> {
        if let Some(client) = self.clients.get(&party) {
            return client.name.clone();
        }
        match party {
            Party::Host(host) => self
                .server_at(host)
                .map_or_else(|| host.to_string().into(), |server| server.name.clone()),
            Party::Outside(OutsideId(id)) => format!("client {id}").into(),
        }
    }

    fn fault(&mut self, fault: &Fault, event: &LabEvent) {
        let seq = event.seq;
        match fault {
            Fault::Crash { node, power_loss } => {
                let state = ProcessState::Crashed { power_loss: *power_loss };
                self.process(Some(Party::Host(*node)), state, seq);
            }
            Fault::LoseDisk { node } => self.disk_lost(*node, seq),
            Fault::Pause { node } => {
                self.process(Some(Party::Host(*node)), ProcessState::Paused, seq);
            }
            Fault::Resume { node } => {
                self.process(Some(Party::Host(*node)), ProcessState::Running, seq);
            }
            Fault::Partition { .. } | Fault::CutLink { .. } | Fault::Heal => {
                self.cut_and_mend(fault);
                self.heed_cuts(event.at);
            }
            Fault::Hold { message } => self.hold(*message, event.at),
            Fault::Release { message } => self.release(*message, event.at),
            Fault::Drop { message } => self.lost(*message),
            Fault::SetLink { .. }
            | Fault::SlowDisk { .. }
            | Fault::FillDisk { .. }
            | Fault::SkewClock { .. } => self.change(fault),
            Fault::Start { .. } | Fault::Restart { .. } => {}
        }
    }

    /// The hosts that can be seen.
    pub(super) fn host_ids(&self) -> Vec<HostId> {
        let clients = self.clients.keys().filter_map(|party| match party {
            Party::Host(host) => Some(*host),
            Party::Outside(_) => None,
        });
        self.servers.iter().map(|server| server.host).chain(clients).collect()
    }
}

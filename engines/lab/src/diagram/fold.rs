//! One event into the diagram.

use super::{
    ARROWS_KEPT, Arrow, ArrowEnd, BANDS_KEPT, Band, BandKind, Diagram, Lane, MARKS_KEPT, Mark,
    MarkKind, NAMES_KEPT, SPANS_KEPT, Span, SpanState,
};
use crate::words::{message_kind, message_label, txn_label};
use crate::{Event, LabEvent, ProcessState, Scene, ServerView};
use relevo_apps::{AppEvent, CounterEvent};
use relevo_coordination::{Event as State, PeerState, Txn, Zxid};
use relevo_core::{Fault, HostId, Instant, Kind, LossReason, Origin, Party, Seq};
use std::sync::Arc;

impl Diagram {
    /// Folds one event in, in O(log n); any order of events is tolerated.
    pub fn apply(&mut self, event: &LabEvent) {
        self.at = self.at.max(event.at);
        match &event.kind {
            Kind::Fault { fault, by } => self.fault(event, fault, *by),
            Kind::Started { incarnation } => {
                self.span(event.party, event, SpanState::Running);
                if *incarnation > 1 {
                    self.mark(event, event.party, MarkKind::Restarted, "".into());
                }
            }
            Kind::Stopped { .. } => {
                self.down(event.party, event);
                self.mark(event, event.party, MarkKind::Stopped, "".into());
            }
            Kind::Opening { .. } => self.meet(event),
            Kind::Sent { conn, to, arrives, message } => {
                let Some(from) = event.party else { return };
                self.make_room();
                let arrow = Arrow {
                    message: event.seq,
                    conn: *conn,
                    from,
                    to: *to,
                    kind: message_kind(message),
                    label: message_label(message, |zxid| self.name_of(zxid)),
                    sent: event.at,
                    end: ArrowEnd::UnderWay { arrives: *arrives },
                };
                self.under_way.insert(event.seq, arrow);
            }
            Kind::Delivered { message, .. } => {
                self.land(*message, |_| ArrowEnd::Delivered { at: event.at, seq: event.seq });
            }
            Kind::Lost { message, reason, .. } => self.lost(event, *message, *reason),
            Kind::State(Event::Coordination(state)) => self.coordination(event, state),
            Kind::State(Event::App(AppEvent::Counter(CounterEvent::Acknowledged {
                number,
                ..
            }))) => self.mark(event, event.party, MarkKind::Counted, number.to_string().into()),
            _ => {}
        }
    }

    /// Lanes and standing bands of a scene to begin from.
    pub(super) fn begin(&mut self, scene: &Scene) {
        let hosts = |party: &&Party| matches!(party, Party::Host(_));
        for (party, client) in scene.clients.iter().filter(|(party, _)| hosts(party)) {
            if client.is_unseen() {
                self.unseen.push((*party, client.name.clone()));
                continue;
            }
            self.add_lane(*party, scene.party_name(*party), SpanState::Running, scene);
        }
        for server in &scene.servers {
            let state = state_of(server);
            self.add_lane(Party::Host(server.host), server.name.clone(), state, scene);
        }
        for party in scene.clients.keys().filter(|party| !hosts(party)) {
            self.add_lane(*party, scene.party_name(*party), SpanState::Running, scene);
        }
        for (seq, flight) in &scene.flights {
            let arrow = Arrow {
                message: *seq,
                conn: flight.conn,
                from: flight.from,
                to: flight.to,
                kind: flight.kind,
                label: flight.label.clone(),
                sent: flight.sent,
                end: ArrowEnd::UnderWay { arrives: flight.arrives },
            };
            self.under_way.insert(*seq, arrow);
        }
        self.leader = scene.leader().map(|leader| leader.host);
        if self.leader.is_none() && !scene.servers.is_empty() {
            self.open_band(BandKind::NoLeader, scene.at, scene.seq);
        }
        if !scene.cuts.is_empty() {
            self.open_band(BandKind::Cut, scene.at, scene.seq);
        }
    }

    fn add_lane(&mut self, party: Party, name: Arc<str>, state: SpanState, scene: &Scene) {
        let span = Span { from: scene.at, to: None, state, since: scene.seq };
        self.lanes.push(Lane { party, name, spans: [span].into() });
    }

    /// A client that was not seen before gets a lane.
    fn meet(&mut self, event: &LabEvent) {
        let Some(party) = event.party else { return };
        let name = match party {
            Party::Outside(outside) if self.lane(party).is_none() => {
                format!("client {}", outside.0).into()
            }
            Party::Outside(_) => return,
            Party::Host(_) => {
                let Some(at) = self.unseen.iter().position(|(of, _)| *of == party) else { return };
                self.unseen.remove(at).1
            }
        };
        let state = SpanState::Running;
        let span = Span { from: event.at, to: None, state, since: event.seq };
        self.lanes.push(Lane { party, name, spans: [span].into() });
    }

    /// Gives a party's lane a better name than its number.
    pub fn rename(&mut self, party: Party, name: &Arc<str>) {
        if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.party == party) {
            lane.name = name.clone();
        }
    }

    fn fault(&mut self, event: &LabEvent, fault: &Fault, by: Origin) {
        let mark = match *fault {
            Fault::Crash { node, power_loss } => {
                self.down(Some(node.into()), event);
                Some((Some(node), MarkKind::Crashed { power_loss, by }))
            }
            Fault::Pause { node } => {
                self.span(Some(node.into()), event, SpanState::Paused);
                Some((Some(node), MarkKind::Paused { by }))
            }
            Fault::Resume { node } => {
                self.resumed(node, event);
                Some((Some(node), MarkKind::Resumed { by }))
            }
            Fault::LoseDisk { node } => {
                self.down(Some(node.into()), event);
                Some((Some(node), MarkKind::Fault { by }))
            }
            Fault::Partition { .. } | Fault::CutLink { .. } => {
                self.open_band(BandKind::Cut, event.at, event.seq);
                Some((None, MarkKind::Cut { by }))
            }
            Fault::Heal => {
                self.close_band(BandKind::Cut, event.at);
                Some((None, MarkKind::Healed { by }))
            }
            Fault::SlowDisk { node, .. }
            | Fault::FillDisk { node, .. }
            | Fault::SkewClock { node, .. } => Some((Some(node), MarkKind::Fault { by })),
            Fault::SetLink { from, .. } => Some((Some(from), MarkKind::Fault { by })),
            Fault::Hold { .. } | Fault::Release { .. } | Fault::Drop { .. } => {
                Some((None, MarkKind::Fault { by }))
            }
            Fault::Start { .. } | Fault::Restart { .. } => None,
        };
        if let Some((node, kind)) = mark {
            self.mark(event, node.map(Party::Host), kind, "".into());
        }
    }

    fn coordination(&mut self, event: &LabEvent, state: &State) {
        let party = event.party;
        match state {
            State::RoleChanged { role, .. } => {
                let looking = *role == PeerState::Looking;
                let span = if looking { SpanState::Looking } else { SpanState::Running };
                self.span(party, event, span);
                if *role != PeerState::Leading {
                    self.leader_gone(party, event);
                }
            }
            State::Established { epoch, .. } => {
                self.span(party, event, SpanState::Leading);
                if let Some(Party::Host(host)) = party {
                    self.leader = Some(host);
                    self.close_band(BandKind::NoLeader, event.at);
                }
                self.mark(event, party, MarkKind::Established, epoch.0.to_string().into());
            }
            State::Proposed(txn) => self.name(txn),
            State::Voted { vote, round } => {
                let kind = MarkKind::Voted { round: *round };
                self.mark(event, party, kind, vote.leader.0.to_string().into());
            }
            State::LogDurable { zxid } => {
                let name = self.name_of(*zxid);
                self.mark(event, party, MarkKind::Durable, name.unwrap_or_else(|| place(*zxid)));
            }
            State::Committed { zxid } => {
                let name = self.name_of(*zxid);
                self.mark(event, party, MarkKind::Committed, name.unwrap_or_else(|| place(*zxid)));
            }
            State::LogTruncated { zxid } => {
                self.mark(event, party, MarkKind::Truncated, place(*zxid));
            }
            State::Synchronised { zxid } => {
                self.mark(event, party, MarkKind::Synchronised, place(*zxid));
            }
            State::SessionExpired { .. } => {
                self.mark(event, party, MarkKind::SessionExpired, "".into());
            }
            _ => {}
        }
    }

    fn name(&mut self, txn: &Txn) {
        if self.names.len() == NAMES_KEPT {
            self.names.pop_front();
        }
        self.names.push_back((txn.zxid, txn_label(txn)));
    }

    /// The counter's number a zxid stands for, if it is one.
    fn name_of(&self, zxid: Zxid) -> Option<Arc<str>> {
        let (_, name) = self.names.iter().rev().find(|(of, _)| *of == zxid)?;
        name.bytes().all(|b| b.is_ascii_digit()).then(|| name.clone())
    }

    fn lost(&mut self, event: &LabEvent, message: Seq, reason: LossReason) {
        self.land(message, |arrives| ArrowEnd::Lost {
            at: event.at,
            seq: event.seq,
            reason,
            arrives,
        });
    }

    fn land(&mut self, message: Seq, end: impl FnOnce(Instant) -> ArrowEnd) {
        let Some(mut arrow) = self.under_way.remove(&message) else { return };
        let ArrowEnd::UnderWay { arrives } = arrow.end else { return };
        arrow.end = end(arrives);
        self.longest = self.longest.max(arrow.ends().since(arrow.sent));
        // Arrows land out of order; they are kept in the order of their sending.
        let at = self.arrows.partition_point(|other| other.message < arrow.message);
        self.arrows.insert(at, arrow);
    }

    fn make_room(&mut self) {
        if self.arrows.len() >= ARROWS_KEPT
            && let Some(arrow) = self.arrows.pop_front()
        {
            self.oldest = self.oldest.max(arrow.sent);
        }
    }

    fn mark(&mut self, event: &LabEvent, party: Option<Party>, kind: MarkKind, label: Arc<str>) {
        if self.marks.len() >= MARKS_KEPT
            && let Some(mark) = self.marks.pop_front()
        {
            self.oldest = self.oldest.max(mark.at);
        }
        self.marks.push_back(Mark { at: event.at, party, seq: event.seq, kind, label });
    }

    fn down(&mut self, party: Option<Party>, event: &LabEvent) {
        self.span(party, event, SpanState::Down);
        self.leader_gone(party, event);
    }

    fn leader_gone(&mut self, party: Option<Party>, event: &LabEvent) {
        if self.leader.is_some() && party == self.leader.map(Party::Host) {
            self.leader = None;
            self.open_band(BandKind::NoLeader, event.at, event.seq);
        }
    }

    fn resumed(&mut self, node: HostId, event: &LabEvent) {
        let Some(lane) = self.lanes.iter().find(|lane| lane.party == Party::Host(node)) else {
            return;
        };
        let before = lane.spans.iter().rev().find(|span| span.state != SpanState::Paused);
        let state = before.map_or(SpanState::Running, |span| span.state);
        self.span(Some(node.into()), event, state);
    }

    fn span(&mut self, party: Option<Party>, event: &LabEvent, state: SpanState) {
        let lane = self.lanes.iter_mut().find(|lane| Some(lane.party) == party);
        let Some(lane) = lane else { return };
        if let Some(last) = lane.spans.back_mut() {
            if last.state == state {
                return;
            }
            last.to = Some(event.at);
        }
        if lane.spans.len() == SPANS_KEPT {
            lane.spans.pop_front();
        }
        lane.spans.push_back(Span { from: event.at, to: None, state, since: event.seq });
    }

    fn open_band(&mut self, kind: BandKind, from: Instant, since: Seq) {
        if self.bands.iter().rev().any(|band| band.kind == kind && band.to.is_none()) {
            return;
        }
        if self.bands.len() == BANDS_KEPT {
            self.bands.pop_front();
        }
        self.bands.push_back(Band { from, to: None, since, kind });
    }

    fn close_band(&mut self, kind: BandKind, at: Instant) {
        for band in self.bands.iter_mut().rev().filter(|band| band.kind == kind) {
            band.to.get_or_insert(at);
        }
    }
}

fn state_of(server: &ServerView) -> SpanState {
    match (&server.state, server.role) {
        (ProcessState::Paused, _) => SpanState::Paused,
        (ProcessState::Crashed { .. } | ProcessState::Stopped { .. }, _) => SpanState::Down,
        (ProcessState::Running, PeerState::Looking) => SpanState::Looking,
        (ProcessState::Running, PeerState::Leading) if server.serving => SpanState::Leading,
        (ProcessState::Running, _) => SpanState::Running,
    }
}

fn place(zxid: Zxid) -> Arc<str> {
    zxid.counter().to_string().into()
}

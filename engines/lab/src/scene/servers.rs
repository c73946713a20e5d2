//! Servers: processes, roles, epochs and logs.

use super::{Flight, LogEntry, MessageKind, ProcessState, STRIP_LENGTH, Scene, ServerView};
use crate::LabEvent;
use crate::words::{txn_label, txn_path};
use relevo_coordination::{Event, PeerState, ServerId, SyncMode, Txn, TxnBody, Zxid};
use relevo_core::{HostId, Party, Seq};
use std::sync::Arc;

/// The znodes of an empty tree: `/`, `/zookeeper` and the two below it.
const ROOTS: u64 = 4;

impl Scene {
    /// Makes room for a server; the lab names its hosts, for the trace does not.
    pub fn add_server(&mut self, host: HostId, name: &str, server: ServerId) {
        self.servers.push(ServerView::new(host, name.into(), server));
    }

    /// The server on this host.
    pub fn server_at(&self, host: HostId) -> Option<&ServerView> {
        self.servers.iter().find(|server| server.host == host)
    }

    /// The leader whose epoch is established, if there is one.
    pub fn leader(&self) -> Option<&ServerView> {
        let leads = |server: &&ServerView| {
            server.role == PeerState::Leading
                && server.serving
                && server.state == ProcessState::Running
        };
        self.servers.iter().filter(leads).max_by_key(|server| server.current_epoch)
    }

    fn server_mut(&mut self, party: Option<Party>) -> Option<&mut ServerView> {
        let Some(Party::Host(host)) = party else { return None };
        self.servers.iter_mut().find(|server| server.host == host)
    }

    fn server_by_id(&mut self, id: ServerId) -> Option<&mut ServerView> {
        self.servers.iter_mut().find(|server| server.server == id)
    }

    pub(super) fn started(&mut self, event: &LabEvent) {
        self.process(event.party, ProcessState::Running, event.seq);
        self.unapplied(event.party, Zxid(0));
        if let Some(server) = self.server_mut(event.party) {
            server.znodes = ROOTS;
            server.applied = Zxid::default();
        }
    }

    pub(super) fn process(&mut self, party: Option<Party>, state: ProcessState, seq: Seq) {
        let Some(server) = self.server_mut(party) else {
            return self.client_process(party, state, seq);
        };
        let lives = matches!(state, ProcessState::Running | ProcessState::Paused);
        (server.state, server.state_since) = (state, seq);
        if !lives {
            server.rests(seq);
            let host = server.host;
            self.server_died(host, seq);
        }
    }

    pub(super) fn disk_lost(&mut self, node: HostId, seq: Seq) {
        let Some(server) = self.server_mut(Some(Party::Host(node))) else { return };
        server.lose_after(Zxid::default());
        server.durable = Zxid::default();
        if matches!(server.state, ProcessState::Running | ProcessState::Paused) {
            self.process(Some(Party::Host(node)), ProcessState::Crashed { power_loss: true }, seq);
        }
    }

    /// A follower hears of a commit before it has applied it.
    pub(super) fn learner_heard(&mut self, event: &LabEvent, flight: &Flight) {
        if flight.kind == MessageKind::UpToDate
            && let Some(server) = self.server_mut(event.party)
        {
            server.commit_to(Zxid(u64::MAX));
        }
    }

    pub(super) fn coordination(&mut self, event: &LabEvent, state: &Event) {
        match state {
            Event::Committed { zxid } => self.committed = self.committed.max(*zxid),
            Event::Synchronising { learner, mode, .. } => {
                if let Some(server) = self.server_by_id(*learner) {
                    server.synchronising = Some(*mode);
                }
                return;
            }
            Event::Applied { txn, replay } => self.applied(event, txn, *replay),
            Event::SnapshotLoaded { .. } => self.unapplied(event.party, Zxid(0)),
            Event::LogTruncated { zxid } => self.unapplied(event.party, *zxid),
            Event::SessionAttached { .. }
            | Event::SessionExpired { .. }
            | Event::WatchSet { .. }
            | Event::WatchFired { .. }
            | Event::WatchRemoved { .. }
            | Event::Client(_) => return self.session_event(event, state),
            _ => {}
        }
        if let Some(server) = self.server_mut(event.party) {
            server.tells(event.seq, state);
        }
        match state {
            Event::Established { .. } => {
                self.settled(event);
                self.clocks_begin(event.at);
            }
            Event::Synchronised { .. } => self.settled(event),
            // A single server is its own quorum.
            Event::RoleChanged { role: PeerState::Leading, round: 0, .. } => self.settled(event),
            _ => {}
        }
    }
}

impl ServerView {
    pub(super) fn new(host: HostId, name: Arc<str>, server: ServerId) -> ServerView {
        ServerView {
            host,
            name,
            server,
            state: ProcessState::Running,
            state_since: Seq(0),
            role: PeerState::Looking,
            role_since: Seq(0),
            leader: None,
            serving: false,
            round: 0,
            vote: None,
            accepted_epoch: Default::default(),
            current_epoch: Default::default(),
            synchronising: None,
            brought_up: None,
            log: Default::default(),
            log_before: 0,
            applied: Zxid::default(),
            durable: Zxid::default(),
            znodes: ROOTS,
            addresses: Vec::new(),
        }
    }

    /// A process that does not run has no role.
    fn rests(&mut self, seq: Seq) {
        (self.role, self.role_since) = (PeerState::Looking, seq);
        (self.leader, self.vote) = (None, None);
        (self.synchronising, self.brought_up) = (None, None);
        self.serving = false;
    }

    fn tells(&mut self, seq: Seq, state: &Event) {
        match state {
            Event::Recovered { accepted_epoch, current_epoch, last_zxid, .. } => {
                self.accepted_epoch = *accepted_epoch;
                self.current_epoch = *current_epoch;
                self.lose_after(*last_zxid);
                self.durable_to(*last_zxid);
            }
            Event::RoleChanged { role, leader, round } => {
                self.rests(seq);
                (self.role, self.leader, self.round) = (*role, *leader, *round);
            }
            Event::Voted { vote, round } => (self.vote, self.round) = (Some(*vote), *round),
            Event::EpochAccepted(epoch) => self.accepted_epoch = *epoch,
            Event::EpochEntered(epoch) => self.current_epoch = *epoch,
            Event::Established { .. } => {
                self.serving = true;
                self.commit_to(Zxid(u64::MAX));
            }
            Event::Synchronised { .. } => {
                (self.serving, self.brought_up) = (true, self.synchronising.take());
                self.commit_to(Zxid(u64::MAX));
            }
            Event::Logged(txn) => self.logged(seq, txn),
            Event::LogDurable { zxid } => self.durable_to(*zxid),
            Event::LogTruncated { zxid } => self.lose_after(*zxid),
            Event::Committed { zxid } => self.commit_to(*zxid),
            Event::Applied { txn, replay } => {
                self.applied = txn.zxid;
                self.znodes = self.znodes.saturating_add_signed(growth(&txn.body));
                if !replay {
                    self.commit_to(txn.zxid);
                }
            }
            Event::SnapshotLoaded { zxid, znodes } => {
                (self.applied, self.znodes) = (*zxid, *znodes);
                if self.synchronising == Some(SyncMode::Snap) {
                    self.log_before += self.log.len() as u64;
                    self.log.clear();
                    self.durable = *zxid;
                }
            }
            _ => {}
        }
    }

    fn logged(&mut self, seq: Seq, txn: &Arc<Txn>) {
        // A log is in order: whatever stands at or after this place was lost, seen or not.
        if self.log.back().is_some_and(|entry| entry.zxid >= txn.zxid) {
            self.lose_after(Zxid(txn.zxid.0 - 1));
        }
        if self.log.len() == STRIP_LENGTH
            && let Some(first) = self.log.pop_front()
        {
            self.log_before += u64::from(!first.lost);
        }
        self.log.push_back(LogEntry {
            zxid: txn.zxid,
            label: txn_label(txn),
            path: txn_path(txn),
            durable: false,
            committed: false,
            lost: false,
            since: seq,
        });
    }

    /// Strikes what comes after `zxid`: cut by TRUNC, or gone with the power.
    fn lose_after(&mut self, zxid: Zxid) {
        for entry in &mut self.log {
            entry.lost |= entry.zxid > zxid;
        }
        self.durable = self.durable.min(zxid);
    }

    fn durable_to(&mut self, zxid: Zxid) {
        self.durable = self.durable.max(zxid);
        for entry in self.log.iter_mut().rev().filter(|entry| !entry.lost) {
            if entry.zxid <= zxid {
                if entry.durable {
                    break;
                }
                entry.durable = true;
            }
        }
    }

    fn commit_to(&mut self, zxid: Zxid) {
        for entry in self.log.iter_mut().rev().filter(|entry| !entry.lost) {
            if entry.zxid <= zxid {
                if entry.committed {
                    break;
                }
                entry.committed = true;
            }
        }
    }
}

/// How many znodes more there are after it.
fn growth(body: &TxnBody) -> i64 {
    match body {
        TxnBody::Create { .. } => 1,
        TxnBody::Delete { .. } => -1,
        TxnBody::CloseSession { paths: Some(paths) } => -(paths.len() as i64),
        TxnBody::Multi(parts) => {
            let failed = parts.iter().any(|part| matches!(part, TxnBody::Error(_)));
            if failed { 0 } else { parts.iter().map(growth).sum() }
        }
        _ => 0,
    }
}

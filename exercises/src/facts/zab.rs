//! What Zab did since the step began: votes, discovery, synchronisation, broadcast, crashes of
//! leaders, and leaders that gave up.

use relevo_coordination::{
    Epoch, Event as Coordination, LearnerRequest, Message, PeerState, QuorumPacket, ServerId,
    SessionId, SyncMode, Txn, TxnBody, Zxid,
};
use relevo_core::{Fault, HostId, Kind, Party};
use relevo_lab::{Event, Flight, LabEvent, MessageKind, ProcessState, Scene, ServerView};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Facts about Zab since the beginning of a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ZabFacts {
    /// Votes that arrived.
    pub votes: u64,
    /// Who was elected last, before anything else of its epoch.
    pub elected: Option<HostId>,
    /// Whether a leader that was elected, but whose epoch is not established, met a follower.
    pub met_before_established: bool,
    /// Whether an epoch was established while a server did not run.
    pub established_without: bool,
    /// Processes that began.
    pub started: BTreeSet<HostId>,
    /// What the discovery of those has shown.
    pub discovery: Discovery,
    /// How those are being brought up to date, and how much they have received by it.
    syncing: BTreeMap<HostId, Synchronising>,
    /// How those were, last of each kind.
    pub brought_up: BTreeMap<SyncWay, u64>,
    /// The client's write that got furthest.
    pub write: Option<Write>,
    /// The last write that a learner passed on.
    passed_on: Option<(SessionId, i32)>,
    /// The last crash of a leader.
    pub crash: Option<Crash>,
    /// Whose log was cut last.
    pub truncated: Option<HostId>,
    /// The last leader that gave up while it ran.
    pub resigned: Option<Resigned>,
}

/// The messages of discovery that were seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// FOLLOWERINFO.
    pub follower_info: bool,
    /// LEADERINFO.
    pub leader_info: bool,
    /// ACKEPOCH.
    pub ack_epoch: bool,
}

/// The ways of bringing a learner up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SyncWay {
    /// What it lacks.
    Diff,
    /// What only it has is cut first.
    Trunc,
    /// Everything.
    Snap,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Synchronising {
    way: SyncWay,
    received: u64,
}

/// A client's write on its way through broadcast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// Its place in the order.
    pub zxid: Zxid,
    /// Whether a follower passed it on to the leader.
    pub passed_on: bool,
    /// How many servers acknowledged it, the leader among them.
    pub acks: u64,
    /// Whether it was committed.
    pub committed: bool,
    /// How many servers have applied it.
    pub applied: u64,
}

/// A crash of a leader, at its instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crash {
    /// Who led.
    pub leader: HostId,
    /// The last transaction of its log.
    pub last: Zxid,
    /// On how many servers' disks it was, its own counted.
    pub disks: u64,
    /// Whether the next leader has it; none while there is no next leader.
    pub survived: Option<bool>,
}

/// A leader that gave up while it ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resigned {
    /// Who.
    pub leader: HostId,
    /// Its name.
    pub name: Arc<str>,
    /// How many transactions it had proposed and could not commit.
    pub alone: u64,
}

impl ZabFacts {
    /// Notes what an event does, before the scene shows it.
    pub(super) fn before(&mut self, event: &LabEvent, scene: &Scene) {
        match &event.kind {
            Kind::Fault { fault: Fault::Crash { node, .. } | Fault::LoseDisk { node }, .. } => {
                self.crashed(*node, scene);
            }
            Kind::Started { .. } => {
                if let Some(Party::Host(host)) = event.party {
                    self.started.insert(host);
                    self.syncing.remove(&host);
                }
            }
            Kind::Sent { message: Message::Quorum(packet), .. } => self.sent(packet),
            Kind::Delivered { message, .. } => {
                if let Some(flight) = scene.flights.get(message) {
                    self.delivered(flight, scene);
                }
            }
            Kind::State(Event::Coordination(state)) => {
                let server =
                    scene.servers.iter().find(|s| event.party == Some(Party::Host(s.host)));
                if let Some(server) = server {
                    self.state(server, state, scene);
                }
            }
            _ => {}
        }
    }

    fn crashed(&mut self, node: HostId, scene: &Scene) {
        let leads = |server: &&ServerView| {
            server.host == node
                && server.state == ProcessState::Running
                && server.role == PeerState::Leading
        };
        let Some(leader) = scene.servers.iter().find(leads) else { return };
        let last = leader.log.iter().rev().find(|entry| !entry.lost).map(|entry| entry.zxid);
        let last = last.unwrap_or(leader.durable);
        let has = |server: &&ServerView| server.host != node && server.durable >= last;
        let disks = scene.servers.iter().filter(has).count() as u64 + 1;
        self.crash = Some(Crash { leader: node, last, disks, survived: None });
    }

    fn sent(&mut self, packet: &QuorumPacket) {
        if let QuorumPacket::Request { session, cxid, request: LearnerRequest::Client(_), .. } =
            packet
        {
            self.passed_on = Some((*session, *cxid));
        }
    }

    fn delivered(&mut self, flight: &Flight, scene: &Scene) {
        let new = |party: Party| matches!(party, Party::Host(host) if self.started.contains(&host));
        match flight.kind {
            MessageKind::Vote => self.votes += 1,
            MessageKind::FollowerInfo => {
                self.discovery.follower_info |= new(flight.from);
                let leader = scene.servers.iter().find(|s| flight.to == Party::Host(s.host));
                self.met_before_established |= leader
                    .is_some_and(|leader| leader.role == PeerState::Leading && !leader.serving);
            }
            MessageKind::LeaderInfo => self.discovery.leader_info |= new(flight.to),
            MessageKind::AckEpoch => self.discovery.ack_epoch |= new(flight.from),
            MessageKind::Proposal => {
                if let Party::Host(host) = flight.to
                    && let Some(synchronising) = self.syncing.get_mut(&host)
                {
                    synchronising.received += 1;
                }
            }
            _ => {}
        }
    }

    fn state(&mut self, server: &ServerView, state: &Coordination, scene: &Scene) {
        match state {
            Coordination::RoleChanged { role: PeerState::Leading, .. } => {
                self.elected = Some(server.host);
            }
            Coordination::RoleChanged { role: PeerState::Looking, .. }
                if server.role == PeerState::Leading && server.state == ProcessState::Running =>
            {
                self.gave_up(server);
            }
            Coordination::Established { .. } => self.established(server, scene),
            Coordination::Synchronising { learner, mode, .. } => {
                self.synchronising(*learner, *mode, scene);
            }
            Coordination::Synchronised { .. } => {
                if let Some(done) = self.syncing.remove(&server.host) {
                    self.brought_up.insert(done.way, done.received);
                }
            }
            Coordination::LogTruncated { .. } => self.truncated = Some(server.host),
            Coordination::Proposed(txn) => self.proposed(txn),
            Coordination::Acknowledged { zxid, .. } => {
                self.writing(*zxid, |write| write.acks += 1);
            }
            Coordination::Committed { zxid } if server.role == PeerState::Leading => {
                self.writing(*zxid, |write| write.committed = true);
            }
            Coordination::Applied { txn, .. } => self.writing(txn.zxid, |write| write.applied += 1),
            _ => {}
        }
    }

    fn gave_up(&mut self, server: &ServerView) {
        let alone = server.log.iter().rev().filter(|entry| !entry.lost);
        let alone = alone.take_while(|entry| !entry.committed).count() as u64;
        let (leader, name) = (server.host, server.name.clone());
        self.resigned = Some(Resigned { leader, name, alone });
    }

    fn established(&mut self, server: &ServerView, scene: &Scene) {
        self.established_without |=
            scene.servers.iter().any(|server| server.state != ProcessState::Running);
        if let Some(crash) = &mut self.crash
            && crash.survived.is_none()
        {
            let has = server.log.iter().any(|entry| entry.zxid == crash.last && !entry.lost);
            crash.survived = Some(has);
        }
    }

    fn synchronising(&mut self, learner: ServerId, mode: SyncMode, scene: &Scene) {
        let learner = scene.servers.iter().find(|server| server.server == learner);
        let Some(learner) = learner.filter(|it| self.started.contains(&it.host)) else { return };
        let way = match mode {
            SyncMode::Diff => SyncWay::Diff,
            SyncMode::Trunc => SyncWay::Trunc,
            SyncMode::Snap => SyncWay::Snap,
        };
        self.syncing.insert(learner.host, Synchronising { way, received: 0 });
    }

    fn proposed(&mut self, txn: &Txn) {
        let of_session = matches!(
            txn.body,
            TxnBody::CreateSession { .. } | TxnBody::CloseSession { .. } | TxnBody::Error(_)
        );
        let whole = self.write.as_ref().is_some_and(|write| write.passed_on && write.committed);
        if of_session || whole {
            return;
        }
        let passed_on = self.passed_on == Some((txn.session, txn.cxid));
        let zxid = txn.zxid;
        self.write = Some(Write { zxid, passed_on, acks: 0, committed: false, applied: 0 });
    }

    fn writing(&mut self, zxid: Zxid, change: impl FnOnce(&mut Write)) {
        if let Some(write) = self.write.as_mut().filter(|write| write.zxid == zxid) {
            change(write);
        }
    }
}

/// The highest epoch any server follows or leads.
pub(super) fn epoch(scene: &Scene) -> Epoch {
    scene.servers.iter().map(|server| server.current_epoch).max().unwrap_or_default()
}

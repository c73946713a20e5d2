//! What a check may know of the past, folded from the trace event by event.

mod candidates;
mod clients;
mod line;
mod reads;
mod zab;

pub use candidates::CandidateFacts;
pub(crate) use candidates::{belief, believers};
pub use clients::ClientFacts;
pub(crate) use line::before;
pub use line::{Joined, LineFacts, Wrote};
pub use reads::{Read, ReadFacts};
pub(crate) use zab::Crash;
pub use zab::{SyncWay, ZabFacts};

use relevo_coordination::{Epoch, Event as Coordination, PeerState, ServerId};
use relevo_core::{Fault, HostId, Instant, Kind, Party, Seq};
use relevo_lab::{Event, LabEvent, ProcessState, Scene, ServerView, Work};
use serde::{Deserialize, Serialize};

/// How many sessions, watches and requests of each kind are followed.
const FOLLOWED: usize = 1_000;

/// Facts since the beginning of a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// When they begin.
    pub since: Instant,
    /// The epoch that was established before.
    pub epoch_before: Epoch,
    /// The last leader stopped by a fault, and the event.
    pub leader_stopped: Option<(HostId, Seq)>,
    /// The last leader established, and its epoch.
    pub established: Option<(ServerId, Epoch)>,
    /// The highest number the counter had acknowledged before.
    pub counted_before: u64,
    /// The highest number acknowledged.
    pub counted: u64,
    /// When that was, if it was since.
    pub counted_at: Option<Instant>,
    /// Numbers acknowledged since the last leader was established.
    pub counted_since_established: u64,
    /// Since when fewer than a majority of the voters run, if they do.
    pub minority_since: Option<Instant>,
    /// The last instant without a majority at which a number was still acknowledged: an answer
    /// may be under way when the majority is lost.
    pub counted_in_minority: Option<Instant>,
    /// The highest number acknowledged when a majority ran again.
    pub counted_at_return: u64,
    /// Whether a majority was lost at all.
    pub majority_lost: bool,
    /// Whether a leader gave up, still running, after the majority was lost.
    pub leader_resigned: bool,
    /// A server that was stopped while it did not lead, before or since, and the highest number
    /// acknowledged then.
    pub follower_stopped: Option<(HostId, u64)>,
    /// What Zab did.
    pub zab: ZabFacts,
    /// What clients did and were told.
    pub clients: ClientFacts,
    /// What candidates did.
    pub candidates: CandidateFacts,
    /// Who joined the line of an election.
    pub line: LineFacts,
    /// What was read, and how far behind.
    pub reads: ReadFacts,
}

impl Facts {
    /// Facts that begin with what the scene shows now.
    pub fn begin(scene: &Scene) -> Facts {
        let counted = counted(scene);
        let mut facts = Facts {
            since: scene.at,
            epoch_before: zab::epoch(scene),
            counted,
            counted_before: counted,
            follower_stopped: follower_down(scene).map(|host| (host, counted)),
            ..Facts::default()
        };
        facts.judge_majority(scene);
        facts
    }

    /// Notes what an event does, before the scene shows it.
    pub fn before(&mut self, event: &LabEvent, scene: &Scene) {
        self.zab.before(event, scene);
        self.clients.before(event);
        self.candidates.before(event, scene);
        self.line.before(event, scene);
        self.reads.before(event, scene);
        match &event.kind {
            Kind::Fault { fault: Fault::Crash { node, .. } | Fault::LoseDisk { node }, .. } => {
                self.stopped(*node, event.seq, scene);
            }
            Kind::State(Event::Coordination(state)) => self.state(event.party, state, scene),
            _ => {}
        }
    }

    /// Notes what the scene shows after an event.
    pub fn after(&mut self, scene: &Scene) {
        let counted = counted(scene);
        if counted > self.counted {
            self.counted_since_established += counted - self.counted;
            self.counted = counted;
            self.counted_at = Some(scene.at);
            self.counted_in_minority = self.minority_since.map(|_| scene.at);
        }
        self.judge_majority(scene);
    }

    /// The leader stopped last in this step.
    pub(crate) fn stopped_leader(&self) -> Option<HostId> {
        self.leader_stopped.map(|(host, _)| host)
    }

    fn stopped(&mut self, node: HostId, seq: Seq, before: &Scene) {
        let Some(server) = before.servers.iter().find(|s| s.host == node) else { return };
        if server.state != ProcessState::Running {
            return;
        }
        if server.role == PeerState::Leading {
            self.leader_stopped = Some((node, seq));
        } else {
            self.follower_stopped.get_or_insert((node, self.counted));
        }
    }

    fn state(&mut self, party: Option<Party>, state: &Coordination, before: &Scene) {
        let server = before.servers.iter().find(|s| party == Some(Party::Host(s.host)));
        match (state, server) {
            (Coordination::Established { epoch, .. }, Some(server)) => {
                self.established = Some((server.server, *epoch));
                self.counted_since_established = 0;
            }
            (Coordination::RoleChanged { role: PeerState::Looking, .. }, Some(server))
                if server.role == PeerState::Leading && self.minority_since.is_some() =>
            {
                self.leader_resigned = true;
            }
            _ => {}
        }
    }

    fn judge_majority(&mut self, scene: &Scene) {
        let majority = running(scene) * 2 > scene.servers.len() as u64;
        match (majority, self.minority_since) {
            (true, Some(_)) => {
                self.minority_since = None;
                self.counted_at_return = self.counted;
            }
            (false, None) => {
                self.minority_since = Some(scene.at);
                self.counted_in_minority = None;
                self.majority_lost = true;
            }
            _ => {}
        }
    }
}

/// A server that does not run while another one leads.
fn follower_down(scene: &Scene) -> Option<HostId> {
    let down = |s: &&ServerView| !matches!(s.state, ProcessState::Running | ProcessState::Paused);
    let found = scene.servers.iter().find(down)?;
    let leads = |s: &ServerView| s.host != found.host && s.role == PeerState::Leading;
    scene.servers.iter().any(leads).then_some(found.host)
}

/// How many servers run.
pub(crate) fn running(scene: &Scene) -> u64 {
    scene.servers.iter().filter(|s| s.state == ProcessState::Running).count() as u64
}

/// The highest number any counter of the scene had acknowledged.
pub(crate) fn counted(scene: &Scene) -> u64 {
    let last = |work: &Work| match work {
        Work::Counter { acknowledged, .. } => acknowledged.back().copied(),
        _ => None,
    };
    scene.clients.values().filter_map(|client| last(&client.work)).max().unwrap_or(0)
}

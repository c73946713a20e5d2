//! What can be seen of a lab at one instant: a pure projection of the trace, the same code in
//! server and page.

use relevo_coordination::{Epoch, PeerState, ServerId, SessionId, SyncMode, Vote, WatchKind, Zxid};
use relevo_core::{ConnId, HostId, Instant, Party, Seq, Service};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

mod clients;
mod conditions;
mod fold;
mod fresh;
mod network;
mod said;
mod servers;
mod sessions;
#[cfg(test)]
mod tests;
mod watching;
mod znodes;

pub use said::{SAID_SHOWN, Said, What};
pub use sessions::{PastSession, SESSIONS_KEPT, SessionView};
pub use watching::{Firing, WATCHES_KEPT, WatchKey, WatchState, WatchView, stays_set};
pub use znodes::{DATA_SHOWN, ZNODES_KEPT, ZnodeView, Znodes};

pub use conditions::{Condition, PacedLink};

/// How many of a server's last log entries the scene keeps; older ones are only counted.
pub const STRIP_LENGTH: usize = 24;

/// Everything that can be seen at one instant. `Scene::apply` folds one event into it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    /// The instant of the last event.
    pub at: Instant,
    /// The last event.
    pub seq: Seq,
    /// The servers, in the order of their numbers.
    pub servers: Vec<ServerView>,
    /// Clients in the world and outside, by party.
    pub clients: BTreeMap<Party, ClientView>,
    /// Pairs of hosts that cannot reach each other, each direction by itself.
    pub cuts: Vec<(HostId, HostId)>,
    /// Messages under way, by the event of their sending.
    pub flights: BTreeMap<Seq, Flight>,
    /// Open connections.
    pub connections: BTreeMap<ConnId, ConnectionView>,
    /// The highest transaction any leader has committed.
    pub committed: Zxid,
    /// The znodes as a client could read them.
    pub znodes: Znodes,
    /// The sessions of the ensemble.
    pub sessions: BTreeMap<SessionId, SessionView>,
    /// How many more there are.
    pub sessions_beyond: u64,
    /// The last sessions that ended, oldest first.
    pub past_sessions: VecDeque<PastSession>,
    /// Watches, by path, session and kind.
    pub watches: BTreeMap<WatchKey, WatchView>,
    /// How many more were set.
    pub watches_beyond: u64,
    /// The sessions that messages under way tell a leader of.
    reports: BTreeMap<Seq, Vec<SessionId>>,
    /// Links cut one by one; `cuts` holds these and what the partition cuts.
    pub cut_links: Vec<(HostId, HostId)>,
    /// Messages held by hand: whatever is behind one on its connection waits too.
    pub holds: Vec<Hold>,
    /// Hosts whose disk or clock is not as it should be.
    pub conditions: BTreeMap<HostId, Condition>,
    /// Links whose pace was changed, each direction by itself.
    pub paced: Vec<PacedLink>,
}

/// A message held by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The message, by the event of its sending.
    pub message: Seq,
    /// Its connection.
    pub conn: ConnId,
    /// Its sender: only this direction waits.
    pub from: Party,
    /// When it was held.
    pub at: Instant,
}

/// One server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerView {
    /// Its host.
    pub host: HostId,
    /// Its name: `zookeeper-1`.
    pub name: Arc<str>,
    /// Its id in the ensemble.
    pub server: ServerId,
    /// Whether its process runs.
    pub state: ProcessState,
    /// The event that made this process state.
    pub state_since: Seq,
    /// What it does in the ensemble.
    pub role: PeerState,
    /// The event of the last change of role.
    pub role_since: Seq,
    /// Whom it takes for the leader.
    pub leader: Option<ServerId>,
    /// Whether, as leader, a quorum has acknowledged it; as learner, whether it serves.
    pub serving: bool,
    /// Its round of the election.
    pub round: u64,
    /// Its own vote, while it looks.
    pub vote: Option<Vote>,
    /// The epoch it promised to.
    pub accepted_epoch: Epoch,
    /// The epoch it follows or leads.
    pub current_epoch: Epoch,
    /// How it is being brought up to date, if it is.
    pub synchronising: Option<SyncMode>,
    /// How it was last brought up to date by the leader it follows.
    pub brought_up: Option<SyncMode>,
    /// The last entries of its log.
    pub log: VecDeque<LogEntry>,
    /// How many entries came before those.
    pub log_before: u64,
    /// The last zxid it has applied.
    pub applied: Zxid,
    /// The last zxid durable in its log.
    pub durable: Zxid,
    /// Znodes in its tree, as far as the trace tells.
    pub znodes: u64,
    /// Ports that outside clients reach it by; filled in by the server, not by the trace.
    pub addresses: Vec<Arc<str>>,
}

/// One entry of a log as drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogEntry {
    /// Its place in the order.
    pub zxid: Zxid,
    /// What to write on it: a counter's number, else a short word for what it does.
    pub label: Arc<str>,
    /// The path it concerns, if one.
    pub path: Option<Arc<str>>,
    /// Whether it is on disk.
    pub durable: bool,
    /// Whether this server knows it committed.
    pub committed: bool,
    /// Whether it was cut from the log by TRUNC or lost with the power; kept a while to be seen.
    pub lost: bool,
    /// The event that logged it.
    pub since: Seq,
}

/// Whether a process runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ProcessState {
    /// It runs.
    Running,
    /// It is frozen.
    Paused,
    /// It was killed; whether the power went too.
    Crashed {
        /// Whether unsynced writes were lost.
        power_loss: bool,
    },
    /// It ended itself.
    Stopped {
        /// Why.
        reason: Arc<str>,
    },
}

/// One client, of the world or outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClientView {
    /// Its name: `counter`, or the outside program's.
    pub name: Arc<str>,
    /// The library it is recognised by, for outside programs: `kazoo`.
    pub library: Option<Arc<str>>,
    /// Its address, for outside programs.
    pub address: Option<Arc<str>>,
    /// Whether its process runs; always, of an outside program, for nobody here knows.
    pub state: ProcessState,
    /// The server it is connected to.
    pub server: Option<HostId>,
    /// Its session.
    pub session: Option<SessionId>,
    /// Whether the session is alive as far as the client knows.
    pub connected: bool,
    /// What it does that is worth drawing.
    pub work: Work,
    /// Watches it holds.
    pub watches: Vec<(Arc<str>, WatchKind)>,
    /// The last event that changed this view.
    pub since: Seq,
}

/// What a client does that is worth drawing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Work {
    /// Nothing known.
    #[default]
    None,
    /// It writes 1, 2, 3… to one znode.
    Counter {
        /// The last numbers that were acknowledged, oldest first (at most 8).
        acknowledged: VecDeque<u64>,
        /// The number it is waiting for.
        pending: Option<u64>,
        /// How often the number pending was sent.
        attempts: u32,
    },
    /// It stands for election.
    Candidate {
        /// Its znode in the line, while it knows of one.
        path: Option<Arc<str>>,
        /// What it believes of itself.
        belief: Belief,
        /// The version of `/leader` it wrote last.
        claimed: Option<i32>,
    },
    /// It asks what it is told to.
    Console {
        /// The last things said, oldest first.
        said: VecDeque<Said>,
    },
    /// Requests outstanding and answered.
    Requests {
        /// Sent and not answered.
        outstanding: u32,
        /// Answered.
        answered: u64,
    },
}

/// What a candidate believes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Belief {
    /// Nothing: it does not know where it stands.
    #[default]
    Nothing,
    /// That another one is before it.
    Waits {
        /// The znode it watches.
        behind: Arc<str>,
    },
    /// That it leads.
    Leads,
}

/// A message under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flight {
    /// On which connection.
    pub conn: ConnId,
    /// Who sent it.
    pub from: Party,
    /// Who will get it.
    pub to: Party,
    /// The kind, as the protocol calls it: `PROPOSAL`, `vote`, `setData`.
    pub kind: MessageKind,
    /// What to write beside the kind: a zxid's counter, a voted server, a counter's number.
    pub label: Arc<str>,
    /// When it was sent.
    pub sent: Instant,
    /// When it will arrive if nothing holds it.
    pub arrives: Instant,
    /// Whether it waits: held by hand, behind a held one, or at a cut.
    pub held: bool,
}

/// What a message is, for its shape and word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs)] // ZooKeeper's own names
pub enum MessageKind {
    Connect,
    Connected,
    Request,
    Response,
    Watch,
    Ping,
    Text,
    Hello,
    Vote,
    FollowerInfo,
    LeaderInfo,
    AckEpoch,
    Diff,
    Trunc,
    Snap,
    NewLeader,
    UpToDate,
    Proposal,
    Ack,
    Commit,
    Inform,
    LearnerRequest,
    Sync,
    Revalidate,
}

/// An open connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConnectionView {
    /// Who opened it.
    pub from: Party,
    /// Who accepted it.
    pub to: Party,
    /// What is spoken on it.
    pub service: Service,
    /// The session it carries, once it does.
    pub session: Option<SessionId>,
}

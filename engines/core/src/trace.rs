use crate::{Address, CloseReason, ConnId, DiskError, Fault, File, Instant, Origin, Party, Seq};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// An input to remember, so as to name it later as a cause; opaque to machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cause(pub Seq);

/// What an event rests on, the step's own input first. Empty for roots: calls of clients, faults
/// and deadlines.
pub type Causes = SmallVec<[Seq; 2]>;

/// One thing that happened. The whole product is a projection of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraceEvent<M, E> {
    /// Its number; causes have smaller ones.
    pub seq: Seq,
    /// When.
    pub at: Instant,
    /// Where; none for what concerns the whole world (a partition, its healing).
    pub party: Option<Party>,
    /// What it rests on.
    pub causes: Causes,
    /// What happened.
    pub kind: Kind<M, E>,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Kind<M, E> {
    /// A fault or its mending was applied. A root.
    Fault {
        /// What.
        fault: Fault,
        /// By whom.
        by: Origin,
    },
    /// A person or a script asked the machine something. A root.
    Call {
        /// What, in words.
        call: String,
        /// By whom.
        by: Origin,
    },
    /// A deadline the machine had set came due. A root.
    Deadline,
    /// A process began; caused by the fault `Start` or `Restart`.
    Started {
        /// Counted from 1.
        incarnation: u32,
    },
    /// A process ended itself.
    Stopped {
        /// Why, for a person to read.
        reason: String,
    },
    /// A connection was asked for. A root where an outside program asks.
    Opening {
        /// Which.
        conn: ConnId,
        /// Where to.
        to: Address,
    },
    /// This side's connection is established.
    Opened {
        /// Which.
        conn: ConnId,
        /// Who is at the other end.
        peer: Party,
    },
    /// This side's connection ended.
    Closed {
        /// Which.
        conn: ConnId,
        /// Who was at the other end.
        peer: Party,
        /// Why; none where this side closed it.
        reason: Option<CloseReason>,
    },
    /// A message was sent; this event's number is the message's name. A root where an outside
    /// program sends.
    Sent {
        /// On which connection.
        conn: ConnId,
        /// To whom.
        to: Party,
        /// When it will arrive if nothing holds it.
        arrives: Instant,
        /// What.
        message: M,
    },
    /// A message arrived.
    Delivered {
        /// On which connection.
        conn: ConnId,
        /// From whom.
        from: Party,
        /// The event of its sending.
        message: Seq,
    },
    /// A message in flight was lost.
    Lost {
        /// On which connection.
        conn: ConnId,
        /// The event of its sending.
        message: Seq,
        /// Why.
        reason: LossReason,
    },
    /// Bytes were written at the end of a file, not yet durable.
    Appended {
        /// Which file.
        file: File,
        /// How many.
        bytes: u64,
    },
    /// A file was replaced atomically, not yet durable.
    Replaced {
        /// Which file.
        file: File,
        /// Its new length.
        bytes: u64,
    },
    /// A file was cut, not yet durably.
    Truncated {
        /// Which file.
        file: File,
        /// Its new length.
        bytes: u64,
    },
    /// A file was renamed, not yet durably.
    Renamed {
        /// Its old name.
        from: File,
        /// Its new name.
        to: File,
    },
    /// A file was removed, not yet durably.
    Deleted {
        /// Which file.
        file: File,
    },
    /// A sync was reported; its causes are the writes it covers.
    Durable,
    /// A disk operation failed.
    DiskFailed {
        /// Which file; none where the whole disk failed.
        file: Option<File>,
        /// Why.
        error: DiskError,
    },
    /// Power loss took unsynced bytes of a file, or reverted what was not synced.
    Torn {
        /// Which file.
        file: File,
        /// How many unsynced bytes survived, torn or zero-filled ones included.
        kept: u64,
        /// How many were lost.
        lost: u64,
        /// How many creations, replacements, renames, truncations and deletions were undone.
        reverted: u32,
    },
    /// The machine tells of itself.
    State(E),
    /// The events of a stretch were not kept.
    Gap {
        /// The first event after it.
        until: Seq,
    },
}

/// Why a message was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LossReason {
    /// Its connection broke while it was under way.
    ConnectionBroken,
    /// Its receiver died.
    ReceiverDied,
    /// Its sender died before it left.
    SenderDied,
    /// It was dropped by hand or by a schedule.
    Dropped,
}

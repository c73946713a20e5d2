//! What a server passes on to be ordered.

use crate::{Identity, LearnerRequest, Path, ServerId, SessionId};
use relevo_core::Cause;
use std::sync::Arc;

/// Something a client or the leader itself wants put into the order of all changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Whose.
    pub session: SessionId,
    /// The client's number for it.
    pub cxid: i32,
    /// What.
    pub request: SubmissionKind,
    /// The identities of the client.
    pub identities: Arc<[Identity]>,
    /// The server it entered at, which the session must belong to.
    pub origin: ServerId,
    /// The input that brought it.
    pub cause: Cause,
}

/// What is submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmissionKind {
    /// A client's write, a new session, or a session's end: becomes a transaction.
    Order(LearnerRequest),
    /// The leader found a container empty or a TTL znode outlived: becomes a transaction.
    DeleteContainer {
        /// Which.
        path: Path,
    },
    /// A client wants to see all that was committed before: a learner asks its leader, in order
    /// with its other submissions; answered by [`Service::synced`](super::Service::synced).
    Sync,
    /// A session moved here: a learner asks its leader whether it is alive; answered by
    /// [`Service::revalidated`](super::Service::revalidated). A leader answers itself.
    Revalidate {
        /// The session's time-out.
        timeout_ms: u32,
    },
}

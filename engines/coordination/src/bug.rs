//! Mistakes planted on purpose. Each is one line where a hurried hand could have made it, and each
//! is found by the checker named beside it within the standard seeds; that is how the checkers
//! prove that they look. Compiled only with the feature `bugs`.

/// Whether the mistake `$bug` is planted in the `config` of `$of`; `false` in a release.
macro_rules! planted {
    ($of:expr, $($bug:tt)+) => {{
        #[cfg(feature = "bugs")]
        let planted = $of.config.bug == Some(crate::Bug::$($bug)+);
        #[cfg(not(feature = "bugs"))]
        let planted = false;
        planted
    }};
}
pub(crate) use planted;

/// A planted mistake.
#[cfg(feature = "bugs")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A watch event is sent after the reply that shows its change (events precede replies).
    WatchAfterReply,
    /// A session ends and its ephemerals stay (ephemerals vanish exactly with their session).
    EphemeralSurvives,
    /// A lost connection already deletes the session's ephemerals (the same).
    EphemeralDiesOnDisconnect,
    /// `setData` and `delete` succeed whatever version they expected (linearizable writes).
    VersionUnchecked,
    /// A sequential znode gets the number of its elder sibling where that one is gone again
    /// (linearizable writes).
    SequenceReused,
    /// A standard watch stays after it fired (a standard watch fires at most once).
    WatchFiresTwice,
    /// A read does not wait for its client's earlier writes (FIFO client order).
    ReadOvertakesWrite,
    /// What learners report to have heard of sessions is ignored, so that those of their clients
    /// expire however they ping (ephemerals vanish exactly with their session, and progress).
    SessionExpiresEarly,
    /// A follower acknowledges a proposal before its log is durable (no committed transaction
    /// lost).
    AckBeforeSync,
    /// The leader counts its own log before it is durable (no committed transaction lost).
    LeaderAckBeforeSync,
    /// Votes are compared without their epochs (no committed transaction lost).
    VoteWithoutEpoch,
    /// One acknowledgement is enough to commit (no committed transaction lost).
    CommitOnMinority,
    /// TRUNC is ignored (committed prefix agreement).
    TruncLost,
    /// DIFF begins one transaction too late (committed prefix agreement).
    DiffFromWrongZxid,
    /// A follower leaves out every 64th commit (committed prefix agreement).
    CommitSkipped,
    /// A leader goes on without a quorum (progress).
    LeaderStaysWithoutQuorum,
    /// A follower acknowledges NEWLEADER before its log is durable (no committed transaction
    /// lost).
    NewLeaderAckedEarly,
    /// A torn tail is left in the log, and what is read ends there (no committed transaction
    /// lost).
    TornTailKept,
    /// A place that syncs does not (no committed transaction lost; one leader per epoch).
    Unsynced(crate::SyncPlace),
}

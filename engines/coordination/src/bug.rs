//! Mistakes planted on purpose. Each is one line where a hurried hand could have made it, and each
//! is found by the checker named beside it within the standard seeds; that is how the checkers
//! prove that they look. Compiled only with the feature `bugs`.

/// A planted mistake.
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
    /// A session is expired after half of its time-out (progress: a client that pings in time
    /// keeps its session).
    SessionExpiresEarly,
}

//! Planted mistakes, each to be caught by a checker within the standard seeds: the proof that the
//! checkers look. Compiled only with the feature `bugs`.

use crate::Scenario;
use crate::schedule::{self, Outcome};
use crate::simulate::in_parallel;
use relevo_coordination::{Bug, SyncPlace};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The promises of a coordination service, each of which must catch a mistake to be believed.
pub const PROMISES: [&str; 9] = [
    "one-leader-per-epoch",
    "committed-prefix-agreement",
    "no-committed-transaction-lost",
    "no-invented-transaction",
    "fifo-client-order",
    "linearizable-writes",
    "ephemerals-vanish-with-their-session",
    "a-standard-watch-fires-once",
    "events-precede-replies",
];

/// How a planted mistake was caught.
#[derive(Clone, Debug, PartialEq)]
pub struct Catch {
    /// The mistake.
    pub bug: Bug,
    /// The first seed that caught it; none where all passed.
    pub seed: Option<u64>,
    /// The checker.
    pub checker: Option<Arc<str>>,
    /// What it said.
    pub what: Option<Arc<str>>,
}

impl fmt::Display for Catch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bug = format!("{:?}", self.bug);
        match (self.seed, &self.checker, &self.what) {
            (Some(seed), Some(checker), Some(what)) => {
                write!(f, "{bug:<28} seed {seed:>5}  {checker}: {what}")
            }
            _ => write!(f, "{bug:<28} not caught"),
        }
    }
}

/// Every mistake there is.
pub fn all() -> Vec<Bug> {
    let of_the_service = [
        Bug::WatchAfterReply,
        Bug::EphemeralSurvives,
        Bug::EphemeralDiesOnDisconnect,
        Bug::VersionUnchecked,
        Bug::SequenceReused,
        Bug::WatchFiresTwice,
        Bug::ReadOvertakesWrite,
        Bug::SessionExpiresEarly,
    ];
    let of_zab = [
        Bug::AckBeforeSync,
        Bug::LeaderAckBeforeSync,
        Bug::VoteWithoutEpoch,
        Bug::CommitOnMinority,
        Bug::TruncLost,
        Bug::DiffFromWrongZxid,
        Bug::CommitSkipped,
        Bug::LeaderStaysWithoutQuorum,
        Bug::NewLeaderAckedEarly,
        Bug::TornTailKept,
    ];
    let unsynced = SyncPlace::ALL.map(Bug::Unsynced);
    of_the_service.into_iter().chain(of_zab).chain(unsynced).collect()
}

/// Runs the schedules of a range with a mistake planted in every server, until one is caught.
pub fn hunt(bug: Bug, seeds: Range<u64>, threads: usize) -> Catch {
    let caught = AtomicBool::new(false);
    let one = |seed| {
        // Seeds are taken in order: once one is caught, those not yet begun are later ones.
        if caught.load(Ordering::Relaxed) {
            return None;
        }
        let outcome = run(bug, seed);
        caught.fetch_or(outcome.broken().is_some(), Ordering::Relaxed);
        outcome.broken().is_some().then_some(outcome)
    };
    let catches = in_parallel(seeds, threads, &one);
    let first = catches.into_iter().flatten().min_by_key(|outcome| outcome.seed);
    let broken = first.as_ref().and_then(Outcome::broken);
    Catch {
        bug,
        seed: first.as_ref().map(|outcome| outcome.seed),
        checker: broken.map(|(checker, _)| checker.clone()),
        what: broken.map(|(_, violation)| violation.what.clone()),
    }
}

/// Runs one schedule with a mistake planted in every server.
pub fn run(bug: Bug, seed: u64) -> Outcome {
    let scenario = Scenario { bug: Some(bug), ..schedule::scenario_of(seed) };
    schedule::run_guarded(&scenario, seed)
}

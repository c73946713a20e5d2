//! The named conditions that checks and predictions are made of.

mod clients;
mod line;
mod reads;
mod zab;

use crate::Facts;
use crate::facts::{SyncWay, running};
use crate::sees::Sees;
use relevo_coordination::PeerState;
use relevo_core::Duration;
use relevo_lab::{ProcessState, Scene, ServerView};
use serde::{Deserialize, Serialize};

/// A condition with its parameters, as an exercise's data names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Predicate {
    /// A leader was stopped, another was established in a later epoch, and at least `numbers`
    /// were acknowledged under it.
    LeaderReplaced {
        /// How many numbers.
        numbers: u64,
    },
    /// A server that did not lead was stopped, the others went on: at least `numbers` were
    /// acknowledged without it, under the leader that was there.
    FollowerMissed {
        /// How many numbers.
        numbers: u64,
    },
    /// Fewer than a majority run and nothing was acknowledged for `ms` of lab time.
    WritesStopped {
        /// How long, in milliseconds.
        ms: u64,
    },
    /// A leader that still ran gave up leading because its majority was gone.
    LeaderResigned,
    /// A majority had been lost, runs again, and at least `numbers` were acknowledged since.
    QuorumRegained {
        /// How many numbers.
        numbers: u64,
    },
    /// Every server runs and serves, and all have applied the same last transaction.
    AllAgree,
    /// A leader was elected.
    Elected,
    /// A leader was elected that, before it could do anything, asked the others for their epochs.
    MetBeforeEstablished,
    /// An epoch was established while a server did not run.
    EstablishedWithout,
    /// A server that was started went through discovery: FOLLOWERINFO, LEADERINFO, ACKEPOCH.
    Discovered,
    /// A server that was started was brought up to date.
    BroughtUp {
        /// How.
        way: SyncWay,
        /// How many transactions it received by it at least.
        #[serde(default)]
        at_least: u64,
    },
    /// A client's write was passed on by a follower, proposed, acknowledged, committed, and applied
    /// everywhere.
    Broadcast,
    /// The leader was stopped when its last proposal was on a majority's disks; the next leader
    /// has it, and at least `numbers` were acknowledged under it.
    CrashAfterQuorum {
        /// How many numbers.
        numbers: u64,
    },
    /// The leader was stopped when its last proposal was on a minority's disks; the next leader
    /// does not have it, and the old one had it cut from its log.
    CrashBeforeQuorum,
    /// The last transaction of the leader's log is on a majority's disks.
    LastOnMajority,
    /// The last transaction of the leader's log is on its own disk and on no other.
    LastOnLeaderOnly,
    /// Something was cut from a server's log.
    ProposalCut,
    /// A leader without a majority proposed something, could not commit it, and gave up.
    MinorityTried,
    /// The network is cut, a server is stopped, no one leads, and nothing was acknowledged for
    /// `ms` of lab time.
    NoSideHasMajority {
        /// How long, in milliseconds.
        ms: u64,
    },
    /// While the network is cut, at least `numbers` were acknowledged.
    MajorityWentOn {
        /// How many numbers.
        numbers: u64,
    },
    /// The network is whole, something was cut from a log, and all have the same history.
    HealedWithoutLoss,
    /// So many znodes that stay and so many numbered ones were created.
    Created {
        /// That stay.
        persistent: u64,
        /// Numbered.
        sequential: u64,
    },
    /// A client was answered BadVersion, and wrote afterwards.
    VersionRetried,
    /// The owner of an ephemeral created in this step came back to its session by another
    /// connection.
    EphemeralSurvived,
    /// A session expired, and its ephemerals went with it.
    EphemeralExpired,
    /// A one-shot watch fired.
    WatchFired,
    /// After its watch fired a client was not told of at least so many changes.
    ChangeMissed {
        /// How many.
        at_least: u64,
    },
    /// A watch that fired was set again and fired again.
    WatchRearmed,
    /// A persistent watch has told so many times.
    PersistentTold {
        /// How often.
        times: u64,
    },
    /// One transaction woke so many clients.
    Herd {
        /// How many.
        clients: u64,
    },
    /// The candidate that led was stopped, and the next in line leads.
    CandidateReplaced,
    /// A candidate that waited was stopped, and who was behind it watches another one; the same
    /// leads.
    LineClosed,
    /// Two candidates believe that they lead.
    TwoBelieve,
    /// Two candidates believed that they led, and what the earlier one still wrote was refused.
    TwoBelieved,
    /// Someone who is none of the lab's candidates joined the line of the election, watched the
    /// one before it alone, and wrote to `/leader` in its turn, naming the version it had read.
    StoodAndLed,
    /// A client read at a learner that was at least so many transactions behind, asked for a sync,
    /// and then read what had been committed when it asked.
    CaughtUp {
        /// How many transactions.
        at_least: u64,
    },
}

/// What a predicate finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Whether it holds now.
    pub holds: bool,
    /// What it sees and what is lacking, to be said in the learner's language.
    pub sees: Sees,
}

impl Predicate {
    /// Judges it by what is and what was.
    pub fn judge(&self, scene: &Scene, facts: &Facts) -> Judgement {
        match self {
            Predicate::LeaderReplaced { numbers } => leader_replaced(scene, facts, *numbers),
            Predicate::FollowerMissed { numbers } => follower_missed(scene, facts, *numbers),
            Predicate::WritesStopped { ms } => writes_stopped(scene, facts, *ms),
            Predicate::LeaderResigned if facts.leader_resigned => green(Sees::Resigned),
            Predicate::LeaderResigned => red(Sees::NotResigned),
            Predicate::QuorumRegained { numbers } => quorum_regained(scene, facts, *numbers),
            Predicate::AllAgree => all_agree(scene),
            Predicate::Elected => zab::elected(facts, scene),
            Predicate::MetBeforeEstablished => zab::met_before_established(facts),
            Predicate::EstablishedWithout => zab::established_without(facts),
            Predicate::Discovered => zab::discovered(facts),
            Predicate::BroughtUp { way, at_least } => zab::brought_up(facts, *way, *at_least),
            Predicate::Broadcast => zab::broadcast(facts, scene),
            Predicate::CrashAfterQuorum { numbers } => {
                zab::crash_after_quorum(facts, scene, *numbers)
            }
            Predicate::CrashBeforeQuorum => zab::crash_before_quorum(facts, scene),
            Predicate::LastOnMajority => zab::last_on(scene, |disks, all| disks * 2 > all),
            Predicate::LastOnLeaderOnly => zab::last_on(scene, |disks, _| disks == 1),
            Predicate::ProposalCut => zab::proposal_cut(facts),
            Predicate::MinorityTried => zab::minority_tried(facts, scene),
            Predicate::NoSideHasMajority { ms } => zab::no_side(facts, scene, *ms),
            Predicate::MajorityWentOn { numbers } => zab::majority_went_on(facts, scene, *numbers),
            Predicate::Created { persistent, sequential } => {
                clients::created(facts, *persistent, *sequential)
            }
            Predicate::VersionRetried => clients::version_retried(facts),
            Predicate::EphemeralSurvived => clients::ephemeral_survived(facts),
            Predicate::EphemeralExpired => clients::ephemeral_expired(facts),
            Predicate::WatchFired => clients::watch_fired(facts),
            Predicate::ChangeMissed { at_least } => clients::change_missed(facts, *at_least),
            Predicate::WatchRearmed => clients::watch_rearmed(facts),
            Predicate::PersistentTold { times } => clients::persistent_told(facts, *times),
            Predicate::Herd { clients } => clients::herd(facts, *clients),
            Predicate::CandidateReplaced => clients::candidate_replaced(facts),
            Predicate::LineClosed => clients::line_closed(facts),
            Predicate::TwoBelieve => clients::two_believe(scene),
            Predicate::TwoBelieved => clients::two_believed(facts),
            Predicate::StoodAndLed => line::stood_and_led(facts, scene),
            Predicate::CaughtUp { at_least } => reads::caught_up(facts, *at_least),
            Predicate::HealedWithoutLoss => zab::healed_without_loss(facts, scene),
        }
    }
}

fn red(sees: Sees) -> Judgement {
    Judgement { holds: false, sees }
}

fn green(sees: Sees) -> Judgement {
    Judgement { holds: true, sees }
}

fn leader_replaced(scene: &Scene, facts: &Facts, numbers: u64) -> Judgement {
    if facts.leader_stopped.is_none() {
        return leader_still_runs(scene);
    }
    let Some((_, epoch)) = facts.established.filter(|(_, e)| *e > facts.epoch_before) else {
        return red(Sees::NoNewLeader);
    };
    let seen = facts.counted_since_established;
    let sees = Sees::Numbers { epoch: epoch.0, seen, needed: numbers };
    Judgement { holds: seen >= numbers, sees }
}

fn leader_still_runs(scene: &Scene) -> Judgement {
    let leads = |s: &&ServerView| s.role == PeerState::Leading && runs(s);
    red(match scene.servers.iter().find(leads) {
        Some(leader) => Sees::LeaderRuns { name: leader.name.clone() },
        None => Sees::NoLeader,
    })
}

fn follower_missed(scene: &Scene, facts: &Facts, numbers: u64) -> Judgement {
    if facts.leader_stopped.is_some() || facts.established.is_some() {
        return red(Sees::LeaderChanged);
    }
    let Some((_, counted)) = facts.follower_stopped else {
        return red(Sees::AllRun { all: scene.servers.len() as u64 });
    };
    let seen = facts.counted - counted;
    Judgement { holds: seen >= numbers, sees: Sees::WithoutOne { seen, needed: numbers } }
}

fn writes_stopped(scene: &Scene, facts: &Facts, ms: u64) -> Judgement {
    let (up, all) = (running(scene), scene.servers.len() as u64);
    let Some(since) = facts.minority_since else {
        return red(Sees::TooMany { up, all, most: (all - 1) / 2 });
    };
    let waited = scene.at.since(facts.counted_in_minority.unwrap_or(since));
    let holds = waited >= Duration::from_millis(ms);
    Judgement { holds, sees: Sees::Waiting { ms: waited.as_millis() } }
}

fn quorum_regained(scene: &Scene, facts: &Facts, numbers: u64) -> Judgement {
    let (up, all) = (running(scene), scene.servers.len() as u64);
    if facts.minority_since.is_some() {
        return red(Sees::TooFew { up, all, least: all / 2 + 1 });
    }
    if !facts.majority_lost {
        return red(Sees::NeverLost { up, all });
    }
    let seen = facts.counted - facts.counted_at_return;
    Judgement { holds: seen >= numbers, sees: Sees::Regained { seen, needed: numbers } }
}

fn all_agree(scene: &Scene) -> Judgement {
    let all = scene.servers.len() as u64;
    let up = scene.servers.iter().filter(|s| runs(s) && s.serving).count() as u64;
    let same = scene.servers.windows(2).all(|pair| pair[0].applied == pair[1].applied);
    if up < all {
        return red(Sees::Serving { up, all });
    }
    if same { green(Sees::SameHistory) } else { red(Sees::DifferentHistories) }
}

fn runs(server: &ServerView) -> bool {
    server.state == ProcessState::Running
}

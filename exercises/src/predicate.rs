//! The named conditions that checks and predictions are made of.

use crate::Facts;
use crate::facts::running;
use crate::sees::Sees;
use relevo_coordination::PeerState;
use relevo_core::Duration;
use relevo_lab::{ProcessState, Scene, ServerView};
use serde::{Deserialize, Serialize};

/// A condition with its parameters, as an exercise's data names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
        let leads = |s: &&ServerView| s.role == PeerState::Leading && runs(s);
        return red(match scene.servers.iter().find(leads) {
            Some(leader) => Sees::LeaderRuns { name: leader.name.clone() },
            None => Sees::NoLeader,
        });
    }
    let Some((_, epoch)) = facts.established.filter(|(_, e)| *e > facts.epoch_before) else {
        return red(Sees::NoNewLeader);
    };
    let seen = facts.counted_since_established;
    let sees = Sees::Numbers { epoch: epoch.0, seen, needed: numbers };
    Judgement { holds: seen >= numbers, sees }
}

fn follower_missed(scene: &Scene, facts: &Facts, numbers: u64) -> Judgement {
    if facts.leader_stopped.is_some() || facts.established.is_some() {
        return red(Sees::LeaderChanged);
    }
    if facts.follower_stopped.is_none() {
        return red(Sees::AllRun { all: scene.servers.len() as u64 });
    }
    let seen = facts.counted - facts.counted_before;
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

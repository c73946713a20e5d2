//! What a solution does, and the player that does it in a running lab.

use crate::{Facts, Language, Predicate};
use relevo_coordination::PeerState;
use relevo_core::{Duration, Fault, HostId, Instant};
use relevo_lab::{ProcessState, Scene, ServerView};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// One thing a script does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// Stops a server's process.
    Stop {
        /// Which.
        node: Which,
        /// Whether its power goes too.
        #[serde(default)]
        power_loss: bool,
    },
    /// Starts one that does not run.
    Restart {
        /// Which.
        node: Which,
    },
    /// Freezes one.
    Pause {
        /// Which.
        node: Which,
    },
    /// Waits for so much lab time.
    Wait {
        /// How long, in milliseconds.
        ms: u64,
    },
    /// Waits until something holds.
    Until {
        /// What.
        check: Predicate,
        /// How long at most, in milliseconds of lab time.
        at_most_ms: u64,
    },
}

/// Whom a script means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Which {
    /// Whoever leads.
    Leader,
    /// The first by number that runs and does not lead.
    Follower,
    /// The first by number that runs.
    Running,
    /// The first by number that does not run.
    Stopped,
}

/// Plays actions in a lab, one when its time has come.
#[derive(Clone, Debug)]
pub struct Player {
    actions: VecDeque<Action>,
    since: Instant,
}

/// What a player wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polled {
    /// Do this, then ask again.
    Do(Fault),
    /// Ask again later.
    Waiting,
    /// All was done.
    Done,
    /// Something waited for did not come, or there was no one to do it to.
    Stuck(String),
}

impl Player {
    /// A player that begins now.
    pub fn new(actions: &[Action], now: Instant) -> Player {
        Player { actions: actions.iter().cloned().collect(), since: now }
    }

    /// What is next.
    pub fn poll(&mut self, scene: &Scene, facts: &Facts, now: Instant) -> Polled {
        let Some(action) = self.actions.front() else { return Polled::Done };
        let waited = now.since(self.since);
        let polled = match action {
            Action::Wait { ms } if waited < Duration::from_millis(*ms) => return Polled::Waiting,
            Action::Until { check, at_most_ms } if !check.judge(scene, facts).holds => {
                if waited < Duration::from_millis(*at_most_ms) {
                    return Polled::Waiting;
                }
                return Polled::Stuck(check.judge(scene, facts).sees.say(Language::En));
            }
            Action::Wait { .. } | Action::Until { .. } => None,
            Action::Stop { node, power_loss } => Some((
                node,
                fault(|node| Fault::Crash { node, power_loss: *power_loss }, node, scene),
            )),
            Action::Restart { node } => {
                Some((node, fault(|node| Fault::Restart { node }, node, scene)))
            }
            Action::Pause { node } => {
                Some((node, fault(|node| Fault::Pause { node }, node, scene)))
            }
        };
        let polled = match polled {
            None => None,
            Some((_, Some(fault))) => Some(fault),
            Some((node, None)) => {
                return Polled::Stuck(format!("there is no server that is {node:?}"));
            }
        };
        self.actions.pop_front();
        self.since = now;
        polled.map_or_else(|| self.poll(scene, facts, now), Polled::Do)
    }
}

fn fault(make: impl FnOnce(HostId) -> Fault, node: &Which, scene: &Scene) -> Option<Fault> {
    scene.servers.iter().find(|server| node.means(server)).map(|server| make(server.host))
}

impl Which {
    fn means(&self, server: &ServerView) -> bool {
        let runs = server.state == ProcessState::Running;
        match self {
            Which::Leader => runs && server.role == PeerState::Leading,
            Which::Follower => runs && server.role != PeerState::Leading,
            Which::Running => runs,
            Which::Stopped => !runs,
        }
    }
}

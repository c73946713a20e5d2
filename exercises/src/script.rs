//! What a solution does, and the player that does it in a running lab.

use crate::{Facts, Operation, Part, Predicate, Sees};
use relevo_apps::ConsoleCall;
use relevo_coordination::{PeerState, Request};
use relevo_core::{Duration, Fault, HostId, Instant, Origin, OutsideInput, Party, Seq};
use relevo_lab::{
    Belief, Call, ClientView, LabEvent, LabInput, MessageKind, ProcessState, Scene, ServerView,
    Work,
};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// One thing a script does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// Stops a process.
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
    /// Lets a frozen one go on.
    Resume {
        /// Which.
        node: Which,
    },
    /// Cuts these off together from everyone else.
    Partition {
        /// Who stays together on one side.
        together: Vec<Which>,
        /// How many servers that side has at least: filled up with followers.
        #[serde(default)]
        servers: usize,
    },
    /// Nothing passes between two of them any more.
    Cut {
        /// One.
        from: Which,
        /// The other.
        to: Which,
    },
    /// Messages between two of them take this long, both ways.
    Slow {
        /// One.
        from: Which,
        /// The other.
        to: Which,
        /// How long, in milliseconds.
        ms: u64,
    },
    /// Mends every partition and cut.
    Heal,
    /// Holds every message of a kind that `from` has under way, once there are so many.
    Hold {
        /// Which kind.
        message: Held,
        /// Whose.
        from: Which,
        /// How many at least.
        at_least: usize,
        /// How long they are waited for at most, in milliseconds of lab time.
        at_most_ms: u64,
    },
    /// A console asks the ensemble something.
    Ask {
        /// The console's name.
        client: String,
        /// What.
        request: Operation,
    },
    /// A console does its part as a candidate of the election.
    Stand {
        /// The console's name.
        client: String,
        /// Which part.
        part: Part,
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
    /// The first by number that runs and does not serve.
    NotServing,
    /// The first by number that is frozen.
    Paused,
    /// The first candidate that runs and believes that it leads.
    LeadingCandidate,
    /// The candidate that watches the one that leads.
    SecondCandidate,
    /// The first client that is frozen.
    PausedClient,
    /// The first client that does not run.
    StoppedClient,
    /// The leader that was stopped last in this step.
    StoppedLeader,
    /// The client of this name.
    Client(String),
    /// The server that the client of this name is connected to.
    ServerOf(String),
}

/// The kinds of messages a script holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// PROPOSAL.
    Proposal,
    /// ACK.
    Ack,
    /// COMMIT.
    Commit,
}

/// Plays actions in a lab, one when its time has come. It goes by facts of its own, which begin
/// with it.
#[derive(Clone, Debug)]
pub struct Player {
    actions: VecDeque<Action>,
    since: Instant,
    facts: Facts,
    /// What the current action still has to do, where it is more than one thing.
    left: VecDeque<LabInput>,
}

/// What a player wants.
#[derive(Clone, Debug, PartialEq)]
pub enum Polled {
    /// Let this enter the lab, then ask again.
    Do(Box<LabInput>),
    /// Ask again later.
    Waiting,
    /// All was done.
    Done,
    /// Something waited for did not come, or there was no one to do it to.
    Stuck(Sees),
}

impl Player {
    /// A player that begins with what the scene shows.
    pub fn new(actions: &[Action], scene: &Scene) -> Player {
        Player {
            actions: actions.iter().cloned().collect(),
            since: scene.at,
            facts: Facts::begin(scene),
            left: VecDeque::new(),
        }
    }

    /// Notes an event before the scene shows it.
    pub fn before(&mut self, event: &LabEvent, scene: &Scene) {
        self.facts.before(event, scene);
    }

    /// Notes what the scene shows after an event.
    pub fn after(&mut self, scene: &Scene) {
        self.facts.after(scene);
    }

    /// What is next.
    pub fn poll(&mut self, scene: &Scene, now: Instant) -> Polled {
        loop {
            if let Some(input) = self.left.pop_front() {
                return Polled::Do(Box::new(input));
            }
            let Some(action) = self.actions.front() else { return Polled::Done };
            match self.inputs(action, scene, now.since(self.since)) {
                Turn::Later => return Polled::Waiting,
                Turn::Never(sees) => return Polled::Stuck(sees),
                Turn::Now(inputs) => {
                    self.left = inputs.into();
                    self.actions.pop_front();
                    self.since = now;
                }
            }
        }
    }

    fn inputs(&self, action: &Action, scene: &Scene, waited: Duration) -> Turn {
        match action {
            Action::Wait { ms } if waited < Duration::from_millis(*ms) => Turn::Later,
            Action::Wait { .. } => Turn::Now(Vec::new()),
            Action::Until { check, at_most_ms } => {
                let judged = check.judge(scene, &self.facts);
                match judged.holds {
                    true => Turn::Now(Vec::new()),
                    false if waited < Duration::from_millis(*at_most_ms) => Turn::Later,
                    false => Turn::Never(judged.sees),
                }
            }
            Action::Hold { message, from, at_least, at_most_ms } => {
                let flights = self.flights(*message, from, scene);
                match flights.len() >= *at_least {
                    true => Turn::Now(flights),
                    false if waited < Duration::from_millis(*at_most_ms) => Turn::Later,
                    false => Turn::Never(Sees::NoSuchMessage),
                }
            }
            Action::Heal => Turn::Now(vec![fault(Fault::Heal)]),
            Action::Partition { together, servers } => self.partition(together, *servers, scene),
            Action::Ask { client, request } => ask(client, request.request(), scene),
            Action::Stand { client, part } => match part.request(client, scene) {
                Some(request) => ask(client, request, scene),
                None => no_one(&Which::Client(client.clone())),
            },
            Action::Cut { from, to } => {
                self.both_ways(from, to, scene, |from, to| Fault::CutLink { from, to })
            }
            Action::Slow { from, to, ms } => self.both_ways(from, to, scene, |from, to| {
                let (latency, jitter) = (Duration::from_millis(*ms), Duration::ZERO);
                Fault::SetLink { from, to, latency, jitter, bytes_per_second: None }
            }),
            Action::Stop { node, power_loss } => {
                self.one(node, scene, |node| Fault::Crash { node, power_loss: *power_loss })
            }
            Action::Restart { node } => self.one(node, scene, |node| Fault::Restart { node }),
            Action::Pause { node } => self.one(node, scene, |node| Fault::Pause { node }),
            Action::Resume { node } => self.one(node, scene, |node| Fault::Resume { node }),
        }
    }

    fn one(&self, node: &Which, scene: &Scene, make: impl FnOnce(HostId) -> Fault) -> Turn {
        match self.host(node, scene) {
            Some(host) => Turn::Now(vec![fault(make(host))]),
            None => no_one(node),
        }
    }

    fn both_ways(
        &self,
        from: &Which,
        to: &Which,
        scene: &Scene,
        make: impl Fn(HostId, HostId) -> Fault,
    ) -> Turn {
        match (self.host(from, scene), self.host(to, scene)) {
            (Some(one), Some(other)) => {
                Turn::Now(vec![fault(make(one, other)), fault(make(other, one))])
            }
            (None, _) => no_one(from),
            (_, None) => no_one(to),
        }
    }

    fn partition(&self, together: &[Which], servers: usize, scene: &Scene) -> Turn {
        let mut side: Vec<HostId> = Vec::new();
        for which in together {
            let Some(host) = self.host(which, scene) else { return no_one(which) };
            if !side.contains(&host) {
                side.push(host);
            }
        }
        let there = scene.servers.iter().filter(|server| side.contains(&server.host)).count();
        let others = scene.servers.iter().filter(|server| Which::Follower.means(server));
        let others: Vec<HostId> =
            others.map(|server| server.host).filter(|host| !side.contains(host)).collect();
        side.extend(others.into_iter().take(servers.saturating_sub(there)));
        let clients = scene.clients.keys().filter_map(|party| match party {
            Party::Host(host) => Some(*host),
            Party::Outside(_) => None,
        });
        let all = scene.servers.iter().map(|server| server.host).chain(clients);
        let rest = all.filter(|host| !side.contains(host)).collect();
        Turn::Now(vec![fault(Fault::Partition { groups: vec![side, rest] })])
    }

    fn flights(&self, message: Held, from: &Which, scene: &Scene) -> Vec<LabInput> {
        let from = self.host(from, scene).map(Party::Host);
        let ours = scene
            .flights
            .iter()
            .filter(|(_, it)| Some(it.from) == from && it.kind == message.kind() && !it.held);
        ours.map(|(seq, _): (&Seq, _)| fault(Fault::Hold { message: *seq })).collect()
    }

    fn host(&self, which: &Which, scene: &Scene) -> Option<HostId> {
        match which {
            Which::Client(name) => match client_named(scene, name)? {
                (Party::Host(host), _) => Some(host),
                (Party::Outside(_), _) => None,
            },
            Which::ServerOf(name) => client_named(scene, name)?.1.server,
            Which::StoppedLeader => self.facts.stopped_leader(),
            Which::SecondCandidate => second_candidate(scene),
            Which::LeadingCandidate | Which::PausedClient | Which::StoppedClient => {
                let means = |(party, client): (&Party, &ClientView)| match party {
                    Party::Host(host) if which.means_client(client) => Some(*host),
                    _ => None,
                };
                scene.clients.iter().find_map(means)
            }
            which => scene.servers.iter().find(|it| which.means(it)).map(|server| server.host),
        }
    }
}

/// What becomes of the action in turn.
enum Turn {
    Now(Vec<LabInput>),
    Later,
    Never(Sees),
}

fn ask(client: &str, request: Request, scene: &Scene) -> Turn {
    match client_named(scene, client) {
        Some((Party::Host(node), _)) => {
            let call = Call::Console(ConsoleCall::Request(request));
            Turn::Now(vec![OutsideInput::Call { node, call, by: Origin::Script }])
        }
        _ => no_one(&Which::Client(client.into())),
    }
}

fn fault(fault: Fault) -> LabInput {
    OutsideInput::Fault { fault, by: Origin::Script }
}

fn no_one(which: &Which) -> Turn {
    Turn::Never(Sees::NoOne { who: which.clone() })
}

fn client_named<'a>(scene: &'a Scene, name: &str) -> Option<(Party, &'a ClientView)> {
    let found = scene.clients.iter().find(|(_, client)| &*client.name == name);
    found.map(|(party, client)| (*party, client))
}

/// The candidate that waits for the end of the one that leads.
fn second_candidate(scene: &Scene) -> Option<HostId> {
    let leads = |client: &ClientView| match &client.work {
        Work::Candidate { path, belief: Belief::Leads, .. } => path.clone(),
        _ => None,
    };
    let first = scene.clients.values().find_map(leads)?;
    scene.clients.iter().find_map(|(party, client)| match (party, &client.work) {
        (Party::Host(host), Work::Candidate { belief: Belief::Waits { behind }, .. })
            if *behind == first && client.state == ProcessState::Running =>
        {
            Some(*host)
        }
        _ => None,
    })
}

impl Which {
    fn means(&self, server: &ServerView) -> bool {
        let runs = server.state == ProcessState::Running;
        match self {
            Which::Leader => runs && server.role == PeerState::Leading,
            Which::Follower => runs && server.role != PeerState::Leading,
            Which::Running => runs,
            Which::NotServing => runs && !server.serving,
            Which::Paused => server.state == ProcessState::Paused,
            Which::Stopped => !runs && server.state != ProcessState::Paused,
            _ => false,
        }
    }

    fn means_client(&self, client: &ClientView) -> bool {
        let belief = match &client.work {
            Work::Candidate { belief, .. } => Some(belief),
            _ => None,
        };
        match (self, &client.state) {
            (Which::LeadingCandidate, ProcessState::Running) => belief == Some(&Belief::Leads),
            (Which::PausedClient, ProcessState::Paused) => true,
            (Which::StoppedClient, state) => {
                !matches!(state, ProcessState::Running | ProcessState::Paused)
            }
            _ => false,
        }
    }
}

impl Held {
    fn kind(self) -> MessageKind {
        match self {
            Held::Proposal => MessageKind::Proposal,
            Held::Ack => MessageKind::Ack,
            Held::Commit => MessageKind::Commit,
        }
    }
}

//! What a lab begins with.

use crate::{Node, NodeConfig};
use relevo_apps::{CandidateConfig, ConsoleConfig, CounterConfig, WorkloadConfig};
use relevo_coordination::{CLIENT, Member, ServerConfig, ServerId};
use relevo_core::{Address, Duration, HostId};
use relevo_world::{Storage, World, WorldConfig};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A lab before its first instant: who is there and how far apart. With a seed and a wall clock it
/// decides everything that follows, what enters from outside apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// Its name.
    pub name: Arc<str>,
    /// Servers with a vote.
    pub servers: u32,
    /// Servers without.
    pub observers: u32,
    /// Whether the counter writes.
    pub counter: bool,
    /// Clients that ask what they are told to, by name; each a console.
    pub consoles: Vec<Arc<str>>,
    /// Whether these connect only once they are asked something, unseen until then.
    pub consoles_wait: bool,
    /// Candidates of an election.
    pub candidates: u32,
    /// Clients of a fault schedule.
    pub workloads: u32,
    /// The least a message takes from one party to another.
    pub latency: Duration,
    /// At most this much is added, by the seed.
    pub jitter: Duration,
    /// ZooKeeper's `tickTime`.
    pub tick_ms: u32,
    /// ZooKeeper's `minSessionTimeout`; none for two ticks.
    pub min_session_ms: Option<u32>,
    /// ZooKeeper's `maxSessionTimeout`; none for twenty ticks.
    pub max_session_ms: Option<u32>,
    /// Transactions between snapshots.
    pub snap_count: u32,
    /// Committed transactions a leader keeps for DIFF.
    pub committed_kept: u32,
    /// The session time-out the lab's own clients ask for.
    pub session_ms: u32,
    /// Whether one message in sixteen goes through its codec.
    pub codec_checks: bool,
    /// The four-letter words answered.
    pub four_letter_words: Vec<Arc<str>>,
    /// The longest frame read from a client.
    pub frame_limit: u32,
    /// Connections a server takes from one address; 0 for no limit.
    pub max_client_connections: u32,
    /// Where the servers really are, in the order of their numbers; those that are nowhere but in
    /// the lab are as in ZooKeeper's own sample. Only told, by the four-letter word `conf`.
    pub places: Vec<ServerPlace>,
    /// A mistake planted in every server.
    #[cfg(feature = "bugs")]
    #[serde(skip)]
    pub bug: Option<relevo_coordination::Bug>,
}

/// Where a server's port and files really are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerPlace {
    /// Where its clients connect.
    pub client_port: u16,
    /// Where its snapshots lie.
    pub data_dir: Arc<str>,
    /// Where its log lies.
    pub data_log_dir: Arc<str>,
}

impl Default for Scenario {
    /// Three servers, nobody else, no time between them: what `main` is.
    fn default() -> Scenario {
        Scenario {
            name: "main".into(),
            servers: 3,
            observers: 0,
            counter: false,
            consoles: Vec::new(),
            consoles_wait: false,
            candidates: 0,
            workloads: 0,
            latency: Duration::ZERO,
            jitter: Duration::ZERO,
            tick_ms: 2_000,
            min_session_ms: None,
            max_session_ms: None,
            snap_count: 100_000,
            committed_kept: 500,
            session_ms: 4_000,
            codec_checks: false,
            four_letter_words: vec!["*".into()],
            frame_limit: relevo_coordination::codec::FRAME_LIMIT as u32,
            max_client_connections: 60,
            places: Vec::new(),
            #[cfg(feature = "bugs")]
            bug: None,
        }
    }
}

/// Names of the built-in scenarios.
pub const SCENARIOS: [&str; 11] =
    ["first-minute", "main", "z1", "z2", "z3", "z5", "a1", "a2", "a3", "single", "observer"];

/// A host of a lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabHost {
    /// Its id in the world.
    pub id: HostId,
    /// Its name.
    pub name: Arc<str>,
    /// What runs on it.
    pub kind: HostKind,
}

/// What runs on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostKind {
    /// A server of the coordination service, with or without a vote.
    Server {
        /// Its id.
        id: ServerId,
        /// Whether it votes.
        voter: bool,
    },
    /// The counter.
    Counter,
    /// A client that asks what it is told to.
    Console,
    /// A candidate of an election.
    Candidate,
    /// A schedule's client.
    Workload,
}

impl Scenario {
    /// The built-in scenario of this name.
    pub fn named(name: &str) -> Option<Scenario> {
        let visible = Scenario {
            name: name.into(),
            latency: Duration::from_millis(6),
            jitter: Duration::from_millis(3),
            ..Scenario::default()
        };
        let consoles = |names: &[&str]| names.iter().map(|name| Arc::from(*name)).collect();
        Some(match name {
            "first-minute" => Scenario {
                counter: true,
                consoles: consoles(&["ana"]),
                consoles_wait: true,
                ..visible
            },
            "main" => Scenario::default(),
            "z1" => Scenario {
                counter: true,
                consoles: consoles(&["ana"]),
                consoles_wait: true,
                ..visible
            },
            "z2" => Scenario { consoles: consoles(&["ana", "beto"]), ..visible },
            "z3" => Scenario { consoles: consoles(&["ana", "beto", "carla"]), ..visible },
            "z5" => Scenario {
                candidates: 3,
                consoles: consoles(&["ana"]),
                consoles_wait: true,
                ..visible
            },
            // So slow that each message can be seen on its way.
            "a1" => Scenario {
                consoles: consoles(&["ana"]),
                latency: Duration::from_millis(120),
                jitter: Duration::from_millis(20),
                ..visible
            },
            // So forgetful that a server which was away for three seconds needs a snapshot, and so
            // slow that a proposal can be caught on its way.
            "a2" => Scenario {
                counter: true,
                latency: Duration::from_millis(20),
                jitter: Duration::from_millis(4),
                snap_count: 60,
                committed_kept: 30,
                ..visible
            },
            // So mindful that whoever looks at a cut for minutes still sees the minority's log cut.
            "a3" => Scenario {
                servers: 5,
                counter: true,
                consoles: consoles(&["ana"]),
                committed_kept: 5_000,
                ..visible
            },
            "single" => Scenario { servers: 1, counter: true, ..visible },
            "observer" => Scenario { observers: 1, counter: true, ..visible },
            _ => return None,
        })
    }

    /// The hosts in the order in which they are added, servers first.
    pub fn hosts(&self) -> Vec<LabHost> {
        let mut hosts = Vec::new();
        let mut add = |name: String, kind| {
            let id = HostId(hosts.len() as u32);
            hosts.push(LabHost { id, name: name.into(), kind });
        };
        for number in 1..=self.servers + self.observers {
            let (id, voter) = (ServerId(u64::from(number)), number <= self.servers);
            add(format!("zookeeper-{number}"), HostKind::Server { id, voter });
        }
        if self.counter {
            add("counter".into(), HostKind::Counter);
        }
        for name in &self.consoles {
            add(name.to_string(), HostKind::Console);
        }
        for number in 1..=self.candidates {
            add(format!("candidate-{number}"), HostKind::Candidate);
        }
        for number in 1..=self.workloads {
            add(format!("client-{number}"), HostKind::Workload);
        }
        hosts
    }

    /// The world with its hosts, each about to boot.
    pub(crate) fn world(&self, seed: u64, wall_start_ms: i64, storage: Storage) -> World<Node> {
        let mut world = World::new(WorldConfig {
            seed,
            wall_start_ms,
            latency: self.latency,
            jitter: self.jitter,
            codec_checks: self.codec_checks,
            trace: true,
        });
        for host in self.hosts() {
            let server = matches!(host.kind, HostKind::Server { .. });
            let storage = if server { storage } else { Storage::Memory };
            let id = world.add_host(&host.name, self.config_of(&host), storage);
            assert_eq!(id, host.id, "a world numbers its hosts in the order of their adding");
        }
        world
    }

    /// What a host boots with.
    pub fn config_of(&self, host: &LabHost) -> NodeConfig {
        let servers = self.addresses();
        let timeout_ms = self.session_ms;
        match host.kind {
            HostKind::Server { id, .. } => NodeConfig::ZooKeeper(self.server_config(id)),
            HostKind::Counter => {
                let period = Duration::from_millis(100);
                NodeConfig::Counter(CounterConfig { servers, timeout_ms, period })
            }
            HostKind::Console => {
                let waits = self.consoles_wait;
                NodeConfig::Console(ConsoleConfig { servers, timeout_ms, waits })
            }
            HostKind::Candidate => {
                let name = host.name.clone();
                NodeConfig::Candidate(CandidateConfig { name, servers, timeout_ms })
            }
            HostKind::Workload => NodeConfig::Workload(WorkloadConfig {
                servers,
                timeout_ms,
                index: host.id.0,
                think: (Duration::from_millis(60), Duration::from_millis(160)),
                enough: 250,
            }),
        }
    }

    fn server_config(&self, id: ServerId) -> ServerConfig {
        let members = self.hosts().into_iter().filter_map(|host| match host.kind {
            HostKind::Server { id, voter } => Some(Member { id, host: host.id, voter }),
            _ => None,
        });
        let config = ServerConfig::new(id, members.collect());
        let index = usize::try_from(id.0).unwrap_or(usize::MAX).wrapping_sub(1);
        let place = self.places.get(index).cloned().unwrap_or(ServerPlace {
            client_port: config.client_port,
            data_dir: config.data_dir.clone(),
            data_log_dir: config.data_log_dir.clone(),
        });
        ServerConfig {
            tick_ms: self.tick_ms,
            min_session_ms: self.min_session_ms,
            max_session_ms: self.max_session_ms,
            snap_count: self.snap_count,
            committed_kept: self.committed_kept,
            four_letter_words: self.four_letter_words.clone(),
            frame_limit: self.frame_limit,
            max_client_connections: self.max_client_connections,
            #[cfg(feature = "bugs")]
            bug: self.bug,
            client_port: place.client_port,
            data_dir: place.data_dir,
            data_log_dir: place.data_log_dir,
            ..config
        }
    }

    /// Where clients reach the servers, observers included.
    pub fn addresses(&self) -> Vec<Address> {
        (0..self.servers + self.observers).map(|at| Address::new(HostId(at), CLIENT)).collect()
    }
}

//! What a scenario's file says: a lab, and commands with their times.

use crate::{Lab, Scenario};
use relevo_core::{Duration, Fault, HostId, Instant, Seq};
use serde::Deserialize;
use std::sync::Arc;

/// The longest simulation a file may ask for.
const LONGEST_MS: u64 = 3_600_000;
/// The most servers, observers and clients a file may ask for.
const MOST_HOSTS: u32 = 64;

/// A scenario with what is done to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    /// What `relevo simulate` is given for it: the name of a built-in scenario, or a file.
    pub given: Arc<str>,
    /// The lab.
    pub scenario: Scenario,
    /// What is done, in order of time.
    pub commands: Vec<(Instant, Command)>,
    /// When it ends.
    pub until: Instant,
}

/// A command of the control API, by its name there.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "command", deny_unknown_fields)]
#[allow(missing_docs)] // the fields are those of the API's requests
pub enum Command {
    CrashNode {
        node: Arc<str>,
        #[serde(default)]
        power_loss: bool,
    },
    RestartNode {
        node: Arc<str>,
    },
    PauseNode {
        node: Arc<str>,
    },
    ResumeNode {
        node: Arc<str>,
    },
    Partition {
        groups: Vec<Vec<Arc<str>>>,
    },
    CutLink {
        from: Arc<str>,
        to: Arc<str>,
    },
    Heal {},
    SetLink {
        from: Arc<str>,
        to: Arc<str>,
        latency_us: u64,
        jitter_us: u64,
    },
    HoldMessage {
        message: u64,
    },
    ReleaseMessage {
        message: u64,
    },
    DropMessage {
        message: u64,
    },
    LoseDisk {
        node: Arc<str>,
    },
    SlowDisk {
        node: Arc<str>,
        factor: u32,
    },
    FillDisk {
        node: Arc<str>,
        full: bool,
    },
    SkewClock {
        node: Arc<str>,
        offset_ms: i64,
        drift_ppm: i32,
    },
}

/// Why a scenario's file cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SimulationError {
    /// It is no TOML, or holds something unknown.
    #[error("{0}")]
    Malformed(String),
    /// It names no such scenario.
    #[error("there is no scenario named {0}: `relevo simulate --list` shows those there are")]
    UnknownScenario(String),
    /// It names no such node.
    #[error("there is no node named {0} in this scenario; \"leader\" names whoever leads then")]
    UnknownNode(String),
    /// It asks for too much.
    #[error("{what} is {value}; at most {most} will do")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// How much.
        value: u64,
        /// The limit.
        most: u64,
    },
}

/// A scenario's file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// The built-in scenario it begins with.
    #[serde(default)]
    scenario: Option<String>,
    name: Arc<str>,
    seconds: u64,
    #[serde(default)]
    servers: Option<u32>,
    #[serde(default)]
    observers: Option<u32>,
    #[serde(default)]
    counter: Option<bool>,
    #[serde(default)]
    latency_us: Option<u64>,
    #[serde(default)]
    jitter_us: Option<u64>,
    #[serde(default)]
    commands: Vec<toml::Table>,
}

impl Simulation {
    /// The simulation of a TOML file:
    ///
    /// ```toml
    /// name = "two-crashes"
    /// scenario = "first-minute"   # the built-in one it begins with
    /// seconds = 20
    /// [[commands]]
    /// at_ms = 5000
    /// command = "CrashNode"
    /// node = "leader"
    /// ```
    ///
    /// `servers`, `observers`, `counter`, `latency_us` and `jitter_us` change what the built-in
    /// scenario says. A message is named by the number of the event of its sending, as the
    /// transcript of the same seed shows it. `file` is where the text came from.
    pub fn from_toml(text: &str, file: &str) -> Result<Simulation, SimulationError> {
        let malformed = |error: toml::de::Error| SimulationError::Malformed(error.to_string());
        let document: Document = toml::from_str(text).map_err(malformed)?;
        let base = document.scenario.as_deref().unwrap_or("first-minute");
        let unknown = || SimulationError::UnknownScenario(base.into());
        let mut scenario = Scenario::named(base).ok_or_else(unknown)?;
        scenario.name = document.name;
        scenario.servers = document.servers.unwrap_or(scenario.servers);
        scenario.observers = document.observers.unwrap_or(scenario.observers);
        scenario.counter = document.counter.unwrap_or(scenario.counter);
        let micros = |us: Option<u64>, or| us.map_or(or, Duration::from_micros);
        scenario.latency = micros(document.latency_us, scenario.latency);
        scenario.jitter = micros(document.jitter_us, scenario.jitter);
        let hosts = scenario.servers.saturating_add(scenario.observers);
        at_most("the number of servers", hosts.into(), MOST_HOSTS.into())?;
        let until_ms = document.seconds.saturating_mul(1_000);
        at_most("the length in ms", until_ms, LONGEST_MS)?;
        let mut commands = Vec::new();
        for mut table in document.commands {
            let at_ms = table.remove("at_ms").and_then(|at| at.as_integer());
            let at_ms = at_ms.and_then(|at| u64::try_from(at).ok()).ok_or_else(|| {
                SimulationError::Malformed("a command needs at_ms, its time in ms".into())
            })?;
            at_most("at_ms", at_ms, LONGEST_MS)?;
            let command: Command = table.try_into().map_err(malformed)?;
            command.check(&scenario)?;
            commands.push((Instant::ZERO + Duration::from_millis(at_ms), command));
        }
        commands.sort_by_key(|(at, _)| *at);
        let until = Instant::ZERO + Duration::from_millis(until_ms);
        Ok(Simulation { given: file.into(), scenario, commands, until })
    }

    /// Small, and with a bit of everything: what builds are compared by.
    pub(crate) fn probe() -> Simulation {
        let at = |ms| Instant::ZERO + Duration::from_millis(ms);
        let node: Arc<str> = "leader".into();
        let crash = Command::CrashNode { node, power_loss: true };
        let restart = Command::RestartNode { node: "zookeeper-3".into() };
        Simulation {
            given: "first-minute".into(),
            scenario: Scenario {
                codec_checks: true,
                ..Scenario::named("first-minute").expect("it is built in")
            },
            commands: vec![(at(2_000), crash), (at(3_000), restart)],
            until: at(4_000),
        }
    }
}

fn at_most(what: &'static str, value: u64, most: u64) -> Result<(), SimulationError> {
    if value > most { Err(SimulationError::TooMuch { what, value, most }) } else { Ok(()) }
}

impl Command {
    fn nodes(&self) -> Vec<&Arc<str>> {
        match self {
            Command::CrashNode { node, .. }
            | Command::RestartNode { node }
            | Command::PauseNode { node }
            | Command::ResumeNode { node }
            | Command::LoseDisk { node }
            | Command::SlowDisk { node, .. }
            | Command::FillDisk { node, .. }
            | Command::SkewClock { node, .. } => vec![node],
            Command::CutLink { from, to } | Command::SetLink { from, to, .. } => vec![from, to],
            Command::Partition { groups } => groups.iter().flatten().collect(),
            Command::Heal {}
            | Command::HoldMessage { .. }
            | Command::ReleaseMessage { .. }
            | Command::DropMessage { .. } => Vec::new(),
        }
    }

    fn check(&self, scenario: &Scenario) -> Result<(), SimulationError> {
        let hosts = scenario.hosts();
        let known = |node: &str| node == "leader" || hosts.iter().any(|host| &*host.name == node);
        match self.nodes().into_iter().find(|node| !known(node)) {
            Some(node) => Err(SimulationError::UnknownNode(node.to_string())),
            None => Ok(()),
        }
    }

    /// The fault it is in this lab now; none where it names the leader and there is none.
    pub fn fault(&self, lab: &Lab) -> Option<Fault> {
        let host = |name: &Arc<str>| -> Option<HostId> {
            match &**name {
                "leader" => lab.scene().leader().map(|leader| leader.host),
                name => lab.host_named(name),
            }
        };
        Some(match self {
            Command::CrashNode { node, power_loss } => {
                Fault::Crash { node: host(node)?, power_loss: *power_loss }
            }
            Command::RestartNode { node } => Fault::Restart { node: host(node)? },
            Command::PauseNode { node } => Fault::Pause { node: host(node)? },
            Command::ResumeNode { node } => Fault::Resume { node: host(node)? },
            Command::Partition { groups } => {
                let group = |group: &Vec<Arc<str>>| group.iter().filter_map(&host).collect();
                Fault::Partition { groups: groups.iter().map(group).collect() }
            }
            Command::CutLink { from, to } => Fault::CutLink { from: host(from)?, to: host(to)? },
            Command::Heal {} => Fault::Heal,
            Command::SetLink { from, to, latency_us, jitter_us } => Fault::SetLink {
                from: host(from)?,
                to: host(to)?,
                latency: Duration::from_micros(*latency_us),
                jitter: Duration::from_micros(*jitter_us),
                bytes_per_second: None,
            },
            Command::HoldMessage { message } => Fault::Hold { message: Seq(*message) },
            Command::ReleaseMessage { message } => Fault::Release { message: Seq(*message) },
            Command::DropMessage { message } => Fault::Drop { message: Seq(*message) },
            Command::LoseDisk { node } => Fault::LoseDisk { node: host(node)? },
            Command::SlowDisk { node, factor } => {
                Fault::SlowDisk { node: host(node)?, factor: *factor }
            }
            Command::FillDisk { node, full } => Fault::FillDisk { node: host(node)?, full: *full },
            Command::SkewClock { node, offset_ms, drift_ppm } => {
                Fault::SkewClock { node: host(node)?, offset_ms: *offset_ms, drift_ppm: *drift_ppm }
            }
        })
    }
}

//! What can be asked of a lab in person: jobs run on its thread.

use super::Driven;
use super::viewer::{VIEWERS, Viewer};
use crate::files::Disk;
use crate::said::Said;
use crate::wire::Port;
use relevo_core::{Fault, HostId, Origin, OutsideInput, Seq};
use relevo_lab::stream::{Clock, Verdict};
use relevo_lab::{HostKind, LabEvent, LabHost, Scene};
use relevo_world::CommandError;
use std::sync::Arc;
use std::time::Instant as Real;

/// The most events one `Step` runs.
const MOST_STEPS: u32 = 10_000;

/// Why a lab did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No node or message of that name.
    #[error("{0}")]
    NotFound(Said),
    /// Not in this lab, or not in its present state.
    #[error("{0}")]
    Precondition(Said),
    /// Malformed.
    #[error("{0}")]
    Invalid(Said),
    /// As many as there may be.
    #[error("{0}")]
    Exhausted(Said),
}

/// A scene, what came after it, a place for what follows, and what the checkers say.
pub type Watch = (Scene, Vec<Arc<LabEvent>>, Viewer, Vec<Verdict>);

impl Driven {
    /// Gives a host its real disk.
    pub fn add_disk(&mut self, host: HostId, disk: Disk) {
        self.disks.insert(host, disk);
    }

    /// Gives a host its real port.
    pub fn add_port(&mut self, port: Port) {
        let host = port.server();
        self.ports.push(port);
        self.lab.set_addresses(host, self.addresses(host));
    }

    /// Keeps something as long as the lab lives.
    pub(crate) fn hold(&mut self, held: Box<dyn std::any::Any + Send>) {
        self.held = Some(held);
    }

    /// Where whatever enters is handed in.
    pub(crate) fn inbox(&self) -> Arc<super::Inbox> {
        Arc::clone(&self.inbox)
    }

    /// The hosts whose files are real, and their names: the servers.
    pub(crate) fn external_hosts(&self) -> Vec<(HostId, Arc<str>)> {
        self.server_hosts().map(|host| (host.id, Arc::clone(&host.name))).collect()
    }

    /// Whether every voter serves that has not stopped by itself, and these are a majority.
    pub(crate) fn ready(&self) -> bool {
        let voters: Vec<HostId> = self
            .server_hosts()
            .filter(|host| matches!(host.kind, HostKind::Server { voter: true, .. }))
            .map(|host| host.id)
            .collect();
        let serves = |host: &&HostId| self.lab.server(**host).is_some_and(|it| it.serving());
        let serving = voters.iter().filter(serves).count();
        let stopped = voters.iter().filter(|host| self.stopped.contains_key(host)).count();
        serving + stopped == voters.len() && (serving * 2 > voters.len() || voters.is_empty())
    }

    fn server_hosts(&self) -> impl Iterator<Item = &LabHost> {
        let hosts = self.lab.hosts().iter();
        hosts.filter(|host| matches!(host.kind, HostKind::Server { .. }))
    }

    /// Where lab time stands.
    pub fn clock(&self) -> Clock {
        Clock {
            at: self.lab.now(),
            speed: self.pace.speed(),
            paused: self.pace.paused(),
            oldest: self.lab.oldest(),
            seq: self.lab.seq(),
        }
    }

    /// Why the lab stopped, if it did.
    pub fn failure(&self) -> Option<Arc<str>> {
        self.failure.clone()
    }

    /// Why its nodes stopped by themselves, those that did.
    pub fn stopped(&self) -> Vec<Arc<str>> {
        self.stopped.values().cloned().collect()
    }

    /// Where outside clients reach a host.
    pub fn addresses(&self, host: HostId) -> Vec<Arc<str>> {
        let ports = self.ports.iter().filter(|port| port.server() == host);
        ports.map(Port::advertised).collect()
    }

    /// What tells when the ports are as open as their servers' processes are alive.
    pub(crate) fn port_changes(&self) -> Vec<crate::wire::PortChange> {
        self.ports.iter().map(Port::change).collect()
    }

    /// The servers and where outside clients reach them.
    pub fn servers(&self) -> Vec<(HostId, Vec<Arc<str>>)> {
        self.server_hosts().map(|host| (host.id, self.addresses(host.id))).collect()
    }

    /// The host of this name.
    pub fn host(&self, name: &str) -> Result<HostId, Refusal> {
        self.lab.host_named(name).ok_or_else(|| {
            let names: Vec<&str> = self.lab.hosts().iter().map(|host| &*host.name).collect();
            let (lab, known) = (&self.info.id, names.join(", "));
            Refusal::NotFound(Said::new(
                format!("lab {lab} has no node `{name}`; it has {known}"),
                format!("el laboratorio {lab} no tiene ningún nodo `{name}`; tiene {known}"),
            ))
        })
    }

    /// Applies a fault, or its mending.
    pub fn apply(&mut self, fault: Fault, by: Origin) -> Result<Seq, Refusal> {
        self.alive()?;
        let entered = self.lab.input(OutsideInput::Fault { fault, by });
        let seq = entered.map_err(refusal)?.seq;
        self.hand_out();
        Ok(seq)
    }

    /// Lets lab time stand.
    pub fn pause(&mut self) -> Result<Seq, Refusal> {
        self.alive()?;
        if !self.pace.paused() {
            let real = Real::now();
            let now = self.pace.at(real);
            self.pass(now);
            self.pace.set_paused(real, self.lab.now(), true);
            let waiting = self.outsiders.names();
            self.viewers.tell(|news| news.waiting = Some(waiting.clone()));
            self.tell(real);
        }
        Ok(self.clock().seq)
    }

    /// Lets lab time go on.
    pub fn resume(&mut self) -> Result<Seq, Refusal> {
        self.alive()?;
        self.pace.set_paused(Real::now(), self.lab.now(), false);
        self.viewers.tell(|news| news.waiting = Some(Vec::new()));
        Ok(self.clock().seq)
    }

    /// Runs `events` events of a paused lab, each at its own instant.
    pub fn step(&mut self, events: u32) -> Result<Seq, Refusal> {
        self.alive()?;
        if !self.pace.paused() {
            return Err(Refusal::Precondition(Said::new(
                "only a paused lab is stepped; pause it first",
                "solo un laboratorio en pausa avanza paso a paso; páusalo antes",
            )));
        }
        if !(1..=MOST_STEPS).contains(&events) {
            return Err(Refusal::Invalid(Said::new(
                format!("`events` lies between 1 and {MOST_STEPS}"),
                format!("`events` va de 1 a {MOST_STEPS}"),
            )));
        }
        let waiting = self.inbox.take_waiting();
        self.enter(waiting);
        for _ in 0..events {
            if !self.lab.run_one() {
                break;
            }
        }
        let real = Real::now();
        self.pace.set_paused(real, self.lab.now(), true);
        self.hand_out();
        self.tell(real);
        Ok(self.clock().seq)
    }

    /// Runs lab time faster or slower.
    pub fn set_speed(&mut self, speed: f64) -> Result<Seq, Refusal> {
        self.alive()?;
        if !super::SPEEDS.contains(&speed) {
            let (slowest, fastest) = (super::SPEEDS.start(), super::SPEEDS.end());
            return Err(Refusal::Invalid(Said::new(
                format!("the speed lies between {slowest} and {fastest}, not {speed}"),
                format!("la velocidad va de {slowest} a {fastest}, no puede ser {speed}"),
            )));
        }
        if speed > 1.0 && self.outsiders.any() {
            let names = self.outsiders.names().join(", ");
            return Err(Refusal::Precondition(Said::new(
                format!(
                    "outside clients are connected ({names}), whose own time-outs run in real \
                     time; disconnect them, or stay at or below 1"
                ),
                format!(
                    "hay clientes de fuera conectados ({names}), cuyos plazos corren en tiempo \
                     real; desconéctalos, o quédate en 1 o menos"
                ),
            )));
        }
        self.change_speed(speed);
        self.tell(Real::now());
        Ok(self.clock().seq)
    }

    /// Begins to watch: a scene, what came after it up to now, and a place for what follows.
    pub fn watch(&mut self) -> Result<Watch, Refusal> {
        self.lab.set_watched(true);
        self.news();
        let named = self.lab.outside_names().cloned().collect();
        let viewer = self.viewers.add(named).ok_or_else(|| {
            Refusal::Exhausted(Said::new(
                format!("{VIEWERS} watch this lab already, which is the limit"),
                format!("{VIEWERS} miran ya este laboratorio, que es el límite"),
            ))
        })?;
        let (scene, events) = self.lab.history();
        let (clock, failure) = (self.clock(), self.failure.clone());
        self.viewers.tell(|news| {
            news.clock = Some(clock);
            news.stopped.clone_from(&failure);
        });
        Ok((scene, events, viewer, self.lab.verdicts()))
    }

    /// Gives a viewer that has fallen behind a fresh scene.
    pub(crate) fn refresh(&mut self, give: impl FnOnce(Scene, u64), missed: u64) {
        self.news();
        give(self.lab.scene().clone(), missed);
    }

    /// Whether anyone watches, or is connected from outside.
    pub fn in_use(&self) -> bool {
        self.viewers.any() || self.outsiders.any()
    }

    pub(super) fn change_speed(&mut self, speed: f64) {
        let real = Real::now();
        let now = if self.pace.paused() { self.lab.now() } else { self.pace.at(real) };
        self.pass(now);
        self.pace.set_speed(real, self.lab.now(), speed);
    }

    pub(super) fn alive(&self) -> Result<(), Refusal> {
        let Some(reason) = &self.failure else { return Ok(()) };
        Err(Refusal::Precondition(Said::new(
            format!("the lab stopped, and only its trace is left: {reason}"),
            format!("el laboratorio se detuvo, y solo queda su traza: {reason}"),
        )))
    }
}

pub(super) fn refusal(error: CommandError) -> Refusal {
    let kind = match error {
        CommandError::UnknownHost { .. }
        | CommandError::UnknownMessage { .. }
        | CommandError::UnknownConnection { .. } => Refusal::NotFound,
        CommandError::SameHost { .. }
        | CommandError::InTwoGroups { .. }
        | CommandError::OutOfRange { .. } => Refusal::Invalid,
        _ => Refusal::Precondition,
    };
    kind(error.into())
}

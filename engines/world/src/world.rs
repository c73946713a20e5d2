use crate::agenda::{Agenda, Side, seeded_key};
use crate::connections::{Connection, Connections, EndState, Parcel};
use crate::host::{Clock, DiskState, Host, HostState, HostView, Timer};
use crate::links::Links;
use relevo_core::{
    Cause, Causes, ConnId, Duration, Effects, Fault, HostId, Instant, Kind, Machine, Origin,
    OutsideOutput, Party, Random, Seq, Service, TraceEvent,
};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// What a world begins with. Its whole future follows from this, from the hosts added and from
/// what enters from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorldConfig {
    /// Where everything random comes from.
    pub seed: u64,
    /// What an exact wall clock shows at the world's beginning: milliseconds since the Unix epoch.
    pub wall_start_ms: i64,
    /// The least a message takes between two parties, where no link was set otherwise.
    pub latency: Duration,
    /// At most this much is added, by the seed.
    pub jitter: Duration,
    /// Whether one message in sixteen goes through its codec and back.
    pub codec_checks: bool,
    /// Whether trace events are kept for [`World::drain_trace`]. It never influences what happens,
    /// nor the numbers of events.
    pub trace: bool,
}

/// Where a host's files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Storage {
    /// In the world.
    Memory,
    /// Outside: disk effects leave as [`OutsideOutput::Disk`], answers enter as
    /// [`OutsideInput::Disk`](relevo_core::OutsideInput::Disk).
    External,
}

/// A deterministic world of machines; see the crate's documentation.
#[derive(Clone)]
pub struct World<M: Machine> {
    pub(crate) config: WorldConfig,
    pub(crate) now: Instant,
    pub(crate) seq: Seq,
    pub(crate) steps: u64,
    pub(crate) agenda: Agenda,
    pub(crate) hosts: Vec<Host<M>>,
    pub(crate) connections: Connections<M::Message>,
    pub(crate) links: Links,
    pub(crate) fates: Random,
    pub(crate) codec: Random,
    pub(crate) sync_takes: (Duration, Duration),
    pub(crate) scratch: Scratch<M>,
    trace: Vec<TraceEvent<M::Message, M::Event>>,
    pub(crate) outside: Vec<OutsideOutput<M::Message>>,
}

/// The buffer every step writes its effects into; empty between steps, so that a clone takes a
/// new one.
pub(crate) struct Scratch<M: Machine>(pub(crate) Effects<M::Message, M::Event>);

/// A message under way.
#[derive(Clone, Copy, Debug)]
pub struct InFlight<'a, T> {
    /// Its name: the event of its sending.
    pub message: Seq,
    /// On which connection.
    pub conn: ConnId,
    /// Who sent it.
    pub from: Party,
    /// Who will get it.
    pub to: Party,
    /// When it arrives if nothing holds it.
    pub arrives: Instant,
    /// Whether it is held itself; those behind a held one are not.
    pub held: bool,
    /// What it is.
    pub content: &'a T,
}

/// A connection both of whose ends believe in it, or are about to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connected {
    /// Which.
    pub conn: ConnId,
    /// Who opened it.
    pub from: Party,
    /// Whom it leads to.
    pub to: Party,
    /// What is spoken on it.
    pub service: Service,
}

const LINKS: u64 = 1;
const FATES: u64 = 2;
const CODEC: u64 = 3;
const HOSTS: u64 = 4;
const DISKS: u64 = 5;
const MACHINES: u64 = 6;
pub(crate) const CONNECTIONS: u64 = 7;

impl<M: Machine> World<M> {
    /// An empty world.
    pub fn new(config: WorldConfig) -> Self {
        let random = |purpose| Random::derived(config.seed, purpose);
        World {
            now: Instant::ZERO,
            seq: Seq(0),
            steps: 0,
            agenda: Agenda::default(),
            hosts: Vec::new(),
            connections: Connections::new(),
            links: Links::new(config.latency, config.jitter, random(LINKS)),
            fates: random(FATES),
            codec: random(CODEC),
            sync_takes: (Duration::from_micros(100), Duration::from_millis(5)),
            scratch: Scratch(Effects::new(ConnId(0))),
            trace: Vec::new(),
            outside: Vec::new(),
            config,
        }
    }

    /// Adds a host and starts its process: it boots at this instant, as soon as time runs.
    pub fn add_host(&mut self, name: &str, config: M::Config, storage: Storage) -> HostId {
        let id = HostId(self.hosts.len() as u32);
        let seed = self.config.seed;
        self.hosts.push(Host {
            name: name.into(),
            key: seeded_key(seed, HOSTS, u64::from(id.0)),
            config,
            storage,
            state: HostState::Crashed,
            incarnation: 0,
            machine: None,
            born: 0,
            waiting: Vec::new(),
            timer: Timer::unset(),
            again: None,
            mail: VecDeque::new(),
            clock: Clock::default(),
            disk: DiskState::new(Random::derived(seeded_key(seed, DISKS, u64::from(id.0)), DISKS)),
        });
        let (fault, by) = (Fault::Start { node: id }, Origin::Script);
        let root = self.record(Some(id.into()), &[], || Kind::Fault { fault, by });
        self.start_process(id, root);
        self.settle();
        id
    }

    /// The seed of an incarnation of a machine.
    pub(crate) fn machine_seed(&self, host: HostId, incarnation: u32) -> u64 {
        let number = u64::from(host.0) << 32 | u64::from(incarnation);
        seeded_key(self.config.seed, MACHINES, number)
    }

    /// The lab's time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The last event number given.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// How many times a machine has been stepped.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// What this world began with.
    pub fn config(&self) -> &WorldConfig {
        &self.config
    }

    /// When the next thing is due; none where nothing waits for time to pass.
    pub fn next_due(&self) -> Option<Instant> {
        self.agenda.peek().map(|entry| entry.at.max(self.now))
    }

    /// Takes the trace kept so far, in order.
    pub fn drain_trace(&mut self) -> std::vec::Drain<'_, TraceEvent<M::Message, M::Event>> {
        self.trace.drain(..)
    }

    /// Switches the keeping of the trace on or off; event numbers advance either way.
    pub fn set_trace(&mut self, on: bool) {
        self.config.trace = on;
    }

    /// Takes what is for outside programs and real disks, in order.
    pub fn drain_outside(&mut self) -> std::vec::Drain<'_, OutsideOutput<M::Message>> {
        self.outside.drain(..)
    }

    /// The host of this name.
    pub fn host_named(&self, name: &str) -> Option<HostId> {
        self.hosts.iter().position(|host| &*host.name == name).map(|at| HostId(at as u32))
    }

    /// All hosts in the order in which they were added.
    pub fn hosts(&self) -> impl Iterator<Item = HostView<'_>> {
        self.hosts.iter().zip(0..).map(|(host, id)| HostView {
            id: HostId(id),
            name: &host.name,
            state: &host.state,
            incarnation: host.incarnation,
        })
    }

    /// The machine of a host; none while its process does not run.
    pub fn machine(&self, host: HostId) -> Option<&M> {
        self.hosts.get(host.0 as usize)?.machine.as_ref()
    }

    /// What a host boots with next time.
    ///
    /// # Panics
    /// Where there is no such host.
    pub fn config_mut(&mut self, host: HostId) -> &mut M::Config {
        &mut self.hosts[host.0 as usize].config
    }

    /// Sets how long a sync of a memory disk takes: at least and at most. It is a part of how a
    /// world is set up, not of what happens in it.
    pub fn set_sync_takes(&mut self, least: Duration, most: Duration) {
        self.sync_takes = (least, most.max(least));
    }

    /// The messages under way, by connection and direction in the order of their arrival.
    pub fn in_flight(&self) -> impl Iterator<Item = InFlight<'_, M::Message>> {
        let sides = |c| Side::BOTH.into_iter().map(move |side| (c, side));
        self.connections.iter().flat_map(sides).flat_map(|(connection, side)| {
            let items = connection.way(side).queue.iter();
            items.filter_map(move |item| {
                let Parcel::Message(content) = &item.what else { return None };
                Some(InFlight {
                    message: item.seq,
                    conn: connection.id,
                    from: connection.end(side).party,
                    to: connection.end(side.other()).party,
                    arrives: item.arrives,
                    held: item.held,
                    content,
                })
            })
        })
    }

    /// The connections that no end has closed or learned to be over, in the order of their opening.
    pub fn connected(&self) -> impl Iterator<Item = Connected> + '_ {
        let open = |c: &Connection<M::Message>| {
            Side::BOTH.into_iter().all(|side| c.end(side).state != EndState::Ended)
        };
        let slots = self.connections.select(open).into_iter();
        slots.filter_map(|slot| self.connections.get(slot)).map(|connection| Connected {
            conn: connection.id,
            from: connection.end(Side::Opener).party,
            to: connection.end(Side::Acceptor).party,
            service: connection.service,
        })
    }

    /// The links cut one by one, each direction by itself.
    pub fn cut_links(&self) -> impl Iterator<Item = (HostId, HostId)> + '_ {
        self.links.cut_links()
    }

    /// Whether the partition, where there is one, keeps two hosts apart.
    pub fn is_divided(&self, a: HostId, b: HostId) -> bool {
        self.links.divided(a, b)
    }

    /// How many bytes the outside program of this connection has sent that did not arrive yet:
    /// its driver stops reading the socket from [`BLOCKED_AT`](crate::BLOCKED_AT) on.
    pub fn queued_from_outside(&self, conn: ConnId) -> u64 {
        let slot = self.connections.slot(conn);
        let connection = slot.and_then(|slot| self.connections.get(slot));
        connection.map_or(0, |connection| connection.way(Side::Opener).bytes)
    }

    pub(crate) fn host(&mut self, id: HostId) -> &mut Host<M> {
        &mut self.hosts[id.0 as usize]
    }

    /// Adds an event to the trace.
    pub(crate) fn record(
        &mut self,
        party: Option<Party>,
        causes: &[Seq],
        kind: impl FnOnce() -> Kind<M::Message, M::Event>,
    ) -> Seq {
        self.seq.0 += 1;
        if self.config.trace {
            let (seq, at, causes) = (self.seq, self.now, Causes::from_slice(causes));
            self.trace.push(TraceEvent { seq, at, party, causes, kind: kind() });
        }
        self.seq
    }

    /// Adds an event that a machine emitted: it rests on the step's input and on what the machine
    /// names beside it.
    pub(crate) fn record_emitted(
        &mut self,
        why: &Why<'_>,
        kind: impl FnOnce() -> Kind<M::Message, M::Event>,
    ) -> Seq {
        let party = Some(why.host.into());
        if why.because.is_empty() || !self.config.trace {
            return self.record(party, &[why.cause], kind);
        }
        let mut causes = Causes::from_slice(&[why.cause]);
        for &Cause(seq) in why.because {
            if seq != Seq(0) && !causes.contains(&seq) {
                causes.push(seq);
            }
        }
        self.record(party, &causes, kind)
    }
}

/// Who emits something, and why.
pub(crate) struct Why<'a> {
    pub(crate) host: HostId,
    pub(crate) cause: Seq,
    pub(crate) because: &'a [Cause],
}

impl<M: Machine> Clone for Scratch<M> {
    fn clone(&self) -> Self {
        Scratch(Effects::new(self.0.next_conn()))
    }
}

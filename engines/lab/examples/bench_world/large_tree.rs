//! What a large tree costs those who are not concerned: writes and pings while every server takes
//! a snapshot of it, and while a follower that lost its disk gets it by SNAP.
//!
//! Why a small tree tells about a large one: nothing that is asked waits for a whole snapshot, only
//! for the slice at hand (256 entries or 16 KiB) and for the sync at hand (1 MiB of snapshot).
//! Neither grows with the tree; only the number of slices does, and with it how long the snapshot
//! takes.

use relevo_coordination::{
    CLIENT, ConnectRequest, CreateMode, Event, Member, Message, QuorumPacket, Request, Server,
    ServerConfig, ServerId, SyncMode, service::open_acl,
};
use relevo_core::{
    Address, ConnId, Duration, Fault, HostId, Instant, Kind, Origin, OutsideId, OutsideInput,
    OutsideOutput, Party,
};
use relevo_world::{Storage, World, WorldConfig};
use std::collections::{BTreeMap, BTreeSet};

/// Servers of the ensemble.
const SERVERS: u32 = 3;
/// Znodes created by one transaction, and children of one folder.
const PART: u32 = 200;
/// Writes that one client has under way.
const OUTSTANDING: usize = 8;
/// Between a client's pings.
const PING_EVERY: Duration = Duration::from_millis(2);
/// What a sync takes.
const SYNC: Duration = Duration::from_millis(1);
/// Half of ZooKeeper's default tick.
pub(crate) const HALF_TICK: Duration = Duration::from_millis(1_000);
/// Longer than anything here takes.
const AT_MOST: Duration = Duration::from_secs(600);

/// What was measured while something long went on, in lab time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Phase {
    /// How long it went on.
    pub(crate) lasted: Duration,
    /// From each write's call to its answer, sorted.
    pub(crate) writes: Vec<Duration>,
    /// From each ping to its answer, of clients and of learners, sorted.
    pub(crate) pings: Vec<Duration>,
}

impl Phase {
    /// The time within which so many of a hundred writes were answered.
    pub(crate) fn write_percentile(&self, percent: usize) -> Duration {
        let at = (self.writes.len() * percent).div_ceil(100).saturating_sub(1);
        self.writes.get(at).copied().unwrap_or_default()
    }

    /// The slowest ping.
    pub(crate) fn slowest_ping(&self) -> Duration {
        self.pings.last().copied().unwrap_or_default()
    }
}

/// Both phases, in the order of their happening: the snapshots, and the SNAP.
pub(crate) fn measure(znodes: u32) -> [Phase; 2] {
    let mut run = Run::new(znodes);
    run.load(znodes);
    let snapshots = run.phase(Long::Snapshots, |_| {});
    let snap = run.phase(Long::Snap, |run| {
        let leads =
            |host: &HostId| run.world.machine(*host).is_some_and(|s| s.leader() == Some(s.id()));
        let follower = (0..SERVERS).map(HostId).find(|host| !leads(host));
        let node = follower.expect("one of three leads");
        run.fault(Fault::LoseDisk { node });
        run.fault(Fault::Restart { node });
    });
    [snapshots, snap]
}

/// What goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Long {
    /// Every server takes a snapshot.
    Snapshots,
    /// A follower is sent one.
    Snap,
}

struct Run {
    world: World<Server>,
    folders: u32,
    clients: BTreeMap<ConnId, Client>,
    /// Hosts at long work since the instant.
    busy: BTreeMap<HostId, Instant>,
    /// Who is done with it.
    done: BTreeSet<HostId>,
    /// The leader's pings that are not answered yet.
    asked: BTreeMap<ConnId, Instant>,
    long: Long,
    phase: Phase,
    sent: u32,
}

#[derive(Default)]
struct Client {
    writes: BTreeMap<i32, Instant>,
    pinged: Option<Instant>,
    ping_at: Instant,
}

impl Run {
    fn new(znodes: u32) -> Run {
        let folders = znodes.div_ceil(PART);
        let mut world = World::new(WorldConfig {
            seed: 1,
            wall_start_ms: 1_700_000_000_000,
            latency: Duration::from_micros(100),
            jitter: Duration::from_micros(100),
            codec_checks: false,
            trace: false,
        });
        world.set_sync_takes(SYNC, SYNC);
        let member = |n| Member { id: ServerId(u64::from(n) + 1), host: HostId(n), voter: true };
        let members: Vec<Member> = (0..SERVERS).map(member).collect();
        for member in &members {
            let mut config = ServerConfig::new(member.id, members.clone());
            // Each draws between half of it and all: none while the tree is made.
            config.snap_count = 2 * (folders + 200);
            world.add_host(&format!("zookeeper-{}", member.id.0), config, Storage::Memory);
        }
        let (clients, busy, done) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        let (asked, phase) = (BTreeMap::new(), Phase::default());
        let long = Long::Snapshots;
        let mut run = Run { world, folders, clients, busy, done, asked, long, phase, sent: 0 };
        run.until("it serves", |run| {
            (0..SERVERS).all(|n| run.world.machine(HostId(n)).is_some_and(Server::serving))
        });
        run
    }

    /// Makes the tree, a folder with its children in each transaction.
    fn load(&mut self, znodes: u32) {
        let conns: Vec<ConnId> = (0..SERVERS).map(|n| self.connect(HostId(n))).collect();
        let (mut begun, mut left) = (0, znodes);
        while left > 0 || self.clients.values().any(|client| !client.writes.is_empty()) {
            for conn in &conns {
                while left > 0 && self.clients[conn].writes.len() < OUTSTANDING {
                    let count = left.min(PART);
                    self.write(*conn, folder(begun, count));
                    (begun, left) = (begun + 1, left - count);
                }
            }
            self.step();
        }
    }

    /// Writes and pings, from `begin` on until everyone concerned is done.
    fn phase(&mut self, long: Long, begin: impl FnOnce(&mut Run)) -> Phase {
        let hosts = if long == Long::Snapshots { SERVERS as usize } else { 1 };
        self.long = long;
        self.world.set_trace(true);
        (self.phase, self.done) = (Phase::default(), BTreeSet::new());
        begin(self);
        let began = self.world.now();
        while self.done.len() < hosts {
            assert!(self.world.now() < began + AT_MOST, "it never ends");
            self.keep_asking();
            self.step();
        }
        self.world.set_trace(false);
        let mut phase = std::mem::take(&mut self.phase);
        phase.writes.sort_unstable();
        phase.pings.sort_unstable();
        phase
    }

    fn keep_asking(&mut self) {
        let now = self.world.now();
        let conns: Vec<ConnId> = self.clients.keys().copied().collect();
        for conn in conns {
            while self.clients[&conn].writes.len() < OUTSTANDING {
                let path = format!("/{}", self.sent % self.folders).into();
                let data = Some(bytes::Bytes::from_static(&[8; 100]));
                self.write(conn, Request::SetData { path, data, version: -1 });
            }
            let client = self.clients.get_mut(&conn).expect("it was just listed");
            if client.pinged.is_none() && client.ping_at <= now {
                (client.pinged, client.ping_at) = (Some(now), now + PING_EVERY);
                self.send(conn, Message::Request { xid: -2, request: Request::Ping });
            }
        }
    }

    fn connect(&mut self, host: HostId) -> ConnId {
        let to = Address::new(host, CLIENT);
        let (ip, port, outside) = ([127, 0, 0, 1].into(), 40_000, OutsideId(host.0));
        let entered = self.world.input(OutsideInput::Connect { outside, to, ip, port });
        let conn = entered.ok().and_then(|entered| entered.conn).expect("its server runs");
        self.clients.insert(conn, Client::default());
        let hello = ConnectRequest { timeout_ms: 40_000, ..ConnectRequest::default() };
        self.send(conn, Message::Connect(hello));
        conn
    }

    fn write(&mut self, conn: ConnId, request: Request) {
        self.sent += 1;
        let (xid, now) = (self.sent as i32, self.world.now());
        self.clients.get_mut(&conn).expect("it is open").writes.insert(xid, now);
        self.send(conn, Message::Request { xid, request });
    }

    fn send(&mut self, conn: ConnId, message: Message) {
        self.world.input(OutsideInput::Message { conn, message }).expect("it is open");
    }

    fn fault(&mut self, fault: Fault) {
        self.world.input(OutsideInput::Fault { fault, by: Origin::Script }).expect("it can be");
    }

    fn until(&mut self, what: &str, holds: impl Fn(&Run) -> bool) {
        let began = self.world.now();
        while !holds(self) {
            assert!(self.world.now() < began + AT_MOST, "waited in vain: {what}");
            self.step();
        }
    }

    /// The next thing that is due, and what came of it.
    fn step(&mut self) {
        assert!(self.world.run_one(), "servers always have deadlines");
        let now = self.world.now();
        let trace: Vec<_> = self.world.drain_trace().collect();
        for event in trace {
            if let Some(Party::Host(host)) = event.party {
                self.see(host, now, &event.kind);
            }
        }
        let outputs: Vec<_> = self.world.drain_outside().collect();
        for output in outputs {
            self.hear(now, output);
        }
    }

    fn hear(&mut self, now: Instant, output: OutsideOutput<Message>) {
        match output {
            OutsideOutput::Message { conn, message: Message::Response { xid, .. } } => {
                let Some(client) = self.clients.get_mut(&conn) else { return };
                let (asked, kept) = match xid {
                    -2 => (client.pinged.take(), &mut self.phase.pings),
                    xid => (client.writes.remove(&xid), &mut self.phase.writes),
                };
                // What began before it and what ended in it are concerned alike.
                if let (Some(asked), false) = (asked, self.busy.is_empty()) {
                    kept.push(now.since(asked));
                }
            }
            OutsideOutput::Closed { conn, .. } => drop(self.clients.remove(&conn)),
            _ => {}
        }
    }

    fn see(&mut self, host: HostId, now: Instant, kind: &Kind<Message, Event>) {
        match kind {
            Kind::Appended { file, .. }
                if self.long == Long::Snapshots && file.0.starts_with("version-2/taking.") =>
            {
                self.busy.entry(host).or_insert(now);
            }
            Kind::State(Event::Synchronising { learner, mode: SyncMode::Snap, .. }) => {
                self.busy.entry(HostId(learner.0 as u32 - 1)).or_insert(now);
            }
            Kind::State(Event::SnapshotTaken { .. }) if self.long == Long::Snapshots => {
                self.ends(host, now);
            }
            Kind::State(Event::Synchronised { .. }) => self.ends(host, now),
            Kind::Sent { conn, message, arrives, .. } => {
                self.see_ping(host, now, *conn, message, *arrives)
            }
            _ => {}
        }
    }

    fn ends(&mut self, host: HostId, now: Instant) {
        if let Some(since) = self.busy.remove(&host) {
            self.phase.lasted = self.phase.lasted.max(now.since(since));
            self.done.insert(host);
        }
    }

    /// A leader's ping, or a learner's answer to it.
    fn see_ping(
        &mut self,
        host: HostId,
        now: Instant,
        conn: ConnId,
        message: &Message,
        arrives: Instant,
    ) {
        let Message::Quorum(QuorumPacket::Ping { .. }) = message else { return };
        let leads =
            self.world.machine(host).is_some_and(|server| server.leader() == Some(server.id()));
        if leads {
            self.asked.entry(conn).or_insert(now);
        } else if let Some(asked) = self.asked.remove(&conn)
            && !self.busy.is_empty()
        {
            self.phase.pings.push(arrives.since(asked));
        }
    }
}

fn folder(number: u32, children: u32) -> Request {
    let create = |path: String| Request::Create {
        path: path.into(),
        data: Some(bytes::Bytes::from_static(&[7; 100])),
        acl: open_acl(),
        mode: CreateMode::default(),
        with_stat: false,
    };
    let below = (1..children).map(|child| create(format!("/{number}/{child}")));
    Request::Multi(std::iter::once(create(format!("/{number}"))).chain(below).collect())
}

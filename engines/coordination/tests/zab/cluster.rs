//! An ensemble in a world, and clients that speak to it as outside programs.

use bytes::Bytes;
use relevo_coordination::{
    CLIENT, ConnectRequest, CreateMode, Event, Member, Message, PeerState, Request, Server,
    ServerConfig, ServerId, SessionId, Zxid,
};
use relevo_core::{
    Address, ConnId, Duration, Fault, HostId, Instant, Kind, Origin, OutsideId, OutsideInput,
    OutsideOutput, TraceEvent,
};
use relevo_world::{Storage, World, WorldConfig};
use std::collections::BTreeMap;

pub(crate) type Trace = Vec<TraceEvent<Message, Event>>;

/// An ensemble and what was seen of it.
pub(crate) struct Cluster {
    pub(crate) world: World<Server>,
    pub(crate) trace: Trace,
    pub(crate) servers: u32,
    answers: BTreeMap<ConnId, Vec<Message>>,
    closed: Vec<ConnId>,
    clients: u32,
    at_once: u32,
}

pub(crate) fn members(voters: u32, observers: u32) -> Vec<Member> {
    (0..voters + observers)
        .map(|n| Member { id: ServerId(u64::from(n) + 1), host: HostId(n), voter: n < voters })
        .collect()
}

impl Cluster {
    /// Servers 1.. on hosts 0.., voters first, all started at once.
    pub(crate) fn new(seed: u64, voters: u32, observers: u32) -> Cluster {
        Cluster::with(seed, voters, observers, |_| {})
    }

    pub(crate) fn with(
        seed: u64,
        voters: u32,
        observers: u32,
        change: impl Fn(&mut ServerConfig),
    ) -> Cluster {
        let mut world = World::new(WorldConfig {
            seed,
            wall_start_ms: 1_700_000_000_000,
            latency: Duration::from_millis(1),
            jitter: Duration::from_micros(500),
            codec_checks: true,
            trace: true,
        });
        let members = members(voters, observers);
        for member in &members {
            let mut config = ServerConfig::new(member.id, members.clone());
            change(&mut config);
            let name = format!("zookeeper-{}", member.id.0);
            world.add_host(&name, config, Storage::Memory);
        }
        Cluster {
            world,
            trace: Vec::new(),
            servers: voters + observers,
            answers: BTreeMap::new(),
            closed: Vec::new(),
            clients: 0,
            at_once: 0,
        }
    }

    pub(crate) fn now(&self) -> Instant {
        self.world.now()
    }

    /// One event, and what came of it.
    pub(crate) fn step(&mut self) -> bool {
        let before = self.now();
        let went = self.world.run_one();
        self.at_once = if self.now() > before { 0 } else { self.at_once + 1 };
        assert!(self.at_once < 100_000, "no end of events at {before:?}: {}", self.describe());
        self.collect();
        went
    }

    pub(crate) fn collect(&mut self) {
        self.trace.extend(self.world.drain_trace());
        for output in self.world.drain_outside() {
            match output {
                OutsideOutput::Message { conn, message } => {
                    self.answers.entry(conn).or_default().push(message);
                }
                OutsideOutput::Closed { conn, .. } => self.closed.push(conn),
                other => panic!("memory disks ask nothing of the outside: {other:?}"),
            }
        }
    }

    /// Runs for a span of lab time; fails where that takes more events than it ever should.
    pub(crate) fn run_bounded(&mut self, span: Duration, most: u32) -> Result<(), String> {
        let until = self.now() + span;
        let mut left = most;
        while self.world.next_due().is_some_and(|at| at <= until) {
            self.step();
            left -= 1;
            if left == 0 {
                return Err(format!("no end of events at {}: {}", until.0, self.describe()));
            }
        }
        self.world.advance_to(until);
        self.collect();
        Ok(())
    }

    /// Runs until `is_met`, or fails after `within`.
    pub(crate) fn until(
        &mut self,
        what: &str,
        within: Duration,
        mut is_met: impl FnMut(&Cluster) -> bool,
    ) {
        let deadline = self.now() + within;
        while !is_met(self) {
            assert!(self.now() < deadline && self.step(), "in vain: {what}, {}", self.describe());
        }
    }

    /// Runs until every server serves, with one leader.
    pub(crate) fn until_ready(&mut self) {
        self.until("every server serves", Duration::from_secs(30), |cluster| {
            (0..cluster.servers).all(|host| cluster.serves(HostId(host)))
        });
    }

    pub(crate) fn server(&self, host: HostId) -> Option<&Server> {
        self.world.machine(host)
    }

    pub(crate) fn serves(&self, host: HostId) -> bool {
        self.server(host).is_some_and(Server::serving)
    }

    /// The host that leads and serves.
    pub(crate) fn leader(&self) -> Option<HostId> {
        (0..self.servers).map(HostId).find(|host| {
            self.server(*host).is_some_and(|s| s.role() == PeerState::Leading && s.serving())
        })
    }

    pub(crate) fn describe(&self) -> String {
        let hosts = self.world.hosts().map(|host| match self.server(host.id) {
            Some(server) => format!(
                "{}: {:?} {:?} epoch {} applied {} logged {}",
                host.name,
                host.state,
                server.role(),
                server.epoch().0,
                server.service().last_applied,
                server.last_logged()
            ),
            None => format!("{}: {:?}", host.name, host.state),
        });
        hosts.collect::<Vec<_>>().join("; ")
    }

    pub(crate) fn fault(&mut self, fault: Fault) {
        let input = OutsideInput::Fault { fault, by: Origin::Script };
        self.world.input(input).expect("the fault can be applied");
        self.collect();
    }

    pub(crate) fn crash(&mut self, node: HostId, power_loss: bool) {
        self.fault(Fault::Crash { node, power_loss });
    }

    /// A client with a session at `host`.
    pub(crate) fn connect(&mut self, host: HostId) -> Option<(ConnId, SessionId)> {
        self.clients += 1;
        let input = OutsideInput::Connect {
            outside: OutsideId(self.clients),
            to: Address::new(host, CLIENT),
            ip: "127.0.0.1".parse().expect("an address"),
            port: 40_000,
        };
        let conn = self.world.input(input).ok()?.conn?;
        let request = ConnectRequest { timeout_ms: 20_000, ..ConnectRequest::default() };
        self.say(conn, Message::Connect(request));
        let deadline = self.now() + Duration::from_secs(5);
        while self.now() < deadline && !self.closed.contains(&conn) {
            if let Some(Message::Connected(response)) = self.answers(conn).first() {
                return (response.session.0 != 0).then_some((conn, response.session));
            }
            if !self.step() {
                break;
            }
        }
        None
    }

    pub(crate) fn say(&mut self, conn: ConnId, message: Message) {
        // A socket that has ended swallows what is said.
        let _ = self.world.input(OutsideInput::Message { conn, message });
    }

    pub(crate) fn answers(&self, conn: ConnId) -> &[Message] {
        self.answers.get(&conn).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn take_answers(&mut self, conn: ConnId) -> Vec<Message> {
        self.answers.remove(&conn).unwrap_or_default()
    }

    pub(crate) fn has_answer(&self, conn: ConnId, wanted: i32) -> bool {
        self.answers(conn)
            .iter()
            .any(|m| matches!(m, Message::Response { xid, .. } if *xid == wanted))
    }

    pub(crate) fn is_closed(&self, conn: ConnId) -> bool {
        self.closed.contains(&conn)
    }

    /// Asks for a new persistent znode.
    pub(crate) fn create(&mut self, conn: ConnId, xid: i32, path: &str, data: &[u8]) {
        let request = Request::Create {
            path: path.into(),
            data: Some(Bytes::copy_from_slice(data)),
            acl: relevo_coordination::service::open_acl(),
            mode: CreateMode::default(),
            with_stat: false,
        };
        self.say(conn, Message::Request { xid, request });
    }

    /// Creates znodes one after the other, each acknowledged.
    pub(crate) fn write(&mut self, conn: ConnId, first_xid: i32, paths: &[&str]) {
        for (index, path) in paths.iter().enumerate() {
            let xid = first_xid + index as i32;
            self.create(conn, xid, path, b"x");
            self.until("a write is acknowledged", Duration::from_secs(10), |cluster| {
                cluster.has_answer(conn, xid)
            });
        }
    }

    /// Runs until every server that runs has applied the same, and checks that it is the same.
    pub(crate) fn converge(&mut self, within: Duration) {
        self.until("all servers end with the same", within, |cluster| {
            let mut ends = (0..cluster.servers).map(|host| {
                let server = cluster.server(HostId(host))?;
                server.serving().then(|| (server.service().last_applied, server.last_logged()))
            });
            let first = ends.next().flatten();
            first.is_some_and(|(a, l)| a == l) && ends.all(|end| end == first)
        });
        let trees: Vec<_> = (0..self.servers).map(|host| self.tree(HostId(host))).collect();
        for (host, tree) in trees.iter().enumerate() {
            assert!(*tree == trees[0], "server {} differs: {}", host + 1, self.describe());
        }
    }

    /// Everything a server knows, in order.
    pub(crate) fn tree(&self, host: HostId) -> Vec<String> {
        let service = self.server(host).expect("it runs").service();
        let nodes = service.tree.after(None).map(|(path, node)| format!("{path} {node:?}"));
        let sessions = service.sessions.iter().map(|session| format!("{session:?}"));
        nodes.chain(sessions).collect()
    }

    /// How many events of the trace so far satisfy `is_one`.
    pub(crate) fn count(&self, is_one: impl Fn(&Event) -> bool) -> usize {
        let is_one = |kind: &Kind<Message, Event>| matches!(kind, Kind::State(e) if is_one(e));
        self.trace.iter().filter(|event| is_one(&event.kind)).count()
    }

    pub(crate) fn applied(&self, host: HostId) -> Zxid {
        self.server(host).map_or(Zxid(0), |server| server.service().last_applied)
    }
}

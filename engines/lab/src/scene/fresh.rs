//! A scene of what is, read off the machines: for whoever comes to a lab nobody was watching.
//!
//! It shows what the trace would have told, as far as a state tells it: what a process did before,
//! how often a client was answered and since when something is so are not there to be read.

use super::{Flight, Hold, LogEntry, ProcessState, STRIP_LENGTH, Scene, ServerView};
use crate::words::{message_kind, message_label, txn_label, txn_path};
use crate::{LabEvent, Message, Node};
use relevo_coordination::Server;
use relevo_core::{Causes, HostId, Kind, Party, Seq};
use relevo_world::{Connected, HostState, InFlight, World};

impl Scene {
    /// Shows `world` as it is now. `self` brings what only it knows: the hosts and their names, and
    /// where outside clients reach them.
    pub(crate) fn read(mut self, world: &World<Node>) -> Scene {
        (self.at, self.seq) = (world.now(), world.seq());
        self.read_servers(world);
        self.read_links(world);
        self.connections.clear();
        self.clients.retain(|party, _| matches!(party, Party::Host(_)));
        for connected in world.connected() {
            self.read_connection(connected);
        }
        self.read_znodes(world);
        self.read_sessions(world);
        (self.flights, self.holds) = Default::default();
        for message in world.in_flight() {
            self.read_flight(message);
        }
        self
    }

    /// About how many bytes it takes.
    pub(crate) fn size(&self) -> u64 {
        let servers = self.servers.iter().map(|server| 512 + 96 * server.log.len());
        let clients = self.clients.values().map(|client| 320 + 32 * client.watches.len());
        let rest = 128 * (self.flights.len() + self.watches.len() + self.sessions.len())
            + 64 * self.connections.len();
        (servers.sum::<usize>() + clients.sum::<usize>() + rest) as u64
    }

    fn read_servers(&mut self, world: &World<Node>) {
        let seq = self.seq;
        for view in &mut self.servers {
            let fresh = ServerView::new(view.host, view.name.clone(), view.server);
            let addresses = std::mem::take(&mut view.addresses);
            *view = ServerView { addresses, state_since: seq, role_since: seq, ..fresh };
            if let Some(host) = world.hosts().nth(view.host.0 as usize) {
                view.state = process(host.state);
            }
            if let Some(Node::ZooKeeper(server)) = world.machine(view.host) {
                view.read(server, seq);
            }
        }
        let committed = self.servers.iter().flat_map(|view| &view.log);
        let last = committed.filter(|entry| entry.committed).map(|entry| entry.zxid).max();
        self.committed = last.unwrap_or_default();
    }

    fn read_links(&mut self, world: &World<Node>) {
        self.cut_links = world.cut_links().collect();
        self.cuts = self.cut_links.clone();
        let hosts = self.host_ids();
        for &from in &hosts {
            for &to in hosts.iter().filter(|to| **to != from) {
                if world.is_divided(from, to) && !self.cuts.contains(&(from, to)) {
                    self.cuts.push((from, to));
                }
            }
        }
    }

    fn read_connection(&mut self, connected: Connected) {
        let Connected { conn, from, to, service } = connected;
        if let Party::Outside(outside) = from {
            self.meet_outside(outside, self.seq);
        }
        let view = super::ConnectionView { from, to, service, session: None };
        self.connections.insert(conn, view);
    }

    /// What a client could read, at the server that has applied most of those that serve; where
    /// none does, what it could read next.
    fn read_znodes(&mut self, world: &World<Node>) {
        self.znodes = Default::default();
        (self.sessions, self.sessions_beyond) = Default::default();
        let servers = self.servers.iter().filter_map(|view| match world.machine(view.host) {
            Some(Node::ZooKeeper(server)) => Some(server),
            _ => None,
        });
        let most = servers.max_by_key(|it| (it.serving(), it.service().last_applied));
        let Some(service) = most.map(Server::service) else { return };
        self.load_znodes(&service.tree, service.last_applied);
        self.load_sessions(service.sessions.iter());
        self.sessions_beyond = (service.sessions.len() - self.sessions.len()) as u64;
    }

    /// Who holds which session, where, and what it watches: as if each was told of now.
    fn read_sessions(&mut self, world: &World<Node>) {
        (self.past_sessions, self.reports) = Default::default();
        (self.watches, self.watches_beyond) = Default::default();
        let hosts: Vec<HostId> = self.servers.iter().map(|view| view.host).collect();
        for host in hosts {
            let Some(Node::ZooKeeper(server)) = world.machine(host) else { continue };
            let (seq, at, party) = (self.seq, self.at, Some(Party::Host(host)));
            let kind = Kind::Gap { until: Seq(seq.0 + 1) };
            let now = LabEvent { seq, at, party, causes: Causes::new(), kind };
            let service = server.service();
            for (session, conn) in service.attached() {
                let Some(timeout_ms) = service.sessions.get(&session) else { continue };
                self.attached(&now, session, conn, *timeout_ms);
                for (path, kind) in service.watches_of(conn) {
                    self.watch_set(&now, session, &path, kind);
                }
            }
        }
    }

    /// One message under way; they come by connection and direction, in the order of arrival.
    fn read_flight(&mut self, message: InFlight<'_, Message>) {
        let InFlight { message: seq, conn, from, to, arrives, held, content } = message;
        if held {
            self.holds.push(Hold { message: seq, conn, from, at: self.at });
        }
        let mut flight = Flight {
            conn,
            from,
            to,
            kind: message_kind(content),
            label: message_label(content, |_| None),
            sent: self.at,
            arrives,
            held: false,
        };
        flight.held = self.waits(seq, &flight);
        self.flights.insert(seq, flight);
    }
}

impl ServerView {
    fn read(&mut self, server: &Server, seq: Seq) {
        (self.role, self.leader, self.serving) = (server.role(), server.leader(), server.serving());
        (self.round, self.vote) = server.ballot();
        self.accepted_epoch = server.accepted_epoch();
        self.current_epoch = server.current_epoch();
        self.applied = server.service().last_applied;
        self.durable = server.last_durable();
        self.znodes = server.service().tree.len() as u64;
        let tail = server.log_tail(STRIP_LENGTH);
        let entry =
            |(txn, committed): (&std::sync::Arc<relevo_coordination::Txn>, bool)| LogEntry {
                zxid: txn.zxid,
                label: txn_label(txn),
                path: txn_path(txn),
                durable: txn.zxid <= server.last_durable(),
                committed,
                lost: false,
                since: seq,
            };
        self.log = tail.into_iter().map(entry).collect();
        let first = self.log.front().map_or(0, |entry| u64::from(entry.zxid.counter()));
        self.log_before = first.saturating_sub(1);
    }
}

fn process(state: &HostState) -> ProcessState {
    match state {
        HostState::Running => ProcessState::Running,
        HostState::Paused => ProcessState::Paused,
        HostState::Crashed => ProcessState::Crashed { power_loss: false },
        HostState::Stopped { reason } => ProcessState::Stopped { reason: reason.as_str().into() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClientView, Lab, Scenario, WatchState};
    use relevo_coordination::{CLIENT, ConnectRequest, Request};
    use relevo_core::{Address, Fault, Instant, Origin, OutsideId, OutsideInput};
    use relevo_world::Storage;

    /// What a state does not tell is made alike.
    fn comparable(mut scene: Scene) -> Scene {
        scene.at = Instant::ZERO;
        for view in &mut scene.servers {
            if view.state != ProcessState::Running {
                // What a dead process knew, nobody can ask it.
                let fresh = ServerView::new(view.host, view.name.clone(), view.server);
                *view = ServerView { state: view.state.clone(), ..fresh };
            }
            (view.state_since, view.role_since, view.log_before) = (Seq(0), Seq(0), 0);
            view.brought_up = None;
            view.log.retain(|entry| !entry.lost);
            // The trace knows what a server wrote; a state, what it still has in memory.
            view.log.drain(..view.log.len().saturating_sub(5));
            view.log.iter_mut().for_each(|entry| entry.since = Seq(0));
        }
        for client in scene.clients.values_mut() {
            let ClientView { work, since, watches, .. } = client;
            (*work, *since) = (crate::Work::None, Seq(0));
            watches.sort_unstable();
        }
        for session in scene.sessions.values_mut() {
            (session.heard, session.since) = (Instant::ZERO, Seq(0));
            session.client = session.client.filter(|_| session.server.is_some());
        }
        scene.watches.retain(|_, watch| watch.state == WatchState::Set);
        for watch in scene.watches.values_mut() {
            (watch.set, watch.sets, watch.since) = (Instant::ZERO, 1, Seq(0));
            (watch.fires, watch.fired, watch.missed) = (0, None, 0);
        }
        (scene.past_sessions, scene.reports) = Default::default();
        for flight in scene.flights.values_mut() {
            (flight.sent, flight.label) = (Instant::ZERO, "".into());
        }
        scene
    }

    fn fault(lab: &mut Lab, fault: Fault) {
        lab.input(OutsideInput::Fault { fault, by: Origin::Hand }).expect("it can be done");
    }

    fn agree(lab: &Lab, when: &str) {
        let (mut read, mut told) = (lab.scene().clone().read(lab.world()), lab.scene().clone());
        let znodes = |scene: &mut Scene| -> Vec<_> {
            let znodes = std::mem::take(&mut scene.znodes);
            znodes.iter().map(|(path, znode)| (path.clone(), znode.stat())).collect()
        };
        assert_eq!(znodes(&mut read), znodes(&mut told), "{when}");
        assert_eq!(comparable(read), comparable(told), "{when}");
    }

    #[test]
    fn a_scene_read_off_the_machines_is_the_one_the_trace_tells() {
        for seed in 1..6 {
            let scenario = Scenario::named("first-minute").expect("it is built in");
            let mut lab = Lab::new(&scenario, seed, 0, Storage::Memory);
            let connect = OutsideInput::Connect {
                outside: OutsideId(1),
                to: Address::new(HostId(1), CLIENT),
                ip: [127, 0, 0, 1].into(),
                port: 40_000,
            };
            let ms = |ms: u64| Instant(ms * 1_000_000);
            lab.advance_to(ms(2_000));
            let conn = lab.input(connect).expect("the server runs").conn.expect("it has an id");
            let say = |lab: &mut Lab, message| {
                lab.input(OutsideInput::Message { conn, message }).expect("it is open");
            };
            say(&mut lab, Message::Connect(ConnectRequest::default()));
            lab.advance_to(ms(2_400));
            let request = Request::Exists { path: "/nothing".into(), watch: true };
            say(&mut lab, Message::Request { xid: 1, request });
            for at in (2_500..3_000).step_by(37) {
                lab.advance_to(ms(at));
                agree(&lab, &format!("seed {seed} at {at} ms"));
            }
            let leader = lab.scene().leader().expect("someone leads").host;
            fault(&mut lab, Fault::CutLink { from: leader, to: HostId((leader.0 + 1) % 3) });
            fault(&mut lab, Fault::Crash { node: leader, power_loss: false });
            // Long enough for the one behind the cut to miss its leader.
            lab.advance_to(ms(25_000));
            agree(&lab, &format!("seed {seed}, the leader dead"));
        }
    }
}

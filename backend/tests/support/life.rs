//! The life of an ensemble in virtual time, with all that its disks did and all that was promised:
//! reigns that end, servers that die and come back, a log that is cut, a snapshot that is sent.
//! The real driver's run has one reign only; what a sync matters for shows in many. Nothing is
//! left to chance but by the seed: each thing happens at the instant at which it matters.

use super::journal::{Covered, Files};
use relevo_backend::files::Recorded;
use relevo_coordination::{
    CLIENT, ConnectRequest, ErrorCode, Message, PeerState, Request, Server, Zxid,
};
use relevo_core::{
    Address, CloseReason, ConnId, DiskEffect, DiskInput, Duration, Fault, HostId, Instant, Origin,
    OutsideId, OutsideInput, OutsideOutput, Random, Token,
};
use relevo_lab::{Lab, Scenario};
use relevo_world::Storage;
use std::collections::VecDeque;

/// What was done on a disk, or promised on the strength of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// On the disk of this server.
    Disk(usize, Recorded),
    /// A client was told that this znode is there, with its path as data.
    Acknowledged(String),
    /// A server takes it that this file holds an epoch for good, and will say so to others.
    Promised(usize, &'static str, u32),
}

/// Where each server keeps what it promised.
const EPOCHS: [&str; 2] = ["version-2/acceptedEpoch", "version-2/currentEpoch"];

const SERVERS: usize = 3;
const WRITERS: usize = 4;
/// Nothing that is waited for takes longer.
const PATIENCE: Duration = Duration::from_millis(60_000);

pub(crate) struct Life {
    lab: Lab,
    disks: [Disk; SERVERS],
    promised: [[u32; 2]; SERVERS],
    writers: Vec<Writer>,
    acknowledged: usize,
    random: Random,
    /// What each disk was asked, reading apart.
    pub(crate) asked: [Vec<DiskEffect>; SERVERS],
    pub(crate) heard: Vec<Heard>,
}

#[derive(Default)]
struct Disk {
    files: Files,
    /// Syncs under way, in the order in which they were asked for.
    syncs: VecDeque<Sync>,
}

struct Sync {
    due: Instant,
    incarnation: u32,
    token: Token,
    covered: Covered,
}

struct Writer {
    conn: Option<ConnId>,
    server: usize,
    number: u32,
}

impl Life {
    pub(crate) fn new(scenario: &Scenario, seed: u64) -> Life {
        let writer = |server| Writer { conn: None, server, number: 0 };
        Life {
            lab: Lab::new(scenario, seed, 0, Storage::External),
            disks: Default::default(),
            promised: [[0; 2]; SERVERS],
            writers: (0..WRITERS).map(|number| writer(number % SERVERS)).collect(),
            acknowledged: 0,
            random: Random::new(seed),
            asked: Default::default(),
            heard: Vec::new(),
        }
    }

    /// A whole life.
    pub(crate) fn live(&mut self) {
        self.all_serve();
        self.writes(40);
        self.rest_on_two(25);
        for _ in 0..2 {
            self.end_a_reign();
            self.die_between_writing_and_syncing();
        }
        // So long that the others no longer keep what it missed.
        self.rest_on_two(80);
        self.writes(20);
    }

    /// One server is away: what the others acknowledge rests on each of them.
    fn rest_on_two(&mut self, writes: usize) {
        let absent = self.follower();
        self.crash(absent);
        self.writes(writes);
        self.restart(absent);
        self.all_serve();
        self.writes(10);
    }

    /// All processes die when a proposal has reached nobody but its leader's own log. The others
    /// go on without it, so it is cut off when the old leader returns.
    fn end_a_reign(&mut self) {
        let leader = self.leader();
        let others = [(leader + 1) % SERVERS, (leader + 2) % SERVERS];
        self.until("a proposal that reached nobody", |life| {
            others.iter().all(|other| life.last(*other) < life.last(leader))
        });
        (0..SERVERS).for_each(|server| self.crash(server));
        others.into_iter().for_each(|other| self.restart(other));
        self.until("another reign", |life| others.iter().all(|other| life.serves(*other)));
        self.writes(5);
        self.restart(leader);
        self.all_serve();
        self.writes(15);
    }

    /// A follower's process dies while its log is being synced: it reads back, later, what looks
    /// durable and is not.
    fn die_between_writing_and_syncing(&mut self) {
        let follower = self.follower();
        self.until("a sync of the log under way", |life| {
            // One without files is one that a planted mistake left out.
            let of_log = |sync: &Sync| sync.covered.keys().all(|file| file.0.contains("/log."));
            life.disks[follower].syncs.iter().any(of_log)
        });
        self.crash(follower);
        self.writes(3);
        self.restart(follower);
        self.all_serve();
        self.writes(15);
    }

    fn writes(&mut self, more: usize) {
        let enough = self.acknowledged + more;
        self.until("more acknowledged writes", |life| life.acknowledged >= enough);
    }

    fn all_serve(&mut self) {
        self.until("all servers serve", |life| (0..SERVERS).all(|server| life.serves(server)));
    }

    fn server(&self, server: usize) -> Option<&Server> {
        self.lab.server(HostId(server as u32))
    }

    fn serves(&self, server: usize) -> bool {
        self.server(server).is_some_and(Server::serving)
    }

    fn last(&self, server: usize) -> Zxid {
        self.server(server).map_or(Zxid(0), Server::last_logged)
    }

    fn leader(&self) -> usize {
        let leads = |server: &usize| {
            self.server(*server).is_some_and(|server| server.role() == PeerState::Leading)
        };
        (0..SERVERS).find(leads).expect("all serve, so one leads")
    }

    fn follower(&self) -> usize {
        (self.leader() + 1) % SERVERS
    }

    fn crash(&mut self, server: usize) {
        self.fault(Fault::Crash { node: HostId(server as u32), power_loss: false });
        self.disks[server].syncs.clear();
    }

    fn restart(&mut self, server: usize) {
        self.fault(Fault::Restart { node: HostId(server as u32) });
    }

    fn fault(&mut self, fault: Fault) {
        let input = OutsideInput::Fault { fault, by: Origin::Script };
        self.lab.input(input).expect("the life is planned");
        self.take_out();
    }

    fn until(&mut self, what: &str, happened: impl Fn(&Life) -> bool) {
        let limit = self.lab.now() + PATIENCE;
        while !happened(self) {
            let syncs = self.disks.iter().filter_map(|disk| disk.syncs.front()).map(|s| s.due);
            let next = syncs.chain(self.lab.next_due()).min().unwrap_or(limit);
            assert!(next < limit, "waited in vain for {what}: {:?}", self.lab.nodes());
            self.lab.advance_to(next.max(self.lab.now()));
            self.take_out();
            (0..SERVERS).for_each(|server| self.finish_syncs(server));
            (0..WRITERS).for_each(|writer| self.connect(writer));
        }
    }

    /// What was promised, then what left: within a step that is the order of things.
    fn take_out(&mut self) {
        for server in 0..SERVERS {
            let Some(machine) = self.server(server) else { continue };
            let epochs = [machine.accepted_epoch().0, machine.current_epoch().0];
            for (at, name) in EPOCHS.into_iter().enumerate() {
                if epochs[at] > self.promised[server][at] {
                    self.promised[server][at] = epochs[at];
                    self.heard.push(Heard::Promised(server, name, epochs[at]));
                }
            }
        }
        for output in self.lab.drain_outside() {
            match output {
                OutsideOutput::Disk { node, incarnation, effect } => {
                    self.disk_effect(node.0 as usize, incarnation, effect);
                }
                OutsideOutput::Message { conn, message } => self.told(conn, &message),
                OutsideOutput::Closed { conn, .. } => self.closed(conn),
                OutsideOutput::DiskFault { .. } => {}
            }
        }
    }

    fn disk_effect(&mut self, server: usize, incarnation: u32, effect: DiskEffect) {
        if !matches!(effect, DiskEffect::Read { .. }) {
            self.asked[server].push(effect.clone());
        }
        let disk = &mut self.disks[server];
        if let DiskEffect::Sync { files, token } = effect {
            let now = self.lab.now();
            let takes = Duration(self.random.between(2_000_000, 8_000_000));
            let due = disk.syncs.back().map_or(now, |last| last.due) + takes;
            let covered = disk.files.covered(&files);
            disk.syncs.push_back(Sync { due, incarnation, token, covered });
            return;
        }
        let (heard, input) = disk.files.change(effect);
        self.heard.extend(heard.map(|heard| Heard::Disk(server, heard)));
        if let Some(input) = input {
            self.answer(server, incarnation, input);
        }
    }

    fn finish_syncs(&mut self, server: usize) {
        while let Some(sync) = self.disks[server].syncs.front()
            && sync.due <= self.lab.now()
        {
            let Some(sync) = self.disks[server].syncs.pop_front() else { return };
            let heard = self.disks[server].files.synced(sync.covered);
            self.heard.extend(heard.into_iter().map(|heard| Heard::Disk(server, heard)));
            let token = sync.token;
            self.heard.push(Heard::Disk(server, Recorded::Answered { token }));
            self.answer(server, sync.incarnation, DiskInput::Durable { token });
        }
    }

    fn answer(&mut self, server: usize, incarnation: u32, input: DiskInput) {
        let node = HostId(server as u32);
        // The answer to a process that is dead is void.
        let _ = self.lab.input(OutsideInput::Disk { node, incarnation, input });
    }

    fn connect(&mut self, writer: usize) {
        if self.writers[writer].conn.is_some() {
            return;
        }
        let mut order = (0..SERVERS).map(|more| (self.writers[writer].server + more) % SERVERS);
        let Some(server) = order.find(|server| self.serves(*server)) else { return };
        let connect = OutsideInput::Connect {
            outside: OutsideId(writer as u32 + 1),
            to: Address::new(HostId(server as u32), CLIENT),
            ip: [127, 0, 0, 1].into(),
            port: 40_000 + writer as u16,
        };
        let Ok(entered) = self.lab.input(connect) else { return };
        let Some(conn) = entered.conn else { return };
        let password = vec![0; 16].into();
        let hello = ConnectRequest { timeout_ms: 30_000, password, ..ConnectRequest::default() };
        self.say(conn, Message::Connect(hello));
        self.writers[writer].conn = Some(conn);
    }

    fn told(&mut self, conn: ConnId, message: &Message) {
        let Some(at) = self.writers.iter().position(|writer| writer.conn == Some(conn)) else {
            return;
        };
        match message {
            Message::Connected(_) => {}
            Message::Response { error: ErrorCode::Ok, .. } => {
                self.acknowledged += 1;
                self.heard.push(Heard::Acknowledged(path(at, self.writers[at].number)));
            }
            _ => return,
        }
        self.writers[at].number += 1;
        let path = path(at, self.writers[at].number);
        let request: Request = super::create(&path, &path);
        self.say(conn, Message::Request { xid: self.writers[at].number as i32, request });
    }

    fn say(&mut self, conn: ConnId, message: Message) {
        // A connection that has just ended says so itself.
        let _ = self.lab.input(OutsideInput::Message { conn, message });
    }

    fn closed(&mut self, conn: ConnId) {
        if let Some(writer) = self.writers.iter_mut().find(|writer| writer.conn == Some(conn)) {
            // Whether the last write took place is unknown: its name is not used again.
            (writer.conn, writer.number) = (None, writer.number + 1);
            let reason = CloseReason::ByPeer;
            let _ = self.lab.input(OutsideInput::Close { conn, reason });
        }
    }
}

fn path(writer: usize, number: u32) -> String {
    format!("/w{writer}-{number:05}")
}

//! One server on a disk that the test can lay its hands on: files are bytes in a map, and every
//! sync succeeds at once.

use crate::cluster::members;
use bytes::Bytes;
use relevo_coordination::{
    CLIENT, ConnectRequest, CreateMode, Event, Message, Request, Server, ServerConfig, ServerId,
};
use relevo_core::{
    ConnId, DiskEffect, DiskError, DiskInput, Effect, Effects, FileInfo, HostId, Input, Instant,
    Machine, Now, Party, Peer, Seq, WallTime,
};
use std::collections::{BTreeMap, VecDeque};

pub(crate) struct Disk {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) full: bool,
    pub(crate) stopped: Option<String>,
    pub(crate) events: Vec<Event>,
    pub(crate) largest_read: u64,
    server: Option<Server>,
    millis: u64,
}

const CLIENT_CONN: ConnId = ConnId(7);

impl Disk {
    pub(crate) fn new() -> Disk {
        Disk {
            files: BTreeMap::new(),
            full: false,
            stopped: None,
            events: Vec::new(),
            largest_read: 0,
            server: None,
            millis: 0,
        }
    }

    /// A new process on these files, alone in its ensemble.
    pub(crate) fn boot(&mut self, change: impl Fn(&mut ServerConfig)) {
        let mut config = ServerConfig::new(ServerId(1), members(1, 0));
        change(&mut config);
        self.events.clear();
        self.stopped = None;
        self.server = Some(Server::boot(&config, 5));
        self.input(Input::Boot);
    }

    pub(crate) fn server(&self) -> &Server {
        self.server.as_ref().expect("it was booted")
    }

    pub(crate) fn connect(&mut self) {
        let ip = "127.0.0.1".parse().expect("an address");
        let peer = Peer { party: Party::Host(HostId(9)), ip, port: 1 };
        self.input(Input::Accepted { conn: CLIENT_CONN, service: CLIENT, peer });
        let request = ConnectRequest { timeout_ms: 20_000, ..ConnectRequest::default() };
        self.say(Message::Connect(request));
    }

    pub(crate) fn create(&mut self, xid: i32, path: &str, length: usize) {
        let request = Request::Create {
            path: path.into(),
            data: Some(Bytes::from(vec![b'x'; length])),
            acl: relevo_coordination::service::open_acl(),
            mode: CreateMode::default(),
            with_stat: false,
        };
        self.say(Message::Request { xid, request });
    }

    fn say(&mut self, message: Message) {
        self.input(Input::Message { conn: CLIENT_CONN, message });
    }

    /// The only log file's bytes.
    pub(crate) fn log(&mut self) -> &mut Vec<u8> {
        let mut logs = self.files.iter_mut().filter(|(name, _)| name.contains("/log."));
        logs.next().map(|(_, bytes)| bytes).expect("there is a log")
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.server().service().tree.node(path).is_some()
    }

    /// Steps until nothing more follows.
    fn input(&mut self, first: Input<Message, relevo_coordination::ServerCall>) {
        let mut inputs = VecDeque::from([first]);
        let mut out = Effects::new(ConnId(100));
        while let Some(input) = inputs.pop_front() {
            self.millis += 1;
            let mono = Instant(self.millis * 1_000_000);
            let now = Now { mono, wall: WallTime(self.millis as i64) };
            out.begin(Seq(self.millis));
            let server = self.server.as_mut().expect("it was booted");
            server.step(now, input, &mut out);
            let (emitted, events) = out.drain();
            self.events.extend(events);
            let effects: Vec<_> = emitted.map(|emitted| emitted.effect).collect();
            for effect in effects {
                match effect {
                    Effect::Disk(effect) => {
                        inputs.extend(self.disk(effect).map(Input::Disk));
                    }
                    Effect::Again => inputs.push_back(Input::Again),
                    Effect::Stop { reason } => self.stopped = Some(reason),
                    Effect::Event
                    | Effect::Open { .. }
                    | Effect::Send { .. }
                    | Effect::Close { .. } => {}
                }
            }
        }
    }

    fn disk(&mut self, effect: DiskEffect) -> Option<DiskInput> {
        let name = |file: &relevo_core::File| file.0.to_string();
        match effect {
            DiskEffect::Append { file, .. } if self.full => {
                Some(DiskInput::Failed { file: Some(file), error: DiskError::Full })
            }
            DiskEffect::Append { file, data } => {
                self.files.entry(name(&file)).or_default().extend_from_slice(&data);
                None
            }
            DiskEffect::Replace { file, data } => {
                self.files.insert(name(&file), data.to_vec());
                None
            }
            DiskEffect::Truncate { file, length } => {
                self.files.entry(name(&file)).or_default().truncate(length as usize);
                None
            }
            DiskEffect::Rename { from, to } => {
                let bytes = self.files.remove(&name(&from)).expect("what is renamed exists");
                self.files.insert(name(&to), bytes);
                None
            }
            DiskEffect::Delete { file } => {
                self.files.remove(&name(&file));
                None
            }
            DiskEffect::List { token } => {
                let info = |(name, bytes): (&String, &Vec<u8>)| FileInfo {
                    file: relevo_core::File::named(name),
                    length: bytes.len() as u64,
                };
                Some(DiskInput::Listed { token, files: self.files.iter().map(info).collect() })
            }
            DiskEffect::Read { file, offset, length, token } => {
                self.largest_read = self.largest_read.max(length);
                let bytes = self.files.get(&name(&file)).map_or(&[][..], Vec::as_slice);
                let from = (offset as usize).min(bytes.len());
                let to = (from + length as usize).min(bytes.len());
                let data = Bytes::copy_from_slice(&bytes[from..to]);
                Some(DiskInput::ReadDone { token, data })
            }
            DiskEffect::Sync { token, .. } => Some(DiskInput::Durable { token }),
        }
    }
}

//! A client of the service, as a machine to be embedded in others.
//!
//! It speaks the same messages as any ZooKeeper client and holds the same promises: one session
//! over as many connections as it takes, requests answered in order, watches that survive a lost
//! server. What it cannot know it says: a request whose answer was lost with its connection is
//! [`Notice::Unknown`]: it may or may not have been carried out, and only reading tells.
//!
//! The owner passes every input to [`Client::step`], asks with [`Client::submit`], and takes what
//! happened from [`Client::poll`].

mod link;
mod watching;

use crate::{ErrorCode, Event, Message, Request, Response, SessionId, WatchedEvent, Zxid};
use bytes::Bytes;
use link::Link;
use relevo_core::{Address, Effects, Instant, Now, Random};
use std::collections::VecDeque;
use watching::Watching;

/// The most requests that wait for a connection; beyond it they are answered CONNECTION_LOSS.
pub const MAX_QUEUED: usize = 65_536;

/// The xid of `auth`, which is answered out of order.
const AUTH_XID: i32 = -4;

type Out = Effects<Message, Event>;

/// What a client is told before it boots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientConfig {
    /// The servers; tried in a seeded order, one after the other.
    pub servers: Vec<Address>,
    /// The session time-out it asks for.
    pub timeout_ms: u32,
    /// The longest pause before it tries the next server. The first is a sixteenth of it, and each
    /// failure doubles it; a seeded part is really waited.
    pub back_off_ms: u32,
}

/// What happened to a client, for its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A request was answered; its outcome is known.
    Answer {
        /// Which.
        xid: i32,
        /// The last zxid its server had applied.
        zxid: Zxid,
        /// The outcome.
        result: Result<Response, ErrorCode>,
    },
    /// The connection was lost before the answer: whether it was carried out is unknown.
    Unknown {
        /// Which.
        xid: i32,
    },
    /// A watch fired.
    Watch(WatchedEvent),
    /// It has a connection and a session.
    Connected {
        /// Which.
        session: SessionId,
        /// Whether it is the one it had.
        resumed: bool,
    },
    /// It lost its connection and looks for another server.
    Disconnected,
    /// Its session is gone, and with it its ephemerals and watches; it begins another one.
    Expired,
    /// It closed its session, as it was asked to, and rests.
    Ended,
}

/// A client.
#[derive(Clone, Debug)]
pub struct Client {
    config: ClientConfig,
    random: Random,
    /// The servers in the order of trying, and which is next.
    servers: Vec<Address>,
    next_server: u32,
    failures: u32,
    link: Link,
    session: SessionId,
    password: Bytes,
    /// The negotiated time-out.
    timeout_ms: u32,
    last_zxid: Zxid,
    last_xid: i32,
    /// Sent and not answered.
    outstanding: VecDeque<(i32, Request)>,
    /// Not sent yet.
    queued: VecDeque<(i32, Request)>,
    /// What it proved, to be proved again on every connection.
    auths: Vec<Request>,
    watching: Watching,
    notices: VecDeque<Notice>,
}

impl ClientConfig {
    /// A client of these servers with the usual time-outs.
    pub fn new(servers: Vec<Address>) -> ClientConfig {
        ClientConfig { servers, timeout_ms: 10_000, back_off_ms: 1_000 }
    }
}

impl Client {
    /// A client that has not connected yet.
    pub fn new(config: ClientConfig, seed: u64) -> Client {
        let mut random = Random::new(seed);
        let mut servers = config.servers.clone();
        for at in (1..servers.len()).rev() {
            servers.swap(at, random.below(at as u64 + 1) as usize);
        }
        Client {
            timeout_ms: config.timeout_ms,
            config,
            random,
            servers,
            next_server: 0,
            failures: 0,
            link: Link::Resting,
            session: SessionId(0),
            password: Bytes::from_static(&[0; 16]),
            last_zxid: Zxid(0),
            last_xid: 0,
            outstanding: VecDeque::new(),
            queued: VecDeque::new(),
            auths: Vec::new(),
            watching: Watching::default(),
            notices: VecDeque::new(),
        }
    }

    /// Asks something; sent at once, or with the next connection. Its number names the answer.
    /// `auth` has the number −4 and is proved again on every later connection.
    pub fn submit(&mut self, now: Now, request: Request, out: &mut Out) -> i32 {
        if let Request::Auth { .. } = request {
            self.auths.push(request.clone());
            if self.link.is_attached() {
                self.send(now, AUTH_XID, request, out);
            }
            return AUTH_XID;
        }
        self.last_xid = self.last_xid.checked_add(1).unwrap_or(1);
        let xid = self.last_xid;
        if self.link.is_attached() {
            self.outstanding.push_back((xid, request.clone()));
            self.send(now, xid, request, out);
        } else if self.queued.len() < MAX_QUEUED {
            self.queued.push_back((xid, request));
        } else {
            let result = Err(ErrorCode::ConnectionLoss);
            self.notices.push_back(Notice::Answer { xid, zxid: self.last_zxid, result });
        }
        xid
    }

    /// The next thing that happened.
    pub fn poll(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    /// When it wants `Input::Deadline` next.
    pub fn deadline(&self) -> Option<Instant> {
        self.link.deadline(self.timeout_ms)
    }

    /// Its session, once it has one.
    pub fn session(&self) -> Option<SessionId> {
        (self.session != SessionId(0)).then_some(self.session)
    }

    /// Whether it has a connection that carries its session.
    pub fn is_connected(&self) -> bool {
        self.link.is_attached()
    }

    /// The server it is connected to.
    pub fn server(&self) -> Option<Address> {
        self.link.server()
    }

    /// How many requests are sent and not answered, or wait to be sent.
    pub fn pending(&self) -> usize {
        self.outstanding.len() + self.queued.len()
    }

    /// The last zxid it has seen.
    pub fn last_zxid(&self) -> Zxid {
        self.last_zxid
    }
}

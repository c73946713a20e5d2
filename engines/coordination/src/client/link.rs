//! A client's connection: finding a server, keeping it, noticing its death.

use super::{AUTH_XID, Client, Notice, Out};
use crate::{
    ClientEvent, ConnectRequest, ConnectResponse, ErrorCode, Event, Message, MultiResult, Request,
    Response, SessionId, Zxid,
};
use bytes::Bytes;
use relevo_core::{Address, ConnId, Duration, Input, Instant, Now};

const PING_XID: i32 = -2;
const SET_WATCHES_XID: i32 = -8;

/// How far a client's connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// Not booted yet, or its session was closed as it was asked to.
    Resting,
    /// It pauses before it tries the next server.
    Pausing { until: Instant },
    /// It tries a server: the connection, then the session on it.
    Trying { conn: ConnId, to: Address, until: Instant },
    /// It has a session here.
    Attached { conn: ConnId, to: Address, heard: Instant, said: Instant },
}

impl Link {
    pub(super) fn is_attached(&self) -> bool {
        matches!(self, Link::Attached { .. })
    }

    pub(super) fn server(&self) -> Option<Address> {
        match self {
            Link::Attached { to, .. } => Some(*to),
            _ => None,
        }
    }

    /// A third of the time-out without a word of ours, and it pings; two thirds without a word of
    /// the server, and it counts as dead while there is still time to find another one.
    pub(super) fn deadline(&self, timeout_ms: u32) -> Option<Instant> {
        match *self {
            Link::Resting => None,
            Link::Pausing { until } | Link::Trying { until, .. } => Some(until),
            Link::Attached { heard, said, .. } => {
                Some((said + third(timeout_ms)).min(heard + third(timeout_ms * 2)))
            }
        }
    }

    fn conn(&self) -> Option<ConnId> {
        match *self {
            Link::Trying { conn, .. } | Link::Attached { conn, .. } => Some(conn),
            Link::Resting | Link::Pausing { .. } => None,
        }
    }
}

impl Client {
    /// Handles an input of its owner; whether it was about this client's connection. `Boot` opens
    /// the first one.
    pub fn step<C>(&mut self, now: Now, input: &Input<Message, C>, out: &mut Out) -> bool {
        let mine = |conn: &ConnId| self.link.conn() == Some(*conn);
        match input {
            Input::Boot => self.try_next(now, out),
            Input::Deadline => self.on_deadline(now, out),
            Input::Opened { conn } if mine(conn) => self.introduce(*conn, out),
            Input::Message { conn, message } if mine(conn) => {
                self.on_message(now, *conn, message, out);
            }
            Input::Closed { conn, .. } if mine(conn) => self.lost(now, out),
            _ => return false,
        }
        true
    }

    /// Sends on the attached connection.
    pub(super) fn send(&mut self, now: Now, xid: i32, request: Request, out: &mut Out) {
        if let Link::Attached { conn, said, .. } = &mut self.link {
            *said = now.mono;
            out.send(*conn, Message::Request { xid, request });
        }
    }

    fn try_next(&mut self, now: Now, out: &mut Out) {
        let count = self.servers.len() as u32;
        let Some(to) = self.servers.get(self.next_server as usize).copied() else { return };
        self.next_server = (self.next_server + 1) % count;
        let until = now.mono + Duration::from_millis(u64::from(self.timeout_ms / count).max(1));
        self.link = Link::Trying { conn: out.open(to), to, until };
    }

    fn introduce(&mut self, conn: ConnId, out: &mut Out) {
        let request = ConnectRequest {
            protocol_version: 0,
            last_zxid_seen: self.last_zxid,
            timeout_ms: i32::try_from(self.config.timeout_ms).unwrap_or(i32::MAX),
            session: self.session,
            password: self.password.clone(),
            read_only: Some(false),
        };
        out.send(conn, Message::Connect(request));
    }

    fn on_deadline(&mut self, now: Now, out: &mut Out) {
        match self.link {
            Link::Pausing { until } if until <= now.mono => self.try_next(now, out),
            Link::Trying { conn, until, .. } if until <= now.mono => {
                out.close(conn);
                self.lost(now, out);
            }
            Link::Attached { conn, heard, said, .. } => {
                if now.mono.since(heard) >= third(self.timeout_ms * 2) {
                    out.close(conn);
                    self.lost(now, out);
                } else if now.mono.since(said) >= third(self.timeout_ms) {
                    self.send(now, PING_XID, Request::Ping, out);
                }
            }
            _ => {}
        }
    }

    fn on_message(&mut self, now: Now, conn: ConnId, message: &Message, out: &mut Out) {
        match (&mut self.link, message) {
            (Link::Trying { to, .. }, Message::Connected(response)) => {
                let to = *to;
                self.granted(now, conn, to, response, out);
            }
            (Link::Attached { heard, .. }, message) => {
                *heard = now.mono;
                match message {
                    Message::Watch(event) => {
                        self.watching.fired(event);
                        self.notices.push_back(Notice::Watch(event.clone()));
                    }
                    Message::Response { xid, zxid, error, body } => {
                        self.last_zxid = self.last_zxid.max(*zxid);
                        let failed = *error != ErrorCode::Ok;
                        let result = if failed { Err(*error) } else { Ok(body.clone()) };
                        self.answered(now, conn, *xid, *zxid, result, out);
                    }
                    _ => self.broken(now, conn, out),
                }
            }
            // No server says anything else at this point.
            _ => self.broken(now, conn, out),
        }
    }

    fn granted(
        &mut self,
        now: Now,
        conn: ConnId,
        to: Address,
        response: &ConnectResponse,
        out: &mut Out,
    ) {
        if response.session == SessionId(0) || response.timeout_ms <= 0 {
            out.close(conn);
            self.expired(now, out);
            return;
        }
        let (session, resumed) = (response.session, response.session == self.session);
        (self.session, self.password) = (session, response.password.clone());
        self.timeout_ms = u32::try_from(response.timeout_ms).unwrap_or(0);
        self.failures = 0;
        self.link = Link::Attached { conn, to, heard: now.mono, said: now.mono };
        out.event(Event::Client(ClientEvent::Connected { server: to.host, session, resumed }));
        self.notices.push_back(Notice::Connected { session, resumed });
        for auth in self.auths.clone() {
            self.send(now, AUTH_XID, auth, out);
        }
        let relative_zxid = self.last_zxid;
        for watches in self.watching.parts() {
            let request = Request::SetWatches { relative_zxid, watches: Box::new(watches) };
            self.send(now, SET_WATCHES_XID, request, out);
        }
        while let Some((xid, request)) = self.queued.pop_front() {
            self.outstanding.push_back((xid, request.clone()));
            self.send(now, xid, request, out);
        }
    }

    fn answered(
        &mut self,
        now: Now,
        conn: ConnId,
        xid: i32,
        zxid: Zxid,
        result: Result<Response, ErrorCode>,
        out: &mut Out,
    ) {
        if matches!(xid, PING_XID | SET_WATCHES_XID) {
            return;
        }
        if xid == AUTH_XID {
            self.tell(xid, zxid, result, out);
            return;
        }
        // Answers come in the order of the requests.
        match self.outstanding.front() {
            Some((expected, _)) if *expected == xid => {}
            _ => return self.broken(now, conn, out),
        }
        let Some((_, request)) = self.outstanding.pop_front() else { return };
        self.watching.answered(&request, &result);
        let ended = request == Request::CloseSession && result.is_ok();
        self.tell(xid, zxid, result, out);
        if ended {
            out.close(conn);
            self.link = Link::Resting;
            self.forget_session();
            self.notices.push_back(Notice::Ended);
        }
    }

    fn tell(&mut self, xid: i32, zxid: Zxid, result: Result<Response, ErrorCode>, out: &mut Out) {
        let error = outcome(&result);
        out.event(Event::Client(ClientEvent::Answered { xid, error }));
        self.notices.push_back(Notice::Answer { xid, zxid, result });
    }

    fn broken(&mut self, now: Now, conn: ConnId, out: &mut Out) {
        out.close(conn);
        self.lost(now, out);
    }

    /// The connection is gone. What was sent on it and not answered may have happened or not.
    fn lost(&mut self, now: Now, out: &mut Out) {
        if self.link.is_attached() {
            out.event(Event::Client(ClientEvent::Disconnected));
            self.notices.push_back(Notice::Disconnected);
        }
        while let Some((xid, _)) = self.outstanding.pop_front() {
            out.event(Event::Client(ClientEvent::OutcomeUnknown { xid }));
            self.notices.push_back(Notice::Unknown { xid });
        }
        let longest = u64::from(self.config.back_off_ms.max(16));
        let bound = (longest / 16).saturating_mul(1 << self.failures.min(4)).min(longest);
        self.failures = self.failures.saturating_add(1);
        let pause = Duration::from_micros(self.random.between(bound * 500, bound * 1_000));
        self.link = Link::Pausing { until: now.mono + pause };
    }

    /// The session is gone: what waited for it cannot be asked in another one's name.
    fn expired(&mut self, now: Now, out: &mut Out) {
        out.event(Event::Client(ClientEvent::Expired));
        self.notices.push_back(Notice::Expired);
        self.forget_session();
        while let Some((xid, _)) = self.queued.pop_front() {
            self.tell(xid, self.last_zxid, Err(ErrorCode::SessionExpired), out);
        }
        self.link = Link::Pausing { until: now.mono };
        self.on_deadline(now, out);
    }

    fn forget_session(&mut self) {
        (self.session, self.password) = (SessionId(0), Bytes::from_static(&[0; 16]));
        self.timeout_ms = self.config.timeout_ms;
        self.watching.clear();
    }
}

fn third(ms: u32) -> Duration {
    Duration::from_micros(u64::from(ms) * 1_000 / 3)
}

/// What an answer says in one word; of a multi, the first failure.
fn outcome(result: &Result<Response, ErrorCode>) -> ErrorCode {
    let first_failure = |results: &Vec<MultiResult>| {
        results.iter().find_map(|result| match result {
            MultiResult::Error(error) if *error != ErrorCode::Ok => Some(*error),
            _ => None,
        })
    };
    match result {
        Err(error) => *error,
        Ok(Response::Multi(results)) => first_failure(results).unwrap_or(ErrorCode::Ok),
        Ok(_) => ErrorCode::Ok,
    }
}

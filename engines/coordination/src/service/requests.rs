//! What happens to a client's requests: who is answered at once, who waits for the order.
//!
//! FIFO client order (Programmer's Guide, "Consistency guarantees"): answers leave in the order of
//! the requests, and a read sees the client's own earlier writes. Writes are submitted as they
//! arrive, so a client may have many under way; its reads wait behind them. Pings and `auth` are
//! about the connection and wait for nothing.
//!
//! A server has no more than `globalOutstandingLimit` requests under way. Beyond it ZooKeeper
//! stops reading from clients that wait for something already; here what they send is held back
//! until something is decided, each connection in its turn.
//!
//! What one write lets go, or one client wants to watch again, may be more than a step should
//! handle: the rest is answered in the turns that follow.

use super::access;
use super::connection::{Asked, Connection, MAX_WAITING, Phase, Reply, Waiting, Work};
use super::reads::Reader;
use super::{Out, Service, Submission, SubmissionKind};
use crate::bug::planted;
use crate::{ErrorCode, Event, LearnerRequest, Message, Path, Request, Response, SessionId, Zxid};
use relevo_core::{Cause, ConnId, Duration, Now};
use std::sync::Arc;

/// The xid of a ping's answer, whatever the ping's own was.
const PING_XID: i32 = -2;

impl Service {
    /// A client's next message.
    pub fn message(&mut self, now: Now, conn: ConnId, message: Message, out: &mut Out) {
        let Some(connection) = self.connection_mut(conn) else { return };
        connection.counters.received += 1;
        let phase = connection.phase;
        self.stats.received += 1;
        match (phase, message) {
            (Phase::Fresh, Message::Connect(request)) => self.connect(now, conn, request, out),
            (Phase::Fresh, Message::FourLetterWord(word)) => {
                let text = self.word(now, conn, word);
                self.stats.sent += 1;
                out.send(conn, Message::Text(text.into()));
                self.close(conn, out);
            }
            (Phase::Creating | Phase::Revalidating, Message::Request { xid, request }) => {
                let work = Work::Early(request);
                self.wait(
                    now,
                    conn,
                    Waiting { asked: Asked::new(now, xid, "NA", out.cause()), work },
                    out,
                );
            }
            (Phase::Attached, Message::Request { xid, request }) => {
                self.request(now, conn, xid, request, out.cause(), out);
            }
            // Not what a client says at this point: that connection alone ends.
            _ => self.close(conn, out),
        }
    }

    /// So much waits for a client's socket that its answers wait here.
    pub fn blocked(&mut self, _now: Now, conn: ConnId, _out: &mut Out) {
        if let Some(connection) = self.connection_mut(conn) {
            connection.blocked = true;
        }
    }

    /// Less waits for its socket again.
    pub fn writable(&mut self, now: Now, conn: ConnId, out: &mut Out) {
        if let Some(connection) = self.connection_mut(conn) {
            connection.blocked = false;
            self.answer_ready(now, conn, out);
        }
    }

    /// The SYNC of a local client came back from the leader.
    pub fn synced(&mut self, now: Now, session: SessionId, cxid: i32, out: &mut Out) {
        let Some(conn) = self.attached.get(&session).copied() else { return };
        let zxid = self.last_applied;
        let Some(connection) = self.connection_mut(conn) else { return };
        let waits = |w: &&mut Waiting| w.asked.xid == cxid && matches!(w.work, Work::Sync(_));
        let Some(waiting) = connection.waiting.iter_mut().find(waits) else { return };
        if let Work::Sync(Request::Sync { path }) = &waiting.work {
            waiting.work = Work::Done(Reply::new(zxid, Ok(Response::Path(path.clone()))));
        }
        self.one_decided();
        self.answer_ready(now, conn, out);
    }

    /// A request of an attached client.
    pub(super) fn request(
        &mut self,
        now: Now,
        conn: ConnId,
        xid: i32,
        request: Request,
        cause: Cause,
        out: &mut Out,
    ) {
        let Some(connection) = self.connections.get(&conn) else { return };
        let idle = connection.waiting.is_empty() && !connection.blocked;
        let reader = connection.reader(conn);
        self.note_heard(now, reader.session, connection.timeout_ms);
        let asked = Asked::new(now, xid, name_of(&request), cause);
        let work = match request {
            Request::Ping => {
                let reply = Reply::new(self.last_applied, Ok(Response::Empty));
                return self.answer(now, &reader, Asked { xid: PING_XID, ..asked }, reply, out);
            }
            Request::Auth { scheme, auth } => {
                return self.authenticate(now, &reader, asked, (&scheme, &auth), out);
            }
            Request::Invalid { error: error @ ErrorCode::Unimplemented, .. } => {
                // It never came to have a zxid: ZooKeeper says −1.
                let mut reply = Reply::new(Zxid(u64::MAX), Err(error));
                reply.last = true;
                Work::Done(reply)
            }
            request if is_ordered(&request) => {
                if self.must_wait(conn) {
                    self.hold_back(conn);
                    Work::Held(request)
                } else {
                    self.begin(conn, xid, request, cause)
                }
            }
            Request::SetWatches { relative_zxid, watches } => {
                Work::Watches { relative_zxid, watches, done: 0 }
            }
            request if idle || planted!(self, ReadOvertakesWrite) => {
                let answer = self.read(&reader, &request, out);
                let reply = Reply::new(self.last_applied, answer);
                return self.answer(now, &reader, asked, reply, out);
            }
            request => Work::Read(request),
        };
        self.wait(now, conn, Waiting { asked, work }, out);
    }

    /// The transaction of a local client's request was applied.
    pub(super) fn decided(
        &mut self,
        now: Now,
        conn: ConnId,
        cxid: i32,
        reply: Reply,
        out: &mut Out,
    ) {
        let Some(connection) = self.connection_mut(conn) else { return };
        let mut writes = connection.waiting.iter_mut().filter(|w| matches!(w.work, Work::Write));
        // Another number belongs to a request from before this client's last reconnection.
        let Some(waiting) = writes.next().filter(|waiting| waiting.asked.xid == cxid) else {
            return;
        };
        waiting.work = Work::Done(reply);
        self.one_decided();
        self.answer_ready(now, conn, out);
    }

    /// Goes on answering where a step was too short.
    pub fn work(&mut self, now: Now, out: &mut Out) {
        while out.entries_left() > 0
            && let Some(conn) = self.unfinished.pop_first()
        {
            self.answer_ready(now, conn, out);
        }
    }

    /// Whether [`Service::work`] would do something.
    pub fn has_work(&self) -> bool {
        !self.unfinished.is_empty()
    }

    /// Whether a request of this connection must wait until less is under way.
    fn must_wait(&self, conn: ConnId) -> bool {
        let Some(connection) = self.connections.get(&conn) else { return false };
        let many = self.in_process >= self.config.outstanding_limit;
        connection.held > 0 || (many && !connection.waiting.is_empty())
    }

    fn hold_back(&mut self, conn: ConnId) {
        let Some(connection) = self.connection_mut(conn) else { return };
        connection.held += 1;
        if connection.held == 1 {
            self.held.push_back(conn);
        }
    }

    /// Submits what must be ordered; returns what it waits for.
    fn begin(&mut self, conn: ConnId, xid: i32, request: Request, cause: Cause) -> Work {
        self.in_process += 1;
        if let Request::Sync { .. } = request {
            self.submit(conn, xid, SubmissionKind::Sync, cause);
            return Work::Sync(request);
        }
        let order = SubmissionKind::Order(LearnerRequest::Client(request));
        self.submit(conn, xid, order, cause);
        Work::Write
    }

    /// One request less is under way: the connection whose turn it is begins one it held back.
    fn one_decided(&mut self) {
        self.in_process -= 1;
        while self.in_process < self.config.outstanding_limit
            && let Some(conn) = self.held.pop_front()
        {
            self.begin_held(conn);
        }
    }

    fn begin_held(&mut self, conn: ConnId) {
        let Some(connection) = self.connection_mut(conn) else { return };
        let is_held = |waiting: &Waiting| matches!(waiting.work, Work::Held(_));
        let Some(at) = connection.waiting.iter().position(is_held) else { return };
        let Asked { xid, cause, .. } = connection.waiting[at].asked;
        let work = std::mem::replace(&mut connection.waiting[at].work, Work::Write);
        let Work::Held(request) = work else { return };
        connection.held -= 1;
        if connection.held > 0 {
            self.held.push_back(conn);
        }
        let work = self.begin(conn, xid, request, cause);
        if let Some(connection) = self.connection_mut(conn) {
            connection.waiting[at].work = work;
        }
    }

    /// Passes something on to be ordered.
    pub(super) fn submit(
        &mut self,
        conn: ConnId,
        cxid: i32,
        request: SubmissionKind,
        cause: Cause,
    ) {
        let Some(connection) = self.connections.get(&conn) else { return };
        let (session, identities) = (connection.session, connection.identities.clone());
        let origin = self.config.id;
        self.submissions.push(Submission { session, cxid, request, identities, origin, cause });
    }

    /// The session was heard from here.
    pub(super) fn note_heard(&mut self, now: Now, session: SessionId, timeout_ms: u32) {
        match &mut self.tracker {
            Some(tracker) => {
                let timeout = Duration::from_millis(u64::from(timeout_ms));
                tracker.touch(now.mono, session, timeout);
            }
            None => drop(self.heard.insert(session, timeout_ms)),
        }
    }

    fn wait(&mut self, now: Now, conn: ConnId, waiting: Waiting, out: &mut Out) {
        let Some(connection) = self.connection_mut(conn) else { return };
        if connection.waiting.len() >= MAX_WAITING {
            self.close(conn, out);
            return;
        }
        connection.waiting.push_back(waiting);
        self.waiting += 1;
        self.answer_ready(now, conn, out);
    }

    /// Answers whoever waits for nothing any more, in order and as far as this step reaches.
    fn answer_ready(&mut self, now: Now, conn: ConnId, out: &mut Out) {
        while let Some((reader, Waiting { asked, work })) = self.next_ready(conn, out) {
            out.charge(1, 0);
            match work {
                Work::Done(reply) => self.answer(now, &reader, asked, reply, out),
                Work::Watches { relative_zxid, watches, done } => {
                    let set = |out: &mut Out| {
                        out.because(&[asked.cause]);
                        self.set_watches(&reader, relative_zxid, &watches, done, out)
                    };
                    if let Some(done) = out.nest(set) {
                        let work = Work::Watches { relative_zxid, watches, done };
                        self.put_back(conn, Waiting { asked, work });
                        return;
                    }
                    let reply = Reply::new(self.last_applied, Ok(Response::Empty));
                    self.answer(now, &reader, asked, reply, out);
                }
                // What it rests on is its own request, beside the input of this step.
                Work::Read(request) => out.nest(|out: &mut Out| {
                    out.because(&[asked.cause]);
                    let answer = self.read(&reader, &request, out);
                    let reply = Reply::new(self.last_applied, answer);
                    self.answer(now, &reader, asked, reply, out);
                }),
                Work::Early(_) | Work::Held(_) | Work::Write | Work::Sync(_) => break,
            }
        }
    }

    fn put_back(&mut self, conn: ConnId, waiting: Waiting) {
        let Some(connection) = self.connection_mut(conn) else { return };
        connection.waiting.push_front(waiting);
        self.waiting += 1;
        self.unfinished.insert(conn);
    }

    fn next_ready(&mut self, conn: ConnId, out: &Out) -> Option<(Reader, Waiting)> {
        let connection = self.connection_mut(conn)?;
        let work = &connection.waiting.front()?.work;
        let ready = matches!(work, Work::Done(_) | Work::Read(_) | Work::Watches { .. });
        if !ready || connection.blocked {
            return None;
        }
        if out.entries_left() == 0 {
            self.unfinished.insert(conn);
            return None;
        }
        let connection = self.connection_mut(conn)?;
        let waiting = connection.waiting.pop_front()?;
        let reader = connection.reader(conn);
        self.waiting -= 1;
        Some((reader, waiting))
    }

    fn answer(&mut self, now: Now, reader: &Reader, asked: Asked, reply: Reply, out: &mut Out) {
        let Reply { zxid, header, outcome, body, last } = reply;
        let Asked { xid, op, since, .. } = asked;
        let conn = reader.conn;
        let latency_ms = now.mono.since(since).as_millis();
        self.stats.latency.add(latency_ms);
        self.stats.sent += 1;
        if let Some(connection) = self.connection_mut(conn) {
            let counters = &mut connection.counters;
            counters.sent += 1;
            counters.latency.add(latency_ms);
            (counters.last_op, counters.last_xid) = (op, xid);
            (counters.last_zxid, counters.last_answer) = (zxid, now.mono);
        }
        // A session that moved is a matter of the connection, not of the request: its client is
        // somewhere else by now.
        if outcome == ErrorCode::SessionMoved {
            self.close(conn, out);
            return;
        }
        out.event(Event::Answered { session: reader.session, xid, zxid, error: outcome });
        out.send(conn, Message::Response { xid, zxid, error: header, body });
        if last {
            self.close(conn, out);
        }
    }

    fn authenticate(
        &mut self,
        now: Now,
        reader: &Reader,
        asked: Asked,
        (scheme, auth): (&str, &[u8]),
        out: &mut Out,
    ) {
        let Some(connection) = self.connection_mut(reader.conn) else { return };
        let proven = access::authenticate(scheme, auth, connection.peer.ip);
        let proven = proven.and_then(|identity| access::with(&connection.identities, identity));
        let answer = match proven {
            Some(identities) => {
                connection.identities = identities;
                Ok(Response::Empty)
            }
            None => Err(ErrorCode::AuthFailed),
        };
        // ZooKeeper's own zxid here is 0.
        let mut reply = Reply::new(Zxid(0), answer);
        reply.last = reply.header != ErrorCode::Ok;
        self.answer(now, reader, asked, reply, out);
    }

    pub(super) fn connection_mut(&mut self, conn: ConnId) -> Option<&mut Connection> {
        self.connections.get_mut(&conn).map(Arc::make_mut)
    }
}

impl Connection {
    fn reader(&self, conn: ConnId) -> Reader {
        Reader { conn, session: self.session, identities: self.identities.clone() }
    }
}

impl Asked {
    fn new(now: Now, xid: i32, op: &'static str, cause: Cause) -> Asked {
        Asked { xid, op, cause, since: now.mono }
    }
}

/// Whether a request must be ordered.
fn is_ordered(request: &Request) -> bool {
    match request {
        Request::Sync { .. } => true,
        Request::Create { .. }
        | Request::Delete { .. }
        | Request::SetData { .. }
        | Request::SetAcl { .. }
        | Request::Check { .. }
        | Request::Multi(_)
        | Request::CloseSession => true,
        // A change that cannot be read, or a reconfiguration, is refused in its place.
        Request::Invalid { opcode, .. } => {
            matches!(opcode, 1 | 2 | 5 | 7 | 13 | 14 | 15 | 16 | 19 | 21)
        }
        _ => false,
    }
}

/// The name `cons` has for a request.
fn name_of(request: &Request) -> &'static str {
    match request {
        Request::Create { .. } => "CREA",
        Request::Delete { .. } => "DELE",
        Request::Exists { .. } => "EXIS",
        Request::GetData { .. } => "GETD",
        Request::SetData { .. } => "SETD",
        Request::GetAcl { .. } => "GETA",
        Request::SetAcl { .. } => "SETA",
        Request::GetChildren { .. } => "GETC",
        Request::Sync { .. } => "SYNC",
        Request::Ping => "PING",
        Request::Check { .. } => "CHEC",
        Request::Multi(_) => "MULT",
        Request::MultiRead(_) => "MLTR",
        Request::CheckWatches { .. } => "CHKW",
        Request::RemoveWatches { .. } => "REMW",
        Request::SetWatches { .. } => "SETW",
        Request::AddWatch { .. } => "ADDW",
        Request::WhoAmI => "HOMI",
        Request::GetEphemerals { .. } => "GETE",
        Request::GetAllChildrenNumber { .. } => "GETACN",
        Request::CloseSession => "CLOS",
        Request::Auth { .. } | Request::Invalid { .. } => "NA",
    }
}

/// The parent of a path, as watches know it.
pub(super) fn parent_path(path: &str) -> Option<Path> {
    super::tree::split(path).map(|(parent, _)| parent.into())
}

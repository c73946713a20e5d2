//! What happens to a client's requests: who is answered at once, who waits for the order.
//!
//! FIFO client order (Programmer's Guide, "Consistency guarantees"): answers leave in the order of
//! the requests, and a read sees the client's own earlier writes. Writes are submitted as they
//! arrive, so a client may have many under way; its reads wait behind them. Pings and `auth` are
//! about the connection and wait for nothing.

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
            Request::Sync { .. } => {
                self.submit(conn, xid, SubmissionKind::Sync, cause);
                Work::Sync(request)
            }
            request if is_change(&request) => {
                let order = SubmissionKind::Order(LearnerRequest::Client(request));
                self.submit(conn, xid, order, cause);
                Work::Write
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
        self.answer_ready(now, conn, out);
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

    /// Answers whoever waits for nothing any more, in order.
    fn answer_ready(&mut self, now: Now, conn: ConnId, out: &mut Out) {
        while let Some((reader, Waiting { asked, work })) = self.next_ready(conn) {
            match work {
                Work::Done(reply) => self.answer(now, &reader, asked, reply, out),
                // What it rests on is its own request, beside the input of this step.
                Work::Read(request) => out.nest(|out: &mut Out| {
                    out.because(&[asked.cause]);
                    let answer = self.read(&reader, &request, out);
                    let reply = Reply::new(self.last_applied, answer);
                    self.answer(now, &reader, asked, reply, out);
                }),
                Work::Early(_) | Work::Write | Work::Sync(_) => break,
            }
        }
    }

    fn next_ready(&mut self, conn: ConnId) -> Option<(Reader, Waiting)> {
        let connection = self.connection_mut(conn)?;
        let ready = matches!(connection.waiting.front()?.work, Work::Done(_) | Work::Read(_));
        if !ready || connection.blocked {
            return None;
        }
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
        let answer = match proven {
            Some(identity) => {
                connection.identities = access::with(&connection.identities, identity);
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
fn is_change(request: &Request) -> bool {
    match request {
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

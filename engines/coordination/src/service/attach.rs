//! How a connection gets its session: a new one, or the one it had here or elsewhere.

use super::access;
use super::connection::{Connection, Phase, Waiting, Work};
use super::identity::{first_session_id, password};
use super::{Out, Service, ServingAs, SubmissionKind};
use crate::bug::planted;
use crate::{
    ConnectRequest, ConnectResponse, Event, LearnerRequest, Message, Request, ServerId, SessionId,
};
use bytes::Bytes;
use relevo_core::{Cause, ConnId, Duration, Now, Peer};
use std::sync::Arc;

impl Service {
    /// A client connected.
    pub fn accepted(&mut self, now: Now, conn: ConnId, peer: Peer, out: &mut Out) {
        let count = self.by_address.entry(peer.ip).or_insert(0);
        let limit = self.config.max_client_connections;
        if limit > 0 && *count >= limit {
            out.close(conn);
            return;
        }
        *count += 1;
        let identity = access::address_identity(peer.ip);
        let connection = Connection::new(peer, identity, now.wall);
        self.connections.insert(conn, Arc::new(connection));
    }

    /// A client's connection ended.
    pub fn closed(&mut self, _now: Now, conn: ConnId, out: &mut Out) {
        if planted!(self, EphemeralDiesOnDisconnect) {
            self.delete_ephemerals(conn, out.cause());
        }
        self.forget(conn);
    }

    /// Begins to serve clients, or ends it: all their connections close, and what only a leader
    /// keeps is forgotten.
    pub fn set_serving(&mut self, now: Now, serving: Option<ServingAs>, out: &mut Out) {
        if serving.is_none() {
            let all: Vec<ConnId> = self.connections.keys().copied().collect();
            for conn in all {
                self.close(conn, out);
            }
            self.submissions.clear();
            self.heard.clear();
            self.reset_prepare();
            self.stop_tracking();
        }
        self.reaper.next = now.mono + self.reap_interval();
        (self.serving, self.served_since) = (serving, now.mono);
    }

    /// The first message of a connection.
    pub(super) fn connect(
        &mut self,
        now: Now,
        conn: ConnId,
        request: ConnectRequest,
        out: &mut Out,
    ) {
        // A client that has seen more than this server must try another one: here, time would go
        // backwards for it.
        if self.serving.is_none() || request.last_zxid_seen > self.last_applied {
            self.close(conn, out);
            return;
        }
        let session = request.session;
        let timeout_ms = self.config.negotiated_timeout_ms(request.timeout_ms);
        let Some(connection) = self.connection_mut(conn) else { return };
        connection.timeout_ms = timeout_ms;
        connection.knows_read_only = request.read_only.is_some();
        if session == SessionId(0) {
            self.create_session(now, conn, timeout_ms, out.cause());
        } else if request.password != password(session) {
            self.refuse(conn, session, out);
        } else {
            if let Some(old) = self.attached.get(&session).copied() {
                self.close(old, out);
            }
            self.claim(conn, session, Phase::Revalidating);
            if self.tracker.is_some() {
                let alive = self.revalidate(now, session, timeout_ms, self.config.id);
                self.revalidated(now, session, alive, out);
            } else {
                self.submit(conn, 0, SubmissionKind::Revalidate { timeout_ms }, out.cause());
            }
        }
    }

    /// The leader said whether a session that moved here is alive.
    pub fn revalidated(&mut self, now: Now, session: SessionId, alive: bool, out: &mut Out) {
        let Some(conn) = self.waiting_for_session(session, Phase::Revalidating) else { return };
        if alive {
            self.attach(now, conn, true, out);
        } else {
            self.refuse(conn, session, out);
        }
    }

    /// Leader: a session moved to the server `origin`; whether it is alive.
    pub fn revalidate(
        &mut self,
        now: Now,
        session: SessionId,
        timeout_ms: u32,
        origin: ServerId,
    ) -> bool {
        let timeout = Duration::from_millis(u64::from(timeout_ms));
        let Some(tracker) = &mut self.tracker else { return false };
        let alive = tracker.touch(now.mono, session, timeout);
        if alive {
            tracker.set_owner(session, origin);
        }
        alive
    }

    /// A new session was ordered: if it was asked for here, its client gets it.
    pub(super) fn session_created(&mut self, now: Now, session: SessionId, out: &mut Out) {
        if let Some(conn) = self.waiting_for_session(session, Phase::Creating) {
            self.attach(now, conn, false, out);
        }
    }

    /// Closes a connection from this side, after what was sent on it.
    pub(super) fn close(&mut self, conn: ConnId, out: &mut Out) {
        if self.forget(conn) {
            out.close(conn);
        }
    }

    fn create_session(&mut self, now: Now, conn: ConnId, timeout_ms: u32, cause: Cause) {
        let first = first_session_id(self.config.id, now.wall, self.seed);
        let mut session = self.next_session.unwrap_or(first);
        while self.sessions.contains_key(&session) {
            session.0 += 1;
        }
        self.next_session = Some(SessionId(session.0 + 1));
        self.claim(conn, session, Phase::Creating);
        let request = LearnerRequest::CreateSession { timeout_ms };
        self.submit(conn, 0, SubmissionKind::Order(request), cause);
    }

    fn claim(&mut self, conn: ConnId, session: SessionId, phase: Phase) {
        self.attached.insert(session, conn);
        if let Some(connection) = self.connection_mut(conn) {
            (connection.session, connection.phase) = (session, phase);
        }
    }

    fn waiting_for_session(&self, session: SessionId, phase: Phase) -> Option<ConnId> {
        let conn = *self.attached.get(&session)?;
        (self.connections.get(&conn)?.phase == phase).then_some(conn)
    }

    fn attach(&mut self, now: Now, conn: ConnId, resumed: bool, out: &mut Out) {
        let Some(connection) = self.connection_mut(conn) else { return };
        connection.phase = Phase::Attached;
        let (session, timeout_ms) = (connection.session, connection.timeout_ms);
        let response = ConnectResponse {
            protocol_version: 0,
            timeout_ms: timeout_ms as i32,
            session,
            password: password(session),
            read_only: connection.knows_read_only.then_some(false),
        };
        let early = std::mem::take(&mut connection.waiting);
        self.waiting -= early.len() as u64;
        self.note_heard(now, session, timeout_ms);
        out.event(Event::SessionAttached { session, conn, timeout_ms, resumed });
        out.send(conn, Message::Connected(response));
        for Waiting { asked, work } in early {
            if let Work::Early(request) = work {
                self.request(now, conn, asked.xid, request, asked.cause, out);
            }
        }
    }

    fn refuse(&mut self, conn: ConnId, session: SessionId, out: &mut Out) {
        let knows_read_only =
            self.connections.get(&conn).is_some_and(|connection| connection.knows_read_only);
        let response = ConnectResponse {
            password: Bytes::from_static(&[0; 16]),
            read_only: knows_read_only.then_some(false),
            ..ConnectResponse::default()
        };
        out.event(Event::SessionRefused { session });
        out.send(conn, Message::Connected(response));
        self.close(conn, out);
    }

    /// Forgets a connection and its watches; its session lives on. Whether it was known.
    fn forget(&mut self, conn: ConnId) -> bool {
        let Some(connection) = self.connections.remove(&conn) else { return false };
        self.watches.forget(conn);
        self.unfinished.remove(&conn);
        let submitted = |waiting: &&Waiting| matches!(waiting.work, Work::Write | Work::Sync(_));
        self.in_process -= connection.waiting.iter().filter(submitted).count() as u32;
        if connection.held > 0 {
            self.held.retain(|other| *other != conn);
        }
        self.waiting -= connection.waiting.len() as u64;
        if self.attached.get(&connection.session) == Some(&conn) {
            self.attached.remove(&connection.session);
        }
        if let Some(count) = self.by_address.get_mut(&connection.peer.ip) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&connection.peer.ip);
            }
        }
        true
    }

    /// The planted bug `EphemeralDiesOnDisconnect`.
    fn delete_ephemerals(&mut self, conn: ConnId, cause: Cause) {
        let Some(connection) = self.connections.get(&conn) else { return };
        for path in self.tree.ephemerals(connection.session).cloned().collect::<Vec<_>>() {
            let request = LearnerRequest::Client(Request::Delete { path, version: -1 });
            self.submit(conn, 0, SubmissionKind::Order(request), cause);
        }
    }
}

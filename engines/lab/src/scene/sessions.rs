//! Sessions, and the clock that runs for each: at the leader, from the moment it last heard of
//! the session.
//!
//! A client that is connected to the leader is heard with every word. Of one that is connected
//! elsewhere the leader hears when its server answers a ping with the sessions that spoke, or asks
//! whether a session that moved is alive. A new leader gives every session its whole time anew.

use super::{Flight, MessageKind, Scene};
use crate::LabEvent;
use relevo_coordination::{
    CLIENT, Event, Message, PeerState, QuorumPacket, SessionId, Txn, TxnBody,
};
use relevo_core::{ConnId, Duration, HostId, Instant, Party, Seq};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How many sessions the scene keeps; those beyond are only counted.
pub const SESSIONS_KEPT: usize = 512;
/// How many sessions that are over are kept to be seen.
const OVER_SHOWN: usize = 6;

/// One session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionView {
    /// Who has it, as far as the trace told.
    pub client: Option<Party>,
    /// The negotiated time-out.
    pub timeout_ms: u32,
    /// The server that carries it, while one does.
    pub server: Option<HostId>,
    /// Its connection there.
    pub(super) conn: Option<ConnId>,
    /// When the leader last heard of it.
    pub heard: Instant,
    /// Whether the leader has found that its time is over; its end is on the way.
    pub expired: bool,
    /// The event that last changed it.
    pub since: Seq,
}

/// A session that is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PastSession {
    /// Which.
    pub session: SessionId,
    /// Who had it.
    pub client: Option<Party>,
    /// When it ended.
    pub at: Instant,
    /// Whether its time ran out; else its client closed it.
    pub expired: bool,
    /// The event of its end.
    pub since: Seq,
}

impl SessionView {
    fn new(timeout_ms: u32, at: Instant, since: Seq) -> SessionView {
        SessionView {
            client: None,
            timeout_ms,
            server: None,
            conn: None,
            heard: at,
            expired: false,
            since,
        }
    }

    /// The instant it runs out if the leader hears nothing of it; while nobody leads, nobody
    /// counts.
    pub fn runs_out(&self) -> Instant {
        self.heard + Duration::from_millis(u64::from(self.timeout_ms))
    }
}

impl Scene {
    /// A transaction that begins or ends a session.
    pub(super) fn session_txn(&mut self, event: &LabEvent, txn: &Arc<Txn>) {
        match txn.body {
            TxnBody::CreateSession { timeout_ms } => {
                if self.sessions.len() >= SESSIONS_KEPT {
                    self.sessions_beyond += 1;
                    return;
                }
                let view = SessionView::new(timeout_ms, event.at, event.seq);
                self.sessions.entry(txn.session).or_insert(view);
            }
            TxnBody::CloseSession { .. } => self.session_over(event, txn.session),
            _ => {}
        }
    }

    fn session_over(&mut self, event: &LabEvent, session: SessionId) {
        let Some(view) = self.sessions.remove(&session) else {
            self.sessions_beyond = self.sessions_beyond.saturating_sub(1);
            return;
        };
        self.forget_watches(session);
        if self.past_sessions.len() == OVER_SHOWN {
            self.past_sessions.pop_front();
        }
        let SessionView { client, expired, .. } = view;
        let (at, since) = (event.at, event.seq);
        self.past_sessions.push_back(PastSession { session, client, at, expired, since });
        let client = client.and_then(|party| self.clients.get_mut(&party));
        if let Some(client) = client.filter(|client| client.session == Some(session)) {
            client.watches.clear();
            client.since = event.seq;
        }
    }

    /// A server gave a connection its session.
    pub(super) fn attached(
        &mut self,
        event: &LabEvent,
        session: SessionId,
        conn: ConnId,
        timeout_ms: u32,
    ) {
        let Some(Party::Host(server)) = event.party else { return };
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        connection.session = Some(session);
        let party = connection.from;
        if let Some(client) = self.clients.get_mut(&party) {
            client.attach(server, session, event.seq);
        }
        if let Some(view) = self.sessions.get_mut(&session) {
            (view.client, view.timeout_ms) = (Some(party), timeout_ms);
            (view.server, view.conn, view.since) = (Some(server), Some(conn), event.seq);
        }
        if self.leads(server) {
            self.heard_of(&[session], event.at);
        }
    }

    /// A client knows of its session.
    pub(super) fn knows_session(&mut self, session: SessionId, party: Party) {
        if let Some(view) = self.sessions.get_mut(&session) {
            view.client = Some(party);
        }
    }

    /// A connection that carried a session is gone.
    pub(super) fn detached(&mut self, conn: ConnId, session: SessionId, seq: Seq) {
        let view = self.sessions.get_mut(&session).filter(|view| view.conn == Some(conn));
        let Some(view) = view else { return };
        (view.server, view.conn, view.since) = (None, None, seq);
        self.lose_watches(session);
    }

    /// A server's process died: whatever it carried it carries no more.
    pub(super) fn server_died(&mut self, host: HostId, seq: Seq) {
        let carried = |view: &SessionView| view.server == Some(host);
        let sessions = self.sessions.iter().filter(|(_, view)| carried(view));
        let conns: Vec<_> = sessions.filter_map(|(id, view)| Some((view.conn?, *id))).collect();
        for (conn, session) in conns {
            self.detached(conn, session, seq);
        }
    }

    /// A leader found that a session's time is over.
    pub(super) fn session_expired(&mut self, session: SessionId, seq: Seq) {
        if let Some(view) = self.sessions.get_mut(&session) {
            (view.expired, view.since) = (true, seq);
        }
    }

    /// A new leader counts from here.
    pub(super) fn clocks_begin(&mut self, at: Instant) {
        for view in self.sessions.values_mut() {
            view.heard = at;
        }
    }

    /// Notes the sessions that a message to a leader speaks of.
    pub(super) fn reports(&mut self, sent: Seq, message: &Message) {
        let sessions: Vec<SessionId> = match message {
            Message::Quorum(QuorumPacket::Ping { sessions, .. }) if !sessions.is_empty() => {
                sessions.iter().take(SESSIONS_KEPT).map(|(session, _)| *session).collect()
            }
            Message::Quorum(QuorumPacket::Revalidate { session, .. }) => vec![*session],
            _ => return,
        };
        self.reports.insert(sent, sessions);
    }

    /// A message arrived: perhaps its receiver, a leader, has heard of a session by it.
    pub(super) fn reported(&mut self, event: &LabEvent, message: Seq, flight: &Flight) {
        let Some(Party::Host(host)) = event.party else { return };
        let report = self.reports.remove(&message);
        let heard = match flight.kind {
            MessageKind::Request | MessageKind::Ping | MessageKind::Revalidate => self.leads(host),
            _ => false,
        };
        if !heard {
            return;
        }
        let connection = self.connections.get(&flight.conn);
        let carried = connection.filter(|it| it.service == CLIENT && it.from == flight.from);
        let session = carried.and_then(|connection| connection.session);
        match (report, session) {
            (Some(sessions), _) => self.heard_of(&sessions, event.at),
            (None, Some(session)) => self.heard_of(&[session], event.at),
            (None, None) => {}
        }
    }

    fn heard_of(&mut self, sessions: &[SessionId], at: Instant) {
        for session in sessions {
            if let Some(view) = self.sessions.get_mut(session).filter(|view| !view.expired) {
                view.heard = at;
            }
        }
    }

    fn leads(&self, host: HostId) -> bool {
        let server = self.server_at(host);
        server.is_some_and(|server| server.role == PeerState::Leading && server.serving)
    }

    /// Sessions that nobody told of, at a server whose tree was loaded.
    pub(crate) fn load_sessions<'a>(
        &mut self,
        sessions: impl Iterator<Item = (&'a SessionId, &'a u32)>,
    ) {
        let (at, seq) = (self.at, self.seq);
        for (session, timeout_ms) in sessions {
            if self.sessions.len() < SESSIONS_KEPT {
                let view = || SessionView::new(*timeout_ms, at, seq);
                self.sessions.entry(*session).or_insert_with(view);
            }
        }
    }

    pub(super) fn session_event(&mut self, event: &LabEvent, state: &Event) {
        match state {
            Event::SessionAttached { session, conn, timeout_ms, .. } => {
                self.attached(event, *session, *conn, *timeout_ms);
            }
            Event::SessionExpired { session } => self.session_expired(*session, event.seq),
            Event::WatchSet { session, path, kind } => {
                self.watch_set(event, *session, path, *kind);
            }
            Event::WatchFired { session, path, kind, event: told, zxid, .. } => {
                self.watch_fired(event, (*session, path, *kind), (*told, *zxid));
            }
            Event::WatchRemoved { session, path, kind } => {
                self.watch_removed(*session, path, *kind, event.seq);
            }
            Event::Client(state) => self.client_tells(event, state),
            _ => {}
        }
    }
}

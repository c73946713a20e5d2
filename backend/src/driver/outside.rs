//! Outside programs as the lab's thread knows them: their connections, names and sessions.

use crate::wire::{Link, recognise};
use relevo_coordination::{Message, SessionId};
use relevo_core::{ConnId, OutsideId};
use relevo_lab::stream::OutsideName;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

/// How many sessions are remembered, so that a program that reconnects keeps its name.
const SESSIONS: usize = 4096;

/// The outside programs of a lab.
#[derive(Default)]
pub(crate) struct Outsiders {
    next: u32,
    links: BTreeMap<ConnId, Known>,
    conns: BTreeMap<u64, ConnId>,
    sessions: BTreeMap<SessionId, OutsideId>,
    session_order: VecDeque<SessionId>,
    touched: Vec<ConnId>,
}

struct Known {
    link: Arc<Link>,
    outside: OutsideId,
    name: Arc<str>,
    library: Option<Arc<str>>,
}

impl Outsiders {
    /// Who connects with `first`: the program that had the session before, else a new one.
    pub(crate) fn named(&mut self, peer: SocketAddr, first: &Message) -> OutsideName {
        let known = match first {
            Message::Connect(request) => self.sessions.get(&request.session).copied(),
            _ => None,
        };
        let outside = known.unwrap_or_else(|| {
            self.next += 1;
            OutsideId(self.next)
        });
        let library = recognise(first);
        let word = match first {
            Message::FourLetterWord(word) => String::from_utf8_lossy(word).into_owned(),
            _ => library.unwrap_or("client").to_owned(),
        };
        let (name, library) = (format!("{word} {}", outside.0).into(), library.map(Into::into));
        OutsideName { outside, name, library, address: peer.to_string().into() }
    }

    /// What to call a program of which more is known now; none where it is called so already.
    pub(crate) fn renamed(
        &mut self,
        link: u64,
        library: Option<&'static str>,
        program: Option<Arc<str>>,
    ) -> Option<OutsideName> {
        let known = self.links.get_mut(self.conns.get(&link)?)?;
        let word = program.as_deref().or(library).unwrap_or("client");
        let name: Arc<str> = format!("{word} {}", known.outside.0).into();
        if *known.name == *name && known.library.as_deref() == library {
            return None;
        }
        let library: Option<Arc<str>> = library.map(Into::into);
        (known.name, known.library) = (Arc::clone(&name), library.clone());
        let address = known.link.peer().to_string().into();
        Some(OutsideName { outside: known.outside, name, library, address })
    }

    pub(crate) fn add(&mut self, conn: ConnId, link: Arc<Link>, named: &OutsideName) {
        self.conns.insert(link.id(), conn);
        let OutsideName { outside, name, library, .. } = named.clone();
        self.links.insert(conn, Known { link, outside, name, library });
    }

    pub(crate) fn conn(&self, link: u64) -> Option<ConnId> {
        self.conns.get(&link).copied()
    }

    /// Whether programs that keep a session are connected.
    pub(crate) fn any(&self) -> bool {
        !self.links.is_empty()
    }

    /// The names of those connected.
    pub(crate) fn names(&self) -> Vec<Arc<str>> {
        self.links.values().map(|known| Arc::clone(&known.name)).collect()
    }

    /// Queues a message for a program's socket.
    pub(crate) fn send(&mut self, conn: ConnId, message: Message) -> Option<&Arc<Link>> {
        if let Message::Connected(response) = &message
            && response.session != SessionId(0)
        {
            self.remember(response.session, conn);
        }
        let known = self.links.get(&conn)?;
        if known.link.push(message) {
            self.touched.push(conn);
        }
        Some(&known.link)
    }

    /// Wakes the writers of all sockets that were sent something in this turn.
    pub(crate) fn flush(&mut self) {
        for conn in self.touched.drain(..) {
            if let Some(known) = self.links.get(&conn) {
                known.link.flush();
            }
        }
    }

    /// The lab closed the connection: its socket ends after what was sent on it.
    pub(crate) fn end(&mut self, conn: ConnId) {
        if let Some(known) = self.links.remove(&conn) {
            self.conns.remove(&known.link.id());
            known.link.end();
        }
    }

    /// The connection is beyond saving: its socket ends at once.
    pub(crate) fn abort(&mut self, conn: ConnId) {
        if let Some(known) = self.links.remove(&conn) {
            self.conns.remove(&known.link.id());
            known.link.abort();
        }
    }

    pub(crate) fn end_all(&mut self) {
        for (_, known) in std::mem::take(&mut self.links) {
            known.link.end();
        }
        self.conns.clear();
    }

    fn remember(&mut self, session: SessionId, conn: ConnId) {
        let Some(known) = self.links.get(&conn) else { return };
        if self.sessions.insert(session, known.outside).is_none() {
            self.session_order.push_back(session);
        }
        if self.session_order.len() > SESSIONS
            && let Some(oldest) = self.session_order.pop_front()
        {
            self.sessions.remove(&oldest);
        }
    }
}

//! Clients, in the world and outside: sessions, watches and what they work at.

use super::{Belief, ClientView, ConnectionView, ProcessState, Scene, Work};
use crate::stream::OutsideName;
use crate::{LabEvent, Message};
use relevo_apps::{AppEvent, CandidateEvent, CounterEvent};
use relevo_coordination::{CLIENT, ClientEvent, Request, SessionId, WatchKind};
use relevo_core::{HostId, OutsideId, Party, Seq};
use std::sync::Arc;

/// How many acknowledged numbers of a counter are kept to be seen.
const NUMBERS_SHOWN: usize = 8;
/// How many watches of a client are kept to be seen.
const WATCHES_SHOWN: usize = 32;

impl Scene {
    /// Makes room for a client of the world; the lab names its hosts, for the trace does not.
    pub fn add_client(&mut self, host: HostId, name: &str, work: Work) {
        self.clients.insert(Party::Host(host), ClientView::new(name.into(), work));
    }

    /// Names an outside program, as far as its connection tells; it may connect after this.
    pub fn name_outside(&mut self, known: &OutsideName) {
        let seq = self.seq;
        let client = self.meet_outside(known.outside, seq);
        client.name.clone_from(&known.name);
        client.library.clone_from(&known.library);
        client.address = Some(Arc::clone(&known.address));
    }

    /// Names those of these programs that are here.
    pub fn name_outsiders<'a>(&mut self, known: impl IntoIterator<Item = &'a OutsideName>) {
        for known in known {
            if self.clients.contains_key(&Party::Outside(known.outside)) {
                self.name_outside(known);
            }
        }
    }

    /// A client's process lives on, or not; what dies with it is what it knew.
    pub(super) fn client_process(&mut self, party: Option<Party>, state: ProcessState, seq: Seq) {
        let Some(client) = party.and_then(|party| self.clients.get_mut(&party)) else { return };
        if !matches!(state, ProcessState::Running | ProcessState::Paused) {
            (client.connected, client.server, client.session) = (false, None, None);
            client.watches.clear();
            client.stands_no_more();
        }
        if client.state != state {
            (client.state, client.since) = (state, seq);
        }
    }

    pub(super) fn meet_outside(&mut self, outside: OutsideId, seq: Seq) -> &mut ClientView {
        let OutsideId(number) = outside;
        let client = self
            .clients
            .entry(Party::Outside(outside))
            .or_insert_with(|| ClientView::new(format!("client {number}").into(), Work::None));
        client.since = seq;
        client
    }

    pub(super) fn client_disconnected(&mut self, view: &ConnectionView, seq: Seq) {
        if view.service != CLIENT {
            return;
        }
        let still = |other: &ConnectionView| other.from == view.from && other.service == CLIENT;
        let remains = match view.from {
            // An outside program may hold several connections; it is one client of the picture.
            Party::Outside(_) => self.connections.values().any(still),
            Party::Host(_) => false,
        };
        let Some(client) = self.clients.get_mut(&view.from).filter(|_| !remains) else { return };
        (client.connected, client.server, client.since) = (false, None, seq);
        if let Work::Requests { outstanding, .. } = &mut client.work {
            *outstanding = 0;
        }
        if let Party::Outside(_) = view.from {
            // A program that is gone leaves the picture; its session lives on at the servers.
            self.clients.remove(&view.from);
        }
    }

    /// Counts a request sent by a client, or an answer sent to one.
    pub(super) fn count_request(&mut self, from: Party, to: Party, message: &Message) {
        let (party, asked) = match message {
            Message::Request { request: Request::Ping, .. } => return,
            Message::Request { .. } => (from, true),
            Message::Response { xid, .. } if *xid != -2 => (to, false),
            _ => return,
        };
        let Some(client) = self.clients.get_mut(&party) else { return };
        if matches!(client.work, Work::None) {
            client.work = Work::Requests { outstanding: 0, answered: 0 };
        }
        if let Work::Requests { outstanding, answered } = &mut client.work {
            if asked {
                *outstanding = outstanding.saturating_add(1);
            } else {
                *outstanding = outstanding.saturating_sub(1);
                *answered += 1;
            }
        }
    }

    pub(super) fn client_of(&mut self, session: SessionId) -> Option<&mut ClientView> {
        let party = self.sessions.get(&session)?.client?;
        self.clients.get_mut(&party)
    }

    pub(super) fn client_tells(&mut self, event: &LabEvent, state: &ClientEvent) {
        let Some(party) = event.party else { return };
        let Some(client) = self.clients.get_mut(&party) else { return };
        match state {
            ClientEvent::Connected { server, session, .. } => {
                client.attach(*server, *session, event.seq);
                self.knows_session(*session, party);
            }
            ClientEvent::Disconnected => {
                (client.connected, client.server, client.since) = (false, None, event.seq);
            }
            ClientEvent::Expired => {
                (client.connected, client.session, client.since) = (false, None, event.seq);
                client.watches.clear();
            }
            ClientEvent::Answered { .. } | ClientEvent::OutcomeUnknown { .. } => {}
        }
    }

    pub(super) fn application(&mut self, event: &LabEvent, state: &AppEvent) {
        let Some(client) = event.party.and_then(|party| self.clients.get_mut(&party)) else {
            return;
        };
        if let Work::Console { said } = &mut client.work {
            client.since = event.seq;
            return super::said::hear(said, event, state);
        }
        match state {
            AppEvent::Counter(news) => {
                client.since = event.seq;
                client.counts(*news);
            }
            AppEvent::Candidate(news) => {
                client.since = event.seq;
                client.stands(news);
            }
            AppEvent::SessionLost | AppEvent::SessionGained { resumed: false, .. } => {
                client.stands_no_more();
            }
            AppEvent::Called { .. }
            | AppEvent::Returned { .. }
            | AppEvent::Notified(_)
            | AppEvent::SessionGained { resumed: true, .. } => {}
        }
    }
}

impl Work {
    /// A counter that has not written yet.
    pub fn counter() -> Work {
        Work::Counter { acknowledged: Default::default(), pending: None, attempts: 0 }
    }

    /// A console that was asked nothing yet.
    pub fn console() -> Work {
        Work::Console { said: Default::default() }
    }

    /// A candidate that does not stand yet.
    pub fn candidate() -> Work {
        Work::Candidate { path: None, belief: Belief::Nothing, claimed: None }
    }
}

impl ClientView {
    /// Whether nothing was ever heard of it: a console that waits to be asked something.
    pub fn is_unseen(&self) -> bool {
        self.since == Seq(0) && self.work == Work::console()
    }

    fn new(name: Arc<str>, work: Work) -> ClientView {
        ClientView {
            name,
            library: None,
            address: None,
            state: ProcessState::Running,
            server: None,
            session: None,
            connected: false,
            work,
            watches: Vec::new(),
            since: Seq(0),
        }
    }

    pub(super) fn attach(&mut self, server: HostId, session: SessionId, seq: Seq) {
        if self.session != Some(session) {
            self.watches.clear();
        }
        (self.server, self.session) = (Some(server), Some(session));
        (self.connected, self.since) = (true, seq);
    }

    pub(super) fn watch_set(&mut self, path: &Arc<str>, kind: WatchKind, seq: Seq) {
        let known = self.watches.iter().any(|(at, of)| at == path && *of == kind);
        if !known && self.watches.len() < WATCHES_SHOWN {
            self.watches.push((path.clone(), kind));
            self.since = seq;
        }
    }

    pub(super) fn watch_fired(&mut self, path: &Arc<str>, kind: WatchKind, seq: Seq) {
        if !matches!(kind, WatchKind::Persistent | WatchKind::PersistentRecursive) {
            self.watches.retain(|(at, of)| at != path || *of != kind);
            self.since = seq;
        }
    }

    fn stands(&mut self, news: &CandidateEvent) {
        let Work::Candidate { path, belief, claimed } = &mut self.work else { return };
        match news {
            CandidateEvent::Stands { path: own } => *path = Some(own.clone()),
            CandidateEvent::Waits { behind } => {
                *belief = Belief::Waits { behind: behind.clone() };
            }
            CandidateEvent::Leads { .. } => *belief = Belief::Leads,
            CandidateEvent::Claimed { version, .. } => *claimed = Some(*version),
            CandidateEvent::Fenced | CandidateEvent::Doubts => *belief = Belief::Nothing,
        }
    }

    /// With its session its place in the line is gone.
    fn stands_no_more(&mut self) {
        if let Work::Candidate { .. } = self.work {
            self.work = Work::candidate();
        }
    }

    fn counts(&mut self, news: CounterEvent) {
        if !matches!(self.work, Work::Counter { .. }) {
            self.work = Work::counter();
        }
        let Work::Counter { acknowledged, pending, attempts } = &mut self.work else { return };
        match news {
            CounterEvent::Writing { number, attempt } => {
                (*pending, *attempts) = (Some(number), attempt);
            }
            CounterEvent::Acknowledged { number, .. } => {
                acknowledged.push_back(number);
                if acknowledged.len() > NUMBERS_SHOWN {
                    acknowledged.pop_front();
                }
                (*pending, *attempts) = (None, 0);
            }
            CounterEvent::Unknown { number } => *pending = Some(number),
            CounterEvent::Read { .. } => {}
        }
    }
}

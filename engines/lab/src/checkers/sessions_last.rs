//! Sessions last their time-out: one is expired only after its leader has heard nothing of it for
//! as long as was negotiated, and ends otherwise only by its client's wish.
//!
//! Source: ZooKeeper Programmer's Guide, "ZooKeeper Sessions": the cluster expires a session when
//! it does not hear from the client within the time-out. Crash model: any.

use super::observer::Seen;
use super::{Book, Checker, Sight};
use crate::{LabEvent, Message};
use relevo_coordination::{Event, QuorumPacket, Request, SessionId, Txn, TxnBody, Zxid};
use relevo_core::{ConnId, Duration, HostId, Instant, Kind, Party, Seq};
use smallvec::SmallVec;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Default)]
pub(super) struct SessionsLast {
    /// Negotiated time-outs.
    timeouts: BTreeMap<SessionId, Duration>,
    /// Messages under way that tell their receiver that sessions live.
    tidings: BTreeMap<Seq, SmallVec<[SessionId; 2]>>,
    /// When each server last heard of each session.
    heard: BTreeMap<(SessionId, Party), Instant>,
    /// Sessions found expired, or whose client asked for the end.
    ending: BTreeSet<SessionId>,
    /// Sessions by the connections that carry them.
    carried: BTreeMap<ConnId, SessionId>,
}

impl Checker for SessionsLast {
    fn name(&self) -> &'static str {
        "sessions-last-their-timeout"
    }

    fn judge(&mut self, sight: &Sight<'_>, book: &mut Book) {
        self.elsewhere(sight.event);
        match sight.seen {
            Seen::Asked { session, request: Request::CloseSession, .. } => {
                self.ending.insert(*session);
            }
            Seen::Gone { conn } => {
                self.carried.remove(conn);
            }
            Seen::Told { state: Event::SessionExpired { session }, .. } => {
                self.expired(sight, book, *session);
            }
            Seen::Told { state: Event::Proposed(txn), .. } => {
                if let TxnBody::CloseSession { .. } = txn.body
                    && sight.lab.saw_begin(txn.session)
                {
                    let session = txn.session;
                    book.fact(sight, self.ending.contains(&session), || {
                        format!(
                            "session {session} is ended; it did not expire, nor did its client ask"
                        )
                    });
                }
            }
            _ => {}
        }
    }

    fn ordered(&mut self, _zxid: Zxid, txn: Option<&Txn>, _sight: &Sight<'_>, _book: &mut Book) {
        let Some(Txn { body: TxnBody::CloseSession { .. }, session, .. }) = txn else { return };
        self.timeouts.remove(session);
        self.ending.remove(session);
        let parties: SmallVec<[Party; 8]> = self.of(*session).map(|(party, _)| party).collect();
        for party in parties {
            self.heard.remove(&(*session, party));
        }
    }
}

impl SessionsLast {
    fn of(&self, session: SessionId) -> impl Iterator<Item = (Party, Instant)> + '_ {
        let from = (session, Party::Host(HostId(0)));
        self.heard
            .range(from..)
            .take_while(move |((of, _), _)| *of == session)
            .map(|((_, party), at)| (*party, *at))
    }

    /// Follows tidings of sessions through the network; every event passes here.
    pub(super) fn elsewhere(&mut self, event: &LabEvent) {
        match &event.kind {
            Kind::Sent { conn, message, .. } => {
                let sessions = self.tells_of(*conn, message);
                if !sessions.is_empty() {
                    self.tidings.insert(event.seq, sessions);
                }
            }
            Kind::Delivered { message, .. } => {
                let (Some(party), Some(sessions)) = (event.party, self.tidings.remove(message))
                else {
                    return;
                };
                for session in sessions {
                    self.heard.insert((session, party), event.at);
                }
            }
            Kind::Lost { message, .. } => {
                self.tidings.remove(message);
            }
            _ => {}
        }
    }

    fn tells_of(&mut self, conn: ConnId, message: &Message) -> SmallVec<[SessionId; 2]> {
        match message {
            Message::Connected(response) if response.session != SessionId::default() => {
                let timeout_ms = u64::try_from(response.timeout_ms).unwrap_or(0);
                self.timeouts.insert(response.session, Duration::from_millis(timeout_ms));
                self.carried.insert(conn, response.session);
                SmallVec::new()
            }
            Message::Request { .. } => self.carried.get(&conn).copied().into_iter().collect(),
            Message::Quorum(QuorumPacket::Ping { sessions, .. }) => {
                sessions.iter().map(|(session, _)| *session).collect()
            }
            // A forwarded request tells nothing: its session is in the learner's next ping.
            Message::Quorum(QuorumPacket::Revalidate { session, .. }) => {
                std::iter::once(*session).collect()
            }
            _ => SmallVec::new(),
        }
    }

    fn expired(&mut self, sight: &Sight<'_>, book: &mut Book, session: SessionId) {
        self.ending.insert(session);
        let Some(timeout) = self.timeouts.get(&session).copied() else { return };
        let Some(leader) = sight.event.party else { return };
        let heard = self.heard.get(&(session, leader)).copied().unwrap_or(Instant::ZERO);
        let silent = sight.event.at.since(heard);
        book.fact(sight, silent >= timeout, || {
            let (silent, timeout) = (silent.as_millis(), timeout.as_millis());
            format!(
                "session {session} was expired after {silent} ms of silence; \
                 its time-out is {timeout} ms"
            )
        });
    }
}

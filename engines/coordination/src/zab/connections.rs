//! The connections on which votes travel, one between every two servers (ZooKeeper's
//! `QuorumCnxManager`).
//!
//! Two servers that call each other at the same time must end with one connection, not two or
//! none. The rule: **the larger id's connection wins.** A server that reaches one with a larger id
//! says who it is and hangs up; the larger one then calls back. Only the latest vote waits for a
//! peer, since an older one says nothing any more, and it is said again on every new connection.

use super::Out;
use crate::{ELECTION, ElectionMessage, Member, Message, Notification, ServerId};
use relevo_core::{Address, ConnId, HostId};
use std::collections::{BTreeMap, BTreeSet};

/// The election connections of one server.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    me: ServerId,
    my_host: HostId,
    peers: BTreeMap<ServerId, Peer>,
    by_conn: BTreeMap<ConnId, ServerId>,
    /// Accepted, and not introduced yet.
    strangers: BTreeSet<ConnId>,
}

#[derive(Clone, Debug)]
struct Peer {
    host: HostId,
    line: Line,
    latest: Option<Notification>,
}

/// The state of the one connection to a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Down,
    /// To a larger id: only to say hello and be called back.
    Knocking(ConnId),
    /// To a smaller id: this one is to stay.
    Dialling(ConnId),
    /// `heard`: whether the peer has said anything on it, or its knock has already been excused.
    Up {
        conn: ConnId,
        heard: bool,
    },
}

impl Connections {
    /// No connections yet, to everyone of the ensemble but `me`.
    pub(super) fn new(me: ServerId, ensemble: &[Member]) -> Connections {
        let my_host = ensemble.iter().find(|m| m.id == me).map_or(HostId(0), |m| m.host);
        let peers = ensemble
            .iter()
            .filter(|member| member.id != me)
            .map(|m| (m.id, Peer { host: m.host, line: Line::Down, latest: None }))
            .collect();
        let (by_conn, strangers) = (BTreeMap::new(), BTreeSet::new());
        Connections { me, my_host, peers, by_conn, strangers }
    }

    /// Whether this is one of ours.
    pub(super) fn owns(&self, conn: ConnId) -> bool {
        self.by_conn.contains_key(&conn) || self.strangers.contains(&conn)
    }

    /// Says `notification` to `to`, now or as soon as there is a connection.
    pub(super) fn send(&mut self, to: ServerId, notification: Notification, out: &mut Out) {
        let Some(peer) = self.peers.get_mut(&to) else { return };
        if let Line::Up { conn, .. } = peer.line {
            out.send(conn, Message::Election(ElectionMessage::Notification(notification.clone())));
        }
        peer.latest = Some(notification);
        if peer.line == Line::Down {
            self.dial(to, out);
        }
    }

    /// Someone connected to the election port.
    pub(super) fn accepted(&mut self, conn: ConnId) {
        self.strangers.insert(conn);
    }

    /// A connection of ours is established.
    pub(super) fn opened(&mut self, conn: ConnId, out: &mut Out) {
        let Some(id) = self.by_conn.get(&conn) else { return };
        let hello = self.hello();
        let peer = self.peers.get_mut(id).expect("by_conn names peers only");
        match peer.line {
            Line::Knocking(_) => {
                out.send(conn, Message::Election(hello));
                out.close(conn);
                peer.line = Line::Down;
                self.by_conn.remove(&conn);
            }
            Line::Dialling(_) => {
                out.send(conn, Message::Election(hello));
                peer.line = Line::Up { conn, heard: false };
                repeat(peer, out);
            }
            Line::Down | Line::Up { .. } => {}
        }
    }

    /// Something arrived; a vote is returned with its sender.
    pub(super) fn message(
        &mut self,
        conn: ConnId,
        message: ElectionMessage,
        out: &mut Out,
    ) -> Option<(ServerId, Notification)> {
        match message {
            ElectionMessage::Hello { server, .. } => {
                self.introduced(conn, server, out);
                None
            }
            ElectionMessage::Notification(notification) => {
                let from = *self.by_conn.get(&conn)?;
                if let Line::Up { heard, .. } = &mut self.peers.get_mut(&from)?.line {
                    *heard = true;
                }
                Some((from, notification))
            }
        }
    }

    /// A connection ended.
    pub(super) fn closed(&mut self, conn: ConnId) {
        self.strangers.remove(&conn);
        if let Some(id) = self.by_conn.remove(&conn) {
            self.peers.get_mut(&id).expect("by_conn names peers only").line = Line::Down;
        }
    }

    fn introduced(&mut self, conn: ConnId, server: ServerId, out: &mut Out) {
        if !self.strangers.remove(&conn) {
            return;
        }
        let Some(peer) = self.peers.get_mut(&server) else {
            out.close(conn);
            return;
        };
        if server > self.me {
            self.hang_up(server, out);
            let peer = self.peers.get_mut(&server).expect("looked up above");
            peer.line = Line::Up { conn, heard: true };
            self.by_conn.insert(conn, server);
            repeat(peer, out);
            return;
        }
        out.close(conn);
        match &mut peer.line {
            // Its knock crossed our call: the connection it wants is under way or just made.
            Line::Dialling(_) => {}
            Line::Up { heard, .. } if !*heard => *heard = true,
            // It has lost what we believe to have.
            _ => {
                self.hang_up(server, out);
                self.dial(server, out);
            }
        }
    }

    fn dial(&mut self, to: ServerId, out: &mut Out) {
        let peer = self.peers.get_mut(&to).expect("only peers are dialled");
        let conn = out.open(Address::new(peer.host, ELECTION));
        peer.line = if self.me > to { Line::Dialling(conn) } else { Line::Knocking(conn) };
        self.by_conn.insert(conn, to);
    }

    fn hang_up(&mut self, id: ServerId, out: &mut Out) {
        let peer = self.peers.get_mut(&id).expect("only peers have lines");
        let (Line::Knocking(conn) | Line::Dialling(conn) | Line::Up { conn, .. }) = peer.line
        else {
            return;
        };
        out.close(conn);
        peer.line = Line::Down;
        self.by_conn.remove(&conn);
    }

    fn hello(&self) -> ElectionMessage {
        let address = format!("host-{}:{}", self.my_host.0, ELECTION.0);
        ElectionMessage::Hello { server: self.me, addresses: vec![address.into()] }
    }
}

/// Says the latest vote on a connection that is new.
fn repeat(peer: &Peer, out: &mut Out) {
    if let (Line::Up { conn, .. }, Some(latest)) = (peer.line, &peer.latest) {
        out.send(conn, Message::Election(ElectionMessage::Notification(latest.clone())));
    }
}

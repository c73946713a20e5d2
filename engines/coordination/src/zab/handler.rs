//! What a leader knows of one learner, and the way to it (ZooKeeper's `LearnerHandler`).

use super::Out;
use super::synchronisation::Stream;
use crate::{Epoch, Message, QuorumPacket, ServerId, Zxid};
use relevo_core::{Cause, ConnId, Instant};
use std::collections::VecDeque;

/// One learner's connection.
#[derive(Clone, Debug)]
pub(super) struct Handler {
    pub(super) conn: ConnId,
    pub(super) stage: Stage,
    /// Known from FOLLOWERINFO on.
    pub(super) server: ServerId,
    pub(super) voter: bool,
    pub(super) accepted_epoch: Epoch,
    /// The last zxid of its log, from ACKEPOCH.
    pub(super) last_zxid: Zxid,
    /// When it was last heard from.
    pub(super) heard: Instant,
    /// The input that brought its acknowledgement of NEWLEADER.
    pub(super) acked_by: Option<Cause>,
    /// What it is being brought up to date with.
    pub(super) stream: Option<Stream>,
    /// What waits behind the stream.
    pub(super) queue: VecDeque<(QuorumPacket, Cause)>,
    /// Whether its connection has as much queued as it should.
    pub(super) blocked: bool,
}

/// How far a learner has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Connected, and has not said who it is.
    Stranger,
    /// FOLLOWERINFO arrived.
    Informed,
    /// LEADERINFO was sent.
    Told,
    /// ACKEPOCH arrived.
    Confirmed,
    /// It is being brought up to date; from here on it gets every proposal.
    Synchronising,
    /// It acknowledged NEWLEADER.
    Acknowledged,
    /// UPTODATE was sent.
    Serving,
}

impl Handler {
    /// Of a connection just accepted.
    pub(super) fn new(conn: ConnId, now: Instant) -> Handler {
        Handler {
            conn,
            stage: Stage::Stranger,
            server: ServerId(0),
            voter: false,
            accepted_epoch: Epoch(0),
            last_zxid: Zxid(0),
            heard: now,
            acked_by: None,
            stream: None,
            queue: VecDeque::new(),
            blocked: false,
        }
    }

    /// Says something, behind whatever it is being brought up to date with.
    pub(super) fn send(&mut self, packet: QuorumPacket, out: &mut Out) {
        if self.is_streaming() {
            self.queue.push_back((packet, out.cause()));
        } else {
            out.send(self.conn, Message::Quorum(packet));
        }
    }

    /// Whether something waits to be sent in slices.
    pub(super) fn is_streaming(&self) -> bool {
        self.stream.is_some() || !self.queue.is_empty()
    }

    /// Whether [`Handler::work`] would send something.
    pub(super) fn has_work(&self) -> bool {
        self.is_streaming() && !self.blocked
    }

    /// Sends the next slice.
    pub(super) fn work(&mut self, out: &mut Out) {
        while let Some(stream) = &mut self.stream
            && !self.blocked
            && out.entries_left() > 0
            && out.bytes_left() >= stream.least_bytes()
        {
            match stream.next(out) {
                Some(packet) => out.send(self.conn, Message::Quorum(packet)),
                None if stream.is_done() => self.stream = None,
                None => break,
            }
        }
        while self.stream.is_none() && !self.blocked && out.entries_left() > 0 {
            let Some((packet, cause)) = self.queue.pop_front() else { break };
            out.charge(1, 0);
            out.because(&[cause]);
            out.send(self.conn, Message::Quorum(packet));
            out.because(&[]);
        }
    }
}

//! A follower or an observer: finds its leader, accepts its epoch, takes over its history and
//! then follows its order.
//!
//! ```text
//! Connecting → Discovering → Accepting → Ready ─┬─ DIFF ────────────────┬→ Collecting
//!              FOLLOWERINFO  (epoch to  ACKEPOCH ├─ TRUNC → Changing ────┤
//!                             disk)              └─ SNAP → Receiving → Changing
//! Collecting ── NEWLEADER → Entering ── (history, then epoch to disk) ACK → Entered
//! Entered ── UPTODATE → Active
//! ```
//!
//! **Invariant** (DSN 2011, section V.B): NEWLEADER is acknowledged only when the whole history it
//! closes is durable, and the current epoch after it; a proposal only when it is durable itself.

use super::context::{Context, Left, Turn};
use super::storage::Done;
use crate::bug::planted;
use crate::codec::snapshot;
use crate::{
    Epoch, Event, Message, PeerState, QUORUM, QuorumPacket, Request, ServerId, ServingAs,
    SessionId, Submission, SubmissionKind, Tree, Txn, Zxid,
};
use crate::{LearnerRequest, QuorumPacket as Packet};
use imbl::OrdMap;
use relevo_core::{Address, Cause, ConnId, Duration, Instant};
use std::collections::VecDeque;
use std::sync::Arc;

/// How long a learner waits before it tries to reach its leader again.
const RETRY: Duration = Duration::from_millis(100);
/// How often it tries.
const ATTEMPTS: u32 = 5;

/// A server that follows or observes.
#[derive(Clone, Debug)]
pub(super) struct Learner {
    leader: ServerId,
    address: Address,
    voter: bool,
    phase: Phase,
    conn: Option<ConnId>,
    attempts: u32,
    retry_at: Option<Instant>,
    /// When silence counts as the leader's death.
    silent_at: Instant,
    epoch: Epoch,
    /// Packets that came while the storage was occupied.
    held: VecDeque<(Packet, Cause)>,
    /// Proposals in the log and not committed.
    pending: VecDeque<Arc<Txn>>,
    /// Proposals whose acknowledgement waits for their durability, and the input that brought them.
    unacked: VecDeque<(Zxid, Cause)>,
    /// SYNCs of our clients at the leader.
    syncs: VecDeque<(SessionId, i32)>,
}

#[derive(Clone, Debug)]
enum Phase {
    Connecting,
    Discovering,
    Accepting,
    Ready,
    Receiving(Box<Receiving>),
    Changing {
        /// Where it ends then.
        ends: Zxid,
    },
    Collecting,
    Entering {
        asked: bool,
    },
    Entered,
    Active,
}

/// A snapshot that is arriving.
#[derive(Clone, Debug)]
struct Receiving {
    zxid: Zxid,
    reader: snapshot::Reader,
    backlog: bool,
    last: bool,
}

impl Learner {
    /// Begins to look for `leader`, elected.
    pub(super) fn new(leader: ServerId, ctx: &mut Context<'_>) -> Option<Learner> {
        let host = ctx.ensemble.host(leader)?;
        let voter = ctx.ensemble.votes(ctx.ensemble.me());
        let mut learner = Learner {
            leader,
            address: Address::new(host, QUORUM),
            voter,
            phase: Phase::Connecting,
            conn: None,
            attempts: 0,
            retry_at: None,
            silent_at: ctx.now.mono + ctx.ticks(ctx.config.init_limit),
            epoch: Epoch(0),
            held: VecDeque::new(),
            pending: VecDeque::new(),
            unacked: VecDeque::new(),
            syncs: VecDeque::new(),
        };
        learner.connect(ctx);
        Some(learner)
    }

    /// Whom it follows.
    pub(super) fn leader(&self) -> ServerId {
        self.leader
    }

    /// As what it takes part.
    pub(super) fn state(&self) -> PeerState {
        if self.voter { PeerState::Following } else { PeerState::Observing }
    }

    /// What is in the log and not known to be committed, in order.
    pub(super) fn pending(&self) -> impl Iterator<Item = &Arc<Txn>> {
        self.pending.iter()
    }

    /// Whether it serves clients.
    pub(super) fn is_active(&self) -> bool {
        matches!(self.phase, Phase::Active)
    }

    /// Whether `conn` is the one to its leader.
    pub(super) fn owns(&self, conn: ConnId) -> bool {
        self.conn == Some(conn)
    }

    /// The epoch it follows.
    pub(super) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// When [`Learner::due`] wants to be called.
    pub(super) fn deadline(&self) -> Instant {
        self.retry_at.map_or(self.silent_at, |at| at.min(self.silent_at))
    }

    /// Ends: what is in the log and not yet in the tree is returned, to be applied, for it is this
    /// server's history now (ZooKeeper's `fastForwardDataBase`).
    pub(super) fn leave(self, ctx: &mut Context<'_>) -> VecDeque<Arc<Txn>> {
        if let Some(conn) = self.conn {
            ctx.out.close(conn);
        }
        self.pending
    }

    /// The connection is established.
    pub(super) fn opened(&mut self, ctx: &mut Context<'_>) -> Turn {
        let accepted_epoch = ctx.storage.promised_epoch();
        let (server, voter) = (ctx.ensemble.me(), self.voter);
        self.phase = Phase::Discovering;
        self.send(Packet::FollowerInfo { server, accepted_epoch, voter }, ctx)
    }

    /// The connection ended. A leader that does not listen yet is tried again.
    pub(super) fn closed(&mut self, ctx: &mut Context<'_>) -> Turn {
        self.conn = None;
        let early = matches!(self.phase, Phase::Connecting | Phase::Discovering);
        if !early || self.attempts >= ATTEMPTS {
            return Err(Left::Looks);
        }
        self.phase = Phase::Connecting;
        self.retry_at = Some(ctx.now.mono + RETRY);
        Ok(())
    }

    /// A deadline came due.
    pub(super) fn due(&mut self, ctx: &mut Context<'_>) -> Turn {
        if self.silent_at <= ctx.now.mono {
            return Err(Left::Looks);
        }
        if self.retry_at.is_some_and(|at| at <= ctx.now.mono) {
            self.connect(ctx);
        }
        Ok(())
    }

    /// Something arrived from the leader.
    pub(super) fn packet(&mut self, packet: Packet, ctx: &mut Context<'_>) -> Turn {
        let limit = if self.is_active() { ctx.config.sync_limit } else { ctx.config.init_limit };
        self.silent_at = ctx.now.mono + ctx.ticks(limit);
        if self.is_changing() || !self.held.is_empty() {
            self.held.push_back((packet, ctx.out.cause()));
            return Ok(());
        }
        self.handle(packet, ctx.out.cause(), ctx)
    }

    /// The storage completed something.
    pub(super) fn stored(&mut self, done: Done, ctx: &mut Context<'_>) -> Turn {
        match done {
            Done::Log => {
                self.acknowledge(ctx)?;
                self.enter(ctx)
            }
            Done::AcceptedEpoch(epoch)
                if matches!(self.phase, Phase::Accepting) && epoch == self.epoch =>
            {
                self.report_history(Some(ctx.storage.current_epoch()), ctx)
            }
            Done::CurrentEpoch(epoch) if epoch == self.epoch => self.entered(ctx),
            Done::Job if self.is_changing() => {
                // What waited for a new file of the log was in no file yet when it was cut: then
                // less is left than the leader builds upon, and it must hear how much.
                if matches!(self.phase, Phase::Changing { ends } if ctx.storage.last() < ends) {
                    return Err(Left::Looks);
                }
                self.phase = Phase::Collecting;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Goes on with what waits for a turn.
    pub(super) fn work(&mut self, ctx: &mut Context<'_>) -> Turn {
        self.acknowledge(ctx)?;
        if let Phase::Receiving(receiving) = &self.phase
            && receiving.backlog
        {
            self.receive(ctx)?;
        }
        while !self.is_changing() && !self.is_receiving_backlog() && ctx.out.entries_left() > 0 {
            let Some((packet, cause)) = self.held.pop_front() else { break };
            ctx.out.charge(1, 0);
            ctx.out.because(&[cause]);
            let turn = self.handle(packet, cause, ctx);
            ctx.out.because(&[]);
            turn?;
        }
        Ok(())
    }

    /// Whether [`Learner::work`] would do something.
    pub(super) fn has_work(&self, ctx: &Context<'_>) -> bool {
        let can_handle = !self.is_changing() && !self.held.is_empty();
        can_handle || self.is_receiving_backlog() || self.next_ack(ctx).is_some()
    }

    /// A client's request that the leader must order.
    pub(super) fn submit(&mut self, submission: Submission, ctx: &mut Context<'_>) -> Turn {
        let Submission { session, cxid, request, identities, .. } = submission;
        if !self.is_active() {
            return Ok(());
        }
        let packet = match request {
            SubmissionKind::Order(request) => {
                Packet::Request { session, cxid, request, identities }
            }
            SubmissionKind::Sync => {
                self.syncs.push_back((session, cxid));
                let request = LearnerRequest::Client(Request::Sync { path: "/".into() });
                Packet::Request { session, cxid, request, identities }
            }
            SubmissionKind::Revalidate { timeout_ms } => Packet::Revalidate { session, timeout_ms },
            SubmissionKind::DeleteContainer { .. } => return Ok(()),
        };
        self.send(packet, ctx)
    }

    fn connect(&mut self, ctx: &mut Context<'_>) {
        self.attempts += 1;
        self.retry_at = None;
        self.conn = Some(ctx.out.open(self.address));
    }

    fn handle(&mut self, packet: Packet, cause: Cause, ctx: &mut Context<'_>) -> Turn {
        match (packet, &mut self.phase) {
            (Packet::LeaderInfo { epoch }, Phase::Discovering) => self.accept(epoch, ctx),
            (Packet::Diff { last_zxid }, Phase::Ready) => self.begin_diff(last_zxid, ctx),
            (Packet::Trunc { zxid }, Phase::Ready) => self.cut(zxid, ctx),
            (Packet::Snap { zxid }, Phase::Ready) => {
                let reader = snapshot::Reader::stream();
                let receiving = Receiving { zxid, reader, backlog: false, last: false };
                self.phase = Phase::Receiving(Box::new(receiving));
                Ok(())
            }
            (Packet::SnapshotChunk { data, last }, Phase::Receiving(receiving)) => {
                receiving.reader.feed(&data);
                receiving.backlog = true;
                receiving.last = last;
                self.receive(ctx)
            }
            (Packet::NewLeader { epoch }, Phase::Collecting) if epoch == self.epoch => {
                self.phase = Phase::Entering { asked: false };
                self.enter(ctx)
            }
            (Packet::UpToDate, Phase::Entered) => self.up_to_date(ctx),
            (Packet::Proposal(txn), phase) if phase.takes_history() => self.log(txn, cause, ctx),
            (Packet::Commit { zxid }, phase) if phase.takes_history() => self.commit(zxid, ctx),
            (Packet::Inform(txn), phase) if phase.takes_history() && !self.voter => {
                let zxid = txn.zxid;
                self.log(txn, cause, ctx)?;
                self.commit(zxid, ctx)
            }
            (Packet::Sync, Phase::Active) => {
                let (session, cxid) = self.syncs.pop_front().ok_or(Left::Looks)?;
                ctx.service.synced(ctx.now, session, cxid, ctx.out);
                Ok(())
            }
            (Packet::Revalidated { session, alive }, Phase::Active) => {
                ctx.service.revalidated(ctx.now, session, alive, ctx.out);
                Ok(())
            }
            (Packet::Ping { zxid, .. }, _) => {
                let sessions = ctx.service.heard();
                self.send(Packet::Ping { zxid, sessions }, ctx)
            }
            // Anything else is not said here by a leader that we could follow.
            _ => Err(Left::Looks),
        }
    }

    /// Discovery: promises to follow no leader of an earlier epoch, durably.
    fn accept(&mut self, epoch: Epoch, ctx: &mut Context<'_>) -> Turn {
        let promised = ctx.storage.promised_epoch();
        self.epoch = epoch;
        if epoch > promised {
            self.phase = Phase::Accepting;
            ctx.storage.accept_epoch(epoch, ctx.out);
            return Ok(());
        }
        if epoch == promised && epoch > ctx.storage.accepted_epoch() {
            self.phase = Phase::Accepting;
            return Ok(());
        }
        if epoch == promised {
            return self.report_history(None, ctx);
        }
        Err(Left::Looks)
    }

    fn report_history(&mut self, current_epoch: Option<Epoch>, ctx: &mut Context<'_>) -> Turn {
        let useless = ctx.storage.needs_snapshot();
        let last_zxid = if useless { Zxid(0) } else { ctx.storage.last() };
        self.phase = Phase::Ready;
        self.send(Packet::AckEpoch { current_epoch, last_zxid }, ctx)
    }

    fn begin_diff(&mut self, last_zxid: Zxid, ctx: &mut Context<'_>) -> Turn {
        if !ctx.storage.needs_snapshot() {
            self.phase = Phase::Collecting;
            return Ok(());
        }
        if last_zxid != Zxid(0) {
            return Err(Left::Looks);
        }
        ctx.storage.install(Zxid(0), (Tree::new(), OrdMap::new()), ctx.out);
        self.phase = Phase::Changing { ends: Zxid(0) };
        Ok(())
    }

    fn cut(&mut self, zxid: Zxid, ctx: &mut Context<'_>) -> Turn {
        if zxid >= ctx.storage.last() || planted!(ctx, TruncLost) {
            self.phase = Phase::Collecting;
            return Ok(());
        }
        self.phase = Phase::Changing { ends: zxid };
        if ctx.truncate(zxid)? { Ok(()) } else { Err(Left::Looks) }
    }

    /// Goes on reading a snapshot that arrives.
    fn receive(&mut self, ctx: &mut Context<'_>) -> Turn {
        let Phase::Receiving(receiving) = &mut self.phase else { return Ok(()) };
        let most = ctx.out.entries_left();
        let read = receiving.reader.advance(most).map_err(|_| Left::Looks)?;
        ctx.out.charge(read, 0);
        receiving.backlog = read == most && !receiving.reader.is_done();
        if !receiving.last || receiving.backlog {
            return Ok(());
        }
        let zxid = receiving.zxid;
        let state = std::mem::take(&mut receiving.reader).finish().map_err(|_| Left::Looks)?;
        ctx.storage.install(zxid, state, ctx.out);
        self.phase = Phase::Changing { ends: zxid };
        Ok(())
    }

    /// A proposal goes into the log; its acknowledgement waits for the disk.
    fn log(&mut self, txn: Arc<Txn>, cause: Cause, ctx: &mut Context<'_>) -> Turn {
        if txn.zxid <= ctx.storage.last() || txn.zxid.epoch() > self.epoch {
            return Err(Left::Looks);
        }
        ctx.storage.append(&txn, ctx.out);
        if self.voter {
            self.unacked.push_back((txn.zxid, cause));
        }
        self.pending.push_back(txn);
        if planted!(ctx, AckBeforeSync) { self.acknowledge(ctx) } else { Ok(()) }
    }

    /// The oldest pending proposal is committed; any other says that one was lost on the way.
    fn commit(&mut self, zxid: Zxid, ctx: &mut Context<'_>) -> Turn {
        let txn = self.pending.pop_front().ok_or(Left::Looks)?;
        if txn.zxid != zxid {
            return Err(Left::Looks);
        }
        if planted!(ctx, CommitSkipped) && zxid.counter() % 64 == 63 {
            ctx.service.last_applied = zxid;
            return Ok(());
        }
        if self.is_active() {
            ctx.apply(&txn);
        } else {
            ctx.replay(&txn);
        }
        Ok(())
    }

    /// After NEWLEADER: once all of the history is durable, the epoch becomes the current one.
    fn enter(&mut self, ctx: &mut Context<'_>) -> Turn {
        let early = planted!(ctx, NewLeaderAckedEarly);
        let durable = early || ctx.storage.durable() >= ctx.storage.last();
        let Phase::Entering { asked } = &mut self.phase else { return Ok(()) };
        if *asked || !durable {
            return Ok(());
        }
        *asked = true;
        if ctx.storage.current_epoch() == self.epoch {
            return self.entered(ctx);
        }
        ctx.storage.enter_epoch(self.epoch, ctx.out);
        Ok(())
    }

    fn entered(&mut self, ctx: &mut Context<'_>) -> Turn {
        if !matches!(self.phase, Phase::Entering { asked: true }) {
            return Ok(());
        }
        self.phase = Phase::Entered;
        self.send(Packet::Ack { zxid: Zxid::new(self.epoch, 0) }, ctx)?;
        self.acknowledge(ctx)
    }

    fn up_to_date(&mut self, ctx: &mut Context<'_>) -> Turn {
        self.phase = Phase::Active;
        self.silent_at = ctx.now.mono + ctx.ticks(ctx.config.sync_limit);
        self.send(Packet::Ack { zxid: Zxid::new(self.epoch, 0) }, ctx)?;
        ctx.out.event(Event::Synchronised { zxid: ctx.service.last_applied });
        let serving = if self.voter { ServingAs::Follower } else { ServingAs::Observer };
        ctx.service.set_serving(ctx.now, Some(serving), ctx.out);
        Ok(())
    }

    /// Acknowledges what has become durable, each proposal by itself and in order.
    fn acknowledge(&mut self, ctx: &mut Context<'_>) -> Turn {
        while let Some(zxid) = self.next_ack(ctx) {
            if ctx.out.entries_left() == 0 {
                break;
            }
            let Some((_, cause)) = self.unacked.pop_front() else { break };
            ctx.out.charge(1, 0);
            ctx.out.because(&[cause]);
            self.send(Packet::Ack { zxid }, ctx)?;
            ctx.out.because(&[]);
        }
        Ok(())
    }

    fn next_ack(&self, ctx: &Context<'_>) -> Option<Zxid> {
        let (zxid, _) = *self.unacked.front()?;
        let durable = zxid <= ctx.storage.durable() || planted!(ctx, AckBeforeSync);
        (durable && matches!(self.phase, Phase::Entered | Phase::Active)).then_some(zxid)
    }

    fn is_changing(&self) -> bool {
        matches!(self.phase, Phase::Changing { .. } | Phase::Accepting)
    }

    fn is_receiving_backlog(&self) -> bool {
        matches!(&self.phase, Phase::Receiving(receiving) if receiving.backlog)
    }

    fn send(&self, packet: QuorumPacket, ctx: &mut Context<'_>) -> Turn {
        let conn = self.conn.ok_or(Left::Looks)?;
        ctx.out.send(conn, Message::Quorum(packet));
        Ok(())
    }
}

impl Phase {
    /// Whether transactions may arrive.
    fn takes_history(&self) -> bool {
        matches!(self, Phase::Collecting | Phase::Entering { .. } | Phase::Entered | Phase::Active)
    }
}

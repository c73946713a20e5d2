//! The leader.
//!
//! ```text
//! Discovering ── FOLLOWERINFO of a quorum: the new epoch is above all theirs ──→ Promising
//! Promising ──── acceptedEpoch durable: LEADERINFO ────────────────────────────→ Confirming
//! Confirming ─── ACKEPOCH of a quorum, none with a better history ─────────────→ Synchronising
//! Synchronising ─ NEWLEADER acknowledged by a quorum, itself included ─────────→ Established
//! ```
//!
//! **Invariants** (DSN 2011, section V): an epoch is established by at most one leader, because
//! two quorums share a server and that one promised to the later epoch; the history it begins with
//! holds every transaction committed before, because the quorum that confirms it shares a server
//! with the one that acknowledged the transaction, and a better history makes the leader resign;
//! what it proposes is committed in order, each when a quorum has it on disk.

use super::context::{Context, Left, Turn};
use super::handler::{Handler, Stage};
use super::storage::Done;
use super::synchronisation::plan;
use crate::bug::planted;
use crate::{
    Epoch, Event, LearnerRequest, QuorumPacket as Packet, Request, ServerId, ServingAs, SessionId,
    Submission, SubmissionKind, Txn, Vitals, Zxid,
};
use relevo_core::{Cause, ConnId, Instant};
use smallvec::SmallVec;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// A server that leads, or is alone.
#[derive(Clone, Debug)]
pub(super) struct Leader {
    phase: Phase,
    standalone: bool,
    epoch: Epoch,
    handlers: BTreeMap<ConnId, Handler>,
    /// Proposed and not committed, in order and without gaps.
    outstanding: VecDeque<Proposal>,
    last_proposed: Zxid,
    /// The last of our own log that was counted.
    counted: Zxid,
    /// SYNCs that wait for the commit of what was proposed before them.
    syncs: VecDeque<(Zxid, Waiting)>,
    /// Submissions that came in one step with others.
    todo: VecDeque<Submission>,
    /// Our own acknowledgement of NEWLEADER.
    entered: Option<Cause>,
    next_ping: Instant,
    give_up_at: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Discovering,
    Promising,
    Confirming,
    Synchronising,
    Established,
}

#[derive(Clone, Debug)]
struct Proposal {
    txn: Arc<Txn>,
    acks: SmallVec<[(ServerId, Cause); 3]>,
}

/// Who asked for a SYNC.
#[derive(Clone, Copy, Debug)]
enum Waiting {
    Client { session: SessionId, cxid: i32 },
    Learner(ConnId),
}

impl Leader {
    /// Elected.
    pub(super) fn new(ctx: &mut Context<'_>) -> Result<Leader, Left> {
        let mut leader = Leader {
            phase: Phase::Discovering,
            standalone: false,
            epoch: Epoch(0),
            handlers: BTreeMap::new(),
            outstanding: VecDeque::new(),
            last_proposed: ctx.storage.last(),
            counted: ctx.storage.last(),
            syncs: VecDeque::new(),
            todo: VecDeque::new(),
            entered: None,
            next_ping: ctx.now.mono + ctx.half_tick(),
            give_up_at: ctx.now.mono + ctx.ticks(ctx.config.init_limit),
        };
        leader.discover(ctx)?;
        Ok(leader)
    }

    /// Alone: there is nobody to ask, and zxids go on where they were.
    pub(super) fn standalone(ctx: &mut Context<'_>) -> Leader {
        let last = ctx.storage.last();
        let leader = Leader {
            phase: Phase::Established,
            standalone: true,
            epoch: last.epoch(),
            handlers: BTreeMap::new(),
            outstanding: VecDeque::new(),
            last_proposed: last,
            counted: last,
            syncs: VecDeque::new(),
            todo: VecDeque::new(),
            entered: None,
            next_ping: Instant::FAR_FUTURE,
            give_up_at: Instant::FAR_FUTURE,
        };
        ctx.service.reset_prepare();
        ctx.service.set_serving(ctx.now, Some(ServingAs::Standalone), ctx.out);
        ctx.service.start_tracking(ctx.now);
        leader
    }

    /// Whether its epoch is established, so that it serves.
    pub(super) fn is_established(&self) -> bool {
        self.phase == Phase::Established
    }

    /// What is proposed and not committed, in order.
    pub(super) fn outstanding(&self) -> impl Iterator<Item = &Arc<Txn>> {
        self.outstanding.iter().map(|proposal| &proposal.txn)
    }

    /// The epoch it leads, or is about to.
    pub(super) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// How many learners serve, and what waits.
    pub(super) fn vitals(&self, vitals: Vitals) -> Vitals {
        let mut vitals = Vitals { pending_syncs: self.syncs.len() as u64, ..vitals };
        for handler in self.handlers.values().filter(|h| h.stage == Stage::Serving) {
            let count = if handler.voter { &mut vitals.followers } else { &mut vitals.observers };
            *count += 1;
        }
        vitals
    }

    /// Whether `conn` is one of its learners'.
    pub(super) fn owns(&self, conn: ConnId) -> bool {
        self.handlers.contains_key(&conn)
    }

    /// When [`Leader::due`] wants to be called.
    pub(super) fn deadline(&self) -> Instant {
        if self.is_established() { self.next_ping } else { self.next_ping.min(self.give_up_at) }
    }

    /// Ends: what is in the log and not yet in the tree is returned, to be applied.
    pub(super) fn leave(self, ctx: &mut Context<'_>) -> VecDeque<Arc<Txn>> {
        ctx.service.stop_tracking();
        for conn in self.handlers.keys() {
            ctx.out.close(*conn);
        }
        self.outstanding.into_iter().map(|proposal| proposal.txn).collect()
    }

    /// A learner connected.
    pub(super) fn accepted(&mut self, conn: ConnId, ctx: &Context<'_>) {
        self.handlers.insert(conn, Handler::new(conn, ctx.now.mono));
    }

    /// A learner's connection ended.
    pub(super) fn closed(&mut self, conn: ConnId) {
        self.handlers.remove(&conn);
    }

    /// A learner's connection has much queued, or less again.
    pub(super) fn set_blocked(&mut self, conn: ConnId, blocked: bool) {
        if let Some(handler) = self.handlers.get_mut(&conn) {
            handler.blocked = blocked;
        }
    }

    /// Something arrived from a learner.
    pub(super) fn packet(&mut self, conn: ConnId, packet: Packet, ctx: &mut Context<'_>) -> Turn {
        let Some(handler) = self.handlers.get_mut(&conn) else { return Ok(()) };
        handler.heard = ctx.now.mono;
        let (server, stage) = (handler.server, handler.stage);
        match packet {
            Packet::FollowerInfo { server, accepted_epoch, voter } if stage == Stage::Stranger => {
                self.informed(conn, (server, accepted_epoch, voter), ctx)
            }
            Packet::AckEpoch { current_epoch, last_zxid } if stage == Stage::Told => {
                self.confirmed(conn, (current_epoch, last_zxid), ctx)
            }
            Packet::Ack { zxid } if zxid.counter() == 0 => self.acked_new_leader(conn, ctx),
            Packet::Ack { zxid } => {
                self.acknowledged(zxid, server, ctx.out.cause(), ctx);
                self.commit(ctx)
            }
            Packet::Request { session, cxid, request, identities } if stage == Stage::Serving => {
                if matches!(request, LearnerRequest::Client(Request::Sync { .. })) {
                    self.sync(Waiting::Learner(conn), ctx);
                    return Ok(());
                }
                let (request, cause) = (SubmissionKind::Order(request), ctx.out.cause());
                let origin = server;
                self.propose(&Submission { session, cxid, request, identities, origin, cause }, ctx)
            }
            Packet::Revalidate { session, timeout_ms } if stage == Stage::Serving => {
                let alive = ctx.service.revalidate(ctx.now, session, timeout_ms, server);
                self.send(conn, Packet::Revalidated { session, alive }, ctx);
                Ok(())
            }
            Packet::Ping { sessions, .. } => {
                for (session, timeout_ms) in sessions {
                    ctx.service.touch(ctx.now, session, timeout_ms);
                }
                Ok(())
            }
            // Not said here by a learner that we could lead.
            _ => {
                self.drop_learner(conn, ctx);
                Ok(())
            }
        }
    }

    /// The storage completed something.
    pub(super) fn stored(&mut self, done: Done, ctx: &mut Context<'_>) -> Turn {
        match done {
            Done::AcceptedEpoch(epoch) if self.phase == Phase::Promising && epoch == self.epoch => {
                self.phase = Phase::Confirming;
                let informed: Vec<ConnId> = self.at(Stage::Informed).collect();
                for conn in informed {
                    self.tell(conn, ctx);
                }
                self.confirm(ctx)
            }
            Done::CurrentEpoch(epoch) if epoch == self.epoch => {
                self.entered = Some(ctx.out.cause());
                self.establish(ctx)
            }
            Done::Log => {
                self.establish(ctx)?;
                self.count_own(ctx);
                self.commit(ctx)
            }
            _ => Ok(()),
        }
    }

    /// A deadline came due: pings, and a look at who still answers.
    pub(super) fn due(&mut self, ctx: &mut Context<'_>) -> Turn {
        let now = ctx.now.mono;
        if !self.is_established() && self.give_up_at <= now {
            return Err(Left::Looks);
        }
        if self.next_ping > now {
            return Ok(());
        }
        self.next_ping = now + ctx.half_tick();
        self.drop_silent(ctx);
        let zxid = self.last_proposed;
        for handler in self.handlers.values_mut().filter(|h| h.stage >= Stage::Acknowledged) {
            handler.send(Packet::Ping { zxid, sessions: Vec::new() }, ctx.out);
        }
        let stays = !self.is_established() || planted!(ctx, LeaderStaysWithoutQuorum);
        if stays || self.has_quorum(Stage::Acknowledged, ctx) { Ok(()) } else { Err(Left::Looks) }
    }

    /// What our own clients, or their time-outs, ask for.
    pub(super) fn submit(&mut self, submission: Submission) {
        self.todo.push_back(submission);
    }

    /// Goes on with what waits for a turn.
    pub(super) fn work(&mut self, ctx: &mut Context<'_>) -> Turn {
        while ctx.out.entries_left() > 0
            && let Some(submission) = self.todo.pop_front()
        {
            ctx.out.charge(1, 0);
            ctx.out.because(&[submission.cause]);
            let turn = self.order(submission, ctx);
            ctx.out.because(&[]);
            turn?;
        }
        self.count_own(ctx);
        self.commit(ctx)?;
        for handler in self.handlers.values_mut().filter(|handler| handler.has_work()) {
            handler.work(ctx.out);
        }
        Ok(())
    }

    /// Whether [`Leader::work`] would do something.
    pub(super) fn has_work(&self, ctx: &Context<'_>) -> bool {
        !self.todo.is_empty()
            || self.has_own_to_count(ctx)
            || self.outstanding.front().is_some_and(|first| self.is_committed(first, ctx))
            || self.handlers.values().any(Handler::has_work)
    }

    // Discovery.

    fn informed(
        &mut self,
        conn: ConnId,
        (server, accepted_epoch, voter): (ServerId, Epoch, bool),
        ctx: &mut Context<'_>,
    ) -> Turn {
        if !ctx.ensemble.contains(server) || ctx.ensemble.votes(server) != voter {
            self.drop_learner(conn, ctx);
            return Ok(());
        }
        let older = self.handlers.values().find(|h| h.server == server && h.conn != conn);
        if let Some(older) = older.map(|handler| handler.conn) {
            self.drop_learner(older, ctx);
        }
        let handler = self.handlers.get_mut(&conn).expect("its packet is being handled");
        handler.stage = Stage::Informed;
        (handler.server, handler.accepted_epoch, handler.voter) = (server, accepted_epoch, voter);
        match self.phase {
            Phase::Discovering => self.discover(ctx),
            Phase::Promising => Ok(()),
            // It promised to a later epoch than ours while we could not hear it. It can never
            // follow this reign, so this reign makes way for one above both.
            _ if voter && accepted_epoch > self.epoch => Err(Left::Looks),
            _ => {
                self.tell(conn, ctx);
                Ok(())
            }
        }
    }

    fn discover(&mut self, ctx: &mut Context<'_>) -> Turn {
        if !self.has_quorum(Stage::Informed, ctx) {
            return Ok(());
        }
        let theirs = self.handlers.values().map(|handler| handler.accepted_epoch).max();
        let highest = theirs.unwrap_or_default().max(ctx.storage.promised_epoch());
        let Some(epoch) = highest.0.checked_add(1) else {
            return Err(Left::Failed("the epochs are used up: 2^32 leaders were elected".into()));
        };
        self.epoch = Epoch(epoch);
        self.phase = Phase::Promising;
        ctx.storage.accept_epoch(self.epoch, ctx.out);
        Ok(())
    }

    fn tell(&mut self, conn: ConnId, ctx: &mut Context<'_>) {
        let epoch = self.epoch;
        if let Some(handler) = self.handlers.get_mut(&conn) {
            handler.stage = Stage::Told;
            handler.send(Packet::LeaderInfo { epoch }, ctx.out);
        }
    }

    fn confirmed(
        &mut self,
        conn: ConnId,
        (current_epoch, last_zxid): (Option<Epoch>, Zxid),
        ctx: &mut Context<'_>,
    ) -> Turn {
        let handler = self.handlers.get_mut(&conn).expect("its packet is being handled");
        handler.stage = Stage::Confirmed;
        handler.last_zxid = last_zxid;
        let ours = (ctx.storage.current_epoch(), ctx.storage.last());
        let better = current_epoch.is_some_and(|epoch| (epoch, last_zxid) > ours);
        match self.phase {
            Phase::Confirming if handler.voter && better => Err(Left::Looks),
            Phase::Confirming => self.confirm(ctx),
            _ => {
                self.synchronise(conn, ctx);
                Ok(())
            }
        }
    }

    fn confirm(&mut self, ctx: &mut Context<'_>) -> Turn {
        if !self.has_quorum(Stage::Confirmed, ctx) {
            return Ok(());
        }
        self.phase = Phase::Synchronising;
        ctx.storage.enter_epoch(self.epoch, ctx.out);
        let confirmed: Vec<ConnId> = self.at(Stage::Confirmed).collect();
        for conn in confirmed {
            self.synchronise(conn, ctx);
        }
        Ok(())
    }

    // Synchronisation.

    fn synchronise(&mut self, conn: ConnId, ctx: &mut Context<'_>) {
        let epoch = self.epoch;
        let Some(handler) = self.handlers.get_mut(&conn) else { return };
        let plan = plan(handler.last_zxid, ctx);
        let (learner, mode) = (handler.server, plan.mode);
        let (from, to) = (handler.last_zxid, ctx.service.last_applied);
        ctx.out.event(Event::Synchronising { learner, mode, from, to });
        handler.stage = Stage::Synchronising;
        handler.send(plan.opening, ctx.out);
        handler.stream = Some(plan.stream);
        for proposal in &self.outstanding {
            if handler.voter {
                handler.send(Packet::Proposal(proposal.txn.clone()), ctx.out);
            }
        }
        handler.send(Packet::NewLeader { epoch }, ctx.out);
    }

    fn acked_new_leader(&mut self, conn: ConnId, ctx: &mut Context<'_>) -> Turn {
        let Some(handler) = self.handlers.get_mut(&conn) else { return Ok(()) };
        if handler.stage != Stage::Synchronising {
            return Ok(());
        }
        handler.stage = Stage::Acknowledged;
        handler.acked_by = Some(ctx.out.cause());
        if self.phase == Phase::Established {
            handler.stage = Stage::Serving;
            handler.send(Packet::UpToDate, ctx.out);
            return Ok(());
        }
        self.establish(ctx)
    }

    fn establish(&mut self, ctx: &mut Context<'_>) -> Turn {
        let durable = ctx.storage.durable() >= ctx.storage.last();
        let Some(ours) = self.entered.filter(|_| durable) else { return Ok(()) };
        if self.phase != Phase::Synchronising || !self.has_quorum(Stage::Acknowledged, ctx) {
            return Ok(());
        }
        self.phase = Phase::Established;
        self.last_proposed = Zxid::new(self.epoch, 0);
        self.counted = self.last_proposed;
        let mut quorum = vec![ctx.ensemble.me()];
        let mut causes = vec![ours];
        for handler in self.handlers.values().filter(|h| h.stage == Stage::Acknowledged) {
            causes.extend(handler.acked_by);
            if handler.voter {
                quorum.push(handler.server);
            }
        }
        quorum.sort_unstable();
        ctx.out.because(&causes);
        ctx.out.event(Event::Established { epoch: self.epoch, quorum });
        for handler in self.handlers.values_mut().filter(|h| h.stage == Stage::Acknowledged) {
            handler.stage = Stage::Serving;
            handler.send(Packet::UpToDate, ctx.out);
        }
        ctx.service.reset_prepare();
        ctx.service.set_serving(ctx.now, Some(ServingAs::Leader), ctx.out);
        ctx.service.start_tracking(ctx.now);
        ctx.out.because(&[]);
        Ok(())
    }

    // Broadcast.

    fn order(&mut self, submission: Submission, ctx: &mut Context<'_>) -> Turn {
        let Submission { session, cxid, .. } = submission;
        match submission.request {
            SubmissionKind::Order(_) | SubmissionKind::DeleteContainer { .. } => {
                self.propose(&submission, ctx)
            }
            SubmissionKind::Sync => {
                self.sync(Waiting::Client { session, cxid }, ctx);
                Ok(())
            }
            SubmissionKind::Revalidate { timeout_ms } => {
                let me = ctx.ensemble.me();
                let alive = ctx.service.revalidate(ctx.now, session, timeout_ms, me);
                ctx.service.revalidated(ctx.now, session, alive, ctx.out);
                Ok(())
            }
        }
    }

    fn propose(&mut self, submission: &Submission, ctx: &mut Context<'_>) -> Turn {
        if !self.is_established() {
            return Ok(());
        }
        let zxid = match self.last_proposed.next() {
            Some(zxid) => zxid,
            None if self.standalone => Zxid(self.last_proposed.0 + 1),
            // The epoch's counter is used up: only another epoch can go on.
            None => return Err(Left::Looks),
        };
        self.last_proposed = zxid;
        let txn = Arc::new(ctx.service.prepare(ctx.now, submission, zxid));
        ctx.out.event(Event::Proposed(txn.clone()));
        for handler in self.handlers.values_mut() {
            if handler.voter && handler.stage >= Stage::Synchronising {
                handler.send(Packet::Proposal(txn.clone()), ctx.out);
            }
        }
        ctx.storage.append(&txn, ctx.out);
        ctx.service.note_proposal(ctx.storage.last_record_bytes());
        self.outstanding.push_back(Proposal { txn, acks: SmallVec::new() });
        Ok(())
    }

    fn acknowledged(&mut self, zxid: Zxid, by: ServerId, cause: Cause, ctx: &mut Context<'_>) {
        let Some(first) = self.outstanding.front().map(|proposal| proposal.txn.zxid) else {
            return;
        };
        let Some(index) = zxid.0.checked_sub(first.0) else { return };
        let Some(proposal) = self.outstanding.get_mut(index as usize) else { return };
        if proposal.acks.iter().all(|(server, _)| *server != by) {
            proposal.acks.push((by, cause));
            ctx.out.event(Event::Acknowledged { zxid, by });
        }
    }

    /// Our own log counts like a follower's.
    fn count_own(&mut self, ctx: &mut Context<'_>) {
        let me = ctx.ensemble.me();
        while self.has_own_to_count(ctx) && ctx.out.entries_left() > 0 {
            ctx.out.charge(1, 0);
            self.counted = Zxid(self.counted.0 + 1);
            self.acknowledged(self.counted, me, ctx.out.cause(), ctx);
        }
    }

    fn has_own_to_count(&self, ctx: &Context<'_>) -> bool {
        let written = if planted!(ctx, LeaderAckBeforeSync) {
            ctx.storage.last()
        } else {
            ctx.storage.durable()
        };
        self.is_established() && self.counted < written.min(self.last_proposed)
    }

    /// Commits in order as far as quorums reach.
    fn commit(&mut self, ctx: &mut Context<'_>) -> Turn {
        while ctx.out.entries_left() > 0
            && let Some(first) = self.outstanding.front()
            && self.is_committed(first, ctx)
        {
            ctx.out.charge(1, 0);
            let Some(Proposal { txn, acks }) = self.outstanding.pop_front() else { break };
            let causes: SmallVec<[Cause; 4]> = acks.iter().map(|(_, cause)| *cause).collect();
            ctx.out.because(&causes);
            self.tell_commit(&txn, ctx);
            ctx.apply(&txn);
            self.answer_syncs(txn.zxid, ctx);
            ctx.out.because(&[]);
        }
        Ok(())
    }

    fn is_committed(&self, proposal: &Proposal, ctx: &Context<'_>) -> bool {
        let acks = proposal.acks.iter().map(|(server, _)| *server);
        if planted!(ctx, CommitOnMinority) {
            return !proposal.acks.is_empty();
        }
        ctx.ensemble.is_quorum(acks)
    }

    fn tell_commit(&mut self, txn: &Arc<Txn>, ctx: &mut Context<'_>) {
        let zxid = txn.zxid;
        ctx.out.event(Event::Committed { zxid });
        for handler in self.handlers.values_mut().filter(|h| h.stage >= Stage::Synchronising) {
            if handler.voter {
                handler.send(Packet::Commit { zxid }, ctx.out);
            } else {
                handler.send(Packet::Inform(txn.clone()), ctx.out);
            }
        }
    }

    fn sync(&mut self, waiting: Waiting, ctx: &mut Context<'_>) {
        if self.outstanding.is_empty() {
            self.synced(waiting, ctx);
        } else {
            self.syncs.push_back((self.last_proposed, waiting));
        }
    }

    fn answer_syncs(&mut self, committed: Zxid, ctx: &mut Context<'_>) {
        while self.syncs.front().is_some_and(|(after, _)| *after <= committed) {
            let Some((_, waiting)) = self.syncs.pop_front() else { break };
            self.synced(waiting, ctx);
        }
    }

    fn synced(&mut self, waiting: Waiting, ctx: &mut Context<'_>) {
        match waiting {
            Waiting::Client { session, cxid } => {
                ctx.service.synced(ctx.now, session, cxid, ctx.out);
            }
            Waiting::Learner(conn) => self.send(conn, Packet::Sync, ctx),
        }
    }

    // Learners.

    fn send(&mut self, conn: ConnId, packet: Packet, ctx: &mut Context<'_>) {
        if let Some(handler) = self.handlers.get_mut(&conn) {
            handler.send(packet, ctx.out);
        }
    }

    fn drop_learner(&mut self, conn: ConnId, ctx: &mut Context<'_>) {
        self.handlers.remove(&conn);
        ctx.out.close(conn);
    }

    fn drop_silent(&mut self, ctx: &mut Context<'_>) {
        let (sync, init) = (ctx.ticks(ctx.config.sync_limit), ctx.ticks(ctx.config.init_limit));
        let now = ctx.now.mono;
        let is_silent = |handler: &&Handler| {
            let serving = handler.stage == Stage::Serving;
            now.since(handler.heard) > if serving { sync } else { init + sync }
        };
        let silent: Vec<ConnId> =
            self.handlers.values().filter(is_silent).map(|handler| handler.conn).collect();
        for conn in silent {
            self.drop_learner(conn, ctx);
        }
    }

    fn at(&self, stage: Stage) -> impl Iterator<Item = ConnId> + '_ {
        self.handlers.values().filter(move |h| h.stage == stage).map(|handler| handler.conn)
    }

    /// Whether we and the voters that have come to `stage` are a quorum.
    fn has_quorum(&self, stage: Stage, ctx: &Context<'_>) -> bool {
        let theirs = self.handlers.values().filter(|h| h.stage >= stage).map(|h| h.server);
        ctx.ensemble.is_quorum(theirs.chain([ctx.ensemble.me()]))
    }
}

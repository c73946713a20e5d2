//! A server as a machine: it holds one role at a time and passes on what reaches it.
//!
//! ```text
//! Recovering → Looking ─┬→ Following ─┐      (alone: Recovering → Leading)
//!                 ↑     ├→ Observing ─┤
//!                 │     └→ Leading ───┤
//!                 └───── Settling ←───┘
//! ```
//!
//! A role that ends leaves transactions in the log that are not in the tree yet. They are this
//! server's history from then on, committed or not, and what it votes with; so they are applied
//! (Settling) before it looks for a leader again.

use super::Out;
use super::committed::Committed;
use super::connections::Connections;
use super::context::{Context, Left, Turn};
use super::election::{About, Election};
use super::ensemble::Ensemble;
use super::leader::Leader;
use super::learner::Learner;
use super::storage::{Done, Storage, Target};
use crate::{
    CLIENT, ELECTION, Epoch, Event, Message, Notification, PeerState, QUORUM, ServerConfig,
    ServerId, Service, Submission, Txn, Vitals, Vote, Zxid,
};
use relevo_core::{ConnId, DiskInput, Input, Instant, Machine, Now, Peer};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// What can be asked of a server without a connection: nothing yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServerCall {}

/// One server of an ensemble, or one alone.
#[derive(Clone, Debug)]
pub struct Server {
    config: Arc<ServerConfig>,
    ensemble: Arc<Ensemble>,
    storage: Storage,
    committed: Committed,
    service: Service,
    election: Election,
    role: Role,
    /// Learners that connected before we knew that we lead, and what they said.
    early: BTreeMap<ConnId, Vec<Message>>,
    /// Votes that came while we did not look, as if they had waited in a queue.
    early_votes: BTreeMap<ServerId, Notification>,
    turn_asked: bool,
}

#[derive(Clone, Debug)]
enum Role {
    Recovering,
    Looking,
    Learning(Box<Learner>),
    Leading(Box<Leader>),
    Settling(VecDeque<Arc<Txn>>),
    Stopped,
}

impl Server {
    /// What it does now; a server alone leads.
    pub fn role(&self) -> PeerState {
        match &self.role {
            Role::Learning(learner) => learner.state(),
            Role::Leading(_) => PeerState::Leading,
            Role::Recovering | Role::Looking | Role::Settling(_) | Role::Stopped => {
                PeerState::Looking
            }
        }
    }

    /// Whether it serves clients.
    pub fn serving(&self) -> bool {
        match &self.role {
            Role::Learning(learner) => learner.is_active(),
            Role::Leading(leader) => leader.is_established(),
            _ => false,
        }
    }

    /// The epoch it leads or follows, or did last.
    pub fn epoch(&self) -> Epoch {
        match &self.role {
            Role::Learning(learner) => learner.epoch(),
            Role::Leading(leader) => leader.epoch(),
            _ => self.storage.current_epoch(),
        }
    }

    /// Whom it takes for the leader.
    pub fn leader(&self) -> Option<ServerId> {
        match &self.role {
            Role::Learning(learner) => Some(learner.leader()),
            Role::Leading(_) => Some(self.config.id),
            _ => None,
        }
    }

    /// Who it is.
    pub fn id(&self) -> ServerId {
        self.config.id
    }

    /// Whether it is alone, in need of nobody.
    pub fn is_standalone(&self) -> bool {
        self.ensemble.is_standalone()
    }

    /// The last transaction of its log, durable or not.
    pub fn last_logged(&self) -> Zxid {
        self.storage.last()
    }

    /// The last transaction of its log known to be durable.
    pub fn last_durable(&self) -> Zxid {
        self.storage.durable()
    }

    /// The epoch it promised to.
    pub fn accepted_epoch(&self) -> Epoch {
        self.storage.accepted_epoch()
    }

    /// The last epoch it entered.
    pub fn current_epoch(&self) -> Epoch {
        self.storage.current_epoch()
    }

    /// Its round of the election, and its vote while it looks.
    pub fn ballot(&self) -> (u64, Option<Vote>) {
        (self.election.round(), self.election.vote())
    }

    /// The end of its log as far as it is in memory: at most `count` transactions in order, each
    /// with whether this server knows it to be committed.
    pub fn log_tail(&self, count: usize) -> Vec<(&Arc<Txn>, bool)> {
        let uncommitted: Vec<&Arc<Txn>> = match &self.role {
            Role::Learning(learner) => learner.pending().collect(),
            Role::Leading(leader) => leader.outstanding().collect(),
            Role::Settling(rest) => rest.iter().collect(),
            _ => Vec::new(),
        };
        let committed = self.committed.newest(count);
        let all: Vec<_> = committed
            .map(|txn| (txn, true))
            .chain(uncommitted.into_iter().map(|txn| (txn, false)))
            .collect();
        all[all.len().saturating_sub(count)..].to_vec()
    }

    /// Tree, sessions and clients.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// What it was told.
    pub fn config(&self) -> &ServerConfig {
        &self.config
    }

    /// What the four-letter words tell beside what clients see.
    fn vitals(&self) -> Vitals {
        let (log_bytes, snapshot_bytes) = self.storage.bytes();
        let vitals = Vitals { log_bytes, snapshot_bytes, ..Vitals::default() };
        if let Role::Leading(leader) = &self.role { leader.vitals(vitals) } else { vitals }
    }

    fn with<R>(
        &mut self,
        now: Now,
        out: &mut Out,
        run: impl FnOnce(&mut Role, &mut Context<'_>) -> R,
    ) -> R {
        let mut context = Context {
            now,
            config: &self.config,
            ensemble: &self.ensemble,
            storage: &mut self.storage,
            service: &mut self.service,
            committed: &mut self.committed,
            out,
        };
        run(&mut self.role, &mut context)
    }

    fn turn(&mut self, now: Now, turn: Turn, out: &mut Out) {
        match turn {
            Ok(()) => {}
            Err(Left::Looks) => self.leave(now, out),
            Err(Left::Failed(reason)) => self.fail(reason, out),
        }
    }

    fn fail(&mut self, reason: String, out: &mut Out) {
        self.role = Role::Stopped;
        out.stop(format!("server {} stops: {reason}", self.config.id.0));
    }

    /// The role ends; what it leaves in the log is applied before the next.
    fn leave(&mut self, now: Now, out: &mut Out) {
        let role = std::mem::replace(&mut self.role, Role::Stopped);
        let rest = self.with(now, out, |_, ctx| {
            ctx.service.set_serving(now, None, ctx.out);
            match role {
                Role::Learning(learner) => learner.leave(ctx),
                Role::Leading(leader) => leader.leave(ctx),
                _ => VecDeque::new(),
            }
        });
        self.role = Role::Settling(rest);
        self.settle(now, out);
    }

    /// Applies what a role left, in slices, and then looks for a leader.
    fn settle(&mut self, now: Now, out: &mut Out) {
        if self.storage.is_busy() {
            return;
        }
        let done = self.with(now, out, |role, ctx| {
            let Role::Settling(rest) = role else { return false };
            while ctx.out.entries_left() > 0
                && let Some(txn) = rest.pop_front()
            {
                ctx.out.charge(1, 0);
                ctx.replay(&txn);
            }
            rest.is_empty()
        });
        if done {
            self.look(now, out);
        }
    }

    fn look(&mut self, now: Now, out: &mut Out) {
        self.role = Role::Looking;
        let voter = self.ensemble.votes(self.config.id);
        let own = voter.then(|| Vote {
            epoch: self.storage.current_epoch(),
            zxid: self.storage.last(),
            leader: self.config.id,
        });
        let round = self.election.round() + 1;
        out.event(Event::RoleChanged { role: PeerState::Looking, leader: None, round });
        let mut found = self.election.start(now.mono, own, &self.ensemble, out);
        for (from, said) in std::mem::take(&mut self.early_votes) {
            if found.is_none() && said.round >= self.election.round() {
                let state = PeerState::Looking;
                let about = About { config: &self.config, ensemble: &self.ensemble, state };
                found = self.election.receive(now.mono, from, said, about, out);
            }
        }
        if let Some(leader) = found {
            self.elected(now, leader, out);
        }
    }

    /// The election is over.
    fn elected(&mut self, now: Now, leader: ServerId, out: &mut Out) {
        let leads = leader == self.config.id;
        let round = self.election.round();
        let state = match self.ensemble.votes(self.config.id) {
            _ if leads => PeerState::Leading,
            true => PeerState::Following,
            false => PeerState::Observing,
        };
        out.event(Event::RoleChanged { role: state, leader: Some(leader), round });
        let early = std::mem::take(&mut self.early);
        if !leads {
            for conn in early.keys() {
                out.close(*conn);
            }
            let learner = self.with(now, out, |_, ctx| Learner::new(leader, ctx));
            let learner = learner.expect("votes name members only");
            self.role = Role::Learning(Box::new(learner));
            return;
        }
        match self.with(now, out, |_, ctx| Leader::new(ctx)) {
            Ok(leader) => self.role = Role::Leading(Box::new(leader)),
            Err(left) => return self.turn(now, Err(left), out),
        }
        for (conn, messages) in early {
            self.with(now, out, |role, ctx| {
                if let Role::Leading(leader) = role {
                    leader.accepted(conn, ctx);
                }
            });
            for message in messages {
                self.quorum_message(now, conn, message, out);
            }
        }
    }

    /// Recovery is done.
    fn recovered(&mut self, now: Now, out: &mut Out) {
        if !self.ensemble.is_standalone() {
            return self.look(now, out);
        }
        let leader = Some(self.config.id);
        out.event(Event::RoleChanged { role: PeerState::Leading, leader, round: 0 });
        let leader = self.with(now, out, |_, ctx| Leader::standalone(ctx));
        self.role = Role::Leading(Box::new(leader));
    }

    fn accepted(&mut self, now: Now, conn: ConnId, service: u16, peer: Peer, out: &mut Out) {
        let booting = matches!(self.role, Role::Recovering | Role::Stopped);
        if service == CLIENT.0 {
            self.service.accepted(now, conn, peer, out);
        } else if booting || self.ensemble.is_standalone() {
            out.close(conn);
        } else if service == ELECTION.0 {
            self.election.connections.accepted(conn);
        } else if service == QUORUM.0 {
            match &mut self.role {
                Role::Leading(_) => self.with(now, out, |role, ctx| {
                    if let Role::Leading(leader) = role {
                        leader.accepted(conn, ctx);
                    }
                }),
                Role::Looking | Role::Settling(_) => drop(self.early.insert(conn, Vec::new())),
                _ => out.close(conn),
            }
        } else {
            out.close(conn);
        }
    }

    fn opened(&mut self, now: Now, conn: ConnId, out: &mut Out) {
        if self.election.connections.owns(conn) {
            return self.election.connections.opened(conn, out);
        }
        let turn = self.with(now, out, |role, ctx| match role {
            Role::Learning(learner) if learner.owns(conn) => learner.opened(ctx),
            _ => Ok(()),
        });
        self.turn(now, turn, out);
    }

    fn message(&mut self, now: Now, conn: ConnId, message: Message, out: &mut Out) {
        match message {
            Message::Election(said) => {
                let vote = self.election.connections.message(conn, said, out);
                if let Some((from, said)) = vote {
                    self.voted(now, from, said, out);
                }
            }
            Message::Quorum(_) => self.quorum_message(now, conn, message, out),
            message => {
                if matches!(message, Message::FourLetterWord(_)) {
                    self.service.set_vitals(self.vitals());
                }
                self.service.message(now, conn, message, out);
            }
        }
    }

    fn voted(&mut self, now: Now, from: ServerId, said: Notification, out: &mut Out) {
        let state = self.role();
        if matches!(self.role, Role::Looking) {
            self.early_votes.clear();
        } else if said.state == PeerState::Looking {
            self.early_votes.insert(from, said.clone());
        } else {
            self.early_votes.remove(&from);
        }
        let about = About { config: &self.config, ensemble: &self.ensemble, state };
        if let Some(leader) = self.election.receive(now.mono, from, said, about, out) {
            self.elected(now, leader, out);
        }
    }

    fn quorum_message(&mut self, now: Now, conn: ConnId, message: Message, out: &mut Out) {
        if let Some(early) = self.early.get_mut(&conn) {
            early.push(message);
            return;
        }
        let Message::Quorum(packet) = message else { return };
        let turn = self.with(now, out, |role, ctx| match role {
            Role::Learning(learner) if learner.owns(conn) => learner.packet(packet, ctx),
            Role::Leading(leader) => leader.packet(conn, packet, ctx),
            _ => Ok(()),
        });
        self.turn(now, turn, out);
    }

    fn closed(&mut self, now: Now, conn: ConnId, out: &mut Out) {
        if self.election.connections.owns(conn) {
            return self.election.connections.closed(conn);
        }
        if self.early.remove(&conn).is_some() {
            return;
        }
        let turn = self.with(now, out, |role, ctx| match role {
            Role::Learning(learner) if learner.owns(conn) => learner.closed(ctx),
            Role::Leading(leader) if leader.owns(conn) => {
                leader.closed(conn);
                Ok(())
            }
            _ => {
                ctx.service.closed(now, conn, ctx.out);
                Ok(())
            }
        });
        self.turn(now, turn, out);
    }

    fn flow(&mut self, now: Now, conn: ConnId, blocked: bool, out: &mut Out) {
        match &mut self.role {
            Role::Leading(leader) if leader.owns(conn) => leader.set_blocked(conn, blocked),
            _ if blocked => self.service.blocked(now, conn, out),
            _ => self.service.writable(now, conn, out),
        }
    }

    fn disk(&mut self, now: Now, input: DiskInput, out: &mut Out) {
        let mut target = Target { service: &mut self.service, committed: &mut self.committed };
        match self.storage.input(input, &mut target, out) {
            Ok(done) => self.stored(now, done, out),
            Err(reason) => self.fail(reason, out),
        }
    }

    fn stored(&mut self, now: Now, done: Done, out: &mut Out) {
        if done == Done::Nothing {
            return;
        }
        if let (Done::Job, Role::Recovering) = (done, &self.role) {
            return self.recovered(now, out);
        }
        let turn = self.with(now, out, |role, ctx| match role {
            Role::Learning(learner) => learner.stored(done, ctx),
            Role::Leading(leader) => leader.stored(done, ctx),
            _ => Ok(()),
        });
        self.turn(now, turn, out);
    }

    fn due(&mut self, now: Now, out: &mut Out) {
        if matches!(self.role, Role::Looking)
            && let Some(leader) = self.election.due(now.mono, &self.ensemble, out)
        {
            return self.elected(now, leader, out);
        }
        let turn = self.with(now, out, |role, ctx| match role {
            Role::Learning(learner) => learner.due(ctx),
            Role::Leading(leader) => leader.due(ctx),
            _ => Ok(()),
        });
        self.turn(now, turn, out);
        if self.service.deadline().is_some_and(|at| at <= now.mono) {
            for submission in self.service.due(now, out) {
                self.submit(now, submission, out);
            }
        }
    }

    fn submit(&mut self, now: Now, submission: Submission, out: &mut Out) {
        let turn = self.with(now, out, |role, ctx| match role {
            Role::Learning(learner) => learner.submit(submission, ctx),
            Role::Leading(leader) => {
                leader.submit(submission);
                Ok(())
            }
            _ => Ok(()),
        });
        self.turn(now, turn, out);
    }

    /// The end of every step: passes on what clients asked, goes on with long work, and asks for
    /// what was written to be made durable.
    fn finish(&mut self, now: Now, out: &mut Out) {
        for submission in self.service.drain_submissions() {
            self.submit(now, submission, out);
        }
        let turn = self.with(now, out, |role, ctx| match role {
            Role::Learning(learner) if learner.has_work(ctx) => learner.work(ctx),
            Role::Leading(leader) if leader.has_work(ctx) => leader.work(ctx),
            _ => Ok(()),
        });
        self.turn(now, turn, out);
        self.service.work(now, out);
        // What was decided may let others begin.
        for submission in self.service.drain_submissions() {
            self.submit(now, submission, out);
        }
        if matches!(self.role, Role::Settling(_)) {
            self.settle(now, out);
        }
        self.storage_work(now, out);
        if self.serving() {
            self.election.entered(self.epoch());
        }
        if !matches!(self.role, Role::Stopped) {
            self.storage.flush(out);
            if self.has_work(now, out) && !self.turn_asked {
                self.turn_asked = true;
                out.again();
            }
        }
    }

    fn storage_work(&mut self, now: Now, out: &mut Out) {
        if self.serving() && self.storage.is_snapshot_due() {
            self.storage.take_snapshot(&self.service);
        }
        if !self.storage.has_work() {
            return;
        }
        let mut target = Target { service: &mut self.service, committed: &mut self.committed };
        match self.storage.work(&mut target, out) {
            Ok(done) => self.stored(now, done, out),
            Err(reason) => self.fail(reason, out),
        }
    }

    fn has_work(&mut self, now: Now, out: &mut Out) -> bool {
        let settles = matches!(self.role, Role::Settling(_)) && !self.storage.is_busy();
        let works = self.with(now, out, |role, ctx| match role {
            Role::Learning(learner) => learner.has_work(ctx),
            Role::Leading(leader) => leader.has_work(ctx),
            _ => false,
        });
        settles || works || self.service.has_work() || self.storage.has_work()
    }
}

impl Machine for Server {
    type Config = ServerConfig;
    type Message = Message;
    type Event = Event;
    type Call = ServerCall;

    fn boot(config: &ServerConfig, seed: u64) -> Server {
        let config = Arc::new(config.clone());
        let ensemble = Arc::new(Ensemble::new(&config));
        let connections = Connections::new(config.id, &config.ensemble);
        Server {
            ensemble,
            storage: Storage::new(config.clone(), seed),
            committed: Committed::new(config.committed_kept),
            service: Service::new(&config, seed),
            election: Election::new(connections),
            role: Role::Recovering,
            early: BTreeMap::new(),
            early_votes: BTreeMap::new(),
            turn_asked: false,
            config,
        }
    }

    fn step(&mut self, now: Now, input: Input<Message, ServerCall>, out: &mut Out) {
        if matches!(self.role, Role::Stopped) {
            return;
        }
        match input {
            Input::Boot => self.storage.recover(out),
            Input::Deadline => self.due(now, out),
            Input::Opened { conn } => self.opened(now, conn, out),
            Input::Accepted { conn, service, peer } => {
                self.accepted(now, conn, service.0, peer, out);
            }
            Input::Message { conn, message } => self.message(now, conn, message, out),
            Input::Blocked { conn } => self.flow(now, conn, true, out),
            Input::Writable { conn } => self.flow(now, conn, false, out),
            Input::Closed { conn, .. } => self.closed(now, conn, out),
            Input::Again => self.turn_asked = false,
            Input::Disk(input) => self.disk(now, input, out),
            Input::Call(call) => match call {},
        }
        self.finish(now, out);
    }

    fn deadline(&self) -> Option<Instant> {
        let role = match &self.role {
            Role::Looking => self.election.deadline(),
            Role::Learning(learner) => Some(learner.deadline()),
            Role::Leading(leader) => Some(leader.deadline()),
            Role::Recovering | Role::Settling(_) => None,
            Role::Stopped => return None,
        };
        match (role, self.service.deadline()) {
            (Some(role), Some(service)) => Some(role.min(service)),
            (role, service) => role.or(service),
        }
    }
}

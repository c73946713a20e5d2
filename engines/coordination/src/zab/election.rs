//! Fast leader election (ZooKeeper's `FastLeaderElection`; ZooKeeper Internals, "Leader
//! Election").
//!
//! Everyone votes, at first for itself, and tells all voters; whoever hears of a better history
//! votes for that from then on. Histories are compared by epoch, zxid and, to break ties, id. Once
//! a quorum votes alike, the voter waits [`FINALIZE_WAIT`] for something better still (no wait
//! where every voter agrees) and takes its role.
//!
//! * **Rounds.** Votes count within one round of the logical clock. Who hears of a later round
//!   joins it and forgets what it had collected; who hears an earlier one answers with its own.
//! * **Out of election.** Who already follows or leads answers with the vote it settled on. A
//!   latecomer joins that leader once a quorum of such votes names it *and* the leader itself
//!   says that it leads: otherwise a quorum could go on naming a dead one.
//! * **Silence.** With nothing heard the vote is said again, at growing intervals.
//!
//! The election is only a good guess. What makes an epoch safe is discovery and synchronisation
//! (`leader.rs`): a wrong guess costs time and nothing else.

use super::Out;
use super::connections::Connections;
use super::ensemble::Ensemble;
use crate::bug::planted;
use crate::{Event, Notification, PeerState, ServerConfig, ServerId, Vote};
use relevo_core::{Duration, Instant};
use std::collections::BTreeMap;

/// How long a quorum's choice waits for a better vote (`finalizeWait`).
pub const FINALIZE_WAIT: Duration = Duration::from_millis(200);
/// The first interval of repetition (`minNotificationInterval`).
pub const FIRST_RESEND: Duration = Duration::from_millis(200);
/// The longest interval of repetition (`maxNotificationInterval`; ZooKeeper's default is 60 s,
/// which a learner at a page would take for the end).
pub const LAST_RESEND: Duration = Duration::from_millis(3_200);

/// The election's part of a server, whatever its role.
#[derive(Clone, Debug)]
pub(super) struct Election {
    /// Its connections to the other servers.
    pub(super) connections: Connections,
    /// The logical clock.
    round: u64,
    /// What it answers while it does not look.
    settled: Option<Vote>,
    looking: Option<Looking>,
}

/// Who is asked.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "bugs"), allow(dead_code))]
pub(super) struct About<'a> {
    pub(super) config: &'a ServerConfig,
    pub(super) ensemble: &'a Ensemble,
    pub(super) state: PeerState,
}

/// What is collected while the server looks for a leader.
#[derive(Clone, Debug)]
struct Looking {
    /// Whom it would vote for if it knew of no one else; an observer has none.
    own: Option<Vote>,
    /// Whom it votes for; of an observer, whom it takes for the best.
    proposed: Option<Vote>,
    /// Votes of this round.
    votes: BTreeMap<ServerId, Ballot>,
    /// Votes of those that no longer look.
    outside: BTreeMap<ServerId, Ballot>,
    resend_at: Instant,
    interval: Duration,
    settle_at: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Ballot {
    vote: Vote,
    round: u64,
    state: PeerState,
}

impl Election {
    /// Not looking yet.
    pub(super) fn new(connections: Connections) -> Election {
        Election { connections, round: 0, settled: None, looking: None }
    }

    /// The logical clock.
    pub(super) fn round(&self) -> u64 {
        self.round
    }

    /// Its own vote, while it looks.
    pub(super) fn vote(&self) -> Option<Vote> {
        self.looking.as_ref().and_then(|looking| looking.own.and(looking.proposed))
    }

    /// Starts a round with `own`, which is none for an observer.
    pub(super) fn start(
        &mut self,
        now: Instant,
        own: Option<Vote>,
        ensemble: &Ensemble,
        out: &mut Out,
    ) -> Option<ServerId> {
        self.round += 1;
        self.looking = Some(Looking {
            own,
            proposed: own,
            votes: BTreeMap::new(),
            outside: BTreeMap::new(),
            resend_at: now + FIRST_RESEND,
            interval: FIRST_RESEND,
            settle_at: None,
        });
        self.voted(ensemble, out);
        self.tally(now, ensemble)
    }

    /// A connection brought a vote. Returns the leader once there is one.
    pub(super) fn receive(
        &mut self,
        now: Instant,
        from: ServerId,
        said: Notification,
        about: About<'_>,
        out: &mut Out,
    ) -> Option<ServerId> {
        let About { ensemble, state, .. } = about;
        let looking = self.looking.is_some();
        let behind = said.state == PeerState::Looking && said.round < self.round;
        if !ensemble.votes(from) {
            self.answer(from, state, out);
            return None;
        }
        if said.state == PeerState::Looking && (!looking || behind) {
            self.answer(from, state, out);
        }
        let vote = said.vote.filter(|vote| ensemble.votes(vote.leader))?;
        if !looking || behind {
            return None;
        }
        let ballot = Ballot { vote, round: said.round, state: said.state };
        match said.state {
            PeerState::Looking => self.heard_looking(now, from, ballot, about, out),
            PeerState::Following | PeerState::Leading => self.heard_settled(from, ballot, ensemble),
            PeerState::Observing => None,
        }
    }

    /// Repeats itself or settles where that is due. Returns the leader once there is one.
    pub(super) fn due(
        &mut self,
        now: Instant,
        ensemble: &Ensemble,
        out: &mut Out,
    ) -> Option<ServerId> {
        let looking = self.looking.as_mut()?;
        if looking.settle_at.is_some_and(|at| at <= now) {
            return self.settle();
        }
        if looking.resend_at <= now {
            looking.interval = LAST_RESEND.min(looking.interval + looking.interval);
            looking.resend_at = now + looking.interval;
            self.notify(ensemble, out);
        }
        None
    }

    /// When [`Election::due`] wants to be called.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let looking = self.looking.as_ref()?;
        Some(looking.settle_at.map_or(looking.resend_at, |at| at.min(looking.resend_at)))
    }

    /// The epoch of the reign it settled on is known: its answers to latecomers name it, so that
    /// those of followers and of the leader agree (`updateElectionVote`).
    pub(super) fn entered(&mut self, epoch: crate::Epoch) {
        if let Some(vote) = &mut self.settled {
            vote.epoch = epoch;
        }
    }

    fn heard_looking(
        &mut self,
        now: Instant,
        from: ServerId,
        ballot: Ballot,
        about: About<'_>,
        out: &mut Out,
    ) -> Option<ServerId> {
        let ensemble = about.ensemble;
        let looking = self.looking.as_mut()?;
        let better = |than: Option<Vote>| than.is_none_or(|t| is_better(about, ballot.vote, t));
        if ballot.round > self.round {
            self.round = ballot.round;
            looking.votes.clear();
            looking.settle_at = None;
            looking.proposed = if better(looking.own) { Some(ballot.vote) } else { looking.own };
            self.voted(ensemble, out);
        } else if better(looking.proposed) {
            looking.proposed = Some(ballot.vote);
            looking.settle_at = None;
            self.voted(ensemble, out);
        }
        self.looking.as_mut()?.votes.insert(from, ballot);
        self.tally(now, ensemble)
    }

    fn heard_settled(
        &mut self,
        from: ServerId,
        ballot: Ballot,
        ensemble: &Ensemble,
    ) -> Option<ServerId> {
        let round = self.round;
        let looking = self.looking.as_mut()?;
        if ballot.round == round {
            looking.votes.insert(from, ballot);
            if ensemble.is_quorum(agreeing(&looking.votes, &ballot))
                && leads(&looking.votes, ballot.vote.leader, ensemble.me())
            {
                looking.proposed = Some(ballot.vote);
                return self.settle();
            }
        }
        looking.outside.insert(from, ballot);
        // Nobody can tell us that we lead unless it is this very round.
        if ballot.vote.leader != ensemble.me()
            && ensemble.is_quorum(agreeing(&looking.outside, &ballot))
            && leads(&looking.outside, ballot.vote.leader, ensemble.me())
        {
            self.round = ballot.round;
            looking.proposed = Some(ballot.vote);
            return self.settle();
        }
        None
    }

    /// Counts the votes that equal our own; settles at once where all voters agree.
    fn tally(&mut self, now: Instant, ensemble: &Ensemble) -> Option<ServerId> {
        let round = self.round;
        let looking = self.looking.as_mut()?;
        let vote = looking.proposed?;
        let wanted = Ballot { vote, round, state: PeerState::Looking };
        let alike = agreeing(&looking.votes, &wanted);
        if ensemble.is_everyone(alike) {
            return self.settle();
        }
        let alike = agreeing(&looking.votes, &wanted);
        if ensemble.is_quorum(alike) {
            looking.settle_at.get_or_insert(now + FINALIZE_WAIT);
        } else {
            looking.settle_at = None;
        }
        None
    }

    fn settle(&mut self) -> Option<ServerId> {
        let vote = self.looking.take()?.proposed?;
        self.settled = Some(vote);
        Some(vote.leader)
    }

    /// Our vote changed, or its round: everyone is told, ourselves included.
    fn voted(&mut self, ensemble: &Ensemble, out: &mut Out) {
        let Some(looking) = &mut self.looking else { return };
        if let (Some(vote), Some(_)) = (looking.proposed, looking.own) {
            let (round, state) = (self.round, PeerState::Looking);
            looking.votes.insert(ensemble.me(), Ballot { vote, round, state });
            out.event(Event::Voted { vote, round });
        }
        self.notify(ensemble, out);
    }

    fn notify(&mut self, ensemble: &Ensemble, out: &mut Out) {
        for voter in ensemble.voters() {
            if voter != ensemble.me() {
                self.answer(voter, PeerState::Looking, out);
            }
        }
    }

    fn answer(&mut self, to: ServerId, state: PeerState, out: &mut Out) {
        let vote = match &self.looking {
            Some(looking) => looking.own.and(looking.proposed),
            None => self.settled,
        };
        let round = self.round;
        self.connections.send(to, Notification { vote, round, state }, out);
    }
}

/// Whether `vote` has the better history, or the same and the larger id.
#[cfg_attr(not(feature = "bugs"), allow(unused_variables))]
fn is_better(about: About<'_>, vote: Vote, than: Vote) -> bool {
    if planted!(about, VoteWithoutEpoch) {
        let key = |vote: Vote| (vote.zxid.counter(), vote.leader);
        return key(vote) > key(than);
    }
    vote > than
}

/// Who votes like `wanted`. Between two that no longer look only leader and epoch count: zxid and
/// round may differ by the way in which each came to its leader.
fn agreeing<'a>(
    ballots: &'a BTreeMap<ServerId, Ballot>,
    wanted: &'a Ballot,
) -> impl Iterator<Item = ServerId> + 'a {
    let looks = |ballot: &Ballot| ballot.state == PeerState::Looking;
    let same = move |ballot: &Ballot| {
        if looks(ballot) || looks(wanted) {
            ballot.vote == wanted.vote && ballot.round == wanted.round
        } else {
            (ballot.vote.leader, ballot.vote.epoch) == (wanted.vote.leader, wanted.vote.epoch)
        }
    };
    ballots.iter().filter(move |(_, ballot)| same(ballot)).map(|(id, _)| *id)
}

/// Whether `leader` itself says that it leads.
fn leads(ballots: &BTreeMap<ServerId, Ballot>, leader: ServerId, me: ServerId) -> bool {
    leader == me || ballots.get(&leader).is_some_and(|b| b.state == PeerState::Leading)
}

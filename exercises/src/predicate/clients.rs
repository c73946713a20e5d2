//! Conditions on what clients did and were told.

use super::Judgement;
use crate::Facts;
use crate::facts::believers;
use crate::sees::{ClientSees, Sees};
use relevo_core::Party;
use relevo_lab::{ProcessState, Scene};

fn client(holds: bool, sees: ClientSees) -> Judgement {
    Judgement { holds, sees: Sees::Client(sees) }
}

pub(super) fn created(facts: &Facts, persistent: u64, sequential: u64) -> Judgement {
    let (plain, numbered) = (facts.clients.persistent, facts.clients.sequential);
    let holds = plain >= persistent && numbered >= sequential;
    client(holds, ClientSees::Created { plain, persistent, numbered, sequential })
}

pub(super) fn version_retried(facts: &Facts) -> Judgement {
    let clients = &facts.clients;
    match (clients.bad_versions.is_empty(), clients.wrote_after_bad_version) {
        (true, _) => client(false, ClientSees::NoBadVersion),
        (false, false) => client(false, ClientSees::BadVersion),
        (false, true) => client(true, ClientSees::WroteAfterBadVersion),
    }
}

pub(super) fn ephemeral_survived(facts: &Facts) -> Judgement {
    match (facts.clients.ephemerals, facts.clients.came_back) {
        (0, _) => client(false, ClientSees::NoEphemeral),
        (_, false) if facts.clients.closed_ephemerals > 0 => client(false, ClientSees::SaidGoodbye),
        (_, false) => client(false, ClientSees::StillConnected),
        (_, true) => client(true, ClientSees::CameBack),
    }
}

pub(super) fn ephemeral_expired(facts: &Facts) -> Judgement {
    let clients = &facts.clients;
    match (clients.expired_ephemerals, clients.closed_ephemerals) {
        (0, 0) => client(false, ClientSees::NothingExpired),
        (0, _) => client(false, ClientSees::ClosedNotExpired),
        (gone, _) => client(true, ClientSees::Expired { gone }),
    }
}

pub(super) fn watch_fired(facts: &Facts) -> Judgement {
    match facts.clients.fired {
        true => client(true, ClientSees::Fired),
        false => client(false, ClientSees::NotFired),
    }
}

pub(super) fn change_missed(facts: &Facts, at_least: u64) -> Judgement {
    if !facts.clients.fired {
        return client(false, ClientSees::NotFired);
    }
    let seen = facts.clients.missed;
    client(seen >= at_least, ClientSees::Missed { seen, needed: at_least })
}

pub(super) fn watch_rearmed(facts: &Facts) -> Judgement {
    match (facts.clients.fired, facts.clients.fired_again) {
        (false, _) => client(false, ClientSees::NotFired),
        (true, false) => client(false, ClientSees::FiredOnce),
        (true, true) => client(true, ClientSees::FiredAgain),
    }
}

pub(super) fn persistent_told(facts: &Facts, times: u64) -> Judgement {
    let seen = facts.clients.persistent_notices;
    client(seen >= times, ClientSees::Notices { seen, needed: times })
}

pub(super) fn herd(facts: &Facts, clients: u64) -> Judgement {
    let seen = facts.clients.herd;
    client(seen >= clients, ClientSees::Herd { seen, needed: clients })
}

pub(super) fn candidate_replaced(facts: &Facts) -> Judgement {
    match (&facts.candidates.leads, facts.candidates.leader_stopped) {
        (_, false) => client(false, ClientSees::CandidateLeads),
        (None, true) => client(false, ClientSees::SessionRunsOut),
        (Some(name), true) => client(true, ClientSees::NextLeads { name: name.clone() }),
    }
}

pub(super) fn line_closed(facts: &Facts) -> Judgement {
    let candidates = &facts.candidates;
    if candidates.leads.is_some() {
        return client(false, ClientSees::LeadChanged);
    }
    match (candidates.waiting_stopped, candidates.watches_another) {
        (false, _) => client(false, ClientSees::LineWhole),
        (true, false) => client(false, ClientSees::SessionRunsOut),
        (true, true) => client(true, ClientSees::LineClosed),
    }
}

pub(super) fn two_believed(facts: &Facts) -> Judgement {
    let candidates = &facts.candidates;
    let Some((_, next)) = &candidates.two else {
        return client(false, ClientSees::OneBelieves);
    };
    let next = next.clone();
    match (candidates.learned, candidates.refused) {
        (_, true) => client(true, ClientSees::OneLeads { next }),
        (true, false) => client(false, ClientSees::Learned),
        (false, false) => client(false, ClientSees::TwoBelieve { next }),
    }
}

pub(super) fn two_believe(scene: &Scene) -> Judgement {
    let runs = |party: &Party| {
        scene.clients.get(party).is_some_and(|client| client.state == ProcessState::Running)
    };
    let next = believers(scene).find(runs).map(|party| scene.party_name(party));
    match next.filter(|_| believers(scene).count() > 1) {
        Some(next) => client(true, ClientSees::TwoBelieve { next }),
        None => client(false, ClientSees::OneBelieves),
    }
}

//! What candidates for an election did since the step began.

use relevo_apps::{AppEvent, CandidateEvent};
use relevo_core::{Fault, HostId, Kind, Party};
use relevo_lab::{Belief, Event, LabEvent, ProcessState, Scene, Work};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Facts about candidates since the beginning of a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CandidateFacts {
    /// Whether a candidate that led was stopped.
    pub leader_stopped: bool,
    /// Whether one that waited was.
    pub waiting_stopped: bool,
    /// Who took the lead last.
    pub leads: Option<Arc<str>>,
    /// Whether one that waited began to watch another one.
    pub watches_another: bool,
    /// Two that believed to lead at one instant: the one before, and the next.
    pub two: Option<(Party, Arc<str>)>,
    /// Whether the one before of those has learned better.
    pub learned: bool,
    /// Whether what it then still wrote was refused.
    pub refused: bool,
}

impl CandidateFacts {
    /// Notes what an event does, before the scene shows it.
    pub(super) fn before(&mut self, event: &LabEvent, scene: &Scene) {
        match &event.kind {
            Kind::Fault { fault: Fault::Crash { node, .. }, .. } => self.stopped(*node, scene),
            Kind::State(Event::App(news)) => self.news(event, news, scene),
            _ => {}
        }
    }

    fn stopped(&mut self, node: HostId, scene: &Scene) {
        match belief(scene, Party::Host(node)) {
            Some(Belief::Leads) => self.leader_stopped = true,
            Some(Belief::Waits { .. }) => self.waiting_stopped = true,
            Some(Belief::Nothing) | None => {}
        }
    }

    fn news(&mut self, event: &LabEvent, news: &AppEvent, scene: &Scene) {
        let Some(party) = event.party else { return };
        match news {
            AppEvent::Candidate(CandidateEvent::Leads { .. }) => {
                let name = scene.party_name(party);
                if let Some(before) = believers(scene).find(|other| *other != party) {
                    self.two = Some((before, name.clone()));
                    (self.learned, self.refused) = (false, false);
                }
                self.leads = Some(name);
            }
            AppEvent::Candidate(CandidateEvent::Waits { .. }) => {
                self.watches_another |= self.waiting_stopped;
            }
            AppEvent::Candidate(CandidateEvent::Doubts) | AppEvent::SessionLost => {
                self.learned |= self.was_before(party);
            }
            AppEvent::Candidate(CandidateEvent::Fenced) => {
                self.learned |= self.was_before(party);
                self.refused |= self.was_before(party);
            }
            // Its write was in time after all, for the next had not written: that shows nothing.
            AppEvent::Candidate(CandidateEvent::Claimed { .. })
                if self.learned && self.was_before(party) =>
            {
                (self.two, self.learned) = (None, false);
            }
            _ => {}
        }
    }

    fn was_before(&self, party: Party) -> bool {
        self.two.as_ref().is_some_and(|(before, _)| *before == party)
    }
}

/// What a client believes of itself, if it is a candidate.
pub(crate) fn belief(scene: &Scene, party: Party) -> Option<&Belief> {
    match &scene.clients.get(&party)?.work {
        Work::Candidate { belief, .. } => Some(belief),
        _ => None,
    }
}

/// Those that believe to lead, frozen ones among them.
pub(crate) fn believers(scene: &Scene) -> impl Iterator<Item = Party> + '_ {
    let lives =
        |state: &ProcessState| matches!(state, ProcessState::Running | ProcessState::Paused);
    let believes = move |(party, client): (&Party, &relevo_lab::ClientView)| {
        let leads = matches!(&client.work, Work::Candidate { belief: Belief::Leads, .. });
        (leads && lives(&client.state)).then_some(*party)
    };
    scene.clients.iter().filter_map(believes)
}

//! Zab's four phases as one sees them from outside: which server is in which, and what is said in
//! it now. Told from the scene alone; a server's phase is its role and how far it has come.

use relevo_coordination::PeerState;
use relevo_core::{HostId, Party};
use relevo_lab::{Flight, MessageKind, ProcessState, Scene, ServerView};
use std::sync::Arc;

/// The phases, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Election,
    Discovery,
    Synchronisation,
    Broadcast,
}

pub(crate) const PHASES: [Phase; 4] =
    [Phase::Election, Phase::Discovery, Phase::Synchronisation, Phase::Broadcast];

/// One server's place in the ribbon.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Runner {
    pub host: HostId,
    pub name: Arc<str>,
    /// None while its process does not run.
    pub phase: Option<Phase>,
    pub leads: bool,
    /// The last message of its phase that is under way to it or from it, and whether it sent it.
    pub says: Option<(MessageKind, bool)>,
    /// What that message says: of a vote, whom it proposes.
    pub label: Arc<str>,
}

/// The ribbon.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ribbon {
    pub runners: Vec<Runner>,
    /// The phase the ensemble is in: its leader's, or the election while there is none.
    pub phase: Option<Phase>,
    /// What is under way now, each with the phase it belongs to; the newest last.
    pub under_way: Vec<(Phase, MessageKind)>,
}

impl Phase {
    /// What is said in it, in order; the first three of the synchronisation exclude each other.
    pub(crate) fn kinds(self) -> &'static [MessageKind] {
        use MessageKind as K;
        match self {
            Phase::Election => &[K::Vote],
            Phase::Discovery => &[K::FollowerInfo, K::LeaderInfo, K::AckEpoch],
            Phase::Synchronisation => {
                &[K::Diff, K::Trunc, K::Snap, K::NewLeader, K::Ack, K::UpToDate]
            }
            Phase::Broadcast => &[K::Proposal, K::Ack, K::Commit],
        }
    }
}

/// The ribbon of a scene.
pub(crate) fn ribbon(scene: &Scene) -> Ribbon {
    let mut runners: Vec<Runner> =
        scene.servers.iter().map(|server| runner(scene, server)).collect();
    let mut under_way = Vec::new();
    for flight in scene.flights.values() {
        let Some(phase) = phase_of(flight, &runners) else { continue };
        let heard = (phase, flight.kind);
        under_way.retain(|other| *other != heard);
        under_way.push(heard);
        for runner in runners.iter_mut().filter(|runner| !runner.leads) {
            let party = Party::Host(runner.host);
            if flight.from == party || flight.to == party {
                runner.says = Some((flight.kind, flight.from == party));
                runner.label = flight.label.clone();
            }
        }
    }
    let leader = runners.iter().find(|runner| runner.leads).and_then(|runner| runner.phase);
    let runs = runners.iter().any(|runner| runner.phase.is_some());
    let phase = leader.or(runs.then_some(Phase::Election));
    Ribbon { runners, phase, under_way }
}

fn runner(scene: &Scene, server: &ServerView) -> Runner {
    let runs = matches!(server.state, ProcessState::Running | ProcessState::Paused);
    Runner {
        host: server.host,
        name: server.name.clone(),
        phase: runs.then(|| phase(scene, server)),
        leads: runs && server.role == PeerState::Leading,
        says: None,
        label: Arc::default(),
    }
}

fn phase(scene: &Scene, server: &ServerView) -> Phase {
    // A leader begins to bring others up to date once a quorum has promised to its epoch.
    let synchronises =
        |other: &ServerView| other.synchronising.is_some() && other.leader == Some(server.server);
    match server.role {
        PeerState::Looking => Phase::Election,
        _ if server.serving => Phase::Broadcast,
        PeerState::Leading if scene.servers.iter().any(synchronises) => Phase::Synchronisation,
        _ if server.synchronising.is_some() => Phase::Synchronisation,
        _ => Phase::Discovery,
    }
}

/// The phase a message belongs to. What a learner that is being brought up to date hears and says
/// is part of that, whatever the others do.
fn phase_of(flight: &Flight, runners: &[Runner]) -> Option<Phase> {
    use MessageKind as K;
    let at = |party| runners.iter().find(|runner| Party::Host(runner.host) == party);
    let learner = [at(flight.from)?, at(flight.to)?].into_iter().find(|runner| !runner.leads);
    let synchronises = learner.is_some_and(|learner| learner.phase == Some(Phase::Synchronisation));
    Some(match flight.kind {
        K::Vote => Phase::Election,
        K::FollowerInfo | K::LeaderInfo | K::AckEpoch => Phase::Discovery,
        K::Diff | K::Trunc | K::Snap | K::NewLeader | K::UpToDate => Phase::Synchronisation,
        K::Ack if synchronises => Phase::Synchronisation,
        K::Proposal | K::Ack | K::Commit => Phase::Broadcast,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use relevo_coordination::{ServerId, SyncMode};
    use relevo_core::{ConnId, Instant, Seq};

    fn ensemble() -> Scene {
        let mut scene = Scene::default();
        for number in 0..3 {
            scene.add_server(HostId(number), "zookeeper", ServerId(u64::from(number) + 1));
        }
        scene
    }

    fn says(scene: &mut Scene, from: u32, to: u32, kind: MessageKind) {
        let flight = Flight {
            conn: ConnId(1),
            from: Party::Host(HostId(from)),
            to: Party::Host(HostId(to)),
            kind,
            label: "".into(),
            sent: Instant::ZERO,
            arrives: Instant::ZERO,
            held: false,
        };
        scene.flights.insert(Seq(scene.flights.len() as u64 + 1), flight);
    }

    #[test]
    fn without_a_leader_the_ensemble_elects() {
        let mut scene = ensemble();
        says(&mut scene, 0, 1, MessageKind::Vote);
        let ribbon = ribbon(&scene);
        assert_eq!(ribbon.phase, Some(Phase::Election));
        assert_eq!(ribbon.under_way, [(Phase::Election, MessageKind::Vote)]);
        assert_eq!(ribbon.runners[0].says, Some((MessageKind::Vote, true)));
    }

    #[test]
    fn an_ack_belongs_to_the_phase_of_the_follower_that_says_it() {
        let mut scene = ensemble();
        (scene.servers[1].role, scene.servers[1].serving) = (PeerState::Leading, true);
        scene.servers[0].role = PeerState::Following;
        scene.servers[0].leader = Some(ServerId(2));
        scene.servers[0].synchronising = Some(SyncMode::Diff);
        (scene.servers[2].role, scene.servers[2].serving) = (PeerState::Following, true);
        says(&mut scene, 0, 1, MessageKind::Ack);
        says(&mut scene, 2, 1, MessageKind::Ack);
        let ribbon = ribbon(&scene);
        let both =
            [(Phase::Synchronisation, MessageKind::Ack), (Phase::Broadcast, MessageKind::Ack)];
        assert_eq!(ribbon.under_way, both);
        assert_eq!(ribbon.phase, Some(Phase::Broadcast));
        assert_eq!(ribbon.runners[0].phase, Some(Phase::Synchronisation));
    }

    #[test]
    fn a_stopped_server_is_in_no_phase() {
        let mut scene = ensemble();
        scene.servers[0].state = ProcessState::Crashed { power_loss: false };
        assert_eq!(ribbon(&scene).runners[0].phase, None);
    }
}

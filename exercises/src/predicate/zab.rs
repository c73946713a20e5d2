//! Conditions on what Zab did.

use super::{Judgement, all_agree, green, red};
use crate::Facts;
use crate::facts::{Crash, SyncWay, running};
use crate::sees::{Sees, ZabSees};
use relevo_coordination::Zxid;
use relevo_core::{Duration, HostId};
use relevo_lab::{ProcessState, Scene, ServerView};

fn zab(holds: bool, sees: ZabSees) -> Judgement {
    Judgement { holds, sees: Sees::Zab(sees) }
}

pub(super) fn elected(facts: &Facts, scene: &Scene) -> Judgement {
    let name = |host| scene.party_name(relevo_core::Party::Host(host));
    match facts.zab.elected {
        Some(host) => zab(true, ZabSees::Elected { name: name(host) }),
        None if facts.leader_stopped.is_none() => super::leader_still_runs(scene),
        None => zab(false, ZabSees::Voting { votes: facts.zab.votes }),
    }
}

pub(super) fn met_before_established(facts: &Facts) -> Judgement {
    zab(facts.zab.met_before_established, ZabSees::Discovering)
}

pub(super) fn established_without(facts: &Facts) -> Judgement {
    zab(facts.zab.established_without, ZabSees::WithoutTheStopped)
}

pub(super) fn discovered(facts: &Facts) -> Judgement {
    let seen = facts.zab.discovery;
    if facts.zab.started.is_empty() {
        return zab(false, ZabSees::NoOneCame);
    }
    let missing = match (seen.follower_info, seen.leader_info, seen.ack_epoch) {
        (true, true, true) => return zab(true, ZabSees::Discovered),
        (false, ..) => "FOLLOWERINFO",
        (_, false, _) => "LEADERINFO",
        _ => "ACKEPOCH",
    };
    zab(false, ZabSees::Lacks { message: missing })
}

pub(super) fn brought_up(facts: &Facts, way: SyncWay, at_least: u64) -> Judgement {
    if facts.zab.started.is_empty() {
        return zab(false, ZabSees::NoOneCame);
    }
    let Some(received) = facts.zab.brought_up.get(&way) else {
        let other = facts.zab.brought_up.keys().next().copied();
        return zab(
            false,
            match other {
                Some(other) => ZabSees::OtherWay { seen: other, wanted: way },
                None => ZabSees::NotYetSynchronised,
            },
        );
    };
    let sees = ZabSees::BroughtUp { way, received: *received, at_least };
    zab(*received >= at_least, sees)
}

pub(super) fn broadcast(facts: &Facts, scene: &Scene) -> Judgement {
    let Some(write) = &facts.zab.write else { return zab(false, ZabSees::NoWrite) };
    let all = scene.servers.len() as u64;
    if write.committed && !write.passed_on {
        return zab(false, ZabSees::AtTheLeader);
    }
    let (acks, applied) = (write.acks, write.applied);
    let holds = write.committed && applied >= all;
    zab(holds, ZabSees::Broadcast { acks, committed: write.committed, applied, all })
}

pub(super) fn crash_after_quorum(facts: &Facts, scene: &Scene, numbers: u64) -> Judgement {
    let all = scene.servers.len() as u64;
    let Some(crash) = &facts.zab.crash else { return leader_has(scene) };
    let disks = crash.disks;
    if disks * 2 <= all {
        return zab(false, ZabSees::CrashedBeforeQuorum { disks, all });
    }
    match crash.survived {
        None => red(Sees::NoNewLeader),
        Some(false) => zab(false, ZabSees::Gone),
        Some(true) => {
            let seen = facts.counted_since_established;
            zab(seen >= numbers, ZabSees::Survived { disks, all, seen, needed: numbers })
        }
    }
}

pub(super) fn crash_before_quorum(facts: &Facts, scene: &Scene) -> Judgement {
    let all = scene.servers.len() as u64;
    let Some(Crash { leader, disks, survived, .. }) = &facts.zab.crash else {
        return leader_has(scene);
    };
    if disks * 2 > all {
        return zab(false, ZabSees::CrashedAfterQuorum { disks: *disks, all });
    }
    match survived {
        None => red(Sees::NoNewLeader),
        Some(true) => zab(false, ZabSees::SurvivedByLuck),
        Some(false) if facts.zab.truncated == Some(*leader) => zab(true, ZabSees::Cut),
        Some(false) if serves(scene, *leader) => zab(false, ZabSees::BackTooLate),
        Some(false) => zab(false, ZabSees::StillOnItsDisk),
    }
}

fn serves(scene: &Scene, host: HostId) -> bool {
    scene.server_at(host).is_some_and(|it| it.serving && it.state == ProcessState::Running)
}

/// The last transaction of a leader's log, and on how many disks it is, its own among them.
fn last_of(leader: &ServerView, scene: &Scene) -> (Zxid, u64) {
    let last = leader.log.iter().rev().find(|entry| !entry.lost);
    let last = last.map_or(leader.durable, |entry| entry.zxid);
    let has = |server: &&ServerView| server.durable >= last;
    (last, scene.servers.iter().filter(has).count() as u64)
}

pub(super) fn last_on(scene: &Scene, enough: impl Fn(u64, u64) -> bool) -> Judgement {
    let Some(leader) = scene.leader() else { return red(Sees::NoLeader) };
    let all = scene.servers.len() as u64;
    let (last, disks) = last_of(leader, scene);
    let holds = leader.durable >= last && enough(disks, all);
    zab(holds, ZabSees::OnDisks { disks, all })
}

/// The leader runs; whether stopping it now would be before or after a majority has its last.
fn leader_has(scene: &Scene) -> Judgement {
    let Some(leader) = scene.leader() else { return red(Sees::NoLeader) };
    let (_, disks) = last_of(leader, scene);
    let (name, all) = (leader.name.clone(), scene.servers.len() as u64);
    zab(false, ZabSees::LeaderHas { name, disks, all })
}

pub(super) fn proposal_cut(facts: &Facts) -> Judgement {
    match facts.zab.truncated {
        Some(_) => zab(true, ZabSees::Cut),
        None => zab(false, ZabSees::StillOnItsDisk),
    }
}

pub(super) fn minority_tried(facts: &Facts, scene: &Scene) -> Judgement {
    match &facts.zab.resigned {
        Some(resigned) => {
            let (name, alone) = (resigned.name.clone(), resigned.alone);
            zab(alone > 0, ZabSees::GaveUp { name, alone })
        }
        None if scene.cuts.is_empty() => zab(false, ZabSees::NoPartition),
        None => zab(false, ZabSees::StillLeads),
    }
}

pub(super) fn no_side(facts: &Facts, scene: &Scene, ms: u64) -> Judgement {
    if scene.cuts.is_empty() {
        return zab(false, ZabSees::MendedTooSoon);
    }
    if let Some(leader) = scene.leader() {
        return zab(false, ZabSees::SideLeads { name: leader.name.clone() });
    }
    if running(scene) == scene.servers.len() as u64 {
        return zab(false, nobody_leads(scene));
    }
    let waited = scene.at.since(facts.counted_at.unwrap_or(facts.since));
    let holds = waited >= Duration::from_millis(ms);
    Judgement { holds, sees: Sees::Waiting { ms: waited.as_millis() } }
}

/// Why nobody leads while the network is cut: a side is electing, or none has a majority.
fn nobody_leads(scene: &Scene) -> ZabSees {
    let running: Vec<HostId> = scene
        .servers
        .iter()
        .filter(|server| server.state == ProcessState::Running)
        .map(|server| server.host)
        .collect();
    let cut = |a: HostId, b: HostId| scene.cuts.iter().any(|it| *it == (a, b) || *it == (b, a));
    let side = |one: &HostId| running.iter().filter(|other| !cut(*one, **other)).count() as u64;
    let (side, all) = (running.iter().map(side).max().unwrap_or(0), scene.servers.len() as u64);
    if side * 2 > all { ZabSees::MajorityVotes } else { ZabSees::NoMajority { side, all } }
}

pub(super) fn majority_went_on(facts: &Facts, scene: &Scene, numbers: u64) -> Judgement {
    if scene.cuts.is_empty() {
        return zab(false, ZabSees::MendedTooSoon);
    }
    if scene.leader().is_none() {
        return zab(false, nobody_leads(scene));
    }
    let seen = facts.counted - facts.counted_before;
    zab(seen >= numbers, ZabSees::MajorityCounts { seen, needed: numbers })
}

pub(super) fn healed_without_loss(facts: &Facts, scene: &Scene) -> Judgement {
    if !scene.cuts.is_empty() {
        return zab(false, ZabSees::StillCut);
    }
    if facts.zab.truncated.is_none() {
        return zab(false, ZabSees::StillOnItsDisk);
    }
    let agree = all_agree(scene);
    if agree.holds { green(Sees::Zab(ZabSees::Healed)) } else { agree }
}

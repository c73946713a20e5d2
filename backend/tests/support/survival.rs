//! What is left of a life when the power goes: at any instant, the ensemble that recovers has
//! everything that was acknowledged, whichever quorum of it comes back.

use super::life::Heard;
use super::power::{self, Content};
use relevo_core::{Fault, File, HostId, Instant, Origin, OutsideInput, OutsideOutput, Random};
use relevo_lab::{Lab, Scenario};
use relevo_world::Storage;
use std::collections::BTreeMap;

/// Who comes back.
const QUORUMS: [&[u32]; 4] = [&[0, 1], &[0, 2], &[1, 2], &[0, 1, 2]];
/// An ensemble recovers within two minutes of its own time.
const RECOVERY: Instant = Instant(120_000_000_000);

/// Plays a life; at every instant, the power takes all that it may. The first promise this breaks,
/// in words.
///
/// An epoch is looked for at every instant, what was acknowledged whenever a client has just been
/// told so; in between look the cuts of [`first_lost`].
pub(crate) fn first_broken(heard: &[Heard], scenario: &Scenario) -> Option<String> {
    let mut disks = [(); 3].map(|()| power::Disk::default());
    let (mut promised, mut acknowledged) = (BTreeMap::new(), Vec::new());
    for (at, heard_now) in heard.iter().enumerate() {
        match heard_now {
            Heard::Disk(server, what) => disks[*server].play(what),
            Heard::Acknowledged(path) => acknowledged.push(path.as_str()),
            Heard::Promised(server, file, epoch) => {
                promised.insert((*server, *file), *epoch);
            }
        }
        let broken =
            promised.iter().find_map(|(promise, epoch)| forgotten(&disks, *promise, *epoch));
        let broken = broken.or_else(|| {
            matches!(heard_now, Heard::Acknowledged(_)).then_some(())?;
            let least = disks.each_ref().map(power::Disk::least);
            let lost = |quorum: &[u32]| recover(&least, quorum, &acknowledged, scenario, 1).err();
            QUORUMS.into_iter().find_map(lost)
        });
        if let Some(broken) = broken {
            return Some(format!("cut at {at} of {}: {broken}", heard.len()));
        }
    }
    None
}

/// Cuts the power at random instants, and in random ways, until a cut loses something.
pub(crate) fn first_lost(heard: &[Heard], scenario: &Scenario, count: usize) -> Option<String> {
    let mut random = Random::new(3);
    let mut at: Vec<usize> =
        (0..count).map(|_| random.below(heard.len() as u64 + 1) as usize).collect();
    at.sort_unstable();
    let mut disks = [(); 3].map(|()| power::Disk::default());
    let (mut acknowledged, mut played) = (Vec::new(), 0);
    for cut in at {
        for heard in &heard[played..cut] {
            match heard {
                Heard::Disk(server, what) => disks[*server].play(what),
                Heard::Acknowledged(path) => acknowledged.push(path.as_str()),
                Heard::Promised(..) => {}
            }
        }
        played = cut;
        let contents = disks.each_ref().map(|disk| disk.cut(&mut random));
        let quorum = QUORUMS[random.below(4) as usize];
        let seed = random.below(1 << 40);
        if let Err(lost) = recover(&contents, quorum, &acknowledged, scenario, seed) {
            return Some(format!("cut at {cut} of {}: {lost}", heard.len()));
        }
    }
    None
}

fn forgotten(
    disks: &[power::Disk; 3],
    (server, name): (usize, &str),
    epoch: u32,
) -> Option<String> {
    let held = disks[server].least_of(&File::named(name));
    let held = held.and_then(|text| std::str::from_utf8(text).ok()?.parse::<u32>().ok());
    held.is_none_or(|held| held < epoch).then(|| {
        format!("server {} had promised epoch {epoch}, and {name} holds {held:?}", server + 1)
    })
}

/// Recovers a quorum in virtual time and looks for what was acknowledged; what its servers have is
/// one and the same.
pub(crate) fn recover(
    disks: &[Content],
    quorum: &[u32],
    acknowledged: &[&str],
    scenario: &Scenario,
    seed: u64,
) -> Result<(), String> {
    let quorum: Vec<HostId> = quorum.iter().copied().map(HostId).collect();
    let lab = recovered(disks.to_vec(), &quorum, scenario, seed)?;
    let tree = |host: &HostId| &lab.server(*host).expect("it serves").service().tree;
    for host in &quorum {
        for path in acknowledged {
            let node = tree(host).node(path).ok_or_else(|| format!("{path} is gone on {host}"))?;
            if node.data.as_deref() != Some(path.as_bytes()) {
                return Err(format!("{path} holds something else on {host}"));
            }
        }
        let paths = |host| tree(host).after(None).map(|(path, _)| path);
        if !paths(host).eq(paths(&quorum[0])) {
            return Err(format!("{host} has not what {} has", quorum[0]));
        }
    }
    Ok(())
}

fn recovered(
    mut disks: Vec<Content>,
    quorum: &[HostId],
    scenario: &Scenario,
    seed: u64,
) -> Result<Lab, String> {
    let mut lab = Lab::new(scenario, seed, 0, Storage::External);
    for node in (0..3).map(HostId).filter(|host| !quorum.contains(host)) {
        let stop = Fault::Crash { node, power_loss: false };
        lab.input(OutsideInput::Fault { fault: stop, by: Origin::Script }).unwrap();
    }
    while !quorum.iter().all(|host| lab.server(*host).is_some_and(|it| it.serving())) {
        for output in lab.drain_outside() {
            let OutsideOutput::Disk { node, incarnation, effect } = output else { continue };
            let Some(disk) = disks.get_mut(node.0 as usize) else { continue };
            if let Some(input) = power::answer(disk, effect) {
                lab.input(OutsideInput::Disk { node, incarnation, input }).unwrap();
            }
        }
        match lab.next_due() {
            Some(due) if due < RECOVERY => lab.advance_to(due),
            _ => return Err(format!("it does not recover: {:?}", lab.nodes())),
        }
    }
    Ok(lab)
}

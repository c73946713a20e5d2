//! A seeded hour of trouble for four toys, in a fifth of a second: every kind of input, in any order.

use crate::toys::{Do, PORT, ToyConfig, ToyWorld, Word, append, config, sync};
use relevo_core::{
    Address, CloseReason, ConnId, Duration, Fault, HostId, Instant, Origin, OutsideId,
    OutsideInput, Random, Seq,
};
use relevo_world::{Storage, World};
use std::net::{IpAddr, Ipv4Addr};

const HOSTS: u32 = 4;

type Entering = OutsideInput<Word, Do>;

/// A world with four toys, the last two of which echo.
pub(crate) fn world(seed: u64, trace: bool) -> ToyWorld {
    let mut world = World::new(relevo_world::WorldConfig { trace, ..config(seed) });
    for number in 0..HOSTS {
        let config = ToyConfig { echoes: number > 1 };
        world.add_host(&format!("toy-{number}"), config, Storage::Memory);
    }
    world
}

/// What enters, and when. What makes no sense when its time comes is refused, and that is fine.
pub(crate) fn script(seed: u64, inputs: u64) -> Vec<(Instant, Entering)> {
    let mut random = Random::derived(seed, 77);
    let mut at = Instant::ZERO;
    let mut next = |_| {
        at += Duration::from_micros(random.below(1_500));
        (at, entering(&mut random))
    };
    (0..inputs).map(&mut next).collect()
}

/// Lets a script enter a world, from where the world is.
pub(crate) fn play(world: &mut ToyWorld, script: &[(Instant, Entering)]) {
    for (at, input) in script {
        world.advance_to(*at);
        let _ = world.input(input.clone());
    }
    world.advance_to(world.now() + Duration::from_millis(200));
}

fn entering(random: &mut Random) -> Entering {
    let by = Origin::Script;
    match random.below(10) {
        0..=1 => OutsideInput::Fault { fault: fault(random), by },
        2 => outside(random),
        _ => OutsideInput::Call { node: host(random), call: request(random), by },
    }
}

fn host(random: &mut Random) -> HostId {
    HostId(random.below(HOSTS.into()) as u32)
}

fn request(random: &mut Random) -> Do {
    let file = ["a", "b", "c"][random.below(3) as usize];
    let other = ["a", "b", "c"][random.below(3) as usize];
    let data = vec![random.below(256) as u8; random.below(300) as usize];
    match random.below(14) {
        0..=2 => Do::Open(host(random)),
        3..=4 => Do::Send { first: 0, count: random.below(5), size: 1 << random.below(20) },
        5 => Do::Close,
        6 => append(file, data),
        7 => Do::Replace { file: file.into(), data },
        8 => Do::Truncate { file: file.into(), length: random.below(300) },
        9 => Do::Rename { from: file.into(), to: other.into() },
        10 => Do::Delete { file: file.into() },
        11 => Do::All(vec![append(file, data), sync(file, 1), sync(other, 2)]),
        12 => Do::All(vec![Do::Again, Do::List]),
        _ => Do::AlarmIn(Duration::from_micros(random.below(5_000))),
    }
}

fn fault(random: &mut Random) -> Fault {
    let (node, from, to) = (host(random), host(random), host(random));
    let message = Seq(random.below(1_000));
    match random.below(16) {
        0..=1 => Fault::Crash { node, power_loss: random.chance(1, 2) },
        2..=4 => Fault::Restart { node },
        5 => Fault::Pause { node },
        6..=7 => Fault::Resume { node },
        8 => Fault::Partition { groups: vec![vec![from], vec![HostId(3)]] },
        9 => Fault::CutLink { from, to },
        10 => Fault::Heal,
        11 => Fault::Hold { message },
        12 => Fault::Drop { message },
        13 => Fault::LoseDisk { node },
        14 => Fault::FillDisk { node, full: random.chance(1, 2) },
        _ => Fault::SetLink {
            from,
            to,
            latency: Duration::from_micros(random.below(3_000)),
            jitter: Duration::from_micros(random.below(3_000)),
            bytes_per_second: random.chance(1, 2).then_some(1 << 20),
        },
    }
}

fn outside(random: &mut Random) -> Entering {
    let conn = ConnId(random.below(40));
    match random.below(6) {
        0..=1 => OutsideInput::Connect {
            outside: OutsideId(random.below(3) as u32),
            to: Address::new(host(random), PORT),
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 4_000,
        },
        2 => OutsideInput::Message { conn, message: Word { number: 1, size: 50 } },
        3 => OutsideInput::Close { conn, reason: CloseReason::ByPeer },
        4 => OutsideInput::Blocked { conn },
        _ => OutsideInput::Writable { conn },
    }
}

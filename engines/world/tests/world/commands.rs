//! What makes no sense is refused with what, why and what to do, and changes nothing.

use crate::chaos::{self, play, script};
use crate::toys::{ToyWorld, connected, crash, fault, send, under_way};
use proptest::prelude::*;
use relevo_core::{ConnId, Duration, Fault, HostId, Origin, OutsideInput, Party, Seq};
use relevo_world::CommandError;
use std::collections::BTreeSet;

fn refused(world: &mut ToyWorld, fault: Fault) -> CommandError {
    let seq = world.seq();
    let input = OutsideInput::Fault { fault, by: Origin::Hand };
    let error = world.input(input).expect_err("it makes no sense");
    assert_eq!(world.seq(), seq, "nothing happened");
    error
}

#[test]
fn hosts_and_messages_must_exist() {
    let mut world = connected(1);
    let node = HostId(9);
    let unknown = CommandError::UnknownHost { host: node, hosts: 2 };
    assert_eq!(refused(&mut world, Fault::Pause { node }), unknown);
    assert_eq!(refused(&mut world, Fault::Crash { node, power_loss: true }), unknown);
    assert_eq!(refused(&mut world, Fault::Partition { groups: vec![vec![node]] }), unknown);
    let message = Seq(3);
    let unknown = CommandError::UnknownMessage { message };
    assert_eq!(refused(&mut world, Fault::Hold { message }), unknown);
    assert_eq!(refused(&mut world, Fault::Drop { message }), unknown);
    send(&mut world, 0, 1, 1);
    world.advance_to(world.now());
    let message = under_way(&world, 0)[0];
    let not_held = CommandError::NotHeld { message };
    assert_eq!(refused(&mut world, Fault::Release { message }), not_held);
    let conn = ConnId(0);
    let foreign = world.input(OutsideInput::Blocked { conn });
    assert_eq!(foreign, Err(CommandError::UnknownConnection { conn }), "it is between two hosts");
}

#[test]
fn states_must_fit() {
    let mut world = connected(1);
    let node = HostId(0);
    let name = || "toy-0".to_string();
    let running = CommandError::AlreadyRunning { name: name() };
    assert_eq!(refused(&mut world, Fault::Restart { node }), running);
    let not_paused = CommandError::NotPaused { name: name() };
    assert_eq!(refused(&mut world, Fault::Resume { node }), not_paused);
    fault(&mut world, Fault::Pause { node });
    let paused = CommandError::AlreadyPaused { name: name() };
    assert_eq!(refused(&mut world, Fault::Pause { node }), paused);
    crash(&mut world, 0, false);
    let dead = CommandError::NotRunning { name: name() };
    for fault in
        [Fault::Pause { node }, Fault::Resume { node }, Fault::Crash { node, power_loss: false }]
    {
        assert_eq!(refused(&mut world, fault), dead);
    }
    crash(&mut world, 0, true);
    assert_eq!(refused(&mut world, Fault::Start { node }), CommandError::FirstStart);
}

#[test]
fn numbers_must_make_sense() {
    let mut world = connected(1);
    let (node, to) = (HostId(0), HostId(1));
    let (latency, jitter) = (Duration::ZERO, Duration::ZERO);
    let bytes_per_second = Some(0);
    for fault in [
        Fault::SlowDisk { node, factor: 0 },
        Fault::SkewClock { node, offset_ms: 0, drift_ppm: i32::MIN },
        Fault::SetLink { from: node, to, latency, jitter, bytes_per_second },
    ] {
        assert!(matches!(refused(&mut world, fault), CommandError::OutOfRange { .. }));
    }
    let same = CommandError::SameHost { host: node };
    assert_eq!(refused(&mut world, Fault::CutLink { from: node, to: node }), same);
    let twice = CommandError::InTwoGroups { host: node };
    let groups = vec![vec![node], vec![to, node]];
    assert_eq!(refused(&mut world, Fault::Partition { groups }), twice);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    /// Nothing that enters can stop a world: whatever order inputs come in, it runs on, and after
    /// all is healed its toys can speak again.
    #[test]
    fn nothing_that_enters_stops_a_world(seed in any::<u64>()) {
        let mut world = chaos::world(seed, false);
        play(&mut world, &script(seed, 400));
        let mut give = |fault| {
            let _ = world.input(OutsideInput::Fault { fault, by: Origin::Script });
        };
        give(Fault::Heal);
        for node in (0..4).map(HostId) {
            give(Fault::Crash { node, power_loss: true });
            give(Fault::Restart { node });
        }
        // Long enough for what a slow link still carries.
        world.advance_to(world.now() + Duration::from_secs(60));
        prop_assert!(world.hosts().all(|host| *host.state == relevo_world::HostState::Running));
        // Only what was held on its way to a program outside is still under way.
        let mut held = BTreeSet::new();
        for flight in world.in_flight() {
            if flight.held {
                held.insert((flight.conn, flight.from));
            }
            prop_assert!(held.contains(&(flight.conn, flight.from)), "{:?}", flight);
            prop_assert!(matches!(flight.to, Party::Outside(_)), "{:?}", flight);
        }
    }
}

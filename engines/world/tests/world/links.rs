//! Latency, jitter and bandwidth of each direction between two hosts.

use crate::toys::{Do, call, connected, fault, run, send};
use relevo_core::{Duration, Fault, HostId, Instant, Kind};

fn arrivals(world: &mut crate::toys::ToyWorld) -> Vec<Instant> {
    let events = world.drain_trace();
    events.filter(|e| matches!(e.kind, Kind::Delivered { .. })).map(|e| e.at).collect()
}

fn set(from: u32, to: u32, latency_ms: u64, bytes_per_second: Option<u64>) -> Fault {
    Fault::SetLink {
        from: HostId(from),
        to: HostId(to),
        latency: Duration::from_millis(latency_ms),
        jitter: Duration::ZERO,
        bytes_per_second,
    }
}

#[test]
fn each_direction_has_its_own_latency() {
    let mut world = connected(1);
    fault(&mut world, set(0, 1, 30, None));
    let sent = world.now();
    send(&mut world, 0, 0, 1);
    run(&mut world, 100);
    assert_eq!(arrivals(&mut world), [sent + Duration::from_millis(30)]);
    let sent = world.now();
    send(&mut world, 1, 0, 1);
    run(&mut world, 100);
    let [arrived] = arrivals(&mut world)[..] else { panic!("one message") };
    let took = arrived - sent;
    assert!(took >= Duration::from_micros(1_000) && took <= Duration::from_micros(1_500));
}

#[test]
fn a_link_carries_so_many_bytes_a_second() {
    let mut world = connected(1);
    fault(&mut world, set(0, 1, 1, Some(1_000)));
    let sent = world.now();
    call(&mut world, 0, Do::Send { first: 0, count: 3, size: 500 });
    run(&mut world, 10_000);
    let expected = [501, 1001, 1501].map(|ms| sent + Duration::from_millis(ms));
    assert_eq!(arrivals(&mut world), expected);
}

#[test]
fn a_quicker_link_lets_nothing_overtake() {
    let mut world = connected(1);
    fault(&mut world, set(0, 1, 50, None));
    send(&mut world, 0, 0, 1);
    world.advance_to(world.now());
    fault(&mut world, set(0, 1, 1, None));
    send(&mut world, 0, 1, 1);
    run(&mut world, 100);
    let at = arrivals(&mut world);
    assert_eq!(at[0], at[1]);
}

//! A host's wall clock can be ahead and run fast; the lab's own time is the same everywhere.

use crate::toys::{Do, Told, call, fault, run, told, world};
use relevo_core::{Duration, Fault, HostId};

fn wall(world: &mut crate::toys::ToyWorld, host: u32) -> i64 {
    world.drain_trace();
    call(world, host, Do::AlarmIn(Duration::ZERO));
    run(world, 0);
    match told(world, host)[..] {
        [Told::Alarm { wall, .. }] => wall,
        _ => panic!("an alarm tells the time"),
    }
}

#[test]
fn skew_is_an_offset_and_a_drift_of_one_host() {
    let mut world = world(1, 2);
    let exact = wall(&mut world, 0);
    assert_eq!(exact, 1_700_000_000_001);
    fault(&mut world, Fault::SkewClock { node: HostId(0), offset_ms: -500, drift_ppm: 1_000 });
    assert_eq!(wall(&mut world, 0), exact - 500);
    run(&mut world, 100_000);
    assert_eq!(wall(&mut world, 1), exact + 100_000);
    assert_eq!(wall(&mut world, 0), exact - 500 + 100_000 + 100);
}

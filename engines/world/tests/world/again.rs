//! A turn comes 20 µs later, after all that was due before it; deadlines come at their instant.

use crate::toys::{Do, Told, call, run, told, world};
use relevo_core::{Duration, Instant, Kind};

#[test]
fn a_turn_comes_20_us_later_and_only_once() {
    let mut world = world(1, 1);
    world.drain_trace();
    call(&mut world, 0, Do::All(vec![Do::Again, Do::Again]));
    let asked = world.now();
    run(&mut world, 1);
    let events: Vec<_> = world.drain_trace().collect();
    let turns: Vec<_> = events.iter().filter(|e| e.kind == Kind::State(Told::Turn)).collect();
    assert_eq!(turns.len(), 1);
    assert_eq!(turns[0].at, asked + Duration::from_micros(20));
    let call = &events[0];
    assert_eq!(turns[0].causes[..], [call.seq], "it rests on the step that asked");
}

#[test]
fn a_turn_is_last_at_its_instant() {
    for seed in 0..20 {
        let mut world = world(seed, 1);
        world.drain_trace();
        let at_once = Do::AlarmIn(Duration::from_micros(20));
        call(&mut world, 0, Do::All(vec![Do::Again, at_once]));
        run(&mut world, 1);
        assert!(matches!(told(&mut world, 0)[..], [Told::Alarm { .. }, Told::Turn]));
    }
}

#[test]
fn a_deadline_moves_both_ways_and_fires_once() {
    let mut world = world(1, 1);
    let begun = world.now();
    for ms in [50, 90, 20, 30] {
        call(&mut world, 0, Do::AlarmIn(Duration::from_millis(ms)));
        world.advance_to(world.now());
    }
    assert_eq!(world.next_due(), Some(begun + Duration::from_millis(30)));
    world.drain_trace();
    run(&mut world, 1000);
    let alarms = told(&mut world, 0);
    let at = begun + Duration::from_millis(30);
    assert!(matches!(alarms[..], [Told::Alarm { at: fired, .. }] if fired == at));
    assert_eq!(world.next_due(), None);
}

#[test]
fn a_deadline_may_come_any_number_of_times() {
    let mut world = world(1, 1);
    world.set_trace(false);
    let begun = world.now();
    call(&mut world, 0, Do::AlarmEvery(Duration::from_millis(1)));
    run(&mut world, 30_000);
    assert!(world.now() >= begun + Duration::from_millis(30_000));
}

#[test]
#[should_panic = "host 0 sets its deadline to now for ever"]
fn a_deadline_that_comes_at_one_instant_for_ever_is_a_mistake() {
    let mut world = world(1, 1);
    world.set_trace(false);
    call(&mut world, 0, Do::AlarmEvery(Duration(0)));
    run(&mut world, 1);
}

#[test]
fn time_does_not_run_backwards() {
    let mut world = world(1, 1);
    let now = world.now();
    world.advance_to(Instant::ZERO);
    assert_eq!(world.now(), now);
}

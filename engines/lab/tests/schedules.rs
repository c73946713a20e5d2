//! A few schedules and simulations; the test command runs the standard seeds in release.

use relevo_core::{Duration, Instant};
use relevo_lab::schedule;
use relevo_lab::simulate::{self, Simulation, SimulationError};

#[test]
fn schedules_hold() {
    for seed in 1..4 {
        let outcome = schedule::run(seed, false, &mut |_, _| {});
        assert_eq!(outcome.broken(), None, "relevo simulate schedule --seed {seed}");
    }
}

#[test]
fn keeping_events_changes_nothing() {
    let [kept, unkept] = [true, false].map(|keep| schedule::run(2, keep, &mut |_, _| {}));
    assert_eq!((kept.events, kept.coverage), (unkept.events, unkept.coverage));
}

#[test]
fn a_simulation_is_the_same_every_time() {
    assert_eq!(simulate::hash_of(7), simulate::hash_of(7));
    assert_ne!(simulate::hash_of(7), simulate::hash_of(8));
}

#[test]
fn a_scenario_file_says_what_happens_when() {
    let text = r#"
        name = "two-crashes"
        scenario = "first-minute"
        seconds = 4
        [[commands]]
        at_ms = 2000
        command = "CrashNode"
        node = "leader"
        power_loss = true
        [[commands]]
        at_ms = 1000
        command = "Partition"
        groups = [["zookeeper-1", "zookeeper-2", "counter"], ["zookeeper-3"]]
        [[commands]]
        at_ms = 1500
        command = "Heal"
    "#;
    let simulation = Simulation::from_toml(text).unwrap();
    let at: Vec<Instant> = simulation.commands.iter().map(|(at, _)| *at).collect();
    assert_eq!(at, [1_000, 1_500, 2_000].map(|ms| Instant::ZERO + Duration::from_millis(ms)));
    let mut lines = 0;
    let report = simulate::run(&simulation, 1, &mut |event, lab| {
        assert!(!simulate::line(event, lab).is_empty());
        lines += 1;
    });
    assert!(report.holds(), "{}", report.text());
    assert_eq!(lines, report.events.0);
    let last: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
    assert_eq!((&last["verdict"], &last["seed"]), (&"ok".into(), &1.into()));
}

#[test]
fn a_scenario_file_that_cannot_be_run_says_why() {
    let unknown = Simulation::from_toml("name = 'x'\nscenario = 'y'\nseconds = 1");
    assert_eq!(unknown.err(), Some(SimulationError::UnknownScenario("y".into())));
    let node =
        "name = 'x'\nseconds = 1\n[[commands]]\nat_ms = 1\ncommand = 'PauseNode'\nnode = 'z'";
    let node = Simulation::from_toml(node);
    assert_eq!(node.err(), Some(SimulationError::UnknownNode("z".into())));
    assert!(matches!(
        Simulation::from_toml("name = 'x'\nseconds = 99999999"),
        Err(SimulationError::TooMuch { .. })
    ));
    assert!(matches!(Simulation::from_toml("seconds"), Err(SimulationError::Malformed(_))));
}

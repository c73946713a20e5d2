//! A few schedules and simulations; the test command runs the standard seeds in release.

use relevo_core::{Duration, Instant, Kind};
use relevo_lab::schedule::{self, Coverage};
use relevo_lab::simulate::{self, Simulation, SimulationError, Summary};
use relevo_lab::stream::Violation;

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
    let simulation = Simulation::from_toml(text, "two.toml").unwrap();
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
    assert_eq!(report.replay(), "relevo simulate two.toml --seed 1");
}

#[test]
fn a_scenario_file_that_cannot_be_run_says_why() {
    let of = |text| Simulation::from_toml(text, "x.toml");
    let unknown = of("name = 'x'\nscenario = 'y'\nseconds = 1");
    assert_eq!(unknown.err(), Some(SimulationError::UnknownScenario("y".into())));
    let node =
        "name = 'x'\nseconds = 1\n[[commands]]\nat_ms = 1\ncommand = 'PauseNode'\nnode = 'z'";
    let node = of(node);
    assert_eq!(node.err(), Some(SimulationError::UnknownNode("z".into())));
    assert!(matches!(of("name = 'x'\nseconds = 99999999"), Err(SimulationError::TooMuch { .. })));
    assert!(matches!(of("seconds"), Err(SimulationError::Malformed(_))));
}

/// A message is named by the number that the same seed gave it before.
#[test]
fn a_scenario_file_can_hold_a_message() {
    let file = |commands: &str| {
        let text = format!("name = 'x'\nscenario = 'first-minute'\nseconds = 3\n{commands}");
        Simulation::from_toml(&text, "hold.toml").unwrap()
    };
    let mut flight = None;
    let calm = simulate::run(&file(""), 3, &mut |event, _| {
        let late = event.at.as_millis() >= 1_000;
        if let (true, Kind::Sent { arrives, .. }) = (late, &event.kind)
            && arrives.since(event.at) >= Duration::from_millis(4)
        {
            flight.get_or_insert((event.seq.0, event.at.as_millis() + 2));
        }
    });
    let (message, at_ms) = flight.expect("the counter writes all the time");
    let hold = format!(
        "[[commands]]\nat_ms = {at_ms}\ncommand = 'HoldMessage'\nmessage = {message}\n\
         [[commands]]\nat_ms = {}\ncommand = 'ReleaseMessage'\nmessage = {message}",
        at_ms + 500
    );
    let mut delivered_ms = 0;
    let held = simulate::run(&file(&hold), 3, &mut |event, _| match event.kind {
        Kind::Delivered { message: sent, .. } if sent.0 == message => {
            delivered_ms = event.at.as_millis();
        }
        _ => {}
    });
    assert!(held.holds(), "{}", held.text());
    assert_eq!(delivered_ms, at_ms + 500);
    assert_ne!(calm.trace_hash, held.trace_hash);
}

#[test]
fn a_run_that_met_too_little_fails() {
    let schedules = Summary { schedules: true, ..Summary::default() };
    let rare = Summary { seeds: simulate::STANDARD_SEEDS, ..schedules.clone() };
    assert_eq!(rare.lacks().len(), 8, "{:?}", rare.lacks());
    assert!(!rare.holds());
    let few = Coverage {
        elections: 20,
        diff: 20,
        trunc: 19,
        snap: 20,
        inform: 20,
        torn_tails: 20,
        expired_sessions: 20,
        power_losses: 20,
        ..Coverage::default()
    };
    assert_eq!(Summary { coverage: few, ..rare.clone() }.lacks(), ["few TRUNC"]);
    let idle = vec![("fifo-client-order".into(), 0)];
    let idle = Summary { facts: idle, seeds: 1, ..schedules };
    assert!(!idle.holds(), "a checker that judged nothing proves nothing");
    let calm = Summary { schedules: false, ..idle };
    assert!(calm.holds(), "where nothing happens there is nothing to judge");
}

#[test]
fn a_failure_says_how_to_see_it_again() {
    let simulation = Simulation::named(simulate::SCHEDULE).unwrap();
    let mut report = simulate::run(&Simulation::named("single").unwrap(), 4, &mut |_, _| {});
    (report.given, report.scenario) = (simulation.given.clone(), simulation.given);
    let at = report.events;
    let what = "it was lost".into();
    report.verdicts[0].violation = Some(Violation { what, at, chain: vec![at] });
    assert!(!report.holds());
    assert!(report.text().contains("again: relevo simulate schedule --seed 4"));
    let last: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
    assert_eq!((&last["verdict"], &last["seed"]), (&"violated".into(), &4.into()));
}

#[test]
fn every_scenario_of_the_list_can_be_run() {
    let list = simulate::list();
    assert!(list.iter().any(|(name, _)| *name == simulate::SCHEDULE));
    for (name, about) in list {
        assert!(Simulation::named(name).is_some() && !about.is_empty(), "{name}");
    }
}

#[test]
fn a_command_that_cannot_be_carried_out_is_told() {
    let text = r#"
        scenario = "main"
        name = "restart"
        seconds = 3
        [[commands]]
        at_ms = 2000
        command = "RestartNode"
        node = "zookeeper-1"
    "#;
    let simulation = Simulation::from_toml(text, "restart.toml").unwrap();
    let report = simulate::run(&simulation, 1, &mut |_, _| {});
    assert!(report.refused[0].contains("2000 ms"), "{:?}", report.refused);
    assert!(report.text().contains("not done: ") && report.json().contains("\"refused\""));
}

#[test]
#[cfg_attr(target_arch = "wasm32", ignore = "a panic ends the program there")]
fn an_assertion_that_breaks_in_a_run_is_its_verdict() {
    let single = Simulation::named("single").unwrap();
    let report = simulate::run(&single, 4, &mut |_, _| panic!("planted"));
    let broken = report.broken().expect("it is a broken promise");
    assert_eq!((&*broken.checker, report.seed), ("no-assertion-breaks", 4));
    assert!(report.json().contains("planted") && report.text().contains(&report.replay()));
}

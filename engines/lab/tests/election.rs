//! The election recipe among clients, in a world that breaks.

use relevo_apps::{AppEvent, CandidateEvent, ConsoleCall};
use relevo_coordination::Request;
use relevo_core::{Duration, Fault, HostId, Kind, Origin, OutsideInput, Party};
use relevo_lab::{Belief, Call, ClientView, Event, Flight, Lab, ProcessState, Scenario, Work};
use relevo_world::Storage;

fn lab(seed: u64) -> Lab {
    let scenario = Scenario::named("z5").expect("it is built in");
    Lab::new(&scenario, seed, 1_700_000_000_000, Storage::Memory)
}

fn fault(lab: &mut Lab, fault: Fault) {
    lab.input(OutsideInput::Fault { fault, by: Origin::Hand }).expect("it can be done");
}

/// Whoever stands for election.
fn candidates(lab: &Lab) -> Vec<(HostId, &ClientView)> {
    let host = |party: &Party| match party {
        Party::Host(host) => Some(*host),
        Party::Outside(_) => None,
    };
    let clients = lab.scene().clients.iter();
    let stand = clients.filter(|(_, view)| matches!(view.work, Work::Candidate { .. }));
    stand.filter_map(|(party, view)| Some((host(party)?, view))).collect()
}

fn belief(view: &ClientView) -> &Belief {
    match &view.work {
        Work::Candidate { belief, .. } => belief,
        other => panic!("{} is no candidate but {other:?}", view.name),
    }
}

/// Whoever believes to lead, frozen ones included.
fn believers(lab: &Lab) -> Vec<HostId> {
    let believes = candidates(lab).into_iter().filter(|(_, view)| *belief(view) == Belief::Leads);
    believes.map(|(host, _)| host).collect()
}

/// Runs until `done` holds, for at most so long.
fn until(lab: &mut Lab, at_most_ms: u64, what: &str, done: impl Fn(&Lab) -> bool) {
    let end = lab.now() + Duration::from_millis(at_most_ms);
    while !done(lab) {
        assert!(lab.now() < end, "{what}: not within {at_most_ms} ms; {:?}", candidates(lab));
        let next = lab.now() + Duration::from_millis(10);
        lab.advance_to(next);
    }
}

fn has_settled(lab: &Lab) -> bool {
    let waits = |view: &ClientView| matches!(belief(view), Belief::Waits { .. });
    let running = candidates(lab)
        .into_iter()
        .filter(|(_, view)| view.state == ProcessState::Running && view.connected);
    let (leads, waiting): (Vec<_>, Vec<_>) =
        running.partition(|(_, view)| *belief(view) == Belief::Leads);
    leads.len() == 1 && waiting.iter().all(|(_, view)| waits(view))
}

/// What stands in `/leader`, at whichever server knows most.
fn leader_znode(lab: &Lab) -> Option<String> {
    let servers = lab.scene().servers.iter().filter_map(|view| lab.server(view.host));
    let most = servers.max_by_key(|server| server.service().last_applied)?;
    let node = most.service().tree.node("/leader")?;
    Some(String::from_utf8_lossy(node.data.as_deref().unwrap_or_default()).into_owned())
}

fn name(lab: &Lab, host: HostId) -> String {
    lab.scene().party_name(Party::Host(host)).to_string()
}

#[test]
fn one_leads_and_each_other_watches_the_one_before_it() {
    for seed in 1..12 {
        let mut lab = lab(seed);
        until(&mut lab, 3_000, "someone leads", has_settled);
        let mut line: Vec<(String, Option<String>)> = Vec::new();
        for (_, view) in candidates(&lab) {
            let Work::Candidate { path: Some(path), belief, .. } = &view.work else {
                panic!("seed {seed}: {view:?} does not stand")
            };
            let behind = match belief {
                Belief::Waits { behind } => Some(behind.to_string()),
                _ => None,
            };
            line.push((path.to_string(), behind));
        }
        line.sort_by_key(|(path, _)| path[path.len() - 10..].to_owned());
        for (at, (_, behind)) in line.iter().enumerate() {
            let before = at.checked_sub(1).map(|before| line[before].0.clone());
            assert_eq!(*behind, before, "seed {seed}: {line:?}");
        }
        until(&mut lab, 1_000, "it writes its name", |lab| {
            leader_znode(lab) == Some(name(lab, believers(lab)[0]))
        });
        assert!(!lab.is_violated(), "seed {seed}: {:?}", lab.verdicts());
    }
}

#[test]
fn the_next_in_line_leads_once_the_session_of_the_dead_has_expired() {
    for seed in 1..8 {
        let mut lab = lab(seed);
        until(&mut lab, 3_000, "someone leads", has_settled);
        let first = believers(&lab)[0];
        let died = lab.now();
        fault(&mut lab, Fault::Crash { node: first, power_loss: false });
        until(&mut lab, 8_000, "another one leads", |lab| {
            believers(lab).iter().any(|host| *host != first)
        });
        // A process that dies closes no session: the ensemble waits for it, as it must.
        assert!(lab.now().since(died) >= Duration::from_millis(2_000), "seed {seed}");
        fault(&mut lab, Fault::Restart { node: first });
        until(&mut lab, 6_000, "the restarted one waits in line again", |lab| {
            let waits = candidates(lab)
                .into_iter()
                .any(|(host, view)| host == first && matches!(belief(view), Belief::Waits { .. }));
            waits && has_settled(lab)
        });
    }
}

#[test]
fn a_frozen_leader_believes_on_while_another_one_leads() {
    for seed in 1..8 {
        let mut lab = lab(seed);
        until(&mut lab, 3_000, "someone leads", has_settled);
        let first = believers(&lab)[0];
        fault(&mut lab, Fault::Pause { node: first });
        until(&mut lab, 10_000, "two believe", |lab| believers(lab).len() == 2);
        until(&mut lab, 2_000, "the fence is the new one's", |lab| {
            leader_znode(lab).is_some_and(|written| written != name(lab, first))
        });
        let second = believers(&lab).into_iter().find(|host| *host != first).unwrap();
        let fenced = leader_znode(&lab);
        assert_eq!(fenced, Some(name(&lab, second)), "seed {seed}");
        let _ = lab.take_events();
        fault(&mut lab, Fault::Resume { node: first });
        until(&mut lab, 6_000, "the awakened one has understood", |lab| {
            let waits = |(host, view): (HostId, &ClientView)| {
                host == first && view.connected && matches!(belief(view), Belief::Waits { .. })
            };
            believers(lab) == [second] && has_settled(lab) && candidates(lab).into_iter().any(waits)
        });
        // Not by its own judgement alone: it tried to write, and was refused.
        let refused = lab.take_events().iter().any(|event| {
            let fenced = Event::App(AppEvent::Candidate(CandidateEvent::Fenced));
            event.party == Some(Party::Host(first)) && event.kind == Kind::State(fenced)
        });
        assert!(refused, "seed {seed}: the write of a leader of the past was refused");
        assert_eq!(leader_znode(&lab), fenced, "seed {seed}: what it wrote late does not count");
        assert!(!lab.is_violated(), "seed {seed}: {:?}", lab.verdicts());
    }
}

#[test]
fn whoever_is_cut_off_doubts_before_its_session_can_expire() {
    for seed in 1..8 {
        let mut lab = lab(seed);
        until(&mut lab, 3_000, "someone leads", has_settled);
        let first = believers(&lab)[0];
        let others = lab.hosts().iter().map(|host| host.id).filter(|host| *host != first).collect();
        fault(&mut lab, Fault::Partition { groups: vec![vec![first], others] });
        // Never two that run and believe.
        let end = lab.now() + Duration::from_millis(9_000);
        while lab.now() < end {
            let next = lab.now() + Duration::from_millis(5);
            lab.advance_to(next);
            assert!(believers(&lab).len() <= 1, "seed {seed}: {:?}", candidates(&lab));
        }
        assert!(believers(&lab)[0] != first, "seed {seed}: another one leads by now");
        fault(&mut lab, Fault::Heal);
        until(&mut lab, 6_000, "all stand in line again", |lab| {
            has_settled(lab) && candidates(lab).iter().all(|(_, view)| view.connected)
        });
    }
}

#[test]
fn nobody_stands_twice_in_line_whatever_happens_to_the_servers() {
    for seed in 1..12 {
        let mut lab = lab(seed);
        for round in 0..6 {
            let next = lab.now() + Duration::from_millis(90 + 37 * (seed + round));
            lab.advance_to(next);
            let node = HostId(((seed + round) % 3) as u32);
            fault(&mut lab, Fault::Crash { node, power_loss: true });
            let next = lab.now() + Duration::from_millis(700);
            lab.advance_to(next);
            fault(&mut lab, Fault::Restart { node });
        }
        until(&mut lab, 20_000, "someone leads", has_settled);
        let end = lab.now() + Duration::from_millis(6_000);
        lab.advance_to(end);
        let server = lab.server(HostId(0)).expect("it runs");
        let line = server.service().tree.node("/election").expect("it is there");
        assert_eq!(line.children.len(), 3, "seed {seed}: {:?}", line.children);
    }
}

#[test]
fn a_candidate_whose_znode_was_deleted_goes_to_the_end_of_the_line() {
    let scenario =
        Scenario { consoles: vec!["ana".into()], ..Scenario::named("z5").expect("it is built in") };
    let mut lab = Lab::new(&scenario, 3, 1_700_000_000_000, Storage::Memory);
    until(&mut lab, 3_000, "someone leads", |lab| believers(lab).len() == 1);
    let first = believers(&lab)[0];
    let (_, view) = candidates(&lab).into_iter().find(|(host, _)| *host == first).unwrap();
    let Work::Candidate { path: Some(path), .. } = view.work.clone() else { panic!("{view:?}") };
    let node = lab.host_named("ana").expect("she is there");
    let call = ConsoleCall::Request(Request::Delete { path: path.clone(), version: -1 });
    let input = OutsideInput::Call { node, call: Call::Console(call), by: Origin::Hand };
    lab.input(input).expect("she runs");
    // The next one leads; the one deposed learns it by the fence, and stands again behind.
    until(&mut lab, 6_000, "the deposed one stands anew", |lab| {
        let stands = candidates(lab).into_iter().any(|(host, view)| {
            let Work::Candidate { path: Some(now), .. } = &view.work else { return false };
            host == first && *now != path && matches!(belief(view), Belief::Waits { .. })
        });
        stands && believers(lab).len() == 1
    });
}

#[test]
fn a_candidate_that_may_stand_in_a_line_that_is_gone_makes_a_new_one() {
    let mut gone = 0;
    for seed in 1..8 {
        let scenario = Scenario {
            candidates: 1,
            consoles: vec!["ana".into()],
            ..Scenario::named("z5").expect("it is built in")
        };
        let mut lab = Lab::new(&scenario, seed, 1_700_000_000_000, Storage::Memory);
        let candidate = candidates(&lab)[0].0;
        let ana = lab.host_named("ana").expect("she is there");
        let asks_to_stand = |lab: &Lab| {
            let folder = lab.scene().znodes.at("/election");
            let asks = |flight: &Flight| {
                flight.from == Party::Host(candidate) && &*flight.label == "create"
            };
            folder.is_some() && lab.scene().flights.values().any(asks)
        };
        while !asks_to_stand(&lab) {
            assert!(lab.run_one(), "the lab goes on");
        }
        // Its server dies before that arrives; it is frozen until the folder is gone.
        let view = &lab.scene().clients[&Party::Host(candidate)];
        let node = view.server.expect("it asks somebody");
        fault(&mut lab, Fault::Crash { node, power_loss: false });
        let until_doubt = lab.now() + Duration::from_millis(5);
        lab.advance_to(until_doubt);
        fault(&mut lab, Fault::Pause { node: candidate });
        until(&mut lab, 6_000, "one leads again", |lab| {
            lab.scene().servers.iter().any(|view| view.host != node && view.serving)
        });
        let delete = Request::Delete { path: "/election".into(), version: -1 };
        let call = Call::Console(ConsoleCall::Request(delete));
        lab.input(OutsideInput::Call { node: ana, call, by: Origin::Hand }).expect("she runs");
        let later = lab.now() + Duration::from_millis(2_000);
        lab.advance_to(later);
        gone += u32::from(lab.scene().znodes.at("/election").is_none());
        fault(&mut lab, Fault::Resume { node: candidate });
        until(&mut lab, 15_000, "it leads", |lab| believers(lab).len() == 1);
    }
    assert!(gone > 0, "no folder went while someone might have stood there");
}

//! What the scene shows of znodes, sessions and watches, against what the servers have.

use relevo_apps::{ConsoleCall, Outcome, shell};
use relevo_coordination::{
    ErrorCode, Event as State, NodeKind, Request, SessionId, WatchKind, Znode,
};
use relevo_core::{Duration, Fault, HostId, Instant, Kind, Origin, OutsideInput, Party};
use relevo_lab::{
    Call, Event, Lab, Scenario, Scene, SessionView, WatchState, WatchView, What, Work, ZNODES_KEPT,
    ZnodeView,
};
use relevo_world::Storage;
use std::sync::Arc;

fn lab(scenario: Scenario, seed: u64) -> Lab {
    Lab::new(&scenario, seed, 1_700_000_000_000, Storage::Memory)
}

fn z3(seed: u64) -> Lab {
    let mut lab = lab(Scenario::named("z3").expect("it is built in"), seed);
    run(&mut lab, 1_500);
    lab
}

fn run(lab: &mut Lab, ms: u64) {
    let until = lab.now() + Duration::from_millis(ms);
    lab.advance_to(until);
}

fn fault(lab: &mut Lab, fault: Fault) {
    lab.input(OutsideInput::Fault { fault, by: Origin::Hand }).expect("it can be done");
}

fn ask_request(lab: &mut Lab, who: &str, request: Request) {
    let node = lab.host_named(who).expect("the client is there");
    let call = Call::Console(ConsoleCall::Request(request));
    lab.input(OutsideInput::Call { node, call, by: Origin::Hand }).expect("it runs");
}

/// Asks, and lets a third of a second pass.
fn ask(lab: &mut Lab, who: &str, line: &str) {
    ask_request(lab, who, shell::parse(line).expect("a line of the shell"));
    run(lab, 300);
}

fn session(lab: &Lab, who: &str) -> (SessionId, SessionView) {
    let party = Party::Host(lab.host_named(who).expect("the client is there"));
    let of = |view: &SessionView| view.client == Some(party);
    let found = lab.scene().sessions.iter().find(|(_, view)| of(view));
    let (session, view) = found.unwrap_or_else(|| panic!("{who} has no session"));
    (*session, view.clone())
}

fn watch(lab: &Lab, who: &str, path: &str, kind: WatchKind) -> WatchView {
    let (session, _) = session(lab, who);
    let found = lab.scene().watches.get(&(path.into(), session, kind));
    found.cloned().unwrap_or_else(|| panic!("{who} does not watch {path}: {kind:?}"))
}

fn alike(path: &str, seen: &ZnodeView, node: &Znode) {
    assert_eq!(seen.stat(), node.stat(), "{path}");
    assert_eq!(seen.stored.kind, node.stat.kind, "{path}");
    assert_eq!(seen.data, node.data, "{path}");
    let acl = seen.acl.clone().unwrap_or_else(relevo_coordination::service::open_acl);
    assert_eq!(acl, node.acl, "{path}");
}

/// Compares with the server that has applied as much as the scene shows; whether there is one.
fn compare(lab: &Lab) -> bool {
    let znodes = &lab.scene().znodes;
    let servers = lab.scene().servers.iter().filter_map(|view| lab.server(view.host));
    let Some(server) = servers
        .filter(|server| server.serving())
        .find(|server| server.service().last_applied == znodes.zxid)
    else {
        return false;
    };
    let tree = &server.service().tree;
    assert_eq!(znodes.len() as u64 + znodes.beyond, tree.len() as u64);
    for (path, seen) in znodes.iter() {
        let stored = tree.node(path).unwrap_or_else(|| panic!("{path} is not there"));
        alike(path, seen, stored);
        let children: Vec<&str> =
            znodes.children(path).filter_map(|(child, _)| child.rsplit('/').next()).collect();
        let theirs: Vec<&str> = stored.children.iter().map(|it| &**it).collect();
        assert_eq!(children, theirs, "{path}");
    }
    let sessions: Vec<SessionId> = server.service().sessions.keys().copied().collect();
    assert_eq!(lab.scene().sessions.keys().copied().collect::<Vec<_>>(), sessions);
    true
}

#[test]
fn the_scene_shows_the_servers_own_tree_whatever_breaks() {
    let mut compared = 0;
    for seed in 1..5 {
        let scenario = Scenario {
            workloads: 4,
            candidates: 2,
            snap_count: 60,
            committed_kept: 20,
            ..Scenario::named("z2").expect("it is built in")
        };
        let mut lab = lab(scenario, seed);
        for round in 0..10_u64 {
            run(&mut lab, 900 + 130 * ((seed + round) % 5));
            compared += u32::from(compare(&lab));
            let node = HostId(((seed * 7 + round) % 3) as u32);
            let power_loss = (seed + round) % 2 == 0;
            fault(&mut lab, Fault::Crash { node, power_loss });
            if round == 4 {
                // All at once: what was committed comes back by replay alone.
                for other in (0..3).map(HostId).filter(|other| *other != node) {
                    fault(&mut lab, Fault::Crash { node: other, power_loss: true });
                    fault(&mut lab, Fault::Restart { node: other });
                }
            }
            run(&mut lab, 700);
            compared += u32::from(compare(&lab));
            fault(&mut lab, Fault::Restart { node });
        }
        assert!(!lab.scene().znodes.partial, "seed {seed}");
    }
    assert!(compared > 30, "the scene could be compared only {compared} times");
}

#[test]
fn every_kind_of_znode_is_shown_as_the_servers_have_it() {
    let mut lab = z3(2);
    for line in [
        "create /p data",
        "create -e /e",
        "create -s /p/s- x",
        "create -c /c",
        "create -t 60000 /t",
        "multi create /m one ; set -v 0 /m two ; delete /p/s-0000000000",
        "multi create /n one ; delete /nothing",
        "addauth digest ana:secret",
        "setAcl /p auth::cdrwa",
    ] {
        ask(&mut lab, "ana", line);
    }
    assert!(compare(&lab));
    let kind = |path: &str| lab.scene().znodes.at(path).map(|view| view.stored.kind);
    assert_eq!(kind("/e"), Some(NodeKind::Ephemeral(session(&lab, "ana").0)));
    assert_eq!(kind("/c"), Some(NodeKind::Container));
    assert_eq!(kind("/t"), Some(NodeKind::Ttl { ttl_ms: 60_000 }));
    assert_eq!(
        lab.scene().znodes.at("/m").and_then(|view| view.data.as_deref()),
        Some(&b"two"[..])
    );
    assert_eq!(kind("/n"), None, "a multi is all or nothing");
}

/// Some characters sort before the `/` of what stands below.
#[test]
fn no_znode_hides_those_whose_names_begin_as_its_own() {
    let mut lab = z3(2);
    for path in ["/app", "/app/x", "/app/x/y", "/app-2", "/app-2/z", "/app.3", "/apq"] {
        ask(&mut lab, "ana", &format!("create {path}"));
    }
    assert!(compare(&lab));
    let begin = |start| {
        let found = lab.scene().znodes.children_from("/", start);
        found.map(|(path, _)| path.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(begin("app"), ["/app", "/app-2", "/app.3"]);
    assert_eq!(begin("app-"), ["/app-2"]);
    assert!(begin("b").is_empty());
}

#[test]
fn a_client_that_asks_remembers_what_was_said() {
    let mut lab = z3(5);
    ask(&mut lab, "ana", "create /a 0");
    ask(&mut lab, "beto", "get -w /a");
    ask(&mut lab, "ana", "set -v 7 /a 1");
    ask(&mut lab, "ana", "set /a 1");
    let said = |who: &str| {
        let party = Party::Host(lab.host_named(who).unwrap());
        let Work::Console { said, .. } = &lab.scene().clients[&party].work else { panic!("{who}") };
        said.iter().map(|said| said.what.clone()).collect::<Vec<_>>()
    };
    let refused = |what: &What| {
        let bad = ErrorCode::BadVersion;
        matches!(what, What::Asked { outcome: Some(Outcome::Refused { error, .. }), .. } if *error == bad)
    };
    assert_eq!(said("ana").iter().filter(|what| refused(what)).count(), 1);
    let told = |what: &What| matches!(what, What::Told(event) if &*event.path == "/a");
    assert_eq!(said("beto").iter().filter(|what| told(what)).count(), 1);
}

#[test]
fn folding_the_events_again_shows_the_same() {
    let mut lab = z3(5);
    for line in ["create -e /a x", "get -w /a", "create /b", "ls -w /", "create /c"] {
        ask(&mut lab, "ana", line);
        ask(&mut lab, "beto", line);
    }
    let (mut scene, events) = lab.history();
    assert!(scene.seq < lab.seq(), "there is something to fold");
    events.iter().for_each(|event| scene.apply(event));
    assert_eq!(&scene, lab.scene());
    let fork = lab.fork(lab.now()).expect("it lives in memory");
    assert_eq!(fork.scene().znodes, scene.znodes);
    assert_eq!(fork.scene().watches, scene.watches);
    let bytes = postcard::to_stdvec(&scene).expect("a scene has a postcard form");
    assert_eq!(postcard::from_bytes::<Scene>(&bytes).expect("it is one"), scene);
}

/// When a session's expiry was found, by the trace.
fn expiry(lab: &mut Lab, session: SessionId) -> Option<Instant> {
    lab.take_events().iter().find_map(|event| match &event.kind {
        Kind::State(Event::Coordination(State::SessionExpired { session: of })) => {
            (*of == session).then_some(event.at)
        }
        _ => None,
    })
}

#[test]
fn a_sessions_clock_says_when_it_runs_out() {
    for seed in 1..7 {
        let mut lab = z3(seed);
        ask(&mut lab, "ana", "create -e /here");
        let (id, before) = session(&lab, "ana");
        run(&mut lab, 4_700);
        let (_, later) = session(&lab, "ana");
        assert!(later.heard > before.heard, "seed {seed}: its pings keep it alive");
        let node = lab.host_named("ana").unwrap();
        fault(&mut lab, Fault::Crash { node, power_loss: false });
        lab.take_events();
        // The last word may still be on its way, by a server that tells it at the next ping.
        run(&mut lab, 1_500);
        let promised = session(&lab, "ana").1.runs_out();
        run(&mut lab, 6_000);
        let found = expiry(&mut lab, id).expect("it expires");
        assert_eq!(found, promised, "seed {seed}");
        let past = lab.scene().past_sessions.back().expect("it is over");
        assert_eq!((past.session, past.expired), (id, true), "seed {seed}");
        assert!(lab.scene().znodes.at("/here").is_none(), "seed {seed}: its ephemeral with it");
    }
}

#[test]
fn a_new_leader_gives_every_session_its_whole_time() {
    let mut lab = z3(4);
    let node = lab.host_named("ana").unwrap();
    let (id, _) = session(&lab, "ana");
    fault(&mut lab, Fault::Pause { node });
    run(&mut lab, 1_500);
    let leader = lab.scene().leader().expect("someone leads").host;
    fault(&mut lab, Fault::Crash { node: leader, power_loss: false });
    run(&mut lab, 1_500);
    assert!(lab.scene().leader().is_some(), "another one leads");
    let promised = session(&lab, "ana").1.runs_out();
    lab.take_events();
    run(&mut lab, 6_000);
    assert_eq!(expiry(&mut lab, id), Some(promised));
}

#[test]
fn a_session_closed_by_its_client_did_not_expire() {
    let mut lab = z3(6);
    let (id, _) = session(&lab, "beto");
    ask(&mut lab, "beto", "close");
    let past = lab.scene().past_sessions.back().expect("it is over");
    assert_eq!((past.session, past.expired), (id, false));
    ask(&mut lab, "beto", "create -e /again");
    assert_ne!(session(&lab, "beto").0, id, "asked again, it begins another one");
}

#[test]
fn a_standard_watch_tells_once_and_misses_the_rest() {
    let mut lab = z3(3);
    ask(&mut lab, "ana", "create /a 0");
    ask(&mut lab, "beto", "get -w /a");
    let set = watch(&lab, "beto", "/a", WatchKind::Data);
    assert_eq!((set.state, set.sets, set.fires), (WatchState::Set, 1, 0));
    for number in 1..4 {
        ask(&mut lab, "ana", &format!("set /a {number}"));
    }
    let fired = watch(&lab, "beto", "/a", WatchKind::Data);
    assert_eq!((fired.state, fired.fires, fired.missed), (WatchState::Fired, 1, 2));
    ask(&mut lab, "beto", "get -w /a");
    let again = watch(&lab, "beto", "/a", WatchKind::Data);
    assert_eq!((again.state, again.sets, again.missed), (WatchState::Set, 2, 0));
}

#[test]
fn what_the_leader_applies_before_a_follower_fires_is_missed_all_the_same() {
    for seed in 1..12 {
        let mut lab = z3(seed);
        ask(&mut lab, "ana", "create /a 0");
        ask(&mut lab, "beto", "get -w /a");
        for number in 1..4 {
            let line = format!("set /a {number}");
            ask_request(&mut lab, "ana", shell::parse(&line).expect("a line of the shell"));
        }
        run(&mut lab, 2_000);
        let fired = watch(&lab, "beto", "/a", WatchKind::Data);
        assert_eq!((fired.fires, fired.missed), (1, 2), "seed {seed}");
    }
}

#[test]
fn persistent_watches_stay_and_go_when_removed() {
    let mut lab = z3(3);
    ask(&mut lab, "ana", "create /a 0");
    ask(&mut lab, "beto", "addWatch /a");
    ask(&mut lab, "beto", "ls -w /");
    ask(&mut lab, "ana", "create /a/b");
    ask(&mut lab, "ana", "set /a/b 1");
    let recursive = watch(&lab, "beto", "/a", WatchKind::PersistentRecursive);
    assert_eq!((recursive.state, recursive.fires), (WatchState::Set, 2));
    ask(&mut lab, "beto", "removewatches -a /a");
    assert_eq!(lab.scene().watches_on(&Arc::from("/a")).count(), 0);
    assert_eq!(lab.scene().watches_on(&Arc::from("/")).count(), 1, "others stay");
}

#[test]
fn watches_are_lost_with_their_server_and_set_again_at_the_next() {
    let mut lab = z3(8);
    ask(&mut lab, "ana", "create /a 0");
    ask(&mut lab, "beto", "get -w /a");
    let server = session(&lab, "beto").1.server.expect("it is connected");
    fault(&mut lab, Fault::Crash { node: server, power_loss: false });
    assert_eq!(watch(&lab, "beto", "/a", WatchKind::Data).state, WatchState::Lost);
    run(&mut lab, 3_000);
    let again = watch(&lab, "beto", "/a", WatchKind::Data);
    assert_eq!((again.state, again.sets), (WatchState::Set, 2));
}

#[test]
fn a_crowd_of_znodes_is_capped_counted_and_cheap() {
    let mut lab = z3(1);
    ask(&mut lab, "ana", "create /crowd");
    let long = "x".repeat(2_000);
    for batch in 0..60 {
        let part = |number: u32| {
            let line = format!("create /crowd/n{:05} {long}", batch * 100 + number);
            shell::parse(&line).expect("a line of the shell")
        };
        ask_request(&mut lab, "ana", Request::Multi((0..100).map(part).collect()));
        run(&mut lab, 200);
    }
    let znodes = &lab.scene().znodes;
    assert_eq!(znodes.len(), ZNODES_KEPT);
    assert_eq!(znodes.beyond, 6_000 + 5 - ZNODES_KEPT as u64);
    assert_eq!(znodes.at("/crowd").map(|view| view.children), Some(6_000));
    let bytes = postcard::to_stdvec(lab.scene()).expect("a scene has a postcard form").len();
    assert!(bytes < 1_500_000, "{bytes} bytes travel to a page that opens");
    ask(&mut lab, "ana", "delete /crowd/n05999");
    assert_eq!(lab.scene().znodes.beyond, 6_000 + 4 - ZNODES_KEPT as u64);
    assert!(compare_counts(&lab));
}

fn compare_counts(lab: &Lab) -> bool {
    let znodes = &lab.scene().znodes;
    let servers = lab.scene().servers.iter().filter_map(|view| lab.server(view.host));
    let most = servers.max_by_key(|server| server.service().last_applied).expect("one runs");
    most.service().tree.len() as u64 == znodes.len() as u64 + znodes.beyond
}

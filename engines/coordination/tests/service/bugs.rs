//! Each planted mistake can be seen by a client.

use crate::harness::*;
use relevo_coordination::{Bug, ErrorCode, Life, Message, Request};

fn bench(bug: Bug) -> Bench {
    Bench::with(|config| config.bug = Some(bug))
}

#[test]
fn the_watch_comes_after_the_reply() {
    let mut bench = bench(Bug::WatchAfterReply);
    let client = bench.session();
    bench.call(&client, exists("/a", true)).unwrap_err();
    bench.ask(&client, 1, create("/a", ""));
    assert!(matches!(bench.take(client.conn)[..], [Message::Response { .. }, Message::Watch(_)]));
}

#[test]
fn the_ephemeral_survives_its_session() {
    let mut bench = bench(Bug::EphemeralSurvives);
    let client = bench.session();
    bench.call(&client, create_as("/e", "", Life::Ephemeral)).unwrap();
    bench.call(&client, Request::CloseSession).unwrap();
    assert!(bench.service.tree.node("/e").is_some());
}

#[test]
fn the_ephemeral_dies_with_the_connection() {
    let mut bench = bench(Bug::EphemeralDiesOnDisconnect);
    let client = bench.session();
    bench.call(&client, create_as("/e", "", Life::Ephemeral)).unwrap();
    bench.lose(client.conn);
    assert!(bench.service.tree.node("/e").is_none());
    assert_eq!(bench.service.sessions.len(), 1);
}

#[test]
fn the_version_is_not_checked() {
    let mut bench = bench(Bug::VersionUnchecked);
    let client = bench.session();
    bench.call(&client, create("/a", "")).unwrap();
    assert!(bench.call(&client, set("/a", "", 77)).is_ok());
}

#[test]
fn the_sequential_number_is_given_again() {
    let mut bench = bench(Bug::SequenceReused);
    let client = bench.session();
    bench.call(&client, create("/q", "")).unwrap();
    for _ in 0..2 {
        let created = bench.call(&client, create_sequential("/q/n-", Life::Persistent));
        assert_eq!(created, path("/q/n-0000000000"));
        bench.call(&client, delete("/q/n-0000000000", -1)).unwrap();
    }
}

#[test]
fn the_standard_watch_fires_twice() {
    let mut bench = bench(Bug::WatchFiresTwice);
    let client = bench.session();
    bench.call(&client, create("/a", "")).unwrap();
    bench.call(&client, get("/a", true)).unwrap();
    bench.call(&client, set("/a", "", -1)).unwrap();
    bench.call(&client, set("/a", "", -1)).unwrap();
    assert_eq!(bench.watched(&client).len(), 2);
}

#[test]
fn the_read_overtakes_the_write() {
    let mut bench = bench(Bug::ReadOvertakesWrite);
    let client = bench.session();
    bench.hold = true;
    bench.ask(&client, 1, create("/a", ""));
    bench.ask(&client, 2, get("/a", false));
    let error = ErrorCode::NoNode;
    let sent = bench.take(client.conn);
    assert!(matches!(sent[..], [Message::Response { xid: 2, error: e, .. }] if e == error));
}

#[test]
fn the_session_expires_although_a_learner_heard_it() {
    let mut bench = bench(Bug::SessionExpiresEarly);
    let client = bench.session_of(4_000);
    let session = client.granted.session;
    for _ in 0..2 {
        bench.wait_ms(2_000);
        bench.step(|service, now, _| service.touch(now, session, 4_000));
    }
    bench.due();
    assert!(bench.service.sessions.is_empty());
}

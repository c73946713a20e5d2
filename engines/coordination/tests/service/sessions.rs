//! Sessions: made, kept, moved, expired and closed.

use crate::harness::*;
use relevo_coordination::{
    ConnectRequest, ErrorCode, Event, LearnerRequest, Life, Message, Request, Response, SessionId,
    SubmissionKind, Zxid,
};

#[test]
fn timeouts_are_negotiated_between_two_and_twenty_ticks() {
    let mut bench = Bench::new();
    for (asked, granted) in [(0, 4_000), (-5, 4_000), (10_000, 10_000), (i32::MAX, 40_000)] {
        assert_eq!(bench.session_of(asked).granted.timeout_ms, granted);
    }
}

#[test]
fn ids_carry_the_server_and_passwords_are_those_of_zookeeper() {
    let mut bench = Bench::new();
    let (one, two) = (bench.session().granted, bench.session().granted);
    assert_eq!((one.session.0 as u64) >> 56, 1);
    assert_eq!(two.session.0, one.session.0 + 1);
    assert_eq!(one.password.len(), 16);
    assert_ne!(one.password, two.password);
    assert_eq!((one.read_only, one.protocol_version), (None, 0));
}

#[test]
fn a_lost_connection_ends_no_session() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.call(&client, create_as("/e", "", Life::Ephemeral)).unwrap();
    bench.lose(client.conn);
    bench.wait_ms(9_000);
    let (_, granted) = bench.reconnect(&client);
    assert_eq!(granted, Some(client.granted.clone()));
    bench.wait_ms(9_000);
    assert!(bench.service.tree.node("/e").is_some());
    let resumed = |event: &Event| matches!(event, Event::SessionAttached { resumed: true, .. });
    assert!(bench.events.iter().any(resumed));
}

#[test]
fn silence_for_the_whole_timeout_ends_it() {
    let mut bench = Bench::new();
    let (client, other) = (bench.session_of(4_000), bench.session_of(40_000));
    let mine = bench.call(&client, create_as("/e", "", Life::Ephemeral));
    assert_eq!(mine, path("/e"));
    bench.call(&other, exists("/e", true)).unwrap();
    bench.wait_ms(3_999);
    assert!(!bench.is_closed(client.conn));
    bench.wait_ms(1);
    assert!(bench.is_closed(client.conn));
    assert_eq!(bench.watched(&other).len(), 1, "its ephemeral is gone with it");
    let expired = Event::SessionExpired { session: client.granted.session };
    assert_eq!(bench.events.iter().filter(|event| **event == expired).count(), 1);
    let (conn, granted) = bench.reconnect(&client);
    let granted = granted.unwrap();
    assert_eq!((granted.session, granted.timeout_ms), (SessionId(0), 0));
    assert_eq!(&granted.password[..], [0; 16]);
    assert!(bench.is_closed(conn));
}

#[test]
fn pings_keep_it_alive() {
    let mut bench = Bench::new();
    let client = bench.session_of(4_000);
    for _ in 0..10 {
        bench.wait_ms(3_900);
        bench.ask(&client, -2, Request::Ping);
    }
    assert!(!bench.is_closed(client.conn));
    assert_eq!(bench.service.sessions.len(), 1);
}

#[test]
fn the_deadline_is_never_late() {
    let mut bench = Bench::new();
    bench.session_of(4_000);
    let first = bench.service.deadline().unwrap();
    assert_eq!(first.as_millis(), 4_000);
    bench.session_of(40_000);
    assert_eq!(bench.service.deadline(), Some(first));
}

#[test]
fn a_new_leader_grants_the_whole_timeout_anew() {
    let mut bench = Bench::new();
    let client = bench.session_of(4_000);
    bench.wait_ms(3_000);
    bench.step(|service, now, _| service.start_tracking(now));
    bench.wait_ms(3_000);
    assert_eq!(bench.service.sessions.get(&client.granted.session), Some(&4_000));
    bench.wait_ms(1_000);
    assert!(bench.service.sessions.is_empty());
}

#[test]
fn a_stranger_cannot_take_it() {
    let mut bench = Bench::new();
    let client = bench.session();
    let (conn, granted) = bench.connect(ConnectRequest {
        session: client.granted.session,
        password: vec![0; 16].into(),
        read_only: Some(false),
        ..ConnectRequest::default()
    });
    let granted = granted.unwrap();
    assert_eq!((granted.session, granted.read_only), (SessionId(0), Some(false)));
    assert!(bench.is_closed(conn));
    assert!(!bench.is_closed(client.conn), "its own client keeps it");
}

#[test]
fn its_next_connection_closes_the_one_before() {
    let mut bench = Bench::new();
    let client = bench.session();
    let (conn, granted) = bench.reconnect(&client);
    assert_eq!(granted.unwrap().session, client.granted.session);
    assert!(bench.is_closed(client.conn) && !bench.is_closed(conn));
}

#[test]
fn a_client_from_the_future_is_sent_elsewhere() {
    let mut bench = Bench::new();
    let ahead = Zxid(bench.service.last_applied.0 + 1);
    let (conn, granted) =
        bench.connect(ConnectRequest { last_zxid_seen: ahead, ..ConnectRequest::default() });
    assert_eq!(granted, None);
    assert!(bench.is_closed(conn));
}

#[test]
fn closing_deletes_what_is_there_and_what_is_on_its_way() {
    let mut bench = Bench::new();
    let client = bench.session();
    for name in ["/e1", "/e2"] {
        bench.call(&client, create_as(name, "", Life::Ephemeral)).unwrap();
    }
    bench.hold = true;
    bench.ask(&client, 1, create_as("/e3", "", Life::Ephemeral));
    bench.ask(&client, 2, delete("/e1", -1));
    bench.ask(&client, 3, create("/stays", ""));
    bench.ask(&client, 4, Request::CloseSession);
    bench.ask(&client, 5, create_as("/e4", "", Life::Ephemeral));
    let held: Vec<_> = bench.held.drain(..).collect();
    let txns: Vec<_> = held.iter().map(|submission| bench.prepare(submission)).collect();
    let paths = relevo_coordination::TxnBody::CloseSession {
        paths: Some(vec!["/e2".into(), "/e3".into()]),
    };
    assert_eq!(txns[3].body, paths);
    for txn in &txns {
        bench.apply(txn);
    }
    assert!(bench.is_closed(client.conn));
    let answered = bench.take(client.conn);
    assert!(matches!(
        answered.last(),
        Some(Message::Response { xid: 4, error: ErrorCode::Ok, body: Response::Empty, .. })
    ));
    let tree = &bench.service.tree;
    assert_eq!(tree.ephemerals(client.granted.session).count(), 0);
    assert!(tree.node("/stays").is_some() && tree.node("/e4").is_none());
}

#[test]
fn what_is_said_before_the_session_stands_waits_for_it() {
    let mut bench = Bench::new();
    bench.hold = true;
    let conn = bench.connect_raw();
    bench.say(conn, Message::Connect(ConnectRequest::default()));
    bench.say(conn, Message::Request { xid: 1, request: create("/a", "") });
    bench.say(conn, Message::Request { xid: 2, request: get("/a", false) });
    bench.hold = false;
    bench.due();
    let sent = bench.take(conn);
    assert!(matches!(sent[0], Message::Connected(_)));
    assert!(matches!(sent[1], Message::Response { xid: 1, error: ErrorCode::Ok, .. }));
    assert!(matches!(sent[2], Message::Response { xid: 2, error: ErrorCode::Ok, .. }));
}

#[test]
fn a_learner_asks_its_leader_and_tells_whom_it_heard() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.lose(client.conn);
    bench.hold = true;
    bench.step(|service, _, _| service.stop_tracking());
    let (conn, granted) = bench.reconnect(&client);
    assert_eq!(granted, None, "the leader has not answered yet");
    let asked = bench.held.pop_front().unwrap();
    assert_eq!(asked.request, SubmissionKind::Revalidate { timeout_ms: 10_000 });
    let session = client.granted.session;
    bench.step(|service, now, out| service.revalidated(now, session, true, out));
    assert_eq!(bench.connected(conn).unwrap().session, session);
    assert_eq!(bench.service.heard(), [(session, 10_000)]);
    assert_eq!(bench.service.heard(), []);
    let moved = Session { conn, granted: client.granted.clone() };
    bench.ask(&moved, -2, Request::Ping);
    assert_eq!(bench.service.heard(), [(session, 10_000)]);
    let (late, _) = bench.reconnect(&client);
    bench.step(|service, now, out| service.revalidated(now, session, false, out));
    assert_eq!(bench.connected(late).unwrap().session, SessionId(0));
}

#[test]
fn a_server_that_stops_serving_closes_everyone() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.step(|service, now, out| service.set_serving(now, None, out));
    assert!(bench.is_closed(client.conn));
    let (conn, granted) = bench.reconnect(&client);
    assert!(granted.is_none() && bench.is_closed(conn));
}

#[test]
fn connections_from_one_address_are_limited() {
    let mut bench = Bench::with(|config| config.max_client_connections = 2);
    let conns: Vec<_> = (0..3).map(|_| bench.connect_from("10.0.0.1")).collect();
    let other = bench.connect_from("10.0.0.2");
    let closed: Vec<bool> = conns.iter().map(|conn| bench.is_closed(*conn)).collect();
    assert_eq!((closed, bench.is_closed(other)), (vec![false, false, true], false));
    bench.lose(conns[0]);
    let again = bench.connect_from("10.0.0.1");
    assert!(!bench.is_closed(again));
}

#[test]
fn empty_containers_and_outlived_ttls_are_removed() {
    let mut bench = Bench::new();
    let client = bench.session_of(40_000);
    bench.call(&client, create_as("/used", "", Life::Container)).unwrap();
    bench.call(&client, create_as("/fresh", "", Life::Container)).unwrap();
    bench.call(&client, create_as("/full", "", Life::Container)).unwrap();
    bench.call(&client, create_as("/ttl", "", Life::Ttl { ttl_ms: 30_000 })).unwrap();
    for parent in ["/used", "/full"] {
        bench.call(&client, create(&format!("{parent}/c"), "")).unwrap();
    }
    bench.call(&client, delete("/used/c", -1)).unwrap();
    for _ in 0..4 {
        bench.wait_ms(20_000);
        bench.ask(&client, -2, Request::Ping);
        bench.due();
    }
    let there = |bench: &Bench, path: &str| bench.service.tree.node(path).is_some();
    assert!(!there(&bench, "/used") && !there(&bench, "/ttl"));
    assert!(there(&bench, "/fresh") && there(&bench, "/full"));
    for _ in 0..20 {
        bench.wait_ms(20_000);
        bench.ask(&client, -2, Request::Ping);
        bench.due();
    }
    assert!(!there(&bench, "/fresh"), "no one came to use it");
}

#[test]
fn ten_thousand_sessions_expire_in_slices() {
    let mut bench = Bench::with(|config| config.max_client_connections = 0);
    let sessions: Vec<Session> = (0..10_000).map(|_| bench.session_of(4_000)).collect();
    bench.at = bench.service.deadline().unwrap();
    let mut slices = 0;
    while bench.service.deadline().is_some_and(|at| at <= bench.at) {
        let mut due = Vec::new();
        bench.step(|service, now, out| due = service.due(now, out));
        assert!(due.len() <= 256, "one step's work is bounded");
        let close = SubmissionKind::Order(LearnerRequest::Client(Request::CloseSession));
        assert!(due.iter().all(|submission| submission.request == close));
        bench.held.extend(due);
        bench.due();
        slices += 1;
    }
    assert!(slices > 10);
    assert!(sessions.iter().all(|session| bench.is_closed(session.conn)));
}

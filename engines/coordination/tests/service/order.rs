//! FIFO client order: answers leave in the order of the requests, and reads follow the client's own
//! writes.

use crate::harness::*;
use relevo_coordination::{ErrorCode, Message, Request, Response};

fn xids(bench: &mut Bench, client: &Session) -> Vec<i32> {
    let sent = bench.take(client.conn).into_iter();
    sent.filter_map(|message| match message {
        Message::Response { xid, .. } => Some(xid),
        _ => None,
    })
    .collect()
}

#[test]
fn a_read_waits_for_the_clients_own_write() {
    let mut bench = Bench::new();
    let (client, other) = (bench.session(), bench.session());
    bench.hold = true;
    bench.ask(&client, 1, create("/a", "new"));
    bench.ask(&client, 2, get("/a", false));
    bench.ask(&client, 3, Request::Sync { path: "/".into() });
    bench.ask(&client, 4, get("/a", false));
    bench.ask(&other, 1, exists("/a", false));
    assert_eq!(xids(&mut bench, &other), [1], "others do not wait");
    assert_eq!(xids(&mut bench, &client), []);
    bench.order();
    assert_eq!(xids(&mut bench, &client), [1, 2]);
    bench.order();
    assert_eq!(xids(&mut bench, &client), [3, 4]);
}

#[test]
fn pings_wait_for_nothing() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.hold = true;
    bench.ask(&client, 1, create("/a", ""));
    bench.ask(&client, -2, Request::Ping);
    assert_eq!(xids(&mut bench, &client), [-2]);
}

#[test]
fn every_answer_carries_the_last_zxid_applied() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.ask(&client, 1, create("/a", ""));
    bench.ask(&client, 2, delete("/x", -1));
    bench.ask(&client, 3, get("/a", false));
    let zxid = bench.service.last_applied.0;
    let zxids: Vec<u64> = bench
        .take(client.conn)
        .iter()
        .map(|message| match message {
            Message::Response { zxid, .. } => zxid.0,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(zxids, [zxid - 1, zxid, zxid]);
}

#[test]
fn a_blocked_client_is_answered_once_it_reads_again() {
    let mut bench = Bench::new();
    let client = bench.session();
    let conn = client.conn;
    bench.step(|service, now, out| service.blocked(now, conn, out));
    bench.ask(&client, 1, exists("/", false));
    bench.ask(&client, 2, create("/a", ""));
    bench.ask(&client, 3, exists("/a", false));
    assert_eq!(xids(&mut bench, &client), []);
    bench.step(|service, now, out| service.writable(now, conn, out));
    assert_eq!(xids(&mut bench, &client), [1, 2, 3]);
}

#[test]
fn what_is_not_built_is_answered_and_the_connection_ends() {
    let mut bench = Bench::new();
    let client = bench.session();
    let request = Request::Invalid { opcode: 999, error: ErrorCode::Unimplemented };
    assert_eq!(bench.call(&client, request), Err(ErrorCode::Unimplemented));
    assert!(bench.is_closed(client.conn));
}

#[test]
fn what_makes_no_sense_ends_that_connection_alone() {
    let mut bench = Bench::new();
    let (client, other) = (bench.session(), bench.session());
    bench.say(client.conn, Message::Text("?".into()));
    assert!(bench.is_closed(client.conn));
    let fresh = bench.connect_raw();
    bench.say(fresh, Message::Request { xid: 1, request: Request::Ping });
    assert!(bench.is_closed(fresh));
    assert!(matches!(bench.call(&other, exists("/", false)), Ok(Response::Stat(_))));
}

/// What one write lets go may be more than a step should handle.
#[test]
fn a_step_answers_no_more_than_its_share() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.hold = true;
    bench.ask(&client, 1, create("/a", ""));
    for xid in 2..=601 {
        bench.ask(&client, xid, get("/a", false));
    }
    bench.order();
    let first = xids(&mut bench, &client);
    assert_eq!(first.len() as u64, relevo_core::STEP_ENTRIES);
    assert_eq!(bench.turns(), 2);
    let all: Vec<i32> = first.into_iter().chain(xids(&mut bench, &client)).collect();
    assert_eq!(all, (1..=601).collect::<Vec<_>>(), "and keeps their order");
}

#[test]
fn what_is_beyond_the_limit_is_held_back_in_turns() {
    let mut bench = Bench::with(|config| config.outstanding_limit = 2);
    let (client, other) = (bench.session(), bench.session());
    bench.hold = true;
    for xid in 1..=4 {
        bench.ask(&client, xid, create(&format!("/a{xid}"), ""));
    }
    bench.ask(&other, 1, create("/b1", ""));
    bench.ask(&other, 2, Request::Sync { path: "/".into() });
    let under_way = |bench: &Bench| bench.held.iter().map(|s| s.cxid).collect::<Vec<_>>();
    assert_eq!(under_way(&bench), [1, 2, 1], "a client that waits for nothing may always ask");
    bench.order();
    assert_eq!(under_way(&bench), [2, 1]);
    bench.order();
    assert_eq!(under_way(&bench), [1, 3]);
    bench.order();
    assert_eq!(under_way(&bench), [3, 2], "each connection in its turn");
    while bench.order().is_some() || !bench.held.is_empty() {}
    assert_eq!(xids(&mut bench, &client), [1, 2, 3, 4]);
    assert_eq!(xids(&mut bench, &other), [1, 2]);
}

#[test]
fn a_lost_connection_takes_what_it_had_under_way_along() {
    let mut bench = Bench::with(|config| config.outstanding_limit = 1);
    let (client, other) = (bench.session(), bench.session());
    bench.hold = true;
    bench.ask(&client, 1, create("/a", ""));
    bench.ask(&client, 2, create("/b", ""));
    bench.lose(client.conn);
    bench.ask(&other, 1, create("/c", ""));
    bench.ask(&other, 2, create("/d", ""));
    while bench.order().is_some() || !bench.held.is_empty() {}
    assert_eq!(xids(&mut bench, &other), [1, 2]);
}

//! Which error for which request: a table, in the order in which ZooKeeper looks.

use crate::harness::*;
use relevo_coordination::{CreateMode, ErrorCode, Life, Request, Response, ServerId};

#[test]
fn each_mistake_has_its_code() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.call(&client, create("/a", "x")).unwrap();
    bench.call(&client, create("/a/b", "")).unwrap();
    bench.call(&client, create_as("/e", "", Life::Ephemeral)).unwrap();
    use ErrorCode::*;
    let ttl = |ttl_ms| create_as("/t", "", Life::Ttl { ttl_ms });
    let table = [
        ("no slash", create("a", ""), BadArguments),
        ("empty", create("", ""), BadArguments),
        ("the root", create("/", ""), NodeExists),
        ("trailing slash", create("/a/", ""), BadArguments),
        ("empty name", create("//x", ""), BadArguments),
        ("here", create("/a/.", ""), BadArguments),
        ("there", create("/a/..", ""), BadArguments),
        ("dots are names", create("/a/...", ""), Ok),
        ("null", create("/a/\0", ""), BadArguments),
        ("control", create("/a/\u{1f}", ""), BadArguments),
        ("private", create("/a/\u{e000}", ""), BadArguments),
        ("accents", create("/a/ñ", ""), Ok),
        ("beyond the plane", create("/a/\u{1f600}", ""), BadArguments),
        ("no parent", create("/x/y", ""), NoNode),
        ("no parent of a bad path", create("/x/", ""), NoNode),
        ("exists", create("/a", ""), NodeExists),
        ("child of an ephemeral", create("/e/x", ""), NoChildrenForEphemerals),
        ("no ttl", ttl(0), BadArguments),
        ("negative ttl", ttl(-1), BadArguments),
        ("longest ttl", ttl(0x00ff_ffff_ffff), Ok),
        ("too long a ttl", ttl(0x0100_0000_0000), BadArguments),
        ("delete nothing", delete("/x", -1), NoNode),
        ("delete with a wrong version", delete("/a", 3), BadVersion),
        ("delete with children", delete("/a", -1), NotEmpty),
        ("delete the root", delete("/", -1), BadArguments),
        ("delete what is special", delete("/zookeeper/quota", -1), BadArguments),
        ("delete no path", delete("a", -1), BadArguments),
        ("set nothing", set("/x", "", -1), NoNode),
        ("set a bad path", set("x", "", -1), BadArguments),
        ("set with a wrong version", set("/a", "", 7), BadVersion),
        ("set with the right version", set("/a", "", 0), Ok),
        ("read nothing", get("/x", false), NoNode),
        ("no children of nothing", children("/x", false), NoNode),
        ("exists with a null", exists("/\0", false), BadArguments),
        ("a bad flag", Request::Invalid { opcode: 1, error: BadArguments }, BadArguments),
    ];
    for (what, request, expected) in table {
        let got = bench.call(&client, request).err().unwrap_or(Ok);
        assert_eq!(got, expected, "{what}");
    }
}

#[test]
fn the_empty_acl_and_unknown_schemes_are_refused() {
    let mut bench = Bench::new();
    let client = bench.session();
    let with_acl = |scheme: &str, id: &str| {
        let entry = relevo_coordination::AclEntry {
            perms: 31,
            id: relevo_coordination::Identity { scheme: scheme.into(), id: id.into() },
        };
        let mut request = create("/a", "");
        if let Request::Create { acl, .. } = &mut request {
            *acl = [entry].into();
        }
        request
    };
    let mut empty = create("/a", "");
    if let Request::Create { acl, .. } = &mut empty {
        *acl = [].into();
    }
    let bad = [
        empty,
        with_acl("nobody", "x"),
        with_acl("digest", "user"),
        with_acl("digest", "a:b:c"),
        with_acl("ip", "1.2.3"),
        with_acl("auth", ""),
        with_acl("world", "someone"),
    ];
    for request in bad {
        assert_eq!(bench.call(&client, request.clone()), Err(ErrorCode::InvalidAcl), "{request:?}");
    }
    for (scheme, id) in [("digest", "a:b"), ("ip", "10.0.0.0/8")] {
        bench.call(&client, with_acl(scheme, id)).unwrap();
        bench.call(&client, delete("/a", -1)).unwrap();
    }
}

#[test]
fn requests_are_judged_by_what_is_not_yet_applied() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.hold = true;
    bench.ask(&client, 1, create("/a", ""));
    bench.ask(&client, 2, create("/a/b", ""));
    bench.ask(&client, 3, create("/a", ""));
    bench.ask(&client, 4, set("/a", "1", 0));
    bench.ask(&client, 5, set("/a", "2", 0));
    bench.ask(&client, 6, delete("/a", -1));
    bench.ask(&client, 7, delete("/a/b", -1));
    bench.ask(&client, 8, delete("/a", 1));
    let held: Vec<_> = bench.held.drain(..).collect();
    let txns: Vec<_> = held.iter().map(|submission| bench.prepare(submission)).collect();
    for txn in &txns {
        bench.apply(txn);
    }
    let errors: Vec<ErrorCode> = bench
        .take(client.conn)
        .into_iter()
        .map(|message| match message {
            relevo_coordination::Message::Response { error, .. } => error,
            other => panic!("{other:?}"),
        })
        .collect();
    use ErrorCode::*;
    assert_eq!(errors, [Ok, Ok, NodeExists, Ok, BadVersion, NotEmpty, Ok, Ok]);
}

#[test]
fn sequential_names_count_the_children_ever_created() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.call(&client, create("/q", "")).unwrap();
    for number in 0..3 {
        let created = bench.call(&client, create_sequential("/q/n-", Life::Ephemeral));
        assert_eq!(created, path(&format!("/q/n-{number:010}")));
        bench.call(&client, delete(&format!("/q/n-{number:010}"), -1)).unwrap();
    }
    // A name may be nothing but its number.
    assert_eq!(
        bench.call(&client, create_sequential("/q/", Life::Persistent)),
        path("/q/0000000003")
    );
    bench.call(&client, create("/q/other", "")).unwrap();
    assert_eq!(
        bench.call(&client, create_sequential("/q/n-", Life::Persistent)),
        path("/q/n-0000000005")
    );
}

#[test]
fn a_failed_request_keeps_its_place_in_the_order() {
    let mut bench = Bench::new();
    let client = bench.session();
    let before = bench.service.last_applied;
    assert_eq!(bench.call(&client, delete("/x", -1)), Err(ErrorCode::NoNode));
    assert_eq!(bench.service.last_applied.0, before.0 + 1);
}

#[test]
fn a_request_of_a_session_that_moved_closes_the_connection() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.hold = true;
    bench.ask(&client, 1, create("/a", ""));
    let session = client.granted.session;
    bench.step(|service, now, _| assert!(service.revalidate(now, session, 10_000, ServerId(2))));
    bench.order();
    assert!(bench.is_closed(client.conn));
    assert!(bench.service.tree.node("/a").is_none());
    let txn = bench.prepare(&submission(session, create("/a", ""), ServerId(2)));
    bench.apply(&txn);
    assert!(bench.service.tree.node("/a").is_some());
}

#[test]
fn the_stat_is_zookeepers() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.call(&client, create("/a", "xyz")).unwrap();
    bench.call(&client, create("/a/b", "")).unwrap();
    bench.call(&client, create("/a/c", "")).unwrap();
    bench.call(&client, delete("/a/b", -1)).unwrap();
    bench.call(&client, set("/a", "four", 0)).unwrap();
    let Ok(Response::Stat(stat)) = bench.call(&client, exists("/a", false)) else { panic!() };
    let zxid = bench.service.last_applied.0;
    assert_eq!((stat.czxid.0, stat.mzxid.0, stat.pzxid.0), (zxid - 4, zxid, zxid - 1));
    assert_eq!((stat.version, stat.cversion, stat.aversion), (1, 3, 0));
    assert_eq!((stat.data_length, stat.num_children, stat.ephemeral_owner), (4, 1, 0));
    let Ok(Response::Stat(root)) = bench.call(&client, exists("/zookeeper", false)) else {
        panic!()
    };
    assert_eq!((root.cversion, root.num_children), (-2, 2), "as a new ZooKeeper shows it");
}

#[test]
fn create2_containers_and_ttls_answer_with_their_stat() {
    let mut bench = Bench::new();
    let client = bench.session();
    let mode = |life| CreateMode { life, sequential: false };
    for (at, life) in
        [Life::Persistent, Life::Container, Life::Ttl { ttl_ms: 5 }].iter().enumerate()
    {
        let mut request = create(&format!("/n{at}"), "");
        if let Request::Create { mode: m, with_stat, .. } = &mut request {
            (*m, *with_stat) = (mode(*life), true);
        }
        let answer = bench.call(&client, request);
        assert!(matches!(answer, Ok(Response::PathStat { .. })), "{answer:?}");
    }
    // What marks them in the files is no session, and clients do not see it.
    for path in ["/n1", "/n2"] {
        let Ok(Response::Stat(stat)) = bench.call(&client, exists(path, false)) else { panic!() };
        assert_eq!(stat.ephemeral_owner, 0);
    }
}

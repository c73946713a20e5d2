//! Watches: which fire when, how often, and before what.

use crate::harness::*;
use relevo_coordination::WatchEventKind::*;
use relevo_coordination::{
    AddWatchMode, ErrorCode, Event, Life, Message, Request, WatchEventKind, WatchKind, WatcherType,
    Watches, Zxid,
};

/// What it is called, the read, the writes after it, and what the reader then hears.
type Row = (&'static str, Request, Vec<Request>, Vec<(WatchEventKind, &'static str)>);

fn told(kind: WatchEventKind, path: &str) -> (WatchEventKind, String) {
    (kind, path.into())
}

#[test]
fn each_read_watches_what_it_read() {
    let table: Vec<Row> = vec![
        ("data", get("/a", true), vec![set("/a", "2", -1)], vec![(NodeDataChanged, "/a")]),
        ("data, deleted", get("/a", true), vec![delete("/a", -1)], vec![(NodeDeleted, "/a")]),
        ("data, child", get("/a", true), vec![create("/a/b", "")], vec![]),
        ("exists", exists("/a", true), vec![set("/a", "2", -1)], vec![(NodeDataChanged, "/a")]),
        ("absent", exists("/x", true), vec![create("/x", "")], vec![(NodeCreated, "/x")]),
        (
            "child",
            children("/a", true),
            vec![create("/a/b", "")],
            vec![(NodeChildrenChanged, "/a")],
        ),
        ("child, data", children("/a", true), vec![set("/a", "2", -1)], vec![]),
        ("child, deleted", children("/a", true), vec![delete("/a", -1)], vec![(NodeDeleted, "/a")]),
        ("root", children("/", true), vec![create("/x", "")], vec![(NodeChildrenChanged, "/")]),
        (
            "once",
            get("/a", true),
            vec![set("/a", "2", -1), set("/a", "3", -1)],
            vec![(NodeDataChanged, "/a")],
        ),
    ];
    for (what, read, writes, expected) in table {
        let mut bench = Bench::new();
        let (watcher, writer) = (bench.session(), bench.session());
        bench.call(&writer, create("/a", "1")).unwrap();
        let _ = bench.call(&watcher, read);
        for write in writes {
            bench.call(&writer, write).unwrap();
        }
        let expected: Vec<_> = expected.into_iter().map(|(kind, path)| told(kind, path)).collect();
        assert_eq!(bench.watched(&watcher), expected, "{what}");
    }
}

#[test]
fn a_failed_read_sets_none_but_that_of_exists() {
    let mut bench = Bench::new();
    let client = bench.session();
    assert_eq!(bench.call(&client, get("/x", true)), Err(ErrorCode::NoNode));
    bench.call(&client, create("/x", "")).unwrap();
    assert_eq!(bench.watched(&client), []);
}

#[test]
fn the_event_comes_before_the_reply_and_before_the_data() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.call(&client, create("/a", "1")).unwrap();
    bench.call(&client, get("/a", true)).unwrap();
    bench.ask(&client, 5, set("/a", "2", -1));
    bench.ask(&client, 6, get("/a", false));
    let sent = bench.take(client.conn);
    assert!(matches!(&sent[0], Message::Watch(event) if event.kind == NodeDataChanged));
    assert!(matches!(&sent[1], Message::Response { xid: 5, .. }));
    assert!(matches!(&sent[2], Message::Response { xid: 6, .. }));
}

#[test]
fn data_and_child_watches_of_one_client_tell_of_a_deletion_once() {
    let mut bench = Bench::new();
    let (watcher, writer) = (bench.session(), bench.session());
    bench.call(&writer, create("/a", "")).unwrap();
    bench.call(&watcher, get("/a", true)).unwrap();
    bench.call(&watcher, children("/a", true)).unwrap();
    bench.call(&writer, delete("/a", -1)).unwrap();
    assert_eq!(bench.watched(&watcher), [told(NodeDeleted, "/a")]);
    bench.call(&writer, create("/a", "")).unwrap();
    assert_eq!(bench.watched(&watcher), []);
}

#[test]
fn persistent_watches_stay() {
    let mut bench = Bench::new();
    let (watcher, writer) = (bench.session(), bench.session());
    let add = Request::AddWatch { path: "/a".into(), mode: AddWatchMode::Persistent };
    bench.call(&watcher, add).unwrap();
    for write in [
        create("/a", ""),
        set("/a", "1", -1),
        create("/a/b", ""),
        set("/a/b", "", -1),
        delete("/a/b", -1),
        delete("/a", -1),
    ] {
        bench.call(&writer, write).unwrap();
    }
    assert_eq!(
        bench.watched(&watcher),
        [
            told(NodeCreated, "/a"),
            told(NodeDataChanged, "/a"),
            told(NodeChildrenChanged, "/a"),
            told(NodeChildrenChanged, "/a"),
            told(NodeDeleted, "/a"),
        ]
    );
}

#[test]
fn recursive_watches_tell_of_everything_below_by_itself() {
    let mut bench = Bench::new();
    let (watcher, writer) = (bench.session(), bench.session());
    let add = Request::AddWatch { path: "/a".into(), mode: AddWatchMode::PersistentRecursive };
    bench.call(&watcher, add).unwrap();
    for write in [
        create("/a", ""),
        create("/a/b", ""),
        create("/a/b/c", ""),
        create("/ab", ""),
        set("/a/b/c", "1", -1),
        delete("/a/b/c", -1),
    ] {
        bench.call(&writer, write).unwrap();
    }
    assert_eq!(
        bench.watched(&watcher),
        [
            told(NodeCreated, "/a"),
            told(NodeCreated, "/a/b"),
            told(NodeCreated, "/a/b/c"),
            told(NodeDataChanged, "/a/b/c"),
            told(NodeDeleted, "/a/b/c"),
        ]
    );
    let fired = |event: &&Event| {
        let kind = WatchKind::PersistentRecursive;
        matches!(event, Event::WatchFired { path, kind: k, .. } if **path == *"/a" && *k == kind)
    };
    assert_eq!(bench.events.iter().filter(fired).count(), 5);
}

#[test]
fn watches_are_checked_and_removed() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.call(&client, create("/a", "")).unwrap();
    bench.call(&client, get("/a", true)).unwrap();
    let check = |kind| Request::CheckWatches { path: "/a".into(), kind };
    let remove = |kind| Request::RemoveWatches { path: "/a".into(), kind };
    bench.call(&client, check(WatcherType::Data)).unwrap();
    bench.call(&client, check(WatcherType::Any)).unwrap();
    let none = Err(ErrorCode::NoWatcher);
    assert_eq!(bench.call(&client, check(WatcherType::Children)), none);
    assert_eq!(bench.call(&client, remove(WatcherType::Children)), none);
    bench.call(&client, remove(WatcherType::Any)).unwrap();
    assert_eq!(bench.call(&client, remove(WatcherType::Data)), none);
    bench.call(&client, set("/a", "1", -1)).unwrap();
    assert_eq!(bench.watched(&client), []);
}

#[test]
fn a_reconnected_client_is_told_what_it_missed() {
    let mut bench = Bench::new();
    let (watcher, writer) = (bench.session(), bench.session());
    for path in ["/same", "/changed", "/gone", "/kids", "/quiet"] {
        bench.call(&writer, create(path, "")).unwrap();
    }
    let relative_zxid = bench.service.last_applied;
    bench.lose(watcher.conn);
    bench.call(&writer, set("/changed", "1", -1)).unwrap();
    bench.call(&writer, delete("/gone", -1)).unwrap();
    bench.call(&writer, create("/kids/k", "")).unwrap();
    bench.call(&writer, create("/born", "")).unwrap();
    let (conn, granted) = bench.reconnect(&watcher);
    let watcher = Session { conn, granted: granted.unwrap() };
    let all = |names: &[&str]| names.iter().map(|name| (*name).into()).collect();
    let watches = Watches {
        data: all(&["/same", "/changed", "/gone"]),
        exist: all(&["/born", "/unborn"]),
        child: all(&["/kids", "/quiet"]),
        persistent: all(&["/same"]),
        persistent_recursive: all(&["/deep"]),
    };
    bench
        .call(&watcher, Request::SetWatches { relative_zxid, watches: Box::new(watches) })
        .unwrap();
    assert_eq!(
        bench.watched(&watcher),
        [
            told(NodeDataChanged, "/changed"),
            told(NodeDeleted, "/gone"),
            told(NodeCreated, "/born"),
            told(NodeChildrenChanged, "/kids"),
        ]
    );
    for write in
        [create("/unborn", ""), create("/quiet/q", ""), create("/deep", ""), create("/deep/x", "")]
    {
        bench.call(&writer, write).unwrap();
    }
    assert_eq!(
        bench.watched(&watcher),
        [
            told(NodeCreated, "/unborn"),
            told(NodeChildrenChanged, "/quiet"),
            told(NodeCreated, "/deep"),
            told(NodeCreated, "/deep/x"),
        ]
    );
}

#[test]
fn a_lost_connection_takes_its_watches_along() {
    let mut bench = Bench::new();
    let (watcher, writer) = (bench.session(), bench.session());
    bench.call(&watcher, exists("/a", true)).unwrap_err();
    bench.lose(watcher.conn);
    bench.call(&writer, create("/a", "")).unwrap();
    assert!(!bench.events.iter().any(|event| matches!(event, Event::WatchFired { .. })));
}

#[test]
fn a_crowd_watches_one_path() {
    let mut bench = Bench::with(|config| config.max_client_connections = 0);
    let writer = bench.session();
    let crowd: Vec<Session> = (0..100).map(|_| bench.session()).collect();
    for watcher in &crowd {
        bench.call(watcher, exists("/a", true)).unwrap_err();
    }
    bench.lose(crowd[50].conn);
    bench.call(&writer, create("/a", "")).unwrap();
    let heard = crowd.iter().filter(|watcher| !bench.watched(watcher).is_empty()).count();
    assert_eq!(heard, 99);
}

#[test]
fn closing_a_session_fires_the_watches_on_its_ephemerals() {
    let mut bench = Bench::new();
    let (watcher, owner) = (bench.session(), bench.session());
    bench.call(&owner, create_as("/e", "", Life::Ephemeral)).unwrap();
    bench.call(&watcher, get("/e", true)).unwrap();
    bench.call(&watcher, children("/", true)).unwrap();
    bench.call(&owner, Request::CloseSession).unwrap();
    assert_eq!(bench.watched(&watcher), [told(NodeDeleted, "/e"), told(NodeChildrenChanged, "/")]);
    let zxid = bench.service.last_applied;
    let by_close = |event: &Event| matches!(event, Event::WatchFired { zxid: z, .. } if *z == zxid);
    assert!(bench.events.iter().any(by_close) && zxid > Zxid(0));
}

/// A client with many watches sets them again in slices, and is answered after the last.
#[test]
fn watches_are_set_again_in_slices() {
    let mut bench = Bench::new();
    let (watcher, writer) = (bench.session(), bench.session());
    bench.call(&writer, create("/last", "")).unwrap();
    let relative_zxid = bench.service.last_applied;
    let mut data: Vec<_> = (0..600).map(|n| format!("/gone{n}").into()).collect();
    data.push("/last".into());
    let watches = Box::new(Watches { data, ..Watches::default() });
    bench.ask(&watcher, -8, Request::SetWatches { relative_zxid, watches });
    let first = bench.take(watcher.conn);
    assert!(first.len() < relevo_core::STEP_ENTRIES as usize);
    assert!(first.iter().all(|message| matches!(message, Message::Watch(_))));
    assert_eq!(bench.turns(), 2);
    let rest = bench.take(watcher.conn);
    assert_eq!(first.len() + rest.len(), 601);
    assert!(matches!(rest.last(), Some(Message::Response { xid: -8, .. })));
    bench.call(&writer, set("/last", "", -1)).unwrap();
    assert_eq!(bench.watched(&watcher).len(), 1, "the last one is set");
}

//! Access control: who proves what, and what it opens.

use crate::harness::*;
use relevo_coordination::{
    Acl, AclEntry, AddWatchMode, ErrorCode, Identity, Message, Request, Response, Zxid,
};

fn id(scheme: &str, id: &str) -> Identity {
    Identity { scheme: scheme.into(), id: id.into() }
}

fn acl(entries: &[(i32, Identity)]) -> Acl {
    entries.iter().map(|(perms, id)| AclEntry { perms: *perms, id: id.clone() }).collect()
}

fn create_for(path: &str, list: &Acl) -> Request {
    let mut request = create(path, "");
    if let Request::Create { acl, .. } = &mut request {
        *acl = list.clone();
    }
    request
}

fn auth(text: &'static str) -> Request {
    Request::Auth { scheme: "digest".into(), auth: text.as_bytes().into() }
}

/// What ZooKeeper's `DigestAuthenticationProvider` makes of `super:admin`.
const ADMIN: &str = "super:xQJmxLMiHGwaqBvst5y6rkB6HQs=";

#[test]
fn auth_proves_an_identity_that_acls_can_name() {
    let mut bench = Bench::new();
    let (mine, other) = (bench.session(), bench.session());
    bench.ask(&mine, -4, auth("super:admin"));
    let answered = bench.take(mine.conn);
    let (zxid, error, body) = (Zxid(0), ErrorCode::Ok, Response::Empty);
    assert_eq!(answered, [Message::Response { xid: -4, zxid, error, body }]);
    bench.call(&mine, create_for("/a", &acl(&[(31, id("auth", ""))]))).unwrap();
    let Ok(Response::Acl { acl: list, .. }) =
        bench.call(&mine, Request::GetAcl { path: "/a".into() })
    else {
        panic!()
    };
    assert_eq!(list, acl(&[(31, id("digest", ADMIN))]));
    let forbidden = [
        get("/a", false),
        children("/a", false),
        set("/a", "x", -1),
        create("/a/b", ""),
        Request::GetAcl { path: "/a".into() },
        Request::SetAcl { path: "/a".into(), acl: list.clone(), version: -1 },
        Request::GetAllChildrenNumber { path: "/a".into() },
    ];
    for request in forbidden {
        assert_eq!(bench.call(&other, request.clone()), Err(ErrorCode::NoAuth), "{request:?}");
    }
    assert!(bench.call(&other, exists("/a", false)).is_ok(), "existence is no secret");
    bench.ask(&other, -4, auth("super:admin"));
    assert!(bench.call(&other, get("/a", false)).is_ok());
    let shown = bench.call(&other, Request::WhoAmI);
    assert_eq!(shown, Ok(Response::WhoAmI(vec![id("ip", "127.0.0.1"), id("digest", "super")])));
}

#[test]
fn a_scheme_that_does_not_exist_ends_the_connection() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.ask(&client, -4, Request::Auth { scheme: "sasl".into(), auth: "x".into() });
    let answered = bench.take(client.conn);
    let failed = ErrorCode::AuthFailed;
    assert!(matches!(answered[..], [Message::Response { error, .. }] if error == failed));
    assert!(bench.is_closed(client.conn));
}

/// A legal frame holds tens of thousands of entries, and the lab has one thread.
#[test]
#[allow(clippy::disallowed_methods, reason = "it is real time that must not be taken")]
fn a_long_list_is_taken_without_comparing_each_entry_with_each() {
    let mut bench = Bench::new();
    let client = bench.session();
    let entry = |number: i32| (1, id("ip", &format!("10.{}.{}.1", number >> 8, number & 255)));
    let entries: Vec<_> = (0..40_000).chain(0..100).map(entry).collect();
    let begun = std::time::Instant::now();
    bench.call(&client, create_for("/a", &acl(&entries))).unwrap();
    let distinct = bench.service.tree.node("/a").unwrap().acl.len();
    assert_eq!(distinct, 40_000, "each once");
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
}

#[test]
fn a_connection_proves_so_many_identities_and_no_more() {
    let mut bench = Bench::new();
    let client = bench.session();
    let answers: Vec<_> = (0..64)
        .map(|user| {
            let auth = format!("user-{user}:x").into_bytes().into();
            bench.ask(&client, -4, Request::Auth { scheme: "digest".into(), auth });
            let answered = bench.take(client.conn);
            matches!(answered[..], [Message::Response { error: ErrorCode::Ok, .. }])
        })
        .collect();
    // The address is one of the 64.
    assert_eq!(answers.iter().position(|taken| !taken), Some(63));
    assert!(bench.is_closed(client.conn));
}

#[test]
fn addresses_open_by_prefix() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.call(&client, create_for("/in", &acl(&[(31, id("ip", "127.0.0.0/8"))]))).unwrap();
    bench.call(&client, create_for("/out", &acl(&[(31, id("ip", "10.0.0.0/8"))]))).unwrap();
    assert!(bench.call(&client, get("/in", false)).is_ok());
    assert_eq!(bench.call(&client, get("/out", false)), Err(ErrorCode::NoAuth));
}

#[test]
fn without_admin_password_hashes_are_hidden() {
    let mut bench = Bench::new();
    let client = bench.session();
    let list = acl(&[(1, id("world", "anyone")), (31, id("digest", ADMIN))]);
    bench.call(&client, create_for("/a", &list)).unwrap();
    let Ok(Response::Acl { acl: shown, .. }) =
        bench.call(&client, Request::GetAcl { path: "/a".into() })
    else {
        panic!()
    };
    assert_eq!(shown[1].id, id("digest", "super:x"));
}

#[test]
fn set_acl_counts_its_own_version() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.call(&client, create("/a", "")).unwrap();
    let list = acl(&[(31, id("world", "anyone"))]);
    let set = |version| Request::SetAcl { path: "/a".into(), acl: list.clone(), version };
    let Ok(Response::Stat(stat)) = bench.call(&client, set(0)) else { panic!() };
    assert_eq!((stat.aversion, stat.version), (1, 0));
    assert_eq!(bench.call(&client, set(0)), Err(ErrorCode::BadVersion));
}

#[test]
fn no_event_tells_of_what_its_watcher_may_not_read() {
    let mut bench = Bench::new();
    let (watcher, writer) = (bench.session(), bench.session());
    let add = Request::AddWatch { path: "/".into(), mode: AddWatchMode::PersistentRecursive };
    bench.call(&watcher, add).unwrap();
    bench.ask(&writer, -4, auth("super:admin"));
    bench.call(&writer, create_for("/secret", &acl(&[(31, id("auth", ""))]))).unwrap();
    bench.call(&writer, create("/open", "")).unwrap();
    let heard: Vec<String> = bench.watched(&watcher).into_iter().map(|(_, path)| path).collect();
    assert_eq!(heard, ["/open"]);
}

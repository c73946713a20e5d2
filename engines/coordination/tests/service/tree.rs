//! The tree: applying twice is applying once, loading gives back what was there.

use crate::harness::*;
use bytes::Bytes;
use proptest::prelude::*;
use relevo_coordination::service::{open_acl, read_acl};
use relevo_coordination::{
    Acl, ErrorCode, Life, NodeKind, Request, Response, SessionId, Tree, Txn, TxnBody, Zxid,
};
use std::collections::BTreeMap;

fn contents(tree: &Tree) -> Vec<(String, String)> {
    let all = tree.after(None).map(|(path, node)| (path.to_string(), format!("{node:?}")));
    all.collect()
}

fn some_path() -> impl Strategy<Value = String> {
    proptest::collection::vec(0..3u8, 1..4).prop_map(|names| {
        names.iter().map(|name| format!("/{}", char::from(b'a' + name))).collect::<String>()
    })
}

fn some_acl() -> impl Strategy<Value = Acl> {
    prop_oneof![Just(open_acl()), Just(read_acl())]
}

/// The lists that the znodes have, counted one by one.
fn lists(tree: &Tree) -> BTreeMap<Acl, u64> {
    let mut lists = BTreeMap::new();
    for (_, node) in tree.after(None) {
        *lists.entry(node.acl.clone()).or_default() += 1;
    }
    lists
}

fn counted(tree: &Tree) -> BTreeMap<Acl, u64> {
    tree.acls().iter().map(|(acl, count)| (acl.clone(), *count)).collect()
}

fn some_body() -> impl Strategy<Value = TxnBody> {
    let kind = prop_oneof![
        Just(NodeKind::Persistent),
        (1..4i64).prop_map(|id| NodeKind::Ephemeral(SessionId(id))),
        Just(NodeKind::Container),
        Just(NodeKind::Ttl { ttl_ms: 9 }),
    ];
    prop_oneof![
        4 => (some_path(), kind, some_acl(), 1..9i32).prop_map(|(path, kind, acl, number)| {
            let (path, data) = (path.into(), Some(Bytes::from_static(b"x")));
            let parent_cversion = number;
            TxnBody::Create { path, data, acl, with_stat: false, kind, parent_cversion }
        }),
        2 => (some_path(), 0..9i32).prop_map(|(path, version)| {
            TxnBody::SetData { path: path.into(), data: None, version }
        }),
        1 => (some_path(), some_acl()).prop_map(|(path, acl)| {
            TxnBody::SetAcl { path: path.into(), acl, version: 1 }
        }),
        1 => some_path().prop_map(|p| TxnBody::Delete { path: p.into(), container: false }),
        1 => Just(TxnBody::CloseSession { paths: None }),
        1 => Just(TxnBody::Error(ErrorCode::NoNode)),
    ]
}

/// Transactions that can follow each other: a znode with children is not deleted.
fn apply_sane(tree: &mut Tree, bodies: Vec<TxnBody>) -> Vec<Txn> {
    let mut txns = Vec::new();
    for (at, body) in bodies.into_iter().enumerate() {
        let at = at as u64 + 1;
        if let TxnBody::Delete { path, .. } = &body
            && tree.node(path).is_some_and(|node| !node.children.is_empty())
        {
            continue;
        }
        let under_ephemeral = |path: &str| {
            let parent = path.rsplit_once('/').and_then(|(parent, _)| tree.node(parent));
            parent.is_some_and(|node| matches!(node.stat.kind, NodeKind::Ephemeral(_)))
        };
        if matches!(&body, TxnBody::Create { path, .. } if under_ephemeral(path)) {
            continue;
        }
        let session = SessionId(at as i64 % 3 + 1);
        let txn = Txn { session, cxid: 1, zxid: Zxid(at), time_ms: at as i64, body, digest: None };
        if tree.apply(&txn).error == ErrorCode::Ok {
            txns.push(txn);
        }
    }
    txns
}

/// The paths, and the names of each znode's children.
fn shape(tree: &Tree) -> Vec<(String, Vec<String>)> {
    tree.after(None)
        .map(|(path, node)| {
            (path.to_string(), node.children.iter().map(|name| name.to_string()).collect())
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn replaying_the_last_transactions_changes_nothing(
        bodies in proptest::collection::vec(some_body(), 1..60),
    ) {
        let mut tree = Tree::new();
        let txns = apply_sane(&mut tree, bodies);
        let before = contents(&tree);
        if let Some(last) = txns.last() {
            tree.apply(last);
        }
        prop_assert_eq!(&before, &contents(&tree));
    }

    #[test]
    fn the_log_over_a_fuzzy_snapshot_gives_the_tree(
        bodies in proptest::collection::vec(some_body(), 1..60),
        from in 0..60usize,
    ) {
        // A snapshot taken while transactions went on holds, of each part, some later state; the
        // extreme case is one that holds all of them already.
        let mut tree = Tree::new();
        let txns = apply_sane(&mut tree, bodies);
        let whole = shape(&tree);
        for txn in txns.iter().skip(from) {
            tree.apply(txn);
        }
        prop_assert_eq!(whole, shape(&tree));
        prop_assert_eq!(lists(&tree), counted(&tree));
    }

    #[test]
    fn loading_gives_back_the_tree(bodies in proptest::collection::vec(some_body(), 1..60)) {
        let mut tree = Tree::new();
        apply_sane(&mut tree, bodies);
        let mut loaded = Tree::new();
        let mut last = None;
        while let Some((path, node)) = tree.after(last.as_deref()).next() {
            loaded.insert_raw(path.clone(), (**node).clone());
            last = Some(path.to_string());
        }
        prop_assert_eq!(contents(&tree), contents(&loaded));
        prop_assert_eq!(lists(&loaded), counted(&loaded));
        prop_assert_eq!(tree.data_bytes(), loaded.data_bytes());
        for id in 1..4 {
            let of = |tree: &Tree| tree.ephemerals(SessionId(id)).cloned().collect::<Vec<_>>();
            prop_assert_eq!(of(&tree), of(&loaded));
        }
        prop_assert_eq!(tree.containers(), loaded.containers());
        prop_assert_eq!(tree.ttls(), loaded.ttls());
    }
}

#[test]
fn a_copy_does_not_see_what_happens_after() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.call(&client, create("/a", "1")).unwrap();
    let copy = bench.service.clone();
    bench.call(&client, set("/a", "2", -1)).unwrap();
    bench.call(&client, create("/a/b", "")).unwrap();
    assert_eq!(copy.tree.node("/a").unwrap().data.as_deref(), Some(&b"1"[..]));
    assert!(copy.tree.node("/a").unwrap().children.is_empty());
}

#[test]
fn everything_below_a_path_is_counted() {
    let mut bench = Bench::new();
    let client = bench.session();
    for path in ["/a", "/a/b", "/a/b/c", "/a-b", "/a0"] {
        bench.call(&client, create(path, "")).unwrap();
    }
    bench.call(&client, create_as("/a/e", "", Life::Ephemeral)).unwrap();
    let count = |path: &str| Request::GetAllChildrenNumber { path: path.into() };
    assert_eq!(bench.call(&client, count("/a")), Ok(Response::Count(3)));
    assert_eq!(bench.call(&client, count("/")), Ok(Response::Count(9)));
    let mine = |prefix: &str| Request::GetEphemerals { prefix: prefix.into() };
    assert_eq!(bench.call(&client, mine("/a")), Ok(Response::Ephemerals(vec!["/a/e".into()])));
    assert_eq!(bench.call(&client, mine("/b")), Ok(Response::Ephemerals(vec![])));
}

//! Nothing a client sends stops the server, and everything it asks is answered, in order.

use crate::harness::*;
use proptest::prelude::*;
use relevo_coordination::service::open_acl;
use relevo_coordination::{
    AclEntry, AddWatchMode, CreateMode, Identity, Life, Message, Request, WatcherType, Watches,
    Zxid,
};
use std::sync::Arc;

fn any_path() -> impl Strategy<Value = Arc<str>> {
    prop_oneof![
        4 => "(/[ab]){1,3}".prop_map(Arc::from),
        1 => "[/.a\\PC\0]{0,6}".prop_map(Arc::from),
        1 => Just(Arc::from("/")),
    ]
}

fn any_life() -> impl Strategy<Value = Life> {
    prop_oneof![
        Just(Life::Persistent),
        Just(Life::Ephemeral),
        Just(Life::Container),
        any::<i64>().prop_map(|ttl_ms| Life::Ttl { ttl_ms }),
    ]
}

fn any_acl() -> impl Strategy<Value = relevo_coordination::Acl> {
    let entry = ("world|auth|digest|ip|", "anyone|[a:/.0-9]{0,9}", any::<i32>());
    let entry = entry.prop_map(|(scheme, id, perms)| {
        let id = Identity { scheme: scheme.into(), id: id.into() };
        AclEntry { perms, id }
    });
    prop_oneof![
        3 => Just(open_acl()),
        1 => proptest::collection::vec(entry, 0..3).prop_map(Into::into),
    ]
}

fn one_request() -> impl Strategy<Value = Request> {
    let version = prop_oneof![Just(-1), -3..4i32];
    prop_oneof![
        4 => (any_path(), any_acl(), any_life(), any::<bool>(), any::<bool>()).prop_map(
            |(path, acl, life, sequential, with_stat)| {
                let mode = CreateMode { life, sequential };
                Request::Create { path, data: None, acl, mode, with_stat }
            }
        ),
        2 => (any_path(), version.clone())
            .prop_map(|(path, version)| Request::Delete { path, version }),
        1 => (any_path(), version.clone())
            .prop_map(|(path, version)| Request::SetData { path, data: None, version }),
        1 => (any_path(), any_acl(), version.clone())
            .prop_map(|(path, acl, version)| Request::SetAcl { path, acl, version }),
        1 => (any_path(), version).prop_map(|(path, version)| Request::Check { path, version }),
        1 => (any_path(), any::<bool>()).prop_map(|(path, watch)| Request::GetData { path, watch }),
        1 => (any_path(), any::<bool>()).prop_map(|(path, watch)| Request::Exists { path, watch }),
        1 => (any_path(), any::<bool>()).prop_map(|(path, watch)| {
            Request::GetChildren { path, watch, with_stat: true }
        }),
        1 => any_path().prop_map(|path| Request::GetAcl { path }),
        1 => any_path().prop_map(|path| Request::Sync { path }),
        1 => any_path().prop_map(|path| Request::GetAllChildrenNumber { path }),
        1 => any_path().prop_map(|prefix| Request::GetEphemerals { prefix }),
        1 => any_path().prop_map(|path| {
            Request::AddWatch { path, mode: AddWatchMode::PersistentRecursive }
        }),
        1 => any_path().prop_map(|path| Request::RemoveWatches { path, kind: WatcherType::Any }),
        1 => (any_path(), any_path(), any::<u64>()).prop_map(|(data, child, zxid)| {
            let watches =
                Watches { data: vec![data], child: vec![child], ..Watches::default() };
            Request::SetWatches { relative_zxid: Zxid(zxid), watches: Box::new(watches) }
        }),
        1 => Just(Request::WhoAmI),
    ]
}

fn any_request() -> impl Strategy<Value = Request> {
    let several = || proptest::collection::vec(one_request(), 0..4);
    prop_oneof![
        8 => one_request(),
        1 => several().prop_map(Request::Multi),
        1 => several().prop_map(Request::MultiRead),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_is_asked_is_answered_in_order(
        requests in proptest::collection::vec((any_request(), any::<bool>()), 1..40),
    ) {
        let mut bench = Bench::new();
        let client = bench.session();
        let count = requests.len() as i32;
        for (xid, (request, hold)) in (1..).zip(requests) {
            bench.hold = hold;
            bench.ask(&client, xid, request);
        }
        bench.hold = false;
        bench.due();
        let answered = bench.take(client.conn).into_iter().filter_map(|message| match message {
            Message::Response { xid, .. } => Some(xid),
            _ => None,
        });
        prop_assert_eq!(answered.collect::<Vec<_>>(), (1..=count).collect::<Vec<_>>());
        prop_assert!(!bench.is_closed(client.conn));
        // What was prepared is applied: nothing is left outstanding, and a replica agrees.
        let mut replica = relevo_coordination::Tree::new();
        for txn in &bench.log {
            replica.apply(txn);
        }
        let shape = |tree: &relevo_coordination::Tree| -> Vec<String> {
            tree.after(None).map(|(path, node)| format!("{path} {node:?}")).collect()
        };
        prop_assert_eq!(shape(&replica), shape(&bench.service.tree));
        bench.ask(&client, count + 1, Request::CloseSession);
        let owned = bench.service.tree.ephemerals(client.granted.session).count();
        prop_assert_eq!(owned, 0);
        let words = bench.connect_raw();
        bench.say(words, Message::FourLetterWord(*b"mntr"));
        let told = format!("{:?}", bench.take(words));
        prop_assert!(told.contains("zk_outstanding_changes_queued\\t0"), "{}", told);
    }
}

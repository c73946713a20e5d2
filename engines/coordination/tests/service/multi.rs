//! A multi is all or nothing, with ZooKeeper's result codes.

use crate::harness::*;
use relevo_coordination::{ErrorCode, Life, MultiResult, Request, Response};

fn results(bench: &mut Bench, client: &Session, parts: Vec<Request>) -> Vec<MultiResult> {
    match bench.call(client, Request::Multi(parts)) {
        Ok(Response::Multi(results)) => results,
        other => panic!("a multi's header is always Ok: {other:?}"),
    }
}

#[test]
fn all_succeed_together() {
    let mut bench = Bench::new();
    let client = bench.session();
    let check = Request::Check { path: "/a".into(), version: 1 };
    let parts =
        vec![create("/a", "1"), set("/a", "2", 0), check, create("/b", ""), delete("/b", 0)];
    let results = results(&mut bench, &client, parts);
    assert_eq!(results[0], MultiResult::Create { path: "/a".into(), stat: None });
    assert!(matches!(&results[1], MultiResult::SetData(stat) if stat.version == 1));
    assert_eq!(results[2], MultiResult::Check);
    assert_eq!(results[4], MultiResult::Delete);
    assert_eq!(data_of(bench.call(&client, get("/a", false))), "2");
    assert!(bench.service.tree.node("/b").is_none());
}

#[test]
fn one_failure_undoes_all() {
    let mut bench = Bench::new();
    let client = bench.session();
    let before = bench.service.tree.len();
    let parts = vec![create("/a", ""), delete("/x", -1), create("/b", "")];
    use ErrorCode::{NoNode, Ok, RuntimeInconsistency};
    assert_eq!(
        results(&mut bench, &client, parts),
        [Ok, NoNode, RuntimeInconsistency].map(MultiResult::Error)
    );
    assert_eq!(bench.service.tree.len(), before);
}

#[test]
fn nothing_of_a_failed_multi_is_left_outstanding() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.call(&client, create("/q", "")).unwrap();
    bench.hold = true;
    bench.ask(&client, 1, create_sequential("/q/n-", Life::Ephemeral));
    let failing =
        vec![create_sequential("/q/n-", Life::Ephemeral), set("/q", "x", 0), delete("/x", -1)];
    bench.ask(&client, 2, Request::Multi(failing));
    bench.ask(&client, 3, create_sequential("/q/n-", Life::Ephemeral));
    bench.ask(&client, 4, set("/q", "y", 0));
    let held: Vec<_> = bench.held.drain(..).collect();
    let txns: Vec<_> = held.iter().map(|submission| bench.prepare(submission)).collect();
    for txn in &txns {
        bench.apply(txn);
    }
    let tree = &bench.service.tree;
    assert!(tree.node("/q/n-0000000001").is_some(), "the failed multi used up no number");
    assert_eq!(tree.node("/q").unwrap().stat.version, 1);
    bench.hold = false;
    bench.call(&client, Request::CloseSession).unwrap();
    assert!(bench.service.tree.node("/q").unwrap().children.is_empty());
}

#[test]
fn an_empty_multi_is_fine_and_a_read_in_it_is_not() {
    let mut bench = Bench::new();
    let client = bench.session();
    assert_eq!(results(&mut bench, &client, vec![]), []);
    let parts = vec![get("/", false)];
    assert_eq!(
        results(&mut bench, &client, parts),
        [MultiResult::Error(ErrorCode::MarshallingError)]
    );
}

#[test]
fn a_multi_read_answers_each_by_itself() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.call(&client, create("/a", "1")).unwrap();
    let parts = vec![get("/a", false), get("/x", false), children("/", false)];
    let Ok(Response::MultiRead(results)) = bench.call(&client, Request::MultiRead(parts)) else {
        panic!()
    };
    assert!(
        matches!(&results[0], MultiResult::GetData { data: Some(data), .. } if **data == *b"1")
    );
    assert_eq!(results[1], MultiResult::Error(ErrorCode::NoNode));
    assert_eq!(results[2], MultiResult::GetChildren(vec!["a".into(), "zookeeper".into()]));
}

/// A frame of a MiB asks for tens of thousands of answers, each as large as a znode.
#[test]
fn a_multi_read_answers_what_there_is_room_for() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.call(&client, create("/big", &"x".repeat(1_000_000))).unwrap();
    let parts = vec![get("/big", false); 100];
    let Ok(Response::MultiRead(results)) = bench.call(&client, Request::MultiRead(parts)) else {
        panic!("a multiRead's header is Ok");
    };
    let answered = |result: &MultiResult| matches!(result, MultiResult::GetData { .. });
    assert!(results[..5].iter().all(answered));
    let refused = MultiResult::Error(ErrorCode::MarshallingError);
    assert!(results[5..].iter().all(|result| *result == refused), "the rest is to be asked anew");
    assert_eq!(results.len(), 100);
}

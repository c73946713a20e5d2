use crate::{Lab, Message, Scenario};
use relevo_coordination::{CLIENT, ConnectRequest, Request};
use relevo_core::{Address, Duration, HostId, Instant, OutsideId, OutsideInput};
use relevo_world::Storage;

/// Writes that are asked for before the first is committed: more than the checkers remember of
/// what is.
const WRITES: i32 = 5_000;

/// Links so slow that thousands of proposals are under way break no promise.
#[test]
fn however_much_is_under_way_is_judged() {
    let slow = Scenario { latency: Duration::from_millis(200), ..Scenario::default() };
    let mut lab = Lab::new(&slow, 1, 0, Storage::Memory);
    let second = |seconds: u64| Instant(seconds * 1_000_000_000);
    lab.advance_to(second(10));
    let leader = lab.scene().leader().expect("there is one by then").host;
    let connect = |to: HostId| OutsideInput::Connect {
        outside: OutsideId(1),
        to: Address::new(to, CLIENT),
        ip: [127, 0, 0, 1].into(),
        port: 40_000,
    };
    let conn = lab.input(connect(leader)).expect("it runs").conn.expect("it has an id");
    let hello = Message::Connect(ConnectRequest { timeout_ms: 30_000, ..Default::default() });
    lab.input(OutsideInput::Message { conn, message: hello }).expect("it is open");
    lab.advance_to(second(12));
    for xid in 1..=WRITES {
        let request = Request::SetData { path: "/".into(), data: None, version: -1 };
        let message = Message::Request { xid, request };
        lab.input(OutsideInput::Message { conn, message }).expect("it is open");
    }
    lab.advance_to(second(20));
    let verdicts = lab.verdicts();
    let broken: Vec<_> = verdicts.iter().filter(|verdict| verdict.violation.is_some()).collect();
    assert!(broken.is_empty(), "{broken:#?}");
    let prefix = verdicts.iter().find(|it| &*it.checker == "committed-prefix-agreement");
    assert!(prefix.expect("it judges").facts > 3 * WRITES as u64, "every server applies each");
}

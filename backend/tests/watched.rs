//! A durable lab is a picture only while somebody watches: the trace pauses, its numbers do not,
//! and whoever comes sees what is.
#![allow(clippy::unwrap_used, reason = "a test says by failing what it did not expect")]

mod support;

use relevo_backend::commands::{MainLab, MainLabPlan, PortRange, Storing};
use relevo_backend::driver::{LabHandle, Viewer};
use relevo_backend::labs::{LabLimits, Labs};
use relevo_backend::wire::{Limits, Ports};
use relevo_coordination::{ErrorCode, Request, SessionId};
use relevo_core::{Fault, HostId, Kind, Origin, Seq};
use relevo_lab::stream::Verdict;
use relevo_lab::{LabEvent, Scenario, Scene};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use support::{Client, DEADLINE, create, eventually, get};

struct Rig {
    runtime: tokio::runtime::Runtime,
    handle: LabHandle,
    servers: Vec<SocketAddr>,
    labs: Arc<Labs>,
    _folder: tempfile::TempDir,
}

type Watched = (Scene, Vec<Arc<LabEvent>>, Viewer, Vec<Verdict>);

impl Rig {
    fn new() -> Rig {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let ports = Ports::new(Limits::default(), None);
        let (any, ip) = (PortRange { first: 1, last: 1 }, "127.0.0.1".parse().unwrap());
        let limits = LabLimits { labs: 1, ip, ports: any, ..LabLimits::default() };
        let labs = Arc::new(Labs::new(limits, ports.clone()));
        let storing = Storing::below(folder.path(), 3).unwrap();
        let base = "127.0.0.1:0".parse().unwrap();
        let plan = MainLabPlan { id: "main", scenario: Scenario::default(), base, seed: 7 };
        let servers = runtime.block_on(async {
            let main = MainLab::start(&labs, &ports, &plan, storing).await.unwrap();
            main.ready().await.unwrap();
            main.addresses().iter().map(|address| address.parse().unwrap()).collect()
        });
        let handle = labs.find("main").unwrap();
        Rig { runtime, handle, servers, labs, _folder: folder }
    }

    fn watch(&self) -> Watched {
        self.runtime.block_on(self.handle.ask(|driven| driven.watch())).unwrap().unwrap()
    }

    fn seq(&self) -> Seq {
        self.runtime.block_on(self.handle.ask(|driven| driven.clock().seq)).unwrap()
    }

    fn fault(&self, fault: Fault) {
        let ask = self.handle.ask(move |driven| driven.apply(fault, Origin::Api));
        self.runtime.block_on(ask).unwrap().unwrap();
    }

    fn client(&self, server: usize) -> Client {
        eventually(|| Client::connect(self.servers[server]))
    }

    /// Asks for a fresh look until it shows what is wanted.
    fn sees(&self, wanted: impl Fn(&Scene) -> bool) -> Scene {
        let begun = Instant::now();
        loop {
            let scene = self.watch().0;
            if wanted(&scene) {
                return scene;
            }
            assert!(begun.elapsed() < DEADLINE, "{scene:#?}");
        }
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.labs.end();
    }
}

fn write(client: &mut Client, path: &str) {
    assert_eq!(client.ask(create(path, path)).unwrap().0, ErrorCode::Ok);
}

fn ephemeral(path: &str) -> Request {
    let Request::Create { path, data, acl, mut mode, with_stat } = create(path, "") else {
        unreachable!("it makes a create");
    };
    mode.life = relevo_coordination::Life::Ephemeral;
    Request::Create { path, data, acl, mode, with_stat }
}

fn gap(events: &[Arc<LabEvent>]) -> (Seq, Seq) {
    let first = events.first().expect("a gap comes first");
    let Kind::Gap { until } = first.kind else { panic!("{first:?} is no gap") };
    (first.seq, until)
}

#[test]
fn whoever_comes_sees_what_is_and_one_gap() {
    let rig = Rig::new();
    let mut client = rig.client(0);
    write(&mut client, "/unseen");
    let before = rig.seq();
    let (scene, events, viewer, _) = rig.watch();
    let (seq, until) = gap(&events);
    assert!(seq >= before && until == Seq(seq.0 + 1), "{seq:?} {until:?} after {before:?}");
    assert!(scene.leader().is_some() && scene.servers.iter().all(|server| server.serving));
    // The three that always are, the root, and ours.
    assert!(scene.servers.iter().any(|server| server.znodes == 5), "{:?}", scene.servers);
    let known = scene.clients.values().find(|client| client.connected).expect("it is connected");
    assert_eq!(known.server, Some(HostId(0)));
    assert!(known.address.is_some() && known.session != Some(SessionId(0)));

    // Every number from here on is told.
    write(&mut client, "/seen");
    let last = rig.seq();
    let mut told = seq;
    while told < last {
        for event in rig.runtime.block_on(viewer.news()).events {
            assert_eq!(event.seq, Seq(told.0 + 1));
            told = event.seq;
        }
    }

    // Nobody: the numbers go on, and who comes back finds one gap again.
    drop(viewer);
    let left = rig.seq();
    (0..20).for_each(|number| write(&mut client, &format!("/unseen-{number}")));
    let (scene, events, ..) = rig.watch();
    assert!(gap(&events).0.0 > left.0 + 20 * 10, "three servers agreed on 20 writes");
    assert_eq!(events.len(), 1);
    assert_eq!(scene.seq, gap(&events).0);
}

/// A page that is loaded again knows who is connected as the one before it did.
#[test]
fn whoever_comes_later_hears_who_is_there() {
    let rig = Rig::new();
    let mut client = rig.client(0);
    write(&mut client, "/before");
    let hears = |watched: &Watched| rig.runtime.block_on(watched.2.news()).named;
    let (first, second) = (rig.watch(), rig.watch());
    let known = hears(&first);
    assert_eq!(known.len(), 1, "{known:?}");
    assert_eq!(hears(&second), known);
}

#[test]
fn checkers_that_begin_in_the_middle_accuse_nobody() {
    let rig = Rig::new();
    let mut old = rig.client(0);
    write(&mut old, "/old");
    assert_eq!(old.ask(ephemeral("/of-the-old")).unwrap().0, ErrorCode::Ok);
    assert_eq!(
        old.ask(Request::GetData { path: "/old".into(), watch: true }).unwrap().0,
        ErrorCode::Ok
    );
    // Requests whose sending is not seen are answered while somebody watches.
    for number in 0..200 {
        old.submit(create(&format!("/way-{number}"), "")).unwrap();
    }
    let (_, _, viewer, _) = rig.watch();
    (0..200).for_each(|_| assert_eq!(old.answer().unwrap().1, ErrorCode::Ok));

    let mut new = rig.client(1);
    let set = Request::SetData { path: "/old".into(), data: None, version: -1 };
    assert_eq!(new.ask(set).unwrap().0, ErrorCode::Ok);
    assert_eq!(new.ask(ephemeral("/of-the-new")).unwrap().0, ErrorCode::Ok);
    assert_eq!(old.ask(Request::CloseSession).unwrap().0, ErrorCode::Ok);
    assert_eq!(eventually_gone(&mut new, "/of-the-old"), ErrorCode::NoNode);
    assert_eq!(new.ask(Request::CloseSession).unwrap().0, ErrorCode::Ok);

    // Another reign, and the old leader back.
    let leader = rig.watch().0.leader().expect("someone leads").host;
    rig.fault(Fault::Crash { node: leader, power_loss: true });
    let other = (leader.0 as usize + 1) % 3;
    write(&mut rig.client(other), "/next-reign");
    rig.fault(Fault::Restart { node: leader });
    write(&mut rig.client(leader.0 as usize), "/together");
    rig.sees(|scene| scene.servers.iter().all(|server| server.serving));
    let verdicts = rig.watch().3;
    assert!(verdicts.iter().all(|verdict| verdict.violation.is_none()), "{verdicts:#?}");
    let idle: Vec<_> = verdicts.iter().filter(|verdict| verdict.facts == 0).collect();
    assert!(idle.len() <= 2, "these judged nothing: {idle:?}");
    drop(viewer);
}

fn eventually_gone(client: &mut Client, path: &str) -> ErrorCode {
    eventually(|| match client.ask(get(path)).unwrap().0 {
        ErrorCode::Ok => Err("it is there"),
        other => Ok(other),
    })
}

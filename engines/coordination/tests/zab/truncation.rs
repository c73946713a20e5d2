//! A history that must be cut while its end is still in memory.

use crate::cluster::Cluster;
use relevo_coordination::{Event, Message, QuorumPacket, SyncMode, TxnBody};
use relevo_core::{Duration, Fault, HostId, Kind, Party, Seq};

const SECOND: Duration = Duration::from_secs(1);
const S1: HostId = HostId(0);
const S2: HostId = HostId(1);
const S3: HostId = HostId(2);

/// Transactions that wait for the log's next file are in no file yet. A follower whose disk is slow
/// holds some back that the others have committed, and one more that only it and the leader know.
/// Its connection breaks; the leader tells it to go back to what is committed (TRUNC), and it finds
/// less than that on its disk. It must look anew and say how much it has: going on from there would
/// leave a hole.
#[test]
fn a_log_cut_shorter_than_the_leader_asked_is_filled_again() {
    let mut shorter = 0;
    for seed in 0..20 {
        let mut cluster = Cluster::with(seed, 3, 0, |config| config.snap_count = 16);
        cluster.until_ready();
        let (conn, _) = cluster.connect(S3).expect("a session");
        cluster.converge(SECOND);
        // A sync takes seconds.
        cluster.fault(Fault::SlowDisk { node: S1, factor: 5_000 });
        let paths: Vec<String> = (0..24).map(|number| format!("/n{number}")).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        cluster.write(conn, 1, &paths);
        let (latency, jitter) = (Duration::from_secs(2), Duration::ZERO);
        let slow = Fault::SetLink { from: S3, to: S2, latency, jitter, bytes_per_second: None };
        cluster.fault(slow);
        let committed = cluster.applied(S3);
        cluster.create(conn, 100, "/late", b"in the memory of two");
        cluster.until("the follower has it", SECOND, |c| {
            c.server(S1).is_some_and(|server| server.last_logged() > committed)
        });
        cluster.create(conn, 101, "/lost", b"on its way");
        cluster.until("another is on its way", SECOND, |c| proposed(c, "/lost").is_some());
        let from = cluster.trace.len();
        let message = proposed(&cluster, "/lost").expect("it is on its way");
        cluster.fault(Fault::Drop { message });
        cluster.until("it is told to go back", SECOND, |c| {
            c.trace[from..].iter().any(|event| {
                matches!(&event.kind, Kind::State(Event::Synchronising { mode, to, .. })
                    if *mode == SyncMode::Trunc && *to == committed)
            })
        });
        cluster.fault(Fault::SlowDisk { node: S1, factor: 1 });
        cluster.until("it has all", Duration::from_secs(60), |c| {
            (0..3).all(|host| c.serves(HostId(host)) && c.applied(HostId(host)) > committed)
        });
        cluster.converge(Duration::from_secs(10));
        shorter += usize::from(cluster.trace[from..].iter().any(|event| {
            matches!(&event.kind, Kind::State(Event::Synchronising { mode, from, .. })
                if *mode == SyncMode::Diff && *from < committed)
        }));
    }
    assert!(shorter >= 10, "only {shorter} of 20 had less on disk than they were told to keep");
}

/// The proposal of a znode on its way to the first server.
fn proposed(cluster: &Cluster, znode: &str) -> Option<Seq> {
    let sent = cluster.trace.iter().rev().find(|event| match &event.kind {
        Kind::Sent {
            to: Party::Host(S1),
            message: Message::Quorum(QuorumPacket::Proposal(txn)),
            ..
        } => {
            matches!(&txn.body, TxnBody::Create { path, .. } if **path == *znode)
        }
        _ => false,
    });
    sent.map(|event| event.seq)
}

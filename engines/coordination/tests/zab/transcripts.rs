//! One behaviour each, as a transcript in `golden/`.

use crate::cluster::Cluster;
use crate::transcript::{About, compare};
use relevo_coordination::{Event, PeerState, Server, SyncMode};
use relevo_core::{Duration, Fault, HostId};

const SECOND: Duration = Duration::from_secs(1);
const S1: HostId = HostId(0);
const S2: HostId = HostId(1);
const S3: HostId = HostId(2);

fn ready(seed: u64, voters: u32, observers: u32) -> Cluster {
    let mut cluster = Cluster::new(seed, voters, observers);
    cluster.until_ready();
    cluster
}

/// Three servers with nothing on their disks: the largest id wins, without the final wait, and
/// establishes epoch 1 before anyone serves.
#[test]
fn election_of_three() {
    let cluster = ready(1, 3, 0);
    compare(&cluster, 0, About::All, "election_of_three");
}

/// One write through a follower: REQUEST, PROPOSAL, the log, ACK, COMMIT; applied in one order.
#[test]
fn one_write_through_a_follower() {
    let mut cluster = ready(1, 3, 0);
    let (conn, _) = cluster.connect(S1).expect("a session");
    cluster.converge(SECOND);
    let from = cluster.trace.len();
    cluster.write(conn, 1, &["/a"]);
    cluster.converge(SECOND);
    compare(&cluster, from, About::Quorum, "one_write_through_a_follower");
}

/// An observer votes for nothing and acknowledges nothing: it is told what is committed.
#[test]
fn an_observer_is_informed() {
    let mut cluster = ready(1, 3, 1);
    let (conn, _) = cluster.connect(S3).expect("a session");
    cluster.converge(SECOND);
    let from = cluster.trace.len();
    cluster.write(conn, 1, &["/a"]);
    cluster.converge(SECOND);
    compare(&cluster, from, About::Quorum, "an_observer_is_informed");
}

/// A server that was away gets what it lacks from the leader's memory.
#[test]
fn a_returning_follower_gets_a_diff() {
    let mut cluster = ready(1, 3, 0);
    let (conn, _) = cluster.connect(S3).expect("a session");
    cluster.write(conn, 1, &["/a"]);
    cluster.converge(SECOND);
    cluster.crash(S1, false);
    cluster.write(conn, 2, &["/b", "/c"]);
    let from = cluster.trace.len();
    cluster.fault(Fault::Restart { node: S1 });
    cluster.until_ready();
    cluster.converge(SECOND);
    compare(&cluster, from, About::Quorum, "a_returning_follower_gets_a_diff");
}

/// A server that lacks more than the leader remembers gets the whole tree, serialised.
#[test]
fn a_follower_far_behind_gets_a_snapshot() {
    let mut cluster = Cluster::with(1, 3, 0, |config| config.committed_kept = 2);
    cluster.until_ready();
    let (conn, _) = cluster.connect(S3).expect("a session");
    cluster.write(conn, 1, &["/a"]);
    cluster.converge(SECOND);
    cluster.crash(S1, false);
    cluster.write(conn, 2, &["/b", "/c", "/d", "/e"]);
    let from = cluster.trace.len();
    cluster.fault(Fault::Restart { node: S1 });
    cluster.until_ready();
    cluster.converge(SECOND);
    compare(&cluster, from, About::Quorum, "a_follower_far_behind_gets_a_snapshot");
}

/// The leader is cut off while it proposes: its proposal is on its own disk only. The others elect
/// a leader and go on; the old one steps down, and what it alone had is cut from its log.
#[test]
fn the_old_leader_of_a_partition_is_truncated() {
    let mut cluster = ready(1, 3, 0);
    let (conn, _) = cluster.connect(S3).expect("a session");
    cluster.write(conn, 1, &["/a"]);
    cluster.converge(SECOND);
    let from = cluster.trace.len();
    cluster.fault(Fault::Partition { groups: vec![vec![S3], vec![S1, S2]] });
    cluster.create(conn, 2, "/lost", b"on one disk only");
    // Nobody is told of the cut: both sides find out by the ticks of syncLimit.
    let limit = Duration::from_secs(12);
    cluster.until("the old leader steps down", limit, |c| {
        c.server(S3).is_some_and(|server| server.role() == PeerState::Looking)
    });
    cluster.until("the others have a leader", limit, |c| c.serves(S1) && c.serves(S2));
    let (conn, _) = cluster.connect(S1).expect("a session with the new leader's ensemble");
    cluster.write(conn, 1, &["/b"]);
    cluster.fault(Fault::Heal);
    cluster.until_ready();
    cluster.converge(SECOND);
    assert!(cluster.server(S3).is_some_and(|s| s.service().tree.node("/lost").is_none()));
    compare(&cluster, from, About::Quorum, "the_old_leader_of_a_partition_is_truncated");
}

/// The leader dies when one follower has its proposal and the other has not. That follower has
/// the better history and wins; so the proposal survives, though nobody was told.
#[test]
fn a_leader_dies_with_a_proposal_on_a_minority() {
    let mut cluster = ready(1, 3, 0);
    let (conn, _) = cluster.connect(S3).expect("a session");
    cluster.write(conn, 1, &["/a"]);
    cluster.converge(SECOND);
    let from = cluster.trace.len();
    cluster.fault(Fault::CutLink { from: S3, to: S2 });
    cluster.create(conn, 2, "/b", b"on two disks");
    let has = |server: &Server, path: &str| server.service().tree.node(path).is_some();
    cluster.until("s1 logged it", SECOND, |c| {
        c.server(S1).is_some_and(|s| s.last_logged() > c.applied(S1))
    });
    cluster.crash(S3, true);
    cluster.fault(Fault::Heal);
    cluster.until("s1 leads", Duration::from_secs(20), |c| c.leader() == Some(S1) && c.serves(S2));
    assert!(cluster.server(S2).is_some_and(|s| has(s, "/b")));
    cluster.fault(Fault::Restart { node: S3 });
    cluster.until_ready();
    cluster.converge(SECOND);
    compare(&cluster, from, About::Quorum, "a_leader_dies_with_a_proposal_on_a_minority");
}

/// The modes above were the ones they claim to be.
#[test]
fn the_leader_counts_what_it_sends() {
    let cluster = ready(1, 3, 1);
    let diffs = cluster.count(|e| matches!(e, Event::Synchronising { mode: SyncMode::Diff, .. }));
    assert_eq!(diffs, 3);
}

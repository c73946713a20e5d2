//! From empty disks to serving: the election's final wait is skipped when every voter agrees.

use crate::cluster::Cluster;
use relevo_core::{Duration, HostId};

#[test]
fn three_servers_serve_within_100_ms() {
    for seed in 0..50 {
        let mut cluster = Cluster::new(seed, 3, 0);
        cluster.until_ready();
        assert!(cluster.now().as_millis() < 100, "seed {seed}: {} ms", cluster.now().as_millis());
        assert_eq!(cluster.leader(), Some(HostId(2)), "the largest id wins among equals");
    }
}

#[test]
fn a_server_alone_serves_at_once() {
    let mut cluster = Cluster::new(1, 1, 0);
    cluster.until_ready();
    assert!(cluster.now().as_millis() < 50);
    let (conn, _) = cluster.connect(HostId(0)).expect("a session");
    cluster.write(conn, 1, &["/a", "/b"]);
}

#[test]
fn observers_join_and_follow() {
    let mut cluster = Cluster::new(1, 3, 2);
    cluster.until_ready();
    let (conn, _) = cluster.connect(HostId(4)).expect("a session at an observer");
    cluster.write(conn, 1, &["/a", "/b"]);
    cluster.converge(Duration::from_secs(1));
}

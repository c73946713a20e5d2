//! Seeds: a faulty phase, then healing; then everything acknowledged must be there, and all
//! servers must have the same tree. Crash model: process death and power loss, of any servers, all
//! at once too; disks survive.
//!
//! `ZAB_SEEDS=A..B cargo test --release -p relevo-coordination --test zab soak` runs others.

use crate::cluster::Cluster;
use relevo_coordination::{ErrorCode, Event, Message, ServerConfig, SyncMode, Txn, Zxid};
use relevo_core::{ConnId, Duration, Fault, HostId, Kind, Random};
use relevo_world::HostState;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A client that creates one znode after the other, anywhere it is served.
struct Writer {
    name: u32,
    conn: Option<ConnId>,
    xid: i32,
    waits_for: Option<(i32, String)>,
}

#[derive(Default, Debug)]
struct Coverage {
    acknowledged: usize,
    diff: usize,
    trunc: usize,
    snap: usize,
    established: usize,
    snapshots: usize,
    torn: usize,
}

/// What no fault may break, checked while it runs.
#[derive(Default)]
struct Laws {
    leaders: BTreeMap<u32, HostId>,
    committed: BTreeMap<Zxid, Arc<Txn>>,
    /// Of each server, the last transaction applied for clients to see.
    applied: BTreeMap<HostId, Zxid>,
    seen: usize,
}

fn small(config: &mut ServerConfig) {
    config.tick_ms = 400;
    config.snap_count = 96;
    config.committed_kept = 40;
}

pub(crate) fn run(seed: u64, change: impl Fn(&mut ServerConfig)) -> Result<String, String> {
    let mut cluster = Cluster::with(seed, 3, 1, |config| {
        small(config);
        change(config);
    });
    let mut random = Random::derived(seed, 77);
    let mut laws = Laws::default();
    let mut coverage = Coverage::default();
    let mut writers: Vec<Writer> =
        (0..3).map(|name| Writer { name, conn: None, xid: 0, waits_for: None }).collect();
    let mut acknowledged = BTreeSet::new();
    cluster.until_ready();
    let faulty_until = cluster.now() + Duration::from_secs(12);
    let mut next_fault = cluster.now();
    let mut healed_at = None;
    loop {
        let now = cluster.now();
        if healed_at.is_none() && now >= faulty_until {
            heal(&mut cluster);
            healed_at = Some(now);
        }
        if healed_at.is_none() && now >= next_fault {
            inject(&mut cluster, &mut random);
            next_fault = now + Duration::from_millis(random.between(50, 1_200));
        }
        if healed_at.is_some_and(|at| now > at + Duration::from_secs(5)) {
            break;
        }
        for writer in &mut writers {
            writer.go_on(&mut cluster, &mut random, &mut acknowledged);
        }
        cluster.run_bounded(Duration::from_millis(random.between(1, 20)), 200_000)?;
        laws.check(&cluster, seed, &mut coverage)?;
        cluster.trace.clear();
        laws.seen = 0;
    }
    let (conn, _) = settled_session(&mut cluster)?;
    cluster.write(conn, 1, &["/after-all"]);
    cluster.converge(Duration::from_secs(5));
    let tree = &cluster.server(HostId(0)).expect("it runs").service().tree;
    for path in &acknowledged {
        if tree.node(path).is_none() {
            return Err(format!("seed {seed}: {path} was acknowledged and is lost"));
        }
    }
    coverage.acknowledged = acknowledged.len();
    Ok(format!("{coverage:?}"))
}

fn settled_session(
    cluster: &mut Cluster,
) -> Result<(ConnId, relevo_coordination::SessionId), String> {
    cluster.until_ready();
    cluster.connect(HostId(0)).ok_or_else(|| "no session after healing".to_string())
}

impl Writer {
    fn go_on(
        &mut self,
        cluster: &mut Cluster,
        random: &mut Random,
        acknowledged: &mut BTreeSet<String>,
    ) {
        let Some(conn) = self.conn.filter(|conn| !cluster.is_closed(*conn)) else {
            self.waits_for = None;
            let host = HostId(random.below(u64::from(cluster.servers)) as u32);
            self.conn = if cluster.serves(host) {
                cluster.connect(host).map(|(conn, _)| conn)
            } else {
                None
            };
            return;
        };
        if let Some((xid, path)) = &self.waits_for {
            let answer = cluster.take_answers(conn).iter().find_map(|answer| match answer {
                Message::Response { xid: of, error, .. } if of == xid => Some(*error),
                _ => None,
            });
            match answer {
                None => return,
                Some(ErrorCode::Ok) => drop(acknowledged.insert(path.clone())),
                Some(error) => assert!(error != ErrorCode::NoNode, "a create of {path}: {error:?}"),
            }
        }
        self.xid += 1;
        let path = format!("/w{}-{}", self.name, self.xid);
        cluster.create(conn, self.xid, &path, b"some data");
        self.waits_for = Some((self.xid, path));
    }
}

impl Laws {
    fn check(
        &mut self,
        cluster: &Cluster,
        seed: u64,
        coverage: &mut Coverage,
    ) -> Result<(), String> {
        let fail = |what: String| Err(format!("seed {seed}: {what}"));
        for event in &cluster.trace[self.seen..] {
            let (Kind::State(state), Some(relevo_core::Party::Host(host))) =
                (&event.kind, event.party)
            else {
                if let Kind::Stopped { reason } = &event.kind {
                    return fail(format!("a server stopped itself: {reason}"));
                }
                continue;
            };
            match state {
                Event::Established { epoch, .. } => {
                    coverage.established += 1;
                    if *self.leaders.entry(epoch.0).or_insert(host) != host {
                        return fail(format!("two leaders established epoch {}", epoch.0));
                    }
                }
                Event::Recovered { torn_bytes, .. } => {
                    coverage.torn += usize::from(*torn_bytes > 0);
                    self.applied.remove(&host);
                }
                Event::Synchronising { mode, .. } => match mode {
                    SyncMode::Diff => coverage.diff += 1,
                    SyncMode::Trunc => coverage.trunc += 1,
                    SyncMode::Snap => coverage.snap += 1,
                },
                Event::SnapshotTaken { .. } => coverage.snapshots += 1,
                Event::Applied { txn, replay: false } => {
                    let known = self.committed.entry(txn.zxid).or_insert_with(|| txn.clone());
                    if known != txn {
                        return fail(format!("{} means two things", txn.zxid));
                    }
                    // What it applies follows what it applied before in the common order.
                    if let Some(before) = self.applied.insert(host, txn.zxid) {
                        let skipped = self.committed.range(before..txn.zxid).nth(1);
                        if before >= txn.zxid || skipped.is_some() {
                            return fail(format!("{host} applied {} after {before}", txn.zxid));
                        }
                    }
                }
                Event::RoleChanged { .. } => drop(self.applied.remove(&host)),
                _ => {}
            }
        }
        Ok(())
    }
}

fn inject(cluster: &mut Cluster, random: &mut Random) {
    let node = HostId(random.below(u64::from(cluster.servers)) as u32);
    let other = HostId(random.below(u64::from(cluster.servers)) as u32);
    let states: Vec<_> = cluster.world.hosts().map(|host| host.state.clone()).collect();
    let runs = states[node.0 as usize] == HostState::Running;
    let crashed = |state: &HostState| matches!(state, HostState::Crashed);
    if runs {
        match random.below(10) {
            0..=1 => cluster.crash(node, false),
            2..=3 => cluster.crash(node, true),
            4 => {
                for host in (0..cluster.servers).map(HostId) {
                    if states[host.0 as usize] == HostState::Running {
                        cluster.crash(host, true);
                    }
                }
            }
            5 => cluster.fault(Fault::Pause { node }),
            6 => {
                let rest = (0..cluster.servers).map(HostId).filter(|host| *host != node).collect();
                cluster.fault(Fault::Partition { groups: vec![vec![node], rest] });
            }
            7 if node != other => cluster.fault(Fault::CutLink { from: node, to: other }),
            8 => cluster.fault(Fault::SlowDisk { node, factor: random.between(1, 50) as u32 }),
            _ => cluster.fault(Fault::Heal),
        }
    } else if crashed(&states[node.0 as usize]) {
        cluster.fault(Fault::Restart { node });
    } else {
        cluster.fault(Fault::Resume { node });
    }
}

fn heal(cluster: &mut Cluster) {
    cluster.fault(Fault::Heal);
    for node in (0..cluster.servers).map(HostId) {
        let state = cluster.world.hosts().nth(node.0 as usize).map(|host| host.state.clone());
        match state {
            Some(HostState::Crashed) => cluster.fault(Fault::Restart { node }),
            Some(HostState::Paused) => cluster.fault(Fault::Resume { node }),
            _ => {}
        }
        cluster.fault(Fault::SlowDisk { node, factor: 1 });
    }
}

#[test]
fn nothing_acknowledged_is_lost_over_many_seeds() {
    let seeds = std::env::var("ZAB_SEEDS").unwrap_or_else(|_| "0..12".into());
    let (from, to) = seeds.split_once("..").expect("ZAB_SEEDS is A..B");
    let (from, to): (u64, u64) = (from.parse().expect("a seed"), to.parse().expect("a seed"));
    for seed in from..to {
        match run(seed, |_| {}) {
            Ok(coverage) => println!("seed {seed}: {coverage}"),
            Err(reason) => panic!("{reason}"),
        }
    }
}

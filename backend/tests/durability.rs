//! Power loss, at 1,000 random instants of a recorded run: whatever was acknowledged is there.
//!
//! Three durable servers run with real files and real clients; one of them is stopped early, so
//! that every acknowledgement rests on both of the others. A recorder under the file driver hears
//! every write, sync and rename, the clients add every acknowledgement. Then, for each cut, both
//! survivors' disks are rebuilt as the power may have left them, the ensemble recovers from them in
//! virtual time, and every write acknowledged before the cut is looked for.
//!
//! That run is one reign, and how it goes is the machine's affair. A life of many reigns is lived
//! in virtual time, with the disks recorded in the same words; there all three servers are cut.
//!
//! With the feature `bugs`, the places that sync are left out of that life one after the other;
//! that each is noticed is what proves that the tests look.
#![allow(clippy::unwrap_used, reason = "a test says by failing what it did not expect")]

mod support;

use relevo_backend::commands::{MainLab, MainLabPlan, PortRange, Storing};
use relevo_backend::files::{Disk, Layout, Recorded, Recorder};
use relevo_backend::labs::{LabLimits, Labs};
use relevo_backend::wire::{Limits, Ports};
use relevo_coordination::ErrorCode;
use relevo_core::{DiskEffect, DiskInput, Duration, Fault, HostId, Origin, Random};
use relevo_lab::Scenario;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use support::journal::Files;
use support::life::{Heard as LifeHeard, Life};
use support::survival::{self, recover};
use support::{Client, create, eventually, power};

const CUTS: usize = 1_000;
const WRITERS: usize = 4;
const WRITES: usize = 300;
/// The server that is stopped early.
const ABSENT: HostId = HostId(2);
const SURVIVORS: [u32; 2] = [0, 1];

#[derive(Clone, Debug)]
enum Heard {
    Disk(String, Recorded),
    Acknowledged(String),
}

#[derive(Default)]
struct Recording(Mutex<Vec<Heard>>);

impl Recording {
    fn push(&self, heard: Heard) {
        self.0.lock().unwrap().push(heard);
    }
}

struct Listener(Arc<Recording>);

impl Recorder for Listener {
    fn record(&self, node: &str, what: Recorded) {
        self.0.push(Heard::Disk(node.to_owned(), what));
    }
}

fn scenario() -> Scenario {
    // Many snapshots and many files of the log.
    Scenario { snap_count: 20, ..Scenario::default() }
}

#[test]
fn whatever_was_acknowledged_survives_power_loss() {
    let recording = record(scenario());
    assert_eq!(first_loss(&recording, CUTS), None);
}

/// The same for a life of many reigns, in virtual time; and what a server has promised to others
/// is on its disk at every instant.
#[test]
fn whatever_was_promised_survives_power_loss_in_any_reign() {
    for seed in 1..=2 {
        let heard = live(&long_life(), seed);
        assert_eq!(survival::first_broken(&heard, &long_life()), None, "seed {seed}");
        assert_eq!(survival::first_lost(&heard, &long_life(), 100), None, "seed {seed}");
    }
    assert!(live(&long_life(), 1) == live(&long_life(), 1), "a seed has one life");
}

/// Every place that syncs, left out by itself, is noticed: that is what proves that the tests look,
/// and that none of the places is there for nothing.
#[cfg(feature = "bugs")]
#[test]
fn each_sync_left_out_is_noticed() {
    use relevo_coordination::{Bug, SyncPlace};
    let unnoticed: Vec<SyncPlace> = SyncPlace::ALL
        .into_iter()
        .filter(|place| {
            let bug = Some(Bug::Unsynced(*place));
            let heard = live(&Scenario { bug, ..long_life() }, 1);
            let noticed = survival::first_broken(&heard, &long_life());
            eprintln!("{place:?}: {}", noticed.as_deref().unwrap_or("not noticed"));
            noticed.is_none()
        })
        .collect();
    assert!(unnoticed.is_empty(), "nobody noticed that these do not sync: {unnoticed:?}");
}

/// The lives above speak of files in memory. What they say of them is what the recorder under the
/// file driver hears when real files are asked the same.
#[test]
fn real_files_and_those_of_a_life_are_heard_alike() {
    let mut life = Life::new(&long_life(), 1);
    life.live();
    let mut kinds = HashSet::new();
    for asked in life.asked {
        let (real, virtual_ones) = (by_real_files(asked.clone()), by_files_in_memory(asked));
        kinds.extend(real.iter().map(kind));
        let differs = real.iter().zip(&virtual_ones).find(|(real, other)| real != other);
        assert_eq!(differs, None);
        assert_eq!(real.len(), virtual_ones.len());
    }
    assert_eq!(kinds.len(), 8, "a life does all that can be done: {kinds:?}");
}

fn live(scenario: &Scenario, seed: u64) -> Vec<LifeHeard> {
    let mut life = Life::new(scenario, seed);
    life.live();
    life.heard
}

/// Many files of the log and many snapshots; a server that was away for long gets a snapshot.
fn long_life() -> Scenario {
    let latency = Duration::from_micros(300);
    let few = Scenario { snap_count: 20, committed_kept: 30, ..Scenario::default() };
    Scenario { latency, jitter: latency, ..few }
}

/// What the file driver's recorder hears, one effect after the other.
fn by_real_files(effects: Vec<DiskEffect>) -> Vec<Recorded> {
    let folder = tempfile::tempdir().unwrap();
    let recording = Arc::new(Recording::default());
    let listener = Arc::new(Listener(Arc::clone(&recording)));
    let (answer, answered) = std::sync::mpsc::channel();
    let layout = Layout::single(folder.path());
    let disk = Disk::open("one", layout, listener, move |_, input| {
        // Whoever no longer waits has failed already.
        let _ = answer.send(input);
    });
    let disk = disk.unwrap();
    for effect in effects {
        let waits = matches!(effect, DiskEffect::Sync { .. } | DiskEffect::List { .. });
        disk.submit(1, effect);
        disk.flush();
        if waits {
            let input = answered.recv_timeout(support::DEADLINE).unwrap();
            assert!(!matches!(input, DiskInput::Failed { .. }), "{input:?}");
        }
    }
    drop(disk);
    let heard = recording.0.lock().unwrap();
    // The folder itself is new on a real disk only.
    let is_root = |what: &Recorded| matches!(what, Recorded::DirectorySynced { directory } if directory.is_empty());
    let done = heard.iter().filter_map(|heard| match heard {
        Heard::Disk(_, what) if !is_root(what) => Some(what.clone()),
        _ => None,
    });
    done.collect()
}

fn by_files_in_memory(effects: Vec<DiskEffect>) -> Vec<Recorded> {
    let mut files = Files::default();
    let mut heard = Vec::new();
    for effect in effects {
        if let DiskEffect::Sync { files: asked, token } = effect {
            let covered = files.covered(&asked);
            heard.extend(files.synced(covered));
            heard.push(Recorded::Answered { token });
        } else {
            heard.extend(files.change(effect).0);
        }
    }
    heard
}

fn kind(what: &Recorded) -> std::mem::Discriminant<Recorded> {
    std::mem::discriminant(what)
}

/// Runs the ensemble under load and returns all that was heard.
fn record(scenario: Scenario) -> Vec<Heard> {
    let folder = tempfile::tempdir().unwrap();
    let recording = Arc::new(Recording::default());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let ports = Ports::new(Limits::default(), None);
    let any = PortRange { first: 1, last: 1 };
    let ip = "127.0.0.1".parse().unwrap();
    let limits = LabLimits { labs: 1, ip, ports: any, ..LabLimits::default() };
    let labs = Arc::new(Labs::new(limits, ports.clone()));
    let root = folder.path().to_path_buf();
    let storing = Storing::Files {
        layout: Box::new(move |node| Layout::single(root.join(node))),
        recorder: Arc::new(Listener(Arc::clone(&recording))),
        held: Box::new(()),
    };
    let base = "127.0.0.1:0".parse().unwrap();
    let plan = MainLabPlan { id: "main", scenario, base, seed: 7 };
    let addresses: Vec<SocketAddr> = runtime.block_on(async {
        let main = MainLab::start(&labs, &ports, &plan, storing).await.unwrap();
        main.ready().await.unwrap();
        let handle = labs.find("main").unwrap();
        let stop = Fault::Crash { node: ABSENT, power_loss: false };
        handle.ask(move |lab| lab.apply(stop, Origin::Script).unwrap()).await.unwrap();
        main.addresses().iter().map(|address| address.parse().unwrap()).collect()
    });
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (recording, address) = (Arc::clone(&recording), addresses[writer % 2]);
            scope.spawn(move || write(&recording, address, writer));
        }
    });
    labs.end();
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    let heard = recording.0.lock().unwrap();
    heard.clone()
}

fn write(recording: &Recording, address: SocketAddr, writer: usize) {
    let mut client = eventually(|| Client::connect(address));
    for number in 0..WRITES {
        let path = format!("/w{writer}-{number:05}");
        let (error, _) = client.ask(create(&path, &path)).unwrap();
        assert_eq!(error, ErrorCode::Ok);
        recording.push(Heard::Acknowledged(path));
    }
}

/// Cuts the power at random instants until a cut loses something; what it lost, in words.
fn first_loss(recording: &[Heard], count: usize) -> Option<String> {
    let mut random = Random::new(1);
    let mut at: Vec<usize> =
        (0..count).map(|_| random.below(recording.len() as u64 + 1) as usize).collect();
    at.sort_unstable();
    let mut disks = [power::Disk::default(), power::Disk::default()];
    let (mut acknowledged, mut played) = (Vec::new(), 0);
    for cut in at {
        for heard in &recording[played..cut] {
            match heard {
                Heard::Disk(node, what) if node == "zookeeper-1" => disks[0].play(what),
                Heard::Disk(node, what) if node == "zookeeper-2" => disks[1].play(what),
                Heard::Disk(..) => {}
                Heard::Acknowledged(path) => acknowledged.push(path.as_str()),
            }
        }
        played = cut;
        let contents = disks.each_ref().map(|disk| disk.cut(&mut random));
        if let Err(why) =
            recover(&contents, &SURVIVORS, &acknowledged, &scenario(), random.below(1 << 40))
        {
            return Some(format!("cut at {cut} of {}: {why}", recording.len()));
        }
    }
    None
}

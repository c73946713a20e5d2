//! The disk of a durable node, as its machine sees it.
#![allow(clippy::unwrap_used, reason = "a test says by failing what it did not expect")]

use bytes::Bytes;
use relevo_backend::files::{Disk, Layout, Recorded, Recorder};
use relevo_core::{DiskEffect, DiskError, DiskInput, Fault, File, FileInfo, HostId, Token};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(20);

#[derive(Default)]
struct Listener {
    heard: Mutex<Vec<Recorded>>,
    full: AtomicBool,
}

impl Recorder for Listener {
    fn record(&self, _node: &str, what: Recorded) {
        self.heard.lock().unwrap().push(what);
    }

    fn refuse(&self, _node: &str, _file: &File) -> Option<io::Error> {
        self.full.load(Ordering::SeqCst).then(|| io::ErrorKind::StorageFull.into())
    }
}

struct Rig {
    disk: Disk,
    answers: Receiver<(u32, DiskInput)>,
    listener: Arc<Listener>,
}

impl Rig {
    fn new(folder: &Path) -> Rig {
        let (tell, answers) = channel();
        let listener = Arc::new(Listener::default());
        let disk = Disk::open(
            "zookeeper-1",
            Layout::single(folder),
            Arc::clone(&listener) as Arc<dyn Recorder>,
            // The test may have ended.
            move |incarnation, input| drop(tell.send((incarnation, input))),
        );
        Rig { disk: disk.unwrap(), answers, listener }
    }

    fn ask(&self, effects: impl IntoIterator<Item = DiskEffect>) {
        effects.into_iter().for_each(|effect| self.disk.submit(1, effect));
        self.disk.flush();
    }

    fn answer(&self) -> DiskInput {
        self.answers.recv_timeout(DEADLINE).expect("the disk answers").1
    }

    fn read(&self, file: &File) -> Bytes {
        let token = Token(1000);
        self.ask([DiskEffect::Read { file: file.clone(), offset: 0, length: 1 << 20, token }]);
        match self.answer() {
            DiskInput::ReadDone { data, .. } => data,
            other => panic!("{other:?}"),
        }
    }

    fn list(&self) -> Vec<FileInfo> {
        self.ask([DiskEffect::List { token: Token(1001) }]);
        match self.answer() {
            DiskInput::Listed { files, .. } => files,
            other => panic!("{other:?}"),
        }
    }
}

fn append(file: &File, data: &'static str) -> DiskEffect {
    DiskEffect::Append { file: file.clone(), data: Bytes::from_static(data.as_bytes()) }
}

fn sync(file: &File, token: u64) -> DiskEffect {
    DiskEffect::Sync { files: [file.clone()].into_iter().collect(), token: Token(token) }
}

/// A process that died after creating a file leaves a directory entry that may not be durable, and
/// the next process knows nothing of that.
#[test]
fn what_an_earlier_process_created_is_made_durable_with_its_directory() {
    let folder = tempfile::tempdir().unwrap();
    let file = File::named("version-2/log.1");
    let before = Rig::new(folder.path());
    before.ask([append(&file, "begun")]);
    drop(before);
    let rig = Rig::new(folder.path());
    rig.list();
    rig.ask([sync(&file, 1)]);
    assert_eq!(rig.answer(), DiskInput::Durable { token: Token(1) });
    let heard = rig.listener.heard.lock().unwrap();
    let directory = "version-2".to_owned();
    assert!(heard.contains(&Recorded::Synced { file, length: 5 }), "{heard:?}");
    assert!(heard.contains(&Recorded::DirectorySynced { directory }), "{heard:?}");
}

#[test]
fn what_is_synced_is_written_first_and_the_directory_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path());
    let log = File::named("version-2/log.1");
    rig.ask([append(&log, "one"), append(&log, "two"), sync(&log, 7), append(&log, "three")]);
    assert_eq!(rig.answer(), DiskInput::Durable { token: Token(7) });
    assert_eq!(rig.read(&log), "onetwothree");
    let heard = rig.listener.heard.lock().unwrap().clone();
    let at = |wanted: &dyn Fn(&Recorded) -> bool| heard.iter().position(wanted).unwrap();
    let synced = at(&|it| matches!(it, Recorded::Synced { length, .. } if *length >= 6));
    let folder =
        at(&|it| matches!(it, Recorded::DirectorySynced { directory } if directory == "version-2"));
    let answered = at(&|it| matches!(it, Recorded::Answered { token: Token(7) }));
    assert!(synced < answered && folder < answered);
}

#[test]
fn files_are_replaced_cut_renamed_removed_and_listed() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path());
    let (epoch, old, new) =
        (File::named("version-2/currentEpoch"), File::named("x.tmp"), File::named("x"));
    rig.ask([
        DiskEffect::Replace { file: epoch.clone(), data: Bytes::from_static(b"1") },
        DiskEffect::Replace { file: epoch.clone(), data: Bytes::from_static(b"22") },
        append(&old, "0123456789"),
        DiskEffect::Truncate { file: old.clone(), length: 4 },
        append(&old, "ab"),
        DiskEffect::Rename { from: old.clone(), to: new.clone() },
        sync(&new, 1),
    ]);
    assert_eq!(rig.answer(), DiskInput::Durable { token: Token(1) });
    assert_eq!(rig.read(&new), "0123ab");
    assert_eq!(rig.read(&old), "");
    assert_eq!(rig.read(&epoch), "22");
    let listed = rig.list();
    let expected = [FileInfo { file: epoch, length: 2 }, FileInfo { file: new.clone(), length: 6 }];
    assert_eq!(listed, expected);
    rig.ask([DiskEffect::Delete { file: new.clone() }, sync(&new, 2)]);
    assert_eq!(rig.answer(), DiskInput::Durable { token: Token(2) });
    assert_eq!(rig.list().len(), 1);
}

#[test]
fn a_full_disk_fails_once_and_then_does_nothing_for_that_incarnation() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path());
    let log = File::named("log");
    rig.ask([append(&log, "kept"), sync(&log, 1)]);
    assert_eq!(rig.answer(), DiskInput::Durable { token: Token(1) });
    rig.listener.full.store(true, Ordering::SeqCst);
    rig.ask([append(&log, "lost"), sync(&log, 2)]);
    let failed = DiskInput::Failed { file: Some(log.clone()), error: DiskError::Full };
    assert_eq!(rig.answer(), failed);
    rig.listener.full.store(false, Ordering::SeqCst);
    rig.ask([append(&log, "ignored"), sync(&log, 3)]);
    // The next incarnation begins from what is there.
    rig.disk.submit(2, DiskEffect::Read { file: log, offset: 0, length: 100, token: Token(4) });
    rig.disk.flush();
    let read = DiskInput::ReadDone { token: Token(4), data: Bytes::from_static(b"kept") };
    assert_eq!(rig.answers.recv_timeout(DEADLINE).unwrap(), (2, read));
}

#[test]
fn faults_by_hand_fill_it_take_the_power_and_lose_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("zookeeper-1");
    let rig = Rig::new(&data);
    let (log, node) = (File::named("log"), HostId(0));
    rig.ask([append(&log, "durable"), sync(&log, 1)]);
    assert_eq!(rig.answer(), DiskInput::Durable { token: Token(1) });
    rig.ask([append(&log, " or not")]);
    rig.disk.fault(Fault::Crash { node, power_loss: true });
    assert_eq!(rig.read(&log), "durable");
    rig.disk.fault(Fault::LoseDisk { node });
    assert_eq!(rig.read(&log), "");
    assert_eq!(std::fs::read(folder.path().join("zookeeper-1.lost-1/log")).unwrap(), b"durable");
    rig.disk.fault(Fault::FillDisk { node, full: true });
    rig.ask([append(&log, "x")]);
    assert!(matches!(rig.answer(), DiskInput::Failed { error: DiskError::Full, .. }));
}

#[test]
fn a_slow_disk_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path());
    let log = File::named("log");
    rig.disk.fault(Fault::SlowDisk { node: HostId(0), factor: 1_000_000 });
    rig.ask([append(&log, "x"), sync(&log, 1)]);
    // It is at work on the sync by then, or about to be: either way nothing is waited for.
    std::thread::sleep(Duration::from_millis(50));
    let begun = std::time::Instant::now();
    drop(rig.disk);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(std::fs::read(folder.path().join("log")).unwrap(), b"x");
}

#[test]
fn a_large_sync_does_not_hold_up_a_small_one_and_later_bytes_wait_for_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path());
    let (snapshot, log) = (File::named("snapshot"), File::named("log"));
    let much = Bytes::from(vec![7; 8 << 20]);
    rig.ask([DiskEffect::Append { file: snapshot.clone(), data: much }, sync(&snapshot, 1)]);
    rig.ask([append(&log, "small"), sync(&log, 2)]);
    rig.ask([append(&snapshot, "tail"), sync(&snapshot, 3)]);
    let mut answers: Vec<DiskInput> = (0..3).map(|_| rig.answer()).collect();
    let place = |token| {
        let wanted = DiskInput::Durable { token: Token(token) };
        answers.iter().position(|answer| *answer == wanted).expect("every sync is answered")
    };
    assert!(place(1) < place(3), "{answers:?}");
    answers.clear();
    let heard = rig.listener.heard.lock().unwrap().clone();
    let whole = (8 << 20) + 4;
    let synced = heard.iter().position(
        |it| matches!(it, Recorded::Synced { file, length } if *file == snapshot && *length == whole),
    );
    let answered = heard.iter().position(|it| *it == Recorded::Answered { token: Token(3) });
    assert!(synced.expect("the tail was synced") < answered.unwrap());
}

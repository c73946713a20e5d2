//! What a disk may look like when a server boots, and what comes of it.

use crate::disk::Disk;
use relevo_coordination::{Event, Zxid};

/// A disk with /a, /b and /c on it.
fn written() -> Disk {
    let mut disk = Disk::new();
    disk.boot(|_| {});
    disk.connect();
    for (xid, path) in ["/a", "/b", "/c"].into_iter().enumerate() {
        disk.create(xid as i32 + 1, path, 20);
    }
    assert!(disk.has("/c") && disk.stopped.is_none());
    disk
}

#[test]
fn a_clean_log_is_read_whole() {
    let mut disk = written();
    disk.boot(|_| {});
    assert!(disk.has("/a") && disk.has("/b") && disk.has("/c"));
    assert_eq!(disk.server().last_logged(), Zxid(4));
}

#[test]
fn a_torn_tail_is_cut_wherever_it_was_torn() {
    let whole = written().log().len();
    let mut without_c = Disk::new();
    without_c.boot(|_| {});
    without_c.connect();
    without_c.create(1, "/a", 20);
    without_c.create(2, "/b", 20);
    let before = without_c.log().len();
    for length in before + 1..whole {
        let mut disk = written();
        disk.log().truncate(length);
        disk.boot(|_| {});
        assert_eq!(disk.stopped, None);
        assert!(disk.has("/b") && !disk.has("/c"), "cut at {length}");
        // Zeros are no tail: ZooKeeper fills its files with them.
        let zeros = disk.log()[before..].iter().all(|byte| *byte == 0);
        assert!(zeros, "the tail is gone from the file");
        let torn = disk.events.iter().find_map(|event| match event {
            Event::Recovered { torn_bytes, .. } => Some(*torn_bytes),
            _ => None,
        });
        let left = disk.log().len() - before;
        assert_eq!(torn, Some((length - before - left) as u64));
        // It goes on, and what it writes then is found by the next boot.
        disk.connect();
        disk.create(1, "/d", 20);
        disk.boot(|_| {});
        assert!(disk.has("/d") && !disk.has("/c"));
    }
}

#[test]
fn a_tail_of_zeros_is_a_torn_tail() {
    let mut disk = written();
    let length = disk.log().len();
    disk.log()[length - 30..].fill(0);
    disk.boot(|_| {});
    assert_eq!(disk.stopped, None);
    assert!(disk.has("/b") && !disk.has("/c"));
}

/// Even of the very first bytes: the file goes, for the next transaction may take its name.
#[test]
fn a_log_torn_within_its_header_is_removed() {
    for length in 0..16 {
        for zeros in [0, 16 - length] {
            let mut disk = written();
            disk.log().truncate(length);
            disk.log().resize(length + zeros, 0);
            disk.boot(|_| {});
            assert_eq!(disk.stopped, None, "{length} bytes and {zeros} zeros");
            disk.connect();
            disk.create(1, "/a", 20);
            disk.boot(|_| {});
            assert!(disk.has("/a"));
        }
    }
}

/// Damage with whole entries after it is no crash's doing: something acknowledged may be lost.
#[test]
fn damage_in_the_middle_stops_the_server_with_a_reason() {
    let mut disk = written();
    let middle = disk.log().len() / 2;
    disk.log()[middle] ^= 0x20;
    disk.boot(|_| {});
    let reason = disk.stopped.expect("it stops");
    assert!(reason.contains("version-2/log.1"), "{reason}");
    assert!(reason.contains("damaged") && reason.contains("copy"), "{reason}");
}

#[test]
fn a_broken_snapshot_gives_way_to_the_one_before() {
    let mut disk = Disk::new();
    disk.boot(|config| config.snap_count = 10);
    disk.connect();
    for xid in 1..40 {
        disk.create(xid, &format!("/n{xid}"), 20);
    }
    let newest = disk.files.keys().filter(|name| name.contains("/snapshot.")).max_by_key(|name| {
        u64::from_str_radix(name.rsplit('.').next().expect("a number"), 16).expect("hex")
    });
    let newest = newest.expect("there are snapshots").clone();
    assert_ne!(newest, "version-2/snapshot.0");
    disk.files.get_mut(&newest).expect("it is there")[40] ^= 1;
    disk.boot(|_| {});
    assert_eq!(disk.stopped, None);
    assert!((1..40).all(|xid| disk.has(&format!("/n{xid}"))));
}

#[test]
fn old_snapshots_and_logs_are_purged() {
    let mut disk = Disk::new();
    disk.boot(|config| config.snap_count = 10);
    disk.connect();
    for xid in 1..400 {
        disk.create(xid, &format!("/n{xid}"), 20);
    }
    let count = |kind: &str| disk.files.keys().filter(|name| name.contains(kind)).count();
    assert_eq!(count("/snapshot."), 3);
    assert!(count("/log.") <= 5, "{:?}", disk.files.keys());
}

#[test]
fn a_log_without_a_snapshot_is_refused() {
    let mut disk = written();
    disk.files.retain(|name, _| !name.contains("snapshot"));
    disk.boot(|_| {});
    assert!(disk.stopped.expect("it stops").contains("no snapshot"));
}

#[test]
fn a_full_disk_stops_the_server_and_its_directory_opens_again() {
    let mut disk = written();
    disk.full = true;
    disk.create(9, "/refused", 20);
    let reason = disk.stopped.take().expect("it stops");
    assert!(reason.contains("full") && reason.contains("version-2/log."), "{reason}");
    disk.full = false;
    disk.boot(|_| {});
    assert!(disk.has("/c") && !disk.has("/refused"));
}

/// A log of megabytes is read in pieces of 64 KiB, a snapshot of many znodes in smaller ones. That
/// no step handles more is asserted by `Effects::charge`.
#[test]
fn much_is_read_in_slices() {
    let mut disk = Disk::new();
    disk.boot(|_| {});
    disk.connect();
    for xid in 1..2_000 {
        disk.create(xid, &format!("/n{xid}"), 1_000);
    }
    assert!(disk.log().len() > 2_000_000);
    disk.boot(|config| config.snap_count = 10);
    assert!(disk.has("/n1999"));
    assert_eq!(disk.largest_read, 64 * 1024);
    disk.connect();
    disk.create(1, "/last", 10);
    disk.boot(|_| {});
    assert!(disk.has("/n1999") && disk.has("/last"));
}

//! Files written by Apache ZooKeeper 3.8.0 are read as it meant them, and ours are as its own.
//!
//! `zookeeper-3.8.0/` holds a snapshot and two logs of a standalone server (snapCount 30) to which
//! kazoo had sent creations of several kinds, changes, failures and multis; the logs' zero padding
//! is cut to 64 bytes.

mod codec;

use bytes::{Bytes, BytesMut};
use imbl::OrdMap;
use proptest::prelude::*;
use relevo_coordination::codec::{
    accepted_epoch_file, current_epoch_file, decode_epoch, encode_epoch, log, log_file, log_zxid,
    snapshot, snapshot_file, snapshot_zxid,
};
use relevo_coordination::{
    Acl, AclEntry, Epoch, Identity, NodeKind, SessionId, StoredStat, Tree, Txn, TxnBody, Znode,
    Zxid,
};
use relevo_core::File;

const SNAPSHOT: &[u8] = include_bytes!("codec/zookeeper-3.8.0/snapshot.1c");
const LOGS: [&[u8]; 2] =
    [include_bytes!("codec/zookeeper-3.8.0/log.1"), include_bytes!("codec/zookeeper-3.8.0/log.1e")];

type Sessions = OrdMap<SessionId, u32>;

fn read_snapshot(file: &[u8], piece: usize) -> Result<(Tree, Sessions), snapshot::SnapshotError> {
    let mut reader = snapshot::Reader::new();
    for bytes in file.chunks(piece) {
        reader.push(Bytes::copy_from_slice(bytes))?;
    }
    reader.finish()
}

fn write(mut writer: snapshot::Writer, max: u64) -> Bytes {
    let mut file = BytesMut::new();
    let mut entries = 0;
    while let Some(chunk) = writer.next_chunk(max) {
        // Writing is paced by the disk; what writes nothing would go on without pause.
        assert!(!chunk.is_empty(), "every slice moves the file on");
        assert!(writer.entries() - entries <= 256, "a slice has at most 256 entries");
        entries = writer.entries();
        file.extend_from_slice(&chunk);
    }
    file.freeze()
}

fn nodes(tree: &Tree) -> Vec<(String, Znode)> {
    tree.after(None).map(|(path, node)| (path.to_string(), Znode::clone(node))).collect()
}

fn text(tree: &Tree, path: &str) -> Option<String> {
    let data = tree.node(path)?.data.clone()?;
    Some(String::from_utf8(data.to_vec()).expect("the fixture's data are text"))
}

#[test]
fn zookeepers_snapshot_is_read() {
    for piece in [1, 100, SNAPSHOT.len()] {
        let (tree, sessions) = read_snapshot(SNAPSHOT, piece).unwrap();
        assert_eq!(sessions.len(), 2, "both clients were connected");
        assert!(sessions.values().all(|timeout_ms| *timeout_ms == 20_000));
        assert_eq!(text(&tree, "/plain"), Some("tx".into()));
        assert_eq!(text(&tree, "/empty"), None, "a multi had deleted it");
        let kind = |path| tree.node(path).expect("it is there").stat.kind;
        let owners: Vec<_> = sessions.keys().map(|id| NodeKind::Ephemeral(*id)).collect();
        assert!(owners.contains(&kind("/e")) && owners.contains(&kind("/e2")));
        assert_ne!(kind("/e"), kind("/e2"));
        assert_eq!(kind("/"), NodeKind::Persistent);
        let secret = &tree.node("/secret").expect("it is there").acl;
        assert_eq!(&*secret[0].id.scheme, "digest");
        let seq = tree.node("/seq").expect("it is there");
        assert_eq!((seq.stat.cversion, seq.children.len()), (5, 4));
    }
}

#[test]
fn our_snapshot_of_zookeepers_tree_has_the_same_znodes() {
    let (tree, sessions) = read_snapshot(SNAPSHOT, 64).unwrap();
    for max in [1, 300, 1 << 20] {
        let zxid = Zxid(0x1c);
        let file = write(snapshot::Writer::new(tree.clone(), sessions.clone(), zxid), max);
        let (again, still) = read_snapshot(&file, 64).unwrap();
        assert_eq!(nodes(&again), nodes(&tree));
        assert_eq!(still, sessions);

        let stream = write(snapshot::Writer::stream(tree.clone(), sessions.clone(), zxid), max);
        let mut reader = snapshot::Reader::stream();
        reader.push(stream).unwrap();
        assert_eq!(nodes(&reader.finish().unwrap().0), nodes(&tree));
    }
}

#[test]
fn zookeepers_logs_are_read_and_written_again_byte_for_byte() {
    for file in LOGS {
        let (txns, end) = codec::read_log(file, 1000);
        let end = usize::try_from(end.expect("zeros are the end")).expect("it is small");
        let mut again = BytesMut::from(&log::header()[..]);
        txns.iter().for_each(|txn| log::encode(txn, &mut again));
        assert_eq!(&again[..], &file[..end]);
        assert!(txns.windows(2).all(|pair| pair[0].zxid.next() == Some(pair[1].zxid)));
    }
}

#[test]
fn zookeepers_logs_after_its_snapshot_make_the_tree_it_had() {
    let (mut tree, _) = read_snapshot(SNAPSHOT, 4096).unwrap();
    let txns: Vec<Txn> = LOGS.iter().flat_map(|file| codec::read_log(file, 4096).0).collect();
    let closed = txns.iter().any(|txn| matches!(txn.body, TxnBody::CloseSession { .. }));
    assert!(closed, "one of the clients had left");
    for txn in txns.iter().filter(|txn| txn.zxid > Zxid(0x1c)) {
        tree.apply(txn);
    }
    assert!(tree.node("/e2").is_none() && tree.node("/e").is_some());
    assert_eq!(tree.after(None).filter(|(path, _)| path.starts_with("/later-")).count(), 12);
    assert_eq!(tree.node("/plain").expect("it is there").acl.len(), 2);
}

#[test]
fn a_cut_or_damaged_snapshot_is_refused() {
    // The digest behind the checksum is not needed: 56 bytes with a checksum of its own.
    let sealed = SNAPSHOT.len() - 33;
    assert!(read_snapshot(&SNAPSHOT[..sealed], 100).is_ok());
    for length in 0..sealed {
        assert!(read_snapshot(&SNAPSHOT[..length], 100).is_err(), "cut to {length}");
    }
    for at in 0..sealed - 5 {
        let mut file = SNAPSHOT.to_vec();
        file[at] ^= 0x10;
        // The number of the data base and the sessions are covered by the checksum too.
        assert!(read_snapshot(&file, 100).is_err(), "damaged at {at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_tree_comes_out_as_it_went_in(
        names in prop::collection::btree_set("[a-z]{1,3}(/[a-z]{1,3}){0,3}", 0..40),
        seed in any::<u64>(),
        max in 1u64..3000,
        piece in 1usize..2000,
    ) {
        let mut tree = Tree::new();
        for (at, name) in names.iter().enumerate() {
            let mut path = String::new();
            for part in name.split('/') {
                path = format!("{path}/{part}");
                if tree.node(&path).is_none() {
                    tree.insert_raw(path.as_str().into(), znode(seed.wrapping_add(at as u64)));
                }
            }
        }
        let sessions: Sessions = (0..seed % 5).map(|id| (SessionId(id as i64), 10u32)).collect();
        let file = write(snapshot::Writer::new(tree.clone(), sessions.clone(), Zxid(7)), max);
        let (again, still) = read_snapshot(&file, piece).unwrap();
        prop_assert_eq!(nodes(&again), nodes(&tree));
        prop_assert_eq!(still, sessions);
    }
}

fn znode(seed: u64) -> Znode {
    let id = |id: u64| Identity { scheme: "digest".into(), id: format!("u{id}:x").into() };
    let acl: Acl = [AclEntry { perms: (seed % 32) as i32, id: id(seed % 7) }].into();
    let kinds = [
        NodeKind::Persistent,
        NodeKind::Ephemeral(SessionId(3)),
        NodeKind::Container,
        NodeKind::Ttl { ttl_ms: 5000 },
    ];
    let stat = StoredStat {
        czxid: Zxid(seed),
        version: seed as i32,
        kind: kinds[(seed % 4) as usize],
        ..StoredStat::default()
    };
    let data = (!seed.is_multiple_of(3)).then(|| Bytes::from(vec![7; (seed % 90) as usize]));
    Znode { data, acl, stat, children: Default::default() }
}

#[test]
fn files_are_named_as_zookeepers() {
    assert_eq!(log_file(Zxid(0x1_0000_00ff)), File::named("version-2/log.1000000ff"));
    assert_eq!(snapshot_file(Zxid(0)), File::named("version-2/snapshot.0"));
    assert_eq!(log_zxid(&log_file(Zxid(77))), Some(Zxid(77)));
    assert_eq!(snapshot_zxid(&snapshot_file(Zxid(77))), Some(Zxid(77)));
    assert_eq!(log_zxid(&snapshot_file(Zxid(77))), None);
    assert_eq!(log_zxid(&File::named("version-2/log.x")), None);
    assert_eq!(accepted_epoch_file(), File::named("version-2/acceptedEpoch"));
    assert_eq!(current_epoch_file(), File::named("version-2/currentEpoch"));
    assert_eq!(decode_epoch(b"7\n"), Some(Epoch(7)));
    assert_eq!(decode_epoch(&encode_epoch(Epoch(7))), Some(Epoch(7)));
    assert_eq!(decode_epoch(b""), None);
}

#[test]
fn what_is_no_log_is_said_to_be_none() {
    let (_, end) = codec::read_log(b"#!/bin/sh\necho hello world\n", 10);
    assert_eq!(end, Err(log::LogError::NotALog));
    assert_eq!(codec::read_log(b"", 10).1, Err(log::LogError::Torn { at: 0 }));
    assert_eq!(codec::read_log(b"ZKLG\0\0", 10).1, Err(log::LogError::Torn { at: 0 }));
    assert_eq!(codec::read_log(&[0; 40], 10).1, Err(log::LogError::Torn { at: 0 }));
    assert_eq!(codec::read_log(&log::header(), 3), (vec![], Ok(16)));
}

#[test]
fn entries_behind_a_hole_are_not_given_up_silently() {
    let mut file = LOGS[0].to_vec();
    let (txns, end) = codec::read_log(&file, 512);
    let mut entry = BytesMut::new();
    log::encode(txns.last().expect("there are many"), &mut entry);
    file.extend_from_slice(&[0; 5000]);
    file.extend_from_slice(&entry);
    for piece in [1, 512, file.len()] {
        let (read, found) = codec::read_log(&file, piece);
        assert_eq!(read, txns);
        assert_eq!(found, Err(log::LogError::Corrupt { at: end.clone().unwrap() }), "{piece}");
    }
}

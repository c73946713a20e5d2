//! Loss of power: what was reported durable is there; of the rest a prefix of each file survives,
//! its last piece torn or zero-filled, and other unsynced writes may be undone, latest first.

use crate::toys::{Do, Told, ToyWorld, append, call, crash, restart, run, sync, told, world};
use relevo_core::{Duration, Kind, Random};
use std::collections::{BTreeMap, BTreeSet};

fn files(world: &mut ToyWorld) -> BTreeMap<String, Vec<u8>> {
    call(world, 0, Do::List);
    world.drain_trace();
    run(world, 10);
    let Some(Told::Files(files)) = told(world, 0).pop() else { panic!("a list was asked for") };
    let mut contents = BTreeMap::new();
    for (file, length) in files {
        call(world, 0, Do::Read { file: file.clone(), offset: 0, length });
        run(world, 10);
        let Some(Told::Read(data)) = told(world, 0).pop() else { panic!("a file was read") };
        contents.insert(file, data);
    }
    contents
}

fn after_power_loss(seed: u64, synced: &[Do], unsynced: &[Do]) -> BTreeMap<String, Vec<u8>> {
    let mut world = world(seed, 1);
    let all = ["a", "b", "c"].map(String::from).to_vec();
    let durable = Do::Sync { files: all, token: 1 };
    call(&mut world, 0, Do::All([synced, &[durable]].concat()));
    run(&mut world, 10);
    call(&mut world, 0, Do::All(unsynced.to_vec()));
    run(&mut world, 10);
    crash(&mut world, 0, true);
    restart(&mut world, 0);
    run(&mut world, 1);
    files(&mut world)
}

fn rename(from: &str, to: &str) -> Do {
    Do::Rename { from: from.into(), to: to.into() }
}

#[test]
fn a_synced_log_survives_and_its_unsynced_end_is_torn_in_every_way() {
    let (mut torn, mut zeroed, mut whole, mut none) = (0, 0, 0, 0);
    for seed in 0..500 {
        let unsynced = [append("a", "11111111"), append("a", "22222222")];
        let files = after_power_loss(seed, &[append("a", "safe")], &unsynced);
        let data = &files["a"];
        assert!(data.starts_with(b"safe"), "seed {seed}: {data:?}");
        let rest = &data[4..];
        let written: Vec<u8> = rest.iter().copied().take_while(|&byte| byte != 0).collect();
        assert!(b"1111111122222222".starts_with(&written), "seed {seed}: {data:?}");
        assert!(rest[written.len()..].iter().all(|&byte| byte == 0) && rest.len() <= 16);
        match rest.len() {
            0 => none += 1,
            16 if written.len() == 16 => whole += 1,
            _ if written.len() < rest.len() => zeroed += 1,
            _ => torn += 1,
        }
    }
    assert!([torn, zeroed, whole, none].iter().all(|&count| count >= 20));
}

#[test]
fn every_other_write_may_be_undone_but_never_an_earlier_one_alone() {
    let replace = |data: &str| Do::Replace { file: "a".into(), data: data.into() };
    let truncate = Do::Truncate { file: "a".into(), length: 1 };
    let delete = Do::Delete { file: "a".into() };
    let mut seen = BTreeSet::new();
    for seed in 0..200 {
        let unsynced = [replace("two"), truncate.clone(), delete.clone(), replace("three")];
        let files = after_power_loss(seed, &[replace("one")], &unsynced);
        seen.insert(files.get("a").map(|data| String::from_utf8_lossy(data).to_string()));
    }
    let expected = [Some("one"), Some("two"), Some("t"), None, Some("three")];
    assert_eq!(seen, expected.into_iter().map(|data| data.map(String::from)).collect());
}

#[test]
fn a_rename_survives_under_both_names_or_neither() {
    let mut seen = BTreeSet::new();
    for seed in 0..200 {
        let synced = [append("a", "new"), append("b", "old")];
        let files = after_power_loss(seed, &synced, &[rename("a", "b"), append("a", "again")]);
        let (a, b) = (files.get("a").cloned(), files.get("b").cloned());
        match b.as_deref() {
            Some(b"old") => assert_eq!(a.as_deref(), Some(&b"new"[..])),
            Some(b"new") => assert_ne!(a.as_deref(), Some(&b"new"[..])),
            other => panic!("seed {seed}: {other:?}"),
        }
        seen.insert(b);
    }
    assert_eq!(seen.len(), 2);
}

#[test]
fn whoever_renames_before_syncing_may_find_a_torn_file() {
    let mut seen = BTreeSet::new();
    for seed in 0..200 {
        let files = after_power_loss(seed, &[], &[append("a", "content"), rename("a", "b")]);
        seen.insert(files.get("b").map(Vec::len));
    }
    assert!(seen.contains(&None) && seen.contains(&Some(7)));
    assert!(seen.iter().flatten().any(|&length| length < 7));
}

#[test]
fn syncing_the_new_name_makes_a_rename_durable() {
    for seed in 0..100 {
        let mut world = world(seed, 1);
        call(&mut world, 0, Do::All(vec![append("a", "content"), sync("a", 1)]));
        run(&mut world, 10);
        call(&mut world, 0, Do::All(vec![rename("a", "b"), sync("b", 2)]));
        run(&mut world, 10);
        crash(&mut world, 0, true);
        restart(&mut world, 0);
        run(&mut world, 1);
        assert_eq!(files(&mut world), BTreeMap::from([("b".into(), b"content".to_vec())]));
    }
}

/// A logger that appends numbered records and syncs now and then: whatever it was told is durable
/// is there after the power went at any instant.
#[test]
fn what_was_reported_durable_is_never_lost() {
    let mut losses = 0;
    for seed in 0..500 {
        let mut world = world(seed, 1);
        let mut random = Random::new(seed);
        let mut reported = 0;
        for record in 0..random.between(1, 40) {
            call(&mut world, 0, append("log", vec![record as u8 + 1; 10]));
            if random.chance(1, 3) {
                call(&mut world, 0, sync("log", record + 1));
            }
            let span = Duration::from_micros(random.below(3_000));
            world.advance_to(world.now() + span);
        }
        for told in told(&mut world, 0) {
            if let Told::Durable(token) = told {
                reported = token.0;
            }
        }
        crash(&mut world, 0, true);
        let torn = world.drain_trace().find(|event| matches!(event.kind, Kind::Torn { .. }));
        losses += u64::from(torn.is_some());
        restart(&mut world, 0);
        run(&mut world, 1);
        let files = files(&mut world);
        let log = files.get("log").cloned().unwrap_or_default();
        for record in 0..reported {
            let at = record as usize * 10;
            assert_eq!(&log[at..at + 10], &[record as u8 + 1; 10], "seed {seed}");
        }
    }
    assert!(losses > 100, "the power often goes before a sync");
}

#[test]
fn the_trace_tells_what_was_lost() {
    for seed in 0..100 {
        let mut world = world(seed, 1);
        call(&mut world, 0, Do::All(vec![append("a", "12345"), append("a", "67890")]));
        run(&mut world, 1);
        crash(&mut world, 0, true);
        let events: Vec<_> = world.drain_trace().collect();
        let torn = events.iter().find_map(|event| match event.kind {
            Kind::Torn { kept, lost, reverted, .. } => Some((kept, lost, reverted)),
            _ => None,
        });
        let (kept, lost, reverted) = torn.expect("something was not synced");
        restart(&mut world, 0);
        run(&mut world, 1);
        let left = files(&mut world).get("a").map(Vec::len);
        assert_eq!(left, (reverted == 0).then_some(kept as usize), "seed {seed}");
        assert!(kept + lost >= 10);
    }
}

#[test]
fn what_nobody_synced_is_written_back_after_half_a_minute() {
    for seed in 0..50 {
        let mut world = world(seed, 1);
        call(&mut world, 0, Do::All(vec![append("a", "x"), append("b", "y"), sync("a", 1)]));
        run(&mut world, 10);
        call(&mut world, 0, Do::Delete { file: "a".into() });
        run(&mut world, 31_000);
        call(&mut world, 0, append("c", "z"));
        run(&mut world, 1);
        crash(&mut world, 0, true);
        restart(&mut world, 0);
        run(&mut world, 1);
        let mut left = files(&mut world);
        left.remove("c");
        assert_eq!(left, BTreeMap::from([("b".into(), b"y".to_vec())]), "seed {seed}");
    }
}

/// What one name held since its last sync, oldest first.
type History = Vec<Option<Vec<u8>>>;

/// Whether power loss may leave `left` where a name went through `history`: one of its states, or
/// a torn append between two of them.
fn may_remain(history: &History, left: &Option<Vec<u8>>) -> bool {
    let torn = |before: &Option<Vec<u8>>, after: &Option<Vec<u8>>| {
        let (before, Some(after), Some(left)) = (before.as_deref().unwrap_or(&[]), after, left)
        else {
            return false;
        };
        let same = left.iter().zip(after).take_while(|(a, b)| a == b).count();
        let is_append = after.starts_with(before) && left.len() <= after.len();
        is_append && same >= before.len() && left[same..].iter().all(|&byte| byte == 0)
    };
    history.contains(left) || history.windows(2).any(|pair| torn(&pair[0], &pair[1]))
}

/// Any writes, synced at any times: each name is left in a state it went through since its last
/// sync.
#[test]
fn each_file_is_left_as_it_was_at_some_instant_since_its_last_sync() {
    const NAMES: [&str; 3] = ["a", "b", "c"];
    for seed in 0..1_000 {
        let mut world = world(seed, 1);
        let mut random = Random::new(seed);
        let mut names = NAMES.map(|_| vec![None::<Vec<u8>>]);
        for number in 1..=random.between(1, 12) as u8 {
            let (at, other) = (random.below(3) as usize, random.below(3) as usize);
            let (file, now) = (NAMES[at], names[at].last().cloned().flatten());
            let data = vec![number; random.between(1, 6) as usize];
            match random.below(6) {
                0..=1 => {
                    let whole = [now.unwrap_or_default(), data.clone()].concat();
                    names[at].push(Some(whole));
                    call(&mut world, 0, append(file, data));
                }
                2 => {
                    names[at].push(Some(data.clone()));
                    call(&mut world, 0, Do::Replace { file: file.into(), data });
                }
                3 => {
                    names[at].push(None);
                    call(&mut world, 0, Do::Delete { file: file.into() });
                }
                4 if now.is_some() && names[at].len() == 1 && at != other => {
                    names[at].push(None);
                    names[other].push(now);
                    call(&mut world, 0, rename(file, NAMES[other]));
                }
                _ => {
                    names[at] = vec![now];
                    call(&mut world, 0, sync(file, 1));
                }
            }
            run(&mut world, 6);
        }
        crash(&mut world, 0, true);
        restart(&mut world, 0);
        run(&mut world, 1);
        let left = files(&mut world);
        for (name, history) in NAMES.iter().zip(&names) {
            let left = left.get(*name).cloned();
            assert!(may_remain(history, &left), "seed {seed}, {name}: {left:?} of {history:?}");
        }
    }
}

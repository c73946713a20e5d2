//! The memory disk: what a process sees, and when it hears that it is durable.

use crate::toys::{Do, Told, ToyWorld, append, call, fault, restart, run, sync, told, world};
use proptest::prelude::*;
use relevo_core::{DiskError, Duration, Fault, HostId, Kind, Token};
use std::collections::BTreeMap;

fn read(world: &mut ToyWorld, file: &str) -> Vec<u8> {
    world.drain_trace();
    call(world, 0, Do::Read { file: file.into(), offset: 0, length: u64::MAX });
    run(world, 10);
    match told(world, 0).pop() {
        Some(Told::Read(data)) => data,
        other => panic!("{other:?} is no answer"),
    }
}

#[test]
fn a_sync_takes_between_a_tenth_of_a_millisecond_and_five() {
    let mut took = Vec::new();
    for seed in 0..200 {
        let mut world = world(seed, 1);
        call(&mut world, 0, Do::All(vec![append("a", "x"), sync("a", 1)]));
        let asked = world.now();
        run(&mut world, 10);
        let durable = world.drain_trace().find(|event| event.kind == Kind::Durable);
        took.push(durable.expect("it is durable").at - asked);
    }
    let (least, most) = (took.iter().min().unwrap(), took.iter().max().unwrap());
    assert!(*least >= Duration::from_micros(100) && *least < Duration::from_micros(300));
    assert!(*most <= Duration::from_millis(5) && *most > Duration::from_micros(4_800));
}

#[test]
fn syncs_asked_while_one_is_in_flight_merge_and_are_answered_one_by_one() {
    let mut world = world(1, 1);
    call(&mut world, 0, Do::All(vec![append("a", "1"), sync("a", 1)]));
    world.advance_to(world.now());
    for token in 2..5 {
        call(&mut world, 0, Do::All(vec![append("a", "x"), sync("a", token)]));
        world.advance_to(world.now());
    }
    run(&mut world, 20);
    let events: Vec<_> = world.drain_trace().collect();
    let durable: Vec<_> = events.iter().filter(|event| event.kind == Kind::Durable).collect();
    let appended = events.iter().filter(|event| matches!(event.kind, Kind::Appended { .. }));
    let appended: Vec<_> = appended.map(|event| event.seq).collect();
    let causes: Vec<_> = durable.iter().flat_map(|event| event.causes.iter().copied()).collect();
    assert_eq!(causes, appended, "each rests on exactly what it is the first to cover");
    assert!(durable[0].at < durable[1].at);
    assert_eq!(durable[1].at, durable[3].at, "three were one operation");
}

#[test]
fn a_slow_disk_is_slower_and_can_recover() {
    let mut world = world(1, 1);
    fault(&mut world, Fault::SlowDisk { node: HostId(0), factor: 1_000 });
    call(&mut world, 0, Do::All(vec![append("a", "x"), sync("a", 1)]));
    world.drain_trace();
    run(&mut world, 99);
    assert_eq!(told(&mut world, 0), []);
    run(&mut world, 5_000);
    assert_eq!(told(&mut world, 0), [Told::Durable(Token(1))]);
    fault(&mut world, Fault::SlowDisk { node: HostId(0), factor: 1 });
    call(&mut world, 0, sync("a", 2));
    run(&mut world, 6);
    assert_eq!(told(&mut world, 0), [Told::Durable(Token(2))]);
}

#[test]
fn a_full_disk_fails_the_append_and_everything_after_it() {
    for seed in 0..20 {
        let mut world = world(seed, 1);
        call(&mut world, 0, append("a", "before"));
        run(&mut world, 1);
        fault(&mut world, Fault::FillDisk { node: HostId(0), full: true });
        call(&mut world, 0, Do::All(vec![append("a", "12345"), append("a", "6"), sync("a", 1)]));
        world.drain_trace();
        run(&mut world, 50);
        assert_eq!(told(&mut world, 0), [Told::Failed(DiskError::Full)], "and no Durable");
        crate::toys::crash(&mut world, 0, false);
        fault(&mut world, Fault::FillDisk { node: HostId(0), full: false });
        restart(&mut world, 0);
        let left = read(&mut world, "a");
        assert!(b"before12345".starts_with(&left) && left.starts_with(b"before"), "{left:?}");
    }
}

#[test]
fn renaming_what_does_not_exist_fails() {
    let mut world = world(1, 1);
    call(&mut world, 0, Do::Rename { from: "a".into(), to: "b".into() });
    world.drain_trace();
    run(&mut world, 10);
    assert!(matches!(told(&mut world, 0)[..], [Told::Failed(DiskError::Failed(_))]));
}

#[test]
fn a_lost_disk_is_empty_and_its_process_dead() {
    let mut world = world(1, 1);
    call(&mut world, 0, Do::All(vec![append("a", "x"), sync("a", 1)]));
    run(&mut world, 10);
    fault(&mut world, Fault::LoseDisk { node: HostId(0) });
    assert!(world.machine(HostId(0)).is_none());
    restart(&mut world, 0);
    call(&mut world, 0, Do::List);
    world.drain_trace();
    run(&mut world, 10);
    assert_eq!(told(&mut world, 0).last(), Some(&Told::Files(vec![])));
}

#[test]
fn a_read_sees_what_stood_there_when_it_was_asked() {
    let mut world = world(1, 1);
    let all = Do::Read { file: "a".into(), offset: 0, length: 100 };
    let after = Do::Truncate { file: "a".into(), length: 0 };
    call(&mut world, 0, Do::All(vec![append("a", "now"), all, after]));
    run(&mut world, 10);
    assert_eq!(told(&mut world, 0).last(), Some(&Told::Read(b"now".to_vec())));
}

fn writes() -> impl Strategy<Value = Do> {
    let file = || prop_oneof![Just("a"), Just("b"), Just("c")].prop_map(String::from);
    let data = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        (any::<u8>(), 0..200_000usize).prop_map(|(byte, length)| vec![byte; length]),
    ];
    prop_oneof![
        4 => (file(), data.clone()).prop_map(|(file, data)| Do::Append { file, data }),
        1 => (file(), data).prop_map(|(file, data)| Do::Replace { file, data }),
        1 => (file(), 0..150_000u64).prop_map(|(file, length)| Do::Truncate { file, length }),
        1 => (file(), file()).prop_map(|(from, to)| Do::Rename { from, to }),
        1 => file().prop_map(|file| Do::Delete { file }),
        1 => file().prop_map(|file| sync(&file, 1)),
    ]
}

/// A file system as plain as can be.
fn apply(model: &mut BTreeMap<String, Vec<u8>>, write: &Do) {
    match write.clone() {
        Do::Append { file, data } => model.entry(file).or_default().extend(data),
        Do::Replace { file, data } => _ = model.insert(file, data),
        Do::Truncate { file, length } => {
            if let Some(content) = model.get_mut(&file) {
                content.truncate(length as usize);
            }
        }
        Do::Rename { from, to } => {
            if let Some(content) = model.remove(&from) {
                model.insert(to, content);
            }
        }
        Do::Delete { file } => _ = model.remove(&file),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_process_sees_a_plain_file_system(writes in prop::collection::vec(writes(), 1..40)) {
        let mut world = world(1, 1);
        let mut model = BTreeMap::new();
        for write in writes {
            if matches!(&write, Do::Rename { from, .. } if !model.contains_key(from)) {
                continue;
            }
            apply(&mut model, &write);
            call(&mut world, 0, write);
            world.advance_to(world.now() + Duration::from_micros(300));
        }
        crate::toys::crash(&mut world, 0, false);
        restart(&mut world, 0);
        call(&mut world, 0, Do::List);
        world.drain_trace();
        run(&mut world, 10);
        let files = model.iter().map(|(file, data)| (file.clone(), data.len() as u64)).collect();
        prop_assert_eq!(told(&mut world, 0).pop(), Some(Told::Files(files)));
        for (file, data) in &model {
            prop_assert_eq!(&read(&mut world, file), data);
        }
    }
}

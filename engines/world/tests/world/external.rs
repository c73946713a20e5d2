//! Hosts with real files: effects leave, answers enter; those of an earlier incarnation are ignored.

use crate::toys::{
    Do, Told, ToyConfig, ToyWorld, append, call, config, crash, fault, restart, run, sync, told,
};
use relevo_core::{
    DiskEffect, DiskError, DiskInput, Fault, FileInfo, HostId, Kind, OutsideInput, OutsideOutput,
    Token,
};
use relevo_world::{CommandError, Entered, Storage, World};

const NODE: HostId = HostId(0);

fn external() -> ToyWorld {
    let mut world = World::new(config(1));
    world.add_host("durable", ToyConfig::default(), Storage::External);
    run(&mut world, 1);
    world.drain_trace();
    world
}

fn answer(
    world: &mut ToyWorld,
    incarnation: u32,
    input: DiskInput,
) -> Result<Entered, CommandError> {
    world.input(OutsideInput::Disk { node: NODE, incarnation, input })
}

#[test]
fn effects_leave_in_order_and_answers_reach_the_machine() {
    let mut world = external();
    call(&mut world, 0, Do::All(vec![append("a", "1"), append("a", "2"), sync("a", 9), Do::List]));
    run(&mut world, 1);
    let effects = world.drain_outside().map(|output| match output {
        OutsideOutput::Disk { node: NODE, incarnation: 1, effect } => effect,
        other => panic!("{other:?} is not for the disk"),
    });
    let effects: Vec<_> = effects.collect();
    assert_eq!(effects.len(), 4);
    assert!(matches!(&effects[2], DiskEffect::Sync { token: Token(9), .. }));

    answer(&mut world, 1, DiskInput::Durable { token: Token(9) }).expect("it was asked");
    let files = vec![FileInfo { file: relevo_core::File::named("a"), length: 2 }];
    answer(&mut world, 1, DiskInput::Listed { token: Token(0), files }).expect("it was asked");
    run(&mut world, 1);
    let events: Vec<_> = world.drain_trace().collect();
    let appends = events.iter().filter(|e| matches!(e.kind, Kind::Appended { .. }));
    let appends: Vec<_> = appends.map(|event| event.seq).collect();
    let durable = events.iter().find(|event| event.kind == Kind::Durable).expect("it is durable");
    assert_eq!(durable.causes[..], appends, "it rests on the writes it covers");
    let told = crate::toys::told_in(&events, 0);
    assert_eq!(told, [Told::Durable(Token(9)), Told::Files(vec![("a".into(), 2)])]);
}

#[test]
fn answers_to_an_earlier_incarnation_are_ignored() {
    let mut world = external();
    call(&mut world, 0, Do::All(vec![append("a", "1"), sync("a", 9)]));
    run(&mut world, 1);
    crash(&mut world, 0, true);
    restart(&mut world, 0);
    run(&mut world, 1);
    world.drain_trace();
    answer(&mut world, 1, DiskInput::Durable { token: Token(9) }).expect("late, not wrong");
    run(&mut world, 1);
    assert_eq!(told(&mut world, 0), []);
    let faults = world.drain_outside().filter(|o| matches!(o, OutsideOutput::DiskFault { .. }));
    assert_eq!(faults.count(), 1, "the driver learns that the power went");
}

#[test]
fn an_answer_nobody_waits_for_is_an_error() {
    let mut world = external();
    let durable = DiskInput::Durable { token: Token(1) };
    assert_eq!(answer(&mut world, 1, durable), Err(CommandError::UnknownToken { token: 1 }));
}

#[test]
fn a_failure_reaches_the_machine() {
    let mut world = external();
    call(&mut world, 0, append("a", "1"));
    run(&mut world, 1);
    let failed = DiskInput::Failed { file: None, error: DiskError::Full };
    answer(&mut world, 1, failed).expect("disks fail when they like");
    run(&mut world, 1);
    assert_eq!(told(&mut world, 0), [Told::Failed(DiskError::Full)]);
}

#[test]
fn faults_of_the_disk_are_told_to_its_driver() {
    let mut world = external();
    world.drain_outside();
    let faults = [
        Fault::SlowDisk { node: NODE, factor: 5 },
        Fault::FillDisk { node: NODE, full: true },
        Fault::LoseDisk { node: NODE },
    ];
    for given in faults {
        fault(&mut world, given.clone());
        let told: Vec<_> = world.drain_outside().collect();
        assert_eq!(told, [OutsideOutput::DiskFault { node: NODE, fault: given }]);
    }
}

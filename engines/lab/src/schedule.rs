//! Seeded fault schedules: a faulty phase, then healing; then everything acknowledged must be
//! there, on every server, and progress must have returned (as TigerBeetle's VOPR and openraft's
//! turmoil tests do it).
//!
//! Every schedule runs at least a minute of lab time with five or more reconnecting clients, three
//! or more kinds of fault and a thousand acknowledged operations, three hundred of them while a
//! fault lasts; one that falls short fails like one that finds a broken promise.
//!
//! Crash model: any number of servers may die, lose their power, freeze or be cut off at once, for
//! what is acknowledged is synced. A lost disk is another matter: its server counts as failed from
//! the loss until it has acknowledged NEWLEADER, failed servers stay a minority, and nothing else
//! breaks while one is failed, since a quorum of the others would not be left to remember.

mod expected;
mod faults;

use crate::stream::{Verdict, Violation};
use crate::{Event, Lab, LabEvent, Scenario};
use expected::Expected;
use faults::Faults;
use relevo_apps::WorkloadCall;
use relevo_coordination::{Event as State, SyncMode};
use relevo_core::{Duration, Fault, Instant, Kind, Origin, OutsideInput, Random, Seq};
use relevo_world::Storage;
use serde::Serialize;
use std::sync::Arc;

/// When the first fault may come.
const CALM_UNTIL: Instant = Instant(2_000_000_000);
/// When everything is mended, if enough was acknowledged under faults by then.
const HEALED_AT: Instant = Instant(44_000_000_000);
/// When everything is mended in any case.
const HEALED_AT_LAST: Instant = Instant(104_000_000_000);
/// How long after it the clients begin nothing new.
const STOPPED_AFTER: Duration = Duration::from_secs(14);
/// How long after it a schedule ends at the earliest.
const ENDS_AFTER: Duration = Duration::from_secs(16);
/// How long progress may take to return.
const PROGRESS_WITHIN: Duration = Duration::from_secs(30);
/// How finely time is cut between looks at the lab.
const SLICE: Duration = Duration::from_millis(50);

/// The least number of acknowledged operations of a schedule.
pub const OPERATIONS: u64 = 1_000;
/// The least number of them while a fault lasts.
pub const OPERATIONS_UNDER_FAULT: u64 = 300;
/// The least number of kinds of fault.
pub const FAULT_KINDS: u32 = 3;

/// What a run went through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)] // each is what its name says
pub struct Coverage {
    pub elections: u64,
    pub diff: u64,
    pub trunc: u64,
    pub snap: u64,
    pub inform: u64,
    pub torn_tails: u64,
    pub expired_sessions: u64,
    pub power_losses: u64,
    pub operations: u64,
    pub operations_under_fault: u64,
    pub fault_kinds: u32,
    pub faults: u64,
    pub steps: u64,
}

/// What came of one schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// What the checkers say, the schedule's own included.
    pub verdicts: Vec<Verdict>,
    /// What it went through.
    pub coverage: Coverage,
    /// The last event.
    pub events: Seq,
}

impl Outcome {
    /// The first broken promise.
    pub fn broken(&self) -> Option<(&Arc<str>, &Violation)> {
        let broken = |verdict: &'_ Verdict| verdict.violation.is_some();
        let verdict = self.verdicts.iter().find(|verdict| broken(verdict))?;
        Some((&verdict.checker, verdict.violation.as_ref()?))
    }
}

/// The ensemble of a schedule: mostly three servers, sometimes five, every fourth with an observer.
pub fn scenario_of(seed: u64) -> Scenario {
    let mut random = Random::derived(seed, 11);
    Scenario {
        name: "schedule".into(),
        servers: if random.chance(1, 16) { 5 } else { 3 },
        observers: u32::from(random.chance(1, 4)),
        workloads: 5,
        latency: Duration::from_micros(random.between(100, 1_000)),
        jitter: Duration::from_micros(random.between(0, 4_000)),
        tick_ms: 500,
        snap_count: 120,
        committed_kept: 60,
        session_ms: random.between(1_000, 3_000) as u32,
        codec_checks: true,
        ..Scenario::default()
    }
}

/// Runs the schedule of a seed, showing each event to `see`. With `keep`, the lab keeps what a
/// person needs to understand a failure; without, it is faster and does exactly the same.
pub fn run(seed: u64, keep: bool, see: &mut dyn FnMut(&LabEvent, &Lab)) -> Outcome {
    run_in(&scenario_of(seed), seed, keep, see)
}

/// The same; an assertion that breaks is a broken promise like any other, and ends this run alone.
pub fn run_guarded(scenario: &Scenario, seed: u64) -> Outcome {
    let run = || run_in(scenario, seed, false, &mut |_, _| {});
    std::panic::catch_unwind(run).unwrap_or_else(|panic| Outcome {
        seed,
        verdicts: vec![broken(&*panic)],
        coverage: Coverage::default(),
        events: Seq(0),
    })
}

/// The verdict on a run in which an assertion broke.
pub(crate) fn broken(panic: &(dyn std::any::Any + Send)) -> Verdict {
    let (at, chain) = (Seq(0), Vec::new());
    let violation = Violation { what: panic_words(panic).into(), at, chain };
    Verdict { checker: "no-assertion-breaks".into(), facts: 1, violation: Some(violation) }
}

fn panic_words(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("an assertion broke")
}

/// The same, in an ensemble of the caller's making: for planted mistakes.
pub fn run_in(
    scenario: &Scenario,
    seed: u64,
    keep: bool,
    see: &mut dyn FnMut(&LabEvent, &Lab),
) -> Outcome {
    let mut lab = Lab::new(scenario, seed, 1_700_000_000_000, Storage::Memory);
    if !keep {
        lab.keep_fresh();
    }
    let mut run = Run {
        faults: Faults::new(seed, &lab),
        expected: Expected::new(&lab),
        coverage: Coverage::default(),
        healed_at: Instant::FAR_FUTURE,
        stopped: false,
        lab,
    };
    run.go(see);
    run.finish(seed)
}

struct Run {
    lab: Lab,
    faults: Faults,
    expected: Expected,
    coverage: Coverage,
    /// The far future until everything is mended.
    healed_at: Instant,
    stopped: bool,
}

impl Run {
    fn go(&mut self, see: &mut dyn FnMut(&LabEvent, &Lab)) {
        while self.lab.now() < CALM_UNTIL {
            self.slice(see);
        }
        while !self.is_time_to_heal() && !self.is_over() {
            self.faults.act(&mut self.lab);
            self.slice(see);
        }
        self.faults.heal(&mut self.lab);
        self.healed_at = self.lab.now();
        self.expected.healed();
        while !self.is_over() && !self.is_done() {
            if self.lab.now() >= self.healed_at + STOPPED_AFTER && !self.stopped {
                self.stop_clients();
            }
            self.faults.revive(&mut self.lab);
            self.slice(see);
        }
    }

    /// A schedule is to be hard: one whose faults let little through goes on for longer.
    fn is_time_to_heal(&self) -> bool {
        let Coverage { operations, operations_under_fault, .. } = self.coverage;
        let hard = operations >= OPERATIONS
            && operations_under_fault >= OPERATIONS_UNDER_FAULT
            && self.faults.kinds() >= FAULT_KINDS;
        let now = self.lab.now();
        now >= HEALED_AT_LAST || (now >= HEALED_AT && hard)
    }

    /// A broken promise ends a run: what follows from it proves nothing.
    fn is_over(&self) -> bool {
        self.lab.is_violated() || self.lab.now() >= self.healed_at + STOPPED_AFTER + PROGRESS_WITHIN
    }

    fn is_done(&self) -> bool {
        self.lab.now() >= self.healed_at + ENDS_AFTER
            && self.lab.ready()
            && self.expected.all_returned()
            && expected::servers_agree(&self.lab)
    }

    fn stop_clients(&mut self) {
        self.stopped = true;
        for client in self.expected.clients().collect::<Vec<_>>() {
            let call = crate::Call::Workload(WorkloadCall::Stop);
            let input = OutsideInput::Call { node: client, call, by: Origin::Script };
            self.lab.input(input).expect("schedules never crash their clients");
        }
    }

    fn slice(&mut self, see: &mut dyn FnMut(&LabEvent, &Lab)) {
        self.lab.advance_to(self.lab.now() + SLICE);
        let under_fault = self.faults.is_active();
        for event in self.lab.take_fresh() {
            self.coverage.count(&event);
            let acknowledged = self.expected.apply(&event);
            self.coverage.operations += u64::from(acknowledged);
            self.coverage.operations_under_fault += u64::from(acknowledged && under_fault);
            self.faults.hear(&event);
            see(&event, &self.lab);
        }
    }

    fn finish(mut self, seed: u64) -> Outcome {
        self.coverage.fault_kinds = self.faults.kinds();
        self.coverage.steps = self.lab.world().steps();
        let mut verdicts = self.lab.verdicts();
        let seq = self.lab.seq();
        if !self.lab.is_violated() {
            let mut tell = |checker: &str, facts, broken: Option<String>| {
                let violation =
                    broken.map(|what| Violation { what: what.into(), at: seq, chain: vec![seq] });
                verdicts.push(Verdict { checker: checker.into(), facts, violation });
            };
            let (facts, lost) = self.expected.judge(&self.lab);
            tell("progress-returns", 1, self.expected.stuck(&self.lab));
            tell("acknowledged-is-there", facts, lost);
            tell("schedule-is-hard-enough", 3, self.coverage.shortfall());
        }
        Outcome { seed, verdicts, coverage: self.coverage, events: seq }
    }
}

impl Coverage {
    /// Counts one event.
    pub fn count(&mut self, event: &LabEvent) {
        match &event.kind {
            Kind::State(Event::Coordination(state)) => match state {
                State::Established { .. } => self.elections += 1,
                State::Synchronising { mode: SyncMode::Diff, .. } => self.diff += 1,
                State::Synchronising { mode: SyncMode::Trunc, .. } => self.trunc += 1,
                State::Synchronising { mode: SyncMode::Snap, .. } => self.snap += 1,
                State::Recovered { torn_bytes, .. } => {
                    self.torn_tails += u64::from(*torn_bytes > 0);
                }
                State::SessionExpired { .. } => self.expired_sessions += 1,
                _ => {}
            },
            Kind::Sent { message: crate::Message::Quorum(packet), .. } => {
                let inform = matches!(packet, relevo_coordination::QuorumPacket::Inform(_));
                self.inform += u64::from(inform);
            }
            Kind::Fault { fault: Fault::Crash { power_loss: true, .. }, .. } => {
                self.power_losses += 1;
                self.faults += 1;
            }
            Kind::Fault { fault, .. } if !matches!(fault, Fault::Start { .. }) => self.faults += 1,
            _ => {}
        }
    }

    /// Adds another run's.
    pub fn add(&mut self, other: &Coverage) {
        self.elections += other.elections;
        self.diff += other.diff;
        self.trunc += other.trunc;
        self.snap += other.snap;
        self.inform += other.inform;
        self.torn_tails += other.torn_tails;
        self.expired_sessions += other.expired_sessions;
        self.power_losses += other.power_losses;
        self.operations += other.operations;
        self.operations_under_fault += other.operations_under_fault;
        self.fault_kinds = self.fault_kinds.max(other.fault_kinds);
        self.faults += other.faults;
        self.steps += other.steps;
    }

    /// What a schedule lacks to be worth its run.
    fn shortfall(&self) -> Option<String> {
        let Coverage { operations, operations_under_fault, fault_kinds, .. } = *self;
        let short = operations < OPERATIONS
            || operations_under_fault < OPERATIONS_UNDER_FAULT
            || fault_kinds < FAULT_KINDS;
        short.then(|| {
            format!(
                "{operations} operations were acknowledged, {operations_under_fault} of them under \
                 a fault of {fault_kinds} kinds"
            )
        })
    }

    /// What a whole run went through fewer than `least` times.
    pub fn rare(&self, least: u64) -> Vec<&'static str> {
        let counts = [
            ("elections", self.elections),
            ("DIFF", self.diff),
            ("TRUNC", self.trunc),
            ("SNAP", self.snap),
            ("INFORM", self.inform),
            ("torn tails", self.torn_tails),
            ("expired sessions", self.expired_sessions),
            ("power losses", self.power_losses),
        ];
        counts.iter().filter(|(_, count)| *count < least).map(|(name, _)| *name).collect()
    }
}

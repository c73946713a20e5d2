//! Runs of a scenario without anyone watching: `relevo simulate`, the tests, the planted bugs.
//!
//! The same build, scenario and seed give the same trace, byte for byte, natively and in wasm; its
//! hash (SHA-256 over the postcard form of every event, in order) says so in one line.

mod command;
mod transcript;

use crate::schedule::{self, Coverage, Outcome};
use crate::stream::Verdict;
use crate::{Lab, LabEvent, SCENARIOS, Scenario};
pub use command::{Command, Simulation, SimulationError};
use relevo_core::{Instant, Origin, OutsideInput, Seq};
use relevo_world::Storage;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
pub use transcript::{json_line, line};

/// The name of the seeded fault schedules among the scenarios.
pub const SCHEDULE: &str = "schedule";
/// How many of the standard seeds there are: 1 to this.
pub const STANDARD_SEEDS: u64 = 2_000;
/// The wall clock at the beginning of every simulation, in milliseconds since the Unix epoch.
const WALL_START_MS: i64 = 1_700_000_000_000;

/// What a simulation found.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What `relevo simulate` was given.
    pub given: Arc<str>,
    /// The scenario.
    pub scenario: Arc<str>,
    /// The seed.
    pub seed: u64,
    /// What the checkers say.
    pub verdicts: Vec<Verdict>,
    /// SHA-256 of the trace; none where it was not asked for.
    pub trace_hash: Option<String>,
    /// How many events there were.
    pub events: Seq,
    /// What it went through.
    pub coverage: Coverage,
    /// The commands that could not be carried out, and why.
    pub refused: Vec<String>,
}

/// The last line of a simulation in JSON.
#[derive(Serialize)]
struct LastLine<'a> {
    verdict: &'static str,
    checker: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    chain: Vec<u64>,
    scenario: &'a str,
    seed: u64,
    trace_hash: Option<&'a str>,
    events: u64,
    coverage: Coverage,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    refused: &'a [String],
}

impl Report {
    /// The verdict that names a broken promise.
    pub fn broken(&self) -> Option<&Verdict> {
        self.verdicts.iter().find(|verdict| verdict.violation.is_some())
    }

    /// Whether every promise was kept.
    pub fn holds(&self) -> bool {
        self.broken().is_none()
    }

    /// The command that runs it again.
    pub fn replay(&self) -> String {
        format!("relevo simulate {} --seed {}", self.given, self.seed)
    }

    /// The last line in JSON, as the contract has it.
    pub fn json(&self) -> String {
        let broken = self.broken();
        let violation = broken.and_then(|verdict| verdict.violation.as_ref());
        let chain = violation.map(|it| it.chain.iter().map(|seq| seq.0).collect());
        let last = LastLine {
            verdict: if broken.is_some() { "violated" } else { "ok" },
            checker: broken.map(|verdict| &*verdict.checker),
            what: violation.map(|violation| &*violation.what),
            at: violation.map(|violation| violation.at.0),
            chain: chain.unwrap_or_default(),
            scenario: &self.scenario,
            seed: self.seed,
            trace_hash: self.trace_hash.as_deref(),
            events: self.events.0,
            coverage: self.coverage,
            refused: &self.refused,
        };
        serde_json::to_string(&last).expect("numbers and strings always become JSON")
    }

    /// The verdict for people: each checker with its facts, and what was broken.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for refused in &self.refused {
            let _ = writeln!(text, "not done: {refused}");
        }
        for verdict in &self.verdicts {
            let Verdict { checker, facts, violation } = verdict;
            let word = if violation.is_some() { "VIOLATED" } else { "holds" };
            let _ = writeln!(text, "{checker:<40} {facts:>9} facts  {word}");
            if let Some(violation) = violation {
                let chain: Vec<String> =
                    violation.chain.iter().take(12).map(|seq| seq.0.to_string()).collect();
                let _ = writeln!(text, "    {}", violation.what);
                let _ =
                    writeln!(text, "    by event {}, after {}", violation.at.0, chain.join(", "));
                let _ = writeln!(text, "    again: {}", self.replay());
            }
        }
        text
    }
}

/// The scenarios `run` knows by name, with a word on each.
pub fn list() -> Vec<(&'static str, &'static str)> {
    let about = |name| match name {
        "first-minute" => {
            "three servers, the counter, and ana once she asks; messages slow enough to be seen"
        }
        "main" => "three servers, nobody else, no time between them",
        "z1" => "the first exercise: three servers and the counter",
        "z2" => "three servers, and ana and beto who ask what they are told to",
        "z3" => "the same with carla, for watches that many have",
        "z5" => "three servers and three candidates of an election",
        "a1" => "three servers and ana, so slow that each message can be seen",
        "a2" => "three servers that forget soon, so that DIFF, TRUNC and SNAP all happen",
        "a3" => "five servers, the counter and ana, for partitions",
        "single" => "one server and the counter",
        "observer" => "three servers, an observer and the counter",
        _ => "",
    };
    let mut list: Vec<_> = SCENARIOS.iter().map(|name| (*name, about(name))).collect();
    list.push((SCHEDULE, "a minute of seeded faults under five clients, then healing"));
    list
}

/// Runs one simulation, showing each event to `see` in order, and hashes its trace.
pub fn run(simulation: &Simulation, seed: u64, see: &mut dyn FnMut(&LabEvent, &Lab)) -> Report {
    let mut hash = Sha256::new();
    let mut see_and_hash = |event: &LabEvent, lab: &Lab| {
        let bytes = postcard::to_stdvec(event).expect("an event always has a postcard form");
        hash.update(&bytes);
        see(event, lab);
    };
    let report = report(simulation, seed, true, &mut see_and_hash);
    Report { trace_hash: Some(hex(&hash.finalize())), ..report }
}

/// What came of a run; an assertion that breaks in it is a broken promise like any other.
fn report(
    simulation: &Simulation,
    seed: u64,
    keep: bool,
    see: &mut dyn FnMut(&LabEvent, &Lab),
) -> Report {
    let found = Report {
        given: simulation.given.clone(),
        scenario: simulation.scenario.name.clone(),
        seed,
        verdicts: Vec::new(),
        trace_hash: None,
        events: Seq(0),
        coverage: Coverage::default(),
        refused: Vec::new(),
    };
    let ran = catch_unwind(AssertUnwindSafe(|| {
        if simulation.is_schedule() {
            let Outcome { verdicts, coverage, events, .. } = schedule::run(seed, keep, see);
            return Report { verdicts, coverage, events, ..found.clone() };
        }
        let (mut coverage, mut refused) = (Coverage::default(), Vec::new());
        let mut see_and_count = |event: &LabEvent, lab: &Lab| {
            coverage.count(event);
            see(event, lab);
        };
        let lab = play(simulation, seed, &mut see_and_count, &mut refused);
        coverage.steps = lab.world().steps();
        let (verdicts, events) = (lab.verdicts(), lab.seq());
        Report { verdicts, coverage, events, refused, ..found.clone() }
    }));
    ran.unwrap_or_else(|panic| Report { verdicts: vec![schedule::broken(&*panic)], ..found })
}

fn play(
    simulation: &Simulation,
    seed: u64,
    see: &mut dyn FnMut(&LabEvent, &Lab),
    refused: &mut Vec<String>,
) -> Lab {
    let mut lab = Lab::new(&simulation.scenario, seed, WALL_START_MS, Storage::Memory);
    let mut look = |lab: &mut Lab| {
        for event in lab.take_events() {
            see(&event, lab);
        }
    };
    for (at, command) in &simulation.commands {
        advance(&mut lab, *at, &mut look);
        let done = match command.fault(&lab) {
            Some(fault) => lab.input(OutsideInput::Fault { fault, by: Origin::Script }),
            None => {
                refused.push(format!("{command:?} at {} ms: nobody leads", at.as_millis()));
                continue;
            }
        };
        if let Err(error) = done {
            refused.push(format!("{command:?} at {} ms: {error}", at.as_millis()));
        }
    }
    advance(&mut lab, simulation.until, &mut look);
    lab
}

/// In slices, so that no event is dropped before it was looked at.
fn advance(lab: &mut Lab, to: Instant, look: &mut impl FnMut(&mut Lab)) {
    while lab.now() < to {
        let slice = relevo_core::Duration::from_millis(100);
        lab.advance_to((lab.now() + slice).min(to));
        look(lab);
    }
}

/// What a run over many seeds found.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// How many seeds were run.
    pub seeds: u64,
    /// The failures, by seed.
    pub failures: Vec<Report>,
    /// All coverage together.
    pub coverage: Coverage,
    /// All facts judged, by checker.
    pub facts: Vec<(Arc<str>, u64)>,
    /// Whether these were the schedules, which are to meet everything.
    pub schedules: bool,
}

impl Summary {
    /// Whether every verdict holds, every checker judged something and nothing was too rare.
    pub fn holds(&self) -> bool {
        self.failures.is_empty() && self.lacks().is_empty()
    }

    /// What schedules met too rarely to mean much: fewer than 20 times among the standard seeds,
    /// and checkers without a fact.
    pub fn lacks(&self) -> Vec<String> {
        if !self.schedules {
            return Vec::new();
        }
        let least = if self.seeds >= STANDARD_SEEDS { 20 } else { 0 };
        let rare = self.coverage.rare(least).into_iter().map(|name| format!("few {name}"));
        let idle = self.facts.iter().filter(|(_, facts)| *facts == 0);
        rare.chain(idle.map(|(checker, _)| format!("no facts for {checker}"))).collect()
    }

    fn add(&mut self, report: Report) {
        self.seeds += 1;
        self.coverage.add(&report.coverage);
        for verdict in &report.verdicts {
            match self.facts.iter_mut().find(|(checker, _)| *checker == verdict.checker) {
                Some((_, facts)) => *facts += verdict.facts,
                None => self.facts.push((verdict.checker.clone(), verdict.facts)),
            }
        }
        if !report.holds() {
            self.failures.push(report);
        }
    }
}

/// Runs the seeds of a range on so many threads, telling `each` of every report as it comes.
/// Traces are not hashed and nothing is kept of them, for speed.
pub fn run_seeds(
    simulation: &Simulation,
    seeds: Range<u64>,
    threads: usize,
    each: &(dyn Fn(&Report) + Sync),
) -> Summary {
    let one = |seed| {
        let report = report(simulation, seed, false, &mut |_, _| {});
        each(&report);
        report
    };
    let mut summary = Summary { schedules: simulation.is_schedule(), ..Summary::default() };
    for report in in_parallel(seeds, threads, &one) {
        summary.add(report);
    }
    summary.failures.sort_by_key(|report| report.seed);
    summary
}

/// Each seed on the next free thread; results in no order.
pub(crate) fn in_parallel<T: Send>(
    seeds: Range<u64>,
    threads: usize,
    one: &(dyn Fn(u64) -> T + Sync),
) -> Vec<T> {
    use std::sync::atomic::{AtomicU64, Ordering};
    let next = AtomicU64::new(seeds.start);
    let work = || {
        let mut done = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return done;
            }
            done.push(one(seed));
        }
    };
    if threads <= 1 {
        return work();
    }
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let join = |worker: std::thread::ScopedJoinHandle<'_, Vec<T>>| {
            worker.join().expect("what breaks an assertion in a simulation is a verdict of it")
        };
        workers.into_iter().flat_map(join).collect()
    })
}

/// The trace hash of four seconds of the first minute with its leader stopped: small enough to be
/// compared between builds, natively and in wasm.
pub fn hash_of(seed: u64) -> String {
    let report = run(&Simulation::probe(), seed, &mut |_, _| {});
    report.trace_hash.expect("a single run is always hashed")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Simulation {
    /// The simulation of a built-in scenario; the schedules are one of them.
    pub fn named(name: &str) -> Option<Simulation> {
        let scenario = match name {
            SCHEDULE => Scenario { name: SCHEDULE.into(), ..Scenario::default() },
            name => Scenario::named(name)?,
        };
        let (given, until) = (name.into(), Instant(20_000_000_000));
        Some(Simulation { given, scenario, commands: Vec::new(), until })
    }

    /// Whether each seed has faults of its own.
    fn is_schedule(&self) -> bool {
        &*self.given == SCHEDULE
    }
}

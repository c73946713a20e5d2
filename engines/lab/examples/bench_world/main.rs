//! How fast a world runs: `cargo run --release -p relevo-lab --example bench_world`, with
//! `--json` for machines.
//!
//! Three servers and their clients, half of the operations writes; steps a second with trace and
//! checkers off and on, steps for each acknowledged write, and how long a world with 10,000 znodes
//! takes to be cloned. The lab's own folding of events into its scene counts with the checkers.
//!
//! `--large` measures something else: what clients of a tree of 1,000,000 znodes (or as many as
//! the number after it says) wait while snapshots are taken and a follower is sent one.
#![allow(clippy::disallowed_methods, reason = "what is measured takes real time")]

mod large_tree;

use relevo_coordination::{ConnectRequest, CreateMode, Message, Request, service::open_acl};
use relevo_core::{Address, ConnId, Duration, HostId, OutsideId, OutsideInput};
use relevo_lab::{Lab, Node, Scenario};
use relevo_world::{Storage, World};
use std::fmt;

/// Operations outstanding at once.
const OUTSTANDING: u32 = 64;
/// Operations of one measurement.
const OPERATIONS: u32 = 60_000;
/// Znodes of the world that is cloned.
const ZNODES: u32 = 10_000;

/// What was measured.
struct WorldBench {
    /// Steps a second with trace and checkers off.
    bare_steps_per_second: f64,
    /// Steps a second with both.
    judged_steps_per_second: f64,
    /// Steps for each operation, half of them writes.
    steps_per_operation: f64,
    /// Steps for each acknowledged write, where there is nothing else.
    steps_per_write: f64,
    /// To clone a world of three servers with 10,000 znodes.
    clone_ms: f64,
}

impl fmt::Display for WorldBench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "steps/s, trace and checkers off  {:>12.0}", self.bare_steps_per_second)?;
        writeln!(f, "steps/s, trace and checkers on   {:>12.0}", self.judged_steps_per_second)?;
        writeln!(f, "steps an operation, half writes  {:>12.1}", self.steps_per_operation)?;
        writeln!(f, "steps an acknowledged write      {:>12.1}", self.steps_per_write)?;
        write!(f, "clone with 10,000 znodes, ms     {:>12.3}", self.clone_ms)
    }
}

fn world() -> WorldBench {
    // The quickest of five: whatever else the machine does only makes a run slower.
    let quickest = |judged| {
        let runs = (0..5).map(|_| measure(judged, 2));
        runs.min_by(|one, other| one.0.total_cmp(&other.0)).expect("there are five")
    };
    let (bare, bare_steps) = quickest(false);
    let (judged, judged_steps) = quickest(true);
    let (_, write_steps) = measure(false, 1);
    WorldBench {
        bare_steps_per_second: bare_steps as f64 / bare,
        judged_steps_per_second: judged_steps as f64 / judged,
        steps_per_operation: bare_steps as f64 / f64::from(OPERATIONS),
        steps_per_write: write_steps as f64 / f64::from(OPERATIONS),
        clone_ms: clone_ms(),
    }
}

/// Seconds and steps of a run in which every `write_every`-th operation is a write.
fn measure(judged: bool, write_every: u32) -> (f64, u64) {
    let mut bench = Bench::new(judged);
    bench.run(|_| create("/a"), 1);
    let before = bench.lab.world().steps();
    let begun = std::time::Instant::now();
    let request = |number: u32| {
        if number.is_multiple_of(write_every) {
            let data = Some(bytes::Bytes::from_static(&[7; 100]));
            Request::SetData { path: "/a".into(), data, version: -1 }
        } else {
            Request::GetData { path: "/a".into(), watch: false }
        }
    };
    bench.run(request, OPERATIONS);
    (begun.elapsed().as_secs_f64(), bench.lab.world().steps() - before)
}

fn clone_ms() -> f64 {
    let mut bench = Bench::new(false);
    bench.run(|number| create(&format!("/n{number}")), ZNODES);
    let times = 20;
    let begun = std::time::Instant::now();
    let clones: Vec<World<Node>> = (0..times).map(|_| bench.lab.world().clone()).collect();
    let taken = begun.elapsed().as_secs_f64() * 1_000.0 / f64::from(times);
    drop(clones);
    taken
}

fn create(path: &str) -> Request {
    let data = Some(bytes::Bytes::from_static(&[7; 100]));
    let mode = CreateMode::default();
    Request::Create { path: path.into(), data, acl: open_acl(), mode, with_stat: false }
}

/// A lab under load from three outside programs, one at each server.
struct Bench {
    lab: Lab,
    conns: Vec<ConnId>,
}

impl Bench {
    fn new(judged: bool) -> Bench {
        let scenario = Scenario::default();
        let mut lab = Lab::new(&scenario, 1, 1_700_000_000_000, Storage::Memory);
        lab.keep_nothing(judged);
        lab.advance_to(lab.now() + Duration::from_secs(2));
        assert!(lab.ready(), "an undisturbed ensemble is ready");
        let mut bench = Bench { lab, conns: Vec::new() };
        for server in 0..3 {
            bench.connect(server);
        }
        bench.lab.advance_to(bench.lab.now() + Duration::from_secs(1));
        bench.lab.drain_outside();
        bench
    }

    fn connect(&mut self, server: u32) {
        let to = Address::new(HostId(server), relevo_coordination::CLIENT);
        let (ip, port, outside) = ([127, 0, 0, 1].into(), 40_000, OutsideId(server));
        let entered = self.lab.input(OutsideInput::Connect { outside, to, ip, port });
        let conn = entered.ok().and_then(|entered| entered.conn).expect("its server runs");
        let hello = ConnectRequest { timeout_ms: 40_000, ..ConnectRequest::default() };
        self.send(conn, Message::Connect(hello));
        self.conns.push(conn);
    }

    fn send(&mut self, conn: ConnId, message: Message) {
        self.lab.input(OutsideInput::Message { conn, message }).expect("its connection is open");
    }

    /// Sends so many requests, no more than so many outstanding, until all are answered.
    fn run(&mut self, request: impl Fn(u32) -> Request, count: u32) {
        let (mut sent, mut answered) = (0, 0);
        while answered < count {
            while sent < count && sent - answered < OUTSTANDING {
                let conn = self.conns[(sent % 3) as usize];
                self.send(conn, Message::Request { xid: sent as i32 + 1, request: request(sent) });
                sent += 1;
            }
            self.lab.run_one();
            answered += self.lab.drain_outside().len() as u32;
        }
    }
}

/// Writes and pings while a large tree is written down and sent.
fn large(znodes: u32, json: bool) {
    let names = ["snapshot", "snap"];
    for (name, phase) in names.iter().zip(large_tree::measure(znodes)) {
        let micros = |duration: Duration| duration.0 / 1_000;
        let (lasted, writes) = (phase.lasted.as_millis(), phase.writes.len());
        let (p50, p99) = (phase.write_percentile(50), phase.write_percentile(99));
        let (p50, p99, ping) = (micros(p50), micros(p99), micros(phase.slowest_ping()));
        if json {
            println!(
                "{{\"workload\":\"{name}\",\"znodes\":{znodes},\"lab_ms\":{lasted},\
                 \"writes\":{writes},\"p50_us\":{p50},\"p99_us\":{p99},\"ping_us\":{ping}}}"
            );
        } else {
            println!(
                "{name:<9} of {znodes} znodes, {lasted} ms of lab time: {writes} writes, p50 {p50} \
                 µs, p99 {p99} µs; slowest of {} pings {ping} µs (half a tick is {} µs)",
                phase.pings.len(),
                micros(large_tree::HALF_TICK),
            );
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    if let Some(at) = arguments.iter().position(|argument| argument == "--large") {
        let znodes = arguments.get(at + 1).and_then(|text| text.parse().ok());
        return large(znodes.unwrap_or(1_000_000), json);
    }
    let report = world();
    if json {
        println!(
            "{{\"workload\":\"world\",\"bare_steps_per_second\":{:.0},\
             \"judged_steps_per_second\":{:.0},\"steps_per_operation\":{:.1},\
             \"steps_per_write\":{:.1},\"clone_ms\":{:.3}}}",
            report.bare_steps_per_second,
            report.judged_steps_per_second,
            report.steps_per_operation,
            report.steps_per_write,
            report.clone_ms,
        );
    } else {
        println!("{report}");
    }
}

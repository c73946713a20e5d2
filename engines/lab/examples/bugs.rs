//! Plants every mistake in turn and prints the first seed and the checker that catches it, then
//! what every checker judged where nothing is planted:
//! `cargo run --release -p relevo-lab --features bugs --example bugs [seeds]`.

use relevo_lab::bugs::{self, Catch};
use relevo_lab::simulate::{self, SCHEDULE, Simulation};

fn main() {
    let seeds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut catches = Vec::new();
    for bug in bugs::all() {
        let catch = bugs::hunt(bug, 1..seeds + 1, threads);
        println!("{catch}");
        catches.push(catch);
    }
    let caught = catches.iter().filter(|catch| catch.seed.is_some()).count();
    println!("{caught} of {} caught", catches.len());
    let sound = unmodified(&catches, threads);
    if caught < catches.len() || !sound {
        std::process::exit(1);
    }
}

/// The engine without any of them passes the same seeds, and every promise judged something there
/// and caught something here.
fn unmodified(catches: &[Catch], threads: usize) -> bool {
    let last = catches.iter().filter_map(|catch| catch.seed).max().unwrap_or(1);
    let simulation = Simulation::named(SCHEDULE).expect("it is built in");
    let summary = simulate::run_seeds(&simulation, 1..last + 1, threads, &|_| {});
    println!("without them, seeds 1 to {last}: {} fail", summary.failures.len());
    let mut sound = summary.failures.is_empty();
    for (checker, facts) in &summary.facts {
        let catches =
            catches.iter().filter(|catch| catch.checker.as_ref() == Some(checker)).count();
        println!("{checker:<40} {facts:>12} facts, {catches:>2} caught");
        sound &= *facts > 0 && (catches > 0 || !bugs::PROMISES.contains(&&**checker));
    }
    sound
}

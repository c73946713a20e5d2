//! Plants every mistake in turn and prints the first seed and the checker that catches it:
//! `cargo run --release -p relevo-lab --features bugs --example bugs [seeds]`.

/// So many must be caught.
const LEAST: u32 = 12;

fn main() {
    let seeds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut caught = 0;
    let bugs = relevo_lab::bugs::all();
    for bug in bugs.iter().copied() {
        let catch = relevo_lab::bugs::hunt(bug, 1..seeds + 1, threads);
        caught += u32::from(catch.seed.is_some());
        println!("{catch}");
    }
    println!("{caught} of {} caught", bugs.len());
    if caught < LEAST {
        std::process::exit(1);
    }
}

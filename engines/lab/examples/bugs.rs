//! Plants every mistake in turn and prints the first seed and the checker that catches it:
//! `cargo run --release -p relevo-lab --features bugs --example bugs [seeds]`.

fn main() {
    let seeds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    for bug in relevo_lab::bugs::all() {
        let catch = relevo_lab::bugs::hunt(bug, 1..seeds + 1, threads);
        println!("{catch}");
    }
}

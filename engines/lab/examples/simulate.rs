//! `relevo simulate` in its smallest form, for work on the engines alone.
#![allow(clippy::disallowed_methods, reason = "what is measured takes real time")]

use relevo_lab::simulate::{self, Simulation};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<u64>().ok());
    let name = arguments.get(1).map_or("first-minute", String::as_str);
    let simulation = Simulation::named(name).expect("a built-in scenario");
    let (first, last) = (number(2).unwrap_or(1), number(3));
    let Some(last) = last else {
        let mut see = |event: &_, lab: &_| println!("{}", simulate::line(event, lab));
        let report = simulate::run(&simulation, first, &mut see);
        println!("{}{}", report.text(), report.json());
        return;
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let begun = std::time::Instant::now();
    let summary = simulate::run_seeds(&simulation, first..last + 1, threads, &|report| {
        if !report.holds() {
            println!("seed {}\n{}", report.seed, report.text());
        }
    });
    println!(
        "{} failures in {} seeds, {:?}",
        summary.failures.len(),
        summary.seeds,
        begun.elapsed()
    );
    println!("{:?}\n{:?}\nlacks {:?}", summary.coverage, summary.facts, summary.lacks());
}

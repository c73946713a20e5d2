//! `relevo simulate`: a scenario in virtual time, its transcript and its verdict.

use super::cli::SimulateFlags;
use crate::failure::Failure;
use relevo_lab::simulate::{self, Report, Simulation};
use std::io::Write;

/// Prints what was asked; fails where a verdict does not hold.
pub(super) fn run(flags: &SimulateFlags) -> Result<(), Failure> {
    if flags.list {
        for (name, about) in simulate::list() {
            say(&format!("{name:<14} {about}"));
        }
        return Ok(());
    }
    let name = flags.scenario.as_deref().unwrap_or_default();
    let simulation = find(name)?;
    let holds = match flags.seeds {
        Some(range) => many(&simulation, range.first..range.end, flags.json),
        None => one(&simulation, flags.seed, flags.json),
    };
    if holds { Ok(()) } else { Err(Failure::Verdict) }
}

/// A built-in scenario, else a file.
fn find(name: &str) -> Result<Simulation, Failure> {
    if let Some(simulation) = Simulation::named(name) {
        return Ok(simulation);
    }
    let what = format!("cannot simulate {name}");
    let text = std::fs::read_to_string(name).map_err(|error| {
        let why = format!("it is neither a built-in scenario nor a file that can be read: {error}");
        Failure::start(&what, why, "`relevo simulate --list` names the built-in ones")
    })?;
    Simulation::from_toml(&text, name).map_err(|error| {
        Failure::start(what, error, "correct the file: `relevo simulate --help` shows one")
    })
}

fn one(simulation: &Simulation, seed: u64, json: bool) -> bool {
    let report = simulate::run(simulation, seed, &mut |event, lab| {
        let line = if json { simulate::json_line } else { simulate::line };
        say(&line(event, lab));
    });
    if json {
        say(&report.json());
    } else {
        say(report.text().trim_end());
        say(&format!("trace {}", report.trace_hash.as_deref().unwrap_or_default()));
    }
    report.holds()
}

fn many(simulation: &Simulation, seeds: std::ops::Range<u64>, json: bool) -> bool {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let failed = |report: &Report| {
        if !report.holds() {
            say(&if json { report.json() } else { format!("FAILED {}", report.replay()) });
        }
    };
    let summary = simulate::run_seeds(simulation, seeds, threads, &failed);
    let lacks = summary.lacks();
    if json {
        let line = serde_json::json!({
            "verdict": if summary.holds() { "ok" } else { "violated" },
            "seeds": summary.seeds,
            "failures": summary.failures.iter().map(|report| report.seed).collect::<Vec<_>>(),
            "coverage": summary.coverage,
            "lacks": lacks,
        });
        say(&line.to_string());
    } else {
        for (checker, facts) in &summary.facts {
            say(&format!("{checker:<40} {facts:>12} facts"));
        }
        let (seeds, failures) = (summary.seeds, summary.failures.len());
        say(&format!("{seeds} seeds, {failures} failures; {:?}", summary.coverage));
        lacks.iter().for_each(|lack| say(&format!("LACKS {lack}")));
    }
    summary.holds()
}

/// Whoever reads may have read enough (`| head`); that is no failure.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

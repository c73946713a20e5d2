//! Apache ZooKeeper beside ours: three servers each, both with every write synced, one load
//! generator, alternating runs on fresh directories.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::ensembles::Ensemble;
use super::table::{self, Row};
use super::watcher::Watcher;
use crate::build::{self, Profile};
use crate::paths;
use crate::run::{cargo, output, run, say, timed};

const WORKLOADS: &[&str] = &["create", "set", "get", "mixed"];

/// Who is measured; alternating, so that a slow minute of the machine meets every side.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Original,
    Ours,
    OursWatched,
}

impl Side {
    const ALL: [Side; 3] = [Side::Original, Side::Ours, Side::OursWatched];

    fn name(self) -> &'static str {
        match self {
            Side::Original => "Apache ZooKeeper",
            Side::Ours => "Relevo",
            Side::OursWatched => "Relevo, page watching",
        }
    }
}

struct Options {
    runs: u32,
    ms: u32,
    /// All, or the one asked for.
    sides: Vec<Side>,
}

pub(super) fn bench(args: &[&str], json: bool) -> Result<()> {
    let options = options(args)?;
    let (ours, load) = programs(&options)?;
    let mut rows = Vec::new();
    for run in 1..=options.runs {
        for &side in &options.sides {
            say(&format!("run {run} of {}: {}", options.runs, side.name()));
            for row in measure(side, run, &options, &ours, &load)? {
                if json {
                    println!("{}", serde_json::to_string(&row)?);
                }
                rows.push(row);
            }
        }
    }
    if !json {
        table::print(&rows);
    }
    Ok(())
}

fn options(args: &[&str]) -> Result<Options> {
    let mut options = Options { runs: 5, ms: 4000, sides: Side::ALL.to_vec() };
    for pair in args.chunks(2) {
        match pair {
            ["--runs", value] => options.runs = value.parse()?,
            ["--ms", value] => options.ms = value.parse()?,
            ["--side", "original"] => options.sides = vec![Side::Original],
            ["--side", "ours"] => options.sides = vec![Side::Ours],
            ["--side", "watched"] => options.sides = vec![Side::OursWatched],
            other => bail!(
                "`bench zookeeper` knows --runs N, --ms N and --side original|ours|watched, not {}",
                other.join(" ")
            ),
        }
    }
    ensure!(options.runs > 0, "no run would be measured");
    Ok(options)
}

/// The server and the load generator, as shipped.
fn programs(options: &Options) -> Result<(PathBuf, PathBuf)> {
    let server = match options.sides.as_slice() {
        [Side::Original] => PathBuf::new(),
        _ => build::all(Profile::Release)?,
    };
    timed("building the load generator", || {
        run(&mut cargo(["build", "--release", "--package", "relevo-load"]))
    })?;
    Ok((server, paths::target().join("release/relevo-load")))
}

/// One fresh ensemble, every workload in turn.
fn measure(side: Side, run: u32, options: &Options, ours: &Path, load: &Path) -> Result<Vec<Row>> {
    let ensemble = match side {
        Side::Original => Ensemble::original()?,
        Side::Ours | Side::OursWatched => Ensemble::ours(ours)?,
    };
    let watcher = match (side, &ensemble.http) {
        (Side::OursWatched, Some(http)) => Some(Watcher::start(http)?),
        _ => None,
    };
    // Java compiles what runs often while it runs; both sides get the time for it.
    loaded(load, &ensemble, "mixed", 1000, 2000)?;
    let mut rows = Vec::new();
    for workload in WORKLOADS {
        let seen = loaded(load, &ensemble, workload, 1000, options.ms)?;
        let number = |field: &str| seen[field].as_f64().unwrap_or(f64::NAN);
        rows.push(Row {
            workload: (*workload).to_owned(),
            side: side.name().to_owned(),
            run,
            throughput: number("throughput"),
            p50_us: number("p50_us"),
            p99_us: number("p99_us"),
            rss_bytes: ensemble.rss()?,
            start_ms: ensemble.start.as_secs_f64() * 1000.0,
            load_cpu_share: number("load_cpu_share"),
            errors: seen["errors"].as_u64().unwrap_or(0),
        });
    }
    if let Some(watcher) = watcher {
        let bytes = watcher.stop();
        ensure!(bytes > 0, "the watcher saw nothing");
    }
    Ok(rows)
}

fn loaded(load: &Path, on: &Ensemble, workload: &str, warm_up: u32, ms: u32) -> Result<Value> {
    let mut command = Command::new(load);
    command.args(["--servers", &on.servers.join(","), "--workload", workload]);
    command.args(["--warm-up-ms", &warm_up.to_string(), "--ms", &ms.to_string()]);
    let line = output(&mut command).with_context(|| format!("loading with {workload}"))?;
    Ok(serde_json::from_str(line.trim())?)
}

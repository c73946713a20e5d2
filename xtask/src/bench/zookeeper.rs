//! Apache ZooKeeper beside ours: three servers each, both with every write synced, one load
//! generator, alternating runs on fresh directories.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::ensembles::Ensemble;
use super::table::{self, Row};
use super::watcher::Watcher;
use super::znodes::{self, Measured};
use crate::build::{self, Profile};
use crate::paths;
use crate::run::{cargo, output, run, say, timed};

/// Longer than a number of operations takes.
const LONG_MS: &str = "1200000";

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
    /// A server built before, to be measured as it is.
    relevo: Option<PathBuf>,
    /// How many operations each workload does, instead of as many as there is time for: memory is
    /// compared after equal work.
    operations: Option<u32>,
    /// How many znodes to fill the ensembles with, for snapshots and SNAP to be measured.
    znodes: Option<u32>,
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
    let sides = Side::ALL.to_vec();
    let mut options =
        Options { runs: 5, ms: 4000, sides, relevo: None, operations: None, znodes: None };
    for pair in args.chunks(2) {
        match pair {
            ["--runs", value] => options.runs = value.parse()?,
            ["--ms", value] => options.ms = value.parse()?,
            ["--relevo", path] => options.relevo = Some(path.into()),
            ["--operations", count] => options.operations = Some(count.parse()?),
            ["--znodes", count] => options.znodes = Some(count.parse()?),
            ["--side", "original"] => options.sides = vec![Side::Original],
            ["--side", "ours"] => options.sides = vec![Side::Ours],
            ["--side", "watched"] => options.sides = vec![Side::OursWatched],
            other => bail!(
                "`bench zookeeper` knows --runs N, --ms N, --side original|ours|watched, \
                 --operations N, --znodes N and --relevo BINARY, not {}",
                other.join(" ")
            ),
        }
    }
    ensure!(options.runs > 0, "no run would be measured");
    Ok(options)
}

/// The server and the load generator, as shipped.
fn programs(options: &Options) -> Result<(PathBuf, PathBuf)> {
    let server = match (&options.relevo, options.sides.as_slice()) {
        (Some(built), _) => built.clone(),
        (None, [Side::Original]) => PathBuf::new(),
        (None, _) => build::all(Profile::Release)?,
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
    if let Some(count) = options.znodes {
        let measured = Measured { ensemble, side: side.name(), run };
        return znodes::measure(measured, load, count);
    }
    // Java compiles what runs often while it runs; both sides get the time for it.
    loaded(load, &ensemble, "mixed", &["--warm-up-ms", "1000", "--ms", "2000"])?;
    let (ms, operations) = (options.ms.to_string(), options.operations.map(|it| it.to_string()));
    let much = match &operations {
        Some(count) => ["--warm-up-ms", "0", "--ms", LONG_MS, "--count", count].to_vec(),
        None => ["--warm-up-ms", "1000", "--ms", &ms].to_vec(),
    };
    let mut rows = Vec::new();
    for workload in WORKLOADS {
        let seen = loaded(load, &ensemble, workload, &much)?;
        rows.push(Row::of(workload, side.name(), run, &seen, &ensemble)?);
    }
    if let Some(watcher) = watcher {
        let bytes = watcher.stop();
        ensure!(bytes > 0, "the watcher saw nothing");
    }
    Ok(rows)
}

fn loaded(load: &Path, on: &Ensemble, workload: &str, much: &[&str]) -> Result<Value> {
    let servers = on.servers.join(",");
    self::load(load, &[&["--servers", &servers, "--workload", workload], much].concat())
}

/// Runs the load generator to its end; what it saw.
pub(super) fn load(program: &Path, args: &[&str]) -> Result<Value> {
    let line = output(Command::new(program).args(args))
        .with_context(|| format!("loading with {}", args.join(" ")))?;
    Ok(serde_json::from_str(line.trim())?)
}

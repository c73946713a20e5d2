//! Many znodes over real files: what clients wait for while servers write snapshots of them, and
//! while a follower that lost its disk is sent one.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;

use super::ensembles::{Ensemble, serves};
use super::table::Row;
use super::zookeeper::load;
use crate::run::timed;

/// Long enough for every server to write a snapshot at its usual count of transactions, at the
/// speed of either side.
const SNAPSHOTS: Duration = Duration::from_secs(15);
/// What is measured from a follower's loss on: its recovery is a matter of seconds.
const SNAP: Duration = Duration::from_secs(8);
/// How long a follower may take to be brought up to date.
const PATIENCE: Duration = Duration::from_secs(180);
const BETWEEN: Duration = Duration::from_millis(50);

/// Who is measured, and what it is called.
pub(super) struct Measured<'a> {
    pub(super) ensemble: Ensemble,
    pub(super) side: &'a str,
    pub(super) run: u32,
}

/// Fills the ensemble, then measures writes and pings side by side.
pub(super) fn measure(mut on: Measured<'_>, program: &Path, count: u32) -> Result<Vec<Row>> {
    let all = on.ensemble.servers.join(",");
    let filling = format!("filling with {count} znodes");
    let filled = timed(&filling, || {
        let count = count.to_string();
        load(
            program,
            &[
                "--servers",
                &all,
                "--workload",
                "create",
                "--count",
                &count,
                "--warm-up-ms",
                "0",
                "--ms",
                "1200000",
            ],
        )
    })?;
    let mut rows = vec![on.row("fill", &filled)?];
    let quiet = Duration::from_secs(4);
    rows.extend(on.both("quiet", program, &all, quiet)?);
    rows.extend(on.both("snapshots", program, &all, SNAPSHOTS)?);
    rows.extend(on.while_snap(program)?);
    Ok(rows)
}

impl Measured<'_> {
    /// Writes and pings at once, for so long.
    fn both(&self, when: &str, program: &Path, to: &str, time: Duration) -> Result<[Row; 2]> {
        let ms = time.as_millis().to_string();
        let common = ["--servers", to, "--warm-up-ms", "500", "--ms", &ms];
        let writing = [&common[..], &["--workload", "set"]].concat();
        let pinging = [&common[..], &["--workload", "ping"], PINGS].concat();
        let (writes, pings) = thread::scope(|scope| {
            let pings = scope.spawn(|| load(program, &pinging));
            let writes = load(program, &writing);
            (writes, pings.join())
        });
        let pings = pings.ok().context("the pings panicked")??;
        Ok([
            self.row(&format!("set, {when}"), &writes?)?,
            self.row(&format!("ping, {when}"), &pings)?,
        ])
    }

    /// A follower loses its disk; the clients of the other two go on.
    fn while_snap(&mut self, program: &Path) -> Result<Vec<Row>> {
        let begun = Instant::now();
        let follower = self.ensemble.lose_follower()?;
        let server = self.ensemble.servers[follower].clone();
        let others: Vec<&str> = (0..self.ensemble.servers.len())
            .filter(|at| *at != follower)
            .map(|at| self.ensemble.servers[at].as_str())
            .collect();
        let others = others.join(",");
        let back = thread::spawn(move || {
            while !serves(&server) {
                if begun.elapsed() > PATIENCE {
                    return None;
                }
                thread::sleep(BETWEEN);
            }
            Some(begun.elapsed())
        });
        let mut rows = self.both("SNAP", program, &others, SNAP)?.to_vec();
        let back = back.join().ok().flatten();
        let back = back.with_context(|| format!("it was not back after {PATIENCE:?}"))?;
        let mut row = rows[0].clone();
        row.workload = "SNAP, back after".to_owned();
        (row.throughput, row.errors) = (0.0, 0);
        (row.p50_us, row.p99_us) = (back.as_secs_f64() * 1e6, back.as_secs_f64() * 1e6);
        rows.push(row);
        Ok(rows)
    }

    fn row(&self, workload: &str, seen: &Value) -> Result<Row> {
        Row::of(workload, self.side, self.run, seen, &self.ensemble)
    }
}

/// Signs of life of 3 sessions, each every 5 ms: enough to see a pause, too few to be a load.
const PINGS: &[&str] = &["--sessions", "3", "--in-flight", "1", "--rest-ms", "5"];

//! One measured run, and the medians of many.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;

use super::ensembles::Ensemble;

/// A line of the contract: workload, side, run, throughput, p50 and p99, memory, start.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub(super) workload: String,
    pub(super) side: String,
    pub(super) run: u32,
    pub(super) throughput: f64,
    pub(super) p50_us: f64,
    pub(super) p99_us: f64,
    pub(super) rss_bytes: u64,
    pub(super) start_ms: f64,
    /// Cores the load generator itself used.
    pub(super) load_cpu_share: f64,
    pub(super) errors: u64,
}

impl Row {
    /// What a load generator saw on an ensemble.
    pub(super) fn of(
        workload: &str,
        side: &str,
        run: u32,
        seen: &Value,
        on: &Ensemble,
    ) -> Result<Row> {
        let number = |field: &str| seen[field].as_f64().unwrap_or(f64::NAN);
        Ok(Row {
            workload: workload.to_owned(),
            side: side.to_owned(),
            run,
            throughput: number("throughput"),
            p50_us: number("p50_us"),
            p99_us: number("p99_us"),
            rss_bytes: on.rss()?,
            start_ms: on.start.as_secs_f64() * 1000.0,
            load_cpu_share: number("load_cpu_share"),
            errors: seen["errors"].as_u64().unwrap_or(0),
        })
    }
}

/// Prints the median of every workload and side, with the smallest and largest beside it.
pub(super) fn print(rows: &[Row]) {
    let mut groups: BTreeMap<(&str, &str), Vec<&Row>> = BTreeMap::new();
    for row in rows {
        groups.entry((&row.workload, &row.side)).or_default().push(row);
    }
    println!(
        "{:<16} {:<22} {:>24} {:>22} {:>24} {:>7} {:>7} {:>5} {:>6}",
        "workload",
        "side",
        "ops/s (least–most)",
        "p50 ms",
        "p99 ms",
        "MB",
        "start",
        "load",
        "errors"
    );
    for ((workload, side), rows) in groups {
        println!(
            "{workload:<16} {side:<22} {:>24} {:>22} {:>24} {:>7.0} {:>4.0} ms {:>5.2} {:>6}",
            spread(&rows, |row| row.throughput, 0),
            spread(&rows, |row| row.p50_us / 1000.0, 2),
            spread(&rows, |row| row.p99_us / 1000.0, 2),
            median(rows.iter().map(|row| row.rss_bytes as f64 / 1e6)),
            median(rows.iter().map(|row| row.start_ms)),
            median(rows.iter().map(|row| row.load_cpu_share)),
            rows.iter().map(|row| row.errors).sum::<u64>(),
        );
    }
}

fn spread(rows: &[&Row], value: impl Fn(&Row) -> f64, digits: usize) -> String {
    let values = || rows.iter().map(|row| value(row));
    let least = values().fold(f64::INFINITY, f64::min);
    let most = values().fold(0.0, f64::max);
    format!("{:.digits$} ({least:.digits$}–{most:.digits$})", median(values()))
}

/// The middle value; of an even number, the lower of the two middle ones.
pub(super) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn a_median_is_a_value_that_was_measured() {
        assert_eq!(median([5.0, 1.0, 3.0].into_iter()), 3.0);
        assert_eq!(median([4.0, 1.0, 3.0, 2.0].into_iter()), 2.0);
        assert!(median(std::iter::empty()).is_nan());
    }
}

//! A load generator for ZooKeeper's wire, the same for the original and for ours.
//!
//! Each session is one thread with one connection that keeps a fixed number of requests in
//! flight: every answer read makes room for one more request, and whatever one read brought is
//! answered by one write. Answers come in the order of the requests (ZooKeeper's FIFO client
//! order), so a queue of sending times is all that latency needs.
//!
//! It encodes and decodes by hand, and only what it uses: it must not lean on the codec it
//! measures, and must leave the machine's two cores to the servers. What it took itself is printed
//! as `load_cpu_share`; a run in which that is large measures the generator.

mod session;
mod wire;

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use session::{Measured, Plan};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Workload {
    /// A new znode each time.
    Create,
    /// The session's own znode, any version.
    Set,
    /// The session's own znode.
    Get,
    /// Three reads to one write.
    Mixed,
    /// The session's sign of life: answered without a look at the tree.
    Ping,
}

struct Options {
    servers: Vec<String>,
    workload: Workload,
    sessions: usize,
    in_flight: usize,
    size: usize,
    warm_up: Duration,
    time: Duration,
    /// How long a session rests between an answer and its next request.
    rest: Duration,
    /// How many requests are made in all; then it ends, however early.
    count: Option<u32>,
}

fn main() -> Result<()> {
    let options = options(std::env::args().skip(1))?;
    let begun = (Instant::now(), cpu_time()?);
    let threads: Vec<_> = (0..options.sessions)
        .map(|number| {
            let plan = Plan {
                server: options.servers[number % options.servers.len()].clone(),
                number,
                workload: options.workload,
                in_flight: options.in_flight,
                size: options.size,
                measure_from: begun.0 + options.warm_up,
                until: begun.0 + options.warm_up + options.time,
                rest: options.rest,
                most: options.count.map_or(u32::MAX, |all| all.div_ceil(options.sessions as u32)),
            };
            thread::spawn(move || session::run(&plan))
        })
        .collect();
    let mut all = Measured::default();
    for thread in threads {
        let measured = thread.join().map_err(|_| anyhow::anyhow!("a session panicked"))??;
        all.latencies_us.extend(measured.latencies_us);
        all.errors += measured.errors;
    }
    let elapsed = begun.0.elapsed();
    let cpu = (cpu_time()? - begun.1).as_secs_f64() / elapsed.as_secs_f64();
    // With a number of requests it may have ended early.
    let measured = options.time.min(elapsed.saturating_sub(options.warm_up));
    print(&options, all, measured, cpu)
}

fn print(options: &Options, mut all: Measured, time: Duration, cpu: f64) -> Result<()> {
    ensure!(!all.latencies_us.is_empty(), "no request was answered in the time measured");
    all.latencies_us.sort_unstable();
    let answered = all.latencies_us.len();
    let line = serde_json::json!({
        "workload": format!("{:?}", options.workload).to_lowercase(),
        "answered": answered,
        "errors": all.errors,
        "throughput": (answered as f64 / time.as_secs_f64()).round(),
        "p50_us": percentile(&all.latencies_us, 50.0),
        "p99_us": percentile(&all.latencies_us, 99.0),
        "load_cpu_share": (cpu * 100.0).round() / 100.0,
    });
    println!("{line}");
    Ok(())
}

/// The smallest value that `percent` of them do not exceed.
fn percentile(sorted: &[u32], percent: f64) -> u32 {
    let rank = (sorted.len() as f64 * percent / 100.0).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

/// Processor time of this process, in cores' seconds.
fn cpu_time() -> Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("reading /proc/self/stat")?;
    // The name in brackets may hold spaces; utime and stime are the 12th and 13th after it.
    let rest = stat.rsplit_once(") ").context("an unknown form of /proc/self/stat")?.1;
    let ticks: u64 =
        rest.split(' ').skip(11).take(2).map(|field| field.parse::<u64>().unwrap_or(0)).sum();
    // Linux reports in hundredths of a second, whatever its timer's frequency.
    Ok(Duration::from_millis(ticks * 10))
}

fn options(mut args: impl Iterator<Item = String>) -> Result<Options> {
    let mut options = Options {
        servers: Vec::new(),
        workload: Workload::Mixed,
        sessions: 8,
        in_flight: 32,
        size: 100,
        warm_up: Duration::from_secs(1),
        time: Duration::from_secs(4),
        rest: Duration::ZERO,
        count: None,
    };
    while let Some(flag) = args.next() {
        let value = args.next().with_context(|| format!("{flag} needs a value"))?;
        match flag.as_str() {
            "--servers" => options.servers = value.split(',').map(str::to_owned).collect(),
            "--workload" => options.workload = workload(&value)?,
            "--sessions" => options.sessions = value.parse()?,
            "--in-flight" => options.in_flight = value.parse()?,
            "--size" => options.size = value.parse()?,
            "--warm-up-ms" => options.warm_up = Duration::from_millis(value.parse()?),
            "--rest-ms" => options.rest = Duration::from_millis(value.parse()?),
            "--count" => options.count = Some(value.parse()?),
            "--ms" => options.time = Duration::from_millis(value.parse()?),
            _ => bail!("there is no flag {flag}"),
        }
    }
    ensure!(!options.servers.is_empty(), "--servers HOST:PORT,… names whom to load");
    ensure!(options.sessions > 0 && options.in_flight > 0, "nothing would be asked");
    Ok(options)
}

fn workload(name: &str) -> Result<Workload> {
    Ok(match name {
        "create" => Workload::Create,
        "set" => Workload::Set,
        "get" => Workload::Get,
        "mixed" => Workload::Mixed,
        "ping" => Workload::Ping,
        _ => bail!("there is no workload `{name}`; there are: create, set, get, mixed, ping"),
    })
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let hundred: Vec<u32> = (1..=100).collect();
        assert_eq!(percentile(&hundred, 50.0), 50);
        assert_eq!(percentile(&hundred, 99.0), 99);
        assert_eq!(percentile(&[7], 99.0), 7);
    }
}

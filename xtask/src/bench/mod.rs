//! `cargo xtask bench NAME [--json]`: measures, and prints each run.

mod ensembles;
mod grpc;
mod page;
mod table;
mod watcher;
mod znodes;
mod zookeeper;

use anyhow::{Result, bail};

use crate::run::{cargo, run};

pub(crate) fn command(args: &[String]) -> Result<()> {
    let json = args.iter().any(|arg| arg == "--json");
    let args: Vec<&str> = args.iter().map(String::as_str).filter(|arg| *arg != "--json").collect();
    match args.as_slice() {
        ["world", rest @ ..] => world(rest, json),
        ["page", rest @ ..] => page::bench(rest, json),
        ["zookeeper", rest @ ..] => zookeeper::bench(rest, json),
        _ => bail!("`bench` measures one of: world, page, zookeeper; and knows the flag --json"),
    }
}

/// The lab's own bench: the world's speed needs no server around it.
fn world(rest: &[&str], json: bool) -> Result<()> {
    let bench = ["run", "--release", "--quiet", "--package", "relevo-lab", "--example"];
    let json = json.then_some("--json");
    run(cargo(bench).args(["bench_world", "--"]).args(rest).args(json))
}

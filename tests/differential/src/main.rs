//! The same operations against Apache ZooKeeper 3.8 and Relevo, every answer compared.
//!
//! Both run as standalone servers on fresh data directories. A sequence of operations, good and
//! bad, drawn from a seed, is done on one and then on the other by several clients; every answer,
//! stat, error, closed connection and watch event must be the same, once session ids, clocks and
//! the zxid at which a run began are taken out ([`run`]). After each operation every client waits
//! for a ping's answer, so that it is known whose events came of it. Where the two part, the
//! sequence is made as short as it can be ([`compare`]). Differences that are meant stand with
//! their reasons in [`justified`].
//!
//! `directories` shows the other half: a data directory written by one opens under the other.

mod client;
mod compare;
mod directories;
mod justified;
mod operation;
mod run;
mod server;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use compare::{Difference, Pair};
use server::{Folder, Server, Side};

const USAGE: &str = "\
relevo-differential [operations|directories] --binary PATH [--seed N] [--operations N] [--all] [--itself]

operations    the same operations on both sides, every answer compared
directories   a data directory written by one side opens under the other, both ways
--binary      the program to compare with Apache ZooKeeper: target/release/relevo
--seed        the first sequence's seed (1)
--operations  how many, in sequences of 50 (1000)
--all         goes on with the next sequence after a difference
--itself      compares Apache ZooKeeper with itself, to judge the comparison";

const SEQUENCE: usize = 50;
/// No operation is shown longer than this.
const LINE: usize = 400;

struct Options {
    operations: bool,
    directories: bool,
    binary: PathBuf,
    seed: u64,
    count: usize,
    all: bool,
    ours: Side,
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error:#}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let (mut passed, mut failed) = (0, 0);
    let mut count = |name: &str, result: Result<()>| match result {
        Ok(()) => passed += 1,
        Err(error) => {
            println!("FAILED: {name}: {error:#}");
            failed += 1;
        }
    };
    if options.operations {
        count("operations", operations(&options));
    }
    if options.directories {
        for (name, result) in directories::both_ways(&options.binary, options.ours) {
            count(name, result);
        }
    }
    println!("{passed} passed, {failed} failed");
    if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn options() -> Result<Options> {
    let mut options = Options {
        operations: true,
        directories: true,
        binary: PathBuf::from("target/release/relevo"),
        seed: 1,
        count: 1000,
        all: false,
        ours: Side::Ours,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "operations" => options.directories = false,
            "directories" => options.operations = false,
            "--binary" => options.binary = value()?.into(),
            "--seed" => options.seed = value()?.parse()?,
            "--operations" => options.count = value()?.parse()?,
            "--all" => options.all = true,
            "--itself" => options.ours = Side::Original,
            other => bail!("there is no `{other}`"),
        }
    }
    Ok(options)
}

fn operations(options: &Options) -> Result<()> {
    let folder = Folder::new("differential")?;
    let original = Server::start(Side::Original, &options.binary, &folder.0.join("original"))?;
    let ours = Server::start(options.ours, &options.binary, &folder.0.join("ours"))?;
    let mut pair = Pair::new(original.address.clone(), ours.address.clone());
    let mut justified = BTreeMap::new();
    let (mut facts, mut differing) = (0, Vec::new());
    for at in 0..options.count.div_ceil(SEQUENCE) {
        let seed = options.seed + at as u64;
        let count = SEQUENCE.min(options.count - at * SEQUENCE);
        let found = pair.compare(&operation::sequence(seed, count))?;
        facts += found.facts;
        for reason in found.justified {
            *justified.entry(reason).or_insert(0) += 1;
        }
        let Some(difference) = found.difference else { continue };
        // Both sides look through their containers and TTL znodes once a minute; a transaction of
        // their own in the midst of a sequence is nothing that comes again.
        let Some(difference) = pair.compare(&difference.operations)?.difference else {
            println!("seed {seed} differed once, and not when done again");
            continue;
        };
        println!("{}", told(seed, &pair.shortest(difference)?));
        differing.push(seed);
        if !options.all {
            break;
        }
    }
    println!("{} operations compared, {facts} facts", options.count);
    for (reason, count) in justified {
        println!("{count} differed with reason: {reason}");
    }
    if differing.is_empty() {
        return Ok(());
    }
    println!("the servers' folders and logs: {}", folder.keep().display());
    bail!("the sequences of seeds {differing:?} differ")
}

fn told(seed: u64, difference: &Difference) -> String {
    let mut text = format!("seed {seed}; the shortest sequence found that differs:");
    for operation in &difference.operations {
        let line: String = format!("{:?}", operation.action).chars().take(LINE).collect();
        text.push_str(&format!("\n  client {}: {line}", operation.client));
    }
    for (side, facts) in [(Side::Original, &difference.original), (Side::Ours, &difference.ours)] {
        text.push_str(&format!("\n{} answers the last so:", side.name()));
        facts.iter().for_each(|fact| text.push_str(&format!("\n  {fact}")));
    }
    text
}

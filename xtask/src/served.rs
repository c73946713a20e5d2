//! `relevo serve` on free ports, for the tests and benches that talk to it from outside.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// A running server. Whoever holds it ends it.
pub(crate) struct Served {
    pub(crate) process: Child,
    /// Where the page is.
    pub(crate) http: String,
    /// The ports of the servers of lab `main`.
    pub(crate) zookeeper: Vec<String>,
}

impl Served {
    /// Starts it and waits for its ready line; what it logs goes to a file.
    pub(crate) fn start(binary: &Path, flags: &[String], log: &Path) -> Result<Served> {
        let mut process = Command::new(binary)
            .args(["serve", "--http", "127.0.0.1:0", "--zookeeper", "127.0.0.1:0"])
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(fs::File::create(log)?)
            .spawn()
            .with_context(|| format!("starting {}", binary.display()))?;
        let output = process.stdout.take().expect("its output is piped");
        match ready(output) {
            Ok((http, zookeeper)) => Ok(Served { process, http, zookeeper }),
            Err(error) => {
                // It may have ended by itself, which is what went wrong then.
                process.kill().ok();
                process.wait()?;
                Err(error).with_context(|| format!("its log is {}", log.display()))
            }
        }
    }

    /// Asks it to stop, as a person's Ctrl-C does, and waits until it has.
    pub(crate) fn stop(mut self) -> Result<()> {
        let id = self.process.id().to_string();
        crate::run::run(Command::new("kill").args(["-TERM", &id]))?;
        let status = self.process.wait()?;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}

fn ready(output: impl Read) -> Result<(String, Vec<String>)> {
    for line in BufReader::new(output).lines() {
        let Ok(line) = serde_json::from_str::<Value>(&line?) else { continue };
        if line["event"] == "ready" {
            let http = line["http"].as_str().context("the ready line names no page")?;
            let listed = line["zookeeper"].as_array().into_iter().flatten();
            let zookeeper = listed.filter_map(|address| address.as_str().map(str::to_owned));
            return Ok((http.to_owned(), zookeeper.collect()));
        }
    }
    bail!("the server ended without its ready line")
}

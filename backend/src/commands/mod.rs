//! What the command line offers.

mod cli;
mod exercise;
mod hand_in;
mod live;
mod main_lab;
mod serve;
mod simulate;
mod zoo_cfg;
mod zookeeper;

pub use cli::{Cli, Command, PortRange, ServeFlags};
pub use main_lab::{MainLab, MainLabPlan, Storing};
pub use serve::Ready;
pub use zoo_cfg::ZooCfg;

use crate::failure::Failure;
use crate::log::{self, Log};
use clap::Parser;
use clap::error::ErrorKind;
use std::ffi::OsString;

/// Reads the command line and does what it says.
pub fn run(args: impl IntoIterator<Item = OsString>) -> Result<(), Failure> {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error)
            if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) =>
        {
            print!("{error}");
            return Ok(());
        }
        Err(error) => return Err(usage(&error)),
    };
    match cli.command {
        Command::Serve(flags) => {
            let _log = log()?;
            serve::run(*flags)
        }
        Command::Zookeeper { config } => {
            let _log = log()?;
            zookeeper::run(&config)
        }
        Command::Simulate(flags) => simulate::run(&flags),
        Command::Exercise(what) => exercise::run(&what),
    }
}

/// clap explains over several lines; the contract is one.
fn usage(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let said: Vec<&str> = text
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"))
        .filter(|line| !line.is_empty())
        .collect();
    let why = said.join(" ");
    Failure::start("usage", why.trim_start_matches("error: "), "see --help")
}

/// Logs go to stderr, for stdout carries the ready line.
fn log() -> Result<Log, Failure> {
    log::begin().map_err(|error| Failure::Internal(format!("no thread for the log: {error}")))
}

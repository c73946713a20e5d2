//! What the command line offers.

mod cli;
mod exercise;
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
use clap::Parser;
use clap::error::ErrorKind;
use std::ffi::OsString;
use tracing_subscriber::EnvFilter;

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
            log_to_stderr();
            serve::run(*flags)
        }
        Command::Zookeeper { config } => {
            log_to_stderr();
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
        .take_while(|line| !line.starts_with("Usage:"))
        .filter(|line| !line.is_empty())
        .collect();
    let why = said.join(" ");
    Failure::start("usage", why.trim_start_matches("error: "), "see --help")
}

/// Logs go to stderr, for stdout carries the ready line. `RELEVO_LOG` chooses what is logged.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("RELEVO_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    // A second call (tests in one process) changes nothing.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .try_init();
}

//! `cargo xtask`: build, serve, test and measure, with nothing to install beforehand but Rust by
//! rustup and a C compiler.
//!
//! Each command is one module. What they share is small: where things lie ([`paths`]), how a
//! program is run and waited for ([`run`]), and what the machine must have ([`needs`]). The page
//! is built by library crates, not by tools: cargo compiles it for wasm32, `wasm-bindgen`'s own
//! library makes the glue ([`page`]), and [`bundle`] names, compresses and lays out the files the
//! server embeds.

mod bench;
mod bugs;
mod build;
mod bundle;
mod first_load;
mod needs;
mod page;
mod paths;
mod run;
mod serve;
mod served;
mod split;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask build [--dev]            one binary with the page embedded: target/release/relevo
cargo xtask serve [--dev] [FLAGS]    builds, then `relevo serve FLAGS`
cargo xtask test [PART …]            everything CI runs, or some parts of it
cargo xtask bench NAME [--json]      measures: world, page or zookeeper
cargo xtask bugs                     planted bugs: the first seed and the checker that catch each";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match args.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", [].as_slice()),
    };
    let result = match command {
        "build" => build::command(rest),
        "serve" => serve::command(rest),
        "bench" => bench::command(rest),
        "bugs" => bugs::command(rest),
        "test" => test::command(rest),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        other => {
            eprintln!("xtask: there is no command `{other}`; there are:\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

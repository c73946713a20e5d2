//! The binary `relevo`.

use relevo_backend::commands;
use relevo_backend::failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    // What panics has said so and where; that the mistake is ours, the exit code tells.
    let ran = std::panic::catch_unwind(|| commands::run(std::env::args_os()));
    let ended = ran.unwrap_or_else(|_| Err(Failure::Internal("an assertion failed".into())));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            failure.exit_code()
        }
    }
}

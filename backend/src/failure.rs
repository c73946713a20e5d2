//! How the program ends when it cannot go on: one line with what, why and what helps.

use std::fmt;
use std::process::ExitCode;

/// Why a command ended without success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Exit code 1: a verdict was violated or a run failed; what there is to say was printed.
    Verdict,
    /// Exit code 1: it served and cannot go on.
    Stopped(String),
    /// Exit code 2: it could not start.
    Start {
        /// What could not be done.
        what: String,
        /// Why.
        why: String,
        /// The flag or the step that helps.
        help: String,
    },
    /// Exit code 3: our own mistake.
    Internal(String),
}

impl Failure {
    /// A failure to start.
    pub fn start(what: impl fmt::Display, why: impl fmt::Display, help: impl fmt::Display) -> Self {
        Failure::Start { what: what.to_string(), why: why.to_string(), help: help.to_string() }
    }

    /// The process's exit code.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Failure::Verdict | Failure::Stopped(_) => 1,
            Failure::Start { .. } => 2,
            Failure::Internal(_) => 3,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Verdict => f.write_str("relevo: a verdict was violated"),
            Failure::Stopped(why) => f.write_str(&in_one_line(&format!("relevo: stopped: {why}"))),
            Failure::Start { what, why, help } => {
                f.write_str(&in_one_line(&format!("relevo: {what}: {why}; {help}")))
            }
            Failure::Internal(what) => write!(f, "relevo: internal error: {what}"),
        }
    }
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::Failure;

    #[test]
    fn a_failure_is_one_line_whatever_its_parts_hold() {
        let failure = Failure::start("cannot listen", "in\nuse", "try --http");
        assert_eq!(failure.to_string(), "relevo: cannot listen: in use; try --http");
    }
}

//! What a run has counted so far, and the ways to count more.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::run::say;

/// How many tests a program ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    passed: u32,
    failed: u32,
    skipped: u32,
}

/// A run of the test command.
pub(super) struct Session {
    /// Whether something missing is a failure.
    ci: bool,
    part: &'static str,
    counts: Counts,
    failures: Vec<String>,
    skips: Vec<String>,
}

impl Session {
    pub(super) fn new() -> Session {
        Session {
            ci: std::env::var("CI").is_ok_and(|value| value == "true"),
            part: "",
            counts: Counts::default(),
            failures: Vec::new(),
            skips: Vec::new(),
        }
    }

    /// The same run, now in another part.
    pub(super) fn part(&mut self, name: &'static str) -> &mut Session {
        self.part = name;
        self
    }

    pub(super) fn failed(&self) -> bool {
        self.counts.failed > 0 || self.counts.passed == 0
    }

    /// One check; whether it passed.
    pub(super) fn check(&mut self, name: &str, work: impl FnOnce() -> Result<()>) -> bool {
        say(name);
        match work() {
            Ok(()) => {
                self.counts.passed += 1;
                true
            }
            Err(error) => {
                self.fail(name, &format!("{error:#}"));
                false
            }
        }
    }

    /// Runs a program of many tests and counts what it reports.
    pub(super) fn counted(&mut self, name: &str, command: &mut Command) {
        say(name);
        match stream(command) {
            Ok((counts, ok)) => {
                self.counts.passed += counts.passed;
                self.counts.skipped += counts.skipped;
                if counts.failed > 0 || !ok {
                    self.fail(name, &format!("{} failed", counts.failed));
                    self.counts.failed += counts.failed.saturating_sub(1);
                } else if counts == Counts::default() {
                    self.fail(name, "no test ran");
                }
            }
            Err(error) => self.fail(name, &format!("{error:#}")),
        }
    }

    /// Something the machine lacks: a skip for a learner, a failure in CI.
    pub(super) fn missing(&mut self, name: &str, how: &str) {
        if self.ci {
            self.fail(name, how);
        } else {
            say(&format!("skipped: {name}: {how}"));
            self.counts.skipped += 1;
            self.skips.push(format!("{}: {name}: {how}", self.part));
        }
    }

    fn fail(&mut self, name: &str, why: &str) {
        say(&format!("FAILED: {name}: {why}"));
        self.counts.failed += 1;
        self.failures.push(format!("{}: {name}: {why}", self.part));
    }

    /// Everything that failed or was skipped, then the closing line.
    pub(super) fn report(&self) {
        for skip in &self.skips {
            println!("skipped  {skip}");
        }
        for failure in &self.failures {
            println!("FAILED   {failure}");
        }
        let Counts { passed, failed, skipped } = self.counts;
        println!("{passed} passed, {failed} failed, {skipped} skipped");
    }
}

/// Runs a program, passing its output on; what it counted and whether it succeeded.
fn stream(command: &mut Command) -> Result<(Counts, bool)> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start it")?;
    let output = child.stdout.take().expect("its output is piped");
    let mut counts = Counts::default();
    for line in BufReader::new(output).lines() {
        let line = line?;
        println!("{line}");
        if let Some(more) = closing_line(&line) {
            counts.passed += more.passed;
            counts.failed += more.failed;
            counts.skipped += more.skipped;
        }
    }
    let status = child.wait()?;
    ensure!(status.code() != Some(124), "it took longer than it may");
    Ok((counts, status.success()))
}

/// Reads the closing line of Rust's test harness (`test result: ok. 3 passed; 0 failed; 1
/// ignored; …`) or a plain one (`3 passed, 0 failed, 1 skipped`).
fn closing_line(line: &str) -> Option<Counts> {
    let harness = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". "));
    let (numbers, separator) = match harness {
        Some((_, numbers)) => (numbers, ';'),
        None => (line, ','),
    };
    let mut counts = Counts::default();
    let mut seen = (false, false);
    for part in numbers.split(separator) {
        let (number, word) = part.trim().split_once(' ')?;
        match (number.parse(), word) {
            (Ok(number), "passed") => (counts.passed, seen.0) = (number, true),
            (Ok(number), "failed") => (counts.failed, seen.1) = (number, true),
            (Ok(number), "ignored" | "skipped") => counts.skipped = number,
            _ => {}
        }
    }
    (seen == (true, true)).then_some(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_counted() {
        let counts = |passed, failed, skipped| Some(Counts { passed, failed, skipped });
        let harness = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 9 filtered out; \
                       finished in 0.02s";
        assert_eq!(closing_line(harness), counts(3, 0, 1));
        assert_eq!(closing_line("test result: FAILED. 3 passed; 2 failed"), counts(3, 2, 0));
        assert_eq!(closing_line("4 passed, 0 failed, 2 skipped"), counts(4, 0, 2));
        assert_eq!(closing_line("4 passed, 0 failed"), counts(4, 0, 0));
        assert_eq!(closing_line("4 passed"), None);
        assert_eq!(closing_line("one, two, 3 failed"), None);
        assert_eq!(closing_line(""), None);
    }

    #[test]
    fn a_program_that_runs_no_test_fails() {
        let mut session = Session::new();
        session.counted("nothing", Command::new("true").arg("-"));
        assert!(session.failed());
        assert_eq!(session.counts.failed, 1);
    }

    #[test]
    fn a_program_that_dies_after_passing_fails() {
        let mut session = Session::new();
        let mut command = Command::new("sh");
        session.counted("dies", command.args(["-c", "echo 4 passed, 0 failed; exit 3"]));
        assert_eq!(session.counts, Counts { passed: 4, failed: 1, skipped: 0 });
    }

    #[test]
    fn a_missing_peer_is_skipped_for_a_learner_and_fails_in_ci() {
        let mut learner = Session { ci: false, ..Session::new() };
        learner.missing("x", "apt-get install x");
        assert_eq!(learner.counts, Counts { skipped: 1, ..Counts::default() });
        let mut ci = Session { ci: true, ..Session::new() };
        ci.missing("x", "apt-get install x");
        assert_eq!(ci.counts, Counts { failed: 1, ..Counts::default() });
    }
}

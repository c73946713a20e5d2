//! Runs a sequence on both servers, compares, and finds the shortest sequence that still differs.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::justified;
use crate::operation::Operation;
use crate::run::{Facts, run};

/// For how long a sequence is made shorter.
const SHRINKING: Duration = Duration::from_secs(10);

/// The two servers, and how many runs they have seen: each gets a root of its own.
pub(crate) struct Pair {
    pub(crate) original: String,
    pub(crate) ours: String,
    runs: u32,
}

/// Where two runs of the same sequence part.
pub(crate) struct Difference {
    pub(crate) operations: Vec<Operation>,
    pub(crate) original: Facts,
    pub(crate) ours: Facts,
}

/// What a comparison found.
pub(crate) struct Comparison {
    pub(crate) difference: Option<Difference>,
    /// Why operations may differ, once for each that did.
    pub(crate) justified: Vec<&'static str>,
    pub(crate) facts: usize,
}

impl Pair {
    pub(crate) fn new(original: String, ours: String) -> Pair {
        Pair { original, ours, runs: 0 }
    }

    /// Does the same on both.
    pub(crate) fn compare(&mut self, operations: &[Operation]) -> Result<Comparison> {
        self.runs += 1;
        let root = format!("/run-{:05}", self.runs);
        let original = run(&self.original, &root, operations)?;
        let ours = run(&self.ours, &root, operations)?;
        let mut found = Comparison { difference: None, justified: Vec::new(), facts: 0 };
        for (at, (original, ours)) in original.iter().zip(&ours).enumerate() {
            found.facts += original.len();
            if original == ours {
                continue;
            }
            match justified::reason(&operations[at].action, original, ours) {
                Some(reason) => found.justified.push(reason),
                None => {
                    found.difference = Some(Difference {
                        operations: operations[..=at].to_vec(),
                        original: original.clone(),
                        ours: ours.clone(),
                    });
                    break;
                }
            }
        }
        Ok(found)
    }

    /// Takes operations away, in ever smaller stretches, as long as the rest still differs.
    pub(crate) fn shortest(&mut self, difference: Difference) -> Result<Difference> {
        let begun = Instant::now();
        let mut best = difference;
        let mut stretch = best.operations.len() / 2;
        while stretch > 0 && begun.elapsed() < SHRINKING {
            let mut from = 0;
            let mut shorter = false;
            while from < best.operations.len() && begun.elapsed() < SHRINKING {
                let mut fewer = best.operations.clone();
                fewer.drain(from..(from + stretch).min(fewer.len()));
                match self.compare(&fewer)?.difference {
                    Some(still) => (best, shorter) = (still, true),
                    None => from += stretch,
                }
            }
            if !shorter || stretch > 1 {
                stretch /= 2;
            }
        }
        Ok(best)
    }
}

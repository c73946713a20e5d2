//! A lab from what it was made of: scenario, seed, wall clock and what entered. The same build
//! makes the same lab of it, event for event; another one makes what it can.

use crate::{Lab, LabInput, Scenario};
use relevo_core::Instant;
use relevo_world::Storage;

/// Something that entered, and its place in time.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When it entered.
    pub at: Instant,
    /// How many things had happened before it: an instant may hold many.
    pub runs: u64,
    /// What entered.
    pub input: LabInput,
}

/// Why a lab cannot be told from its beginning, or not be made again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RebuildError {
    /// It lives in files.
    #[error("this lab lives in files, whose contents no link can carry: link to a memory lab")]
    Durable,
    /// Its first inputs are no longer kept.
    #[error("this lab runs for so long that its beginning is no longer kept: link from a new lab")]
    Forgotten,
    /// Something that entered once does not enter again.
    #[error("change {number} of the link, at {} ms, is not possible here: {why}", at.as_millis())]
    Refused {
        /// Which of them, from 1.
        number: usize,
        /// When.
        at: Instant,
        /// Why.
        why: String,
    },
}

impl Lab {
    /// Everything that entered from the beginning up to and at an instant.
    pub fn entries(&self, until: Instant) -> Result<Vec<Entry>, RebuildError> {
        if self.is_durable() {
            return Err(RebuildError::Durable);
        }
        let recorded = self.recorded().ok_or(RebuildError::Forgotten)?;
        let entered = recorded.take_while(|recorded| recorded.at <= until);
        let entry = |recorded: &crate::recording::Recorded| Entry {
            at: recorded.at,
            runs: recorded.runs,
            input: recorded.input.clone(),
        };
        Ok(entered.map(entry).collect())
    }

    /// A memory lab that stands at `at`, with everything of `entries` done to it at its instant.
    pub fn rebuild(
        scenario: &Scenario,
        seed: u64,
        wall_start_ms: i64,
        entries: &[Entry],
        at: Instant,
    ) -> Result<Lab, RebuildError> {
        let mut lab = Lab::new(scenario, seed, wall_start_ms, Storage::Memory);
        for (index, entry) in entries.iter().enumerate() {
            let refused = |why| RebuildError::Refused { number: index + 1, at: entry.at, why };
            lab.run_to(entry.runs, entry.at);
            lab.input(entry.input.clone()).map_err(|error| refused(error.to_string()))?;
        }
        lab.advance_to(at);
        // Nobody is there yet who could be told.
        lab.drain_outside();
        Ok(lab)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relevo_core::{Fault, HostId, Origin};

    /// A lab in which a leader was stopped by hand, at some instant of its own.
    fn stopped() -> (Scenario, Lab) {
        let scenario = Scenario::named("first-minute").expect("it is built in");
        let mut lab = Lab::new(&scenario, 7, 1_000, Storage::Memory);
        lab.advance_to(Instant(3_000_000_000));
        let fault = Fault::Crash { node: HostId(1), power_loss: false };
        lab.input(LabInput::Fault { fault, by: Origin::Hand }).expect("it runs");
        lab.advance_to(Instant(9_000_000_000));
        (scenario, lab)
    }

    #[test]
    fn the_same_lab_comes_out() {
        let (scenario, lab) = stopped();
        let entries = lab.entries(lab.now()).expect("all is kept");
        let again = Lab::rebuild(&scenario, 7, 1_000, &entries, lab.now()).expect("it goes");
        assert_eq!((again.seq(), again.scene()), (lab.seq(), lab.scene()));
    }

    /// An earlier instant is the lab before what came later.
    #[test]
    fn what_came_after_the_instant_is_not_done() {
        let (scenario, lab) = stopped();
        let before = Instant(2_900_000_000);
        assert_eq!(lab.entries(before).expect("all is kept"), []);
        let again = Lab::rebuild(&scenario, 7, 1_000, &[], before).expect("it goes");
        assert_eq!(again.scene(), lab.fork(before).expect("it is kept").scene());
    }

    /// A link is somebody's text.
    #[test]
    fn an_entry_after_more_than_ever_happens_enters_at_its_instant() {
        let (scenario, lab) = stopped();
        let mut entries = lab.entries(lab.now()).expect("all is kept");
        entries[0].runs = u64::MAX;
        let again = Lab::rebuild(&scenario, 7, 1_000, &entries, lab.now()).expect("it goes");
        assert_eq!(again.now(), lab.now());
    }

    #[test]
    fn what_is_not_possible_is_said() {
        let (scenario, lab) = stopped();
        let mut entries = lab.entries(lab.now()).expect("all is kept");
        let fault = Fault::Crash { node: HostId(99), power_loss: false };
        entries[0].input = LabInput::Fault { fault, by: Origin::Hand };
        let error = Lab::rebuild(&scenario, 7, 1_000, &entries, lab.now()).map(|_| ());
        assert!(matches!(error, Err(RebuildError::Refused { number: 1, .. })), "{error:?}");
    }
}

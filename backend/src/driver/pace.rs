//! Lab time as a function of real time: speed and pause.

use relevo_core::Instant;
use std::time::{Duration, Instant as Real};

/// What is due for longer than this is not caught up with: after the process was stopped or
/// starved, a burst of hours would expire every session at once.
const CATCH_UP: Duration = Duration::from_millis(500);

/// The slowest and the fastest a lab runs.
pub const SPEEDS: std::ops::RangeInclusive<f64> = 0.001..=100.0;

/// Where lab time stands, and how fast it runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    real: Real,
    at: Instant,
    speed: f64,
    paused: bool,
}

impl Pace {
    pub(crate) fn new(real: Real, at: Instant) -> Pace {
        Pace { real, at, speed: 1.0, paused: false }
    }

    pub(crate) fn speed(&self) -> f64 {
        self.speed
    }

    pub(crate) fn paused(&self) -> bool {
        self.paused
    }

    /// Lab time at `real`.
    pub(crate) fn at(&self, real: Real) -> Instant {
        if self.paused {
            return self.at;
        }
        let passed = real.saturating_duration_since(self.real).as_nanos() as f64 * self.speed;
        Instant(self.at.0.saturating_add(passed as u64))
    }

    /// When it is `at` in the lab; none while it is paused or never.
    pub(crate) fn real(&self, at: Instant) -> Option<Real> {
        if self.paused {
            return None;
        }
        let nanos = at.since(self.at).0 as f64 / self.speed;
        self.real.checked_add(Duration::from_nanos(nanos.min(1e17) as u64))
    }

    /// Where what comes next was `due` long ago, goes on from there. A lab in which nothing was due
    /// lags behind nothing, however long it slept.
    pub(crate) fn slip(&mut self, real: Real, due: Option<Instant>) {
        let Some(due) = due else { return };
        if self.real(due).is_some_and(|was| real.saturating_duration_since(was) > CATCH_UP) {
            (self.real, self.at) = (real, due);
        }
    }

    /// Stands or goes on, at `lab`.
    pub(crate) fn set_paused(&mut self, real: Real, lab: Instant, paused: bool) {
        (self.real, self.at, self.paused) = (real, lab, paused);
    }

    /// Runs at another speed from `lab` on.
    pub(crate) fn set_speed(&mut self, real: Real, lab: Instant, speed: f64) {
        (self.real, self.at, self.speed) = (real, lab, speed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    #[test]
    fn lab_time_follows_real_time_at_its_speed() {
        let start = Real::now();
        let mut pace = Pace::new(start, Instant(0));
        assert_eq!(pace.at(start + Duration::from_millis(10)), Instant(10 * MS));
        pace.set_speed(start, Instant(0), 0.125);
        assert_eq!(pace.at(start + Duration::from_millis(80)), Instant(10 * MS));
        assert_eq!(pace.real(Instant(10 * MS)), Some(start + Duration::from_millis(80)));
    }

    #[test]
    fn a_paused_lab_stands() {
        let start = Real::now();
        let mut pace = Pace::new(start, Instant(0));
        pace.set_paused(start, Instant(7), true);
        assert_eq!(pace.at(start + Duration::from_secs(9)), Instant(7));
        assert_eq!(pace.real(Instant(8)), None);
        pace.set_paused(start + Duration::from_secs(9), Instant(7), false);
        assert_eq!(pace.at(start + Duration::from_secs(9)), Instant(7));
    }

    #[test]
    fn a_long_stop_is_not_caught_up_with() {
        let start = Real::now();
        let mut pace = Pace::new(start, Instant(0));
        let later = start + Duration::from_secs(3600);
        pace.slip(later, Some(Instant(5 * MS)));
        assert_eq!(pace.at(later), Instant(5 * MS));
    }

    #[test]
    fn a_lab_that_sleeps_until_something_is_due_loses_no_time() {
        let start = Real::now();
        let mut pace = Pace::new(start, Instant(0));
        let later = start + Duration::from_secs(60);
        pace.slip(later, Some(Instant(60_000 * MS)));
        pace.slip(later, None);
        assert_eq!(pace.at(later), Instant(60_000 * MS));
    }
}

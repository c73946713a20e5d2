//! Lab time as a function of real time: speed and pause.

use relevo_core::Instant;
use std::time::{Duration, Instant as Real};

/// Beyond this, lab time does not try to catch up with real time: after the process was stopped
/// or starved, a burst of hours would expire every session at once.
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

    /// Where the lab, which stands at `lab`, lags far behind, goes on from there.
    pub(crate) fn slip(&mut self, real: Real, lab: Instant) {
        if self.real(lab).is_some_and(|due| real.saturating_duration_since(due) > CATCH_UP) {
            (self.real, self.at) = (real, lab);
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
        pace.slip(later, Instant(5 * MS));
        assert_eq!(pace.at(later), Instant(5 * MS));
    }
}

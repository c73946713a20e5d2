use relevo_core::Instant;
use relevo_lab::stream::Clock;

/// How far the page stays behind the server, in milliseconds of real time: events that arrive a
/// little late are still drawn at their own instant, and nothing jumps.
const BEHIND_MS: f64 = 90.0;

/// Lab time as the page shows it: between two `Clock` frames it runs on at the lab's speed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LabClock {
    last: Clock,
    received_ms: f64,
    shown: Instant,
}

impl LabClock {
    /// Takes the server's word at the page's own time `now_ms`.
    pub(crate) fn set(&mut self, clock: Clock, now_ms: f64) {
        (self.last, self.received_ms) = (clock, now_ms);
        if clock.at < self.shown {
            self.shown = clock.at;
        }
    }

    /// A new lab: forget where the old one stood.
    pub(crate) fn reset(&mut self) {
        *self = LabClock::default();
    }

    /// Moves on to the page's own time `now_ms` and tells the lab's now. It never goes back, and
    /// it reaches the server's instant exactly when time stands.
    pub(crate) fn advance(&mut self, now_ms: f64) -> Instant {
        let last = self.last;
        let due = if last.paused {
            last.at
        } else {
            let elapsed = now_ms - self.received_ms - BEHIND_MS;
            let moved = elapsed * last.speed * 1e6;
            if moved >= 0.0 {
                // A server that falls silent must not be overtaken by far.
                Instant(last.at.0.saturating_add(moved.min(last.speed * 4e8) as u64))
            } else {
                Instant(last.at.0.saturating_sub((-moved) as u64))
            }
        };
        self.shown = self.shown.max(due);
        self.shown
    }

    pub(crate) fn now(&self) -> Instant {
        self.shown
    }

    pub(crate) fn speed(&self) -> f64 {
        self.last.speed
    }

    pub(crate) fn paused(&self) -> bool {
        self.last.paused
    }

    pub(crate) fn oldest(&self) -> Instant {
        self.last.oldest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(at: u64, speed: f64) -> Clock {
        Clock { at: Instant(at), speed, ..Clock::default() }
    }

    #[test]
    fn it_runs_at_the_labs_speed_and_never_goes_back() {
        let mut clock = LabClock::default();
        clock.set(running(1_000_000_000, 0.5), 0.0);
        let first = clock.advance(BEHIND_MS);
        assert_eq!(first, Instant(1_000_000_000));
        assert_eq!(clock.advance(BEHIND_MS + 100.0), Instant(1_050_000_000));
        clock.set(running(1_050_000_000, 0.5), BEHIND_MS + 100.0);
        assert_eq!(clock.advance(BEHIND_MS + 110.0), Instant(1_050_000_000));
    }

    #[test]
    fn a_paused_clock_shows_the_servers_instant() {
        let mut clock = LabClock::default();
        clock.set(Clock { paused: true, ..running(7, 1.0) }, 0.0);
        assert_eq!(clock.advance(0.0), Instant(7));
        assert_eq!(clock.advance(1e6), Instant(7));
    }
}

//! What a hand has changed on a host or a link, as long as it stays changed.

use super::Scene;
use relevo_core::{Duration, Fault, HostId};
use serde::{Deserialize, Serialize};

/// A host's disk and clock, where they are not as they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// How many times slower its disk is; 1 is its own speed.
    pub disk_factor: u32,
    /// Whether its disk is full.
    pub disk_full: bool,
    /// How far ahead its wall clock was set, in milliseconds.
    pub offset_ms: i64,
    /// How much faster its wall clock runs, in parts per million.
    pub drift_ppm: i32,
}

/// One direction between two hosts with a pace of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PacedLink {
    /// The sending host.
    pub from: HostId,
    /// The receiving host.
    pub to: HostId,
    /// The least a message takes.
    pub latency: Duration,
    /// At most this much is added.
    pub jitter: Duration,
}

impl Default for Condition {
    fn default() -> Condition {
        Condition { disk_factor: 1, disk_full: false, offset_ms: 0, drift_ppm: 0 }
    }
}

impl Scene {
    /// How a host's disk and clock are.
    pub fn condition(&self, host: HostId) -> Condition {
        self.conditions.get(&host).copied().unwrap_or_default()
    }

    /// The pace a direction was given; none while it has the lab's own.
    pub fn pace(&self, from: HostId, to: HostId) -> Option<PacedLink> {
        self.paced.iter().find(|link| (link.from, link.to) == (from, to)).copied()
    }

    pub(crate) fn change(&mut self, fault: &Fault) {
        match *fault {
            Fault::SlowDisk { node, factor } => {
                self.condition_of(node, |it| it.disk_factor = factor)
            }
            Fault::FillDisk { node, full } => self.condition_of(node, |it| it.disk_full = full),
            Fault::SkewClock { node, offset_ms, drift_ppm } => self.condition_of(node, |it| {
                (it.offset_ms, it.drift_ppm) = (offset_ms, drift_ppm);
            }),
            Fault::SetLink { from, to, latency, jitter, .. } => {
                self.paced.retain(|link| (link.from, link.to) != (from, to));
                self.paced.push(PacedLink { from, to, latency, jitter });
            }
            _ => {}
        }
    }

    fn condition_of(&mut self, host: HostId, change: impl FnOnce(&mut Condition)) {
        let condition = self.conditions.entry(host).or_default();
        change(condition);
        if *condition == Condition::default() {
            self.conditions.remove(&host);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is as it should be again leaves nothing behind.
    #[test]
    fn a_condition_lasts_until_it_is_undone() {
        let (mut scene, node) = (Scene::default(), HostId(1));
        scene.change(&Fault::SlowDisk { node, factor: 50 });
        scene.change(&Fault::FillDisk { node, full: true });
        assert_eq!(
            (scene.condition(node).disk_factor, scene.condition(node).disk_full),
            (50, true)
        );
        scene.change(&Fault::SlowDisk { node, factor: 1 });
        scene.change(&Fault::FillDisk { node, full: false });
        assert!(scene.conditions.is_empty());
    }

    #[test]
    fn each_direction_has_its_own_pace() {
        let (mut scene, from, to) = (Scene::default(), HostId(0), HostId(1));
        let (latency, jitter) = (Duration::from_millis(200), Duration::ZERO);
        scene.change(&Fault::SetLink { from, to, latency, jitter, bytes_per_second: None });
        assert_eq!(scene.pace(from, to).map(|link| link.latency), Some(latency));
        assert_eq!(scene.pace(to, from), None);
    }
}

use relevo_core::{Instant, Seq};
use relevo_lab::{LabEvent, Scene};
use std::collections::VecDeque;
use std::sync::Arc;

/// How many events the page keeps to look back on at once; what is older is forgotten, so that an
/// open page does not grow, and asked for again when it is looked at.
const KEPT: usize = 3_000;
/// How many it keeps while the distant past is looked at: more than a lab remembers.
const MOST_KEPT: usize = 24_000;
/// How many events lie between two scenes kept whole.
const STRIDE: usize = 300;

/// The past that can be looked back on without asking anyone: events, and a scene every so often
/// to begin from.
#[derive(Debug, Default)]
pub(crate) struct Window {
    events: Vec<Arc<LabEvent>>,
    keyframes: VecDeque<Keyframe>,
    /// Everything the server remembers is kept: the distant past is looked at.
    pub whole: bool,
}

#[derive(Debug)]
struct Keyframe {
    /// The first event the scene does not hold.
    next: Seq,
    scene: Scene,
}

impl Window {
    /// Begins anew from a scene, with nothing after it.
    pub(crate) fn begin(&mut self, scene: Scene) {
        self.events.clear();
        self.keyframes = VecDeque::from([Keyframe { next: Seq(scene.seq.0 + 1), scene }]);
    }

    /// Takes the next event; `scene` is what came of it. Tells whether older ones were forgotten.
    pub(crate) fn push(&mut self, event: Arc<LabEvent>, scene: &Scene) -> bool {
        self.events.push(event);
        if self.events.len().is_multiple_of(STRIDE) {
            self.keyframes.push_back(Keyframe { next: Seq(scene.seq.0 + 1), scene: scene.clone() });
        }
        let kept = if self.whole { MOST_KEPT } else { KEPT };
        let full = self.events.len() > kept + kept / 8;
        if full {
            self.forget(kept);
        }
        full
    }

    fn forget(&mut self, kept: usize) {
        let cut = self.events[self.events.len() - kept].seq;
        while self.keyframes.len() > 1 && self.keyframes[1].next <= cut {
            self.keyframes.pop_front();
        }
        let first = self.keyframes.front().map_or(cut, |keyframe| keyframe.next);
        self.events.drain(..self.events.partition_point(|event| event.seq < first));
    }

    /// All events kept, in order.
    pub(crate) fn events(&self) -> &[Arc<LabEvent>] {
        &self.events
    }

    /// The earliest instant that can be shown.
    pub(crate) fn oldest(&self) -> Instant {
        self.keyframes.front().map_or(Instant::ZERO, |keyframe| keyframe.scene.at)
    }

    pub(crate) fn event(&self, seq: Seq) -> Option<&Arc<LabEvent>> {
        let index = self.events.binary_search_by_key(&seq, |event| event.seq).ok()?;
        Some(&self.events[index])
    }

    /// The first event after `at`, or the last one before it.
    pub(crate) fn neighbour(
        &self,
        at: Instant,
        forward: bool,
        worth: impl Fn(&LabEvent) -> bool,
    ) -> Option<&Arc<LabEvent>> {
        if forward {
            let from = self.events.partition_point(|event| event.at <= at);
            self.events[from..].iter().find(|event| worth(event))
        } else {
            let to = self.events.partition_point(|event| event.at < at);
            self.events[..to].iter().rev().find(|event| worth(event))
        }
    }

    /// The scene after everything that happened up to and at `at`.
    pub(crate) fn scene_at(&self, at: Instant) -> Option<Scene> {
        let keyframe = self.keyframes.iter().rev().find(|keyframe| keyframe.scene.at <= at);
        let keyframe = keyframe.or(self.keyframes.front())?;
        let mut scene = keyframe.scene.clone();
        let from = self.events.partition_point(|event| event.seq < keyframe.next);
        for event in self.events[from..].iter().take_while(|event| event.at <= at) {
            scene.apply(event);
        }
        Some(scene)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relevo_core::Kind;

    fn filled(count: u64) -> Window {
        let (mut window, mut scene) = (Window::default(), Scene::default());
        window.begin(scene.clone());
        for number in 1..=count {
            let event = LabEvent {
                seq: Seq(number),
                at: Instant(number * 10),
                party: None,
                causes: [].into_iter().collect(),
                kind: Kind::Deadline,
            };
            scene.apply(&event);
            window.push(Arc::new(event), &scene);
        }
        window
    }

    #[test]
    fn any_instant_kept_has_its_scene() {
        let window = filled(1_000);
        for at in [0, 10, 15, 4_000, 4_001, 9_999, 10_000] {
            let scene = window.scene_at(Instant(at)).expect("it is kept");
            assert_eq!(scene.seq, Seq(at / 10));
        }
    }

    #[test]
    fn neighbours_are_strictly_before_and_after() {
        let window = filled(10);
        let seq = |event: Option<&Arc<LabEvent>>| event.map(|event| event.seq.0);
        assert_eq!(seq(window.neighbour(Instant(50), true, |_| true)), Some(6));
        assert_eq!(seq(window.neighbour(Instant(50), false, |_| true)), Some(4));
        assert_eq!(seq(window.neighbour(Instant(10), false, |_| true)), None);
    }

    /// However long it runs, the page keeps a bounded past and can still show all of it.
    #[test]
    fn what_is_too_old_is_forgotten() {
        let window = filled(40_000);
        assert!(window.events().len() <= KEPT + KEPT / 8 + STRIDE);
        let oldest = window.oldest();
        assert_eq!(window.scene_at(oldest).expect("it is kept").at, oldest);
        assert_eq!(window.events().first().map(|event| event.at.0), Some(oldest.0 + 10));
    }
}

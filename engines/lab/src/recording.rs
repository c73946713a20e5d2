//! What is kept of a lab's past: the inputs from outside, and keyframes to replay them from.

use crate::checkers::Checkers;
use crate::lab::input_size;
use crate::{LabInput, Node, Scene};
use relevo_core::{Duration, Instant, Seq};
use relevo_world::World;
use std::collections::VecDeque;
use std::sync::Arc;

/// The most bytes of outside inputs kept.
pub const INPUT_BYTES_KEPT: u64 = 64 * 1024 * 1024;
/// The most keyframes kept: ten minutes of them.
pub const KEYFRAMES_KEPT: usize = 300;
/// The most bytes of keyframes kept; what a keyframe shares with the one before it counts once.
pub const KEYFRAME_BYTES_KEPT: u64 = 256 * 1024 * 1024;
/// From one keyframe to the next, in lab time.
pub const KEYFRAME_EVERY: Duration = Duration::from_secs(2);

/// A lab's past.
#[derive(Clone, Default)]
pub(crate) struct Recording {
    /// What entered, in order, none before the oldest keyframe.
    inputs: VecDeque<Arc<Recorded>>,
    /// How many inputs entered before the first of these.
    dropped: u64,
    bytes: u64,
    keyframes: VecDeque<Arc<Keyframe>>,
    keyframe_bytes: u64,
}

/// An outside input and its place in time.
pub(crate) struct Recorded {
    /// When it entered.
    pub(crate) at: Instant,
    /// How many things had happened before it: an instant may hold many.
    pub(crate) runs: u64,
    /// What entered.
    pub(crate) input: LabInput,
}

/// A lab as it stood.
pub(crate) struct Keyframe {
    pub(crate) at: Instant,
    pub(crate) seq: Seq,
    pub(crate) runs: u64,
    /// How many inputs had entered.
    pub(crate) entered: u64,
    pub(crate) scene: Scene,
    /// About how many bytes it holds that the one before it does not.
    pub(crate) bytes: u64,
    /// None where the lab lives in files: then only its picture can be looked back on.
    pub(crate) state: Option<(World<Node>, Checkers)>,
}

impl Recording {
    pub(crate) fn enter(&mut self, at: Instant, runs: u64, input: LabInput) {
        self.bytes += input_size(&input);
        self.inputs.push_back(Arc::new(Recorded { at, runs, input }));
    }

    /// Whether more is kept than may be.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes > INPUT_BYTES_KEPT
    }

    pub(crate) fn keyframe_is_due(&self, now: Instant, every: Duration) -> bool {
        self.keyframes.back().is_none_or(|last| now.since(last.at) >= every)
    }

    /// The last event the newest keyframe shows.
    pub(crate) fn newest(&self) -> Seq {
        self.keyframes.back().map_or(Seq(0), |newest| newest.seq)
    }

    /// Adds a keyframe; the oldest make room for it.
    pub(crate) fn keep(&mut self, keyframe: Keyframe) {
        self.keyframe_bytes += keyframe.bytes;
        self.keyframes.push_back(Arc::new(keyframe));
        while self.keyframes.len() > KEYFRAMES_KEPT
            || (self.keyframe_bytes > KEYFRAME_BYTES_KEPT && self.keyframes.len() > 1)
        {
            self.drop_oldest();
        }
    }

    /// Drops keyframes and what entered before the oldest left, until little enough is kept.
    pub(crate) fn shrink(&mut self) {
        while self.is_full() && self.keyframes.len() > 1 {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some(oldest) = self.keyframes.pop_front() {
            self.keyframe_bytes -= oldest.bytes;
        }
        let Some(entered) = self.keyframes.front().map(|oldest| oldest.entered) else { return };
        while self.dropped < entered
            && let Some(first) = self.inputs.pop_front()
        {
            self.bytes -= input_size(&first.input);
            self.dropped += 1;
        }
    }

    /// How many inputs have entered.
    pub(crate) fn entered(&self) -> u64 {
        self.dropped + self.inputs.len() as u64
    }

    /// Everything that entered, in order; none where the first of it was dropped.
    pub(crate) fn since_beginning(&self) -> Option<impl Iterator<Item = &Recorded>> {
        (self.dropped == 0).then(|| self.inputs.iter().map(|recorded| &**recorded))
    }

    pub(crate) fn oldest(&self) -> Option<Instant> {
        self.keyframes.front().map(|keyframe| keyframe.at)
    }

    /// The last keyframe that is no later than `at`.
    pub(crate) fn keyframe_at(&self, at: Instant) -> Option<&Arc<Keyframe>> {
        self.keyframes.iter().rev().find(|keyframe| keyframe.at <= at)
    }

    /// The oldest keyframe after which every event is kept, where the kept ones begin at `first`.
    pub(crate) fn keyframe_before_event(&self, first: Seq) -> Option<&Arc<Keyframe>> {
        self.keyframes.iter().find(|keyframe| keyframe.seq.0 + 1 >= first.0)
    }

    /// What is kept up to a keyframe, that one included.
    pub(crate) fn up_to(&self, last: &Keyframe) -> Recording {
        let earlier = |keyframe: &&Arc<Keyframe>| keyframe.seq <= last.seq;
        let keyframes: VecDeque<_> = self.keyframes.iter().filter(earlier).cloned().collect();
        let keyframe_bytes = keyframes.iter().map(|keyframe| keyframe.bytes).sum();
        let count = (last.entered - self.dropped) as usize;
        let inputs: VecDeque<_> = self.inputs.iter().take(count).cloned().collect();
        let bytes = inputs.iter().map(|recorded| input_size(&recorded.input)).sum();
        Recording { inputs, dropped: self.dropped, bytes, keyframes, keyframe_bytes }
    }

    /// What entered after the first `entered` inputs and before the instant `to`, in order.
    pub(crate) fn entered_since(&self, entered: u64, to: Instant) -> Vec<Arc<Recorded>> {
        let first = entered.saturating_sub(self.dropped) as usize;
        self.inputs.iter().skip(first).take_while(|input| input.at < to).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyframe(second: u64, bytes: u64, entered: u64) -> Keyframe {
        let (at, seq) = (Instant(second * 1_000_000_000), Seq(second));
        Keyframe { at, seq, runs: 0, entered, scene: Scene::default(), bytes, state: None }
    }

    fn close(conn: u64) -> LabInput {
        let (conn, reason) = (relevo_core::ConnId(conn), relevo_core::CloseReason::ByPeer);
        LabInput::Close { conn, reason }
    }

    #[test]
    fn keyframes_are_limited_by_bytes_and_take_their_inputs_with_them() {
        let mut recording = Recording::default();
        for second in 0..10 {
            recording.keep(keyframe(second, KEYFRAME_BYTES_KEPT / 4, second));
            recording.enter(Instant(second * 1_000_000_000), 0, close(second));
        }
        assert_eq!(recording.keyframes.len(), 4);
        assert_eq!(recording.oldest(), Some(Instant(6_000_000_000)));
        assert_eq!((recording.entered(), recording.dropped), (10, 6));

        // One alone is kept however large: the present must be there to be forked from.
        recording.keep(keyframe(10, 2 * KEYFRAME_BYTES_KEPT, 10));
        assert_eq!((recording.keyframes.len(), recording.dropped), (1, 10));
        let small = recording.up_to(&keyframe(10, 0, 10));
        assert_eq!(small.keyframe_bytes, recording.keyframe_bytes);
    }

    #[test]
    fn keyframes_are_limited_by_number() {
        let mut recording = Recording::default();
        (0..2 * KEYFRAMES_KEPT as u64).for_each(|at| recording.keep(keyframe(at, 1, 0)));
        assert_eq!(recording.keyframes.len(), KEYFRAMES_KEPT);
        assert_eq!(recording.keyframe_bytes, KEYFRAMES_KEPT as u64);
    }
}

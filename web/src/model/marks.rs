//! Instants worth coming back to.

use super::{keep, kept};
use relevo_core::Instant;

/// Nobody finds anything among more.
const MOST: usize = 24;

/// The learner's own bookmarks in one lab, in order; they survive a reload.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Marks(Vec<Instant>);

impl Marks {
    pub(crate) fn load(lab: &str) -> Marks {
        let text = kept(&["marks.", lab].concat()).unwrap_or_default();
        let mut marks: Vec<_> =
            text.split(' ').filter_map(|at| at.parse().ok()).map(Instant).collect();
        marks.sort_unstable();
        marks.truncate(MOST);
        Marks(marks)
    }

    /// Sets one, or takes away the one that is there.
    pub(crate) fn toggle(&mut self, at: Instant, lab: &str) {
        match self.0.binary_search(&at) {
            Ok(place) => drop(self.0.remove(place)),
            Err(place) if self.0.len() < MOST => self.0.insert(place, at),
            Err(_) => return,
        }
        let told: Vec<String> = self.0.iter().map(|at| at.0.to_string()).collect();
        keep(&["marks.", lab].concat(), &told.join(" "));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Instant> {
        self.0.iter().copied()
    }
}

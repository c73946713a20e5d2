//! Where ours may differ from Apache ZooKeeper 3.8, and why.

use crate::operation::Action;
use crate::run::Facts;

struct Justified {
    reason: &'static str,
    applies: fn(&Action, &Facts, &Facts) -> bool,
}

const JUSTIFIED: &[Justified] = &[];

/// Why these two may differ, if they may.
pub(crate) fn reason(action: &Action, original: &Facts, ours: &Facts) -> Option<&'static str> {
    let found = JUSTIFIED.iter().find(|justified| (justified.applies)(action, original, ours));
    found.map(|justified| justified.reason)
}

//! Every crate's own tests, natively.

use super::session::Session;
use crate::run::cargo;

pub(super) fn part(session: &mut Session) {
    session.counted("cargo test", &mut cargo(["test", "--workspace", "--quiet", "--no-fail-fast"]));
}

/// Power loss at a thousand instants, and the proof that the test looks: with the feature `bugs`
/// each place that syncs is left out in turn, and that must be noticed.
pub(super) fn durability(session: &mut Session) {
    let test = ["test", "--quiet", "--package", "relevo", "--features", "bugs"];
    session.counted("power loss", cargo(test).args(["--test", "durability"]));
}

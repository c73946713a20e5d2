//! Every crate's own tests, natively.

use super::session::Session;
use crate::run::cargo;

pub(super) fn part(session: &mut Session) {
    session.counted("cargo test", &mut cargo(["test", "--workspace", "--quiet", "--no-fail-fast"]));
}

//! `relevo exercise`: lists, checks and proves the exercises.

use super::cli::ExerciseCommand;
use crate::failure::Failure;

/// Does what was asked with an exercise.
pub(super) fn run(_what: &ExerciseCommand) -> Result<(), Failure> {
    Err(Failure::start(
        "no exercises",
        "they are not part of this build yet",
        "use the lab itself: relevo serve",
    ))
}

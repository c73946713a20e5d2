use super::Progress;
use relevo_exercises::Exercise;

impl Progress {
    /// Counts the questions that were right at the first go, for the map, which has no questions.
    pub(crate) fn count_first_goes(&mut self, exercise: &Exercise) {
        let chosen = |id: &str| self.answers.get(id).map_or(&[][..], |answer| &answer.chosen);
        self.first_goes = Some(exercise.first_goes(chosen));
    }
}

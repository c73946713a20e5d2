//! How much a hand-in holds, counted and in words.

use crate::{HandIn, Language};

/// How much a file holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holds {
    /// Exercises, and those of them that are finished.
    pub exercises: [usize; 2],
    /// Predictions.
    pub predictions: usize,
    /// Explanations after one was contradicted.
    pub explanations: usize,
    /// Steps passed, and those of them that "show me" passed.
    pub steps: [usize; 2],
    /// Hints read.
    pub hints: usize,
    /// Questions at which anything was chosen or written.
    pub tried: usize,
}

impl Holds {
    /// Adds the work on one exercise.
    pub fn add(&mut self, work: &HandIn) {
        let shown = work.checks.iter().filter(|step| work.shown.contains(*step)).count();
        self.exercises[0] += 1;
        self.exercises[1] += usize::from(work.finished);
        self.predictions += usize::from(work.predicted.is_some());
        self.explanations += usize::from(!work.explanation.trim().is_empty());
        self.steps[0] += work.checks.len();
        self.steps[1] += shown;
        self.hints += work.hints.values().sum::<usize>();
        self.tried += work.answers.values().filter(|answer| answer.given()).count();
    }

    /// In words, and only what there is.
    pub fn say(&self, language: Language) -> String {
        let c = Counted::of(language);
        let [exercises, finished] = self.exercises;
        let [steps, shown] = self.steps;
        let within = |count: usize, words| match count {
            0 => String::new(),
            count => format!(" ({})", counted(count, words)),
        };
        let parts = [
            (exercises, c.exercises, within(finished, c.finished)),
            (self.predictions, c.predictions, String::new()),
            (self.explanations, c.explanations, String::new()),
            (steps, c.steps, within(shown, c.shown)),
            (self.hints, c.hints, String::new()),
            (self.tried, c.tried, String::new()),
        ];
        let parts = parts.into_iter().filter(|(count, ..)| *count > 0);
        let parts = parts.map(|(count, words, more)| counted(count, words) + &more);
        parts.collect::<Vec<_>>().join(", ")
    }
}

fn counted(count: usize, [one, more]: [&str; 2]) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

/// What is counted, for one and for more.
struct Counted {
    exercises: [&'static str; 2],
    finished: [&'static str; 2],
    predictions: [&'static str; 2],
    explanations: [&'static str; 2],
    steps: [&'static str; 2],
    shown: [&'static str; 2],
    hints: [&'static str; 2],
    tried: [&'static str; 2],
}

impl Counted {
    fn of(language: Language) -> Counted {
        match language {
            Language::Es => Counted {
                exercises: ["ejercicio", "ejercicios"],
                finished: ["terminado", "terminados"],
                predictions: ["predicción", "predicciones"],
                explanations: ["explicación", "explicaciones"],
                steps: ["paso comprobado", "pasos comprobados"],
                shown: ["con «Enséñamelo»", "con «Enséñamelo»"],
                hints: ["pista leída", "pistas leídas"],
                tried: ["pregunta intentada", "preguntas intentadas"],
            },
            Language::En => Counted {
                exercises: ["exercise", "exercises"],
                finished: ["finished", "finished"],
                predictions: ["prediction", "predictions"],
                explanations: ["explanation", "explanations"],
                steps: ["checked step", "checked steps"],
                shown: ["by “Show me”", "by “Show me”"],
                hints: ["hint read", "hints read"],
                tried: ["question tried", "questions tried"],
            },
        }
    }
}

//! A hand-in as a teacher reads it: what was expected and what came of it, who passed each step,
//! and every answer in the order in which it was given.

use crate::handin::{CLOSE, OPEN};
use crate::{HINTS, HandIn, Holds, Language, Page, Question, QuestionWords};
use std::fmt::Write as _;

/// What became of a prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Borne {
    /// What happened is what was expected.
    Out,
    /// What happened contradicted it.
    Not,
    /// Nothing was expected, and it has been seen since.
    Seen,
    /// The step that tests it is not passed.
    Untested,
}

impl HandIn {
    /// What became of the prediction; none where there is none.
    pub fn borne(&self, page: &Page) -> Option<Borne> {
        let (predicted, predict) = (self.predicted.as_ref()?, page.exercise.predict.as_ref()?);
        let known = predict.choices.iter().any(|choice| choice.id == *predicted);
        Some(match self.checks.contains(&predict.step) {
            _ if self.contradicted => Borne::Not,
            true if known => Borne::Out,
            true => Borne::Seen,
            false => Borne::Untested,
        })
    }
}

/// The file of these exercises, each with its work. Whose it is, the first one says.
pub fn render(work: &[(&Page, HandIn)], language: Language) -> String {
    let w = Said::of(language);
    let mut text = format!("# {}\n\n", w.title);
    let first = work.first().map(|(_, work)| work);
    for (label, value) in first.iter().flat_map(|it| [(w.name, &it.name), (w.date, &it.date)]) {
        // In one line, so that it cannot look like anything else of the file.
        let value: Vec<&str> = value.split_whitespace().collect();
        if !value.is_empty() {
            let _ = writeln!(text, "{label}: {}\n", value.join(" "));
        }
    }
    let mut holds = Holds::default();
    work.iter().for_each(|(_, work)| holds.add(work));
    if holds != Holds::default() {
        let _ = writeln!(text, "{}: {}.\n", w.holds, holds.say(language));
    }
    let _ = writeln!(text, "{}", w.lead);
    for (page, hand_in) in work {
        Section { page, work: hand_in, language, w: &w }.write(&mut text);
    }
    text
}

/// The part of one exercise.
struct Section<'a> {
    page: &'a Page,
    work: &'a HandIn,
    language: Language,
    w: &'a Said,
}

impl Section<'_> {
    fn write(&self, text: &mut String) {
        let (w, work) = (self.w, self.work);
        let title = self.plain(&self.page.words(self.language).title);
        let done = if work.finished { w.finished } else { w.unfinished };
        let _ = writeln!(text, "\n## {} · {title} ({done})\n", work.exercise);
        if work.seed > 0 {
            let seed = work.seed.to_string();
            let replay = w.replay.replace("{0}", &seed).replace("{1}", &work.build);
            let _ = writeln!(text, "{replay}\n");
        }
        self.prediction(text);
        if !work.explanation.trim().is_empty() {
            let _ = writeln!(text, "### {}\n\n{}\n", w.explanation, quoted(&work.explanation));
        }
        self.steps(text);
        self.questions(text);
        let data = serde_json::to_string(work).unwrap_or_default();
        let _ = writeln!(text, "\n{OPEN}\n{data}\n{CLOSE}");
    }

    fn prediction(&self, text: &mut String) {
        let (w, work) = (self.w, self.work);
        let words = self.page.words(self.language);
        let (Some(predicted), Some(predict)) = (&work.predicted, &words.predict) else { return };
        let choice = predict.choices.get(predicted);
        let said = choice.map_or(w.unknown.to_owned(), |choice| self.plain(&choice.text));
        let _ = writeln!(text, "### {}\n\n{}\n", w.prediction, self.plain(&predict.question));
        let _ = writeln!(text, "{}\n", quoted(&said));
        let borne = match work.borne(self.page) {
            Some(Borne::Out) => w.borne_out,
            Some(Borne::Not) => w.contradicted,
            Some(Borne::Seen) => w.seen,
            Some(Borne::Untested) | None => w.untested,
        };
        let misconception = choice.and_then(|choice| choice.misconception.as_ref());
        match misconception.filter(|_| work.contradicted) {
            Some(named) => {
                let _ = writeln!(text, "{borne} {}: {}\n", w.misconception, self.plain(named));
            }
            None => {
                let _ = writeln!(text, "{borne}\n");
            }
        }
    }

    fn steps(&self, text: &mut String) {
        let (w, work) = (self.w, self.work);
        let words = self.page.words(self.language);
        if !self.page.exercise.steps.is_empty() {
            let _ = writeln!(text, "### {}\n", w.steps);
        }
        for step in &self.page.exercise.steps {
            let goal = words.steps.get(&step.id).map_or("", |step| &step.goal);
            let done = work.checks.contains(&step.id);
            let (tick, by) = match (done, work.shown.contains(&step.id)) {
                (true, true) => ("x", w.by_show),
                (true, false) => ("x", w.by_self),
                (false, true) => (" ", w.open_shown),
                (false, false) => (" ", w.open),
            };
            let _ = write!(text, "- [{tick}] {} ({by}", self.plain(goal));
            if let Some(read) = work.hints.get(&step.id).filter(|read| **read > 0) {
                let (read, all) = (read.to_string(), HINTS.to_string());
                let _ = write!(text, "; {}", w.hints.replace("{0}", &read).replace("{1}", &all));
            }
            text.push_str(")\n");
        }
    }

    fn questions(&self, text: &mut String) {
        let exercise = &self.page.exercise;
        if exercise.questions.is_empty() {
            return;
        }
        let (w, tally) = (self.w, self.work.tally(self.page));
        let numbers = [tally.answered, exercise.questions.len(), tally.right, tally.tried];
        let first = if tally.tried > 0 { w.first_go } else { "" };
        let mut told = [w.tally, first].concat();
        for (place, number) in numbers.iter().enumerate() {
            told = told.replace(&format!("{{{place}}}"), &number.to_string());
        }
        let _ = writeln!(text, "\n### {}: {told}", w.questions);
        for (place, question) in exercise.questions.iter().enumerate() {
            if let Some(asked) = self.page.words(self.language).questions.get(&question.id) {
                let _ = writeln!(text, "\n**{}. {}**\n", place + 1, self.plain(&asked.text));
                self.answer(text, question, asked);
            }
        }
    }

    fn answer(&self, text: &mut String, question: &Question, asked: &QuestionWords) {
        let w = self.w;
        let answer = self.work.answers.get(&question.id).cloned().unwrap_or_default();
        let said = |(place, id): (usize, &String)| {
            let words = asked.options.get(id).map_or("", |it| &it.text);
            let right = question.options.iter().any(|it| it.right && it.id == *id);
            let verdict = if right { w.right } else { w.wrong };
            let [open, close] = w.quotes;
            format!("{}: {open}{}{close} ({verdict})", (w.nth)(place + 1), self.plain(words))
        };
        let chosen: Vec<String> = answer.chosen.iter().enumerate().map(said).collect();
        if !chosen.is_empty() {
            let _ = writeln!(text, "{}", chosen.join("\n→ "));
        }
        if !answer.text.trim().is_empty() {
            let _ = writeln!(text, "{}", quoted(&answer.text));
        }
        if chosen.is_empty() && answer.text.trim().is_empty() {
            let _ = writeln!(text, "{}", w.unanswered);
        }
        // In an exam it cannot be opened, and its page has no points.
        if answer.opened && !asked.rubric.is_empty() {
            let (found, all) = (answer.ticked.len().to_string(), asked.rubric.len().to_string());
            let points = w.points.replace("{0}", &found).replace("{1}", &all);
            let _ = writeln!(text, "\n{points}\n");
            for (place, point) in asked.rubric.iter().enumerate() {
                let tick = if answer.ticked.contains(&place) { "x" } else { " " };
                let _ = writeln!(text, "- [{tick}] {}", self.plain(point));
            }
        }
    }

    fn plain(&self, marked: &str) -> String {
        self.page.plain(self.language, marked)
    }
}

/// As a quote, so that a learner's own words never begin a line.
fn quoted(text: &str) -> String {
    let lines: Vec<String> = text.trim().lines().map(|line| format!("> {line}")).collect();
    lines.join("\n")
}

/// The words around the work.
struct Said {
    title: &'static str,
    name: &'static str,
    date: &'static str,
    holds: &'static str,
    lead: &'static str,
    finished: &'static str,
    unfinished: &'static str,
    replay: &'static str,
    prediction: &'static str,
    unknown: &'static str,
    borne_out: &'static str,
    contradicted: &'static str,
    misconception: &'static str,
    seen: &'static str,
    untested: &'static str,
    explanation: &'static str,
    steps: &'static str,
    by_self: &'static str,
    by_show: &'static str,
    open: &'static str,
    open_shown: &'static str,
    hints: &'static str,
    questions: &'static str,
    tally: &'static str,
    first_go: &'static str,
    quotes: [&'static str; 2],
    nth: fn(usize) -> String,
    right: &'static str,
    wrong: &'static str,
    unanswered: &'static str,
    points: &'static str,
}

impl Said {
    fn of(language: Language) -> Said {
        match language {
            Language::Es => ES,
            Language::En => EN,
        }
    }
}

const ES: Said = Said {
    title: "Entrega de Relevo",
    name: "Nombre",
    date: "Fecha",
    holds: "Contiene",
    lead: "Los bloques de datos permiten volver a abrir este archivo en la página; no los cambies.",
    finished: "terminado",
    unfinished: "sin terminar",
    replay: "Semilla {0}, versión {1}.",
    prediction: "Predicción",
    unknown: "No lo sé",
    borne_out: "Lo que pasó la confirmó.",
    contradicted: "Lo que pasó la contradijo.",
    misconception: "La idea equivocada que hay detrás",
    seen: "Lo vio después en el laboratorio.",
    untested: "Todavía no se puso a prueba.",
    explanation: "Su explicación, después de verlo",
    steps: "Pasos",
    by_self: "comprobado, por su cuenta",
    by_show: "comprobado, con «Enséñamelo»",
    open: "sin comprobar",
    open_shown: "sin comprobar, «Enséñamelo» empezado",
    hints: "pistas leídas: {0} de {1}",
    questions: "Preguntas",
    tally: "{0} de {1} respondidas",
    first_go: "; de las de elegir, {2} de {3} bien a la primera",
    quotes: ["«", "»"],
    nth: |place| format!("{place}.ª respuesta"),
    right: "correcta",
    wrong: "incorrecta",
    unanswered: "Sin responder.",
    points: "Comparó su respuesta con la respuesta modelo, y marcó {0} de {1} puntos:",
};

const EN: Said = Said {
    title: "Relevo hand-in",
    name: "Name",
    date: "Date",
    holds: "It holds",
    lead: "The blocks of data let a page open this file again; leave them as they are.",
    finished: "finished",
    unfinished: "not finished",
    replay: "Seed {0}, build {1}.",
    prediction: "Prediction",
    unknown: "I don't know",
    borne_out: "What happened bore it out.",
    contradicted: "What happened contradicted it.",
    misconception: "The misconception behind it",
    seen: "They have seen it in the lab since.",
    untested: "It has not been put to the test yet.",
    explanation: "Their explanation, after seeing it",
    steps: "Steps",
    by_self: "checked, by themselves",
    by_show: "checked, by “Show me”",
    open: "not checked",
    open_shown: "not checked, “Show me” begun",
    hints: "hints read: {0} of {1}",
    questions: "Questions",
    tally: "{0} of {1} answered",
    first_go: "; of those with options, {2} of {3} right at the first go",
    quotes: ["“", "”"],
    nth: |place| {
        let ending = match (place % 10, place % 100) {
            (_, 11..=13) => "th",
            (1, _) => "st",
            (2, _) => "nd",
            (3, _) => "rd",
            _ => "th",
        };
        format!("{place}{ending} answer")
    },
    right: "right",
    wrong: "wrong",
    unanswered: "Not answered.",
    points: "They compared their answer with the model answer, and marked {0} of {1} points:",
};

#[cfg(all(test, feature = "data"))]
mod tests {
    use super::*;
    use crate::QuestionAnswer;

    fn page(id: &str) -> Page {
        crate::find(id).expect("every folder loads").expect("is there")
    }

    fn told(work: HandIn, language: Language) -> String {
        render(&[(&page(&work.exercise), work)], language)
    }

    fn z1() -> HandIn {
        let steps = page("Z1").exercise.steps;
        HandIn {
            exercise: "Z1".into(),
            checks: steps.iter().map(|step| step.id.clone()).collect(),
            shown: ["leader".to_owned()].into(),
            hints: [("follower".to_owned(), 2)].into(),
            ..HandIn::default()
        }
    }

    #[test]
    fn a_prediction_says_what_became_of_it() {
        let right = page("Z1")
            .exercise
            .choices()
            .iter()
            .find_map(|choice| choice.contradicted_by.is_none().then(|| choice.id.clone()));
        let against = HandIn { predicted: Some("goes-on".into()), contradicted: true, ..z1() };
        let text = told(against, Language::En);
        assert!(text.contains("What happened contradicted it. The misconception behind it: "));
        let borne = HandIn { predicted: right.clone(), ..z1() };
        assert!(told(borne.clone(), Language::En).contains("What happened bore it out."));
        assert!(told(borne, Language::Es).contains("Lo que pasó la confirmó."));
        let untested = HandIn { predicted: right, checks: Vec::new(), ..z1() };
        assert!(told(untested, Language::En).contains("not been put to the test"));
        let unknown = HandIn { predicted: Some("?".into()), ..z1() };
        assert!(told(unknown, Language::En).contains("They have seen it in the lab since."));
    }

    #[test]
    fn a_step_says_who_passed_it_and_with_how_much_help() {
        let text = told(z1(), Language::En);
        assert!(text.contains("(checked, by themselves; hints read: 2 of 3)"), "{text}");
        assert!(text.contains("- [x] Take away the leader (checked, by “Show me”)"), "{text}");
    }

    /// The answers to the first question with options, the wrong one before the right one.
    #[test]
    fn answers_stand_in_their_order_with_a_verdict() {
        let zq = page("ZQ");
        let closed = zq.exercise.questions.iter().find(|it| !it.options.is_empty()).unwrap();
        let open = zq.exercise.questions.iter().find(|it| it.open).unwrap();
        let of = |right| {
            closed.options.iter().find(|it| it.right == right).map(|it| it.id.clone()).unwrap()
        };
        let chosen = QuestionAnswer { chosen: vec![of(false), of(true)], ..Default::default() };
        let text = "A majority decides.".to_owned();
        let written =
            QuestionAnswer { text, opened: true, ticked: [1].into(), ..Default::default() };
        let answers = [(closed.id.clone(), chosen), (open.id.clone(), written)].into();
        let work = HandIn { exercise: "ZQ".into(), answers, ..HandIn::default() };
        let text = told(work.clone(), Language::En);
        let wrong = text.find("1st answer: “").expect("the first");
        let right = text.find("→ 2nd answer: “").expect("the second");
        assert!(text[wrong..right].contains("” (wrong)"), "{text}");
        assert!(text[right..].lines().next().is_some_and(|line| line.ends_with("” (right)")));
        assert!(text.contains("of those with options, 0 of 1 right at the first go"), "{text}");
        assert!(text.contains("> A majority decides.") && text.contains("- [ ] "), "{text}");
        assert!(text.contains("marked 1 of ") && text.contains("- [x] "), "{text}");
        assert!(text.contains("Not answered."));
        assert!(told(work, Language::Es).contains("→ 2.ª respuesta: «"));
    }

    /// Only what is there is promised, and a name cannot pass for data.
    #[test]
    fn the_head_says_whose_it_is_and_what_it_holds() {
        let named = HandIn { name: "Ana\n```relevo\nPérez".into(), ..z1() };
        let text = told(HandIn { date: "2026-11-22".into(), ..named }, Language::En);
        assert!(text.contains("Name: Ana ```relevo Pérez\n\nDate: 2026-11-22\n"), "{text}");
        let holds = "It holds: 1 exercise, 5 checked steps (1 by “Show me”), 2 hints read.";
        assert!(text.contains(holds), "{text}");
        assert_eq!(crate::parse_hand_in(&text).map(|work| work.len()), Ok(1));
        assert!(!told(z1(), Language::En).contains("Name: "));
        let explained = HandIn { explanation: "So.".into(), ..z1() };
        assert!(told(explained, Language::Es).contains("1 explicación"));
    }
}

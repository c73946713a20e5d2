//! The map of the course: its nine modules, the tasks of the course that those answer, and what is
//! not built yet. The page draws it; a test holds it against the folders.

use crate::Language;
use std::ops::RangeInclusive;

/// One module of the course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// The letter its exercises begin with.
    pub letter: &'static str,
    /// Their numbers.
    pub numbers: RangeInclusive<u8>,
    /// Whether it ends with a set of questions.
    pub questions: bool,
    /// The course's own tasks, where the module is begun.
    pub tasks: &'static [Task],
}

/// A task that the course sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// As the exercises' `answers` name it.
    pub name: &'static str,
    /// The exercises that answer it, all together.
    pub exercises: &'static [&'static str],
}

/// An exercise of a module that is begun, not built yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotYet {
    /// Its id.
    pub id: &'static str,
    es: &'static str,
    en: &'static str,
}

/// The modules, in the order of the course.
pub static MODULES: [Module; 9] = [
    module("E", 1, 8, false, &[]),
    module("K", 1, 10, true, &[]),
    module("R", 1, 8, true, &[]),
    module("Z", 1, 8, true, &ZOOKEEPER),
    module("A", 1, 7, true, &ZAB),
    module("G", 1, 8, true, &[]),
    module("C", 1, 8, false, &[]),
    module("M", 0, 12, false, &[]),
    module("P", 1, 4, false, &[]),
];

static ZOOKEEPER: [Task; 6] = [
    task("ZooKeeper: configuración", &["Z1"]),
    task("ZooKeeper: znodes y watches", &["Z2", "Z3"]),
    task("ZooKeeper: configuración distribuida", &["Z4"]),
    task("ZooKeeper: elección de líder", &["Z5"]),
    task("ZooKeeper: bloqueo distribuido", &["Z6"]),
    task("ZooKeeper: configuración en tiempo real", &["Z4"]),
];

static ZAB: [Task; 3] = [
    task("Zab: simulación", &["A1", "A2", "A3", "A4", "A7"]),
    task("Zab: comparación", &["A5"]),
    task("Zab: integración con un clúster real", &["A6", "A7"]),
];

/// What a begun module still lacks.
pub static NOT_YET: [NotYet; 8] = [
    not_yet("Z4", "Configuración en tiempo real", "Configuration in real time"),
    not_yet("Z6", "Bloqueo distribuido", "Distributed locks"),
    not_yet("Z7", "Barreras y colas", "Barriers and queues"),
    not_yet("Z8", "Descubrimiento de servicios", "Service discovery"),
    not_yet("A4", "Rómpelo", "Break it"),
    not_yet("A5", "Zab, Raft y Paxos", "Zab, Raft and Paxos"),
    not_yet("A6", "Contra un ZooKeeper real", "Beside a real ZooKeeper"),
    not_yet("A7", "Tu propio Zab", "Your own Zab"),
];

impl Module {
    /// The ids of all its exercises, built or not.
    pub fn ids(&self) -> impl Iterator<Item = String> + '_ {
        let numbered = self.numbers.clone().map(|number| format!("{}{number}", self.letter));
        numbered.chain(self.questions.then(|| format!("{}Q", self.letter)))
    }

    /// Those that are not among the built ones.
    pub fn missing(&self, built: impl Fn(&str) -> bool) -> Vec<String> {
        self.ids().filter(|id| !built(id)).collect()
    }
}

impl NotYet {
    /// What it will be called, if the map knows.
    pub fn title_of(id: &str, language: Language) -> Option<&'static str> {
        let found = NOT_YET.iter().find(|it| it.id == id)?;
        Some(match language {
            Language::Es => found.es,
            Language::En => found.en,
        })
    }
}

const fn module(
    letter: &'static str,
    first: u8,
    last: u8,
    questions: bool,
    tasks: &'static [Task],
) -> Module {
    Module { letter, numbers: first..=last, questions, tasks }
}

const fn task(name: &'static str, exercises: &'static [&'static str]) -> Task {
    Task { name, exercises }
}

const fn not_yet(id: &'static str, es: &'static str, en: &'static str) -> NotYet {
    NotYet { id, es, en }
}

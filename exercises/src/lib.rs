//! The course as data, and what loads, judges and proves it.
//!
//! An exercise is a folder: `exercise.toml` holds its structure (scenario, prediction, steps,
//! checks, solution, wrong answers), `es.toml` and `en.toml` hold every word a learner reads. The
//! same data drives the page, the control API, the command line and the proof in the tests.
//!
//! # How a step is judged
//!
//! A [`Run`] folds the lab's trace. Each step has [`Facts`] of its own that begin when the step
//! begins, and a check, a named [`Predicate`] over those facts and the [`Scene`]. A check that was
//! true once stays passed, so that looking back or breaking things again takes nothing away; while
//! it is false it says what it sees and what is lacking. Nothing reads the history: every event
//! costs the same.
//!
//! # How an exercise is proved
//!
//! [`prove`] runs it in virtual time against the real engines: every check red before anything is
//! done, each green after its solution, still red after each plausible wrong answer; and for every
//! wrong prediction the event that contradicts it must come.
//!
//! [`audit`] says what an author has still to write, without a lab: texts, hints, misconceptions,
//! terms. The map of the course ([`MODULES`]) says which tasks the exercises answer, and what is
//! [not built yet](NOT_YET). A set of questions is an exercise without steps and has only that.
//!
//! # Own code
//!
//! Checks on clients go by sessions, znodes and watches as the servers tell of them, so a program
//! outside that speaks through the lab's ports is judged as a console of the lab is. Starters are
//! delivered with the exercise.
//!
//! # What is handed in
//!
//! [`HandIn`] is a learner's work on one exercise; [`render_hand_in`] makes one Markdown file of
//! several, and [`parse_hand_in`] reads it back; [`review`] says to a teacher what it holds and
//! where it contradicts itself. A question may be tried until it is right, so the first go counts
//! ([`Tally`]). As an exam ([`Page::examined`]) an exercise has no
//! hints, solutions or model answers.
//!
//! [`Scene`]: relevo_lab::Scene

mod answer;
mod facts;
mod handin;
mod holds;
mod map;
mod model;
mod operation;
mod predicate;
mod rich;
mod run;
mod script;
mod sees;
mod standing;
mod tally;
mod told;
mod words;

#[cfg(feature = "data")]
mod audit;
#[cfg(feature = "data")]
mod load;
#[cfg(feature = "data")]
mod prove;
#[cfg(feature = "data")]
mod review;

pub use answer::QuestionAnswer;
pub use facts::{
    CandidateFacts, ClientFacts, Facts, Joined, LineFacts, Read, ReadFacts, SyncWay, Wrote,
    ZabFacts,
};
pub use handin::{HandIn, HandInError, parse as parse_hand_in};
pub use holds::Holds;
pub use map::{MODULES, Module, NOT_YET, NotYet, Task};
pub use model::{
    Choice, Exercise, FIGURES, HINTS, Predict, Question, QuestionOption, Starter, Step, Wrong,
};
pub use operation::Operation;
pub use predicate::{Judgement, Predicate};
pub use rich::{Span, spans};
pub use run::{CheckState, Run, under_way};
pub use script::{Action, Held, Player, Polled, Which};
pub use sees::{ClientSees, LineSees, ReadSees, Sees, ZabSees};
pub use standing::Part;
pub use tally::Tally;
pub use told::{Borne, render as render_hand_in};
pub use words::{
    ChoiceWords, Language, OptionWords, Page, PredictWords, QuestionWords, StarterText, StepWords,
    Term, Words,
};

#[cfg(feature = "data")]
pub use audit::audit;
#[cfg(feature = "data")]
pub use load::{LoadError, all, find, glossary, load_folder};
#[cfg(feature = "data")]
pub use prove::{Finding, Proof, prove};
#[cfg(feature = "data")]
pub use review::{Review, review};

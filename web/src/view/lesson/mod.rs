//! Figures made for exercises, and what stands around a lab in a lesson: terms, questions, the
//! learner's own code.

mod handin;
mod logs;
mod onward;
mod over;
mod own_code;
mod phases;
mod prose;
mod questions;
mod sides;

pub(crate) use handin::HandInFile;
pub(crate) use logs::LogsView;
pub(crate) use onward::{following, lead_to, where_to};
pub(crate) use over::Over;
pub(crate) use own_code::OwnCode;
pub(crate) use phases::Phases;
pub(crate) use prose::{Prose, plain};
pub(crate) use questions::{QuestionSet, Questions};
pub(crate) use sides::Sides;

//! Figures made for exercises, beside the ensemble that every lab has.

mod logs;
mod phases;
mod sides;

pub(crate) use logs::LogsView;
pub(crate) use phases::Phases;
pub(crate) use sides::Sides;

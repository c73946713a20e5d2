//! What the page knows, apart from how it is drawn.

mod answers;
mod clock;
mod exercise;
mod figure;
mod filter;
mod follow;
mod marks;
mod prefs;
mod shared;
mod store;
mod story;
mod window;

pub(crate) use clock::LabClock;
pub(crate) use exercise::{
    Built, Course, Judge, Listed, Opening, Place, Progress, TakenUp, Track, UNKNOWN,
};
pub(crate) use figure::{FIGURES, Figure};
pub(crate) use filter::Filter;
pub(crate) use follow::{Followed, follow, request_of};
pub(crate) use marks::Marks;
pub(crate) use prefs::{Language, Level, Preferences, Theme, keep, kept};
pub(crate) use shared::Shared;
pub(crate) use store::{LinkState, Store};
pub(crate) use story::{Answer, Back, Stage, Story, counter};
pub(crate) use window::Window;

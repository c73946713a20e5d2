//! What the page knows, apart from how it is drawn.

mod clock;
mod prefs;
mod shared;
mod store;
mod story;
mod window;

pub use clock::LabClock;
pub use prefs::{Language, Level, Preferences, Theme, keep, kept};
pub use shared::Shared;
pub use store::{LinkState, Store};
pub use story::{Answer, Stage, Story, counter};
pub use window::Window;

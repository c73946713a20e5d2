//! To come.

mod agenda;
mod command;
mod connections;
mod crash;
mod disk;
mod faults;
mod host;
mod links;
mod run;
mod storage;
mod traffic;
mod world;

pub use command::{CommandError, Entered};
pub use connections::{BLOCKED_AT, OVERFLOW_AT};
pub use host::{HostState, HostView};
pub use world::{InFlight, Storage, World, WorldConfig};

//! Zab: how a changing leader keeps one order of all changes. The crate's own essay tells the
//! protocol; here is one file for each of its mechanisms.
//!
//! | file | mechanism |
//! |---|---|
//! | `server.rs` | the machine: which role, and what reaches it |
//! | `election.rs`, `connections.rs` | fast leader election and the connections it votes on |
//! | `leader.rs`, `handler.rs` | a leader and what it knows of each learner |
//! | `synchronisation.rs` | DIFF, TRUNC or SNAP: how the leader brings a learner up to date |
//! | `learner.rs` | a follower or an observer |
//! | `storage/` | log, snapshots and epochs on disk |

mod committed;
mod connections;
mod context;
mod election;
mod ensemble;
mod handler;
mod leader;
mod learner;
mod server;
mod storage;
mod synchronisation;

use crate::{Event, Message};
use relevo_core::Effects;

pub use election::{FINALIZE_WAIT, FIRST_RESEND, LAST_RESEND};
pub use server::{Server, ServerCall};
pub use storage::SyncPlace;

/// Where a server puts what it wants done.
type Out = Effects<Message, Event>;

//! What the course runs on the engines.
//!
//! Each application is a [`Machine`](relevo_core::Machine) that embeds the engines' own clients,
//! so that it lives through reconnections and fail-overs as a program outside would: a
//! [`Counter`] that never skips a number, a [`Console`] that asks what a person types, and a
//! [`Workload`] that fault schedules set upon an ensemble.
//!
//! An application's outcome is one of three, not of two: done, refused, or unknown, where the
//! connection was lost before the answer. What an application does about *unknown* is what makes
//! it right or wrong; the counter reads before it writes again.

mod candidate;
mod console;
mod counter;
mod event;
pub mod shell;
mod workload;

pub use candidate::{Candidate, CandidateCall, CandidateConfig, ELECTION_PATH, LEADER_PATH};
pub use console::{Console, ConsoleCall, ConsoleConfig};
pub use counter::{Counter, CounterCall, CounterConfig};
pub use event::{AppEvent, CandidateEvent, CounterEvent, Event, Outcome};
pub use workload::{SHARED, Workload, WorkloadCall, WorkloadConfig};

use relevo_coordination::{Client, ClientConfig};
use relevo_core::Address;

/// The znode the counter writes its numbers to.
pub const COUNTER_PATH: &str = "/counter";

/// How long a client of the lab pauses at most before it tries the next server.
const BACK_OFF_MS: u32 = 400;

/// The client an application embeds.
fn client(servers: Vec<Address>, timeout_ms: u32, seed: u64) -> Client {
    Client::new(ClientConfig { servers, timeout_ms, back_off_ms: BACK_OFF_MS }, seed)
}

//! The ports that stock clients connect to: framing, limits, back-pressure.
//!
//! A connection becomes known to its lab with its first message, so that it can be named by who
//! it is. From then on bytes become messages here and messages bytes; nothing is decided here but
//! what keeps the process whole:
//!
//! * a frame beyond the limit, or bytes that are no message, end that connection alone;
//! * while 1 MiB of answers waits for a client, nothing more is read from it; at 64 MiB it is
//!   closed;
//! * while the lab's inbox is full (it is paused, or overloaded), nothing is read from anyone;
//! * connections are counted, over all ports and by address;
//! * whoever says nothing, or begins a frame and does not end it, is closed after a while, as
//!   ZooKeeper closes connections without a session.

mod connection;
mod library;
mod link;
mod payload;
mod port;
mod program;

pub(crate) use library::recognise;
pub use link::Link;
pub(crate) use port::PortChange;
pub use port::{Port, Ports};
use std::time::Duration;

/// Unsent answers at which a client is no longer read from.
pub const STOP_READING_AT: u64 = 1024 * 1024;
/// Unsent answers at which a client is closed.
pub const CLOSE_AT: u64 = 64 * 1024 * 1024;

/// What bounds the sockets of all ports.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The largest frame a client may send, in bytes.
    pub frame: usize,
    /// The most connections, over all ports.
    pub connections: usize,
    /// The most connections from one address, over all ports.
    pub per_address: usize,
    /// How long a first message may take (ZooKeeper's sessionlessCnxnTimeout).
    pub first_message: Duration,
    /// How long a frame may take, once begun.
    pub whole_frame: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            frame: relevo_coordination::codec::FRAME_LIMIT,
            connections: 4096,
            per_address: 1024,
            first_message: Duration::from_secs(10),
            whole_frame: Duration::from_secs(30),
        }
    }
}

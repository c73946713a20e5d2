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
//! * connections are counted, over all ports.

mod connection;
mod library;
mod link;
mod payload;
mod port;

pub(crate) use library::recognise;
pub use link::Link;
pub(crate) use port::PortChange;
pub use port::{Port, Ports};

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
}

impl Default for Limits {
    fn default() -> Self {
        Limits { frame: relevo_coordination::codec::FRAME_LIMIT, connections: 4096 }
    }
}

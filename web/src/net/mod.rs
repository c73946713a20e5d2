//! How the page speaks with its server: the stream comes in over a WebSocket, commands go out by
//! gRPC-web.

mod api;
pub(crate) mod exercises;
mod first;
mod socket;
mod transport;

pub(crate) use api::{Deed, Outcome, Performed, perform};
pub(crate) use first::{is_first, perform_first};
pub(crate) use socket::{News, Socket, Source};

//! How the page speaks with its server: the stream comes in over a WebSocket, commands go out by
//! gRPC-web.

mod api;
pub(crate) mod exercises;
mod socket;
mod transport;

pub(crate) use api::{Deed, Outcome, perform};
pub(crate) use socket::{News, Socket, Source};

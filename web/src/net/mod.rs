//! How the page speaks with its server: the stream comes in over a WebSocket, commands go out by
//! gRPC-web.

mod api;
mod socket;

pub use api::{Deed, Outcome, perform};
pub use socket::{News, Socket, Source};

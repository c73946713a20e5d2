//! The shell around the engines: sockets, files, threads, clocks, HTTP and the command line.
//!
//! Everything that decides anything lives below, in `engines/`, as pure state machines. This
//! crate gives them what they must not have: real time, real ports and real disks.
//!
//! # How it hangs together
//!
//! ```text
//!  clients ── wire ──┐                       ┌── files (one thread per node)
//!                    ├─ inbox ─ lab thread ──┤
//!  page ──── server ─┤   (driver)            └── viewers ── server ── page
//!  programs ─ rpc ───┘
//! ```
//!
//! * [`driver`]: one operating-system thread owns one `Lab`. Its turn: take what came in, up to a
//!   bound; let lab time pass; let the inputs enter; hand out what left. Nothing else ever touches
//!   a lab: whoever wants something of it sends a job to the thread's inbox.
//! * [`wire`]: the ports that stock ZooKeeper clients connect to. A crashed server's port is
//!   closed for real, so that real clients fail over for real.
//! * [`files`]: the disks of durable labs, one thread per node; a recorder can listen in.
//! * [`server`]: one HTTP port for the page, the WebSocket of scene and trace, and the API.
//! * [`rpc`]: `relevo.lab.v1.Lab`, native gRPC and gRPC-web.
//! * [`labs`]: all labs of the process; visitors' labs come and go, `main` stays.
//! * `places` counts connections, in all and from one address; `log` keeps whoever reads our
//!   stderr slowly from holding anything up.
//! * [`commands`]: what the command line offers.
//!
//! # Promises
//!
//! 1. Nothing a client sends stops the process: every input has a limit, in size, number and time,
//!    and what is beyond it ends that connection alone, with a line in the log.
//! 2. A lab that breaks an assertion of ours stops alone, keeps its trace and says so.
//! 3. Every queue is bounded. A socket that does not drain stops being read; a viewer that falls
//!    behind receives a fresh scene, never a longer queue.
//! 4. What is acknowledged by a durable lab was synced first. The machines hold the order (see
//!    `relevo_core`); [`files`] never reports a sync it did not make.

pub mod commands;
pub mod driver;
pub mod failure;
pub mod files;
pub mod labs;
mod log;
mod places;
pub mod rpc;
pub mod said;
pub mod server;
pub mod wire;

/// What tells one build from another: a page of another build must reload.
pub const BUILD: &str = match option_env!("RELEVO_BUILD") {
    Some(build) => build,
    None => env!("CARGO_PKG_VERSION"),
};

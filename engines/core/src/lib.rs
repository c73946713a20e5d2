//! The seam on which everything in Relevo stands.
//!
//! A server process, a client and an application are each a [`Machine`]: a pure value that turns
//! one [`Input`] into [`Effects`]. It never sees a clock, a socket, a file, a thread or a random
//! number generator it was not given. Whoever runs it (tests, the server, the browser) owns all
//! of those, and that is why time can be paused, stepped, looked back on and forked.
//!
//! # The laws
//!
//! 1. **Everything that talks is a connection.** [`Effects::open`], [`Effects::send`] and
//!    [`Effects::close`] go out; [`Input::Opened`], [`Input::Accepted`], [`Input::Message`],
//!    [`Input::Writable`] and [`Input::Closed`] come in. Peers, outside clients and machines that
//!    are clients of another cluster are alike. Messages of one connection arrive in the order
//!    they were sent or not at all; a lost message breaks its connection, as in TCP (RFC 9293).
//! 2. **What must wait for the disk is emitted after its durability was reported.** Writes are
//!    effects; [`Effects::sync`] asks for durability and [`DiskInput::Durable`] answers. It covers
//!    exactly what was emitted for those files before the sync. A driver can therefore not
//!    misorder an acknowledgement and its write, whatever it does.
//! 3. **After [`DiskInput::Failed`] a machine stops.** It never retries a sync: after a failed
//!    `fsync` the kernel may have dropped the dirty pages, and a second call that succeeds proves
//!    nothing (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020).
//! 4. **Long work is sliced.** No step handles more than [`STEP_ENTRIES`] entries or
//!    [`STEP_BYTES`] bytes; a machine states its work with [`Effects::charge`], which asserts the
//!    limit, and goes on in the turn it asks for with [`Effects::again`].
//!    A transaction is one entry however many parts it has (ZooKeeper's multi is atomic, and no
//!    longer than a frame), and so is an answer: a list of children is read at one instant.
//! 5. **Effects are drained fully after every step**, in the order in which they were emitted.
//! 6. **Nothing from an earlier incarnation is ever delivered.** A restarted machine starts from
//!    [`Input::Boot`] and what its disk holds.
//!
//! # The trace
//!
//! Everything that happens is a [`TraceEvent`] that names its causes. The world derives them from
//! the input of the step in which something was emitted; where a decision rests on earlier inputs
//! too (a quorum of acknowledgements), the machine keeps their [`Cause`]s and names them with
//! [`Effects::because`]. Inputs that no one would look at (`Writable`, `Listed`, `ReadDone`,
//! `Again`) have no event of their own: what follows from them rests on the event of the step that
//! asked. The roots of every causal chain are calls of clients, faults and deadlines.
//!
//! # Left out on purpose
//!
//! Machines share nothing: no common memory, no clock they agree on. Byte layouts belong to the
//! engines; inside the world messages travel typed.

mod disk;
mod effects;
mod fault;
mod ids;
mod machine;
mod outside;
mod random;
mod time;
mod trace;

pub use disk::{DiskEffect, DiskError, DiskInput, File, FileInfo};
pub use effects::{Effect, Effects, Emitted, STEP_BYTES, STEP_ENTRIES};
pub use fault::{Fault, Origin};
pub use ids::{Address, ConnId, HostId, OutsideId, Party, Seq, Service, Token};
pub use machine::{CloseReason, Input, Machine, Message, Now, Peer};
pub use outside::{OutsideInput, OutsideOutput};
pub use random::Random;
pub use time::{Duration, Instant, WallTime};
pub use trace::{Cause, Causes, Kind, LossReason, TraceEvent};

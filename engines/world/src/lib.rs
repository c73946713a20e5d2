//! A deterministic world that runs machines.
//!
//! # The problem
//!
//! A distributed system fails in the order of its events: an acknowledgement that overtakes an
//! `fsync`, a vote that arrives after its round, a leader that sleeps through its own deposition.
//! On real machines that order is drawn anew each time and never again. Here it is a function: the
//! seed and what enters from outside decide everything, so that any run can be had again, stopped
//! at any instant, cloned, and continued differently. The idea is that of FoundationDB's simulation
//! (Zhou et al., "FoundationDB: A Distributed Unbundled Transactional Key Value Store", SIGMOD
//! 2021, section 4) and of TigerBeetle's; here the same world also serves real clients.
//!
//! # The model
//!
//! A [`World`] is a value. It holds hosts, each with one process (a
//! [`Machine`](relevo_core::Machine)), a disk and a wall clock; connections between them and to
//! programs outside; and one agenda of what is due, ordered by (instant, seeded key of the
//! connection or host, sequence). The key makes the order of simultaneous events depend on the
//! seed and on nothing else. Taking the first entry of the agenda gives one input to one machine;
//! what the machine emits becomes new entries. Time is the instant of the entry taken, so nothing
//! here waits: a minute in which nothing happens costs nothing.
//!
//! Whoever owns a world decides how its time passes ([`World::advance_to`], [`World::run_one`])
//! and what enters ([`World::input`]). A recording is the [`WorldConfig`], the hosts added, and
//! the list of (instant, input).
//!
//! # The network
//!
//! Connections behave like TCP (RFC 9293) seen from a program:
//!
//! - Opening takes one latency to the other host and one back. What is sent meanwhile leaves when
//!   the connection is established. Kernels accept even while a process is frozen; a dead host
//!   refuses.
//! - Each direction is a queue. A message takes its link's latency, a seeded jitter and, where the
//!   link has a bandwidth, the time to put its bytes on the wire; it never overtakes. Holding a
//!   message holds all behind it.
//! - A lost message is a broken connection. [`Fault::Drop`](relevo_core::Fault::Drop) loses the
//!   message and all behind it; its receiver learns of the break when it would have arrived, its
//!   sender after what is under way to it.
//! - A cut is silent: what is sent across it waits, as TCP sends it again and again, and neither
//!   end learns anything until its own patience ends. A cut of one direction leaves the other as
//!   it is. What waited leaves anew when the way is healed. Opening needs both directions: across
//!   a cut it fails with [`Broken`](relevo_core::CloseReason::Broken) after a second, as where a
//!   kernel finds no way to a host.
//! - A dying process's connections deliver a seeded prefix of what it had sent, then end with
//!   [`PeerDied`](relevo_core::CloseReason::PeerDied). What was under way to it is lost.
//! - [`BLOCKED_AT`] bytes on their way tell the sender to wait, [`OVERFLOW_AT`] break the
//!   connection.
//!
//! Programs outside are parties like hosts: their messages take the world's own latency and can be
//! held and dropped. Only how fast their sockets drain is not the world's to know, so that enters.
//!
//! # The disk
//!
//! A memory disk shows its process a plain file system and remembers, per file, how to undo what is
//! not durable. A sync takes 0.1 to 5 ms by the seed; those asked meanwhile merge into the next. Loss
//! of power undoes a seeded part of each file's unsynced writes, latest first, and may leave a
//! piece of the first append that did not make it, torn or followed by zeros: the behaviours
//! Pillai et al. found in real file systems ("All File Systems Are Not Created Equal", OSDI 2014),
//! reordering within one file apart. What nobody synced for half a minute is written back by itself,
//! as kernels do. A rename survives under both names or neither. After a write
//! failed, nothing more is done for that incarnation.
//!
//! With [`Storage::External`] the same effects leave the world and answers enter; the world keeps
//! the causes right and ignores answers to the dead.
//!
//! # Invariants
//!
//! - Nothing depends on whether the trace is kept, on how a stretch of time is divided into calls,
//!   or on whether the world is a clone (`tests/world/determinism.rs`).
//! - Every event rests on earlier ones, or is a call, a fault, a deadline, or the opening, sending
//!   or closing of a program outside (`tests/world/causes.rs`).
//! - Nothing of an earlier incarnation is ever delivered (`tests/world/crash.rs`).
//! - Nothing that enters can stop a world: what makes no sense is a [`CommandError`] and changes
//!   nothing (`tests/world/commands.rs`). A machine whose step panics is a broken invariant of
//!   ours and unwinds.
//!
//! # Left out on purpose
//!
//! Processing takes no time: a machine handles an input at the instant it arrives. There are no
//! packets, so no loss or duplication that TCP would hide; where one direction is cut, the other
//! never runs out of window for want of acknowledgements. A kernel never gives a connection up by
//! itself (Linux does after some fifteen minutes), and repeats what is unacknowledged in the very
//! instant a way is healed. Disks do not corrupt what was synced.

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
pub use world::{Connected, InFlight, Storage, World, WorldConfig};

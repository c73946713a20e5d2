//! The disks of durable labs: real files under `--data-dir/<node>/`.
//!
//! Each node's disk has a thread that does what the machine asks, in the order in which it asks.
//! It takes everything that waits at once, so that many appends become one write, and many syncs
//! one; that is the whole group commit. Syncs of small stretches are made in place; a sync of
//! much (a snapshot) goes to a thread of its own, at most one for each file, so that the
//! transaction log does not wait behind it.
//!
//! What durable means here: `fdatasync` of the file, and `fsync` of every directory whose entries
//! changed on the way to it (created, renamed, replaced, removed). A file is replaced by writing
//! and syncing a temporary one and renaming it over.
//!
//! After a failed operation nothing more is done for that incarnation of the node; its machine
//! stops and says why.

mod directory;
mod disk;
mod layout;
mod recorder;
mod store;
mod worker;

pub use directory::{DataDir, lock_directory};
pub use disk::Disk;
pub use layout::Layout;
pub use recorder::{Recorded, Recorder, Silent};

//! A way to listen in on a disk, and to make it fail: how durability is proved.

use bytes::Bytes;
use relevo_core::{File, Token};
use std::io;

/// What was done, in order, as the operating system was asked to do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// Bytes were written at the end of a file; its directory entry may be new.
    Written {
        /// Which file.
        file: File,
        /// Its length before.
        offset: u64,
        /// What.
        data: Bytes,
    },
    /// A file was cut.
    Truncated {
        /// Which file.
        file: File,
        /// Its new length.
        length: u64,
    },
    /// A file was replaced: its content is durable, its directory entry is not yet.
    Replaced {
        /// Which file.
        file: File,
        /// Its content.
        data: Bytes,
    },
    /// A file was renamed.
    Renamed {
        /// Its old name.
        from: File,
        /// Its new name.
        to: File,
    },
    /// A file was removed.
    Deleted {
        /// Which file.
        file: File,
    },
    /// `fdatasync` of a file returned; it had `length` bytes when it was called.
    Synced {
        /// Which file.
        file: File,
        /// How much of it is durable.
        length: u64,
    },
    /// `fsync` of a directory returned.
    DirectorySynced {
        /// The folder below the node's root; empty for the root itself.
        directory: String,
    },
    /// The machine was told that what it asked with `token` is durable.
    Answered {
        /// The question.
        token: Token,
    },
}

/// Someone who listens in.
pub trait Recorder: Send + Sync {
    /// Something was done on the disk of `node`.
    fn record(&self, node: &str, what: Recorded);

    /// Asked before every write and sync; an error is what the operation then fails with.
    fn refuse(&self, _node: &str, _file: &File) -> Option<io::Error> {
        None
    }
}

/// Nobody listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Recorder for Silent {
    fn record(&self, _node: &str, _what: Recorded) {}
}

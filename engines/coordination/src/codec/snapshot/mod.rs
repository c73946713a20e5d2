//! Snapshots: the sessions, the distinct ACLs under numbers, then every znode, its parent before
//! it, up to a path `/` (the root itself is written as an empty path).
//!
//! A file has a header before that and its Adler-32 behind it. Servers of 3.6 and later append a
//! digest of the tree after it, with a checksum of its own, and 3.9 the last zxid; older ones do
//! not miss them, and neither do they where ours are read. The stream from leader to learner has
//! none of these.
//!
//! A znode's data may be 1 MiB and a tree may hold millions: both ways go piece by piece.

mod reader;
mod scanner;
mod writer;

pub use reader::Reader;
pub(super) use scanner::Scanner;
pub use writer::Writer;

use super::DecodeError;

/// `ZKSN` and the version of the format.
const MAGIC: [u8; 8] = *b"ZKSN\0\0\0\x02";
/// The number of the data base, which is always this.
const DATABASE: i64 = -1;
/// The number that stands for "anyone may do anything" without being in the list of ACLs.
const OPEN_ACL: i64 = -1;
/// What ends the list of znodes, and each checksum.
const END: &str = "/";

/// Why a snapshot could not be read. ZooKeeper goes back to the one before it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// The file begins otherwise.
    #[error("this is no snapshot of version 2: it begins otherwise")]
    NotASnapshot,
    /// It ends before its end mark: whoever wrote it died while writing.
    #[error("the snapshot ends early: it was not written whole; an older one must do")]
    Incomplete,
    /// What was read does not match its checksum.
    #[error("the snapshot is damaged: its checksum does not match; an older one must do")]
    Corrupt,
    /// A record cannot be read.
    #[error("the snapshot is damaged: {0}; an older one must do")]
    Malformed(#[from] DecodeError),
    /// A znode whose parent was not seen before it.
    #[error("the snapshot is damaged: {path} has no parent; an older one must do")]
    Orphan {
        /// The znode.
        path: String,
    },
    /// A znode whose ACL is not in the list.
    #[error("the snapshot is damaged: {path} has an ACL that is not in it; an older one must do")]
    UnknownAcl {
        /// The znode.
        path: String,
    },
}

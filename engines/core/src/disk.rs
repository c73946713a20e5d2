use crate::Token;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::fmt;
use std::sync::Arc;

/// A file by its path below its host's data directory, with `/` between folders.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct File(pub Arc<str>);

/// A file's name and length, as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileInfo {
    /// Which file.
    pub file: File,
    /// Its length in bytes.
    pub length: u64,
}

/// What a machine asks of its disk. Order holds for each file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiskEffect {
    /// Writes `data` at the end of `file`, creating it where it does not exist.
    Append {
        /// Which file.
        file: File,
        /// What is written.
        data: Bytes,
    },
    /// Makes `data` the whole of `file`, atomically, its directory entry included; durable once
    /// a later sync of `file` is.
    Replace {
        /// Which file.
        file: File,
        /// Its whole new content.
        data: Bytes,
    },
    /// Cuts `file` to `length` bytes.
    Truncate {
        /// Which file.
        file: File,
        /// What remains.
        length: u64,
    },
    /// Gives `from`, whose content must have been synced, the name `to`, atomically; durable once
    /// a later sync of `to` is. Whatever is too large for one `Replace` (a snapshot) is written
    /// under a temporary name and then renamed.
    Rename {
        /// The old name.
        from: File,
        /// The new name.
        to: File,
    },
    /// Removes `file`.
    Delete {
        /// Which file.
        file: File,
    },
    /// Asks for all files; answered by [`DiskInput::Listed`], ordered by name.
    List {
        /// Names the answer.
        token: Token,
    },
    /// Asks for at most `length` bytes from `offset`; answered by [`DiskInput::ReadDone`].
    Read {
        /// Which file.
        file: File,
        /// Where to begin.
        offset: u64,
        /// How much at most.
        length: u64,
        /// Names the answer.
        token: Token,
    },
    /// Asks that everything emitted for `files` so far be durable; answered by
    /// [`DiskInput::Durable`]. Syncs asked while one is in flight merge into one.
    Sync {
        /// Which files; created and deleted directory entries count with their file.
        files: SmallVec<[File; 2]>,
        /// Names the answer.
        token: Token,
    },
}

/// What a disk answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DiskInput {
    /// The files of this host.
    Listed {
        /// The question.
        token: Token,
        /// Ordered by name.
        files: Vec<FileInfo>,
    },
    /// The bytes asked for; fewer only at the end of the file, none where it does not exist.
    ReadDone {
        /// The question.
        token: Token,
        /// What stands there.
        data: Bytes,
    },
    /// What was asked with `token` is durable. Merged syncs are answered one by one.
    Durable {
        /// The question.
        token: Token,
    },
    /// An operation failed. The machine stops: see the laws of this crate.
    Failed {
        /// Which file; none where the whole disk failed.
        file: Option<File>,
        /// Why.
        error: DiskError,
    },
}

/// Why an operation on a disk failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum DiskError {
    /// No space is left (`ENOSPC`).
    #[error("the disk is full: free some space, then restart the node")]
    Full,
    /// The device or the file system refused.
    #[error("the disk failed: {0}")]
    Failed(String),
}

impl File {
    /// The file of this name.
    pub fn named(name: &str) -> File {
        File(name.into())
    }
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

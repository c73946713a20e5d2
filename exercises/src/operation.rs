//! What a script asks the ensemble, in the words of ZooKeeper's own shell.

use bytes::Bytes;
use relevo_coordination::service::open_acl;
use relevo_coordination::{AddWatchMode, CreateMode, Life, Request};
use serde::{Deserialize, Serialize};

/// One operation of a console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "camelCase", deny_unknown_fields)]
pub enum Operation {
    /// Makes a znode.
    Create {
        /// Where.
        path: String,
        /// What it holds.
        #[serde(default)]
        data: String,
        /// Whether it lives no longer than the session.
        #[serde(default)]
        ephemeral: bool,
        /// Whether the parent's counter is appended to its name.
        #[serde(default)]
        sequential: bool,
    },
    /// Deletes one.
    Delete {
        /// Which.
        path: String,
        /// The version it must have; any where unsaid.
        version: Option<i32>,
    },
    /// Writes.
    SetData {
        /// Where.
        path: String,
        /// What.
        data: String,
        /// The version it must have; any where unsaid.
        version: Option<i32>,
    },
    /// Asks whether a znode is there.
    Exists {
        /// Which.
        path: String,
        /// Whether to be told once of its next change.
        #[serde(default)]
        watch: bool,
    },
    /// Reads.
    GetData {
        /// Which.
        path: String,
        /// Whether to be told once of its next change.
        #[serde(default)]
        watch: bool,
    },
    /// Lists children.
    GetChildren {
        /// Whose.
        path: String,
        /// Whether to be told once when there are others.
        #[serde(default)]
        watch: bool,
    },
    /// Sets a watch that stays.
    AddWatch {
        /// Where.
        path: String,
        /// Whether on everything below, too.
        #[serde(default)]
        recursive: bool,
    },
    /// Waits until its server has all that is committed now.
    Sync {
        /// Where; ZooKeeper asks for a path and syncs everything.
        path: String,
    },
    /// Ends the session.
    CloseSession,
}

impl Operation {
    /// As the protocol asks it.
    pub fn request(&self) -> Request {
        let version_of = |version: &Option<i32>| version.unwrap_or(-1);
        match self {
            Operation::Create { path, data, ephemeral, sequential } => Request::Create {
                path: path.as_str().into(),
                data: bytes(data),
                acl: open_acl(),
                mode: CreateMode {
                    life: if *ephemeral { Life::Ephemeral } else { Life::Persistent },
                    sequential: *sequential,
                },
                with_stat: true,
            },
            Operation::Delete { path, version } => {
                Request::Delete { path: path.as_str().into(), version: version_of(version) }
            }
            Operation::SetData { path, data, version } => Request::SetData {
                path: path.as_str().into(),
                data: bytes(data),
                version: version_of(version),
            },
            Operation::Exists { path, watch } => {
                Request::Exists { path: path.as_str().into(), watch: *watch }
            }
            Operation::GetData { path, watch } => {
                Request::GetData { path: path.as_str().into(), watch: *watch }
            }
            Operation::GetChildren { path, watch } => {
                Request::GetChildren { path: path.as_str().into(), watch: *watch, with_stat: true }
            }
            Operation::AddWatch { path, recursive } => Request::AddWatch {
                path: path.as_str().into(),
                mode: match recursive {
                    true => AddWatchMode::PersistentRecursive,
                    false => AddWatchMode::Persistent,
                },
            },
            Operation::Sync { path } => Request::Sync { path: path.as_str().into() },
            Operation::CloseSession => Request::CloseSession,
        }
    }
}

fn bytes(data: &str) -> Option<Bytes> {
    (!data.is_empty()).then(|| Bytes::copy_from_slice(data.as_bytes()))
}

//! The names of a server's files, as ZooKeeper has them below its data directory.

use crate::{Epoch, Zxid};
use bytes::Bytes;
use relevo_core::File;

/// The folder of this version of the formats.
const FOLDER: &str = "version-2/";
const LOG: &str = "log.";
const SNAPSHOT: &str = "snapshot.";

/// The log whose first transaction is `first`.
pub fn log_file(first: Zxid) -> File {
    numbered(LOG, first)
}

/// The snapshot of the state as of `zxid`.
pub fn snapshot_file(zxid: Zxid) -> File {
    numbered(SNAPSHOT, zxid)
}

/// The file of the epoch promised to.
pub fn accepted_epoch_file() -> File {
    File::named("version-2/acceptedEpoch")
}

/// The file of the epoch followed last.
pub fn current_epoch_file() -> File {
    File::named("version-2/currentEpoch")
}

/// The zxid in a log's name; none for any other file.
pub fn log_zxid(file: &File) -> Option<Zxid> {
    zxid_in(LOG, file)
}

/// The zxid in a snapshot's name; none for any other file.
pub fn snapshot_zxid(file: &File) -> Option<Zxid> {
    zxid_in(SNAPSHOT, file)
}

/// The content of an epoch's file.
pub fn encode_epoch(epoch: Epoch) -> Bytes {
    epoch.0.to_string().into()
}

/// The epoch in an epoch's file; none where it holds no number.
pub fn decode_epoch(content: &[u8]) -> Option<Epoch> {
    std::str::from_utf8(content).ok()?.trim().parse().ok().map(Epoch)
}

fn numbered(prefix: &str, zxid: Zxid) -> File {
    File::named(&format!("{FOLDER}{prefix}{:x}", zxid.0))
}

fn zxid_in(prefix: &str, file: &File) -> Option<Zxid> {
    let digits = file.0.strip_prefix(FOLDER)?.strip_prefix(prefix)?;
    u64::from_str_radix(digits, 16).ok().map(Zxid)
}

use super::{END, MAGIC, SnapshotError};
use crate::codec::DecodeError;
use crate::codec::jute::Reader as Jute;
use crate::codec::records;
use crate::{Acl, SessionId, Stat, Zxid};
use adler2::Adler32;
use bytes::Bytes;
use std::sync::Arc;

/// No record of a snapshot is longer: a znode's data is bounded by a client's frame.
const RECORD_LIMIT: usize = 64 << 20;

/// A record of a snapshot.
pub(super) enum Record {
    /// Header, counts, end marks.
    Mark,
    Session(SessionId, u32),
    Acl(i64, Acl),
    Znode(RawZnode),
}

/// A znode with its ACL by number.
pub(super) struct RawZnode {
    pub(super) path: Arc<str>,
    pub(super) data: Option<Bytes>,
    pub(super) acl: i64,
    pub(super) stat: Stat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Header,
    SessionCount,
    Sessions(i32),
    AclCount,
    Acls(i32),
    Znodes,
    Seal,
    Done,
}

/// Knows where in a snapshot it is, and so where each record ends.
#[derive(Clone)]
pub(crate) struct Scanner {
    stage: Stage,
    /// Of all that was read; none in a stream, which has no checksum.
    checksum: Option<Adler32>,
}

impl std::fmt::Debug for Scanner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scanner").field("stage", &self.stage).finish_non_exhaustive()
    }
}

impl Scanner {
    /// For a file.
    pub(super) fn file() -> Self {
        Scanner { stage: Stage::Header, checksum: Some(Adler32::new()) }
    }

    /// For the stream between leader and learner.
    pub(crate) fn stream() -> Self {
        Scanner { stage: Stage::SessionCount, checksum: None }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.stage == Stage::Done
    }

    /// How many bytes at the front are whole records, up to the end of the snapshot.
    pub(crate) fn scan(&mut self, bytes: &[u8]) -> Result<usize, DecodeError> {
        let mut scanned = 0;
        while !self.is_done() {
            match self.record(&bytes[scanned..]) {
                Ok((_, length)) => scanned += length,
                Err(SnapshotError::Incomplete) => break,
                Err(SnapshotError::Malformed(error)) => return Err(error),
                Err(_) => return Err(DecodeError::NoSignature),
            }
        }
        Ok(scanned)
    }

    /// The record at the front of `bytes` and its length; [`SnapshotError::Incomplete`] where it is
    /// not all there yet.
    pub(super) fn record(&mut self, bytes: &[u8]) -> Result<(Record, usize), SnapshotError> {
        let mut input = Jute::new(bytes);
        let read = self.read(&mut input);
        let (record, next) = match read {
            Err(SnapshotError::Malformed(DecodeError::Truncated)) if bytes.len() < RECORD_LIMIT => {
                return Err(SnapshotError::Incomplete);
            }
            read => read?,
        };
        let length = bytes.len() - input.rest().len();
        if let Some(checksum) = &mut self.checksum {
            checksum.write_slice(&bytes[..length]);
        }
        self.stage = next;
        Ok((record, length))
    }

    fn read(&self, input: &mut Jute<'_>) -> Result<(Record, Stage), SnapshotError> {
        Ok(match self.stage {
            Stage::Header => {
                if input.take(MAGIC.len())? != MAGIC {
                    return Err(SnapshotError::NotASnapshot);
                }
                input.i64()?;
                (Record::Mark, Stage::SessionCount)
            }
            Stage::SessionCount => (Record::Mark, Stage::sessions(input.i32()?)),
            Stage::Sessions(left) => {
                let session = Record::Session(SessionId(input.i64()?), input.u32()?);
                (session, Stage::sessions(left - 1))
            }
            Stage::AclCount => (Record::Mark, Stage::acls(input.i32()?)),
            Stage::Acls(left) => {
                let acl = Record::Acl(input.i64()?, records::acl(input)?);
                (acl, Stage::acls(left - 1))
            }
            Stage::Znodes => {
                let path = input.text()?;
                if &*path == END {
                    let sealed = self.checksum.is_some();
                    return Ok((Record::Mark, if sealed { Stage::Seal } else { Stage::Done }));
                }
                (Record::Znode(znode(path, input)?), Stage::Znodes)
            }
            Stage::Seal => {
                let sum = self.checksum.as_ref().map(Adler32::checksum);
                if Some(input.u64()?) != sum.map(u64::from) {
                    return Err(SnapshotError::Corrupt);
                }
                input.text()?;
                (Record::Mark, Stage::Done)
            }
            Stage::Done => return Err(SnapshotError::Incomplete),
        })
    }
}

impl Stage {
    fn sessions(left: i32) -> Stage {
        if left > 0 { Stage::Sessions(left) } else { Stage::AclCount }
    }

    fn acls(left: i32) -> Stage {
        if left > 0 { Stage::Acls(left) } else { Stage::Znodes }
    }
}

fn znode(path: Arc<str>, input: &mut Jute<'_>) -> Result<RawZnode, DecodeError> {
    let data = input.buffer()?;
    let acl = input.i64()?;
    let stat = Stat {
        czxid: Zxid(input.u64()?),
        mzxid: Zxid(input.u64()?),
        ctime: input.i64()?,
        mtime: input.i64()?,
        version: input.i32()?,
        cversion: input.i32()?,
        aversion: input.i32()?,
        ephemeral_owner: input.i64()?,
        pzxid: Zxid(input.u64()?),
        ..Stat::default()
    };
    Ok(RawZnode { path, data, acl, stat })
}

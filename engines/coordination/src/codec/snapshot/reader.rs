use super::scanner::{RawZnode, Record, Scanner};
use super::{OPEN_ACL, SnapshotError};
use crate::service::{StoredStat, Tree, Znode};
use crate::{Acl, AclEntry, Identity, NodeKind, SessionId};
use bytes::{Bytes, BytesMut};
use imbl::{OrdMap, OrdSet};
use std::collections::BTreeMap;

/// Builds a tree from a snapshot, piece by piece.
#[derive(Clone, Debug)]
pub struct Reader {
    scanner: Scanner,
    pending: BytesMut,
    acls: BTreeMap<i64, Acl>,
    open: Acl,
    tree: Tree,
    sessions: OrdMap<SessionId, u32>,
    entries: u64,
}

impl Reader {
    /// For a file.
    pub fn new() -> Self {
        Self::with(Scanner::file())
    }

    /// For the stream between leader and learner.
    pub fn stream() -> Self {
        Self::with(Scanner::stream())
    }

    fn with(scanner: Scanner) -> Self {
        let anyone = Identity { scheme: "world".into(), id: "anyone".into() };
        Reader {
            scanner,
            pending: BytesMut::new(),
            acls: BTreeMap::new(),
            open: [AclEntry { perms: 31, id: anyone }].into(),
            tree: Tree::empty(),
            sessions: OrdMap::new(),
            entries: 0,
        }
    }

    /// Adds the next bytes and reads all that is whole. Whatever follows the end is ignored.
    pub fn push(&mut self, bytes: Bytes) -> Result<(), SnapshotError> {
        self.feed(&bytes);
        self.advance(u64::MAX).map(drop)
    }

    /// Adds the next bytes, to be read by [`Reader::advance`].
    pub fn feed(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    /// Reads at most `most` records and says how many it read; fewer mean that more bytes are
    /// needed, or that it is done.
    pub fn advance(&mut self, most: u64) -> Result<u64, SnapshotError> {
        let mut read = 0;
        while read < most && !self.scanner.is_done() {
            let (record, length) = match self.scanner.record(&self.pending) {
                Err(SnapshotError::Incomplete) => break,
                record => record?,
            };
            self.take(record)?;
            let _ = self.pending.split_to(length);
            read += 1;
        }
        self.entries += read;
        Ok(read)
    }

    /// How many records were read.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Whether the end was read.
    pub fn is_done(&self) -> bool {
        self.scanner.is_done()
    }

    /// The tree and the sessions with their time-outs, once all is read.
    pub fn finish(self) -> Result<(Tree, OrdMap<SessionId, u32>), SnapshotError> {
        if self.scanner.is_done() && self.tree.node("/").is_some() {
            Ok((self.tree, self.sessions))
        } else {
            Err(SnapshotError::Incomplete)
        }
    }

    fn take(&mut self, record: Record) -> Result<(), SnapshotError> {
        match record {
            Record::Mark => {}
            Record::Session(session, timeout_ms) => {
                self.sessions.insert(session, timeout_ms);
            }
            Record::Acl(number, acl) => {
                self.acls.insert(number, acl);
            }
            Record::Znode(znode) => self.insert(znode)?,
        }
        Ok(())
    }

    fn insert(&mut self, raw: RawZnode) -> Result<(), SnapshotError> {
        let RawZnode { path, data, acl, stat } = raw;
        let named = || path.to_string();
        let acl = if acl == OPEN_ACL { Some(&self.open) } else { self.acls.get(&acl) };
        let acl = acl.cloned().ok_or_else(|| SnapshotError::UnknownAcl { path: named() })?;
        let path = match path.rsplit_once('/') {
            None if path.is_empty() => "/".into(),
            Some((parent, name)) if !name.is_empty() => {
                let parent = if parent.is_empty() { "/" } else { parent };
                self.tree.node(parent).ok_or_else(|| SnapshotError::Orphan { path: named() })?;
                path
            }
            _ => return Err(SnapshotError::Orphan { path: named() }),
        };
        let stat = StoredStat {
            czxid: stat.czxid,
            mzxid: stat.mzxid,
            ctime: stat.ctime,
            mtime: stat.mtime,
            version: stat.version,
            cversion: stat.cversion,
            aversion: stat.aversion,
            kind: NodeKind::of_owner(stat.ephemeral_owner),
            pzxid: stat.pzxid,
        };
        self.tree.insert_raw(path, Znode { data, acl, stat, children: OrdSet::new() });
        Ok(())
    }
}

impl Default for Reader {
    fn default() -> Self {
        Reader::new()
    }
}

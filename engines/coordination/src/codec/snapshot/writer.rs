use super::{DATABASE, END, MAGIC, OPEN_ACL};
use crate::codec::files::snapshot_file;
use crate::codec::jute::{Sink, Size};
use crate::codec::records::put_acl;
use crate::service::{Tree, Znode};
use crate::{Acl, Path, SessionId, Zxid};
use adler2::Adler32;
use bytes::{Bytes, BytesMut};
use imbl::OrdMap;
use relevo_core::{File, STEP_ENTRIES};
use std::collections::BTreeMap;
use std::ops::Bound;

/// Writes a tree piece by piece. It holds the tree as it was when it began, which costs nothing,
/// so that what it writes is one state and not, as ZooKeeper's, a fuzzy one.
#[derive(Clone, Debug)]
pub struct Writer {
    tree: Tree,
    sessions: OrdMap<SessionId, u32>,
    zxid: Zxid,
    stage: Stage,
    /// Of all that was written; none in a stream.
    checksum: Option<Checksum>,
    acls: BTreeMap<Acl, i64>,
    /// The ACLs by number, which begin at 1.
    numbered: Vec<Acl>,
    entries: u64,
}

/// [`Adler32`], with the `Debug` it lacks.
#[derive(Clone)]
struct Checksum(Adler32);

impl std::fmt::Debug for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08x}", self.0.checksum())
    }
}

#[derive(Clone, Debug)]
enum Stage {
    /// The list of ACLs stands before the znodes, so the tree is walked twice.
    Collecting(Option<Path>),
    Head,
    Sessions(Option<SessionId>),
    AclCount,
    Acls(usize),
    Znodes(Option<Path>),
    Seal,
    Done,
}

impl Writer {
    /// Of a file: the state as of `zxid`.
    pub fn new(tree: Tree, sessions: OrdMap<SessionId, u32>, zxid: Zxid) -> Self {
        let checksum = Some(Checksum(Adler32::new()));
        let (acls, numbered) = (BTreeMap::new(), Vec::new());
        let stage = Stage::Collecting(None);
        Writer { tree, sessions, zxid, stage, checksum, acls, numbered, entries: 0 }
    }

    /// Of the stream that follows SNAP, which has neither header nor checksum.
    pub fn stream(tree: Tree, sessions: OrdMap<SessionId, u32>, zxid: Zxid) -> Self {
        Writer { checksum: None, ..Writer::new(tree, sessions, zxid) }
    }

    /// The file's name.
    pub fn file(&self) -> File {
        snapshot_file(self.zxid)
    }

    /// The zxid whose state this is.
    pub fn zxid(&self) -> Zxid {
        self.zxid
    }

    /// How many entries were handled so far; the difference is what a step is charged with.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// As [`Writer::next_slice`], with as many entries as a step may handle.
    pub fn next_chunk(&mut self, max: u64) -> Option<Bytes> {
        self.next_slice(max, STEP_ENTRIES)
    }

    /// The next bytes, at most `max` unless one entry is longer, from at most `entries` entries;
    /// none at the end. Empty while the ACLs are being collected.
    pub fn next_slice(&mut self, max: u64, entries: u64) -> Option<Bytes> {
        if let Stage::Done = self.stage {
            return None;
        }
        let mut out = BytesMut::new();
        let until = self.entries + entries.max(1);
        while self.entries < until && self.step(&mut out, max) {}
        if let Some(checksum) = &mut self.checksum {
            checksum.0.write_slice(&out);
        }
        if let Stage::Seal = self.stage {
            self.seal(&mut out);
        }
        Some(out.freeze())
    }

    /// Handles one entry; false where it is not to be handled in this slice.
    fn step(&mut self, out: &mut BytesMut, max: u64) -> bool {
        let next = match &self.stage {
            Stage::Collecting(after) => self.collect(after.clone()),
            Stage::Head => self.head(out),
            Stage::Sessions(after) => self.session(out, *after),
            Stage::AclCount => {
                out.count(self.numbered.len());
                Some(Stage::Acls(0))
            }
            Stage::Acls(written) => self.acl(out, *written, max),
            Stage::Znodes(after) => self.znode(out, after.as_deref(), max),
            Stage::Seal | Stage::Done => None,
        };
        let Some(next) = next else { return false };
        self.stage = next;
        self.entries += 1;
        true
    }

    fn collect(&mut self, after: Option<Path>) -> Option<Stage> {
        let Some((path, node)) = self.tree.after(after.as_deref()).next() else {
            return Some(Stage::Head);
        };
        let path = path.clone();
        if !is_open(&node.acl) && !self.acls.contains_key(&node.acl) {
            self.numbered.push(node.acl.clone());
            self.acls.insert(node.acl.clone(), self.numbered.len() as i64);
        }
        Some(Stage::Collecting(Some(path)))
    }

    fn head(&self, out: &mut BytesMut) -> Option<Stage> {
        if self.checksum.is_some() {
            out.put(&MAGIC);
            out.i64(DATABASE);
        }
        out.count(self.sessions.len());
        Some(Stage::Sessions(None))
    }

    fn session(&self, out: &mut BytesMut, after: Option<SessionId>) -> Option<Stage> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let Some((session, timeout_ms)) = self.sessions.range((from, Bound::Unbounded)).next()
        else {
            return Some(Stage::AclCount);
        };
        out.i64(session.0);
        out.u32(*timeout_ms);
        Some(Stage::Sessions(Some(*session)))
    }

    fn acl(&self, out: &mut BytesMut, written: usize, max: u64) -> Option<Stage> {
        let Some(acl) = self.numbered.get(written) else { return Some(Stage::Znodes(None)) };
        if !out.is_empty() && out.len() as u64 >= max {
            return None;
        }
        out.i64(written as i64 + 1);
        put_acl(out, acl);
        Some(Stage::Acls(written + 1))
    }

    fn znode(&self, out: &mut BytesMut, after: Option<&str>, max: u64) -> Option<Stage> {
        let Some((path, node)) = self.tree.after(after).next() else {
            out.string(END);
            return Some(Stage::Seal);
        };
        let mut size = Size::default();
        self.put_znode(&mut size, path, node);
        if !out.is_empty() && out.len() as u64 + size.0 > max {
            return None;
        }
        self.put_znode(out, path, node);
        Some(Stage::Znodes(Some(path.clone())))
    }

    fn put_znode(&self, out: &mut impl Sink, path: &str, node: &Znode) {
        out.string(if path == "/" { "" } else { path });
        out.buffer(node.data.as_ref());
        out.i64(self.acls.get(&node.acl).copied().unwrap_or(OPEN_ACL));
        out.u64(node.stat.czxid.0);
        out.u64(node.stat.mzxid.0);
        out.i64(node.stat.ctime);
        out.i64(node.stat.mtime);
        out.i32(node.stat.version);
        out.i32(node.stat.cversion);
        out.i32(node.stat.aversion);
        out.i64(node.stat.kind.owner());
        out.u64(node.stat.pzxid.0);
    }

    fn seal(&mut self, out: &mut BytesMut) {
        if let Some(checksum) = &self.checksum {
            out.u64(u64::from(checksum.0.checksum()));
            out.string(END);
        }
        self.stage = Stage::Done;
    }
}

fn is_open(acl: &Acl) -> bool {
    let [entry] = &**acl else { return false };
    entry.perms == 31 && &*entry.id.scheme == "world" && &*entry.id.id == "anyone"
}

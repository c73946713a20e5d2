use super::{DATABASE, END, MAGIC, OPEN_ACL};
use crate::codec::files::snapshot_file;
use crate::codec::jute::{Sink, Size};
use crate::codec::records::put_acl;
use crate::service::{Tree, Znode, open_acl};
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
    /// The numbers of the ACLs written, from 1 on.
    acls: BTreeMap<Acl, i64>,
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
    Head,
    Sessions(Option<SessionId>),
    AclCount,
    Acls(Option<Acl>),
    Znodes(Option<Path>),
    Seal,
    Done,
}

impl Writer {
    /// Of a file: the state as of `zxid`.
    pub fn new(tree: Tree, sessions: OrdMap<SessionId, u32>, zxid: Zxid) -> Self {
        let checksum = Some(Checksum(Adler32::new()));
        let (stage, acls) = (Stage::Head, BTreeMap::new());
        Writer { tree, sessions, zxid, stage, checksum, acls, entries: 0 }
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
    /// none at the end.
    pub fn next_slice(&mut self, max: u64, entries: u64) -> Option<Bytes> {
        if let Stage::Done = self.stage {
            return None;
        }
        let mut out = BytesMut::new();
        let until = self.entries + entries.max(1);
        while self.entries < until && self.step(&mut out, max, until) {}
        if let Some(checksum) = &mut self.checksum {
            checksum.0.write_slice(&out);
        }
        if let Stage::Seal = self.stage {
            self.seal(&mut out);
        }
        Some(out.freeze())
    }

    /// Handles an entry, or several znodes, `until` so many are handled; false where the next is
    /// not to be handled in this slice.
    fn step(&mut self, out: &mut BytesMut, max: u64, until: u64) -> bool {
        let next = match &self.stage {
            Stage::Head => self.head(out),
            Stage::Sessions(after) => self.session(out, *after),
            Stage::AclCount => {
                let open = self.tree.acls().contains_key(&open_acl());
                out.count(self.tree.acls().len() - usize::from(open));
                Some(Stage::Acls(None))
            }
            Stage::Acls(after) => self.acl(out, after.clone(), max),
            Stage::Znodes(after) => return self.znodes(out, after.clone(), max, until),
            Stage::Seal | Stage::Done => None,
        };
        let Some(next) = next else { return false };
        self.stage = next;
        self.entries += 1;
        true
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

    fn acl(&mut self, out: &mut BytesMut, after: Option<Acl>, max: u64) -> Option<Stage> {
        let from = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest =
            self.tree.acls().range::<_, Acl>((from, Bound::Unbounded)).map(|(acl, _)| acl);
        let Some(acl) = rest.find(|acl| !is_open(acl)) else { return Some(Stage::Znodes(None)) };
        if !out.is_empty() && out.len() as u64 >= max {
            return None;
        }
        let number = self.acls.len() as i64 + 1;
        out.i64(number);
        put_acl(out, acl);
        self.acls.insert(acl.clone(), number);
        Some(Stage::Acls(Some(acl.clone())))
    }

    fn znodes(&mut self, out: &mut BytesMut, after: Option<Path>, max: u64, until: u64) -> bool {
        let (mut entries, mut last) = (self.entries, after.as_ref());
        let mut rest = self.tree.after(after.as_deref());
        while entries < until {
            let Some((path, node)) = rest.next() else {
                out.string(END);
                (self.entries, self.stage) = (entries + 1, Stage::Seal);
                return false;
            };
            let mut size = Size::default();
            self.put_znode(&mut size, path, node);
            if !out.is_empty() && out.len() as u64 + size.0 > max {
                break;
            }
            self.put_znode(out, path, node);
            (entries, last) = (entries + 1, Some(path));
        }
        let last = last.cloned();
        (self.entries, self.stage) = (entries, Stage::Znodes(last));
        false
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

//! The tree of znodes, as a value.
//!
//! One ordered map from path to znode; a copy shares everything with its original until one of the
//! two changes, so that snapshots, forks and keyframes cost nothing. Paths sort so that a parent
//! comes before its children.

use super::znode::{StoredStat, Znode};
use crate::{
    Acl, AclEntry, ErrorCode, Identity, MultiResult, NodeKind, Path, Response, SessionId, Txn,
    TxnBody, WatchEventKind, Zxid,
};
use bytes::Bytes;
use imbl::{OrdMap, OrdSet};
use smallvec::SmallVec;
use std::ops::Bound;
use std::sync::Arc;

/// All znodes.
///
/// Invariants: every znode but the root is named in its parent's children, and every name in a
/// znode's children is a znode; `ephemerals` holds exactly the ephemeral znodes by session,
/// `containers` and `ttls` exactly those kinds; `acls` counts the znodes by list, and they share it.
#[derive(Clone, Debug)]
pub struct Tree {
    nodes: OrdMap<Path, Arc<Znode>>,
    ephemerals: OrdMap<SessionId, OrdSet<Path>>,
    containers: OrdSet<Path>,
    ttls: OrdSet<Path>,
    acls: OrdMap<Acl, u64>,
    bytes: u64,
}

/// What applying a transaction led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The error, of the first operation that failed where there are several.
    pub error: ErrorCode,
    /// The answer to the client.
    pub response: Response,
    /// What watches may tell, in order.
    pub changes: Changes,
}

/// The changes of one transaction, in order.
pub type Changes = SmallVec<[Change; 2]>;

/// A change that watches tell of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// `NodeCreated`, `NodeDeleted` or `NodeDataChanged`.
    pub kind: WatchEventKind,
    /// Where.
    pub path: Path,
    /// Who may read the znode, and so hear of it.
    pub acl: Acl,
}

/// The whole of what an ordinary operation can answer beside its error.
type Answer = Result<Response, ErrorCode>;

impl Default for Tree {
    fn default() -> Self {
        Tree::new()
    }
}

impl Tree {
    /// The tree of a new ensemble: the root, `/zookeeper` and what stands below it.
    pub fn new() -> Tree {
        let mut tree = Tree::empty();
        for path in ["/", "/zookeeper", "/zookeeper/config", "/zookeeper/quota"] {
            let mut node = Znode::new(Some(Bytes::new()), open_acl(), StoredStat::default());
            if path == "/zookeeper/config" {
                node.acl = read_acl();
                node.stat.aversion = -1;
            }
            tree.insert_raw(path.into(), node);
        }
        tree
    }

    /// A tree without any znode, to be loaded by [`Tree::insert_raw`].
    pub fn empty() -> Tree {
        Tree {
            nodes: OrdMap::new(),
            ephemerals: OrdMap::new(),
            containers: OrdSet::new(),
            ttls: OrdSet::new(),
            acls: OrdMap::new(),
            bytes: 0,
        }
    }

    /// How many znodes there are, the root included.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no znode at all, which only an unloaded tree is.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The znode at `path`.
    pub fn node(&self, path: &str) -> Option<&Arc<Znode>> {
        self.nodes.get(path)
    }

    /// All znodes after `path` in path order, or all where it is none.
    pub fn after<'a>(
        &'a self,
        path: Option<&str>,
    ) -> impl Iterator<Item = (&'a Path, &'a Arc<Znode>)> + use<'a> {
        let from = path.map_or(Bound::Unbounded, Bound::Excluded);
        self.nodes.range::<_, str>((from, Bound::Unbounded))
    }

    /// How many znodes stand below `path`, at any depth.
    pub fn count_below(&self, path: &str) -> usize {
        if path == "/" {
            return self.len().saturating_sub(1);
        }
        // `0` follows `/` in ASCII: these two bounds enclose exactly what begins with `path/`.
        let (from, to) = (format!("{path}/"), format!("{path}0"));
        let bounds = (Bound::Included(from.as_str()), Bound::Excluded(to.as_str()));
        self.nodes.range::<_, str>(bounds).count()
    }

    /// The ephemerals of a session, in path order.
    pub fn ephemerals(&self, session: SessionId) -> impl Iterator<Item = &Path> {
        self.ephemerals.get(&session).into_iter().flatten()
    }

    /// The sessions that own ephemerals, and what they own.
    pub fn owners(&self) -> impl Iterator<Item = (SessionId, &OrdSet<Path>)> {
        self.ephemerals.iter().map(|(session, paths)| (*session, paths))
    }

    /// The container znodes.
    pub fn containers(&self) -> &OrdSet<Path> {
        &self.containers
    }

    /// The TTL znodes.
    pub fn ttls(&self) -> &OrdSet<Path> {
        &self.ttls
    }

    /// The access control lists in use, and how many znodes have each.
    pub fn acls(&self) -> &OrdMap<Acl, u64> {
        &self.acls
    }

    /// The bytes of all paths and data.
    pub fn data_bytes(&self) -> u64 {
        self.bytes
    }

    /// Puts a znode where it stood, its parent before it; for loading. Its children are those
    /// inserted below it.
    pub fn insert_raw(&mut self, path: Path, mut node: Znode) {
        if let Some(old) = self.nodes.get(&*path).cloned() {
            node.children = old.children.clone();
            self.forget(&path, &old);
        } else {
            node.children = OrdSet::new();
            if let Some((parent, name)) = split(&path)
                && let Some(parent) = self.nodes.get_mut(parent)
            {
                Arc::make_mut(parent).children.insert(name.into());
            }
        }
        node.acl = self.share(&node.acl);
        self.remember(&path, &node);
        self.nodes.insert(path, Arc::new(node));
    }

    /// Applies a transaction. Applying one again, or one that a fuzzy snapshot already holds,
    /// changes nothing that later transactions do not set right.
    pub fn apply(&mut self, txn: &Txn) -> Outcome {
        let mut changes = Changes::new();
        let TxnBody::Multi(parts) = &txn.body else {
            let answer = self.apply_part(txn, &txn.body, &mut changes);
            let error = answer.as_ref().err().copied().unwrap_or(ErrorCode::Ok);
            return Outcome { error, response: answer.unwrap_or(Response::Empty), changes };
        };
        let failed = parts.iter().position(|part| matches!(part, TxnBody::Error(_)));
        let (mut error, mut results) = (ErrorCode::Ok, Vec::with_capacity(parts.len()));
        for (at, part) in parts.iter().enumerate() {
            let result = match (failed, part) {
                (Some(_), TxnBody::Error(code)) => MultiResult::Error(*code),
                (Some(first), _) if at < first => MultiResult::Error(ErrorCode::Ok),
                (Some(_), _) => MultiResult::Error(ErrorCode::RuntimeInconsistency),
                (None, part) => multi_result(part, self.apply_part(txn, part, &mut changes)),
            };
            if let (ErrorCode::Ok, MultiResult::Error(code)) = (error, &result) {
                error = *code;
            }
            results.push(result);
        }
        Outcome { error, response: Response::Multi(results), changes }
    }

    fn apply_part(&mut self, txn: &Txn, body: &TxnBody, changes: &mut Changes) -> Answer {
        match body {
            TxnBody::Create { .. } => self.create(txn, body, changes),
            TxnBody::Delete { path, .. } => self.delete(path, txn.zxid, changes),
            TxnBody::SetData { path, data, version } => {
                let stat = self.change(path, |node| {
                    node.data.clone_from(data);
                    node.stat.version = *version;
                    (node.stat.mzxid, node.stat.mtime) = (txn.zxid, txn.time_ms);
                })?;
                let acl = self.node(path).map_or_else(open_acl, |node| node.acl.clone());
                changes.push(Change {
                    kind: WatchEventKind::NodeDataChanged,
                    path: path.clone(),
                    acl,
                });
                Ok(stat)
            }
            TxnBody::SetAcl { path, acl, version } => {
                let old = self.node(path).ok_or(ErrorCode::NoNode)?.acl.clone();
                let acl = self.share(acl);
                self.unshare(&old);
                self.change(path, |node| (node.acl, node.stat.aversion) = (acl, *version))
            }
            TxnBody::Check { path, .. } => {
                self.node(path).map(|node| Response::Stat(node.stat())).ok_or(ErrorCode::NoNode)
            }
            TxnBody::CreateSession { .. } => Ok(Response::Empty),
            TxnBody::CloseSession { paths } => {
                for path in paths.iter().flatten() {
                    // One that is gone already is what was wanted.
                    let _ = self.delete(path, txn.zxid, changes);
                }
                for path in self.ephemerals.get(&txn.session).cloned().into_iter().flatten() {
                    let _ = self.delete(&path, txn.zxid, changes);
                }
                Ok(Response::Empty)
            }
            // Multis do not nest; neither the codec nor `prepare` makes one that does.
            TxnBody::Multi(_) => Err(ErrorCode::MarshallingError),
            TxnBody::Error(code) => Err(*code),
        }
    }

    fn create(&mut self, txn: &Txn, body: &TxnBody, changes: &mut Changes) -> Answer {
        let TxnBody::Create { path, data, acl, with_stat, kind, parent_cversion } = body else {
            return Err(ErrorCode::MarshallingError);
        };
        let (parent_path, name) = split(path).ok_or(ErrorCode::NodeExists)?;
        let parent = Arc::make_mut(self.nodes.get_mut(parent_path).ok_or(ErrorCode::NoNode)?);
        let exists = parent.children.contains(name);
        // A log older than ZooKeeper 3.3 has −1 here.
        let cversion = match *parent_cversion {
            -1 if exists => parent.stat.cversion,
            -1 => parent.stat.cversion.wrapping_add(1),
            given => given,
        };
        // A replay over a fuzzy snapshot must not turn these back.
        if cversion > parent.stat.cversion {
            (parent.stat.cversion, parent.stat.pzxid) = (cversion, txn.zxid);
        }
        if exists {
            return Err(ErrorCode::NodeExists);
        }
        parent.children.insert(name.into());
        let stat = StoredStat::created(txn.zxid, txn.time_ms, *kind);
        let acl = self.share(acl);
        let node = Arc::new(Znode::new(data.clone(), acl.clone(), stat));
        let stat = node.stat();
        // An orphan can stand here while a log is replayed over a fuzzy snapshot: one whose parent
        // was deleted and created again in between.
        if let Some(orphan) = self.nodes.insert(path.clone(), Arc::clone(&node)) {
            self.forget(path, &orphan);
        }
        self.remember(path, &node);
        changes.push(Change { kind: WatchEventKind::NodeCreated, path: path.clone(), acl });
        let with_stat = *with_stat || matches!(kind, NodeKind::Container | NodeKind::Ttl { .. });
        let path = path.clone();
        Ok(if with_stat { Response::PathStat { path, stat } } else { Response::Path(path) })
    }

    fn delete(&mut self, path: &Path, zxid: Zxid, changes: &mut Changes) -> Answer {
        let (parent_path, name) = split(path).ok_or(ErrorCode::BadArguments)?;
        let parent = Arc::make_mut(self.nodes.get_mut(parent_path).ok_or(ErrorCode::NoNode)?);
        parent.children.remove(name);
        // Even where the znode is gone: the snapshot may have missed this change of its parent.
        parent.stat.pzxid = parent.stat.pzxid.max(zxid);
        let node = self.nodes.remove(&**path).ok_or(ErrorCode::NoNode)?;
        self.forget(path, &node);
        let acl = node.acl.clone();
        changes.push(Change { kind: WatchEventKind::NodeDeleted, path: path.clone(), acl });
        Ok(Response::Empty)
    }

    fn change(&mut self, path: &Path, change: impl FnOnce(&mut Znode)) -> Answer {
        let node = Arc::make_mut(self.nodes.get_mut(&**path).ok_or(ErrorCode::NoNode)?);
        let before = size_of(path, node);
        change(node);
        let (after, stat) = (size_of(path, node), node.stat());
        self.bytes = self.bytes - before + after;
        Ok(Response::Stat(stat))
    }

    /// The list as its znodes share it, of which there is one more.
    fn share(&mut self, acl: &Acl) -> Acl {
        if let Some(count) = self.acls.get_mut(acl) {
            *count += 1;
        } else {
            self.acls.insert(acl.clone(), 1);
        }
        self.acls.get_key_value(acl).expect("it was just counted").0.clone()
    }

    /// One of the list's znodes is gone, or has another list.
    fn unshare(&mut self, acl: &Acl) {
        if let Some(count) = self.acls.get_mut(acl) {
            *count -= 1;
            if *count == 0 {
                self.acls.remove(acl);
            }
        }
    }

    /// A znode stands at `path`; its list was counted when it was shared.
    fn remember(&mut self, path: &Path, node: &Znode) {
        self.bytes += size_of(path, node);
        match node.stat.kind {
            NodeKind::Persistent => {}
            NodeKind::Ephemeral(session) => {
                self.ephemerals.entry(session).or_default().insert(path.clone());
            }
            NodeKind::Container => drop(self.containers.insert(path.clone())),
            NodeKind::Ttl { .. } => drop(self.ttls.insert(path.clone())),
        }
    }

    /// A znode no longer stands at `path`.
    fn forget(&mut self, path: &Path, node: &Znode) {
        self.unshare(&node.acl);
        self.bytes -= size_of(path, node);
        match node.stat.kind {
            NodeKind::Persistent => {}
            NodeKind::Ephemeral(session) => {
                if let Some(paths) = self.ephemerals.get_mut(&session) {
                    paths.remove(path);
                    if paths.is_empty() {
                        self.ephemerals.remove(&session);
                    }
                }
            }
            NodeKind::Container => drop(self.containers.remove(path)),
            NodeKind::Ttl { .. } => drop(self.ttls.remove(path)),
        }
    }
}

/// The parent's path and the last name of `path`; none for the root.
pub(super) fn split(path: &str) -> Option<(&str, &str)> {
    match path.rfind('/')? {
        0 if path.len() == 1 => None,
        0 => Some(("/", &path[1..])),
        at => Some((&path[..at], &path[at + 1..])),
    }
}

/// `world:anyone` may do everything.
pub fn open_acl() -> Acl {
    world_acl(31)
}

/// `world:anyone` may read.
pub fn read_acl() -> Acl {
    world_acl(1)
}

fn world_acl(perms: i32) -> Acl {
    [AclEntry { perms, id: Identity { scheme: "world".into(), id: "anyone".into() } }].into()
}

fn size_of(path: &str, node: &Znode) -> u64 {
    (path.len() + node.data.as_ref().map_or(0, Bytes::len)) as u64
}

fn multi_result(part: &TxnBody, answer: Answer) -> MultiResult {
    match (part, answer) {
        (_, Err(code)) => MultiResult::Error(code),
        (_, Ok(Response::Path(path))) => MultiResult::Create { path, stat: None },
        (_, Ok(Response::PathStat { path, stat })) => {
            MultiResult::Create { path, stat: Some(stat) }
        }
        (TxnBody::SetData { .. }, Ok(Response::Stat(stat))) => MultiResult::SetData(stat),
        (TxnBody::Delete { .. }, Ok(_)) => MultiResult::Delete,
        (_, Ok(_)) => MultiResult::Check,
    }
}

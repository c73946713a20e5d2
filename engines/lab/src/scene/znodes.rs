//! The znodes, as a client could read them at the server that has applied most.
//!
//! A transaction applied by any server enters once, at the first one that applies it. What a
//! server applies again while nobody is served (at boot, during synchronisation) is not known to
//! be committed before that server serves, and so waits until then.

use super::Scene;
use crate::LabEvent;
use bytes::Bytes;
use imbl::OrdMap;
use relevo_coordination::service::open_acl;
use relevo_coordination::{Acl, NodeKind, SessionId, Stat, StoredStat, Tree, Txn, TxnBody, Zxid};
use relevo_core::{HostId, Party, Seq};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// How many znodes the scene keeps; those beyond are only counted.
pub const ZNODES_KEPT: usize = 5_000;
/// How many bytes of a znode's data the scene keeps.
pub const DATA_SHOWN: usize = 128;
/// Znodes with longer paths are only counted.
const PATH_SHOWN: usize = 256;
/// How many transactions of a server that does not serve yet may wait.
const WAITING: usize = 2_048;

/// The tree of znodes that can be seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Znodes {
    /// The last transaction in it.
    pub zxid: Zxid,
    /// Znodes that are there and not kept, for they are too many or their paths too long.
    pub beyond: u64,
    /// Whether znodes are missing that nobody told of: they stood in a snapshot.
    pub partial: bool,
    nodes: OrdMap<Arc<str>, ZnodeView>,
    /// What servers applied that do not serve yet.
    waiting: BTreeMap<HostId, Vec<(Seq, Arc<Txn>)>>,
}

/// One znode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ZnodeView {
    /// The first bytes of its data; the protocol knows null beside empty.
    pub data: Option<Bytes>,
    /// How many bytes it has.
    pub data_length: u32,
    /// Who may do what; none where anyone may do everything.
    pub acl: Option<Acl>,
    /// Its metadata, as stored.
    pub stored: StoredStat,
    /// How many children it has, kept or not.
    pub children: u32,
    /// The event that last changed it.
    pub since: Seq,
}

impl Default for Znodes {
    fn default() -> Znodes {
        let mut znodes = Znodes {
            zxid: Zxid(0),
            beyond: 0,
            partial: false,
            nodes: OrdMap::new(),
            waiting: BTreeMap::new(),
        };
        znodes.load(&Tree::new(), Zxid(0), Seq(0));
        znodes
    }
}

impl Znodes {
    /// The znode at `path`.
    pub fn at(&self, path: &str) -> Option<&ZnodeView> {
        self.nodes.get(path)
    }

    /// How many are kept, the root included.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether none is kept, which only an unloaded tree is.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// All kept znodes, a parent before its children.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &ZnodeView)> {
        self.nodes.iter()
    }

    /// The kept children of a znode, in the order of their names. Each costs two searches at most,
    /// however many znodes stand below it.
    pub fn children(&self, path: &str) -> impl Iterator<Item = (&Arc<str>, &ZnodeView)> {
        self.children_from(path, "")
    }

    /// Those of them whose names begin with `start`.
    pub fn children_from<'a>(
        &'a self,
        path: &str,
        start: &str,
    ) -> impl Iterator<Item = (&'a Arc<str>, &'a ZnodeView)> {
        let folder = if path == "/" { "/".to_owned() } else { format!("{path}/") };
        let first = [&folder, start].concat();
        let mut from = Bound::Included(first.clone());
        std::iter::from_fn(move || {
            loop {
                let bounds = (from.as_ref().map(String::as_str), Bound::Unbounded);
                let (found, view) = self.nodes.range::<_, str>(bounds).next()?;
                let name = found.strip_prefix(&first).map(|_| &found[folder.len()..])?;
                match name.find('/') {
                    // Past all that stands below a child: `0` follows `/` in ASCII.
                    Some(end) => from = Bound::Included(format!("{folder}{}0", &name[..end])),
                    None => {
                        from = Bound::Excluded(found.to_string());
                        // The root stands in no folder, not even its own.
                        if !name.is_empty() {
                            return Some((found, view));
                        }
                    }
                }
            }
        })
    }

    /// Replaces everything by a server's tree.
    pub(crate) fn load(&mut self, tree: &Tree, zxid: Zxid, since: Seq) {
        self.nodes = OrdMap::new();
        (self.zxid, self.beyond, self.partial) = (zxid, 0, false);
        self.waiting.clear();
        for (path, node) in tree.after(None).take(ZNODES_KEPT) {
            let children = node.children.len() as u32;
            let view = ZnodeView {
                children,
                ..ZnodeView::new(node.data.as_ref(), &node.acl, node.stat, since)
            };
            self.keep(path.clone(), view);
        }
        self.beyond = (tree.len() - self.nodes.len()) as u64;
    }

    /// What a transaction changes, and what it changed.
    fn apply(&mut self, txn: &Txn, since: Seq) {
        self.zxid = txn.zxid;
        match &txn.body {
            TxnBody::Multi(parts) => {
                if !parts.iter().any(|part| matches!(part, TxnBody::Error(_))) {
                    for part in parts {
                        self.apply_part(txn, part, since);
                    }
                }
            }
            body => self.apply_part(txn, body, since),
        }
    }

    fn apply_part(&mut self, txn: &Txn, body: &TxnBody, since: Seq) {
        match body {
            TxnBody::Create { path, data, acl, kind, parent_cversion, .. } => {
                let stored = StoredStat::created(txn.zxid, txn.time_ms, *kind);
                self.born(path, *parent_cversion, txn.zxid, since);
                self.keep(path.clone(), ZnodeView::new(data.as_ref(), acl, stored, since));
            }
            TxnBody::Delete { path, .. } => self.delete(path, txn.zxid, since),
            TxnBody::SetData { path, data, version } => {
                if let Some(node) = self.nodes.get_mut(&**path) {
                    (node.data, node.data_length) = shown(data.as_ref());
                    node.stored.version = *version;
                    (node.stored.mzxid, node.stored.mtime) = (txn.zxid, txn.time_ms);
                    node.since = since;
                }
            }
            TxnBody::SetAcl { path, acl, version } => {
                if let Some(node) = self.nodes.get_mut(&**path) {
                    (node.acl, node.stored.aversion) = (limited(acl), *version);
                    node.since = since;
                }
            }
            TxnBody::CloseSession { paths } => {
                let owned = || self.ephemerals(txn.session).cloned().collect();
                let paths: Vec<Arc<str>> = paths.clone().unwrap_or_else(owned);
                for path in paths {
                    self.delete(&path, txn.zxid, since);
                }
            }
            TxnBody::Check { .. }
            | TxnBody::CreateSession { .. }
            | TxnBody::Multi(_)
            | TxnBody::Error(_) => {}
        }
    }

    /// The kept ephemerals of a session, by a look at every znode.
    pub fn ephemerals(&self, session: SessionId) -> impl Iterator<Item = &Arc<str>> {
        let owned = move |view: &ZnodeView| view.stored.kind == NodeKind::Ephemeral(session);
        self.nodes.iter().filter(move |(_, view)| owned(view)).map(|(path, _)| path)
    }

    /// The parent of a new znode counts it.
    fn born(&mut self, path: &str, parent_cversion: i32, zxid: Zxid, since: Seq) {
        let Some(parent) = parent(path).and_then(|parent| self.nodes.get_mut(parent)) else {
            return;
        };
        parent.children += 1;
        // A log older than ZooKeeper 3.3 has −1 here.
        let next = parent.stored.cversion.wrapping_add(1);
        let cversion = if parent_cversion == -1 { next } else { parent_cversion };
        if cversion > parent.stored.cversion {
            (parent.stored.cversion, parent.stored.pzxid) = (cversion, zxid);
        }
        parent.since = since;
    }

    /// Keeps a znode while there is room, and only below one that is kept.
    fn keep(&mut self, path: Arc<str>, view: ZnodeView) {
        let room = self.nodes.len() < ZNODES_KEPT && path.len() <= PATH_SHOWN;
        let grounded = parent(&path).is_none_or(|parent| self.nodes.contains_key(parent));
        if room && grounded {
            self.nodes.insert(path, view);
        } else {
            self.beyond += 1;
        }
    }

    fn delete(&mut self, path: &Arc<str>, zxid: Zxid, since: Seq) {
        if self.nodes.remove(&**path).is_none() {
            self.beyond = self.beyond.saturating_sub(1);
        }
        if let Some(parent) = parent(path).and_then(|parent| self.nodes.get_mut(parent)) {
            parent.children = parent.children.saturating_sub(1);
            parent.stored.pzxid = parent.stored.pzxid.max(zxid);
            parent.since = since;
        }
    }
}

impl ZnodeView {
    fn new(data: Option<&Bytes>, acl: &Acl, stored: StoredStat, since: Seq) -> ZnodeView {
        let (data, data_length) = shown(data);
        ZnodeView { data, data_length, acl: limited(acl), stored, children: 0, since }
    }

    /// Its metadata as clients are told.
    pub fn stat(&self) -> Stat {
        self.stored.told(self.data_length as i32, self.children as i32)
    }
}

impl Scene {
    /// A server applied a transaction.
    pub(super) fn applied(&mut self, event: &LabEvent, txn: &Arc<Txn>, replay: bool) {
        if !replay {
            self.watches_miss(event.party, txn);
        }
        if txn.zxid <= self.znodes.zxid {
            return;
        }
        if !replay {
            return self.apply_txn(event, txn, event.seq);
        }
        let Some(Party::Host(host)) = event.party else { return };
        let waiting = self.znodes.waiting.entry(host).or_default();
        if waiting.len() < WAITING {
            waiting.push((event.seq, txn.clone()));
        }
    }

    /// A server serves from now on: what it has is committed.
    pub(super) fn settled(&mut self, event: &LabEvent) {
        let Some(Party::Host(host)) = event.party else { return };
        for (seq, txn) in self.znodes.waiting.remove(&host).unwrap_or_default() {
            if txn.zxid > self.znodes.zxid {
                self.apply_txn(event, &txn, seq);
            }
        }
        let applied = self.server_at(host).map_or(Zxid(0), |server| server.applied);
        if applied > self.znodes.zxid {
            (self.znodes.zxid, self.znodes.partial) = (applied, true);
        }
    }

    /// Shows a server's tree instead of what events told.
    pub(crate) fn load_znodes(&mut self, tree: &Tree, zxid: Zxid) {
        let seq = self.seq;
        self.znodes.load(tree, zxid, seq);
    }

    /// A server's log, or its whole memory, was cut: what comes after `keep` is not applied.
    pub(super) fn unapplied(&mut self, party: Option<Party>, keep: Zxid) {
        let Some(Party::Host(host)) = party else { return };
        if let Some(waiting) = self.znodes.waiting.get_mut(&host) {
            waiting.retain(|(_, txn)| txn.zxid <= keep);
        }
    }

    fn apply_txn(&mut self, event: &LabEvent, txn: &Arc<Txn>, since: Seq) {
        self.znodes.apply(txn, since);
        self.session_txn(event, txn);
    }
}

/// The parent's path; none for the root.
fn parent(path: &str) -> Option<&str> {
    match path.rfind('/')? {
        0 if path.len() == 1 => None,
        0 => Some("/"),
        at => Some(&path[..at]),
    }
}

fn shown(data: Option<&Bytes>) -> (Option<Bytes>, u32) {
    let length = data.map_or(0, |data| data.len() as u32);
    // Copied, so that a long buffer does not live on for its first bytes.
    let shown = data.map(|data| match data.len() {
        0..=DATA_SHOWN => data.clone(),
        _ => Bytes::copy_from_slice(&data[..DATA_SHOWN]),
    });
    (shown, length)
}

/// None where anyone may do everything; otherwise the first entries, which are nearly always all.
fn limited(acl: &Acl) -> Option<Acl> {
    const ENTRIES_SHOWN: usize = 8;
    if *acl == open_acl() {
        return None;
    }
    Some(if acl.len() <= ENTRIES_SHOWN { acl.clone() } else { acl[..ENTRIES_SHOWN].into() })
}

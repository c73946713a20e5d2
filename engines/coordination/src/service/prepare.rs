//! The leader's first look at a request: ZooKeeper's `PrepRequestProcessor`.
//!
//! Requests are judged before the transactions ahead of them are applied, so the leader keeps what
//! those will have changed (ZooKeeper's `ChangeRecord`) until they are.

use super::access::{self, Perms};
use super::paths::{is_special, parent_of, validate};
use super::znode::MAX_TTL_MS;
use super::{Service, StoredStat, Submission, SubmissionKind};
use crate::bug::planted;
use crate::{
    Acl, CreateMode, ErrorCode, Identity, LearnerRequest, Life, NodeKind, Path, Request, SessionId,
    Txn, TxnBody, Zxid,
};
use imbl::{OrdMap, OrdSet};
use relevo_core::{Duration, Now};
use std::collections::VecDeque;

/// What the transactions that are prepared and not yet applied will have changed.
#[derive(Clone, Debug, Default)]
pub(super) struct Outstanding {
    records: OrdMap<Path, Record>,
    /// Every record ever put, in order, so that it can be dropped once its transaction is applied.
    order: VecDeque<Entry>,
    /// The ephemerals among them by session, for when it closes.
    created: OrdSet<(SessionId, Zxid, Path)>,
}

#[derive(Clone, Debug)]
struct Entry {
    zxid: Zxid,
    path: Path,
    /// The session of an ephemeral.
    owner: Option<SessionId>,
}

/// A znode as it will be.
#[derive(Clone, Debug)]
struct Record {
    zxid: Zxid,
    /// None where it will be gone.
    node: Option<NodeView>,
}

/// As much of a znode as requests are judged by.
#[derive(Clone, Debug)]
struct NodeView {
    stat: StoredStat,
    children: u64,
    acl: Acl,
}

/// A request's surroundings.
struct Asker<'a> {
    submission: &'a Submission,
    zxid: Zxid,
    time_ms: i64,
}

/// What records a multi replaced, to be put back should it fail.
type Undo = Vec<(Path, Option<Record>)>;

impl Outstanding {
    /// Drops what the transactions up to `zxid` changed: they are applied.
    pub(super) fn applied(&mut self, zxid: Zxid) {
        while self.order.front().is_some_and(|entry| entry.zxid <= zxid) {
            let Some(entry) = self.order.pop_front() else { break };
            if self.records.get(&*entry.path).is_some_and(|record| record.zxid <= entry.zxid) {
                self.records.remove(&*entry.path);
            }
            self.forget_created(entry);
        }
    }

    /// How many records there are.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    fn put(&mut self, path: Path, record: Record, undo: &mut Option<Undo>) {
        let owner = match &record.node {
            Some(NodeView {
                stat: StoredStat { kind: NodeKind::Ephemeral(owner), .. }, ..
            }) => {
                self.created.insert((*owner, record.zxid, path.clone()));
                Some(*owner)
            }
            _ => None,
        };
        self.order.push_back(Entry { zxid: record.zxid, path: path.clone(), owner });
        let before = self.records.insert(path.clone(), record);
        if let Some(undo) = undo {
            undo.push((path, before));
        }
    }

    fn undo(&mut self, undo: Undo) {
        for (path, before) in undo.into_iter().rev() {
            if let Some(entry) = self.order.pop_back() {
                self.forget_created(entry);
            }
            match before {
                Some(record) => drop(self.records.insert(path, record)),
                None => drop(self.records.remove(&*path)),
            }
        }
    }

    fn forget_created(&mut self, entry: Entry) {
        if let Some(owner) = entry.owner {
            self.created.remove(&(owner, entry.zxid, entry.path));
        }
    }

    fn created_by(&self, session: SessionId) -> impl Iterator<Item = &Path> {
        self.created
            .range((session, Zxid(0), Path::from(""))..)
            .take_while(move |(owner, ..)| *owner == session)
            .map(|(_, _, path)| path)
    }
}

impl Service {
    /// Makes a submission into the transaction `zxid`; leader only. A refusal is a transaction
    /// too, and keeps its place in the order.
    pub fn prepare(&mut self, now: Now, submission: &Submission, zxid: Zxid) -> Txn {
        let time_ms = now.wall.0;
        let asker = Asker { submission, zxid, time_ms };
        let body = match &submission.request {
            SubmissionKind::Order(LearnerRequest::CreateSession { timeout_ms }) => {
                self.prepare_session(now, &asker, *timeout_ms)
            }
            SubmissionKind::Order(LearnerRequest::Client(Request::CloseSession)) => {
                Ok(self.prepare_close(&asker))
            }
            SubmissionKind::Order(LearnerRequest::Client(Request::Multi(parts))) => {
                Ok(self.prepare_multi(&asker, parts))
            }
            SubmissionKind::Order(LearnerRequest::Client(request)) => {
                self.prepare_part(&asker, request, &mut None)
            }
            SubmissionKind::DeleteContainer { path } => self.prepare_container(&asker, path),
            // These are no changes; the server answers them without a transaction.
            SubmissionKind::Sync | SubmissionKind::Revalidate { .. } => {
                Err(ErrorCode::MarshallingError)
            }
        };
        Txn {
            session: submission.session,
            cxid: submission.cxid,
            zxid,
            time_ms,
            body: body.unwrap_or_else(TxnBody::Error),
            digest: None,
        }
    }

    /// Forgets what was prepared and not applied; on becoming leader.
    pub fn reset_prepare(&mut self) {
        self.outstanding = Outstanding::default();
    }

    fn prepare_session(
        &mut self,
        now: Now,
        asker: &Asker<'_>,
        timeout_ms: u32,
    ) -> Result<TxnBody, ErrorCode> {
        let (session, timeout) =
            (asker.submission.session, Duration::from_millis(u64::from(timeout_ms)));
        if let Some(tracker) = &mut self.tracker {
            tracker.track(now.mono, session, timeout);
            tracker.set_owner(session, asker.submission.origin);
        }
        Ok(TxnBody::CreateSession { timeout_ms })
    }

    fn prepare_close(&mut self, asker: &Asker<'_>) -> TxnBody {
        let session = asker.submission.session;
        if let Some(tracker) = &mut self.tracker {
            tracker.set_closing(session);
        }
        let mut paths: OrdSet<Path> = self.tree.ephemerals(session).cloned().collect();
        paths.extend(self.outstanding.created_by(session).cloned());
        let owned = |node: &NodeView| node.stat.kind == NodeKind::Ephemeral(session);
        let paths: Vec<Path> = paths
            .into_iter()
            .filter(|path| self.view(path).is_ok_and(|node| owned(&node)))
            .collect();
        for path in &paths {
            self.record_deletion(asker, path, &mut None);
        }
        TxnBody::CloseSession { paths: Some(paths) }
    }

    /// All or nothing. Where one operation fails, those before it stay as they were prepared, so
    /// that whoever applies it knows which one failed first.
    fn prepare_multi(&mut self, asker: &Asker<'_>, parts: &[Request]) -> TxnBody {
        let mut undo = Some(Undo::new());
        let (mut bodies, mut failed) = (Vec::with_capacity(parts.len()), false);
        for part in parts {
            if failed {
                bodies.push(TxnBody::Error(ErrorCode::RuntimeInconsistency));
                continue;
            }
            match self.prepare_part(asker, part, &mut undo) {
                Ok(body) => bodies.push(body),
                Err(error) => {
                    failed = true;
                    bodies.push(TxnBody::Error(error));
                    self.outstanding.undo(undo.take().unwrap_or_default());
                }
            }
        }
        TxnBody::Multi(bodies)
    }

    fn prepare_part(
        &mut self,
        asker: &Asker<'_>,
        request: &Request,
        undo: &mut Option<Undo>,
    ) -> Result<TxnBody, ErrorCode> {
        match request {
            Request::Create { .. } => self.prepare_create(asker, request, undo),
            Request::Delete { path, version } => self.prepare_delete(asker, path, *version, undo),
            Request::SetData { path, data, version } => {
                self.check_session(asker)?;
                validate(path)?;
                let mut node = self.view(path)?;
                access::check(&node.acl, Perms::WRITE, asker.identities())?;
                let version = self.next_version(node.stat.version, *version)?;
                node.stat.version = version;
                (node.stat.mzxid, node.stat.mtime) = (asker.zxid, asker.time_ms);
                self.record(asker, path, Some(node), undo);
                Ok(TxnBody::SetData { path: path.clone(), data: data.clone(), version })
            }
            Request::SetAcl { path, acl, version } => {
                self.check_session(asker)?;
                validate(path)?;
                let acl = access::fix(acl, asker.identities())?;
                let mut node = self.view(path)?;
                access::check(&node.acl, Perms::ADMIN, asker.identities())?;
                let version = self.next_version(node.stat.aversion, *version)?;
                (node.stat.aversion, node.acl) = (version, acl.clone());
                self.record(asker, path, Some(node), undo);
                Ok(TxnBody::SetAcl { path: path.clone(), acl, version })
            }
            Request::Check { path, version } => {
                self.check_session(asker)?;
                validate(path)?;
                let node = self.view(path)?;
                access::check(&node.acl, Perms::READ, asker.identities())?;
                self.next_version(node.stat.version, *version)?;
                Ok(TxnBody::Check { path: path.clone(), version: node.stat.version })
            }
            Request::Invalid { error, .. } => Err(*error),
            // Nothing else is a change, and multis do not nest.
            _ => Err(ErrorCode::MarshallingError),
        }
    }

    fn prepare_create(
        &mut self,
        asker: &Asker<'_>,
        request: &Request,
        undo: &mut Option<Undo>,
    ) -> Result<TxnBody, ErrorCode> {
        let Request::Create { path, data, acl, mode, with_stat } = request else {
            return Err(ErrorCode::MarshallingError);
        };
        let kind = kind_of(*mode, asker.submission.session)?;
        self.check_session(asker)?;
        let parent_path = parent_of(path)?;
        let acl = access::fix(acl, asker.identities())?;
        let mut parent = self.view(parent_path)?;
        access::check(&parent.acl, Perms::CREATE, asker.identities())?;
        let path = match mode.sequential {
            true => format!("{path}{:010}", self.sequence_number(&parent)).into(),
            false => path.clone(),
        };
        validate(&path)?;
        if self.view(&path).is_ok() {
            return Err(ErrorCode::NodeExists);
        }
        if let NodeKind::Ephemeral(_) = parent.stat.kind {
            return Err(ErrorCode::NoChildrenForEphemerals);
        }
        let parent_cversion = parent.stat.cversion.wrapping_add(1);
        parent.children += 1;
        (parent.stat.cversion, parent.stat.pzxid) = (parent_cversion, asker.zxid);
        self.record(asker, parent_path, Some(parent), undo);
        let stat = StoredStat::created(asker.zxid, asker.time_ms, kind);
        self.record(asker, &path, Some(NodeView { stat, children: 0, acl: acl.clone() }), undo);
        let (data, with_stat) = (data.clone(), *with_stat);
        Ok(TxnBody::Create { path, data, acl, with_stat, kind, parent_cversion })
    }

    fn prepare_delete(
        &mut self,
        asker: &Asker<'_>,
        path: &Path,
        version: i32,
        undo: &mut Option<Undo>,
    ) -> Result<TxnBody, ErrorCode> {
        self.check_session(asker)?;
        let parent = deletable_parent(path)?;
        access::check(&self.view(parent)?.acl, Perms::DELETE, asker.identities())?;
        let node = self.view(path)?;
        self.next_version(node.stat.version, version)?;
        if node.children > 0 {
            return Err(ErrorCode::NotEmpty);
        }
        self.record_deletion(asker, path, undo);
        Ok(TxnBody::Delete { path: path.clone(), container: false })
    }

    /// A container or TTL znode is looked at again: it may have changed since it was found.
    fn prepare_container(&mut self, asker: &Asker<'_>, path: &Path) -> Result<TxnBody, ErrorCode> {
        deletable_parent(path)?;
        let node = self.view(path)?;
        if node.children > 0 {
            return Err(ErrorCode::NotEmpty);
        }
        if !matches!(node.stat.kind, NodeKind::Container | NodeKind::Ttl { .. }) {
            return Err(ErrorCode::BadVersion);
        }
        self.record_deletion(asker, path, &mut None);
        Ok(TxnBody::Delete { path: path.clone(), container: true })
    }

    fn check_session(&mut self, asker: &Asker<'_>) -> Result<(), ErrorCode> {
        let Submission { session, origin, .. } = asker.submission;
        match &mut self.tracker {
            Some(tracker) => tracker.check(*session, *origin),
            None if self.sessions.contains_key(session) => Ok(()),
            None => Err(ErrorCode::SessionExpired),
        }
    }

    /// The version after a change that expects `expected`, or any where that is −1.
    fn next_version(&self, current: i32, expected: i32) -> Result<i32, ErrorCode> {
        if expected != -1 && expected != current && !planted!(self, VersionUnchecked) {
            return Err(ErrorCode::BadVersion);
        }
        Ok(current.wrapping_add(1))
    }

    fn sequence_number(&self, parent: &NodeView) -> i32 {
        if planted!(self, SequenceReused) { parent.children as i32 } else { parent.stat.cversion }
    }

    /// A znode as it will be once everything prepared is applied.
    fn view(&self, path: &str) -> Result<NodeView, ErrorCode> {
        if let Some(record) = self.outstanding.records.get(path) {
            return record.node.clone().ok_or(ErrorCode::NoNode);
        }
        let node = self.tree.node(path).ok_or(ErrorCode::NoNode)?;
        let children = node.children.len() as u64;
        Ok(NodeView { stat: node.stat, children, acl: node.acl.clone() })
    }

    fn record_deletion(&mut self, asker: &Asker<'_>, path: &str, undo: &mut Option<Undo>) {
        if let Ok(parent_path) = parent_of(path)
            && let Ok(mut parent) = self.view(parent_path)
        {
            parent.children = parent.children.saturating_sub(1);
            parent.stat.pzxid = asker.zxid;
            self.record(asker, parent_path, Some(parent), undo);
        }
        self.record(asker, path, None, undo);
    }

    fn record(
        &mut self,
        asker: &Asker<'_>,
        path: &str,
        node: Option<NodeView>,
        undo: &mut Option<Undo>,
    ) {
        self.outstanding.put(path.into(), Record { zxid: asker.zxid, node }, undo);
    }
}

impl Asker<'_> {
    fn identities(&self) -> &[Identity] {
        &self.submission.identities
    }
}

fn kind_of(mode: CreateMode, session: SessionId) -> Result<NodeKind, ErrorCode> {
    match mode.life {
        Life::Persistent => Ok(NodeKind::Persistent),
        Life::Ephemeral => Ok(NodeKind::Ephemeral(session)),
        Life::Container => Ok(NodeKind::Container),
        Life::Ttl { ttl_ms: ttl_ms @ 1..=MAX_TTL_MS } => {
            Ok(NodeKind::Ttl { ttl_ms: ttl_ms as u64 })
        }
        Life::Ttl { .. } => Err(ErrorCode::BadArguments),
    }
}

fn deletable_parent(path: &str) -> Result<&str, ErrorCode> {
    if is_special(path) { Err(ErrorCode::BadArguments) } else { parent_of(path) }
}

//! What is answered from this server's own tree.

use super::access::{self, Perms};
use super::{Out, Service, Znode};
use crate::{
    AddWatchMode, ErrorCode, Event, Identity, MultiResult, Path, Request, Response, SessionId,
    WatchKind, WatcherType,
};
use relevo_core::ConnId;
use std::sync::Arc;

/// Who reads.
pub(super) struct Reader {
    pub(super) conn: ConnId,
    pub(super) session: SessionId,
    pub(super) identities: Arc<[Identity]>,
}

/// A multiRead answers the parts that begin within so many bytes; the rest are to be asked anew.
const MULTI_READ_BYTES: usize = 4 * 1024 * 1024;
/// The answer to a part for which there is no room.
const FULL: MultiResult = MultiResult::Error(ErrorCode::MarshallingError);

type Answer = Result<Response, ErrorCode>;

impl Service {
    /// Answers a read; the watch it asks for is set even where `exists` finds nothing.
    pub(super) fn read(&mut self, reader: &Reader, request: &Request, out: &mut Out) -> Answer {
        match request {
            Request::Exists { path, watch } => self.exists(reader, path, *watch, out),
            Request::GetData { path, watch } => {
                let node = self.readable(reader, path, Perms::READ)?;
                let answer = Response::Data { data: node.data.clone(), stat: node.stat() };
                if *watch {
                    self.watch(reader, path, WatchKind::Data, out);
                }
                Ok(answer)
            }
            Request::GetChildren { path, watch, with_stat } => {
                let node = self.readable(reader, path, Perms::READ)?;
                let stat = with_stat.then(|| node.stat());
                let children = node.children.iter().cloned().collect();
                if *watch {
                    self.watch(reader, path, WatchKind::Child, out);
                }
                Ok(Response::Children { children, stat })
            }
            Request::GetAcl { path } => {
                let node = self.readable(reader, path, Perms::READ_OR_ADMIN)?;
                let whole = access::check(&node.acl, Perms::ADMIN, &reader.identities).is_ok();
                let acl = if whole { node.acl.clone() } else { access::masked(&node.acl) };
                Ok(Response::Acl { acl, stat: node.stat() })
            }
            Request::GetAllChildrenNumber { path } => {
                self.readable(reader, path, Perms::READ)?;
                Ok(Response::Count(self.tree.count_below(path) as i32))
            }
            Request::GetEphemerals { prefix } => {
                let all = matches!(prefix.trim(), "" | "/");
                let mine = self.tree.ephemerals(reader.session);
                let chosen = mine.filter(|path| all || path.starts_with(&**prefix));
                Ok(Response::Ephemerals(chosen.cloned().collect()))
            }
            Request::WhoAmI => {
                Ok(Response::WhoAmI(reader.identities.iter().map(access::shown).collect()))
            }
            Request::MultiRead(parts) => {
                let mut results = Vec::with_capacity(parts.len());
                let mut bytes = 0;
                for part in parts {
                    let room = bytes < MULTI_READ_BYTES;
                    let result = if room { self.read_part(reader, part, out)? } else { FULL };
                    bytes += size_of(&result);
                    results.push(result);
                }
                Ok(Response::MultiRead(results))
            }
            Request::CheckWatches { path, kind } => self.check_watches(path, *kind),
            Request::RemoveWatches { path, kind } => self.remove_watches(reader, path, *kind, out),
            Request::AddWatch { path, mode } => {
                let kind = match mode {
                    AddWatchMode::Persistent => WatchKind::Persistent,
                    AddWatchMode::PersistentRecursive => WatchKind::PersistentRecursive,
                };
                self.watch(reader, path, kind, out);
                Ok(Response::WatchAdded)
            }
            Request::Sync { path } => Ok(Response::Path(path.clone())),
            Request::Invalid { error, .. } => Err(*error),
            _ => Err(ErrorCode::MarshallingError),
        }
    }

    /// Sets a watch.
    pub(super) fn watch(&mut self, reader: &Reader, path: &Path, kind: WatchKind, out: &mut Out) {
        match kind {
            WatchKind::Data | WatchKind::Exist => self.watches.data.add(reader.conn, path, kind),
            WatchKind::Child => self.watches.child.add(reader.conn, path, kind),
            WatchKind::Persistent | WatchKind::PersistentRecursive => {
                self.watches.add_persistent(reader.conn, path, kind);
            }
        }
        out.event(Event::WatchSet { session: reader.session, path: path.clone(), kind });
    }

    /// Whether a znode exists is no secret: no ACL is asked.
    fn exists(&mut self, reader: &Reader, path: &Path, watch: bool, out: &mut Out) -> Answer {
        if path.contains('\0') {
            return Err(ErrorCode::BadArguments);
        }
        let stat = self.tree.node(path).map(|node| node.stat());
        if watch {
            let kind = if stat.is_some() { WatchKind::Data } else { WatchKind::Exist };
            self.watch(reader, path, kind, out);
        }
        stat.map(Response::Stat).ok_or(ErrorCode::NoNode)
    }

    fn readable(
        &self,
        reader: &Reader,
        path: &str,
        perms: Perms,
    ) -> Result<&Arc<Znode>, ErrorCode> {
        let node = self.tree.node(path).ok_or(ErrorCode::NoNode)?;
        access::check(&node.acl, perms, &reader.identities)?;
        Ok(node)
    }

    fn read_part(
        &mut self,
        reader: &Reader,
        part: &Request,
        out: &mut Out,
    ) -> Result<MultiResult, ErrorCode> {
        if !matches!(part, Request::GetData { .. } | Request::GetChildren { .. }) {
            return Err(ErrorCode::MarshallingError);
        }
        Ok(match self.read(reader, part, out) {
            Ok(Response::Data { data, stat }) => MultiResult::GetData { data, stat },
            Ok(Response::Children { children, .. }) => MultiResult::GetChildren(children),
            Ok(_) => MultiResult::Error(ErrorCode::MarshallingError),
            Err(error) => MultiResult::Error(error),
        })
    }

    fn check_watches(&self, path: &str, kind: WatcherType) -> Answer {
        let (data, child) = (&self.watches.data, &self.watches.child);
        let found = (kind != WatcherType::Children && data.is_watched(path))
            || (kind != WatcherType::Data && child.is_watched(path));
        if found { Ok(Response::Empty) } else { Err(ErrorCode::NoWatcher) }
    }

    fn remove_watches(
        &mut self,
        reader: &Reader,
        path: &Path,
        kind: WatcherType,
        out: &mut Out,
    ) -> Answer {
        let Service { watches, .. } = self;
        let data = kind != WatcherType::Children && watches.data.remove(reader.conn, path);
        let child = kind != WatcherType::Data && watches.child.remove(reader.conn, path);
        if !data && !child {
            return Err(ErrorCode::NoWatcher);
        }
        out.event(Event::WatchRemoved { session: reader.session, path: path.clone(), kind });
        Ok(Response::Empty)
    }
}

/// About the bytes of a part's answer.
fn size_of(result: &MultiResult) -> usize {
    match result {
        MultiResult::GetData { data, .. } => data.as_ref().map_or(0, |data| data.len()),
        MultiResult::GetChildren(children) => children.iter().map(|name| name.len() + 4).sum(),
        _ => 0,
    }
}

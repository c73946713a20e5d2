//! The watches a client has, so that it can have them again at another server.

use crate::{
    AddWatchMode, ErrorCode, Path, Request, Response, WatchEventKind, WatchedEvent, WatcherType,
    Watches,
};
use std::collections::BTreeSet;

/// About how many bytes of paths one `setWatches` carries, so that it stays below any server's
/// frame limit.
const SET_WATCHES_BYTES: usize = 128 * 1024;

/// A client's watches by kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Watching {
    data: BTreeSet<Path>,
    exist: BTreeSet<Path>,
    child: BTreeSet<Path>,
    persistent: BTreeSet<Path>,
    recursive: BTreeSet<Path>,
}

impl Watching {
    /// Notes what a request that was answered has set or removed.
    pub(super) fn answered(&mut self, request: &Request, result: &Result<Response, ErrorCode>) {
        match (request, result) {
            (
                Request::GetData { path, watch: true } | Request::Exists { path, watch: true },
                Ok(_),
            ) => {
                self.data.insert(path.clone());
            }
            (Request::Exists { path, watch: true }, Err(ErrorCode::NoNode)) => {
                self.exist.insert(path.clone());
            }
            (Request::GetChildren { path, watch: true, .. }, Ok(_)) => {
                self.child.insert(path.clone());
            }
            (Request::AddWatch { path, mode }, Ok(_)) => {
                let set = match mode {
                    AddWatchMode::Persistent => &mut self.persistent,
                    AddWatchMode::PersistentRecursive => &mut self.recursive,
                };
                set.insert(path.clone());
            }
            (Request::RemoveWatches { path, kind }, Ok(_)) => self.remove(path, *kind),
            (Request::MultiRead(parts), Ok(Response::MultiRead(results))) => {
                for (part, result) in parts.iter().zip(results) {
                    let result = match result {
                        crate::MultiResult::Error(error) => Err(*error),
                        _ => Ok(Response::Empty),
                    };
                    self.answered(part, &result);
                }
            }
            _ => {}
        }
    }

    /// Notes that a watch fired: standard ones are gone.
    pub(super) fn fired(&mut self, event: &WatchedEvent) {
        let path = &event.path;
        match event.kind {
            WatchEventKind::NodeCreated | WatchEventKind::NodeDataChanged => {
                self.data.remove(path);
                self.exist.remove(path);
            }
            WatchEventKind::NodeChildrenChanged => {
                self.child.remove(path);
            }
            WatchEventKind::NodeDeleted => {
                self.data.remove(path);
                self.exist.remove(path);
                self.child.remove(path);
            }
            WatchEventKind::DataWatchRemoved => self.remove(path, WatcherType::Data),
            WatchEventKind::ChildWatchRemoved => self.remove(path, WatcherType::Children),
            WatchEventKind::PersistentWatchRemoved => self.remove(path, WatcherType::Any),
        }
    }

    /// Forgets all: the session they belonged to is gone.
    pub(super) fn clear(&mut self) {
        *self = Watching::default();
    }

    /// All of them, in parts that fit into a frame.
    pub(super) fn parts(&self) -> Vec<Watches> {
        let (mut parts, mut part, mut bytes) = (Vec::new(), Watches::default(), 0);
        let sets = [&self.data, &self.exist, &self.child, &self.persistent, &self.recursive];
        for (kind, set) in sets.into_iter().enumerate() {
            for path in set {
                if bytes > SET_WATCHES_BYTES {
                    parts.push(std::mem::take(&mut part));
                    bytes = 0;
                }
                bytes += path.len() + 4;
                let list = match kind {
                    0 => &mut part.data,
                    1 => &mut part.exist,
                    2 => &mut part.child,
                    3 => &mut part.persistent,
                    _ => &mut part.persistent_recursive,
                };
                list.push(path.clone());
            }
        }
        if bytes > 0 {
            parts.push(part);
        }
        parts
    }

    fn remove(&mut self, path: &Path, kind: WatcherType) {
        if kind != WatcherType::Children {
            self.data.remove(path);
            self.exist.remove(path);
        }
        if kind != WatcherType::Data {
            self.child.remove(path);
        }
        if kind == WatcherType::Any {
            self.persistent.remove(path);
            self.recursive.remove(path);
        }
    }
}

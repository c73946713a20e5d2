//! A standard watch fires at most once for each time it is set.
//!
//! Source: ZooKeeper Programmer's Guide, "ZooKeeper Watches": one-time trigger. Judged on what
//! servers send: each event needs a watch that was set on its connection and not yet fired.
//! Crash model: any.

use super::observer::{Answer, Seen};
use super::{Book, Checker, Sight};
use relevo_coordination::{ErrorCode, Request, WatchEventKind, WatchedEvent, WatcherType};
use relevo_core::ConnId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most watches of one connection that are remembered; a connection with more is not judged.
const WATCHES_KEPT: usize = 65_536;

#[derive(Clone, Debug, Default)]
pub(super) struct WatchesFireOnce {
    links: BTreeMap<ConnId, Watching>,
}

/// The watches of one connection, as its server may know them.
#[derive(Clone, Debug, Default)]
pub(super) struct Watching {
    /// Data and exist watches: both tell of the znode itself.
    pub(super) node: BTreeSet<Arc<str>>,
    /// Child watches.
    pub(super) child: BTreeSet<Arc<str>>,
    /// Persistent ones, recursive or not.
    persistent: BTreeSet<Arc<str>>,
    recursive: BTreeSet<Arc<str>>,
}

impl Checker for WatchesFireOnce {
    fn name(&self) -> &'static str {
        "a-standard-watch-fires-once"
    }

    fn judge(&mut self, sight: &Sight<'_>, book: &mut Book) {
        match sight.seen {
            // From its sending on: its events come before its answer.
            Seen::Asked { conn, request: Request::SetWatches { watches, .. }, .. } => {
                let watching = self.links.entry(*conn).or_default();
                watching.node.extend(watches.data.iter().chain(&watches.exist).cloned());
                watching.child.extend(watches.child.iter().cloned());
                watching.persistent.extend(watches.persistent.iter().cloned());
                watching.recursive.extend(watches.persistent_recursive.iter().cloned());
            }
            Seen::Answered(answer) => self.links.entry(answer.conn).or_default().set(answer),
            Seen::Gone { conn } => {
                self.links.remove(conn);
            }
            Seen::Fired { conn, event } => {
                let Some(watching) = self.links.get_mut(conn) else { return };
                if watching.len() < WATCHES_KEPT {
                    let had = watching.fire(event);
                    book.fact(sight, had, || {
                        format!(
                            "{:?} of {} came, and no watch was set for it",
                            event.kind, event.path
                        )
                    });
                }
            }
            _ => {}
        }
    }
}

impl Watching {
    fn len(&self) -> usize {
        self.node.len() + self.child.len() + self.persistent.len() + self.recursive.len()
    }

    /// What an answer sets or removes.
    pub(super) fn set(&mut self, answer: &Answer<'_>) {
        let Some(asked) = &answer.asked else { return };
        let (ok, none) = (answer.error == ErrorCode::Ok, answer.error == ErrorCode::NoNode);
        match &asked.request {
            Request::Exists { path, watch: true } if ok || none => {
                self.node.insert(path.clone());
            }
            Request::GetData { path, watch: true } if ok => {
                self.node.insert(path.clone());
            }
            Request::GetChildren { path, watch: true, .. } if ok => {
                self.child.insert(path.clone());
            }
            Request::AddWatch { path, mode } if ok => {
                let recursive = *mode as i32 == 1;
                let set = if recursive { &mut self.recursive } else { &mut self.persistent };
                set.insert(path.clone());
            }
            Request::RemoveWatches { path, kind } if ok => self.remove(path, *kind),
            _ => {}
        }
    }

    fn remove(&mut self, path: &Arc<str>, kind: WatcherType) {
        if kind != WatcherType::Children {
            self.node.remove(path);
        }
        if kind != WatcherType::Data {
            self.child.remove(path);
        }
        if kind == WatcherType::Any {
            self.persistent.remove(path);
            self.recursive.remove(path);
        }
    }

    /// Whether a watch was there for this event; a standard one is gone afterwards.
    pub(super) fn fire(&mut self, event: &WatchedEvent) -> bool {
        let path = &event.path;
        let standard = match event.kind {
            WatchEventKind::NodeCreated | WatchEventKind::NodeDataChanged => self.node.remove(path),
            WatchEventKind::NodeDeleted => {
                let node = self.node.remove(path);
                self.child.remove(path) || node
            }
            WatchEventKind::NodeChildrenChanged => self.child.remove(path),
            // What tells of a removal consumes nothing.
            _ => true,
        };
        standard || self.persistent.contains(path) || self.is_below_recursive(path)
    }

    fn is_below_recursive(&self, path: &str) -> bool {
        let mut at = path;
        while !self.recursive.is_empty() {
            if self.recursive.contains(at) {
                return true;
            }
            if at == "/" {
                return false;
            }
            at = super::linearizable_writes::parent_of(at);
        }
        false
    }
}

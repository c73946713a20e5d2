//! Who waits for news of which path.
//!
//! As in ZooKeeper 3.8 there are two tables, one for what happens to a znode itself (set by reads
//! of its data and by `exists`) and one for its children; persistent watches stand in both. In one
//! table a connection has one watch a path: a later one of another kind replaces it.

use super::paths::with_ancestors;
use crate::{Path, WatchEventKind, WatchKind};
use imbl::{OrdMap, OrdSet};
use relevo_core::ConnId;
use smallvec::SmallVec;

/// All watches of the connections of one server.
#[derive(Clone, Debug, Default)]
pub(super) struct Watches {
    pub(super) data: Table,
    pub(super) child: Table,
}

/// The watches of one table.
///
/// Invariant: `by_path` and `by_conn` hold the same pairs; neither keeps an empty set.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    by_path: OrdMap<Path, Watchers>,
    by_conn: OrdMap<ConnId, OrdSet<Path>>,
    watches: u64,
    recursive: u64,
}

/// Those who watch one path: nearly always a few, sometimes a crowd.
#[derive(Clone, Debug)]
enum Watchers {
    Few(SmallVec<[(ConnId, WatchKind); 2]>),
    Crowd(OrdMap<ConnId, WatchKind>),
}

/// From this many on, watchers are a crowd.
const CROWD: usize = 32;

/// A watch that fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fired {
    pub(super) conn: ConnId,
    /// Where it was set: the path of the change or, for a recursive one, something above it.
    pub(super) path: Path,
    pub(super) kind: WatchKind,
}

/// Watches that fired, at most one a connection, ordered by connection.
pub(super) type Firing = SmallVec<[Fired; 2]>;

impl Watches {
    /// Sets a persistent watch.
    pub(super) fn add_persistent(&mut self, conn: ConnId, path: &Path, kind: WatchKind) {
        self.child.add(conn, path, kind);
        self.data.add(conn, path, kind);
    }

    /// What a connection watches; a persistent watch, which stands in both tables, once.
    pub(super) fn of(&self, conn: ConnId) -> Vec<(Path, WatchKind)> {
        let mut watches = self.data.of(conn);
        watches.extend(self.child.of(conn).into_iter().filter(|(_, kind)| is_standard(*kind)));
        watches
    }

    /// Forgets a connection.
    pub(super) fn forget(&mut self, conn: ConnId) {
        self.data.forget(conn);
        self.child.forget(conn);
    }

    /// All watches of both tables.
    pub(super) fn len(&self) -> u64 {
        self.data.watches + self.child.watches
    }
}

impl Table {
    /// Sets a watch, in the place of any other of this connection on this path.
    pub(super) fn add(&mut self, conn: ConnId, path: &Path, kind: WatchKind) {
        let watchers = self.by_path.entry(path.clone()).or_insert_with(Watchers::none);
        let before = watchers.insert(conn, kind);
        if before.is_none() {
            self.watches += 1;
            self.by_conn.entry(conn).or_default().insert(path.clone());
        }
        self.recursive += u64::from(kind == WatchKind::PersistentRecursive);
        self.recursive -= u64::from(before == Some(WatchKind::PersistentRecursive));
    }

    /// Removes the watch of a connection on a path; whether there was one.
    pub(super) fn remove(&mut self, conn: ConnId, path: &str) -> bool {
        let removed = self.remove_watcher(conn, path);
        if let Some(paths) = self.by_conn.get_mut(&conn).filter(|_| removed) {
            paths.remove(path);
            if paths.is_empty() {
                self.by_conn.remove(&conn);
            }
        }
        removed
    }

    fn of(&self, conn: ConnId) -> Vec<(Path, WatchKind)> {
        let kind = |path: &Path| {
            let watchers = self.by_path.get(path)?;
            watchers.iter().find(|(of, _)| *of == conn).map(|(_, kind)| (path.clone(), kind))
        };
        self.by_conn.get(&conn).into_iter().flatten().filter_map(kind).collect()
    }

    /// Whether anyone watches this path. ZooKeeper does not ask who, and neither do we.
    pub(super) fn is_watched(&self, path: &str) -> bool {
        self.by_path.contains_key(path)
    }

    /// Forgets a connection.
    pub(super) fn forget(&mut self, conn: ConnId) {
        for path in self.by_conn.remove(&conn).into_iter().flatten() {
            self.remove_watcher(conn, &path);
        }
    }

    /// Takes the watches that `event` at `path` fires. Standard ones are gone then, unless `keep`
    /// (a planted bug) leaves them.
    pub(super) fn trigger(&mut self, path: &str, event: WatchEventKind, keep: bool) -> Firing {
        let mut fired = Firing::new();
        if self.by_path.is_empty() {
            return fired;
        }
        if let Some((at, watchers)) = self.by_path.get_key_value(path) {
            let at = at.clone();
            let hears = |kind| {
                event != WatchEventKind::NodeChildrenChanged
                    || kind != WatchKind::PersistentRecursive
            };
            for (conn, kind) in watchers.iter().filter(|(_, kind)| hears(*kind)) {
                fired.push(Fired { conn, path: at.clone(), kind });
            }
            for fired in fired.iter().filter(|fired| is_standard(fired.kind) && !keep) {
                self.remove(fired.conn, &at);
            }
        }
        if self.recursive > 0 && event != WatchEventKind::NodeChildrenChanged {
            self.add_recursive(path, &mut fired);
        }
        fired
    }

    /// How many connections watch how many paths, with how many watches.
    pub(super) fn counts(&self) -> (usize, usize, u64) {
        (self.by_conn.len(), self.by_path.len(), self.watches)
    }

    /// Every path that is watched with each of its watchers, ordered by path.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&Path, ConnId)> + '_ {
        self.by_path
            .iter()
            .flat_map(|(path, watchers)| watchers.iter().map(move |(c, _)| (path, c)))
    }

    fn add_recursive(&self, path: &str, fired: &mut Firing) {
        for above in with_ancestors(path).skip(1) {
            let Some((at, watchers)) = self.by_path.get_key_value(above) else { continue };
            for (conn, kind) in watchers.iter() {
                if kind == WatchKind::PersistentRecursive {
                    fired.push(Fired { conn, path: at.clone(), kind });
                }
            }
        }
        // Stable: of several watches of one connection, the nearest one tells.
        fired.sort_by_key(|fired| fired.conn);
        fired.dedup_by_key(|fired| fired.conn);
    }

    fn remove_watcher(&mut self, conn: ConnId, path: &str) -> bool {
        let Some(watchers) = self.by_path.get_mut(path) else { return false };
        let removed = watchers.remove(conn);
        if watchers.is_empty() {
            self.by_path.remove(path);
        }
        self.watches -= u64::from(removed.is_some());
        self.recursive -= u64::from(removed == Some(WatchKind::PersistentRecursive));
        removed.is_some()
    }
}

impl Watchers {
    fn none() -> Watchers {
        Watchers::Few(SmallVec::new())
    }

    fn insert(&mut self, conn: ConnId, kind: WatchKind) -> Option<WatchKind> {
        match self {
            Watchers::Crowd(crowd) => crowd.insert(conn, kind),
            Watchers::Few(few) => match few.binary_search_by_key(&conn, |(conn, _)| *conn) {
                Ok(at) => Some(std::mem::replace(&mut few[at].1, kind)),
                Err(at) => {
                    few.insert(at, (conn, kind));
                    if few.len() > CROWD {
                        *self = Watchers::Crowd(few.drain(..).collect());
                    }
                    None
                }
            },
        }
    }

    fn remove(&mut self, conn: ConnId) -> Option<WatchKind> {
        match self {
            Watchers::Crowd(crowd) => crowd.remove(&conn),
            Watchers::Few(few) => {
                let at = few.binary_search_by_key(&conn, |(conn, _)| *conn).ok()?;
                Some(few.remove(at).1)
            }
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Watchers::Crowd(crowd) => crowd.is_empty(),
            Watchers::Few(few) => few.is_empty(),
        }
    }

    fn iter(&self) -> impl Iterator<Item = (ConnId, WatchKind)> + '_ {
        let (few, crowd) = match self {
            Watchers::Few(few) => (Some(few.iter().copied()), None),
            Watchers::Crowd(crowd) => (None, Some(crowd.iter().map(|(conn, kind)| (*conn, *kind)))),
        };
        few.into_iter().flatten().chain(crowd.into_iter().flatten())
    }
}

fn is_standard(kind: WatchKind) -> bool {
    !matches!(kind, WatchKind::Persistent | WatchKind::PersistentRecursive)
}

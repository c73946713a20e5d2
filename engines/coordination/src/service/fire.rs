//! What a committed transaction does here: the tree changes, watches fire, its client is answered,
//! in this order. So the event always precedes the reply that shows the change, and the data that
//! fired it cannot be read before.

use super::access::{self, Perms};
use super::connection::Reply;
use super::reads::Reader;
use super::requests::parent_path;
use super::watches::Firing;
use super::{Change, Changes, Out, Outcome, Service};
use crate::bug::planted;
use crate::{
    AclEntry, ErrorCode, Event, Message, Path, Response, SessionId, Txn, TxnBody, WatchEventKind,
    WatchKind, WatchedEvent, Watches, Zxid,
};
use relevo_core::{ConnId, Now};
use std::sync::Arc;

impl Service {
    /// Applies a committed transaction, in zxid order: changes the tree, fires watches, answers
    /// its client if it is connected here.
    pub fn apply(&mut self, now: Now, txn: &Arc<Txn>, out: &mut Out) {
        let outcome = self.change(txn);
        out.event(Event::Applied { txn: txn.clone(), replay: false });
        self.outstanding.applied(txn.zxid);
        let changes = outcome.changes.clone();
        if planted!(self, WatchAfterReply) {
            self.conclude(now, txn, outcome, out);
            self.fire_all(&changes, txn.zxid, out);
        } else {
            self.fire_all(&changes, txn.zxid, out);
            self.conclude(now, txn, outcome, out);
        }
    }

    /// Applies a transaction at boot or during synchronisation: no clients, no watches.
    pub fn replay(&mut self, txn: &Arc<Txn>) {
        self.change(txn);
    }

    /// The tree and the sessions after a transaction.
    fn change(&mut self, txn: &Txn) -> Outcome {
        self.last_applied = self.last_applied.max(txn.zxid);
        match txn.body {
            TxnBody::CreateSession { timeout_ms } => {
                self.sessions.insert(txn.session, timeout_ms);
            }
            TxnBody::CloseSession { .. } => {
                self.sessions.remove(&txn.session);
                if planted!(self, EphemeralSurvives) {
                    let (error, response) = (ErrorCode::Ok, Response::Empty);
                    return Outcome { error, response, changes: Changes::new() };
                }
            }
            _ => {}
        }
        self.tree.apply(txn)
    }

    /// Tells whoever waits for this transaction.
    fn conclude(&mut self, now: Now, txn: &Txn, outcome: Outcome, out: &mut Out) {
        let conn = self.attached.get(&txn.session).copied();
        let Outcome { error, response, .. } = outcome;
        let is_multi = matches!(txn.body, TxnBody::Multi(_));
        let header = if is_multi { ErrorCode::Ok } else { error };
        let last = matches!(txn.body, TxnBody::CloseSession { .. });
        let reply = Reply { zxid: txn.zxid, header, outcome: error, body: response, last };
        match (&txn.body, conn) {
            (TxnBody::CreateSession { .. }, _) => self.session_created(now, txn.session, out),
            (_, Some(conn)) => self.decided(now, conn, txn.cxid, reply, out),
            (_, None) => {}
        }
        if last {
            self.session_closed(txn.session, out);
        }
    }

    /// A session ended. A connection that still carries it did not ask for that: it ends too.
    fn session_closed(&mut self, session: SessionId, out: &mut Out) {
        if let Some(tracker) = &mut self.tracker {
            tracker.remove(session);
        }
        self.heard.remove(&session);
        if let Some(conn) = self.attached.get(&session).copied() {
            self.close(conn, out);
        }
    }

    fn fire_all(&mut self, changes: &[Change], zxid: Zxid, out: &mut Out) {
        if self.watches.len() == 0 {
            return;
        }
        for change in changes {
            self.fire(change, zxid, out);
        }
    }

    fn fire(&mut self, change: &Change, zxid: Zxid, out: &mut Out) {
        let Change { kind, path, acl } = change;
        let keep = planted!(self, WatchFiresTwice);
        let mut told = self.watches.data.trigger(path, *kind, keep);
        if *kind == WatchEventKind::NodeDeleted {
            // Whoever watches both data and children hears once that the znode is gone.
            let mut child = self.watches.child.trigger(path, *kind, keep);
            child.retain(|fired| !told.iter().any(|told| told.conn == fired.conn));
            told.extend(child);
        }
        self.tell(told, *kind, path, acl, zxid, out);
        if *kind == WatchEventKind::NodeDataChanged {
            return;
        }
        let Some(parent) = parent_path(path) else { return };
        let acl = self.tree.node(&parent).map(|node| node.acl.clone());
        let changed = WatchEventKind::NodeChildrenChanged;
        let told = self.watches.child.trigger(&parent, changed, keep);
        self.tell(told, changed, &parent, acl.as_deref().unwrap_or_default(), zxid, out);
    }

    /// Sends the event to those who may read the znode it is about.
    fn tell(
        &mut self,
        told: Firing,
        event: WatchEventKind,
        path: &Path,
        acl: &[AclEntry],
        zxid: Zxid,
        out: &mut Out,
    ) {
        for fired in told {
            let Some(connection) = self.connections.get(&fired.conn) else { continue };
            if access::check(acl, Perms::READ, &connection.identities).is_err() {
                continue;
            }
            let session = connection.session;
            let (at, kind) = (fired.path, fired.kind);
            out.event(Event::WatchFired { session, path: at, kind, event, zxid });
            self.send_event(fired.conn, event, path, out);
        }
    }

    /// A client that reconnected wants its watches again: what it missed it is told at once. Begins
    /// with number `from`; returns the next one where the step is too short for all.
    pub(super) fn set_watches(
        &mut self,
        reader: &Reader,
        relative: Zxid,
        watches: &Watches,
        from: usize,
        out: &mut Out,
    ) -> Option<usize> {
        let Watches { data, exist, child, persistent, persistent_recursive } = watches;
        let kinds = [
            (WatchKind::Data, data),
            (WatchKind::Exist, exist),
            (WatchKind::Child, child),
            (WatchKind::Persistent, persistent),
            (WatchKind::PersistentRecursive, persistent_recursive),
        ];
        let all =
            kinds.iter().flat_map(|(kind, paths)| paths.iter().map(move |path| (*kind, path)));
        for (number, (kind, path)) in all.enumerate().skip(from) {
            if out.entries_left() == 0 {
                return Some(number);
            }
            out.charge(1, 0);
            let missed = self.missed(path, kind, relative);
            self.set_or_tell(reader, path, kind, missed, out);
        }
        None
    }

    /// What a client that has seen everything up to `relative` has not heard of a znode.
    fn missed(&self, path: &str, kind: WatchKind, relative: Zxid) -> Option<WatchEventKind> {
        use WatchEventKind::{NodeChildrenChanged, NodeCreated, NodeDataChanged, NodeDeleted};
        let node = self.tree.node(path);
        match (kind, node) {
            (WatchKind::Data | WatchKind::Child, None) => Some(NodeDeleted),
            (WatchKind::Data, Some(node)) => {
                (node.stat.mzxid > relative).then_some(NodeDataChanged)
            }
            (WatchKind::Child, Some(node)) => {
                (node.stat.pzxid > relative).then_some(NodeChildrenChanged)
            }
            (WatchKind::Exist, node) => node.map(|_| NodeCreated),
            (WatchKind::Persistent | WatchKind::PersistentRecursive, _) => None,
        }
    }

    fn set_or_tell(
        &mut self,
        reader: &Reader,
        path: &Path,
        kind: WatchKind,
        missed: Option<WatchEventKind>,
        out: &mut Out,
    ) {
        let Some(event) = missed else { return self.watch(reader, path, kind, out) };
        let (session, zxid) = (reader.session, self.last_applied);
        out.event(Event::WatchSet { session, path: path.clone(), kind });
        out.event(Event::WatchFired { session, path: path.clone(), kind, event, zxid });
        self.send_event(reader.conn, event, path, out);
    }

    fn send_event(&mut self, conn: ConnId, kind: WatchEventKind, path: &Path, out: &mut Out) {
        self.stats.sent += 1;
        if let Some(connection) = self.connection_mut(conn) {
            connection.counters.sent += 1;
        }
        out.send(conn, Message::Watch(WatchedEvent { kind, path: path.clone() }));
    }
}

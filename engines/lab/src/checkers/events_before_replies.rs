//! Events precede the replies that show their change: a client that watches a znode hears of its
//! change before it can see the change.
//!
//! Source: ZooKeeper Programmer's Guide, "What ZooKeeper Guarantees about Watches": a client will
//! see the watch event for a znode it is watching before seeing the new data. Judged on what
//! servers send on each connection. Crash model: any.

use super::linearizable_writes::parent_of;
use super::observer::{Answer, Seen};
use super::watches_fire_once::Watching;
use super::{Book, Checker, Sight};
use relevo_coordination::{Event, Request, TxnBody, Zxid};
use relevo_core::{ConnId, HostId};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Clone, Debug, Default)]
pub(super) struct EventsBeforeReplies {
    links: BTreeMap<ConnId, Link>,
    /// Connections by the server they lead to.
    of_server: BTreeMap<HostId, Vec<ConnId>>,
}

#[derive(Clone, Debug, Default)]
struct Link {
    watching: Watching,
    /// Changes whose event has not been sent: on the znode itself, and among its children.
    owed: Vec<(Arc<str>, Zxid)>,
}

impl Checker for EventsBeforeReplies {
    fn name(&self) -> &'static str {
        "events-precede-replies"
    }

    fn judge(&mut self, sight: &Sight<'_>, book: &mut Book) {
        match sight.seen {
            Seen::Answered(answer) => self.answered(sight, book, answer),
            Seen::Fired { conn, event } => {
                if let Some(link) = self.links.get_mut(conn) {
                    link.watching.fire(event);
                    link.owed.retain(|(path, _)| *path != event.path);
                }
            }
            Seen::Gone { conn } => {
                self.links.remove(conn);
                self.of_server.values_mut().for_each(|conns| conns.retain(|of| of != conn));
            }
            Seen::Told { state: Event::Applied { txn, replay: false }, .. } => {
                let Some(relevo_core::Party::Host(host)) = sight.event.party else { return };
                let Some(conns) = self.of_server.get(&host) else { return };
                for conn in conns {
                    if let Some(link) = self.links.get_mut(conn) {
                        link.changed(txn.zxid, &txn.body);
                    }
                }
            }
            _ => {}
        }
    }
}

impl EventsBeforeReplies {
    fn answered(&mut self, sight: &Sight<'_>, book: &mut Book, answer: &Answer<'_>) {
        let Some(server) = sight.lab.links.get(&answer.conn).map(|link| link.server) else {
            return;
        };
        if let Some(link) = self.links.get(&answer.conn)
            && let Some((path, zxid)) = link.owed.first()
        {
            let seen = answer.zxid;
            book.fact(sight, seen < *zxid, || {
                format!(
                    "an answer at {seen} shows {path} as {zxid} left it, before the watch's event"
                )
            });
        } else {
            book.fact(sight, true, String::new);
        }
        if !sets_watch(answer) {
            return;
        }
        let link = self.links.entry(answer.conn).or_default();
        link.watching.set(answer);
        let conns = self.of_server.entry(server).or_default();
        if !conns.contains(&answer.conn) {
            conns.push(answer.conn);
        }
    }
}

fn sets_watch(answer: &Answer<'_>) -> bool {
    matches!(
        answer.asked.as_ref().map(|asked| &asked.request),
        Some(
            Request::Exists { watch: true, .. }
                | Request::GetData { watch: true, .. }
                | Request::GetChildren { watch: true, .. }
                | Request::RemoveWatches { .. }
        )
    )
}

impl Link {
    fn changed(&mut self, zxid: Zxid, body: &TxnBody) {
        if self.watching.node.is_empty() && self.watching.child.is_empty() {
            return;
        }
        match body {
            TxnBody::SetData { path, .. } => self.owe_node(path, zxid),
            TxnBody::Create { path, .. } => {
                self.owe_node(path, zxid);
                self.owe_parent(path, zxid);
            }
            TxnBody::Delete { path, .. } => {
                self.owe_node(path, zxid);
                self.owe_parent(path, zxid);
            }
            TxnBody::CloseSession { paths: Some(paths) } => {
                for path in paths {
                    self.owe_node(path, zxid);
                    self.owe_parent(path, zxid);
                }
            }
            TxnBody::Multi(parts) => {
                let failed = parts.iter().any(|part| matches!(part, TxnBody::Error(_)));
                for part in parts.iter().filter(|_| !failed) {
                    self.changed(zxid, part);
                }
            }
            _ => {}
        }
    }

    fn owe_node(&mut self, path: &Arc<str>, zxid: Zxid) {
        if self.watching.node.contains(path) {
            self.owed.push((path.clone(), zxid));
        }
    }

    fn owe_parent(&mut self, path: &Arc<str>, zxid: Zxid) {
        let parent = parent_of(path);
        if self.watching.child.contains(parent) {
            self.owed.push((parent.into(), zxid));
        }
    }
}

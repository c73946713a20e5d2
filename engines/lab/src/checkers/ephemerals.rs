//! Ephemerals vanish exactly with their session: not before, unless someone deletes them, and not
//! after.
//!
//! Source: ZooKeeper Programmer's Guide, "Ephemeral Nodes": they exist as long as the session that
//! created them is active; when the session ends, they are deleted. Judged on the committed order
//! and on every answer that shows a znode or its absence. Crash model: process death and power
//! loss of any number of servers, lost disks of a minority.

use super::observer::{Answer, Seen};
use super::{Book, Checker, Sight};
use relevo_coordination::{
    ErrorCode, Event, NodeKind, Request, Response, SessionId, Txn, TxnBody, Zxid,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// How many ended sessions and deleted ephemerals are remembered.
const ENDED_KEPT: usize = 1_024;

#[derive(Clone, Debug, Default)]
pub(super) struct Ephemerals {
    /// Ephemerals that exist, with their owner and the transaction that made them.
    alive: BTreeMap<Arc<str>, (SessionId, Zxid)>,
    of_session: BTreeMap<SessionId, BTreeSet<Arc<str>>>,
    /// When sessions ended, latest last.
    ended: VecDeque<(SessionId, Zxid)>,
    /// Ends of sessions that named other paths than the session had, until they are judged.
    wrong: Option<String>,
}

impl Checker for Ephemerals {
    fn name(&self) -> &'static str {
        "ephemerals-vanish-with-their-session"
    }

    fn judge(&mut self, sight: &Sight<'_>, book: &mut Book) {
        match sight.seen {
            Seen::Told { state: Event::Applied { txn, replay: false }, .. } => {
                if let TxnBody::CloseSession { .. } = txn.body {
                    let wrong = self.wrong.take();
                    book.fact(sight, wrong.is_none(), || wrong.unwrap_or_default());
                }
            }
            Seen::Answered(answer) => self.answered(sight, book, answer),
            _ => {}
        }
    }

    fn ordered(&mut self, zxid: Zxid, txn: Option<&Txn>, sight: &Sight<'_>, _book: &mut Book) {
        let Some(txn) = txn else { return };
        self.order(zxid, txn.session, &txn.body);
        if !sight.lab.saw_begin(txn.session) {
            // What it had made before is not known.
            self.wrong = None;
        }
    }
}

impl Ephemerals {
    fn order(&mut self, zxid: Zxid, session: SessionId, body: &TxnBody) {
        match body {
            TxnBody::Create { path, kind: NodeKind::Ephemeral(owner), .. } => {
                self.alive.insert(path.clone(), (*owner, zxid));
                self.of_session.entry(*owner).or_default().insert(path.clone());
            }
            TxnBody::Delete { path, .. } => self.deleted(path),
            TxnBody::CloseSession { paths } => {
                let owned = self.of_session.remove(&session).unwrap_or_default();
                if let Some(paths) = paths {
                    self.compare(session, &owned, paths);
                }
                for path in &owned {
                    self.alive.remove(path);
                }
                if self.ended.len() == ENDED_KEPT {
                    self.ended.pop_front();
                }
                self.ended.push_back((session, zxid));
            }
            TxnBody::Multi(parts) => {
                let failed = parts.iter().any(|part| matches!(part, TxnBody::Error(_)));
                for part in parts.iter().filter(|_| !failed) {
                    self.order(zxid, session, part);
                }
            }
            _ => {}
        }
    }

    fn compare(&mut self, session: SessionId, owned: &BTreeSet<Arc<str>>, paths: &[Arc<str>]) {
        let named: BTreeSet<&Arc<str>> = paths.iter().collect();
        if let Some(path) = owned.iter().find(|path| !named.contains(path)) {
            self.wrong = Some(format!("session {session} ended and its ephemeral {path} stayed"));
        }
        if let Some(path) = named.iter().find(|path| !owned.contains(**path)) {
            self.wrong = Some(format!("session {session} ended and took {path}, not its own"));
        }
    }

    fn deleted(&mut self, path: &Arc<str>) {
        if let Some((owner, _)) = self.alive.remove(path)
            && let Some(paths) = self.of_session.get_mut(&owner)
        {
            paths.remove(path);
        }
    }

    fn answered(&self, sight: &Sight<'_>, book: &mut Book, answer: &Answer<'_>) {
        let Some(asked) = &answer.asked else { return };
        let (Request::Exists { path, .. } | Request::GetData { path, .. }) = &asked.request else {
            return;
        };
        match (answer.error, answer.body) {
            (ErrorCode::Ok, Response::Stat(stat) | Response::Data { stat, .. })
                if stat.ephemeral_owner != 0 =>
            {
                let owner = SessionId(stat.ephemeral_owner);
                let ended = self.ended.iter().rev().find(|(session, _)| *session == owner);
                let over = ended.is_some_and(|(_, zxid)| *zxid <= answer.zxid);
                book.fact_after(sight, !over, &[asked.seq], || {
                    format!(
                        "{path} is shown at {} though its session {owner} had ended",
                        answer.zxid
                    )
                });
            }
            (ErrorCode::NoNode, _) => {
                let alive = self.alive.get(path).filter(|(_, made)| *made <= answer.zxid);
                let Some((owner, made)) = alive else { return };
                // It is alive at the end of the order, and no younger than the answer: it was
                // there. (One that was deleted since is judged by what its deletion says.)
                book.fact_after(sight, false, &[asked.seq], || {
                    format!(
                        "{path} of session {owner}, made by {made}, is missing at {}",
                        answer.zxid
                    )
                });
            }
            _ => {}
        }
    }
}

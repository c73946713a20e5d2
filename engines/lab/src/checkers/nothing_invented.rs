//! No invented transaction: what is logged and applied was proposed by a leader, and what was
//! committed for a client was asked for by it, once.
//!
//! Source: Zab (DSN 2011), section III, integrity: if some process delivers a transaction, some
//! process has broadcast it. Crash model: any.

use super::observer::{Seen, is_write};
use super::{Book, Checker, Sight};
use relevo_coordination::{Event, SessionId, Txn, TxnBody, Zxid};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most requests of one session remembered as not yet committed.
const ASKED_KEPT: usize = 4_096;

#[derive(Clone, Debug, Default)]
pub(super) struct NothingInvented {
    /// Writes asked for and not yet committed, with how often each number was sent.
    asked: BTreeMap<SessionId, BTreeMap<i32, u32>>,
    /// Sessions that had more than can be remembered waiting: of those it is not judged any more.
    lost_count: BTreeSet<SessionId>,
    /// The last zxid proposed in the epoch at hand.
    last: Zxid,
}

impl Checker for NothingInvented {
    fn name(&self) -> &'static str {
        "no-invented-transaction"
    }

    fn judge(&mut self, sight: &Sight<'_>, book: &mut Book) {
        match sight.seen {
            Seen::Asked { session, request, xid, .. }
                if is_write(request)
                    && sight.lab.saw_begin(*session)
                    && !self.lost_count.contains(session) =>
            {
                let asked = self.asked.entry(*session).or_default();
                *asked.entry(*xid).or_default() += 1;
                if asked.len() > ASKED_KEPT {
                    self.asked.remove(session);
                    self.lost_count.insert(*session);
                }
            }
            Seen::Told { state: Event::Proposed(txn), .. } => self.proposed(sight, book, txn),
            Seen::Told {
                server,
                state: Event::Logged(txn) | Event::Applied { txn, replay: false },
            } => {
                let Some(proposal) = sight.lab.proposals.get(&txn.zxid) else { return };
                let same = Arc::ptr_eq(proposal, txn) || proposal == txn;
                book.fact(sight, same, || {
                    let (zxid, id) = (txn.zxid, server.0);
                    format!("what server {id} has as {zxid} is not what was proposed as {zxid}")
                });
            }
            _ => {}
        }
    }

    fn ordered(&mut self, _zxid: Zxid, txn: Option<&Txn>, sight: &Sight<'_>, book: &mut Book) {
        let Some(txn) = txn else { return };
        self.committed(sight, book, txn);
        if let TxnBody::CloseSession { .. } = txn.body {
            self.asked.remove(&txn.session);
            self.lost_count.remove(&txn.session);
        }
    }
}

impl NothingInvented {
    fn proposed(&mut self, sight: &Sight<'_>, book: &mut Book, txn: &Txn) {
        let follows = txn.zxid.counter() == 1 || self.last.next() == Some(txn.zxid);
        let last = self.last;
        book.fact(sight, follows || txn.zxid.epoch() != last.epoch(), || {
            format!("{} was proposed right after {last}", txn.zxid)
        });
        self.last = txn.zxid;
    }

    fn committed(&mut self, sight: &Sight<'_>, book: &mut Book, txn: &Txn) {
        let judged = sight.lab.saw_begin(txn.session) && !self.lost_count.contains(&txn.session);
        if is_the_leaders_own(&txn.body) || !judged {
            return;
        }
        let asked = self.asked.entry(txn.session).or_default();
        let times = asked.get_mut(&txn.cxid);
        let once = times.is_some_and(|times| {
            *times = times.saturating_sub(1);
            *times == 0
        });
        let known = asked.contains_key(&txn.cxid);
        if once {
            asked.remove(&txn.cxid);
        }
        book.fact(sight, known, || {
            let (zxid, session, cxid) = (txn.zxid, txn.session, txn.cxid);
            format!(
                "{zxid} was committed for request {cxid} of session {session}, \
                 which is not waiting for it"
            )
        });
    }
}

/// What a leader may propose unasked: sessions' beginnings and ends, containers and TTL znodes.
/// What fails changes nothing, whoever asked.
fn is_the_leaders_own(body: &TxnBody) -> bool {
    if let TxnBody::Multi(parts) = body {
        return parts.iter().any(|part| matches!(part, TxnBody::Error(_)));
    }
    matches!(
        body,
        TxnBody::CreateSession { .. }
            | TxnBody::CloseSession { .. }
            | TxnBody::Delete { container: true, .. }
            | TxnBody::Error(_)
    )
}

//! FIFO client order: answers come in the order of the requests, a client's writes take effect in
//! the order in which it sent them, and what it is shown never goes back.
//!
//! Source: Hunt, Konar, Junqueira, Reed, "ZooKeeper: Wait-free coordination for Internet-scale
//! systems", USENIX ATC 2010, section 2.3; ZooKeeper Programmer's Guide, "Consistency
//! Guarantees" (single system image). Crash model: any.

use super::observer::{Answer, Seen, is_write};
use super::{Book, Checker, Sight};
use relevo_coordination::{SessionId, Txn, TxnBody, Zxid};
use relevo_core::ConnId;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The most writes of one session remembered as not yet committed.
const WRITES_KEPT: usize = 4_096;

#[derive(Clone, Debug, Default)]
pub(super) struct FifoClients {
    /// Each session's writes in the order of their sending, as far as not yet committed.
    writes: BTreeMap<SessionId, VecDeque<i32>>,
    /// Sessions that had more than can be remembered waiting: their order is not judged any more.
    lost_count: BTreeSet<SessionId>,
    /// The highest zxid shown on each connection. It begins with what its client says it has
    /// seen: answers on an older connection may have been lost with it.
    shown: BTreeMap<ConnId, Zxid>,
}

impl Checker for FifoClients {
    fn name(&self) -> &'static str {
        "fifo-client-order"
    }

    fn judge(&mut self, sight: &Sight<'_>, book: &mut Book) {
        match sight.seen {
            Seen::Asked { session, request, xid, .. }
                if is_write(request)
                    && sight.lab.saw_begin(*session)
                    && !self.lost_count.contains(session) =>
            {
                let writes = self.writes.entry(*session).or_default();
                writes.push_back(*xid);
                if writes.len() > WRITES_KEPT {
                    self.writes.remove(session);
                    self.lost_count.insert(*session);
                }
            }
            Seen::Connecting { conn, seen } => {
                self.shown.insert(*conn, *seen);
            }
            Seen::Gone { conn } => {
                self.shown.remove(conn);
            }
            Seen::Answered(answer) => self.answered(sight, book, answer),
            _ => {}
        }
    }

    fn ordered(&mut self, _zxid: Zxid, txn: Option<&Txn>, sight: &Sight<'_>, book: &mut Book) {
        let Some(txn) = txn else { return };
        if let TxnBody::CloseSession { .. } = txn.body {
            self.writes.remove(&txn.session);
            self.lost_count.remove(&txn.session);
        } else {
            self.committed(sight, book, txn);
        }
    }
}

impl FifoClients {
    fn answered(&mut self, sight: &Sight<'_>, book: &mut Book, answer: &Answer<'_>) {
        let session = answer.session;
        if let Some(asked) = &answer.asked {
            let xid = asked.xid;
            book.fact_after(sight, answer.in_order, &[asked.seq], || {
                format!("request {xid} of session {session} was answered before an earlier one")
            });
        }
        let Some(shown) = self.shown.get_mut(&answer.conn) else { return };
        let (before, zxid) = (*shown, answer.zxid);
        *shown = before.max(zxid);
        book.fact(sight, zxid >= before, || {
            format!("session {session} was shown {zxid} after {before}")
        });
    }

    /// A write that is committed before an earlier one of its session overtakes it: what it leaves
    /// behind was lost with a connection and must never be committed.
    fn committed(&mut self, sight: &Sight<'_>, book: &mut Book, txn: &Txn) {
        if let TxnBody::CreateSession { .. } = txn.body {
            return;
        }
        let Some(writes) = self.writes.get_mut(&txn.session) else { return };
        let at = writes.iter().position(|xid| *xid == txn.cxid);
        if let Some(at) = at {
            writes.drain(..=at);
        }
        let is_error = match &txn.body {
            TxnBody::Error(_) => true,
            TxnBody::Multi(parts) => parts.iter().any(|part| matches!(part, TxnBody::Error(_))),
            _ => false,
        };
        book.fact(sight, at.is_some() || is_error, || {
            let (cxid, session) = (txn.cxid, txn.session);
            format!("write {cxid} of session {session} was committed after a later one")
        });
    }
}

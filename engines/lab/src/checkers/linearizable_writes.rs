//! Linearizable writes: all writes are one order, which respects the time of calls and answers;
//! each takes effect on what the one before it left.
//!
//! Source: Hunt et al., "ZooKeeper", USENIX ATC 2010, section 2.3 (A-linearizability); Herlihy and
//! Wing, TOPLAS 1990. Crash model: process death and power loss of any number of servers, lost
//! disks of a minority.

use super::observer::{Answer, Asked, Seen, is_write};
use super::{Book, Checker, Sight};
use relevo_coordination::{ErrorCode, Request, Response, Stat, Txn, TxnBody, Zxid};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most parents whose counters are remembered.
const PARENTS_KEPT: usize = 4_096;

#[derive(Clone, Debug, Default)]
pub(super) struct LinearizableWrites {
    /// For each parent and name prefix, the last sequence number given out and the zxid of its
    /// creation.
    counters: BTreeMap<Arc<str>, (Zxid, i64)>,
}

impl Checker for LinearizableWrites {
    fn name(&self) -> &'static str {
        "linearizable-writes"
    }

    fn judge(&mut self, sight: &Sight<'_>, book: &mut Book) {
        let Seen::Answered(answer) = sight.seen else { return };
        let Some(asked) = answer.asked.as_ref().filter(|asked| is_write(&asked.request)) else {
            return;
        };
        if answer.error != ErrorCode::Ok || matches!(asked.request, Request::CloseSession) {
            return;
        }
        in_real_time(sight, book, answer, asked);
        is_committed(sight, book, answer, asked);
        builds_on_its_version(sight, book, answer, asked);
        self.counts_on(sight, book, answer, asked);
    }

    fn ordered(&mut self, _zxid: Zxid, txn: Option<&Txn>, _sight: &Sight<'_>, _book: &mut Book) {
        // A parent that is made again counts again.
        match txn.map(|txn| &txn.body) {
            Some(TxnBody::Delete { path, .. }) => {
                self.counters.remove(path);
            }
            Some(TxnBody::Multi(parts)) => {
                for part in parts {
                    if let TxnBody::Delete { path, .. } = part {
                        self.counters.remove(path);
                    }
                }
            }
            _ => {}
        }
    }
}

fn in_real_time(sight: &Sight<'_>, book: &mut Book, answer: &Answer<'_>, asked: &Asked) {
    let (zxid, before) = (answer.zxid, asked.answered_before);
    book.fact_after(sight, zxid > before, &[asked.seq], || {
        format!("a write got {zxid} though it was asked for after {before} had been answered")
    });
}

fn is_committed(sight: &Sight<'_>, book: &mut Book, answer: &Answer<'_>, asked: &Asked) {
    let (zxid, order) = (answer.zxid, &sight.lab.order);
    if order.has_forgotten(zxid) {
        return;
    }
    book.fact_after(sight, order.chain(zxid).is_some(), &[asked.seq], || {
        format!("a write was acknowledged as {zxid}, which is not committed")
    });
    if let Some(txn) = sight.lab.proposals.get(&zxid) {
        let same = txn.session == answer.session && txn.cxid == asked.xid;
        book.fact_after(sight, same, &[asked.seq], || {
            format!("request {} was acknowledged with {zxid}, which is another's", asked.xid)
        });
    }
}

fn builds_on_its_version(sight: &Sight<'_>, book: &mut Book, answer: &Answer<'_>, asked: &Asked) {
    let (Request::SetData { version, .. }, Response::Stat(stat)) = (&asked.request, answer.body)
    else {
        return;
    };
    let Stat { mzxid, version: now, .. } = *stat;
    let expected = version.wrapping_add(1);
    book.fact_after(sight, *version == -1 || now == expected, &[asked.seq], || {
        format!("a write that expected version {version} succeeded and made version {now}")
    });
    book.fact_after(sight, mzxid == answer.zxid, &[asked.seq], || {
        format!("a write acknowledged as {} says it happened as {mzxid}", answer.zxid)
    });
}

impl LinearizableWrites {
    /// Sequence numbers of one parent rise with the order.
    fn counts_on(
        &mut self,
        sight: &Sight<'_>,
        book: &mut Book,
        answer: &Answer<'_>,
        asked: &Asked,
    ) {
        let Request::Create { path, mode, .. } = &asked.request else { return };
        let (Response::Path(made) | Response::PathStat { path: made, .. }) = answer.body else {
            return;
        };
        if !mode.sequential {
            return;
        }
        let parent = parent_of(path);
        let number = made.get(path.len()..).and_then(|digits| digits.parse::<i64>().ok());
        let Some(number) = number else { return };
        let last = self.counters.get(parent).copied();
        if let Some((zxid, counted)) = last {
            let holds = (answer.zxid > zxid) == (number > counted);
            book.fact_after(sight, holds, &[asked.seq], || {
                format!("{made} was made after another child of {parent} had number {counted}")
            });
        }
        if last.is_none_or(|(zxid, _)| answer.zxid > zxid) {
            if self.counters.len() == PARENTS_KEPT {
                self.counters.pop_first();
            }
            self.counters.insert(parent.into(), (answer.zxid, number));
        }
    }
}

/// The path above.
pub(super) fn parent_of(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(at) => &path[..at],
    }
}

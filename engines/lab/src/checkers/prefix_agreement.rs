//! Committed prefix agreement: what servers apply is one order, without holes.
//!
//! Source: Zab (DSN 2011), section III: total order, and integrity of the prefix. Crash model:
//! process death, power loss and lost disks of a minority.

use super::observer::{Known, Seen};
use super::{Book, Checker, Sight};
use relevo_coordination::{Event, ServerId, Zxid};

#[derive(Clone, Debug, Default)]
pub(super) struct PrefixAgreement;

impl Checker for PrefixAgreement {
    fn name(&self) -> &'static str {
        "committed-prefix-agreement"
    }

    fn judge(&mut self, sight: &Sight<'_>, book: &mut Book) {
        let Seen::Told { server, state } = sight.seen else { return };
        let Some(known) = sight.lab.known(*server) else { return };
        match state {
            Event::Applied { txn, replay: false } => applied(sight, book, known, txn.zxid),
            Event::Synchronised { .. } => agrees(sight, book, known),
            _ => {}
        }
    }
}

fn applied(sight: &Sight<'_>, book: &mut Book, known: &Known, zxid: Zxid) {
    let order = &sight.lab.order;
    if order.has_forgotten(zxid) {
        return;
    }
    let ServerId(id) = known.id;
    book.fact(sight, order.chain(zxid).is_some(), || {
        format!("server {id} applied {zxid}, which is not committed")
    });
    if let (Some(before), Some(last)) = (order.before(zxid), known.applied) {
        book.fact(sight, before == last, || {
            format!("server {id} applied {zxid} after {last}; in the order it follows {before}")
        });
    }
}

/// A learner that has all: what its log shares with the order is the same history.
fn agrees(sight: &Sight<'_>, book: &mut Book, known: &Known) {
    let (order, log) = (&sight.lab.order, &known.log);
    let shared = order.end().min(log.end());
    let ServerId(id) = known.id;
    if let (Some(ours), false) = (order.chain(shared), log.has_forgotten(shared)) {
        book.fact(sight, log.chain(shared) == Some(ours), || {
            format!("server {id} serves with a history that differs from the order at {shared}")
        });
    }
}

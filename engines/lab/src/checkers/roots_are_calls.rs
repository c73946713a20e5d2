//! Everything has a reason: only calls of clients, faults and deadlines happen by themselves, and
//! a cause comes before what it causes.
//!
//! Source: the laws of `relevo-core`; without them "why?" would end in nothing. Crash model: any.

use super::{Book, Checker, Sight};
use crate::LabEvent;
use relevo_core::{Kind, Party};

#[derive(Clone, Debug, Default)]
pub(super) struct RootsAreCalls;

impl Checker for RootsAreCalls {
    fn name(&self) -> &'static str {
        "everything-has-a-reason"
    }

    fn judge(&mut self, _sight: &Sight<'_>, _book: &mut Book) {}
}

impl RootsAreCalls {
    /// Every event passes here.
    pub(super) fn every(event: &LabEvent, book: &mut Book) {
        let reasoned = match event.causes.first() {
            None => may_be_a_root(event),
            Some(_) => event.causes.iter().all(|cause| *cause < event.seq),
        };
        book.fact_of(event, reasoned, &[], || "it happened without a reason".into());
    }
}

fn may_be_a_root(event: &LabEvent) -> bool {
    let from_outside = matches!(event.party, Some(Party::Outside(_)));
    match event.kind {
        Kind::Fault { .. } | Kind::Call { .. } | Kind::Deadline => true,
        // The calls of a program outside are what arrives of it.
        Kind::Opening { .. } | Kind::Sent { .. } | Kind::Closed { .. } => from_outside,
        // Only a driver that left events out says so.
        Kind::Gap { .. } => true,
        _ => false,
    }
}

//! Promises, judged while a lab runs.
//!
//! Each checker folds the trace, names the source of the promise and the crash model under which
//! it holds, counts the facts it judged and keeps the first event that broke it. They see
//! messages rather than a server's word wherever a message tells as much.

mod committed_survive;
mod ephemerals;
mod events_before_replies;
mod fifo_clients;
mod history;
mod linearizable_writes;
mod nothing_invented;
mod observer;
mod one_leader;
mod prefix_agreement;
mod roots_are_calls;
mod sessions_last;
#[cfg(test)]
mod tests;
mod watches_fire_once;

use crate::LabEvent;
use crate::stream::{Verdict, Violation};
pub use observer::Voter;
use observer::{Observer, Seen};
use relevo_coordination::{Txn, Zxid};
use relevo_core::Seq;

/// How many events of an explanation are kept.
const CHAIN_KEPT: usize = 64;

/// One promise.
pub(crate) trait Checker {
    /// Its name, as verdicts and reports show it.
    fn name(&self) -> &'static str;

    /// Judges one event; `sight.lab` is as it was before the event.
    fn judge(&mut self, sight: &Sight<'_>, book: &mut Book);

    /// Hears that a transaction is now part of the committed order.
    fn ordered(&mut self, _zxid: Zxid, _txn: Option<&Txn>, _sight: &Sight<'_>, _book: &mut Book) {}
}

/// One event as a checker gets it.
pub(crate) struct Sight<'a> {
    event: &'a LabEvent,
    seen: &'a Seen<'a>,
    lab: &'a Observer,
}

/// What a checker writes down.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    facts: u64,
    violation: Option<Violation>,
}

impl Book {
    /// Counts one fact and judges it; `what` says how the promise was broken.
    fn fact(&mut self, sight: &Sight<'_>, holds: bool, what: impl FnOnce() -> String) {
        self.fact_after(sight, holds, &[], what);
    }

    /// What broke the promise, what was known to belong to it, and what that rests on.
    fn explain(&mut self, why: &mut impl FnMut(Seq) -> Vec<Seq>) {
        let Some(violation) = &mut self.violation else { return };
        let at = violation.chain.len();
        for seq in why(violation.at).into_iter().take(CHAIN_KEPT) {
            if !violation.chain[..at].contains(&seq) {
                violation.chain.push(seq);
            }
        }
    }

    /// The same, naming earlier events that belong to the explanation.
    fn fact_after(
        &mut self,
        sight: &Sight<'_>,
        holds: bool,
        before: &[Seq],
        what: impl FnOnce() -> String,
    ) {
        self.fact_of(sight.event, holds, before, what);
    }

    fn fact_of(
        &mut self,
        event: &LabEvent,
        holds: bool,
        before: &[Seq],
        what: impl FnOnce() -> String,
    ) {
        self.facts += 1;
        if !holds && self.violation.is_none() {
            let seq = event.seq;
            let chain = std::iter::once(seq).chain(before.iter().copied()).collect();
            self.violation = Some(Violation { what: what().into(), at: seq, chain });
        }
    }
}

macro_rules! checkers {
    ($($field:ident: $type:ty),* $(,)?) => {
        /// All checkers of one lab.
        #[derive(Clone, Debug)]
        pub struct Checkers {
            observer: Observer,
            $($field: ($type, Book),)*
        }

        impl Checkers {
            /// Checkers of an ensemble, before anything has happened.
            pub fn new(voters: &[Voter]) -> Checkers {
                Checkers {
                    observer: Observer::new(voters),
                    $($field: Default::default(),)*
                }
            }

            /// Checkers of an ensemble whose past they have not seen, by what each server's log
            /// ends in now; they judge only what they see whole.
            pub(crate) fn from_here(voters: &[(Voter, Zxid)]) -> Checkers {
                Checkers {
                    observer: Observer::from_here(voters),
                    $($field: Default::default(),)*
                }
            }

            /// About how many bytes they take; the observer holds nearly all of it.
            pub(crate) fn size(&self) -> u64 {
                64 * 1024 + self.observer.size()
            }

            /// Folds one event.
            pub fn apply(&mut self, event: &LabEvent) {
                roots_are_calls::RootsAreCalls::every(event, &mut self.roots_are_calls.1);
                let seen = self.observer.see(event);
                if let Seen::Else = seen {
                    return self.sessions_last.0.elsewhere(event);
                }
                let sight = Sight { event, seen: &seen, lab: &self.observer };
                $(self.$field.0.judge(&sight, &mut self.$field.1);)*
                self.observer.fold(&seen);
                let sight = Sight { event, seen: &seen, lab: &self.observer };
                for zxid in &self.observer.newly {
                    let txn = self.observer.proposals.get(zxid).map(|txn| &**txn);
                    $(self.$field.0.ordered(*zxid, txn, &sight, &mut self.$field.1);)*
                }
            }

            /// What each says.
            pub fn verdicts(&self) -> Vec<Verdict> {
                vec![$({
                    let (checker, book) = &self.$field;
                    Verdict {
                        checker: checker.name().into(),
                        facts: book.facts,
                        violation: book.violation.clone(),
                    }
                },)*]
            }

            /// Completes the chains of what was just broken.
            pub(crate) fn explain(&mut self, mut why: impl FnMut(Seq) -> Vec<Seq>) {
                $(self.$field.1.explain(&mut why);)*
            }

            /// Whether a promise was broken.
            pub fn is_violated(&self) -> bool {
                false $(|| self.$field.1.violation.is_some())*
            }
        }
    };
}

checkers! {
    one_leader: one_leader::OneLeader,
    prefix_agreement: prefix_agreement::PrefixAgreement,
    committed_survive: committed_survive::CommittedSurvive,
    nothing_invented: nothing_invented::NothingInvented,
    fifo_clients: fifo_clients::FifoClients,
    linearizable_writes: linearizable_writes::LinearizableWrites,
    ephemerals: ephemerals::Ephemerals,
    sessions_last: sessions_last::SessionsLast,
    watches_fire_once: watches_fire_once::WatchesFireOnce,
    events_before_replies: events_before_replies::EventsBeforeReplies,
    roots_are_calls: roots_are_calls::RootsAreCalls,
}

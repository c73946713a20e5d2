//! One leader per epoch.
//!
//! Source: Junqueira, Reed, Serafini, "Zab: High-performance broadcast for primary-backup
//! systems", DSN 2011, section IV: an epoch has at most one established leader, and only it
//! proposes in it. That rests on phase 1 of the same section: whoever accepted an epoch follows no
//! earlier one, and remembers as much; both are judged too. Crash model: process death, power loss
//! and lost disks of a minority, any loss of messages.

use super::observer::Seen;
use super::{Book, Checker, Sight};
use relevo_coordination::{Epoch, Event, ServerId};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
pub(super) struct OneLeader {
    /// The epochs each server accepted and entered last, as far as its disk is the same since.
    promises: BTreeMap<ServerId, Promise>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Promise {
    accepted: Epoch,
    entered: Epoch,
}

impl Checker for OneLeader {
    fn name(&self) -> &'static str {
        "one-leader-per-epoch"
    }

    fn judge(&mut self, sight: &Sight<'_>, book: &mut Book) {
        let (server, state) = match sight.seen {
            Seen::Told { server, state } => (*server, state),
            Seen::DiskLost { server } => {
                self.promises.remove(server);
                return;
            }
            _ => return,
        };
        match state {
            Event::Established { epoch, .. } => leads_alone(sight, book, server, *epoch),
            Event::Proposed(txn) => leads_alone(sight, book, server, txn.zxid.epoch()),
            Event::EpochAccepted(epoch) => {
                let promise = self.promises.entry(server).or_default();
                promise.accepted = promise.accepted.max(*epoch);
            }
            Event::EpochEntered(epoch) => {
                let promise = self.promises.entry(server).or_default();
                let accepted = promise.accepted;
                promise.entered = promise.entered.max(*epoch);
                book.fact(sight, *epoch >= accepted, || {
                    let (ServerId(id), Epoch(epoch), Epoch(accepted)) = (server, *epoch, accepted);
                    format!("server {id} follows epoch {epoch}; it had accepted epoch {accepted}")
                });
            }
            Event::Recovered { accepted_epoch, current_epoch, .. } => {
                let promise = self.promises.entry(server).or_default();
                let Promise { accepted, entered } = *promise;
                *promise = Promise { accepted: *accepted_epoch, entered: *current_epoch };
                book.fact(sight, *accepted_epoch >= accepted && *current_epoch >= entered, || {
                    let ServerId(id) = server;
                    format!(
                        "server {id} had accepted epoch {} and entered epoch {}; after its restart \
                         it knows of {} and {}",
                        accepted.0, entered.0, accepted_epoch.0, current_epoch.0
                    )
                });
            }
            _ => {}
        }
    }
}

fn leads_alone(sight: &Sight<'_>, book: &mut Book, server: ServerId, epoch: Epoch) {
    let leader = sight.lab.reigns.get(&epoch).copied();
    book.fact(sight, leader.is_none_or(|leader| leader == server), || {
        let ServerId(other) = leader.unwrap_or_default();
        format!(
            "server {} acts as leader of epoch {}, which is server {other}'s",
            server.0, epoch.0
        )
    });
}

//! One leader per epoch.
//!
//! Source: Junqueira, Reed, Serafini, "Zab: High-performance broadcast for primary-backup
//! systems", DSN 2011, section IV: an epoch has at most one established leader, and only it
//! proposes in it. Crash model: process death, power loss and lost disks of a minority, any loss
//! of messages.

use super::observer::Seen;
use super::{Book, Checker, Sight};
use relevo_coordination::{Event, ServerId};

#[derive(Clone, Debug, Default)]
pub(super) struct OneLeader;

impl Checker for OneLeader {
    fn name(&self) -> &'static str {
        "one-leader-per-epoch"
    }

    fn judge(&mut self, sight: &Sight<'_>, book: &mut Book) {
        let Seen::Told { server, state } = sight.seen else { return };
        let epoch = match state {
            Event::Established { epoch, .. } => *epoch,
            Event::Proposed(txn) => txn.zxid.epoch(),
            _ => return,
        };
        let leader = sight.lab.reigns.get(&epoch).copied();
        book.fact(sight, leader.is_none_or(|leader| leader == *server), || {
            let ServerId(other) = leader.unwrap_or_default();
            format!(
                "server {} acts as leader of epoch {}, which is server {other}'s",
                server.0, epoch.0
            )
        });
    }
}

//! No committed transaction is lost: a commit rests on the disks of a quorum, and every new
//! leader's history holds all that was committed.
//!
//! Source: Zab (DSN 2011), section IV, phases 1 and 2: a follower acknowledges what is on stable
//! storage; the new leader's history is the latest of a quorum. Crash model: process death and
//! power loss of any number of servers, lost disks of a minority.

use super::observer::{Known, Seen};
use super::{Book, Checker, Sight};
use relevo_coordination::{Event, ServerId, Zxid};

#[derive(Clone, Debug, Default)]
pub(super) struct CommittedSurvive;

impl Checker for CommittedSurvive {
    fn name(&self) -> &'static str {
        "no-committed-transaction-lost"
    }

    fn judge(&mut self, sight: &Sight<'_>, book: &mut Book) {
        let (server, state) = match sight.seen {
            Seen::Told { server, state } => (server, state),
            Seen::Acked { server, zxid } => return is_durable(sight, book, *server, *zxid),
            _ => return,
        };
        let Some(known) = sight.lab.known(*server) else { return };
        match state {
            Event::Established { .. } => holds_all(sight, book, known),
            Event::Committed { zxid } => on_a_quorum(sight, book, *zxid),
            Event::Recovered { last_zxid, .. } => kept_its_word(sight, book, known, *last_zxid),
            _ => {}
        }
    }
}

/// A server gives its word only for what its disk has reported.
fn is_durable(sight: &Sight<'_>, book: &mut Book, server: ServerId, zxid: Zxid) {
    let Some(durable) = sight.lab.known(server).and_then(|known| known.durable) else { return };
    book.fact(sight, zxid <= durable, || {
        format!("server {} says that {zxid} is on its disk, which has reported {durable}", server.0)
    });
}

fn holds_all(sight: &Sight<'_>, book: &mut Book, leader: &Known) {
    let order = &sight.lab.order;
    let (end, ServerId(id)) = (order.end(), leader.id);
    if let (false, Some(chain)) = (leader.log.has_forgotten(end), order.chain(end)) {
        book.fact(sight, leader.log.chain(end) == Some(chain), || {
            format!("server {id} leads without {end}, which was committed")
        });
    }
}

fn on_a_quorum(sight: &Sight<'_>, book: &mut Book, zxid: Zxid) {
    if zxid <= sight.lab.horizon {
        return;
    }
    let servers = &sight.lab.servers;
    let has = |known: &&Known| known.votes && known.said >= zxid;
    let (count, quorum) = (servers.iter().filter(has).count(), sight.lab.quorum());
    book.fact(sight, count >= quorum, || {
        format!("{zxid} was committed on the word of {count} servers; a quorum is {quorum}")
    });
}

fn kept_its_word(sight: &Sight<'_>, book: &mut Book, known: &Known, last: Zxid) {
    let (acked, ServerId(id)) = (known.acked, known.id);
    book.fact(sight, acked <= last, || {
        format!(
            "server {id} had said that {acked} is on its disk; after its restart it ends in {last}"
        )
    });
}

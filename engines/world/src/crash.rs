use crate::agenda::Side;
use crate::connections::{EndState, Parcel};
use crate::host::HostState;
use crate::world::World;
use relevo_core::{CloseReason, HostId, Kind, LossReason, Machine, Party, Seq};

/// The end of a process.
impl<M: Machine> World<M> {
    /// Ends a process: its connections deliver a seeded prefix of what it sent, then close, and
    /// what is under way to it is lost.
    pub(crate) fn end_process(&mut self, id: HostId, state: HostState, cause: Seq) {
        let born = self.agenda.order();
        let host = self.host(id);
        host.state = state;
        host.forget_process(born);
        for slot in self.connections_of(id) {
            self.end_of_dying(slot, id.into(), cause);
        }
    }

    fn end_of_dying(&mut self, slot: u32, party: Party, cause: Seq) {
        let connection = self.connections.at(slot);
        let Some(side) = connection.side_of(party) else { return };
        if side == Side::Acceptor && !connection.reached {
            return; // The opening is still on its way: whoever lives there then will answer.
        }
        connection.end_mut(side).state = EndState::Died;
        if connection.way(side).dead.is_none_or(|reason| reason == LossReason::ConnectionBroken) {
            let queue = &connection.way(side).queue;
            let handshake = |parcel: &Parcel<M::Message>| {
                matches!(parcel, Parcel::Accept | Parcel::Established)
            };
            let first = queue.iter().take_while(|item| handshake(&item.what)).count();
            let keep = self.fates.between(first as u64, queue.len() as u64) as usize;
            let is_closing = connection.way(side).dead.is_some();
            let keeps_end = is_closing && keep == connection.way(side).queue.len();
            self.lose(slot, side, keep, LossReason::SenderDied, cause);
            if !keeps_end {
                self.connections.at(slot).way_mut(side).dead = None;
                self.finish(slot, side, CloseReason::PeerDied, LossReason::SenderDied, cause);
            }
        }
        self.lose_all(slot, side.other(), LossReason::ReceiverDied, cause);
        self.connections.sweep(slot);
    }

    /// Cuts the power of a host whose process is dead: unsynced writes may be lost.
    pub(crate) fn lose_power(&mut self, id: HostId, cause: Seq) {
        let disk = &mut self.host(id).disk;
        for torn in disk.memory.lose_power(&mut disk.random) {
            let kind = || Kind::Torn {
                file: torn.file.clone(),
                kept: torn.kept,
                lost: torn.lost,
                reverted: torn.reverted,
            };
            self.record(Some(id.into()), &[cause], kind);
        }
    }
}

use crate::agenda::Side;
use crate::connections::Parcel;
use crate::disk::Disk;
use crate::host::{Clock, HostState};
use crate::world::World;
use crate::{CommandError, Entered, Storage};
use relevo_core::{
    CloseReason, Fault, HostId, Kind, LossReason, Machine, Origin, OutsideOutput, Party, Seq,
};
use std::collections::BTreeSet;

/// Faults and their mending.
impl<M: Machine> World<M> {
    /// Applies a fault at once, or says why it cannot be; then nothing has changed.
    pub(crate) fn fault(&mut self, fault: Fault, by: Origin) -> Result<Entered, CommandError> {
        let party = self.check(&fault)?;
        let root = self.record(party, &[], || Kind::Fault { fault: fault.clone(), by });
        self.tell_real_disk(&fault);
        match fault {
            Fault::Start { .. } => {}
            Fault::Crash { node, power_loss } => self.crash(node, power_loss, root),
            Fault::Restart { node } => self.start_process(node, root),
            Fault::Pause { node } => self.host(node).state = HostState::Paused,
            Fault::Resume { node } => self.resume(node),
            Fault::Partition { groups } => {
                self.links.divide(&groups);
                self.heed_cuts(root);
            }
            Fault::CutLink { from, to } => {
                self.links.cut(from, to);
                self.heed_cuts(root);
            }
            Fault::Heal => {
                self.links.heal();
                self.heed_cuts(root);
            }
            Fault::SetLink { from, to, latency, jitter, bytes_per_second } => {
                self.links.set((from, to), latency, jitter, bytes_per_second);
            }
            Fault::Hold { message } => self.hold(message),
            Fault::Release { message } => self.release(message),
            Fault::Drop { message } => self.drop_message(message, root),
            Fault::LoseDisk { node } => self.lose_disk(node, root),
            Fault::SlowDisk { node, factor } => self.host(node).disk.slow = factor,
            Fault::FillDisk { node, full } => self.host(node).disk.full = full,
            Fault::SkewClock { node, offset_ms, drift_ppm } => {
                self.host(node).clock = Clock { set_at: self.now, offset_ms, drift_ppm };
            }
        }
        Ok(Entered { seq: root, conn: None })
    }

    /// Whom a fault concerns; an error where it makes no sense.
    fn check(&mut self, fault: &Fault) -> Result<Option<Party>, CommandError> {
        match fault {
            Fault::Start { .. } => Err(CommandError::FirstStart),
            Fault::Crash { node, power_loss } => self.check_crash(*node, *power_loss),
            Fault::Restart { node } => self.check_state(*node, |state| match state {
                HostState::Running | HostState::Paused => Some(NAMED_RUNNING),
                _ => None,
            }),
            Fault::Pause { node } => {
                self.alive(*node)?;
                self.check_state(*node, |state| {
                    (*state == HostState::Paused).then_some(NAMED_PAUSED)
                })
            }
            Fault::Resume { node } => {
                self.alive(*node)?;
                self.check_state(*node, |state| {
                    (*state != HostState::Paused).then_some(NAMED_NOT_PAUSED)
                })
            }
            Fault::Partition { groups } => self.check_groups(groups),
            Fault::Heal => Ok(None),
            Fault::CutLink { from, to } => self.check_link(*from, *to),
            Fault::SetLink { from, to, bytes_per_second, .. } => {
                if *bytes_per_second == Some(0) {
                    return out_of_range("the bytes a second", 0, "at least 1, or none");
                }
                self.check_link(*from, *to)
            }
            Fault::Hold { message } | Fault::Drop { message } => self.check_message(*message),
            Fault::Release { message } => {
                let sender = self.check_message(*message)?;
                let held = self.in_flight().any(|other| other.message == *message && other.held);
                if held { Ok(sender) } else { Err(CommandError::NotHeld { message: *message }) }
            }
            Fault::SlowDisk { node, factor: 0 } => {
                self.known(*node)?;
                out_of_range("the factor", 0, "1 for the disk's own speed, more for slower")
            }
            Fault::SkewClock { node, drift_ppm, .. } if drift_ppm.abs_diff(0) >= 1_000_000 => {
                self.known(*node)?;
                out_of_range("the drift", (*drift_ppm).into(), "less than 1,000,000 either way")
            }
            Fault::LoseDisk { node }
            | Fault::SlowDisk { node, .. }
            | Fault::FillDisk { node, .. }
            | Fault::SkewClock { node, .. } => self.known(*node).map(|_| Some((*node).into())),
        }
    }

    /// The power can also go after the process has died.
    fn check_crash(&mut self, id: HostId, power_loss: bool) -> Result<Option<Party>, CommandError> {
        if power_loss {
            self.known(id)?;
        } else {
            self.alive(id)?;
        }
        Ok(Some(id.into()))
    }

    fn check_state(
        &mut self,
        id: HostId,
        wrong: impl Fn(&HostState) -> Option<fn(String) -> CommandError>,
    ) -> Result<Option<Party>, CommandError> {
        let host = self.known(id)?;
        match wrong(&host.state) {
            Some(error) => Err(error(host.name.to_string())),
            None => Ok(Some(id.into())),
        }
    }

    fn check_groups(&mut self, groups: &[Vec<HostId>]) -> Result<Option<Party>, CommandError> {
        let mut seen = BTreeSet::new();
        for &host in groups.iter().flatten() {
            self.known(host)?;
            if !seen.insert(host) {
                return Err(CommandError::InTwoGroups { host });
            }
        }
        Ok(None)
    }

    fn check_link(&mut self, from: HostId, to: HostId) -> Result<Option<Party>, CommandError> {
        self.known(from)?;
        self.known(to)?;
        if from == to { Err(CommandError::SameHost { host: from }) } else { Ok(Some(from.into())) }
    }

    fn check_message(&mut self, message: Seq) -> Result<Option<Party>, CommandError> {
        let found = self.in_flight().find(|other| other.message == message);
        found.map(|found| Some(found.from)).ok_or(CommandError::UnknownMessage { message })
    }

    /// Whoever drives real files must know what happens to their disk.
    fn tell_real_disk(&mut self, fault: &Fault) {
        let (Fault::Crash { node, .. }
        | Fault::LoseDisk { node }
        | Fault::SlowDisk { node, .. }
        | Fault::FillDisk { node, .. }) = fault
        else {
            return;
        };
        if self.host(*node).storage == Storage::External {
            self.outside.push(OutsideOutput::DiskFault { node: *node, fault: fault.clone() });
        }
    }
}

const NAMED_RUNNING: fn(String) -> CommandError = |name| CommandError::AlreadyRunning { name };
const NAMED_PAUSED: fn(String) -> CommandError = |name| CommandError::AlreadyPaused { name };
const NAMED_NOT_PAUSED: fn(String) -> CommandError = |name| CommandError::NotPaused { name };

fn out_of_range<T>(
    what: &'static str,
    value: i64,
    wanted: &'static str,
) -> Result<T, CommandError> {
    Err(CommandError::OutOfRange { what, value, wanted })
}

/// What faults do.
impl<M: Machine> World<M> {
    fn crash(&mut self, id: HostId, power_loss: bool, root: Seq) {
        if self.host(id).is_alive() {
            self.end_process(id, HostState::Crashed, root);
        }
        if power_loss && self.host(id).storage == Storage::Memory {
            self.lose_power(id, root);
        }
    }

    /// What waited comes up in its old order, before anything else.
    fn resume(&mut self, id: HostId) {
        let host = self.host(id);
        host.state = HostState::Running;
        for entry in std::mem::take(&mut host.waiting) {
            self.agenda.restore(entry);
        }
    }

    fn lose_disk(&mut self, id: HostId, root: Seq) {
        if self.host(id).is_alive() {
            self.end_process(id, HostState::Crashed, root);
        }
        let disk = &mut self.host(id).disk;
        disk.memory = Disk::default();
        disk.uncovered.clear();
    }

    /// Makes every connection heed what is cut by now: what is on a way that was cut waits, what
    /// waited on one that is whole again leaves anew, and what is still being opened across a cut
    /// fails.
    fn heed_cuts(&mut self, root: Seq) {
        let links = &self.links;
        let changed = self.connections.select(|connection| {
            if connection.is_refused() {
                return false;
            }
            let [a, b] = Side::BOTH.map(|side| connection.end(side).party);
            connection.way(Side::Opener).cut != links.severed(a, b)
                || connection.way(Side::Acceptor).cut != links.severed(b, a)
        });
        for slot in changed {
            if self.connections.at(slot).established_at > self.now {
                self.break_connection(slot, CloseReason::Broken, root);
                continue;
            }
            for side in Side::BOTH {
                self.heed_cut(slot, side);
            }
        }
    }

    fn heed_cut(&mut self, slot: u32, side: Side) {
        let connection = self.connections.at(slot);
        let (from, to) = (connection.end(side).party, connection.end(side.other()).party);
        let severed = self.links.severed(from, to);
        let way = connection.way_mut(side);
        if way.cut == severed {
            return;
        }
        way.cut = severed;
        if !severed && !way.queue.is_empty() {
            let arrives = self.links.arrival(way.link, self.now, way.bytes);
            way.delay(arrives);
        }
        self.schedule(slot, side);
    }

    /// Where a message under way is: slot, sender, position in its queue.
    fn locate(&self, message: Seq) -> Option<(u32, Side, usize)> {
        self.connections.iter().find_map(|connection| {
            let slot = self.connections.slot(connection.id)?;
            Side::BOTH.into_iter().find_map(|side| {
                let mut queue = connection.way(side).queue.iter();
                let at = queue.position(|item| {
                    item.seq == message && matches!(item.what, Parcel::Message(_))
                })?;
                Some((slot, side, at))
            })
        })
    }

    fn hold(&mut self, message: Seq) {
        let Some((slot, side, at)) = self.locate(message) else { return };
        self.connections.at(slot).way_mut(side).queue[at].held = true;
        if at == 0 {
            self.schedule(slot, side);
        }
    }

    fn release(&mut self, message: Seq) {
        let now = self.now;
        let Some((slot, side, at)) = self.locate(message) else { return };
        let item = &mut self.connections.at(slot).way_mut(side).queue[at];
        item.held = false;
        item.arrives = item.arrives.max(now);
        if at == 0 {
            self.schedule(slot, side);
        }
    }

    /// Loses a message. Its connection breaks where it was: its receiver learns so when the
    /// message would have arrived, its sender one latency from now.
    fn drop_message(&mut self, message: Seq, root: Seq) {
        let Some((slot, side, at)) = self.locate(message) else { return };
        let connection = self.connections.at(slot);
        let (conn, party) = (connection.id, connection.end(side).party);
        let way = connection.way_mut(side);
        let arrives = way.queue[at].arrives.max(self.now);
        self.lose(slot, side, at + 1, LossReason::ConnectionBroken, root);
        self.connections.at(slot).way_mut(side).cut_from(at);
        let reason = LossReason::Dropped;
        self.record(Some(party), &[root, message], || Kind::Lost { conn, message, reason });
        let way = self.connections.at(slot).way_mut(side);
        way.dead = Some(LossReason::ConnectionBroken);
        way.push(arrives, root, 0, Parcel::End(CloseReason::Broken));
        if at == 0 {
            self.schedule(slot, side);
        }
        let dead = LossReason::ConnectionBroken;
        self.finish(slot, side.other(), CloseReason::Broken, dead, root);
        self.watch_flow(slot, side);
    }
}

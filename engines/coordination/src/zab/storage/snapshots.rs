//! Writing snapshots while the server goes on, and purging what they replace.

use super::super::Out;
use super::{Question, SNAPSHOT_SLICE, SNAPSHOT_SYNC, Storage, SyncPlace};
use crate::codec::{self, snapshot::Writer};
use crate::{Event, Service, SessionId, Tree, Zxid};
use imbl::OrdMap;
use relevo_core::File;

/// A snapshot that is being written.
#[derive(Clone, Debug)]
pub(super) struct Taking {
    zxid: Zxid,
    file: File,
    writer: Writer,
    length: u64,
    unsynced: u64,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Writing,
    /// A sync is awaited; `whole` where nothing is left to write.
    Syncing {
        whole: bool,
    },
    Naming,
}

impl Taking {
    pub(super) fn new(tree: Tree, sessions: OrdMap<SessionId, u32>, zxid: Zxid) -> Taking {
        let file = File::named(&format!("version-2/taking.{:x}", zxid.0));
        let writer = Writer::new(tree, sessions, zxid);
        Taking { zxid, file, writer, length: 0, unsynced: 0, stage: Stage::Writing }
    }

    pub(super) fn has_work(&self) -> bool {
        self.stage == Stage::Writing
    }
}

impl Storage {
    /// Whether a snapshot should be taken now.
    pub(in super::super) fn is_snapshot_due(&mut self) -> bool {
        self.taking.is_none() && !self.is_busy() && self.log.take_snapshot_due()
    }

    /// Begins a snapshot of the state as it is now: the tree is shared, not copied.
    pub(in super::super) fn take_snapshot(&mut self, service: &Service) {
        let zxid = service.last_applied;
        if !self.snapshots.contains_key(&zxid) {
            let (tree, sessions) = (service.tree.clone(), service.sessions.clone());
            self.taking = Some(Taking::new(tree, sessions, zxid));
        }
    }

    pub(super) fn write_snapshot(&mut self, out: &mut Out) {
        let Some(taking) = &mut self.taking else { return };
        if !taking.has_work() || out.bytes_left() < SNAPSHOT_SLICE || out.entries_left() == 0 {
            return;
        }
        let before = taking.writer.entries();
        let chunk = taking.writer.next_slice(SNAPSHOT_SLICE, out.entries_left());
        let whole = chunk.is_none();
        if let Some(chunk) = chunk {
            let bytes = chunk.len() as u64;
            out.charge(taking.writer.entries() - before, bytes);
            taking.length += bytes;
            taking.unsynced += bytes;
            if bytes > 0 {
                out.append(&taking.file, chunk);
            }
        }
        if whole || taking.unsynced >= SNAPSHOT_SYNC {
            taking.unsynced = 0;
            taking.stage = Stage::Syncing { whole };
            let file = taking.file.clone();
            self.sync(SyncPlace::Snapshot, &[file], Question::Taking, out);
        }
    }

    /// What was asked for a snapshot is durable; returns whether the snapshot is complete.
    pub(super) fn snapshot_durable(&mut self, out: &mut Out) -> bool {
        let Some(taking) = &mut self.taking else { return false };
        match taking.stage {
            Stage::Syncing { whole: false } => taking.stage = Stage::Writing,
            Stage::Syncing { whole: true } => {
                let name = codec::snapshot_file(taking.zxid);
                out.rename(&taking.file, &name);
                taking.stage = Stage::Naming;
                self.sync(SyncPlace::Snapshot, &[name], Question::Taking, out);
            }
            Stage::Naming => {
                let (zxid, length) = (taking.zxid, taking.length);
                self.taking = None;
                self.snapshots.insert(zxid, length);
                out.event(Event::SnapshotTaken { zxid });
                return true;
            }
            Stage::Writing => {}
        }
        false
    }

    /// Gives up a snapshot that is being written.
    pub(super) fn abandon_snapshot(&mut self, out: &mut Out) {
        if let Some(taking) = self.taking.take() {
            self.forget(|question| *question == Question::Taking);
            let name = codec::snapshot_file(taking.zxid);
            match taking.stage {
                Stage::Naming => out.delete(&name),
                Stage::Writing if taking.length == 0 => {}
                Stage::Writing | Stage::Syncing { .. } => out.delete(&taking.file),
            }
        }
    }

    /// Deletes all but the newest snapshots, and every log file that ends before the oldest kept.
    pub(super) fn purge(&mut self, out: &mut Out) {
        let kept = self.config.snapshots_kept.max(1) as usize;
        while self.snapshots.len() > kept {
            let Some((zxid, _)) = self.snapshots.pop_first() else { break };
            out.delete(&codec::snapshot_file(zxid));
        }
        let Some(oldest) = self.snapshots.keys().next().copied() else { return };
        while self.logs.keys().nth(1).is_some_and(|next| next.0 <= oldest.0 + 1) {
            let Some((first, _)) = self.logs.pop_first() else { break };
            out.delete(&codec::log_file(first));
        }
    }
}

//! Making a snapshot that came from the leader the whole of what this server has.

use super::super::Out;
use super::snapshots::Taking;
use super::{Done, Job, Question, Storage, SyncPlace, Target};
use crate::codec;
use crate::{Event, SessionId, Tree, Zxid};
use imbl::OrdMap;
use relevo_core::File;

/// A snapshot on its way from the leader into the files. It is first written beside all that is
/// there; what it replaces is deleted when it is durable under its name. Until then a crash finds
/// the old state, which is what this server has promised for so far.
#[derive(Clone, Debug)]
pub(super) struct Install {
    zxid: Zxid,
    tree: Tree,
    sessions: OrdMap<SessionId, u32>,
}

impl Storage {
    /// Replaces everything by this state; answered by [`Done::Job`].
    pub(in super::super) fn install(
        &mut self,
        zxid: Zxid,
        (tree, sessions): (Tree, OrdMap<SessionId, u32>),
        out: &mut Out,
    ) {
        assert!(!self.is_busy(), "a learner waits for one change of its storage at a time");
        self.abandon_snapshot(out);
        self.taking = Some(Taking::new(tree.clone(), sessions.clone(), zxid));
        self.job = Job::Install(Install { zxid, tree, sessions });
    }

    /// The snapshot has its name: deletes what it replaces.
    pub(super) fn clear_for_installed(&mut self, zxid: Zxid, out: &mut Out) {
        let mut deleted: Vec<File> = Vec::new();
        deleted.extend(self.logs.keys().rev().map(|first| codec::log_file(*first)));
        let others = self.snapshots.keys().filter(|other| **other != zxid);
        deleted.extend(others.map(|other| codec::snapshot_file(*other)));
        self.logs.clear();
        self.snapshots.retain(|other, _| *other == zxid);
        self.forget(|question| matches!(question, Question::Log { .. }));
        for file in &deleted {
            out.delete(file);
        }
        self.sync(SyncPlace::Truncate, &deleted, Question::Job, out);
    }

    pub(super) fn install_input(&mut self, target: &mut Target<'_>, out: &mut Out) -> Done {
        let Job::Install(Install { zxid, tree, sessions }) =
            std::mem::replace(&mut self.job, Job::Idle)
        else {
            return Done::Nothing;
        };
        out.event(Event::SnapshotLoaded { zxid, znodes: tree.len() as u64 });
        target.service.load(tree, sessions, zxid);
        target.committed.clear();
        self.log.ends_at(zxid, 0);
        self.needs_snapshot = false;
        Done::Job
    }

    /// A snapshot is complete: whoever waited for it goes on.
    pub(super) fn snapshot_complete(&mut self, target: &mut Target<'_>, out: &mut Out) -> Done {
        match &self.job {
            Job::Install(install) => {
                self.clear_for_installed(install.zxid, out);
                Done::Nothing
            }
            Job::Recovery(_) => self.recovered(target, out),
            Job::Truncation(_) | Job::Idle => {
                self.purge(out);
                Done::Nothing
            }
        }
    }
}

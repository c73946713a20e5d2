//! Cutting the log where the leader says that our history left the common one (TRUNC).

use super::super::Out;
use super::recovery::Recovery;
use super::{Done, Job, LOG_SLICE, Question, Storage, SyncPlace, Target};
use crate::codec::{self, log::Reader};
use crate::{Event, Zxid};
use relevo_core::DiskInput;

/// A cut under way.
#[derive(Clone, Debug)]
pub(super) struct Truncation {
    /// The last to keep.
    keep: Zxid,
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    /// Files that begin after the cut are deleted, the last one first, each durably before the
    /// next: otherwise a crash could leave a later file behind a gap.
    Deleting,
    /// The place of the cut is looked for in the file that holds it.
    Scanning { first: Zxid, offset: u64, reader: Reader, keep_bytes: u64, found: bool },
    /// The file was cut.
    Cutting,
}

impl Truncation {
    pub(super) fn has_work(&self) -> bool {
        matches!(&self.stage, Stage::Scanning { found: true, .. })
    }
}

impl Storage {
    /// Cuts the log after `keep` and loads what remains; answered by [`Done::Job`]. False where
    /// that cannot be: the oldest state this server could go back to is already past it, because
    /// a snapshot brought it there.
    pub(in super::super) fn truncate(
        &mut self,
        keep: Zxid,
        target: &mut Target<'_>,
        out: &mut Out,
    ) -> Result<bool, String> {
        assert!(!self.is_busy(), "a learner waits for one change of its storage at a time");
        if self.snapshots.keys().next_back().is_none_or(|newest| *newest > keep) {
            self.needs_snapshot = true;
            return Ok(false);
        }
        self.abandon_snapshot(out);
        self.forget(|question| matches!(question, Question::Log { .. }));
        self.job = Job::Truncation(Truncation { keep, stage: Stage::Deleting });
        self.delete_next(keep, target, out)?;
        Ok(true)
    }

    /// Deletes the last file if it begins after the cut, or begins to look for the cut.
    fn delete_next(
        &mut self,
        keep: Zxid,
        target: &mut Target<'_>,
        out: &mut Out,
    ) -> Result<Done, String> {
        match self.logs.keys().next_back().copied() {
            Some(first) if first > keep => {
                let file = codec::log_file(first);
                self.logs.remove(&first);
                out.delete(&file);
                self.sync(SyncPlace::Truncate, &[file], Question::Job, out);
                Ok(Done::Nothing)
            }
            Some(first) => {
                let (offset, keep_bytes) = (0, 0);
                let reader = Reader::new();
                let stage = Stage::Scanning { first, offset, reader, keep_bytes, found: false };
                self.job = Job::Truncation(Truncation { keep, stage });
                self.read(&codec::log_file(first), 0, LOG_SLICE, out);
                Ok(Done::Nothing)
            }
            None => self.reload(keep, target, out),
        }
    }

    pub(super) fn truncation_input(
        &mut self,
        input: DiskInput,
        target: &mut Target<'_>,
        out: &mut Out,
    ) -> Result<Done, String> {
        let Job::Truncation(Truncation { keep, stage }) = &mut self.job else {
            return Ok(Done::Nothing);
        };
        let keep = *keep;
        match (stage, input) {
            (Stage::Deleting, _) => self.delete_next(keep, target, out),
            (Stage::Cutting, _) => self.reload(keep, target, out),
            (Stage::Scanning { offset, reader, found, .. }, DiskInput::ReadDone { data, .. }) => {
                out.charge(0, data.len() as u64);
                *offset += data.len() as u64;
                *found = true;
                reader.push(data);
                self.go_on_scanning(target, out)
            }
            (Stage::Scanning { .. }, _) => Ok(Done::Nothing),
        }
    }

    pub(super) fn go_on_scanning(
        &mut self,
        target: &mut Target<'_>,
        out: &mut Out,
    ) -> Result<Done, String> {
        let Job::Truncation(Truncation { keep, stage }) = &mut self.job else {
            return Ok(Done::Nothing);
        };
        let keep = *keep;
        let Stage::Scanning { first, offset, reader, keep_bytes, found } = stage else {
            return Ok(Done::Nothing);
        };
        let first = *first;
        let length = self.logs.get(&first).copied().unwrap_or(0);
        while out.entries_left() > 0 {
            out.charge(1, 0);
            match reader.next().map_err(|error| format!("{}: {error}", codec::log_file(first)))? {
                Some(txn) if txn.zxid <= keep => *keep_bytes = reader.end_of_entries(),
                None if *offset < length => {
                    let offset = *offset;
                    *found = false;
                    self.read(&codec::log_file(first), offset, LOG_SLICE, out);
                    return Ok(Done::Nothing);
                }
                Some(_) | None => {
                    let keep_bytes = *keep_bytes;
                    return self.cut(first, (keep_bytes, length), (keep, target), out);
                }
            }
        }
        Ok(Done::Nothing)
    }

    fn cut(
        &mut self,
        first: Zxid,
        (keep_bytes, length): (u64, u64),
        (keep, target): (Zxid, &mut Target<'_>),
        out: &mut Out,
    ) -> Result<Done, String> {
        if keep_bytes >= length {
            return self.reload(keep, target, out);
        }
        let file = codec::log_file(first);
        out.truncate(&file, keep_bytes);
        self.logs.insert(first, keep_bytes);
        self.job = Job::Truncation(Truncation { keep, stage: Stage::Cutting });
        self.sync(SyncPlace::Truncate, &[file], Question::Job, out);
        Ok(Done::Nothing)
    }

    /// The tree held what was cut: it is read again from what remains.
    fn reload(
        &mut self,
        keep: Zxid,
        target: &mut Target<'_>,
        out: &mut Out,
    ) -> Result<Done, String> {
        out.event(Event::LogTruncated { zxid: keep });
        self.job = Job::Recovery(Box::new(Recovery::reload()));
        self.load_snapshot(None, target, out)
    }
}

//! Reading back what the disk holds: the epochs, the newest snapshot that is whole, and the log
//! after it, all in slices, so that a log may be larger than memory and a boot never blocks.

use super::super::Out;
use super::snapshots::Taking;
use super::{Done, Job, LOG_SLICE, Question, SNAPSHOT_SLICE, Storage, SyncPlace, Target};
use crate::bug::planted;
use crate::codec::{self, accepted_epoch_file, current_epoch_file, log, snapshot};
use crate::{Epoch, Event, SessionId, Tree, Txn, Zxid};
use bytes::Bytes;
use imbl::OrdMap;
use relevo_core::{DiskInput, File, FileInfo};
use std::collections::VecDeque;
use std::sync::Arc;

/// Reading under way.
#[derive(Clone, Debug)]
pub(super) struct Recovery {
    /// At boot the epochs are read too; after a cut of the log only tree and log.
    boot: bool,
    stage: Stage,
    epochs: (Option<Epoch>, Option<Epoch>),
    snapshot: Option<Zxid>,
    logs: VecDeque<Zxid>,
    last: Zxid,
    entries: u64,
    torn_bytes: u64,
}

#[derive(Clone, Debug)]
enum Stage {
    Listing,
    AcceptedEpoch,
    CurrentEpoch,
    Snapshot(Source<snapshot::Reader>),
    Log(Source<log::Reader>),
    /// A torn tail was cut.
    Cutting,
    /// All was read, and is made durable before anything rests on it.
    Securing,
    /// Nothing was there: the first snapshot is being written.
    Founding,
}

/// A file being read.
#[derive(Clone, Debug)]
struct Source<R> {
    zxid: Zxid,
    file: File,
    length: u64,
    offset: u64,
    entries: u64,
    /// Whether bytes that were read wait to be parsed.
    fed: bool,
    reader: R,
}

impl<R> Source<R> {
    fn new(zxid: Zxid, file: File, length: u64, reader: R) -> Source<R> {
        Source { zxid, file, length, offset: 0, entries: 0, fed: false, reader }
    }
}

impl Recovery {
    fn new(boot: bool) -> Recovery {
        Recovery {
            boot,
            stage: Stage::Listing,
            epochs: (None, None),
            snapshot: None,
            logs: VecDeque::new(),
            last: Zxid(0),
            entries: 0,
            torn_bytes: 0,
        }
    }

    /// Tree and log again, after the log was cut.
    pub(super) fn reload() -> Recovery {
        Recovery::new(false)
    }

    pub(super) fn has_work(&self) -> bool {
        match &self.stage {
            Stage::Snapshot(source) => source.fed,
            Stage::Log(source) => source.fed,
            _ => false,
        }
    }
}

impl Storage {
    /// Reads everything; answered by [`Done::Job`].
    pub(in super::super) fn recover(&mut self, out: &mut Out) {
        self.job = Job::Recovery(Box::new(Recovery::new(true)));
        let token = self.ask(Question::Job);
        out.list(token);
    }

    pub(super) fn recovery_input(
        &mut self,
        input: DiskInput,
        target: &mut Target<'_>,
        out: &mut Out,
    ) -> Result<Done, String> {
        let Job::Recovery(recovery) = &mut self.job else { return Ok(Done::Nothing) };
        match (&mut recovery.stage, input) {
            (Stage::Listing, DiskInput::Listed { files, .. }) => {
                recovery.stage = Stage::AcceptedEpoch;
                self.listed(&files, out);
                self.read(&accepted_epoch_file(), 0, 64, out);
                Ok(Done::Nothing)
            }
            (Stage::AcceptedEpoch, DiskInput::ReadDone { data, .. }) => {
                recovery.epochs.0 = epoch_in(&accepted_epoch_file(), &data)?;
                recovery.stage = Stage::CurrentEpoch;
                self.read(&current_epoch_file(), 0, 64, out);
                Ok(Done::Nothing)
            }
            (Stage::CurrentEpoch, DiskInput::ReadDone { data, .. }) => {
                recovery.epochs.1 = epoch_in(&current_epoch_file(), &data)?;
                self.load_snapshot(None, target, out)
            }
            (Stage::Snapshot(source), DiskInput::ReadDone { data, .. }) => {
                out.charge(0, data.len() as u64);
                source.offset += data.len() as u64;
                source.fed = true;
                source.reader.feed(&data);
                self.go_on_recovering(target, out)
            }
            (Stage::Log(source), DiskInput::ReadDone { data, .. }) => {
                out.charge(0, data.len() as u64);
                source.offset += data.len() as u64;
                source.fed = true;
                source.reader.push(data);
                self.go_on_recovering(target, out)
            }
            (Stage::Cutting, DiskInput::Durable { .. }) => Ok(self.next_log(target, out)),
            (Stage::Securing, DiskInput::Durable { .. }) => Ok(self.recovered(target, out)),
            _ => Ok(Done::Nothing),
        }
    }

    pub(super) fn go_on_recovering(
        &mut self,
        target: &mut Target<'_>,
        out: &mut Out,
    ) -> Result<Done, String> {
        let Job::Recovery(recovery) = &self.job else { return Ok(Done::Nothing) };
        match &recovery.stage {
            Stage::Snapshot(source) if source.fed => self.parse_snapshot(target, out),
            Stage::Log(source) if source.fed => self.parse_log(target, out),
            _ => Ok(Done::Nothing),
        }
    }

    fn listed(&mut self, files: &[FileInfo], out: &mut Out) {
        self.logs.clear();
        self.snapshots.clear();
        for FileInfo { file, length } in files {
            if let Some(first) = codec::log_zxid(file) {
                self.logs.insert(first, *length);
            } else if let Some(zxid) = codec::snapshot_zxid(file) {
                self.snapshots.insert(zxid, *length);
            } else if file.0.starts_with("version-2/taking.") {
                out.delete(file);
            }
        }
    }

    /// Begins to read the newest snapshot older than `below`.
    pub(super) fn load_snapshot(
        &mut self,
        below: Option<Zxid>,
        target: &mut Target<'_>,
        out: &mut Out,
    ) -> Result<Done, String> {
        let newest = match below {
            Some(below) => self.snapshots.range(..below).next_back(),
            None => self.snapshots.iter().next_back(),
        };
        let newest = newest.map(|(zxid, length)| (*zxid, *length));
        let has_entries = self.logs.values().any(|length| *length > log::header().len() as u64);
        let has_logs = has_entries || self.logs.len() > 1;
        let Job::Recovery(recovery) = &mut self.job else { return Ok(Done::Nothing) };
        let Some((zxid, length)) = newest else {
            if has_logs || below.is_some() {
                return Err(NO_SNAPSHOT.into());
            }
            target.service.load(Tree::new(), OrdMap::new(), Zxid(0));
            target.committed.clear();
            recovery.stage = Stage::Founding;
            self.taking = Some(Taking::new(Tree::new(), OrdMap::new(), Zxid(0)));
            return Ok(Done::Nothing);
        };
        let file = codec::snapshot_file(zxid);
        let source = Source::new(zxid, file.clone(), length, snapshot::Reader::new());
        recovery.stage = Stage::Snapshot(source);
        self.read(&file, 0, SNAPSHOT_SLICE, out);
        Ok(Done::Nothing)
    }

    fn parse_snapshot(&mut self, target: &mut Target<'_>, out: &mut Out) -> Result<Done, String> {
        let Job::Recovery(recovery) = &mut self.job else { return Ok(Done::Nothing) };
        let Stage::Snapshot(source) = &mut recovery.stage else { return Ok(Done::Nothing) };
        let most = out.entries_left();
        let read = source.reader.advance(most);
        let (zxid, at_end) = (source.zxid, source.offset >= source.length);
        match read {
            Ok(read) => out.charge(read, 0),
            Err(_) => return self.load_snapshot(Some(zxid), target, out),
        }
        if read == Ok(most) && !source.reader.is_done() {
            return Ok(Done::Nothing);
        }
        source.fed = false;
        if !at_end && !source.reader.is_done() {
            let (file, offset) = (source.file.clone(), source.offset);
            self.read(&file, offset, SNAPSHOT_SLICE, out);
            return Ok(Done::Nothing);
        }
        match std::mem::take(&mut source.reader).finish() {
            Ok(state) => self.loaded(zxid, state, target, out),
            Err(_) => self.load_snapshot(Some(zxid), target, out),
        }
    }

    fn loaded(
        &mut self,
        zxid: Zxid,
        (tree, sessions): (Tree, OrdMap<SessionId, u32>),
        target: &mut Target<'_>,
        out: &mut Out,
    ) -> Result<Done, String> {
        out.event(Event::SnapshotLoaded { zxid, znodes: tree.len() as u64 });
        target.service.load(tree, sessions, zxid);
        target.committed.clear();
        // What follows a snapshot stands in the last log that begins at or before it, and later.
        let begin = self.logs.range(..=Zxid(zxid.0 + 1)).next_back().map_or(Zxid(0), |l| *l.0);
        let logs = self.logs.range(begin..).map(|(first, _)| *first).collect();
        let Job::Recovery(recovery) = &mut self.job else { return Ok(Done::Nothing) };
        recovery.snapshot = Some(zxid);
        recovery.last = zxid;
        recovery.logs = logs;
        Ok(self.next_log(target, out))
    }

    fn next_log(&mut self, target: &mut Target<'_>, out: &mut Out) -> Done {
        let Job::Recovery(recovery) = &mut self.job else { return Done::Nothing };
        let Some(first) = recovery.logs.pop_front() else {
            return self.secure(target, out);
        };
        let length = self.logs.get(&first).copied().unwrap_or(0);
        let file = codec::log_file(first);
        recovery.stage = Stage::Log(Source::new(first, file.clone(), length, log::Reader::new()));
        self.read(&file, 0, LOG_SLICE, out);
        Done::Nothing
    }

    fn parse_log(&mut self, target: &mut Target<'_>, out: &mut Out) -> Result<Done, String> {
        let Job::Recovery(recovery) = &mut self.job else { return Ok(Done::Nothing) };
        let Stage::Log(source) = &mut recovery.stage else { return Ok(Done::Nothing) };
        while out.entries_left() > 0 {
            out.charge(1, 0);
            let next = source.reader.next();
            let Some(txn) = next.map_err(|error| format!("{}: {error}", source.file))? else {
                source.fed = false;
                if source.offset >= source.length {
                    return self.log_read(target, out);
                }
                let (file, offset) = (source.file.clone(), source.offset);
                self.read(&file, offset, LOG_SLICE, out);
                return Ok(Done::Nothing);
            };
            source.entries += 1;
            recovery.entries += u64::from(txn.zxid > recovery.last);
            let txn = Arc::new(txn);
            replay(&mut recovery.last, &txn, &source.file, target, out)?;
        }
        Ok(Done::Nothing)
    }

    /// A file of the log was read to its end.
    fn log_read(&mut self, target: &mut Target<'_>, out: &mut Out) -> Result<Done, String> {
        let keeps_tail = planted!(self, TornTailKept);
        let Job::Recovery(recovery) = &mut self.job else { return Ok(Done::Nothing) };
        let Stage::Log(source) = &mut recovery.stage else { return Ok(Done::Nothing) };
        let (first, file, length) = (source.zxid, source.file.clone(), source.length);
        let is_empty = source.entries == 0;
        let torn_at = match std::mem::take(&mut source.reader).finish() {
            Ok(_) => None,
            Err(log::LogError::Torn { at }) => Some(at),
            Err(error) => return Err(format!("{file}: {error}")),
        };
        let header = log::header().len() as u64;
        let goes_on = recovery.logs.iter().any(|l| self.logs.get(l).is_some_and(|n| *n > header));
        if torn_at.is_some() && keeps_tail {
            recovery.logs.clear();
        } else if let (Some(at), true) = (torn_at, goes_on) {
            return Err(format!(
                "{file} is damaged at byte {at}, and later log files follow: {HELP}"
            ));
        }
        recovery.torn_bytes += torn_at.map_or(0, |at| length - at);
        if keeps_tail || (torn_at.is_none() && !is_empty) {
            return Ok(self.next_log(target, out));
        }
        // An empty file must go: the next transaction may well begin one of the same name.
        if is_empty {
            self.logs.remove(&first);
            out.delete(&file);
        } else if let Some(at) = torn_at {
            self.logs.insert(first, at);
            out.truncate(&file, at);
        }
        recovery.stage = Stage::Cutting;
        self.sync(SyncPlace::Truncate, &[file], Question::Job, out);
        Ok(Done::Nothing)
    }

    /// All is read: makes sure that it is also durable. A log file that has a later one was
    /// durable before that one began.
    fn secure(&mut self, target: &mut Target<'_>, out: &mut Out) -> Done {
        let Job::Recovery(recovery) = &mut self.job else { return Done::Nothing };
        if !recovery.boot {
            return self.recovered(target, out);
        }
        recovery.stage = Stage::Securing;
        let mut files = Vec::new();
        files.extend(recovery.epochs.0.map(|_| accepted_epoch_file()));
        files.extend(recovery.epochs.1.map(|_| current_epoch_file()));
        files.extend(recovery.snapshot.map(codec::snapshot_file));
        files.extend(self.logs.keys().next_back().map(|first| codec::log_file(*first)));
        self.sync(SyncPlace::Recovered, &files, Question::Job, out);
        Done::Nothing
    }

    /// All is read and durable.
    pub(super) fn recovered(&mut self, target: &mut Target<'_>, out: &mut Out) -> Done {
        let Job::Recovery(recovery) = &mut self.job else { return Done::Nothing };
        let (last, entries) = (recovery.last, recovery.entries);
        if recovery.boot {
            let (accepted, current) = recovery.epochs;
            self.current_epoch = current.unwrap_or(last.epoch());
            self.accepted_epoch = accepted.unwrap_or(self.current_epoch);
            self.promised_epoch = self.accepted_epoch;
            out.event(Event::Recovered {
                server: self.config.id,
                accepted_epoch: self.accepted_epoch,
                current_epoch: self.current_epoch,
                last_zxid: last,
                snapshot: recovery.snapshot,
                torn_bytes: recovery.torn_bytes,
            });
        }
        if target.committed.last() != Some(last) {
            target.committed.clear();
        }
        self.log.ends_at(last, entries);
        self.job = Job::Idle;
        Done::Job
    }
}

/// Takes the next entry of the log; those that the snapshot holds only count for DIFF.
fn replay(
    last: &mut Zxid,
    txn: &Arc<Txn>,
    file: &File,
    target: &mut Target<'_>,
    out: &mut Out,
) -> Result<(), String> {
    if target.committed.last().is_some_and(|before| txn.zxid <= before) {
        let zxid = txn.zxid;
        return Err(format!("{file} holds {zxid} after a later transaction: {HELP}"));
    }
    target.committed.push(txn.clone());
    if txn.zxid > *last {
        *last = txn.zxid;
        target.service.replay(txn);
        out.event(Event::Applied { txn: txn.clone(), replay: true });
    }
    Ok(())
}

fn epoch_in(file: &File, content: &Bytes) -> Result<Option<Epoch>, String> {
    if content.is_empty() {
        return Ok(None);
    }
    match codec::decode_epoch(content) {
        Some(epoch) => Ok(Some(epoch)),
        None => Err(format!("{file} holds no epoch: {HELP}")),
    }
}

const HELP: &str = "acknowledged transactions may be lost. Bring the file back from a copy, or \
     move this server's data aside and let it fetch a snapshot from the leader";
const NO_SNAPSHOT: &str = "there is a transaction log, but no snapshot that can be read: \
     acknowledged transactions may be lost. Bring the snapshot back from a copy, or move this \
     server's data aside and let it fetch a snapshot from the leader";

//! What a server keeps on its disk, in ZooKeeper's files and formats: the transaction log, the
//! snapshots and the two epochs (ZooKeeper Administrator's Guide, "Data File Management").
//!
//! The rules that make the rest safe:
//!
//! * A log only grows at its end, and only by the order the leader gave. It is synced in groups:
//!   one sync is in flight, and all that arrived meanwhile goes into the next.
//! * Nothing is said before it is durable: roles ask [`Storage::durable`] and wait for [`Done`].
//! * A new log file is begun only when the one before it is durable, so a torn tail can only be at
//!   the very end of the log. Anything broken before that is damage, not a crash, and stops the
//!   server: it must not choose which acknowledged write to forget.
//! * A snapshot is written under a temporary name, synced, renamed and synced again before what it
//!   replaces is deleted. It shows committed state only, and one single instant of it (trees are
//!   persistent values); replay over it is harmless all the same, as over ZooKeeper's fuzzy ones.
//! * Cutting the log deletes whole files from the last one back, each durably before the next, so
//!   that no crash leaves a gap.

mod install;
mod log;
mod recovery;
mod snapshots;
mod truncation;

use super::Out;
use super::committed::Committed;
use crate::bug::planted;
use crate::codec::{accepted_epoch_file, current_epoch_file, encode_epoch};
use crate::{Epoch, Event, ServerConfig, Service, Txn, Zxid};
use log::Log;
use relevo_core::{DiskInput, File, Random, Token};
use std::collections::BTreeMap;
use std::sync::Arc;

use install::Install;
use recovery::Recovery;
use snapshots::Taking;
use truncation::Truncation;

/// How much of a log is read at once.
const LOG_SLICE: u64 = 64 * 1024;
/// How much of a snapshot is read, written or sent at once: few enough znodes for one step.
pub(super) const SNAPSHOT_SLICE: u64 = 16 * 1024;
/// How much of a snapshot is written before it is synced, so that no sync of the log ever waits
/// for a large one.
const SNAPSHOT_SYNC: u64 = 1024 * 1024;

/// Every place that syncs. Leaving any of them out loses something acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SyncPlace {
    /// Transactions at the end of the log.
    LogAppend,
    /// The same, with a file of the log that is new in its directory.
    NewLogFile,
    /// A log that was cut, by TRUNC or because its tail was torn, and files deleted for it.
    Truncate,
    /// `acceptedEpoch`.
    AcceptedEpoch,
    /// `currentEpoch`.
    CurrentEpoch,
    /// What was read at boot. The process before may have died between writing and syncing it;
    /// read back, it looks durable and is not.
    Recovered,
    /// A snapshot, its bytes and then its name, before what it replaces is deleted.
    Snapshot,
}

impl SyncPlace {
    /// All of them.
    pub const ALL: [SyncPlace; 7] = [
        SyncPlace::LogAppend,
        SyncPlace::NewLogFile,
        SyncPlace::Truncate,
        SyncPlace::AcceptedEpoch,
        SyncPlace::CurrentEpoch,
        SyncPlace::Recovered,
        SyncPlace::Snapshot,
    ];
}

/// What the disk's answer completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// Nothing the roles wait for.
    Nothing,
    /// The log is durable up to [`Storage::durable`].
    Log,
    /// `acceptedEpoch` is durable.
    AcceptedEpoch(Epoch),
    /// `currentEpoch` is durable.
    CurrentEpoch(Epoch),
    /// The long work that made [`Storage::is_busy`] true is done.
    Job,
}

/// A server's disk.
#[derive(Clone, Debug)]
pub(super) struct Storage {
    config: Arc<ServerConfig>,
    accepted_epoch: Epoch,
    /// The highest written to `acceptedEpoch`, durable or not yet.
    promised_epoch: Epoch,
    current_epoch: Epoch,
    log: Log,
    /// The log's files by their first zxid, with their lengths.
    logs: BTreeMap<Zxid, u64>,
    snapshots: BTreeMap<Zxid, u64>,
    job: Job,
    taking: Option<Taking>,
    questions: BTreeMap<Token, Question>,
    next_token: u64,
    /// What is here cannot be cut as the leader asked: only a snapshot helps.
    needs_snapshot: bool,
}

/// Long work that occupies the whole storage.
#[derive(Clone, Debug)]
enum Job {
    Idle,
    Recovery(Box<Recovery>),
    Truncation(Truncation),
    Install(Install),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    Log { upto: Zxid },
    AcceptedEpoch(Epoch),
    CurrentEpoch(Epoch),
    Job,
    Taking,
}

/// What long work fills.
pub(super) struct Target<'a> {
    pub(super) service: &'a mut Service,
    pub(super) committed: &'a mut Committed,
}

impl Storage {
    /// A disk not looked at yet; [`Storage::recover`] comes first.
    pub(super) fn new(config: Arc<ServerConfig>, seed: u64) -> Storage {
        let log = Log::new(&config, Random::derived(seed, 0x10c));
        Storage {
            config,
            accepted_epoch: Epoch(0),
            promised_epoch: Epoch(0),
            current_epoch: Epoch(0),
            log,
            logs: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            job: Job::Idle,
            taking: None,
            questions: BTreeMap::new(),
            next_token: 0,
            needs_snapshot: false,
        }
    }

    /// The epoch promised to, durable.
    pub(super) fn accepted_epoch(&self) -> Epoch {
        self.accepted_epoch
    }

    /// The epoch promised to, durable or about to be.
    pub(super) fn promised_epoch(&self) -> Epoch {
        self.promised_epoch
    }

    /// The epoch followed last, durable.
    pub(super) fn current_epoch(&self) -> Epoch {
        self.current_epoch
    }

    /// The last transaction of the log, durable or not.
    pub(super) fn last(&self) -> Zxid {
        self.log.last
    }

    /// The last transaction known to be durable.
    pub(super) fn durable(&self) -> Zxid {
        self.log.durable
    }

    /// The bytes of the log's files and of the snapshots.
    pub(super) fn bytes(&self) -> (u64, u64) {
        (self.logs.values().sum(), self.snapshots.values().sum())
    }

    /// The bytes of the record written last, without what frames it in the log.
    pub(super) fn last_record_bytes(&self) -> u64 {
        self.log.record_bytes
    }

    /// Whether its history is of no use to a leader that asked to cut it where that cannot be.
    pub(super) fn needs_snapshot(&self) -> bool {
        self.needs_snapshot
    }

    /// Whether long work occupies it: nothing may be appended then.
    pub(super) fn is_busy(&self) -> bool {
        !matches!(self.job, Job::Idle)
    }

    /// Appends `txn` to the log; durable once [`Storage::durable`] says so.
    pub(super) fn append(&mut self, txn: &Arc<Txn>, out: &mut Out) {
        assert!(!self.is_busy(), "nothing is appended while the log is read or cut");
        assert!(txn.zxid > self.log.last, "a log grows in order");
        self.log.append(txn, &mut self.logs, out);
    }

    /// Makes `epoch` the accepted one; answered by [`Done::AcceptedEpoch`].
    pub(super) fn accept_epoch(&mut self, epoch: Epoch, out: &mut Out) {
        assert!(epoch > self.promised_epoch, "promises are to later epochs only");
        self.promised_epoch = epoch;
        let file = accepted_epoch_file();
        out.replace(&file, encode_epoch(epoch));
        self.sync(SyncPlace::AcceptedEpoch, &[file], Question::AcceptedEpoch(epoch), out);
    }

    /// Makes `epoch` the current one; answered by [`Done::CurrentEpoch`].
    pub(super) fn enter_epoch(&mut self, epoch: Epoch, out: &mut Out) {
        let file = current_epoch_file();
        out.replace(&file, encode_epoch(epoch));
        self.sync(SyncPlace::CurrentEpoch, &[file], Question::CurrentEpoch(epoch), out);
    }

    /// The end of a step: asks for what was appended to be made durable, unless a sync is in
    /// flight already.
    pub(super) fn flush(&mut self, out: &mut Out) {
        if let Some((place, files, upto)) = self.log.next_sync() {
            self.sync(place, &files, Question::Log { upto }, out);
        }
    }

    /// The disk answered.
    pub(super) fn input(
        &mut self,
        input: DiskInput,
        target: &mut Target<'_>,
        out: &mut Out,
    ) -> Result<Done, String> {
        let token = match &input {
            DiskInput::Listed { token, .. }
            | DiskInput::ReadDone { token, .. }
            | DiskInput::Durable { token } => *token,
            DiskInput::Failed { file, error } => return Err(failure(file.as_ref(), error)),
        };
        match self.questions.remove(&token) {
            None => Ok(Done::Nothing),
            Some(Question::Log { upto }) => {
                self.log.synced(upto, out);
                Ok(Done::Log)
            }
            Some(Question::AcceptedEpoch(epoch)) => {
                self.accepted_epoch = self.accepted_epoch.max(epoch);
                out.event(Event::EpochAccepted(epoch));
                Ok(Done::AcceptedEpoch(epoch))
            }
            Some(Question::CurrentEpoch(epoch)) => {
                self.current_epoch = self.current_epoch.max(epoch);
                out.event(Event::EpochEntered(epoch));
                Ok(Done::CurrentEpoch(epoch))
            }
            Some(Question::Taking) => {
                let complete = self.snapshot_durable(out);
                Ok(if complete { self.snapshot_complete(target, out) } else { Done::Nothing })
            }
            Some(Question::Job) => self.job_input(input, target, out),
        }
    }

    /// Goes on with what waits for a turn.
    pub(super) fn work(&mut self, target: &mut Target<'_>, out: &mut Out) -> Result<Done, String> {
        self.log.work(&mut self.logs, out);
        self.write_snapshot(out);
        match self.job {
            Job::Recovery(_) => self.go_on_recovering(target, out),
            Job::Truncation(_) => self.go_on_scanning(target, out),
            Job::Install(_) | Job::Idle => Ok(Done::Nothing),
        }
    }

    /// Whether [`Storage::work`] would do something.
    pub(super) fn has_work(&self) -> bool {
        let job = match &self.job {
            Job::Recovery(recovery) => recovery.has_work(),
            Job::Truncation(truncation) => truncation.has_work(),
            Job::Install(_) | Job::Idle => false,
        };
        job || self.log.has_work() || self.taking.as_ref().is_some_and(Taking::has_work)
    }

    fn job_input(
        &mut self,
        input: DiskInput,
        target: &mut Target<'_>,
        out: &mut Out,
    ) -> Result<Done, String> {
        match self.job {
            Job::Recovery(_) => self.recovery_input(input, target, out),
            Job::Truncation(_) => self.truncation_input(input, target, out),
            Job::Install(_) => Ok(self.install_input(target, out)),
            Job::Idle => Ok(Done::Nothing),
        }
    }

    /// Only planted mistakes look at `place`; it is here so that no sync goes without a name.
    #[cfg_attr(not(feature = "bugs"), allow(unused_variables))]
    fn sync(&mut self, place: SyncPlace, files: &[File], question: Question, out: &mut Out) {
        let token = self.ask(question);
        let files = if planted!(self, Unsynced(place)) { &[] } else { files };
        out.sync(files, token);
    }

    fn read(&mut self, file: &File, offset: u64, length: u64, out: &mut Out) {
        let token = self.ask(Question::Job);
        out.read(file, offset, length, token);
    }

    fn ask(&mut self, question: Question) -> Token {
        let token = Token(self.next_token);
        self.next_token += 1;
        self.questions.insert(token, question);
        token
    }

    /// No answer to a question of this kind is wanted any more.
    fn forget(&mut self, unwanted: impl Fn(&Question) -> bool) {
        self.questions.retain(|_, question| !unwanted(question));
    }
}

fn failure(file: Option<&File>, error: &relevo_core::DiskError) -> String {
    match file {
        Some(file) => {
            format!("writing {file} failed, and what it holds is no longer known: {error}")
        }
        None => format!("the disk failed: {error}"),
    }
}

//! The thread of a disk: batches what waits, keeps its order, makes the syncs.

use super::disk::{Queue, Task};
use super::store::Store;
use bytes::Bytes;
use relevo_core::{DiskEffect, DiskError, DiskInput, Fault, File, Token};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A sync of more than this goes to a thread of its own.
const MUCH: u64 = 4 * 1024 * 1024;
/// A slow disk takes no longer than this for one operation.
const SLOWEST: Duration = Duration::from_secs(5);

pub(super) struct Worker {
    store: Store,
    queue: Arc<Queue>,
    answer: Box<dyn Fn(u32, DiskInput) + Send>,
    /// Syncs asked for and not answered.
    asked: Vec<Asked>,
    /// Syncs under way on other threads, by number.
    away: BTreeMap<u64, Away>,
    next: u64,
    /// Appends to one file, not written yet.
    pieces: Option<(File, Vec<Bytes>)>,
    /// The incarnation whose disk failed; nothing more is done for it.
    failed: Option<u32>,
    incarnation: u32,
    slow: u32,
    full: bool,
}

#[derive(Clone)]
struct Asked {
    incarnation: u32,
    token: Token,
    files: Vec<File>,
    /// Whether a sync that covers it has begun.
    begun: bool,
}

struct Away {
    file: File,
    length: u64,
}

impl Worker {
    pub(super) fn new(
        store: Store,
        queue: Arc<Queue>,
        answer: Box<dyn Fn(u32, DiskInput) + Send>,
    ) -> Worker {
        Worker {
            store,
            queue,
            answer,
            asked: Vec::new(),
            away: BTreeMap::new(),
            next: 0,
            pieces: None,
            failed: None,
            incarnation: 0,
            slow: 1,
            full: false,
        }
    }

    pub(super) fn run(mut self) {
        while let Some(tasks) = self.queue.take() {
            for task in tasks {
                self.task(task);
            }
            self.write_pieces();
            self.sync();
        }
    }

    fn task(&mut self, task: Task) {
        match task {
            Task::Effect { incarnation, effect } => {
                self.incarnation = self.incarnation.max(incarnation);
                if self.failed != Some(incarnation) && incarnation == self.incarnation {
                    self.effect(effect);
                }
            }
            Task::Fault(fault) => self.fault(&fault),
            Task::Synced { number, result } => self.came_back(number, result),
        }
    }

    fn effect(&mut self, effect: DiskEffect) {
        if let DiskEffect::Append { file, data } = effect {
            return self.append(file, data);
        }
        self.write_pieces();
        match effect {
            DiskEffect::Sync { files, token } => {
                let (incarnation, files) = (self.incarnation, files.into_vec());
                self.asked.push(Asked { incarnation, token, files, begun: false });
            }
            DiskEffect::Read { file, offset, length, token } => {
                match self.store.read(&file, offset, length) {
                    Ok(data) => self.tell(DiskInput::ReadDone { token, data }),
                    Err(error) => self.fail(Some(file), &error),
                }
            }
            DiskEffect::List { token } => match self.store.list() {
                Ok(files) => self.tell(DiskInput::Listed { token, files }),
                Err(error) => self.fail(None, &error),
            },
            changing => {
                // What was asked to be durable before is, before anything else changes.
                self.sync();
                self.change(changing);
            }
        }
    }

    fn change(&mut self, effect: DiskEffect) {
        let (file, changed) = match effect {
            DiskEffect::Replace { file, data } => {
                let replaced = self.room().and_then(|()| self.store.replace(&file, &data));
                (file, replaced)
            }
            DiskEffect::Truncate { file, length } => {
                let cut = self.store.truncate(&file, length);
                (file, cut)
            }
            DiskEffect::Rename { from, to } => {
                let renamed = self.store.rename(&from, &to);
                (to, renamed)
            }
            DiskEffect::Delete { file } => {
                let deleted = self.store.delete(&file);
                (file, deleted)
            }
            other => unreachable!("{other:?} changes no file as a whole"),
        };
        if let Err(error) = changed {
            self.fail(Some(file), &error);
        }
    }

    fn append(&mut self, file: File, data: Bytes) {
        match &mut self.pieces {
            Some((current, pieces)) if *current == file => pieces.push(data),
            _ => {
                self.write_pieces();
                self.pieces = Some((file, vec![data]));
            }
        }
    }

    fn write_pieces(&mut self) {
        let Some((file, pieces)) = self.pieces.take() else { return };
        if self.failed == Some(self.incarnation) {
            return;
        }
        if let Err(error) = self.room().and_then(|()| self.store.append(&file, &pieces)) {
            self.fail(Some(file), &error);
        }
    }

    /// Begins the syncs that were asked for, but for those with a file that another thread is
    /// syncing: that sync began too early to cover them, and they merge into the next.
    fn sync(&mut self) {
        if self.failed == Some(self.incarnation) {
            return;
        }
        let begun = Instant::now();
        let away: BTreeSet<File> = self.away.values().map(|away| away.file.clone()).collect();
        let mut files: BTreeSet<File> = BTreeSet::new();
        for asked in self.asked.iter_mut().filter(|asked| !asked.begun) {
            if !asked.files.iter().any(|file| away.contains(file)) {
                asked.begun = true;
                files.extend(asked.files.iter().cloned());
            }
        }
        if files.is_empty() {
            return self.answer_syncs();
        }
        for file in &files {
            if let Err(error) = self.sync_file(file) {
                return self.fail(Some(file.clone()), &error);
            }
        }
        self.slow_down(begun);
        self.answer_syncs();
    }

    /// Syncs a file here, or sends its sync to another thread.
    fn sync_file(&mut self, file: &File) -> io::Result<()> {
        if let Some(handle) = self.store.syncable(file)? {
            if self.store.unsynced(file) > MUCH {
                return self.send_away(file, handle.file, handle.length);
            }
            handle.file.sync_data()?;
            self.store.synced(file, handle.length);
        }
        self.store.sync_directories(file)
    }

    fn send_away(&mut self, file: &File, open: Arc<std::fs::File>, length: u64) -> io::Result<()> {
        let (number, queue) = (self.next, Arc::clone(&self.queue));
        self.next += 1;
        let name = format!("sync-{}", self.store.node);
        std::thread::Builder::new()
            .name(name)
            .spawn(move || queue.synced(number, open.sync_data()))?;
        self.away.insert(number, Away { file: file.clone(), length });
        Ok(())
    }

    fn came_back(&mut self, number: u64, result: io::Result<()>) {
        self.write_pieces();
        let Some(away) = self.away.remove(&number) else { return };
        let done = result.and_then(|()| {
            self.store.synced(&away.file, away.length);
            self.store.sync_directories(&away.file)
        });
        match done {
            Ok(()) => self.sync(),
            Err(error) => self.fail(Some(away.file), &error),
        }
    }

    /// Answers the syncs that were made whole.
    fn answer_syncs(&mut self) {
        if self.asked.is_empty() {
            return;
        }
        let away: BTreeSet<&File> = self.away.values().map(|away| &away.file).collect();
        let (done, waiting): (Vec<Asked>, Vec<Asked>) = std::mem::take(&mut self.asked)
            .into_iter()
            .partition(|asked| asked.begun && !asked.files.iter().any(|file| away.contains(file)));
        self.asked = waiting;
        for asked in done {
            self.store.answered(asked.token);
            (self.answer)(asked.incarnation, DiskInput::Durable { token: asked.token });
        }
    }

    fn fault(&mut self, fault: &Fault) {
        self.write_pieces();
        match fault {
            Fault::SlowDisk { factor, .. } => self.slow = (*factor).max(1),
            Fault::FillDisk { full, .. } => self.full = *full,
            Fault::Crash { power_loss, .. } => {
                self.asked.clear();
                if *power_loss && let Err(error) = self.store.lose_unsynced() {
                    tracing::error!(node = %self.store.node, %error, "could not lose what was unsynced");
                }
            }
            Fault::LoseDisk { .. } => self.lose(),
            _ => {}
        }
    }

    fn lose(&mut self) {
        self.asked.clear();
        match self.store.move_aside() {
            Ok(moved) => {
                for folder in moved {
                    let (node, folder) = (&self.store.node, folder.display());
                    tracing::warn!(%node, %folder, "the disk was lost; its files lie here");
                }
            }
            Err(error) => {
                tracing::error!(node = %self.store.node, %error, "could not move the disk aside");
            }
        }
    }

    fn room(&self) -> io::Result<()> {
        if self.full { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn slow_down(&self, begun: Instant) {
        if self.slow > 1 {
            self.queue.rest((begun.elapsed() * (self.slow - 1)).min(SLOWEST));
        }
    }

    fn tell(&self, input: DiskInput) {
        (self.answer)(self.incarnation, input);
    }

    fn fail(&mut self, file: Option<File>, error: &io::Error) {
        self.failed = Some(self.incarnation);
        self.asked.clear();
        self.pieces = None;
        let full =
            matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        let name = file.as_ref().map_or("the directory", |file| &*file.0);
        let said = DiskError::Failed(format!("{name}: {error}"));
        let error = if full { DiskError::Full } else { said };
        tracing::error!(node = %self.store.node, file = name, %error, "a disk operation failed");
        self.tell(DiskInput::Failed { file, error });
    }
}

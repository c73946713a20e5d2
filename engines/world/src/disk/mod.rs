//! The memory disk of one host: what a process sees, and what a loss of power may leave of it.

mod content;
mod power;

use content::Content;
use relevo_core::{Duration, File, FileInfo, Instant, Seq};
use smallvec::SmallVec;
use std::collections::{BTreeMap, VecDeque};

/// After this long the kernel writes back on its own what nobody synced (Linux's
/// `dirty_expire_centisecs`). Deleted files would otherwise be kept for ever, to be undone.
const WRITTEN_BACK_AFTER: Duration = Duration::from_secs(30);

/// All files of a host. The files hold what the process sees; each has a journal of how to undo
/// what is not durable yet, latest last, so that power loss is a walk backwards.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    files: BTreeMap<File, Stored>,
    /// Counts writes, so that a sync can name what it covers.
    writes: u64,
    /// The time of the write that is being made.
    now: Instant,
}

/// One name: its content (none where there is no such file now) and what is not durable of it.
#[derive(Clone, Debug, Default)]
struct Stored {
    content: Option<Content>,
    journal: VecDeque<Change>,
    /// The trace events of the writes that no sync has covered yet.
    uncovered: Vec<Seq>,
}

/// One write that is not durable, by how to undo it.
#[derive(Clone, Debug)]
struct Change {
    number: u64,
    at: Instant,
    undo: Undo,
}

#[derive(Clone, Debug)]
enum Undo {
    /// Cut off what was appended; remove the file where the append created it.
    Append { length: u64, created: bool },
    /// Put the content back as it was before a replacement, truncation or deletion.
    Restore(Option<Content>),
    /// Put back the content that got another name.
    RenamedAway { content: Option<Content>, to: File },
    /// Put back what had this name before. `durable` bytes of the renamed content were synced
    /// before it was renamed; a careless machine may lose the others although the name stays.
    RenamedOnto { content: Option<Content>, from: File, durable: u64 },
}

/// What a sync covers.
pub(crate) struct Covered {
    /// For each file, the number of the last write before the sync.
    pub(crate) marks: SmallVec<[(File, u64); 2]>,
    /// The trace events of those writes that no earlier sync covered.
    pub(crate) writes: Vec<Seq>,
}

impl Disk {
    /// Tells the time; what is old enough is written back.
    pub(crate) fn set_now(&mut self, now: Instant) {
        self.now = now;
        let is_old = |change: &&Change| now.since(change.at) >= WRITTEN_BACK_AFTER;
        let last_old = |stored: &Stored| {
            let last = stored.journal.iter().take_while(is_old).last();
            last.map(|change| change.number)
        };
        let marked = |(file, stored): (&File, &Stored)| Some((last_old(stored)?, file.clone()));
        for (mark, file) in self.files.iter().filter_map(marked).collect::<Vec<_>>() {
            self.make_durable(&file, mark);
        }
    }

    pub(crate) fn append(&mut self, file: &File, data: &[u8], seq: Seq) {
        self.write(file, seq, |content| {
            let created = content.is_none();
            let content = content.get_or_insert_default();
            let length = content.len();
            content.append(data);
            Undo::Append { length, created }
        });
    }

    pub(crate) fn replace(&mut self, file: &File, data: &[u8], seq: Seq) {
        self.write(file, seq, |content| Undo::Restore(content.replace(data.into())));
    }

    /// Cuts a file; one that does not exist stays so.
    pub(crate) fn truncate(&mut self, file: &File, length: u64, seq: Seq) {
        self.write(file, seq, |content| {
            let before = content.clone();
            if let Some(content) = content
                && length < content.len()
            {
                content.resize(length);
            }
            Undo::Restore(before)
        });
    }

    pub(crate) fn delete(&mut self, file: &File, seq: Seq) {
        self.write(file, seq, |content| Undo::Restore(content.take()));
    }

    pub(crate) fn contains(&self, file: &File) -> bool {
        self.files.get(file).is_some_and(|stored| stored.content.is_some())
    }

    /// Renames a file that exists.
    pub(crate) fn rename(&mut self, from: &File, to: &File, seq: Seq) {
        if from == to {
            return;
        }
        self.writes += 1;
        let (number, at) = (self.writes, self.now);
        let source = self.files.entry(from.clone()).or_default();
        let durable = source.durable_length();
        let moved = source.content.take();
        let undo = Undo::RenamedAway { content: moved.clone(), to: to.clone() };
        source.journal.push_back(Change { number, at, undo });
        let target = self.files.entry(to.clone()).or_default();
        let content = std::mem::replace(&mut target.content, moved);
        let undo = Undo::RenamedOnto { content, from: from.clone(), durable };
        target.journal.push_back(Change { number, at, undo });
        target.uncovered.push(seq);
    }

    fn write(&mut self, file: &File, seq: Seq, act: impl FnOnce(&mut Option<Content>) -> Undo) {
        self.writes += 1;
        if !self.files.contains_key(file) {
            self.files.insert(file.clone(), Stored::default());
        }
        let stored = self.files.get_mut(file).expect("it was just put there");
        let undo = act(&mut stored.content);
        stored.journal.push_back(Change { number: self.writes, at: self.now, undo });
        stored.uncovered.push(seq);
    }

    pub(crate) fn list(&self) -> Vec<FileInfo> {
        let present = |(file, stored): (&File, &Stored)| {
            let length = stored.content.as_ref()?.len();
            Some(FileInfo { file: file.clone(), length })
        };
        self.files.iter().filter_map(present).collect()
    }

    pub(crate) fn read(&self, file: &File, offset: u64, length: u64) -> bytes::Bytes {
        let content = self.files.get(file).and_then(|stored| stored.content.as_ref());
        content.map(|content| content.read(offset, length)).unwrap_or_default()
    }

    /// What a sync of `files` asked for now covers.
    pub(crate) fn cover(&mut self, files: &[File]) -> Covered {
        let mut covered = Covered { marks: SmallVec::new(), writes: Vec::new() };
        for file in files {
            covered.marks.push((file.clone(), self.writes));
            if let Some(stored) = self.files.get_mut(file) {
                covered.writes.append(&mut stored.uncovered);
            }
        }
        covered.writes.sort_unstable();
        covered
    }

    /// Makes every write of `file` up to number `mark` durable. A rename is one entry of the file
    /// system's journal: whichever of its names is synced, it is durable under both.
    pub(crate) fn make_durable(&mut self, file: &File, mark: u64) {
        let mut pending = vec![(file.clone(), mark)];
        while let Some((file, mark)) = pending.pop() {
            let Some(stored) = self.files.get_mut(&file) else { continue };
            while let Some(change) = stored.journal.front()
                && change.number <= mark
            {
                match stored.journal.pop_front() {
                    Some(Change { number, undo: Undo::RenamedAway { to: other, .. }, .. })
                    | Some(Change {
                        number, undo: Undo::RenamedOnto { from: other, .. }, ..
                    }) => {
                        pending.push((other, number));
                    }
                    _ => {}
                }
            }
            self.forget_if_gone(&file);
        }
    }

    fn forget_if_gone(&mut self, file: &File) {
        if self.files.get(file).is_some_and(Stored::is_gone) {
            self.files.remove(file);
        }
    }
}

impl Stored {
    fn is_gone(&self) -> bool {
        self.content.is_none() && self.journal.is_empty()
    }

    /// How many bytes from the start are certainly durable.
    fn durable_length(&self) -> u64 {
        let safe = |change: &Change| match change.undo {
            Undo::Append { length, .. } => length,
            Undo::RenamedOnto { durable, .. } => durable,
            Undo::Restore(_) | Undo::RenamedAway { .. } => 0,
        };
        let all = self.content.as_ref().map_or(0, Content::len);
        self.journal.iter().map(safe).fold(all, u64::min)
    }
}

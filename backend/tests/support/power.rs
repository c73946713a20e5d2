//! A disk as the power may leave it: what the recorder heard of one node, up to a cut.
//!
//! The model is the one of `relevo_core::Fault::Crash` with power loss: each file keeps a prefix of
//! its unsynced changes, the last append torn or zero-filled; of the directory's unsynced changes
//! a prefix survives. What was synced stays.

use bytes::Bytes;
use relevo_backend::files::Recorded;
use relevo_core::{DiskEffect, DiskInput, File, FileInfo, Random};
use std::collections::BTreeMap;

/// What a disk holds after the cut.
pub(crate) type Content = BTreeMap<File, Vec<u8>>;

/// One node's disk while its recording is played.
#[derive(Clone, Default)]
pub(crate) struct Disk {
    inodes: Vec<Inode>,
    /// The directory as it is durable.
    durable: BTreeMap<File, usize>,
    /// The directory as the process sees it.
    seen: BTreeMap<File, usize>,
    /// Changes of the directory that are not durable.
    pending: Vec<Entry>,
}

#[derive(Clone, Default)]
struct Inode {
    durable: Vec<u8>,
    pending: Vec<Change>,
    length: u64,
}

#[derive(Clone)]
enum Change {
    Append(Bytes),
    Truncate(u64),
}

#[derive(Clone)]
enum Entry {
    Put(File, usize),
    Remove(File),
}

impl Entry {
    fn file(&self) -> &File {
        match self {
            Entry::Put(file, _) | Entry::Remove(file) => file,
        }
    }

    fn apply(&self, directory: &mut BTreeMap<File, usize>) {
        match self {
            Entry::Put(file, inode) => drop(directory.insert(file.clone(), *inode)),
            Entry::Remove(file) => drop(directory.remove(file)),
        }
    }
}

impl Disk {
    /// The next thing the recorder heard.
    pub(crate) fn play(&mut self, what: &Recorded) {
        match what {
            Recorded::Written { file, data, .. } => {
                let inode = self.inode(file);
                inode.length += data.len() as u64;
                inode.pending.push(Change::Append(data.clone()));
            }
            Recorded::Truncated { file, length } => {
                let inode = self.inode(file);
                inode.length = *length;
                inode.pending.push(Change::Truncate(*length));
            }
            Recorded::Replaced { file, data } => {
                let (durable, length) = (data.to_vec(), data.len() as u64);
                self.inodes.push(Inode { durable, length, ..Inode::default() });
                self.enter(Entry::Put(file.clone(), self.inodes.len() - 1));
            }
            Recorded::Renamed { from, to } => {
                let inode = self.seen[from];
                self.enter(Entry::Put(to.clone(), inode));
                self.enter(Entry::Remove(from.clone()));
            }
            Recorded::Deleted { file } => self.enter(Entry::Remove(file.clone())),
            Recorded::Synced { file, length } => self.inode(file).sync(*length),
            Recorded::DirectorySynced { directory } => self.sync_directory(directory),
            Recorded::Answered { .. } => {}
        }
    }

    /// What is left when the power goes now.
    pub(crate) fn cut(&self, random: &mut Random) -> Content {
        let mut directory = self.durable.clone();
        let kept = random.below(self.pending.len() as u64 + 1) as usize;
        self.pending[..kept].iter().for_each(|entry| entry.apply(&mut directory));
        let mut content = |inode: usize| self.inodes[inode].cut(random);
        directory.into_iter().map(|(file, inode)| (file, content(inode))).collect()
    }

    /// What is left where the power takes all that it may.
    pub(crate) fn least(&self) -> Content {
        let durable =
            |(file, inode): (&File, &usize)| (file.clone(), self.inodes[*inode].durable.clone());
        self.durable.iter().map(durable).collect()
    }

    /// The same of one file; none where it is not there.
    pub(crate) fn least_of(&self, file: &File) -> Option<&[u8]> {
        self.durable.get(file).map(|inode| &*self.inodes[*inode].durable)
    }

    fn inode(&mut self, file: &File) -> &mut Inode {
        if !self.seen.contains_key(file) {
            self.inodes.push(Inode::default());
            self.enter(Entry::Put(file.clone(), self.inodes.len() - 1));
        }
        &mut self.inodes[self.seen[file]]
    }

    fn enter(&mut self, entry: Entry) {
        entry.apply(&mut self.seen);
        self.pending.push(entry);
    }

    fn sync_directory(&mut self, directory: &str) {
        let within = |file: &File| {
            let parent = file.0.rsplit_once('/').map_or("", |(parent, _)| parent);
            parent == directory
        };
        let (done, waiting) =
            std::mem::take(&mut self.pending).into_iter().partition(|entry| within(entry.file()));
        self.pending = waiting;
        let done: Vec<Entry> = done;
        done.iter().for_each(|entry| entry.apply(&mut self.durable));
    }
}

impl Inode {
    /// Everything up to the point at which the file had `length` bytes is durable.
    fn sync(&mut self, length: u64) {
        let covered = {
            let mut at = self.durable.len() as u64;
            let mut last = 0;
            for (index, change) in self.pending.iter().enumerate() {
                at = match change {
                    Change::Append(data) => at + data.len() as u64,
                    Change::Truncate(to) => *to,
                };
                if at <= length {
                    last = index + 1;
                }
            }
            last
        };
        for change in self.pending.drain(..covered) {
            change.apply(&mut self.durable);
        }
    }

    fn cut(&self, random: &mut Random) -> Vec<u8> {
        let mut content = self.durable.clone();
        let kept = random.below(self.pending.len() as u64 + 1) as usize;
        self.pending[..kept].iter().for_each(|change| change.apply(&mut content));
        if let Some(Change::Append(data)) = self.pending.get(kept) {
            let part = random.below(data.len() as u64 + 1) as usize;
            content.extend_from_slice(&data[..part]);
            // The length may have reached the disk before the bytes.
            if random.below(3) == 0 {
                content.resize(content.len() + data.len() - part, 0);
            }
        }
        content
    }
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Change::Append(data) => content.extend_from_slice(data),
            Change::Truncate(length) => content.truncate(*length as usize),
        }
    }
}

/// Answers what a machine asks of `content`, at once. Recovery runs in virtual time.
pub(crate) fn answer(content: &mut Content, effect: DiskEffect) -> Option<DiskInput> {
    match effect {
        DiskEffect::Append { file, data } => {
            content.entry(file).or_default().extend_from_slice(&data);
        }
        DiskEffect::Replace { file, data } => drop(content.insert(file, data.to_vec())),
        DiskEffect::Truncate { file, length } => {
            content.entry(file).or_default().truncate(length as usize);
        }
        DiskEffect::Rename { from, to } => {
            let moved = content.remove(&from).unwrap_or_default();
            content.insert(to, moved);
        }
        DiskEffect::Delete { file } => drop(content.remove(&file)),
        DiskEffect::List { token } => {
            let info = |(file, data): (&File, &Vec<u8>)| FileInfo {
                file: file.clone(),
                length: data.len() as u64,
            };
            return Some(DiskInput::Listed { token, files: content.iter().map(info).collect() });
        }
        DiskEffect::Read { file, offset, length, token } => {
            let data = content.get(&file).map_or(&[][..], Vec::as_slice);
            let from = (offset as usize).min(data.len());
            let to = (from + length as usize).min(data.len());
            let data = Bytes::copy_from_slice(&data[from..to]);
            return Some(DiskInput::ReadDone { token, data });
        }
        DiskEffect::Sync { token, .. } => return Some(DiskInput::Durable { token }),
    }
    None
}

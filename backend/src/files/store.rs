//! The files of one node, as the operating system is asked for them. Every method does one thing
//! and returns when it is done.

use super::{Layout, Recorded, Recorder};
use bytes::Bytes;
use relevo_core::{File, FileInfo};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::{self, IoSlice, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many files are kept open.
const OPEN: usize = 32;
/// How many slices one vectored write takes.
const SLICES: usize = 512;
/// What a file is called while it is being replaced.
const TEMPORARY: &str = ".replacing";

/// A file that is open.
#[derive(Clone, Debug)]
pub(super) struct Handle {
    pub(super) file: Arc<fs::File>,
    /// Its length.
    pub(super) length: u64,
    /// How much of it is durable, as far as this process knows.
    pub(super) synced: u64,
}

pub(super) struct Store {
    pub(super) node: Arc<str>,
    layout: Layout,
    recorder: Arc<dyn Recorder>,
    open: BTreeMap<File, Handle>,
    /// Directories with entries that are not durable yet.
    dirty: BTreeSet<PathBuf>,
}

impl Store {
    pub(super) fn new(node: Arc<str>, layout: Layout, recorder: Arc<dyn Recorder>) -> Store {
        Store { node, layout, recorder, open: BTreeMap::new(), dirty: BTreeSet::new() }
    }

    /// All files, ordered by name. Whoever asks has just begun, and the process before may have
    /// died between changing a directory and syncing it: none of them counts as durable.
    pub(super) fn list(&mut self) -> io::Result<Vec<FileInfo>> {
        let mut files = BTreeMap::new();
        for root in self.layout.roots() {
            collect(root, root, &mut files, &mut self.dirty)?;
        }
        Ok(files.into_iter().map(|(file, length)| FileInfo { file, length }).collect())
    }

    /// At most `length` bytes from `offset`; none where the file does not exist.
    pub(super) fn read(&mut self, file: &File, offset: u64, length: u64) -> io::Result<Bytes> {
        let handle = match self.handle(file, false) {
            Ok(handle) => handle,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Bytes::new()),
            Err(error) => return Err(error),
        };
        let length = length.min(handle.length.saturating_sub(offset));
        let mut data = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        handle.file.read_exact_at(&mut data, offset)?;
        Ok(data.into())
    }

    /// Writes at the end of a file, all pieces at once.
    pub(super) fn append(&mut self, file: &File, pieces: &[Bytes]) -> io::Result<()> {
        self.ask(file)?;
        let handle = self.handle(file, true)?;
        let offset = handle.length;
        let mut writer = Arc::clone(&handle.file);
        for pieces in pieces.chunks(SLICES) {
            write_all_vectored(&mut writer, pieces)?;
        }
        let length: u64 = pieces.iter().map(|piece| piece.len() as u64).sum();
        self.handle(file, true)?.length = offset + length;
        let mut at = offset;
        for data in pieces {
            let (file, data) = (file.clone(), data.clone());
            let length = data.len() as u64;
            self.recorder.record(&self.node, Recorded::Written { file, offset: at, data });
            at += length;
        }
        Ok(())
    }

    /// Makes `data` the whole of `file`, atomically. The content is durable when this returns, the
    /// directory entry once `file` is synced.
    pub(super) fn replace(&mut self, file: &File, data: &Bytes) -> io::Result<()> {
        self.ask(file)?;
        let path = self.layout.path(file)?;
        self.make_parent(&path)?;
        let temporary = path.with_file_name(format!("{}{TEMPORARY}", name(&path)));
        let mut written = fs::File::create(&temporary)?;
        written.write_all(data)?;
        written.sync_data()?;
        fs::rename(&temporary, &path)?;
        self.open.remove(file);
        self.entry_changed(&path);
        self.recorder
            .record(&self.node, Recorded::Replaced { file: file.clone(), data: data.clone() });
        Ok(())
    }

    /// Cuts a file.
    pub(super) fn truncate(&mut self, file: &File, length: u64) -> io::Result<()> {
        self.ask(file)?;
        let handle = self.handle(file, true)?;
        handle.file.set_len(length)?;
        handle.length = length;
        handle.synced = handle.synced.min(length);
        self.recorder.record(&self.node, Recorded::Truncated { file: file.clone(), length });
        Ok(())
    }

    /// Gives a file another name, atomically.
    pub(super) fn rename(&mut self, from: &File, to: &File) -> io::Result<()> {
        let (old, new) = (self.layout.path(from)?, self.layout.path(to)?);
        self.make_parent(&new)?;
        fs::rename(&old, &new)?;
        self.open.remove(to);
        if let Some(handle) = self.open.remove(from) {
            self.open.insert(to.clone(), handle);
        }
        self.entry_changed(&old);
        self.entry_changed(&new);
        self.recorder.record(&self.node, Recorded::Renamed { from: from.clone(), to: to.clone() });
        Ok(())
    }

    /// Removes a file; one that does not exist is removed already.
    pub(super) fn delete(&mut self, file: &File) -> io::Result<()> {
        let path = self.layout.path(file)?;
        self.open.remove(file);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            removed => removed?,
        }
        self.entry_changed(&path);
        self.recorder.record(&self.node, Recorded::Deleted { file: file.clone() });
        Ok(())
    }

    /// How many bytes of `file` a sync would have to write.
    pub(super) fn unsynced(&self, file: &File) -> u64 {
        self.open.get(file).map_or(0, |handle| handle.length - handle.synced)
    }

    /// What another thread needs to sync `file`; none where it does not exist.
    pub(super) fn syncable(&mut self, file: &File) -> io::Result<Option<Handle>> {
        self.ask(file)?;
        match self.handle(file, false) {
            Ok(handle) => Ok(Some(handle.clone())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// `file` was synced when it had `length` bytes.
    pub(super) fn synced(&mut self, file: &File, length: u64) {
        if let Some(handle) = self.open.get_mut(file) {
            handle.synced = handle.synced.max(length).min(handle.length);
        }
        self.recorder.record(&self.node, Recorded::Synced { file: file.clone(), length });
    }

    /// Makes the directory entries on the way to `file` durable.
    pub(super) fn sync_directories(&mut self, file: &File) -> io::Result<()> {
        let path = self.layout.path(file)?;
        let root = self.layout.root(file).to_path_buf();
        let dirty: Vec<PathBuf> =
            self.dirty.iter().filter(|directory| path.starts_with(directory)).cloned().collect();
        for directory in dirty {
            fs::File::open(&directory)?.sync_all()?;
            let below = directory.strip_prefix(&root).unwrap_or(Path::new(""));
            let below = below.to_string_lossy().into_owned();
            self.recorder.record(&self.node, Recorded::DirectorySynced { directory: below });
            self.dirty.remove(&directory);
        }
        Ok(())
    }

    pub(super) fn answered(&self, token: relevo_core::Token) {
        self.recorder.record(&self.node, Recorded::Answered { token });
    }

    /// The power failed: what was appended and not synced is gone. (Renames and removals that
    /// were not synced stay; the operating system has no way to take them back.)
    pub(super) fn lose_unsynced(&mut self) -> io::Result<()> {
        for (file, handle) in std::mem::take(&mut self.open) {
            if handle.length > handle.synced {
                handle.file.set_len(handle.synced)?;
                self.recorder
                    .record(&self.node, Recorded::Truncated { file, length: handle.synced });
            }
        }
        Ok(())
    }

    /// All files are gone: their folders are moved aside, for they are someone's data.
    pub(super) fn move_aside(&mut self) -> io::Result<Vec<PathBuf>> {
        self.open.clear();
        self.dirty.clear();
        let mut moved = Vec::new();
        for root in self.layout.roots().into_iter().map(Path::to_path_buf) {
            if !root.exists() {
                continue;
            }
            let aside = (1..)
                .map(|number| root.with_file_name(format!("{}.lost-{number}", name(&root))))
                .find(|path| !path.exists())
                .expect("numbers do not end");
            fs::rename(&root, &aside)?;
            fs::create_dir_all(&root)?;
            moved.push(aside);
        }
        Ok(moved)
    }

    /// The open file; created where it does not exist and `create` says so.
    fn handle(&mut self, file: &File, create: bool) -> io::Result<&mut Handle> {
        if !self.open.contains_key(file) {
            let handle = self.open_file(file, create)?;
            self.close_one();
            self.open.insert(file.clone(), handle);
        }
        Ok(self.open.get_mut(file).expect("it was just put there"))
    }

    fn open_file(&mut self, file: &File, create: bool) -> io::Result<Handle> {
        let path = self.layout.path(file)?;
        let mut options = OpenOptions::new();
        options.read(true).append(true);
        match options.open(&path) {
            Ok(file) => {
                // What an earlier process wrote may not be durable; it counts as synced only
                // for what a power loss by hand would take away.
                let length = file.metadata()?.len();
                Ok(Handle { file: Arc::new(file), length, synced: length })
            }
            Err(error) if create && error.kind() == io::ErrorKind::NotFound => {
                self.make_parent(&path)?;
                let file = options.create(true).open(&path)?;
                self.entry_changed(&path);
                Ok(Handle { file: Arc::new(file), length: 0, synced: 0 })
            }
            Err(error) => Err(error),
        }
    }

    /// Keeps the number of open files bounded; one with unsynced bytes stays open.
    fn close_one(&mut self) {
        if self.open.len() >= OPEN {
            let idle = self.open.iter().find(|(_, handle)| handle.length == handle.synced);
            if let Some(file) = idle.map(|(file, _)| file.clone()) {
                self.open.remove(&file);
            }
        }
    }

    fn make_parent(&mut self, path: &Path) -> io::Result<()> {
        let Some(parent) = path.parent() else { return Ok(()) };
        if !parent.exists() {
            self.make_parent(parent)?;
            fs::create_dir(parent)?;
            self.entry_changed(parent);
        }
        Ok(())
    }

    fn entry_changed(&mut self, path: &Path) {
        if let Some(parent) = path.parent() {
            self.dirty.insert(parent.to_path_buf());
        }
    }

    fn ask(&self, file: &File) -> io::Result<()> {
        self.recorder.refuse(&self.node, file).map_or(Ok(()), Err)
    }
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Regular files below `directory`, by their path below `root`, and the directories they are in.
/// What a crash left half replaced is no file of the machine's.
fn collect(
    root: &Path,
    directory: &Path,
    files: &mut BTreeMap<File, u64>,
    directories: &mut BTreeSet<PathBuf>,
) -> io::Result<()> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    directories.insert(directory.to_path_buf());
    for entry in entries {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() {
            collect(root, &path, files, directories)?;
        } else if kind.is_file() && !name(&path).ends_with(TEMPORARY) {
            let Some(below) = path.strip_prefix(root).ok().and_then(Path::to_str) else { continue };
            files.insert(File::named(below), entry.metadata()?.len());
        }
    }
    Ok(())
}

fn write_all_vectored(writer: &mut Arc<fs::File>, pieces: &[Bytes]) -> io::Result<()> {
    let mut slices: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
    let mut left = slices.as_mut_slice();
    IoSlice::advance_slices(&mut left, 0);
    while !left.is_empty() {
        match writer.write_vectored(left) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut left, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

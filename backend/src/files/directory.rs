//! The data directory: who may use it, and in which format it is.

use crate::failure::Failure;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The version this program writes.
const FORMAT: u32 = 1;
const LOCK_FILE: &str = "LOCK";
/// What FORMAT is called until it is whole.
const FORMAT_BEGUN: &str = "FORMAT.new";
const FORMAT_FILE: &str = "FORMAT";

/// A data directory, held by this process alone until it is dropped.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Opens the directory, creating it where it does not exist, for an ensemble of so many
    /// voting servers.
    ///
    /// The number is written down, for another one would be another ensemble: were two empty
    /// servers added to three by a mere flag, they and the slowest of the three would be a quorum
    /// that has never seen the last transactions.
    pub fn open(path: &Path, servers: u32) -> Result<DataDir, Failure> {
        let lock = lock_directory(path, &path.join(LOCK_FILE), "--data-dir")?;
        let directory = DataDir { path: path.to_path_buf(), _lock: lock };
        directory.check_format(servers)?;
        Ok(directory)
    }

    /// Where the files of `node` lie.
    pub fn node(&self, node: &str) -> PathBuf {
        self.path.join(node)
    }

    fn check_format(&self, servers: u32) -> Result<(), Failure> {
        let path = self.path.join(FORMAT_FILE);
        match fs::read_to_string(&path) {
            Ok(text) => self.check(&text, servers),
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.begin(servers),
            Err(error) => Err(unreadable(&path, &error, "--data-dir")),
        }
    }

    fn check(&self, text: &str, servers: u32) -> Result<(), Failure> {
        let shown = self.path.display();
        let field = |name: &str| -> Option<u32> {
            let mut lines = text.lines().filter_map(|line| line.split_once(' '));
            lines.find(|(key, _)| *key == name).and_then(|(_, value)| value.trim().parse().ok())
        };
        let (Some(format), Some(written)) = (field("format"), field("servers")) else {
            return Err(Failure::start(
                format!("cannot use the data directory {shown}"),
                "its FORMAT file is damaged",
                "restore it, or choose another --data-dir",
            ));
        };
        if format > FORMAT {
            return Err(Failure::start(
                format!("cannot use the data directory {shown}"),
                format!("it has format {format}, and this program knows formats up to {FORMAT}"),
                "use a newer relevo, or choose another --data-dir",
            ));
        }
        if written != servers {
            return Err(Failure::start(
                format!("cannot use the data directory {shown}"),
                format!("it belongs to an ensemble of {written} servers, not of {servers}"),
                format!("give --servers {written}, or choose another --data-dir"),
            ));
        }
        Ok(())
    }

    /// Marks an empty directory as ours. One that holds something else is left alone.
    fn begin(&self, servers: u32) -> Result<(), Failure> {
        let entries = fs::read_dir(&self.path)
            .map_err(|error| unreadable(&self.path, &error, "--data-dir"))?;
        let mut names = entries.flatten().map(|entry| entry.file_name());
        // An earlier beginning may have ended before FORMAT had its name.
        if let Some(other) = names.find(|name| name != LOCK_FILE && name != FORMAT_BEGUN) {
            return Err(Failure::start(
                format!("cannot use the data directory {}", self.path.display()),
                format!("it has no FORMAT file but holds `{}`", other.to_string_lossy()),
                "choose an empty or a new --data-dir",
            ));
        }
        self.write_format(servers).map_err(|error| unwritable(&self.path, &error, "--data-dir"))
    }

    fn write_format(&self, servers: u32) -> io::Result<()> {
        let (temporary, path) = (self.path.join(FORMAT_BEGUN), self.path.join(FORMAT_FILE));
        let mut file = File::create(&temporary)?;
        write!(file, "format {FORMAT}\nservers {servers}\n")?;
        file.sync_all()?;
        fs::rename(&temporary, &path)?;
        File::open(&self.path)?.sync_all()
    }
}

/// Creates `directory` where it does not exist and takes its lock for this process.
pub fn lock_directory(directory: &Path, lock: &Path, flag: &str) -> Result<File, Failure> {
    fs::create_dir_all(directory).map_err(|error| unwritable(directory, &error, flag))?;
    fs::read_dir(directory).map_err(|error| unreadable(directory, &error, flag))?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(lock)
        .map_err(|error| unwritable(directory, &error, flag))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::start(
            format!("cannot use the data directory {}", directory.display()),
            "another process holds it",
            format!("stop that process, or choose another directory with {flag}"),
        )),
        Err(TryLockError::Error(error)) => Err(unwritable(directory, &error, flag)),
    }
}

fn unreadable(path: &Path, error: &io::Error, flag: &str) -> Failure {
    let help = format!("make it readable, or choose another directory with {flag}");
    Failure::start(format!("cannot read the data directory {}", path.display()), error, help)
}

fn unwritable(path: &Path, error: &io::Error, flag: &str) -> Failure {
    let first = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space",
        _ => "make it writable",
    };
    let help = format!("{first}, or choose another directory with {flag}");
    Failure::start(format!("cannot write to the data directory {}", path.display()), error, help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(path: &Path, servers: u32) -> String {
        DataDir::open(path, servers).expect_err("it is refused").to_string()
    }

    #[test]
    fn a_directory_opens_again_but_for_one_process_at_a_time() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("new/one");
        let first = DataDir::open(&path, 3).unwrap();
        assert!(refused(&path, 3).contains("another process holds it"));
        drop(first);
        DataDir::open(&path, 3).unwrap();
    }

    #[test]
    fn another_ensemble_a_newer_format_and_foreign_files_are_refused() {
        let temporary = tempfile::tempdir().unwrap();
        drop(DataDir::open(temporary.path(), 3).unwrap());
        assert!(refused(temporary.path(), 5).contains("--servers 3"));
        fs::write(temporary.path().join(FORMAT_FILE), "format 2\nservers 3\n").unwrap();
        assert!(refused(temporary.path(), 3).contains("format 2"));
        fs::write(temporary.path().join(FORMAT_FILE), "?").unwrap();
        assert!(refused(temporary.path(), 3).contains("damaged"));
        let other = tempfile::tempdir().unwrap();
        fs::write(other.path().join("letter.txt"), "dear").unwrap();
        assert!(refused(other.path(), 3).contains("letter.txt"));
    }

    #[test]
    fn a_beginning_that_was_cut_short_begins_again() {
        let temporary = tempfile::tempdir().unwrap();
        fs::write(temporary.path().join(FORMAT_BEGUN), "for").unwrap();
        drop(DataDir::open(temporary.path(), 3).unwrap());
        DataDir::open(temporary.path(), 3).unwrap();
    }

    #[test]
    fn where_there_is_no_room_space_is_to_be_freed() {
        let full = io::ErrorKind::StorageFull.into();
        let said = unwritable(Path::new("/d"), &full, "--data-dir").to_string();
        assert!(said.contains("free some space"), "{said}");
    }

    #[test]
    fn a_directory_that_is_a_file_is_refused() {
        let temporary = tempfile::NamedTempFile::new().unwrap();
        assert!(refused(temporary.path(), 3).contains("--data-dir"));
    }
}

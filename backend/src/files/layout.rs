//! Where a node's files lie.

use relevo_core::File;
use std::io;
use std::path::{Component, Path, PathBuf};

/// The folders of one node. ZooKeeper keeps its log apart where `dataLogDir` says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    data: PathBuf,
    log: PathBuf,
}

impl Layout {
    /// Everything in one folder.
    pub fn single(data: impl Into<PathBuf>) -> Layout {
        let data = data.into();
        Layout { log: data.clone(), data }
    }

    /// Transaction logs in `log`, everything else in `data`.
    pub fn split(data: impl Into<PathBuf>, log: impl Into<PathBuf>) -> Layout {
        Layout { data: data.into(), log: log.into() }
    }

    /// The folder of the snapshots and that of the log.
    pub fn folders(&self) -> [&Path; 2] {
        [&self.data, &self.log]
    }

    /// The folders, each once.
    pub fn roots(&self) -> Vec<&Path> {
        let mut roots = vec![self.data.as_path()];
        if self.log != self.data {
            roots.push(&self.log);
        }
        roots
    }

    /// The folder below which `file` lies.
    pub fn root(&self, file: &File) -> &Path {
        let name = file.0.rsplit('/').next().unwrap_or(&file.0);
        if name.starts_with("log.") { &self.log } else { &self.data }
    }

    /// Where `file` lies. Names come from our own machines; one that would lead out of the folder
    /// is refused all the same.
    pub fn path(&self, file: &File) -> io::Result<PathBuf> {
        let relative = Path::new(&*file.0);
        if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a file outside its folder"));
        }
        Ok(self.root(file).join(relative))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_lie_apart_where_asked() {
        let layout = Layout::split("/data", "/log");
        let log = layout.path(&File::named("version-2/log.1")).unwrap();
        let snapshot = layout.path(&File::named("version-2/snapshot.0")).unwrap();
        assert_eq!(log, Path::new("/log/version-2/log.1"));
        assert_eq!(snapshot, Path::new("/data/version-2/snapshot.0"));
    }

    #[test]
    fn nothing_leads_out() {
        assert!(Layout::single("/data").path(&File::named("../x")).is_err());
        assert!(Layout::single("/data").path(&File::named("/etc/x")).is_err());
    }
}

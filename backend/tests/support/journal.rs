//! Files in memory that tell what the file driver's recorder would hear, in its very words.

use super::power::{self, Content};
use relevo_backend::files::Recorded;
use relevo_core::{DiskEffect, DiskInput, File};
use std::collections::BTreeMap;

/// What a sync covers.
pub(crate) type Covered = BTreeMap<File, Option<u64>>;

/// A folder's files, and whether its entries changed since they were last durable.
#[derive(Clone, Default)]
pub(crate) struct Files {
    content: Content,
    dirty: bool,
}

impl Files {
    /// Does what is asked; what is heard of it, and the answer.
    pub(crate) fn change(&mut self, effect: DiskEffect) -> (Option<Recorded>, Option<DiskInput>) {
        let heard = self.heard(&effect);
        self.dirty |= match &heard {
            Some(Recorded::Written { file, .. }) => !self.content.contains_key(file),
            Some(Recorded::Truncated { .. }) => false,
            Some(_) => true,
            // Who asks for all files has just begun and knows nothing of what is durable.
            None => matches!(effect, DiskEffect::List { .. }) && !self.content.is_empty(),
        };
        (heard, power::answer(&mut self.content, effect))
    }

    /// What a sync of `files` asked for now covers: of each, so many bytes; none where it is not
    /// there and only its directory is to be durable.
    pub(crate) fn covered(&self, files: &[File]) -> Covered {
        let length = |file: &File| self.content.get(file).map(|content| content.len() as u64);
        files.iter().map(|file| (file.clone(), length(file))).collect()
    }

    /// A sync is done; what is heard of it. One without files, which only a planted mistake asks
    /// for, makes nothing durable.
    pub(crate) fn synced(&mut self, covered: Covered) -> Vec<Recorded> {
        let mut heard = Vec::new();
        for (file, length) in covered {
            // One that was renamed or deleted meanwhile is synced by no name.
            if let Some(length) = length.filter(|_| self.content.contains_key(&file)) {
                heard.push(Recorded::Synced { file, length });
            }
            if std::mem::take(&mut self.dirty) {
                heard.push(Recorded::DirectorySynced { directory: FOLDER.to_owned() });
            }
        }
        heard
    }

    fn heard(&self, effect: &DiskEffect) -> Option<Recorded> {
        Some(match effect.clone() {
            DiskEffect::Append { file, data } => {
                let offset = self.content.get(&file).map_or(0, |content| content.len() as u64);
                Recorded::Written { file, offset, data }
            }
            DiskEffect::Replace { file, data } => Recorded::Replaced { file, data },
            DiskEffect::Truncate { file, length } => Recorded::Truncated { file, length },
            DiskEffect::Rename { from, to } => Recorded::Renamed { from, to },
            DiskEffect::Delete { file } => {
                self.content.get(&file)?;
                Recorded::Deleted { file }
            }
            DiskEffect::List { .. } | DiskEffect::Read { .. } | DiskEffect::Sync { .. } => {
                return None;
            }
        })
    }
}

/// Where a server's files lie, all of them.
const FOLDER: &str = "version-2";

use super::{Disk, Stored, Undo};
use relevo_core::{File, Random};

/// What a loss of power did to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Torn {
    pub(crate) file: File,
    /// Unsynced bytes that survived.
    pub(crate) kept: u64,
    /// Unsynced bytes that did not.
    pub(crate) lost: u64,
    /// How many writes other than appends were undone.
    pub(crate) reverted: u32,
}

impl Disk {
    /// Cuts the power. Each file keeps a seeded prefix of what was not synced: the later writes
    /// are undone, latest first, and the first append that did not make it whole may leave a torn
    /// or zero-filled piece. Renames are undone latest first across the whole disk, under both
    /// names or neither. What is left is durable.
    pub(crate) fn lose_power(&mut self, random: &mut Random) -> Vec<Torn> {
        let last_rename = self.last_rename_kept(random);
        let mut torn = Vec::new();
        for (file, stored) in &mut self.files {
            if let Some(losses) = stored.lose_power(file, last_rename, random) {
                torn.push(losses);
            }
        }
        self.files.retain(|_, stored| stored.content.is_some());
        torn
    }

    /// The number of the last rename that survives; 0 where none does.
    fn last_rename_kept(&self, random: &mut Random) -> u64 {
        let changes = self.files.values().flat_map(|stored| &stored.journal);
        let renames = changes.filter(|change| matches!(change.undo, Undo::RenamedOnto { .. }));
        let mut numbers: Vec<u64> = renames.map(|change| change.number).collect();
        numbers.sort_unstable();
        match random.below(numbers.len() as u64 + 1) {
            0 => 0,
            kept => numbers[kept as usize - 1],
        }
    }
}

impl Stored {
    fn lose_power(&mut self, file: &File, last_rename: u64, random: &mut Random) -> Option<Torn> {
        if self.journal.is_empty() {
            return None;
        }
        let keep = self.writes_kept(last_rename, random);
        let mut torn = Torn { file: file.clone(), kept: 0, lost: 0, reverted: 0 };
        while self.journal.len() > keep + 1 {
            self.undo_last(&mut torn);
        }
        if self.journal.len() > keep {
            self.tear_last(&mut torn, random);
        }
        self.lose_careless_renames(&mut torn, random);
        self.count_kept(&mut torn);
        self.journal.clear();
        self.uncovered.clear();
        Some(torn)
    }

    /// How many writes of the journal survive whole: any number that keeps the renames up to
    /// `last_rename` and undoes the later ones.
    fn writes_kept(&self, last_rename: u64, random: &mut Random) -> usize {
        let is_rename =
            |undo: &Undo| matches!(undo, Undo::RenamedAway { .. } | Undo::RenamedOnto { .. });
        let (mut least, mut most) = (0, self.journal.len());
        for (at, change) in self.journal.iter().enumerate() {
            if is_rename(&change.undo) && change.number <= last_rename {
                least = at + 1;
            } else if is_rename(&change.undo) {
                most = at;
                break;
            }
        }
        random.between(least as u64, most as u64) as usize
    }

    fn undo_last(&mut self, torn: &mut Torn) {
        let Some(change) = self.journal.pop_back() else { return };
        match change.undo {
            Undo::Append { length, created } => {
                let content = self.content.get_or_insert_default();
                torn.lost += content.len().saturating_sub(length);
                content.resize(length);
                if created {
                    self.content = None;
                    torn.reverted += 1;
                }
            }
            Undo::Restore(content)
            | Undo::RenamedAway { content, .. }
            | Undo::RenamedOnto { content, .. } => {
                self.content = content;
                torn.reverted += 1;
            }
        }
    }

    /// The first write that did not survive whole: an append may leave a piece, cut off somewhere
    /// or followed by zeros where its length had arrived and its data had not; anything else is
    /// undone.
    fn tear_last(&mut self, torn: &mut Torn, random: &mut Random) {
        let Some(Undo::Append { length, .. }) = self.journal.back().map(|change| &change.undo)
        else {
            return self.undo_last(torn);
        };
        let (length, content) = (*length, self.content.get_or_insert_default());
        let all = content.len() - length;
        if random.chance(1, 2) {
            return self.undo_last(torn);
        }
        let data = random.below(all + 1);
        let zeros = if random.chance(1, 2) { random.between(0, all - data) } else { 0 };
        content.resize(length + data);
        content.resize(length + data + zeros);
        torn.lost += all - data;
    }

    /// A file renamed before its content was synced keeps its name and loses a part of that
    /// content.
    fn lose_careless_renames(&mut self, torn: &mut Torn, random: &mut Random) {
        let Some(change) = self.journal.back() else { return };
        let (Undo::RenamedOnto { durable, .. }, Some(content)) = (&change.undo, &mut self.content)
        else {
            return;
        };
        let kept = random.between((*durable).min(content.len()), content.len());
        torn.lost += content.len() - kept;
        content.resize(kept);
    }

    fn count_kept(&self, torn: &mut Torn) {
        let appends = self.journal.iter().filter_map(|change| match change.undo {
            Undo::Append { length, .. } => Some(length),
            _ => None,
        });
        if let (Some(first), Some(content)) = (appends.min(), &self.content) {
            torn.kept = content.len().saturating_sub(first);
        }
    }
}

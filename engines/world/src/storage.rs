use crate::Storage;
use crate::agenda::Due;
use crate::host::{Answer, Asked, Mail, Sync};
use crate::world::{Why, World};
use crate::{CommandError, Entered};
use bytes::Bytes;
use relevo_core::{
    DiskEffect, DiskError, DiskInput, Duration, File, HostId, Input, Kind, Machine, OutsideOutput,
    Seq, Token,
};

/// What a memory disk takes for a question that is no sync: this, and a little by the seed.
const READ_TAKES: Duration = Duration::from_micros(20);

type EventKind<M> = Kind<<M as Machine>::Message, <M as Machine>::Event>;

/// What machines want of their disks.
impl<M: Machine> World<M> {
    pub(crate) fn disk_effect(&mut self, why: &Why<'_>, effect: DiskEffect) {
        let host = self.host(why.host);
        host.disk.last_asked = why.cause;
        match host.storage {
            Storage::Memory if host.disk.failed => {}
            Storage::Memory => self.memory_effect(why, effect),
            Storage::External => self.external_effect(why, effect),
        }
    }

    fn memory_effect(&mut self, why: &Why<'_>, effect: DiskEffect) {
        if self.host(why.host).disk.full
            && let DiskEffect::Append { file, data } | DiskEffect::Replace { file, data } = &effect
        {
            let appends = matches!(effect, DiskEffect::Append { .. });
            return self.fill_up(why, file, if appends { data } else { &[] });
        }
        if let DiskEffect::Rename { from, .. } = &effect
            && !self.host(why.host).disk.memory.contains(from)
        {
            let error = DiskError::Failed(format!("{from} cannot be renamed: it does not exist"));
            return self.fail(why, from, error);
        }
        let seq = write_of::<M>(&effect).map(|(kind, _)| self.record_emitted(why, || kind));
        let now = self.now;
        let disk = &mut self.host(why.host).disk.memory;
        disk.set_now(now);
        let seq = seq.unwrap_or(why.cause);
        match effect {
            DiskEffect::Append { file, data } => disk.append(&file, &data, seq),
            DiskEffect::Replace { file, data } => disk.replace(&file, &data, seq),
            DiskEffect::Truncate { file, length } => disk.truncate(&file, length, seq),
            DiskEffect::Rename { from, to } => disk.rename(&from, &to, seq),
            DiskEffect::Delete { file } => disk.delete(&file, seq),
            DiskEffect::List { token } => {
                let files = disk.list();
                self.answer(why, 0, DiskInput::Listed { token, files });
            }
            DiskEffect::Read { file, offset, length, token } => {
                let data = disk.read(&file, offset, length);
                self.answer(why, data.len() as u64, DiskInput::ReadDone { token, data });
            }
            DiskEffect::Sync { files, token } => self.memory_sync(why, &files, token),
        }
    }

    /// An append on a full disk writes a part, as `write(2)` may, and fails.
    fn fill_up(&mut self, why: &Why<'_>, file: &File, data: &[u8]) {
        let disk = &mut self.host(why.host).disk;
        let part = disk.random.below(data.len() as u64 + 1);
        if part > 0 {
            let kind = || Kind::Appended { file: file.clone(), bytes: part };
            let seq = self.record_emitted(why, kind);
            self.host(why.host).disk.memory.append(file, &data[..part as usize], seq);
        }
        self.fail(why, file, DiskError::Full);
    }

    /// Tells the machine that a write failed; nothing more is done for it.
    fn fail(&mut self, why: &Why<'_>, file: &File, error: DiskError) {
        self.host(why.host).disk.failed = true;
        self.answer(why, 0, DiskInput::Failed { file: Some(file.clone()), error });
    }

    fn answer(&mut self, why: &Why<'_>, bytes: u64, input: DiskInput) {
        let now = self.now;
        let host = &mut self.hosts[why.host.0 as usize];
        let disk = &mut host.disk;
        let least = READ_TAKES.0 + bytes; // about a gigabyte a second
        let takes = disk.random.between(least, 2 * least).saturating_mul(u64::from(disk.slow));
        let begins = disk.answers.back().map_or(now, |last| last.at.max(now));
        let at = begins + Duration(takes);
        disk.answers.push_back(Answer { at, input, cause: why.cause });
        if disk.answers.len() == 1 {
            self.agenda.push(at, host.key, Due::DiskAnswer(why.host));
        }
    }

    fn memory_sync(&mut self, why: &Why<'_>, files: &[File], token: Token) {
        let disk = &mut self.host(why.host).disk;
        let covered = disk.memory.cover(files);
        let (marks, writes) = (covered.marks, covered.writes);
        disk.merging.push(Sync { token, marks, writes, cause: why.cause });
        if disk.syncing.is_empty() {
            self.begin_sync(why.host);
        }
    }

    /// Begins one operation for all the syncs that wait.
    fn begin_sync(&mut self, id: HostId) {
        let (least, most) = self.sync_takes;
        let host = &mut self.hosts[id.0 as usize];
        let disk = &mut host.disk;
        disk.syncing = std::mem::take(&mut disk.merging);
        let takes = disk.random.between(least.0, most.0).saturating_mul(u64::from(disk.slow));
        self.agenda.push(self.now + Duration(takes), host.key, Due::SyncDone(id));
    }
}

/// What disks answer.
impl<M: Machine> World<M> {
    /// A sync is complete: first everything it covers is durable, then each who asked is told.
    pub(crate) fn sync_done(&mut self, id: HostId) {
        let disk = &mut self.host(id).disk;
        let done = std::mem::take(&mut disk.syncing);
        for (file, mark) in done.iter().flat_map(|sync| &sync.marks) {
            disk.memory.make_durable(file, *mark);
        }
        if !disk.merging.is_empty() {
            self.begin_sync(id);
        }
        for Sync { token, writes, cause, .. } in done {
            if self.machine(id).is_some() {
                let durable = self.record_durable(id, &writes, cause);
                self.step(id, Input::Disk(DiskInput::Durable { token }), durable);
            }
        }
    }

    fn record_durable(&mut self, host: HostId, writes: &[Seq], asked: Seq) -> Seq {
        let causes = if writes.is_empty() { &[asked][..] } else { writes };
        self.record(Some(host.into()), causes, || Kind::Durable)
    }

    pub(crate) fn deliver_disk_answer(&mut self, id: HostId) {
        let host = &mut self.hosts[id.0 as usize];
        let answers = &mut host.disk.answers;
        let Answer { input, cause, .. } = answers.pop_front().expect("an answer is due");
        if let Some(next) = answers.front() {
            self.agenda.push(next.at, host.key, Due::DiskAnswer(id));
        }
        let cause = match &input {
            DiskInput::Failed { file, error } => self.record_failed(id, file, error, cause),
            _ => cause,
        };
        self.step(id, Input::Disk(input), cause);
    }

    fn record_failed(
        &mut self,
        host: HostId,
        file: &Option<File>,
        error: &DiskError,
        cause: Seq,
    ) -> Seq {
        let kind = || Kind::DiskFailed { file: file.clone(), error: error.clone() };
        self.record(Some(host.into()), &[cause], kind)
    }
}

/// Real disks.
impl<M: Machine> World<M> {
    fn external_effect(&mut self, why: &Why<'_>, effect: DiskEffect) {
        let cause = why.cause;
        if let Some((kind, file)) = write_of::<M>(&effect) {
            let seq = self.record_emitted(why, || kind);
            let uncovered = self.host(why.host).disk.uncovered.entry(file).or_default();
            if let DiskEffect::Delete { .. } = effect {
                uncovered.clear(); // What was written to it before concerns nobody any more.
            }
            uncovered.push(seq);
        }
        let disk = &mut self.host(why.host).disk;
        match &effect {
            DiskEffect::List { token } | DiskEffect::Read { token, .. } => {
                disk.asked.push_back(Asked { token: *token, writes: None, cause });
            }
            DiskEffect::Sync { files, token } => {
                let covered = files.iter().filter_map(|file| disk.uncovered.remove(file));
                let mut writes: Vec<Seq> = covered.flatten().collect();
                writes.sort_unstable();
                disk.asked.push_back(Asked { token: *token, writes: Some(writes), cause });
            }
            _ => {}
        }
        let (node, incarnation) = (why.host, self.host(why.host).incarnation);
        self.outside.push(OutsideOutput::Disk { node, incarnation, effect });
    }

    /// The answer of a real disk. One to an earlier incarnation is ignored.
    pub(crate) fn external_answer(
        &mut self,
        id: HostId,
        incarnation: u32,
        input: DiskInput,
    ) -> Result<Entered, CommandError> {
        let host = self.known(id)?;
        if host.storage != Storage::External {
            return Err(CommandError::MemoryDisk { name: host.name.to_string() });
        }
        if host.incarnation != incarnation || !host.is_alive() {
            return Ok(self.entered());
        }
        let seq = match &input {
            DiskInput::Failed { file, error } => {
                let cause = host.disk.last_asked;
                self.record_failed(id, file, error, cause)
            }
            DiskInput::Listed { token, .. }
            | DiskInput::ReadDone { token, .. }
            | DiskInput::Durable { token } => {
                let is_durable = matches!(input, DiskInput::Durable { .. });
                let fits =
                    |asked: &Asked| asked.token == *token && asked.writes.is_some() == is_durable;
                let asked = &mut host.disk.asked;
                let at = asked.iter().position(fits);
                let found = at.and_then(|at| asked.remove(at));
                let found = found.ok_or(CommandError::UnknownToken { token: token.0 })?;
                match found.writes {
                    Some(writes) => self.record_durable(id, &writes, found.cause),
                    None => found.cause,
                }
            }
        };
        self.post(id, Mail::Disk(input), seq);
        Ok(self.entered())
    }
}

/// The event of a write, and the file whose sync will cover it.
fn write_of<M: Machine>(effect: &DiskEffect) -> Option<(EventKind<M>, File)> {
    let bytes = |data: &Bytes| data.len() as u64;
    Some(match effect {
        DiskEffect::Append { file, data } => {
            (Kind::Appended { file: file.clone(), bytes: bytes(data) }, file.clone())
        }
        DiskEffect::Replace { file, data } => {
            (Kind::Replaced { file: file.clone(), bytes: bytes(data) }, file.clone())
        }
        DiskEffect::Truncate { file, length } => {
            (Kind::Truncated { file: file.clone(), bytes: *length }, file.clone())
        }
        DiskEffect::Rename { from, to } => {
            (Kind::Renamed { from: from.clone(), to: to.clone() }, to.clone())
        }
        DiskEffect::Delete { file } => (Kind::Deleted { file: file.clone() }, file.clone()),
        DiskEffect::List { .. } | DiskEffect::Read { .. } | DiskEffect::Sync { .. } => return None,
    })
}

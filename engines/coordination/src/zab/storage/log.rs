//! The end of the log: appending, syncing in groups, beginning new files.

use super::super::Out;
use super::SyncPlace;
use crate::codec;
use crate::{Event, ServerConfig, Txn, Zxid};
use bytes::BytesMut;
use relevo_core::{Cause, File, Random};
use smallvec::SmallVec;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The files of the log, by their first zxid.
type Logs = BTreeMap<Zxid, u64>;

/// Where the log ends.
#[derive(Clone, Debug)]
pub(super) struct Log {
    /// The last transaction accepted.
    pub(super) last: Zxid,
    /// The last one known to be durable.
    pub(super) durable: Zxid,
    /// The last one written to a file.
    written: Zxid,
    /// The file written to; none until something is appended after boot or a roll.
    current: Option<(Zxid, File)>,
    is_new: bool,
    in_flight: bool,
    /// A new file is due; it begins once the current one is durable.
    rolling: bool,
    held: VecDeque<(Arc<Txn>, Cause)>,
    in_file: u64,
    /// The size of the record written last, without what frames it.
    pub(super) record_bytes: u64,
    roll_at: u64,
    snap_count: u32,
    snapshot_due: bool,
    buffer: BytesMut,
    random: Random,
}

impl Log {
    pub(super) fn new(config: &ServerConfig, random: Random) -> Log {
        let mut log = Log {
            last: Zxid(0),
            durable: Zxid(0),
            written: Zxid(0),
            current: None,
            is_new: false,
            in_flight: false,
            rolling: false,
            held: VecDeque::new(),
            in_file: 0,
            record_bytes: 0,
            roll_at: 0,
            snap_count: config.snap_count.max(2),
            snapshot_due: false,
            buffer: BytesMut::new(),
            random,
        };
        log.draw_roll();
        log
    }

    /// What was read, cut or installed ends at `last`, all of it durable.
    pub(super) fn ends_at(&mut self, last: Zxid, entries: u64) {
        (self.last, self.durable, self.written) = (last, last, last);
        (self.current, self.is_new, self.in_flight, self.rolling) = (None, false, false, false);
        self.held.clear();
        self.in_file = entries;
    }

    pub(super) fn append(&mut self, txn: &Arc<Txn>, logs: &mut Logs, out: &mut Out) {
        self.last = txn.zxid;
        if self.rolling || !self.held.is_empty() {
            self.held.push_back((txn.clone(), out.cause()));
        } else {
            self.write(txn, logs, out);
        }
    }

    /// What the next sync must cover, if one is due.
    pub(super) fn next_sync(&mut self) -> Option<(SyncPlace, SmallVec<[File; 1]>, Zxid)> {
        if self.in_flight || self.written <= self.durable {
            return None;
        }
        let (_, file) = self.current.as_ref()?;
        self.in_flight = true;
        let is_new = std::mem::take(&mut self.is_new);
        let place = if is_new { SyncPlace::NewLogFile } else { SyncPlace::LogAppend };
        Some((place, SmallVec::from_elem(file.clone(), 1), self.written))
    }

    pub(super) fn synced(&mut self, upto: Zxid, out: &mut Out) {
        self.in_flight = false;
        self.durable = self.durable.max(upto);
        out.event(Event::LogDurable { zxid: self.durable });
        if self.rolling && self.written == self.durable {
            self.rolling = false;
            self.current = None;
        }
    }

    /// Writes what had to wait for a new file.
    pub(super) fn work(&mut self, logs: &mut Logs, out: &mut Out) {
        while self.has_work() && out.entries_left() > 0 && out.bytes_left() > 0 {
            let Some((txn, cause)) = self.held.pop_front() else { break };
            out.charge(1, 0);
            out.because(&[cause]);
            self.write(&txn, logs, out);
            out.because(&[]);
        }
    }

    pub(super) fn has_work(&self) -> bool {
        !self.rolling && !self.held.is_empty()
    }

    /// Whether a snapshot is due since the last time this was asked.
    pub(super) fn take_snapshot_due(&mut self) -> bool {
        std::mem::take(&mut self.snapshot_due)
    }

    fn write(&mut self, txn: &Arc<Txn>, logs: &mut Logs, out: &mut Out) {
        let (first, file) = self.current.get_or_insert_with(|| {
            self.is_new = true;
            let header = codec::log::header();
            let file = codec::log_file(txn.zxid);
            logs.insert(txn.zxid, header.len() as u64);
            out.append(&file, header);
            (txn.zxid, file)
        });
        codec::log::encode(txn, &mut self.buffer);
        let data = self.buffer.split().freeze();
        *logs.entry(*first).or_default() += data.len() as u64;
        self.record_bytes = (data.len() as u64).saturating_sub(codec::log::FRAME);
        out.append(file, data);
        out.event(Event::Logged(txn.clone()));
        self.written = txn.zxid;
        self.in_file += 1;
        if self.in_file >= self.roll_at {
            self.rolling = true;
            self.snapshot_due = true;
            self.in_file = 0;
            self.draw_roll();
        }
    }

    /// Servers of an ensemble should not all write snapshots at once: each draws its own count
    /// between half of `snapCount` and all of it, as ZooKeeper does.
    fn draw_roll(&mut self) {
        let half = u64::from(self.snap_count / 2);
        self.roll_at = half + self.random.below(half.max(1));
    }
}

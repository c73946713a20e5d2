//! What a server counts, and what the four-letter words tell of the server around the service.

use super::Service;
use super::connection::Latency;

/// Counts since the server booted, or since `srst`.
#[derive(Clone, Debug, Default)]
pub(super) struct Stats {
    pub(super) received: u64,
    pub(super) sent: u64,
    pub(super) latency: Latency,
    pub(super) proposals: Sizes,
}

/// The sizes of what a leader proposed, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sizes(Option<(u64, u64, u64)>);

impl Sizes {
    fn add(&mut self, bytes: u64) {
        let (_, least, most) = self.0.unwrap_or((bytes, bytes, bytes));
        self.0 = Some((bytes, least.min(bytes), most.max(bytes)));
    }

    /// The last, the least and the most; ZooKeeper's −1 where there was none.
    pub(super) fn shown(self) -> (i64, i64, i64) {
        let shown = |bytes| i64::try_from(bytes).unwrap_or(i64::MAX);
        self.0.map_or((-1, -1, -1), |(last, least, most)| (shown(last), shown(least), shown(most)))
    }
}

/// What the service does not see by itself. Looked at only where a four-letter word is asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Vitals {
    /// The bytes of the log's files.
    pub log_bytes: u64,
    /// The bytes of the snapshots.
    pub snapshot_bytes: u64,
    /// Followers that are synchronised; only on a leader.
    pub followers: u32,
    /// Observers that are synchronised; only on a leader.
    pub observers: u32,
    /// SYNCs that wait for a commit; only on a leader.
    pub pending_syncs: u64,
}

impl Service {
    /// Tells how the server around it stands.
    pub fn set_vitals(&mut self, vitals: Vitals) {
        self.vitals = vitals;
    }

    /// A leader proposed a transaction of so many bytes.
    pub fn note_proposal(&mut self, bytes: u64) {
        self.stats.proposals.add(bytes);
    }
}

use crate::{Duration, HostId, Seq};
use serde::{Deserialize, Serialize};

/// What can be done to a world from outside its machines. The crash model is always named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// A process starts for the first time. Applied by the world when a host is added, so that
    /// whatever follows from it has a root.
    Start {
        /// Which host.
        node: HostId,
    },
    /// The process dies. What it wrote stays; with `power_loss`, each file keeps only a seeded
    /// prefix of what was not synced, the last append torn or zero-filled.
    Crash {
        /// Which host.
        node: HostId,
        /// Whether the machine under the process dies too.
        power_loss: bool,
    },
    /// A crashed or stopped process starts again from its disk.
    Restart {
        /// Which host.
        node: HostId,
    },
    /// The process is frozen (as by SIGSTOP): its connections stay, nothing is handled.
    Pause {
        /// Which host.
        node: HostId,
    },
    /// A frozen process goes on, with all that waited for it.
    Resume {
        /// Which host.
        node: HostId,
    },
    /// Hosts of different groups cannot reach each other; a host in no group reaches none.
    /// Replaces the partition that was there. What is sent across it waits until it is healed;
    /// neither end is told.
    Partition {
        /// The groups.
        groups: Vec<Vec<HostId>>,
    },
    /// Nothing gets from one host to another any more: it waits. The other direction stays, but no
    /// connection can be opened either way.
    CutLink {
        /// The sending host.
        from: HostId,
        /// The receiving host.
        to: HostId,
    },
    /// Mends every partition and every cut link.
    Heal,
    /// Sets how long messages take from one host to another.
    SetLink {
        /// The sending host.
        from: HostId,
        /// The receiving host.
        to: HostId,
        /// The least it takes.
        latency: Duration,
        /// At most this much is added, by the seed.
        jitter: Duration,
        /// How many bytes it carries a second; none for as many as come.
        bytes_per_second: Option<u64>,
    },
    /// Holds a message in flight, and with it everything behind it in that direction.
    Hold {
        /// The message, by the trace event of its sending.
        message: Seq,
    },
    /// Lets a held message go on.
    Release {
        /// The message, by the trace event of its sending.
        message: Seq,
    },
    /// Loses a message in flight; its connection breaks there.
    Drop {
        /// The message, by the trace event of its sending.
        message: Seq,
    },
    /// A crashed or running node loses all its files; a running one dies of it.
    LoseDisk {
        /// Which host.
        node: HostId,
    },
    /// The disk takes `factor` times as long; 1 is its own speed again.
    SlowDisk {
        /// Which host.
        node: HostId,
        /// How many times slower.
        factor: u32,
    },
    /// The disk is full, or has room again.
    FillDisk {
        /// Which host.
        node: HostId,
        /// Whether it is full.
        full: bool,
    },
    /// Sets the skew of a host's wall clock.
    SkewClock {
        /// Which host.
        node: HostId,
        /// How far ahead it is now, in milliseconds.
        offset_ms: i64,
        /// How much faster it runs, in parts per million.
        drift_ppm: i32,
    },
}

/// Who did it. The trace shows what was done by hand as done by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Origin {
    /// A person at the page.
    Hand,
    /// A program over the control API.
    Api,
    /// An exercise's script or a fault schedule.
    Script,
}

use crate::Storage;
use crate::agenda::Entry;
use crate::disk::Disk;
use relevo_core::{DiskInput, File, HostId, Instant, Machine, Now, Random, Seq, Token, WallTime};
use smallvec::SmallVec;
use std::collections::{BTreeMap, VecDeque};

/// Whether a host's process runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostState {
    /// It runs.
    Running,
    /// It is frozen; what is for it waits.
    Paused,
    /// It was killed.
    Crashed,
    /// It ended itself.
    Stopped {
        /// Why.
        reason: String,
    },
}

/// What can be known of a host.
#[derive(Clone, Copy, Debug)]
pub struct HostView<'a> {
    /// Its number.
    pub id: HostId,
    /// Its name.
    pub name: &'a str,
    /// Whether its process runs.
    pub state: &'a HostState,
    /// How often its process has begun.
    pub incarnation: u32,
}

/// One host: a process, its disk and its clock.
#[derive(Clone, Debug)]
pub(crate) struct Host<M: Machine> {
    pub(crate) name: Box<str>,
    pub(crate) key: u64,
    pub(crate) config: M::Config,
    pub(crate) storage: Storage,
    pub(crate) state: HostState,
    pub(crate) incarnation: u32,
    pub(crate) machine: Option<M>,
    /// Entries of the agenda up to this order were for an earlier incarnation.
    pub(crate) born: u64,
    /// What came up while the process was frozen.
    pub(crate) waiting: Vec<Entry>,
    pub(crate) timer: Timer,
    /// The event of the step that asked for a turn, until the turn comes.
    pub(crate) again: Option<Seq>,
    /// Calls and real disks' answers, each with its event.
    pub(crate) mail: VecDeque<(Mail<M::Call>, Seq)>,
    pub(crate) clock: Clock,
    pub(crate) disk: DiskState,
}

/// What enters from outside for a machine, connections apart.
#[derive(Clone, Debug)]
pub(crate) enum Mail<C> {
    Boot,
    Call(C),
    Disk(DiskInput),
}

/// A machine's deadline. The agenda is touched only when the deadline moves forward: one that
/// moves back (the usual case) is looked at again when the old one comes up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timer {
    pub(crate) wanted: Option<Instant>,
    pub(crate) scheduled: Instant,
    pub(crate) order: u64,
    /// When it fired last, and how often it had fired at that very instant before.
    pub(crate) fired: Instant,
    pub(crate) spins: u32,
}

/// A wall clock that may be ahead and run fast.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    pub(crate) set_at: Instant,
    pub(crate) offset_ms: i64,
    pub(crate) drift_ppm: i32,
}

/// The disk and what is under way on it.
#[derive(Clone, Debug)]
pub(crate) struct DiskState {
    pub(crate) memory: Disk,
    pub(crate) random: Random,
    pub(crate) slow: u32,
    pub(crate) full: bool,
    /// A write failed: nothing asked afterwards by this incarnation is done.
    pub(crate) failed: bool,
    /// Lists, reads and failures on their way to the machine.
    pub(crate) answers: VecDeque<Answer>,
    /// The syncs that one operation of the disk makes durable, in the order asked.
    pub(crate) syncing: Vec<Sync>,
    /// Those that wait for it to end, to be merged into the next.
    pub(crate) merging: Vec<Sync>,
    /// Questions to a real disk that are not answered yet.
    pub(crate) asked: VecDeque<Asked>,
    /// The writes to a real disk that no sync has covered.
    pub(crate) uncovered: BTreeMap<File, Vec<Seq>>,
    /// The event of the last step that wanted something of the disk.
    pub(crate) last_asked: Seq,
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) at: Instant,
    pub(crate) input: DiskInput,
    pub(crate) cause: Seq,
}

#[derive(Clone, Debug)]
pub(crate) struct Sync {
    pub(crate) token: Token,
    pub(crate) marks: SmallVec<[(File, u64); 2]>,
    pub(crate) writes: Vec<Seq>,
    pub(crate) cause: Seq,
}

/// A question to a real disk.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) token: Token,
    /// The writes a sync covers; none where the question is no sync.
    pub(crate) writes: Option<Vec<Seq>>,
    pub(crate) cause: Seq,
}

impl<M: Machine> Host<M> {
    pub(crate) fn is_alive(&self) -> bool {
        matches!(self.state, HostState::Running | HostState::Paused)
    }

    /// Forgets what belonged to the process that just ended.
    pub(crate) fn forget_process(&mut self, born: u64) {
        self.machine = None;
        self.born = born;
        self.waiting.clear();
        self.timer = Timer::unset();
        self.again = None;
        self.mail.clear();
        self.disk.forget_process();
    }
}

impl Timer {
    pub(crate) fn unset() -> Self {
        let (scheduled, fired) = (Instant::FAR_FUTURE, Instant::FAR_FUTURE);
        Timer { wanted: None, scheduled, order: 0, fired, spins: 0 }
    }
}

impl Clock {
    pub(crate) fn now(&self, wall_start_ms: i64, mono: Instant) -> Now {
        let drifted = match self.drift_ppm {
            0 => 0,
            ppm => i128::from(mono.since(self.set_at).0) * i128::from(ppm) / 1_000_000_000_000,
        };
        let ahead = self.offset_ms.saturating_add(drifted as i64);
        let wall = wall_start_ms.saturating_add(mono.as_millis() as i64).saturating_add(ahead);
        Now { mono, wall: WallTime(wall) }
    }
}

impl DiskState {
    pub(crate) fn new(random: Random) -> Self {
        DiskState {
            memory: Disk::default(),
            random,
            slow: 1,
            full: false,
            failed: false,
            answers: VecDeque::new(),
            syncing: Vec::new(),
            merging: Vec::new(),
            asked: VecDeque::new(),
            uncovered: BTreeMap::new(),
            last_asked: Seq(0),
        }
    }

    fn forget_process(&mut self) {
        self.failed = false;
        self.answers.clear();
        self.syncing.clear();
        self.merging.clear();
        self.asked.clear();
    }
}

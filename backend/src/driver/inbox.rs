//! What waits for a lab's thread: jobs, what came from sockets, and what disks answered.

use super::Driven;
use relevo_core::{CloseReason, DiskInput, HostId};
use relevo_lab::Message;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Instant;
use tokio::sync::Semaphore;

use crate::wire::Link;

/// Something to be done on the lab's thread, with the lab in hand.
pub(crate) type Job = Box<dyn FnOnce(&mut Driven) + Send>;

/// How much may wait from sockets, in units of [`unit`]; beyond it they are not read.
const ROOM: usize = 64 * 1024;
/// How many inputs from sockets one turn takes.
const TURN: usize = 1024;
/// How many jobs may wait.
const JOBS: usize = 256;

/// What a socket tells.
pub(crate) enum FromWire {
    /// Someone connected and sent a first message.
    Connect { link: Arc<Link>, server: HostId, first: Message },
    /// The next messages.
    Messages { link: u64, messages: Vec<Message>, weight: usize },
    /// More is known of who it is.
    Known { link: u64, library: Option<&'static str>, program: Option<Arc<str>> },
    /// Less than 1 MiB waits to be written again.
    Writable { link: u64 },
    /// It ended.
    Closed { link: u64, reason: CloseReason },
}

impl FromWire {
    /// The socket it is about.
    fn link(&self) -> u64 {
        match self {
            FromWire::Connect { link, .. } => link.id(),
            FromWire::Messages { link, .. }
            | FromWire::Known { link, .. }
            | FromWire::Writable { link }
            | FromWire::Closed { link, .. } => *link,
        }
    }
}

/// What a disk answers.
pub(crate) struct FromDisk {
    pub(crate) node: HostId,
    pub(crate) incarnation: u32,
    pub(crate) input: DiskInput,
}

/// What one turn works on.
#[derive(Default)]
pub(crate) struct Taken {
    pub(crate) jobs: Vec<Job>,
    pub(crate) wire: Vec<FromWire>,
    pub(crate) disk: Vec<FromDisk>,
    pub(crate) stop: bool,
}

/// The queues before a lab's thread. Jobs are taken even while the lab is paused; the rest waits
/// then, and once there is no more room sockets are no longer read.
pub(crate) struct Inbox {
    queues: Mutex<Queues>,
    wake: Condvar,
    room: Semaphore,
    job_room: Semaphore,
}

#[derive(Default)]
struct Queues {
    jobs: VecDeque<Job>,
    wire: VecDeque<FromWire>,
    disk: VecDeque<FromDisk>,
    stop: bool,
    /// Nobody takes anything any more.
    closed: bool,
}

/// How much room an input of so many bytes takes: one for itself and one for every KiB.
pub(crate) fn unit(bytes: u64) -> usize {
    1 + usize::try_from(bytes / 1024).unwrap_or(ROOM / 2)
}

impl Inbox {
    pub(crate) fn new() -> Inbox {
        Inbox {
            queues: Mutex::default(),
            wake: Condvar::new(),
            room: Semaphore::new(ROOM),
            job_room: Semaphore::new(JOBS),
        }
    }

    /// Hands in a job; waits while too many wait already.
    pub(crate) async fn job(&self, job: Job) {
        if let Ok(permit) = self.job_room.acquire().await {
            permit.forget();
            self.push(|queues| queues.jobs.push_back(job));
        }
    }

    /// Hands in messages of a socket; waits, and so stops the reading, while there is no room.
    pub(crate) async fn messages(&self, link: u64, messages: Vec<Message>, weight: usize) {
        let weight = weight.clamp(1, ROOM);
        if let Ok(permit) = self.room.acquire_many(weight as u32).await {
            permit.forget();
            self.wire(FromWire::Messages { link, messages, weight });
        }
    }

    /// Hands in what is bounded by the number of sockets.
    pub(crate) fn wire(&self, input: FromWire) {
        if let FromWire::Closed { link, .. } = &input
            && self.forget(*link)
        {
            return;
        }
        self.push(|queues| queues.wire.push_back(input));
    }

    /// A socket that ended before the lab heard of it, as many do while a lab is paused, leaves
    /// nothing behind; whether it was one.
    fn forget(&self, link: u64) -> bool {
        let mut queues = self.lock();
        let connects =
            |input: &FromWire| matches!(input, FromWire::Connect { .. }) && input.link() == link;
        if !queues.wire.iter().any(connects) {
            return false;
        }
        let mut weight = 0;
        queues.wire.retain(|input| {
            let forgotten = input.link() == link;
            if let FromWire::Messages { weight: of, .. } = input
                && forgotten
            {
                weight += of;
            }
            !forgotten
        });
        self.entered(weight);
        true
    }

    /// Hands in a disk's answer; bounded by what was asked of it.
    pub(crate) fn disk(&self, input: FromDisk) {
        self.push(|queues| queues.disk.push_back(input));
    }

    /// Ends the lab's thread.
    pub(crate) fn stop(&self) {
        self.push(|queues| queues.stop = true);
    }

    /// Waits until `deadline` for something to do, then takes it. While the lab is `paused`, only
    /// jobs are something to do.
    pub(crate) fn wait(&self, deadline: Option<Instant>, paused: bool) -> Taken {
        let mut queues = self.lock();
        while queues.idle(paused) {
            let Some(deadline) = deadline else {
                queues = self.wake.wait(queues).expect("no holder of the inbox panics");
                continue;
            };
            let Some(left) = deadline.checked_duration_since(Instant::now()) else { break };
            queues = self.wake.wait_timeout(queues, left).expect("no holder of the inbox panics").0;
        }
        let taken = queues.take(paused);
        drop(queues);
        self.job_room.add_permits(taken.jobs.len());
        taken
    }

    /// Takes what waits for a paused lab, for a single step.
    pub(crate) fn take_waiting(&self) -> Taken {
        let mut queues = self.lock();
        let (wire, disk) = (queues.wire.drain(..).collect(), queues.disk.drain(..).collect());
        Taken { wire, disk, ..Taken::default() }
    }

    /// Gives back the room of messages that have entered the lab.
    pub(crate) fn entered(&self, weight: usize) {
        self.room.add_permits(weight);
    }

    /// Nobody will take anything any more: what waits is dropped, and so is what comes. A job takes
    /// the place for its answer with it, which tells whoever asked.
    pub(crate) fn close(&self) {
        let closed = Queues { closed: true, ..Queues::default() };
        let waiting = std::mem::replace(&mut *self.lock(), closed);
        self.job_room.close();
        self.room.close();
        drop(waiting);
    }

    fn push(&self, change: impl FnOnce(&mut Queues)) {
        let mut queues = self.lock();
        if !queues.closed {
            change(&mut queues);
            self.wake.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().expect("no holder of the inbox panics")
    }
}

impl Queues {
    fn idle(&self, paused: bool) -> bool {
        let nothing_entered = self.wire.is_empty() && self.disk.is_empty();
        self.jobs.is_empty() && !self.stop && (paused || nothing_entered)
    }

    fn take(&mut self, paused: bool) -> Taken {
        let jobs = self.jobs.drain(..).collect();
        if paused {
            return Taken { jobs, stop: self.stop, ..Taken::default() };
        }
        let wire = self.wire.drain(..self.wire.len().min(TURN)).collect();
        Taken { jobs, wire, disk: self.disk.drain(..).collect(), stop: self.stop }
    }
}

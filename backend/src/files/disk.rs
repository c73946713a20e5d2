//! A node's disk as its lab's thread sees it.

use super::store::Store;
use super::worker::Worker;
use super::{Layout, Recorder};
use relevo_core::{DiskEffect, DiskInput, Fault};
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

/// What waits for a disk's thread.
pub(super) enum Task {
    /// Something the machine asked for.
    Effect { incarnation: u32, effect: DiskEffect },
    /// A fault of the disk.
    Fault(Fault),
    /// A sync made elsewhere is done.
    Synced { number: u64, result: io::Result<()> },
}

#[derive(Default)]
pub(super) struct Queue {
    tasks: Mutex<Tasks>,
    wake: Condvar,
}

#[derive(Default)]
struct Tasks {
    waiting: VecDeque<Task>,
    ended: bool,
}

/// One node's disk: its thread does what is submitted, in order. Dropping it waits until
/// everything submitted is done.
pub struct Disk {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

impl Disk {
    /// The disk of `node`. What it answers goes to `answer`, with the incarnation that asked.
    pub fn open(
        node: &str,
        layout: Layout,
        recorder: Arc<dyn Recorder>,
        answer: impl Fn(u32, DiskInput) + Send + 'static,
    ) -> io::Result<Disk> {
        let queue = Arc::new(Queue::default());
        let store = Store::new(node.into(), layout, recorder);
        let worker = Worker::new(store, Arc::clone(&queue), Box::new(answer));
        let thread =
            std::thread::Builder::new().name(format!("disk-{node}")).spawn(move || worker.run())?;
        Ok(Disk { queue, thread: Some(thread) })
    }

    /// Hands in what a machine asks; `flush` wakes the thread.
    pub fn submit(&self, incarnation: u32, effect: DiskEffect) {
        self.queue.lock().waiting.push_back(Task::Effect { incarnation, effect });
    }

    /// Hands in a fault.
    pub fn fault(&self, fault: Fault) {
        self.queue.lock().waiting.push_back(Task::Fault(fault));
    }

    /// Everything of this turn is handed in.
    pub fn flush(&self) {
        if !self.queue.lock().waiting.is_empty() {
            self.queue.wake.notify_one();
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.queue.lock().ended = true;
        self.queue.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            // It caught its own panics as failures of the disk; there is nothing to add here.
            let _ = thread.join();
        }
    }
}

impl Queue {
    /// Everything that waits; waits for something, none once the disk has ended.
    pub(super) fn take(&self) -> Option<Vec<Task>> {
        let mut tasks = self.lock();
        while tasks.waiting.is_empty() {
            if tasks.ended {
                return None;
            }
            tasks = self.wake.wait(tasks).expect("no holder of a disk's queue panics");
        }
        Some(tasks.waiting.drain(..).collect())
    }

    /// Waits for so long, or until the disk has ended: nothing that ends need pretend to be slow.
    pub(super) fn rest(&self, span: Duration) {
        let tasks = self.lock();
        let slept = self.wake.wait_timeout_while(tasks, span, |tasks| !tasks.ended);
        drop(slept.expect("no holder of a disk's queue panics"));
    }

    pub(super) fn synced(&self, number: u64, result: io::Result<()>) {
        self.lock().waiting.push_back(Task::Synced { number, result });
        self.wake.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().expect("no holder of a disk's queue panics")
    }
}

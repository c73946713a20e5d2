//! What the lab's thread and a socket's task share: the answers that wait to be written.

use super::STOP_READING_AT;
use relevo_core::Message as _;
use relevo_lab::Message;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use tokio::sync::Notify;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// One connection of an outside program.
#[derive(Debug)]
pub struct Link {
    id: u64,
    peer: SocketAddr,
    out: Mutex<Out>,
    /// Wakes the writer.
    ready: Notify,
    /// Wakes the reader, which waits while too much is unsent.
    drained: Notify,
    aborted: Notify,
    /// Tells the socket's task that no message follows.
    ending: Notify,
    unsent: AtomicU64,
    /// Whether the lab was told that this connection is blocked, and not yet that it is writable.
    blocked: AtomicBool,
}

#[derive(Debug, Default)]
struct Out {
    messages: Vec<Message>,
    ended: bool,
}

impl Link {
    pub(crate) fn new(peer: SocketAddr) -> Link {
        Link {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            peer,
            out: Mutex::default(),
            ready: Notify::new(),
            drained: Notify::new(),
            aborted: Notify::new(),
            ending: Notify::new(),
            unsent: AtomicU64::new(0),
            blocked: AtomicBool::new(false),
        }
    }

    /// Its number, never reused.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Where it comes from.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Bytes that wait to be written.
    pub fn unsent(&self) -> u64 {
        self.unsent.load(Ordering::Acquire)
    }

    /// Queues a message; true where the writer must be woken by `flush`.
    pub(crate) fn push(&self, message: Message) -> bool {
        self.unsent.fetch_add(message.wire_size(), Ordering::AcqRel);
        let mut out = self.lock();
        out.messages.push(message);
        out.messages.len() == 1
    }

    pub(crate) fn flush(&self) {
        self.ready.notify_one();
    }

    /// No message follows; the socket ends once all are written.
    pub(crate) fn end(&self) {
        self.lock().ended = true;
        self.ready.notify_one();
        self.ending.notify_one();
    }

    /// The socket ends at once.
    pub(crate) fn abort(&self) {
        self.end();
        self.aborted.notify_one();
    }

    /// Waits until no message follows.
    pub(crate) async fn ending(&self) {
        self.ending.notified().await;
    }

    pub(crate) async fn aborted(&self) {
        self.aborted.notified().await;
    }

    /// Marks the connection blocked; true where it was not.
    pub(crate) fn block(&self) -> bool {
        !self.blocked.swap(true, Ordering::AcqRel)
    }

    /// Waits for messages to write; none once the connection has ended.
    pub(crate) async fn messages(&self) -> Option<Vec<Message>> {
        loop {
            {
                let mut out = self.lock();
                if !out.messages.is_empty() {
                    return Some(std::mem::take(&mut out.messages));
                }
                if out.ended {
                    return None;
                }
            }
            self.ready.notified().await;
        }
    }

    /// So many bytes were written; true where the lab is to be told that there is room again.
    pub(crate) fn written(&self, bytes: u64) -> bool {
        let before = self.unsent.fetch_sub(bytes, Ordering::AcqRel);
        if before.saturating_sub(bytes) >= STOP_READING_AT {
            return false;
        }
        self.drained.notify_one();
        self.blocked.swap(false, Ordering::AcqRel)
    }

    /// Waits until little enough is unsent to go on reading.
    pub(crate) async fn room(&self) {
        while self.unsent() >= STOP_READING_AT {
            self.drained.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Out> {
        self.out.lock().expect("no holder of a link panics")
    }
}

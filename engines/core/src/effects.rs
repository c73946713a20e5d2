use crate::{Address, Cause, ConnId, DiskEffect, File, Seq, Token};
use bytes::Bytes;
use std::sync::Arc;
use std::vec::Drain;

/// The most entries (transactions, records, files) one step may handle.
pub const STEP_ENTRIES: u64 = 256;
/// The most bytes one step may handle, unless a single entry is larger.
pub const STEP_BYTES: u64 = 64 * 1024;

/// One thing a machine wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect<M> {
    /// Open a connection; answered by `Opened` or `Closed`.
    Open {
        /// The id chosen for it.
        conn: ConnId,
        /// Where to. A host does not connect to itself.
        to: Address,
    },
    /// Send a message. On a connection that has ended it is dropped silently, as a socket would.
    Send {
        /// On which connection; it may still be opening.
        conn: ConnId,
        /// What.
        message: M,
    },
    /// Close a connection after what was sent on it.
    Close {
        /// Which.
        conn: ConnId,
    },
    /// Something for the disk.
    Disk(DiskEffect),
    /// Go on with long work: answered by [`Input::Again`](crate::Input::Again) after whatever
    /// else is due has had its turn.
    Again,
    /// Tell the trace: the next of the events that were drained beside the effects.
    Event,
    /// End this process: it cannot go on. The node counts as crashed until it is restarted.
    Stop {
        /// What, why, and what to do, for a person to read.
        reason: String,
    },
}

/// An effect and what it rests on beyond the step's own input.
#[derive(Clone, Debug, PartialEq)]
pub struct Emitted<M> {
    /// What is to be done.
    pub effect: Effect<M>,
    /// Causes beside the step's input; see [`Effects::because`].
    pub because: Option<Arc<[Cause]>>,
}

/// Where a step puts what it wants done, in order. Events lie beside the other effects, so that a
/// machine inside another one, whose events are of another type, writes into the same list.
#[derive(Debug)]
pub struct Effects<M, E> {
    emitted: Vec<Emitted<M>>,
    events: Vec<E>,
    because: Option<Arc<[Cause]>>,
    cause: Cause,
    next_conn: ConnId,
    entries: u64,
    bytes: u64,
}

impl<M, E> Effects<M, E> {
    /// An empty list; `next_conn` is the first id [`Effects::open`] may give out.
    pub fn new(next_conn: ConnId) -> Self {
        Effects {
            emitted: Vec::new(),
            events: Vec::new(),
            because: None,
            cause: Cause(Seq(0)),
            next_conn,
            entries: 0,
            bytes: 0,
        }
    }

    /// Begins a step whose input is the trace event `seq`. Whatever was emitted must be drained.
    pub fn begin(&mut self, seq: Seq) {
        assert!(self.emitted.is_empty(), "effects must be drained fully after every step");
        (self.because, self.cause) = (None, Cause(seq));
        (self.entries, self.bytes) = (0, 0);
    }

    /// Takes what was emitted, in order, and the events that each [`Effect::Event`] stands for, in
    /// order too; the buffers are kept.
    pub fn drain(&mut self) -> (Drain<'_, Emitted<M>>, Drain<'_, E>) {
        (self.emitted.drain(..), self.events.drain(..))
    }

    /// The next id [`Effects::open`] will give out.
    pub fn next_conn(&self) -> ConnId {
        self.next_conn
    }

    /// Sets the id [`Effects::open`] gives out next; for drivers that hand ids out themselves.
    pub fn set_next_conn(&mut self, next: ConnId) {
        self.next_conn = next;
    }

    /// The input of this step, as something to remember and to name later as a cause.
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// States that what follows in this step also rests on `causes`, until said otherwise.
    pub fn because(&mut self, causes: &[Cause]) {
        self.because = if causes.is_empty() { None } else { Some(causes.into()) };
    }

    /// States the work this step does: `entries` handled, `bytes` moved.
    pub fn charge(&mut self, entries: u64, bytes: u64) {
        self.entries += entries;
        self.bytes += bytes;
        assert!(
            self.entries <= STEP_ENTRIES && (self.bytes <= STEP_BYTES || self.entries <= 1),
            "a step handled {} entries, {} bytes; the limit is {STEP_ENTRIES} and {STEP_BYTES}",
            self.entries,
            self.bytes,
        );
    }

    /// How many more entries this step may handle.
    pub fn entries_left(&self) -> u64 {
        STEP_ENTRIES - self.entries
    }

    /// How many more bytes this step may handle.
    pub fn bytes_left(&self) -> u64 {
        STEP_BYTES.saturating_sub(self.bytes)
    }

    /// Opens a connection; messages may be sent on it at once.
    pub fn open(&mut self, to: Address) -> ConnId {
        let conn = self.next_conn;
        self.next_conn = ConnId(conn.0 + 1);
        self.push(Effect::Open { conn, to });
        conn
    }

    /// Sends `message` on `conn`.
    pub fn send(&mut self, conn: ConnId, message: impl Into<M>) {
        self.push(Effect::Send { conn, message: message.into() });
    }

    /// Closes `conn` after what was sent on it.
    pub fn close(&mut self, conn: ConnId) {
        self.push(Effect::Close { conn });
    }

    /// Asks for another turn, to go on with long work.
    pub fn again(&mut self) {
        self.push(Effect::Again);
    }

    /// Tells the trace.
    pub fn event(&mut self, event: impl Into<E>) {
        self.events.push(event.into());
        self.push(Effect::Event);
    }

    /// Ends this process, saying why.
    pub fn stop(&mut self, reason: impl Into<String>) {
        self.push(Effect::Stop { reason: reason.into() });
    }

    /// Writes at the end of a file.
    pub fn append(&mut self, file: &File, data: Bytes) {
        self.disk(DiskEffect::Append { file: file.clone(), data });
    }

    /// Replaces a file atomically.
    pub fn replace(&mut self, file: &File, data: Bytes) {
        self.disk(DiskEffect::Replace { file: file.clone(), data });
    }

    /// Cuts a file.
    pub fn truncate(&mut self, file: &File, length: u64) {
        self.disk(DiskEffect::Truncate { file: file.clone(), length });
    }

    /// Renames a file whose content is durable.
    pub fn rename(&mut self, from: &File, to: &File) {
        self.disk(DiskEffect::Rename { from: from.clone(), to: to.clone() });
    }

    /// Removes a file.
    pub fn delete(&mut self, file: &File) {
        self.disk(DiskEffect::Delete { file: file.clone() });
    }

    /// Asks for all files.
    pub fn list(&mut self, token: Token) {
        self.disk(DiskEffect::List { token });
    }

    /// Asks for a stretch of a file.
    pub fn read(&mut self, file: &File, offset: u64, length: u64, token: Token) {
        self.disk(DiskEffect::Read { file: file.clone(), offset, length, token });
    }

    /// Asks that everything emitted for `files` so far be durable.
    pub fn sync(&mut self, files: &[File], token: Token) {
        self.disk(DiskEffect::Sync { files: files.iter().cloned().collect(), token });
    }

    /// Emits something for the disk.
    pub fn disk(&mut self, effect: DiskEffect) {
        self.push(Effect::Disk(effect));
    }

    /// Runs a machine inside this one: what it emits takes its place among what this one emits,
    /// its events converted.
    pub fn nest<F: Into<E>, R>(&mut self, run: impl FnOnce(&mut Effects<M, F>) -> R) -> R {
        let mut inner = Effects {
            emitted: std::mem::take(&mut self.emitted),
            events: Vec::new(),
            because: self.because.clone(),
            cause: self.cause,
            next_conn: self.next_conn,
            entries: self.entries,
            bytes: self.bytes,
        };
        let result = run(&mut inner);
        self.next_conn = inner.next_conn;
        (self.entries, self.bytes) = (inner.entries, inner.bytes);
        self.emitted = inner.emitted;
        self.events.extend(inner.events.into_iter().map(Into::into));
        result
    }

    fn push(&mut self, effect: Effect<M>) {
        self.emitted.push(Emitted { effect, because: self.because.clone() });
    }
}

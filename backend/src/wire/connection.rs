//! One socket: bytes to messages, messages to bytes.

use super::library::Shown;
use super::program::{self, Program};
use super::{Limits, Link, payload};
use crate::driver::{FromWire, Inbox, unit};
use bytes::BytesMut;
use relevo_coordination::codec::{ServerDecoder, encode_to_client};
use relevo_core::{CloseReason, HostId, Message as _};
use relevo_lab::Message;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, sleep, timeout};

/// How much is read at once.
const READ: usize = 64 * 1024;
/// How much is encoded before it is written.
const WRITE: usize = 256 * 1024;
/// How long the last answers may take to be written.
const FAREWELL: Duration = Duration::from_secs(2);

/// How many programs are looked up at once.
static LOOKING: Semaphore = Semaphore::const_new(4);

/// Serves a connection until it ends.
pub(super) async fn serve(stream: TcpStream, server: HostId, inbox: Arc<Inbox>, limits: Limits) {
    let Ok(peer) = stream.peer_addr() else { return };
    // Answers are small and waited for.
    let _ = stream.set_nodelay(true);
    let link = Arc::new(Link::new(peer));
    let looked_up = look_up(&stream, peer);
    let (read_half, write_half) = stream.into_split();
    let mut reader = Reader {
        socket: read_half,
        buffer: BytesMut::with_capacity(READ),
        decoder: ServerDecoder::new(limits.frame),
        link: &link,
        inbox: &inbox,
        server,
        limits,
        greeted: false,
        shown: Shown::default(),
        looked_up,
        program: None,
        waited: Duration::ZERO,
    };
    let mut writing = std::pin::pin!(write(write_half, &link, &inbox));
    let end = tokio::select! {
        end = reader.read() => end,
        () = &mut writing => return inbox_closed(&inbox, &link, CloseReason::ByPeer),
        () = link.aborted() => return,
        // The lab has ended it; what its client does not take in time is lost.
        () = overdue(&link) => return,
    };
    match end {
        // A four-letter word is often piped in by a program that closes its side at once.
        End::HalfClosed => {
            let _ = timeout(FAREWELL, &mut writing).await;
            inbox_closed(&inbox, &link, CloseReason::ByPeer);
        }
        End::Closed(reason) => inbox_closed(&inbox, &link, reason),
    }
}

/// Looks the program up at the other end, on a thread where nothing waits for it.
fn look_up(stream: &TcpStream, peer: SocketAddr) -> Option<JoinHandle<Option<Program>>> {
    let ours = stream.local_addr().ok()?;
    if !peer.ip().is_loopback() {
        return None;
    }
    // In a rush some stay without a name.
    let looking = LOOKING.try_acquire().ok()?;
    Some(spawn_blocking(move || {
        let _looking = looking;
        program::at(peer, ours)
    }))
}

async fn overdue(link: &Link) {
    link.ending().await;
    sleep(FAREWELL).await;
}

/// The lab ignores the end of a connection it has ended itself.
fn inbox_closed(inbox: &Inbox, link: &Link, reason: CloseReason) {
    inbox.wire(FromWire::Closed { link: link.id(), reason });
}

enum End {
    HalfClosed,
    Closed(CloseReason),
}

struct Reader<'a> {
    socket: OwnedReadHalf,
    buffer: BytesMut,
    decoder: ServerDecoder,
    link: &'a Arc<Link>,
    inbox: &'a Inbox,
    server: HostId,
    limits: Limits,
    greeted: bool,
    shown: Shown,
    /// On its way: which program this is.
    looked_up: Option<JoinHandle<Option<Program>>>,
    program: Option<Arc<str>>,
    /// How long the rest of what has begun was waited for.
    waited: Duration,
}

impl Reader<'_> {
    async fn read(&mut self) -> End {
        let mut last_was_word = false;
        loop {
            self.link.room().await;
            self.buffer.reserve(READ / 2);
            let patience = self.patience();
            let read = self.socket.read_buf(&mut self.buffer);
            let begun = Instant::now();
            let read = match patience {
                Some(limit) => timeout(limit.saturating_sub(self.waited), read).await,
                None => Ok(read.await),
            };
            if patience.is_some() {
                self.waited += begun.elapsed();
            }
            match read {
                Ok(Ok(0)) if last_was_word => return End::HalfClosed,
                Ok(Ok(0)) => return End::Closed(CloseReason::ByPeer),
                Ok(Ok(_)) => {}
                Ok(Err(_)) => return End::Closed(CloseReason::Broken),
                Err(_) => return self.gave_up(),
            }
            let decoded = self.decode();
            if !decoded.messages.is_empty() || self.buffer.is_empty() && self.greeted {
                self.waited = Duration::ZERO;
            }
            if let Some(last) = decoded.messages.last() {
                last_was_word = matches!(last, Message::FourLetterWord(_));
                self.hand_in(decoded.messages).await;
            }
            if decoded.malformed {
                return End::Closed(CloseReason::Malformed);
            }
        }
    }

    /// How long the next bytes are waited for: what began to be said must be said to its end.
    fn patience(&self) -> Option<Duration> {
        if !self.greeted {
            return Some(self.limits.first_message);
        }
        (!self.buffer.is_empty()).then_some(self.limits.whole_frame)
    }

    fn gave_up(&self) -> End {
        let (peer, server) = (self.link.peer(), self.server.0);
        let waited_ms = self.waited.as_millis() as u64;
        tracing::warn!(%peer, server, waited_ms,
            "closed a connection: what it began to say did not come to its end");
        End::Closed(CloseReason::ByPeer)
    }

    /// All messages that have come whole.
    fn decode(&mut self) -> Decoded {
        let buffer = self.buffer.len();
        let mut messages = Vec::new();
        loop {
            match self.decoder.push(&mut self.buffer) {
                Ok(Some(mut message)) => {
                    payload::own(&mut message, buffer);
                    messages.push(message);
                }
                Ok(None) => return Decoded { messages, malformed: false },
                Err(error) => {
                    let peer = self.link.peer();
                    tracing::warn!(%peer, server = self.server.0, %error,
                        "closed a connection: what it sent is no message, or beyond the limit");
                    return Decoded { messages, malformed: true };
                }
            }
        }
    }

    async fn hand_in(&mut self, mut messages: Vec<Message>) {
        let mut news = false;
        for message in &messages {
            news |= self.shown.note(message);
        }
        if !self.greeted {
            self.greeted = true;
            let (link, first) = (Arc::clone(self.link), messages.remove(0));
            self.inbox.wire(FromWire::Connect { link, server: self.server, first });
        }
        if !messages.is_empty() {
            let weight = messages.iter().map(|message| unit(message.wire_size())).sum();
            self.inbox.messages(self.link.id(), messages, weight).await;
        }
        self.tell_who(news).await;
    }

    /// Tells the lab who this is, as often as more of it is known. A session's connection is worth
    /// the wait for the program's name; it goes on being written to meanwhile.
    async fn tell_who(&mut self, news: bool) {
        let looked_up = match self.looked_up.take() {
            Some(looked_up) => looked_up.await.ok().flatten(),
            None if !news => return,
            None => None,
        };
        if let Some(Program { name, runtime }) = looked_up {
            (self.program, self.shown.runtime) = (Some(name.into()), runtime);
        }
        let (link, library, program) = (self.link.id(), self.shown.library(), self.program.clone());
        if library.is_some() || program.is_some() {
            self.inbox.wire(FromWire::Known { link, library, program });
        }
    }
}

struct Decoded {
    messages: Vec<Message>,
    malformed: bool,
}

/// Writes what the lab sends, until it ends the connection or the socket fails.
async fn write(mut socket: OwnedWriteHalf, link: &Link, inbox: &Inbox) {
    let mut buffer = BytesMut::with_capacity(4096);
    while let Some(messages) = link.messages().await {
        let mut pending = 0;
        let last = messages.len() - 1;
        for (index, message) in messages.iter().enumerate() {
            encode_to_client(message, &mut buffer);
            pending += message.wire_size();
            if buffer.len() >= WRITE || index == last {
                if socket.write_all(&buffer).await.is_err() {
                    return;
                }
                buffer.clear();
                if link.written(std::mem::take(&mut pending)) {
                    inbox.wire(FromWire::Writable { link: link.id() });
                }
            }
        }
        if buffer.capacity() > 2 * WRITE {
            buffer = BytesMut::with_capacity(4096);
        }
    }
    let _ = socket.shutdown().await;
}

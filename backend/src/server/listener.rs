//! The HTTP port: connections are counted, whoever is slow is not waited for, and shutting down
//! is quick.

use crate::places::{Full, Place, Places};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use socket2::SockRef;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep, sleep, sleep_until};
use tower::ServiceExt;

/// How long an `accept` that failed for want of file descriptors rests.
const AGAIN: Duration = Duration::from_millis(200);
/// What is read before HTTP's own time-outs hold: the preface that tells HTTP/2 from HTTP/1.
const PREFACE: usize = 24;
/// How much the system keeps of what a page has not taken. More would be old by the time it is
/// seen; a page that falls behind gets a fresh scene instead.
const UNSENT: usize = 256 * 1024;
/// The most headers of a request, and their bytes in all.
const HEADERS: usize = 64;
const HEADER_BYTES: usize = 32 * 1024;
/// The most calls at once on one connection of HTTP/2.
const CALLS: u32 = 128;

/// What bounds the HTTP port.
#[derive(Clone, Copy, Debug)]
pub struct HttpLimits {
    /// The most connections.
    pub connections: usize,
    /// The most connections from one address.
    pub per_address: usize,
    /// How long a request's head may take, from the connection or the last answer on.
    pub head: Duration,
    /// How long a silent connection of HTTP/2 is left alone, and then how long its answer to a
    /// ping may take.
    pub ping: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        let (head, ping) = (Duration::from_secs(10), Duration::from_secs(20));
        HttpLimits { connections: 1024, per_address: 512, head, ping }
    }
}

/// Who asks: the other end of the connection, as every request's extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visitor(pub IpAddr);

/// Serves `app` until `shutdown`. What is still open then ends with this call: streams never end
/// by themselves, and what has to be kept is kept by the labs.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    limits: HttpLimits,
    shutdown: impl Future<Output = ()> + Send,
) {
    let places = Places::new(limits.connections, limits.per_address);
    let mut shutdown = std::pin::pin!(shutdown);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = &mut shutdown => return,
            // Nothing is made of how a connection ended.
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    if let Some(place) = place(&places, peer) {
                        connections.spawn(connection(stream, peer, place, app.clone(), limits));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "could not accept an HTTP connection");
                    sleep(AGAIN).await;
                }
            },
        }
    }
}

fn place(places: &Places, peer: SocketAddr) -> Option<Place> {
    let (flag, limit) = match places.take(peer.ip()) {
        Ok(place) => return Some(place),
        Err(Full::Altogether(limit)) => ("--max-http-connections", limit),
        Err(Full::FromThere(limit)) => ("--max-http-connections-per-address", limit),
    };
    tracing::warn!(%peer, limit, "refused an HTTP connection: {flag} is reached");
    None
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
    app: Router,
    limits: HttpLimits,
) {
    // Frames of the WebSocket are small and wanted at once.
    let _ = stream.set_nodelay(true);
    let _ = SockRef::from(&stream).set_send_buffer_size(UNSENT);
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_headers(HEADERS)
        .max_buf_size(HEADER_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(CALLS)
        .max_header_list_size(HEADER_BYTES as u32)
        .keep_alive_interval(limits.ping)
        .keep_alive_timeout(limits.ping);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Visitor(peer.ip()));
        app.clone().oneshot(request.map(Body::new))
    });
    let io = TokioIo::new(Opening::new(stream, limits.head, place));
    if let Err(error) = builder.serve_connection_with_upgrades(io, service).await {
        tracing::debug!(%peer, %error, "an HTTP connection ended early");
    }
}

/// A connection whose first bytes must come in time. It carries its place, also where it becomes
/// a WebSocket.
struct Opening {
    stream: TcpStream,
    deadline: Option<Pin<Box<Sleep>>>,
    read: usize,
    _place: Place,
}

impl Opening {
    fn new(stream: TcpStream, limit: Duration, place: Place) -> Opening {
        let deadline = Some(Box::pin(sleep_until(Instant::now() + limit)));
        Opening { stream, deadline, read: 0, _place: place }
    }
}

impl AsyncRead for Opening {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(deadline) = &mut self.deadline
            && deadline.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.read += buffer.filled().len() - before;
        if self.read >= PREFACE {
            self.deadline = None;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Opening {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

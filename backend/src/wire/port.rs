//! A server's port: open while its process lives, closed while it does not.

use super::Limits;
use super::connection::serve;
use crate::driver::Inbox;
use crate::failure::Failure;
use crate::places::{Full, Places};
use relevo_core::HostId;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How long to wait before a port that someone else took is tried again, and how long an
/// `accept` that failed for want of file descriptors rests.
const AGAIN: Duration = Duration::from_millis(200);
/// How long a command waits for a port to open or close.
const SETTLED: Duration = Duration::from_millis(500);

/// The port of one server. Dropping it closes it.
#[derive(Debug)]
pub struct Port {
    server: HostId,
    address: SocketAddr,
    advertised: Arc<str>,
    wanted: watch::Sender<bool>,
    open: watch::Receiver<bool>,
}

/// Opens ports; all share the limits of connections.
#[derive(Clone, Debug)]
pub struct Ports {
    limits: Limits,
    advertise: Option<Arc<str>>,
    places: Places,
}

impl Ports {
    /// Ports that together take `limits.connections`.
    pub fn new(limits: Limits, advertise: Option<&str>) -> Ports {
        let places = Places::new(limits.connections, limits.per_address);
        Ports { limits, advertise: advertise.map(Into::into), places }
    }

    /// Binds the port of server `number` (from 0) at `base` or the port as many further.
    pub async fn bind(&self, base: SocketAddr, number: u16) -> Result<TcpListener, Failure> {
        let mut address = base;
        if base.port() != 0 {
            let port = base.port().checked_add(number).ok_or_else(|| {
                Failure::start(
                    "cannot listen",
                    "the ports end at 65535",
                    "choose a lower --zookeeper",
                )
            })?;
            address.set_port(port);
        }
        TcpListener::bind(address).await.map_err(|error| {
            let help = "choose another address with --zookeeper (port 0 picks free ones)";
            Failure::start(format!("cannot listen for ZooKeeper clients on {address}"), error, help)
        })
    }

    /// Serves `server` of the lab behind `inbox` on a bound port.
    pub(crate) fn serve(
        &self,
        listener: TcpListener,
        server: HostId,
        inbox: Arc<Inbox>,
    ) -> io::Result<Port> {
        let address = listener.local_addr()?;
        let (wanted, wish) = watch::channel(true);
        let (state, open) = watch::channel(true);
        let accepting = Accepting { ports: self.clone(), address, server, inbox, wish, state };
        tokio::spawn(accepting.run(listener));
        let host = match &self.advertise {
            Some(host) => format!("{host}:{}", address.port()),
            None => address.to_string(),
        };
        Ok(Port { server, address, advertised: host.into(), wanted, open })
    }
}

impl Port {
    /// Whose it is.
    pub fn server(&self) -> HostId {
        self.server
    }

    /// Where it is bound.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to tell clients.
    pub fn advertised(&self) -> Arc<str> {
        Arc::clone(&self.advertised)
    }

    /// Opens or closes it.
    pub(crate) fn set_open(&self, open: bool) {
        self.wanted.send_if_modified(|wanted| std::mem::replace(wanted, open) != open);
    }

    /// What tells when it is as open as it ought to be.
    pub(crate) fn change(&self) -> PortChange {
        PortChange { wanted: *self.wanted.borrow(), open: self.open.clone() }
    }
}

/// A port on its way to being open, or closed.
pub(crate) struct PortChange {
    wanted: bool,
    open: watch::Receiver<bool>,
}

impl PortChange {
    /// Waits until it is; not for ever, for someone else may hold the port.
    pub(crate) async fn settled(mut self) {
        let wanted = self.wanted;
        let settled = self.open.wait_for(|open| *open == wanted);
        // A port that stays taken is tried again behind the answer, and the log says so.
        let _ = tokio::time::timeout(SETTLED, settled).await;
    }
}

/// Waits until the port is to be closed; none where it is gone for good.
async fn unwanted(wishes: &mut watch::Receiver<bool>) -> Option<()> {
    wishes.wait_for(|open| !open).await.ok().map(|_| ())
}

struct Accepting {
    ports: Ports,
    address: SocketAddr,
    server: HostId,
    inbox: Arc<Inbox>,
    wish: watch::Receiver<bool>,
    state: watch::Sender<bool>,
}

impl Accepting {
    async fn run(mut self, mut listener: TcpListener) {
        loop {
            if self.accept_while_open(&listener).await.is_none() {
                return;
            }
            drop(listener);
            let _ = self.state.send(false);
            listener = match self.reopen().await {
                Some(listener) => listener,
                None => return,
            };
            let _ = self.state.send(true);
        }
    }

    /// Accepts until the port is to be closed; none where it is gone for good.
    async fn accept_while_open(&self, listener: &TcpListener) -> Option<()> {
        let mut wishes = self.wish.clone();
        loop {
            tokio::select! {
                closed = unwanted(&mut wishes) => return closed,
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.accepted(stream, peer),
                    Err(error) => {
                        tracing::warn!(address = %self.address, %error, "could not accept");
                        tokio::time::sleep(AGAIN).await;
                    }
                },
            }
        }
    }

    fn accepted(&self, stream: tokio::net::TcpStream, peer: SocketAddr) {
        let place = match self.ports.places.take(peer.ip()) {
            Ok(place) => place,
            Err(full) => {
                let (flag, limit) = match full {
                    Full::Altogether(limit) => ("--max-connections", limit),
                    Full::FromThere(limit) => ("--max-connections-per-address", limit),
                };
                tracing::warn!(%peer, limit, "refused a connection: {flag} is reached");
                return;
            }
        };
        let (server, inbox, limits) = (self.server, Arc::clone(&self.inbox), self.ports.limits);
        tokio::spawn(async move {
            serve(stream, server, inbox, limits).await;
            drop(place);
        });
    }

    /// Waits until the port is wanted again, and binds it; none where it is gone for good.
    async fn reopen(&mut self) -> Option<TcpListener> {
        loop {
            self.wish.wait_for(|open| *open).await.ok()?;
            match TcpListener::bind(self.address).await {
                Ok(listener) => return Some(listener),
                Err(error) => {
                    tracing::warn!(address = %self.address, %error, "the port is taken; trying again");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }
}

use crate::{Address, ConnId, DiskInput, Effects, HostId, Instant, OutsideId, Service, WallTime};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::net::IpAddr;

/// A process as a pure value: one input in, effects out.
///
/// `Clone` is what makes forks and keyframes possible and must be cheap: large state is shared.
pub trait Machine: Clone {
    /// What it needs to boot again after a crash, beside its disk.
    type Config: Clone + Debug;
    /// What travels on its connections.
    type Message: Message;
    /// What it tells of itself: changes of state worth seeing.
    type Event: Clone + Debug + Serialize + DeserializeOwned;
    /// What a person or a script can ask of it directly, without a connection.
    type Call: Clone + Debug + Serialize + DeserializeOwned;

    /// A fresh incarnation. Its first input is [`Input::Boot`]; `seed` differs from incarnation
    /// to incarnation.
    fn boot(config: &Self::Config, seed: u64) -> Self;

    /// Handles one input.
    fn step(
        &mut self,
        now: Now,
        input: Input<Self::Message, Self::Call>,
        out: &mut Effects<Self::Message, Self::Event>,
    );

    /// When it wants [`Input::Deadline`] next, if nothing else happens before. Asked after every
    /// step; an instant that has passed means at once.
    fn deadline(&self) -> Option<Instant>;

    /// How a call reads in the trace.
    fn call_words(call: &Self::Call) -> String {
        format!("{call:?}")
    }
}

/// Something that travels on a connection.
pub trait Message: Clone + Debug + PartialEq + Serialize + DeserializeOwned {
    /// Its length on the wire in bytes, framing included.
    fn wire_size(&self) -> u64;

    /// The same message after a way through the engine's codec and back; fault schedules send
    /// one message in sixteen this way.
    fn through_codec(self) -> Result<Self, String>;
}

/// The clocks a machine can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The lab's monotonic time; deadlines are given in it.
    pub mono: Instant,
    /// The host's wall clock, skew (offset and drift) included; never use it for time-outs.
    pub wall: WallTime,
}

/// What can happen to a machine.
#[derive(Clone, Debug, PartialEq)]
pub enum Input<M, C> {
    /// The process begins.
    Boot,
    /// The instant given by [`Machine::deadline`] has come.
    Deadline,
    /// A connection opened by this machine is established.
    Opened {
        /// As returned by [`Effects::open`].
        conn: ConnId,
    },
    /// Someone connected to one of this host's services.
    Accepted {
        /// The new connection.
        conn: ConnId,
        /// What they want to speak.
        service: Service,
        /// Who it is, as far as the network tells.
        peer: Peer,
    },
    /// The next message of a connection.
    Message {
        /// On which connection.
        conn: ConnId,
        /// What arrived.
        message: M,
    },
    /// 1 MiB of what was sent on a connection has not arrived yet: whoever streams on it waits for
    /// `Writable`.
    Blocked {
        /// Which connection.
        conn: ConnId,
    },
    /// The queue of a connection that had reached 1 MiB fell below it again.
    Writable {
        /// Which connection.
        conn: ConnId,
    },
    /// A connection ended, or could not be opened. Nothing of it arrives afterwards; not sent to
    /// the side that closed it.
    Closed {
        /// Which connection.
        conn: ConnId,
        /// Why.
        reason: CloseReason,
    },
    /// The turn asked for by [`Effects::again`], 20 µs of lab time later and after all that was due
    /// before it.
    Again,
    /// The disk answers.
    Disk(DiskInput),
    /// A person or a script asks.
    Call(C),
}

/// Who is at the other end of an accepted connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// The host or the outside program.
    pub party: crate::Party,
    /// The address it comes from.
    pub ip: IpAddr,
    /// The port it comes from.
    pub port: u16,
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CloseReason {
    /// The other side closed it.
    ByPeer,
    /// Nobody listens there, or the host is down.
    Refused,
    /// Nothing gets to the other host, or a message on the way was lost.
    Broken,
    /// The other side's process died.
    PeerDied,
    /// More than 64 MiB were queued.
    Overflow,
    /// What arrived is no message of the protocol, or is beyond its limit.
    Malformed,
}

impl Address {
    /// The address of `service` on `host`.
    pub fn new(host: HostId, service: Service) -> Address {
        Address { host, service }
    }
}

impl From<HostId> for crate::Party {
    fn from(host: HostId) -> Self {
        crate::Party::Host(host)
    }
}

impl From<OutsideId> for crate::Party {
    fn from(outside: OutsideId) -> Self {
        crate::Party::Outside(outside)
    }
}

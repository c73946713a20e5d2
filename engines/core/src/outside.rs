use crate::{
    Address, CloseReason, ConnId, DiskEffect, DiskInput, Fault, HostId, Origin, OutsideId,
};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Everything that can enter a world from outside. A recording is the seed and the list of
/// (instant, outside input).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum OutsideInput<M, C> {
    /// A fault, or its mending.
    Fault {
        /// What is done.
        fault: Fault,
        /// By whom.
        by: Origin,
    },
    /// Someone asks a machine directly.
    Call {
        /// Which machine.
        node: HostId,
        /// What.
        call: C,
        /// By whom.
        by: Origin,
    },
    /// An outside program connects to a host's real port.
    Connect {
        /// Which program; one program may hold several connections.
        outside: OutsideId,
        /// Where to.
        to: Address,
        /// Its address.
        ip: IpAddr,
        /// Its port.
        port: u16,
    },
    /// An outside program's next message.
    Message {
        /// On which connection.
        conn: ConnId,
        /// What.
        message: M,
    },
    /// An outside program's socket ended, or what it sent was no message of its protocol.
    Close {
        /// Which connection.
        conn: ConnId,
        /// `ByPeer`, `Malformed`, `Overflow` or `Broken`.
        reason: CloseReason,
    },
    /// 1 MiB of what was sent to an outside program waits for its socket. How fast a socket
    /// drains is nothing a world could know, so it enters here, and the recording holds it.
    Blocked {
        /// Which connection.
        conn: ConnId,
    },
    /// Less waits again.
    Writable {
        /// Which connection.
        conn: ConnId,
    },
    /// A real disk answers; only where the host's files are real.
    Disk {
        /// Whose disk.
        node: HostId,
        /// The host's incarnation that asked; an answer to an earlier one is ignored.
        incarnation: u32,
        /// What it answers.
        input: DiskInput,
    },
}

/// What leaves a world for an outside program.
#[derive(Clone, Debug, PartialEq)]
pub enum OutsideOutput<M> {
    /// To be written to its socket.
    Message {
        /// On which connection.
        conn: ConnId,
        /// What.
        message: M,
    },
    /// Its socket is to be closed once everything before is written.
    Closed {
        /// Which connection.
        conn: ConnId,
        /// Why.
        reason: CloseReason,
    },
    /// A host with real files wants something of them.
    Disk {
        /// Whose disk.
        node: HostId,
        /// The incarnation that asks; to be handed back with the answer.
        incarnation: u32,
        /// What.
        effect: DiskEffect,
    },
    /// A fault was applied to a host with real files: its driver drops what is under way
    /// (crash), moves the folder aside (lost disk), slows down or refuses writes.
    DiskFault {
        /// Whose disk.
        node: HostId,
        /// What.
        fault: Fault,
    },
}

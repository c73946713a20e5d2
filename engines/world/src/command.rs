use crate::agenda::Side;
use crate::connections::EndState;
use crate::host::{Host, HostState, Mail};
use crate::world::World;
use relevo_core::{
    Address, CloseReason, ConnId, HostId, Kind, Machine, OutsideId, OutsideInput, Party, Peer, Seq,
};
use std::net::IpAddr;

/// What came of an outside input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entered {
    /// Its event; the last event given where it has none of its own.
    pub seq: Seq,
    /// The connection it opened.
    pub conn: Option<ConnId>,
}

/// Why an outside input cannot be applied: what, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// No such host.
    #[error(
        "there is no {host}: this lab has {hosts} hosts, numbered from 0; list the nodes first"
    )]
    UnknownHost {
        /// The number asked for.
        host: HostId,
        /// How many there are.
        hosts: u32,
    },
    /// No such message under way.
    #[error("message {} is not under way: it arrived, was lost or never was; \
        pause the time first to catch a message in flight", message.0)]
    UnknownMessage {
        /// The message asked for.
        message: Seq,
    },
    /// The message is not held.
    #[error("message {} is not held: hold it before you release it", message.0)]
    NotHeld {
        /// The message asked for.
        message: Seq,
    },
    /// The connection ended or never was.
    #[error("{conn} is not open: it ended or never was; open a new one")]
    UnknownConnection {
        /// The connection asked for.
        conn: ConnId,
    },
    /// The process does not run.
    #[error("{name} does not run: it was crashed or stopped; restart it first")]
    NotRunning {
        /// The host's name.
        name: String,
    },
    /// The process runs.
    #[error("{name} is running already: crash it first, or leave it as it is")]
    AlreadyRunning {
        /// The host's name.
        name: String,
    },
    /// The process is frozen.
    #[error("{name} is paused already: resume it first")]
    AlreadyPaused {
        /// The host's name.
        name: String,
    },
    /// The process is not frozen.
    #[error("{name} is not paused: pause it before you resume it")]
    NotPaused {
        /// The host's name.
        name: String,
    },
    /// Only the world itself begins processes for the first time.
    #[error("a first start is no command: add the host, or restart a crashed one")]
    FirstStart,
    /// A link has two ends.
    #[error("a link leads from one host to another: {host} is named as both ends")]
    SameHost {
        /// The host.
        host: HostId,
    },
    /// Groups of a partition overlap.
    #[error("{host} is in more than one group: name each host once")]
    InTwoGroups {
        /// The host.
        host: HostId,
    },
    /// A number makes no sense.
    #[error("{what} cannot be {value}: give {wanted}")]
    OutOfRange {
        /// Of what.
        what: &'static str,
        /// Which number.
        value: i64,
        /// What would do.
        wanted: &'static str,
    },
    /// The host's files are in the world.
    #[error("the files of {name} are in memory: nobody outside answers for its disk")]
    MemoryDisk {
        /// The host's name.
        name: String,
    },
    /// No question of this name is open.
    #[error("the disk was not asked question {token}, or has answered it: answer each once")]
    UnknownToken {
        /// The name.
        token: u64,
    },
}

impl<M: Machine> World<M> {
    /// Lets something enter at this instant. Faults act at once; what is for a machine is due
    /// now and handled as soon as time runs.
    pub fn input(
        &mut self,
        input: OutsideInput<M::Message, M::Call>,
    ) -> Result<Entered, CommandError> {
        let entered = match input {
            OutsideInput::Fault { fault, by } => self.fault(fault, by),
            OutsideInput::Call { node, call, by } => {
                self.alive(node)?;
                let kind = || Kind::Call { call: M::call_words(&call), by };
                let seq = self.record(Some(node.into()), &[], kind);
                self.post(node, Mail::Call(call), seq);
                Ok(self.entered())
            }
            OutsideInput::Connect { outside, to, ip, port } => {
                self.outside_connect(outside, to, ip, port)
            }
            OutsideInput::Message { conn, message } => self.outside_message(conn, message),
            OutsideInput::Close { conn, reason } => self.outside_close(conn, reason),
            OutsideInput::Blocked { conn } => self.outside_socket(conn, true),
            OutsideInput::Writable { conn } => self.outside_socket(conn, false),
            OutsideInput::Disk { node, incarnation, input } => {
                self.external_answer(node, incarnation, input)
            }
        };
        self.settle();
        entered
    }

    fn outside_connect(
        &mut self,
        outside: OutsideId,
        to: Address,
        ip: IpAddr,
        port: u16,
    ) -> Result<Entered, CommandError> {
        self.known(to.host)?;
        let party = Party::Outside(outside);
        let conn = self.scratch.0.next_conn();
        self.scratch.0.set_next_conn(ConnId(conn.0 + 1));
        let opening = self.record(Some(party), &[], || Kind::Opening { conn, to });
        self.open(Peer { party, ip, port }, conn, to, opening);
        Ok(Entered { seq: opening, conn: Some(conn) })
    }

    fn outside_message(
        &mut self,
        conn: ConnId,
        message: M::Message,
    ) -> Result<Entered, CommandError> {
        let slot = self.outside_end(conn)?;
        let seq = self.send(slot, Side::Opener, message, None);
        Ok(Entered { seq, conn: None })
    }

    fn outside_close(
        &mut self,
        conn: ConnId,
        reason: CloseReason,
    ) -> Result<Entered, CommandError> {
        let slot = self.outside_end(conn)?;
        let connection = self.connections.at(slot);
        let party = connection.end(Side::Opener).party;
        let peer = connection.end(Side::Acceptor).party;
        let seq = self.record(Some(party), &[], || Kind::Closed { conn, peer, reason: None });
        self.close(slot, Side::Opener, reason, seq);
        Ok(Entered { seq, conn: None })
    }

    fn outside_socket(&mut self, conn: ConnId, full: bool) -> Result<Entered, CommandError> {
        let slot = self.outside_end(conn)?;
        self.connections.at(slot).end_mut(Side::Acceptor).socket_full = full;
        self.watch_flow(slot, Side::Acceptor);
        Ok(self.entered())
    }

    /// The slot of a connection that an outside program holds open.
    fn outside_end(&mut self, conn: ConnId) -> Result<u32, CommandError> {
        let unknown = CommandError::UnknownConnection { conn };
        let slot = self.connections.slot(conn).ok_or(unknown.clone())?;
        let end = self.connections.at(slot).end(Side::Opener);
        let is_outside = matches!(end.party, Party::Outside(_));
        (is_outside && end.state == EndState::Open).then_some(slot).ok_or(unknown)
    }

    /// What to report for an input whose event is the last one, or that has none.
    pub(crate) fn entered(&self) -> Entered {
        Entered { seq: self.seq, conn: None }
    }

    pub(crate) fn known(&mut self, host: HostId) -> Result<&mut Host<M>, CommandError> {
        let hosts = self.hosts.len() as u32;
        self.hosts.get_mut(host.0 as usize).ok_or(CommandError::UnknownHost { host, hosts })
    }

    pub(crate) fn alive(&mut self, host: HostId) -> Result<&mut Host<M>, CommandError> {
        let host = self.known(host)?;
        match host.state {
            HostState::Running | HostState::Paused => Ok(host),
            HostState::Crashed | HostState::Stopped { .. } => {
                Err(CommandError::NotRunning { name: host.name.to_string() })
            }
        }
    }
}

//! A small blocking client: one connection, one request after the other.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::{BufMut, Bytes, BytesMut};
use relevo_coordination::codec::{ClientDecoder, encode_to_server};
use relevo_coordination::{
    ConnectRequest, ConnectResponse, ErrorCode, Message, Request, Response, SessionId,
    WatchedEvent, Zxid,
};

/// No answer takes longer on loopback.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// A server that means to close has done so by then.
const CLOSING: Duration = Duration::from_secs(25);
const ANSWER_LIMIT: usize = 64 << 20;

const PING_XID: i32 = -2;
const AUTH_XID: i32 = -4;
const SET_WATCHES_XID: i32 = -8;

pub(crate) struct Client {
    stream: TcpStream,
    decoder: ClientDecoder,
    arrived: BytesMut,
    next_xid: i32,
    pub(crate) session: SessionId,
    pub(crate) password: Bytes,
    pub(crate) timeout_ms: i32,
    /// Watches that fired, until someone takes them.
    pub(crate) events: Vec<WatchedEvent>,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reply {
    Answer {
        xid: i32,
        zxid: Zxid,
        error: ErrorCode,
        body: Response,
    },
    /// The server closed the connection instead.
    Closed,
}

impl Client {
    /// Connects; none where the server closed the connection instead of answering.
    pub(crate) fn connect(server: &str, connect: ConnectRequest) -> Result<Option<Client>> {
        let stream =
            TcpStream::connect(server).with_context(|| format!("connecting to {server}"))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let mut client = Client {
            stream,
            decoder: ClientDecoder::new(ANSWER_LIMIT),
            arrived: BytesMut::new(),
            next_xid: 1,
            session: SessionId(0),
            password: Bytes::new(),
            timeout_ms: 0,
            events: Vec::new(),
        };
        client.send(&Message::Connect(connect))?;
        let Some(message) = client.receive()? else { return Ok(None) };
        let Message::Connected(ConnectResponse { session, password, timeout_ms, .. }) = message
        else {
            bail!("{server} answered a connect record with {message:?}");
        };
        (client.session, client.password, client.timeout_ms) = (session, password, timeout_ms);
        Ok(Some(client))
    }

    pub(crate) fn ask(&mut self, request: Request) -> Result<Reply> {
        let xid = self.xid_of(&request);
        self.send(&Message::Request { xid, request })?;
        self.answer(xid)
    }

    /// Sends a frame with any opcode and body.
    pub(crate) fn ask_raw(&mut self, opcode: i32, body: &[u8]) -> Result<Reply> {
        let request = Request::Invalid { opcode, error: ErrorCode::Unimplemented };
        let xid = self.xid_of(&request);
        self.decoder.sent(&Message::Request { xid, request });
        let mut frame = BytesMut::new();
        frame.put_i32(i32::try_from(body.len())? + 8);
        frame.put_i32(xid);
        frame.put_i32(opcode);
        frame.put_slice(body);
        self.write(&frame)?;
        self.answer(xid)
    }

    /// Sends bytes that are no frame; true where the server closed the connection, as it should.
    pub(crate) fn offend(&mut self, bytes: &[u8]) -> Result<bool> {
        self.write(bytes)?;
        Ok(self.receive()?.is_none())
    }

    /// Waits for the server to close the connection, whatever comes before; false where it does not.
    pub(crate) fn await_close(&mut self) -> Result<bool> {
        self.stream.set_read_timeout(Some(CLOSING))?;
        loop {
            match self.receive() {
                Ok(None) => return Ok(true),
                Ok(Some(Message::Watch(event))) => self.events.push(event),
                Ok(Some(_)) => {}
                Err(_) => {
                    self.stream.set_read_timeout(Some(PATIENCE))?;
                    return Ok(false);
                }
            }
        }
    }

    /// Waits for a ping's answer: every event caused before has arrived then.
    pub(crate) fn settle(&mut self) -> Result<Reply> {
        self.ask(Request::Ping)
    }

    fn xid_of(&mut self, request: &Request) -> i32 {
        match request {
            Request::Ping => PING_XID,
            Request::Auth { .. } => AUTH_XID,
            Request::SetWatches { .. } => SET_WATCHES_XID,
            _ => {
                self.next_xid += 1;
                self.next_xid - 1
            }
        }
    }

    fn answer(&mut self, asked: i32) -> Result<Reply> {
        loop {
            match self.receive()? {
                None => return Ok(Reply::Closed),
                Some(Message::Watch(event)) => self.events.push(event),
                Some(Message::Response { xid, zxid, error, body }) if xid == asked => {
                    return Ok(Reply::Answer { xid, zxid, error, body });
                }
                Some(other) => bail!("the answer to xid {asked} was expected, not {other:?}"),
            }
        }
    }

    fn send(&mut self, message: &Message) -> Result<()> {
        self.decoder.sent(message);
        let mut bytes = BytesMut::new();
        encode_to_server(message, &mut bytes);
        self.write(&bytes)
    }

    /// What cannot be written shows when the answer does not come.
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self.stream.write_all(bytes) {
            Err(error) if !closed(error.kind()) => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The next message; none at the end of the connection.
    fn receive(&mut self) -> Result<Option<Message>> {
        loop {
            if let Some(message) = self.decoder.push(&mut self.arrived)? {
                return Ok(Some(message));
            }
            let mut piece = [0; 16 << 10];
            match self.stream.read(&mut piece) {
                Ok(0) => return Ok(None),
                Ok(length) => self.arrived.extend_from_slice(&piece[..length]),
                Err(error) if closed(error.kind()) => return Ok(None),
                Err(error) => return Err(error).context("waiting for an answer"),
            }
        }
    }
}

fn closed(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted
    )
}

/// Asks a four-letter word and returns the whole answer.
pub(crate) fn four_letter_word(server: &str, word: [u8; 4], within: Duration) -> Result<String> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(within))?;
    stream.write_all(&word)?;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if !closed(error.kind()) => Err(error.into()),
        _ => Ok(String::from_utf8_lossy(&answer).into_owned()),
    }
}

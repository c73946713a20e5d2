//! What clients and servers say to each other: frames of a four-byte length and a record. The
//! first frame each way is the connect record, without a header; a four-letter word comes without
//! a frame, where the first length would stand.

use super::DecodeError;
use super::jute::{Reader, Sink, Size};
use super::records::error_code;
use super::request::{opcode, put_request, request};
use super::response::{Shape, put_response, response, shape, shape_of_answer};
use crate::{
    ConnectRequest, ConnectResponse, ErrorCode, Message, Response, SessionId, WatchEventKind,
    WatchedEvent, Zxid,
};
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;

/// ZooKeeper's `jute.maxbuffer`: the longest frame either side accepts unless told otherwise.
pub const FRAME_LIMIT: usize = 0xf_ffff;

const NOTIFICATION_XID: i32 = -1;
/// The state in a watcher event: "SyncConnected", which it always is where one arrives.
const SYNC_CONNECTED: i32 = 3;

/// Reads what a client sends on one connection.
#[derive(Clone, Debug)]
pub struct ServerDecoder {
    limit: usize,
    connected: bool,
}

impl ServerDecoder {
    /// For a new connection whose frames may have `limit` bytes.
    pub fn new(limit: usize) -> Self {
        ServerDecoder { limit, connected: false }
    }

    /// Takes the next message from the front of what arrived; none while it is incomplete. After an
    /// error nothing more can be read, for where the next frame begins is unknown or worthless.
    ///
    /// A request that is framed well but cannot be read is a message too: see
    /// [`Request::Invalid`](crate::Request::Invalid).
    pub fn push(&mut self, buf: &mut BytesMut) -> Result<Option<Message>, DecodeError> {
        if let (false, Some(word)) = (self.connected, buf.first_chunk::<4>().copied())
            && word.iter().all(u8::is_ascii_lowercase)
        {
            let _ = buf.split_to(4);
            return Ok(Some(Message::FourLetterWord(word)));
        }
        let Some(frame) = frame(buf, self.limit)? else { return Ok(None) };
        let mut input = Reader::new(&frame);
        if !self.connected {
            self.connected = true;
            return connect_request(&mut input).map(|connect| Some(Message::Connect(connect)));
        }
        let (xid, opcode) = (input.i32()?, input.i32()?);
        Ok(Some(Message::Request { xid, request: request(opcode, input.rest()) }))
    }
}

/// Reads what a server sends on one connection.
#[derive(Clone, Debug)]
pub struct ClientDecoder {
    limit: usize,
    connected: bool,
    text: bool,
    awaited: VecDeque<(i32, Shape)>,
}

impl ClientDecoder {
    /// For a new connection whose frames may have `limit` bytes.
    pub fn new(limit: usize) -> Self {
        ClientDecoder { limit, connected: false, text: false, awaited: VecDeque::new() }
    }

    /// Notes what was sent: an answer can only be read by who knows the question.
    pub fn sent(&mut self, message: &Message) {
        match message {
            Message::Request { xid, request } => {
                self.awaited.push_back((*xid, shape_of_answer(request)));
            }
            Message::FourLetterWord(_) => self.text = true,
            _ => {}
        }
    }

    /// Takes the next message from the front of what arrived; none while it is incomplete. The
    /// answer to a four-letter word comes in as many pieces as it arrives in.
    pub fn push(&mut self, buf: &mut BytesMut) -> Result<Option<Message>, DecodeError> {
        if self.text {
            let text = buf.split_to(buf.len());
            let message = || Message::Text(String::from_utf8_lossy(&text).as_ref().into());
            return Ok((!text.is_empty()).then(message));
        }
        let Some(frame) = frame(buf, self.limit)? else { return Ok(None) };
        let mut input = Reader::new(&frame);
        if !self.connected {
            self.connected = true;
            return connect_response(&mut input).map(|connect| Some(Message::Connected(connect)));
        }
        let xid = input.i32()?;
        let (zxid, error) = (Zxid(input.u64()?), error_code(input.i32()?));
        if xid == NOTIFICATION_XID {
            return watched_event(&mut input).map(|event| Some(Message::Watch(event)));
        }
        let shape = self.answered(xid)?;
        let body = if input.is_empty() && error != ErrorCode::Ok {
            Response::Empty
        } else {
            response(shape, &mut input)?
        };
        Ok(Some(Message::Response { xid, zxid, error, body }))
    }

    /// Answers come in the order of the questions, but for pings and auths, which may overtake.
    fn answered(&mut self, xid: i32) -> Result<Shape, DecodeError> {
        let at = self.awaited.iter().position(|(awaited, _)| *awaited == xid);
        let unknown = DecodeError::Unknown { what: "xid of an answer", value: xid };
        at.and_then(|at| self.awaited.remove(at)).map(|(_, shape)| shape).ok_or(unknown)
    }
}

/// Takes a whole frame's content from the front of `buf`.
pub(super) fn frame(buf: &mut BytesMut, limit: usize) -> Result<Option<Bytes>, DecodeError> {
    let Some(length) = buf.first_chunk::<4>().map(|length| i32::from_be_bytes(*length)) else {
        return Ok(None);
    };
    let length = usize::try_from(length).map_err(|_| DecodeError::NegativeLength { length })?;
    if length > limit {
        return Err(DecodeError::TooLong { length: length as u64, limit: limit as u64 });
    }
    if buf.len() < 4 + length {
        return Ok(None);
    }
    Ok(Some(buf.split_to(4 + length).freeze().split_off(4)))
}

/// Writes what a client sends; whatever else is no message of a client and writes nothing.
pub fn encode_to_server(message: &Message, out: &mut BytesMut) {
    put_to_server(out, message);
}

/// Writes what a server sends to its client; whatever else writes nothing.
pub fn encode_to_client(message: &Message, out: &mut BytesMut) {
    put_to_client(out, message);
}

/// The bytes of a message between a client and a server.
pub(super) fn size(message: &Message) -> u64 {
    let mut size = Size::default();
    put_to_server(&mut size, message);
    put_to_client(&mut size, message);
    size.0
}

fn put_to_server(out: &mut impl Sink, message: &Message) {
    match message {
        Message::Connect(connect) => out.counted(|out| put_connect_request(out, connect)),
        Message::Request { xid, request } => out.counted(|out| {
            out.i32(*xid);
            out.i32(opcode(request));
            put_request(out, request);
        }),
        Message::FourLetterWord(word) => out.put(word),
        _ => {}
    }
}

fn put_to_client(out: &mut impl Sink, message: &Message) {
    match message {
        Message::Connected(connect) => out.counted(|out| put_connect_response(out, connect)),
        Message::Response { xid, zxid, error, body } => out.counted(|out| {
            put_reply_header(out, *xid, zxid.0, *error as i32);
            put_response(out, body);
        }),
        Message::Watch(event) => out.counted(|out| {
            put_reply_header(out, NOTIFICATION_XID, u64::MAX, 0);
            out.i32(event.kind as i32);
            out.i32(SYNC_CONNECTED);
            out.string(&event.path);
        }),
        Message::Text(text) => out.put(text.as_bytes()),
        _ => {}
    }
}

fn put_reply_header(out: &mut impl Sink, xid: i32, zxid: u64, error: i32) {
    out.i32(xid);
    out.u64(zxid);
    out.i32(error);
}

fn put_connect_request(out: &mut impl Sink, connect: &ConnectRequest) {
    out.i32(connect.protocol_version);
    out.u64(connect.last_zxid_seen.0);
    out.i32(connect.timeout_ms);
    out.i64(connect.session.0);
    out.slice(&connect.password);
    if let Some(read_only) = connect.read_only {
        out.bool(read_only);
    }
}

fn connect_request(input: &mut Reader<'_>) -> Result<ConnectRequest, DecodeError> {
    Ok(ConnectRequest {
        protocol_version: input.i32()?,
        last_zxid_seen: Zxid(input.u64()?),
        timeout_ms: input.i32()?,
        session: SessionId(input.i64()?),
        password: input.buffer()?.unwrap_or_default(),
        read_only: read_only(input)?,
    })
}

fn put_connect_response(out: &mut impl Sink, connect: &ConnectResponse) {
    out.i32(connect.protocol_version);
    out.i32(connect.timeout_ms);
    out.i64(connect.session.0);
    out.slice(&connect.password);
    if let Some(read_only) = connect.read_only {
        out.bool(read_only);
    }
}

fn connect_response(input: &mut Reader<'_>) -> Result<ConnectResponse, DecodeError> {
    Ok(ConnectResponse {
        protocol_version: input.i32()?,
        timeout_ms: input.i32()?,
        session: SessionId(input.i64()?),
        password: input.buffer()?.unwrap_or_default(),
        read_only: read_only(input)?,
    })
}

/// The byte that clients and servers before 3.4 do not send.
fn read_only(input: &mut Reader<'_>) -> Result<Option<bool>, DecodeError> {
    if input.is_empty() { Ok(None) } else { input.bool().map(Some) }
}

fn watched_event(input: &mut Reader<'_>) -> Result<WatchedEvent, DecodeError> {
    use WatchEventKind::*;
    const KINDS: [WatchEventKind; 7] = [
        NodeCreated,
        NodeDeleted,
        NodeDataChanged,
        NodeChildrenChanged,
        DataWatchRemoved,
        ChildWatchRemoved,
        PersistentWatchRemoved,
    ];
    let value = input.i32()?;
    input.i32()?;
    let unknown = DecodeError::Unknown { what: "kind of watched event", value };
    let kind = KINDS.into_iter().find(|kind| *kind as i32 == value).ok_or(unknown)?;
    Ok(WatchedEvent { kind, path: input.text()? })
}

/// The same message after a way through the codec.
pub(super) fn through(message: Message) -> Result<Message, DecodeError> {
    let mut bytes = BytesMut::new();
    put_to_server(&mut bytes, &message);
    put_to_client(&mut bytes, &message);
    let decoded = match &message {
        Message::Connect(_) | Message::FourLetterWord(_) => {
            ServerDecoder::new(usize::MAX).push(&mut bytes)
        }
        Message::Request { .. } => {
            ServerDecoder { limit: usize::MAX, connected: true }.push(&mut bytes)
        }
        Message::Response { xid, body, .. } => {
            let awaited = VecDeque::from([(*xid, shape(body))]);
            let (limit, connected, text) = (usize::MAX, true, false);
            ClientDecoder { limit, connected, text, awaited }.push(&mut bytes)
        }
        Message::Text(text) if text.is_empty() => return Ok(message),
        _ => {
            let (connected, text) =
                (matches!(message, Message::Watch(_)), matches!(message, Message::Text(_)));
            let awaited = VecDeque::new();
            ClientDecoder { limit: usize::MAX, connected, text, awaited }.push(&mut bytes)
        }
    };
    decoded?.ok_or(DecodeError::Truncated)
}

//! `QuorumPacket`s: what a learner and its leader say to each other. A packet has no frame: a type,
//! a zxid, a buffer and a list of identities. After SNAP the snapshot follows bare, up to a
//! signature.

use super::DecodeError;
use super::jute::{Reader, Sink, Size};
use super::records::{identity, op, put_identity};
use super::request::{opcode, put_request, request};
use super::snapshot::Scanner;
use super::txn::{put_txn, txn};
use crate::{Epoch, Identity, LearnerRequest, QuorumPacket, ServerId, SessionId, Zxid};
use bytes::{Bytes, BytesMut};
use std::sync::Arc;

/// The longest packet a peer may send; a session's end may carry many paths, so it is far above
/// the limit of a client's frame.
pub const PACKET_LIMIT: usize = 64 << 20;

/// What follows a snapshot on the wire.
const SIGNATURE: &str = "BenWasHere";
/// The version of the protocol since ZooKeeper 3.4.
const PROTOCOL_VERSION: i32 = 0x1_0000;
/// The zxid of packets that concern none.
const NO_ZXID: u64 = u64::MAX;

/// `Leader`'s constants.
mod kind {
    pub(super) const REQUEST: i32 = 1;
    pub(super) const PROPOSAL: i32 = 2;
    pub(super) const ACK: i32 = 3;
    pub(super) const COMMIT: i32 = 4;
    pub(super) const PING: i32 = 5;
    pub(super) const REVALIDATE: i32 = 6;
    pub(super) const SYNC: i32 = 7;
    pub(super) const INFORM: i32 = 8;
    pub(super) const NEWLEADER: i32 = 10;
    pub(super) const FOLLOWERINFO: i32 = 11;
    pub(super) const UPTODATE: i32 = 12;
    pub(super) const DIFF: i32 = 13;
    pub(super) const TRUNC: i32 = 14;
    pub(super) const SNAP: i32 = 15;
    pub(super) const OBSERVERINFO: i32 = 16;
    pub(super) const LEADERINFO: i32 = 17;
    pub(super) const ACKEPOCH: i32 = 18;
}

/// Writes a packet.
pub fn encode(packet: &QuorumPacket, out: &mut BytesMut) {
    put(out, packet);
}

/// The bytes of a packet.
pub(super) fn size(packet: &QuorumPacket) -> u64 {
    let mut size = Size::default();
    put(&mut size, packet);
    size.0
}

fn put(out: &mut impl Sink, packet: &QuorumPacket) {
    let nothing = |out: &mut _| Sink::i32(out, -1);
    match packet {
        QuorumPacket::FollowerInfo { server, accepted_epoch, voter } => {
            put_follower_info(out, *server, *accepted_epoch, *voter);
        }
        QuorumPacket::LeaderInfo { epoch } => {
            header(out, kind::LEADERINFO, Zxid::new(*epoch, 0).0);
            out.counted(|out| out.i32(PROTOCOL_VERSION));
            nothing(out);
        }
        QuorumPacket::AckEpoch { current_epoch, last_zxid } => {
            header(out, kind::ACKEPOCH, last_zxid.0);
            out.counted(|out| out.u32(current_epoch.map_or(u32::MAX, |epoch| epoch.0)));
            nothing(out);
        }
        QuorumPacket::Diff { last_zxid } => put_bare(out, kind::DIFF, last_zxid.0),
        QuorumPacket::Trunc { zxid } => put_bare(out, kind::TRUNC, zxid.0),
        QuorumPacket::Snap { zxid } => put_bare(out, kind::SNAP, zxid.0),
        QuorumPacket::SnapshotChunk { data, last } => {
            out.put(data);
            if *last {
                out.string(SIGNATURE);
            }
        }
        QuorumPacket::NewLeader { epoch } => {
            put_bare(out, kind::NEWLEADER, Zxid::new(*epoch, 0).0);
        }
        QuorumPacket::UpToDate => put_bare(out, kind::UPTODATE, NO_ZXID),
        QuorumPacket::Proposal(txn) => {
            header(out, kind::PROPOSAL, txn.zxid.0);
            out.counted(|out| put_txn(out, txn));
            nothing(out);
        }
        QuorumPacket::Ack { zxid } => put_bare(out, kind::ACK, zxid.0),
        QuorumPacket::Commit { zxid } => put_bare(out, kind::COMMIT, zxid.0),
        QuorumPacket::Inform(txn) => {
            header(out, kind::INFORM, txn.zxid.0);
            out.counted(|out| put_txn(out, txn));
            nothing(out);
        }
        QuorumPacket::Request { session, cxid, request, identities } => {
            put_learner_request(out, *session, *cxid, request, identities);
        }
        QuorumPacket::Sync => put_bare(out, kind::SYNC, 0),
        QuorumPacket::Revalidate { session, timeout_ms } => {
            header(out, kind::REVALIDATE, NO_ZXID);
            out.counted(|out| put_session(out, *session, *timeout_ms));
            nothing(out);
        }
        QuorumPacket::Revalidated { session, alive } => {
            header(out, kind::REVALIDATE, NO_ZXID);
            out.counted(|out| {
                out.i64(session.0);
                out.bool(*alive);
            });
            nothing(out);
        }
        QuorumPacket::Ping { zxid, sessions } => {
            header(out, kind::PING, zxid.0);
            // Never null, not even when empty: ZooKeeper's leader reads it without looking.
            out.counted(|out| sessions.iter().for_each(|(id, ms)| put_session(out, *id, *ms)));
            nothing(out);
        }
    }
}

fn header(out: &mut impl Sink, kind: i32, zxid: u64) {
    out.i32(kind);
    out.u64(zxid);
}

fn put_bare(out: &mut impl Sink, kind: i32, zxid: u64) {
    header(out, kind, zxid);
    out.i32(-1);
    out.i32(-1);
}

fn put_session(out: &mut impl Sink, session: SessionId, timeout_ms: u32) {
    out.i64(session.0);
    out.u32(timeout_ms);
}

fn put_follower_info(out: &mut impl Sink, server: ServerId, accepted: Epoch, voter: bool) {
    let kind = if voter { kind::FOLLOWERINFO } else { kind::OBSERVERINFO };
    header(out, kind, Zxid::new(accepted, 0).0);
    out.counted(|out| {
        out.u64(server.0);
        out.i32(PROTOCOL_VERSION);
        // The version of a configuration that was never changed at run time.
        out.i64(0);
    });
    out.i32(-1);
}

fn put_learner_request(
    out: &mut impl Sink,
    session: SessionId,
    cxid: i32,
    request: &LearnerRequest,
    identities: &[Identity],
) {
    header(out, kind::REQUEST, NO_ZXID);
    out.counted(|out| {
        out.i64(session.0);
        out.i32(cxid);
        match request {
            LearnerRequest::Client(request) => {
                out.i32(opcode(request));
                put_request(out, request);
            }
            LearnerRequest::CreateSession { timeout_ms } => {
                out.i32(op::CREATE_SESSION);
                out.u32(*timeout_ms);
            }
        }
    });
    out.vector(identities, put_identity);
}

/// Takes the next packet from the front of what arrived; none while it is incomplete. What follows
/// SNAP is not made of packets: whoever may receive one uses a [`Decoder`].
pub fn decode(buf: &mut BytesMut) -> Result<Option<QuorumPacket>, DecodeError> {
    let mut input = Reader::new(buf);
    let packet = match raw_packet(&mut input) {
        Err(DecodeError::Truncated) => return Ok(None),
        raw => typed(raw?)?,
    };
    let taken = buf.len() - input.rest().len();
    let _ = buf.split_to(taken);
    Ok(Some(packet))
}

/// A packet before its type says what its parts mean.
struct RawPacket<'a> {
    kind: i32,
    zxid: Zxid,
    data: &'a [u8],
    identities: Vec<Identity>,
}

fn raw_packet<'a>(input: &mut Reader<'a>) -> Result<RawPacket<'a>, DecodeError> {
    let (kind, zxid) = (input.i32()?, Zxid(input.u64()?));
    let length = input.clone().i32()?;
    if usize::try_from(length).is_ok_and(|length| length > PACKET_LIMIT) {
        return Err(DecodeError::TooLong { length: length as u64, limit: PACKET_LIMIT as u64 });
    }
    let data = input.slice()?.unwrap_or_default();
    let identities = input.vector(identity)?;
    Ok(RawPacket { kind, zxid, data, identities })
}

fn typed(raw: RawPacket<'_>) -> Result<QuorumPacket, DecodeError> {
    let input = &mut Reader::new(raw.data);
    let (zxid, epoch) = (raw.zxid, raw.zxid.epoch());
    let packet = match raw.kind {
        kind::FOLLOWERINFO | kind::OBSERVERINFO => QuorumPacket::FollowerInfo {
            server: ServerId(input.u64()?),
            accepted_epoch: epoch,
            voter: raw.kind == kind::FOLLOWERINFO,
        },
        kind::LEADERINFO => QuorumPacket::LeaderInfo { epoch },
        kind::ACKEPOCH => {
            let current = Some(input.u32()?).filter(|epoch| *epoch != u32::MAX);
            QuorumPacket::AckEpoch { current_epoch: current.map(Epoch), last_zxid: zxid }
        }
        kind::DIFF => QuorumPacket::Diff { last_zxid: zxid },
        kind::TRUNC => QuorumPacket::Trunc { zxid },
        kind::SNAP => QuorumPacket::Snap { zxid },
        kind::NEWLEADER => QuorumPacket::NewLeader { epoch },
        kind::UPTODATE => QuorumPacket::UpToDate,
        kind::PROPOSAL => QuorumPacket::Proposal(Arc::new(txn(raw.data)?)),
        kind::INFORM => QuorumPacket::Inform(Arc::new(txn(raw.data)?)),
        kind::ACK => QuorumPacket::Ack { zxid },
        kind::COMMIT => QuorumPacket::Commit { zxid },
        kind::REQUEST => learner_request(input, raw.identities)?,
        kind::SYNC => QuorumPacket::Sync,
        kind::REVALIDATE => revalidate(input)?,
        kind::PING => QuorumPacket::Ping { zxid, sessions: sessions(input)? },
        value => return Err(DecodeError::Unknown { what: "type of quorum packet", value }),
    };
    Ok(packet)
}

fn learner_request(
    input: &mut Reader<'_>,
    identities: Vec<Identity>,
) -> Result<QuorumPacket, DecodeError> {
    let (session, cxid) = (SessionId(input.i64()?), input.i32()?);
    let request = match input.i32()? {
        op::CREATE_SESSION => LearnerRequest::CreateSession { timeout_ms: input.u32()? },
        opcode => LearnerRequest::Client(request(opcode, input.rest())),
    };
    Ok(QuorumPacket::Request { session, cxid, request, identities: identities.into() })
}

/// The question carries a time-out, the answer a boolean.
fn revalidate(input: &mut Reader<'_>) -> Result<QuorumPacket, DecodeError> {
    let session = SessionId(input.i64()?);
    Ok(match input.rest() {
        [alive] => QuorumPacket::Revalidated { session, alive: *alive != 0 },
        _ => QuorumPacket::Revalidate { session, timeout_ms: input.u32()? },
    })
}

fn sessions(input: &mut Reader<'_>) -> Result<Vec<(SessionId, u32)>, DecodeError> {
    let mut sessions = Vec::with_capacity(input.rest().len() / 12);
    while !input.is_empty() {
        sessions.push((SessionId(input.i64()?), input.u32()?));
    }
    Ok(sessions)
}

/// Reads what a leader sends, snapshots included.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    snapshot: Option<Scanner>,
}

impl Decoder {
    /// For a new connection.
    pub fn new() -> Self {
        Decoder::default()
    }

    /// Takes the next packet from the front of what arrived; none while it is incomplete. A
    /// snapshot comes as [`QuorumPacket::SnapshotChunk`]s of whatever size it arrives in.
    pub fn push(&mut self, buf: &mut BytesMut) -> Result<Option<QuorumPacket>, DecodeError> {
        let Some(scanner) = &mut self.snapshot else {
            let packet = decode(buf)?;
            if let Some(QuorumPacket::Snap { .. }) = packet {
                self.snapshot = Some(Scanner::stream());
            }
            return Ok(packet);
        };
        if scanner.is_done() {
            return self.end_of_snapshot(buf);
        }
        let taken = scanner.scan(buf)?;
        let data = buf.split_to(taken).freeze();
        Ok((taken > 0).then_some(QuorumPacket::SnapshotChunk { data, last: false }))
    }

    fn end_of_snapshot(&mut self, buf: &mut BytesMut) -> Result<Option<QuorumPacket>, DecodeError> {
        const LENGTH: usize = 4 + SIGNATURE.len();
        let Some(signature) = buf.first_chunk::<LENGTH>() else { return Ok(None) };
        if Reader::new(signature).slice()? != Some(SIGNATURE.as_bytes()) {
            return Err(DecodeError::NoSignature);
        }
        let _ = buf.split_to(LENGTH);
        self.snapshot = None;
        Ok(Some(QuorumPacket::SnapshotChunk { data: Bytes::new(), last: true }))
    }
}

/// The same packet after a way through the codec.
pub(super) fn through(packet: QuorumPacket) -> Result<QuorumPacket, DecodeError> {
    let mut bytes = BytesMut::new();
    encode(&packet, &mut bytes);
    if let QuorumPacket::SnapshotChunk { data, last } = &packet {
        let data: Bytes = bytes.split_to(data.len()).freeze();
        return Ok(QuorumPacket::SnapshotChunk { data, last: *last });
    }
    decode(&mut bytes)?.ok_or(DecodeError::Truncated)
}

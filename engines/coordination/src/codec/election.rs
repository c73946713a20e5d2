//! What servers say to each other on the election port: whoever opens a connection introduces
//! itself once, without a frame; then votes go both ways in frames.

use super::DecodeError;
use super::client::frame;
use super::jute::{Reader, Sink, Size};
use crate::{ElectionMessage, Epoch, Notification, PeerState, ServerId, Vote, Zxid};
use bytes::BytesMut;

/// The version with one address; what ZooKeeper sends unless told to use several.
const ONE_ADDRESS: i64 = -65536;
/// The version with several addresses.
const ADDRESSES: i64 = -65535;
/// The addresses may have this many bytes (`QuorumCnxManager.maxBuffer`).
const ADDRESSES_LIMIT: usize = 2048;
/// A vote may have this many bytes (`PACKETMAXSIZE`).
const VOTE_LIMIT: usize = 512 << 10;
/// Votes of this version carry the ensemble's configuration; ours is never changed, so empty.
const WITH_CONFIGURATION: i32 = 2;
/// In place of every number of a vote for no one.
const NO_VOTE: u64 = i64::MIN as u64;

/// Writes a message.
pub fn encode(message: &ElectionMessage, out: &mut BytesMut) {
    put(out, message);
}

/// The bytes of a message.
pub(super) fn size(message: &ElectionMessage) -> u64 {
    let mut size = Size::default();
    put(&mut size, message);
    size.0
}

fn put(out: &mut impl Sink, message: &ElectionMessage) {
    match message {
        ElectionMessage::Hello { server, addresses } => {
            out.i64(if addresses.len() > 1 { ADDRESSES } else { ONE_ADDRESS });
            out.u64(server.0);
            out.counted(|out| {
                for (at, address) in addresses.iter().enumerate() {
                    out.put(if at > 0 { b"|" } else { b"" });
                    out.put(address.as_bytes());
                }
            });
        }
        ElectionMessage::Notification(notification) => {
            out.counted(|out| put_notification(out, notification));
        }
    }
}

fn put_notification(out: &mut impl Sink, notification: &Notification) {
    let Notification { vote, round, state } = notification;
    let (leader, zxid, epoch) = match vote {
        Some(vote) => (vote.leader.0, vote.zxid.0, u64::from(vote.epoch.0)),
        None => (NO_VOTE, NO_VOTE, NO_VOTE),
    };
    out.i32(match state {
        PeerState::Looking => 0,
        PeerState::Following => 1,
        PeerState::Leading => 2,
        PeerState::Observing => 3,
    });
    out.u64(leader);
    out.u64(zxid);
    out.u64(*round);
    out.u64(epoch);
    out.i32(WITH_CONFIGURATION);
    out.i32(0);
}

/// Takes the next message from the front of what arrived; none while it is incomplete. An
/// introduction is known by its first four bytes, which no length can have.
pub fn decode(buf: &mut BytesMut) -> Result<Option<ElectionMessage>, DecodeError> {
    if buf.first_chunk::<4>() == Some(&[0xff; 4]) {
        return hello(buf);
    }
    let Some(frame) = frame(buf, VOTE_LIMIT)? else { return Ok(None) };
    notification(&mut Reader::new(&frame)).map(|vote| Some(ElectionMessage::Notification(vote)))
}

fn hello(buf: &mut BytesMut) -> Result<Option<ElectionMessage>, DecodeError> {
    const HEAD: usize = 20;
    let Some(head) = buf.first_chunk::<HEAD>() else { return Ok(None) };
    let mut input = Reader::new(head);
    let (version, server) = (input.i64()?, ServerId(input.u64()?));
    if ![ONE_ADDRESS, ADDRESSES].contains(&version) {
        let value = version as i32;
        return Err(DecodeError::Unknown { what: "version of the election protocol", value });
    }
    let length = input.i32()?;
    let length = usize::try_from(length).map_err(|_| DecodeError::NegativeLength { length })?;
    if length > ADDRESSES_LIMIT {
        let (length, limit) = (length as u64, ADDRESSES_LIMIT as u64);
        return Err(DecodeError::TooLong { length, limit });
    }
    if buf.len() < HEAD + length {
        return Ok(None);
    }
    let taken = buf.split_to(HEAD + length);
    let text = String::from_utf8_lossy(&taken[HEAD..]);
    let addresses = text.split('|').filter(|address| !address.is_empty()).map(Into::into).collect();
    Ok(Some(ElectionMessage::Hello { server, addresses }))
}

/// Reads a vote of any version; those before 3.4.6 end earlier.
fn notification(input: &mut Reader<'_>) -> Result<Notification, DecodeError> {
    let state = match input.i32()? {
        0 => PeerState::Looking,
        1 => PeerState::Following,
        2 => PeerState::Leading,
        3 => PeerState::Observing,
        value => return Err(DecodeError::Unknown { what: "state of a server", value }),
    };
    let (leader, zxid, round) = (input.u64()?, Zxid(input.u64()?), input.u64()?);
    let epoch = if input.is_empty() { u64::from(zxid.epoch().0) } else { input.u64()? };
    let vote = Vote { epoch: Epoch(epoch as u32), zxid, leader: ServerId(leader) };
    Ok(Notification { vote: (leader != NO_VOTE).then_some(vote), round, state })
}

/// The same message after a way through the codec.
pub(super) fn through(message: ElectionMessage) -> Result<ElectionMessage, DecodeError> {
    let mut bytes = BytesMut::new();
    encode(&message, &mut bytes);
    decode(&mut bytes)?.ok_or(DecodeError::Truncated)
}

//! Session ids and passwords, as ZooKeeper makes them, so that every server of an ensemble (and
//! every implementation in it) can check what another one gave out.

use crate::{ServerId, SessionId};
use bytes::Bytes;
use relevo_core::WallTime;

/// ZooKeeper's `superSecret`. No secret at all: the password only keeps a client from taking up a
/// stranger's session by mistake, and it is ZooKeeper's protocol.
const PASSWORD_SEED: i64 = 0xB341_5C00;

/// The first session id a server gives out: its own id in the high byte, then the time, then a
/// counter.
///
/// `seed` moves the counter's beginning, so that a server whose clock was set back does not give
/// out the same ids again.
pub(super) fn first_session_id(server: ServerId, wall: WallTime, seed: u64) -> SessionId {
    let time = ((wall.0 as u64) << 24) >> 8;
    SessionId((time | (server.0 << 56) | (seed & 0xffff)) as i64)
}

/// The password of a session: 16 bytes of `java.util.Random` seeded by its id.
pub(super) fn password(session: SessionId) -> Bytes {
    const MULTIPLIER: u64 = 0x5_DEEC_E66D;
    const MASK: u64 = (1 << 48) - 1;
    let mut state = ((session.0 ^ PASSWORD_SEED) as u64 ^ MULTIPLIER) & MASK;
    let mut bytes = [0; 16];
    for word in bytes.chunks_exact_mut(4) {
        state = (state.wrapping_mul(MULTIPLIER).wrapping_add(0xB)) & MASK;
        word.copy_from_slice(&((state >> 16) as u32).to_le_bytes());
    }
    Bytes::copy_from_slice(&bytes)
}

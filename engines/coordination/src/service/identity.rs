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

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `java.util.Random` itself, seeded as ZooKeeper seeds it.
    #[test]
    fn passwords_are_those_of_zookeeper() {
        let table = [
            (0x1000_0000_0abc, 0x7cfe_62e2_b39b_58cf_a610_e31a_d7bb_2efa_u128),
            (-5, 0xd471_44b5_e45e_45c4_9c3b_7fdc_d662_57ba),
            (72_057_594_037_927_936, 0xf22a_cd4a_97e6_9d6d_20a4_9bb6_38ea_db38),
        ];
        for (session, expected) in table {
            assert_eq!(password(SessionId(session))[..], expected.to_be_bytes()[..]);
        }
    }

    #[test]
    fn ids_begin_with_the_server_and_go_on_with_the_time() {
        let id = first_session_id(ServerId(3), WallTime(0x18b_cfe5_6800), 0xffff_0007);
        assert_eq!(id.0, 0x038b_cfe5_6800_0007);
        assert!(first_session_id(ServerId(255), WallTime(1), 0).0 < 0);
    }
}

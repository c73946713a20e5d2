//! What goes through the codec comes out the same, and no bytes whatever can make a reader panic.

mod codec;

use bytes::{Bytes, BytesMut};
use codec::strategies;
use proptest::prelude::*;
use relevo_coordination::Message;
use relevo_coordination::codec::{
    ClientDecoder, ServerDecoder, decode_epoch, decode_txn, election, encode_to_client,
    encode_to_server, encode_txn, log, quorum, snapshot, txn_size,
};
use relevo_core::Message as _;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_message_comes_out_as_it_went_in(message in strategies::message()) {
        prop_assert_eq!(message.clone().through_codec(), Ok(message));
    }

    #[test]
    fn a_message_has_the_size_it_says(message in strategies::message()) {
        let mut bytes = BytesMut::new();
        match &message {
            Message::Quorum(packet) => quorum::encode(packet, &mut bytes),
            Message::Election(election) => election::encode(election, &mut bytes),
            _ => {
                encode_to_server(&message, &mut bytes);
                encode_to_client(&message, &mut bytes);
            }
        }
        prop_assert_eq!(message.wire_size(), bytes.len() as u64);
    }

    #[test]
    fn a_transaction_comes_out_as_it_went_in(txn in strategies::txn()) {
        let mut bytes = BytesMut::new();
        encode_txn(&txn, &mut bytes);
        prop_assert_eq!(bytes.len() as u64, txn_size(&txn));
        prop_assert_eq!(decode_txn(&bytes), Ok(txn));
    }

    #[test]
    fn a_log_gives_back_its_transactions_however_it_is_cut(
        txns in prop::collection::vec(strategies::txn(), 0..8),
        padding in 0usize..64,
        piece in 1usize..200,
    ) {
        let mut file = BytesMut::from(&log::header()[..]);
        txns.iter().for_each(|txn| log::encode(txn, &mut file));
        let end = file.len() as u64;
        file.resize(file.len() + padding, 0);
        let (read, finish) = codec::read_log(&file, piece);
        prop_assert_eq!(read, txns);
        prop_assert_eq!(finish, Ok(end));
    }

    #[test]
    fn a_torn_log_gives_back_its_whole_transactions(
        txns in prop::collection::vec(strategies::txn(), 1..6),
        cut in any::<prop::sample::Index>(),
        zeros in 0usize..64,
    ) {
        let mut file = BytesMut::from(&log::header()[..]);
        let mut ends = vec![file.len()];
        for txn in &txns {
            log::encode(txn, &mut file);
            ends.push(file.len());
        }
        let cut = 16 + cut.index(file.len() - 16);
        file.truncate(cut);
        // Where the cut-off bytes were zeros anyway, adding zeros may make the entry whole again.
        file.resize(cut + zeros, 0);
        let (read, finish) = codec::read_log(&file, 64);
        prop_assert!(read.len() >= ends.iter().filter(|end| **end <= cut).count() - 1);
        prop_assert_eq!(&read[..], &txns[..read.len()]);
        let end = ends[read.len()] as u64;
        let ok = matches!(finish, Ok(at) | Err(log::LogError::Torn { at }) if at == end);
        prop_assert!(ok, "{finish:?}, not {end}");
    }

    #[test]
    fn damage_before_the_last_entry_is_no_torn_tail(
        txns in prop::collection::vec(strategies::txn(), 2..6),
        at in any::<prop::sample::Index>(),
        flip in 1u8..=255,
    ) {
        let mut file = BytesMut::from(&log::header()[..]);
        let mut last = 0;
        for txn in &txns {
            last = file.len();
            log::encode(txn, &mut file);
        }
        let at = 16 + at.index(last - 16);
        file[at] ^= flip;
        let (_, finish) = codec::read_log(&file, 4096);
        prop_assert!(matches!(finish, Err(log::LogError::Corrupt { .. })), "{finish:?}");
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read_everything(&bytes);
    }

    #[test]
    fn no_damaged_message_makes_a_reader_panic(
        message in strategies::message(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = BytesMut::new();
        match &message {
            Message::Quorum(packet) => quorum::encode(packet, &mut bytes),
            Message::Election(election) => election::encode(election, &mut bytes),
            _ => {
                encode_to_server(&message, &mut bytes);
                encode_to_client(&message, &mut bytes);
            }
        }
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes.truncate(cut.index(bytes.len()) + 1);
        }
        read_everything(&bytes);
        let mut asked = ClientDecoder::new(1 << 20);
        let _ = asked.push(&mut codec::connected());
        asked.sent(&message);
        let _ = asked.push(&mut bytes);
    }
}

fn read_everything(bytes: &[u8]) {
    let buffer = || BytesMut::from(bytes);
    let mut server = ServerDecoder::new(1 << 20);
    let mut buf = buffer();
    while let Ok(Some(_)) = server.push(&mut buf) {}
    let mut client = ClientDecoder::new(1 << 20);
    let mut buf = buffer();
    while let Ok(Some(_)) = client.push(&mut buf) {}
    let mut leader = quorum::Decoder::new();
    let mut buf = buffer();
    while let Ok(Some(_)) = leader.push(&mut buf) {}
    let mut buf = buffer();
    while let Ok(Some(_)) = election::decode(&mut buf) {}
    let _ = decode_txn(bytes);
    let _ = decode_epoch(bytes);
    let mut file = BytesMut::from(&log::header()[..]);
    file.extend_from_slice(bytes);
    let _ = codec::read_log(&file, 7);
    let _ = codec::read_log(bytes, 7);
    let _ = snapshot::Reader::stream().push(Bytes::copy_from_slice(bytes));
    let mut file = BytesMut::from(&b"ZKSN\0\0\0\x02\xff\xff\xff\xff\xff\xff\xff\xff"[..]);
    file.extend_from_slice(bytes);
    let mut reader = snapshot::Reader::new();
    if reader.push(file.freeze()).is_ok() {
        let _ = reader.finish();
    }
}

#![allow(dead_code)] // each test uses a part of this

pub(crate) mod golden;
pub(crate) mod strategies;

use bytes::{Bytes, BytesMut};
use relevo_coordination::codec::{encode_to_client, log};
use relevo_coordination::{ConnectResponse, Message, Txn};

/// Reads a log in pieces of this length.
pub(crate) fn read_log(file: &[u8], piece: usize) -> (Vec<Txn>, Result<u64, log::LogError>) {
    let mut reader = log::Reader::new();
    let mut read = Vec::new();
    for bytes in file.chunks(piece) {
        reader.push(Bytes::copy_from_slice(bytes));
        loop {
            match reader.next() {
                Ok(Some(txn)) => read.push(txn),
                Ok(None) => break,
                Err(error) => return (read, Err(error)),
            }
        }
    }
    (read, reader.finish())
}

/// The bytes of a server's first frame.
pub(crate) fn connected() -> BytesMut {
    let mut bytes = BytesMut::new();
    encode_to_client(&Message::Connected(ConnectResponse::default()), &mut bytes);
    bytes
}

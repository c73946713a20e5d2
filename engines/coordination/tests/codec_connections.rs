//! What a connection may carry: limits, four-letter words, requests that cannot be read, a snapshot
//! amid packets.

mod codec;

use bytes::{BufMut, Bytes, BytesMut};
use codec::golden;
use relevo_coordination::codec::{
    ClientDecoder, DecodeError, ServerDecoder, election, encode_to_server, quorum, snapshot,
};
use relevo_coordination::{
    CreateMode, Epoch, ErrorCode, Life, Message, QuorumPacket, Request, SessionId, Tree, Zxid,
};

fn connected_server(limit: usize) -> ServerDecoder {
    let mut server = ServerDecoder::new(limit);
    let mut connect = BytesMut::from(&golden::bytes("connect/old")[..]);
    server.push(&mut connect).expect("well formed").expect("a connect record");
    server
}

/// What a server makes of this opcode and body.
fn asked(opcode: i32, body: &[u8]) -> Request {
    let mut frame = BytesMut::new();
    frame.put_i32(i32::try_from(body.len()).expect("it is short") + 8);
    frame.put_i32(1);
    frame.put_i32(opcode);
    frame.put_slice(body);
    match connected_server(1 << 20).push(&mut frame) {
        Ok(Some(Message::Request { xid: 1, request })) => request,
        other => panic!("{other:?} is no request"),
    }
}

#[test]
fn a_four_letter_word_stands_where_the_first_length_would() {
    let mut buf = BytesMut::from(&b"ruok"[..]);
    let word = ServerDecoder::new(100).push(&mut buf);
    assert_eq!(word, Ok(Some(Message::FourLetterWord(*b"ruok"))));
    assert!(buf.is_empty());
    // Later it is a length, and too long a one.
    let mut buf = BytesMut::from(&b"ruok"[..]);
    let length = u64::from(u32::from_be_bytes(*b"ruok"));
    let refused = connected_server(100).push(&mut buf);
    assert_eq!(refused, Err(DecodeError::TooLong { length, limit: 100 }));
}

#[test]
fn the_answer_to_a_four_letter_word_is_text_to_the_end() {
    let mut client = ClientDecoder::new(100);
    client.sent(&Message::FourLetterWord(*b"srvr"));
    let mut buf = BytesMut::from(&b"Zookeeper version: 3.8\n"[..]);
    let text = Message::Text("Zookeeper version: 3.8\n".into());
    assert_eq!(client.push(&mut buf), Ok(Some(text)));
    assert_eq!(client.push(&mut buf), Ok(None));
}

#[test]
fn a_frame_beyond_the_limit_is_refused_before_it_has_arrived() {
    let mut buf = BytesMut::new();
    buf.put_i32(101);
    let refused = connected_server(100).push(&mut buf);
    assert_eq!(refused, Err(DecodeError::TooLong { length: 101, limit: 100 }));
    let mut buf = BytesMut::from(&[0xff, 0xff, 0xff, 0xfe][..]);
    let refused = connected_server(100).push(&mut buf);
    assert_eq!(refused, Err(DecodeError::NegativeLength { length: -2 }));
    let said = DecodeError::TooLong { length: 101, limit: 100 }.to_string();
    assert!(said.contains("101") && said.contains("100") && said.contains("raised"), "{said}");
}

#[test]
fn a_frame_without_a_header_ends_the_connection() {
    let mut buf = BytesMut::from(&[0, 0, 0, 0][..]);
    assert_eq!(connected_server(100).push(&mut buf), Err(DecodeError::Truncated));
    let mut buf = BytesMut::from(&[0, 0, 0, 2, 7, 7][..]);
    assert_eq!(ServerDecoder::new(100).push(&mut buf), Err(DecodeError::Truncated));
}

#[test]
fn messages_may_arrive_byte_by_byte_or_many_at_once() {
    let mut all = BytesMut::from(&golden::bytes("connect/read-only")[..]);
    for (name, ..) in golden::requests() {
        all.extend_from_slice(&golden::bytes(&format!("request/{name}")));
    }
    let mut server = ServerDecoder::new(1 << 20);
    let (mut buf, mut read) = (BytesMut::new(), 0);
    for byte in &all {
        buf.put_u8(*byte);
        read += usize::from(server.push(&mut buf).unwrap().is_some());
    }
    assert_eq!(read, 1 + golden::requests().len());
}

#[test]
fn what_cannot_be_read_is_answered_as_zookeeper_does() {
    let invalid = |opcode, error| Request::Invalid { opcode, error };
    assert_eq!(asked(1, &[]), invalid(1, ErrorCode::MarshallingError));
    // A null path, and a length that is not there.
    assert_eq!(asked(4, &[0xff, 0xff, 0xff, 0xff, 0]), invalid(4, ErrorCode::MarshallingError));
    assert_eq!(asked(3, &[0x7f, 0, 0, 0]), invalid(3, ErrorCode::MarshallingError));
    // A mode of a watch and a type of watcher that do not exist.
    assert_eq!(asked(106, b"\0\0\0\x01/\0\0\0\x09"), invalid(106, ErrorCode::MarshallingError));
    assert_eq!(asked(17, b"\0\0\0\x01/\0\0\0\x09"), invalid(17, ErrorCode::MarshallingError));
    // Opcodes that are unknown, not for clients, or not built.
    for opcode in [0, 10, 23, 99, 102, 108, -10, -1, i32::MIN] {
        assert_eq!(asked(opcode, &[]), invalid(opcode, ErrorCode::Unimplemented));
    }
    assert_eq!(asked(16, &[]), invalid(16, ErrorCode::ReconfigDisabled));
    // A read in a multi.
    let read = b"\0\0\0\x04\0\xff\xff\xff\xff\0\0\0\x01/\0\xff\xff\xff\xff\x01\xff\xff\xff\xff";
    assert_eq!(asked(14, read), invalid(14, ErrorCode::MarshallingError));
    // Endless vectors.
    assert_eq!(asked(101, &[0x7f; 40]), invalid(101, ErrorCode::MarshallingError));
}

#[test]
fn opcode_and_flags_together_say_what_is_created() {
    let create = |opcode, flags: i32, ttl: Option<i64>| {
        let mut body = BytesMut::from(&b"\0\0\0\x02/a\xff\xff\xff\xff\0\0\0\0"[..]);
        body.put_i32(flags);
        ttl.into_iter().for_each(|ttl| body.put_i64(ttl));
        match asked(opcode, &body) {
            Request::Create { mode, with_stat, .. } => Ok((mode, with_stat)),
            Request::Invalid { error, .. } => Err(error),
            other => panic!("{other:?} is no creation"),
        }
    };
    let mode = |life, sequential| CreateMode { life, sequential };
    assert_eq!(create(1, 0, None), Ok((mode(Life::Persistent, false), false)));
    assert_eq!(create(15, 3, None), Ok((mode(Life::Ephemeral, true), true)));
    assert_eq!(create(19, 4, None), Ok((mode(Life::Container, false), true)));
    assert_eq!(create(1, 4, None), Ok((mode(Life::Persistent, false), false)));
    let ttl = Life::Ttl { ttl_ms: 5 };
    assert_eq!(create(21, 6, Some(5)), Ok((mode(ttl, true), true)));
    assert_eq!(create(1, 7, None), Err(ErrorCode::BadArguments));
    assert_eq!(create(1, -1, None), Err(ErrorCode::BadArguments));
    assert_eq!(create(15, 5, None), Err(ErrorCode::BadArguments));
    assert_eq!(create(21, 0, Some(5)), Err(ErrorCode::BadArguments));
}

#[test]
fn a_large_payload_does_not_keep_its_buffer_alive() {
    let request =
        Request::SetData { path: "/a".into(), data: Some(Bytes::from(vec![1; 100])), version: -1 };
    let mut buf = BytesMut::with_capacity(1 << 16);
    encode_to_server(&Message::Request { xid: 1, request }, &mut buf);
    let from = buf.as_ptr() as usize;
    let Ok(Some(Message::Request { request: Request::SetData { data: Some(data), .. }, .. })) =
        connected_server(1 << 20).push(&mut buf)
    else {
        panic!("it is a setData");
    };
    let at = data.as_ptr() as usize;
    assert!(at < from || at >= from + (1 << 16), "the payload has a buffer of its own");
}

#[test]
fn a_snapshot_is_found_between_the_packets() {
    let sessions: imbl::OrdMap<_, _> = (0..9).map(|id| (SessionId(id), 10u32)).collect();
    let mut writer = snapshot::Writer::stream(Tree::new(), sessions.clone(), Zxid(5));
    let mut sent = vec![QuorumPacket::Snap { zxid: Zxid(5) }];
    while let Some(data) = writer.next_chunk(50) {
        sent.push(QuorumPacket::SnapshotChunk { data, last: false });
    }
    sent.push(QuorumPacket::SnapshotChunk { data: Bytes::new(), last: true });
    sent.push(QuorumPacket::NewLeader { epoch: Epoch(2) });
    sent.push(QuorumPacket::UpToDate);
    let mut bytes = BytesMut::new();
    sent.iter().for_each(|packet| quorum::encode(packet, &mut bytes));
    for piece in [1, 7, 100, bytes.len()] {
        let (mut decoder, mut buf) = (quorum::Decoder::new(), BytesMut::new());
        let mut reader = snapshot::Reader::stream();
        let mut others = Vec::new();
        for part in bytes.chunks(piece) {
            buf.extend_from_slice(part);
            while let Some(packet) = decoder.push(&mut buf).expect("all is well formed") {
                match packet {
                    QuorumPacket::SnapshotChunk { data, .. } => reader.push(data).unwrap(),
                    other => others.push(other),
                }
            }
        }
        assert_eq!(others.len(), 3, "in pieces of {piece}");
        assert_eq!(others[2], QuorumPacket::UpToDate);
        let (tree, found) = reader.finish().unwrap();
        assert_eq!((tree.len(), found), (Tree::new().len(), sessions.clone()));
    }
}

#[test]
fn a_stranger_on_the_election_port_is_refused() {
    let mut buf = BytesMut::from(&b"GET / HTTP/1.1\r\n"[..]);
    assert!(matches!(election::decode(&mut buf), Err(DecodeError::TooLong { .. })));
    let mut buf = BytesMut::from(&[0xff; 20][..]);
    assert!(matches!(election::decode(&mut buf), Err(DecodeError::Unknown { .. })));
    let mut buf = BytesMut::from(&[0; 4][..]);
    assert_eq!(election::decode(&mut buf), Err(DecodeError::Truncated));
}

//! Our bytes are those of Apache ZooKeeper, both ways.

mod codec;

use bytes::BytesMut;
use codec::golden;
use relevo_coordination::codec::{
    ClientDecoder, FRAME_LIMIT, ServerDecoder, decode_txn, election, encode_to_client,
    encode_to_server, encode_txn, quorum,
};
use relevo_coordination::{
    ElectionMessage, Message, PeerState, WatchEventKind, WatchedEvent, Zxid,
};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn to_server(message: &Message) -> BytesMut {
    let mut bytes = BytesMut::new();
    encode_to_server(message, &mut bytes);
    bytes
}

fn to_client(message: &Message) -> BytesMut {
    let mut bytes = BytesMut::new();
    encode_to_client(message, &mut bytes);
    bytes
}

#[test]
fn connect_records_are_zookeepers() {
    for (name, message) in golden::connects() {
        let mut golden = BytesMut::from(&golden::bytes(name)[..]);
        assert_eq!(hex(&to_server(&message)), hex(&golden), "{name}");
        assert_eq!(ServerDecoder::new(FRAME_LIMIT).push(&mut golden), Ok(Some(message)), "{name}");
        assert!(golden.is_empty(), "{name}");
    }
    for (name, message) in golden::connecteds() {
        let mut golden = BytesMut::from(&golden::bytes(name)[..]);
        assert_eq!(hex(&to_client(&message)), hex(&golden), "{name}");
        assert_eq!(ClientDecoder::new(FRAME_LIMIT).push(&mut golden), Ok(Some(message)), "{name}");
    }
}

#[test]
fn requests_are_zookeepers() {
    let mut server = ServerDecoder::new(FRAME_LIMIT);
    let mut connect = BytesMut::from(&golden::bytes("connect/old")[..]);
    server.push(&mut connect).unwrap().expect("a connect record");
    for (name, xid, request) in golden::requests() {
        let message = Message::Request { xid, request };
        let mut golden = BytesMut::from(&golden::bytes(&format!("request/{name}"))[..]);
        assert_eq!(hex(&to_server(&message)), hex(&golden), "{name}");
        assert_eq!(server.push(&mut golden), Ok(Some(message)), "{name}");
        assert!(golden.is_empty(), "{name}");
    }
}

#[test]
fn answers_are_zookeepers() {
    let mut client = ClientDecoder::new(FRAME_LIMIT);
    client.push(&mut codec::connected()).unwrap().expect("a connect record");
    for (name, request, error, body) in golden::responses() {
        client.sent(&Message::Request { xid: 1, request });
        let message = Message::Response { xid: 1, zxid: Zxid(0x1_0000_0005), error, body };
        let mut golden = BytesMut::from(&golden::bytes(&format!("response/{name}"))[..]);
        assert_eq!(hex(&to_client(&message)), hex(&golden), "{name}");
        assert_eq!(client.push(&mut golden), Ok(Some(message)), "{name}");
        assert!(golden.is_empty(), "{name}");
    }
    let event = WatchedEvent { kind: WatchEventKind::NodeDataChanged, path: "/a".into() };
    let message = Message::Watch(event);
    let mut golden = BytesMut::from(&golden::bytes("response/watch")[..]);
    assert_eq!(hex(&to_client(&message)), hex(&golden));
    assert_eq!(client.push(&mut golden), Ok(Some(message)));
}

#[test]
fn transactions_are_zookeepers() {
    for (name, txn) in golden::txns() {
        let golden = golden::bytes(&format!("txn/{name}"));
        let mut bytes = BytesMut::new();
        encode_txn(&txn, &mut bytes);
        assert_eq!(hex(&bytes), hex(&golden), "{name}");
        assert_eq!(decode_txn(&golden), Ok(txn), "{name}");
    }
}

#[test]
fn quorum_packets_are_zookeepers() {
    for (name, packet) in golden::packets() {
        let mut golden = BytesMut::from(&golden::bytes(&format!("quorum/{name}"))[..]);
        let mut bytes = BytesMut::new();
        quorum::encode(&packet, &mut bytes);
        assert_eq!(hex(&bytes), hex(&golden), "{name}");
        assert_eq!(quorum::decode(&mut golden), Ok(Some(packet)), "{name}");
        assert!(golden.is_empty(), "{name}");
    }
}

#[test]
fn election_messages_are_zookeepers() {
    for (name, message) in golden::elections() {
        let mut golden = BytesMut::from(&golden::bytes(&format!("election/{name}"))[..]);
        let mut bytes = BytesMut::new();
        election::encode(&message, &mut bytes);
        assert_eq!(hex(&bytes), hex(&golden), "{name}");
        assert_eq!(election::decode(&mut golden), Ok(Some(message)), "{name}");
    }
    // The ensemble's configuration is read over.
    let mut golden = BytesMut::from(&golden::bytes("election/with-configuration")[..]);
    let Ok(Some(ElectionMessage::Notification(note))) = election::decode(&mut golden) else {
        panic!("a vote with a configuration is a vote");
    };
    assert_eq!(note.state, PeerState::Following);
}

#[test]
fn every_golden_record_is_used() {
    let others = ["response/watch", "election/with-configuration"];
    let used = golden::connects().len()
        + golden::connecteds().len()
        + golden::requests().len()
        + golden::responses().len()
        + golden::txns().len()
        + golden::packets().len()
        + golden::elections().len()
        + others.len();
    assert_eq!(used, golden::count());
}

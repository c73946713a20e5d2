//! The real ports: they close and open with their servers, and what one client sends wrongly
//! concerns that client alone.
#![allow(clippy::unwrap_used, reason = "a test says by failing what it did not expect")]

mod support;

use futures_util::StreamExt;
use relevo_coordination::ErrorCode;
use relevo_lab::stream::Frame;
use relevo_proto::lab::v1::lab_client::LabClient;
use relevo_proto::lab::v1::{
    CrashNodeRequest, DescribeLabRequest, ForkRequest, RestartNodeRequest, SetSpeedRequest,
};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;
use support::{Client, Relevo, create, eventually, get};
use tokio_tungstenite::tungstenite::Message as WsMessage;
use tonic::transport::{Channel, Endpoint};

const MAIN: &str = "main";

async fn api(http: &str) -> LabClient<Channel> {
    let endpoint = Endpoint::try_from(http.to_owned()).unwrap();
    LabClient::new(endpoint.connect().await.unwrap())
}

/// What the server says until it closes the connection.
fn exchange(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut said = Vec::new();
    match stream.read_to_end(&mut said) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("{error}"),
        _ => said,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_is_open_exactly_while_its_server_lives() {
    let folder = tempfile::tempdir().unwrap();
    let mut relevo = Relevo::serve(&["--data-dir", folder.path().to_str().unwrap()]);
    let ready = relevo.ready();
    let mut api = api(&ready.http).await;
    let mut client = eventually(|| Client::connect(ready.zookeeper[0]));
    client.ask(create("/here", "x")).unwrap();

    let node = String::from("zookeeper-1");
    let crash = CrashNodeRequest { lab: MAIN.into(), node: node.clone(), power_loss: true };
    api.crash_node(crash).await.unwrap();
    assert!(client.ask(get("/here")).is_err(), "its connections are closed");
    let refused = TcpStream::connect(ready.zookeeper[0]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let mut other = eventually(|| Client::connect(ready.zookeeper[1]));
    assert_eq!(other.ask(get("/here")).unwrap().0, ErrorCode::Ok);

    api.restart_node(RestartNodeRequest { lab: MAIN.into(), node }).await.unwrap();
    let mut client = eventually(|| Client::connect(ready.zookeeper[0]));
    assert_eq!(client.ask(get("/here")).unwrap().0, ErrorCode::Ok);

    let described = api.describe_lab(DescribeLabRequest { lab: MAIN.into() }).await.unwrap();
    let described = described.into_inner();
    assert!(described.lab.unwrap().durable);
    assert_eq!(described.nodes[0].addresses, [ready.zookeeper[0].to_string()]);
    let fork = api.fork(ForkRequest { lab: MAIN.into(), at_ns: 1 }).await.unwrap_err();
    assert_eq!(fork.code(), tonic::Code::FailedPrecondition, "{fork}");
    let fast = api.set_speed(SetSpeedRequest { lab: MAIN.into(), speed: 2.0 }).await.unwrap_err();
    assert_eq!(fast.code(), tonic::Code::FailedPrecondition, "{fast}");
}

/// On one machine a program is called by its own name, and its library is guessed.
#[tokio::test(flavor = "multi_thread")]
async fn outside_programs_are_known_by_name_and_library() {
    let mut relevo = Relevo::serve(&["--servers", "1"]);
    let ready = relevo.ready();
    let url = format!("{}/stream?lab=main", ready.http.replace("http", "ws"));
    let (mut page, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let address = ready.zookeeper[0];
    let connected = tokio::task::spawn_blocking(move || {
        let mut client = eventually(|| Client::connect(address));
        client.ask(get("/")).unwrap();
        client
    });
    let mut client = connected.await.unwrap();
    let named = async {
        loop {
            let message = page.next().await.expect("the stream goes on").unwrap();
            let WsMessage::Binary(bytes) = message else { continue };
            let Frame::Named(named) = postcard::from_bytes(&bytes).unwrap() else { continue };
            // First it is called by what its greeting points at.
            assert_eq!(named.library.as_deref(), Some("ZooKeeper (Java)"));
            if !named.name.starts_with("ZooKeeper") {
                return named;
            }
        }
    };
    let named = tokio::time::timeout(support::DEADLINE, named).await.expect("it is named");
    let comm = std::fs::read_to_string("/proc/self/comm").unwrap();
    assert_eq!(&*named.name, format!("{} 1", comm.trim()));
    assert!(named.address.starts_with("127.0.0.1:"), "{named:?}");
    client.ask(get("/")).unwrap();
}

#[test]
fn garbage_and_frames_beyond_the_limit_end_their_connection_alone() {
    let mut relevo = Relevo::serve(&["--servers", "1", "--frame-limit", "4096"]);
    let address = relevo.ready().zookeeper[0];
    let mut good = eventually(|| Client::connect(address));
    assert_eq!(exchange(address, &[0xff; 64]), b"");
    assert_eq!(exchange(address, &[0x7f, 0xff, 0xff, 0xff, 0, 0]), b"");
    assert_eq!(exchange(address, b"GET / HTTP/1.1\r\n\r\n"), b"");
    let mut large = eventually(|| Client::connect(address));
    assert!(large.ask(create("/large", &"x".repeat(5_000))).is_err());
    good.ask(create("/good", "x")).unwrap();
    relevo.terminate();
    let (code, said) = relevo.end();
    assert_eq!(code, 0);
    assert!(
        said.lines().filter(|line| line.contains("closed a connection")).count() >= 3,
        "{said}"
    );
}

#[test]
fn four_letter_words_are_answered_even_to_who_closes_at_once() {
    let mut relevo = Relevo::serve(&["--servers", "1", "--four-letter-words", "ruok,srvr"]);
    let address = relevo.ready().zookeeper[0];
    assert_eq!(exchange(address, b"ruok"), b"imok");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"srvr").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    assert!(said.contains("Mode: standalone"), "{said}");
}

/// A client that asks and never reads is closed in the end, and nobody else notices.
#[test]
fn a_client_that_does_not_read_is_stopped_being_read() {
    let mut relevo = Relevo::serve(&["--servers", "1"]);
    let address = relevo.ready().zookeeper[0];
    let mut greedy = eventually(|| Client::connect(address));
    greedy.ask(create("/large", &"x".repeat(900_000))).unwrap();
    // Far more answers than all buffers hold; the asking itself must come to a halt.
    greedy.write_timeout(Duration::from_millis(500));
    let asked = (0..2_000_000).take_while(|_| greedy.submit(get("/large")).is_ok()).count();
    assert!(asked < 2_000_000, "it is still read");
    let mut other = eventually(|| Client::connect(address));
    assert_eq!(other.ask(get("/large")).unwrap().0, ErrorCode::Ok);
}

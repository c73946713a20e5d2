//! Whatever comes from outside has a limit, in time and in number, and what is beyond it concerns
//! its own connection alone.
#![allow(clippy::unwrap_used, reason = "a test says by failing what it did not expect")]

mod support;

use bytes::BytesMut;
use futures_util::{SinkExt, StreamExt};
use relevo_backend::labs::{LabLimits, Labs, LabsError};
use relevo_backend::rpc::Health;
use relevo_backend::server::{self, Hosts, HttpLimits};
use relevo_backend::wire::{Limits, Ports};
use relevo_coordination::codec::encode_to_server;
use relevo_coordination::{AddWatchMode, ConnectRequest, ErrorCode, Message, Request};
use relevo_proto::lab::v1::CreateLabRequest;
use relevo_proto::lab::v1::lab_client::LabClient;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{Client, DEADLINE, Relevo, create, eventually, get};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message as WsMessage;
use tonic::Code;

/// Short, and long enough for a busy machine to say what it means to say.
const SHORT: Duration = Duration::from_secs(1);

/// Labs of a process whose patience is short.
fn labs(limits: LabLimits) -> Arc<Labs> {
    let wire =
        Limits { first_message: SHORT, whole_frame: SHORT, per_address: 8, ..Limits::default() };
    Arc::new(Labs::new(limits, Ports::new(wire, None)))
}

/// Serves over HTTP with short patience.
async fn served(labs: &Arc<Labs>, limits: HttpLimits) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = server::app(Arc::clone(labs), Hosts::default(), Health::default());
    tokio::spawn(server::serve(listener, app, limits, std::future::pending()));
    address
}

/// A lab with one server on a real port.
async fn single(labs: &Arc<Labs>) -> SocketAddr {
    let lab = labs.create("single", 7, None).await.unwrap();
    labs.open_ports(&lab.info.id).await.unwrap()[0].parse().unwrap()
}

/// Waits until the other side closes the connection; what it said before.
async fn closed(stream: &mut tokio::net::TcpStream) -> Vec<u8> {
    let mut said = Vec::new();
    let read = tokio::time::timeout(DEADLINE, stream.read_to_end(&mut said)).await;
    if let Err(error) = read.expect("it is closed in time") {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
    said
}

fn greeting() -> Vec<u8> {
    let mut bytes = BytesMut::new();
    let connect = ConnectRequest {
        timeout_ms: 30_000,
        password: vec![0; 16].into(),
        read_only: Some(false),
        ..ConnectRequest::default()
    };
    encode_to_server(&Message::Connect(connect), &mut bytes);
    bytes.to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_nothing_or_half_a_frame_is_closed() {
    let labs = labs(LabLimits::default());
    let address = single(&labs).await;
    let mut silent = tokio::net::TcpStream::connect(address).await.unwrap();
    assert_eq!(closed(&mut silent).await, b"");
    let mut slow = tokio::net::TcpStream::connect(address).await.unwrap();
    let half = &greeting()[..20];
    slow.write_all(half).await.unwrap();
    assert_eq!(closed(&mut slow).await, b"");

    // Half a request, after a session was given.
    let mut begun = tokio::net::TcpStream::connect(address).await.unwrap();
    let mut answer = [0; 4];
    let greeted = async {
        begun.write_all(&greeting()).await.unwrap();
        begun.read_exact(&mut answer).await.unwrap();
    };
    tokio::time::timeout(DEADLINE, greeted).await.expect("a session is given");
    let since = Instant::now();
    begun.write_all(&[0, 0, 0, 100, 1, 2, 3]).await.unwrap();
    closed(&mut begun).await;
    assert!(since.elapsed() >= SHORT, "it is waited for a while");
    labs.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_only_waits_is_left_alone() {
    let labs = labs(LabLimits::default());
    let address = single(&labs).await;
    let waiting = tokio::task::spawn_blocking(move || {
        let mut client = eventually(|| Client::connect(address));
        // Nothing happens meanwhile: that is what is shown, so there is nothing to wait for.
        std::thread::sleep(2 * SHORT);
        client.ask(get("/")).unwrap().0
    });
    assert_eq!(waiting.await.unwrap(), ErrorCode::Ok);
    labs.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_from_one_address_are_counted() {
    let labs = labs(LabLimits::default());
    let address = single(&labs).await;
    let full = tokio::task::spawn_blocking(move || {
        let mut clients: Vec<Client> =
            (0..8).map(|_| eventually(|| Client::connect(address))).collect();
        assert!(Client::connect(address).is_err(), "the ninth is refused");
        assert_eq!(clients[0].ask(get("/")).unwrap().0, ErrorCode::Ok);
        clients.pop();
        drop(eventually(|| Client::connect(address)));
    });
    full.await.unwrap();
    labs.end();
}

#[test]
fn connections_are_counted_over_all_addresses_and_labs() {
    let mut relevo = Relevo::serve(&["--max-connections", "2"]);
    let ports = relevo.ready().zookeeper;
    let mut first = eventually(|| Client::connect(ports[0]));
    let second = eventually(|| Client::connect(ports[1]));
    assert!(Client::connect(ports[2]).is_err(), "the third is refused");
    assert_eq!(first.ask(get("/")).unwrap().0, ErrorCode::Ok);
    drop(second);
    drop(eventually(|| Client::connect(ports[2])));
    relevo.terminate();
    assert_eq!(relevo.end().0, 0);
}

/// The service holds back answers from a client that does not read, but not the events of its
/// watches: these pile up until the connection is closed at 64 MiB.
#[test]
fn a_client_whose_events_pile_up_is_closed() {
    let mut relevo = Relevo::serve(&["--servers", "1"]);
    let address = relevo.ready().zookeeper[0];
    let mut watcher = eventually(|| Client::connect(address));
    let mode = AddWatchMode::PersistentRecursive;
    watcher.ask(Request::AddWatch { path: "/".into(), mode }).unwrap();
    let mut writer = eventually(|| Client::connect(address));
    // Each event carries the path. Buffers of the system hold a few MiB beyond the 64.
    let path = format!("/{}", "x".repeat(900_000));
    for _ in 0..60 {
        assert_eq!(writer.ask(create(&path, "")).unwrap().0, ErrorCode::Ok);
        let delete = Request::Delete { path: path.as_str().into(), version: -1 };
        assert_eq!(writer.ask(delete).unwrap().0, ErrorCode::Ok);
    }
    let begun = Instant::now();
    while watcher.answer().is_ok() {
        assert!(begun.elapsed() < DEADLINE);
    }
    assert_eq!(writer.ask(get("/")).unwrap().0, ErrorCode::Ok, "nobody else notices");
    relevo.terminate();
    let (code, said) = relevo.end();
    assert_eq!(code, 0);
    assert!(said.contains("whose client does not read"), "{said}");
}

/// Bytes drawn from a seed, some of them the beginning of something sensible.
fn rubbish(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut bytes = if next() % 2 == 0 { greeting() } else { Vec::new() };
    for _ in 0..next() % 4 {
        let length = next() % 64;
        if next() % 2 == 0 {
            bytes.extend_from_slice(&(length as u32).to_be_bytes());
        }
        bytes.extend((0..length).map(|_| if next() % 3 == 0 { 0 } else { next() as u8 }));
    }
    if !bytes.is_empty() && next() % 3 == 0 {
        let at = next() as usize % bytes.len();
        bytes[at] ^= 1 << (next() % 8);
    }
    bytes
}

#[test]
fn rubbish_hurts_nobody_else() {
    let mut relevo = Relevo::serve(&["--servers", "1", "--max-client-connections", "0"]);
    let address = relevo.ready().zookeeper[0];
    let mut good = eventually(|| Client::connect(address));
    for seed in 1..=400 {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        // It may be closed before all is sent.
        let _ = stream.write_all(&rubbish(seed));
        let _ = stream.read(&mut [0; 512]);
        if seed % 50 == 0 {
            assert_eq!(good.ask(get("/")).unwrap().0, ErrorCode::Ok, "after seed {seed}");
        }
    }
    relevo.terminate();
    let (code, said) = relevo.end();
    assert_eq!(code, 0);
    assert!(said.contains("closed a connection") && !said.contains("panicked"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_requests_are_not_waited_for() {
    let labs = labs(LabLimits::default());
    let limits = HttpLimits { head: SHORT, ..HttpLimits::default() };
    let address = served(&labs, limits).await;
    for beginning in ["", "G", "PRI * H", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "] {
        let mut slow = tokio::net::TcpStream::connect(address).await.unwrap();
        slow.write_all(beginning.as_bytes()).await.unwrap();
        closed(&mut slow).await;
    }
    // One that has been answered and asks nothing more.
    let mut idle = tokio::net::TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET /exercises HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await.unwrap();
    let said = closed(&mut idle).await;
    assert!(said.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&said));
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_to_the_page_are_counted() {
    let labs = labs(LabLimits::default());
    let address = served(&labs, HttpLimits { per_address: 2, ..HttpLimits::default() }).await;
    let first = tokio::net::TcpStream::connect(address).await.unwrap();
    let _second = tokio::net::TcpStream::connect(address).await.unwrap();
    let mut third = tokio::net::TcpStream::connect(address).await.unwrap();
    assert_eq!(closed(&mut third).await, b"");
    drop(first);
    let answered = async {
        loop {
            let mut again = tokio::net::TcpStream::connect(address).await.unwrap();
            let asked = b"GET /exercises HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
            // It may be refused before it has asked.
            let _ = again.write_all(asked).await;
            if closed(&mut again).await.starts_with(b"HTTP/1.1 200") {
                return;
            }
        }
    };
    tokio::time::timeout(DEADLINE, answered).await.expect("there is a place again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_silent_or_talks_is_let_go() {
    let silence = Duration::from_millis(2_500);
    let labs = labs(LabLimits { silence, ..LabLimits::default() });
    let address = served(&labs, HttpLimits::default()).await;
    let url = format!("ws://{address}/stream?scenario=first-minute");
    // Its pings are answered while it is read, so it stays.
    let (mut page, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
    let until = Instant::now() + 2 * silence;
    while Instant::now() < until {
        let frame = tokio::time::timeout(DEADLINE, page.next()).await.expect("news come");
        assert!(frame.expect("the stream goes on").is_ok());
    }
    // What no page of ours says.
    page.send(WsMessage::Text("hello".into())).await.unwrap();
    let ended = async { while let Some(Ok(_)) = page.next().await {} };
    tokio::time::timeout(DEADLINE, ended).await.expect("it is let go");
    // Not read, its pings are not answered.
    let (silent, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
    let gone = async {
        let mut often = tokio::time::interval(Duration::from_millis(20));
        loop {
            often.tick().await;
            let mut used = false;
            for lab in labs.list() {
                used |= lab.ask(|driven| driven.in_use()).await.unwrap();
            }
            if !used {
                return;
            }
        }
    };
    tokio::time::timeout(DEADLINE, gone).await.expect("nobody watches any more");
    drop(silent);
    labs.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_longer_than_any_page_sends_is_not_taken_in() {
    let labs = labs(LabLimits { silence: Duration::from_secs(600), ..LabLimits::default() });
    let address = served(&labs, HttpLimits::default()).await;
    let url = format!("ws://{address}/stream?scenario=first-minute");
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut page, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
    // The head of a masked binary message of 4,097 bytes, which do not come.
    page.get_mut().write_all(&[0x82, 0xfe, 0x10, 0x01, 0, 0, 0, 0]).await.unwrap();
    let ended = async { while let Some(Ok(_)) = page.next().await {} };
    tokio::time::timeout(DEADLINE, ended).await.expect("it is let go");
    labs.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_the_api_has_a_length() {
    let labs = labs(LabLimits::default());
    let address = served(&labs, HttpLimits::default()).await;
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{address}")).unwrap();
    let mut api = LabClient::new(channel.connect().await.unwrap());
    let mut refused = async |length: usize| {
        let request = CreateLabRequest { scenario: "x".repeat(length), ..Default::default() };
        api.create_lab(request).await.unwrap_err().code()
    };
    assert_eq!(refused(1024).await, Code::NotFound);
    assert_eq!(refused(64 * 1024).await, Code::OutOfRange);
    labs.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_is_watched_by_so_many() {
    let labs = labs(LabLimits::default());
    let address = served(&labs, HttpLimits::default()).await;
    let lab = labs.create("single", 7, None).await.unwrap();
    let mut viewers = Vec::new();
    for _ in 0..64 {
        viewers.push(lab.ask(|driven| driven.watch()).await.unwrap().map(|watch| watch.2).unwrap());
    }
    let url = format!("ws://{address}/stream?lab={}", lab.info.id);
    let (mut page, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
    let reason = loop {
        match tokio::time::timeout(DEADLINE, page.next()).await.unwrap().unwrap().unwrap() {
            WsMessage::Close(Some(frame)) => break frame.reason.to_string(),
            WsMessage::Binary(_) => panic!("it is shown something"),
            _ => {}
        }
    };
    assert!(reason.contains("64 watch this lab"), "{reason}");
    viewers.pop();
    assert!(lab.ask(|driven| driven.watch()).await.unwrap().is_ok());
    labs.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn labs_are_counted_by_visitor_and_unused_ones_make_way() {
    let one = Some("10.0.0.1".parse().unwrap());
    let other = Some("10.0.0.2".parse().unwrap());
    let limits = LabLimits { labs: 3, per_visitor: 2, ..LabLimits::default() };
    let labs = labs(LabLimits { spared: Duration::from_secs(600), ..limits.clone() });
    let made = |by| labs.create("single", 7, by);
    made(one).await.unwrap();
    made(one).await.unwrap();
    assert_eq!(made(one).await.err(), Some(LabsError::TooManyOfYours(2)));
    made(other).await.unwrap();
    assert_eq!(made(other).await.err(), Some(LabsError::TooMany(3)));
    labs.end();

    let labs = self::labs(LabLimits { spared: Duration::ZERO, ..limits });
    let watched = labs.create("single", 7, one).await.unwrap();
    let viewer = watched.ask(|driven| driven.watch()).await.unwrap().map(|watch| watch.2);
    let unused = labs.create("single", 7, one).await.unwrap();
    let third = labs.create("single", 7, one).await.unwrap();
    let ids = || labs.list().iter().map(|lab| lab.info.id.clone()).collect::<Vec<_>>();
    assert!(!ids().contains(&unused.info.id), "the unused one made way");
    assert!(ids().contains(&watched.info.id) && ids().contains(&third.info.id));
    drop(viewer);
    labs.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_that_is_refused_takes_nobodys_place() {
    let limits = LabLimits { labs: 2, spared: Duration::ZERO, ..LabLimits::default() };
    let labs = labs(limits);
    let first = labs.create("single", 7, None).await.unwrap();
    let second = labs.create("single", 7, Some("10.0.0.1".parse().unwrap())).await.unwrap();
    let never = relevo_core::Instant(u64::MAX / 2);
    let refused = labs.fork(&first.info.id, never, None).await;
    assert!(matches!(refused.err(), Some(LabsError::Fork(_))));
    assert!(labs.find(&second.info.id).is_ok() && labs.find(&first.info.id).is_ok());
    labs.end();
}

/// What is asked of a lab while it is deleted is answered, if only by that it is gone.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_lab_that_is_gone() {
    let labs = labs(LabLimits::default());
    let mut asked = Vec::new();
    for _ in 0..50 {
        let lab = labs.create("single", 7, None).await.unwrap();
        for _ in 0..20 {
            let lab = lab.clone();
            asked.push(tokio::spawn(async move { lab.ask(|driven| driven.in_use()).await }));
        }
        labs.delete(&lab.info.id).unwrap();
        let late = tokio::time::timeout(DEADLINE, async {
            while lab.ask(|driven| driven.in_use()).await.is_ok() {}
        });
        late.await.expect("it says that it is gone");
    }
    for answer in asked {
        let answered = tokio::time::timeout(DEADLINE, answer).await;
        // Which of the two it is, is a race.
        let _ = answered.expect("it is answered").unwrap();
    }
    labs.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_server_gets_one_port_however_many_ask_for_it() {
    let labs = labs(LabLimits::default());
    let lab = labs.create("z2", 7, None).await.unwrap();
    let id = lab.info.id.to_string();
    let asks = (0..6).map(|_| {
        let (labs, id) = (Arc::clone(&labs), id.clone());
        tokio::spawn(async move { labs.open_ports(&id).await.unwrap() })
    });
    let asks: Vec<_> = asks.collect();
    let mut lists = Vec::new();
    for ask in asks {
        lists.push(ask.await.unwrap());
    }
    assert_eq!(lists[0].len(), 3);
    assert!(lists.iter().all(|list| *list == lists[0]), "{lists:?}");
    labs.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_gone_before_a_paused_lab_goes_on_was_never_there() {
    let labs = labs(LabLimits::default());
    let lab = labs.create("single", 7, None).await.unwrap();
    let address = labs.open_ports(&lab.info.id).await.unwrap()[0].to_string();
    lab.ask(|driven| driven.pause()).await.unwrap().unwrap();
    for _ in 0..20 {
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        stream.write_all(&greeting()).await.unwrap();
        // What it said is read before it goes.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut stays = tokio::net::TcpStream::connect(&address).await.unwrap();
    stays.write_all(&greeting()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    lab.ask(|driven| driven.resume()).await.unwrap().unwrap();
    stays.read_u8().await.unwrap();
    let (scene, events, ..) = lab.ask(|driven| driven.watch()).await.unwrap().unwrap();
    let outside = |party: &relevo_core::Party| matches!(party, relevo_core::Party::Outside(_));
    let mut seen: std::collections::BTreeSet<_> = scene.clients.keys().copied().collect();
    seen.extend(events.iter().filter_map(|event| event.party));
    assert_eq!(seen.iter().filter(|party| outside(party)).count(), 1, "only who stayed");
    labs.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_that_nobody_uses_is_removed() {
    let labs = labs(LabLimits { idle: Duration::ZERO, ..LabLimits::default() });
    let watched = labs.create("single", 7, None).await.unwrap();
    let viewer = watched.ask(|driven| driven.watch()).await.unwrap().map(|watch| watch.2).unwrap();
    let unused = labs.create("single", 7, None).await.unwrap();
    labs.forget_idle().await;
    assert!(labs.find(&watched.info.id).is_ok(), "somebody watches it");
    assert!(matches!(labs.find(&unused.info.id), Err(LabsError::NoLab(_))));
    drop(viewer);
    labs.forget_idle().await;
    assert!(labs.list().is_empty());
}

//! The control API as programs reach it: native gRPC with reflection and health, gRPC-web; a lab
//! that breaks an assertion; viewers that fall behind; who gets in.
#![allow(clippy::unwrap_used, reason = "a test says by failing what it did not expect")]

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use futures_util::StreamExt;
use relevo_backend::commands::PortRange;
use relevo_backend::labs::{LabLimits, Labs};
use relevo_backend::rpc::Health;
use relevo_backend::server::{self, Hosts, HttpLimits};
use relevo_backend::wire::{Limits, Ports};
use relevo_lab::stream::Frame;
use relevo_proto::lab::v1::lab_client::LabClient;
use relevo_proto::lab::v1::trace_event::Kind;
use relevo_proto::lab::v1::{
    CreateLabRequest, DescribeLabRequest, OpenPortsRequest, PauseTimeRequest, TraceEvent,
    WatchRequest,
};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message as WsMessage;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tower::ServiceExt;

const DEADLINE: Duration = Duration::from_secs(60);

fn labs(ports: PortRange, advertise: Option<&str>) -> Arc<Labs> {
    let limits = LabLimits { ports, ..LabLimits::default() };
    Arc::new(Labs::new(limits, Ports::new(Limits::default(), advertise)))
}

fn some_labs() -> Arc<Labs> {
    labs(PortRange { first: 20_000, last: 20_999 }, None)
}

async fn served(labs: &Arc<Labs>, health: Health) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = server::app(Arc::clone(labs), Hosts::default(), health);
    tokio::spawn(server::serve(listener, app, HttpLimits::default(), std::future::pending()));
    address
}

async fn channel(address: SocketAddr) -> Channel {
    Endpoint::try_from(format!("http://{address}")).unwrap().connect().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn health_says_when_all_serves() {
    let health = Health::default();
    let address = served(&some_labs(), health.clone()).await;
    let mut client = HealthClient::new(channel(address).await);
    let services = ["", "relevo.lab.v1.Lab"];
    health.not_serving().await;
    for (serving, service) in
        services.iter().flat_map(|service| [(false, service), (true, service)])
    {
        if serving {
            health.serving().await;
        } else {
            health.not_serving().await;
        }
        let asked = HealthCheckRequest { service: (*service).into() };
        let status = client.check(asked).await.unwrap().into_inner().status;
        let expected = if serving { ServingStatus::Serving } else { ServingStatus::NotServing };
        assert_eq!(status, expected as i32, "{service:?}");
    }
    let unknown = HealthCheckRequest { service: "kafka".into() };
    assert_eq!(client.check(unknown).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn reflection_tells_what_can_be_called() {
    let address = served(&some_labs(), Health::default()).await;
    let mut client = ServerReflectionClient::new(channel(address).await);
    let ask = |what| ServerReflectionRequest { host: String::new(), message_request: Some(what) };
    let asked = futures_util::stream::iter([
        ask(MessageRequest::ListServices(String::new())),
        ask(MessageRequest::FileContainingSymbol("relevo.lab.v1.Lab".into())),
    ]);
    let mut answers = client.server_reflection_info(asked).await.unwrap().into_inner();
    let mut next = async || answers.next().await.unwrap().unwrap().message_response.unwrap();
    let MessageResponse::ListServicesResponse(list) = next().await else { panic!("no list") };
    let names: Vec<&str> = list.service.iter().map(|service| &*service.name).collect();
    assert!(names.contains(&"relevo.lab.v1.Lab"), "{names:?}");
    assert!(names.contains(&"grpc.health.v1.Health"), "{names:?}");
    let MessageResponse::FileDescriptorResponse(files) = next().await else { panic!("no file") };
    assert!(!files.file_descriptor_proto.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_calls_by_grpc_web() {
    let labs = some_labs();
    let lab = labs.create("single", 7, None).await.unwrap();
    let call = async |path: &str, body: Vec<u8>| {
        let mut framed = vec![0];
        framed.extend_from_slice(&(body.len() as u32).to_be_bytes());
        framed.extend(body);
        let request = Request::post(path)
            .header(header::HOST, "127.0.0.1:8080")
            .header(header::ORIGIN, "http://127.0.0.1:8080")
            .header(header::CONTENT_TYPE, "application/grpc-web+proto")
            .header("x-grpc-web", "1")
            .body(Body::from(framed));
        let app = server::app(Arc::clone(&labs), Hosts::default(), Health::default());
        let response = app.oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/grpc-web+proto");
        let in_head = response.headers().get("grpc-status").cloned();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (in_head, body)
    };
    // A field 1 of bytes: the lab's id.
    let mut named = vec![0x0a, lab.info.id.len() as u8];
    named.extend_from_slice(lab.info.id.as_bytes());
    let (_, body) = call("/relevo.lab.v1.Lab/DescribeLab", named).await;
    let length = u32::from_be_bytes(body[1..5].try_into().unwrap()) as usize;
    let (message, trailers) = body[5..].split_at(length);
    let holds = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|at| at == part);
    assert_eq!(body[0], 0, "a message comes first");
    assert!(holds(message, lab.info.id.as_bytes()) && holds(message, b"zookeeper-1"));
    assert_eq!(trailers[0], 0x80, "trailers come last");
    assert!(holds(trailers, b"grpc-status:0"), "{}", String::from_utf8_lossy(trailers));
    let (status, _) = call("/relevo.lab.v1.Lab/DescribeLab", vec![0x0a, 1, b'x']).await;
    assert_eq!(status.unwrap(), "5", "an unknown lab is NOT_FOUND");
    // More than any request of ours is long.
    let (status, _) = call("/relevo.lab.v1.Lab/DescribeLab", vec![0; 100_000]).await;
    assert_eq!(status.unwrap(), "11", "OUT_OF_RANGE");
    labs.end();
}

/// What is told of the trace has no hole that is not named; the last number.
fn follows(last: u64, event: &TraceEvent) -> u64 {
    if let Some(Kind::Gap(gap)) = &event.kind {
        assert!(gap.until_seq > last, "a gap leads on");
        return gap.until_seq - 1;
    }
    assert_eq!(event.seq, last + 1, "{event:?}");
    event.seq
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_is_watched_from_any_event_on() {
    let labs = some_labs();
    let mut client = LabClient::new(channel(served(&labs, Health::default()).await).await);
    let made = CreateLabRequest { scenario: "first-minute".into(), seed: 7 };
    let lab = client.create_lab(made).await.unwrap().into_inner().lab.unwrap().lab;
    let mut watch = async |after_seq| {
        let asked = WatchRequest { lab: lab.clone(), after_seq };
        client.watch(asked).await.unwrap().into_inner()
    };
    let mut whole = watch(0).await;
    let mut last = 0;
    while last < 500 {
        last = follows(last, &whole.next().await.unwrap().unwrap());
    }
    let mut later = watch(300).await;
    let first = later.next().await.unwrap().unwrap();
    assert_eq!(follows(300, &first), 301);
    assert!(first.causes.iter().all(|cause| *cause < 301));
    let unknown = client.watch(WatchRequest { lab: "none".into(), after_seq: 0 }).await;
    assert_eq!(unknown.unwrap_err().code(), Code::NotFound);
    labs.end();
}

/// A lab may do more between two keyframes than is kept of its events.
#[tokio::test(flavor = "multi_thread")]
async fn a_busy_lab_can_be_looked_back_on() {
    let labs = some_labs();
    let lab = labs.create("first-minute", 7, None).await.unwrap();
    for _ in 0..4 {
        hurry(&lab, 30_000).await;
        let (scene, events, ..) = lab.ask(|driven| driven.watch()).await.unwrap().unwrap();
        assert!(events.len() > 8_000, "{} events after {:?}", events.len(), scene.seq);
        assert_eq!(events.first().unwrap().seq.0, scene.seq.0 + 1);
    }
    labs.end();
}

/// Runs a lab as fast as it goes until so many more events have happened.
async fn hurry(lab: &relevo_backend::driver::LabHandle, events: u64) {
    lab.ask(|driven| driven.set_speed(100.0)).await.unwrap().unwrap();
    let from = lab.ask(|driven| driven.clock().seq.0).await.unwrap();
    let mut often = tokio::time::interval(Duration::from_millis(10));
    let hurrying = async {
        while lab.ask(|driven| driven.clock().seq.0).await.unwrap() < from + events {
            often.tick().await;
        }
    };
    tokio::time::timeout(DEADLINE, hurrying).await.expect("events happen");
    lab.ask(|driven| driven.set_speed(1.0)).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_many_steps_did_can_be_looked_back_on() {
    let labs = some_labs();
    let lab = labs.create("first-minute", 7, None).await.unwrap();
    lab.ask(|driven| driven.pause()).await.unwrap().unwrap();
    for _ in 0..3 {
        lab.ask(|driven| driven.step(10_000)).await.unwrap().unwrap();
    }
    let (scene, events, ..) = lab.ask(|driven| driven.watch()).await.unwrap().unwrap();
    assert!(events.len() > 8_000, "{} events after {:?}", events.len(), scene.seq);
    assert_eq!(events.first().unwrap().seq.0, scene.seq.0 + 1);
    labs.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_watches_too_slowly_is_told_of_a_gap() {
    let labs = some_labs();
    let address = served(&labs, Health::default()).await;
    let mut client = LabClient::new(channel(address).await);
    let lab = labs.create("first-minute", 7, None).await.unwrap();
    let asked = WatchRequest { lab: lab.info.id.to_string(), after_seq: 0 };
    let mut trace = client.watch(asked).await.unwrap().into_inner();
    // A small window, so that what is not read waits with the server.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream = socket.connect(address).await.unwrap();
    let url = format!("ws://{address}/stream?lab={}", lab.info.id);
    let (mut page, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
    hurry(&lab, 60_000).await;
    let now = lab.ask(|driven| driven.clock().seq.0).await.unwrap();

    let (mut last, mut gaps) = (0, 0);
    while last < now {
        let event = tokio::time::timeout(DEADLINE, trace.next()).await.unwrap().unwrap().unwrap();
        gaps += u32::from(matches!(event.kind, Some(Kind::Gap(_))));
        last = follows(last, &event);
    }
    assert!(gaps > 0, "so many events were not kept for it");

    let (mut last, mut gaps) = (0, 0);
    while last < now {
        let message = tokio::time::timeout(DEADLINE, page.next()).await.unwrap().unwrap().unwrap();
        let WsMessage::Binary(bytes) = message else { continue };
        match postcard::from_bytes(&bytes).unwrap() {
            Frame::History { scene, events } => {
                last = events.last().map_or(scene.seq.0, |event| event.seq.0);
            }
            Frame::Events(events) => {
                assert!(events.len() <= 16 * 1024, "never a longer queue");
                for event in events {
                    assert_eq!(event.seq.0, last + 1, "no hole that is not named");
                    last = event.seq.0;
                }
            }
            Frame::Gap { scene, missed } => {
                assert_eq!(scene.seq.0, last + missed, "the gap is what was missed");
                (last, gaps) = (scene.seq.0, gaps + 1);
            }
            _ => {}
        }
    }
    assert!(gaps > 0, "it got a fresh scene instead");
    labs.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_assertion_stops_its_lab_alone() {
    let labs = some_labs();
    let address = served(&labs, Health::default()).await;
    let mut client = LabClient::new(channel(address).await);
    let broken = labs.create("first-minute", 7, None).await.unwrap();
    let sound = labs.create("first-minute", 8, None).await.unwrap();
    let id = broken.info.id.to_string();
    let ports = client.open_ports(OpenPortsRequest { lab: id.clone() }).await.unwrap();
    let port = ports.into_inner().zookeeper[0].clone();
    let url = format!("ws://{address}/stream?lab={id}");
    let (mut page, _) = tokio_tungstenite::connect_async(&url).await.unwrap();

    let planted = broken.ask(|_| -> () { panic!("planted: two leaders in one epoch") }).await;
    assert!(planted.is_err(), "whoever caused it gets no answer");

    let told = async {
        while let Some(Ok(message)) = page.next().await {
            let WsMessage::Binary(bytes) = message else { continue };
            if let Frame::Stopped { reason } = postcard::from_bytes(&bytes).unwrap() {
                return reason;
            }
        }
        panic!("the page is not told");
    };
    let reason = tokio::time::timeout(DEADLINE, told).await.expect("the page is told");
    assert_eq!(&*reason, "planted: two leaders in one epoch");
    let described = client.describe_lab(DescribeLabRequest { lab: id.clone() }).await.unwrap();
    let lab = described.into_inner().lab.unwrap();
    assert!(lab.failure.contains("two leaders"), "{lab:?}");
    let refused = client.pause_time(PauseTimeRequest { lab: id.clone() }).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
    // Its trace is still there.
    let asked = WatchRequest { lab: id, after_seq: 0 };
    let mut trace = client.watch(asked).await.unwrap().into_inner();
    let mut last = 0;
    let stopped = loop {
        match trace.next().await.expect("it says that it stopped") {
            Ok(event) => last = follows(last, &event),
            Err(status) => break status,
        }
    };
    assert_eq!(last, lab.seq);
    assert_eq!(stopped.code(), Code::Aborted);
    // Its ports are closed.
    let closed = async {
        while tokio::net::TcpStream::connect(&port).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, closed).await.expect("its ports close");
    // The others go on.
    hurry(&sound, 100).await;
    assert!(sound.ask(|driven| driven.failure()).await.unwrap().is_none());
    labs.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn labs_get_ports_from_their_range_under_the_advertised_name() {
    // Two ports next to each other that nobody holds now.
    let mut free = 21_000;
    let range = loop {
        let held = [free, free + 1].map(|port| std::net::TcpListener::bind(("127.0.0.1", port)));
        if held.iter().all(Result::is_ok) {
            break PortRange { first: free, last: free + 1 };
        }
        free += 2;
    };
    let labs = labs(range, Some("lab.school"));
    let one = labs.create("single", 7, None).await.unwrap();
    let given = labs.open_ports(&one.info.id).await.unwrap();
    assert_eq!(given[0].split(':').next(), Some("lab.school"));
    assert!(given[0].ends_with(&range.first.to_string()), "{given:?}");
    assert_eq!(labs.open_ports(&one.info.id).await.unwrap(), given, "kept once given");
    let three = labs.create("first-minute", 7, None).await.unwrap();
    let none = labs.open_ports(&three.info.id).await.unwrap_err().to_string();
    assert!(none.contains("--lab-ports"), "{none}");
    labs.end();
}

#[tokio::test]
async fn no_route_is_open_to_other_pages_or_rebound_names() {
    let labs = some_labs();
    let paths = [
        "/",
        "/index.html",
        "/build.txt",
        "/none.js",
        "/stream",
        "/exercises",
        "/exercises/z1",
        "/trace.jsonl?lab=main",
        "/relevo.lab.v1.Lab/CreateLab",
        "/relevo.lab.v1.Lab/CrashNode",
        "/relevo.lab.v1.Lab/Watch",
        "/relevo.lab.v1.Lab/NoSuchMethod",
        "/grpc.health.v1.Health/Check",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        "/no.such.Service/Method",
    ];
    let ours = "127.0.0.1:8080";
    for path in paths {
        for method in ["GET", "POST", "OPTIONS"] {
            for (host, origin) in [
                ("evil.example:8080", None),
                (ours, Some("http://evil.example")),
                (ours, Some("null")),
                (ours, Some("http://127.0.0.1:9999")),
            ] {
                let mut request = Request::builder().method(method).uri(path);
                request = request.header(header::HOST, host);
                if let Some(origin) = origin {
                    request = request.header(header::ORIGIN, origin);
                }
                let app = server::app(Arc::clone(&labs), Hosts::default(), Health::default());
                let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
                assert_eq!(response.status(), StatusCode::FORBIDDEN, "{method} {path} {host}");
                let open = response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN);
                assert!(!open, "{method} {path}");
            }
        }
    }
    assert!(labs.list().is_empty(), "nothing was made");
}

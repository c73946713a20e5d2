//! The HTTP service as a value, and the stream over a real WebSocket.
#![allow(clippy::unwrap_used, reason = "a test says by failing what it did not expect")]

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use futures_util::StreamExt;
use relevo_backend::labs::{LabLimits, Labs};
use relevo_backend::rpc::Health;
use relevo_backend::server::{self, Hosts, HttpLimits};
use relevo_backend::wire::{Limits, Ports};
use relevo_lab::Scene;
use relevo_lab::stream::Frame;
use relevo_proto::lab::v1::lab_client::LabClient;
use relevo_proto::lab::v1::{
    AskRequest, CheckExerciseRequest, CrashNodeRequest, CreateLabRequest, DeleteLabRequest,
    DescribeLabRequest, ForkRequest, Group, OpenPortsRequest, Operation, PartitionRequest,
    PauseTimeRequest, PlaySolutionRequest, SetSpeedRequest, StartExerciseRequest, StepRequest,
    operation,
};
use std::sync::Arc;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message as WsMessage;
use tonic::Code;
use tower::ServiceExt;

const DEADLINE: Duration = Duration::from_secs(60);

fn labs(most: usize) -> Arc<Labs> {
    let ports = Ports::new(Limits::default(), None);
    let limits = LabLimits { labs: most, ..LabLimits::default() };
    Arc::new(Labs::new(limits, ports))
}

fn app(labs: &Arc<Labs>) -> axum::Router {
    server::app(Arc::clone(labs), Hosts::default(), Health::default())
}

/// Serves on a free port; the address.
async fn served(labs: &Arc<Labs>) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(server::serve(listener, app(labs), HttpLimits::default(), std::future::pending()));
    address
}

async fn get(
    labs: &Arc<Labs>,
    path: &str,
    headers: &[(header::HeaderName, &str)],
) -> (StatusCode, String) {
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let response = app(labs).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn strangers_are_told_in_a_sentence() {
    let labs = labs(4);
    let ours = (header::HOST, "127.0.0.1:8080");
    let (status, said) = get(&labs, "/", &[(header::HOST, "evil.example")]).await;
    assert_eq!((status, said.contains("evil.example")), (StatusCode::FORBIDDEN, true));
    let foreign = (header::ORIGIN, "http://evil.example");
    for path in ["/", "/stream", "/relevo.lab.v1.Lab/ListLabs"] {
        let (status, said) = get(&labs, path, &[ours.clone(), foreign.clone()]).await;
        assert_eq!(
            (status, said.contains("evil.example")),
            (StatusCode::FORBIDDEN, true),
            "{path}"
        );
    }
    let (status, _) = get(&labs, "/no-such-file.js", &[ours]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn no_browser_guesses_at_what_is_sent() {
    let labs = labs(4);
    let lab = labs.create("single", 7, None).await.unwrap();
    let trace = format!("/trace.jsonl?lab={}", lab.info.id);
    for path in ["/", "/none.js", "/exercises", "/exercises/z1", "/trace.jsonl?lab=none", &trace] {
        let request = Request::get(path).header(header::HOST, "127.0.0.1");
        let response = app(&labs).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        if path == trace {
            assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        }
    }
    labs.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_gets_a_lab_and_sees_it_count() {
    let labs = labs(4);
    let address = served(&labs).await;
    let url = format!("ws://{address}/stream?scenario=first-minute");
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let mut scene = Scene::default();
    let mut hello = None;
    let watching = async {
        while let Some(Ok(message)) = socket.next().await {
            let WsMessage::Binary(bytes) = message else { continue };
            match postcard::from_bytes(&bytes).unwrap() {
                Frame::Hello { lab, .. } => hello = Some(lab),
                Frame::History { scene: first, events } => {
                    scene = first;
                    events.iter().for_each(|event| scene.apply(event));
                }
                Frame::Events(events) => events.iter().for_each(|event| scene.apply(event)),
                Frame::Gap { scene: fresh, .. } => scene = fresh,
                Frame::Stopped { reason } => panic!("{reason}"),
                _ => {}
            }
            if scene.committed.counter() > 5 {
                return;
            }
        }
        panic!("the stream ended");
    };
    tokio::time::timeout(DEADLINE, watching).await.expect("the counter writes");
    assert_eq!(&*hello.expect("hello comes first").scenario, "first-minute");
    assert_eq!(labs.list().len(), 1);
    labs.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_is_commanded_by_grpc() {
    let labs = labs(3);
    let address = served(&labs).await;
    let channel = tonic::transport::Endpoint::try_from(format!("http://{address}")).unwrap();
    let mut client = LabClient::new(channel.connect().await.unwrap());
    let made = CreateLabRequest { scenario: "first-minute".into(), seed: 7 };
    let lab = client.create_lab(made).await.unwrap().into_inner().lab.unwrap().lab;
    let named = |lab: &str| lab.to_owned();

    let crash =
        |node: &str| CrashNodeRequest { lab: named(&lab), node: node.into(), power_loss: false };
    let first = client.crash_node(crash("zookeeper-1")).await.unwrap().into_inner().seq;
    assert!(first > 0);
    let again = client.crash_node(crash("zookeeper-1")).await.unwrap_err();
    assert_eq!(again.code(), Code::FailedPrecondition, "{again}");
    let unknown = client.crash_node(crash("zookeeper-9")).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    assert!(unknown.message().contains("zookeeper-2"), "it names those there are: {unknown}");
    let groups = [["zookeeper-1", "zookeeper-2"], ["zookeeper-1", "zookeeper-3"]];
    let groups = groups.map(|nodes| Group { nodes: nodes.map(named).into() }).into();
    let split = client.partition(PartitionRequest { lab: named(&lab), groups }).await;
    let split = split.unwrap_err();
    assert_eq!(split.code(), Code::InvalidArgument);
    assert!(split.message().contains("`zookeeper-1` is named more than once"), "{split}");
    let described = client.describe_lab(DescribeLabRequest { lab: named(&lab) }).await.unwrap();
    let described = described.into_inner();
    assert_eq!(described.nodes[0].state, "crashed");

    let running = client.step(StepRequest { lab: named(&lab), events: 1 }).await.unwrap_err();
    assert_eq!(running.code(), Code::FailedPrecondition);
    client.pause_time(PauseTimeRequest { lab: named(&lab) }).await.unwrap();
    let stood =
        client.step(StepRequest { lab: named(&lab), events: 3 }).await.unwrap().into_inner();
    assert!(stood.seq >= first);
    let fast = client.set_speed(SetSpeedRequest { lab: named(&lab), speed: -1.0 }).await;
    assert_eq!(fast.unwrap_err().code(), Code::InvalidArgument);

    let fork = client.fork(ForkRequest { lab: named(&lab), at_ns: 1_000_000 }).await.unwrap();
    let fork = fork.into_inner().lab.unwrap();
    assert_eq!(fork.forked_from, lab);
    let future = client.fork(ForkRequest { lab: named(&lab), at_ns: u64::MAX }).await.unwrap_err();
    assert_eq!(future.code(), Code::FailedPrecondition);
    let ports = client.open_ports(OpenPortsRequest { lab: fork.lab.clone() }).await.unwrap();
    assert_eq!(ports.into_inner().zookeeper.len(), 3);

    client.create_lab(CreateLabRequest::default()).await.unwrap();
    let many = client.create_lab(CreateLabRequest::default()).await.unwrap_err();
    assert_eq!(many.code(), Code::ResourceExhausted);
    client.delete_lab(DeleteLabRequest { lab: fork.lab }).await.unwrap();
    labs.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exercise_is_passed_by_playing_its_solution() {
    const STEPS: usize = 4;
    let labs = labs(3);
    let address = served(&labs).await;
    let channel = tonic::transport::Endpoint::try_from(format!("http://{address}")).unwrap();
    let mut client = LabClient::new(channel.connect().await.unwrap());
    let unknown = StartExerciseRequest { id: "Z99".into(), seed: 7, passed: 0 };
    assert_eq!(client.start_exercise(unknown).await.unwrap_err().code(), Code::NotFound);
    let wanted = StartExerciseRequest { id: "z1".into(), seed: 7, passed: 0 };
    let lab = client.start_exercise(wanted).await.unwrap().into_inner().lab.unwrap().lab;
    client.set_speed(SetSpeedRequest { lab: lab.clone(), speed: 8.0 }).await.unwrap();
    let mut often = tokio::time::interval(std::time::Duration::from_millis(50));

    let passing = async {
        let mut played = None;
        loop {
            often.tick().await;
            let asked = CheckExerciseRequest { lab: lab.clone() };
            let checks = client.check_exercise(asked).await.unwrap().into_inner().checks;
            // The last step goes by who happens to be slow, and is proved in virtual time.
            let Some(place) = checks.iter().take(STEPS).position(|check| !check.passed) else {
                return;
            };
            assert!(!checks[place].sees_es.is_empty(), "red says what it sees");
            if played != Some(place) {
                let step = checks[place].step.clone();
                let solution = PlaySolutionRequest { lab: lab.clone(), step };
                match client.play_solution(solution).await {
                    Ok(_) => played = Some(place),
                    Err(early) => assert_eq!(early.code(), Code::FailedPrecondition, "{early}"),
                }
            }
        }
    };
    tokio::time::timeout(DEADLINE, passing).await.expect("every step turns green");
    labs.end();
}

#[tokio::test]
async fn a_client_of_the_lab_asks_and_its_answer_comes_back() {
    let labs = labs(4);
    let address = served(&labs).await;
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{address}")).unwrap();
    let mut client = LabClient::new(channel.connect().await.unwrap());
    let request = CreateLabRequest { scenario: "z2".into(), seed: 7 };
    let lab = client.create_lab(request).await.unwrap().into_inner().lab.unwrap().lab;
    let ask = |who: &str, line: &str| AskRequest {
        lab: lab.clone(),
        client: who.into(),
        operation: Some(Operation { operation: Some(operation::Operation::Line(line.into())) }),
        wait_ms: 0,
    };
    let made = client.ask(ask("ana", "create -s /a- x")).await.unwrap().into_inner();
    assert_eq!((&*made.outcome, &*made.path), ("answered", "/a-0000000000"));
    let late = client.ask(ask("beto", "set -v 3 /a-0000000000 y")).await.unwrap().into_inner();
    assert_eq!((&*late.outcome, &*late.error, late.code), ("refused", "BadVersion", -103));
    let code = |answer: Result<_, tonic::Status>| answer.map(|_| ()).unwrap_err().code();
    assert_eq!(code(client.ask(ask("carla", "ls /")).await), Code::NotFound);
    assert_eq!(code(client.ask(ask("ana", "lsd /")).await), Code::InvalidArgument);
    client.pause_time(PauseTimeRequest { lab: lab.clone() }).await.unwrap();
    let hurried = AskRequest { wait_ms: 1, ..ask("ana", "ls /") };
    assert_eq!(code(client.ask(hurried).await), Code::DeadlineExceeded);
    labs.end();
}

#[tokio::test]
async fn an_exam_gives_nothing_that_would_help() {
    let ports = Ports::new(Limits::default(), None);
    let limits = LabLimits { labs: 2, ..LabLimits::default() };
    let exam = Arc::new(Labs::new(limits, ports).examining(true));
    let page = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let ours = [(header::HOST, "127.0.0.1:8080")];
    let (_, usual) = get(&labs(2), "/exercises/Z1", &ours).await;
    let (status, examined) = get(&exam, "/exercises/Z1", &ours).await;
    assert_eq!(status, StatusCode::OK);
    let hints = |page: &serde_json::Value| {
        page["en"]["steps"]["leader"]["hints"].as_array().map_or(0, Vec::len)
    };
    assert_eq!((hints(&page(&usual)), hints(&page(&examined))), (3, 0));
    assert_eq!(page(&examined)["exam"], true);
    let solution = &page(&examined)["exercise"]["steps"][0]["solution"];
    assert_eq!(solution.as_array().map(Vec::len), Some(0));

    let address = served(&exam).await;
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{address}")).unwrap();
    let mut api = LabClient::new(channel.connect().await.unwrap());
    let request = StartExerciseRequest { id: "Z1".into(), seed: 1, passed: 0 };
    let lab = api.start_exercise(request).await.unwrap().into_inner().lab.unwrap().lab;
    let refused = api.play_solution(PlaySolutionRequest { lab, step: String::new() }).await;
    assert_eq!(refused.unwrap_err().code(), Code::FailedPrecondition);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_why_in_both_languages() {
    let labs = labs(2);
    let address = served(&labs).await;
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{address}")).unwrap();
    let mut client = LabClient::new(channel.connect().await.unwrap());
    let both = |status: tonic::Status| {
        let spanish = status.metadata().get_bin(relevo_backend::said::SPANISH).unwrap();
        let spanish = String::from_utf8(spanish.to_bytes().unwrap().to_vec()).unwrap();
        (status.message().to_owned(), spanish)
    };
    let nowhere = DescribeLabRequest { lab: "nowhere".into() };
    let (en, es) = both(client.describe_lab(nowhere).await.unwrap_err());
    assert!(en.starts_with("there is no lab `nowhere`"), "{en}");
    assert!(es.starts_with("no hay ning\u{fa}n laboratorio `nowhere`"), "{es}");
    let request = CreateLabRequest { scenario: "z2".into(), seed: 7 };
    let lab = client.create_lab(request).await.unwrap().into_inner().lab.unwrap().lab;
    let crash =
        |node: &str| CrashNodeRequest { lab: lab.clone(), node: node.into(), power_loss: false };
    client.crash_node(crash("zookeeper-1")).await.unwrap();
    let (en, es) = both(client.crash_node(crash("zookeeper-1")).await.unwrap_err());
    assert!(en.contains("zookeeper-1 does not run"), "{en}");
    assert!(es.contains("zookeeper-1 no est\u{e1} en marcha"), "{es}");
    let (_, es) = both(client.crash_node(crash("zookeeper-9")).await.unwrap_err());
    assert!(es.contains("no tiene ning\u{fa}n nodo `zookeeper-9`"), "{es}");
    let step = StepRequest { lab: lab.clone(), events: 1 };
    let (_, es) = both(client.step(step).await.unwrap_err());
    assert!(es.contains("en pausa"), "{es}");
    labs.end();
}

//! The client machine, spoken to by hand.

use relevo_coordination::{
    CLIENT, Client, ClientConfig, ConnectRequest, ConnectResponse, ErrorCode, Event, Message,
    Notice, Request, Response, SessionId, WatchEventKind, WatchedEvent, Zxid,
};
use relevo_core::{
    Address, CloseReason, ConnId, Duration, Effect, Effects, HostId, Input, Instant, Now, Seq,
    WallTime,
};

struct Stage {
    client: Client,
    at: Instant,
    effects: Effects<Message, Event>,
    opened: Vec<(ConnId, Address)>,
    sent: Vec<Message>,
    closed: Vec<ConnId>,
}

impl Stage {
    fn new() -> Stage {
        let servers = (0..3).map(|host| Address::new(HostId(host), CLIENT)).collect();
        let mut stage = Stage {
            client: Client::new(ClientConfig::new(servers), 11),
            at: Instant::ZERO,
            effects: Effects::new(ConnId(1)),
            opened: Vec::new(),
            sent: Vec::new(),
            closed: Vec::new(),
        };
        stage.input(Input::Boot);
        stage
    }

    fn with<R>(
        &mut self,
        run: impl FnOnce(&mut Client, Now, &mut Effects<Message, Event>) -> R,
    ) -> R {
        self.effects.begin(Seq(1));
        let now = Now { mono: self.at, wall: WallTime(0) };
        let result = run(&mut self.client, now, &mut self.effects);
        for emitted in self.effects.drain().0 {
            match emitted.effect {
                Effect::Open { conn, to } => self.opened.push((conn, to)),
                Effect::Send { message, .. } => self.sent.push(message),
                Effect::Close { conn } => self.closed.push(conn),
                Effect::Event => {}
                other => panic!("{other:?}"),
            }
        }
        result
    }

    fn input(&mut self, input: Input<Message, ()>) {
        self.with(|client, now, out| client.step(now, &input, out));
    }

    fn conn(&self) -> ConnId {
        self.opened.last().expect("a connection").0
    }

    fn hear(&mut self, message: Message) {
        let conn = self.conn();
        self.input(Input::Message { conn, message });
    }

    fn submit(&mut self, request: Request) -> i32 {
        self.with(|client, now, out| client.submit(now, request, out))
    }

    /// Goes on to the next deadline.
    fn wait(&mut self) {
        self.at = self.client.deadline().expect("it waits for something").max(self.at);
        self.input(Input::Deadline);
    }

    /// Opens what was asked for and grants `session`; what the client introduced itself with.
    fn grant(&mut self, session: i64) -> ConnectRequest {
        let conn = self.conn();
        self.input(Input::Opened { conn });
        let Some(Message::Connect(request)) = self.sent.pop() else { panic!("no introduction") };
        let timeout_ms = if session == 0 { 0 } else { 9_000 };
        let response = ConnectResponse {
            timeout_ms,
            session: SessionId(session),
            password: vec![7; 16].into(),
            ..ConnectResponse::default()
        };
        self.hear(Message::Connected(response));
        request
    }

    fn lose(&mut self) {
        let conn = self.conn();
        self.input(Input::Closed { conn, reason: CloseReason::PeerDied });
    }

    fn answer(&mut self, xid: i32, zxid: u64, error: ErrorCode) {
        let (zxid, body) = (Zxid(zxid), Response::Empty);
        self.hear(Message::Response { xid, zxid, error, body });
    }

    fn notices(&mut self) -> Vec<Notice> {
        std::iter::from_fn(|| self.client.poll()).collect()
    }
}

fn get(watch: bool) -> Request {
    Request::GetData { path: "/a".into(), watch }
}

#[test]
fn what_is_asked_before_the_session_is_sent_with_it() {
    let mut stage = Stage::new();
    let xid = stage.submit(get(false));
    assert_eq!(stage.sent, []);
    let introduction = stage.grant(5);
    assert_eq!(introduction.session, SessionId(0));
    assert_eq!(stage.sent, [Message::Request { xid, request: get(false) }]);
    let session = SessionId(5);
    assert_eq!(stage.notices(), [Notice::Connected { session, resumed: false }]);
}

#[test]
fn a_lost_connection_leaves_outcomes_unknown_and_the_session_alive() {
    let mut stage = Stage::new();
    stage.grant(5);
    let (one, two) = (stage.submit(get(true)), stage.submit(get(false)));
    stage.answer(one, 77, ErrorCode::Ok);
    stage.notices();
    let server = stage.client.server();
    stage.lose();
    assert_eq!(stage.notices(), [Notice::Disconnected, Notice::Unknown { xid: two }]);
    let three = stage.submit(get(false));
    stage.sent.clear();
    stage.wait();
    assert_ne!(Some(stage.opened.last().unwrap().1), server, "it tries another one");
    let introduction = stage.grant(5);
    assert_eq!((introduction.session, introduction.last_zxid_seen), (SessionId(5), Zxid(77)));
    assert_eq!(&introduction.password[..], [7; 16]);
    let Message::Request { xid: -8, request: Request::SetWatches { relative_zxid, watches } } =
        &stage.sent[0]
    else {
        panic!("{:?}", stage.sent)
    };
    assert_eq!((*relative_zxid, &watches.data[..]), (Zxid(77), &["/a".into()][..]));
    assert!(matches!(stage.sent[1], Message::Request { xid, .. } if xid == three));
    let session = SessionId(5);
    assert_eq!(stage.notices(), [Notice::Connected { session, resumed: true }]);
}

#[test]
fn a_watch_that_fired_is_not_asked_for_again() {
    let mut stage = Stage::new();
    stage.grant(5);
    let xid = stage.submit(get(true));
    stage.answer(xid, 1, ErrorCode::Ok);
    let event = WatchedEvent { kind: WatchEventKind::NodeDataChanged, path: "/a".into() };
    stage.hear(Message::Watch(event.clone()));
    assert!(stage.notices().contains(&Notice::Watch(event)));
    stage.lose();
    stage.wait();
    stage.sent.clear();
    stage.grant(5);
    assert_eq!(stage.sent, []);
}

#[test]
fn it_pings_at_a_third_and_gives_up_at_two() {
    let mut stage = Stage::new();
    stage.grant(5);
    stage.wait();
    assert_eq!(stage.at, Instant::ZERO + Duration::from_millis(3_000));
    assert_eq!(stage.sent.pop(), Some(Message::Request { xid: -2, request: Request::Ping }));
    stage.at += Duration::from_millis(1);
    stage.answer(-2, 1, ErrorCode::Ok);
    stage.wait();
    assert_eq!(stage.at.as_millis(), 6_000);
    let conn = stage.conn();
    stage.wait();
    assert_eq!((stage.at.as_millis(), &stage.closed[..]), (9_000, &[][..]));
    stage.at += Duration::from_millis(1);
    stage.input(Input::Deadline);
    assert_eq!(stage.closed, [conn], "six seconds after the last word");
}

#[test]
fn an_expired_session_is_followed_by_a_new_one() {
    let mut stage = Stage::new();
    stage.grant(5);
    stage.lose();
    let xid = stage.submit(get(false));
    stage.wait();
    stage.notices();
    stage.grant(0);
    let notices = stage.notices();
    assert_eq!(notices[0], Notice::Expired);
    let result = Err(ErrorCode::SessionExpired);
    assert_eq!(notices[1], Notice::Answer { xid, zxid: Zxid(0), result });
    assert_eq!(stage.client.session(), None);
    assert_eq!(stage.grant(6).session, SessionId(0));
    assert_eq!(stage.client.session(), Some(SessionId(6)));
}

#[test]
fn an_answer_out_of_order_breaks_the_connection() {
    let mut stage = Stage::new();
    stage.grant(5);
    let (one, two) = (stage.submit(get(false)), stage.submit(get(false)));
    stage.answer(two, 1, ErrorCode::Ok);
    assert_eq!(stage.closed, [stage.conn()]);
    let unknown: Vec<i32> = stage
        .notices()
        .into_iter()
        .filter_map(|notice| match notice {
            Notice::Unknown { xid } => Some(xid),
            _ => None,
        })
        .collect();
    assert_eq!(unknown, [one, two]);
}

#[test]
fn auth_is_proved_again_on_every_connection() {
    let mut stage = Stage::new();
    let auth = Request::Auth { scheme: "digest".into(), auth: "a:b".into() };
    stage.submit(auth.clone());
    for _ in 0..2 {
        stage.grant(5);
        assert_eq!(stage.sent, [Message::Request { xid: -4, request: auth.clone() }]);
        stage.sent.clear();
        stage.lose();
        stage.wait();
    }
}

#[test]
fn a_closed_session_rests() {
    let mut stage = Stage::new();
    stage.grant(5);
    let xid = stage.submit(Request::CloseSession);
    stage.answer(xid, 1, ErrorCode::Ok);
    assert_eq!(stage.notices().last(), Some(&Notice::Ended));
    assert_eq!(stage.client.deadline(), None);
}

#[test]
fn pauses_are_seeded_and_bounded() {
    let mut stage = Stage::new();
    let mut pauses = Vec::new();
    for _ in 0..20 {
        let before = stage.at;
        stage.lose();
        stage.wait();
        pauses.push(stage.at.since(before).as_millis());
    }
    assert!(pauses[0] <= 63 && pauses.iter().all(|pause| *pause <= 1_000), "{pauses:?}");
    assert!(pauses[5..].iter().all(|pause| *pause >= 499), "{pauses:?}");
}

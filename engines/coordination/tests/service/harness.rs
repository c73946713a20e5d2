//! A service that orders what is submitted at once, or when told.

use bytes::Bytes;
use relevo_coordination::service::{Out, open_acl};
use relevo_coordination::{
    ConnectRequest, ConnectResponse, CreateMode, ErrorCode, Event, LearnerRequest, Life, Message,
    Request, Response, ServerConfig, ServerId, Service, ServingAs, SessionId, Submission,
    SubmissionKind, Txn, WatchEventKind, Zxid,
};
use relevo_core::{
    ConnId, Duration, Effect, Effects, Instant, Now, OutsideId, Party, Peer, Seq, WallTime,
};
use std::collections::VecDeque;
use std::sync::Arc;

/// One service under test.
pub(crate) struct Bench {
    pub(crate) service: Service,
    pub(crate) at: Instant,
    pub(crate) wall_ms: i64,
    pub(crate) zxid: Zxid,
    /// Whether submissions wait for [`Bench::order`].
    pub(crate) hold: bool,
    pub(crate) held: VecDeque<Submission>,
    pub(crate) events: Vec<Event>,
    pub(crate) sent: Vec<(ConnId, Message)>,
    pub(crate) closed: Vec<ConnId>,
    pub(crate) log: Vec<Arc<Txn>>,
    effects: Out,
    next_conn: u64,
    seq: u64,
}

/// A client with a session.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) conn: ConnId,
    pub(crate) granted: ConnectResponse,
}

impl Bench {
    pub(crate) fn new() -> Bench {
        Bench::with(|_| {})
    }

    pub(crate) fn with(configure: impl FnOnce(&mut ServerConfig)) -> Bench {
        let mut config = ServerConfig::new(ServerId(1), Vec::new());
        config.four_letter_words = vec!["*".into()];
        configure(&mut config);
        let mut bench = Bench {
            service: Service::new(&config, 7),
            at: Instant::ZERO,
            wall_ms: 1_700_000_000_000,
            zxid: Zxid(0x1_0000_0000),
            hold: false,
            held: VecDeque::new(),
            events: Vec::new(),
            sent: Vec::new(),
            closed: Vec::new(),
            log: Vec::new(),
            effects: Effects::new(ConnId(1_000_000)),
            next_conn: 1,
            seq: 1,
        };
        bench.step(|service, now, out| {
            service.start_tracking(now);
            service.set_serving(now, Some(ServingAs::Standalone), out);
        });
        bench
    }

    pub(crate) fn now(&self) -> Now {
        Now { mono: self.at, wall: WallTime(self.wall_ms) }
    }

    pub(crate) fn wait_ms(&mut self, ms: u64) {
        self.at += Duration::from_millis(ms);
        self.wall_ms += ms as i64;
        self.due();
    }

    pub(crate) fn due(&mut self) {
        let mut due = Vec::new();
        self.step(|service, now, out| due = service.due(now, out));
        self.held.extend(due);
        self.settle();
    }

    /// One step of the service, and whatever follows from it.
    pub(crate) fn step(&mut self, step: impl FnOnce(&mut Service, Now, &mut Out)) {
        self.seq += 1;
        self.effects.begin(Seq(self.seq));
        let now = self.now();
        step(&mut self.service, now, &mut self.effects);
        self.collect();
        self.settle();
    }

    /// Orders the oldest submission that waits.
    pub(crate) fn order(&mut self) -> Option<Arc<Txn>> {
        let submission = self.held.pop_front()?;
        self.order_one(submission)
    }

    pub(crate) fn prepare(&mut self, submission: &Submission) -> Arc<Txn> {
        self.zxid = self.zxid.next().expect("the epoch is young");
        Arc::new(self.service.prepare(self.now(), submission, self.zxid))
    }

    pub(crate) fn apply(&mut self, txn: &Arc<Txn>) {
        self.log.push(txn.clone());
        self.step(|service, now, out| service.apply(now, txn, out));
    }

    pub(crate) fn connect_raw(&mut self) -> ConnId {
        self.connect_from("127.0.0.1")
    }

    pub(crate) fn connect_from(&mut self, ip: &str) -> ConnId {
        let conn = ConnId(self.next_conn);
        self.next_conn += 1;
        let ip = ip.parse().expect("an address");
        let peer = Peer { party: Party::Outside(OutsideId(1)), ip, port: 40_000 };
        self.step(|service, now, out| service.accepted(now, conn, peer, out));
        conn
    }

    pub(crate) fn say(&mut self, conn: ConnId, message: Message) {
        self.step(|service, now, out| service.message(now, conn, message, out));
    }

    /// The turns a step asks for that was too short for all it had to answer; how many came.
    pub(crate) fn turns(&mut self) -> u32 {
        let mut turns = 0;
        while self.service.has_work() {
            self.step(|service, now, out| service.work(now, out));
            turns += 1;
        }
        turns
    }

    /// Connects and answers what the server said.
    pub(crate) fn connect(&mut self, request: ConnectRequest) -> (ConnId, Option<ConnectResponse>) {
        let conn = self.connect_raw();
        self.say(conn, Message::Connect(request));
        (conn, self.connected(conn))
    }

    pub(crate) fn connected(&mut self, conn: ConnId) -> Option<ConnectResponse> {
        self.take(conn).into_iter().find_map(|message| match message {
            Message::Connected(response) => Some(response),
            _ => None,
        })
    }

    pub(crate) fn session(&mut self) -> Session {
        self.session_of(10_000)
    }

    pub(crate) fn session_of(&mut self, timeout_ms: i32) -> Session {
        let (conn, granted) =
            self.connect(ConnectRequest { timeout_ms, ..ConnectRequest::default() });
        Session { conn, granted: granted.expect("a new session is granted") }
    }

    pub(crate) fn reconnect(&mut self, session: &Session) -> (ConnId, Option<ConnectResponse>) {
        self.connect(ConnectRequest {
            timeout_ms: session.granted.timeout_ms,
            session: session.granted.session,
            password: session.granted.password.clone(),
            ..ConnectRequest::default()
        })
    }

    pub(crate) fn lose(&mut self, conn: ConnId) {
        self.step(|service, now, out| service.closed(now, conn, out));
    }

    pub(crate) fn ask(&mut self, session: &Session, xid: i32, request: Request) {
        self.say(session.conn, Message::Request { xid, request });
    }

    /// Asks and answers; what else was sent to this client before stays in `sent`.
    pub(crate) fn call(
        &mut self,
        session: &Session,
        request: Request,
    ) -> Result<Response, ErrorCode> {
        let xid = 1_000 + self.seq as i32;
        self.ask(session, xid, request);
        let at = self
            .sent
            .iter()
            .position(|(conn, message)| {
                *conn == session.conn
                    && matches!(message, Message::Response { xid: x, .. } if *x == xid)
            })
            .expect("it is answered");
        let Message::Response { error, body, .. } = self.sent.remove(at).1 else { unreachable!() };
        if error == ErrorCode::Ok { Ok(body) } else { Err(error) }
    }

    /// Takes what was sent on a connection.
    pub(crate) fn take(&mut self, conn: ConnId) -> Vec<Message> {
        let (mine, others) = std::mem::take(&mut self.sent).into_iter().partition(|s| s.0 == conn);
        self.sent = others;
        let mine: Vec<(ConnId, Message)> = mine;
        mine.into_iter().map(|(_, message)| message).collect()
    }

    /// Takes the watch events sent on a connection.
    pub(crate) fn watched(&mut self, session: &Session) -> Vec<(WatchEventKind, String)> {
        let told = self.take(session.conn).into_iter().filter_map(|message| match message {
            Message::Watch(event) => Some((event.kind, event.path.to_string())),
            _ => None,
        });
        told.collect()
    }

    pub(crate) fn is_closed(&self, conn: ConnId) -> bool {
        self.closed.contains(&conn)
    }

    fn settle(&mut self) {
        let submissions = self.service.drain_submissions();
        self.held.extend(submissions);
        while !self.hold && self.order().is_some() {}
    }

    fn order_one(&mut self, submission: Submission) -> Option<Arc<Txn>> {
        let (session, cxid) = (submission.session, submission.cxid);
        match submission.request {
            SubmissionKind::Sync => {
                self.step(|service, now, out| service.synced(now, session, cxid, out));
                None
            }
            SubmissionKind::Revalidate { .. } => panic!("the leader answers that itself"),
            SubmissionKind::Order(_) | SubmissionKind::DeleteContainer { .. } => {
                let txn = self.prepare(&submission);
                self.apply(&txn);
                Some(txn)
            }
        }
    }

    fn collect(&mut self) {
        let (emitted, events) = self.effects.drain();
        self.events.extend(events);
        for emitted in emitted {
            match emitted.effect {
                Effect::Send { conn, message } => self.sent.push((conn, message)),
                Effect::Close { conn } => self.closed.push(conn),
                Effect::Event => {}
                other => panic!("a service does not {other:?}"),
            }
        }
    }
}

pub(crate) fn create(path: &str, data: &str) -> Request {
    create_as(path, data, Life::Persistent)
}

pub(crate) fn create_as(path: &str, data: &str, life: Life) -> Request {
    Request::Create {
        path: path.into(),
        data: Some(Bytes::copy_from_slice(data.as_bytes())),
        acl: open_acl(),
        mode: CreateMode { life, sequential: false },
        with_stat: false,
    }
}

pub(crate) fn create_sequential(path: &str, life: Life) -> Request {
    let mut request = create_as(path, "", life);
    if let Request::Create { mode, .. } = &mut request {
        mode.sequential = true;
    }
    request
}

pub(crate) fn delete(path: &str, version: i32) -> Request {
    Request::Delete { path: path.into(), version }
}

pub(crate) fn set(path: &str, data: &str, version: i32) -> Request {
    let data = Some(Bytes::copy_from_slice(data.as_bytes()));
    Request::SetData { path: path.into(), data, version }
}

pub(crate) fn get(path: &str, watch: bool) -> Request {
    Request::GetData { path: path.into(), watch }
}

pub(crate) fn exists(path: &str, watch: bool) -> Request {
    Request::Exists { path: path.into(), watch }
}

pub(crate) fn children(path: &str, watch: bool) -> Request {
    Request::GetChildren { path: path.into(), watch, with_stat: false }
}

pub(crate) fn path(text: &str) -> Result<Response, ErrorCode> {
    Ok(Response::Path(text.into()))
}

pub(crate) fn data_of(response: Result<Response, ErrorCode>) -> String {
    match response {
        Ok(Response::Data { data, .. }) => {
            String::from_utf8(data.unwrap_or_default().to_vec()).expect("text")
        }
        other => panic!("no data: {other:?}"),
    }
}

/// A submission of a client's request, past all connections.
pub(crate) fn submission(session: SessionId, request: Request, origin: ServerId) -> Submission {
    Submission {
        session,
        cxid: 1,
        request: SubmissionKind::Order(LearnerRequest::Client(request)),
        identities: [].into(),
        origin,
        cause: relevo_core::Cause(Seq(1)),
    }
}

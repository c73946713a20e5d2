//! The counter of the first minute: it writes 1, 2, 3… to one znode.

use crate::{AppEvent, COUNTER_PATH, CounterEvent, Event};
use bytes::Bytes;
use relevo_coordination::service::open_acl;
use relevo_coordination::{Client, CreateMode, ErrorCode, Message, Notice, Request, Response};
use relevo_core::{Address, Duration, Effects, Input, Instant, Machine, Now};
use serde::{Deserialize, Serialize};

/// What a counter needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterConfig {
    /// The ensemble.
    pub servers: Vec<Address>,
    /// The session time-out it asks for.
    pub timeout_ms: u32,
    /// From one number to the next.
    pub period: Duration,
}

/// Writes 1, 2, 3… to `/counter`, each once: a number is written with the version of the one
/// before it, and after an unknown outcome the counter reads what stands there before it goes on.
/// No number is skipped and none is written twice, whatever happens to the servers.
#[derive(Clone)]
pub struct Counter {
    config: CounterConfig,
    client: Client,
    doing: Doing,
    /// The number being written, or the last one known to stand.
    number: u64,
    /// How often `number` was sent.
    attempt: u32,
    /// When the next number is due.
    due: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    /// Waiting for the next number's time, knowing the version of the last.
    Resting { version: i32 },
    /// Reading what stands there; `pending` where a number's outcome is unknown.
    Reading { xid: i32, pending: bool },
    /// Making the znode.
    Creating { xid: i32, pending: bool },
    /// Writing `number`.
    Writing { xid: i32 },
}

/// Nothing can be asked of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CounterCall {}

impl Machine for Counter {
    type Config = CounterConfig;
    type Message = Message;
    type Event = Event;
    type Call = CounterCall;

    fn boot(config: &CounterConfig, seed: u64) -> Counter {
        let servers = config.servers.clone();
        let client = crate::client(servers, config.timeout_ms, seed);
        Counter {
            config: config.clone(),
            client,
            doing: Doing::Resting { version: -1 },
            number: 0,
            attempt: 0,
            due: Instant::ZERO,
        }
    }

    fn step(
        &mut self,
        now: Now,
        input: Input<Message, CounterCall>,
        out: &mut Effects<Message, Event>,
    ) {
        out.nest(|out| self.client.step(now, &input, out));
        if let Input::Boot = input {
            self.read(now, false, out);
        }
        while let Some(notice) = self.client.poll() {
            self.hear(now, notice, out);
        }
        if let Doing::Resting { version } = self.doing
            && now.mono >= self.due
        {
            (self.number, self.attempt) = (self.number + 1, 0);
            self.write(now, version, out);
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let due = matches!(self.doing, Doing::Resting { .. }).then_some(self.due);
        due.into_iter().chain(self.client.deadline()).min()
    }
}

impl Counter {
    fn hear(&mut self, now: Now, notice: Notice, out: &mut Effects<Message, Event>) {
        match notice {
            Notice::Answer { xid, zxid, result } => self.answered(now, xid, zxid, result, out),
            Notice::Unknown { xid } => self.unknown(now, xid, out),
            Notice::Watch(_)
            | Notice::Connected { .. }
            | Notice::Disconnected
            | Notice::Expired
            | Notice::Ended => {}
        }
    }

    fn answered(
        &mut self,
        now: Now,
        xid: i32,
        zxid: relevo_coordination::Zxid,
        result: Result<Response, ErrorCode>,
        out: &mut Effects<Message, Event>,
    ) {
        match (self.doing, result) {
            (Doing::Writing { xid: of }, Ok(Response::Stat(stat))) if of == xid => {
                self.acknowledged(now, zxid, stat.version, out);
            }
            (Doing::Reading { xid: of, pending }, Ok(Response::Data { data, stat }))
                if of == xid =>
            {
                let found = number_in(data.as_deref().unwrap_or_default());
                self.found(now, found, stat.version, stat.mzxid, pending, out);
            }
            (Doing::Reading { xid: of, pending }, Err(ErrorCode::NoNode)) if of == xid => {
                self.create(now, pending, out);
            }
            (Doing::Creating { xid: of, pending }, _) if of == xid => self.read(now, pending, out),
            // Another version, or no znode: someone else was here.
            (Doing::Writing { xid: of }, _) if of == xid => self.read(now, true, out),
            (Doing::Reading { xid: of, pending }, _) if of == xid => self.read(now, pending, out),
            _ => {}
        }
    }

    fn unknown(&mut self, now: Now, xid: i32, out: &mut Effects<Message, Event>) {
        match self.doing {
            Doing::Writing { xid: of } if of == xid => {
                out.event(AppEvent::Counter(CounterEvent::Unknown { number: self.number }));
                self.read(now, true, out);
            }
            Doing::Reading { xid: of, pending } | Doing::Creating { xid: of, pending }
                if of == xid =>
            {
                self.read(now, pending, out);
            }
            _ => {}
        }
    }

    fn acknowledged(
        &mut self,
        now: Now,
        zxid: relevo_coordination::Zxid,
        version: i32,
        out: &mut Effects<Message, Event>,
    ) {
        let number = self.number;
        out.event(AppEvent::Counter(CounterEvent::Acknowledged { number, zxid }));
        self.rest(now, version);
    }

    /// What stands there decides: the number whose outcome was unknown was written, or was not.
    fn found(
        &mut self,
        now: Now,
        found: u64,
        version: i32,
        mzxid: relevo_coordination::Zxid,
        pending: bool,
        out: &mut Effects<Message, Event>,
    ) {
        out.event(AppEvent::Counter(CounterEvent::Read { number: found }));
        if pending && found == self.number {
            return self.acknowledged(now, mzxid, version, out);
        }
        if pending && found.checked_add(1) == Some(self.number) {
            return self.write(now, version, out);
        }
        self.number = found;
        self.rest(now, version);
    }

    fn rest(&mut self, now: Now, version: i32) {
        self.doing = Doing::Resting { version };
        self.due = now.mono.max(self.due + self.config.period);
    }

    fn read(&mut self, now: Now, pending: bool, out: &mut Effects<Message, Event>) {
        let request = Request::GetData { path: COUNTER_PATH.into(), watch: false };
        self.doing = Doing::Reading { xid: self.submit(now, request, out), pending };
    }

    fn create(&mut self, now: Now, pending: bool, out: &mut Effects<Message, Event>) {
        let request = Request::Create {
            path: COUNTER_PATH.into(),
            data: Some(Bytes::from_static(b"0")),
            acl: open_acl(),
            mode: CreateMode::default(),
            with_stat: false,
        };
        self.doing = Doing::Creating { xid: self.submit(now, request, out), pending };
    }

    fn write(&mut self, now: Now, version: i32, out: &mut Effects<Message, Event>) {
        self.attempt += 1;
        // From the sending on, not from the answer: ten a second stay ten a second.
        self.due = now.mono;
        let (number, attempt) = (self.number, self.attempt);
        out.event(AppEvent::Counter(CounterEvent::Writing { number, attempt }));
        let request = Request::SetData {
            path: COUNTER_PATH.into(),
            data: Some(Bytes::from(number.to_string())),
            version,
        };
        self.doing = Doing::Writing { xid: self.submit(now, request, out) };
    }

    fn submit(&mut self, now: Now, request: Request, out: &mut Effects<Message, Event>) -> i32 {
        out.nest(|out| self.client.submit(now, request, out))
    }
}

/// Whatever is no number counts as none written.
fn number_in(data: &[u8]) -> u64 {
    std::str::from_utf8(data).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

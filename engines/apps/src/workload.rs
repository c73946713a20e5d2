//! A client as fault schedules need it: it reconnects, does a little of everything, and writes
//! down each call and what came of it, for others to judge.

use crate::{AppEvent, Event, Outcome};
use bytes::Bytes;
use relevo_coordination::service::open_acl;
use relevo_coordination::{Client, CreateMode, Life, Message, Notice, Request, Response};
use relevo_core::{Address, Duration, Effects, Input, Instant, Machine, Now, Random};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most operations of one client that wait for their answer.
const OUTSTANDING: usize = 3;
/// How many of its own znodes a client keeps before it deletes some.
const ZNODES_KEPT: usize = 12;

/// What a workload client needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadConfig {
    /// The ensemble.
    pub servers: Vec<Address>,
    /// The session time-out it asks for.
    pub timeout_ms: u32,
    /// Which of the schedule's clients it is: it writes below `/w<index>`, and nobody else does.
    pub index: u32,
    /// The least and the most time from an operation to the next.
    pub think: (Duration, Duration),
    /// How many answered operations are enough; then it thinks ten times as long.
    pub enough: u64,
}

/// The client.
#[derive(Clone)]
pub struct Workload {
    config: WorkloadConfig,
    client: Client,
    random: Random,
    /// The operation of each request under way.
    ops: BTreeMap<i32, u64>,
    calls: u64,
    answered: u64,
    /// Its own znodes, as far as it knows, with the versions it was told.
    znodes: BTreeMap<Arc<str>, i32>,
    due: Option<Instant>,
}

/// What can be asked of a workload client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WorkloadCall {
    /// Begin nothing new.
    Stop,
}

/// The folder that all clients of a schedule write to.
pub const SHARED: &str = "/shared";

impl Machine for Workload {
    type Config = WorkloadConfig;
    type Message = Message;
    type Event = Event;
    type Call = WorkloadCall;

    fn boot(config: &WorkloadConfig, seed: u64) -> Workload {
        let servers = config.servers.clone();
        Workload {
            config: config.clone(),
            client: crate::client(servers, config.timeout_ms, seed),
            random: Random::derived(seed, 1),
            ops: BTreeMap::new(),
            calls: 0,
            answered: 0,
            znodes: BTreeMap::new(),
            due: Some(Instant::ZERO),
        }
    }

    fn step(
        &mut self,
        now: Now,
        input: Input<Message, WorkloadCall>,
        out: &mut Effects<Message, Event>,
    ) {
        out.nest(|out| self.client.step(now, &input, out));
        match input {
            Input::Boot => {
                for path in [SHARED.into(), self.folder()] {
                    self.call(now, create(path, CreateMode::default()), out);
                }
                self.think(now);
            }
            Input::Call(WorkloadCall::Stop) => self.due = None,
            _ => {}
        }
        while let Some(notice) = self.client.poll() {
            self.hear(notice, out);
        }
        if self.due.is_some_and(|due| due <= now.mono) {
            self.think(now);
            if self.ops.len() < OUTSTANDING {
                self.act(now, out);
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.due.into_iter().chain(self.client.deadline()).min()
    }
}

impl Workload {
    fn folder(&self) -> Arc<str> {
        format!("/w{}", self.config.index).into()
    }

    fn think(&mut self, now: Now) {
        let (Duration(least), Duration(most)) = self.config.think;
        let slower = if self.answered < self.config.enough { 1 } else { 10 };
        self.due = Some(now.mono + Duration(self.random.between(least, most) * slower));
    }

    fn hear(&mut self, notice: Notice, out: &mut Effects<Message, Event>) {
        match notice {
            Notice::Answer { xid, zxid, result } => {
                self.answered += 1;
                let outcome = match result {
                    Ok(response) => Outcome::Answered { zxid, response: Arc::new(response) },
                    Err(error) => Outcome::Refused { zxid, error },
                };
                self.returned(xid, outcome, out);
            }
            Notice::Unknown { xid } => self.returned(xid, Outcome::Unknown, out),
            Notice::Connected { session, resumed } => {
                out.event(AppEvent::SessionGained { session, resumed });
            }
            Notice::Expired => out.event(AppEvent::SessionLost),
            Notice::Watch(_) | Notice::Disconnected | Notice::Ended => {}
        }
    }

    fn returned(&mut self, xid: i32, outcome: Outcome, out: &mut Effects<Message, Event>) {
        let Some(op) = self.ops.remove(&xid) else { return };
        if let Outcome::Answered { response, .. } = &outcome {
            self.learn(response);
        }
        out.event(AppEvent::Returned { op, outcome });
    }

    fn learn(&mut self, response: &Response) {
        if let Response::Path(path) | Response::PathStat { path, .. } = response
            && path.starts_with(&*format!("{}/", self.folder()))
        {
            self.znodes.insert(path.clone(), 0);
        }
    }

    fn call(&mut self, now: Now, request: Request, out: &mut Effects<Message, Event>) {
        self.calls += 1;
        let op = self.calls;
        out.event(AppEvent::Called { op, request: Arc::new(request.clone()) });
        let xid = out.nest(|out| self.client.submit(now, request, out));
        self.ops.insert(xid, op);
    }

    /// One operation, or two that must keep their order.
    fn act(&mut self, now: Now, out: &mut Effects<Message, Event>) {
        let watch = self.random.chance(1, 2);
        if self.znodes.len() > ZNODES_KEPT {
            return self.delete(now, out);
        }
        match self.random.below(16) {
            0..2 => self.create(now, Life::Persistent, out),
            2 => self.create(now, Life::Ephemeral, out),
            3 => {
                let mode = CreateMode { sequential: true, ..CreateMode::default() };
                // Those of the shared folder stay; its own it deletes, and numbers still rise.
                let shared = self.random.chance(1, 2);
                let path =
                    if shared { format!("{SHARED}/q-") } else { format!("{}/s-", self.folder()) };
                self.call(now, create(path.into(), mode), out);
            }
            4..6 => self.set_and_read(now, out),
            6 => self.delete(now, out),
            7 => self.multi(now, out),
            8 => {
                let path = self.some_path();
                self.call(now, Request::Sync { path: path.clone() }, out);
                self.call(now, Request::GetData { path, watch }, out);
            }
            9..12 => {
                let path = self.some_path();
                self.call(now, Request::GetData { path, watch }, out);
            }
            12..14 => {
                let path = self.some_path();
                self.call(now, Request::Exists { path, watch }, out);
            }
            14 => {
                let path = self.folder();
                self.call(now, Request::GetChildren { path, watch, with_stat: true }, out);
            }
            _ => self.guess(now, out),
        }
    }

    fn create(&mut self, now: Now, life: Life, out: &mut Effects<Message, Event>) {
        let path = format!("{}/n{}", self.folder(), self.calls).into();
        self.call(now, create(path, CreateMode { life, sequential: false }), out);
    }

    /// A write to a znode everyone writes, and a read that must see it.
    fn set_and_read(&mut self, now: Now, out: &mut Effects<Message, Event>) {
        let path = self.some_path();
        let data = Some(Bytes::from(self.calls.to_string()));
        self.call(now, Request::SetData { path: path.clone(), data, version: -1 }, out);
        self.call(now, Request::GetData { path, watch: false }, out);
    }

    /// A write that expects a version that may be another by now.
    fn guess(&mut self, now: Now, out: &mut Effects<Message, Event>) {
        let version = self.random.below(3) as i32;
        let data = Some(Bytes::from(self.calls.to_string()));
        let path = self.some_path();
        self.call(now, Request::SetData { path, data, version }, out);
    }

    fn delete(&mut self, now: Now, out: &mut Effects<Message, Event>) {
        let path = self.own_path();
        if self.znodes.remove(&path).is_some() {
            self.call(now, Request::Delete { path, version: -1 }, out);
        }
    }

    fn multi(&mut self, now: Now, out: &mut Effects<Message, Event>) {
        let path: Arc<str> = format!("{}/m{}", self.folder(), self.calls).into();
        let data = Some(Bytes::from(self.calls.to_string()));
        let parts = vec![
            Request::Check { path: self.folder(), version: -1 },
            create(path.clone(), CreateMode::default()),
            Request::SetData { path, data, version: 0 },
        ];
        self.call(now, Request::Multi(parts), out);
    }

    fn own_path(&mut self) -> Arc<str> {
        let at = self.random.below(self.znodes.len() as u64) as usize;
        self.znodes.keys().nth(at).cloned().unwrap_or_else(|| self.folder())
    }

    fn some_path(&mut self) -> Arc<str> {
        match self.random.below(4) {
            0 => SHARED.into(),
            1 => format!("/w{}", self.random.below(u64::from(self.config.index) + 2)).into(),
            _ => self.own_path(),
        }
    }
}

fn create(path: Arc<str>, mode: CreateMode) -> Request {
    Request::Create { path, data: Some(Bytes::new()), acl: open_acl(), mode, with_stat: false }
}

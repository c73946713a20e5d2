//! A client that does what it is told: the page's console, an exercise's script.

use crate::{AppEvent, Event, Outcome};
use relevo_coordination::{Client, Message, Notice, Request};
use relevo_core::{Address, Cause, Effects, Input, Instant, Machine, Now, Seq};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// How many answers a console remembers.
const REMEMBERED: usize = 64;

/// What a console needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleConfig {
    /// The ensemble.
    pub servers: Vec<Address>,
    /// The session time-out it asks for.
    pub timeout_ms: u32,
    /// Whether it connects only once it is asked something, so that one that is never used cannot
    /// be seen.
    pub waits: bool,
}

/// Asks what it is called with, in order, and remembers the answers.
#[derive(Clone)]
pub struct Console {
    client: Client,
    waits: bool,
    /// Whether it has begun to look for a server; not again after it closed its session.
    begun: bool,
    /// Whether it had a connection and lost it.
    cut_off: bool,
    /// The operation of each request under way, and the event of its call.
    ops: BTreeMap<i32, (u64, Cause)>,
    calls: u64,
    answers: VecDeque<(Cause, Outcome)>,
}

/// What can be asked of a console.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ConsoleCall {
    /// Ask the ensemble this.
    Request(Request),
}

impl Console {
    /// Whether it had a connection and lost it: a question waits until it finds another server.
    pub fn is_cut_off(&self) -> bool {
        self.cut_off
    }

    /// The outcome of one of the last calls, by the event of its entering, once it is there.
    pub fn answer(&self, call: Seq) -> Option<&Outcome> {
        self.answers.iter().find(|(of, _)| of.0 == call).map(|(_, outcome)| outcome)
    }

    fn begin(&mut self, now: Now, out: &mut Effects<Message, Event>) {
        if !std::mem::replace(&mut self.begun, true) {
            out.nest(|out| self.client.step(now, &Input::<Message, ()>::Boot, out));
        }
    }

    fn call(&mut self, now: Now, request: Request, out: &mut Effects<Message, Event>) {
        self.begin(now, out);
        self.calls += 1;
        let op = self.calls;
        out.event(AppEvent::Called { op, request: Arc::new(request.clone()) });
        let xid = out.nest(|out| self.client.submit(now, request, out));
        self.ops.insert(xid, (op, out.cause()));
    }

    fn hear(&mut self, notice: Notice, out: &mut Effects<Message, Event>) {
        match notice {
            Notice::Answer { xid, zxid, result } => {
                let outcome = match result {
                    Ok(response) => Outcome::Answered { zxid, response: Arc::new(response) },
                    Err(error) => Outcome::Refused { zxid, error },
                };
                self.returned(xid, outcome, out);
            }
            Notice::Unknown { xid } => self.returned(xid, Outcome::Unknown, out),
            Notice::Watch(event) => out.event(AppEvent::Notified(event)),
            Notice::Connected { session, resumed } => {
                self.cut_off = false;
                out.event(AppEvent::SessionGained { session, resumed });
            }
            Notice::Expired => out.event(AppEvent::SessionLost),
            Notice::Disconnected => self.cut_off = true,
            Notice::Ended => self.begun = false,
        }
    }

    fn returned(&mut self, xid: i32, outcome: Outcome, out: &mut Effects<Message, Event>) {
        let Some((op, call)) = self.ops.remove(&xid) else { return };
        out.event(AppEvent::Returned { op, outcome: outcome.clone() });
        if self.answers.len() == REMEMBERED {
            self.answers.pop_front();
        }
        self.answers.push_back((call, outcome));
    }
}

impl Machine for Console {
    type Config = ConsoleConfig;
    type Message = Message;
    type Event = Event;
    type Call = ConsoleCall;

    fn boot(config: &ConsoleConfig, seed: u64) -> Console {
        let servers = config.servers.clone();
        Console {
            client: crate::client(servers, config.timeout_ms, seed),
            waits: config.waits,
            begun: false,
            cut_off: false,
            ops: BTreeMap::new(),
            calls: 0,
            answers: VecDeque::new(),
        }
    }

    fn step(
        &mut self,
        now: Now,
        input: Input<Message, ConsoleCall>,
        out: &mut Effects<Message, Event>,
    ) {
        match input {
            Input::Boot if self.waits => {}
            Input::Boot => self.begin(now, out),
            Input::Call(ConsoleCall::Request(request)) => self.call(now, request, out),
            input => _ = out.nest(|out| self.client.step(now, &input, out)),
        }
        while let Some(notice) = self.client.poll() {
            self.hear(notice, out);
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.client.deadline().filter(|_| self.begun)
    }
}

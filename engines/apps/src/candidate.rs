//! A candidate for an election, by ZooKeeper's own recipe ("ZooKeeper Recipes and Solutions",
//! leader election).
//!
//! Each candidate creates an ephemeral sequential znode below `/election`. The one with the lowest
//! number leads; each other watches only the one before it, so that a death wakes one candidate and
//! not the herd. Whoever is woken looks at the whole line again: the one before may have died while
//! it waited, without ever having led.
//!
//! What the recipe leaves to its user is done here too:
//!
//! * The answer to the creation may be lost with its connection. Then the candidate looks, after a
//!   `sync`, for a znode of its name that its own session owns, before it creates another one.
//! * A candidate that has lost its connection doubts that it leads, until it has looked again.
//! * Doubt needs a process that runs. One that was frozen while its session expired goes on
//!   believing, and another one leads by then. So a leader's word counts only with a fence: it
//!   writes its name to `/leader` with the version it read or wrote last, and a leader of the past
//!   is answered BadVersion.
//! * What a leader meant to order next it still orders when it is back, in whatever session, as
//!   every program does that tries again what it could not finish. Its own judgement is not what
//!   protects from an order that comes too late: the fence is, wherever the order comes from.

use crate::{AppEvent, CandidateEvent, Event};
use bytes::Bytes;
use relevo_coordination::service::open_acl;
use relevo_coordination::{
    Client, CreateMode, ErrorCode, Life, Message, Notice, Path, Request, Response, SessionId,
    WatchEventKind, Zxid,
};
use relevo_core::{Address, Duration, Effects, Input, Instant, Machine, Now};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;

/// The folder of the line of candidates.
pub const ELECTION_PATH: &str = "/election";
/// Where the leader writes its name.
pub const LEADER_PATH: &str = "/leader";

/// How often a leader writes its name again, as any work of a leader would.
const WORK_EVERY: Duration = Duration::from_millis(1_000);
/// How long it rests after an error that the recipe does not know.
const RETRY_AFTER: Duration = Duration::from_millis(1_000);

/// What a candidate needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandidateConfig {
    /// Its name, which its znodes begin with.
    pub name: Arc<str>,
    /// The ensemble.
    pub servers: Vec<Address>,
    /// The session time-out it asks for.
    pub timeout_ms: u32,
}

/// The candidate.
#[derive(Clone)]
pub struct Candidate {
    config: CandidateConfig,
    client: Client,
    /// The request under way and what its answer decides.
    asked: Option<(i32, Asked)>,
    /// Its znode in the line, once it knows it.
    own: Option<Path>,
    /// Whether it may have a znode in the line that it does not know of.
    may_stand: bool,
    belief: Belief,
    /// The version that the order it could not give would have named.
    unfinished: Option<i32>,
    /// When it goes on by itself.
    due: Option<Instant>,
}

/// Nothing can be asked of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CandidateCall {}

/// What a candidate believes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Belief {
    /// Nothing yet, or no longer.
    Nothing,
    /// That another one is before it.
    Waiting { behind: Path },
    /// That it leads; with the version of `/leader` it wrote.
    Leading { version: Option<i32> },
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    /// To make the folder.
    Folder,
    /// To make its znode.
    Stand,
    /// That whatever was ordered before be here, to look for its own znode.
    Sync,
    /// Who stands in line, to look for its own znode.
    Search,
    /// Whose znode this is; more may be of its name.
    Owner { path: Path, others: VecDeque<Path> },
    /// Who stands in line.
    Line,
    /// To be told when the one before it goes.
    Before { path: Path },
    /// What stands in `/leader`.
    Read,
    /// To write its name there.
    Claim,
    /// The same, in a session in which it has no place in the line yet.
    Late,
}

type Out<'a> = &'a mut Effects<Message, Event>;

impl Machine for Candidate {
    type Config = CandidateConfig;
    type Message = Message;
    type Event = Event;
    type Call = CandidateCall;

    fn boot(config: &CandidateConfig, seed: u64) -> Candidate {
        let servers = config.servers.clone();
        Candidate {
            config: config.clone(),
            client: crate::client(servers, config.timeout_ms, seed),
            asked: None,
            own: None,
            may_stand: false,
            belief: Belief::Nothing,
            unfinished: None,
            due: None,
        }
    }

    fn step(&mut self, now: Now, input: Input<Message, CandidateCall>, out: Out<'_>) {
        out.nest(|out| self.client.step(now, &input, out));
        while let Some(notice) = self.client.poll() {
            self.hear(now, notice, out);
        }
        if self.due.is_some_and(|due| due <= now.mono) {
            self.due = None;
            self.go_on(now, out);
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.due.into_iter().chain(self.client.deadline()).min()
    }
}

impl Candidate {
    fn hear(&mut self, now: Now, notice: Notice, out: Out<'_>) {
        match notice {
            Notice::Answer { xid, zxid, result } => {
                if let Some((_, asked)) = self.asked.take_if(|(of, _)| *of == xid) {
                    self.answered(now, asked, zxid, result, out);
                }
            }
            Notice::Watch(event) => {
                let before =
                    matches!(&self.belief, Belief::Waiting { behind } if *behind == event.path);
                if before && event.kind != WatchEventKind::NodeChildrenChanged {
                    self.look(now, out);
                }
            }
            Notice::Connected { session, resumed } => self.connected(now, session, resumed, out),
            Notice::Disconnected => self.doubt(out),
            Notice::Expired => {
                self.forget();
                out.event(AppEvent::SessionLost);
            }
            Notice::Unknown { .. } | Notice::Ended => {}
        }
    }

    fn connected(&mut self, now: Now, session: SessionId, resumed: bool, out: Out<'_>) {
        out.event(AppEvent::SessionGained { session, resumed });
        let unfinished = self.unfinished.take();
        if !resumed {
            self.forget();
        }
        match unfinished.filter(|_| !resumed) {
            Some(version) => self.write(now, version, Asked::Late, out),
            None => self.go_on(now, out),
        }
    }

    /// What was under way is unknown, and so is whether it leads.
    fn doubt(&mut self, out: Out<'_>) {
        self.may_stand |= matches!(self.asked, Some((_, Asked::Stand)));
        (self.asked, self.due) = (None, None);
        if let Belief::Leading { version: Some(version) } = self.belief {
            self.unfinished = Some(version);
        }
        if self.belief != Belief::Nothing {
            self.belief = Belief::Nothing;
            out.event(AppEvent::Candidate(CandidateEvent::Doubts));
        }
    }

    /// With its session everything is gone that it had.
    fn forget(&mut self) {
        self.leave_the_line();
        (self.asked, self.due) = (None, None);
    }

    /// Takes the next step of the recipe, wherever it stands.
    fn go_on(&mut self, now: Now, out: Out<'_>) {
        if !self.client.is_connected() || self.asked.is_some() {
            return;
        }
        match (&self.belief, &self.own) {
            (Belief::Leading { version: Some(version) }, _) => {
                let version = *version;
                self.write(now, version, Asked::Claim, out);
            }
            (_, Some(_)) => self.look(now, out),
            (_, None) if self.may_stand => {
                let request = Request::Sync { path: ELECTION_PATH.into() };
                self.ask(now, request, Asked::Sync, out);
            }
            (_, None) => {
                let request = create(ELECTION_PATH.into(), None, CreateMode::default());
                self.ask(now, request, Asked::Folder, out);
            }
        }
    }

    fn answered(
        &mut self,
        now: Now,
        asked: Asked,
        zxid: Zxid,
        result: Result<Response, ErrorCode>,
        out: Out<'_>,
    ) {
        match (asked, result) {
            (Asked::Folder, Ok(_) | Err(ErrorCode::NodeExists)) => self.stand(now, out),
            (Asked::Stand, Ok(Response::Path(path))) => self.stands(now, path, out),
            (Asked::Sync, Ok(_)) => self.children(now, Asked::Search, out),
            (Asked::Search, Ok(Response::Children { children, .. })) => {
                let mine = children.iter().filter(|name| self.has_my_name(name));
                let mine = mine.map(|name| child(name)).collect();
                self.find_own(now, mine, out);
            }
            (Asked::Owner { path, others }, Ok(Response::Stat(stat))) => {
                if Some(SessionId(stat.ephemeral_owner)) == self.client.session() {
                    self.stands(now, path, out);
                } else {
                    self.find_own(now, others, out);
                }
            }
            (Asked::Owner { others, .. }, Err(ErrorCode::NoNode)) => {
                self.find_own(now, others, out);
            }
            (Asked::Line, Ok(Response::Children { children, .. })) => {
                self.judge(now, &children, out);
            }
            (Asked::Before { path }, Ok(_)) => {
                out.event(AppEvent::Candidate(CandidateEvent::Waits { behind: path.clone() }));
                self.belief = Belief::Waiting { behind: path };
            }
            (Asked::Before { .. }, Err(ErrorCode::NoNode)) => self.look(now, out),
            (Asked::Read, Ok(Response::Data { stat, .. })) => {
                self.write(now, stat.version, Asked::Claim, out);
            }
            (Asked::Read, Err(ErrorCode::NoNode)) => {
                let request = create(LEADER_PATH.into(), Some(self.name()), CreateMode::default());
                self.ask(now, request, Asked::Claim, out);
            }
            (Asked::Claim, Ok(Response::Stat(stat))) => self.claimed(now, stat.version, zxid, out),
            (Asked::Claim, Ok(Response::Path(_))) => self.claimed(now, 0, zxid, out),
            (
                Asked::Claim,
                Err(ErrorCode::BadVersion | ErrorCode::NodeExists | ErrorCode::NoNode),
            ) => {
                out.event(AppEvent::Candidate(CandidateEvent::Fenced));
                self.belief = Belief::Nothing;
                self.look(now, out);
            }
            (Asked::Late, Ok(Response::Stat(stat))) => {
                // Nobody wrote in between, so it contradicts nobody; it leads none the more for it.
                let version = stat.version;
                out.event(AppEvent::Candidate(CandidateEvent::Claimed { version, zxid }));
                self.go_on(now, out);
            }
            (Asked::Late, Err(ErrorCode::BadVersion | ErrorCode::NoNode)) => {
                out.event(AppEvent::Candidate(CandidateEvent::Fenced));
                self.go_on(now, out);
            }
            // The folder is gone, and with it every znode in line.
            (Asked::Line | Asked::Search | Asked::Stand, Err(ErrorCode::NoNode)) => {
                self.leave_the_line();
                self.due = Some(now.mono + RETRY_AFTER);
            }
            _ => self.due = Some(now.mono + RETRY_AFTER),
        }
    }

    fn stand(&mut self, now: Now, out: Out<'_>) {
        let path = format!("{ELECTION_PATH}/{}-", self.config.name);
        let mode = CreateMode { life: Life::Ephemeral, sequential: true };
        let request = create(path.into(), Some(self.name()), mode);
        self.ask(now, request, Asked::Stand, out);
    }

    fn stands(&mut self, now: Now, path: Path, out: Out<'_>) {
        (self.own, self.may_stand) = (Some(path.clone()), false);
        out.event(AppEvent::Candidate(CandidateEvent::Stands { path }));
        self.look(now, out);
    }

    fn find_own(&mut self, now: Now, mut mine: VecDeque<Path>, out: Out<'_>) {
        match mine.pop_front() {
            Some(path) => {
                let request = Request::Exists { path: path.clone(), watch: false };
                self.ask(now, request, Asked::Owner { path, others: mine }, out);
            }
            None => {
                self.may_stand = false;
                self.stand(now, out);
            }
        }
    }

    fn look(&mut self, now: Now, out: Out<'_>) {
        self.children(now, Asked::Line, out);
    }

    fn children(&mut self, now: Now, asked: Asked, out: Out<'_>) {
        let path = ELECTION_PATH.into();
        self.ask(now, Request::GetChildren { path, watch: false, with_stat: false }, asked, out);
    }

    /// The lowest number leads; everyone else watches the next lower one.
    fn judge(&mut self, now: Now, children: &[Arc<str>], out: Out<'_>) {
        let own = self.own.as_deref().and_then(|path| path.rsplit('/').next());
        let Some(own) = own.filter(|own| children.iter().any(|name| &**name == *own)) else {
            // Someone deleted it: back to the end of the line.
            self.leave_the_line();
            return self.stand(now, out);
        };
        let number = sequence(own);
        let lower = children.iter().filter(|name| sequence(name) < number);
        match lower.max_by_key(|name| sequence(name)) {
            Some(before) => {
                let path = child(before);
                let request = Request::GetData { path: path.clone(), watch: true };
                self.ask(now, request, Asked::Before { path }, out);
            }
            None => self.lead(now, out),
        }
    }

    fn lead(&mut self, now: Now, out: Out<'_>) {
        if let Some(path) = self.own.clone() {
            out.event(AppEvent::Candidate(CandidateEvent::Leads { path }));
        }
        self.belief = Belief::Leading { version: None };
        self.ask(
            now,
            Request::GetData { path: LEADER_PATH.into(), watch: false },
            Asked::Read,
            out,
        );
    }

    fn write(&mut self, now: Now, version: i32, asked: Asked, out: Out<'_>) {
        let (path, data) = (LEADER_PATH.into(), Some(self.name()));
        self.ask(now, Request::SetData { path, data, version }, asked, out);
    }

    fn claimed(&mut self, now: Now, version: i32, zxid: Zxid, out: Out<'_>) {
        out.event(AppEvent::Candidate(CandidateEvent::Claimed { version, zxid }));
        self.belief = Belief::Leading { version: Some(version) };
        self.due = Some(now.mono + WORK_EVERY);
    }

    fn leave_the_line(&mut self) {
        (self.own, self.may_stand, self.belief) = (None, false, Belief::Nothing);
    }

    fn ask(&mut self, now: Now, request: Request, asked: Asked, out: Out<'_>) {
        let xid = out.nest(|out| self.client.submit(now, request, out));
        (self.asked, self.due) = (Some((xid, asked)), None);
    }

    fn name(&self) -> Bytes {
        Bytes::copy_from_slice(self.config.name.as_bytes())
    }

    fn has_my_name(&self, child: &str) -> bool {
        let number = child.strip_prefix(&*self.config.name).and_then(|it| it.strip_prefix('-'));
        number.is_some_and(|number| number.parse::<i64>().is_ok())
    }
}

fn create(path: Path, data: Option<Bytes>, mode: CreateMode) -> Request {
    Request::Create { path, data, acl: open_acl(), mode, with_stat: false }
}

fn child(name: &str) -> Path {
    format!("{ELECTION_PATH}/{name}").into()
}

/// The number at the end of a sequential znode's name; whatever has none is behind everyone.
fn sequence(name: &str) -> i64 {
    let number = name.len().checked_sub(10).and_then(|at| name.get(at..));
    number.and_then(|number| number.parse().ok()).unwrap_or(i64::MAX)
}

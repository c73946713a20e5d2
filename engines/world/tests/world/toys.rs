//! Small machines that do one thing each, so that what a world does to them can be seen.

use bytes::Bytes;
use relevo_core::{
    Address, CloseReason, ConnId, DiskError, DiskInput, Duration, Effects, Fault, File, HostId,
    Input, Instant, Kind, Machine, Message, Now, Origin, OutsideInput, Service, Token, TraceEvent,
};
use relevo_world::{Entered, Storage, World, WorldConfig};
use serde::{Deserialize, Serialize};

/// What the toys listen on.
pub(crate) const PORT: Service = Service(7);

/// What the toys say: a number, and some weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Word {
    pub(crate) number: u64,
    pub(crate) size: u64,
}

/// What the toys tell of themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Told {
    Booted { wall: i64 },
    Accepted(ConnId),
    Opened(ConnId),
    Heard { conn: ConnId, number: u64 },
    Blocked,
    Writable,
    Closed { conn: ConnId, reason: CloseReason },
    Turn,
    Alarm { at: Instant, wall: i64 },
    Files(Vec<(String, u64)>),
    Read(Vec<u8>),
    Durable(Token),
    Failed(DiskError),
}

/// What the toys can be asked to do, each at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Do {
    Open(HostId),
    /// Sends this many words, numbered from `first`, on the newest connection.
    Send {
        first: u64,
        count: u64,
        size: u64,
    },
    Close,
    Append {
        file: String,
        data: Vec<u8>,
    },
    Replace {
        file: String,
        data: Vec<u8>,
    },
    Truncate {
        file: String,
        length: u64,
    },
    Rename {
        from: String,
        to: String,
    },
    Delete {
        file: String,
    },
    Sync {
        files: Vec<String>,
        token: u64,
    },
    List,
    Read {
        file: String,
        offset: u64,
        length: u64,
    },
    Again,
    AlarmIn(Duration),
    /// One after the other, so far apart.
    AlarmEvery(Duration),
    Stop,
    /// Several, in one step.
    All(Vec<Do>),
}

/// Does what it is told and tells what it sees; it may answer every word with one of its own.
#[derive(Clone, Debug)]
pub(crate) struct Toy {
    pub(crate) echoes: bool,
    pub(crate) conn: Option<ConnId>,
    pub(crate) alarm: Option<Instant>,
    pub(crate) every: Option<Duration>,
    pub(crate) heard: Vec<u64>,
    pub(crate) seed: u64,
}

/// How a toy boots.
#[derive(Clone, Debug, Default)]
pub(crate) struct ToyConfig {
    /// Whether it answers each word with the next number.
    pub(crate) echoes: bool,
}

pub(crate) type ToyWorld = World<Toy>;
pub(crate) type ToyEvent = TraceEvent<Word, Told>;
type ToyEffects = Effects<Word, Told>;

impl Message for Word {
    fn wire_size(&self) -> u64 {
        self.size
    }

    fn through_codec(self) -> Result<Self, String> {
        Ok(self)
    }
}

impl Machine for Toy {
    type Config = ToyConfig;
    type Message = Word;
    type Event = Told;
    type Call = Do;

    fn boot(config: &ToyConfig, seed: u64) -> Self {
        Toy { echoes: config.echoes, conn: None, alarm: None, every: None, heard: Vec::new(), seed }
    }

    fn step(&mut self, now: Now, input: Input<Word, Do>, out: &mut ToyEffects) {
        match input {
            Input::Boot => out.event(Told::Booted { wall: now.wall.0 }),
            Input::Deadline => {
                self.alarm = self.every.map(|every| now.mono + every);
                out.event(Told::Alarm { at: now.mono, wall: now.wall.0 });
            }
            Input::Opened { conn } => out.event(Told::Opened(conn)),
            Input::Accepted { conn, .. } => {
                self.conn = Some(conn);
                out.event(Told::Accepted(conn));
            }
            Input::Message { conn, message } => {
                let Word { number, size } = message;
                self.heard.push(number);
                out.event(Told::Heard { conn, number });
                if self.echoes {
                    out.send(conn, Word { number: number + 1, size });
                }
            }
            Input::Blocked { .. } => out.event(Told::Blocked),
            Input::Writable { .. } => out.event(Told::Writable),
            Input::Closed { conn, reason } => out.event(Told::Closed { conn, reason }),
            Input::Again => out.event(Told::Turn),
            Input::Disk(answer) => out.event(tell(answer)),
            Input::Call(call) => self.obey(now, call, out),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.alarm
    }
}

fn tell(answer: DiskInput) -> Told {
    match answer {
        DiskInput::Listed { files, .. } => {
            Told::Files(files.iter().map(|info| (info.file.to_string(), info.length)).collect())
        }
        DiskInput::ReadDone { data, .. } => Told::Read(data.to_vec()),
        DiskInput::Durable { token } => Told::Durable(token),
        DiskInput::Failed { error, .. } => Told::Failed(error),
    }
}

impl Toy {
    fn obey(&mut self, now: Now, call: Do, out: &mut ToyEffects) {
        let named = |name: String| File::named(&name);
        match call {
            Do::Open(host) => self.conn = Some(out.open(Address::new(host, PORT))),
            Do::Send { first, count, size } => {
                let conn = self.conn.unwrap_or(ConnId(u64::MAX));
                for number in first..first + count {
                    out.send(conn, Word { number, size });
                }
            }
            Do::Close => out.close(self.conn.take().unwrap_or(ConnId(u64::MAX))),
            Do::Append { file, data } => out.append(&named(file), data.into()),
            Do::Replace { file, data } => out.replace(&named(file), data.into()),
            Do::Truncate { file, length } => out.truncate(&named(file), length),
            Do::Rename { from, to } => out.rename(&named(from), &named(to)),
            Do::Delete { file } => out.delete(&named(file)),
            Do::Sync { files, token } => {
                let files: Vec<_> = files.into_iter().map(named).collect();
                out.sync(&files, Token(token));
            }
            Do::List => out.list(Token(0)),
            Do::Read { file, offset, length } => out.read(&named(file), offset, length, Token(0)),
            Do::Again => out.again(),
            Do::AlarmIn(span) => self.alarm = Some(now.mono + span),
            Do::AlarmEvery(span) => {
                (self.alarm, self.every) = (Some(now.mono + span), Some(span));
            }
            Do::Stop => out.stop("it was told to"),
            Do::All(calls) => calls.into_iter().for_each(|call| self.obey(now, call, out)),
        }
    }
}

/// A world of quick, even links that keeps its trace.
pub(crate) fn config(seed: u64) -> WorldConfig {
    WorldConfig {
        seed,
        wall_start_ms: 1_700_000_000_000,
        latency: Duration::from_millis(1),
        jitter: Duration::from_micros(500),
        codec_checks: true,
        trace: true,
    }
}

/// A world with this many toys, which have booted.
pub(crate) fn world(seed: u64, toys: u32) -> ToyWorld {
    let mut world = World::new(config(seed));
    for number in 0..toys {
        world.add_host(&format!("toy-{number}"), ToyConfig::default(), Storage::Memory);
    }
    run(&mut world, 1);
    world
}

/// Two toys with a connection from the first to the second.
pub(crate) fn connected(seed: u64) -> ToyWorld {
    let mut world = world(seed, 2);
    call(&mut world, 0, Do::Open(HostId(1)));
    run(&mut world, 10);
    world
}

/// Lets time pass.
pub(crate) fn run(world: &mut ToyWorld, ms: u64) {
    world.advance_to(world.now() + Duration::from_millis(ms));
}

pub(crate) fn call(world: &mut ToyWorld, host: u32, call: Do) -> Entered {
    let input = OutsideInput::Call { node: HostId(host), call, by: Origin::Script };
    world.input(input).expect("the toy is there")
}

pub(crate) fn fault(world: &mut ToyWorld, fault: Fault) -> Entered {
    let input = OutsideInput::Fault { fault, by: Origin::Script };
    world.input(input).expect("the fault makes sense")
}

pub(crate) fn crash(world: &mut ToyWorld, host: u32, power_loss: bool) {
    fault(world, Fault::Crash { node: HostId(host), power_loss });
}

pub(crate) fn restart(world: &mut ToyWorld, host: u32) {
    fault(world, Fault::Restart { node: HostId(host) });
}

pub(crate) fn send(world: &mut ToyWorld, host: u32, first: u64, count: u64) {
    call(world, host, Do::Send { first, count, size: 100 });
}

pub(crate) fn append(file: &str, data: impl Into<Bytes>) -> Do {
    Do::Append { file: file.into(), data: data.into().to_vec() }
}

pub(crate) fn sync(file: &str, token: u64) -> Do {
    Do::Sync { files: vec![file.into()], token }
}

/// The names of the messages under way from a host, oldest first.
pub(crate) fn under_way(world: &ToyWorld, from: u32) -> Vec<relevo_core::Seq> {
    let from = HostId(from).into();
    let flights = world.in_flight().filter(|flight| flight.from == from);
    flights.map(|flight| flight.message).collect()
}

/// What a toy told since the trace was last drained; drains it.
pub(crate) fn told(world: &mut ToyWorld, host: u32) -> Vec<Told> {
    told_in(&world.drain_trace().collect::<Vec<_>>(), host)
}

/// What a toy told in a stretch of trace.
pub(crate) fn told_in(events: &[ToyEvent], host: u32) -> Vec<Told> {
    let of_host = events.iter().filter(|event| event.party == Some(HostId(host).into()));
    of_host
        .filter_map(|event| match &event.kind {
            Kind::State(told) => Some(told.clone()),
            _ => None,
        })
        .collect()
}

/// The numbers heard, in order.
pub(crate) fn heard(told: &[Told]) -> Vec<u64> {
    let number = |told: &Told| match told {
        Told::Heard { number, .. } => Some(*number),
        _ => None,
    };
    told.iter().filter_map(number).collect()
}

/// Why connections ended, in order.
pub(crate) fn ends(told: &[Told]) -> Vec<CloseReason> {
    let reason = |told: &Told| match told {
        Told::Closed { reason, .. } => Some(*reason),
        _ => None,
    };
    told.iter().filter_map(reason).collect()
}

//! One session: a connection kept full.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::{Workload, wire};

/// Whatever waits longer than this is a failure of the server, not a latency.
const PATIENCE: Duration = Duration::from_secs(30);

/// The answer to the creation of a znode that is there already.
const NODE_EXISTS: i32 = -110;

/// What one session does.
pub(crate) struct Plan {
    pub(crate) server: String,
    pub(crate) number: usize,
    pub(crate) workload: Workload,
    pub(crate) in_flight: usize,
    pub(crate) size: usize,
    pub(crate) measure_from: Instant,
    pub(crate) until: Instant,
    pub(crate) rest: Duration,
    /// The most requests.
    pub(crate) most: u32,
}

/// What it saw.
#[derive(Default)]
pub(crate) struct Measured {
    /// Of the requests answered while measuring.
    pub(crate) latencies_us: Vec<u32>,
    pub(crate) errors: u64,
}

/// Opens the session, keeps it full until the plan's end, and waits for the last answers.
pub(crate) fn run(plan: &Plan) -> Result<Measured> {
    let mut connection = Connection::open(&plan.server)?;
    let own = format!("/load-{}", plan.number);
    let payload = vec![b'x'; plan.size];
    connection.make(&own, &payload)?;

    let mut measured = Measured::default();
    let mut sent: VecDeque<Instant> = VecDeque::with_capacity(plan.in_flight);
    let mut asked = 0_u32;
    let mut out = Vec::new();
    loop {
        let now = Instant::now();
        while now < plan.until && asked < plan.most && sent.len() < plan.in_flight {
            request(&mut out, plan, &own, &payload, asked);
            asked += 1;
            sent.push_back(now);
        }
        connection.write(&mut out)?;
        if sent.is_empty() {
            return Ok(measured);
        }
        let replies = connection.read()?;
        let now = Instant::now();
        for reply in replies {
            let begun = sent.pop_front().context("an answer to nothing")?;
            if reply.error != 0 {
                measured.errors += 1;
            } else if (plan.measure_from..plan.until).contains(&now) {
                let latency = (now - begun).as_micros();
                measured.latencies_us.push(u32::try_from(latency).unwrap_or(u32::MAX));
            }
        }
        if !plan.rest.is_zero() {
            thread::sleep(plan.rest);
        }
    }
}

/// Appends the next request of the workload.
fn request(out: &mut Vec<u8>, plan: &Plan, own: &str, payload: &[u8], asked: u32) {
    let xid = i32::try_from(asked & 0x3fff_ffff).expect("is masked") + 2;
    let reads = plan.workload == Workload::Get
        || plan.workload == Workload::Mixed && !asked.is_multiple_of(4);
    if plan.workload == Workload::Ping {
        wire::ping(out);
    } else if reads {
        wire::get_data(out, xid, own);
    } else if plan.workload == Workload::Create {
        // The process id keeps a later run's names apart.
        wire::create(out, xid, &format!("{own}/{}-{asked}", process::id()), payload);
    } else {
        wire::set_data(out, xid, own, payload);
    }
}

struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Connection {
    fn open(server: &str) -> Result<Connection> {
        let stream = TcpStream::connect(server).with_context(|| format!("reaching {server}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut connection = Connection { stream, unread: Vec::new() };
        let mut out = Vec::new();
        wire::connect(&mut out, 30_000);
        connection.write(&mut out)?;
        connection.frame().context("opening a session")?;
        Ok(connection)
    }

    /// Makes a znode, or finds it there.
    fn make(&mut self, path: &str, data: &[u8]) -> Result<()> {
        let mut out = Vec::new();
        wire::create(&mut out, 1, path, data);
        self.write(&mut out)?;
        let reply = wire::reply(&self.frame()?).context("a malformed answer")?;
        ensure!(matches!(reply.error, 0 | NODE_EXISTS), "creating {path}: error {}", reply.error);
        Ok(())
    }

    fn write(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.stream.write_all(out)?;
        out.clear();
        Ok(())
    }

    /// Waits for one frame.
    fn frame(&mut self) -> Result<Vec<u8>> {
        loop {
            if let Some((frame, rest)) = wire::split_frame(&self.unread) {
                let (frame, rest) = (frame.to_vec(), rest.to_vec());
                self.unread = rest;
                return Ok(frame);
            }
            self.more()?;
        }
    }

    /// Waits for at least one answer; every answer that is here.
    fn read(&mut self) -> Result<Vec<wire::Reply>> {
        let mut replies = Vec::new();
        while replies.is_empty() {
            self.more()?;
            let mut rest = self.unread.as_slice();
            while let Some((frame, after)) = wire::split_frame(rest) {
                replies.push(wire::reply(frame).context("a malformed answer")?);
                rest = after;
            }
            let used = self.unread.len() - rest.len();
            self.unread.drain(..used);
        }
        Ok(replies)
    }

    fn more(&mut self) -> Result<()> {
        let mut chunk = [0; 64 * 1024];
        let count = self.stream.read(&mut chunk).context("waiting for an answer")?;
        if count == 0 {
            bail!("the server closed the connection");
        }
        self.unread.extend_from_slice(&chunk[..count]);
        Ok(())
    }
}

//! What the tests of the shell share: a plain client over a real socket, and the binary as a
//! child process.
#![allow(dead_code, reason = "each test uses its part")]

pub(crate) mod journal;
pub(crate) mod life;
pub(crate) mod power;
pub(crate) mod survival;

use bytes::BytesMut;
use relevo_coordination::codec::{ClientDecoder, encode_to_server};
use relevo_coordination::{
    Acl, AclEntry, ConnectRequest, CreateMode, ErrorCode, Identity, Message, Request, Response,
};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// The longest anything may take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);
/// A process stops within two seconds; five times that on a machine that is busy with other tests.
pub(crate) const STOPPED: Duration = Duration::from_secs(10);

/// A ZooKeeper client that does one thing after the other.
pub(crate) struct Client {
    stream: TcpStream,
    decoder: ClientDecoder,
    buffer: BytesMut,
    xid: i32,
}

impl Client {
    /// A new session; an error where the server refuses or does not answer.
    pub(crate) fn connect(address: SocketAddr) -> std::io::Result<Client> {
        let stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
        stream.set_read_timeout(Some(DEADLINE))?;
        stream.set_nodelay(true)?;
        let decoder = ClientDecoder::new(4 << 20);
        let mut client = Client { stream, decoder, buffer: BytesMut::new(), xid: 0 };
        let connect = ConnectRequest {
            timeout_ms: 30_000,
            password: vec![0; 16].into(),
            read_only: Some(false),
            ..ConnectRequest::default()
        };
        client.send(&Message::Connect(connect))?;
        match client.receive()? {
            Message::Connected(_) => Ok(client),
            other => Err(std::io::Error::other(format!("{other:?} is no greeting"))),
        }
    }

    /// How long a request may take to leave.
    pub(crate) fn write_timeout(&mut self, limit: Duration) {
        self.stream.set_write_timeout(Some(limit)).expect("the socket is open");
    }

    /// Sends a request without waiting for its answer; returns its number.
    pub(crate) fn submit(&mut self, request: Request) -> std::io::Result<i32> {
        self.xid += 1;
        let xid = self.xid;
        self.send(&Message::Request { xid, request })?;
        Ok(xid)
    }

    /// Asks and waits for the answer.
    pub(crate) fn ask(&mut self, request: Request) -> std::io::Result<(ErrorCode, Response)> {
        let asked = self.submit(request)?;
        match self.answer()? {
            (xid, error, body) if xid == asked => Ok((error, body)),
            (xid, ..) => Err(std::io::Error::other(format!("answer {xid} to request {asked}"))),
        }
    }

    /// The next answer; watch events are passed over.
    pub(crate) fn answer(&mut self) -> std::io::Result<(i32, ErrorCode, Response)> {
        loop {
            if let Message::Response { xid, error, body, .. } = self.receive()? {
                return Ok((xid, error, body));
            }
        }
    }

    fn send(&mut self, message: &Message) -> std::io::Result<()> {
        let mut bytes = BytesMut::new();
        encode_to_server(message, &mut bytes);
        self.decoder.sent(message);
        self.stream.write_all(&bytes)
    }

    fn receive(&mut self) -> std::io::Result<Message> {
        loop {
            let message = self.decoder.push(&mut self.buffer).map_err(std::io::Error::other)?;
            if let Some(message) = message {
                return Ok(message);
            }
            let mut chunk = [0; 16 * 1024];
            match self.stream.read(&mut chunk)? {
                0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                read => self.buffer.extend_from_slice(&chunk[..read]),
            }
        }
    }
}

/// A port that nobody holds, below those that the system gives to whoever asks for any.
pub(crate) fn free_port() -> u16 {
    let first = 22_000 + std::process::id() as u16 % 8_000;
    let free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    (first..32_000).find(free).expect("some port is free")
}

/// `create` of a persistent znode that everyone may change.
pub(crate) fn create(path: &str, data: &str) -> Request {
    let id = Identity { scheme: "world".into(), id: "anyone".into() };
    let acl: Acl = vec![AclEntry { perms: 31, id }].into();
    let data = Some(data.as_bytes().to_vec().into());
    Request::Create { path: path.into(), data, acl, mode: CreateMode::default(), with_stat: false }
}

/// `getData` without a watch.
pub(crate) fn get(path: &str) -> Request {
    Request::GetData { path: path.into(), watch: false }
}

/// The binary as a child, killed when dropped.
pub(crate) struct Relevo {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Relevo {
    /// Starts it.
    pub(crate) fn start(args: &[&str]) -> Relevo {
        Relevo::start_with(args, &[])
    }

    /// Starts it with variables of the environment.
    pub(crate) fn start_with(args: &[&str], variables: &[(&str, &str)]) -> Relevo {
        let mut child = Command::new(env!("CARGO_BIN_EXE_relevo"))
            .args(args)
            .env("RELEVO_LOG", "warn")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        Relevo { child, stdout }
    }

    /// `serve` on free ports.
    pub(crate) fn serve(more: &[&str]) -> Relevo {
        let mut args = vec!["serve", "--http", "127.0.0.1:0", "--zookeeper", "127.0.0.1:0"];
        args.extend(more);
        Relevo::start(&args)
    }

    /// Waits for the ready line and says what is in it.
    pub(crate) fn ready(&mut self) -> Ready {
        let ready = self.ready_line();
        let zookeeper = ready["zookeeper"].as_array().expect("a list").iter();
        let address =
            |value: &serde_json::Value| value.as_str().expect("text").parse().expect("address");
        Ready {
            http: ready["http"].as_str().expect("text").to_owned(),
            zookeeper: zookeeper.map(address).collect(),
        }
    }

    /// Waits for the ready line.
    pub(crate) fn ready_line(&mut self) -> serde_json::Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("stdout can be read");
        if line.is_empty() {
            let mut why = String::new();
            let stderr = self.child.stderr.as_mut().expect("it is piped");
            stderr.read_to_string(&mut why).expect("stderr can be read");
            panic!("it ended before it was ready: {why}");
        }
        let ready: serde_json::Value = serde_json::from_str(&line).expect("the line is JSON");
        assert_eq!(ready["event"], "ready");
        ready
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        assert!(status.success());
    }

    /// Waits until it ends; its exit code and what it said on stderr.
    pub(crate) fn end(mut self) -> (i32, String) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                let mut said = String::new();
                let stderr = self.child.stderr.as_mut().expect("it is piped");
                stderr.read_to_string(&mut said).expect("stderr can be read");
                return (status.code().unwrap_or(-1), said);
            }
            assert!(begun.elapsed() < DEADLINE, "it does not end");
            std::thread::yield_now();
        }
    }
}

impl Drop for Relevo {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the ready line says.
pub(crate) struct Ready {
    pub(crate) http: String,
    pub(crate) zookeeper: Vec<SocketAddr>,
}

/// Tries until it works, for at most [`DEADLINE`].
pub(crate) fn eventually<T, E: std::fmt::Debug>(mut attempt: impl FnMut() -> Result<T, E>) -> T {
    let begun = Instant::now();
    loop {
        match attempt() {
            Ok(value) => return value,
            Err(error) => assert!(begun.elapsed() < DEADLINE, "still failing: {error:?}"),
        }
        std::thread::yield_now();
    }
}

//! Someone who watches: the page's WebSocket, read as fast as it comes and thrown away.
//!
//! What watching costs the server is the folding, the encoding and the sending. What drawing
//! costs a browser is the page bench's business.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread::JoinHandle;

use anyhow::{Context, Result, ensure};

pub(super) struct Watcher {
    stream: TcpStream,
    reader: Option<JoinHandle<u64>>,
}

impl Watcher {
    /// Begins to watch lab `main`.
    pub(super) fn start(http: &str) -> Result<Watcher> {
        let host = http.trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(host).with_context(|| format!("reaching {host}"))?;
        write!(
            stream,
            "GET /stream?lab=main HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n\
             Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: cmVsZXZvIHdhdGNoZXIuLg==\r\n\r\n"
        )?;
        let mut answer = BufReader::new(stream.try_clone()?);
        let mut status = String::new();
        answer.read_line(&mut status)?;
        ensure!(status.contains(" 101 "), "watching main was refused: {}", status.trim());
        let reader = std::thread::spawn(move || drain(answer));
        Ok(Watcher { stream, reader: Some(reader) })
    }

    /// Stops watching; the bytes that came.
    pub(super) fn stop(mut self) -> u64 {
        // A connection that is gone already has nothing to be shut.
        self.stream.shutdown(Shutdown::Both).ok();
        self.reader.take().and_then(|reader| reader.join().ok()).unwrap_or(0)
    }
}

fn drain(mut from: impl Read) -> u64 {
    let mut chunk = vec![0; 256 * 1024];
    let mut total = 0;
    while let Ok(count @ 1..) = from.read(&mut chunk) {
        total += count as u64;
    }
    total
}

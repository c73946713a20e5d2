//! Which library a client is, as far as it shows.
//!
//! The protocol has no field for it. What differs between the stock clients, measured on the wire:
//!
//! | client | byte for read-only servers | its own time-out | first request's xid |
//! |---|---|---|---|
//! | kazoo 2.11 (Python) | yes | 10 s | 1 |
//! | Apache's, and Curator on it (Java) | yes | 30 s in the shell, 60 s in Curator | 1 |
//! | Apache's libzookeeper (C) | yes | its program's | the seconds since 1970 |
//! | node-zookeeper-client 1.1 | no | 30 s | 0 |
//! | go-zk 1.0 | no | its program's | 1 |
//!
//! Time-outs are often changed, so they only tell kazoo from Java where nothing better does. On
//! one machine the program itself is known (`program.rs`), and what it runs on decides. Where
//! nothing points at one library, none is named; the page says "probably" in any case.

use super::program::Runtime;
use relevo_coordination::ConnectRequest;
use relevo_lab::Message;
use std::time::{SystemTime, UNIX_EPOCH};

const KAZOO: &str = "kazoo";
const JAVA: &str = "ZooKeeper (Java)";
const C: &str = "libzookeeper (C)";
const NODE: &str = "node-zookeeper-client";
const GO: &str = "go-zk";

/// kazoo's own time-out, in milliseconds.
const KAZOO_MS: i32 = 10_000;
/// Those of ZooKeeper's Java shell and of Curator.
const JAVA_MS: [i32; 2] = [30_000, 60_000];
/// The clocks of two machines, and the age of a process, may differ by so many seconds.
const YEAR_S: u64 = 365 * 24 * 60 * 60;

/// What a client has shown so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shown {
    greeting: Option<(bool, i32)>,
    first_xid: Option<i32>,
    pub(super) runtime: Option<Runtime>,
}

impl Shown {
    /// Takes note of a message; whether it told anything new.
    pub(super) fn note(&mut self, message: &Message) -> bool {
        match message {
            Message::Connect(ConnectRequest { timeout_ms, read_only, .. }) => {
                self.greeting = Some((read_only.is_some(), *timeout_ms));
                true
            }
            // Pings and the like have numbers of their own.
            Message::Request { xid, .. } if *xid >= 0 && self.first_xid.is_none() => {
                self.first_xid = Some(*xid);
                true
            }
            _ => false,
        }
    }

    /// The library all this points at.
    pub(super) fn library(&self) -> Option<&'static str> {
        let (knows_read_only, timeout_ms) = self.greeting?;
        if self.first_xid.is_some_and(|xid| is_recent(u64::from(xid.unsigned_abs()))) {
            return Some(C);
        }
        match (knows_read_only, self.runtime, self.first_xid) {
            (true, Some(Runtime::Python), _) => Some(KAZOO),
            (true, Some(Runtime::Java), _) => Some(JAVA),
            (true, None, _) if timeout_ms == KAZOO_MS => Some(KAZOO),
            (true, None, _) if JAVA_MS.contains(&timeout_ms) => Some(JAVA),
            (false, Some(Runtime::Node), _) | (false, None, Some(0)) => Some(NODE),
            (false, None, Some(1)) => Some(GO),
            _ => None,
        }
    }
}

/// The library a first message points at.
pub(crate) fn recognise(first: &Message) -> Option<&'static str> {
    let mut shown = Shown::default();
    shown.note(first);
    shown.library()
}

/// Whether these are the seconds of an instant of the last year or so.
fn is_recent(seconds: u64) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    seconds.abs_diff(now) < YEAR_S
}

#[cfg(test)]
mod tests {
    use super::*;
    use relevo_coordination::Request;

    fn shown(timeout_ms: i32, read_only: Option<bool>, xid: Option<i32>) -> Shown {
        let mut shown = Shown::default();
        let connect = ConnectRequest { timeout_ms, read_only, ..ConnectRequest::default() };
        assert!(shown.note(&Message::Connect(connect)));
        assert!(!shown.note(&Message::Request { xid: -2, request: Request::Ping }));
        if let Some(xid) = xid {
            let request = Message::Request { xid, request: Request::WhoAmI };
            assert!(shown.note(&request));
            assert!(!shown.note(&request), "only the first");
        }
        shown
    }

    #[test]
    fn only_what_is_peculiar_is_named() {
        let named = |timeout_ms, read_only, xid| shown(timeout_ms, read_only, xid).library();
        assert_eq!(named(10_000, Some(false), None), Some("kazoo"));
        assert_eq!(named(10_000, Some(false), Some(1)), Some("kazoo"));
        assert_eq!(named(30_000, Some(false), Some(1)), Some("ZooKeeper (Java)"));
        assert_eq!(named(60_000, Some(false), Some(1)), Some("ZooKeeper (Java)"));
        assert_eq!(named(12_345, Some(false), Some(1)), None);
        assert_eq!(named(30_000, None, None), None, "its first request will tell");
        assert_eq!(named(30_000, None, Some(0)), Some("node-zookeeper-client"));
        assert_eq!(named(10_000, None, Some(1)), Some("go-zk"));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        assert_eq!(named(10_000, Some(false), Some(now as i32)), Some("libzookeeper (C)"));
        assert_eq!(recognise(&Message::FourLetterWord(*b"ruok")), None);
    }

    #[test]
    fn what_a_program_runs_on_decides() {
        let on = |runtime, timeout_ms, read_only| {
            let shown = shown(timeout_ms, read_only, Some(1));
            Shown { runtime: Some(runtime), ..shown }.library()
        };
        assert_eq!(on(Runtime::Python, 30_000, Some(false)), Some("kazoo"));
        assert_eq!(on(Runtime::Java, 10_000, Some(false)), Some("ZooKeeper (Java)"));
        assert_eq!(on(Runtime::Node, 5_000, None), Some("node-zookeeper-client"));
        assert_eq!(on(Runtime::Python, 10_000, None), None);
    }
}

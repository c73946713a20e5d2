//! Who is there: `cons`, `dump` and the watches.

use super::Service;
use super::date::java_date;
use crate::service::connection::Connection;
use crate::{Path, SessionId};
use relevo_core::{ConnId, Now, WallTime};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

/// How long ZooKeeper keeps a connection without a session, in milliseconds.
const SESSIONLESS_MS: i64 = 10_000;

/// How much of a connection is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// As `stat` has it.
    Brief,
    /// As `cons` has it.
    Full,
}

impl Service {
    pub(super) fn write_connections(&self, text: &mut String, asking: ConnId) -> fmt::Result {
        for (conn, connection) in &self.connections {
            write_connection(text, connection, *conn == asking, Detail::Full)?;
        }
        writeln!(text)
    }

    /// ZooKeeper's summary is that of its data watches.
    pub(super) fn write_watch_counts(&self, text: &mut String) -> fmt::Result {
        let (connections, paths, watches) = self.watches.data.counts();
        writeln!(text, "{connections} connections watching {paths} paths")?;
        writeln!(text, "Total watches:{watches}")
    }

    pub(super) fn write_watches_by_session(&self, text: &mut String) -> fmt::Result {
        let mut by_session: BTreeMap<SessionId, BTreeSet<&Path>> = BTreeMap::new();
        for (path, conn) in self.watches.data.pairs() {
            by_session.entry(self.session_of(conn)).or_default().insert(path);
        }
        for (session, paths) in by_session {
            writeln!(text, "{session}")?;
            for path in paths {
                writeln!(text, "\t{path}")?;
            }
        }
        writeln!(text)
    }

    pub(super) fn write_watches_by_path(&self, text: &mut String) -> fmt::Result {
        let mut last = None;
        for (path, conn) in self.watches.data.pairs() {
            if last != Some(path) {
                writeln!(text, "{path}")?;
                last = Some(path);
            }
            writeln!(text, "\t{}", self.session_of(conn))?;
        }
        writeln!(text)
    }

    pub(super) fn write_sessions(&self, text: &mut String, now: Now) -> fmt::Result {
        writeln!(text, "SessionTracker dump:")?;
        match &self.tracker {
            Some(tracker) => {
                let ends = tracker.ends();
                let ends = ends.map(|(at, session)| {
                    (now.wall.0 + at.since(now.mono).as_millis() as i64, format!("\t{session}"))
                });
                write_expiring(text, "Session", ends)?;
            }
            None => {
                writeln!(text, "Global Sessions({}):", self.sessions.len())?;
                for (session, timeout_ms) in &self.sessions {
                    writeln!(text, "{session}\t{timeout_ms}ms")?;
                }
            }
        }
        writeln!(text, "ephemeral nodes dump:")?;
        writeln!(text, "Sessions with Ephemerals ({}):", self.tree.owners().count())?;
        for (session, paths) in self.tree.owners() {
            writeln!(text, "{session}:")?;
            for path in paths {
                writeln!(text, "\t{path}")?;
            }
        }
        writeln!(text, "Connections dump:")?;
        let ends = self.connections.values().map(|connection| {
            let Connection { peer, session, .. } = &**connection;
            let line = format!("\tip: /{}:{} sessionId: {session}", peer.ip, peer.port);
            (connection_end(connection, now), line)
        });
        write_expiring(text, "Connections", ends)
    }

    fn session_of(&self, conn: ConnId) -> SessionId {
        self.connections.get(&conn).map_or(SessionId(0), |connection| connection.session)
    }
}

/// When a connection ends if it stays silent, in milliseconds of the wall clock.
fn connection_end(connection: &Connection, now: Now) -> i64 {
    let Connection { session, counters, timeout_ms, .. } = connection;
    if *session == SessionId(0) {
        return counters.established.0 + SESSIONLESS_MS;
    }
    let silent_ms = now.mono.since(counters.last_answer).as_millis() as i64;
    now.wall.0 - silent_ms + i64::from(*timeout_ms)
}

/// What expires, by the second in which it does.
fn write_expiring(
    text: &mut String,
    what: &str,
    ends: impl Iterator<Item = (i64, String)>,
) -> fmt::Result {
    let mut sets: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for (at_ms, line) in ends {
        sets.entry(at_ms.div_euclid(1000)).or_default().push(line);
    }
    let all: usize = sets.values().map(Vec::len).sum();
    writeln!(text, "{what} Sets ({})/({all}):", sets.len())?;
    for (second, lines) in sets {
        let date = java_date(WallTime(second * 1000));
        writeln!(text, "{} expire at {date}:", lines.len())?;
        for line in lines {
            writeln!(text, "{line}")?;
        }
    }
    Ok(())
}

/// One line about a connection. The number in brackets is what ZooKeeper's selector waits for:
/// to read, or, on a connection that asked a four-letter word, nothing.
pub(super) fn write_connection(
    text: &mut String,
    connection: &Connection,
    asking: bool,
    detail: Detail,
) -> fmt::Result {
    let Connection { peer, session, timeout_ms, counters, waiting, .. } = connection;
    let interest = u8::from(!asking);
    write!(text, " /{}:{}[{interest}](queued={}", peer.ip, peer.port, waiting.len())?;
    write!(text, ",recved={},sent={}", counters.received, counters.sent)?;
    if detail == Detail::Full && session.0 != 0 {
        write!(text, ",sid={session},lop={}", counters.last_op)?;
        write!(text, ",est={},to={timeout_ms}", counters.established.0)?;
        if counters.last_xid >= 0 {
            write!(text, ",lcxid=0x{:x}", counters.last_xid)?;
        }
        let latency = &counters.latency;
        write!(text, ",lzxid={}", counters.last_zxid)?;
        write!(text, ",lresp={},llat={}", counters.last_answer.as_millis(), latency.last)?;
        write!(text, ",minlat={},avglat={}", latency.least, latency.mean())?;
        write!(text, ",maxlat={}", latency.most)?;
    }
    writeln!(text, ")")
}

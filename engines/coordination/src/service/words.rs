//! The four-letter words (Administrator's Guide, "The Four Letter Words"), in ZooKeeper's formats.

use super::connection::Connection;
use super::{Service, ServingAs};
use relevo_core::Now;
use std::fmt::{self, Write};

/// The version shown: that of the ZooKeeper this service behaves as.
const VERSION: &str = concat!("3.8.0-relevo-", env!("CARGO_PKG_VERSION"));
const NOT_SERVING: &str = "This ZooKeeper instance is not currently serving requests\n";

/// The words that are answered.
const BUILT: &[&str] = &["ruok", "stat", "srvr", "mntr", "cons", "wchs", "dump", "conf", "isro"];
/// ZooKeeper's other words.
const NOT_BUILT: &[&str] =
    &["crst", "dirs", "envi", "gtmk", "stmk", "srst", "wchc", "wchp", "hash"];

impl Service {
    /// The answer to a four-letter word. What is not built is answered as what is not allowed, and
    /// what is none of ZooKeeper's words not at all.
    pub(super) fn word(&self, now: Now, word: [u8; 4]) -> String {
        let word = String::from_utf8_lossy(&word);
        let built = BUILT.contains(&&*word);
        if !built && !NOT_BUILT.contains(&&*word) {
            return String::new();
        }
        if !built || !self.config.answers_word(&word) {
            return format!("{word} is not executed because it is not in the whitelist.\n");
        }
        if &*word == "ruok" {
            return "imok".into();
        }
        let Some(serving) = self.serving else {
            return if &*word == "isro" { "null" } else { NOT_SERVING }.into();
        };
        if &*word == "isro" {
            return "rw".into();
        }
        let mut text = String::new();
        let written = match &*word {
            "stat" => self.write_status(&mut text, serving, true),
            "srvr" => self.write_status(&mut text, serving, false),
            "mntr" => self.write_metrics(&mut text, serving),
            "cons" => self.write_connections(&mut text, now),
            "wchs" => self.write_watches(&mut text),
            "dump" => self.write_sessions(&mut text, now),
            _ => self.write_configuration(&mut text, serving),
        };
        written.expect("writing to a string does not fail");
        text
    }

    fn write_status(&self, text: &mut String, serving: ServingAs, clients: bool) -> fmt::Result {
        writeln!(text, "Zookeeper version: {VERSION}")?;
        if clients {
            writeln!(text, "Clients:")?;
            for connection in self.connections.values() {
                write_connection(text, connection, None)?;
            }
            writeln!(text)?;
        }
        let (least, most) = (self.latency.least, self.latency.most);
        let mean = self.latency.mean_tenths();
        writeln!(text, "Latency min/avg/max: {least}/{}.{}/{most}", mean / 10, mean % 10)?;
        writeln!(text, "Received: {}", self.received)?;
        writeln!(text, "Sent: {}", self.sent)?;
        writeln!(text, "Connections: {}", self.connections.len())?;
        writeln!(text, "Outstanding: {}", self.waiting)?;
        writeln!(text, "Zxid: {}", self.last_applied)?;
        writeln!(text, "Mode: {}", serving.name())?;
        // ZooKeeper counts the root under both of its names.
        writeln!(text, "Node count: {}", self.tree.len() + 1)
    }

    fn write_metrics(&self, text: &mut String, serving: ServingAs) -> fmt::Result {
        let mean = self.latency.mean_tenths();
        let (_, paths, _) = self.watches.data.counts();
        writeln!(text, "zk_version\t{VERSION}")?;
        writeln!(text, "zk_server_state\t{}", serving.name())?;
        writeln!(text, "zk_avg_latency\t{}.{}", mean / 10, mean % 10)?;
        writeln!(text, "zk_max_latency\t{}", self.latency.most)?;
        writeln!(text, "zk_min_latency\t{}", self.latency.least)?;
        writeln!(text, "zk_packets_received\t{}", self.received)?;
        writeln!(text, "zk_packets_sent\t{}", self.sent)?;
        writeln!(text, "zk_num_alive_connections\t{}", self.connections.len())?;
        writeln!(text, "zk_outstanding_requests\t{}", self.waiting)?;
        writeln!(text, "zk_outstanding_changes_queued\t{}", self.outstanding.len())?;
        writeln!(text, "zk_znode_count\t{}", self.tree.len() + 1)?;
        writeln!(text, "zk_watch_count\t{}", self.watches.len())?;
        writeln!(text, "zk_watched_data_paths\t{paths}")?;
        let ephemerals: usize = self.tree.owners().map(|(_, paths)| paths.len()).sum();
        writeln!(text, "zk_ephemerals_count\t{ephemerals}")?;
        writeln!(text, "zk_approximate_data_size\t{}", self.tree.data_bytes())?;
        writeln!(text, "zk_global_sessions\t{}", self.sessions.len())?;
        writeln!(text, "zk_local_sessions\t0")
    }

    fn write_connections(&self, text: &mut String, now: Now) -> fmt::Result {
        for connection in self.connections.values() {
            write_connection(text, connection, Some(now))?;
        }
        writeln!(text)
    }

    fn write_watches(&self, text: &mut String) -> fmt::Result {
        // ZooKeeper's summary is that of its data watches.
        let (connections, paths, watches) = self.watches.data.counts();
        writeln!(text, "{connections} connections watching {paths} paths")?;
        writeln!(text, "Total watches:{watches}")
    }

    fn write_sessions(&self, text: &mut String, now: Now) -> fmt::Result {
        writeln!(text, "SessionTracker dump:")?;
        match &self.tracker {
            Some(tracker) => {
                let count = tracker.len();
                writeln!(text, "Session Sets ({count})/({count}):")?;
                for (at, session) in tracker.by_deadline() {
                    writeln!(text, "1 expire in {} ms:", at.since(now.mono).as_millis())?;
                    writeln!(text, "\t{session}")?;
                }
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
        writeln!(text, "Connections Sets ({0})/({0}):", self.connections.len())
    }

    fn write_configuration(&self, text: &mut String, serving: ServingAs) -> fmt::Result {
        let config = &self.config;
        writeln!(text, "clientPort={}", config.client_port)?;
        writeln!(text, "secureClientPort=-1")?;
        writeln!(text, "dataDir={}", config.data_dir)?;
        writeln!(text, "dataLogDir={}", config.data_log_dir)?;
        writeln!(text, "tickTime={}", config.tick_ms)?;
        writeln!(text, "maxClientCnxns={}", config.max_client_connections)?;
        writeln!(text, "minSessionTimeout={}", config.shortest_session_ms())?;
        writeln!(text, "maxSessionTimeout={}", config.longest_session_ms())?;
        writeln!(text, "clientPortListenBacklog=-1")?;
        if serving == ServingAs::Standalone {
            return writeln!(text, "serverId=0");
        }
        writeln!(text, "serverId={}", config.id.0)?;
        writeln!(text, "initLimit={}", config.init_limit)?;
        writeln!(text, "syncLimit={}", config.sync_limit)?;
        writeln!(text, "electionAlg=3")?;
        writeln!(text, "peerType={}", u8::from(serving == ServingAs::Observer))?;
        writeln!(text, "membership: ")?;
        for member in &config.ensemble {
            let kind = if member.voter { "participant" } else { "observer" };
            writeln!(text, "server.{}={kind}", member.id.0)?;
        }
        Ok(())
    }
}

impl ServingAs {
    fn name(self) -> &'static str {
        match self {
            ServingAs::Leader => "leader",
            ServingAs::Follower => "follower",
            ServingAs::Observer => "observer",
            ServingAs::Standalone => "standalone",
        }
    }
}

/// One line about a connection; a short one where the time is not given.
fn write_connection(text: &mut String, connection: &Connection, now: Option<Now>) -> fmt::Result {
    let Connection { peer, session, timeout_ms, counters, waiting, .. } = connection;
    write!(text, " /{}:{}[1](queued={}", peer.ip, peer.port, waiting.len())?;
    write!(text, ",recved={},sent={}", counters.received, counters.sent)?;
    if let Some(now) = now.filter(|_| session.0 != 0) {
        write!(text, ",sid={session},lop={}", counters.last_op)?;
        write!(text, ",est={},to={timeout_ms}", counters.established.0)?;
        if counters.last_xid >= 0 {
            write!(text, ",lcxid=0x{:x}", counters.last_xid)?;
        }
        let latency = &counters.latency;
        let answered = now.wall.0 - now.mono.since(counters.last_answer).as_millis() as i64;
        write!(text, ",lzxid={},lresp={answered},llat={}", counters.last_zxid, latency.last)?;
        write!(text, ",minlat={},avglat={}", latency.least, latency.mean())?;
        write!(text, ",maxlat={}", latency.most)?;
    }
    writeln!(text, ")")
}

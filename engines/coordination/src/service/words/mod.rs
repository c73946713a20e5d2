//! The four-letter words (Administrator's Guide, "The Four Letter Words"), in ZooKeeper 3.8's
//! formats.
//!
//! `mntr` tells what this server counts; ZooKeeper's metrics of its own threads, queues and
//! virtual machine have no counterpart here and are left out. `hash`, `gtmk` and `stmk` (data
//! digests and trace masks) are not built and answer as words that are not allowed.

mod clients;
mod date;
mod metrics;
mod state;

use super::{Service, ServingAs};
use relevo_core::{ConnId, Now};

/// The version shown: that of the ZooKeeper this service behaves as.
const VERSION: &str = concat!("3.8.0-relevo-", env!("CARGO_PKG_VERSION"));
const NOT_SERVING: &str = "This ZooKeeper instance is not currently serving requests\n";

/// The words that are answered.
const BUILT: &[&str] = &[
    "ruok", "stat", "srvr", "mntr", "cons", "wchs", "wchc", "wchp", "dump", "conf", "isro", "envi",
    "dirs", "srst", "crst",
];
/// ZooKeeper's other words.
const NOT_BUILT: &[&str] = &["gtmk", "stmk", "hash"];

impl Service {
    /// The answer to a four-letter word on `conn`. What is not built is answered as what is not
    /// allowed, and what is none of ZooKeeper's words not at all.
    pub(super) fn word(&mut self, now: Now, conn: ConnId, word: [u8; 4]) -> String {
        let word = String::from_utf8_lossy(&word);
        let built = BUILT.contains(&&*word);
        if !built && !NOT_BUILT.contains(&&*word) {
            return String::new();
        }
        if !built || !self.config.answers_word(&word) {
            return format!("{word} is not executed because it is not in the whitelist.\n");
        }
        let mut text = String::new();
        let written = match (&*word, self.serving) {
            ("ruok", _) => return "imok".into(),
            ("envi", _) => self.write_environment(&mut text),
            ("isro", serving) => return if serving.is_some() { "rw" } else { "null" }.into(),
            (_, None) => return NOT_SERVING.into(),
            ("stat", Some(serving)) => self.write_status(&mut text, serving, Some(conn)),
            ("srvr", Some(serving)) => self.write_status(&mut text, serving, None),
            ("mntr", Some(serving)) => self.write_metrics(&mut text, now, serving),
            ("conf", Some(serving)) => self.write_configuration(&mut text, serving),
            ("dirs", _) => self.write_directories(&mut text),
            ("cons", _) => self.write_connections(&mut text, conn),
            ("dump", _) => self.write_sessions(&mut text, now),
            ("wchs", _) => self.write_watch_counts(&mut text),
            ("wchc", _) => self.write_watches_by_session(&mut text),
            ("wchp", _) => self.write_watches_by_path(&mut text),
            ("srst", _) => return self.reset_server(),
            _ => return self.reset_connections(),
        };
        written.expect("writing to a string does not fail");
        text
    }

    fn reset_server(&mut self) -> String {
        self.stats = Default::default();
        "Server stats reset.\n".into()
    }

    fn reset_connections(&mut self) -> String {
        let all: Vec<ConnId> = self.connections.keys().copied().collect();
        for connection in all {
            if let Some(connection) = self.connection_mut(connection) {
                connection.counters.reset();
            }
        }
        "Connection stats reset.\n".into()
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

//! What a server is told before it boots.

use crate::ServerId;
use relevo_core::HostId;
use std::sync::Arc;

/// A server's configuration, by the keys of ZooKeeper's `zoo.cfg` where they have one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// Who it is (`myid`).
    pub id: ServerId,
    /// All servers of the ensemble, this one included; one alone is a standalone server.
    pub ensemble: Vec<Member>,
    /// The unit of the other time-outs (`tickTime`).
    pub tick_ms: u32,
    /// Ticks a learner has to find its leader and to be synchronised (`initLimit`).
    pub init_limit: u32,
    /// Ticks after which a silent peer counts as dead (`syncLimit`).
    pub sync_limit: u32,
    /// Transactions between snapshots (`snapCount`).
    pub snap_count: u32,
    /// Committed transactions the leader keeps in memory for DIFF.
    pub committed_kept: u32,
    /// The shortest session time-out granted; two ticks where unsaid (`minSessionTimeout`).
    pub min_session_ms: Option<u32>,
    /// The longest session time-out granted; twenty ticks where unsaid (`maxSessionTimeout`).
    pub max_session_ms: Option<u32>,
    /// The longest frame read from a client (`jute.maxbuffer`; 1,048,575 bytes, one less than a
    /// MiB, in ZooKeeper and here).
    pub frame_limit: u32,
    /// The most requests of its clients that a server has under way; what clients that already wait
    /// send beyond it is held back (`globalOutstandingLimit`).
    pub outstanding_limit: u32,
    /// Connections from one address at a time; 0 for no limit (`maxClientCnxns`).
    pub max_client_connections: u32,
    /// The four-letter words answered, `*` for all (`4lw.commands.whitelist`).
    pub four_letter_words: Vec<Arc<str>>,
    /// Snapshots kept when older ones are purged (`autopurge.snapRetainCount`).
    pub snapshots_kept: u32,
    /// How often the leader looks for empty containers and outlived TTL znodes
    /// (`znode.container.checkIntervalMs`).
    pub container_check_ms: u32,
    /// The clients' port, as `conf` shows it.
    pub client_port: u16,
    /// The folder of the snapshots, as `conf` shows it.
    pub data_dir: Arc<str>,
    /// The folder of the log, as `conf` shows it.
    pub data_log_dir: Arc<str>,
    /// A mistake planted on purpose, to prove that a checker finds it.
    #[cfg(feature = "bugs")]
    pub bug: Option<crate::Bug>,
}

/// A server of an ensemble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who it is.
    pub id: ServerId,
    /// The host it runs on.
    pub host: HostId,
    /// Whether it votes; an observer does not.
    pub voter: bool,
}

impl ServerConfig {
    /// The configuration of server `id` with ZooKeeper's defaults.
    pub fn new(id: ServerId, ensemble: Vec<Member>) -> ServerConfig {
        ServerConfig {
            id,
            ensemble,
            tick_ms: 2_000,
            init_limit: 10,
            sync_limit: 5,
            snap_count: 100_000,
            committed_kept: 500,
            min_session_ms: None,
            max_session_ms: None,
            frame_limit: crate::codec::FRAME_LIMIT as u32,
            outstanding_limit: 1_000,
            max_client_connections: 60,
            four_letter_words: vec!["srvr".into()],
            snapshots_kept: 3,
            container_check_ms: 60_000,
            client_port: 2181,
            data_dir: "data".into(),
            data_log_dir: "data".into(),
            #[cfg(feature = "bugs")]
            bug: None,
        }
    }

    /// The time-out granted to a client that asks for `asked` milliseconds.
    pub fn negotiated_timeout_ms(&self, asked: i32) -> u32 {
        let least = self.shortest_session_ms();
        u32::try_from(asked).unwrap_or(0).clamp(least, self.longest_session_ms().max(least))
    }

    /// The shortest session time-out granted.
    pub fn shortest_session_ms(&self) -> u32 {
        self.min_session_ms.unwrap_or(self.tick_ms.saturating_mul(2))
    }

    /// The longest session time-out granted.
    pub fn longest_session_ms(&self) -> u32 {
        self.max_session_ms.unwrap_or(self.tick_ms.saturating_mul(20))
    }

    /// Whether a client may ask this four-letter word.
    pub fn answers_word(&self, word: &str) -> bool {
        // ZooKeeper's own scripts ask `srvr`, so it is always allowed.
        word == "srvr"
            || self
                .four_letter_words
                .iter()
                .any(|allowed| matches!(&**allowed, "*") || &**allowed == word)
    }
}

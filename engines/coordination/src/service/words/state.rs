//! What a server is and holds: `srvr`, `stat`, `conf`, `dirs`, `envi`.

use super::clients::{Detail, write_connection};
use super::{Service, ServingAs, VERSION};
use crate::{ELECTION, QUORUM};
use relevo_core::ConnId;
use std::fmt::{self, Write};

impl Service {
    /// `srvr`, or `stat` with the connections as the one on `asking` sees them.
    pub(super) fn write_status(
        &self,
        text: &mut String,
        serving: ServingAs,
        asking: Option<ConnId>,
    ) -> fmt::Result {
        writeln!(text, "Zookeeper version: {VERSION}")?;
        if let Some(asking) = asking {
            writeln!(text, "Clients:")?;
            for (conn, connection) in &self.connections {
                write_connection(text, connection, *conn == asking, Detail::Brief)?;
            }
            writeln!(text)?;
        }
        let latency = &self.stats.latency;
        let mean = latency.mean_text();
        writeln!(text, "Latency min/avg/max: {}/{mean}/{}", latency.least, latency.most)?;
        writeln!(text, "Received: {}", self.stats.received)?;
        writeln!(text, "Sent: {}", self.stats.sent)?;
        writeln!(text, "Connections: {}", self.connections.len())?;
        writeln!(text, "Outstanding: {}", self.waiting)?;
        writeln!(text, "Zxid: {}", self.last_applied)?;
        writeln!(text, "Mode: {}", serving.name())?;
        // ZooKeeper counts the root under both of its names.
        writeln!(text, "Node count: {}", self.tree.len() + 1)?;
        if serving == ServingAs::Leader {
            let (last, least, most) = self.stats.proposals.shown();
            writeln!(text, "Proposal sizes last/min/max: {last}/{least}/{most}")?;
        }
        Ok(())
    }

    pub(super) fn write_configuration(&self, text: &mut String, serving: ServingAs) -> fmt::Result {
        let config = &self.config;
        let (data, log) = self.directory_bytes();
        writeln!(text, "clientPort={}", config.client_port)?;
        writeln!(text, "secureClientPort=-1")?;
        writeln!(text, "dataDir={}", config.data_dir)?;
        writeln!(text, "dataDirSize={data}")?;
        writeln!(text, "dataLogDir={}", config.data_log_dir)?;
        writeln!(text, "dataLogSize={log}")?;
        writeln!(text, "tickTime={}", config.tick_ms)?;
        writeln!(text, "maxClientCnxns={}", config.max_client_connections)?;
        writeln!(text, "minSessionTimeout={}", config.shortest_session_ms())?;
        writeln!(text, "maxSessionTimeout={}", config.longest_session_ms())?;
        writeln!(text, "clientPortListenBacklog=-1")?;
        if serving == ServingAs::Standalone {
            return writeln!(text, "serverId=0");
        }
        let (quorum, election) = (QUORUM.0, ELECTION.0);
        writeln!(text, "serverId={}", config.id.0)?;
        writeln!(text, "initLimit={}", config.init_limit)?;
        writeln!(text, "syncLimit={}", config.sync_limit)?;
        writeln!(text, "electionAlg=3")?;
        writeln!(text, "electionPort={election}")?;
        writeln!(text, "quorumPort={quorum}")?;
        writeln!(text, "peerType={}", u8::from(serving == ServingAs::Observer))?;
        writeln!(text, "membership: ")?;
        for member in &config.ensemble {
            let (id, kind) = (member.id.0, if member.voter { "participant" } else { "observer" });
            writeln!(text, "server.{id}=zookeeper-{id}:{quorum}:{election}:{kind}")?;
        }
        // No line ends here in ZooKeeper either.
        write!(text, "version=0")
    }

    pub(super) fn write_directories(&self, text: &mut String) -> fmt::Result {
        let (data, log) = self.directory_bytes();
        writeln!(text, "datadir_size: {data}")?;
        writeln!(text, "logdir_size: {log}")
    }

    /// ZooKeeper's keys; what belongs to a Java virtual machine is not there.
    pub(super) fn write_environment(&self, text: &mut String) -> fmt::Result {
        const NONE: &str = "<NA>";
        const MACHINE: [&str; 14] = [
            "java.version",
            "java.vendor",
            "java.home",
            "java.class.path",
            "java.library.path",
            "java.io.tmpdir",
            "java.compiler",
            "os.name",
            "os.arch",
            "os.version",
            "user.name",
            "user.home",
            "user.dir",
            "os.memory.free",
        ];
        writeln!(text, "Environment:")?;
        writeln!(text, "zookeeper.version={VERSION}")?;
        writeln!(text, "host.name=zookeeper-{}", self.config.id.0)?;
        for key in MACHINE {
            writeln!(text, "{key}={NONE}")?;
        }
        writeln!(text, "os.memory.max={NONE}")?;
        writeln!(text, "os.memory.total={NONE}")
    }

    /// The bytes below the data directory and that of the log, which may be the same.
    fn directory_bytes(&self) -> (u64, u64) {
        let (snapshots, log) = (self.vitals.snapshot_bytes, self.vitals.log_bytes);
        if self.config.data_dir == self.config.data_log_dir {
            return (snapshots + log, snapshots + log);
        }
        (snapshots, log)
    }
}

//! `mntr`: one measurement a line.

use super::{Service, ServingAs, VERSION};
use relevo_core::Now;
use std::fmt::{self, Display, Write};

/// Writes `zk_KEY`, a tabulator and the value.
fn metric(text: &mut String, key: &str, value: impl Display) -> fmt::Result {
    writeln!(text, "zk_{key}\t{value}")
}

impl Service {
    pub(super) fn write_metrics(
        &self,
        text: &mut String,
        now: Now,
        serving: ServingAs,
    ) -> fmt::Result {
        metric(text, "version", VERSION)?;
        metric(text, "server_state", serving.name())?;
        self.write_role(text, serving)?;
        let latency = &self.stats.latency;
        metric(text, "min_latency", latency.least)?;
        metric(text, "avg_latency", latency.mean_text())?;
        metric(text, "max_latency", latency.most)?;
        metric(text, "packets_received", self.stats.received)?;
        metric(text, "packets_sent", self.stats.sent)?;
        metric(text, "num_alive_connections", self.connections.len())?;
        metric(text, "outstanding_requests", self.waiting)?;
        metric(text, "outstanding_changes_queued", self.outstanding.len())?;
        metric(text, "znode_count", self.tree.len() + 1)?;
        metric(text, "watch_count", self.watches.len())?;
        let ephemerals: usize = self.tree.owners().map(|(_, paths)| paths.len()).sum();
        metric(text, "ephemerals_count", ephemerals)?;
        metric(text, "approximate_data_size", self.tree.data_bytes())?;
        metric(text, "global_sessions", self.sessions.len())?;
        metric(text, "local_sessions", 0)?;
        metric(text, "uptime", now.mono.since(self.served_since).as_millis())?;
        if serving == ServingAs::Leader {
            self.write_reign(text, now)?;
        }
        Ok(())
    }

    fn write_role(&self, text: &mut String, serving: ServingAs) -> fmt::Result {
        let state = match serving {
            ServingAs::Standalone => return Ok(()),
            ServingAs::Leader => "leading",
            ServingAs::Follower => "following",
            ServingAs::Observer => "observing",
        };
        // Whoever serves is past discovery and synchronisation.
        metric(text, "peer_state", format_args!("{state} - broadcast"))?;
        let voters = self.config.ensemble.iter().filter(|member| member.voter).count();
        metric(text, "quorum_size", voters)
    }

    fn write_reign(&self, text: &mut String, now: Now) -> fmt::Result {
        let vitals = &self.vitals;
        metric(text, "learners", vitals.followers + vitals.observers)?;
        metric(text, "synced_followers", vitals.followers)?;
        metric(text, "synced_observers", vitals.observers)?;
        // In ZooKeeper, the observers once more.
        metric(text, "synced_non_voting_followers", vitals.observers)?;
        metric(text, "pending_syncs", vitals.pending_syncs)?;
        metric(text, "leader_uptime", now.mono.since(self.served_since).as_millis())?;
        let (last, least, most) = self.stats.proposals.shown();
        metric(text, "last_proposal_size", last)?;
        metric(text, "min_proposal_size", least)?;
        metric(text, "max_proposal_size", most)
    }
}

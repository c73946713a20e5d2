//! Who belongs to the ensemble and how many make a quorum.

use crate::{Member, ServerConfig, ServerId};
use relevo_core::HostId;

/// The members as one server sees them.
#[derive(Clone, Debug)]
pub(super) struct Ensemble {
    me: ServerId,
    members: Vec<Member>,
    voters: u32,
}

impl Ensemble {
    /// As configured.
    pub(super) fn new(config: &ServerConfig) -> Ensemble {
        let members = config.ensemble.clone();
        let voters = members.iter().filter(|member| member.voter).count() as u32;
        Ensemble { me: config.id, members, voters }
    }

    /// This server.
    pub(super) fn me(&self) -> ServerId {
        self.me
    }

    /// Whether this server is alone and needs nobody.
    pub(super) fn is_standalone(&self) -> bool {
        self.members.len() <= 1
    }

    /// Whether `id` is a member with a vote.
    pub(super) fn votes(&self, id: ServerId) -> bool {
        self.members.iter().any(|member| member.id == id && member.voter)
    }

    /// Whether `id` is a member.
    pub(super) fn contains(&self, id: ServerId) -> bool {
        self.members.iter().any(|member| member.id == id)
    }

    /// All members with a vote.
    pub(super) fn voters(&self) -> impl Iterator<Item = ServerId> + '_ {
        self.members.iter().filter(|member| member.voter).map(|member| member.id)
    }

    /// Where a member runs.
    pub(super) fn host(&self, id: ServerId) -> Option<HostId> {
        self.members.iter().find(|member| member.id == id).map(|member| member.host)
    }

    /// Whether the voters among `ids`, each given once, are more than half of all voters.
    pub(super) fn is_quorum(&self, ids: impl Iterator<Item = ServerId>) -> bool {
        2 * self.count(ids) > self.voters
    }

    /// Whether `ids` holds every voter.
    pub(super) fn is_everyone(&self, ids: impl Iterator<Item = ServerId>) -> bool {
        self.count(ids) == self.voters
    }

    fn count(&self, ids: impl Iterator<Item = ServerId>) -> u32 {
        ids.filter(|id| self.votes(*id)).count() as u32
    }
}

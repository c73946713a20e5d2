//! Conditions on what was read, and how far behind.

use super::Judgement;
use crate::Facts;
use crate::sees::{ReadSees, Sees};

pub(super) fn caught_up(facts: &Facts, at_least: u64) -> Judgement {
    let reads = &facts.reads;
    let behind = reads.most_behind();
    let sees = match &reads.last {
        _ if reads.caught_up >= at_least => ReadSees::CaughtUp,
        _ if reads.synced_behind() >= at_least => ReadSees::Synced,
        _ if behind >= at_least => ReadSees::Old { behind },
        None => ReadSees::NothingRead,
        Some(read) if read.leads => ReadSees::AtTheLeader { name: read.server.clone() },
        Some(read) => {
            let (name, behind) = (read.server.clone(), read.behind);
            ReadSees::Current { name, behind, needed: at_least }
        }
    };
    Judgement { holds: sees == ReadSees::CaughtUp, sees: Sees::Read(sees) }
}

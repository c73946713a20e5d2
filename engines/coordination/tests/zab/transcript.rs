//! A trace as a text that reads like the protocol, compared with one kept in a file.
//!
//! `UPDATE_GOLDEN=1 cargo test -p relevo-coordination --test zab` writes the files anew; the diff
//! is then to be read.

use crate::cluster::Cluster;
use relevo_coordination::{
    ElectionMessage, Event, Message, PeerState, QuorumPacket as Packet, Txn, TxnBody, Vote,
};
use relevo_core::{Kind, Party};

/// What a transcript is about.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum About {
    /// Everything between the servers.
    All,
    /// Discovery, synchronisation and broadcast.
    Quorum,
}

/// Compares what happened from the event `from` on with the transcript `name`.
pub(crate) fn compare(cluster: &Cluster, from: usize, about: About, name: &str) {
    let mut text = String::new();
    let began = cluster.trace.get(from).map_or(0, |event| event.at.0);
    for event in &cluster.trace[from..] {
        let Some(Party::Host(host)) = event.party else { continue };
        let line = match &event.kind {
            Kind::Sent { to: Party::Host(to), message, .. } => {
                said(message, about).map(|said| format!("→ {}  {said}", name_of(to.0)))
            }
            Kind::State(state) => told(state, about),
            Kind::Fault { fault, .. } => Some(format!("FAULT {fault:?}")),
            _ => None,
        };
        if let Some(line) = line {
            let us = (event.at.0 - began) / 1_000;
            let who = name_of(host.0);
            text.push_str(&format!("{:>5}.{:03} ms  {who}  {line}\n", us / 1_000, us % 1_000));
        }
    }
    let path = format!("{}/tests/zab/golden/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).expect("the transcript can be written");
        return;
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    for (number, (is, was)) in text.lines().zip(golden.lines()).enumerate() {
        assert_eq!(is, was, "{name}.txt, line {}; UPDATE_GOLDEN=1 writes it anew", number + 1);
    }
    assert_eq!(text.lines().count(), golden.lines().count(), "{name}.txt has another length");
}

fn name_of(host: u32) -> String {
    format!("s{}", host + 1)
}

fn vote(vote: &Vote) -> String {
    format!("s{} (epoch {}, zxid {})", vote.leader.0, vote.epoch.0, vote.zxid)
}

fn said(message: &Message, about: About) -> Option<String> {
    Some(match message {
        Message::Election(_) if about == About::Quorum => return None,
        Message::Election(ElectionMessage::Hello { server, .. }) => format!("HELLO s{}", server.0),
        Message::Election(ElectionMessage::Notification(said)) => {
            let whom = said.vote.as_ref().map_or("nobody".into(), vote);
            format!("VOTE {whom}, round {}, {:?}", said.round, said.state)
        }
        Message::Quorum(packet) => packet_said(packet),
        _ => return None,
    })
}

fn packet_said(packet: &Packet) -> String {
    match packet {
        Packet::FollowerInfo { accepted_epoch, voter, .. } => {
            let kind = if *voter { "FOLLOWERINFO" } else { "OBSERVERINFO" };
            format!("{kind} accepted epoch {}", accepted_epoch.0)
        }
        Packet::LeaderInfo { epoch } => format!("LEADERINFO epoch {}", epoch.0),
        Packet::AckEpoch { current_epoch, last_zxid } => match current_epoch {
            Some(epoch) => format!("ACKEPOCH current epoch {}, last {last_zxid}", epoch.0),
            None => format!("ACKEPOCH again, last {last_zxid}"),
        },
        Packet::Diff { last_zxid } => format!("DIFF to {last_zxid}"),
        Packet::Trunc { zxid } => format!("TRUNC to {zxid}"),
        Packet::Snap { zxid } => format!("SNAP of {zxid}"),
        Packet::SnapshotChunk { data, last } => {
            format!("  {} bytes of it{}", data.len(), if *last { ", the last" } else { "" })
        }
        Packet::NewLeader { epoch } => format!("NEWLEADER epoch {}", epoch.0),
        Packet::UpToDate => "UPTODATE".into(),
        Packet::Proposal(proposed) => format!("PROPOSAL {}", txn(proposed)),
        Packet::Ack { zxid } => format!("ACK {zxid}"),
        Packet::Commit { zxid } => format!("COMMIT {zxid}"),
        Packet::Inform(informed) => format!("INFORM {}", txn(informed)),
        Packet::Request { .. } => "REQUEST".into(),
        Packet::Sync => "SYNC".into(),
        Packet::Revalidate { .. } => "REVALIDATE".into(),
        Packet::Revalidated { alive, .. } => format!("REVALIDATE: {alive}"),
        Packet::Ping { zxid, .. } => format!("PING {zxid}"),
    }
}

fn txn(txn: &Txn) -> String {
    match &txn.body {
        TxnBody::Create { path, .. } => format!("{} create {path}", txn.zxid),
        TxnBody::CreateSession { .. } => format!("{} createSession", txn.zxid),
        TxnBody::CloseSession { .. } => format!("{} closeSession", txn.zxid),
        other => format!("{} {other:?}", txn.zxid),
    }
}

fn told(event: &Event, about: About) -> Option<String> {
    Some(match event {
        Event::RoleChanged { role, leader, round } => match (role, leader) {
            (PeerState::Looking, _) => format!("looks for a leader, round {round}"),
            (role, Some(leader)) => format!("is {role:?}; the leader is s{}", leader.0),
            (role, None) => format!("is {role:?}"),
        },
        Event::Voted { vote: whom, .. } if about == About::All => {
            format!("votes for {}", vote(whom))
        }
        Event::Recovered { last_zxid, torn_bytes, .. } => {
            format!("recovered to {last_zxid}, {torn_bytes} torn bytes cut")
        }
        Event::EpochAccepted(epoch) => format!("acceptedEpoch {} is durable", epoch.0),
        Event::EpochEntered(epoch) => format!("currentEpoch {} is durable", epoch.0),
        Event::Established { epoch, quorum } => {
            let quorum: Vec<_> = quorum.iter().map(|server| format!("s{}", server.0)).collect();
            format!("established epoch {} with {}", epoch.0, quorum.join(", "))
        }
        Event::Synchronising { learner, mode, from, to } => {
            format!("brings s{} from {from} to {to} by {mode:?}", learner.0)
        }
        Event::Synchronised { zxid } => format!("serves, with all up to {zxid}"),
        Event::LogDurable { zxid } => format!("log is durable up to {zxid}"),
        Event::LogTruncated { zxid } => format!("log was cut after {zxid}"),
        Event::Committed { zxid } => format!("commits {zxid}"),
        Event::Applied { txn: applied, replay } => {
            format!("applied {}{}", txn(applied), if *replay { " (replay)" } else { "" })
        }
        Event::SnapshotLoaded { zxid, znodes } => {
            format!("loaded snapshot {zxid}, {znodes} znodes")
        }
        Event::SnapshotTaken { zxid } => format!("snapshot {zxid} is durable"),
        _ => return None,
    })
}

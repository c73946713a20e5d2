//! What is written on messages and log entries: the protocol's own short words.

use crate::MessageKind;
use relevo_apps::COUNTER_PATH;
use relevo_coordination::{
    ElectionMessage, LearnerRequest, Message, QuorumPacket, Request, Txn, TxnBody, Zxid,
};
use std::sync::Arc;

/// What a message is, for its shape and word.
pub fn message_kind(message: &Message) -> MessageKind {
    match message {
        Message::Connect(_) => MessageKind::Connect,
        Message::Connected(_) => MessageKind::Connected,
        Message::Request { request: Request::Ping, .. } => MessageKind::Ping,
        Message::Response { xid: -2, .. } => MessageKind::Ping,
        Message::Request { .. } => MessageKind::Request,
        Message::Response { .. } => MessageKind::Response,
        Message::Watch(_) => MessageKind::Watch,
        Message::FourLetterWord(_) | Message::Text(_) => MessageKind::Text,
        Message::Election(ElectionMessage::Hello { .. }) => MessageKind::Hello,
        Message::Election(ElectionMessage::Notification(_)) => MessageKind::Vote,
        Message::Quorum(packet) => packet_kind(packet),
    }
}

fn packet_kind(packet: &QuorumPacket) -> MessageKind {
    match packet {
        QuorumPacket::FollowerInfo { .. } => MessageKind::FollowerInfo,
        QuorumPacket::LeaderInfo { .. } => MessageKind::LeaderInfo,
        QuorumPacket::AckEpoch { .. } => MessageKind::AckEpoch,
        QuorumPacket::Diff { .. } => MessageKind::Diff,
        QuorumPacket::Trunc { .. } => MessageKind::Trunc,
        QuorumPacket::Snap { .. } | QuorumPacket::SnapshotChunk { .. } => MessageKind::Snap,
        QuorumPacket::NewLeader { .. } => MessageKind::NewLeader,
        QuorumPacket::UpToDate => MessageKind::UpToDate,
        QuorumPacket::Proposal(_) => MessageKind::Proposal,
        QuorumPacket::Ack { .. } => MessageKind::Ack,
        QuorumPacket::Commit { .. } => MessageKind::Commit,
        QuorumPacket::Inform(_) => MessageKind::Inform,
        QuorumPacket::Request { .. } => MessageKind::LearnerRequest,
        QuorumPacket::Sync => MessageKind::Sync,
        QuorumPacket::Revalidate { .. } | QuorumPacket::Revalidated { .. } => {
            MessageKind::Revalidate
        }
        QuorumPacket::Ping { .. } => MessageKind::Ping,
    }
}

/// What to write beside a message's kind: a counter's number, a voted server, a zxid's place.
/// `number_of` tells the number a zxid stands for, where the scene knows it.
pub fn message_label(message: &Message, number_of: impl Fn(Zxid) -> Option<Arc<str>>) -> Arc<str> {
    let place = |zxid: Zxid| number_of(zxid).unwrap_or_else(|| decimal(u64::from(zxid.counter())));
    match message {
        Message::Request { request, .. } => request_label(request),
        Message::Response { error, .. } if *error as i32 != 0 => format!("{error:?}").into(),
        Message::Watch(event) => event.path.clone(),
        Message::FourLetterWord(word) => String::from_utf8_lossy(word).as_ref().into(),
        Message::Election(ElectionMessage::Hello { server, .. }) => decimal(server.0),
        Message::Election(ElectionMessage::Notification(notification)) => {
            notification.vote.map_or_else(empty, |vote| decimal(vote.leader.0))
        }
        Message::Quorum(packet) => match packet {
            QuorumPacket::Proposal(txn) | QuorumPacket::Inform(txn) => txn_label(txn),
            QuorumPacket::Ack { zxid } | QuorumPacket::Commit { zxid } => place(*zxid),
            QuorumPacket::Diff { last_zxid: zxid }
            | QuorumPacket::Trunc { zxid }
            | QuorumPacket::Snap { zxid } => place(*zxid),
            QuorumPacket::FollowerInfo { accepted_epoch: epoch, .. }
            | QuorumPacket::LeaderInfo { epoch }
            | QuorumPacket::NewLeader { epoch } => decimal(u64::from(epoch.0)),
            QuorumPacket::AckEpoch { last_zxid, .. } => place(*last_zxid),
            QuorumPacket::Request { request: LearnerRequest::Client(request), .. } => {
                request_label(request)
            }
            QuorumPacket::Request { .. } => word("session"),
            _ => empty(),
        },
        _ => empty(),
    }
}

/// The word of a request; the number where it sets the counter.
pub fn request_label(request: &Request) -> Arc<str> {
    match request {
        Request::SetData { path, data, .. } => {
            counter_number(path, data.as_deref()).unwrap_or_else(|| word("setData"))
        }
        Request::Create { .. } => word("create"),
        Request::Delete { .. } => word("delete"),
        Request::Exists { .. } => word("exists"),
        Request::GetData { .. } => word("getData"),
        Request::GetAcl { .. } => word("getACL"),
        Request::SetAcl { .. } => word("setACL"),
        Request::GetChildren { .. } => word("getChildren"),
        Request::Sync { .. } => word("sync"),
        Request::Ping => word("ping"),
        Request::Check { .. } => word("check"),
        Request::Multi(_) => word("multi"),
        Request::MultiRead(_) => word("multiRead"),
        Request::CheckWatches { .. } => word("checkWatches"),
        Request::RemoveWatches { .. } => word("removeWatches"),
        Request::SetWatches { .. } => word("setWatches"),
        Request::AddWatch { .. } => word("addWatch"),
        Request::Auth { .. } => word("auth"),
        Request::WhoAmI => word("whoAmI"),
        Request::GetEphemerals { .. } => word("getEphemerals"),
        Request::GetAllChildrenNumber { .. } => word("getAllChildrenNumber"),
        Request::CloseSession => word("close"),
        Request::Invalid { .. } => word("?"),
    }
}

/// What to write on a log entry: the counter's number where it sets it, else a short word.
pub fn txn_label(txn: &Txn) -> Arc<str> {
    match &txn.body {
        TxnBody::SetData { path, data, .. } => {
            counter_number(path, data.as_deref()).unwrap_or_else(|| word("set"))
        }
        TxnBody::Create { .. } => word("new"),
        TxnBody::Delete { .. } => word("del"),
        TxnBody::SetAcl { .. } => word("acl"),
        TxnBody::Check { .. } => word("chk"),
        TxnBody::CreateSession { .. } => word("in"),
        TxnBody::CloseSession { .. } => word("out"),
        TxnBody::Multi(_) => word("multi"),
        TxnBody::Error(_) => word("err"),
    }
}

/// The path a transaction concerns, if it is one.
pub fn txn_path(txn: &Txn) -> Option<Arc<str>> {
    match &txn.body {
        TxnBody::Create { path, .. }
        | TxnBody::Delete { path, .. }
        | TxnBody::SetData { path, .. }
        | TxnBody::SetAcl { path, .. }
        | TxnBody::Check { path, .. } => Some(path.clone()),
        _ => None,
    }
}

fn counter_number(path: &str, data: Option<&[u8]>) -> Option<Arc<str>> {
    let text = (path == COUNTER_PATH).then_some(data)?;
    let text = std::str::from_utf8(text?).ok()?;
    let short = !text.is_empty() && text.len() <= 10 && text.bytes().all(|b| b.is_ascii_digit());
    short.then(|| text.into())
}

fn decimal(number: u64) -> Arc<str> {
    number.to_string().into()
}

fn word(text: &'static str) -> Arc<str> {
    text.into()
}

fn empty() -> Arc<str> {
    Arc::default()
}

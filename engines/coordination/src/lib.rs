//! A coordination service as Apache ZooKeeper is one.

mod event;
mod ids;
mod message;
mod request;
mod txn;

pub use event::{ClientEvent, Event, SyncMode, WatchKind};
pub use ids::{Epoch, ServerId, SessionId, Zxid};
pub use message::{
    CLIENT, ELECTION, ElectionMessage, LearnerRequest, Message, Notification, PeerState, QUORUM,
    QuorumPacket, Vote,
};
pub use request::{
    Acl, AclEntry, AddWatchMode, ConnectRequest, ConnectResponse, CreateMode, ErrorCode, Identity,
    Life, MultiResult, Path, Request, Response, Stat, WatchEventKind, WatchedEvent, WatcherType,
    Watches,
};
pub use txn::{NodeKind, Txn, TxnBody};

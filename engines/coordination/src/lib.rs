//! A coordination service as Apache ZooKeeper is one.

mod bug;
pub mod client;
pub mod codec;
mod config;
mod event;
mod ids;
mod message;
mod request;
pub mod service;
mod txn;
pub mod zab;

#[cfg(feature = "bugs")]
pub use bug::Bug;
pub use client::{Client, ClientConfig, Notice};
pub use config::{Member, ServerConfig};
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
pub use service::{
    Outcome, Service, ServingAs, StoredStat, Submission, SubmissionKind, Tree, Znode,
};
pub use txn::{NodeKind, Txn, TxnBody};
pub use zab::{Server, ServerCall, SyncPlace};

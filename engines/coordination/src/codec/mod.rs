//! The bytes of everything a coordination service says and stores, as Apache ZooKeeper 3.8 has
//! them.
//!
//! Inside a world messages are values; bytes appear where a driver meets a socket or a file, and
//! in one message of sixteen of a fault schedule, which goes through [`core::Message`] and back so
//! that what cannot be said on the wire cannot be relied on either. There is one module for each
//! of ZooKeeper's formats: [`client`](ServerDecoder), [`quorum`], [`election`], [`log`] and
//! [`snapshot`]; all are made of jute records.
//!
//! Laws:
//!
//! 1. Every reader is total. Whatever the bytes, it gives a value, asks for more, or says what is
//!    wrong; and it allocates nothing for a length whose bytes it has not seen.
//! 2. A value's size and its bytes are made by the same lines.
//! 3. What ZooKeeper answers without closing the connection is no error here but a request that is
//!    [`Invalid`](crate::Request::Invalid).
//!
//! Left out: reading what ZooKeeper before 3.4 wrote, quorums that change at run time, SASL.
//!
//! [`core::Message`]: relevo_core::Message

mod client;
pub mod election;
mod files;
mod jute;
pub mod log;
mod message;
pub mod quorum;
mod records;
mod request;
mod response;
pub mod snapshot;
mod txn;

pub use client::{ClientDecoder, FRAME_LIMIT, ServerDecoder, encode_to_client, encode_to_server};
pub use files::{
    accepted_epoch_file, current_epoch_file, decode_epoch, encode_epoch, log_file, log_zxid,
    snapshot_file, snapshot_zxid,
};
pub use txn::{decode_txn, encode_txn, txn_size};

/// Why bytes are no message. Where they came from a connection, it must be closed: where the next
/// message would begin cannot be known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A record ends before its last field.
    #[error("a record ends before its last field")]
    Truncated,
    /// A string that must be there is null.
    #[error("a string that must be there is null")]
    Null,
    /// A length below zero: what arrives is not this protocol.
    #[error("a length of {length} is below zero: what arrives is not this protocol")]
    NegativeLength {
        /// The length.
        length: i32,
    },
    /// A length beyond the limit.
    #[error(
        "a length of {length} bytes is beyond the limit of {limit}: either what arrives is not \
         this protocol, or the limit must be raised on both sides"
    )]
    TooLong {
        /// The length.
        length: u64,
        /// The limit.
        limit: u64,
    },
    /// A number that means nothing here.
    #[error("{value} is no known {what}")]
    Unknown {
        /// What it should be.
        what: &'static str,
        /// The number.
        value: i32,
    },
    /// A snapshot from the leader is not followed by its signature.
    #[error("the leader's snapshot does not end as it should")]
    NoSignature,
}

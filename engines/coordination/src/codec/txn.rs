//! Transactions (`org.apache.zookeeper.txn`): the same bytes in the log and inside PROPOSAL and
//! INFORM. A digest, where a server of 3.6 or later appended one, is kept as it was read.

use super::DecodeError;
use super::jute::{Reader, Sink, Size};
use super::records::{acl, error_code, op, put_acl};
use crate::{Acl, NodeKind, SessionId, Txn, TxnBody, Zxid};
use bytes::BytesMut;
use std::sync::Arc;

/// The parent's child version in logs of servers before 3.4, which did not write it: "count it".
const UNKNOWN_CVERSION: i32 = -1;

pub(super) fn put_txn(out: &mut impl Sink, txn: &Txn) {
    out.i64(txn.session.0);
    out.i32(txn.cxid);
    out.u64(txn.zxid.0);
    out.i64(txn.time_ms);
    out.i32(opcode(&txn.body));
    put_body(out, &txn.body);
    if let Some((version, digest)) = txn.digest {
        out.i32(version);
        out.u64(digest);
    }
}

fn opcode(body: &TxnBody) -> i32 {
    match body {
        TxnBody::Create { kind: NodeKind::Container, .. } => op::CREATE_CONTAINER,
        TxnBody::Create { kind: NodeKind::Ttl { .. }, .. } => op::CREATE_TTL,
        TxnBody::Create { with_stat: true, .. } => op::CREATE2,
        TxnBody::Create { with_stat: false, .. } => op::CREATE,
        TxnBody::Delete { container: false, .. } => op::DELETE,
        TxnBody::Delete { container: true, .. } => op::DELETE_CONTAINER,
        TxnBody::SetData { .. } => op::SET_DATA,
        TxnBody::SetAcl { .. } => op::SET_ACL,
        TxnBody::Check { .. } => op::CHECK,
        TxnBody::CreateSession { .. } => op::CREATE_SESSION,
        TxnBody::CloseSession { .. } => op::CLOSE_SESSION,
        TxnBody::Multi(_) => op::MULTI,
        TxnBody::Error(_) => op::ERROR,
    }
}

fn put_body(out: &mut impl Sink, body: &TxnBody) {
    match body {
        TxnBody::Create { path, data, acl, kind, parent_cversion, .. } => {
            out.string(path);
            out.buffer(data.as_ref());
            put_acl(out, acl);
            if let NodeKind::Persistent | NodeKind::Ephemeral(_) = kind {
                out.bool(*kind != NodeKind::Persistent);
            }
            out.i32(*parent_cversion);
            if let NodeKind::Ttl { ttl_ms } = kind {
                out.u64(*ttl_ms);
            }
        }
        TxnBody::Delete { path, .. } => out.string(path),
        TxnBody::SetData { path, data, version } => {
            out.string(path);
            out.buffer(data.as_ref());
            out.i32(*version);
        }
        TxnBody::SetAcl { path, acl, version } => {
            out.string(path);
            put_acl(out, acl);
            out.i32(*version);
        }
        TxnBody::Check { path, version } => {
            out.string(path);
            out.i32(*version);
        }
        TxnBody::CreateSession { timeout_ms } => out.u32(*timeout_ms),
        TxnBody::CloseSession { paths: None } => {}
        TxnBody::CloseSession { paths: Some(paths) } => {
            out.vector(paths, |out, path| out.string(path));
        }
        TxnBody::Multi(bodies) => out.vector(bodies, |out, body| {
            out.i32(opcode(body));
            out.counted(|out| put_body(out, body));
        }),
        TxnBody::Error(error) => out.i32(*error as i32),
    }
}

/// Reads a transaction that fills `bytes`.
pub(super) fn txn(bytes: &[u8]) -> Result<Txn, DecodeError> {
    let mut input = Reader::new(bytes);
    let session = SessionId(input.i64()?);
    let cxid = input.i32()?;
    let zxid = Zxid(input.u64()?);
    let time_ms = input.i64()?;
    let opcode = input.i32()?;
    let body = match opcode {
        op::MULTI => TxnBody::Multi(input.vector(|input| in_multi(session, input))?),
        _ => body(opcode, session, &mut input)?,
    };
    let digest = if input.is_empty() { None } else { Some((input.i32()?, input.u64()?)) };
    Ok(Txn { session, cxid, zxid, time_ms, body, digest })
}

fn in_multi(session: SessionId, input: &mut Reader<'_>) -> Result<TxnBody, DecodeError> {
    let opcode = input.i32()?;
    let bytes = input.slice()?.unwrap_or_default();
    body(opcode, session, &mut Reader::new(bytes))
}

fn body(opcode: i32, session: SessionId, input: &mut Reader<'_>) -> Result<TxnBody, DecodeError> {
    Ok(match opcode {
        op::CREATE | op::CREATE2 | op::CREATE_CONTAINER | op::CREATE_TTL => {
            create(opcode, session, input)?
        }
        op::DELETE | op::DELETE_CONTAINER => {
            TxnBody::Delete { path: input.text()?, container: opcode == op::DELETE_CONTAINER }
        }
        // A reconfiguration is a change of /zookeeper/config.
        op::SET_DATA | op::RECONFIG => {
            TxnBody::SetData { path: input.text()?, data: input.buffer()?, version: input.i32()? }
        }
        op::SET_ACL => {
            TxnBody::SetAcl { path: input.text()?, acl: acl(input)?, version: input.i32()? }
        }
        op::CHECK => TxnBody::Check { path: input.text()?, version: input.i32()? },
        op::CREATE_SESSION => TxnBody::CreateSession { timeout_ms: input.u32()? },
        op::CLOSE_SESSION if input.is_empty() => TxnBody::CloseSession { paths: None },
        op::CLOSE_SESSION => TxnBody::CloseSession { paths: Some(input.vector(Reader::text)?) },
        op::ERROR => TxnBody::Error(error_code(input.i32()?)),
        value => return Err(DecodeError::Unknown { what: "type of transaction", value }),
    })
}

fn create(opcode: i32, session: SessionId, input: &mut Reader<'_>) -> Result<TxnBody, DecodeError> {
    let path: Arc<str> = input.text()?;
    let data = input.buffer()?;
    let acl: Acl = acl(input)?;
    let plain = matches!(opcode, op::CREATE | op::CREATE2);
    let ephemeral = plain && input.bool()?;
    let parent_cversion = if input.is_empty() { UNKNOWN_CVERSION } else { input.i32()? };
    let kind = match opcode {
        op::CREATE_CONTAINER => NodeKind::Container,
        op::CREATE_TTL => NodeKind::Ttl { ttl_ms: input.u64()? },
        _ if ephemeral => NodeKind::Ephemeral(session),
        _ => NodeKind::Persistent,
    };
    let with_stat = opcode != op::CREATE;
    Ok(TxnBody::Create { path, data, acl, with_stat, kind, parent_cversion })
}

/// How many bytes a transaction has, without what a log or a packet puts around it.
pub fn txn_size(txn: &Txn) -> u64 {
    let mut size = Size::default();
    put_txn(&mut size, txn);
    size.0
}

/// The bytes of a transaction.
pub fn encode_txn(txn: &Txn, out: &mut BytesMut) {
    put_txn(out, txn);
}

/// The transaction that fills `bytes`.
pub fn decode_txn(bytes: &[u8]) -> Result<Txn, DecodeError> {
    txn(bytes)
}

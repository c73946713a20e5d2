//! The records that others are made of (`org.apache.zookeeper.data`), and the numbers of opcodes,
//! errors and kinds.

use super::DecodeError;
use super::jute::{Reader, Sink};
use crate::{Acl, AclEntry, ErrorCode, Identity, Stat, Zxid};

/// `ZooDefs.OpCode`.
pub(super) mod op {
    pub(crate) const ERROR: i32 = -1;
    pub(crate) const CREATE_SESSION: i32 = -10;
    pub(crate) const CLOSE_SESSION: i32 = -11;
    pub(crate) const CREATE: i32 = 1;
    pub(crate) const DELETE: i32 = 2;
    pub(crate) const EXISTS: i32 = 3;
    pub(crate) const GET_DATA: i32 = 4;
    pub(crate) const SET_DATA: i32 = 5;
    pub(crate) const GET_ACL: i32 = 6;
    pub(crate) const SET_ACL: i32 = 7;
    pub(crate) const GET_CHILDREN: i32 = 8;
    pub(crate) const SYNC: i32 = 9;
    pub(crate) const PING: i32 = 11;
    pub(crate) const GET_CHILDREN2: i32 = 12;
    pub(crate) const CHECK: i32 = 13;
    pub(crate) const MULTI: i32 = 14;
    pub(crate) const CREATE2: i32 = 15;
    pub(crate) const RECONFIG: i32 = 16;
    pub(crate) const CHECK_WATCHES: i32 = 17;
    pub(crate) const REMOVE_WATCHES: i32 = 18;
    pub(crate) const CREATE_CONTAINER: i32 = 19;
    pub(crate) const DELETE_CONTAINER: i32 = 20;
    pub(crate) const CREATE_TTL: i32 = 21;
    pub(crate) const MULTI_READ: i32 = 22;
    pub(crate) const AUTH: i32 = 100;
    pub(crate) const SET_WATCHES: i32 = 101;
    pub(crate) const GET_EPHEMERALS: i32 = 103;
    pub(crate) const GET_ALL_CHILDREN_NUMBER: i32 = 104;
    pub(crate) const SET_WATCHES2: i32 = 105;
    pub(crate) const ADD_WATCH: i32 = 106;
    pub(crate) const WHO_AM_I: i32 = 107;
}

pub(super) fn put_identity(out: &mut impl Sink, id: &Identity) {
    out.string(&id.scheme);
    out.string(&id.id);
}

/// A null scheme or id is read as an empty one, which no scheme admits either.
pub(super) fn identity(input: &mut Reader<'_>) -> Result<Identity, DecodeError> {
    let scheme = input.string()?.unwrap_or_else(|| "".into());
    let id = input.string()?.unwrap_or_else(|| "".into());
    Ok(Identity { scheme, id })
}

pub(super) fn put_acl(out: &mut impl Sink, acl: &Acl) {
    out.vector(acl, |out, entry| {
        out.i32(entry.perms);
        put_identity(out, &entry.id);
    });
}

pub(super) fn acl(input: &mut Reader<'_>) -> Result<Acl, DecodeError> {
    let entry = |input: &mut Reader<'_>| Ok(AclEntry { perms: input.i32()?, id: identity(input)? });
    input.vector(entry).map(Acl::from)
}

pub(super) fn put_stat(out: &mut impl Sink, stat: &Stat) {
    out.u64(stat.czxid.0);
    out.u64(stat.mzxid.0);
    out.i64(stat.ctime);
    out.i64(stat.mtime);
    out.i32(stat.version);
    out.i32(stat.cversion);
    out.i32(stat.aversion);
    out.i64(stat.ephemeral_owner);
    out.i32(stat.data_length);
    out.i32(stat.num_children);
    out.u64(stat.pzxid.0);
}

pub(super) fn stat(input: &mut Reader<'_>) -> Result<Stat, DecodeError> {
    Ok(Stat {
        czxid: Zxid(input.u64()?),
        mzxid: Zxid(input.u64()?),
        ctime: input.i64()?,
        mtime: input.i64()?,
        version: input.i32()?,
        cversion: input.i32()?,
        aversion: input.i32()?,
        ephemeral_owner: input.i64()?,
        data_length: input.i32()?,
        num_children: input.i32()?,
        pzxid: Zxid(input.u64()?),
    })
}

/// The error of a code; one that no version we know sends is a system error.
pub(super) fn error_code(code: i32) -> ErrorCode {
    use ErrorCode::*;
    const ALL: [ErrorCode; 30] = [
        Ok,
        SystemError,
        RuntimeInconsistency,
        DataInconsistency,
        ConnectionLoss,
        MarshallingError,
        Unimplemented,
        OperationTimeout,
        BadArguments,
        NewConfigNoQuorum,
        ReconfigInProgress,
        NoNode,
        NoAuth,
        BadVersion,
        NoChildrenForEphemerals,
        NodeExists,
        NotEmpty,
        SessionExpired,
        InvalidCallback,
        InvalidAcl,
        AuthFailed,
        SessionMoved,
        NotReadOnly,
        EphemeralOnLocalSession,
        NoWatcher,
        RequestTimeout,
        ReconfigDisabled,
        SessionClosedRequireSaslAuth,
        QuotaExceeded,
        ThrottledOp,
    ];
    ALL.into_iter().find(|error| *error as i32 == code).unwrap_or(SystemError)
}

//! The bodies of requests, by opcode; the same bytes come from clients and, inside REQUEST, from
//! learners.

use super::DecodeError;
use super::jute::{Reader, Sink};
use super::records::{acl, op, put_acl};
use crate::{AddWatchMode, CreateMode, ErrorCode, Life, Path, Request, WatcherType, Watches, Zxid};

/// Whether a request stands alone or in a multi, where a container is named by its flag alone.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Alone,
    InMulti,
}

/// The opcode of a request.
pub(super) fn opcode(request: &Request) -> i32 {
    match request {
        Request::Create { mode, with_stat, .. } => match mode.life {
            Life::Container => op::CREATE_CONTAINER,
            Life::Ttl { .. } => op::CREATE_TTL,
            Life::Persistent | Life::Ephemeral if *with_stat => op::CREATE2,
            Life::Persistent | Life::Ephemeral => op::CREATE,
        },
        Request::Delete { .. } => op::DELETE,
        Request::Exists { .. } => op::EXISTS,
        Request::GetData { .. } => op::GET_DATA,
        Request::SetData { .. } => op::SET_DATA,
        Request::GetAcl { .. } => op::GET_ACL,
        Request::SetAcl { .. } => op::SET_ACL,
        Request::GetChildren { with_stat: false, .. } => op::GET_CHILDREN,
        Request::GetChildren { with_stat: true, .. } => op::GET_CHILDREN2,
        Request::Sync { .. } => op::SYNC,
        Request::Ping => op::PING,
        Request::Check { .. } => op::CHECK,
        Request::Multi(_) => op::MULTI,
        Request::MultiRead(_) => op::MULTI_READ,
        Request::CheckWatches { .. } => op::CHECK_WATCHES,
        Request::RemoveWatches { .. } => op::REMOVE_WATCHES,
        Request::SetWatches { watches, .. } if has_persistent(watches) => op::SET_WATCHES2,
        Request::SetWatches { .. } => op::SET_WATCHES,
        Request::AddWatch { .. } => op::ADD_WATCH,
        Request::Auth { .. } => op::AUTH,
        Request::WhoAmI => op::WHO_AM_I,
        Request::GetEphemerals { .. } => op::GET_EPHEMERALS,
        Request::GetAllChildrenNumber { .. } => op::GET_ALL_CHILDREN_NUMBER,
        Request::CloseSession => op::CLOSE_SESSION,
        Request::Invalid { opcode, .. } => *opcode,
    }
}

fn has_persistent(watches: &Watches) -> bool {
    !watches.persistent.is_empty() || !watches.persistent_recursive.is_empty()
}

/// Writes a request's body, without its opcode.
pub(super) fn put_request(out: &mut impl Sink, request: &Request) {
    match request {
        Request::Create { path, data, acl, mode, .. } => {
            out.string(path);
            out.buffer(data.as_ref());
            put_acl(out, acl);
            out.i32(create_flags(*mode));
            if let Life::Ttl { ttl_ms } = mode.life {
                out.i64(ttl_ms);
            }
        }
        Request::Delete { path, version } | Request::Check { path, version } => {
            out.string(path);
            out.i32(*version);
        }
        Request::Exists { path, watch }
        | Request::GetData { path, watch }
        | Request::GetChildren { path, watch, .. } => {
            out.string(path);
            out.bool(*watch);
        }
        Request::SetData { path, data, version } => {
            out.string(path);
            out.buffer(data.as_ref());
            out.i32(*version);
        }
        Request::SetAcl { path, acl, version } => {
            out.string(path);
            put_acl(out, acl);
            out.i32(*version);
        }
        Request::GetAcl { path }
        | Request::Sync { path }
        | Request::GetEphemerals { prefix: path }
        | Request::GetAllChildrenNumber { path } => out.string(path),
        Request::Multi(requests) | Request::MultiRead(requests) => put_multi(out, requests),
        Request::CheckWatches { path, kind } | Request::RemoveWatches { path, kind } => {
            out.string(path);
            out.i32(*kind as i32);
        }
        Request::SetWatches { relative_zxid, watches } => {
            put_set_watches(out, *relative_zxid, watches);
        }
        Request::AddWatch { path, mode } => {
            out.string(path);
            out.i32(*mode as i32);
        }
        Request::Auth { scheme, auth } => {
            out.i32(0);
            out.string(scheme);
            out.buffer(Some(auth));
        }
        Request::Ping | Request::WhoAmI | Request::CloseSession => {}
        Request::Invalid { opcode, error } => put_invalid(out, *opcode, *error),
    }
}

/// Writes a body that is read as the same invalid request again: a missing one for what cannot be
/// read, a flag that does not exist for what has bad arguments.
fn put_invalid(out: &mut impl Sink, opcode: i32, error: ErrorCode) {
    if error == ErrorCode::BadArguments {
        out.string("/");
        out.buffer(None);
        put_acl(out, &[].into());
        out.i32(-1);
        if opcode == op::CREATE_TTL {
            out.i64(-1);
        }
    }
}

fn put_multi(out: &mut impl Sink, requests: &[Request]) {
    for request in requests {
        put_multi_header(out, opcode(request), false, -1);
        put_request(out, request);
    }
    put_multi_header(out, -1, true, -1);
}

pub(super) fn put_multi_header(out: &mut impl Sink, opcode: i32, done: bool, error: i32) {
    out.i32(opcode);
    out.bool(done);
    out.i32(error);
}

fn put_set_watches(out: &mut impl Sink, relative_zxid: Zxid, watches: &Watches) {
    out.u64(relative_zxid.0);
    let mut paths = |paths: &[Path]| out.vector(paths, |out, path| out.string(path));
    paths(&watches.data);
    paths(&watches.exist);
    paths(&watches.child);
    if has_persistent(watches) {
        paths(&watches.persistent);
        paths(&watches.persistent_recursive);
    }
}

fn create_flags(mode: CreateMode) -> i32 {
    match (mode.life, mode.sequential) {
        (Life::Persistent, false) => 0,
        (Life::Ephemeral, false) => 1,
        (Life::Persistent | Life::Container, true) => 2,
        (Life::Ephemeral, true) => 3,
        (Life::Container, false) => 4,
        (Life::Ttl { .. }, false) => 5,
        (Life::Ttl { .. }, true) => 6,
    }
}

/// Reads the body of a request with this opcode. A body that cannot be read is answered
/// MARSHALLING_ERROR, a flag that does not exist BAD_ARGUMENTS, an opcode that is not built
/// UNIMPLEMENTED; none of these ends the connection, as in ZooKeeper.
pub(super) fn request(opcode: i32, body: &[u8]) -> Request {
    read(opcode, &mut Reader::new(body), Place::Alone)
        .unwrap_or(Request::Invalid { opcode, error: ErrorCode::MarshallingError })
}

fn read(opcode: i32, input: &mut Reader<'_>, place: Place) -> Result<Request, DecodeError> {
    Ok(match opcode {
        op::CREATE | op::CREATE2 | op::CREATE_CONTAINER | op::CREATE_TTL => {
            create(opcode, input, place)?
        }
        op::DELETE => Request::Delete { path: input.text()?, version: input.i32()? },
        op::CHECK => Request::Check { path: input.text()?, version: input.i32()? },
        op::EXISTS => Request::Exists { path: input.text()?, watch: input.bool()? },
        op::GET_DATA => Request::GetData { path: input.text()?, watch: input.bool()? },
        op::GET_CHILDREN | op::GET_CHILDREN2 => Request::GetChildren {
            path: input.text()?,
            watch: input.bool()?,
            with_stat: opcode == op::GET_CHILDREN2,
        },
        op::SET_DATA => {
            Request::SetData { path: input.text()?, data: input.buffer()?, version: input.i32()? }
        }
        op::GET_ACL => Request::GetAcl { path: input.text()? },
        op::SET_ACL => {
            Request::SetAcl { path: input.text()?, acl: acl(input)?, version: input.i32()? }
        }
        op::SYNC => Request::Sync { path: input.text()? },
        op::PING => Request::Ping,
        op::MULTI => Request::Multi(multi(input, false)?),
        op::MULTI_READ => Request::MultiRead(multi(input, true)?),
        op::CHECK_WATCHES => {
            Request::CheckWatches { path: input.text()?, kind: watcher_type(input.i32()?)? }
        }
        op::REMOVE_WATCHES => {
            Request::RemoveWatches { path: input.text()?, kind: watcher_type(input.i32()?)? }
        }
        op::SET_WATCHES | op::SET_WATCHES2 => set_watches(opcode, input)?,
        op::ADD_WATCH => {
            Request::AddWatch { path: input.text()?, mode: add_watch_mode(input.i32()?)? }
        }
        op::AUTH => auth(input)?,
        op::WHO_AM_I => Request::WhoAmI,
        op::GET_EPHEMERALS => {
            Request::GetEphemerals { prefix: input.string()?.unwrap_or_else(|| "".into()) }
        }
        op::GET_ALL_CHILDREN_NUMBER => Request::GetAllChildrenNumber { path: input.text()? },
        op::CLOSE_SESSION => Request::CloseSession,
        op::RECONFIG => Request::Invalid { opcode, error: ErrorCode::ReconfigDisabled },
        _ => Request::Invalid { opcode, error: ErrorCode::Unimplemented },
    })
}

fn create(opcode: i32, input: &mut Reader<'_>, place: Place) -> Result<Request, DecodeError> {
    let path = input.text()?;
    let data = input.buffer()?;
    let acl = acl(input)?;
    let flags = input.i32()?;
    let ttl_ms = if opcode == op::CREATE_TTL { input.i64()? } else { -1 };
    let Some(mode) = create_mode(opcode, flags, ttl_ms, place) else {
        return Ok(Request::Invalid { opcode, error: ErrorCode::BadArguments });
    };
    let with_stat = match mode.life {
        Life::Container | Life::Ttl { .. } => true,
        Life::Persistent | Life::Ephemeral => opcode != op::CREATE && place == Place::Alone,
    };
    Ok(Request::Create { path, data, acl, mode, with_stat })
}

/// What opcode and flags mean together. Alone, only its opcode makes a container or a TTL znode (a
/// container's flag with `create` makes a persistent one); in a multi, only its flags do.
fn create_mode(opcode: i32, flags: i32, ttl_ms: i64, place: Place) -> Option<CreateMode> {
    let (life, sequential) = match flags {
        0 => (Life::Persistent, false),
        1 => (Life::Ephemeral, false),
        2 => (Life::Persistent, true),
        3 => (Life::Ephemeral, true),
        4 => (Life::Container, false),
        5 => (Life::Ttl { ttl_ms }, false),
        6 => (Life::Ttl { ttl_ms }, true),
        _ => return None,
    };
    let life = match (place, opcode, life) {
        (Place::InMulti, ..) | (_, op::CREATE_TTL, Life::Ttl { .. }) => life,
        (_, op::CREATE_TTL, _) | (_, _, Life::Ttl { .. }) => return None,
        (_, op::CREATE_CONTAINER, _) => Life::Container,
        (_, _, Life::Container) => Life::Persistent,
        (_, _, life) => life,
    };
    Some(CreateMode { life, sequential })
}

/// A multi holds writes alone and a multiRead reads alone; a mixture is one that cannot be read.
fn multi(input: &mut Reader<'_>, reads: bool) -> Result<Vec<Request>, DecodeError> {
    let mut requests = Vec::new();
    loop {
        let (opcode, done) = multi_header(input)?;
        if done {
            return Ok(requests);
        }
        let is_read = matches!(opcode, op::GET_CHILDREN | op::GET_DATA);
        let is_write = matches!(
            opcode,
            op::CREATE
                | op::CREATE2
                | op::CREATE_CONTAINER
                | op::CREATE_TTL
                | op::DELETE
                | op::SET_DATA
                | op::CHECK
        );
        if (reads && !is_read) || (!reads && !is_write) {
            return Err(DecodeError::Unknown {
                what: "kind of operation in a multi",
                value: opcode,
            });
        }
        requests.push(read(opcode, input, Place::InMulti)?);
    }
}

pub(super) fn multi_header(input: &mut Reader<'_>) -> Result<(i32, bool), DecodeError> {
    let opcode = input.i32()?;
    let done = input.bool()?;
    input.i32()?;
    Ok((opcode, done))
}

fn set_watches(opcode: i32, input: &mut Reader<'_>) -> Result<Request, DecodeError> {
    let relative_zxid = Zxid(input.u64()?);
    let mut paths = || input.vector(Reader::text);
    let mut watches =
        Watches { data: paths()?, exist: paths()?, child: paths()?, ..Watches::default() };
    if opcode == op::SET_WATCHES2 {
        watches.persistent = paths()?;
        watches.persistent_recursive = paths()?;
    }
    Ok(Request::SetWatches { relative_zxid, watches: Box::new(watches) })
}

fn auth(input: &mut Reader<'_>) -> Result<Request, DecodeError> {
    input.i32()?;
    let scheme = input.string()?.unwrap_or_else(|| "".into());
    let auth = input.buffer()?.unwrap_or_default();
    Ok(Request::Auth { scheme, auth })
}

fn watcher_type(value: i32) -> Result<WatcherType, DecodeError> {
    match value {
        1 => Ok(WatcherType::Children),
        2 => Ok(WatcherType::Data),
        3 => Ok(WatcherType::Any),
        _ => Err(DecodeError::Unknown { what: "type of watcher", value }),
    }
}

fn add_watch_mode(value: i32) -> Result<AddWatchMode, DecodeError> {
    match value {
        0 => Ok(AddWatchMode::Persistent),
        1 => Ok(AddWatchMode::PersistentRecursive),
        _ => Err(DecodeError::Unknown { what: "mode of a watch", value }),
    }
}

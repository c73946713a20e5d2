//! The bodies of answers. They do not say what they are: whoever reads them must know what was
//! asked.

use super::DecodeError;
use super::jute::{Reader, Sink};
use super::records::{acl, error_code, identity, op, put_acl, put_identity, put_stat, stat};
use super::request::{multi_header, put_multi_header};
use crate::{MultiResult, Path, Request, Response};

/// The layouts of an answer's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Empty,
    Path,
    PathStat,
    Stat,
    Data,
    Acl,
    Children,
    ChildrenStat,
    Multi,
    MultiRead,
    Ephemerals,
    Count,
    WhoAmI,
    WatchAdded,
}

/// The layout of the answer to a request.
pub(super) fn shape_of_answer(request: &Request) -> Shape {
    match request {
        Request::Create { with_stat: false, .. } | Request::Sync { .. } => Shape::Path,
        Request::Create { with_stat: true, .. } => Shape::PathStat,
        Request::Exists { .. }
        | Request::SetData { .. }
        | Request::SetAcl { .. }
        | Request::Check { .. } => Shape::Stat,
        Request::GetData { .. } => Shape::Data,
        Request::GetAcl { .. } => Shape::Acl,
        Request::GetChildren { with_stat: false, .. } => Shape::Children,
        Request::GetChildren { with_stat: true, .. } => Shape::ChildrenStat,
        Request::Multi(_) => Shape::Multi,
        Request::MultiRead(_) => Shape::MultiRead,
        Request::GetEphemerals { .. } => Shape::Ephemerals,
        Request::GetAllChildrenNumber { .. } => Shape::Count,
        Request::WhoAmI => Shape::WhoAmI,
        Request::AddWatch { .. } => Shape::WatchAdded,
        Request::Delete { .. }
        | Request::Ping
        | Request::CheckWatches { .. }
        | Request::RemoveWatches { .. }
        | Request::SetWatches { .. }
        | Request::Auth { .. }
        | Request::CloseSession
        | Request::Invalid { .. } => Shape::Empty,
    }
}

/// The layout of this body.
pub(super) fn shape(response: &Response) -> Shape {
    match response {
        Response::Empty => Shape::Empty,
        Response::Path(_) => Shape::Path,
        Response::PathStat { .. } => Shape::PathStat,
        Response::Stat(_) => Shape::Stat,
        Response::Data { .. } => Shape::Data,
        Response::Acl { .. } => Shape::Acl,
        Response::Children { stat: None, .. } => Shape::Children,
        Response::Children { stat: Some(_), .. } => Shape::ChildrenStat,
        Response::Multi(_) => Shape::Multi,
        Response::MultiRead(_) => Shape::MultiRead,
        Response::Ephemerals(_) => Shape::Ephemerals,
        Response::Count(_) => Shape::Count,
        Response::WhoAmI(_) => Shape::WhoAmI,
        Response::WatchAdded => Shape::WatchAdded,
    }
}

pub(super) fn put_response(out: &mut impl Sink, response: &Response) {
    match response {
        Response::Empty => {}
        Response::Path(path) => out.string(path),
        Response::PathStat { path, stat } => {
            out.string(path);
            put_stat(out, stat);
        }
        Response::Stat(stat) => put_stat(out, stat),
        Response::Data { data, stat } => {
            out.buffer(data.as_ref());
            put_stat(out, stat);
        }
        Response::Acl { acl, stat } => {
            put_acl(out, acl);
            put_stat(out, stat);
        }
        Response::Children { children, stat } => {
            put_paths(out, children);
            if let Some(stat) = stat {
                put_stat(out, stat);
            }
        }
        Response::Multi(results) | Response::MultiRead(results) => put_results(out, results),
        Response::Ephemerals(paths) => put_paths(out, paths),
        Response::Count(count) => out.i32(*count),
        Response::WhoAmI(identities) => out.vector(identities, put_identity),
        Response::WatchAdded => out.i32(0),
    }
}

fn put_paths(out: &mut impl Sink, paths: &[Path]) {
    out.vector(paths, |out, path| out.string(path));
}

fn put_results(out: &mut impl Sink, results: &[MultiResult]) {
    for result in results {
        put_result(out, result);
    }
    put_multi_header(out, -1, true, -1);
}

fn put_result(out: &mut impl Sink, result: &MultiResult) {
    let (opcode, error) = match result {
        MultiResult::Create { stat: None, .. } => (op::CREATE, 0),
        MultiResult::Create { stat: Some(_), .. } => (op::CREATE2, 0),
        MultiResult::Delete => (op::DELETE, 0),
        MultiResult::SetData(_) => (op::SET_DATA, 0),
        MultiResult::Check => (op::CHECK, 0),
        MultiResult::GetData { .. } => (op::GET_DATA, 0),
        MultiResult::GetChildren(_) => (op::GET_CHILDREN, 0),
        MultiResult::Error(error) => (op::ERROR, *error as i32),
    };
    put_multi_header(out, opcode, false, error);
    match result {
        MultiResult::Create { path, stat } => {
            out.string(path);
            if let Some(stat) = stat {
                put_stat(out, stat);
            }
        }
        MultiResult::SetData(stat) => put_stat(out, stat),
        MultiResult::GetData { data, stat } => {
            out.buffer(data.as_ref());
            put_stat(out, stat);
        }
        MultiResult::GetChildren(children) => put_paths(out, children),
        MultiResult::Error(error) => out.i32(*error as i32),
        MultiResult::Delete | MultiResult::Check => {}
    }
}

/// Reads a body of this layout.
pub(super) fn response(shape: Shape, input: &mut Reader<'_>) -> Result<Response, DecodeError> {
    Ok(match shape {
        Shape::Empty => Response::Empty,
        Shape::Path => Response::Path(input.text()?),
        Shape::PathStat => Response::PathStat { path: input.text()?, stat: stat(input)? },
        Shape::Stat => Response::Stat(stat(input)?),
        Shape::Data => Response::Data { data: input.buffer()?, stat: stat(input)? },
        Shape::Acl => Response::Acl { acl: acl(input)?, stat: stat(input)? },
        Shape::Children => Response::Children { children: input.vector(Reader::text)?, stat: None },
        Shape::ChildrenStat => {
            Response::Children { children: input.vector(Reader::text)?, stat: Some(stat(input)?) }
        }
        Shape::Multi => Response::Multi(results(input)?),
        Shape::MultiRead => Response::MultiRead(results(input)?),
        Shape::Ephemerals => Response::Ephemerals(input.vector(Reader::text)?),
        Shape::Count => Response::Count(input.i32()?),
        Shape::WhoAmI => Response::WhoAmI(input.vector(identity)?),
        Shape::WatchAdded => {
            input.i32()?;
            Response::WatchAdded
        }
    })
}

fn results(input: &mut Reader<'_>) -> Result<Vec<MultiResult>, DecodeError> {
    let mut results = Vec::new();
    loop {
        let (opcode, done) = multi_header(input)?;
        if done {
            return Ok(results);
        }
        results.push(result(opcode, input)?);
    }
}

fn result(opcode: i32, input: &mut Reader<'_>) -> Result<MultiResult, DecodeError> {
    Ok(match opcode {
        op::CREATE => MultiResult::Create { path: input.text()?, stat: None },
        op::CREATE2 => MultiResult::Create { path: input.text()?, stat: Some(stat(input)?) },
        op::DELETE => MultiResult::Delete,
        op::SET_DATA => MultiResult::SetData(stat(input)?),
        op::CHECK => MultiResult::Check,
        op::GET_DATA => MultiResult::GetData { data: input.buffer()?, stat: stat(input)? },
        op::GET_CHILDREN => MultiResult::GetChildren(input.vector(Reader::text)?),
        op::ERROR => MultiResult::Error(error_code(input.i32()?)),
        value => return Err(DecodeError::Unknown { what: "result in a multi", value }),
    })
}

//! Answers in ZooKeeper's own terms, and what each means in the learner's language.

use crate::words::{fill, tree};
use relevo_apps::Outcome;
use relevo_apps::shell::{LineError, render_acl};
use relevo_coordination::{ErrorCode, MultiResult, Request, Response};

/// What a line was answered, as its shell would print it, and a mark for its look.
pub(super) fn answered(
    request: &Request,
    outcome: &Outcome,
    w: &tree::Words,
) -> (&'static str, String) {
    match outcome {
        Outcome::Answered { response, .. } => {
            let mark = if failure(response).is_some() { "refused" } else { "done" };
            (mark, told(request, response, w))
        }
        Outcome::Refused { error, .. } => ("refused", format!("{error:?}")),
        Outcome::Unknown => ("unknown", w.outcome_unknown.to_owned()),
    }
}

fn told(request: &Request, response: &Response, w: &tree::Words) -> String {
    match response {
        Response::Path(path) | Response::PathStat { path, .. } => match request {
            Request::Sync { .. } => w.synced.to_owned(),
            _ => ["Created ", path].concat(),
        },
        Response::Stat(stat) => fill(w.answer_stat, &[&stat.version.to_string()]),
        Response::Data { data, stat } => {
            let text = String::from_utf8_lossy(data.as_deref().unwrap_or_default()).into_owned();
            let text = if data.is_none() { "null".to_owned() } else { text };
            [&text, " · ", &fill(w.answer_stat, &[&stat.version.to_string()])].concat()
        }
        Response::Acl { acl, .. } => render_acl(acl),
        Response::Children { children, .. } => ["[", &children.join(", "), "]"].concat(),
        Response::Ephemerals(paths) => ["[", &paths.join(", "), "]"].concat(),
        Response::Multi(results) | Response::MultiRead(results) => {
            results.iter().map(result).collect::<Vec<_>>().join(" ; ")
        }
        Response::Count(count) => count.to_string(),
        Response::WhoAmI(ids) => {
            let id = |it: &relevo_coordination::Identity| [&*it.scheme, ":", &*it.id].concat();
            ids.iter().map(id).collect::<Vec<_>>().join(", ")
        }
        Response::Empty | Response::WatchAdded => "Ok".to_owned(),
    }
}

fn result(result: &MultiResult) -> String {
    match result {
        MultiResult::Create { path, .. } => ["Created ", path].concat(),
        MultiResult::Error(error) => format!("{error:?}"),
        MultiResult::SetData(_)
        | MultiResult::GetData { .. }
        | MultiResult::GetChildren(_)
        | MultiResult::Delete
        | MultiResult::Check => "Ok".to_owned(),
    }
}

/// Of a multi, what failed first.
fn failure(response: &Response) -> Option<ErrorCode> {
    let Response::Multi(results) = response else { return None };
    results.iter().find_map(|result| match result {
        MultiResult::Error(error) if *error != ErrorCode::Ok => Some(*error),
        _ => None,
    })
}

/// What an error means here, and what to do about it.
pub(super) fn explained(outcome: &Outcome, w: &tree::Words) -> Option<&'static str> {
    let error = match outcome {
        Outcome::Answered { response, .. } => failure(response)?,
        Outcome::Refused { error, .. } => *error,
        Outcome::Unknown => return Some(w.x_unknown),
    };
    Some(match error {
        ErrorCode::NoNode => w.x_no_node,
        ErrorCode::NodeExists => w.x_node_exists,
        ErrorCode::BadVersion => w.x_bad_version,
        ErrorCode::NotEmpty => w.x_not_empty,
        ErrorCode::NoChildrenForEphemerals => w.x_no_children,
        ErrorCode::NoAuth => w.x_no_auth,
        ErrorCode::InvalidAcl => w.x_invalid_acl,
        ErrorCode::AuthFailed => w.x_auth_failed,
        ErrorCode::BadArguments => w.x_bad_arguments,
        ErrorCode::SessionExpired => w.x_session_expired,
        ErrorCode::NoWatcher => w.x_no_watcher,
        ErrorCode::ConnectionLoss => w.x_unknown,
        ErrorCode::Unimplemented => w.x_unimplemented,
        _ => w.x_other,
    })
}

/// Why a line is no command, in the learner's language.
pub(super) fn wrong(error: &LineError, w: &tree::Words) -> String {
    match error {
        LineError::Empty => w.l_empty.to_owned(),
        LineError::Unknown(name) => fill(w.l_unknown, &[name]),
        LineError::Missing { command, usage } => fill(w.l_missing, &[command, usage]),
        LineError::Left { command, word, usage } => fill(w.l_left, &[command, word, usage]),
        LineError::Number(word) => fill(w.l_number, &[word]),
        LineError::Path(word) => fill(w.l_path, &[word]),
        LineError::Acl(word) => fill(w.l_acl, &[word]),
        LineError::Quote => w.l_quote.to_owned(),
    }
}

//! `Ask`: operations as the engine knows them, and outcomes as the API tells them.

use crate::said::Said;
use relevo_apps::{Outcome, shell};
use relevo_coordination::service::open_acl;
use relevo_coordination::{
    Acl, AclEntry, AddWatchMode, CreateMode, ErrorCode, Identity, Life, MultiResult, Request,
    Response, Stat, WatcherType,
};
use relevo_core::Seq;
use relevo_proto::lab::v1::{self, operation::Operation};

/// The request that an operation is; why not, where it is none.
pub(super) fn request(operation: Option<v1::Operation>) -> Result<Request, Said> {
    let Some(operation) = operation.and_then(|operation| operation.operation) else {
        return Err(Said::new("`operation` is missing", "falta `operation`"));
    };
    Ok(match operation {
        Operation::Line(line) => shell::parse(&line)?,
        Operation::Create(it) => create(it)?,
        Operation::Delete(it) => Request::Delete { path: it.path.into(), version: it.version },
        Operation::Exists(it) => Request::Exists { path: it.path.into(), watch: it.watch },
        Operation::GetData(it) => Request::GetData { path: it.path.into(), watch: it.watch },
        Operation::GetChildren(it) => {
            Request::GetChildren { path: it.path.into(), watch: it.watch, with_stat: true }
        }
        Operation::SetData(it) => {
            let data = Some(it.data.into());
            Request::SetData { path: it.path.into(), data, version: it.version }
        }
        Operation::AddWatch(it) => {
            let recursive = AddWatchMode::PersistentRecursive;
            let mode = if it.recursive { recursive } else { AddWatchMode::Persistent };
            Request::AddWatch { path: it.path.into(), mode }
        }
        Operation::RemoveWatches(it) => {
            Request::RemoveWatches { path: it.path.into(), kind: watcher_type(&it.kind)? }
        }
        Operation::GetAcl(it) => Request::GetAcl { path: it.path.into() },
        Operation::SetAcl(it) => {
            Request::SetAcl { path: it.path.into(), acl: acl(it.acl), version: it.version }
        }
        Operation::Sync(it) => Request::Sync { path: it.path.into() },
        Operation::Multi(it) => {
            let parts = it.operations.into_iter().map(|part| request(Some(part)));
            Request::Multi(parts.map(|part| part.and_then(changes)).collect::<Result<_, _>>()?)
        }
        Operation::Auth(it) => Request::Auth { scheme: it.scheme.into(), auth: it.auth.into() },
        Operation::CloseSession(_) => Request::CloseSession,
        Operation::Check(it) => Request::Check { path: it.path.into(), version: it.version },
    })
}

/// What a multi is made of.
fn changes(part: Request) -> Result<Request, Said> {
    match part {
        Request::Create { .. }
        | Request::Delete { .. }
        | Request::SetData { .. }
        | Request::Check { .. } => Ok(part),
        _ => Err(Said::new(
            "a multi is made of create, delete, set_data and check",
            "un multi consta de create, delete, set_data y check",
        )),
    }
}

fn create(it: v1::Create) -> Result<Request, Said> {
    let life = match it.kind.as_str() {
        "" | "persistent" => Life::Persistent,
        "ephemeral" => Life::Ephemeral,
        "container" => Life::Container,
        "ttl" => Life::Ttl { ttl_ms: it.ttl_ms },
        other => {
            let known = "persistent, ephemeral, container, ttl";
            return Err(kinds(other, known));
        }
    };
    Ok(Request::Create {
        path: it.path.into(),
        data: Some(it.data.into()),
        acl: if it.acl.is_empty() { open_acl() } else { acl(it.acl) },
        mode: CreateMode { life, sequential: it.sequential },
        with_stat: true,
    })
}

fn kinds(other: &str, known: &str) -> Said {
    Said::new(
        format!("`kind` is `{other}`; there are {known}"),
        format!("`kind` es `{other}`; hay {known}"),
    )
}

fn watcher_type(kind: &str) -> Result<WatcherType, Said> {
    match kind {
        "" | "any" => Ok(WatcherType::Any),
        "data" => Ok(WatcherType::Data),
        "children" => Ok(WatcherType::Children),
        other => Err(kinds(other, "any, data, children")),
    }
}

fn acl(entries: Vec<v1::AclEntry>) -> Acl {
    let entry = |it: v1::AclEntry| AclEntry {
        // Bits beyond the five are refused by the ensemble itself.
        perms: i32::try_from(it.perms).unwrap_or(i32::MAX),
        id: Identity { scheme: it.scheme.into(), id: it.id.into() },
    };
    entries.into_iter().map(entry).collect()
}

/// What came of it.
pub(super) fn response(call: Seq, outcome: Outcome) -> v1::AskResponse {
    let mut told = v1::AskResponse { seq: call.0, ..Default::default() };
    match outcome {
        Outcome::Answered { zxid, response } => {
            (told.outcome, told.zxid) = ("answered".into(), zxid.0);
            tell(&response, &mut told);
        }
        Outcome::Refused { zxid, error } => {
            (told.outcome, told.zxid) = ("refused".into(), zxid.0);
            (told.error, told.code) = named(error);
        }
        Outcome::Unknown => told.outcome = "unknown".into(),
    }
    told
}

fn tell(response: &Response, told: &mut v1::AskResponse) {
    match response {
        Response::Empty | Response::WatchAdded | Response::WhoAmI(_) => {}
        Response::Path(path) => told.path = path.to_string(),
        Response::PathStat { path, stat } => {
            (told.path, told.stat) = (path.to_string(), Some(stat_of(stat)));
        }
        Response::Stat(stat) => told.stat = Some(stat_of(stat)),
        Response::Data { data, stat } => {
            told.data = data.clone().unwrap_or_default().to_vec();
            told.stat = Some(stat_of(stat));
        }
        Response::Acl { acl, stat } => {
            told.acl = acl.iter().map(entry_of).collect();
            told.stat = Some(stat_of(stat));
        }
        Response::Children { children, stat } => {
            told.children = children.iter().map(|name| name.to_string()).collect();
            told.stat = stat.as_ref().map(stat_of);
        }
        Response::Multi(results) | Response::MultiRead(results) => {
            told.results = results.iter().map(result_of).collect();
            let failed = told.results.iter().find(|result| result.code != 0);
            if let Some((error, code)) = failed.map(|it| (it.error.clone(), it.code)) {
                (told.outcome, told.error, told.code) = ("refused".into(), error, code);
            }
        }
        Response::Ephemerals(paths) => {
            told.children = paths.iter().map(|path| path.to_string()).collect();
        }
        Response::Count(count) => told.count = i64::from(*count),
    }
}

fn result_of(result: &MultiResult) -> v1::MultiResult {
    let mut told = v1::MultiResult::default();
    match result {
        MultiResult::Create { path, stat } => {
            (told.path, told.stat) = (path.to_string(), stat.as_ref().map(stat_of));
        }
        MultiResult::SetData(stat) | MultiResult::GetData { stat, .. } => {
            told.stat = Some(stat_of(stat));
        }
        MultiResult::Error(error) => (told.error, told.code) = named(*error),
        MultiResult::Delete | MultiResult::Check | MultiResult::GetChildren(_) => {}
    }
    told
}

fn named(error: ErrorCode) -> (String, i32) {
    let name = if error == ErrorCode::Ok { String::new() } else { format!("{error:?}") };
    (name, error as i32)
}

fn entry_of(entry: &AclEntry) -> v1::AclEntry {
    v1::AclEntry {
        scheme: entry.id.scheme.to_string(),
        id: entry.id.id.to_string(),
        perms: u32::try_from(entry.perms).unwrap_or(0),
    }
}

fn stat_of(stat: &Stat) -> v1::Stat {
    v1::Stat {
        czxid: stat.czxid.0,
        mzxid: stat.mzxid.0,
        ctime_ms: stat.ctime,
        mtime_ms: stat.mtime,
        version: stat.version,
        cversion: stat.cversion,
        aversion: stat.aversion,
        ephemeral_owner: stat.ephemeral_owner,
        data_length: stat.data_length,
        num_children: stat.num_children,
        pzxid: stat.pzxid.0,
    }
}

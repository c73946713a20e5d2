//! A data directory written by one side opens under the other.
//!
//! One side is filled until it has taken snapshots and begun new logs, and is killed. The other
//! opens the directory, must show every znode, datum, ACL and stat as they were, and writes on;
//! then the first opens it again and must show what both have written.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use relevo_coordination::{
    Acl, AclEntry, ConnectRequest, CreateMode, ErrorCode, Identity, Life, Request, Response, Stat,
};

use crate::client::{Client, Reply};
use crate::run::plain;
use crate::server::{Folder, Server, Side};

/// More than two snapshots' worth of transactions.
const WRITES: u32 = 250;

type Dump = BTreeMap<String, (Option<Bytes>, Acl, Stat)>;

/// Both ways, each with its name.
pub(crate) fn both_ways(binary: &Path, ours: Side) -> Vec<(&'static str, Result<()>)> {
    vec![
        (
            "a directory of Apache ZooKeeper opens under Relevo",
            hand_over(binary, Side::Original, ours),
        ),
        (
            "a directory of Relevo opens under Apache ZooKeeper",
            hand_over(binary, ours, Side::Original),
        ),
    ]
}

fn hand_over(binary: &Path, first: Side, second: Side) -> Result<()> {
    let folder = Folder::new("directories")?;
    let result = hand_over_in(&folder.0.join("data"), binary, first, second);
    if result.is_err() {
        println!("the folder and its logs: {}", folder.keep().display());
    }
    result
}

fn hand_over_in(data: &Path, binary: &Path, first: Side, second: Side) -> Result<()> {
    let mut expected = Dump::new();
    for (turn, side) in [first, second, first].into_iter().enumerate() {
        let name = side.name();
        let server = Server::start(side, binary, data)
            .with_context(|| format!("turn {}: {name}", turn + 1))?;
        let mut client = connect(&server.address)?;
        let found = dump(&mut client)?;
        if turn > 0 {
            same(&expected, &found).with_context(|| format!("{name} opened the directory"))?;
        }
        fill(&mut client, turn)?;
        // An ephemeral whose session ends before the server does, and one that stays.
        expected = dump(&mut client)?;
        ensure!(expected.len() > usize::try_from(WRITES)? / 2, "too little was written");
    }
    Ok(())
}

fn connect(server: &str) -> Result<Client> {
    let connect = ConnectRequest {
        timeout_ms: 40_000,
        read_only: Some(false),
        password: Bytes::from_static(&[0; 16]),
        ..ConnectRequest::default()
    };
    let mut client = Client::connect(server, connect)?.context("a session was refused")?;
    let auth = Request::Auth { scheme: "digest".into(), auth: "me:secret".into() };
    answer(&mut client, auth)?;
    Ok(client)
}

/// The answer to a request that must succeed.
fn answer(client: &mut Client, request: Request) -> Result<Response> {
    match client.ask(request.clone())? {
        Reply::Answer { error: ErrorCode::Ok, body, .. } => Ok(body),
        other => bail!("{request:?} was answered with {other:?}"),
    }
}

fn fill(client: &mut Client, turn: usize) -> Result<()> {
    let root = format!("/turn-{turn}");
    answer(client, plain(&root))?;
    for n in 0..WRITES {
        let path = format!("{root}/n-{n:04}");
        let data = Some(Bytes::from(vec![n as u8; n as usize * 7]));
        match n % 5 {
            0 => drop(answer(client, kind_of(&path, data, Life::Ephemeral, open()))?),
            1 => drop(answer(client, kind_of(&path, data, Life::Container, open()))?),
            2 => drop(answer(client, kind_of(&path, None, Life::Persistent, mine()))?),
            3 => {
                answer(client, plain(&path))?;
                let set = Request::SetData { path: path.as_str().into(), data, version: 0 };
                let child = plain(&format!("{path}/child"));
                answer(client, Request::Multi(vec![set, child]))?;
            }
            _ => {
                answer(client, plain(&path))?;
                answer(client, Request::Delete { path: path.as_str().into(), version: -1 })?;
                // A failure takes its place in the order, and in the log.
                client.ask(Request::Delete { path: path.as_str().into(), version: -1 })?;
            }
        }
    }
    let ttl = Life::Ttl { ttl_ms: 1 << 30 };
    answer(client, kind_of(&format!("{root}/ttl"), Some("x".into()), ttl, open()))?;
    let path = root.as_str().into();
    answer(client, Request::SetAcl { path, acl: [open(), mine()].concat().into(), version: 0 })?;
    Ok(())
}

fn kind_of(path: &str, data: Option<Bytes>, life: Life, acl: Acl) -> Request {
    let with_stat = matches!(life, Life::Container | Life::Ttl { .. });
    let mode = CreateMode { life, sequential: false };
    Request::Create { path: path.into(), data, acl, mode, with_stat }
}

fn open() -> Acl {
    let id = Identity { scheme: "world".into(), id: "anyone".into() };
    [AclEntry { perms: 31, id }].into()
}

fn mine() -> Acl {
    let id = Identity { scheme: "auth".into(), id: "".into() };
    [AclEntry { perms: 31, id }].into()
}

/// Every znode the client can reach.
fn dump(client: &mut Client) -> Result<Dump> {
    let mut dump = Dump::new();
    let mut paths = vec!["/".to_owned()];
    while let Some(path) = paths.pop() {
        let name: std::sync::Arc<str> = path.as_str().into();
        let get = Request::GetData { path: name.clone(), watch: false };
        let Response::Data { data, stat } = answer(client, get)? else { bail!("no data") };
        let acl = answer(client, Request::GetAcl { path: name.clone() })?;
        let Response::Acl { acl, .. } = acl else { bail!("no ACL") };
        let list = Request::GetChildren { path: name, watch: false, with_stat: false };
        let Response::Children { children, .. } = answer(client, list)? else { bail!("no list") };
        let below = if path == "/" { "" } else { path.as_str() };
        paths.extend(children.iter().map(|child| format!("{below}/{child}")));
        dump.insert(path, (data, acl, stat));
    }
    Ok(dump)
}

fn same(expected: &Dump, found: &Dump) -> Result<()> {
    for (path, node) in expected {
        let there = found.get(path).with_context(|| format!("{path} is missing"))?;
        ensure!(there == node, "{path} is {there:?}, and was {node:?}");
    }
    match found.keys().find(|path| !expected.contains_key(*path)) {
        Some(path) => bail!("{path} was not there before"),
        None => Ok(()),
    }
}

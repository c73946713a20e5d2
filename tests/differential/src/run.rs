//! Does a sequence of operations on one server and tells what came of each, in words from which
//! everything is gone that no two servers share: session ids, clocks, the zxid a run began at.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use relevo_coordination::codec::FRAME_LIMIT;
use relevo_coordination::{
    Acl, AclEntry, ConnectRequest, CreateMode, Identity, MultiResult, Request, Response, SessionId,
    Stat, Zxid,
};

use crate::client::{Client, PATIENCE, Reply, four_letter_word};
use crate::operation::{Action, CLIENTS, Operation, rooted, rooted_watches};

const TIMEOUT_MS: i32 = 30_000;
/// What is created before 2020 or after 2100 has a wrong time.
const TIMES: std::ops::Range<i64> = 1_577_836_800_000..4_102_444_800_000;

/// What came of one operation.
pub(crate) type Facts = Vec<String>;

struct Run<'a> {
    server: &'a str,
    root: String,
    clients: Vec<Client>,
    /// The sessions of this run, in the order in which they began.
    sessions: BTreeMap<i64, usize>,
    base: Zxid,
}

/// Does all operations on a server, below a root of their own.
pub(crate) fn run(server: &str, root: &str, operations: &[Operation]) -> Result<Vec<Facts>> {
    let mut run = Run::begin(server, root)?;
    let mut facts = Vec::new();
    for (at, operation) in operations.iter().enumerate() {
        let found = run.operation(operation);
        facts.push(found.with_context(|| format!("operation {at}, {operation:?}, on {server}"))?);
    }
    run.end()?;
    Ok(facts)
}

impl<'a> Run<'a> {
    fn begin(server: &'a str, root: &str) -> Result<Run<'a>> {
        let (clients, sessions, base) = (Vec::new(), BTreeMap::new(), Zxid(0));
        let mut run = Run { server, root: root.to_owned(), clients, sessions, base };
        for _ in 0..CLIENTS {
            let client = run.connect(TIMEOUT_MS)?;
            run.clients.push(client);
        }
        for path in [root.to_owned(), format!("{root}/keep")] {
            let reply = run.clients[0].ask(plain(&path))?;
            let Reply::Answer { zxid, .. } = reply else { bail!("{path} could not be created") };
            run.base = zxid;
        }
        Ok(run)
    }

    /// Ends all sessions, so that nothing of them comes to pass in a later run.
    fn end(self) -> Result<()> {
        for mut client in self.clients {
            client.ask(Request::CloseSession)?;
        }
        Ok(())
    }

    fn connect(&mut self, timeout_ms: i32) -> Result<Client> {
        let connect = ConnectRequest {
            timeout_ms,
            read_only: Some(false),
            password: Bytes::from_static(&[0; 16]),
            ..ConnectRequest::default()
        };
        let client = Client::connect(self.server, connect)?.context("a session was refused")?;
        let number = self.sessions.len();
        self.sessions.insert(client.session.0, number);
        Ok(client)
    }

    /// Tries to resume a session; none where the server closes the connection.
    fn resume(
        &self,
        session: SessionId,
        password: Bytes,
        last_zxid_seen: Zxid,
    ) -> Result<Option<Client>> {
        let connect = ConnectRequest {
            protocol_version: 0,
            last_zxid_seen,
            timeout_ms: TIMEOUT_MS,
            session,
            password,
            read_only: Some(false),
        };
        Client::connect(self.server, connect)
    }

    fn operation(&mut self, operation: &Operation) -> Result<Facts> {
        let Operation { client: at, action } = operation;
        let mut facts = self.action(*at, action)?;
        for number in 0..CLIENTS {
            let settled = self.clients[number].settle()?;
            ensure!(settled != Reply::Closed, "client {number} lost its connection");
        }
        let in_any_order =
            matches!(action, Action::SetWatches { .. } | Action::NewSession | Action::Timeout(_))
                || matches!(action, Action::Ask(Request::CloseSession));
        for number in 0..CLIENTS {
            let events = std::mem::take(&mut self.clients[number].events);
            let mut told: Vec<String> = events
                .iter()
                .map(|event| format!("event for client {number}: {:?} {}", event.kind, event.path))
                .collect();
            if in_any_order {
                told.sort();
            }
            facts.extend(told);
        }
        Ok(facts.into_iter().map(|fact| fact.replace(&self.root, "~")).collect())
    }

    fn action(&mut self, at: usize, action: &Action) -> Result<Facts> {
        match action {
            Action::Ask(request) => {
                let reply = self.clients[at].ask(rooted(request, &self.root))?;
                self.told(at, reply)
            }
            Action::SetWatches { since, watches } => {
                let request = rooted_watches(Zxid(self.base.0 + since), watches, &self.root);
                let reply = self.clients[at].ask(request)?;
                self.told(at, reply)
            }
            Action::Raw { opcode, body } => {
                let reply = self.clients[at].ask_raw(*opcode, body)?;
                self.told(at, reply)
            }
            Action::TooLong => {
                let length = u32::try_from(2 * FRAME_LIMIT)?;
                self.offended(at, &length.to_be_bytes())
            }
            Action::NoHeader => self.offended(at, &[0, 0, 0, 3, 1, 2, 3]),
            Action::NewSession => self.new_session(at, TIMEOUT_MS),
            Action::Timeout(timeout_ms) => self.new_session(at, *timeout_ms),
            Action::Resume => Ok(vec![self.resumed(at)?]),
            Action::WrongPassword => self.wrong_password(at),
            Action::Ahead => {
                let (session, password) = self.known(at);
                let ahead = self.resume(session, password, Zxid(u64::MAX >> 1))?;
                let refused = format!("ahead: accepted {}", ahead.is_some());
                Ok(vec![refused, self.resumed(at)?])
            }
            Action::Word(word) => {
                let answer = four_letter_word(self.server, *word, PATIENCE)?;
                Ok(vec![format!("{answer:?}")])
            }
        }
    }

    fn told(&mut self, at: usize, reply: Reply) -> Result<Facts> {
        match reply {
            Reply::Closed => Ok(vec!["closed".to_owned(), self.resumed(at)?]),
            Reply::Answer { xid, zxid, error, body } => {
                let xid = if xid < 0 { xid } else { 0 };
                // ZooKeeper says 0 for the zxid of an auth.
                let zxid = if xid == -4 { format!("{}", zxid.0) } else { self.zxid(zxid) };
                let mut facts =
                    vec![format!("{error:?} at {zxid} xid {xid}: {}", self.body(&body))];
                if at < CLIENTS && self.is_closing(&facts[0]) {
                    facts.push(self.after_error(at)?);
                }
                Ok(facts)
            }
        }
    }

    /// After these the server closes the connection; it is awaited here, lest the next operation
    /// meets it halfway.
    fn is_closing(&self, fact: &str) -> bool {
        fact.starts_with("Unimplemented") || fact.starts_with("AuthFailed")
    }

    fn after_error(&mut self, at: usize) -> Result<String> {
        match self.clients[at].await_close()? {
            true => Ok(format!("then closed, {}", self.resumed(at)?)),
            false => Ok("and goes on".to_owned()),
        }
    }

    fn offended(&mut self, at: usize, bytes: &[u8]) -> Result<Facts> {
        let closed = self.clients[at].offend(bytes)?;
        Ok(vec![format!("closed {closed}"), self.resumed(at)?])
    }

    fn known(&self, at: usize) -> (SessionId, Bytes) {
        (self.clients[at].session, self.clients[at].password.clone())
    }

    /// Resumes the client's session on a new connection, or begins another.
    fn resumed(&mut self, at: usize) -> Result<String> {
        let (session, password) = self.known(at);
        let resumed = self.resume(session, password, Zxid(0))?;
        if let Some(client) = resumed.filter(|client| client.session == session) {
            let timeout_ms = client.timeout_ms;
            self.clients[at] = client;
            return Ok(format!("session resumed with {timeout_ms} ms"));
        }
        self.clients[at] = self.connect(TIMEOUT_MS)?;
        Ok("session gone, another begun".to_owned())
    }

    fn new_session(&mut self, at: usize, timeout_ms: i32) -> Result<Facts> {
        let reply = self.clients[at].ask(Request::CloseSession)?;
        let Reply::Answer { zxid, error, .. } = reply else { return Ok(vec!["closed".into()]) };
        let closed = format!("closed: {error:?} at {}", self.zxid(zxid));
        self.clients[at] = self.connect(timeout_ms)?;
        let granted = self.clients[at].timeout_ms;
        Ok(vec![closed, format!("another session with {granted} ms")])
    }

    fn wrong_password(&mut self, at: usize) -> Result<Facts> {
        let (session, _) = self.known(at);
        let wrong = self.resume(session, Bytes::from_static(&[9; 16]), Zxid(0))?;
        let answer = match &wrong {
            None => "refused by closing".to_owned(),
            Some(client) => {
                format!("session is 0: {}, {} ms", client.session.0 == 0, client.timeout_ms)
            }
        };
        Ok(vec![format!("wrong password: {answer}"), self.resumed(at)?])
    }

    fn zxid(&self, zxid: Zxid) -> String {
        match zxid.0.checked_sub(self.base.0) {
            _ if zxid.0 == u64::MAX => "none".to_owned(),
            Some(after) => format!("z+{after}"),
            None => "old".to_owned(),
        }
    }

    fn stat(&self, stat: &Stat) -> String {
        let owner = match stat.ephemeral_owner {
            0 => "none".to_owned(),
            owner => match self.sessions.get(&owner) {
                Some(number) => format!("session {number}"),
                None => format!("{owner:#x}"),
            },
        };
        let old = stat.ctime == 0 && stat.mtime == 0;
        let sane = old || TIMES.contains(&stat.ctime) && stat.ctime <= stat.mtime;
        format!(
            "[c {} m {} p {} v {} cv {} av {} owner {owner} len {} kids {} times {}]",
            self.zxid(stat.czxid),
            self.zxid(stat.mzxid),
            self.zxid(stat.pzxid),
            stat.version,
            stat.cversion,
            stat.aversion,
            stat.data_length,
            stat.num_children,
            if sane { "sane" } else { "insane" },
        )
    }

    fn body(&self, body: &Response) -> String {
        match body {
            Response::Empty => "nothing".to_owned(),
            Response::WatchAdded => "watch added".to_owned(),
            Response::Path(path) => path.to_string(),
            Response::PathStat { path, stat } => format!("{path} {}", self.stat(stat)),
            Response::Stat(stat) => self.stat(stat),
            Response::Data { data, stat } => format!("{} {}", data_text(data), self.stat(stat)),
            Response::Acl { acl, stat } => format!("{} {}", acl_text(acl), self.stat(stat)),
            Response::Children { children, stat } => {
                let stat = stat.as_ref().map(|stat| self.stat(stat)).unwrap_or_default();
                format!("{} {stat}", sorted(children))
            }
            Response::Multi(results) | Response::MultiRead(results) => {
                results.iter().map(|result| self.result(result)).collect::<Vec<_>>().join("; ")
            }
            Response::Ephemerals(paths) => sorted(paths),
            Response::Count(count) => count.to_string(),
            Response::WhoAmI(identities) => {
                let mut all: Vec<_> = identities.iter().map(identity_text).collect();
                all.sort();
                all.join(", ")
            }
        }
    }

    fn result(&self, result: &MultiResult) -> String {
        match result {
            MultiResult::Create { path, stat } => {
                let stat = stat.as_ref().map(|stat| self.stat(stat)).unwrap_or_default();
                format!("created {path} {stat}")
            }
            MultiResult::Delete => "deleted".to_owned(),
            MultiResult::SetData(stat) => format!("set {}", self.stat(stat)),
            MultiResult::Check => "checked".to_owned(),
            MultiResult::GetData { data, stat } => {
                format!("{} {}", data_text(data), self.stat(stat))
            }
            MultiResult::GetChildren(children) => sorted(children),
            MultiResult::Error(error) => format!("{error:?}"),
        }
    }
}

fn sorted<T: AsRef<str>>(names: &[T]) -> String {
    let mut names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    names.sort_unstable();
    format!("{names:?}")
}

fn data_text(data: &Option<Bytes>) -> String {
    match data {
        None => "null".to_owned(),
        Some(data) if data.len() > 40 => format!("{} bytes", data.len()),
        Some(data) => format!("{data:?}"),
    }
}

fn identity_text(identity: &Identity) -> String {
    format!("{}:{}", identity.scheme, identity.id)
}

fn acl_text(acl: &Acl) -> String {
    let entry = |entry: &AclEntry| format!("{}={}", identity_text(&entry.id), entry.perms);
    acl.iter().map(entry).collect::<Vec<_>>().join(",")
}

/// A plain znode anyone may change.
pub(crate) fn plain(path: &str) -> Request {
    let anyone = Identity { scheme: "world".into(), id: "anyone".into() };
    Request::Create {
        path: path.into(),
        data: Some(Bytes::from_static(b"")),
        acl: [AclEntry { perms: 31, id: anyone }].into(),
        mode: CreateMode::default(),
        with_stat: false,
    }
}

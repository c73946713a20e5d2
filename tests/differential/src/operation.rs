//! What is done: operations good and bad, by a seed.

use bytes::Bytes;
use relevo_coordination::{
    Acl, AclEntry, AddWatchMode, CreateMode, Identity, Life, Path, Request, WatcherType, Watches,
    Zxid,
};
use relevo_core::Random;

/// How many clients take part.
pub(crate) const CLIENTS: usize = 3;

/// One thing a client does. Paths that begin with `/` stand below the run's own root, those that
/// begin with `^` as they are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Operation {
    pub(crate) client: usize,
    pub(crate) action: Action,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    Ask(Request),
    /// Asks for watches again, as of a zxid so many transactions after the run began.
    SetWatches {
        since: u64,
        watches: Watches,
    },
    /// Any opcode with any body.
    Raw {
        opcode: i32,
        body: Bytes,
    },
    /// A frame longer than allowed.
    TooLong,
    /// A frame without a header.
    NoHeader,
    /// Closes the session and begins another.
    NewSession,
    /// Loses the connection and resumes the session on another.
    Resume,
    /// Tries to resume the session with a wrong password, then with the right one.
    WrongPassword,
    /// Connects having seen a zxid the server has not.
    Ahead,
    /// Asks for a session with this time-out.
    Timeout(i32),
    Word([u8; 4]),
}

/// The operations of a seed.
pub(crate) fn sequence(seed: u64, count: usize) -> Vec<Operation> {
    let mut draw = Draw(Random::new(seed));
    (0..count)
        .map(|_| Operation { client: draw.below(CLIENTS as u64) as usize, action: draw.action() })
        .collect()
}

struct Draw(Random);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize].clone()
    }

    fn action(&mut self) -> Action {
        match self.below(100) {
            0..24 => Action::Ask(self.create()),
            24..34 => Action::Ask(self.set_data()),
            34..43 => Action::Ask(self.delete()),
            43..63 => Action::Ask(self.read()),
            63..68 => Action::Ask(self.access()),
            68..78 => Action::Ask(self.multi()),
            78..81 => Action::Ask(self.multi_read()),
            81..88 => self.watching(),
            88..92 => Action::Ask(self.other()),
            92..95 => self.garbage(),
            95..98 => self.session(),
            98 => Action::Word(self.one(&[*b"ruok", *b"isro", *b"nope"])),
            _ => Action::Timeout(self.one(&[-1, 0, 1, 4000, 9999, 40_000, 1_000_000])),
        }
    }

    fn path(&mut self) -> Path {
        const GOOD: &[&str] = &["/a", "/b", "/a/x", "/a/y", "/b/x", "/a/x/1", "/é", "/e", "/c"];
        const NUMBERED: &[&str] =
            &["/a/s-0000000000", "/a/s-0000000001", "/s-0000000000", "/b/s-0000000002"];
        match self.below(20) {
            0..16 => self.one(GOOD).into(),
            16..18 => self.one(NUMBERED).into(),
            18 => self.one(&["/", "^/zookeeper", "^/zookeeper/quota", "^/zookeeper/config"]).into(),
            _ => self.bad_path(),
        }
    }

    fn bad_path(&mut self) -> Path {
        const BAD: &[&str] = &[
            "^",
            "^a",
            "/a/",
            "/a//b",
            "/./a",
            "/a/..",
            "/a\0",
            "/\u{1}",
            "/a/\u{7f}",
            "/\u{fff0}",
            "/\u{f8ff}",
            "^//",
        ];
        self.one(BAD).into()
    }

    fn data(&mut self) -> Option<Bytes> {
        match self.below(6) {
            0 => None,
            1 => Some(Bytes::new()),
            2 => Some(vec![b'x'; 3000].into()),
            _ => Some(Bytes::from(format!("data {}", self.below(9)))),
        }
    }

    fn version(&mut self) -> i32 {
        self.one(&[-1, -1, -1, 0, 0, 1, 1, 2, 3, -2, i32::MAX])
    }

    fn acl(&mut self) -> Acl {
        let entry = |perms, scheme: &str, id: &str| AclEntry {
            perms,
            id: Identity { scheme: scheme.into(), id: id.into() },
        };
        match self.below(16) {
            0 => [].into(),
            1 => [entry(1, "world", "anyone")].into(),
            2 => [entry(31, "auth", "")].into(),
            3 => [entry(31, "digest", "me:GPvMmDVDEHqCaTGRNDb/LSqRnPo=")].into(),
            4 => [entry(31, "ip", "127.0.0.1")].into(),
            5 => [entry(31, "ip", "10.0.0.0/8"), entry(1, "world", "anyone")].into(),
            6 => [entry(31, "nonsense", "x")].into(),
            7 => [entry(31, "world", "someone")].into(),
            8 => [entry(31, "ip", "999.1.1.1")].into(),
            9 => [entry(0, "world", "anyone"), entry(31, "world", "anyone")].into(),
            _ => [entry(31, "world", "anyone")].into(),
        }
    }

    fn create(&mut self) -> Request {
        let life = match self.below(10) {
            0..3 => Life::Ephemeral,
            3 => Life::Container,
            4 => Life::Ttl { ttl_ms: self.one(&[1 << 30, 0, -5, i64::MAX]) },
            _ => Life::Persistent,
        };
        let sequential = self.below(5) == 0;
        let path = if sequential {
            self.one(&["/a/s-", "/s-", "/b/s-", "/a/"]).into()
        } else {
            self.path()
        };
        let special = matches!(life, Life::Container | Life::Ttl { .. });
        let with_stat = special || self.below(2) == 0;
        let (data, acl) = (self.data(), self.acl());
        Request::Create { path, data, acl, mode: CreateMode { life, sequential }, with_stat }
    }

    /// Data of the znodes that runs share are left alone.
    fn set_data(&mut self) -> Request {
        let path = Some(self.path()).filter(|path| !path.starts_with("^/")).unwrap_or("/a".into());
        Request::SetData { path, data: self.data(), version: self.version() }
    }

    fn delete(&mut self) -> Request {
        Request::Delete { path: self.path(), version: self.version() }
    }

    fn read(&mut self) -> Request {
        let (path, watch) = (self.path(), self.below(2) == 0);
        match self.below(4) {
            0 => Request::Exists { path, watch },
            1 => Request::GetData { path, watch },
            kind => Request::GetChildren { path, watch, with_stat: kind == 2 },
        }
    }

    fn access(&mut self) -> Request {
        let path = self.path();
        if self.below(2) == 0 || path.starts_with('^') || &*path == "/" {
            return Request::GetAcl { path };
        }
        Request::SetAcl { path, acl: self.acl(), version: self.version() }
    }

    fn multi(&mut self) -> Request {
        let count = self.below(4) + u64::from(self.below(10) > 0);
        let requests = (0..count).map(|_| match self.below(8) {
            0..4 => self.create_in_multi(),
            4 => self.delete(),
            5 | 6 => self.set_data(),
            _ => Request::Check { path: self.path(), version: self.version() },
        });
        Request::Multi(requests.collect())
    }

    /// A multi knows creations by their flags alone: no stat for plain ones, no numbered container.
    fn create_in_multi(&mut self) -> Request {
        let mut request = self.create();
        if let Request::Create { mode, with_stat, .. } = &mut request {
            *with_stat = matches!(mode.life, Life::Container | Life::Ttl { .. });
            mode.sequential &= mode.life != Life::Container;
        }
        request
    }

    fn multi_read(&mut self) -> Request {
        let count = self.below(4);
        let requests = (0..count).map(|_| match self.below(2) {
            0 => Request::GetData { path: self.path(), watch: false },
            _ => Request::GetChildren { path: self.path(), watch: false, with_stat: false },
        });
        Request::MultiRead(requests.collect())
    }

    fn watching(&mut self) -> Action {
        let path = self.path();
        let kind = self.one(&[WatcherType::Children, WatcherType::Data, WatcherType::Any]);
        match self.below(7) {
            0 | 1 => {
                let mode = self.one(&[AddWatchMode::Persistent, AddWatchMode::PersistentRecursive]);
                Action::Ask(Request::AddWatch { path, mode })
            }
            2 | 3 => Action::Ask(Request::RemoveWatches { path, kind }),
            4 => Action::Ask(Request::CheckWatches { path, kind }),
            _ => self.set_watches(),
        }
    }

    fn set_watches(&mut self) -> Action {
        let mut paths = |most| -> Vec<Path> {
            let count = self.below(most);
            (0..count).map(|_| self.one(&["/a", "/b", "/a/x", "/e"]).into()).collect()
        };
        let mut watches = Watches {
            data: paths(2),
            exist: paths(2),
            child: paths(2),
            persistent: paths(2),
            persistent_recursive: paths(2),
        };
        if self.below(2) == 0 {
            watches.persistent.clear();
            watches.persistent_recursive.clear();
        }
        Action::SetWatches { since: self.below(60), watches }
    }

    fn other(&mut self) -> Request {
        match self.below(8) {
            0 => Request::Sync { path: self.path() },
            1 => Request::Auth { scheme: "digest".into(), auth: "me:secret".into() },
            2 => Request::Auth { scheme: "nonsense".into(), auth: "me:secret".into() },
            3 => Request::WhoAmI,
            4 | 5 => Request::GetEphemerals { prefix: self.path() },
            6 => Request::GetAllChildrenNumber { path: self.path() },
            _ => Request::Ping,
        }
    }

    fn garbage(&mut self) -> Action {
        let known: Vec<i32> = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 17, 18, 19, 21, 22]
            .into_iter()
            .chain([101, 103, 104, 105, 106])
            .collect();
        let opcode = match self.below(4) {
            0 => self.one(&[0, 10, 23, 99, 108, 1000, -1, -99, i32::MIN]),
            _ => self.one(&known),
        };
        match self.below(12) {
            0 => Action::TooLong,
            1 => Action::NoHeader,
            _ => {
                let length = self.below(12);
                let body: Vec<u8> = (0..length).map(|_| self.one(&[0, 0, 1, 0xff, b'/'])).collect();
                Action::Raw { opcode, body: body.into() }
            }
        }
    }

    fn session(&mut self) -> Action {
        match self.below(8) {
            0..3 => Action::NewSession,
            3..6 => Action::Resume,
            6 => Action::WrongPassword,
            _ => Action::Ahead,
        }
    }
}

/// Puts every path of a request below `root`.
pub(crate) fn rooted(request: &Request, root: &str) -> Request {
    let at = |path: &Path| rooted_path(path, root);
    match request.clone() {
        Request::Create { path, data, acl, mode, with_stat } => {
            Request::Create { path: at(&path), data, acl, mode, with_stat }
        }
        Request::Delete { path, version } => Request::Delete { path: at(&path), version },
        Request::Exists { path, watch } => Request::Exists { path: at(&path), watch },
        Request::GetData { path, watch } => Request::GetData { path: at(&path), watch },
        Request::SetData { path, data, version } => {
            Request::SetData { path: at(&path), data, version }
        }
        Request::GetAcl { path } => Request::GetAcl { path: at(&path) },
        Request::SetAcl { path, acl, version } => Request::SetAcl { path: at(&path), acl, version },
        Request::GetChildren { path, watch, with_stat } => {
            Request::GetChildren { path: at(&path), watch, with_stat }
        }
        Request::Sync { path } => Request::Sync { path: at(&path) },
        Request::Check { path, version } => Request::Check { path: at(&path), version },
        Request::Multi(all) => Request::Multi(all.iter().map(|each| rooted(each, root)).collect()),
        Request::MultiRead(all) => {
            Request::MultiRead(all.iter().map(|each| rooted(each, root)).collect())
        }
        Request::CheckWatches { path, kind } => Request::CheckWatches { path: at(&path), kind },
        Request::RemoveWatches { path, kind } => Request::RemoveWatches { path: at(&path), kind },
        Request::AddWatch { path, mode } => Request::AddWatch { path: at(&path), mode },
        Request::GetEphemerals { prefix } => Request::GetEphemerals { prefix: at(&prefix) },
        Request::GetAllChildrenNumber { path } => Request::GetAllChildrenNumber { path: at(&path) },
        other => other,
    }
}

pub(crate) fn rooted_watches(since: Zxid, watches: &Watches, root: &str) -> Request {
    let all = |paths: &[Path]| paths.iter().map(|path| rooted_path(path, root)).collect();
    let watches = Watches {
        data: all(&watches.data),
        exist: all(&watches.exist),
        child: all(&watches.child),
        persistent: all(&watches.persistent),
        persistent_recursive: all(&watches.persistent_recursive),
    };
    Request::SetWatches { relative_zxid: since, watches: Box::new(watches) }
}

fn rooted_path(path: &str, root: &str) -> Path {
    match path.strip_prefix('^') {
        Some(absolute) => absolute.into(),
        None if path == "/" => root.into(),
        None => format!("{root}{path}").into(),
    }
}

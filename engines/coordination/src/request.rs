//! What clients ask and what they are answered, typed; the bytes are the codec's
//! (ZooKeeper Programmer's Guide; jute records of `zookeeper.jute`).

use crate::{SessionId, Zxid};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A path from the root, beginning with `/`.
pub type Path = Arc<str>;

/// The first message of a client on a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectRequest {
    /// Always 0 today.
    pub protocol_version: i32,
    /// The last zxid it saw; a server that is behind refuses it.
    pub last_zxid_seen: Zxid,
    /// The time-out it asks for.
    pub timeout_ms: i32,
    /// Its session, or 0 for a new one.
    pub session: SessionId,
    /// The session's password (16 bytes).
    pub password: Bytes,
    /// Whether a read-only server will do; none where the client is too old to say.
    pub read_only: Option<bool>,
}

/// The answer to it; a session of 0 says that the session has expired.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectResponse {
    /// Always 0 today.
    pub protocol_version: i32,
    /// The negotiated time-out; 0 where the session has expired.
    pub timeout_ms: i32,
    /// The session.
    pub session: SessionId,
    /// Its password.
    pub password: Bytes,
    /// Whether this server is read-only; present where the request had it.
    pub read_only: Option<bool>,
}

/// What a client asks in a session. Opcodes stand in the codec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the fields are those of the protocol, and named as there
pub enum Request {
    Create {
        path: Path,
        data: Option<Bytes>,
        acl: Acl,
        mode: CreateMode,
        with_stat: bool,
    },
    Delete {
        path: Path,
        version: i32,
    },
    Exists {
        path: Path,
        watch: bool,
    },
    GetData {
        path: Path,
        watch: bool,
    },
    SetData {
        path: Path,
        data: Option<Bytes>,
        version: i32,
    },
    GetAcl {
        path: Path,
    },
    SetAcl {
        path: Path,
        acl: Acl,
        version: i32,
    },
    GetChildren {
        path: Path,
        watch: bool,
        with_stat: bool,
    },
    Sync {
        path: Path,
    },
    Ping,
    Check {
        path: Path,
        version: i32,
    },
    Multi(Vec<Request>),
    MultiRead(Vec<Request>),
    CheckWatches {
        path: Path,
        kind: WatcherType,
    },
    RemoveWatches {
        path: Path,
        kind: WatcherType,
    },
    SetWatches {
        relative_zxid: Zxid,
        watches: Box<Watches>,
    },
    AddWatch {
        path: Path,
        mode: AddWatchMode,
    },
    Auth {
        scheme: Arc<str>,
        auth: Bytes,
    },
    WhoAmI,
    GetEphemerals {
        prefix: Path,
    },
    GetAllChildrenNumber {
        path: Path,
    },
    CloseSession,
    /// A well-framed request that can only be answered with an error: an opcode that is not built
    /// (UNIMPLEMENTED), or a flag that does not exist (BAD_ARGUMENTS).
    Invalid {
        opcode: i32,
        error: ErrorCode,
    },
}

/// The body of an answer; an error has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Response {
    Empty,
    Path(Path),
    PathStat {
        path: Path,
        stat: Stat,
    },
    Stat(Stat),
    Data {
        data: Option<Bytes>,
        stat: Stat,
    },
    Acl {
        acl: Acl,
        stat: Stat,
    },
    Children {
        children: Vec<Arc<str>>,
        stat: Option<Stat>,
    },
    Multi(Vec<MultiResult>),
    MultiRead(Vec<MultiResult>),
    Ephemerals(Vec<Path>),
    Count(i32),
    WhoAmI(Vec<Identity>),
    /// `addWatch` is answered with an error record that says 0.
    WatchAdded,
}

/// One result of a multi.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum MultiResult {
    Create { path: Path, stat: Option<Stat> },
    Delete,
    SetData(Stat),
    Check,
    GetData { data: Option<Bytes>, stat: Stat },
    GetChildren(Vec<Arc<str>>),
    Error(ErrorCode),
}

/// How a znode is created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateMode {
    /// What its life depends on.
    pub life: Life,
    /// Whether the parent's counter is appended to its name, as ten digits.
    pub sequential: bool,
}

/// What the life of a znode to be created will depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Life {
    #[default]
    Persistent,
    Ephemeral,
    Container,
    Ttl {
        ttl_ms: i64,
    },
}

/// A znode's metadata, as the protocol has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stat {
    /// The transaction that created it.
    pub czxid: Zxid,
    /// The transaction that last changed its data.
    pub mzxid: Zxid,
    /// When it was created, in milliseconds since the Unix epoch.
    pub ctime: i64,
    /// When its data last changed.
    pub mtime: i64,
    /// Changes of its data.
    pub version: i32,
    /// Changes of its children.
    pub cversion: i32,
    /// Changes of its ACL.
    pub aversion: i32,
    /// The session it depends on, or 0.
    pub ephemeral_owner: i64,
    /// The length of its data.
    pub data_length: i32,
    /// The number of its children.
    pub num_children: i32,
    /// The transaction that last changed its children.
    pub pzxid: Zxid,
}

/// An access control list; shared, for most znodes have the same.
pub type Acl = Arc<[AclEntry]>;

/// Who may do what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AclEntry {
    /// READ 1, WRITE 2, CREATE 4, DELETE 8, ADMIN 16.
    pub perms: i32,
    /// Who.
    pub id: Identity,
}

/// An identity by scheme: `world:anyone`, `auth:`, `digest:user:hash`, `ip:10.0.0.1/8`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// The scheme.
    pub scheme: Arc<str>,
    /// The id in that scheme.
    pub id: Arc<str>,
}

/// The watches a client asks to have again after a reconnection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Watches {
    pub data: Vec<Path>,
    pub exist: Vec<Path>,
    pub child: Vec<Path>,
    /// Only in `setWatches2`; the codec chooses the opcode by whether these two are empty.
    pub persistent: Vec<Path>,
    pub persistent_recursive: Vec<Path>,
}

/// The watchers `checkWatches` and `removeWatches` speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum WatcherType {
    Children = 1,
    Data = 2,
    Any = 3,
}

/// The watches `addWatch` sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum AddWatchMode {
    Persistent = 0,
    PersistentRecursive = 1,
}

/// A watch fired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchedEvent {
    /// What happened.
    pub kind: WatchEventKind,
    /// Where.
    pub path: Path,
}

/// What a fired watch tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum WatchEventKind {
    NodeCreated = 1,
    NodeDeleted = 2,
    NodeDataChanged = 3,
    NodeChildrenChanged = 4,
    DataWatchRemoved = 5,
    ChildWatchRemoved = 6,
    PersistentWatchRemoved = 7,
}

/// ZooKeeper's error codes (`KeeperException.Code`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum ErrorCode {
    Ok = 0,
    SystemError = -1,
    RuntimeInconsistency = -2,
    DataInconsistency = -3,
    ConnectionLoss = -4,
    MarshallingError = -5,
    Unimplemented = -6,
    OperationTimeout = -7,
    BadArguments = -8,
    NewConfigNoQuorum = -13,
    ReconfigInProgress = -14,
    NoNode = -101,
    NoAuth = -102,
    BadVersion = -103,
    NoChildrenForEphemerals = -108,
    NodeExists = -110,
    NotEmpty = -111,
    SessionExpired = -112,
    InvalidCallback = -113,
    InvalidAcl = -114,
    AuthFailed = -115,
    SessionMoved = -118,
    NotReadOnly = -119,
    EphemeralOnLocalSession = -120,
    NoWatcher = -121,
    RequestTimeout = -122,
    ReconfigDisabled = -123,
    SessionClosedRequireSaslAuth = -124,
    QuotaExceeded = -125,
    ThrottledOp = -127,
}

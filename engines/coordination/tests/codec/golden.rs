//! What each line of `golden.txt` means.

use bytes::Bytes;
use relevo_coordination::*;
use std::sync::Arc;

const SESSION: SessionId = SessionId(0x0010_00ab_cdef_0001);

pub(crate) const STAT: Stat = Stat {
    czxid: Zxid(0x1_0000_0001),
    mzxid: Zxid(0x1_0000_0002),
    ctime: 1_600_000_000_000,
    mtime: 1_600_000_000_001,
    version: 3,
    cversion: 4,
    aversion: 5,
    ephemeral_owner: SESSION.0,
    data_length: 6,
    num_children: 7,
    pzxid: Zxid(0x1_0000_0003),
};

/// The bytes of the record of this name.
pub(crate) fn bytes(name: &str) -> Vec<u8> {
    let line = include_str!("golden.txt")
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let hex = line.unwrap_or_else(|| panic!("no golden bytes are named {name}"));
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
    (0..hex.len()).step_by(2).map(digit).collect()
}

/// How many records there are.
pub(crate) fn count() -> usize {
    include_str!("golden.txt").lines().filter(|line| !line.starts_with('#')).count()
}

fn path(path: &str) -> Path {
    path.into()
}

fn data() -> Option<Bytes> {
    Some(Bytes::from_static(&[1, 2, 3]))
}

fn acl(perms: i32, scheme: &str, id: &str) -> Acl {
    [AclEntry { perms, id: identity(scheme, id) }].into()
}

fn open() -> Acl {
    acl(31, "world", "anyone")
}

fn identity(scheme: &str, id: &str) -> Identity {
    Identity { scheme: scheme.into(), id: id.into() }
}

fn mode(life: Life, sequential: bool) -> CreateMode {
    CreateMode { life, sequential }
}

fn create(
    path: &str,
    data: Option<Bytes>,
    life: Life,
    sequential: bool,
    with_stat: bool,
) -> Request {
    Request::Create {
        path: path.into(),
        data,
        acl: open(),
        mode: mode(life, sequential),
        with_stat,
    }
}

pub(crate) fn connects() -> Vec<(&'static str, Message)> {
    let connect = |read_only| {
        Message::Connect(ConnectRequest {
            protocol_version: 0,
            last_zxid_seen: Zxid(0x1_0000_0001),
            timeout_ms: 30_000,
            session: SESSION,
            password: Bytes::from_static(&[0; 16]),
            read_only,
        })
    };
    vec![("connect/old", connect(None)), ("connect/read-only", connect(Some(true)))]
}

pub(crate) fn connecteds() -> Vec<(&'static str, Message)> {
    let connected = |read_only| {
        Message::Connected(ConnectResponse {
            protocol_version: 0,
            timeout_ms: 30_000,
            session: SESSION,
            password: Bytes::from_static(&[0; 16]),
            read_only,
        })
    };
    vec![("connected/old", connected(None)), ("connected/not-read-only", connected(Some(false)))]
}

pub(crate) fn requests() -> Vec<(&'static str, i32, Request)> {
    let a = || path("/a");
    let watches = Watches {
        data: vec![path("/d")],
        exist: vec![path("/e")],
        child: vec![path("/c1"), path("/c2")],
        ..Watches::default()
    };
    let watches2 = Watches {
        data: vec![path("/d")],
        persistent: vec![path("/p")],
        persistent_recursive: vec![path("/r")],
        ..Watches::default()
    };
    let relative_zxid = Zxid(0x1_0000_0001);
    let creator = acl(31, "auth", "");
    let multi = vec![
        create("/m", data(), Life::Persistent, false, false),
        create("/c", data(), Life::Container, false, true),
        Request::Check { path: a(), version: 1 },
        Request::SetData { path: a(), data: data(), version: 1 },
        Request::Delete { path: a(), version: -1 },
    ];
    let reads = vec![
        Request::GetData { path: a(), watch: false },
        Request::GetChildren { path: a(), watch: false, with_stat: false },
    ];
    let ttl = Life::Ttl { ttl_ms: 60_000 };
    vec![
        ("create", 1, create("/a", data(), Life::Persistent, false, false)),
        ("create-null", 1, create("/a", None, Life::Ephemeral, true, false)),
        ("create2-empty", 2, create("/a", Some(Bytes::new()), Life::Ephemeral, false, true)),
        ("create-container", 2, create("/a", data(), Life::Container, false, true)),
        ("create-ttl", 2, create("/a", data(), ttl, true, true)),
        ("delete", 3, Request::Delete { path: a(), version: -1 }),
        ("exists", 4, Request::Exists { path: a(), watch: true }),
        ("get-data", 5, Request::GetData { path: a(), watch: false }),
        ("set-data", 6, Request::SetData { path: a(), data: data(), version: 9 }),
        ("get-acl", 7, Request::GetAcl { path: a() }),
        ("set-acl", 8, Request::SetAcl { path: a(), acl: creator, version: 2 }),
        ("get-children", 9, Request::GetChildren { path: a(), watch: true, with_stat: false }),
        ("get-children2", 9, Request::GetChildren { path: a(), watch: false, with_stat: true }),
        ("sync", 10, Request::Sync { path: a() }),
        ("ping", -2, Request::Ping),
        ("check-watches", 11, Request::CheckWatches { path: a(), kind: WatcherType::Any }),
        ("remove-watches", 11, Request::RemoveWatches { path: a(), kind: WatcherType::Children }),
        ("set-watches", -8, Request::SetWatches { relative_zxid, watches: Box::new(watches) }),
        ("set-watches2", -8, Request::SetWatches { relative_zxid, watches: Box::new(watches2) }),
        ("add-watch", 12, Request::AddWatch { path: a(), mode: AddWatchMode::PersistentRecursive }),
        ("auth", -4, Request::Auth { scheme: "digest".into(), auth: "me:secret".into() }),
        ("who-am-i", 13, Request::WhoAmI),
        ("get-ephemerals", 14, Request::GetEphemerals { prefix: a() }),
        ("get-all-children-number", 15, Request::GetAllChildrenNumber { path: a() }),
        ("close-session", 16, Request::CloseSession),
        ("multi", 17, Request::Multi(multi)),
        ("multi-read", 18, Request::MultiRead(reads)),
    ]
}

/// What was asked, so that the answer can be read, the error, and the answer.
pub(crate) fn responses() -> Vec<(&'static str, Request, ErrorCode, Response)> {
    let a = || path("/a");
    let get = || Request::GetData { path: a(), watch: false };
    let children = || vec![path("x"), path("y")];
    let list = |with_stat| Request::GetChildren { path: a(), watch: false, with_stat };
    let multi = vec![
        MultiResult::Create { path: path("/m"), stat: None },
        MultiResult::Create { path: path("/c"), stat: Some(STAT) },
        MultiResult::Check,
        MultiResult::SetData(STAT),
        MultiResult::Delete,
        MultiResult::Error(ErrorCode::NoNode),
    ];
    let reads = vec![
        MultiResult::GetData { data: data(), stat: STAT },
        MultiResult::GetChildren(vec![path("x")]),
        MultiResult::Error(ErrorCode::NoNode),
    ];
    let ok = ErrorCode::Ok;
    vec![
        ("error", get(), ErrorCode::NoNode, Response::Empty),
        ("path", create("/a", data(), Life::Persistent, false, false), ok, Response::Path(a())),
        (
            "path-stat",
            create("/a", data(), Life::Persistent, false, true),
            ok,
            Response::PathStat { path: a(), stat: STAT },
        ),
        ("stat", Request::Exists { path: a(), watch: false }, ok, Response::Stat(STAT)),
        ("data", get(), ok, Response::Data { data: data(), stat: STAT }),
        ("data-null", get(), ok, Response::Data { data: None, stat: STAT }),
        ("acl", Request::GetAcl { path: a() }, ok, Response::Acl { acl: open(), stat: STAT }),
        ("children", list(false), ok, Response::Children { children: children(), stat: None }),
        (
            "children-stat",
            list(true),
            ok,
            Response::Children { children: children(), stat: Some(STAT) },
        ),
        (
            "ephemerals",
            Request::GetEphemerals { prefix: a() },
            ok,
            Response::Ephemerals(vec![path("/x")]),
        ),
        ("count", Request::GetAllChildrenNumber { path: a() }, ok, Response::Count(42)),
        ("who-am-i", Request::WhoAmI, ok, Response::WhoAmI(vec![identity("ip", "127.0.0.1")])),
        (
            "watch-added",
            Request::AddWatch { path: a(), mode: AddWatchMode::Persistent },
            ok,
            Response::WatchAdded,
        ),
        ("multi", Request::Multi(vec![]), ok, Response::Multi(multi)),
        ("multi-read", Request::MultiRead(vec![]), ok, Response::MultiRead(reads)),
    ]
}

fn txn(body: TxnBody) -> Txn {
    Txn {
        session: SESSION,
        cxid: 7,
        zxid: Zxid(0x1_0000_0004),
        time_ms: 1_600_000_000_002,
        body,
        digest: None,
    }
}

fn created(data: Option<Bytes>, with_stat: bool, kind: NodeKind, parent_cversion: i32) -> TxnBody {
    TxnBody::Create { path: path("/a"), data, acl: open(), with_stat, kind, parent_cversion }
}

pub(crate) fn txns() -> Vec<(&'static str, Txn)> {
    let a = || path("/a");
    let set = || TxnBody::SetData { path: a(), data: data(), version: 2 };
    let multi = vec![
        created(data(), false, NodeKind::Persistent, 1),
        TxnBody::Check { path: a(), version: 0 },
        TxnBody::Error(ErrorCode::RuntimeInconsistency),
    ];
    let closed = Some(vec![path("/e1"), path("/e2")]);
    let mut digested = txn(set());
    digested.digest = Some((2, 0x1122_3344_5566_7788));
    let mut txns: Vec<(&str, Txn)> = vec![
        ("create", created(data(), false, NodeKind::Ephemeral(SESSION), 5)),
        ("create2", created(None, true, NodeKind::Persistent, 5)),
        ("create-container", created(data(), true, NodeKind::Container, 5)),
        ("create-ttl", created(data(), true, NodeKind::Ttl { ttl_ms: 60_000 }, 5)),
        ("delete", TxnBody::Delete { path: a(), container: false }),
        ("delete-container", TxnBody::Delete { path: a(), container: true }),
        ("set-data", set()),
        ("set-acl", TxnBody::SetAcl { path: a(), acl: open(), version: 2 }),
        ("create-session", TxnBody::CreateSession { timeout_ms: 30_000 }),
        ("close-session", TxnBody::CloseSession { paths: closed }),
        ("close-session-old", TxnBody::CloseSession { paths: None }),
        ("error", TxnBody::Error(ErrorCode::NoNode)),
        ("multi", TxnBody::Multi(multi)),
    ]
    .into_iter()
    .map(|(name, body)| (name, txn(body)))
    .collect();
    txns.push(("digest", digested));
    txns
}

pub(crate) fn packets() -> Vec<(&'static str, QuorumPacket)> {
    let zxid = Zxid(0x1_0000_0004);
    let last = Zxid(0x3_0000_0007);
    let set = || Arc::new(txn(TxnBody::SetData { path: path("/a"), data: data(), version: 2 }));
    let info = |server, voter| QuorumPacket::FollowerInfo {
        server: ServerId(server),
        accepted_epoch: Epoch(3),
        voter,
    };
    let ack = |current_epoch| QuorumPacket::AckEpoch { current_epoch, last_zxid: last };
    let request = |cxid, request, identities: Vec<Identity>| QuorumPacket::Request {
        session: SESSION,
        cxid,
        request,
        identities: identities.into(),
    };
    let timeout_ms = 30_000;
    let write = LearnerRequest::Client(create("/a", data(), Life::Persistent, false, false));
    let sync = LearnerRequest::Client(Request::Sync { path: path("/a") });
    vec![
        ("follower-info", info(2, true)),
        ("observer-info", info(4, false)),
        ("leader-info", QuorumPacket::LeaderInfo { epoch: Epoch(4) }),
        ("ack-epoch", ack(Some(Epoch(3)))),
        ("ack-epoch-again", ack(None)),
        ("diff", QuorumPacket::Diff { last_zxid: last }),
        ("trunc", QuorumPacket::Trunc { zxid: last }),
        ("snap", QuorumPacket::Snap { zxid: last }),
        ("new-leader", QuorumPacket::NewLeader { epoch: Epoch(4) }),
        ("up-to-date", QuorumPacket::UpToDate),
        ("proposal", QuorumPacket::Proposal(set())),
        ("inform", QuorumPacket::Inform(set())),
        ("ack", QuorumPacket::Ack { zxid }),
        ("commit", QuorumPacket::Commit { zxid }),
        ("sync", QuorumPacket::Sync),
        ("request", request(9, write, vec![identity("ip", "127.0.0.1")])),
        (
            "request-create-session",
            request(0, LearnerRequest::CreateSession { timeout_ms }, vec![]),
        ),
        ("request-sync", request(9, sync, vec![])),
        ("revalidate", QuorumPacket::Revalidate { session: SESSION, timeout_ms }),
        ("revalidated", QuorumPacket::Revalidated { session: SESSION, alive: true }),
        ("ping", QuorumPacket::Ping { zxid, sessions: vec![(SESSION, timeout_ms)] }),
    ]
}

pub(crate) fn elections() -> Vec<(&'static str, ElectionMessage)> {
    let vote = Some(Vote { epoch: Epoch(1), zxid: Zxid(0x1_0000_0004), leader: ServerId(3) });
    let note = |vote, state| ElectionMessage::Notification(Notification { vote, round: 2, state });
    let hello =
        ElectionMessage::Hello { server: ServerId(2), addresses: vec!["127.0.0.1:27382".into()] };
    vec![
        ("looking", note(vote, PeerState::Looking)),
        ("leading", note(vote, PeerState::Leading)),
        ("observing-no-vote", note(None, PeerState::Observing)),
        ("hello", hello),
    ]
}

//! Messages as any client, server or learner could make them.

use bytes::Bytes;
use proptest::prelude::*;
use relevo_coordination::*;
use std::sync::Arc;

fn path() -> impl Strategy<Value = Path> {
    prop_oneof!["/", "/[a-z]{1,8}", "/[a-z]{1,4}/[a-zé0-9-]{1,9}"].prop_map(Arc::from)
}

fn text() -> impl Strategy<Value = Arc<str>> {
    "[ -~é]{0,12}".prop_map(Arc::from)
}

fn bytes() -> impl Strategy<Value = Bytes> {
    prop::collection::vec(any::<u8>(), 0..40).prop_map(Bytes::from)
}

fn data() -> impl Strategy<Value = Option<Bytes>> {
    prop::option::of(bytes())
}

fn identity() -> impl Strategy<Value = Identity> {
    (text(), text()).prop_map(|(scheme, id)| Identity { scheme, id })
}

fn acl() -> impl Strategy<Value = Acl> {
    let entry = (0..32i32, identity()).prop_map(|(perms, id)| AclEntry { perms, id });
    prop::collection::vec(entry, 0..3).prop_map(Acl::from)
}

fn zxid() -> impl Strategy<Value = Zxid> {
    any::<u64>().prop_map(Zxid)
}

fn session() -> impl Strategy<Value = SessionId> {
    any::<i64>().prop_map(SessionId)
}

fn stat() -> impl Strategy<Value = Stat> {
    (any::<[u64; 3]>(), any::<[i64; 3]>(), any::<[i32; 5]>()).prop_map(|(zxids, longs, ints)| {
        Stat {
            czxid: Zxid(zxids[0]),
            mzxid: Zxid(zxids[1]),
            ctime: longs[0],
            mtime: longs[1],
            version: ints[0],
            cversion: ints[1],
            aversion: ints[2],
            ephemeral_owner: longs[2],
            data_length: ints[3],
            num_children: ints[4],
            pzxid: Zxid(zxids[2]),
        }
    })
}

fn error() -> impl Strategy<Value = ErrorCode> {
    prop::sample::select(vec![
        ErrorCode::Ok,
        ErrorCode::NoNode,
        ErrorCode::BadVersion,
        ErrorCode::RuntimeInconsistency,
        ErrorCode::ThrottledOp,
    ])
}

/// A creation; inside a multi a container cannot be sequential and a plain one has no stat.
fn create(in_multi: bool) -> impl Strategy<Value = Request> {
    let life = prop_oneof![
        Just(Life::Persistent),
        Just(Life::Ephemeral),
        Just(Life::Container),
        (1..1_000_000i64).prop_map(|ttl_ms| Life::Ttl { ttl_ms }),
    ];
    (path(), data(), acl(), life, any::<[bool; 2]>()).prop_map(
        move |(path, data, acl, life, [sequential, with_stat])| {
            let special = matches!(life, Life::Container | Life::Ttl { .. });
            let sequential = sequential && !(in_multi && life == Life::Container);
            let with_stat = special || (with_stat && !in_multi);
            Request::Create { path, data, acl, mode: CreateMode { life, sequential }, with_stat }
        },
    )
}

fn write(in_multi: bool) -> impl Strategy<Value = Request> {
    prop_oneof![
        create(in_multi),
        (path(), any::<i32>()).prop_map(|(path, version)| Request::Delete { path, version }),
        (path(), data(), any::<i32>()).prop_map(|(path, data, version)| Request::SetData {
            path,
            data,
            version
        }),
        (path(), any::<i32>()).prop_map(|(path, version)| Request::Check { path, version }),
    ]
}

fn read_in_multi() -> impl Strategy<Value = Request> {
    prop_oneof![
        path().prop_map(|path| Request::GetData { path, watch: false }),
        path().prop_map(|path| Request::GetChildren { path, watch: false, with_stat: false }),
    ]
}

fn watches() -> impl Strategy<Value = Watches> {
    let paths = || prop::collection::vec(path(), 0..3);
    (paths(), paths(), paths(), paths(), paths()).prop_map(
        |(data, exist, child, persistent, persistent_recursive)| Watches {
            data,
            exist,
            child,
            persistent,
            persistent_recursive,
        },
    )
}

pub(crate) fn request() -> impl Strategy<Value = Request> {
    let watcher =
        prop::sample::select(vec![WatcherType::Children, WatcherType::Data, WatcherType::Any]);
    let mode =
        prop::sample::select(vec![AddWatchMode::Persistent, AddWatchMode::PersistentRecursive]);
    let invalid = prop_oneof![
        Just(Request::Invalid { opcode: 1, error: ErrorCode::MarshallingError }),
        Just(Request::Invalid { opcode: 15, error: ErrorCode::BadArguments }),
        Just(Request::Invalid { opcode: 21, error: ErrorCode::BadArguments }),
        Just(Request::Invalid { opcode: 999, error: ErrorCode::Unimplemented }),
        Just(Request::Invalid { opcode: 16, error: ErrorCode::ReconfigDisabled }),
    ];
    prop_oneof![
        4 => write(false),
        1 => (path(), any::<bool>()).prop_map(|(path, watch)| Request::Exists { path, watch }),
        1 => (path(), any::<bool>()).prop_map(|(path, watch)| Request::GetData { path, watch }),
        1 => (path(), any::<[bool; 2]>()).prop_map(|(path, [watch, with_stat])|
            Request::GetChildren { path, watch, with_stat }),
        1 => path().prop_map(|path| Request::GetAcl { path }),
        1 => (path(), acl(), any::<i32>())
            .prop_map(|(path, acl, version)| Request::SetAcl { path, acl, version }),
        1 => path().prop_map(|path| Request::Sync { path }),
        1 => prop::sample::select(vec![Request::Ping, Request::WhoAmI, Request::CloseSession]),
        1 => prop::collection::vec(write(true), 0..4).prop_map(Request::Multi),
        1 => prop::collection::vec(read_in_multi(), 0..4).prop_map(Request::MultiRead),
        1 => (path(), watcher.clone()).prop_map(|(path, kind)| Request::CheckWatches { path, kind }),
        1 => (path(), watcher).prop_map(|(path, kind)| Request::RemoveWatches { path, kind }),
        1 => (zxid(), watches()).prop_map(|(relative_zxid, watches)|
            Request::SetWatches { relative_zxid, watches: Box::new(watches) }),
        1 => (path(), mode).prop_map(|(path, mode)| Request::AddWatch { path, mode }),
        1 => (text(), bytes()).prop_map(|(scheme, auth)| Request::Auth { scheme, auth }),
        1 => path().prop_map(|prefix| Request::GetEphemerals { prefix }),
        1 => path().prop_map(|path| Request::GetAllChildrenNumber { path }),
        1 => invalid,
    ]
}

fn multi_result() -> impl Strategy<Value = MultiResult> {
    prop_oneof![
        (path(), prop::option::of(stat()))
            .prop_map(|(path, stat)| MultiResult::Create { path, stat }),
        Just(MultiResult::Delete),
        stat().prop_map(MultiResult::SetData),
        Just(MultiResult::Check),
        (data(), stat()).prop_map(|(data, stat)| MultiResult::GetData { data, stat }),
        prop::collection::vec(text(), 0..3).prop_map(MultiResult::GetChildren),
        error().prop_map(MultiResult::Error),
    ]
}

fn response() -> impl Strategy<Value = Response> {
    prop_oneof![
        Just(Response::Empty),
        Just(Response::WatchAdded),
        path().prop_map(Response::Path),
        (path(), stat()).prop_map(|(path, stat)| Response::PathStat { path, stat }),
        stat().prop_map(Response::Stat),
        (data(), stat()).prop_map(|(data, stat)| Response::Data { data, stat }),
        (acl(), stat()).prop_map(|(acl, stat)| Response::Acl { acl, stat }),
        (prop::collection::vec(text(), 0..4), prop::option::of(stat()))
            .prop_map(|(children, stat)| Response::Children { children, stat }),
        prop::collection::vec(multi_result(), 0..4).prop_map(Response::Multi),
        prop::collection::vec(multi_result(), 0..4).prop_map(Response::MultiRead),
        prop::collection::vec(path(), 0..4).prop_map(Response::Ephemerals),
        any::<i32>().prop_map(Response::Count),
        prop::collection::vec(identity(), 0..3).prop_map(Response::WhoAmI),
    ]
}

fn kind(session: SessionId) -> impl Strategy<Value = NodeKind> {
    prop_oneof![
        Just(NodeKind::Persistent),
        Just(NodeKind::Ephemeral(session)),
        Just(NodeKind::Container),
        (1..1_000_000u64).prop_map(|ttl_ms| NodeKind::Ttl { ttl_ms }),
    ]
}

fn simple_body(session: SessionId) -> impl Strategy<Value = TxnBody> {
    prop_oneof![
        (path(), data(), acl(), any::<bool>(), kind(session), any::<i32>()).prop_map(
            |(path, data, acl, with_stat, kind, parent_cversion)| {
                let special = matches!(kind, NodeKind::Container | NodeKind::Ttl { .. });
                let with_stat = with_stat || special;
                TxnBody::Create { path, data, acl, with_stat, kind, parent_cversion }
            }
        ),
        (path(), any::<bool>()).prop_map(|(path, container)| TxnBody::Delete { path, container }),
        (path(), data(), any::<i32>()).prop_map(|(path, data, version)| TxnBody::SetData {
            path,
            data,
            version
        }),
        (path(), acl(), any::<i32>()).prop_map(|(path, acl, version)| TxnBody::SetAcl {
            path,
            acl,
            version
        }),
        (path(), any::<i32>()).prop_map(|(path, version)| TxnBody::Check { path, version }),
        error().prop_map(TxnBody::Error),
    ]
}

pub(crate) fn txn() -> impl Strategy<Value = Txn> {
    let body = |session| {
        prop_oneof![
            4 => simple_body(session),
            1 => any::<u32>().prop_map(|timeout_ms| TxnBody::CreateSession { timeout_ms }),
            1 => prop::collection::vec(path(), 0..3)
                .prop_map(|paths| TxnBody::CloseSession { paths: Some(paths) }),
            1 => prop::collection::vec(simple_body(session), 0..4).prop_map(TxnBody::Multi),
        ]
    };
    let digest = prop::option::of((any::<i32>(), any::<u64>()));
    let session = session();
    session
        .prop_flat_map(move |session| (Just(session), body(session)))
        .prop_flat_map(move |(session, body)| {
            let digest = digest.clone();
            (Just(session), Just(body), any::<i32>(), zxid(), any::<i64>(), digest)
        })
        .prop_map(|(session, body, cxid, zxid, time_ms, digest)| Txn {
            session,
            cxid,
            zxid,
            time_ms,
            body,
            digest,
        })
}

fn epoch() -> impl Strategy<Value = Epoch> {
    any::<u32>().prop_map(Epoch)
}

fn server() -> impl Strategy<Value = ServerId> {
    (0..1000u64).prop_map(ServerId)
}

fn packet() -> impl Strategy<Value = QuorumPacket> {
    let learner = prop_oneof![
        4 => request().prop_map(LearnerRequest::Client),
        1 => any::<u32>().prop_map(|timeout_ms| LearnerRequest::CreateSession { timeout_ms }),
    ];
    let identities = prop::collection::vec(identity(), 0..3).prop_map(Arc::from);
    let sessions = prop::collection::vec((session(), any::<u32>()), 0..4);
    prop_oneof![
        (server(), epoch(), any::<bool>()).prop_map(|(server, accepted_epoch, voter)| {
            QuorumPacket::FollowerInfo { server, accepted_epoch, voter }
        }),
        epoch().prop_map(|epoch| QuorumPacket::LeaderInfo { epoch }),
        (prop::option::of((0..u32::MAX).prop_map(Epoch)), zxid()).prop_map(
            |(current_epoch, last_zxid)| QuorumPacket::AckEpoch { current_epoch, last_zxid }
        ),
        zxid().prop_map(|last_zxid| QuorumPacket::Diff { last_zxid }),
        zxid().prop_map(|zxid| QuorumPacket::Trunc { zxid }),
        zxid().prop_map(|zxid| QuorumPacket::Snap { zxid }),
        (bytes(), any::<bool>())
            .prop_map(|(data, last)| QuorumPacket::SnapshotChunk { data, last }),
        epoch().prop_map(|epoch| QuorumPacket::NewLeader { epoch }),
        Just(QuorumPacket::UpToDate),
        txn().prop_map(|txn| QuorumPacket::Proposal(Arc::new(txn))),
        txn().prop_map(|txn| QuorumPacket::Inform(Arc::new(txn))),
        zxid().prop_map(|zxid| QuorumPacket::Ack { zxid }),
        zxid().prop_map(|zxid| QuorumPacket::Commit { zxid }),
        (session(), any::<i32>(), learner, identities).prop_map(
            |(session, cxid, request, identities)| {
                QuorumPacket::Request { session, cxid, request, identities }
            }
        ),
        Just(QuorumPacket::Sync),
        (session(), any::<u32>())
            .prop_map(|(session, timeout_ms)| QuorumPacket::Revalidate { session, timeout_ms }),
        (session(), any::<bool>())
            .prop_map(|(session, alive)| QuorumPacket::Revalidated { session, alive }),
        (zxid(), sessions).prop_map(|(zxid, sessions)| QuorumPacket::Ping { zxid, sessions }),
    ]
}

fn election() -> impl Strategy<Value = ElectionMessage> {
    let states =
        vec![PeerState::Looking, PeerState::Following, PeerState::Leading, PeerState::Observing];
    let vote =
        (epoch(), zxid(), server()).prop_map(|(epoch, zxid, leader)| Vote { epoch, zxid, leader });
    let address = "[a-z]{1,8}:[1-9][0-9]{3}".prop_map(Arc::from);
    prop_oneof![
        (server(), prop::collection::vec(address, 1..4))
            .prop_map(|(server, addresses)| ElectionMessage::Hello { server, addresses }),
        (prop::option::of(vote), any::<u64>(), prop::sample::select(states)).prop_map(
            |(vote, round, state)| {
                ElectionMessage::Notification(Notification { vote, round, state })
            }
        ),
    ]
}

pub(crate) fn message() -> impl Strategy<Value = Message> {
    let password = || prop::collection::vec(any::<u8>(), 0..17).prop_map(Bytes::from);
    let read_only = || prop::option::of(any::<bool>());
    let kinds = vec![
        WatchEventKind::NodeCreated,
        WatchEventKind::NodeDeleted,
        WatchEventKind::NodeDataChanged,
        WatchEventKind::NodeChildrenChanged,
        WatchEventKind::PersistentWatchRemoved,
    ];
    prop_oneof![
        1 => (any::<[i32; 2]>(), zxid(), session(), password(), read_only()).prop_map(
            |([protocol_version, timeout_ms], last_zxid_seen, session, password, read_only)| {
                Message::Connect(ConnectRequest {
                    protocol_version,
                    last_zxid_seen,
                    timeout_ms,
                    session,
                    password,
                    read_only,
                })
            }
        ),
        1 => (any::<[i32; 2]>(), session(), password(), read_only()).prop_map(
            |([protocol_version, timeout_ms], session, password, read_only)| {
                Message::Connected(ConnectResponse {
                    protocol_version,
                    timeout_ms,
                    session,
                    password,
                    read_only,
                })
            }
        ),
        6 => (any::<i32>(), request()).prop_map(|(xid, request)| Message::Request { xid, request }),
        6 => (0..i32::MAX, zxid(), error(), response())
            .prop_map(|(xid, zxid, error, body)| Message::Response { xid, zxid, error, body }),
        1 => (path(), prop::sample::select(kinds))
            .prop_map(|(path, kind)| Message::Watch(WatchedEvent { kind, path })),
        1 => "[a-z]{4}".prop_map(|word| {
            Message::FourLetterWord(word.as_bytes().try_into().expect("it has four letters"))
        }),
        1 => text().prop_map(Message::Text),
        3 => election().prop_map(Message::Election),
        6 => packet().prop_map(Message::Quorum),
    ]
}

use super::*;

fn asked(line: &str) -> Request {
    parse(line).unwrap_or_else(|error| panic!("{line}: {error}"))
}

#[test]
fn every_kind_of_znode_can_be_created() {
    for (line, life, sequential) in [
        ("create /a", Life::Persistent, false),
        ("create -e /a", Life::Ephemeral, false),
        ("create -s -e /a", Life::Ephemeral, true),
        ("create -e -s /a", Life::Ephemeral, true),
        ("CREATE -c /a", Life::Container, false),
        ("create -t 500 /a", Life::Ttl { ttl_ms: 500 }, false),
    ] {
        let Request::Create { path, mode, data, .. } = asked(line) else { panic!("{line}") };
        assert_eq!((&*path, mode, data), ("/a", CreateMode { life, sequential }, None), "{line}");
    }
}

#[test]
fn data_stands_after_the_path_and_may_be_quoted_or_begin_with_a_dash() {
    for (line, expected) in [
        ("set /a hello", "hello"),
        ("set -v 3 /a \"two words; and more\"", "two words; and more"),
        ("set /a -v", "-v"),
        ("set /a \"\"", ""),
    ] {
        let Request::SetData { data, .. } = asked(line) else { panic!("{line}") };
        assert_eq!(data.as_deref(), Some(expected.as_bytes()), "{line}");
    }
}

#[test]
fn a_line_rendered_is_read_as_the_same_request() {
    for line in [
        "create -s -e /a/b- data",
        "create /a \"\" world:anyone:r,auth::cdrwa",
        "create -t 90 /a \"two words\"",
        "delete -v 2 /a",
        "set -v 0 /a x",
        "get -w /a",
        "stat -w /a",
        "ls /",
        "addWatch -m PERSISTENT /a",
        "removewatches -c /a",
        "getAcl /a",
        "setAcl /a digest:ana:hash=:rw",
        "sync /",
        "multi create /a x ; check -v 3 /b ; set /b y ; delete -v 1 /c",
        "getEphemerals /",
        "getAllChildrenNumber /a",
        "whoami",
        "close",
    ] {
        let request = asked(line);
        let rendered = render(&request).unwrap_or_else(|| panic!("{line} has no line"));
        assert_eq!(parse(&rendered), Ok(request), "{line} became {rendered}");
    }
}

#[test]
fn what_is_no_command_is_told_apart() {
    let error = |line: &str| parse(line).expect_err(line);
    assert_eq!(error("  "), LineError::Empty);
    assert_eq!(error("creat /a"), LineError::Unknown("creat".into()));
    assert!(matches!(error("get"), LineError::Missing { command: "get", .. }));
    assert!(matches!(error("get /a b"), LineError::Left { command: "get", .. }));
    assert!(matches!(error("get -x /a"), LineError::Path(_)));
    assert!(matches!(error("set -v x /a b"), LineError::Number(_)));
    assert!(matches!(error("set -v"), LineError::Missing { command: "set", .. }));
    assert!(matches!(error("get a"), LineError::Path(_)));
    assert!(matches!(error("get /a/"), LineError::Path(_)));
    assert!(matches!(error("setAcl /a world:anyone:xyz"), LineError::Acl(_)));
    assert!(matches!(error("multi get /a"), LineError::Unknown(_)));
    assert!(matches!(error("multi"), LineError::Missing { command: "multi", .. }));
    assert_eq!(error("set /a \"b"), LineError::Quote);
}

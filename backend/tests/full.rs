//! A full disk: the node stops and says why, and its directory opens again after space is freed,
//! with everything that was acknowledged.
//!
//! The disk is a small tmpfs. Mounting one takes no privilege in a user namespace of one's own, so
//! the test runs itself again inside one. Where even that is forbidden it says so on the terminal
//! and does nothing on a learner's machine; where `CI` is set it fails, for there nothing may go
//! untested in silence.
#![allow(clippy::unwrap_used, reason = "a test says by failing what it did not expect")]

mod support;

use relevo_coordination::ErrorCode;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use support::{Client, Relevo, create, eventually, get};

/// Set for the run inside the namespace.
const WITHIN: &str = "RELEVO_TEST_WITHIN_NAMESPACE";

#[test]
fn a_full_disk_stops_the_node_and_loses_nothing_acknowledged() {
    if std::env::var_os(WITHIN).is_some() {
        return fill_up();
    }
    if may_mount() {
        let name = "a_full_disk_stops_the_node_and_loses_nothing_acknowledged";
        let mut within = namespace(std::env::current_exe().unwrap().to_str().unwrap());
        let ended = within.args(["--exact", name, "--nocapture"]).env(WITHIN, "1").status();
        assert!(ended.unwrap().success(), "inside the namespace");
        return;
    }
    let said = "full.rs: no file system can be mounted here, not even in a user namespace \
                (unshare -Urm); what a full disk does was NOT tested";
    assert!(std::env::var_os("CI").is_none(), "{said}");
    // Not `eprintln!`, which is shown of tests that fail only.
    writeln!(std::io::stderr(), "{said}").unwrap();
}

/// `program` in a user and mount namespace of its own, in which it may mount.
fn namespace(program: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", program]);
    command
}

fn may_mount() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let mut mount = namespace("mount");
    let mounted = mount.args(["-t", "tmpfs", "tmpfs"]).arg(folder.path()).output();
    mounted.is_ok_and(|output| output.status.success())
}

/// A small file system; it ends with the namespace.
fn mount_small(folder: &Path) {
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(folder);
    assert!(mount.status().unwrap().success());
}

fn fill_up() {
    let folder = tempfile::tempdir().unwrap();
    let small = folder.path();
    mount_small(small);
    let ballast = small.join("ballast");
    fs::write(&ballast, vec![7; 2 << 20]).unwrap();
    let data = small.join("data");
    let flags = ["--servers", "1", "--data-dir", data.to_str().unwrap()];

    let mut relevo = Relevo::serve(&flags);
    let mut client = connect(relevo.ready().zookeeper[0]);
    let filling = "x".repeat(10_000);
    let mut acknowledged = Vec::new();
    for number in 0.. {
        assert!(number < 1_000, "the disk does not fill up");
        let path = format!("/n{number}");
        match client.ask(create(&path, &filling)) {
            Ok((ErrorCode::Ok, _)) => acknowledged.push(path),
            _ => break,
        }
    }
    relevo.terminate();
    let (_, said) = relevo.end();
    assert!(said.contains("the disk is full"), "{said}");
    assert!(acknowledged.len() > 50, "{}", acknowledged.len());

    fs::remove_file(&ballast).unwrap();
    let mut relevo = Relevo::serve(&flags);
    let mut client = connect(relevo.ready().zookeeper[0]);
    for path in &acknowledged {
        assert_eq!(client.ask(get(path)).unwrap().0, ErrorCode::Ok, "{path}");
    }
    relevo.kill();
    // The folder cannot be removed while it is a mount.
    assert!(Command::new("umount").arg("-l").arg(small).status().unwrap().success());
}

fn connect(address: std::net::SocketAddr) -> Client {
    eventually(|| Client::connect(address))
}

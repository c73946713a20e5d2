//! A full disk: the node stops and says why, and its directory opens again after space is freed,
//! with everything that was acknowledged. On a small tmpfs where one may be mounted; where not,
//! `files.rs` shows the same with an injected error, and this test says that it did nothing.
#![allow(clippy::unwrap_used, reason = "a test says by failing what it did not expect")]

mod support;

use relevo_coordination::ErrorCode;
use std::fs;
use std::path::Path;
use std::process::Command;
use support::{Client, Relevo, create, eventually, get};

/// A small file system, unmounted when dropped.
struct Small<'a>(&'a Path);

impl Small<'_> {
    fn mount(folder: &Path) -> Option<Small<'_>> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(folder);
        mount.output().ok()?.status.success().then_some(Small(folder))
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        // Whatever is left of it goes with the temporary folder.
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_stops_the_node_and_loses_nothing_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let Some(small) = Small::mount(folder.path()) else {
        eprintln!("no tmpfs can be mounted here; nothing was tested");
        return;
    };
    let ballast = small.0.join("ballast");
    fs::write(&ballast, vec![7; 2 << 20]).unwrap();
    let data = small.0.join("data");
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
}

fn connect(address: std::net::SocketAddr) -> Client {
    eventually(|| Client::connect(address))
}

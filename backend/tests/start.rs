//! What keeps the program from starting, and what it says then: exit code 2, one line with what,
//! why and the flag that helps.
#![allow(clippy::unwrap_used, reason = "a test says by failing what it did not expect")]

mod support;

use std::fs;
use std::net::TcpListener;
use support::{Client, Relevo, create, eventually};

/// The exit code, and the last line: the log may have said more before.
fn refused(args: &[&str]) -> String {
    let (code, said) = Relevo::serve(args).end();
    assert_eq!(code, 2, "{said}");
    let line = said.lines().last().expect("it says why").to_owned();
    assert!(line.starts_with("relevo: "), "{said}");
    line
}

#[test]
fn a_taken_port() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, said) = Relevo::start(&["serve", "--http", &address]).end();
    assert_eq!(code, 2);
    assert!(said.contains("--http") && said.contains(&address), "{said}");
    let http = ["serve", "--http", "127.0.0.1:0", "--zookeeper", &address];
    let (code, said) = Relevo::start(&http).end();
    assert_eq!(code, 2);
    assert!(said.contains("--zookeeper") && said.lines().count() == 1, "{said}");
}

#[test]
fn wrong_usage_and_what_is_not_built() {
    assert!(refused(&["--servers", "many"]).contains("--servers"));
    assert!(refused(&["--nonsense"]).contains("--nonsense"));
    assert!(refused(&["--brokers", "3"]).contains("--brokers"));
    assert!(refused(&["--queue-nodes", "1"]).contains("--queue-nodes"));
    assert!(refused(&["--servers", "0", "--observers", "1"]).contains("--servers"));
}

#[test]
fn a_data_directory_that_is_locked_newer_foreign_or_no_directory() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let flag = ["--data-dir", data.to_str().unwrap()];
    let mut first = Relevo::serve(&flag);
    first.ready();
    assert!(refused(&flag).contains("another process holds it"));
    first.terminate();
    assert_eq!(first.end().0, 0);

    fs::write(data.join("FORMAT"), "format 99\nservers 3\n").unwrap();
    assert!(refused(&flag).contains("format 99"));

    fs::write(directory.path().join("letter.txt"), "dear").unwrap();
    let foreign = ["--data-dir", directory.path().to_str().unwrap()];
    assert!(refused(&foreign).contains("letter.txt"));
    let file = directory.path().join("letter.txt");
    assert!(refused(&["--data-dir", file.to_str().unwrap()]).contains("--data-dir"));
}

/// A log that is damaged in the middle is not a torn tail: what follows was acknowledged. The
/// server must not start as if nothing had been.
#[test]
fn a_log_that_is_corrupt_in_the_middle() {
    let directory = tempfile::tempdir().unwrap();
    let flags = ["--data-dir", directory.path().to_str().unwrap(), "--servers", "1"];
    let mut relevo = Relevo::serve(&flags);
    let address = relevo.ready().zookeeper[0];
    let mut client = eventually(|| Client::connect(address));
    for number in 0..50 {
        client.ask(create(&format!("/n{number}"), "0123456789")).unwrap();
    }
    relevo.kill();
    let folder = directory.path().join("zookeeper-1/version-2");
    let log = fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.path());
    let log = log.filter(|path| path.to_str().unwrap().contains("log.")).max().unwrap();
    let mut bytes = fs::read(&log).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8].fill(0xff);
    fs::write(&log, bytes).unwrap();
    let said = refused(&flags);
    assert!(said.contains("log."), "{said}");
}

#[test]
fn one_zookeeper_server_from_its_own_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = directory.path().join("zoo.cfg");
    let data = directory.path().join("data");
    let text = format!(
        "tickTime=2000\ndataDir={}\nclientPort={port}\nclientPortAddress=127.0.0.1\ninitLimit=5\n",
        data.display()
    );
    fs::write(&config, text).unwrap();
    let args = ["zookeeper", "--config", config.to_str().unwrap()];
    let mut relevo = Relevo::start(&args);
    let address = relevo.ready().zookeeper[0];
    assert_eq!(address.port(), port);
    let mut client = eventually(|| Client::connect(address));
    client.ask(create("/here", "x")).unwrap();
    assert_eq!(Relevo::start(&args).end().0, 2, "the directory and the port are taken");
    relevo.terminate();
    let (code, said) = relevo.end();
    assert_eq!(code, 0);
    assert!(said.contains("initLimit"), "unknown keys are named: {said}");
    assert!(data.join("version-2").is_dir());
}

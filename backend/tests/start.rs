//! What keeps the program from starting, and what it says then: exit code 2, one line with what,
//! why and the flag that helps.
#![allow(clippy::unwrap_used, reason = "a test says by failing what it did not expect")]

mod support;

use relevo_proto::lab::v1::WatchRequest;
use relevo_proto::lab::v1::lab_client::LabClient;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Instant;
use support::{Client, Relevo, create, eventually};
use tonic::transport::Endpoint;

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
    let said = refused(&["--servers", "many"]);
    assert!(said.contains("--servers") && said.matches("--help").count() == 1, "{said}");
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

#[test]
fn a_data_directory_that_cannot_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let flag = ["--data-dir", directory.path().to_str().unwrap()];
    let mut relevo = Relevo::serve(&flag);
    relevo.ready();
    relevo.kill();

    // What may not be read, whoever asks: a folder in the place of a file, and the other way round.
    let format = directory.path().join("FORMAT");
    let kept = fs::read(&format).unwrap();
    fs::remove_file(&format).unwrap();
    fs::create_dir(&format).unwrap();
    let said = refused(&flag);
    assert!(said.contains("cannot read") && said.contains("--data-dir"), "{said}");
    fs::remove_dir(&format).unwrap();
    fs::write(&format, &kept).unwrap();

    for node in ["zookeeper-1", "zookeeper-2"] {
        let folder = directory.path().join(node);
        fs::remove_dir_all(&folder).unwrap();
        fs::write(&folder, "no folder").unwrap();
    }
    let said = refused(&flag);
    assert!(said.contains("cannot serve") && said.contains("--data-dir"), "{said}");
    assert!(said.contains("Not a directory"), "{said}");
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
    assert!(said.contains("log.") && said.contains("--data-dir"), "{said}");
    assert!(said.contains("move this server's data aside"), "it says what helps: {said}");
}

/// What a server promised and entered is a number; anything else is damage, and guessing one could
/// break a promise.
#[test]
fn an_epoch_that_is_no_number() {
    let directory = tempfile::tempdir().unwrap();
    let flags = ["--data-dir", directory.path().to_str().unwrap(), "--servers", "1"];
    let mut relevo = Relevo::serve(&flags);
    relevo.ready();
    relevo.kill();
    let folder = directory.path().join("zookeeper-1/version-2");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("acceptedEpoch"), "many").unwrap();
    let said = refused(&flags);
    assert!(said.contains("acceptedEpoch") && said.contains("--data-dir"), "{said}");
}

#[test]
fn a_data_directory_that_cannot_be() {
    // Even the superuser makes no directory there.
    assert!(refused(&["--data-dir", "/proc/relevo"]).contains("--data-dir"));
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("zoo.cfg");
    fs::write(&config, "dataDir=/proc/relevo\nclientPort=0\nclientPortAddress=127.0.0.1\n")
        .unwrap();
    let (code, said) = Relevo::start(&["zookeeper", "--config", config.to_str().unwrap()]).end();
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("dataDir") && said.contains("/proc/relevo"), "{said}");
    let (code, said) = Relevo::start(&["zookeeper", "--config", "/none/zoo.cfg"]).end();
    assert_eq!((code, said.contains("/none/zoo.cfg")), (2, true), "{said}");
}

/// A process that has everything connected ends as quickly as an idle one.
#[tokio::test(flavor = "multi_thread")]
async fn it_stops_soon_whoever_is_connected() {
    let directory = tempfile::tempdir().unwrap();
    let mut relevo = Relevo::serve(&["--data-dir", directory.path().to_str().unwrap()]);
    let ready = relevo.ready();
    let clients: Vec<Client> =
        ready.zookeeper.iter().map(|address| eventually(|| Client::connect(*address))).collect();
    let stream = format!("{}/stream?scenario=first-minute", ready.http.replace("http", "ws"));
    let (page, _) = tokio_tungstenite::connect_async(stream).await.unwrap();
    let endpoint = Endpoint::try_from(ready.http.clone()).unwrap();
    let mut api = LabClient::new(endpoint.connect().await.unwrap());
    let watched = WatchRequest { lab: "main".into(), after_seq: 0 };
    let trace = api.watch(watched).await.unwrap();
    let begun = Instant::now();
    relevo.terminate();
    let (code, said) = relevo.end();
    assert_eq!(code, 0, "{said}");
    assert!(begun.elapsed() < support::STOPPED, "{:?}", begun.elapsed());
    drop((clients, page, trace));
}

#[test]
fn flags_come_from_the_environment_too() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let mut relevo = Relevo::start_with(
        &["serve"],
        &[
            ("RELEVO_HTTP", "127.0.0.1:0"),
            ("RELEVO_ZOOKEEPER", "127.0.0.1:0"),
            ("RELEVO_SERVERS", "1"),
            ("RELEVO_DATA_DIR", data.to_str().unwrap()),
            ("RELEVO_ADVERTISE", "localhost"),
            ("RELEVO_FOUR_LETTER_WORDS", "isro"),
        ],
    );
    let ready = relevo.ready_line();
    let http = ready["http"].as_str().unwrap();
    assert!(http.starts_with("http://localhost:"), "{ready}");
    let zookeeper = ready["zookeeper"].as_array().unwrap();
    assert_eq!(zookeeper.len(), 1);
    let address = zookeeper[0].as_str().unwrap();
    assert!(address.starts_with("localhost:"), "{ready}");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"isro").unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    assert_eq!(said, "rw");
    assert!(data.join("zookeeper-1").is_dir());
    let (code, said) = Relevo::start_with(&["serve"], &[("RELEVO_BROKERS", "3")]).end();
    assert_eq!((code, said.contains("--brokers")), (2, true), "{said}");
}

#[test]
fn one_zookeeper_server_from_its_own_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let port = support::free_port();
    let config = directory.path().join("zoo.cfg");
    let data = directory.path().join("data");
    let text = format!(
        "tickTime=2000\ndataDir={}\nclientPort={port}\nclientPortAddress=127.0.0.1\ninitLimit=5\n\
         4lw.commands.whitelist=conf, wchs\nmaxClientCnxns=7\ndataLogDir={}\n",
        data.display(),
        directory.path().join("log").display()
    );
    fs::write(&config, text).unwrap();
    let args = ["zookeeper", "--config", config.to_str().unwrap()];
    let mut relevo = Relevo::start(&args);
    let address = relevo.ready().zookeeper[0];
    assert_eq!(address.port(), port);
    let mut client = eventually(|| Client::connect(address));
    client.ask(create("/here", "x")).unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"conf").unwrap();
    let mut conf = String::new();
    stream.read_to_string(&mut conf).unwrap();
    for line in [
        format!("clientPort={port}"),
        format!("dataDir={}", data.join("version-2").display()),
        format!("dataLogDir={}", directory.path().join("log/version-2").display()),
        "tickTime=2000".into(),
        "maxClientCnxns=7".into(),
    ] {
        assert!(conf.lines().any(|told| told == line), "no {line} in {conf}");
    }
    assert_eq!(Relevo::start(&args).end().0, 2, "the directory and the port are taken");
    relevo.terminate();
    let (code, said) = relevo.end();
    assert_eq!(code, 0);
    assert!(said.contains("initLimit"), "unknown keys are named: {said}");
    assert!(data.join("version-2").is_dir());
}

/// Nobody watches, nobody is connected, and the next thing due may be a second away: time passes.
#[test]
fn an_ensemble_that_nobody_watches_keeps_time() {
    let mut relevo = Relevo::serve(&["--four-letter-words", "mntr"]);
    let ready = relevo.ready();
    let uptime = || {
        let mut socket = TcpStream::connect(ready.zookeeper[0]).unwrap();
        socket.write_all(b"mntr").unwrap();
        let mut said = String::new();
        socket.read_to_string(&mut said).unwrap();
        let line = said.lines().find(|line| line.starts_with("zk_uptime")).expect("it is told");
        line.split_whitespace().last().unwrap().parse::<u64>().unwrap()
    };
    let (begun, first) = (Instant::now(), uptime());
    std::thread::sleep(std::time::Duration::from_secs(5));
    let (real, lab) = (begun.elapsed().as_millis() as u64, uptime() - first);
    assert!(lab * 2 > real, "{lab} ms in the lab while {real} ms passed");
}

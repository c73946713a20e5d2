//! `kill -9` of the whole process under load, 20 times in a row: nothing that was acknowledged is
//! lost. Process death, not power loss: what was written to the page cache stays (see
//! `durability.rs` for the other).
#![allow(clippy::unwrap_used, reason = "a test says by failing what it did not expect")]

mod support;

use relevo_coordination::{ErrorCode, Response};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::mpsc;
use support::{Client, Relevo, create, eventually, get};

const KILLS: usize = 20;
/// Every so many writes the process is killed.
const WRITES: usize = 150;

#[test]
fn nothing_acknowledged_is_lost_by_kill_9() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().to_str().unwrap();
    let mut acknowledged = BTreeSet::new();
    for round in 0..KILLS {
        let mut relevo = Relevo::serve(&["--data-dir", data, "--snap-count", "100"]);
        let addresses = relevo.ready().zookeeper;
        check(addresses[round % addresses.len()], &acknowledged, round);
        let (told, tell) = mpsc::channel();
        let writer = write(addresses[0], round, told);
        acknowledged.extend(tell.iter().take(WRITES));
        relevo.kill();
        // What was acknowledged between the last one counted and the kill counts too.
        acknowledged.extend(tell.iter());
        writer.join().unwrap();
    }
    assert!(acknowledged.len() >= KILLS * WRITES);
}

/// Writes with up to 32 requests under way until the process is gone.
fn write(
    address: SocketAddr,
    round: usize,
    told: mpsc::Sender<String>,
) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut client = eventually(|| Client::connect(address));
        for number in 0.. {
            let path = format!("/r{round}-{number:06}");
            if client.submit(create(&path, &path)).is_err() {
                return;
            }
            if number < 32 {
                continue;
            }
            match client.answer() {
                Ok((xid, ErrorCode::Ok, _)) => {
                    // Nobody listens any more once the process was killed.
                    let _ = told.send(format!("/r{round}-{:06}", xid - 1));
                }
                Ok((_, error, _)) => panic!("{error:?}"),
                Err(_) => return,
            }
        }
    })
}

fn check(address: SocketAddr, acknowledged: &BTreeSet<String>, round: usize) {
    let mut client = eventually(|| Client::connect(address));
    // A sample keeps the test short; the last round looks at everything.
    let step = if round + 1 == KILLS { 1 } else { 7 };
    let sample: Vec<&String> = acknowledged.iter().rev().step_by(step).collect();
    for paths in sample.chunks(64) {
        for path in paths {
            client.submit(get(path)).unwrap();
        }
        for path in paths {
            let (_, error, body) = client.answer().unwrap();
            assert_eq!(error, ErrorCode::Ok, "{path} was acknowledged and is gone in {round}");
            let Response::Data { data: Some(data), .. } = body else {
                panic!("{path} has no data")
            };
            assert_eq!(data, path.as_bytes());
        }
    }
}

#[test]
fn it_stops_cleanly_and_soon() {
    let directory = tempfile::tempdir().unwrap();
    let mut relevo = Relevo::serve(&["--data-dir", directory.path().to_str().unwrap()]);
    let address = relevo.ready().zookeeper[1];
    let mut client = eventually(|| Client::connect(address));
    client.ask(create("/here", "x")).unwrap();
    let begun = std::time::Instant::now();
    relevo.terminate();
    let (code, _) = relevo.end();
    assert_eq!(code, 0);
    assert!(begun.elapsed() < support::STOPPED, "it took {:?}", begun.elapsed());
}

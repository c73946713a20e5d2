//! The four-letter words.

use crate::harness::*;
use relevo_coordination::{Life, Message};

fn ask(bench: &mut Bench, word: &[u8; 4]) -> String {
    let conn = bench.connect_raw();
    bench.say(conn, Message::FourLetterWord(*word));
    assert!(bench.is_closed(conn));
    match &bench.take(conn)[..] {
        [Message::Text(text)] => text.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn they_tell_what_zookeeper_tells() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.call(&client, create_as("/e", "", Life::Ephemeral)).unwrap();
    bench.call(&client, get("/e", true)).unwrap();
    let session = client.granted.session.to_string();
    let table: [(&[u8; 4], &[&str]); 8] = [
        (b"ruok", &["imok"]),
        (b"srvr", &["Zookeeper version: 3.8.0", "Mode: standalone\n", "Node count: 6\n"]),
        (b"stat", &["Clients:\n /127.0.0.1:40000[1](queued=0,recved=3,sent=2)\n"]),
        (b"mntr", &["zk_server_state\tstandalone\n", "zk_ephemerals_count\t1\n"]),
        (b"cons", &[&session, "lop=GETD", "to=10000"]),
        (b"wchs", &["1 connections watching 1 paths\nTotal watches:1\n"]),
        (b"dump", &["Sessions with Ephemerals (1):\n", "\t/e\n", &session]),
        (b"conf", &["tickTime=2000\n", "maxSessionTimeout=40000\n"]),
    ];
    for (word, expected) in table {
        let text = ask(&mut bench, word);
        for part in expected {
            assert!(text.contains(part), "{word:?} lacks {part}:\n{text}");
        }
    }
}

#[test]
fn only_those_on_the_list_are_answered() {
    let mut bench = Bench::with(|config| config.four_letter_words = vec!["ruok".into()]);
    assert_eq!(ask(&mut bench, b"ruok"), "imok");
    assert!(ask(&mut bench, b"srvr").starts_with("Zookeeper version"), "always, as in ZooKeeper");
    assert_eq!(
        ask(&mut bench, b"mntr"),
        "mntr is not executed because it is not in the whitelist.\n"
    );
}

#[test]
fn a_server_that_does_not_serve_says_so() {
    let mut bench = Bench::new();
    bench.step(|service, now, out| service.set_serving(now, None, out));
    assert_eq!(ask(&mut bench, b"ruok"), "imok");
    let text = "This ZooKeeper instance is not currently serving requests\n";
    assert_eq!(ask(&mut bench, b"stat"), text);
}

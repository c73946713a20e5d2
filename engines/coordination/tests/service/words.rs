//! The four-letter words, beside what ZooKeeper 3.8.0 of Debian answers to the same.

use crate::harness::*;
use relevo_coordination::{Life, Member, Message, ServerId, ServingAs, Vitals};
use relevo_core::HostId;

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
    let owner = format!("Sessions with Ephemerals (1):\n{session}:\n\t/e\nConnections dump:\n");
    let table: [(&[u8; 4], &[&str]); 9] = [
        (b"ruok", &["imok"]),
        (b"srvr", &["Zookeeper version: 3.8.0", "Mode: standalone\n", "Node count: 6\n"]),
        (b"stat", &["Clients:\n /127.0.0.1:40000[1](queued=0,recved=3,sent=2)\n"]),
        (b"mntr", &["zk_server_state\tstandalone\n", "zk_ephemerals_count\t1\n"]),
        (b"cons", &[&session, "lop=GETD", "to=10000", ",lcxid=0x", ",llat=0,minlat=0,avglat=0"]),
        (b"dump", &["SessionTracker dump:\nSession Sets (1)/(1):\n1 expire at ", &owner]),
        (b"conf", &["tickTime=2000\n", "maxSessionTimeout=40000\n", "serverId=0\n"]),
        (b"envi", &["Environment:\nzookeeper.version=3.8.0", "\njava.version=<NA>\n"]),
        (b"isro", &["rw"]),
    ];
    for (word, expected) in table {
        let text = ask(&mut bench, word);
        for part in expected {
            assert!(text.contains(part), "{word:?} lacks {part}:\n{text}");
        }
    }
}

#[test]
fn whoever_asks_is_shown_as_one_of_the_connections() {
    let mut bench = Bench::new();
    let text = ask(&mut bench, b"stat");
    assert!(
        text.contains("Clients:\n /127.0.0.1:40000[0](queued=0,recved=1,sent=0)\n\n"),
        "{text}"
    );
    assert!(text.contains("\nConnections: 1\n"), "{text}");
    let text = ask(&mut bench, b"cons");
    assert_eq!(text, " /127.0.0.1:40000[0](queued=0,recved=1,sent=0)\n\n");
    let text = ask(&mut bench, b"dump");
    assert!(text.contains("Connections Sets (1)/(1):\n1 expire at "), "{text}");
    assert!(text.ends_with(":\n\tip: /127.0.0.1:40000 sessionId: 0x0\n"), "{text}");
}

#[test]
fn watches_are_counted_and_listed_both_ways() {
    let mut bench = Bench::new();
    assert_eq!(ask(&mut bench, b"wchs"), "0 connections watching 0 paths\nTotal watches:0\n");
    assert_eq!(ask(&mut bench, b"wchc"), "\n");
    let client = bench.session();
    bench.call(&client, create_as("/e", "", Life::Ephemeral)).unwrap();
    bench.call(&client, get("/e", true)).unwrap();
    bench.call(&client, get("/", true)).unwrap();
    let session = client.granted.session.to_string();
    assert_eq!(ask(&mut bench, b"wchs"), "1 connections watching 2 paths\nTotal watches:2\n");
    assert_eq!(ask(&mut bench, b"wchc"), format!("{session}\n\t/\n\t/e\n\n"));
    assert_eq!(ask(&mut bench, b"wchp"), format!("/\n\t{session}\n/e\n\t{session}\n\n"));
}

#[test]
fn counting_begins_anew_where_asked() {
    let mut bench = Bench::new();
    let client = bench.session();
    bench.call(&client, get("/", false)).unwrap();
    assert_eq!(ask(&mut bench, b"crst"), "Connection stats reset.\n");
    let text = ask(&mut bench, b"stat");
    assert!(text.contains("/127.0.0.1:40000[1](queued=0,recved=0,sent=0)"), "{text}");
    assert_eq!(ask(&mut bench, b"srst"), "Server stats reset.\n");
    let text = ask(&mut bench, b"srvr");
    assert!(text.contains("Latency min/avg/max: 0/0.0/0\nReceived: 1\nSent: 1\n"), "{text}");
}

#[test]
fn a_leader_tells_of_its_learners_and_proposals() {
    let only = Member { id: ServerId(1), host: HostId(0), voter: true };
    let mut bench = Bench::with(|config| config.ensemble = vec![only]);
    bench.step(|service, now, out| service.set_serving(now, Some(ServingAs::Leader), out));
    let text = ask(&mut bench, b"srvr");
    assert!(text.ends_with("Proposal sizes last/min/max: -1/-1/-1\n"), "{text}");
    bench.step(|service, _, _| {
        service.note_proposal(48);
        service.note_proposal(89);
        let disk = Vitals { log_bytes: 7, snapshot_bytes: 5, ..Vitals::default() };
        service.set_vitals(Vitals { followers: 2, observers: 1, pending_syncs: 3, ..disk });
    });
    let text = ask(&mut bench, b"srvr");
    assert!(text.ends_with("Mode: leader\nNode count: 5\nProposal sizes last/min/max: 89/48/89\n"));
    let metrics = ask(&mut bench, b"mntr");
    for line in [
        "zk_peer_state\tleading - broadcast",
        "zk_quorum_size\t1",
        "zk_learners\t3",
        "zk_synced_followers\t2",
        "zk_synced_observers\t1",
        "zk_pending_syncs\t3",
        "zk_min_proposal_size\t48",
        "zk_avg_latency\t0.0",
    ] {
        assert!(metrics.lines().any(|shown| shown == line), "no {line} in\n{metrics}");
    }
    assert_eq!(ask(&mut bench, b"dirs"), "datadir_size: 12\nlogdir_size: 12\n");
    let configuration = ask(&mut bench, b"conf");
    assert!(configuration.contains("dataDirSize=12\n"), "{configuration}");
    let membership = "server.1=zookeeper-1:2888:3888:participant\nversion=0";
    assert!(configuration.ends_with(membership), "{configuration}");
}

#[test]
fn only_those_on_the_list_are_answered() {
    let mut bench = Bench::with(|config| config.four_letter_words = vec!["ruok".into()]);
    assert_eq!(ask(&mut bench, b"ruok"), "imok");
    assert!(ask(&mut bench, b"srvr").starts_with("Zookeeper version"), "always, as in ZooKeeper");
    for word in [b"mntr", b"wchc", b"hash"] {
        let word_text = String::from_utf8_lossy(word);
        let refused = format!("{word_text} is not executed because it is not in the whitelist.\n");
        assert_eq!(ask(&mut bench, word), refused);
    }
    assert_eq!(ask(&mut bench, b"xxxx"), "", "no word of ZooKeeper's");
}

#[test]
fn a_server_that_does_not_serve_says_so() {
    let mut bench = Bench::new();
    bench.step(|service, now, out| service.set_serving(now, None, out));
    assert_eq!(ask(&mut bench, b"ruok"), "imok");
    assert_eq!(ask(&mut bench, b"isro"), "null");
    assert!(ask(&mut bench, b"envi").starts_with("Environment:\n"));
    let text = "This ZooKeeper instance is not currently serving requests\n";
    for word in [b"stat", b"mntr", b"conf", b"srst", b"wchp"] {
        assert_eq!(ask(&mut bench, word), text);
    }
}

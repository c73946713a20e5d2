//! `relevo exercise check` as a teacher and a learner's own CI run it.
#![allow(clippy::unwrap_used, reason = "a test says by failing what it did not expect")]

use relevo_backend::labs::{LabLimits, Labs};
use relevo_backend::rpc::Health;
use relevo_backend::server::{self, Hosts, HttpLimits, build_id};
use relevo_backend::wire::{Limits, Ports};
use relevo_exercises::{HandIn, Language, find, render_hand_in};
use relevo_proto::lab::v1::StartExerciseRequest;
use relevo_proto::lab::v1::lab_client::LabClient;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

fn relevo(arguments: &[&str]) -> Output {
    let binary = env!("CARGO_BIN_EXE_relevo");
    Command::new(binary).args(["exercise", "check"]).args(arguments).output().unwrap()
}

fn printed(output: &Output) -> (i32, String) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

/// What the page exports of a finished Z1, and of Z2 begun.
fn handed_in(language: Language) -> String {
    let (z1, z2) = (find("Z1").unwrap().unwrap(), find("Z2").unwrap().unwrap());
    let all = z1.exercise.steps.iter().map(|step| step.id.clone()).collect();
    let build = build_id().to_string();
    let done = HandIn {
        exercise: "Z1".into(),
        seed: 7,
        build: build.clone(),
        predicted: Some("goes-on".into()),
        contradicted: true,
        explanation: "Two of three.".into(),
        checks: all,
        finished: true,
        name: "Ana Pérez".into(),
        date: "2026-11-22".into(),
        ..HandIn::default()
    };
    let begun = HandIn {
        exercise: "Z2".into(),
        seed: 9,
        build,
        hints: [("create".into(), 1)].into(),
        ..HandIn::default()
    };
    render_hand_in(&[(&z1, done), (&z2, begun)], language)
}

fn written(folder: &Path, text: &str) -> String {
    let file = folder.join("relevo.md");
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn a_genuine_hand_in_is_told_exercise_by_exercise() {
    let folder = tempfile::tempdir().unwrap();
    for language in Language::ALL {
        let file = written(folder.path(), &handed_in(language));
        let (code, text) = printed(&relevo(&["--hand-in", &file]));
        assert_eq!(code, 0, "{text}");
        assert!(text.contains("ok     Z1 ") && text.contains("5 of 5 steps"), "{text}");
        assert!(text.starts_with("Ana Pérez, 2026-11-22\n"), "{text}");
        assert!(text.contains("; prediction contradicted, and explained; "), "{text}");
        assert!(text.contains("not finished; 0 of 4 steps") && text.contains("1 hints"), "{text}");
        let (code, text) = printed(&relevo(&["--hand-in", &file, "--json"]));
        let lines: Vec<Value> = text.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
        assert_eq!((code, lines.len()), (0, 3));
        assert_eq!(lines[0]["passed"].as_array().unwrap().len(), 5);
        assert_eq!(
            (&lines[0]["name"], &lines[0]["borne_out"]),
            (&"Ana Pérez".into(), &false.into())
        );
        assert_eq!(lines[2]["verdict"], "ok");
    }
}

#[test]
fn a_hand_in_that_was_tampered_with_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = handed_in(Language::En)
        .replace("- [ ] A small tree (not checked", "- [x] A small tree (checked, by themselves");
    let (code, said) = printed(&relevo(&["--hand-in", &written(folder.path(), &text)]));
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("ok     Z1 ") && said.contains("FAILED Z2 "), "{said}");
    assert!(said.contains("text and data differ") && said.contains("A small tree"), "{said}");
    let text = handed_in(Language::En).replace("```relevo\n{", "```relevo\n");
    let (code, said) = printed(&relevo(&["--hand-in", &written(folder.path(), &text)]));
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("block of data 1 was changed"), "{said}");
    let (code, said) = printed(&relevo(&["--hand-in", "/nowhere/at.md"]));
    assert_eq!((code, said.lines().count()), (2, 1), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checks_of_a_running_lab_are_told() {
    let ports = Ports::new(Limits::default(), None);
    let labs = Arc::new(Labs::new(LabLimits::default(), ports));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let http = format!("http://{}", listener.local_addr().unwrap());
    let app = server::app(Arc::clone(&labs), Hosts::default(), Health::default());
    tokio::spawn(server::serve(listener, app, HttpLimits::default(), std::future::pending()));
    let channel = tonic::transport::Endpoint::from_shared(http.clone()).unwrap();
    let mut api = LabClient::new(channel.connect().await.unwrap());
    let request = StartExerciseRequest { id: "Z2".into(), seed: 7, passed: 1 };
    let lab = api.start_exercise(request).await.unwrap().into_inner().lab.unwrap().lab;

    let check = move |arguments: Vec<String>| async move {
        let run = tokio::task::spawn_blocking(move || {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            printed(&relevo(&arguments))
        });
        run.await.unwrap()
    };
    let arguments = |id: &str, lab: &str, http: &str| -> Vec<String> {
        [id, "--lab", lab, "--http", http].map(str::to_owned).into()
    };
    let (code, text) = check(arguments("z2", &lab, &http)).await;
    assert_eq!(code, 1, "not all are passed: {text}");
    assert!(text.contains("ok     Z2 create") && text.contains("open   Z2 versions: "), "{text}");
    let (code, text) = check(arguments("z3", &lab, &http)).await;
    assert!(code == 2 && text.contains("begun with another exercise"), "{text}");
    let (code, text) = check(arguments("z2", "nowhere", &http)).await;
    assert!(code == 2 && text.contains("no lab `nowhere`"), "{text}");
    let (code, text) = check(arguments("z2", &lab, "http://127.0.0.1:1")).await;
    assert!(code == 2 && text.contains("--http"), "{text}");
    labs.end();
}

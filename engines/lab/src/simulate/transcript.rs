//! The trace in lines: for people, and as JSON.

use crate::{Event, Lab, LabEvent, message_kind};
use relevo_core::{Instant, Kind, Seq};
use serde::Serialize;

/// One event as a line for people: number, time, who, what, and what it rests on.
pub fn line(event: &LabEvent, lab: &Lab) -> String {
    let who = event.party.map_or_else(|| "lab".into(), |party| lab.scene().party_name(party));
    let causes: Vec<String> = event.causes.iter().map(|Seq(seq)| format!("#{seq}")).collect();
    let Instant(ns) = event.at;
    let (s, us) = (ns / 1_000_000_000, ns / 1_000 % 1_000_000);
    let what = what(event, lab);
    format!("{:>7} {s:>4}.{us:06} {who:<12} {what}  {}", event.seq.0, causes.join(" "))
}

/// One event as a line of JSON.
pub fn json_line(event: &LabEvent, lab: &Lab) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        seq: u64,
        at_ns: u64,
        node: Option<&'a str>,
        causes: Vec<u64>,
        kind: &'a str,
        detail: &'a str,
    }
    let node = event.party.map(|party| lab.scene().party_name(party));
    let line = Line {
        seq: event.seq.0,
        at_ns: event.at.0,
        node: node.as_deref(),
        causes: event.causes.iter().map(|seq| seq.0).collect(),
        kind: kind_word(event),
        detail: &what(event, lab),
    };
    serde_json::to_string(&line).expect("numbers and strings always become JSON")
}

fn kind_word(event: &LabEvent) -> &'static str {
    match &event.kind {
        Kind::Fault { .. } => "fault",
        Kind::Call { .. } => "call",
        Kind::Deadline => "deadline",
        Kind::Started { .. } => "started",
        Kind::Stopped { .. } => "stopped",
        Kind::Opening { .. } | Kind::Opened { .. } | Kind::Closed { .. } => "connection",
        Kind::Sent { .. } => "sent",
        Kind::Delivered { .. } => "delivered",
        Kind::Lost { .. } => "lost",
        Kind::Appended { .. }
        | Kind::Replaced { .. }
        | Kind::Truncated { .. }
        | Kind::Renamed { .. }
        | Kind::Deleted { .. }
        | Kind::Durable
        | Kind::DiskFailed { .. }
        | Kind::Torn { .. } => "disk",
        Kind::State(_) => "state",
        Kind::Gap { .. } => "gap",
    }
}

fn what(event: &LabEvent, lab: &Lab) -> String {
    let name = |party| lab.scene().party_name(party);
    match &event.kind {
        Kind::Fault { fault, by } => format!("fault {fault:?} by {by:?}"),
        Kind::Call { call, by } => format!("call {call} by {by:?}"),
        Kind::Deadline => "deadline".into(),
        Kind::Started { incarnation } => format!("started, incarnation {incarnation}"),
        Kind::Stopped { reason } => format!("stopped: {reason}"),
        Kind::Opening { conn, to } => {
            format!("opens {conn} to {}:{}", name(to.host.into()), to.service.0)
        }
        Kind::Opened { conn, peer } => format!("has {conn} with {}", name(*peer)),
        Kind::Closed { conn, peer, reason } => {
            format!("lost {conn} with {}: {reason:?}", name(*peer))
        }
        Kind::Sent { to, message, .. } => {
            let kind = message_kind(message);
            format!("-> {} {kind:?} {message:?}", name(*to))
        }
        Kind::Delivered { from, message, .. } => format!("<- {} #{}", name(*from), message.0),
        Kind::Lost { message, reason, .. } => format!("lost #{}: {reason:?}", message.0),
        Kind::Appended { file, bytes } => format!("appends {bytes} to {file}"),
        Kind::Replaced { file, bytes } => format!("replaces {file} by {bytes}"),
        Kind::Truncated { file, bytes } => format!("cuts {file} to {bytes}"),
        Kind::Renamed { from, to } => format!("renames {from} to {to}"),
        Kind::Deleted { file } => format!("deletes {file}"),
        Kind::Durable => "durable".into(),
        Kind::DiskFailed { error, .. } => format!("disk failed: {error}"),
        Kind::Torn { file, kept, lost, reverted } => {
            format!("{file}: kept {kept}, lost {lost}, reverted {reverted}")
        }
        Kind::State(Event::Coordination(state)) => format!("{state:?}"),
        Kind::State(Event::App(state)) => format!("{state:?}"),
        Kind::Gap { until } => format!("gap until #{}", until.0),
    }
}

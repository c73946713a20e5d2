//! The trace, in the control API's words.

use relevo_core::{Instant, Kind, Origin, Party};
use relevo_lab::{Event, LabEvent, message_kind, message_label};
use relevo_proto::lab::v1::{self, trace_event::Kind as Told};
use std::fmt::Debug;
use std::sync::Arc;

/// One event.
pub(super) fn event(event: &LabEvent, names: &dyn Fn(Party) -> Arc<str>) -> v1::TraceEvent {
    v1::TraceEvent {
        seq: event.seq.0,
        at_ns: event.at.0,
        node: event.party.map(|party| names(party).to_string()).unwrap_or_default(),
        causes: event.causes.iter().map(|cause| cause.0).collect(),
        kind: Some(kind(event, names)),
    }
}

/// The events from `seq` on were left out, up to `until`.
pub(super) fn gap(seq: u64, until: u64, at: Instant) -> v1::TraceEvent {
    v1::TraceEvent {
        seq,
        at_ns: at.0,
        kind: Some(Told::Gap(v1::Gap { until_seq: until })),
        ..v1::TraceEvent::default()
    }
}

fn kind(event: &LabEvent, names: &dyn Fn(Party) -> Arc<str>) -> Told {
    let name = |party: &Party| names(*party).to_string();
    let connection = |conn: u64, peer: String, change: &str| {
        Told::Connection(v1::Connection { conn, peer, change: change.into() })
    };
    let disk = |operation: &str, file: String, bytes: u64| {
        Told::Disk(v1::DiskOperation { operation: operation.into(), file, bytes })
    };
    match &event.kind {
        Kind::Fault { fault, by } => {
            let (name, detail) = words(fault);
            Told::Fault(v1::Fault { name, detail, by: by_whom(*by).into() })
        }
        Kind::Call { call, by } => {
            Told::Call(v1::Call { call: call.clone(), by: by_whom(*by).into() })
        }
        Kind::Deadline => Told::Deadline(v1::Deadline {}),
        Kind::Started { incarnation } => Told::Started(v1::Started { incarnation: *incarnation }),
        Kind::Stopped { reason } => Told::Stopped(v1::Stopped { reason: reason.clone() }),
        Kind::Opening { conn, to } => connection(conn.0, name(&Party::Host(to.host)), "opening"),
        Kind::Opened { conn, peer } => connection(conn.0, name(peer), "opened"),
        Kind::Closed { conn, peer, reason } => {
            let why = reason.map_or("closed".into(), |reason| format!("closed: {reason:?}"));
            connection(conn.0, name(peer), &why)
        }
        Kind::Sent { conn, to, message, .. } => Told::Sent(v1::MessageSent {
            conn: conn.0,
            to: name(to),
            kind: format!("{:?}", message_kind(message)),
            detail: message_label(message, |_| None).to_string(),
        }),
        Kind::Delivered { conn, from, message } => Told::Delivered(v1::MessageDelivered {
            conn: conn.0,
            from: name(from),
            message: message.0,
        }),
        Kind::Lost { conn, message, reason } => Told::Lost(v1::MessageLost {
            conn: conn.0,
            message: message.0,
            reason: format!("{reason:?}"),
        }),
        Kind::Appended { file, bytes } => disk("append", file.to_string(), *bytes),
        Kind::Replaced { file, bytes } => disk("replace", file.to_string(), *bytes),
        Kind::Truncated { file, bytes } => disk("truncate", file.to_string(), *bytes),
        Kind::Renamed { from, to } => disk("rename", format!("{from} -> {to}"), 0),
        Kind::Deleted { file } => disk("delete", file.to_string(), 0),
        Kind::Durable => disk("durable", String::new(), 0),
        Kind::DiskFailed { file, error } => {
            let file = file.as_ref().map(ToString::to_string).unwrap_or_default();
            disk(&format!("failed: {error}"), file, 0)
        }
        Kind::Torn { file, kept, .. } => disk("torn", file.to_string(), *kept),
        Kind::State(state) => {
            let (name, detail) = match state {
                Event::Coordination(event) => words(event),
                Event::App(event) => words(event),
            };
            Told::State(v1::State { name, detail })
        }
        Kind::Gap { until } => Told::Gap(v1::Gap { until_seq: until.0 }),
    }
}

/// A variant's name and its fields.
fn words(value: &impl Debug) -> (String, String) {
    let text = format!("{value:?}");
    let end = text.find([' ', '(', '{']).unwrap_or(text.len());
    let (name, detail) = text.split_at(end);
    (name.to_owned(), detail.trim().to_owned())
}

fn by_whom(origin: Origin) -> &'static str {
    match origin {
        Origin::Hand => "hand",
        Origin::Api => "api",
        Origin::Script => "script",
    }
}

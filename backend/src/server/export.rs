//! The trace as a file: one event a line, the same lines as `relevo simulate --json`.

use crate::labs::Labs;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use relevo_core::Instant;
use relevo_lab::simulate::json_line;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Debug, Deserialize)]
pub(super) struct Wish {
    lab: String,
    /// The last instant wanted; none for all.
    until_ns: Option<u64>,
}

/// Answers with everything a lab has kept of its trace.
pub(super) async fn trace(State(labs): State<Arc<Labs>>, Query(wish): Query<Wish>) -> Response {
    let handle = match labs.find(&wish.lab) {
        Ok(handle) => handle,
        Err(error) => return (StatusCode::NOT_FOUND, format!("{error}\n")).into_response(),
    };
    let until = wish.until_ns.map_or(Instant::FAR_FUTURE, Instant);
    let lines = handle.ask(move |driven| {
        let (_, events) = driven.lab.history();
        let wanted = events.iter().take_while(|event| event.at <= until);
        wanted.fold(String::new(), |mut lines, event| {
            lines.push_str(&json_line(event, &driven.lab));
            lines.push('\n');
            lines
        })
    });
    let Ok(lines) = lines.await else {
        return (StatusCode::NOT_FOUND, "the lab is gone\n").into_response();
    };
    let name = format!("attachment; filename=\"relevo-{}.jsonl\"", handle.info.id);
    let head = [
        (header::CONTENT_TYPE, "application/jsonl".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        // A lab goes on: the next answer is another.
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (head, lines).into_response()
}

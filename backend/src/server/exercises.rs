//! The exercises' texts, sent when a page opens one.

use crate::labs::Labs;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;

/// An exercise as the map of the course shows it.
#[derive(Serialize)]
struct Entry {
    id: String,
    title_es: String,
    title_en: String,
    minutes: u32,
    module: String,
    /// Their ids, in order.
    steps: Vec<String>,
    questions: usize,
    prerequisites: Vec<String>,
}

/// All exercises, briefly.
pub(super) async fn list() -> Response {
    match relevo_exercises::all() {
        Err(broken) => (StatusCode::INTERNAL_SERVER_ERROR, broken.to_string()).into_response(),
        Ok(pages) => {
            let entry = |page: relevo_exercises::Page| Entry {
                title_es: page.es.title,
                title_en: page.en.title,
                minutes: page.exercise.minutes,
                steps: page.exercise.steps.into_iter().map(|step| step.id).collect(),
                questions: page.exercise.questions.len(),
                module: page.exercise.module,
                prerequisites: page.exercise.prerequisites,
                id: page.exercise.id,
            };
            json(pages.into_iter().map(entry).collect::<Vec<_>>())
        }
    }
}

/// One exercise with all its words.
pub(super) async fn one(State(labs): State<Arc<Labs>>, Path(id): Path<String>) -> Response {
    match relevo_exercises::find(&id) {
        Ok(Some(page)) if labs.exam() => json(page.examined()),
        Ok(Some(page)) => json(page),
        Ok(None) => (StatusCode::NOT_FOUND, "There is no such exercise.\n").into_response(),
        Err(broken) => (StatusCode::INTERNAL_SERVER_ERROR, broken.to_string()).into_response(),
    }
}

/// The texts belong to the build and change with it.
fn json(what: impl Serialize) -> Response {
    ([(header::CACHE_CONTROL, "no-cache")], Json(what)).into_response()
}

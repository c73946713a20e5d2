//! The part of the control API that concerns exercises.

use crate::driver::LabHandle;
use crate::labs::{Labs, LabsError};
use crate::said::Said;
use relevo_exercises::{CheckState, Exercise, Language, Page};
use relevo_proto::lab::v1;
use std::net::IpAddr;
use std::sync::Arc;
use tonic::{Code, Status};

/// Every exercise, briefly.
pub(super) fn list() -> Result<v1::ListExercisesResponse, Status> {
    let exercises = all()?.into_iter().map(|page| v1::Exercise {
        title_es: page.es.title,
        title_en: page.en.title,
        minutes: page.exercise.minutes,
        steps: page.exercise.steps.len() as u32,
        questions: page.exercise.questions.len() as u32,
        module: page.exercise.module,
        id: page.exercise.id,
    });
    Ok(v1::ListExercisesResponse { exercises: exercises.collect() })
}

/// Makes a lab with an exercise's scenario, in which its checks are judged; the first `passed`
/// steps were passed before.
pub(super) async fn start(
    labs: &Labs,
    id: &str,
    seed: u64,
    passed: usize,
    visitor: Option<IpAddr>,
) -> Result<LabHandle, Status> {
    let page = all()?.into_iter().find(|page| page.exercise.id.eq_ignore_ascii_case(id));
    let Some(Page { exercise, .. }) = page else {
        let known: Vec<String> = all()?.into_iter().map(|page| page.exercise.id).collect();
        let known = known.join(", ");
        let said = Said::new(
            format!("there is no exercise `{id}`; there are {known}"),
            format!("no hay ningún ejercicio `{id}`; hay {known}"),
        );
        return Err(said.status(Code::NotFound));
    };
    let exercise = Arc::new(exercise);
    let Some(scenario) = exercise.scenario.clone() else {
        let said = Said::new(
            format!("{id} is a set of questions and has no lab; read it at /exercises/{id}"),
            format!(
                "{id} es un conjunto de preguntas y no tiene laboratorio; léelo en /exercises/{id}"
            ),
        );
        return Err(said.status(Code::FailedPrecondition));
    };
    let made = labs.create(&scenario, seed, visitor).await;
    let handle = made.map_err(super::service::status)?;
    begin(&handle, exercise, passed).await?;
    Ok(handle)
}

/// Begins an exercise in a lab that has none.
pub(super) async fn begin(
    handle: &LabHandle,
    exercise: Arc<Exercise>,
    steps: usize,
) -> Result<(), Status> {
    let begun = handle.ask(move |driven| driven.attempt(exercise, steps)).await;
    begun.map_err(|_| super::service::status(LabsError::Gone))
}

/// How a check stands, in both languages.
pub(super) fn check(state: CheckState) -> v1::Check {
    let say =
        |language| state.sees.as_ref().map(|judged| judged.sees.say(language)).unwrap_or_default();
    v1::Check {
        sees_es: say(Language::Es),
        sees_en: say(Language::En),
        passed: state.passed,
        step: state.step,
    }
}

fn all() -> Result<Vec<Page>, Status> {
    relevo_exercises::all().map_err(|broken| Status::internal(broken.to_string()))
}

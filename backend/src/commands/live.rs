//! `relevo exercise check ID --lab LAB`: how the checks of an exercise stand in a lab of a running
//! server, as its page shows them. So a learner's program, or CI, is judged by what it did.

use crate::failure::Failure;
use relevo_exercises::Page;
use relevo_proto::lab::v1::lab_client::LabClient;
use relevo_proto::lab::v1::{Check, CheckExerciseRequest};
use serde_json::json;
use std::time::Duration;
use tonic::transport::Endpoint;
use tonic::{Code, Status};

/// A server that says nothing for so long is not there.
const PATIENCE: Duration = Duration::from_secs(10);

/// Shows how the checks stand; a verdict unless all are passed.
pub(super) fn run(page: &Page, http: &str, lab: &str, as_json: bool) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|why| Failure::Internal(why.to_string()))?;
    let checks = runtime.block_on(asked(http, lab))?;
    let (id, steps) = (&page.exercise.id, &page.exercise.steps);
    if !checks.iter().map(|check| &check.step).eq(steps.iter().map(|step| &step.id)) {
        let why = "the lab was begun with another exercise";
        return Err(Failure::start(format!("no {id} in lab {lab}"), why, "see --lab"));
    }
    let mut passed = true;
    for Check { step, passed: holds, sees_en, .. } in &checks {
        passed &= *holds;
        if as_json {
            println!("{}", json!({"step": step, "holds": holds, "sees": sees_en}));
        } else {
            let mark = if *holds { "ok    " } else { "open  " };
            let sees = if sees_en.is_empty() { String::new() } else { format!(": {sees_en}") };
            println!("{mark} {id} {step}{sees}");
        }
    }
    if as_json {
        let verdict = if passed { "ok" } else { "open" };
        println!("{}", json!({"verdict": verdict, "exercise": id, "lab": lab}));
    }
    if passed { Ok(()) } else { Err(Failure::Verdict) }
}

async fn asked(http: &str, lab: &str) -> Result<Vec<Check>, Failure> {
    let what = format!("cannot ask {http}");
    let unreached = |why: &dyn std::error::Error| {
        let why = why.source().map_or(why.to_string(), ToString::to_string);
        Failure::start(&what, why, "start it by `relevo serve`, or say where it is by --http")
    };
    let endpoint = Endpoint::from_shared(http.to_owned()).map_err(|why| unreached(&why))?;
    let endpoint = endpoint.connect_timeout(PATIENCE).timeout(PATIENCE);
    let channel = endpoint.connect().await.map_err(|why| unreached(&why))?;
    let request = CheckExerciseRequest { lab: lab.into() };
    let answer = LabClient::new(channel).check_exercise(request).await;
    Ok(answer.map_err(|status| refused(&status, lab))?.into_inner().checks)
}

fn refused(status: &Status, lab: &str) -> Failure {
    let help = match status.code() {
        Code::NotFound => "ListLabs names the labs there are",
        _ => "see --lab",
    };
    Failure::start(format!("no checks of lab {lab}"), status.message(), help)
}

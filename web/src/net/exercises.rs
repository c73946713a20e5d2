use super::transport::{Client, said};
use crate::model::Listed;
use relevo_exercises::Page;
use relevo_proto::browser::LabClient;
use relevo_proto::lab::v1::{PlaySolutionRequest, StartExerciseRequest};
use serde::de::DeserializeOwned;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// The exercises that are built.
pub(crate) async fn listed() -> Result<Vec<Listed>, String> {
    fetched("/exercises").await
}

/// One exercise with its words.
pub(crate) async fn page(id: String) -> Result<Rc<Page>, String> {
    fetched(&["/exercises/", &id].concat()).await.map(Rc::new)
}

/// A new lab with an exercise's scenario, whose first `passed` steps were passed before; its id.
pub(crate) async fn start(id: String, passed: usize) -> Result<String, String> {
    let request = StartExerciseRequest { id, seed: 0, passed: passed as u32 };
    match client().start_exercise(request).await {
        Ok(answer) => Ok(answer.into_inner().lab.unwrap_or_default().lab),
        Err(status) => Err(said(&status)),
    }
}

/// Has the lab do a step itself.
pub(crate) async fn play(lab: String, step: String) -> Result<(), String> {
    let played = client().play_solution(PlaySolutionRequest { lab, step }).await;
    played.map(|_| ()).map_err(|status| said(&status))
}

fn client() -> LabClient<Client> {
    LabClient::new(Client)
}

async fn fetched<T: DeserializeOwned>(path: &str) -> Result<T, String> {
    let text = text(path).await?;
    serde_json::from_str(&text).map_err(|why| why.to_string())
}

async fn text(path: &str) -> Result<String, String> {
    let window = web_sys::window().ok_or("no window")?;
    let failed = |why: wasm_bindgen::JsValue| {
        why.dyn_ref::<web_sys::js_sys::Error>().map_or_else(String::new, |why| why.message().into())
    };
    let answer = JsFuture::from(window.fetch_with_str(path)).await.map_err(failed)?;
    let answer: Response = answer.dyn_into().map_err(failed)?;
    if !answer.ok() {
        return Err([path, ": ", &answer.status().to_string()].concat());
    }
    let text = JsFuture::from(answer.text().map_err(failed)?).await.map_err(failed)?;
    text.as_string().ok_or_else(|| [path, " is no text"].concat())
}

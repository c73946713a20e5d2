//! gRPC-web by the browser's own `fetch`.

use relevo_proto::browser::{Answered, SPANISH, Status, Transport, refused};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::js_sys::{Error, Uint8Array};
use web_sys::{Headers, RequestInit, Response};

/// The page's own server.
pub(crate) struct Client;

impl Transport for Client {
    fn post(&self, path: &'static str, body: Vec<u8>) -> Answered {
        Box::pin(async move { posted(path, &body).await })
    }
}

async fn posted(path: &str, body: &[u8]) -> Result<Vec<u8>, Status> {
    let headers = Headers::new().map_err(failed)?;
    for (name, value) in [("content-type", "application/grpc-web+proto"), ("x-grpc-web", "1")] {
        headers.set(name, value).map_err(failed)?;
    }
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(&Uint8Array::from(body));
    let window = web_sys::window().ok_or_else(|| Status::new("no window"))?;
    let answer = JsFuture::from(window.fetch_with_str_and_init(path, &request)).await;
    let answer: Response = answer.and_then(JsCast::dyn_into).map_err(failed)?;
    if !answer.ok() {
        return Err(Status::new(["HTTP ", &answer.status().to_string()].concat()));
    }
    // A refusal without a message comes in the headers alone.
    if let Ok(Some(code)) = answer.headers().get("grpc-status")
        && code != "0"
    {
        let said = answer.headers().get("grpc-message").ok().flatten().unwrap_or_default();
        let spanish = answer.headers().get(SPANISH).ok().flatten();
        return Err(refused(&code, &said, spanish.as_deref()));
    }
    let bytes = answer.array_buffer().map_err(failed)?;
    let bytes = JsFuture::from(bytes).await.map_err(failed)?;
    Ok(Uint8Array::new(&bytes).to_vec())
}

/// What a status says in the page's language, as the document has it.
pub(super) fn said(status: &Status) -> String {
    let root = web_sys::window().and_then(|window| window.document()?.document_element());
    let spanish = root.and_then(|root| root.get_attribute("lang")).is_some_and(|it| it == "es");
    if spanish { status.spanish() } else { status.message() }.to_owned()
}

/// What the browser says went wrong.
fn failed(why: JsValue) -> Status {
    Status::new(why.dyn_ref::<Error>().map_or_else(String::new, |why| why.message().into()))
}

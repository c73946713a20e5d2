//! One HTTP port for everything a browser or a program speaks to: the page, the WebSocket of
//! scene and trace, gRPC-web and native gRPC.

mod body;
mod exercises;
mod export;
mod guard;
mod listener;
mod page;
mod stream;

pub use guard::Hosts;
pub use listener::{HttpLimits, Visitor, serve};
pub use page::build_id;

use crate::labs::Labs;
use crate::rpc::{self, Health};
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::get;
use std::sync::Arc;

/// The whole HTTP service as a value, for tests to call without a port.
pub fn app(labs: Arc<Labs>, hosts: Hosts, health: Health) -> Router {
    let stream = Router::new()
        .route("/stream", get(stream::upgrade))
        .route("/trace.jsonl", get(export::trace))
        .route("/exercises/{id}", get(exercises::one))
        .with_state(Arc::clone(&labs));
    Router::new()
        .merge(rpc::routes(labs, health))
        .merge(stream)
        .route("/exercises", get(exercises::list))
        .fallback(get(page::file))
        .layer(axum::middleware::from_fn(body::timely))
        .layer(axum::middleware::from_fn_with_state(hosts, guard::check))
        .layer(axum::middleware::map_response(as_typed))
}

/// Whatever is answered is what its type says: no browser guesses at it.
async fn as_typed(mut response: Response) -> Response {
    let nosniff = HeaderValue::from_static("nosniff");
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    response
}

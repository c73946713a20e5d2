//! A request's body must be there in time: whoever sends it byte by byte is not waited for.

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use futures_util::StreamExt;
use std::io;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long a body may take; none of ours is long.
const BODY: Duration = Duration::from_secs(15);
/// Reflection is a conversation: its request ends when its client has learnt enough.
const CONVERSATIONS: &str = "/grpc.reflection.";

/// Cuts a body off that takes too long.
pub(super) async fn timely(request: Request, next: Next) -> Response {
    if request.uri().path().starts_with(CONVERSATIONS) {
        return next.run(request).await;
    }
    let until = Instant::now() + BODY;
    let timely = |body: Body| {
        let chunks =
            futures_util::stream::unfold(Some(body.into_data_stream()), move |chunks| async move {
                let mut chunks = chunks?;
                match timeout_at(until, chunks.next()).await {
                    Ok(Some(chunk)) => Some((chunk.map_err(io::Error::other), Some(chunks))),
                    Ok(None) => None,
                    Err(_) => Some((Err(io::ErrorKind::TimedOut.into()), None)),
                }
            });
        Body::from_stream(chunks)
    };
    next.run(request.map(timely)).await
}

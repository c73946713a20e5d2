//! The WebSocket `/stream`: what the page sees of its lab.
//!
//! `/stream?scenario=first-minute` makes the visitor a lab; `/stream?lab=main` watches one that
//! is there. Commands go the other way by gRPC-web; what a page sends here is not looked at, but
//! that it has closed is.

use super::page::build_id;
use crate::driver::{LabHandle, News, Viewer};
use crate::labs::{Labs, LabsError};
use axum::extract::ws::{Message as WsMessage, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::{SinkExt, StreamExt};
use relevo_lab::stream::Frame;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Frames go out at most this often: 40 a second.
const FRAME_EVERY: Duration = Duration::from_millis(25);
/// A page that takes nothing for so long is gone.
const STUCK: Duration = Duration::from_secs(20);
/// Fresh scenes for a viewer that falls behind come at most this often.
const SCENE_EVERY: Duration = Duration::from_millis(200);
/// A page sends nothing of length.
const INCOMING: usize = 4096;

#[derive(Debug, Deserialize)]
pub(super) struct Wish {
    lab: Option<String>,
    scenario: Option<String>,
    seed: Option<u64>,
}

/// Answers a request for the stream.
pub(super) async fn upgrade(
    State(labs): State<Arc<Labs>>,
    Query(wish): Query<Wish>,
    socket: WebSocketUpgrade,
) -> Response {
    match find(&labs, &wish) {
        Ok(handle) => socket
            .max_message_size(INCOMING)
            .max_frame_size(INCOMING)
            .on_upgrade(move |socket| serve(socket, handle)),
        Err(error) => {
            let status = match error {
                LabsError::TooMany(_) => StatusCode::SERVICE_UNAVAILABLE,
                LabsError::NoLab(_) | LabsError::NoScenario(_) => StatusCode::NOT_FOUND,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            };
            (status, error.to_string()).into_response()
        }
    }
}

fn find(labs: &Labs, wish: &Wish) -> Result<LabHandle, LabsError> {
    match (&wish.lab, &wish.scenario) {
        (Some(id), _) => labs.find(id),
        (None, scenario) => {
            labs.create(scenario.as_deref().unwrap_or_default(), wish.seed.unwrap_or(0))
        }
    }
}

async fn serve(socket: WebSocket, handle: LabHandle) {
    let (mut sink, mut incoming) = socket.split();
    let Ok((scene, events, viewer, verdicts)) = handle.ask(|driven| driven.watch()).await else {
        return;
    };
    let first = [
        Frame::Hello { build: build_id(), lab: handle.info.clone() },
        Frame::History { scene, events },
        Frame::Verdicts(verdicts),
    ];
    let telling = async {
        for frame in &first {
            send(&mut sink, frame).await?;
        }
        tell(&mut sink, &viewer, &handle).await
    };
    tokio::select! {
        _ = telling => {}
        // Whatever a page says here is read only to notice that it has gone.
        () = async { while let Some(Ok(_)) = incoming.next().await {} } => {}
    }
}

type Sink = futures_util::stream::SplitSink<WebSocket, WsMessage>;

/// The page is gone, or too slow to be there.
struct Left;

async fn tell(sink: &mut Sink, viewer: &Viewer, handle: &LabHandle) -> Result<(), Left> {
    let mut pace = interval(FRAME_EVERY);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        pace.tick().await;
        let news = viewer.news().await;
        let (missed, gone) = (news.missed, news.gone);
        for frame in frames(news) {
            send(sink, &frame).await?;
        }
        if gone {
            return Ok(());
        }
        if missed > 0 {
            tokio::time::sleep(SCENE_EVERY).await;
            let refresh = viewer.refresher();
            handle.ask(move |driven| driven.refresh(refresh, missed)).await.map_err(|_| Left)?;
        }
    }
}

fn frames(news: News) -> Vec<Frame> {
    let mut frames = Vec::new();
    frames.extend(news.gap.map(|(scene, missed)| Frame::Gap { scene, missed }));
    frames.extend(news.named.into_iter().map(Frame::Named));
    if !news.events.is_empty() {
        frames.push(Frame::Events(news.events));
    }
    frames.extend(news.clock.map(Frame::Clock));
    frames.extend(news.verdicts.map(Frame::Verdicts));
    frames.extend(news.waiting.map(Frame::Waiting));
    frames.extend(news.solution.map(Frame::Solution));
    frames.extend(news.stopped.map(|reason| Frame::Stopped { reason }));
    frames
}

async fn send(sink: &mut Sink, frame: &Frame) -> Result<(), Left> {
    let bytes = postcard::to_allocvec(frame).map_err(|_| Left)?;
    match timeout(STUCK, sink.send(WsMessage::Binary(bytes.into()))).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(Left),
    }
}

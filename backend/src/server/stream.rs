//! The WebSocket `/stream`: what the page sees of its lab.
//!
//! `/stream?scenario=first-minute` makes the visitor a lab; `/stream?lab=main` watches one that
//! is there. Commands go the other way by gRPC-web; a page says nothing here but that it
//! is still there, when it is pinged.

use super::Visitor;
use super::page::build_id;
use crate::driver::{Driven, Gone, LabHandle, News, Refusal, Viewer};
use crate::labs::{Labs, LabsError};
use axum::Extension;
use axum::extract::ws::{
    CloseFrame, Message as WsMessage, WebSocket, WebSocketUpgrade, close_code,
};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::SplitStream;
use futures_util::{SinkExt, StreamExt};
use relevo_lab::stream::Frame;
use serde::Deserialize;
use std::net::IpAddr;
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
    visitor: Option<Extension<Visitor>>,
    socket: WebSocketUpgrade,
) -> Response {
    let visitor = visitor.map(|Extension(Visitor(ip))| ip);
    let silence = labs.limits().silence;
    match find(&labs, &wish, visitor).await {
        Ok(handle) => socket
            .max_message_size(INCOMING)
            .max_frame_size(INCOMING)
            .on_upgrade(move |socket| serve(socket, handle, silence)),
        Err(error) => {
            let status = match error {
                LabsError::TooMany(_) | LabsError::TooManyOfYours(_) => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                LabsError::NoLab(_) | LabsError::NoScenario(_) => StatusCode::NOT_FOUND,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            };
            (status, error.to_string()).into_response()
        }
    }
}

async fn find(labs: &Labs, wish: &Wish, visitor: Option<IpAddr>) -> Result<LabHandle, LabsError> {
    match (&wish.lab, &wish.scenario) {
        (Some(id), _) => labs.find(id),
        (None, scenario) => {
            let (scenario, seed) = (scenario.as_deref().unwrap_or_default(), wish.seed);
            labs.create(scenario, seed.unwrap_or(0), visitor).await
        }
    }
}

async fn serve(socket: WebSocket, handle: LabHandle, silence: Duration) {
    let (mut sink, incoming) = socket.split();
    let (scene, events, viewer, verdicts) = match handle.ask(Driven::watch).await {
        Ok(Ok(watch)) => watch,
        Ok(Err(refusal)) => return refuse(&mut sink, &refusal).await,
        Err(Gone) => return,
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
        tell(&mut sink, &viewer, &handle, silence / 3).await
    };
    tokio::select! {
        _ = telling => {}
        () = presence(incoming, silence) => {}
    }
}

/// Ends where the page has gone, is silent though it is pinged, or says what no page of ours says.
async fn presence(mut incoming: SplitStream<WebSocket>, silence: Duration) {
    while let Ok(Some(Ok(WsMessage::Ping(_) | WsMessage::Pong(_)))) =
        timeout(silence, incoming.next()).await
    {}
}

/// Says why there is nothing to see.
async fn refuse(sink: &mut Sink, refusal: &Refusal) {
    let frame = CloseFrame { code: close_code::AGAIN, reason: refusal.to_string().into() };
    // A page that has gone meanwhile needs no reason.
    let _ = timeout(STUCK, sink.send(WsMessage::Close(Some(frame)))).await;
}

type Sink = futures_util::stream::SplitSink<WebSocket, WsMessage>;

/// The page is gone, or too slow to be there.
struct Left;

async fn tell(
    sink: &mut Sink,
    viewer: &Viewer,
    handle: &LabHandle,
    ping_every: Duration,
) -> Result<(), Left> {
    let mut pings = interval(ping_every);
    let mut pace = interval(FRAME_EVERY);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        pace.tick().await;
        let news = tokio::select! {
            news = viewer.news() => news,
            _ = pings.tick() => {
                say(sink, WsMessage::Ping(Bytes::new())).await?;
                continue;
            }
        };
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
    say(sink, WsMessage::Binary(bytes.into())).await
}

async fn say(sink: &mut Sink, message: WsMessage) -> Result<(), Left> {
    match timeout(STUCK, sink.send(message)).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(Left),
    }
}

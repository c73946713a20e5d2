//! What a client that asks was asked, answered and told: its console.

use crate::LabEvent;
use relevo_apps::{AppEvent, Outcome};
use relevo_coordination::{Request, Response, SessionId, WatchedEvent};
use relevo_core::{Instant, Seq};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;

/// How many of the last things said are kept to be seen.
pub const SAID_SHOWN: usize = 24;
/// How many names or paths of an answer are kept.
const NAMES_SHOWN: usize = 32;
/// How many bytes of a request's or an answer's data are kept.
const DATA_SHOWN: usize = 256;

/// One thing said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// When.
    pub at: Instant,
    /// The event; of a question that was answered, that of its answer.
    pub seq: Seq,
    /// What.
    pub what: What,
}

/// What was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum What {
    /// It was asked something, and answered, or not yet.
    Asked {
        /// The operation's number.
        op: u64,
        /// What.
        request: Arc<Request>,
        /// What came of it.
        outcome: Option<Outcome>,
    },
    /// A watch told it of a change.
    Told(WatchedEvent),
    /// It has a session.
    Session {
        /// Which.
        session: SessionId,
        /// Whether it is the one it had.
        resumed: bool,
    },
    /// Its session expired.
    Expired,
}

/// Notes what an application tells of itself.
pub(super) fn hear(said: &mut VecDeque<Said>, event: &LabEvent, told: &AppEvent) {
    let what = match told {
        AppEvent::Called { op, request } => {
            let request = brief(request);
            What::Asked { op: *op, request, outcome: None }
        }
        AppEvent::Returned { op, outcome } => return answer(said, event, *op, outcome),
        AppEvent::Notified(event) => What::Told(event.clone()),
        AppEvent::SessionGained { session, resumed } => {
            What::Session { session: *session, resumed: *resumed }
        }
        AppEvent::SessionLost => What::Expired,
        AppEvent::Counter(_) | AppEvent::Candidate(_) => return,
    };
    if said.len() == SAID_SHOWN {
        said.pop_front();
    }
    said.push_back(Said { at: event.at, seq: event.seq, what });
}

fn answer(said: &mut VecDeque<Said>, event: &LabEvent, number: u64, came: &Outcome) {
    let asked = said.iter_mut().rev().find_map(|said| match &mut said.what {
        What::Asked { op, outcome, .. } if *op == number => Some((&mut said.seq, outcome)),
        _ => None,
    });
    if let Some((seq, outcome)) = asked {
        (*seq, *outcome) = (event.seq, Some(shortened(came)));
    }
}

/// The request itself, or, where it carries much, only its kind.
fn brief(request: &Arc<Request>) -> Arc<Request> {
    let short = match &**request {
        Request::Create { path, data: Some(data), acl, mode, with_stat } if long(data) => {
            let (data, path, acl) = (Some(data.slice(..0)), path.clone(), acl.clone());
            Request::Create { path, data, acl, mode: *mode, with_stat: *with_stat }
        }
        Request::SetData { path, data: Some(data), version } if long(data) => {
            let data = Some(data.slice(..0));
            Request::SetData { path: path.clone(), data, version: *version }
        }
        Request::Multi(parts) if parts.len() > NAMES_SHOWN => Request::Multi(Vec::new()),
        _ => return request.clone(),
    };
    Arc::new(short)
}

fn long(data: &[u8]) -> bool {
    data.len() > DATA_SHOWN
}

fn shortened(outcome: &Outcome) -> Outcome {
    let Outcome::Answered { zxid, response } = outcome else { return outcome.clone() };
    let mut response = response.clone();
    let cut = match &*response {
        Response::Children { children, .. } => children.len() > NAMES_SHOWN,
        Response::Ephemerals(paths) => paths.len() > NAMES_SHOWN,
        Response::Multi(results) => results.len() > NAMES_SHOWN,
        Response::Data { data, .. } => data.as_deref().is_some_and(long),
        _ => false,
    };
    if cut {
        match Arc::make_mut(&mut response) {
            Response::Children { children, .. } => children.truncate(NAMES_SHOWN),
            Response::Ephemerals(paths) => paths.truncate(NAMES_SHOWN),
            Response::Multi(results) => results.truncate(NAMES_SHOWN),
            Response::Data { data, .. } => {
                *data =
                    data.as_ref().map(|data| bytes::Bytes::copy_from_slice(&data[..DATA_SHOWN]));
            }
            _ => {}
        }
    }
    Outcome::Answered { zxid: *zxid, response }
}

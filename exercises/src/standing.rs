//! What a script has a console do that stands for election by hand.

use crate::facts::before;
use relevo_apps::{ELECTION_PATH, LEADER_PATH};
use relevo_coordination::service::open_acl;
use relevo_coordination::{CreateMode, Life, Request};
use relevo_lab::Scene;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One part of the recipe. What it depends on, a script cannot know ahead: it is read off the lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// To join the line.
    Join,
    /// To watch the one right before it.
    WatchBefore,
    /// To write its name to `/leader`, with the version that is there.
    Claim,
}

impl Part {
    /// What is asked; none where there is nothing to ask it of.
    pub(crate) fn request(self, client: &str, scene: &Scene) -> Option<Request> {
        Some(match self {
            Part::Join => Request::Create {
                path: format!("{ELECTION_PATH}/{client}-").into(),
                data: None,
                acl: open_acl(),
                mode: CreateMode { life: Life::Ephemeral, sequential: true },
                with_stat: true,
            },
            Part::WatchBefore => {
                let path = before(scene, &own(client, scene)?)?;
                Request::Exists { path, watch: true }
            }
            Part::Claim => Request::SetData {
                path: LEADER_PATH.into(),
                data: Some(bytes::Bytes::copy_from_slice(client.as_bytes())),
                version: scene.znodes.at(LEADER_PATH)?.stored.version,
            },
        })
    }
}

/// The znode of this client in the line.
fn own(client: &str, scene: &Scene) -> Option<Arc<str>> {
    let named = format!("{ELECTION_PATH}/{client}-");
    let mut line = scene.znodes.children(ELECTION_PATH);
    line.find(|(path, _)| path.starts_with(&named)).map(|(path, _)| path.clone())
}

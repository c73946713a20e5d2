//! What the clients were told, held against what the servers have in the end.

use crate::{Event, HostKind, Lab, LabEvent};
use relevo_apps::{AppEvent, Outcome, SHARED};
use relevo_coordination::{Life, MultiResult, Request, Response, Tree};
use relevo_core::{HostId, Kind, Party};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What must be there.
pub(super) struct Expected {
    clients: BTreeMap<HostId, Client>,
    /// Persistent znodes whose creation was acknowledged and whose deletion was never asked for.
    paths: BTreeMap<Arc<str>, ()>,
    /// The highest version acknowledged of a znode that is never deleted.
    versions: BTreeMap<Arc<str>, i32>,
    /// How much was acknowledged since everything was mended; none before.
    acknowledged_after: Option<u64>,
}

#[derive(Default)]
struct Client {
    waiting: BTreeMap<u64, Arc<Request>>,
}

impl Expected {
    pub(super) fn new(lab: &Lab) -> Expected {
        let clients = lab.hosts().iter().filter(|host| host.kind == HostKind::Workload);
        Expected {
            clients: clients.map(|host| (host.id, Client::default())).collect(),
            paths: BTreeMap::new(),
            versions: BTreeMap::new(),
            acknowledged_after: None,
        }
    }

    pub(super) fn clients(&self) -> impl Iterator<Item = HostId> + '_ {
        self.clients.keys().copied()
    }

    /// Folds one event; whether an operation was acknowledged by it.
    pub(super) fn apply(&mut self, event: &LabEvent) -> bool {
        let (Kind::State(Event::App(app)), Some(Party::Host(host))) = (&event.kind, event.party)
        else {
            return false;
        };
        let Some(client) = self.clients.get_mut(&host) else { return false };
        match app {
            AppEvent::Called { op, request } => {
                if let Request::Delete { path, .. } = &**request {
                    self.paths.remove(path);
                }
                client.waiting.insert(*op, request.clone());
                false
            }
            AppEvent::Returned { op, outcome } => {
                let Some(request) = client.waiting.remove(op) else { return false };
                if let Outcome::Answered { response, .. } = outcome {
                    self.learn(&request, response);
                }
                let answered = !matches!(outcome, Outcome::Unknown);
                if let Some(acknowledged) = &mut self.acknowledged_after {
                    *acknowledged += u64::from(answered);
                }
                answered
            }
            _ => false,
        }
    }

    fn learn(&mut self, request: &Request, response: &Response) {
        match (request, response) {
            (Request::Create { mode, .. }, Response::Path(path))
                if mode.life == Life::Persistent =>
            {
                self.paths.insert(path.clone(), ());
            }
            (Request::SetData { path, .. }, Response::Stat(stat)) if is_lasting(path) => {
                let version = self.versions.entry(path.clone()).or_default();
                *version = (*version).max(stat.version);
            }
            (Request::Multi(_), Response::Multi(results)) => {
                for result in results {
                    if let MultiResult::Create { path, .. } = result {
                        self.paths.insert(path.clone(), ());
                    }
                }
            }
            _ => {}
        }
    }

    /// From now on progress must return.
    pub(super) fn healed(&mut self) {
        self.acknowledged_after = Some(0);
    }

    /// Whether every call has come back.
    pub(super) fn all_returned(&self) -> bool {
        self.clients.values().all(|client| client.waiting.is_empty())
    }

    /// What has not come back though everything was mended.
    pub(super) fn stuck(&self, lab: &Lab) -> Option<String> {
        let waiting: usize = self.clients.values().map(|client| client.waiting.len()).sum();
        if !lab.ready() {
            return Some("after healing, not every voter serves".into());
        }
        if self.acknowledged_after == Some(0) || waiting > 0 {
            return Some(format!("after healing, {waiting} operations were never answered"));
        }
        difference(lab)
    }

    /// How many facts were judged, and what is missing.
    pub(super) fn judge(&self, lab: &Lab) -> (u64, Option<String>) {
        let mut missing = None;
        let mut facts = 0;
        for (server, tree) in trees(lab) {
            for path in self.paths.keys() {
                facts += 1;
                if tree.node(path).is_none() {
                    missing =
                        missing.or(Some(format!("{path} was acknowledged; {server} lacks it")));
                }
            }
            for (path, version) in &self.versions {
                facts += 1;
                let found = tree.node(path).map(|node| node.stat.version);
                if found.is_none_or(|found| found < *version) {
                    missing = missing.or(Some(format!(
                        "version {version} of {path} was acknowledged; {server} has {found:?}"
                    )));
                }
            }
        }
        (facts, missing)
    }
}

/// Whether nobody ever deletes it.
fn is_lasting(path: &str) -> bool {
    path == SHARED || path.matches('/').count() == 1
}

fn trees(lab: &Lab) -> Vec<(Arc<str>, &Tree)> {
    let tree = |host: &crate::LabHost| {
        let server = lab.server(host.id)?;
        Some((host.name.clone(), &server.service().tree))
    };
    lab.hosts().iter().filter_map(tree).collect()
}

/// Whether all servers that run have the same tree.
pub(super) fn servers_agree(lab: &Lab) -> bool {
    let trees = trees(lab);
    let Some(((_, first), others)) = trees.split_first() else { return true };
    others.iter().all(|(_, tree)| same(first, tree))
}

fn same(one: &Tree, other: &Tree) -> bool {
    one.len() == other.len() && one.after(None).eq(other.after(None))
}

/// Where the servers' trees first differ.
fn difference(lab: &Lab) -> Option<String> {
    let trees = trees(lab);
    let ((first_name, first), others) = trees.split_first()?;
    let (name, tree) = others.iter().find(|(_, tree)| !same(first, tree))?;
    let paths = || first.after(None).chain(tree.after(None)).map(|(path, _)| path);
    let differs = |path: &&Arc<str>| first.node(path) != tree.node(path);
    let lacks = |path: &&Arc<str>| first.node(path).is_none() != tree.node(path).is_none();
    let path = paths().find(lacks).or_else(|| paths().find(differs))?;
    let shown = |tree: &Tree| format!("{:?}", tree.node(path).map(|node| (&node.stat, &node.data)));
    Some(format!(
        "after healing, {path} is {} at {first_name} and {} at {name}",
        shown(first),
        shown(tree)
    ))
}

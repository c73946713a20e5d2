//! One learner's lab.

use crate::checkers::{Checkers, Voter};
use crate::recording::{KEYFRAME_EVERY, Keyframe, Recording};
use crate::stream::{OutsideName, Verdict};
use crate::{HostKind, LabEvent, LabHost, LabInput, Node, Scenario, Scene, Work, why};
use relevo_apps::Console;
use relevo_coordination::Server;
use relevo_core::{
    CloseReason, Duration, HostId, Instant, Message, OutsideId, OutsideOutput, Party, Seq,
};
use relevo_world::{CommandError, Entered, HostState, Storage, World};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// How many of the last events a lab keeps, for whoever comes to look.
pub const EVENTS_KEPT: usize = 20_000;
/// After so many events a scene is kept among them.
const PICTURE_EVERY: u64 = EVENTS_KEPT as u64 / 4;
/// About how much of what keyframes share an event copies: worlds, trees and files are persistent
/// values, of which a change copies the nodes on its way.
const BYTES_OF_AN_EVENT: u64 = 160;
/// How many things happen before the trace is folded, at most.
const FOLD_AFTER: u32 = 256;
/// How many names of outside programs are remembered, those gone included: the past shows them.
const MOST_NAMES: usize = 4_096;

/// A world with its clusters, what can be seen of it, what was promised of it, and its recording.
#[derive(Clone)]
pub struct Lab {
    scenario: Scenario,
    seed: u64,
    wall_start_ms: i64,
    storage: Storage,
    pub(crate) hosts: Arc<[LabHost]>,
    pub(crate) world: World<Node>,
    pub(crate) scene: Scene,
    pub(crate) checkers: Checkers,
    pub(crate) recording: Recording,
    /// How many things have happened: the place of an input among those of its instant.
    runs: u64,
    pub(crate) events: VecDeque<Arc<LabEvent>>,
    /// Scenes among the kept events, where these are many since the last keyframe.
    pub(crate) pictures: VecDeque<Scene>,
    pub(crate) taken: Seq,
    keep: Keep,
    /// The last event that was told, where nobody watches a lab that lives in files.
    pub(crate) unwatched: Option<Seq>,
    driver_keeps: bool,
    names: BTreeMap<OutsideId, OutsideName>,
}

/// What a lab keeps of what happens.
#[derive(Clone, Debug)]
enum Keep {
    /// Events, keyframes and inputs.
    All,
    /// The events since the last look.
    Fresh(Vec<LabEvent>),
    /// Nothing.
    Nothing,
}

/// Why a lab cannot be forked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForkError {
    /// It lives in files, whose past nobody keeps.
    #[error("this lab lives in files, and files have no past to fork from: make a memory lab")]
    Durable,
    /// It is too long ago.
    #[error("{} ms is before {} ms, the earliest instant this lab remembers: choose a later one",
        at.as_millis(), oldest.as_millis())]
    TooOld {
        /// The instant asked for.
        at: Instant,
        /// The earliest there is.
        oldest: Instant,
    },
    /// It has not happened.
    #[error("{} ms has not come yet: it is {} ms in this lab", at.as_millis(), now.as_millis())]
    Future {
        /// The instant asked for.
        at: Instant,
        /// The lab's now.
        now: Instant,
    },
}

/// A node as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeInfo {
    /// Its host.
    pub host: HostId,
    /// Its name.
    pub name: Arc<str>,
    /// "leader", "follower", "observer", "looking", "client".
    pub role: &'static str,
    /// "running", "paused", "crashed", "stopped".
    pub state: &'static str,
    /// The epoch it follows or leads; 0 for clients.
    pub epoch: u32,
}

impl Lab {
    /// A lab at its first instant.
    pub fn new(scenario: &Scenario, seed: u64, wall_start_ms: i64, storage: Storage) -> Lab {
        let hosts: Arc<[LabHost]> = scenario.hosts().into();
        let mut lab = Lab {
            scenario: scenario.clone(),
            seed,
            wall_start_ms,
            storage,
            world: scenario.world(seed, wall_start_ms, storage),
            scene: first_scene(&hosts),
            checkers: Checkers::new(&voters(&hosts)),
            recording: Recording::default(),
            runs: 0,
            events: VecDeque::new(),
            pictures: VecDeque::new(),
            taken: Seq(0),
            keep: Keep::All,
            unwatched: None,
            driver_keeps: false,
            names: BTreeMap::new(),
            hosts,
        };
        lab.fold();
        lab.keep_keyframe();
        lab.set_watched(false);
        lab
    }

    /// The scenario it began with.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Its seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Whether it lives in files.
    pub fn is_durable(&self) -> bool {
        self.storage == Storage::External
    }

    /// Its time.
    pub fn now(&self) -> Instant {
        self.world.now()
    }

    /// The last event.
    pub fn seq(&self) -> Seq {
        self.world.seq()
    }

    /// When the next thing is due.
    pub fn next_due(&self) -> Option<Instant> {
        self.world.next_due()
    }

    /// Its world, to look at.
    pub fn world(&self) -> &World<Node> {
        &self.world
    }

    /// Runs everything due up to `t`; then it is `t`.
    pub fn advance_to(&mut self, t: Instant) {
        let mut unfolded = 0;
        while self.world.next_due().is_some_and(|due| due <= t) {
            self.world.run_one();
            self.runs += 1;
            unfolded += 1;
            if unfolded == FOLD_AFTER {
                unfolded = 0;
                self.fold();
            }
        }
        self.world.advance_to(t);
        self.fold();
    }

    /// Runs exactly the next thing that is due; false where nothing waits for time to pass.
    pub fn run_one(&mut self) -> bool {
        let ran = self.world.run_one();
        self.runs += u64::from(ran);
        self.fold();
        ran
    }

    /// Lets something enter at this instant, and records it.
    pub fn input(&mut self, input: LabInput) -> Result<Entered, CommandError> {
        let records = !self.is_durable() && self.keeps_all();
        let recorded = records.then(|| input.clone());
        // No machine knows what was done to its disk and its clock.
        let unseen = match &input {
            LabInput::Fault { fault, .. } if !self.is_watched() => Some(fault.clone()),
            _ => None,
        };
        let entered = self.world.input(input)?;
        if let Some(fault) = unseen {
            self.scene.change(&fault);
        }
        if let Some(input) = recorded {
            self.recording.enter(self.world.now(), self.runs, input);
            if self.recording.is_full() {
                self.keep_keyframe();
                self.recording.shrink();
            }
        }
        self.fold();
        Ok(entered)
    }

    /// What is for outside programs and real disks, in order.
    pub fn drain_outside(&mut self) -> Vec<OutsideOutput<crate::Message>> {
        self.world.drain_outside().collect()
    }

    /// The events since the last call that are still kept; where the first is not the successor
    /// of the last one taken, those between are gone.
    pub fn take_events(&mut self) -> Vec<Arc<LabEvent>> {
        let first = self.events.partition_point(|event| event.seq <= self.taken);
        self.taken = self.world.seq();
        self.events.range(first..).cloned().collect()
    }

    /// Keeps only the events since the last look. Such a lab is faster, does exactly the same, and
    /// can neither be looked back on nor be forked.
    pub(crate) fn keep_fresh(&mut self) {
        self.keep = Keep::Fresh(Vec::new());
    }

    /// Keeps nothing, and with `judged` false traces nothing either, so that nothing is seen or
    /// judged: what a bench compares with.
    pub fn keep_nothing(&mut self, judged: bool) {
        self.keep = Keep::Nothing;
        self.world.set_trace(judged);
    }

    /// The events since the last call, kept or not.
    pub(crate) fn take_fresh(&mut self) -> Vec<LabEvent> {
        match &mut self.keep {
            Keep::Fresh(fresh) => std::mem::take(fresh),
            _ => self.take_events().iter().map(|event| LabEvent::clone(event)).collect(),
        }
    }

    /// What can be seen now.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// A past scene, and all that happened from it up to now: so much can be looked back on at
    /// once.
    pub fn history(&self) -> (Scene, Vec<Arc<LabEvent>>) {
        let first_kept = self.events.front().map_or(Seq(u64::MAX), |event| event.seq);
        let keyframe = self.recording.keyframe_before_event(first_kept);
        let keyframe = keyframe.map(|keyframe| (keyframe.seq, &keyframe.scene));
        let picture = self.pictures.iter().find(|scene| scene.seq.0 + 1 >= first_kept.0);
        let pictures = picture.map(|scene| (scene.seq, scene));
        let Some((seq, scene)) = keyframe.into_iter().chain(pictures).min_by_key(|(seq, _)| *seq)
        else {
            return (self.scene.clone(), Vec::new());
        };
        let first = self.events.partition_point(|event| event.seq <= seq);
        let mut scene = scene.clone();
        self.name_all(&mut scene);
        (scene, self.events.range(first..).cloned().collect())
    }

    /// The kept event of this number.
    pub fn event(&self, seq: Seq) -> Option<&Arc<LabEvent>> {
        let at = self.events.binary_search_by_key(&seq, |event| event.seq).ok()?;
        self.events.get(at)
    }

    /// Why an event happened, as far as the kept events tell; see [`why`].
    pub fn why(&mut self, seq: Seq) -> Vec<Seq> {
        why(self.events.make_contiguous(), seq)
    }

    /// What the checkers say.
    pub fn verdicts(&self) -> Vec<Verdict> {
        self.checkers.verdicts()
    }

    /// Whether a checker saw a promise broken.
    pub fn is_violated(&self) -> bool {
        self.checkers.is_violated()
    }

    /// The earliest instant that can be looked back to and forked from.
    pub fn oldest(&self) -> Instant {
        self.recording.oldest().unwrap_or(self.world.now())
    }

    /// A new memory lab that begins at a past instant of this one. What happened before `at` is
    /// the same; every connection of an outside program ends at `at`.
    pub fn fork(&self, at: Instant) -> Result<Lab, ForkError> {
        let (oldest, now) = (self.oldest(), self.now());
        if self.is_durable() {
            return Err(ForkError::Durable);
        }
        if at > now {
            return Err(ForkError::Future { at, now });
        }
        let begun = self.recording.keyframe_at(at).and_then(|key| key.begin(self));
        let Some(mut fork) = begun else { return Err(ForkError::TooOld { at, oldest }) };
        fork.replay(&self.recording, at);
        fork.hang_up();
        Ok(fork)
    }

    /// Its hosts, servers first.
    pub fn hosts(&self) -> &[LabHost] {
        &self.hosts
    }

    /// The host of this name.
    pub fn host_named(&self, name: &str) -> Option<HostId> {
        self.hosts.iter().find(|host| &*host.name == name).map(|host| host.id)
    }

    /// The server that runs on a host now.
    pub fn server(&self, host: HostId) -> Option<&Server> {
        match self.world.machine(host)? {
            Node::ZooKeeper(server) => Some(server),
            _ => None,
        }
    }

    /// The console that runs on a host now.
    pub fn console(&self, host: HostId) -> Option<&Console> {
        match self.world.machine(host)? {
            Node::Console(console) => Some(console),
            _ => None,
        }
    }

    /// Whether every voter serves.
    pub fn ready(&self) -> bool {
        let voters = self
            .hosts
            .iter()
            .filter(|host| matches!(host.kind, HostKind::Server { voter: true, .. }));
        voters.map(|host| self.server(host.id)).all(|server| server.is_some_and(Server::serving))
    }

    /// Its nodes as a list shows them.
    pub fn nodes(&self) -> Vec<NodeInfo> {
        let info = |host: &LabHost| {
            let server = self.server(host.id);
            let role = match (host.kind, server.map(Server::role)) {
                (HostKind::Server { .. }, role) => role_name(role.unwrap_or_default()),
                _ => "client",
            };
            let view = self.world.hosts().nth(host.id.0 as usize);
            NodeInfo {
                host: host.id,
                name: host.name.clone(),
                role,
                state: view.map_or("stopped", |view| state_name(view.state)),
                epoch: server.map_or(0, |server| server.epoch().0),
            }
        };
        self.hosts.iter().map(info).collect()
    }

    /// Names an outside program, as far as its connection tells.
    pub fn name_outside(&mut self, known: OutsideName) {
        self.scene.name_outside(&known);
        self.names.insert(known.outside, known);
        if self.names.len() > MOST_NAMES {
            let clients = &self.scene.clients;
            let gone = |outside: &OutsideId| !clients.contains_key(&Party::Outside(*outside));
            if let Some(oldest) = self.names.keys().copied().find(gone) {
                self.names.remove(&oldest);
            }
        }
    }

    /// What the outside programs are called that were named so far.
    pub fn outside_names(&self) -> impl Iterator<Item = &OutsideName> {
        self.names.values()
    }

    /// Says where outside clients reach a server.
    pub fn set_addresses(&mut self, host: HostId, addresses: Vec<Arc<str>>) {
        if let Some(server) = self.scene.servers.iter_mut().find(|server| server.host == host) {
            server.addresses = addresses;
        }
    }

    fn name_all(&self, scene: &mut Scene) {
        scene.name_outsiders(self.names.values());
        for (server, now) in scene.servers.iter_mut().zip(&self.scene.servers) {
            server.addresses.clone_from(&now.addresses);
        }
    }

    /// Names the outside programs of the scene at hand.
    pub(crate) fn name_outsiders(&mut self) {
        self.scene.name_outsiders(self.names.values());
    }

    /// Folds what the world told into scene, checkers and kept events.
    pub(crate) fn fold(&mut self) {
        if self.unwatched.is_some() {
            return;
        }
        let was_violated = self.checkers.is_violated();
        for event in self.world.drain_trace() {
            self.scene.apply(&event);
            self.checkers.apply(&event);
            match &mut self.keep {
                Keep::All => {}
                Keep::Fresh(fresh) => {
                    fresh.push(event);
                    continue;
                }
                Keep::Nothing => continue,
            }
            if self.events.len() == EVENTS_KEPT {
                self.events.pop_front();
            }
            self.events.push_back(Arc::new(event));
        }
        if self.scene.znodes.partial {
            self.load_znodes();
        }
        if !was_violated && self.checkers.is_violated() {
            let events = self.events.make_contiguous();
            self.checkers.explain(|seq| why(events, seq));
        }
        if !self.driver_keeps && self.keyframe_is_due(KEYFRAME_EVERY) {
            self.keep_keyframe();
        }
        self.keep_pictures();
    }

    /// What is kept of the events is told from a scene before them. A busy lab has no keyframe
    /// there: it forgets them sooner than one is due.
    fn keep_pictures(&mut self) {
        let newest = self.pictures.back().map_or(Seq(0), |scene| scene.seq);
        let newest = newest.max(self.recording.newest());
        if self.keeps_all() && self.scene.seq.0 >= newest.0 + PICTURE_EVERY {
            self.pictures.push_back(self.scene.clone());
        }
        let first = self.events.front().map_or(Seq(0), |event| event.seq);
        while self.pictures.front().is_some_and(|scene| scene.seq.0 + 1 < first.0) {
            self.pictures.pop_front();
        }
    }

    /// Shows what no event told of: the znodes and sessions of a snapshot, at whichever server
    /// serves and has applied most.
    fn load_znodes(&mut self) {
        let hosts = self.hosts.iter().map(|host| host.id);
        let servers = hosts.filter_map(|host| self.server(host)).filter(|it| it.serving());
        let most = servers.map(Server::service).max_by_key(|service| service.last_applied);
        let Some(service) = most else { return };
        let (tree, sessions, zxid) =
            (service.tree.clone(), service.sessions.clone(), service.last_applied);
        self.scene.load_znodes(&tree, zxid);
        self.scene.load_sessions(sessions.iter());
    }

    /// From now on its driver says when a keyframe is kept: it knows what one costs.
    pub fn let_driver_keep_keyframes(&mut self) {
        self.driver_keeps = true;
    }

    /// Whether it is so long ago, in lab time, that a keyframe was kept.
    pub fn keyframe_is_due(&self, every: Duration) -> bool {
        let wanted = self.keeps_all() && self.is_watched();
        wanted && self.recording.keyframe_is_due(self.world.now(), every)
    }

    fn keeps_all(&self) -> bool {
        matches!(self.keep, Keep::All)
    }

    /// Keeps the lab as it stands, to be forked from and looked back on. It never influences what
    /// happens.
    pub fn keep_keyframe(&mut self) {
        let state = (!self.is_durable()).then(|| (self.world.clone(), self.checkers.clone()));
        let (at, seq, runs) = (self.world.now(), self.world.seq(), self.runs);
        let scene = self.scene.clone();
        let entered = self.recording.entered();
        let events = seq.0.saturating_sub(self.recording.newest().0);
        let bytes = scene.size() + self.checkers.size() + BYTES_OF_AN_EVENT * events;
        self.recording.keep(Keyframe { at, seq, runs, entered, scene, bytes, state });
    }

    /// Runs until so many things have happened, but none after `at`, and it is `at`.
    pub(crate) fn run_to(&mut self, runs: u64, at: Instant) {
        while self.runs < runs && self.world.next_due().is_some_and(|due| due <= at) {
            self.world.run_one();
            self.runs += 1;
            self.fold();
        }
        if self.world.now() < at {
            self.world.advance_to(at);
        }
    }

    /// Everything recorded from the beginning on; none where that is no longer kept.
    pub(crate) fn recorded(&self) -> Option<impl Iterator<Item = &crate::recording::Recorded>> {
        self.recording.since_beginning()
    }

    /// When its wall clocks began, in milliseconds since the Unix epoch.
    pub fn wall_start_ms(&self) -> i64 {
        self.wall_start_ms
    }

    fn replay(&mut self, recording: &Recording, at: Instant) {
        for recorded in recording.entered_since(self.recording.entered(), at) {
            self.run_to(recorded.runs, recorded.at);
            let entered = self.world.input(recorded.input.clone());
            debug_assert!(entered.is_ok(), "what entered once enters again");
            self.recording.enter(recorded.at, recorded.runs, recorded.input.clone());
            self.fold();
        }
        self.advance_to(at);
        // Whoever was to be told was told by the original.
        self.world.drain_outside();
    }

    fn hang_up(&mut self) {
        let outside = |party| matches!(party, Party::Outside(_));
        let open = self.scene.connections.iter().filter(|(_, view)| outside(view.from));
        for conn in open.map(|(conn, _)| *conn).collect::<Vec<_>>() {
            let reason = CloseReason::Broken;
            // One that has ended meanwhile needs no closing.
            let _ = self.input(LabInput::Close { conn, reason });
        }
        self.world.drain_outside();
    }
}

impl Keyframe {
    /// The lab as it stood here; none where only the scene was kept.
    fn begin(&self, of: &Lab) -> Option<Lab> {
        let (world, checkers) = self.state.clone()?;
        let mut scene = self.scene.clone();
        for server in &mut scene.servers {
            server.addresses.clear();
        }
        Some(Lab {
            scenario: of.scenario.clone(),
            storage: of.storage,
            hosts: of.hosts.clone(),
            names: of.names.clone(),
            recording: of.recording.up_to(self),
            seed: of.seed,
            wall_start_ms: of.wall_start_ms,
            world,
            scene,
            checkers,
            runs: self.runs,
            events: VecDeque::new(),
            pictures: VecDeque::new(),
            taken: self.seq,
            keep: Keep::All,
            unwatched: None,
            driver_keeps: of.driver_keeps,
        })
    }
}

/// The servers as the checkers must know them.
pub(crate) fn voters(hosts: &[LabHost]) -> Vec<Voter> {
    let voter = |host: &LabHost| match host.kind {
        HostKind::Server { id, voter } => Some(Voter { host: host.id, server: id, votes: voter }),
        _ => None,
    };
    hosts.iter().filter_map(voter).collect()
}

fn first_scene(hosts: &[LabHost]) -> Scene {
    let mut scene = Scene::default();
    for host in hosts {
        match host.kind {
            HostKind::Server { id, .. } => scene.add_server(host.id, &host.name, id),
            HostKind::Counter => scene.add_client(host.id, &host.name, Work::counter()),
            HostKind::Candidate => scene.add_client(host.id, &host.name, Work::candidate()),
            HostKind::Console => scene.add_client(host.id, &host.name, Work::console()),
            HostKind::Workload => scene.add_client(host.id, &host.name, Work::None),
        }
    }
    scene
}

fn role_name(role: relevo_coordination::PeerState) -> &'static str {
    use relevo_coordination::PeerState;
    match role {
        PeerState::Looking => "looking",
        PeerState::Following => "follower",
        PeerState::Leading => "leader",
        PeerState::Observing => "observer",
    }
}

fn state_name(state: &HostState) -> &'static str {
    match state {
        HostState::Running => "running",
        HostState::Paused => "paused",
        HostState::Crashed => "crashed",
        HostState::Stopped { .. } => "stopped",
    }
}

/// About how many bytes an input takes in a recording.
pub(crate) fn input_size(input: &LabInput) -> u64 {
    64 + match input {
        LabInput::Message { message, .. } => message.wire_size(),
        _ => 0,
    }
}

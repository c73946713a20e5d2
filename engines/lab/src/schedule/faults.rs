//! What breaks, when, and when it is mended.

use crate::{Event, HostKind, Lab, LabEvent, ProcessState};
use relevo_coordination::{Event as State, Zxid};
use relevo_core::{Duration, Fault, HostId, Instant, Kind, Origin, OutsideInput, Party, Random};
use relevo_world::HostState;
use std::collections::BTreeSet;

/// The kinds of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Breakage {
    Crash,
    PowerLoss,
    PowerLossOfAll,
    Pause,
    Partition,
    CutLink,
    SlowLink,
    HoldMessage,
    DropMessage,
    SlowDisk,
    FullDisk,
    LostDisk,
    Skew,
}

const BREAKAGES: [Breakage; 13] = [
    Breakage::Crash,
    Breakage::PowerLoss,
    Breakage::PowerLossOfAll,
    Breakage::Pause,
    Breakage::Partition,
    Breakage::CutLink,
    Breakage::SlowLink,
    Breakage::HoldMessage,
    Breakage::DropMessage,
    Breakage::SlowDisk,
    Breakage::FullDisk,
    Breakage::LostDisk,
    Breakage::Skew,
];

/// The schedule's hand.
pub(super) struct Faults {
    random: Random,
    servers: Vec<HostId>,
    hosts: Vec<HostId>,
    /// What this schedule breaks.
    choice: Vec<Breakage>,
    /// What is to be undone, and when.
    mends: Vec<(Instant, Fault)>,
    used: BTreeSet<Breakage>,
    next: Instant,
    /// The server that lost its disk, until it acknowledges NEWLEADER.
    failed: Option<Failed>,
}

struct Failed {
    host: HostId,
    /// What was committed when it was lost: all the others must have it before it comes back.
    committed: Zxid,
    returns: bool,
}

impl Faults {
    pub(super) fn new(seed: u64, lab: &Lab) -> Faults {
        let mut random = Random::derived(seed, 12);
        let mut choice = BREAKAGES.to_vec();
        for at in (1..choice.len()).rev() {
            choice.swap(at, random.below(at as u64 + 1) as usize);
        }
        choice.truncate(random.between(4, 7) as usize);
        let server = |kind| matches!(kind, HostKind::Server { .. });
        let hosts = lab.hosts();
        Faults {
            random,
            servers: hosts.iter().filter(|host| server(host.kind)).map(|host| host.id).collect(),
            hosts: hosts.iter().map(|host| host.id).collect(),
            choice,
            mends: Vec::new(),
            used: BTreeSet::new(),
            next: super::CALM_UNTIL,
            failed: None,
        }
    }

    /// Whether something is broken.
    pub(super) fn is_active(&self) -> bool {
        !self.mends.is_empty() || self.failed.is_some()
    }

    /// How many kinds of fault there were.
    pub(super) fn kinds(&self) -> u32 {
        self.used.len() as u32
    }

    pub(super) fn hear(&mut self, event: &LabEvent) {
        let Kind::State(Event::Coordination(State::Synchronised { .. })) = event.kind else {
            return;
        };
        if self.failed.as_ref().is_some_and(|failed| event.party == Some(failed.host.into())) {
            self.failed = None;
        }
    }

    /// Breaks and mends what is due.
    pub(super) fn act(&mut self, lab: &mut Lab) {
        self.mend(lab);
        self.revive(lab);
        if lab.now() < self.next || self.failed.is_some() || self.mends.len() > 3 {
            return;
        }
        self.next = lab.now() + self.span(100, 1_500);
        let at = self.random.below(self.choice.len() as u64) as usize;
        let breakage = self.choice[at];
        if self.apply(lab, breakage) {
            self.used.insert(breakage);
        }
    }

    /// Brings back the server that lost its disk, as soon as the others can do without it.
    pub(super) fn revive(&mut self, lab: &mut Lab) {
        let Some(failed) = &mut self.failed else { return };
        let scene = lab.scene();
        let mut voters = lab.hosts().iter().filter_map(|host| match host.kind {
            HostKind::Server { voter: true, .. } if host.id != failed.host => Some(host.id),
            _ => None,
        });
        let has = |host| {
            let server = scene.server_at(host);
            server.is_some_and(|server| server.serving && server.durable >= failed.committed)
        };
        let host = failed.host;
        if !failed.returns && voters.all(has) {
            failed.returns = true;
            self.do_it(lab, Fault::Restart { node: host });
        }
    }

    /// Mends everything that can be mended.
    pub(super) fn heal(&mut self, lab: &mut Lab) {
        self.next = Instant::FAR_FUTURE;
        for (_, mend) in std::mem::take(&mut self.mends) {
            self.do_it(lab, mend);
        }
        self.do_it(lab, Fault::Heal);
        for node in self.servers.clone() {
            self.do_it(lab, Fault::FillDisk { node, full: false });
            self.do_it(lab, Fault::SlowDisk { node, factor: 1 });
            if self.failed.as_ref().is_none_or(|failed| failed.host != node) {
                self.raise(lab, node);
            }
        }
    }

    fn mend(&mut self, lab: &mut Lab) {
        let now = lab.now();
        let due: Vec<Fault> =
            self.mends.iter().filter(|(at, _)| *at <= now).map(|(_, mend)| mend.clone()).collect();
        self.mends.retain(|(at, _)| *at > now);
        for mend in due {
            self.do_it(lab, mend.clone());
            if let Fault::FillDisk { node, full: false } = mend {
                self.raise(lab, node);
            }
        }
    }

    /// Whatever state it is in, it runs afterwards.
    fn raise(&mut self, lab: &mut Lab, node: HostId) {
        let view = lab.world().hosts().nth(node.0 as usize);
        match view.map(|view| view.state.clone()) {
            Some(HostState::Paused) => self.do_it(lab, Fault::Resume { node }),
            Some(HostState::Crashed | HostState::Stopped { .. }) => {
                self.do_it(lab, Fault::Restart { node })
            }
            _ => false,
        };
    }

    fn do_it(&mut self, lab: &mut Lab, fault: Fault) -> bool {
        lab.input(OutsideInput::Fault { fault, by: Origin::Script }).is_ok()
    }

    fn until(&mut self, lab: &Lab, least_ms: u64, most_ms: u64, mend: Fault) {
        let at = lab.now() + self.span(least_ms, most_ms);
        self.mends.push((at, mend));
    }

    fn span(&mut self, least_ms: u64, most_ms: u64) -> Duration {
        Duration::from_micros(self.random.between(least_ms * 1_000, most_ms * 1_000))
    }

    /// A server, the leader in half of the cases.
    fn victim(&mut self, lab: &Lab) -> HostId {
        let at = self.random.below(self.servers.len() as u64) as usize;
        let leader = lab.scene().leader().map(|leader| leader.host);
        leader.filter(|_| self.random.chance(1, 2)).unwrap_or(self.servers[at])
    }

    fn apply(&mut self, lab: &mut Lab, breakage: Breakage) -> bool {
        let node = self.victim(lab);
        match breakage {
            Breakage::Crash | Breakage::PowerLoss => {
                let power_loss = breakage == Breakage::PowerLoss;
                self.crash(lab, node, power_loss)
            }
            Breakage::PowerLossOfAll => {
                let servers = self.servers.clone();
                servers.into_iter().filter(|node| self.crash(lab, *node, true)).count() > 0
            }
            Breakage::Pause => {
                let paused = self.do_it(lab, Fault::Pause { node });
                if paused {
                    self.until(lab, 100, 4_000, Fault::Resume { node });
                }
                paused
            }
            Breakage::Partition => self.partition(lab),
            Breakage::CutLink => {
                let to = self.hosts[self.random.below(self.hosts.len() as u64) as usize];
                let (from, to) = if self.random.chance(1, 2) { (node, to) } else { (to, node) };
                let cut = from != to && self.do_it(lab, Fault::CutLink { from, to });
                if cut {
                    self.until(lab, 300, 4_000, Fault::Heal);
                }
                cut
            }
            Breakage::SlowLink => self.slow_link(lab, node),
            Breakage::HoldMessage | Breakage::DropMessage => self.message(lab, breakage),
            Breakage::SlowDisk => {
                let factor = self.random.between(4, 40) as u32;
                self.until(lab, 500, 4_000, Fault::SlowDisk { node, factor: 1 });
                self.do_it(lab, Fault::SlowDisk { node, factor })
            }
            Breakage::FullDisk => {
                self.until(lab, 300, 2_000, Fault::FillDisk { node, full: false });
                self.do_it(lab, Fault::FillDisk { node, full: true })
            }
            Breakage::LostDisk => self.lose_disk(lab, node),
            Breakage::Skew => {
                let offset_ms = self.random.between(0, 7_200_000) as i64 - 3_600_000;
                let drift_ppm = self.random.between(0, 1_000) as i32 - 500;
                let back = Fault::SkewClock { node, offset_ms: 0, drift_ppm: 0 };
                self.until(lab, 500, 4_000, back);
                self.do_it(lab, Fault::SkewClock { node, offset_ms, drift_ppm })
            }
        }
    }

    fn crash(&mut self, lab: &mut Lab, node: HostId, power_loss: bool) -> bool {
        let runs = lab.scene().server_at(node).is_some_and(|server| {
            matches!(server.state, ProcessState::Running | ProcessState::Paused)
        });
        let crashed = runs && self.do_it(lab, Fault::Crash { node, power_loss });
        if crashed {
            self.mends.retain(|(_, mend)| *mend != Fault::Resume { node });
            self.until(lab, 100, 3_000, Fault::Restart { node });
        }
        crashed
    }

    fn partition(&mut self, lab: &mut Lab) -> bool {
        let mut groups = vec![Vec::new(), Vec::new()];
        for host in self.hosts.clone() {
            groups[self.random.below(2) as usize].push(host);
        }
        self.until(lab, 300, 4_000, Fault::Heal);
        self.do_it(lab, Fault::Partition { groups })
    }

    fn slow_link(&mut self, lab: &mut Lab, from: HostId) -> bool {
        let to = self.hosts[self.random.below(self.hosts.len() as u64) as usize];
        let (latency, jitter) = (lab.scenario().latency, lab.scenario().jitter);
        let link =
            |latency, jitter| Fault::SetLink { from, to, latency, jitter, bytes_per_second: None };
        let slow = link(self.span(10, 200), self.span(0, 100));
        let slowed = from != to && self.do_it(lab, slow);
        if slowed {
            self.until(lab, 500, 4_000, link(latency, jitter));
        }
        slowed
    }

    fn message(&mut self, lab: &mut Lab, breakage: Breakage) -> bool {
        let between = |party| matches!(party, Party::Host(_));
        let flights: Vec<_> = lab
            .world()
            .in_flight()
            .filter(|flight| between(flight.from) && !flight.held)
            .map(|flight| flight.message)
            .collect();
        if flights.is_empty() {
            return false;
        }
        let message = flights[self.random.below(flights.len() as u64) as usize];
        if breakage == Breakage::DropMessage {
            return self.do_it(lab, Fault::Drop { message });
        }
        self.until(lab, 100, 2_000, Fault::Release { message });
        self.do_it(lab, Fault::Hold { message })
    }

    /// Only where every other voter is whole: see the crash model of this module.
    fn lose_disk(&mut self, lab: &mut Lab, node: HostId) -> bool {
        let scene = lab.scene();
        let whole = scene
            .servers
            .iter()
            .all(|server| server.serving && server.state == ProcessState::Running);
        if !self.mends.is_empty() || !scene.cuts.is_empty() || !whole {
            return false;
        }
        let committed = scene.committed;
        self.failed = Some(Failed { host: node, committed, returns: false });
        self.do_it(lab, Fault::LoseDisk { node })
    }
}

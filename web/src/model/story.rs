use relevo_apps::{AppEvent, CounterEvent};
use relevo_coordination::{Event as CoordinationEvent, PeerState, ServerId, SyncMode};
use relevo_core::{Fault, HostId, Instant, Kind, Party, Seq};
use relevo_lab::{Event, LabEvent, ProcessState, Scene, Work};
use std::sync::Arc;

/// What the learner expects: will a number be lost?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    No,
    Unknown,
}

impl Answer {
    const ALL: [(Answer, &'static str); 3] =
        [(Answer::Yes, "yes"), (Answer::No, "no"), (Answer::Unknown, "unknown")];

    /// Keeps it, with the lab it was given in.
    pub(crate) fn keep(self, lab: &str) {
        let word = Answer::ALL.iter().find(|(answer, _)| *answer == self).map_or("", |(_, it)| *it);
        super::keep("answer", &[lab, " ", word].concat());
    }

    /// The answer given in this lab before a reload.
    pub(crate) fn kept(lab: &str) -> Option<Answer> {
        let kept = super::kept("answer")?;
        let (of, word) = kept.split_once(' ')?;
        let found = Answer::ALL.iter().find(|(_, it)| *it == word)?;
        (of == lab).then_some(found.0)
    }
}

/// How far the first minute has come. Each stage is a fact of the trace, never a timer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// A leader serves; nothing was done yet.
    #[default]
    Watching,
    /// The leader was stopped; nobody has noticed.
    Stopped,
    /// Those that remain are electing.
    Electing,
    /// A quorum follows a new leader.
    Led,
    /// The counter had a number acknowledged by the new leader.
    Resumed,
}

/// What happened since the leader was stopped, as far as the column tells it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Story {
    pub stage: Stage,
    pub answer: Option<Answer>,
    /// The server that was stopped, by name.
    pub stopped: Arc<str>,
    pub stopped_at: Instant,
    /// The event of its stopping, for "why?".
    pub stopped_by: Seq,
    /// The last number acknowledged before there is a new leader.
    pub acknowledged: Option<u64>,
    /// The number the counter was waiting for.
    pub pending: Option<u64>,
    pub round: u64,
    /// The new leader, by name.
    pub leader: Arc<str>,
    pub epoch: u32,
    pub led_by: Seq,
    /// The first number the new leader acknowledged.
    pub resumed: Option<u64>,
    /// Numbers acknowledged by the new leader.
    pub since_resumed: u32,
    leading: Option<HostId>,
    /// A server that was started again by hand.
    pub back: Option<Back>,
}

/// A server on its way back into the ensemble.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Back {
    pub name: Arc<str>,
    host: HostId,
    server: ServerId,
    /// Who brings it up to date, and how.
    pub from: Option<(Arc<str>, SyncMode)>,
    pub serves: bool,
}

impl Story {
    /// The same learner in another lab: the answer stays, the rest begins anew.
    pub(crate) fn restart(&mut self) {
        *self = Story { answer: self.answer, ..Story::default() };
    }

    /// Goes on by one event; `scene` is what came of it.
    pub(crate) fn apply(&mut self, event: &LabEvent, scene: &Scene) {
        match (&event.kind, event.party) {
            (Kind::Fault { fault: Fault::Crash { node, .. }, .. }, _)
                if self.leading == Some(*node) =>
            {
                self.stop(*node, event, scene);
            }
            (Kind::Fault { fault: Fault::Restart { node }, .. }, _) => {
                let server = scene.servers.iter().find(|server| server.host == *node);
                self.back = server.map(|server| Back {
                    name: server.name.clone(),
                    host: *node,
                    server: server.server,
                    from: None,
                    serves: false,
                });
            }
            (Kind::State(Event::Coordination(state)), Some(Party::Host(host))) => {
                self.comes_back(state, host, scene);
                self.coordination(state, host, event.seq, scene);
            }
            (Kind::State(Event::App(AppEvent::Counter(news))), _) => self.counter(*news),
            _ => {}
        }
        if self.leading.is_none() || self.stage == Stage::Watching {
            self.leading = leader(scene);
        }
    }

    fn stop(&mut self, node: HostId, event: &LabEvent, scene: &Scene) {
        let name = scene.servers.iter().find(|server| server.host == node);
        let (acknowledged, pending) = counter(scene);
        *self = Story {
            answer: self.answer,
            stage: Stage::Stopped,
            stopped: name.map(|server| server.name.clone()).unwrap_or_default(),
            stopped_at: event.at,
            stopped_by: event.seq,
            acknowledged,
            pending,
            ..Story::default()
        };
    }

    /// How a server that was started again finds its way.
    fn comes_back(&mut self, state: &CoordinationEvent, host: HostId, scene: &Scene) {
        let Some(back) = &mut self.back else { return };
        match state {
            CoordinationEvent::Synchronising { learner, mode, .. } if *learner == back.server => {
                let from = scene.servers.iter().find(|server| server.host == host);
                back.from = from.map(|server| (server.name.clone(), *mode));
            }
            CoordinationEvent::Synchronised { .. } | CoordinationEvent::Established { .. }
                if host == back.host =>
            {
                back.serves = true;
            }
            _ => {}
        }
    }

    fn coordination(&mut self, state: &CoordinationEvent, host: HostId, seq: Seq, scene: &Scene) {
        match state {
            CoordinationEvent::RoleChanged { role: PeerState::Looking, round, .. }
                if self.stage >= Stage::Stopped && self.stage < Stage::Led =>
            {
                self.stage = Stage::Electing;
                self.round = self.round.max(*round);
            }
            CoordinationEvent::Voted { round, .. } if self.stage == Stage::Electing => {
                self.round = self.round.max(*round);
            }
            CoordinationEvent::Established { epoch, .. } => {
                self.leading = Some(host);
                if self.stage >= Stage::Stopped && self.stage < Stage::Led {
                    self.stage = Stage::Led;
                    let server = scene.servers.iter().find(|server| server.host == host);
                    self.leader = server.map(|s| s.name.clone()).unwrap_or_default();
                    (self.epoch, self.led_by) = (epoch.0, seq);
                }
            }
            _ => {}
        }
    }

    fn counter(&mut self, news: CounterEvent) {
        match news {
            CounterEvent::Acknowledged { number, .. } if self.stage >= Stage::Led => {
                self.stage = Stage::Resumed;
                self.resumed = self.resumed.or(Some(number));
                self.since_resumed = self.since_resumed.saturating_add(1);
            }
            // An answer may have been under way: then nothing hangs on that number any more.
            CounterEvent::Acknowledged { number, .. } if self.stage > Stage::Watching => {
                self.acknowledged = Some(number);
                self.pending = self.pending.filter(|pending| *pending > number);
            }
            // It may send the next number between the leader's death and its noticing it.
            CounterEvent::Writing { number, .. } if self.stage > Stage::Watching => {
                self.pending = self.pending.or(Some(number));
            }
            _ => {}
        }
    }
}

/// The running server that leads and serves.
pub(crate) fn leader(scene: &Scene) -> Option<HostId> {
    let leads = |server: &&relevo_lab::ServerView| {
        server.state == ProcessState::Running && server.role == PeerState::Leading && server.serving
    };
    scene.servers.iter().find(leads).map(|server| server.host)
}

/// The last number acknowledged to the counter, and the one it waits for.
pub(crate) fn counter(scene: &Scene) -> (Option<u64>, Option<u64>) {
    let work = scene.clients.values().find_map(|client| match &client.work {
        Work::Counter { acknowledged, pending, .. } => {
            Some((acknowledged.back().copied(), *pending))
        }
        _ => None,
    });
    work.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use relevo_coordination::{Epoch, ServerId, Zxid};
    use relevo_core::Origin;

    /// Folds events into a scene and the story, as the page does.
    struct Told {
        scene: Scene,
        story: Story,
        seq: u64,
    }

    impl Told {
        fn new() -> Told {
            let mut scene = Scene::default();
            for host in 0..3 {
                scene.add_server(HostId(host), "zookeeper", ServerId(u64::from(host) + 1));
            }
            Told { scene, story: Story::default(), seq: 0 }
        }

        fn tell(&mut self, host: u32, kind: Kind<relevo_lab::Message, Event>) {
            self.seq += 1;
            let event = LabEvent {
                seq: Seq(self.seq),
                at: Instant(self.seq * 1_000_000),
                party: Some(Party::Host(HostId(host))),
                causes: [].into_iter().collect(),
                kind,
            };
            self.scene.apply(&event);
            self.story.apply(&event, &self.scene);
        }

        fn state(&mut self, host: u32, state: CoordinationEvent) {
            self.tell(host, Kind::State(Event::Coordination(state)));
        }

        fn lead(&mut self, host: u32, epoch: u32) {
            let role = PeerState::Leading;
            let leader = Some(ServerId(u64::from(host) + 1));
            self.state(host, CoordinationEvent::RoleChanged { role, leader, round: 1 });
            let (epoch, quorum) = (Epoch(epoch), vec![]);
            self.state(host, CoordinationEvent::Established { epoch, quorum });
        }

        fn crash(&mut self, host: u32) {
            let fault = Fault::Crash { node: HostId(host), power_loss: false };
            self.tell(host, Kind::Fault { fault, by: Origin::Hand });
        }
    }

    /// Each stage waits for its fact, and the answer given stays.
    #[test]
    fn the_first_minute_goes_by_facts() {
        let mut told = Told::new();
        for host in 0..3 {
            told.tell(host, Kind::Started { incarnation: 1 });
        }
        told.lead(1, 1);
        told.story.answer = Some(Answer::Yes);
        assert_eq!(told.story.stage, Stage::Watching);
        told.crash(1);
        assert_eq!(told.story.stage, Stage::Stopped);
        let (role, leader) = (PeerState::Looking, None);
        told.state(0, CoordinationEvent::RoleChanged { role, leader, round: 2 });
        assert_eq!((told.story.stage, told.story.round), (Stage::Electing, 2));
        told.lead(2, 2);
        assert_eq!((told.story.stage, told.story.epoch), (Stage::Led, 2));
        let news = CounterEvent::Acknowledged { number: 43, zxid: Zxid(1) };
        told.tell(9, Kind::State(Event::App(AppEvent::Counter(news))));
        assert_eq!((told.story.stage, told.story.resumed), (Stage::Resumed, Some(43)));
        assert_eq!(told.story.answer, Some(Answer::Yes));
    }

    /// Whose answer was under way when the leader died is answered, and asks for the next.
    #[test]
    fn what_is_acknowledged_meanwhile_is_waited_for_no_more() {
        let mut told = Told::new();
        for host in 0..3 {
            told.tell(host, Kind::Started { incarnation: 1 });
        }
        told.lead(1, 1);
        told.crash(1);
        let mut counter = |news| told.tell(9, Kind::State(Event::App(AppEvent::Counter(news))));
        counter(CounterEvent::Writing { number: 37, attempt: 1 });
        counter(CounterEvent::Acknowledged { number: 37, zxid: Zxid(1) });
        counter(CounterEvent::Writing { number: 38, attempt: 1 });
        assert_eq!((told.story.acknowledged, told.story.pending), (Some(37), Some(38)));
        assert_eq!(told.story.stage, Stage::Stopped);
    }

    /// A server started again is told of until it serves, and how it was brought up to date.
    #[test]
    fn a_server_comes_back() {
        let mut told = Told::new();
        for host in 0..3 {
            told.tell(host, Kind::Started { incarnation: 1 });
        }
        told.lead(1, 1);
        told.crash(0);
        let fault = Fault::Restart { node: HostId(0) };
        told.tell(0, Kind::Fault { fault, by: Origin::Hand });
        let mode = SyncMode::Diff;
        let (learner, from, to) = (ServerId(1), Zxid(0), Zxid(1));
        told.state(1, CoordinationEvent::Synchronising { learner, mode, from, to });
        told.state(0, CoordinationEvent::Synchronised { zxid: Zxid(1) });
        let back = told.story.back.expect("it was started again");
        assert_eq!((back.from, back.serves), (Some(("zookeeper".into(), mode)), true));
    }

    /// Whoever stops a follower has not stopped the one in charge.
    #[test]
    fn a_follower_that_stops_is_another_story() {
        let mut told = Told::new();
        for host in 0..3 {
            told.tell(host, Kind::Started { incarnation: 1 });
        }
        told.lead(1, 1);
        told.crash(0);
        assert_eq!(told.story.stage, Stage::Watching);
    }
}

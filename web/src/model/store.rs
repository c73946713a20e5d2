use super::{Judge, LabClock, Story, Window};
use relevo_core::{Instant, Kind, OutsideId, Party, Seq};
use relevo_lab::stream::{Frame, LabInfo, OutsideName, Verdict};
use relevo_lab::{Diagram, LabEvent, Scene};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// How the page stands to the server.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum LinkState {
    /// Not yet connected.
    #[default]
    Connecting,
    Live,
    /// The connection was lost; it is being tried again.
    Healing,
    /// The server is of another build than this page.
    Incompatible,
    /// The lab broke one of its own invariants and stopped.
    Stopped(Arc<str>),
}

/// Everything folded from the stream.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub link: LinkState,
    pub lab: LabInfo,
    pub clock: LabClock,
    pub scene: Scene,
    pub diagram: Diagram,
    pub window: Window,
    pub story: Story,
    /// What judges the open exercise.
    pub track: Option<Box<dyn Judge>>,
    pub verdicts: Vec<Verdict>,
    /// Outside programs whose own time-outs run while the lab is paused.
    pub waiting: Vec<Arc<str>>,
    /// Who the outside programs are; the trace knows their numbers only.
    names: BTreeMap<OutsideId, OutsideName>,
    /// Counts what was folded; components compare it instead of scenes.
    pub revision: u64,
    /// Arrived, but later than the instant shown.
    ahead: VecDeque<Arc<LabEvent>>,
}

impl Store {
    /// Takes one frame, at the page's own time.
    pub(crate) fn receive(&mut self, frame: Frame, now_ms: f64) {
        match frame {
            Frame::Hello { lab, .. } => self.hello(lab),
            Frame::History { scene, events } => {
                self.begin(scene);
                self.story.restart();
                if let Some(track) = &mut self.track {
                    track.restart();
                }
                self.ahead.extend(events);
            }
            Frame::Events(events) => self.ahead.extend(events),
            Frame::Gap { scene, .. } => self.begin(scene),
            Frame::Clock(clock) => self.clock.set(clock, now_ms),
            Frame::Named(name) => {
                self.names.insert(name.outside, name.clone());
                self.call(&name);
            }
            Frame::Verdicts(verdicts) => self.verdicts = verdicts,
            Frame::Waiting(names) => self.waiting = names,
            // The course tells it.
            Frame::Solution(_) => {}
            Frame::Stopped { reason } => self.link = LinkState::Stopped(reason),
        }
        self.revision += 1;
    }

    fn hello(&mut self, lab: LabInfo) {
        if lab.id != self.lab.id {
            self.clock.reset();
            self.story.restart();
            self.names.clear();
            self.verdicts.clear();
        }
        (self.lab, self.link) = (lab, LinkState::Live);
    }

    fn begin(&mut self, scene: Scene) {
        self.ahead.clear();
        self.diagram = Diagram::new(&scene);
        self.window.begin(scene.clone());
        self.scene = scene;
    }

    /// Folds what is due at the page's own time, and hands each event to `told` with the scene it
    /// made.
    pub(crate) fn advance(
        &mut self,
        now_ms: f64,
        mut told: impl FnMut(&LabEvent, &Scene),
    ) -> Instant {
        let now = self.clock.advance(now_ms);
        while self.ahead.front().is_some_and(|event| event.at <= now) {
            let Some(event) = self.ahead.pop_front() else { break };
            if let Some(track) = &mut self.track {
                track.before(&event, &self.scene);
            }
            self.scene.apply(&event);
            if let Some(track) = &mut self.track {
                track.after(&self.scene);
            }
            self.diagram.apply(&event);
            self.name(&event);
            self.story.apply(&event, &self.scene);
            told(&event, &self.scene);
            if self.window.push(event, &self.scene) {
                self.diagram.forget(self.window.oldest());
            }
            self.revision += 1;
        }
        if let Some(track) = &mut self.track {
            track.settle(now, &self.scene);
        }
        now
    }

    /// An outside program has its name as soon as it is seen to connect.
    fn name(&mut self, event: &LabEvent) {
        let (Some(Party::Outside(outside)), Kind::Opening { .. }) = (event.party, &event.kind)
        else {
            return;
        };
        if let Some(name) = self.names.get(&outside).cloned() {
            self.call(&name);
        }
    }

    /// Often more is known of a program only after it has connected.
    fn call(&mut self, known: &OutsideName) {
        let party = Party::Outside(known.outside);
        if self.scene.clients.contains_key(&party) {
            self.scene.name_outside(known);
            self.diagram.rename(party, &known.name);
        }
    }

    /// The scene at an instant of the past, its programs called as they are known now.
    pub(crate) fn scene_at(&self, at: Instant) -> Option<Scene> {
        let mut scene = self.window.scene_at(at)?;
        scene.name_outsiders(self.names.values());
        Some(scene)
    }

    pub(crate) fn event(&self, seq: Seq) -> Option<&Arc<LabEvent>> {
        self.window.event(seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(name: &str) -> OutsideName {
        let address = "127.0.0.1:4000".into();
        OutsideName { outside: OutsideId(1), name: name.into(), library: None, address }
    }

    /// What a program is, is found out while it is connected already.
    #[test]
    fn a_program_is_called_anew_when_more_is_known_of_it() {
        let mut store = Store::default();
        let mut scene = Scene::default();
        scene.name_outside(&called("client 1"));
        store.receive(Frame::Gap { scene, missed: 1 }, 0.0);
        store.receive(Frame::Named(called("worker.py 1")), 0.0);
        let party = Party::Outside(OutsideId(1));
        assert_eq!(&*store.scene.party_name(party), "worker.py 1");
        let past = store.scene_at(Instant::ZERO).expect("it is kept");
        assert_eq!(&*past.party_name(party), "worker.py 1");
    }
}

//! Events made by hand, for the tests of the projections.

use crate::{Event, LabEvent, Message, Scene, Work};
use relevo_coordination::{Epoch, Event as State, ServerId};
use relevo_core::{Causes, ConnId, HostId, Instant, Kind, Party, Seq};

pub(crate) struct Story(u64);

impl Story {
    pub(crate) fn new() -> Story {
        Story(0)
    }

    /// Three servers on hosts 0 to 2 and a counter on host 3.
    pub(crate) fn scene(&self) -> Scene {
        let mut scene = Scene::default();
        for host in 0..3 {
            let name = format!("zookeeper-{}", host + 1);
            scene.add_server(HostId(host), &name, ServerId(u64::from(host) + 1));
        }
        scene.add_client(HostId(3), "counter", Work::counter());
        scene
    }

    pub(crate) fn event(
        &mut self,
        host: Option<u32>,
        at: u64,
        kind: Kind<Message, Event>,
    ) -> LabEvent {
        self.0 += 1;
        let party = host.map(|host| Party::Host(HostId(host)));
        LabEvent { seq: Seq(self.0), at: Instant(at), party, causes: Causes::new(), kind }
    }

    pub(crate) fn state(&mut self, host: u32, at: u64, state: impl Into<Event>) -> LabEvent {
        self.event(Some(host), at, Kind::State(state.into()))
    }

    pub(crate) fn sent(
        &mut self,
        from: u32,
        to: u32,
        at: u64,
        arrives: u64,
        message: Message,
    ) -> LabEvent {
        let conn = ConnId(u64::from(from * 10 + to));
        let (to, arrives) = (HostId(to).into(), Instant(arrives));
        self.event(Some(from), at, Kind::Sent { conn, to, arrives, message })
    }

    pub(crate) fn delivered(&mut self, host: u32, from: u32, at: u64, message: Seq) -> LabEvent {
        let conn = ConnId(u64::from(from * 10 + host));
        let from = HostId(from).into();
        self.event(Some(host), at, Kind::Delivered { conn, from, message })
    }

    pub(crate) fn established(&mut self, host: u32, at: u64) -> LabEvent {
        let quorum = vec![ServerId(1), ServerId(2)];
        self.state(host, at, State::Established { epoch: Epoch(1), quorum })
    }
}

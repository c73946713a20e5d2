//! A lab that lives in files serves; it is a picture only while somebody looks.
//!
//! Nobody watching, its world traces nothing: no event is made, folded or kept, and only their
//! numbers go on. Whoever comes gets a scene read off the machines, and one `gap` event that
//! stands for all that was not told; the checkers begin there, and judge what they see whole from
//! then on. A lab in memory is watched always, for its past can be asked for at any time.

use crate::checkers::Checkers;
use crate::lab::{Lab, voters};
use crate::recording::{Keyframe, Recording};
use crate::{LabEvent, Scene};
use relevo_coordination::Zxid;
use relevo_core::{Causes, Kind, Seq};
use std::sync::Arc;

impl Lab {
    /// Whether its events are folded and kept.
    pub fn is_watched(&self) -> bool {
        self.unwatched.is_none()
    }

    /// Says whether somebody watches. It never influences what happens, and makes a difference
    /// only to a lab that lives in files.
    pub fn set_watched(&mut self, watched: bool) {
        if !self.is_durable() || watched == self.is_watched() {
            return;
        }
        if watched {
            self.look();
        } else {
            self.look_away();
        }
    }

    fn look_away(&mut self) {
        self.fold();
        self.world.set_trace(false);
        self.unwatched = Some(self.world.seq());
        self.events = Default::default();
        self.pictures = Default::default();
        self.recording = Recording::default();
    }

    fn look(&mut self) {
        let Some(last_told) = self.unwatched.take() else { return };
        self.world.set_trace(true);
        self.checkers = self.checkers_from_here();
        let scene = std::mem::take(&mut self.scene).read(&self.world);
        self.scene = scene;
        self.name_outsiders();
        self.taken = self.world.seq();
        let scene = self.scene.clone();
        if self.taken > last_told {
            self.events.push_back(Arc::new(self.gap()));
            self.keep_picture(scene, Seq(self.taken.0 - 1));
        } else {
            self.keep_picture(scene, self.taken);
        }
    }

    /// What was not told, as one event with the number of its last.
    fn gap(&self) -> LabEvent {
        let (seq, at) = (self.world.seq(), self.world.now());
        let kind = Kind::Gap { until: Seq(seq.0 + 1) };
        LabEvent { seq, at, party: None, causes: Causes::new(), kind }
    }

    fn keep_picture(&mut self, scene: Scene, seq: Seq) {
        let (at, runs, entered) = (self.world.now(), 0, self.recording.entered());
        let bytes = scene.size();
        self.recording.keep(Keyframe { at, seq, runs, entered, scene, bytes, state: None });
    }

    /// Checkers that judge what begins now.
    fn checkers_from_here(&self) -> Checkers {
        let last = |host| self.server(host).map_or(Zxid(0), |server| server.last_logged());
        let known: Vec<_> =
            voters(&self.hosts).into_iter().map(|voter| (voter, last(voter.host))).collect();
        Checkers::from_here(&known)
    }
}

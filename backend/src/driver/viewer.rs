//! Those who watch a lab: each has one bounded place for what it has not been told yet.

use relevo_lab::stream::{Clock, OutsideName, Solution, Verdict};
use relevo_lab::{LabEvent, Scene};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use tokio::sync::Notify;

/// How many events may wait for a viewer; beyond that it gets a fresh scene instead.
const EVENTS: usize = 16 * 1024;

/// How many may watch one lab.
pub(crate) const VIEWERS: usize = 64;

/// What a viewer has not been told yet.
#[derive(Default)]
pub struct News {
    /// A fresh scene and how many events it stands for; comes before the events.
    pub gap: Option<(Scene, u64)>,
    /// What happened, in order.
    pub events: Vec<Arc<LabEvent>>,
    /// How many events were left out and call for a fresh scene.
    pub missed: u64,
    /// Where lab time stands.
    pub clock: Option<Clock>,
    /// What the checkers say, if it changed.
    pub verdicts: Option<Vec<Verdict>>,
    /// Outside programs that wait while the lab is paused, if that changed.
    pub waiting: Option<Vec<Arc<str>>>,
    /// Outside programs that have come.
    pub named: Vec<OutsideName>,
    /// The solution being shown cannot go on.
    pub solution: Option<Solution>,
    /// The lab stopped, and why.
    pub stopped: Option<Arc<str>>,
    /// The lab is gone; nothing follows.
    pub gone: bool,
}

/// One viewer's place, seen by its reader. Dropping it ends the watching.
pub struct Viewer {
    place: Arc<Place>,
}

#[derive(Default)]
struct Place {
    news: Mutex<News>,
    ready: Notify,
}

/// All viewers of a lab, seen by its thread.
#[derive(Default)]
pub(crate) struct Viewers {
    places: Vec<Weak<Place>>,
}

impl Viewer {
    /// Waits for news and takes them.
    pub async fn news(&self) -> News {
        loop {
            let taken = std::mem::take(&mut *self.place.lock());
            if !taken.is_empty() {
                return taken;
            }
            self.place.ready.notified().await;
        }
    }

    /// The same place, for a job on the lab's thread to put a fresh scene into.
    pub(crate) fn refresher(&self) -> impl FnOnce(Scene, u64) + Send + use<> {
        let place = Arc::clone(&self.place);
        move |scene, missed| {
            let mut news = place.lock();
            // What has come since is part of the scene.
            let missed = missed + std::mem::take(&mut news.missed) + news.events.len() as u64;
            news.events = Vec::new();
            news.gap = Some((scene, missed));
            drop(news);
            place.ready.notify_one();
        }
    }
}

impl Viewers {
    /// Another one watches, unless too many do; first it hears who is connected from outside.
    pub(crate) fn add(&mut self, named: Vec<OutsideName>) -> Option<Viewer> {
        self.places.retain(|place| place.strong_count() > 0);
        if self.places.len() >= VIEWERS {
            return None;
        }
        let place = Arc::new(Place::default());
        place.lock().named = named;
        self.places.push(Arc::downgrade(&place));
        Some(Viewer { place })
    }

    /// Whether anyone watches.
    pub(crate) fn any(&self) -> bool {
        self.places.iter().any(|place| place.strong_count() > 0)
    }

    /// Tells everyone what happened.
    pub(crate) fn events(&mut self, events: &[Arc<LabEvent>]) {
        self.tell(|news| {
            if news.missed > 0 || news.events.len() + events.len() > EVENTS {
                news.missed += (news.events.len() + events.len()) as u64;
                news.events = Vec::new();
            } else {
                news.events.extend_from_slice(events);
            }
        });
    }

    /// Tells everyone something else.
    pub(crate) fn tell(&mut self, mut change: impl FnMut(&mut News)) {
        self.places.retain(|place| {
            let Some(place) = place.upgrade() else { return false };
            change(&mut place.lock());
            place.ready.notify_one();
            true
        });
    }
}

impl Place {
    fn lock(&self) -> MutexGuard<'_, News> {
        self.news.lock().expect("no holder of a viewer's place panics")
    }
}

impl News {
    fn is_empty(&self) -> bool {
        self.gap.is_none()
            && self.events.is_empty()
            && self.missed == 0
            && self.clock.is_none()
            && self.verdicts.is_none()
            && self.waiting.is_none()
            && self.named.is_empty()
            && self.solution.is_none()
            && self.stopped.is_none()
            && !self.gone
    }
}

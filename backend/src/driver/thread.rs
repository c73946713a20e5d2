//! The lab's thread, and the handle by which everyone else reaches it.

use super::outside::Outsiders;
use super::pace::Pace;
use super::viewer::Viewers;
use super::{Driven, Inbox};
use relevo_core::Instant;
use relevo_lab::Lab;
use relevo_lab::stream::LabInfo;
use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant as Real};
use tokio::sync::oneshot;

/// While someone watches, the clock is told at least this often.
const CLOCK_EVERY: Duration = Duration::from_millis(50);
/// What is due sooner than this is not waited for: waking up takes longer.
const NOT_WORTH_SLEEPING: Duration = Duration::from_micros(20);

/// The lab's thread has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the lab is gone")]
pub struct Gone;

/// How everyone else reaches a lab. Dropping the last handle does not end the lab; `stop` does.
#[derive(Clone)]
pub struct LabHandle {
    /// What does not change of it.
    pub info: LabInfo,
    inbox: Arc<Inbox>,
}

/// Starts a lab's thread. `set_up` runs on it first (disks are opened there).
pub fn start(
    lab: Lab,
    info: LabInfo,
    set_up: impl FnOnce(&mut Driven) + Send + 'static,
) -> std::io::Result<(LabHandle, JoinHandle<()>)> {
    let inbox = Arc::new(Inbox::new());
    let handle = LabHandle { info: info.clone(), inbox: Arc::clone(&inbox) };
    let now = Real::now();
    let mut driven = Driven {
        pace: Pace::new(now, lab.now()),
        lab,
        info,
        inbox,
        outsiders: Outsiders::default(),
        disks: BTreeMap::new(),
        ports: Vec::new(),
        viewers: Viewers::default(),
        attempt: None,
        questions: Vec::new(),
        verdicts: Vec::new(),
        verdicts_due: now,
        keyframe_not_before: now,
        stopped: BTreeMap::new(),
        failure: None,
        held: None,
    };
    driven.lab.let_driver_keep_keyframes();
    let name = format!("lab-{}", handle.info.id);
    let thread = std::thread::Builder::new().name(name).spawn(move || {
        let _closes = Closes(Arc::clone(&driven.inbox));
        set_up(&mut driven);
        driven.run();
    })?;
    Ok((handle, thread))
}

/// However its thread ends, nobody waits for a lab that is gone.
struct Closes(Arc<Inbox>);

impl Drop for Closes {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl LabHandle {
    /// Does `job` on the lab's thread and brings back what it returns.
    pub async fn ask<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Driven) -> R + Send + 'static,
    ) -> Result<R, Gone> {
        let (answer, answered) = oneshot::channel();
        self.inbox
            .job(Box::new(move |driven| {
                // Whoever asked may have gone away; then nobody misses the answer.
                let _ = answer.send(job(driven));
            }))
            .await;
        answered.await.map_err(|_| Gone)
    }

    /// Ends the lab: its thread, its sockets, its disks.
    pub fn stop(&self) {
        self.inbox.stop();
    }

    /// Where its sockets hand in what they read.
    pub(crate) fn inbox(&self) -> &Arc<Inbox> {
        &self.inbox
    }
}

impl Driven {
    fn run(mut self) {
        loop {
            let deadline = self.wake_at();
            let standing = self.pace.paused() || self.failure.is_some();
            let mut taken = self.inbox.wait(deadline, standing);
            let (stop, jobs) = (taken.stop, std::mem::take(&mut taken.jobs));
            self.guarded(|driven| {
                jobs.into_iter().for_each(|job| job(driven));
                driven.turn(taken);
            });
            if stop {
                return self.end();
            }
        }
    }

    /// Runs `work`; where it breaks an assertion of ours, the lab stops and says so.
    fn guarded(&mut self, work: impl FnOnce(&mut Driven)) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(self))) {
            self.fail(said(panic.as_ref()).into());
        }
    }

    fn fail(&mut self, reason: Arc<str>) {
        if self.failure.is_some() {
            return;
        }
        tracing::error!(lab = %self.info.id, %reason, "the lab stopped: an assertion failed");
        self.failure = Some(Arc::clone(&reason));
        self.ports.iter().for_each(|port| port.set_open(false));
        self.outsiders.end_all();
        self.viewers.tell(|news| news.stopped = Some(Arc::clone(&reason)));
    }

    fn wake_at(&self) -> Option<Real> {
        if self.failure.is_some() || self.pace.paused() {
            return None;
        }
        let now = Real::now();
        let due = self.lab.next_due().and_then(|due: Instant| self.pace.real(due));
        let due = due.map(|due| if due < now + NOT_WORTH_SLEEPING { now } else { due });
        let clock = self.viewers.any().then(|| now + CLOCK_EVERY);
        due.into_iter().chain(clock).min()
    }

    fn end(mut self) {
        self.ports.iter().for_each(|port| port.set_open(false));
        self.outsiders.end_all();
        self.viewers.tell(|news| news.gone = true);
        // Each disk's thread writes what was asked of it before it ends.
        self.disks.clear();
        self.held = None;
    }
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "no reason given".into())
}

//! Runs one lab in real time on a thread of its own.
//!
//! The thread's turn: take what came in, up to a bound; let lab time pass up to now; let the
//! inputs enter at now; hand out what left the lab. A lab is never touched from elsewhere:
//! [`LabHandle::ask`] sends a job to the thread and brings its answer back.
//!
//! Where an assertion of ours fails, the unwinding is caught here: the lab stops alone, its
//! outside clients are disconnected, its trace stays and whoever watches is told.

mod asked;
mod attempt;
mod inbox;
mod outside;
mod pace;
mod question;
mod thread;
mod turn;
mod viewer;

pub use asked::{Refusal, Watch};
pub(crate) use inbox::{FromDisk, FromWire, Inbox, unit};
pub use pace::SPEEDS;
pub use thread::{Gone, LabHandle, start};

pub use viewer::{News, Viewer};

use crate::files::Disk;
use crate::wire::Port;
use attempt::Attempt;
use outside::Outsiders;
use pace::Pace;
use relevo_core::HostId;
use relevo_lab::Lab;
use relevo_lab::stream::{LabInfo, Verdict};
use std::collections::BTreeMap;
use std::sync::Arc;
use viewer::Viewers;

/// A lab and everything that belongs to its thread.
pub struct Driven {
    pub(crate) lab: Lab,
    pub(crate) info: LabInfo,
    pace: Pace,
    inbox: Arc<Inbox>,
    outsiders: Outsiders,
    disks: BTreeMap<HostId, Disk>,
    ports: Vec<Port>,
    viewers: Viewers,
    attempt: Option<Attempt>,
    questions: Vec<question::Question>,
    verdicts: Vec<Verdict>,
    verdicts_due: std::time::Instant,
    /// No keyframe is kept before: one costs time, and may take 2 % of it.
    keyframe_not_before: std::time::Instant,
    /// Nodes whose reason for stopping was logged.
    stopped: BTreeMap<HostId, Arc<str>>,
    failure: Option<Arc<str>>,
    /// What must live as long as the lab: the lock of its directory.
    held: Option<Box<dyn std::any::Any + Send>>,
}

//! The requests that are faults, as the world knows them.

use crate::driver::{Driven, Refusal};
use crate::said::Said;
use relevo_core::{Duration, Fault, HostId, Seq};
use relevo_proto::lab::v1;
use std::collections::BTreeSet;

/// Beyond this, a link's latency or a disk's slowness is a slip of the pen.
const LONGEST_US: u64 = 60_000_000;
const SLOWEST: u32 = 1_000_000;

/// A request that is a fault, once the nodes it names are found.
pub(super) trait AsFault: Send + 'static {
    /// Which lab.
    fn lab(&self) -> &str;

    /// Which fault.
    fn fault(&self, lab: &Driven) -> Result<Fault, Refusal>;
}

macro_rules! as_fault {
    ($request:ident, |$this:ident, $lab:ident| $fault:expr) => {
        impl AsFault for v1::$request {
            fn lab(&self) -> &str {
                &self.lab
            }

            fn fault(&self, $lab: &Driven) -> Result<Fault, Refusal> {
                let $this = self;
                Ok($fault)
            }
        }
    };
}

as_fault!(CrashNodeRequest, |it, lab| Fault::Crash {
    node: lab.host(&it.node)?,
    power_loss: it.power_loss
});
as_fault!(RestartNodeRequest, |it, lab| Fault::Restart { node: lab.host(&it.node)? });
as_fault!(PauseNodeRequest, |it, lab| Fault::Pause { node: lab.host(&it.node)? });
as_fault!(ResumeNodeRequest, |it, lab| Fault::Resume { node: lab.host(&it.node)? });
as_fault!(PartitionRequest, |it, lab| Fault::Partition { groups: groups(lab, &it.groups)? });
as_fault!(CutLinkRequest, |it, lab| Fault::CutLink {
    from: lab.host(&it.from)?,
    to: lab.host(&it.to)?
});
as_fault!(HealRequest, |_it, _lab| Fault::Heal);
as_fault!(SetLinkRequest, |it, lab| Fault::SetLink {
    from: lab.host(&it.from)?,
    to: lab.host(&it.to)?,
    latency: micros("latency_us", it.latency_us)?,
    jitter: micros("jitter_us", it.jitter_us)?,
    bytes_per_second: None,
});
as_fault!(LoseDiskRequest, |it, lab| Fault::LoseDisk { node: lab.host(&it.node)? });
as_fault!(SlowDiskRequest, |it, lab| Fault::SlowDisk {
    node: lab.host(&it.node)?,
    factor: factor(it.factor)?
});
as_fault!(FillDiskRequest, |it, lab| Fault::FillDisk { node: lab.host(&it.node)?, full: it.full });
as_fault!(SkewClockRequest, |it, lab| Fault::SkewClock {
    node: lab.host(&it.node)?,
    offset_ms: it.offset_ms,
    drift_ppm: it.drift_ppm,
});

/// What is done to a message under way.
#[derive(Clone, Copy)]
pub(super) enum Fate {
    Hold,
    Release,
    Drop,
}

impl Fate {
    pub(super) fn of(self, message: u64) -> Fault {
        let message = Seq(message);
        match self {
            Fate::Hold => Fault::Hold { message },
            Fate::Release => Fault::Release { message },
            Fate::Drop => Fault::Drop { message },
        }
    }
}

/// The world refuses a node in two groups too, but knows only its number.
fn groups(lab: &Driven, groups: &[v1::Group]) -> Result<Vec<Vec<HostId>>, Refusal> {
    let mut named = BTreeSet::new();
    for name in groups.iter().flat_map(|group| &group.nodes) {
        if !named.insert(name) {
            return Err(Refusal::Invalid(Said::new(
                format!("`{name}` is named more than once: a node is in one group"),
                format!("`{name}` aparece más de una vez: un nodo está en un solo grupo"),
            )));
        }
    }
    let group = |group: &v1::Group| group.nodes.iter().map(|name| lab.host(name)).collect();
    groups.iter().map(group).collect()
}

fn micros(name: &str, us: u64) -> Result<Duration, Refusal> {
    if us > LONGEST_US {
        return Err(Refusal::Invalid(Said::new(
            format!("`{name}` is at most {LONGEST_US}, not {us}"),
            format!("`{name}` es como máximo {LONGEST_US}, no {us}"),
        )));
    }
    Ok(Duration::from_micros(us))
}

fn factor(factor: u32) -> Result<u32, Refusal> {
    if !(1..=SLOWEST).contains(&factor) {
        return Err(Refusal::Invalid(Said::new(
            format!("`factor` lies between 1 and {SLOWEST}"),
            format!("`factor` va de 1 a {SLOWEST}"),
        )));
    }
    Ok(factor)
}

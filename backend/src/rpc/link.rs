//! Permalinks: a lab in so many bytes, in the API's own stable words.

use crate::driver::{Driven, Refusal};
use crate::said::Said;
use crate::server::build_id;
use relevo_core::{Duration, Fault, HostId, Instant, Origin, Seq};
use relevo_lab::{Entry, Lab, LabInput, Scenario};
use relevo_proto::lab::v1::{self, done::Fault as Done};
use tokio::sync::Semaphore;

/// Beyond so much lab time, making a lab again takes longer than anyone waits.
const LONGEST: Instant = Instant(30 * 60 * 1_000_000_000);
/// Nobody's hand does more.
const MOST_DONE: usize = 2_000;
/// So many links are opened at a time; the others wait.
pub(super) static AT_ONCE: Semaphore = Semaphore::const_new(2);
/// Beyond this, a link's latency is a slip of the pen.
const LONGEST_US: u64 = 60_000_000;

/// The link to a lab as it is, or was, at an instant.
pub(super) fn link(driven: &Driven, at: Instant) -> Result<v1::Permalink, Refusal> {
    let lab = &driven.lab;
    let at = at.min(lab.now());
    let known = Scenario::named(&driven.info.scenario).is_some();
    if !known || lab.is_durable() {
        return Err(Refusal::Precondition(Said::new(
            "only a memory lab of a named scenario can be linked to: this one is not",
            "solo se puede enlazar un laboratorio en memoria de un escenario con nombre: este no \
             lo es",
        )));
    }
    let entries = lab.entries(at).map_err(|error| Refusal::Precondition(error.into()))?;
    let names = |host: HostId| {
        let found = lab.hosts().iter().find(|known| known.id == host);
        found.map_or_else(String::new, |host| host.name.to_string())
    };
    let done: Vec<v1::Done> = entries.iter().filter_map(|entry| done(entry, &names)).collect();
    if at > LONGEST || done.len() > MOST_DONE {
        return Err(Refusal::Precondition(Said::new(
            "this lab is too old for a link: half an hour of it is the most; fork it earlier",
            "este laboratorio es demasiado viejo para un enlace: caben treinta minutos; bifúrcalo \
             antes",
        )));
    }
    Ok(v1::Permalink {
        build: build_id().to_string(),
        scenario: driven.info.scenario.to_string(),
        seed: lab.seed(),
        wall_start_ms: lab.wall_start_ms(),
        at_ns: at.0,
        seq: last_before(driven, at).0,
        incomplete: done.len() < entries.len(),
        done,
    })
}

/// The last event up to and at an instant, as far as events are kept.
fn last_before(driven: &Driven, at: Instant) -> Seq {
    let (scene, events) = driven.lab.history();
    let last = events.iter().take_while(|event| event.at <= at).last();
    last.map_or(scene.seq, |event| event.seq)
}

/// The lab a link tells of, and whether it came out as told.
pub(super) fn open(link: &v1::Permalink) -> Result<(Lab, bool), Refusal> {
    let at = Instant(link.at_ns);
    if at > LONGEST || link.done.len() > MOST_DONE {
        return Err(Refusal::Invalid(Said::new(
            "the link tells of more than half an hour of a lab",
            "el enlace cuenta más de treinta minutos de un laboratorio",
        )));
    }
    let scenario = Scenario::named(&link.scenario).ok_or_else(|| {
        let name = &link.scenario;
        Refusal::NotFound(Said::new(
            format!("this server has no scenario `{name}`"),
            format!("este servidor no tiene el escenario `{name}`"),
        ))
    })?;
    let hosts = scenario.hosts();
    let host = |name: &String| {
        let found = hosts.iter().find(|host| *host.name == **name).map(|host| host.id);
        found.ok_or_else(|| {
            Refusal::Invalid(Said::new(
                format!("the link names `{name}`, unknown here"),
                format!("el enlace nombra a `{name}`, que aquí no se conoce"),
            ))
        })
    };
    let mut entries = Vec::with_capacity(link.done.len());
    for done in &link.done {
        let Some(told) = &done.fault else {
            return Err(Refusal::Invalid(Said::new(
                "the link tells of something this server does not know: it is newer",
                "el enlace cuenta algo que este servidor no conoce: es más nuevo",
            )));
        };
        let input = LabInput::Fault { fault: fault(told, &host)?, by: Origin::Hand };
        entries.push(Entry { at: Instant(done.at_ns).min(at), runs: done.runs, input });
    }
    let lab = Lab::rebuild(&scenario, link.seed, link.wall_start_ms, &entries, at);
    let lab = lab.map_err(|error| Refusal::Precondition(error.into()))?;
    let same = lab.seq().0 == link.seq;
    Ok((lab, same))
}

fn done(entry: &Entry, name: &impl Fn(HostId) -> String) -> Option<v1::Done> {
    let LabInput::Fault { fault, .. } = &entry.input else { return None };
    let lab = String::new;
    let at = |host: &HostId| name(*host);
    let message = |message: &Seq| v1::MessageRequest { lab: lab(), message: message.0 };
    let us = |duration: &Duration| duration.0 / 1_000;
    let told = match fault {
        Fault::Start { .. } => return None,
        Fault::Crash { node, power_loss } => Done::Crash(v1::CrashNodeRequest {
            lab: lab(),
            node: at(node),
            power_loss: *power_loss,
        }),
        Fault::Restart { node } => {
            Done::Restart(v1::RestartNodeRequest { lab: lab(), node: at(node) })
        }
        Fault::Pause { node } => Done::Pause(v1::PauseNodeRequest { lab: lab(), node: at(node) }),
        Fault::Resume { node } => {
            Done::Resume(v1::ResumeNodeRequest { lab: lab(), node: at(node) })
        }
        Fault::Partition { groups } => {
            let group = |hosts: &Vec<HostId>| v1::Group { nodes: hosts.iter().map(at).collect() };
            let groups = groups.iter().map(group).collect();
            Done::Partition(v1::PartitionRequest { lab: lab(), groups })
        }
        Fault::CutLink { from, to } => {
            Done::Cut(v1::CutLinkRequest { lab: lab(), from: at(from), to: at(to) })
        }
        Fault::Heal => Done::Heal(v1::HealRequest { lab: lab() }),
        Fault::SetLink { from, to, latency, jitter, .. } => Done::SetLink(v1::SetLinkRequest {
            lab: lab(),
            from: at(from),
            to: at(to),
            latency_us: us(latency),
            jitter_us: us(jitter),
        }),
        Fault::Hold { message: held } => Done::Hold(message(held)),
        Fault::Release { message: held } => Done::Release(message(held)),
        Fault::Drop { message: held } => Done::Drop(message(held)),
        Fault::LoseDisk { node } => {
            Done::LoseDisk(v1::LoseDiskRequest { lab: lab(), node: at(node) })
        }
        Fault::SlowDisk { node, factor } => {
            Done::SlowDisk(v1::SlowDiskRequest { lab: lab(), node: at(node), factor: *factor })
        }
        Fault::FillDisk { node, full } => {
            Done::FillDisk(v1::FillDiskRequest { lab: lab(), node: at(node), full: *full })
        }
        Fault::SkewClock { node, offset_ms, drift_ppm } => Done::SkewClock(v1::SkewClockRequest {
            lab: lab(),
            node: at(node),
            offset_ms: *offset_ms,
            drift_ppm: *drift_ppm,
        }),
    };
    Some(v1::Done { at_ns: entry.at.0, runs: entry.runs, fault: Some(told) })
}

fn fault(
    told: &Done,
    host: &impl Fn(&String) -> Result<HostId, Refusal>,
) -> Result<Fault, Refusal> {
    let message = |request: &v1::MessageRequest| Seq(request.message);
    let us = |us: u64| Duration::from_micros(us.min(LONGEST_US));
    Ok(match told {
        Done::Crash(it) => Fault::Crash { node: host(&it.node)?, power_loss: it.power_loss },
        Done::Restart(it) => Fault::Restart { node: host(&it.node)? },
        Done::Pause(it) => Fault::Pause { node: host(&it.node)? },
        Done::Resume(it) => Fault::Resume { node: host(&it.node)? },
        Done::Partition(it) => {
            let group = |group: &v1::Group| group.nodes.iter().map(host).collect();
            Fault::Partition { groups: it.groups.iter().map(group).collect::<Result<_, _>>()? }
        }
        Done::Cut(it) => Fault::CutLink { from: host(&it.from)?, to: host(&it.to)? },
        Done::Heal(_) => Fault::Heal,
        Done::SetLink(it) => Fault::SetLink {
            from: host(&it.from)?,
            to: host(&it.to)?,
            latency: us(it.latency_us),
            jitter: us(it.jitter_us),
            bytes_per_second: None,
        },
        Done::Hold(it) => Fault::Hold { message: message(it) },
        Done::Release(it) => Fault::Release { message: message(it) },
        Done::Drop(it) => Fault::Drop { message: message(it) },
        Done::LoseDisk(it) => Fault::LoseDisk { node: host(&it.node)? },
        Done::SlowDisk(it) => {
            Fault::SlowDisk { node: host(&it.node)?, factor: it.factor.clamp(1, 1_000_000) }
        }
        Done::FillDisk(it) => Fault::FillDisk { node: host(&it.node)?, full: it.full },
        Done::SkewClock(it) => Fault::SkewClock {
            node: host(&it.node)?,
            offset_ms: it.offset_ms,
            drift_ppm: it.drift_ppm,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every fault a hand can do goes into a link and comes out the same.
    #[test]
    fn every_fault_survives_the_link() {
        let (node, from, to, message) = (HostId(1), HostId(0), HostId(2), Seq(77));
        let (latency, jitter) = (Duration::from_millis(80), Duration::from_millis(5));
        let faults = [
            Fault::Crash { node, power_loss: true },
            Fault::Restart { node },
            Fault::Pause { node },
            Fault::Resume { node },
            Fault::Partition { groups: vec![vec![from], vec![node, to]] },
            Fault::CutLink { from, to },
            Fault::Heal,
            Fault::SetLink { from, to, latency, jitter, bytes_per_second: None },
            Fault::Hold { message },
            Fault::Release { message },
            Fault::Drop { message },
            Fault::LoseDisk { node },
            Fault::SlowDisk { node, factor: 50 },
            Fault::FillDisk { node, full: true },
            Fault::SkewClock { node, offset_ms: -60_000, drift_ppm: 200 },
        ];
        let name = |host: HostId| host.0.to_string();
        let host = |name: &String| Ok(HostId(name.parse().expect("it is a number")));
        for wanted in faults {
            let input = LabInput::Fault { fault: wanted.clone(), by: Origin::Hand };
            let entry = Entry { at: Instant(5), runs: 9, input };
            let told = done(&entry, &name).and_then(|done| done.fault).expect("it is told");
            assert_eq!(fault(&told, &host), Ok(wanted));
        }
    }

    #[test]
    fn what_is_unknown_here_is_refused_in_words() {
        let link = v1::Permalink { scenario: "gone".into(), ..Default::default() };
        assert!(matches!(open(&link).map(|_| ()), Err(Refusal::NotFound(_))));
        let link = v1::Permalink {
            scenario: "first-minute".into(),
            done: vec![v1::Done::default()],
            ..Default::default()
        };
        assert!(matches!(open(&link).map(|_| ()), Err(Refusal::Invalid(_))));
    }
}

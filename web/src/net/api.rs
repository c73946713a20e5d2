use super::perform_first;
use super::transport::{Client, said};
use relevo_core::{Instant, Seq};
use relevo_proto::browser::{LabClient, Status};
use relevo_proto::lab::v1::*;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Something the learner has done to a lab or its time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Deed {
    Crash {
        node: Arc<str>,
        power_loss: bool,
    },
    Restart {
        node: Arc<str>,
    },
    Pause {
        node: Arc<str>,
    },
    Resume {
        node: Arc<str>,
    },
    /// Both directions.
    Cut {
        one: Arc<str>,
        other: Arc<str>,
    },
    /// One direction.
    CutWay {
        from: Arc<str>,
        to: Arc<str>,
    },
    /// Groups of hosts that reach each other only within.
    Partition {
        groups: Vec<Vec<Arc<str>>>,
    },
    /// Both directions.
    Pace {
        one: Arc<str>,
        other: Arc<str>,
        latency_ms: u32,
        jitter_ms: u32,
    },
    LoseDisk {
        node: Arc<str>,
    },
    SlowDisk {
        node: Arc<str>,
        factor: u32,
    },
    FillDisk {
        node: Arc<str>,
        full: bool,
    },
    SkewClock {
        node: Arc<str>,
        offset_ms: i64,
        drift_ppm: i32,
    },
    Heal,
    /// A client of the lab asks this line; its answer comes with the trace.
    Ask {
        client: Arc<str>,
        line: String,
    },
    Hold {
        message: Seq,
    },
    Release {
        message: Seq,
    },
    Drop {
        message: Seq,
    },
    PauseTime,
    ResumeTime,
    Step {
        events: u32,
    },
    Speed {
        speed: f64,
    },
    Fork {
        at: Instant,
    },
    /// Where `main` is reached.
    Addresses,
    /// Gives this lab ports of its own.
    OpenPorts,
    /// What a link to this lab at an instant carries.
    Link {
        at: Instant,
    },
    /// Makes the lab a link tells of.
    OpenLink(Box<Permalink>),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Done,
    Forked {
        lab: Arc<str>,
    },
    Addresses(Vec<String>),
    Linked(Box<Permalink>),
    /// A lab made from a link; whether it came out as the link says.
    Made {
        lab: Arc<str>,
        same: bool,
    },
    /// What the server says, in its own words and the page's language.
    Refused(String),
}

/// What a deed comes to, once the server has answered.
pub(crate) type Performed = Pin<Box<dyn Future<Output = Outcome>>>;

/// Asks the server for any deed, in `lab`.
pub(crate) fn perform(lab: Arc<str>, deed: Deed) -> Performed {
    Box::pin(async move {
        match ask(lab.to_string(), deed).await {
            Ok(outcome) => outcome,
            Err(status) => Outcome::Refused(said(&status)),
        }
    })
}

async fn ask(lab: String, deed: Deed) -> Result<Outcome, Status> {
    let mut client = LabClient::new(Client);
    match deed {
        Deed::Restart { node } => {
            client.restart_node(RestartNodeRequest { lab, node: node.to_string() }).await?;
        }
        Deed::Pause { node } => {
            client.pause_node(PauseNodeRequest { lab, node: node.to_string() }).await?;
        }
        Deed::Resume { node } => {
            client.resume_node(ResumeNodeRequest { lab, node: node.to_string() }).await?;
        }
        Deed::Cut { one, other } => {
            let (one, other) = (one.to_string(), other.to_string());
            let there = CutLinkRequest { lab: lab.clone(), from: one.clone(), to: other.clone() };
            client.cut_link(there).await?;
            client.cut_link(CutLinkRequest { lab, from: other, to: one }).await?;
        }
        Deed::CutWay { from, to } => {
            let (from, to) = (from.to_string(), to.to_string());
            client.cut_link(CutLinkRequest { lab, from, to }).await?;
        }
        Deed::Partition { groups } => {
            let names = |group: Vec<Arc<str>>| group.iter().map(ToString::to_string).collect();
            let groups = groups.into_iter().map(|group| Group { nodes: names(group) }).collect();
            client.partition(PartitionRequest { lab, groups }).await?;
        }
        Deed::Pace { one, other, latency_ms, jitter_ms } => {
            for (from, to) in [(&one, &other), (&other, &one)] {
                let (from, to) = (from.to_string(), to.to_string());
                let latency_us = u64::from(latency_ms) * 1_000;
                let jitter_us = u64::from(jitter_ms) * 1_000;
                let lab = lab.clone();
                let request = SetLinkRequest { lab, from, to, latency_us, jitter_us };
                client.set_link(request).await?;
            }
        }
        Deed::LoseDisk { node } => {
            client.lose_disk(LoseDiskRequest { lab, node: node.to_string() }).await?;
        }
        Deed::SlowDisk { node, factor } => {
            client.slow_disk(SlowDiskRequest { lab, node: node.to_string(), factor }).await?;
        }
        Deed::FillDisk { node, full } => {
            client.fill_disk(FillDiskRequest { lab, node: node.to_string(), full }).await?;
        }
        Deed::SkewClock { node, offset_ms, drift_ppm } => {
            let node = node.to_string();
            client.skew_clock(SkewClockRequest { lab, node, offset_ms, drift_ppm }).await?;
        }
        Deed::Ask { client: name, line } => {
            let operation = Some(Operation { operation: Some(operation::Operation::Line(line)) });
            let request = AskRequest { lab, client: name.to_string(), operation, wait_ms: 1 };
            match client.ask(request).await {
                Err(status) if status.code() != relevo_proto::browser::DEADLINE_EXCEEDED => {
                    return Err(status);
                }
                _ => {}
            }
        }
        Deed::Heal => {
            client.heal(HealRequest { lab }).await?;
        }
        Deed::Hold { message: Seq(message) } => {
            client.hold_message(MessageRequest { lab, message }).await?;
        }
        Deed::Release { message: Seq(message) } => {
            client.release_message(MessageRequest { lab, message }).await?;
        }
        Deed::Drop { message: Seq(message) } => {
            client.drop_message(MessageRequest { lab, message }).await?;
        }
        Deed::Addresses => return addresses(client.describe_lab(main()).await?.into_inner()),
        Deed::OpenPorts => {
            let answer = client.open_ports(OpenPortsRequest { lab }).await?.into_inner();
            return Ok(Outcome::Addresses(answer.zookeeper));
        }
        Deed::Link { at: Instant(at_ns) } => {
            let linked = client.link_lab(LinkLabRequest { lab, at_ns }).await?.into_inner();
            return Ok(Outcome::Linked(Box::new(linked)));
        }
        Deed::OpenLink(link) => {
            let made = client.open_link(*link).await?.into_inner();
            let lab = made.lab.unwrap_or_default().lab.into();
            return Ok(Outcome::Made { lab, same: made.same });
        }
        // Of the first minute.
        Deed::Crash { .. }
        | Deed::PauseTime
        | Deed::ResumeTime
        | Deed::Step { .. }
        | Deed::Speed { .. }
        | Deed::Fork { .. } => return Ok(perform_first(lab.into(), deed).await),
    }
    Ok(Outcome::Done)
}

fn main() -> DescribeLabRequest {
    DescribeLabRequest { lab: "main".into() }
}

fn addresses(answer: DescribeLabResponse) -> Result<Outcome, Status> {
    Ok(Outcome::Addresses(answer.nodes.into_iter().flat_map(|node| node.addresses).collect()))
}

use relevo_core::{Instant, Seq};
use relevo_proto::lab::v1::lab_client::LabClient;
use relevo_proto::lab::v1::*;
use std::sync::Arc;
use tonic_web_wasm_client::Client;

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
    Heal,
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
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Done,
    Forked {
        lab: Arc<str>,
    },
    Addresses(Vec<String>),
    /// What the server says, in its own words.
    Refused(String),
}

/// Asks the server, in `lab`.
pub(crate) async fn perform(lab: Arc<str>, deed: Deed) -> Outcome {
    match ask(lab.to_string(), deed).await {
        Ok(outcome) => outcome,
        Err(status) => Outcome::Refused(status.message().to_owned()),
    }
}

async fn ask(lab: String, deed: Deed) -> Result<Outcome, tonic::Status> {
    let origin = web_sys::window().and_then(|window| window.location().origin().ok());
    let mut client = LabClient::new(Client::new(origin.unwrap_or_default()));
    match deed {
        Deed::Crash { node, power_loss } => {
            let node = node.to_string();
            client.crash_node(CrashNodeRequest { lab, node, power_loss }).await?;
        }
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
        Deed::Heal => drop(client.heal(HealRequest { lab }).await?),
        Deed::Hold { message: Seq(message) } => {
            client.hold_message(MessageRequest { lab, message }).await?;
        }
        Deed::Release { message: Seq(message) } => {
            client.release_message(MessageRequest { lab, message }).await?;
        }
        Deed::Drop { message: Seq(message) } => {
            client.drop_message(MessageRequest { lab, message }).await?;
        }
        Deed::PauseTime => drop(client.pause_time(PauseTimeRequest { lab }).await?),
        Deed::ResumeTime => drop(client.resume_time(ResumeTimeRequest { lab }).await?),
        Deed::Step { events } => drop(client.step(StepRequest { lab, events }).await?),
        Deed::Speed { speed } => {
            client.set_speed(SetSpeedRequest { lab, speed }).await?;
        }
        Deed::Fork { at: Instant(at_ns) } => {
            let answer = client.fork(ForkRequest { lab, at_ns }).await?.into_inner();
            let forked = answer.lab.unwrap_or_default().lab;
            return Ok(Outcome::Forked { lab: forked.into() });
        }
        Deed::Addresses => return addresses(client.describe_lab(main()).await?.into_inner()),
        Deed::OpenPorts => {
            let answer = client.open_ports(OpenPortsRequest { lab }).await?.into_inner();
            return Ok(Outcome::Addresses(answer.zookeeper));
        }
    }
    Ok(Outcome::Done)
}

fn main() -> DescribeLabRequest {
    DescribeLabRequest { lab: "main".into() }
}

fn addresses(answer: DescribeLabResponse) -> Result<Outcome, tonic::Status> {
    Ok(Outcome::Addresses(answer.nodes.into_iter().flat_map(|node| node.addresses).collect()))
}

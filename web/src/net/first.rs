use super::transport::Client;
use super::{Deed, Outcome};
use relevo_core::Instant;
use relevo_proto::browser::{LabClient, Status};
use relevo_proto::lab::v1::*;
use std::sync::Arc;

/// Whether a deed is one of the first minute's; the others' calls come with the tools, which offer
/// them.
pub(crate) fn is_first(deed: &Deed) -> bool {
    use Deed::{Crash, Fork, PauseTime, ResumeTime, Speed, Step};
    matches!(deed, Crash { .. } | PauseTime | ResumeTime | Step { .. } | Speed { .. } | Fork { .. })
}

/// Asks the server for a deed of the first minute, in `lab`.
pub(crate) async fn perform_first(lab: Arc<str>, deed: Deed) -> Outcome {
    match ask(lab.to_string(), deed).await {
        Ok(outcome) => outcome,
        Err(status) => Outcome::Refused(super::transport::said(&status)),
    }
}

async fn ask(lab: String, deed: Deed) -> Result<Outcome, Status> {
    let mut client = LabClient::new(Client);
    match deed {
        Deed::Crash { node, power_loss } => {
            let node = node.to_string();
            client.crash_node(CrashNodeRequest { lab, node, power_loss }).await?;
        }
        Deed::PauseTime => {
            client.pause_time(PauseTimeRequest { lab }).await?;
        }
        Deed::ResumeTime => {
            client.resume_time(ResumeTimeRequest { lab }).await?;
        }
        Deed::Step { events } => {
            client.step(StepRequest { lab, events }).await?;
        }
        Deed::Speed { speed } => {
            client.set_speed(SetSpeedRequest { lab, speed }).await?;
        }
        Deed::Fork { at: Instant(at_ns) } => {
            let answer = client.fork(ForkRequest { lab, at_ns }).await?.into_inner();
            let forked = answer.lab.unwrap_or_default().lab;
            return Ok(Outcome::Forked { lab: forked.into() });
        }
        _ => {}
    }
    Ok(Outcome::Done)
}

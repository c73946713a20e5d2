//! The control API. Every call becomes a job on its lab's thread.

use super::faults::{AsFault, Fate};
use super::{ask, exercises, link, trace};
use crate::driver::{Driven, Gone, LabHandle, Refusal, Viewer};
use crate::labs::{Labs, LabsError};
use crate::said::Said;
use crate::server::Visitor;
use futures_util::Stream;
use relevo_core::{Instant, Origin, Party, Seq};
use relevo_lab::NodeInfo;
use relevo_proto::lab::v1::{self, lab_server::Lab};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tonic::{Code, Request, Response, Status};

type Answer<T> = Result<Response<T>, Status>;

/// How long `Ask` waits for the answer unless told otherwise.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// The service.
pub(crate) struct LabService {
    labs: Arc<Labs>,
}

impl LabService {
    pub(super) fn new(labs: Arc<Labs>) -> LabService {
        LabService { labs }
    }

    /// Does `job` on the thread of `lab`.
    async fn ask_lab<R: Send + 'static>(
        &self,
        lab: &str,
        job: impl FnOnce(&mut Driven) -> R + Send + 'static,
    ) -> Result<R, Status> {
        self.labs.find(lab).map_err(status)?.ask(job).await.map_err(gone)
    }

    /// A command that answers with the number of its event.
    async fn command(
        &self,
        lab: &str,
        job: impl FnOnce(&mut Driven) -> Result<Seq, Refusal> + Send + 'static,
    ) -> Answer<v1::CommandResponse> {
        let seq = self.ask_lab(lab, job).await?.map_err(refused)?;
        Ok(Response::new(v1::CommandResponse { seq: seq.0 }))
    }

    async fn fault(&self, request: Request<impl AsFault>) -> Answer<v1::CommandResponse> {
        let (by, request) = (origin(&request), request.into_inner());
        let handle = self.labs.find(request.lab()).map_err(status)?;
        let applied = handle.ask(move |driven| {
            let fault = request.fault(driven)?;
            driven.apply(fault, by)
        });
        let seq = applied.await.map_err(gone)?.map_err(refused)?;
        settled(&handle).await;
        Ok(Response::new(v1::CommandResponse { seq: seq.0 }))
    }

    async fn message(
        &self,
        request: Request<v1::MessageRequest>,
        fate: Fate,
    ) -> Answer<v1::CommandResponse> {
        let (by, request) = (origin(&request), request.into_inner());
        self.command(&request.lab, move |driven| driven.apply(fate.of(request.message), by)).await
    }
}

/// A crash is done when the port is closed, a restart when it is open again.
async fn settled(handle: &LabHandle) {
    let Ok(changes) = handle.ask(|driven| driven.port_changes()).await else { return };
    for change in changes {
        change.settled().await;
    }
}

#[tonic::async_trait]
impl Lab for LabService {
    async fn create_lab(
        &self,
        request: Request<v1::CreateLabRequest>,
    ) -> Answer<v1::CreateLabResponse> {
        let (visitor, request) = (visitor(&request), request.into_inner());
        let made = self.labs.create(&request.scenario, request.seed, visitor).await;
        let handle = made.map_err(status)?;
        let lab = Some(handle.ask(|driven| info(driven)).await.map_err(gone)?);
        Ok(Response::new(v1::CreateLabResponse { lab }))
    }

    async fn list_labs(&self, _: Request<v1::ListLabsRequest>) -> Answer<v1::ListLabsResponse> {
        let mut labs = Vec::new();
        for handle in self.labs.list() {
            // One that goes away meanwhile is not listed.
            labs.extend(handle.ask(|driven| info(driven)).await.ok());
        }
        Ok(Response::new(v1::ListLabsResponse { labs }))
    }

    async fn describe_lab(
        &self,
        request: Request<v1::DescribeLabRequest>,
    ) -> Answer<v1::DescribeLabResponse> {
        let job = |driven: &mut Driven| {
            let nodes = driven.lab.nodes().into_iter();
            let nodes = nodes.map(|node| describe(driven, node)).collect();
            v1::DescribeLabResponse { lab: Some(info(driven)), nodes }
        };
        Ok(Response::new(self.ask_lab(&request.into_inner().lab, job).await?))
    }

    async fn delete_lab(
        &self,
        request: Request<v1::DeleteLabRequest>,
    ) -> Answer<v1::DeleteLabResponse> {
        self.labs.delete(&request.into_inner().lab).map_err(status)?;
        Ok(Response::new(v1::DeleteLabResponse {}))
    }

    async fn open_ports(
        &self,
        request: Request<v1::OpenPortsRequest>,
    ) -> Answer<v1::OpenPortsResponse> {
        let ports = self.labs.open_ports(&request.into_inner().lab).await.map_err(status)?;
        let zookeeper = ports.iter().map(|port| port.to_string()).collect();
        Ok(Response::new(v1::OpenPortsResponse { zookeeper }))
    }

    async fn crash_node(&self, r: Request<v1::CrashNodeRequest>) -> Answer<v1::CommandResponse> {
        self.fault(r).await
    }

    async fn restart_node(
        &self,
        r: Request<v1::RestartNodeRequest>,
    ) -> Answer<v1::CommandResponse> {
        self.fault(r).await
    }

    async fn pause_node(&self, r: Request<v1::PauseNodeRequest>) -> Answer<v1::CommandResponse> {
        self.fault(r).await
    }

    async fn resume_node(&self, r: Request<v1::ResumeNodeRequest>) -> Answer<v1::CommandResponse> {
        self.fault(r).await
    }

    async fn partition(&self, r: Request<v1::PartitionRequest>) -> Answer<v1::CommandResponse> {
        self.fault(r).await
    }

    async fn cut_link(&self, r: Request<v1::CutLinkRequest>) -> Answer<v1::CommandResponse> {
        self.fault(r).await
    }

    async fn heal(&self, r: Request<v1::HealRequest>) -> Answer<v1::CommandResponse> {
        self.fault(r).await
    }

    async fn set_link(&self, r: Request<v1::SetLinkRequest>) -> Answer<v1::CommandResponse> {
        self.fault(r).await
    }

    async fn hold_message(&self, r: Request<v1::MessageRequest>) -> Answer<v1::CommandResponse> {
        self.message(r, Fate::Hold).await
    }

    async fn release_message(&self, r: Request<v1::MessageRequest>) -> Answer<v1::CommandResponse> {
        self.message(r, Fate::Release).await
    }

    async fn drop_message(&self, r: Request<v1::MessageRequest>) -> Answer<v1::CommandResponse> {
        self.message(r, Fate::Drop).await
    }

    async fn lose_disk(&self, r: Request<v1::LoseDiskRequest>) -> Answer<v1::CommandResponse> {
        self.fault(r).await
    }

    async fn slow_disk(&self, r: Request<v1::SlowDiskRequest>) -> Answer<v1::CommandResponse> {
        self.fault(r).await
    }

    async fn fill_disk(&self, r: Request<v1::FillDiskRequest>) -> Answer<v1::CommandResponse> {
        self.fault(r).await
    }

    async fn skew_clock(&self, r: Request<v1::SkewClockRequest>) -> Answer<v1::CommandResponse> {
        self.fault(r).await
    }

    async fn pause_time(&self, r: Request<v1::PauseTimeRequest>) -> Answer<v1::CommandResponse> {
        self.command(&r.into_inner().lab, Driven::pause).await
    }

    async fn resume_time(&self, r: Request<v1::ResumeTimeRequest>) -> Answer<v1::CommandResponse> {
        self.command(&r.into_inner().lab, Driven::resume).await
    }

    async fn step(&self, r: Request<v1::StepRequest>) -> Answer<v1::CommandResponse> {
        let v1::StepRequest { lab, events } = r.into_inner();
        self.command(&lab, move |driven| driven.step(events)).await
    }

    async fn set_speed(&self, r: Request<v1::SetSpeedRequest>) -> Answer<v1::CommandResponse> {
        let v1::SetSpeedRequest { lab, speed } = r.into_inner();
        self.command(&lab, move |driven| driven.set_speed(speed)).await
    }

    async fn fork(&self, request: Request<v1::ForkRequest>) -> Answer<v1::ForkResponse> {
        let visitor = visitor(&request);
        let v1::ForkRequest { lab, at_ns } = request.into_inner();
        let forked = self.labs.fork(&lab, Instant(at_ns), visitor).await.map_err(status)?;
        let lab = Some(forked.ask(|driven| info(driven)).await.map_err(gone)?);
        Ok(Response::new(v1::ForkResponse { lab }))
    }

    async fn link_lab(&self, request: Request<v1::LinkLabRequest>) -> Answer<v1::Permalink> {
        let v1::LinkLabRequest { lab, at_ns } = request.into_inner();
        let linked = self.ask_lab(&lab, move |driven| link::link(driven, Instant(at_ns))).await?;
        Ok(Response::new(linked.map_err(refused)?))
    }

    async fn open_link(&self, request: Request<v1::Permalink>) -> Answer<v1::OpenLinkResponse> {
        let (visitor, told) = (visitor(&request), request.into_inner());
        let scenario: Arc<str> = told.scenario.as_str().into();
        // Half an hour of a lab is seconds of a core: others are to have some of them.
        let _turn = link::AT_ONCE.acquire().await;
        let made = tokio::task::spawn_blocking(move || link::open(&told)).await;
        let (made, same) =
            made.map_err(|_| Status::internal("the lab could not be made"))?.map_err(refused)?;
        let made = self.labs.add_made(made, scenario, visitor).await;
        let handle = made.map_err(status)?;
        let lab = Some(handle.ask(|driven| info(driven)).await.map_err(gone)?);
        Ok(Response::new(v1::OpenLinkResponse { lab, same }))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<v1::TraceEvent, Status>> + Send>>;

    async fn watch(&self, request: Request<v1::WatchRequest>) -> Answer<Self::WatchStream> {
        let v1::WatchRequest { lab, after_seq } = request.into_inner();
        let handle = self.labs.find(&lab).map_err(status)?;
        let watch = handle.ask(Driven::watch).await.map_err(gone)?;
        let (scene, events, viewer, _) = watch.map_err(refused)?;
        let first = events.first().map_or(scene.seq.0, |event| event.seq.0.saturating_sub(1));
        let mut told = Vec::new();
        if first > after_seq {
            told.push(trace::gap(after_seq, first + 1, scene.at));
        }
        let later = events.iter().filter(|event| event.seq.0 > after_seq);
        let named = handle.ask(move |driven| names(driven)).await.map_err(gone)?;
        told.extend(later.map(|event| trace::event(event, &*named)));
        let watching = Watching { viewer, handle, told: told.into_iter().map(Ok).collect() };
        Ok(Response::new(Box::pin(futures_util::stream::unfold(watching, Watching::next))))
    }

    async fn list_exercises(
        &self,
        _: Request<v1::ListExercisesRequest>,
    ) -> Answer<v1::ListExercisesResponse> {
        exercises::list().map(Response::new)
    }

    async fn ask(&self, request: Request<v1::AskRequest>) -> Answer<v1::AskResponse> {
        let (by, request) = (origin(&request), request.into_inner());
        let v1::AskRequest { lab, client, operation, wait_ms } = request;
        let asked = ask::request(operation).map_err(|said| said.status(Code::InvalidArgument))?;
        let wait = if wait_ms == 0 { ANSWER_WITHIN } else { Duration::from_millis(wait_ms.into()) };
        let who = client.clone();
        let question = self.ask_lab(&lab, move |driven| driven.question(&who, asked, by));
        let (call, answered) = question.await?.map_err(refused)?;
        match tokio::time::timeout(wait, answered).await {
            Ok(Ok(outcome)) => Ok(Response::new(ask::response(call, outcome))),
            Ok(Err(_)) => Err(died(&client).status(Code::Aborted)),
            Err(_) => Err(late(wait, call).status(Code::DeadlineExceeded)),
        }
    }

    async fn start_exercise(
        &self,
        request: Request<v1::StartExerciseRequest>,
    ) -> Answer<v1::StartExerciseResponse> {
        let visitor = visitor(&request);
        let v1::StartExerciseRequest { id, seed, passed } = request.into_inner();
        let made = exercises::start(&self.labs, &id, seed, passed as usize, visitor).await;
        let handle = made?;
        let lab = Some(handle.ask(|driven| info(driven)).await.map_err(gone)?);
        Ok(Response::new(v1::StartExerciseResponse { lab }))
    }

    async fn check_exercise(
        &self,
        request: Request<v1::CheckExerciseRequest>,
    ) -> Answer<v1::CheckExerciseResponse> {
        let states =
            self.ask_lab(&request.into_inner().lab, Driven::checks).await?.map_err(refused)?;
        let checks = states.into_iter().map(exercises::check).collect();
        Ok(Response::new(v1::CheckExerciseResponse { checks }))
    }

    async fn play_solution(
        &self,
        request: Request<v1::PlaySolutionRequest>,
    ) -> Answer<v1::CommandResponse> {
        if self.labs.exam() {
            let said = Said::new(
                "this server runs an exam (--exam): solutions are not shown",
                "este servidor es de examen (--exam): las soluciones no se muestran",
            );
            return Err(said.status(Code::FailedPrecondition));
        }
        let v1::PlaySolutionRequest { lab, step } = request.into_inner();
        self.command(&lab, move |driven| driven.play_solution(&step)).await
    }
}

/// One who watches by gRPC.
struct Watching {
    viewer: Viewer,
    handle: LabHandle,
    told: std::collections::VecDeque<Result<v1::TraceEvent, Status>>,
}

impl Watching {
    async fn next(mut self) -> Option<(Result<v1::TraceEvent, Status>, Watching)> {
        loop {
            if let Some(event) = self.told.pop_front() {
                return Some((event, self));
            }
            let news = self.viewer.news().await;
            if news.gone {
                return None;
            }
            if news.missed > 0 {
                let (refresh, missed) = (self.viewer.refresher(), news.missed);
                self.handle.ask(move |driven| driven.refresh(refresh, missed)).await.ok()?;
            }
            if let Some((scene, missed)) = news.gap {
                let until = scene.seq.0 + 1;
                self.told.push_back(Ok(trace::gap(until.saturating_sub(missed), until, scene.at)));
            }
            if !news.events.is_empty() {
                let named = self.handle.ask(|driven| names(driven)).await.ok()?;
                let events = news.events.iter().map(|event| Ok(trace::event(event, &*named)));
                self.told.extend(events);
            }
            if let Some(reason) = news.stopped {
                self.told.push_back(Err(Status::aborted(format!("the lab stopped: {reason}"))));
            }
        }
    }
}

/// What parties are called now.
type Names = Box<dyn Fn(Party) -> Arc<str> + Send + Sync>;

fn names(driven: &Driven) -> Names {
    let scene = driven.lab.scene();
    let hosts: std::collections::BTreeMap<Party, Arc<str>> =
        driven.lab.nodes().into_iter().map(|node| (Party::Host(node.host), node.name)).collect();
    let clients: std::collections::BTreeMap<Party, Arc<str>> =
        scene.clients.iter().map(|(party, client)| (*party, Arc::clone(&client.name))).collect();
    Box::new(move |party| {
        let known = hosts.get(&party).or_else(|| clients.get(&party)).cloned();
        known.unwrap_or_else(|| match party {
            Party::Host(host) => format!("host-{}", host.0).into(),
            Party::Outside(outside) => format!("client-{}", outside.0).into(),
        })
    })
}

fn info(driven: &Driven) -> v1::LabInfo {
    let (clock, known) = (driven.clock(), &driven.info);
    v1::LabInfo {
        lab: known.id.to_string(),
        scenario: known.scenario.to_string(),
        seed: known.seed,
        durable: known.durable,
        paused: clock.paused,
        speed: clock.speed,
        at_ns: clock.at.0,
        seq: clock.seq.0,
        oldest_ns: clock.oldest.0,
        failure: driven.failure().as_deref().unwrap_or_default().to_owned(),
        forked_from: known.forked_from.as_ref().map_or(String::new(), |(id, _)| id.to_string()),
    }
}

fn describe(driven: &Driven, node: NodeInfo) -> v1::Node {
    let addresses = driven.addresses(node.host);
    v1::Node {
        name: node.name.to_string(),
        role: node.role.into(),
        state: node.state.into(),
        epoch: node.epoch,
        addresses: addresses.iter().map(|address| address.to_string()).collect(),
    }
}

/// Browsers name the page a call comes from, and ours is the only one that gets in: what it asks
/// was done by hand.
fn origin<T>(request: &Request<T>) -> Origin {
    if request.metadata().contains_key("origin") { Origin::Hand } else { Origin::Api }
}

/// Where a call comes from.
fn visitor<T>(request: &Request<T>) -> Option<IpAddr> {
    request.extensions().get::<Visitor>().map(|visitor| visitor.0)
}

pub(super) fn status(error: LabsError) -> Status {
    let code = match error {
        LabsError::NoLab(_) | LabsError::NoScenario(_) | LabsError::Gone => Code::NotFound,
        LabsError::TooMany(_) | LabsError::TooManyOfYours(_) | LabsError::NoPorts(..) => {
            Code::ResourceExhausted
        }
        LabsError::Main | LabsError::Fork(_) => Code::FailedPrecondition,
        LabsError::Thread(_) => Code::Internal,
    };
    Said::from(error).status(code)
}

fn refused(refusal: Refusal) -> Status {
    match refusal {
        Refusal::NotFound(said) => said.status(Code::NotFound),
        Refusal::Precondition(said) => said.status(Code::FailedPrecondition),
        Refusal::Invalid(said) => said.status(Code::InvalidArgument),
        Refusal::Exhausted(said) => said.status(Code::ResourceExhausted),
    }
}

fn gone(_: Gone) -> Status {
    status(LabsError::Gone)
}

fn died(client: &str) -> Said {
    Said::new(
        format!("{client} died before its answer; whether it was done, only reading tells"),
        format!("{client} murió antes de la respuesta; si se hizo, solo leer lo dice"),
    )
}

fn late(wait: Duration, call: Seq) -> Said {
    let (ms, event) = (wait.as_millis(), call.0);
    Said::new(
        format!(
            "no answer within {ms} ms: the lab may be paused, or the ensemble has no leader; the \
             question stands (event {event})"
        ),
        format!(
            "sin respuesta en {ms} ms: el laboratorio puede estar en pausa, o el ensemble sin \
             líder; la pregunta sigue en pie (evento {event})"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_have_the_codes_of_the_contract() {
        let code = |error| status(error).code();
        assert_eq!(code(LabsError::NoLab("x".into())), tonic::Code::NotFound);
        assert_eq!(code(LabsError::TooMany(64)), tonic::Code::ResourceExhausted);
        assert_eq!(
            code(LabsError::Fork(Said::new("durable", "durable"))),
            tonic::Code::FailedPrecondition
        );
        assert_eq!(
            refused(Refusal::Invalid(Said::new("x", "x"))).code(),
            tonic::Code::InvalidArgument
        );
    }

    #[test]
    fn an_event_of_a_lab_has_a_name() {
        // The type must stay what the trace speaks of.
        let _: fn(&relevo_lab::LabEvent, &dyn Fn(Party) -> Arc<str>) -> v1::TraceEvent =
            trace::event;
    }
}

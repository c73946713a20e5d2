//! The closed set of machines a lab hosts.

pub use relevo_apps::Event;
use relevo_apps::shell::render;
use relevo_apps::{
    Candidate, CandidateConfig, Console, ConsoleCall, ConsoleConfig, Counter, CounterConfig,
    Workload, WorkloadCall, WorkloadConfig,
};
use relevo_coordination::{Server, ServerConfig};
use relevo_core::{Effects, Input, Instant, Machine, Now, OutsideInput, TraceEvent};
use serde::{Deserialize, Serialize};

/// What travels in a lab.
pub type Message = relevo_coordination::Message;

/// What happens in a lab.
pub type LabEvent = TraceEvent<Message, Event>;

/// What enters a lab from outside.
pub type LabInput = OutsideInput<Message, Call>;

/// A machine of a lab.
#[derive(Clone)]
#[allow(clippy::large_enum_variant)] // one per host; a step through a box would cost more
pub enum Node {
    /// A server of the coordination service.
    ZooKeeper(Server),
    /// The counter of the first minute.
    Counter(Counter),
    /// The console of the page, the hand of an exercise.
    Console(Console),
    /// A candidate of an election.
    Candidate(Candidate),
    /// A client of a fault schedule.
    Workload(Workload),
}

/// What a node boots with.
#[derive(Clone, Debug)]
pub enum NodeConfig {
    /// A server of the coordination service.
    ZooKeeper(ServerConfig),
    /// The counter.
    Counter(CounterConfig),
    /// The console.
    Console(ConsoleConfig),
    /// A candidate of an election.
    Candidate(CandidateConfig),
    /// A client of a fault schedule.
    Workload(WorkloadConfig),
}

/// What can be asked of a node directly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Call {
    /// A console asks the ensemble.
    Console(ConsoleCall),
    /// A schedule steers its client.
    Workload(WorkloadCall),
}

impl Machine for Node {
    type Config = NodeConfig;
    type Message = Message;
    type Event = Event;
    type Call = Call;

    fn boot(config: &NodeConfig, seed: u64) -> Node {
        match config {
            NodeConfig::ZooKeeper(config) => Node::ZooKeeper(Server::boot(config, seed)),
            NodeConfig::Counter(config) => Node::Counter(Counter::boot(config, seed)),
            NodeConfig::Console(config) => Node::Console(Console::boot(config, seed)),
            NodeConfig::Candidate(config) => Node::Candidate(Candidate::boot(config, seed)),
            NodeConfig::Workload(config) => Node::Workload(Workload::boot(config, seed)),
        }
    }

    fn step(&mut self, now: Now, input: Input<Message, Call>, out: &mut Effects<Message, Event>) {
        match self {
            Node::ZooKeeper(server) => {
                if let Some(input) = called(input, |_| None) {
                    out.nest(|out| server.step(now, input, out));
                }
            }
            Node::Counter(counter) => {
                if let Some(input) = called(input, |_| None) {
                    counter.step(now, input, out);
                }
            }
            Node::Candidate(candidate) => {
                if let Some(input) = called(input, |_| None) {
                    candidate.step(now, input, out);
                }
            }
            Node::Console(console) => {
                let ours = |call| match call {
                    Call::Console(call) => Some(call),
                    Call::Workload(_) => None,
                };
                if let Some(input) = called(input, ours) {
                    console.step(now, input, out);
                }
            }
            Node::Workload(workload) => {
                let ours = |call| match call {
                    Call::Workload(call) => Some(call),
                    Call::Console(_) => None,
                };
                if let Some(input) = called(input, ours) {
                    workload.step(now, input, out);
                }
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match self {
            Node::ZooKeeper(server) => server.deadline(),
            Node::Counter(counter) => counter.deadline(),
            Node::Console(console) => console.deadline(),
            Node::Candidate(candidate) => candidate.deadline(),
            Node::Workload(workload) => workload.deadline(),
        }
    }

    fn call_words(call: &Call) -> String {
        match call {
            Call::Console(ConsoleCall::Request(request)) => {
                render(request).unwrap_or_else(|| format!("{request:?}"))
            }
            Call::Workload(call) => format!("{call:?}"),
        }
    }
}

/// The input with its call converted; none where the call is not for this machine.
fn called<C>(
    input: Input<Message, Call>,
    convert: impl FnOnce(Call) -> Option<C>,
) -> Option<Input<Message, C>> {
    Some(match input {
        Input::Call(call) => Input::Call(convert(call)?),
        Input::Boot => Input::Boot,
        Input::Deadline => Input::Deadline,
        Input::Opened { conn } => Input::Opened { conn },
        Input::Accepted { conn, service, peer } => Input::Accepted { conn, service, peer },
        Input::Message { conn, message } => Input::Message { conn, message },
        Input::Blocked { conn } => Input::Blocked { conn },
        Input::Writable { conn } => Input::Writable { conn },
        Input::Closed { conn, reason } => Input::Closed { conn, reason },
        Input::Again => Input::Again,
        Input::Disk(input) => Input::Disk(input),
    })
}

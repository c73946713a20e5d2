//! Questions that a lab's own clients ask for someone outside, and their answers.

use super::{Driven, Refusal};
use crate::said::Said;
use relevo_apps::{ConsoleCall, Outcome};
use relevo_coordination::Request;
use relevo_core::{HostId, Origin, OutsideInput, Seq};
use relevo_lab::{Call, HostKind};
use relevo_world::HostState;
use tokio::sync::oneshot;

/// The most questions of a lab that wait for their answers.
const MOST_QUESTIONS: usize = 1_024;

/// A question that waits for its answer.
pub(super) struct Question {
    host: HostId,
    call: Seq,
    answer: oneshot::Sender<Outcome>,
}

impl Driven {
    /// Lets the client of this name ask the ensemble; the answer comes when it comes. It is lost,
    /// and its channel closed, where the client's process dies first.
    pub(crate) fn question(
        &mut self,
        client: &str,
        request: Request,
        by: Origin,
    ) -> Result<(Seq, oneshot::Receiver<Outcome>), Refusal> {
        self.alive()?;
        let host = self.asking(client)?;
        if self.questions.len() >= MOST_QUESTIONS {
            return Err(Refusal::Exhausted(Said::new(
                format!("{MOST_QUESTIONS} questions wait for their answers; wait for some"),
                format!("{MOST_QUESTIONS} preguntas esperan respuesta; espera alguna"),
            )));
        }
        let call = Call::Console(ConsoleCall::Request(request));
        let entered = self.lab.input(OutsideInput::Call { node: host, call, by });
        let call = entered.map_err(super::asked::refusal)?.seq;
        let (answer, answered) = oneshot::channel();
        self.questions.push(Question { host, call, answer });
        self.hand_out();
        Ok((call, answered))
    }

    /// The client of this name, if it can ask now.
    fn asking(&self, client: &str) -> Result<HostId, Refusal> {
        let hosts = self.lab.hosts();
        let consoles = || hosts.iter().filter(|host| host.kind == HostKind::Console);
        let Some(host) = consoles().find(|host| &*host.name == client) else {
            let names: Vec<&str> = consoles().map(|host| &*host.name).collect();
            let known = if names.is_empty() { "none".into() } else { names.join(", ") };
            let lab = &self.info.id;
            return Err(Refusal::NotFound(Said::new(
                format!("lab {lab} has no client `{client}` to ask with; it has {known}"),
                format!("el laboratorio {lab} no tiene ningún cliente `{client}`; tiene {known}"),
            )));
        };
        let state = self.lab.world().hosts().nth(host.id.0 as usize).map(|view| view.state);
        let why = match state {
            Some(HostState::Running) => {
                let cut_off = self.lab.console(host.id).is_some_and(|it| it.is_cut_off());
                cut_off.then_some((
                    "has lost its connection and looks for another server; ask again",
                    "perdió su conexión y busca otro servidor; pregunta de nuevo",
                ))
            }
            Some(HostState::Paused) => {
                Some(("is paused; resume it first", "está en pausa; reanúdalo antes"))
            }
            _ => {
                Some(("does not run; restart it first", "no está en marcha; ponlo en marcha antes"))
            }
        };
        match why {
            Some((en, es)) => {
                let said = Said::new(format!("{client} {en}"), format!("{client} {es}"));
                Err(Refusal::Precondition(said))
            }
            None => Ok(host.id),
        }
    }

    /// Hands out the answers that are there.
    pub(super) fn answer_questions(&mut self) {
        if self.questions.is_empty() {
            return;
        }
        for question in std::mem::take(&mut self.questions) {
            let console = self.lab.console(question.host);
            match console.and_then(|console| console.answer(question.call)).cloned() {
                // Whoever asked may have gone away; then nobody misses the answer.
                Some(outcome) => _ = question.answer.send(outcome),
                None if question.answer.is_closed() || console.is_none() => {}
                None => self.questions.push(question),
            }
        }
    }
}

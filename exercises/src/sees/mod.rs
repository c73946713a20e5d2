//! What a check sees, and how it says so in each language: red is never only red.

mod clients;
mod line;
mod reads;
mod who;
mod zab;

pub use clients::ClientSees;
pub use line::LineSees;
pub use reads::ReadSees;
pub use zab::ZabSees;

use crate::{Language, Which};
use std::sync::Arc;

/// So many of something, in the words for one and for several.
fn count(count: u64, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// What a check sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sees {
    /// A leader runs that was to be stopped.
    LeaderRuns {
        /// Its name.
        name: Arc<str>,
    },
    /// No one leads.
    NoLeader,
    /// The old leader is stopped, a new one not yet established.
    NoNewLeader,
    /// Numbers acknowledged under a new leader.
    Numbers {
        /// Its epoch.
        epoch: u32,
        /// How many.
        seen: u64,
        /// How many there must be.
        needed: u64,
    },
    /// Another server leads than at the beginning of the step.
    LeaderChanged,
    /// No server is stopped.
    AllRun {
        /// How many there are.
        all: u64,
    },
    /// Numbers acknowledged without one follower.
    WithoutOne {
        /// How many.
        seen: u64,
        /// How many there must be.
        needed: u64,
    },
    /// More servers run than may.
    TooMany {
        /// How many run.
        up: u64,
        /// Of how many.
        all: u64,
        /// How many may.
        most: u64,
    },
    /// Fewer servers run than must.
    TooFew {
        /// How many run.
        up: u64,
        /// Of how many.
        all: u64,
        /// How many must.
        least: u64,
    },
    /// There is no majority and nothing is acknowledged.
    Waiting {
        /// For how long, in milliseconds.
        ms: u64,
    },
    /// A leader resigned.
    Resigned,
    /// None did.
    NotResigned,
    /// The majority was there all the time.
    NeverLost {
        /// How many run.
        up: u64,
        /// Of how many.
        all: u64,
    },
    /// Numbers acknowledged since the majority is back.
    Regained {
        /// How many.
        seen: u64,
        /// How many there must be.
        needed: u64,
    },
    /// Not all servers serve.
    Serving {
        /// How many do.
        up: u64,
        /// Of how many.
        all: u64,
    },
    /// All have applied the same.
    SameHistory,
    /// They have not.
    DifferentHistories,
    /// There is no one a script could mean.
    NoOne {
        /// Who was meant.
        who: Which,
    },
    /// No such message came under way.
    NoSuchMessage,
    /// What concerns clients.
    Client(ClientSees),
    /// What concerns the line of an election.
    Line(LineSees),
    /// What concerns reads.
    Read(ReadSees),
    /// What concerns Zab.
    Zab(ZabSees),
    /// The lab refused what a script wanted.
    Refused,
}

impl Sees {
    /// Whether the step can no longer be completed as it stands, so that going back to its start
    /// is offered.
    pub fn is_dead_end(&self) -> bool {
        match self {
            Sees::LeaderChanged | Sees::Client(ClientSees::LeadChanged) => true,
            Sees::Zab(sees) => sees.is_dead_end(),
            _ => false,
        }
    }

    /// In words.
    pub fn say(&self, language: Language) -> String {
        match language {
            Language::Es => self.es(),
            Language::En => self.en(),
        }
    }

    fn es(&self) -> String {
        match self {
            Sees::LeaderRuns { name } => format!("Veo a {name} dirigiendo: sigue en marcha."),
            Sees::NoLeader => "Ahora mismo nadie dirige; espera a que haya un líder.".into(),
            Sees::NoNewLeader => {
                "El líder está detenido y ningún otro tiene todavía una mayoría.".into()
            }
            Sees::Numbers { epoch, seen, needed } => {
                format!("Época {epoch}: {seen} de {needed} números bajo el nuevo líder.")
            }
            Sees::LeaderChanged => "Ha cambiado el líder, y esta vez debía seguir el mismo. \
                 Vuelve al comienzo del paso."
                .into(),
            Sees::AllRun { all } => format!("Los {all} servidores siguen en marcha."),
            Sees::WithoutOne { seen, needed } => {
                format!("Falta un seguidor, y van {seen} de {needed} números.")
            }
            Sees::TooMany { up, all, most } => {
                format!("Veo {up} de {all} servidores en marcha; el máximo aquí es {most}.")
            }
            Sees::TooFew { up, all, least } => {
                format!("Veo {up} de {all} servidores en marcha; el mínimo aquí es {least}.")
            }
            Sees::Waiting { ms } => format!("Sin mayoría desde hace {ms} ms: el contador espera."),
            Sees::Resigned => "El líder dejó de dirigir: perdió su mayoría.".into(),
            Sees::NotResigned => "Ningún líder ha renunciado.".into(),
            Sees::NeverLost { up, all } => {
                format!("Veo {up} de {all} servidores en marcha: la mayoría no se ha perdido.")
            }
            Sees::Regained { seen, needed } => {
                format!("Hay mayoría de nuevo, y van {seen} de {needed} números.")
            }
            Sees::Serving { up, all } => format!("Atienden clientes {up} de {all} servidores."),
            Sees::SameHistory => "Todos tienen la misma historia.".into(),
            Sees::DifferentHistories => "Aún no tienen todos la misma historia.".into(),
            Sees::NoOne { who } => {
                format!("No hay a quién hacérselo: hace falta {}.", who::es(who))
            }
            Sees::NoSuchMessage => "El mensaje que se esperaba no llegó a salir.".into(),
            Sees::Client(seen) => seen.es(),
            Sees::Line(seen) => seen.es(),
            Sees::Read(seen) => seen.es(),
            Sees::Zab(seen) => seen.es(),
            Sees::Refused => "El laboratorio no lo permitió.".into(),
        }
    }

    fn en(&self) -> String {
        match self {
            Sees::LeaderRuns { name } => format!("I see {name} leading: it is still running."),
            Sees::NoLeader => "No one leads right now; wait until there is a leader.".into(),
            Sees::NoNewLeader => "The leader is stopped and no other has a majority yet.".into(),
            Sees::Numbers { epoch, seen, needed } => {
                format!("Epoch {epoch}: {seen} of {needed} numbers under the new leader.")
            }
            Sees::LeaderChanged => "The leader has changed, and this time it was to stay. \
                 Go back to the start of the step."
                .into(),
            Sees::AllRun { all } => format!("All {all} servers are still running."),
            Sees::WithoutOne { seen, needed } => {
                format!("One follower is missing, and {seen} of {needed} numbers were written.")
            }
            Sees::TooMany { up, all, most } => {
                format!("I see {up} of {all} servers running; the most here is {most}.")
            }
            Sees::TooFew { up, all, least } => {
                format!("I see {up} of {all} servers running; the least here is {least}.")
            }
            Sees::Waiting { ms } => format!("No majority for {ms} ms: the counter waits."),
            Sees::Resigned => "The leader gave up leading: it lost its majority.".into(),
            Sees::NotResigned => "No leader has given up.".into(),
            Sees::NeverLost { up, all } => {
                format!("I see {up} of {all} servers running: the majority was never lost.")
            }
            Sees::Regained { seen, needed } => {
                format!("There is a majority again, and {seen} of {needed} numbers were written.")
            }
            Sees::Serving { up, all } => format!("Serving clients: {up} of {all} servers."),
            Sees::SameHistory => "All have the same history.".into(),
            Sees::DifferentHistories => "They do not all have the same history yet.".into(),
            Sees::NoOne { who } => {
                format!("There is no one to do it to: it takes {}.", who::en(who))
            }
            Sees::NoSuchMessage => "The message that was waited for never left.".into(),
            Sees::Client(seen) => seen.en(),
            Sees::Line(seen) => seen.en(),
            Sees::Read(seen) => seen.en(),
            Sees::Zab(seen) => seen.en(),
            Sees::Refused => "The lab did not allow it.".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_said_as_one() {
        let said = |seen| Sees::Client(ClientSees::Missed { seen, needed: 2 }).say(Language::Es);
        assert_eq!(said(1), "Tras el aviso hubo 1 cambio sin avisar; aquí se buscan 2.");
        assert_eq!(said(0), "Tras el aviso hubo 0 cambios sin avisar; aquí se buscan 2.");
        let gone = |gone| Sees::Client(ClientSees::Expired { gone }).say(Language::En);
        assert_eq!(gone(1), "The session expired and took 1 ephemeral along.");
        assert_eq!(gone(3), "The session expired and took 3 ephemerals along.");
    }

    #[test]
    fn whoever_is_missing_is_named_in_each_language() {
        let said = |who, language| Sees::NoOne { who }.say(language);
        let line = said(Which::Leader, Language::Es);
        assert_eq!(line, "No hay a quién hacérselo: hace falta un líder en marcha.");
        let line = said(Which::Client("counter".into()), Language::En);
        assert_eq!(line, "There is no one to do it to: it takes the counter.");
    }
}

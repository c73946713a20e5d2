//! What checks on clients see.

use super::count;
use std::sync::Arc;

/// What a check on clients sees.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the sentences below say what each is
pub enum ClientSees {
    Created { plain: u64, persistent: u64, numbered: u64, sequential: u64 },
    NoBadVersion,
    BadVersion,
    WroteAfterBadVersion,
    NoEphemeral,
    StillConnected,
    SaidGoodbye,
    CameBack,
    NothingExpired,
    ClosedNotExpired,
    Expired { gone: u64 },
    NotFired,
    Fired,
    FiredOnce,
    FiredAgain,
    Missed { seen: u64, needed: u64 },
    Notices { seen: u64, needed: u64 },
    Herd { seen: u64, needed: u64 },
    CandidateLeads,
    SessionRunsOut,
    NextLeads { name: Arc<str> },
    LeadChanged,
    LineWhole,
    LineClosed,
    OneBelieves,
    TwoBelieve { next: Arc<str> },
    Learned,
    OneLeads { next: Arc<str> },
}

impl ClientSees {
    pub(super) fn es(&self) -> String {
        use ClientSees::*;
        match self {
            Created { plain, persistent, numbered, sequential } => format!(
                "Nuevos en este paso: {plain} de {} y {numbered} de {}.",
                count(*persistent, "znode persistente", "znodes persistentes"),
                count(*sequential, "secuencial", "secuenciales"),
            ),
            NoBadVersion => "Nadie ha recibido BadVersion todavía.".into(),
            BadVersion => {
                "Alguien recibió BadVersion; aún no ha escrito con la versión actual.".into()
            }
            WroteAfterBadVersion => "Tras BadVersion leyó de nuevo y logró escribir.".into(),
            NoEphemeral => "Nadie ha creado un znode efímero en este paso.".into(),
            StillConnected => "Hay un efímero, y su dueño sigue con la misma conexión.".into(),
            SaidGoodbye => "Su dueño cerró la sesión: eso es despedirse, no perder la conexión. \
                 Crea otro efímero."
                .into(),
            CameBack => {
                "Su dueño volvió por otra conexión, con la misma sesión; el efímero sigue.".into()
            }
            NothingExpired => "Ninguna sesión con efímeros ha expirado.".into(),
            ClosedNotExpired => "El efímero se fue porque su dueño cerró la sesión; aquí se busca \
                 que expire."
                .into(),
            Expired { gone } => {
                let gone = count(*gone, "efímero", "efímeros");
                format!("La sesión expiró y se llevó {gone}.")
            }
            NotFired => "Ningún watch ha avisado todavía.".into(),
            Fired => "Un watch avisó.".into(),
            FiredOnce => {
                "Un watch avisó una vez; aún no se ha puesto de nuevo y vuelto a avisar.".into()
            }
            FiredAgain => "Se puso de nuevo y volvió a avisar.".into(),
            Missed { seen, needed } => {
                let seen = count(*seen, "cambio", "cambios");
                format!("Tras el aviso hubo {seen} sin avisar; aquí se buscan {needed}.")
            }
            Notices { seen, needed } => {
                format!("Avisos del watch persistente: {seen} de {needed}.")
            }
            Herd { seen, needed } => {
                let seen = count(*seen, "cliente", "clientes");
                format!("Un solo cambio despertó a {seen}; aquí se buscan {needed}.")
            }
            CandidateLeads => "El candidato que dirige sigue en marcha.".into(),
            SessionRunsOut => "El detenido aún tiene sesión: se espera a que expire.".into(),
            NextLeads { name } => format!("{name} era el siguiente de la fila, y ahora dirige."),
            LeadChanged => "Cambió quien dirige, y aquí debía seguir el mismo. Vuelve al comienzo \
                 del paso."
                .into(),
            LineWhole => "Todos los candidatos que esperan siguen en marcha.".into(),
            LineClosed => {
                "La fila se cerró: uno vigila ahora a otro, y quien dirige no se enteró.".into()
            }
            OneBelieves => "Solo uno cree que dirige.".into(),
            TwoBelieve { next } => format!(
                "{next} dirige, y el que está pausado también lo cree. Reanúdalo y mira qué \
                 responden a lo que escribe."
            ),
            Learned => "El que despertó ya sabe que perdió la conexión. Falta ver qué responden \
                 a la escritura que le quedó por hacer."
                .into(),
            OneLeads { next } => {
                format!(
                    "Dos lo creyeron; dirige {next}, y al otro se le rechazó su escritura: \
                     BadVersion."
                )
            }
        }
    }

    pub(super) fn en(&self) -> String {
        use ClientSees::*;
        match self {
            Created { plain, persistent, numbered, sequential } => format!(
                "New in this step: {plain} of {} and {numbered} of {}.",
                count(*persistent, "persistent znode", "persistent znodes"),
                count(*sequential, "sequential one", "sequential ones"),
            ),
            NoBadVersion => "No one has been answered BadVersion yet.".into(),
            BadVersion => {
                "Someone was answered BadVersion, and has not yet written with the current version."
                    .into()
            }
            WroteAfterBadVersion => "After BadVersion it read again and managed to write.".into(),
            NoEphemeral => "No one has created an ephemeral znode in this step.".into(),
            StillConnected => {
                "There is an ephemeral, and its owner is still on the same connection.".into()
            }
            SaidGoodbye => "Its owner closed the session: that is goodbye, not a lost connection. \
                 Create another ephemeral."
                .into(),
            CameBack => {
                "Its owner came back by another connection, in the same session; it is still there."
                    .into()
            }
            NothingExpired => "No session with ephemerals has expired.".into(),
            ClosedNotExpired => {
                "The ephemeral went because its owner closed the session; here it is to expire."
                    .into()
            }
            Expired { gone } => {
                let gone = count(*gone, "ephemeral", "ephemerals");
                format!("The session expired and took {gone} along.")
            }
            NotFired => "No watch has told anyone yet.".into(),
            Fired => "A watch told.".into(),
            FiredOnce => "A watch told once; it has not been set again and told again.".into(),
            FiredAgain => "It was set again and told again.".into(),
            Missed { seen, needed } => {
                let seen = count(*seen, "change", "changes");
                format!("After the notice {seen} went untold; {needed} are wanted here.")
            }
            Notices { seen, needed } => {
                format!("Notices of the persistent watch: {seen} of {needed}.")
            }
            Herd { seen, needed } => {
                let seen = count(*seen, "client", "clients");
                format!("A single change woke {seen}; {needed} are wanted here.")
            }
            CandidateLeads => "The candidate that leads is still running.".into(),
            SessionRunsOut => "The stopped one still has a session: it has to expire.".into(),
            NextLeads { name } => format!("{name} was next in line, and leads now."),
            LeadChanged => {
                "Another one leads, and here the same was to stay. Go back to the start \
                 of the step."
                    .into()
            }
            LineWhole => "All candidates that wait are still running.".into(),
            LineClosed => {
                "The line closed: one watches another now, and the leader never noticed.".into()
            }
            OneBelieves => "Only one believes that it leads.".into(),
            TwoBelieve { next } => {
                format!(
                    "{next} leads, and the paused one believes that it leads, too. Resume it and \
                     see what its write is answered."
                )
            }
            Learned => "The one that woke knows that it lost its connection. It remains to be \
                 seen what the write that it still had to make is answered."
                .into(),
            OneLeads { next } => format!(
                "Two believed it; {next} leads, and the other's write was refused: BadVersion."
            ),
        }
    }
}

//! What checks on reads see.

use crate::Language;
use std::sync::Arc;

/// What a check on reads sees.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the sentences below say what each is
pub enum ReadSees {
    NothingRead,
    AtTheLeader { name: Arc<str> },
    Current { name: Arc<str>, behind: u64, needed: u64 },
    Old { behind: u64 },
    Synced,
    CaughtUp,
}

impl ReadSees {
    /// In words.
    pub fn say(&self, language: Language) -> String {
        match language {
            Language::Es => self.es(),
            Language::En => self.en(),
        }
    }

    fn es(&self) -> String {
        use ReadSees::*;
        match self {
            NothingRead => "Nadie ha leído nada todavía en este paso.".into(),
            AtTheLeader { name } => format!(
                "Respondió {name}, que dirige y nunca va atrasado. Corta el enlace entre ese \
                 cliente y {name}: encontrará otro servidor."
            ),
            Current { name, behind, needed } => format!(
                "Respondió {name} con lo que tenía: iba {behind} transacciones atrás, y aquí hacen \
                 falta {needed}. Haz lento su enlace con el líder; y si el contador escribe a \
                 través de {name}, córtalo de él."
            ),
            Old { behind } => format!(
                "Una lectura llegó {behind} transacciones tarde. Ahora pide sync, espera su \
                 respuesta y lee otra vez."
            ),
            Synced => "El sync ya tiene respuesta. Lee otra vez.".into(),
            CaughtUp => "Tras el sync, la lectura mostró todo lo que estaba comprometido cuando \
                 se pidió."
                .into(),
        }
    }

    fn en(&self) -> String {
        use ReadSees::*;
        match self {
            NothingRead => "Nobody has read anything in this step yet.".into(),
            AtTheLeader { name } => format!(
                "{name} answered, which leads and is never behind. Cut the link between that \
                 client and {name}: it will find another server."
            ),
            Current { name, behind, needed } => format!(
                "{name} answered with what it had: it was {behind} transactions behind, and \
                 {needed} are needed here. Slow its link to the leader; and if the counter writes \
                 through {name}, cut it off from there."
            ),
            Old { behind } => format!(
                "A read came {behind} transactions late. Now ask for a sync, wait for its answer, \
                 and read again."
            ),
            Synced => "The sync is answered. Read again.".into(),
            CaughtUp => {
                "After the sync the read showed all that was committed when it was asked.".into()
            }
        }
    }
}

//! What checks on reads see.

use super::count;
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
    pub(super) fn es(&self) -> String {
        use ReadSees::*;
        match self {
            NothingRead => "Nadie ha leído nada todavía en este paso.".into(),
            AtTheLeader { name } => format!(
                "Respondió {name}, que dirige y nunca va atrasado. Corta el enlace entre ese \
                 cliente y {name}: encontrará otro servidor."
            ),
            Current { name, behind, needed } => format!(
                "Respondió {name} con lo que tenía: iba {} atrás, y aquí se buscan {needed}. Haz lento su enlace con el líder; y si el contador escribe a \
                 través de {name}, córtalo de él.",
                transactions_es(*behind)
            ),
            Old { behind } => format!(
                "Una lectura llegó {} tarde. Ahora pide sync, espera su respuesta y lee otra vez.",
                transactions_es(*behind)
            ),
            Synced => "El sync ya tiene respuesta. Lee otra vez.".into(),
            CaughtUp => "Tras el sync, la lectura mostró todo lo que estaba comprometido cuando \
                 se pidió."
                .into(),
        }
    }

    pub(super) fn en(&self) -> String {
        use ReadSees::*;
        match self {
            NothingRead => "Nobody has read anything in this step yet.".into(),
            AtTheLeader { name } => format!(
                "{name} answered, which leads and is never behind. Cut the link between that \
                 client and {name}: it will find another server."
            ),
            Current { name, behind, needed } => format!(
                "{name} answered with what it had: it was {} behind, and {needed} are wanted here. Slow its link to the leader; and if the counter writes \
                 through {name}, cut it off from there.",
                transactions_en(*behind)
            ),
            Old { behind } => format!(
                "A read came {} late. Now ask for a sync, wait for its answer, and read again.",
                transactions_en(*behind)
            ),
            Synced => "The sync is answered. Read again.".into(),
            CaughtUp => {
                "After the sync the read showed all that was committed when it was asked.".into()
            }
        }
    }
}

fn transactions_es(behind: u64) -> String {
    count(behind, "transacción", "transacciones")
}

fn transactions_en(behind: u64) -> String {
    count(behind, "transaction", "transactions")
}

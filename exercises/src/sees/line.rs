//! What checks on the line of an election see.

use std::sync::Arc;

/// What a check on the line of an election sees.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the sentences below say what each is
pub enum LineSees {
    NoOneJoined,
    Alone,
    TooEarly { ahead: Arc<str> },
    WatchesAll,
    WatchesNobody { ahead: Arc<str> },
    Watches { ahead: Arc<str> },
    InTurn,
    Unwatched,
    Unfenced,
    Led { path: Arc<str> },
}

impl LineSees {
    pub(super) fn es(&self) -> String {
        use LineSees::*;
        match self {
            NoOneJoined => "En la fila solo están los candidatos del laboratorio: crea un znode \
                 efímero y secuencial dentro de /election."
                .into(),
            Alone => "El tuyo es el primero de la fila y nunca vigiló a nadie: pon en marcha a un \
                 candidato, y únete a la fila detrás de él."
                .into(),
            TooEarly { ahead } => format!(
                "Escribió en /leader cuando {ahead} todavía estaba delante: aún no era su turno."
            ),
            WatchesAll => "Vigila toda la carpeta /election: cualquier cambio de la fila lo \
                 despertaría. Basta vigilar al que está justo delante."
                .into(),
            WatchesNobody { ahead } => {
                format!("Está en la fila; falta un watch sobre {ahead}, que está justo delante.")
            }
            Watches { ahead } => format!(
                "Está en la fila y vigila a {ahead}. Detén a los candidatos que tiene delante y \
                 espera a que expiren sus sesiones."
            ),
            InTurn => "Nadie está delante: es su turno. Falta que escriba en /leader con la \
                 versión que leyó."
                .into(),
            Unwatched => "Escribió en su turno, pero nunca vigiló al que tenía delante: ¿cómo \
                 supo que le tocaba?"
                .into(),
            Unfenced => "Escribió en /leader sin decir qué versión había leído: así también \
                 podría escribir un líder del pasado."
                .into(),
            Led { path } => format!("{path} esperó su turno y escribió en /leader."),
        }
    }

    pub(super) fn en(&self) -> String {
        use LineSees::*;
        match self {
            NoOneJoined => "Only the lab's candidates stand in line: create an ephemeral \
                 sequential znode below /election."
                .into(),
            Alone => "Yours is first in line and never watched anyone: start a candidate, and \
                 join the line behind it."
                .into(),
            TooEarly { ahead } => {
                format!("It wrote to /leader while {ahead} stood before it: it was not its turn.")
            }
            WatchesAll => "It watches the whole folder /election: every change of the line would \
                 wake it. Watching the one right before it is enough."
                .into(),
            WatchesNobody { ahead } => {
                format!("It stands in line; a watch on {ahead}, right before it, is missing.")
            }
            Watches { ahead } => format!(
                "It stands in line and watches {ahead}. Stop the candidates before it, and wait \
                 until their sessions expire."
            ),
            InTurn => "Nobody is before it: it is its turn. It has yet to write to /leader with \
                 the version it read."
                .into(),
            Unwatched => "It wrote in its turn, but never watched the one before it: how did it \
                 know?"
                .into(),
            Unfenced => "It wrote to /leader without saying which version it had read: a leader \
                 of the past could write like that, too."
                .into(),
            Led { path } => format!("{path} waited for its turn and wrote to /leader."),
        }
    }
}

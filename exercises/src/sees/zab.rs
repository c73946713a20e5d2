//! What checks on Zab see.

use super::count;
use crate::facts::SyncWay;
use std::sync::Arc;

/// What a check on Zab sees.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the sentences below say what each is
pub enum ZabSees {
    Elected { name: Arc<str> },
    Voting { votes: u64 },
    Discovering,
    WithoutTheStopped,
    NoOneCame,
    Discovered,
    Lacks { message: &'static str },
    OtherWay { seen: SyncWay, wanted: SyncWay },
    NotYetSynchronised,
    BroughtUp { way: SyncWay, received: u64, at_least: u64 },
    NoWrite,
    AtTheLeader,
    Broadcast { acks: u64, committed: bool, applied: u64, all: u64 },
    CrashedBeforeQuorum { disks: u64, all: u64 },
    CrashedAfterQuorum { disks: u64, all: u64 },
    Survived { disks: u64, all: u64, seen: u64, needed: u64 },
    OnDisks { disks: u64, all: u64 },
    LeaderHas { name: Arc<str>, disks: u64, all: u64 },
    SurvivedByLuck,
    Gone,
    Cut,
    StillOnItsDisk,
    BackTooLate,
    GaveUp { name: Arc<str>, alone: u64 },
    NoPartition,
    MendedTooSoon,
    StillLeads,
    StillCut,
    SideLeads { name: Arc<str> },
    MajorityVotes,
    NoMajority { side: u64, all: u64 },
    MajorityCounts { seen: u64, needed: u64 },
    Healed,
}

impl ZabSees {
    /// Whether the step is better begun again.
    pub(super) fn is_dead_end(&self) -> bool {
        use ZabSees::*;
        matches!(
            self,
            CrashedBeforeQuorum { .. }
                | CrashedAfterQuorum { .. }
                | SurvivedByLuck
                | BackTooLate
                | GaveUp { alone: 0, .. }
                | MendedTooSoon
        )
    }

    pub(super) fn es(&self) -> String {
        use ZabSees::*;
        match self {
            Elected { name } => format!("{name} ganó los votos de una mayoría."),
            Voting { votes } => format!("Votos recibidos: {votes}. La mayoría aún no coincide."),
            Discovering => {
                "Hay un elegido, y todavía averigua en qué época están los demás.".into()
            }
            WithoutTheStopped => "La época nueva empezó sin el que está detenido.".into(),
            NoOneCame => "Desde que empezó el paso ningún servidor se ha puesto en marcha.".into(),
            Discovered => "FOLLOWERINFO, LEADERINFO y ACKEPOCH llegaron, en ese orden.".into(),
            Lacks { message } => format!("Veo a un servidor llegar; falta {message}."),
            OtherWay { seen, wanted } => format!(
                "Se puso al día con {}, y aquí se busca {}. Detén a uno otra vez, {} tiempo.",
                seen.word(),
                wanted.word(),
                if *seen == SyncWay::Snap { "menos" } else { "más" },
            ),
            NotYetSynchronised => "El que ha vuelto todavía no está al día.".into(),
            BroughtUp { way, received, at_least } => match at_least {
                0 => format!("Se puso al día con {}.", way.word()),
                _ => format!(
                    "Se puso al día con {}: recibió {received} de las {at_least} transacciones que se \
                     buscan aquí, como mínimo.",
                    way.word()
                ),
            },
            NoWrite => "Ningún cliente ha escrito nada en este paso.".into(),
            AtTheLeader => "La escritura llegó directamente al líder; hazla desde un cliente \
                 conectado a un seguidor."
                .into(),
            Broadcast { acks, committed: false, .. } => {
                let acks = count(*acks, "acuse", "acuses");
                format!("La propuesta tiene {acks} de recibo; aún no está comprometida.")
            }
            Broadcast { applied, all, .. } => {
                format!("Comprometida; aplicada en {applied} de {all} servidores.")
            }
            CrashedBeforeQuorum { disks, all } => format!(
                "Al detener al líder, su última propuesta estaba en {disks} de {all} discos, que \
                 no son mayoría. Vuelve al comienzo del paso."
            ),
            CrashedAfterQuorum { disks, all } => format!(
                "Al detener al líder, su última propuesta ya estaba en {disks} de {all} discos: \
                 llegaste tarde. Vuelve al comienzo del paso."
            ),
            Survived { disks, all, seen, needed } => format!(
                "Estaba en {disks} de {all} discos y el nuevo líder la tiene; van {seen} de \
                 {needed} números más."
            ),
            SurvivedByLuck => "Otro servidor la estaba anotando y sobrevivió. Vuelve al comienzo \
                 del paso."
                .into(),
            OnDisks { disks, all } => {
                format!("Lo último del líder está en {disks} de {all} discos.")
            }
            LeaderHas { name, disks, all } => {
                format!("{name} dirige. Lo último suyo está en {disks} de {all} discos.")
            }
            Gone => "El nuevo líder no la tiene.".into(),
            Cut => "Al volver, la cortaron de su registro (TRUNC).".into(),
            BackTooLate => "Volvió tan tarde que recibió el árbol entero (SNAP), sin cortar nada. \
                 Vuelve al comienzo del paso y vuelve a ponerlo en marcha antes de que pasen \
                 treinta números."
                .into(),
            StillOnItsDisk => "La propuesta huérfana sigue en el disco de quien la hizo.".into(),
            GaveUp { name, alone: 0 } => format!(
                "{name} renunció sin que nadie le pidiera nada. Vuelve al comienzo del paso."
            ),
            GaveUp { name, alone } => {
                let alone = count(*alone, "transacción", "transacciones");
                format!("{name} propuso {alone}, no reunió mayoría y renunció.")
            }
            NoPartition => "No veo ningún corte entre los servidores.".into(),
            MendedTooSoon => {
                "Se reparó el corte, y aquí tiene que durar. Vuelve al comienzo del paso.".into()
            }
            StillLeads => "El líder sigue dirigiendo al otro lado del corte.".into(),
            StillCut => "La red sigue cortada.".into(),
            SideLeads { name } => {
                format!("{name} dirige a un lado del corte: ese lado todavía tiene mayoría.")
            }
            MajorityVotes => "La mayoría está eligiendo a su líder.".into(),
            NoMajority { side, all } => {
                format!("Ningún lado tiene mayoría: el mayor tiene {side} de {all} servidores.")
            }
            MajorityCounts { seen, needed } => {
                format!("La mayoría comprometió {seen} de {needed} números.")
            }
            Healed => "Los cinco tienen la misma historia, y la propuesta huérfana no está.".into(),
        }
    }

    pub(super) fn en(&self) -> String {
        use ZabSees::*;
        match self {
            Elected { name } => format!("{name} won the votes of a majority."),
            Voting { votes } => format!("Votes received: {votes}. No majority agrees yet."),
            Discovering => "One is elected, and still asks which epoch the others are in.".into(),
            WithoutTheStopped => "The new epoch began without the one that is stopped.".into(),
            NoOneCame => "No server has been started since this step began.".into(),
            Discovered => "FOLLOWERINFO, LEADERINFO and ACKEPOCH arrived, in that order.".into(),
            Lacks { message } => format!("I see a server arrive; {message} is missing."),
            OtherWay { seen, wanted } => format!(
                "It was brought up to date by {}; {} is wanted. Stop one again, for {}.",
                seen.word(),
                wanted.word(),
                if *seen == SyncWay::Snap { "less" } else { "longer" },
            ),
            NotYetSynchronised => "The one that came back is not up to date yet.".into(),
            BroughtUp { way, received, at_least } => match at_least {
                0 => format!("It was brought up to date by {}.", way.word()),
                _ => format!(
                    "It was brought up to date by {}: it received {received} of the {at_least} \
                     transactions that are wanted here at least.",
                    way.word()
                ),
            },
            NoWrite => "No client has written anything in this step.".into(),
            AtTheLeader => {
                "The write went straight to the leader; make it from a client connected \
                 to a follower."
                    .into()
            }
            Broadcast { acks, committed: false, .. } => {
                let acks = count(*acks, "acknowledgement", "acknowledgements");
                format!("The proposal has {acks}; it is not committed yet.")
            }
            Broadcast { applied, all, .. } => {
                format!("Committed; applied at {applied} of {all} servers.")
            }
            CrashedBeforeQuorum { disks, all } => format!(
                "When you stopped the leader its last proposal was on {disks} of {all} disks: no \
                 majority. Go back to the start of the step."
            ),
            CrashedAfterQuorum { disks, all } => format!(
                "When you stopped the leader its last proposal was on {disks} of {all} disks \
                 already: too late. Go back to the start of the step."
            ),
            Survived { disks, all, seen, needed } => format!(
                "It was on {disks} of {all} disks and the new leader has it; {seen} of {needed} \
                 more numbers were written."
            ),
            SurvivedByLuck => "Another server was just writing it down, and it survived. Go back \
                 to the start of the step."
                .into(),
            OnDisks { disks, all } => {
                format!("The leader's last is on {disks} of {all} disks.")
            }
            LeaderHas { name, disks, all } => {
                format!("{name} leads. Its last is on {disks} of {all} disks.")
            }
            Gone => "The new leader does not have it.".into(),
            Cut => "When it came back, it was cut from its log (TRUNC).".into(),
            BackTooLate => "It came back so late that it received the whole tree (SNAP), and \
                 nothing was cut. Go back to the start of the step and bring it back within \
                 thirty numbers."
                .into(),
            StillOnItsDisk => {
                "The orphaned proposal is still on the disk of the one that made it.".into()
            }
            GaveUp { name, alone: 0 } => format!(
                "{name} gave up before anyone asked it for anything. Go back to the start of the step."
            ),
            GaveUp { name, alone } => {
                let alone = count(*alone, "transaction", "transactions");
                format!("{name} proposed {alone}, found no majority and gave up.")
            }
            NoPartition => "I see no cut between the servers.".into(),
            MendedTooSoon => {
                "The cut was mended, and here it has to last. Go back to the start of the step."
                    .into()
            }
            StillLeads => "The leader still leads on the other side of the cut.".into(),
            StillCut => "The network is still cut.".into(),
            SideLeads { name } => {
                format!("{name} leads on one side of the cut: that side still has a majority.")
            }
            MajorityVotes => "The majority is electing its leader.".into(),
            NoMajority { side, all } => {
                format!("No side has a majority: the larger has {side} of {all} servers.")
            }
            MajorityCounts { seen, needed } => {
                format!("The majority committed {seen} of {needed} numbers.")
            }
            Healed => {
                "All five have the same history, and the orphaned proposal is not in it.".into()
            }
        }
    }
}

impl SyncWay {
    fn word(self) -> &'static str {
        match self {
            SyncWay::Diff => "DIFF",
            SyncWay::Trunc => "TRUNC",
            SyncWay::Snap => "SNAP",
        }
    }
}

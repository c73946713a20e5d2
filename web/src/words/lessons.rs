//! The words of the figures made for exercises.

use crate::model::Language;

words! {
    figures, fig_ensemble, fig_phases, fig_logs, fig_partition, phases, phase_election, phase_discovery, phase_synchronisation, phase_broadcast, phase_here,
    or, says_vote, says_follower_info, says_leader_info, says_ack_epoch, says_diff,
    says_trunc, says_snap, says_new_leader, says_ack_sync, says_up_to_date, says_proposal,
    says_ack, says_commit, tap_kind, logs, log_epoch, log_committed, log_snapshot, by_diff,
    by_trunc, by_snap, by_done, sides, side_of, side_commits, side_waits, side_led, side_unled,
    side_still, side_pending, side_settled, q_done, q_right, q_wrong, q_several, q_one, q_own,
    q_exam, q_model, q_saved, q_first, q_model_is, q_rubric, q_points, q_tally, q_short, theory, map_part,
    map_before,
    own_code, own_body, own_open, own_at, own_address, own_starter, own_download, own_run, copy,
    copied, exam, stalled, way_out, hand_in, hand_lead,
    hand_out, hand_take, hand_taken, hand_empty, hand_broken,
}

impl Language {
    /// The words of the lessons.
    pub(crate) fn lessons(self) -> &'static Words {
        match self {
            Language::Spanish => &ES,
            Language::English => &EN,
        }
    }
}

static ES: Words = Words {
    figures: "Cómo se dibuja",
    fig_ensemble: "Ensemble",
    fig_phases: "Fases",
    fig_logs: "Registros",
    fig_partition: "Lados",
    phases: "Las cuatro fases de Zab",
    phase_election: "Elección",
    phase_discovery: "Descubrimiento",
    phase_synchronisation: "Sincronización",
    phase_broadcast: "Difusión",
    phase_here: "{0} está en: {1}",
    or: "o",
    says_vote: "Voto: a quién propone quien lo envía, con la última transacción de ese candidato. Un \
                voto mejor se adopta y se reenvía.",
    says_follower_info: "FOLLOWERINFO: el seguidor se presenta al líder y le dice la última época que \
                         prometió.",
    says_leader_info: "LEADERINFO: el líder propone una época nueva, mayor que todas las que le han \
                       dicho.",
    says_ack_epoch: "ACKEPOCH: el seguidor promete no aceptar a ningún líder de una época anterior, y \
                     dice hasta dónde llega su historia.",
    says_diff: "DIFF: al seguidor solo le faltan las últimas transacciones; le llegan una por una.",
    says_trunc: "TRUNC: el seguidor tiene transacciones que no llegaron a la mayoría; las borra.",
    says_snap: "SNAP: falta demasiado; se le envía el árbol entero.",
    says_new_leader: "NEWLEADER: ya tiene todo. El seguidor lo deja en disco junto con la época nueva.",
    says_ack_sync: "ACK: el seguidor lo tiene en disco. Con la mayoría, la época queda establecida.",
    says_up_to_date: "UPTODATE: el seguidor ya puede atender clientes.",
    says_proposal: "PROPOSAL: el líder pide a cada seguidor que escriba una transacción, con su zxid.",
    says_ack: "ACK: el seguidor la tiene en disco. El líder cuenta hasta tener la mayoría.",
    says_commit: "COMMIT: la transacción está decidida; cada uno la aplica en su orden.",
    tap_kind: "Elige un mensaje para leer qué dice.",
    logs: "Los registros de los servidores, alineados por zxid",
    log_epoch: "época {0}",
    log_committed: "comprometido",
    log_snapshot: "instantánea",
    by_diff: "DIFF: recibe lo que le falta",
    by_trunc: "TRUNC: borra lo que sobra",
    by_snap: "SNAP: recibe el árbol entero",
    by_done: "se puso al día con {0}",
    sides: "Los lados de la partición",
    side_of: "{0} de {1} servidores",
    side_commits: "mayoría: puede comprometer",
    side_waits: "faltan {0} para la mayoría: no puede comprometer",
    side_led: "Dirige {0}, época {1}.",
    side_unled: "Nadie dirige.",
    side_still: "{0} aún cree dirigir, época {1}.",
    side_pending: "«{0}» está en {1} de los {2} discos que hacen falta.",
    side_settled: "No hay nada pendiente.",
    q_done: "Respondida",
    q_right: "Así es.",
    q_wrong: "No.",
    q_several: "Más de una es correcta. Cada opción te contesta.",
    q_one: "Una es correcta. Cada opción te contesta.",
    q_own: "Tu respuesta, con tus palabras",
    q_exam: "Tu respuesta se guarda. En un examen no hay respuesta modelo.",
    q_model: "Comparar con la respuesta modelo",
    q_saved: "Tu respuesta se guarda mientras escribes.",
    q_first: "Se abre cuando hayas escrito la tuya.",
    q_model_is: "Una buena respuesta",
    q_rubric: "Marca lo que tiene la tuya",
    q_points: "{0} de {1} puntos",
    q_tally: "{0} de {1} preguntas respondidas",
    q_short: "{0} de {1} preguntas",
    theory: "Preguntas",
    map_part: "{0} de {1} hechos; el módulo tendrá {2}",
    map_before: "mejor después de {0}",
    own_code: "Hacerlo con tu propio programa",
    own_body: "Tu programa se conecta a los puertos reales de este laboratorio; la misma \
               comprobación lo juzga.",
    own_open: "Abrir los puertos de este laboratorio",
    own_at: "Este laboratorio atiende en:",
    own_address: "DIRECCIÓN",
    own_starter: "Un programa para empezar, {0}:",
    own_download: "Descargar {0}",
    own_run: "Para ejecutarlo:",
    copy: "Copiar",
    copied: "Copiado",
    exam: "Examen: sin pistas, sin «Enséñamelo» y sin respuestas modelo.",
    stalled: "El laboratorio no pudo seguir haciéndolo. {0}",
    way_out: "Dejarlo y volver al comienzo",
    hand_in: "Tu entrega",
    hand_lead: "Todo lo que hiciste, en un archivo Markdown: predicciones, explicaciones, \
                respuestas, comprobaciones, pistas leídas y la semilla de cada laboratorio.",
    hand_out: "Descargar la entrega",
    hand_take: "Abrir una entrega",
    hand_taken: "Se abrió: {0}.",
    hand_empty: "En ese archivo no hay ninguna entrega. Elige uno descargado de aquí.",
    hand_broken: "El bloque de datos {0} no se puede leer: alguien lo cambió. Nada se abrió.",
};

static EN: Words = Words {
    figures: "How it is drawn",
    fig_ensemble: "Ensemble",
    fig_phases: "Phases",
    fig_logs: "Logs",
    fig_partition: "Sides",
    phases: "The four phases of Zab",
    phase_election: "Election",
    phase_discovery: "Discovery",
    phase_synchronisation: "Synchronisation",
    phase_broadcast: "Broadcast",
    phase_here: "{0} is in: {1}",
    or: "or",
    says_vote: "Vote: whom its sender would have lead, with that candidate's last transaction. A \
                better vote is taken over and passed on.",
    says_follower_info: "FOLLOWERINFO: the follower introduces itself to the leader with the last \
                         epoch it promised to.",
    says_leader_info: "LEADERINFO: the leader proposes a new epoch, higher than any it was told.",
    says_ack_epoch: "ACKEPOCH: the follower promises to accept no leader of an earlier epoch, and \
                     tells how far its history goes.",
    says_diff: "DIFF: the follower lacks only the last transactions; they come one by one.",
    says_trunc: "TRUNC: the follower has transactions that never reached a majority; it deletes them.",
    says_snap: "SNAP: too much is missing; the whole tree is sent.",
    says_new_leader: "NEWLEADER: that was everything. The follower puts it on disk with the new epoch.",
    says_ack_sync: "ACK: the follower has it on disk. With a majority, the epoch is established.",
    says_up_to_date: "UPTODATE: the follower may serve clients now.",
    says_proposal: "PROPOSAL: the leader asks each follower to write a transaction, with its zxid.",
    says_ack: "ACK: the follower has it on disk. The leader counts until there is a majority.",
    says_commit: "COMMIT: the transaction is decided; each server applies it in its order.",
    tap_kind: "Choose a message to read what it says.",
    logs: "The servers' logs, aligned by zxid",
    log_epoch: "epoch {0}",
    log_committed: "committed",
    log_snapshot: "snapshot",
    by_diff: "DIFF: receives what it lacks",
    by_trunc: "TRUNC: deletes what must go",
    by_snap: "SNAP: receives the whole tree",
    by_done: "was brought up to date by {0}",
    sides: "The sides of the partition",
    side_of: "{0} of {1} servers",
    side_commits: "a majority: it can commit",
    side_waits: "{0} short of a majority: it cannot commit",
    side_led: "{0} leads, epoch {1}.",
    side_unled: "Nobody leads.",
    side_still: "{0} still believes it leads, epoch {1}.",
    side_pending: "“{0}” is on {1} of the {2} disks it needs.",
    side_settled: "Nothing is pending.",
    q_done: "Answered",
    q_right: "That is so.",
    q_wrong: "No.",
    q_several: "More than one is right. Every option answers you.",
    q_one: "One is right. Every option answers you.",
    q_own: "Your answer, in your own words",
    q_exam: "Your answer is kept. In an exam there is no model answer.",
    q_model: "Compare with the model answer",
    q_saved: "Your answer is kept while you write.",
    q_first: "It opens once you have written your own.",
    q_model_is: "A good answer",
    q_rubric: "Mark what yours has",
    q_points: "{0} of {1} points",
    q_tally: "{0} of {1} questions answered",
    q_short: "{0} of {1} questions",
    theory: "Questions",
    map_part: "{0} of {1} done; the module will have {2}",
    map_before: "better after {0}",
    own_code: "Do it with your own program",
    own_body: "Your program connects to the real ports of this lab; the same check judges it.",
    own_open: "Open this lab's ports",
    own_at: "This lab listens at:",
    own_address: "ADDRESS",
    own_starter: "A program to begin from, {0}:",
    own_download: "Download {0}",
    own_run: "To run it:",
    copy: "Copy",
    copied: "Copied",
    exam: "Exam: no hints, no “Show me”, no model answers.",
    stalled: "The lab could not go on doing it. {0}",
    way_out: "Leave it and go back to the start",
    hand_in: "Your hand-in",
    hand_lead: "Everything you did, in one Markdown file: predictions, explanations, answers, \
                checks, hints read and the seed of each lab.",
    hand_out: "Download the hand-in",
    hand_take: "Open a hand-in",
    hand_taken: "Opened: {0}.",
    hand_empty: "There is no hand-in in that file. Choose one that was downloaded here.",
    hand_broken: "Block of data {0} cannot be read: it was changed. Nothing was opened.",
};

/// Words are alike where they are the very same.
impl PartialEq for Words {
    fn eq(&self, other: &Words) -> bool {
        std::ptr::eq(self, other)
    }
}

#[cfg(test)]
mod tests {
    use super::{EN, ES};

    #[test]
    fn both_languages_say_everything_with_the_same_places() {
        let places = |text: &str| -> Vec<bool> {
            (0..3).map(|n| text.contains(&format!("{{{n}}}"))).collect()
        };
        for ((name, es), (_, en)) in ES.all().into_iter().zip(EN.all()) {
            assert!(!es.trim().is_empty() && !en.trim().is_empty(), "{name}");
            assert_eq!(places(es), places(en), "{name}");
        }
    }
}

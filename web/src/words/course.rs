//! The words of the course: its map, and what stands around every exercise. The exercises' own
//! words come with their data.

words! {
    map, map_short, map_lead, not_built, minutes, done, in_course, back_to_lab, loading, failed, retry,
    predict, unknown, commit, committed, nobody_scores, contradicted, was_wrong, foreseen, seen_now, you_said,
    explain, explain_label, go_on, later, your_words, steps, step_done, sees, brief,
    hints, hint_next, hint_of, show, showing, back_to_start, back_offer, nuance, finished,
    finished_body, start_over, e_name, e_line, k_name, k_line, r_name, r_line, z_name, z_line,
    a_name, a_line, g_name, g_line, c_name, c_line, m_name, m_line, p_name, p_line,
}

/// The words in Spanish.
pub(crate) static ES: Words = Words {
    map: "Mapa del curso",
    map_short: "Curso",
    map_lead: "Nueve módulos. Lo que ya se puede hacer está abierto; lo demás se dice tal como está.",
    not_built: "aún no",
    minutes: "{0} min",
    done: "hecho",
    in_course: "{0} de {1} pasos",
    back_to_lab: "Volver al primer laboratorio",
    loading: "Preparando el laboratorio…",
    failed: "No se pudo abrir el ejercicio: {0}",
    retry: "Intentar de nuevo",
    predict: "Antes de empezar",
    unknown: "No lo sé",
    commit: "Esto es lo que creo",
    committed: "Tu predicción",
    nobody_scores: "No se califica. El tiempo espera a que respondas.",
    contradicted: "Lo que acaba de pasar contradice tu predicción",
    was_wrong: "Lo que pasó la contradijo",
    foreseen: "Lo previste",
    seen_now: "Ya lo has visto",
    you_said: "Dijiste: «{0}»",
    explain: "¿Cómo lo explicas ahora?",
    explain_label: "Tu explicación, con tus palabras",
    go_on: "Guardar y seguir",
    later: "Más tarde",
    your_words: "Tu explicación",
    steps: "Pasos",
    step_done: "Comprobado",
    sees: "Se ve:",
    brief: "De qué trata",
    hints: "Pistas",
    hint_next: "Dame una pista",
    hint_of: "Pista {0} de 3",
    show: "Enséñamelo",
    showing: "Mira la figura: lo hace el laboratorio.",
    back_to_start: "Volver al comienzo de este paso",
    back_offer: "Así este paso ya no se puede completar.",
    nuance: "Matiz",
    finished: "Ejercicio terminado",
    finished_body: "Los {0} pasos están comprobados sobre los motores reales.",
    start_over: "Empezar de nuevo",
    e_name: "Mensajería y eventos",
    e_line: "Desacoplar en el tiempo, garantías de entrega y consistencia eventual.",
    k_name: "Apache Kafka",
    k_line: "Particiones, grupos de consumidores, réplicas, flujos y retención.",
    r_name: "RabbitMQ",
    r_line: "Exchanges, entrega segura, colas replicadas, reintentos.",
    z_name: "Apache ZooKeeper",
    z_line: "El ensemble, los znodes, los watches y las recetas que se hacen con ellos.",
    a_name: "Zab y el consenso",
    a_line: "Las fases de Zab mensaje a mensaje, sus fallos y su lugar junto a Raft y Paxos.",
    g_name: "gRPC",
    g_line: "Contratos, los cuatro tipos de llamada, HTTP/2, plazos y seguridad.",
    c_name: "Patrones de concurrencia",
    c_line: "Tareas y canales, exclusión, cancelación, contrapresión.",
    m_name: "Microservicios",
    m_line: "Una tienda en marcha: descubrimiento, pasarela, sagas, tolerancia a fallos.",
    p_name: "Proyectos finales",
    p_line: "Sistemas enteros que juntan todo lo anterior.",
};

/// The words in English.
pub(crate) static EN: Words = Words {
    map: "Course map",
    map_short: "Course",
    map_lead: "Nine modules. What can be done already is open; the rest is told as it stands.",
    not_built: "not built yet",
    minutes: "{0} min",
    done: "done",
    in_course: "{0} of {1} steps",
    back_to_lab: "Back to the first lab",
    loading: "Preparing the lab…",
    failed: "The exercise could not be opened: {0}",
    retry: "Try again",
    predict: "Before you begin",
    unknown: "I don't know",
    commit: "This is what I think",
    committed: "Your prediction",
    nobody_scores: "Nobody keeps score. Time waits for your answer.",
    contradicted: "What just happened contradicts your prediction",
    was_wrong: "What happened contradicted it",
    foreseen: "You foresaw it",
    seen_now: "Now you have seen it",
    you_said: "You said: “{0}”",
    explain: "How do you explain it now?",
    explain_label: "Your explanation, in your own words",
    go_on: "Save and go on",
    later: "Later",
    your_words: "Your explanation",
    steps: "Steps",
    step_done: "Checked",
    sees: "Seen:",
    brief: "What it is about",
    hints: "Hints",
    hint_next: "Give me a hint",
    hint_of: "Hint {0} of 3",
    show: "Show me",
    showing: "Watch the figure: the lab is doing it.",
    back_to_start: "Back to the start of this step",
    back_offer: "This way the step can no longer be completed.",
    nuance: "Nuance",
    finished: "Exercise finished",
    finished_body: "All {0} steps were checked on the real engines.",
    start_over: "Start over",
    e_name: "Messaging and events",
    e_line: "Decoupling in time, delivery guarantees, eventual consistency.",
    k_name: "Apache Kafka",
    k_line: "Partitions, consumer groups, replicas, streams and retention.",
    r_name: "RabbitMQ",
    r_line: "Exchanges, safe delivery, replicated queues, retries.",
    z_name: "Apache ZooKeeper",
    z_line: "The ensemble, znodes, watches and the recipes made of them.",
    a_name: "Zab and consensus",
    a_line: "Zab's phases message by message, its failures, its place beside Raft and Paxos.",
    g_name: "gRPC",
    g_line: "Contracts, the four kinds of call, HTTP/2, deadlines and security.",
    c_name: "Concurrency patterns",
    c_line: "Tasks and channels, exclusion, cancellation, backpressure.",
    m_name: "Microservices",
    m_line: "A running shop: discovery, gateway, sagas, fault tolerance.",
    p_name: "Capstones",
    p_line: "Whole systems that bring everything together.",
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

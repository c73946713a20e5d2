//! How what clients do is told, beside the words of the first minute. The other words of znodes
//! and elections come with the figures that need them.

words! {
    a_stands, a_waits, a_leads, a_claimed, a_fenced, a_doubts, s_watch_removed, a_notified,
}

/// The words in Spanish.
pub(crate) static ES: Words = Words {
    a_stands: "{0} se pone en la fila: {1}",
    a_waits: "{0} espera: vigila {1}, el anterior en la fila",
    a_leads: "{0} no tiene a nadie delante: cree ser líder",
    a_claimed: "{0} escribe su nombre en /leader: versión {1}",
    a_fenced: "a {0} se le rechaza la escritura en /leader: otro escribió después; ya no lidera",
    a_doubts: "{0} perdió su conexión: no sabe si sigue en su lugar",
    s_watch_removed: "{0} quita el watch de {1}, como pidió su cliente",
    a_notified: "{0} recibe un aviso de su watch: {1}",
};

/// The words in English.
pub(crate) static EN: Words = Words {
    a_stands: "{0} joins the line: {1}",
    a_waits: "{0} waits: it watches {1}, the one before it",
    a_leads: "{0} has nobody before it: it believes that it leads",
    a_claimed: "{0} writes its name to /leader: version {1}",
    a_fenced: "{0} has its write to /leader refused: someone wrote after it; it leads no longer",
    a_doubts: "{0} lost its connection: it does not know whether its place still stands",
    s_watch_removed: "{0} removes the watch on {1}, as its client asked",
    a_notified: "{0} is told by its watch: {1}",
};

/// The words in the language of `words`.
pub(crate) fn beside(words: &super::Words) -> &'static Words {
    if *words == super::es::ES { &ES } else { &EN }
}

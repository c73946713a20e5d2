//! Which library a client is, as far as its first message tells it honestly.

use relevo_lab::Message;

/// The library a first message is peculiar to; none where several send the same.
pub(crate) fn recognise(first: &Message) -> Option<&'static str> {
    match first {
        Message::FourLetterWord(_) | Message::Connect(_) => None,
        _ => None,
    }
}

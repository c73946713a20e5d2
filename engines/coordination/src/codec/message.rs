use super::{client, election, quorum};
use crate::Message;

impl relevo_core::Message for Message {
    fn wire_size(&self) -> u64 {
        match self {
            Message::Quorum(packet) => quorum::size(packet),
            Message::Election(message) => election::size(message),
            _ => client::size(self),
        }
    }

    fn through_codec(self) -> Result<Self, String> {
        match self {
            Message::Quorum(packet) => quorum::through(packet).map(Message::Quorum),
            Message::Election(message) => election::through(message).map(Message::Election),
            _ => client::through(self),
        }
        .map_err(|error| error.to_string())
    }
}

//! Which library a client is, as far as its first message tells it.
//!
//! The protocol has no field for it. What differs is the connect record: libraries that know of
//! read-only servers append a byte for it, others do not; and each has a time-out of its own that
//! most programs leave as it is. Where these do not point at one library, none is named.

use relevo_coordination::ConnectRequest;
use relevo_lab::Message;

/// kazoo's own time-out, in milliseconds.
const KAZOO_MS: i32 = 10_000;
/// That of ZooKeeper's Java shell and of node-zookeeper-client.
const SHELL_MS: i32 = 30_000;

/// The library a first message points at.
pub(crate) fn recognise(first: &Message) -> Option<&'static str> {
    let Message::Connect(ConnectRequest { timeout_ms, read_only, .. }) = first else { return None };
    match (read_only, *timeout_ms) {
        (Some(_), KAZOO_MS) => Some("kazoo"),
        (Some(_), SHELL_MS) => Some("ZooKeeper (Java)"),
        (None, SHELL_MS) => Some("node-zookeeper-client"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_peculiar_is_named() {
        let connect = |timeout_ms, read_only| {
            Message::Connect(ConnectRequest { timeout_ms, read_only, ..ConnectRequest::default() })
        };
        assert_eq!(recognise(&connect(10_000, Some(false))), Some("kazoo"));
        assert_eq!(recognise(&connect(30_000, Some(false))), Some("ZooKeeper (Java)"));
        assert_eq!(recognise(&connect(30_000, None)), Some("node-zookeeper-client"));
        assert_eq!(recognise(&connect(12_345, Some(false))), None);
        assert_eq!(recognise(&connect(10_000, None)), None);
        assert_eq!(recognise(&Message::FourLetterWord(*b"ruok")), None);
    }
}

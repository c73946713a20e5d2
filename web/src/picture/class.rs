use super::{Shape, shape_of};
use relevo_lab::MessageKind;

/// What a message is about: how its arrow is drawn, and what a filter shows or leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Heartbeats: faint, without heads.
    Beat,
    /// Between clients and servers.
    Talk,
    /// Broadcast: proposals, acknowledgements, commits.
    Order,
    /// Discovery and synchronisation.
    Sync,
    /// Votes.
    Election,
}

/// All of them, in the order in which they are drawn.
pub(crate) const CLASSES: [Class; 5] =
    [Class::Beat, Class::Talk, Class::Order, Class::Sync, Class::Election];

impl Class {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Class::Beat => "beat",
            Class::Talk => "talk",
            Class::Order => "order",
            Class::Sync => "sync",
            Class::Election => "election",
        }
    }

    pub(crate) fn of(kind: MessageKind) -> Class {
        match shape_of(kind) {
            Shape::Dot => Class::Beat,
            Shape::Tag => Class::Election,
            Shape::Pill => Class::Talk,
            Shape::Outline | Shape::Filled => Class::Order,
            Shape::Slanted => Class::Sync,
        }
    }
}

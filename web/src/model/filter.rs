use crate::picture::Class;
use relevo_core::Party;
use std::collections::BTreeSet;

/// What of the diagram is left out, and of the table with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Filter {
    classes: BTreeSet<Class>,
    parties: BTreeSet<Party>,
}

impl Filter {
    /// Whether anything is left out.
    pub(crate) fn is_set(&self) -> bool {
        !self.classes.is_empty() || !self.parties.is_empty()
    }

    pub(crate) fn shows(&self, class: Class) -> bool {
        !self.classes.contains(&class)
    }

    pub(crate) fn shows_party(&self, party: Party) -> bool {
        !self.parties.contains(&party)
    }

    pub(crate) fn toggle(&mut self, class: Class) {
        if !self.classes.remove(&class) {
            self.classes.insert(class);
        }
    }

    pub(crate) fn toggle_party(&mut self, party: Party) {
        if !self.parties.remove(&party) {
            self.parties.insert(party);
        }
    }
}

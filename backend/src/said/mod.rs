//! What the server says to a person, in both languages. The page shows the one it is read in;
//! logs, the command line and whoever does not ask for more see the English one.

mod engines;

use std::fmt;
use tonic::metadata::MetadataValue;
use tonic::{Code, Status};

/// The trailer in which the Spanish words of a refusal stand, beside gRPC's own message.
pub const SPANISH: &str = "message-es-bin";

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// In English.
    pub en: String,
    /// In Spanish.
    pub es: String,
}

impl Said {
    /// A sentence.
    pub fn new(en: impl Into<String>, es: impl Into<String>) -> Said {
        Said { en: en.into(), es: es.into() }
    }

    /// A status that says it in both.
    pub(crate) fn status(self, code: Code) -> Status {
        let mut status = Status::new(code, self.en);
        status.metadata_mut().insert_bin(SPANISH, MetadataValue::from_bytes(self.es.as_bytes()));
        status
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

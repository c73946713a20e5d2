//! What the server says to a person, in both languages. The page shows the one it is read in;
//! logs, the command line and whoever does not ask for more see the English one.

mod engines;

use std::fmt;
use tonic::metadata::MetadataValue;
use tonic::{Code, Status};

/// The trailer in which the Spanish words of a refusal stand, beside gRPC's own message.
pub const SPANISH: &str = "message-es-bin";

/// The most characters of a sentence that a client is sent.
const LONGEST: usize = 500;

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
        let mut status = Status::new(code, shortened(&self.en));
        let es = shortened(&self.es);
        status.metadata_mut().insert_bin(SPANISH, MetadataValue::from_bytes(es.as_bytes()));
        status
    }
}

/// What is refused may be repeated, but headers carry only so much of it.
fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_fits_into_headers_whatever_it_repeats() {
        let name = "ñ".repeat(60_000);
        let status = Said::new(format!("no `{name}`"), name).status(Code::NotFound);
        assert!(status.message().ends_with('…') && status.message().len() < 4_000);
        let spanish = status.metadata().get_bin(SPANISH).unwrap().to_bytes().unwrap();
        assert!(spanish.len() < 4_000);
        assert_eq!(Said::new("no", "no").status(Code::NotFound).message(), "no");
    }
}

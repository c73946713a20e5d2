//! What clients see of a service, one behaviour a file.

mod access;
mod anything;
#[cfg(feature = "bugs")]
mod bugs;
mod harness;
mod multi;
mod order;
mod prepare;
mod sessions;
mod tree;
mod watches;
mod words;

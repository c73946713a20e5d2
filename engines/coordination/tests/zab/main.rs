//! Zab in whole ensembles: transcripts to be read, recoveries, and a soak. Every test drives real
//! servers through a world; nothing here is a double.

mod cluster;
mod disk;
mod recovery;
mod soak;
mod startup;
mod transcript;
mod transcripts;
mod truncation;
mod why;

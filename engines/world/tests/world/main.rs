//! What the world promises its machines, one behaviour per file.

mod fifo;
mod toys;

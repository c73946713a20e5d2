//! What the world promises its machines, one behaviour per file.

mod again;
mod backpressure;
mod causes;
mod chaos;
mod clocks;
mod commands;
mod crash;
mod cuts;
mod determinism;
mod disk;
mod external;
mod fifo;
mod hold;
mod links;
mod outside;
mod pause;
mod power;
mod toys;

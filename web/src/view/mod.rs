//! The components. Each draws what it is given and sends commands; none holds state of the lab.

mod arrows;
mod banner;
mod client;
mod column;
mod controls;
mod dialogs;
mod exercise;
mod figure;
mod flights;
mod header;
mod icons;
mod inspector;
mod lesson;
mod link;
mod map;
mod page;
mod predict;
mod room;
mod scene;
mod server;
mod sheet;
mod table;
mod text;
mod timeline;
mod why;

pub(crate) use client::{name as client_name, state as client_state};
pub(crate) use inspector::Inspected;
pub(crate) use page::page;
pub(crate) use server::word as server_word;
pub(crate) use table::Row;
pub(crate) use text::seconds;
pub(crate) use why::Link;

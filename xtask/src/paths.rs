//! Where things lie.

use std::env;
use std::path::{Path, PathBuf};

/// The workspace's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ lies in the root")
}

/// Cargo's target directory, wherever the environment has put it.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// The bundled page. Always in the root's `target/`, since the server embeds it from there.
pub(crate) fn page() -> PathBuf {
    root().join("target/page")
}

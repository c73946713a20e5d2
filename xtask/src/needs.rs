//! What the machine must have, added where that can be done and named exactly where it cannot.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run::{output, run, say};

/// The target the page is compiled for.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Adds the wasm32 target where it is missing: `rust-toolchain.toml` asks for it, but where
/// rustup's automatic installation is off nothing has followed.
pub(crate) fn wasm_target() -> Result<()> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(WASM).is_dir() {
        return Ok(());
    }
    say("adding the wasm32 target");
    run(Command::new("rustup").args(["target", "add", WASM])).with_context(|| {
        format!(
            "the page is compiled to WebAssembly and Rust's target for it is missing; \
             with Rust from rustup, `rustup target add {WASM}` adds it"
        )
    })
}

/// A linker for the native binary.
pub(crate) fn c_compiler() -> Result<()> {
    if on_path("cc") {
        return Ok(());
    }
    bail!("a C compiler is missing (`cc`); on Debian: apt-get install -y build-essential")
}

/// Whether a program is found.
pub(crate) fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

//! Generates the control API from `proto/`, in pure Rust: no `protoc` to install.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo:rerun-if-changed=relevo");

    let files = protox::compile(["relevo/lab/v1/lab.proto"], [&root])?;
    fs::write(out.join("descriptors.bin"), encoded(&files))?;
    // The page only calls; a server would drag what a browser has no use for into its wasm.
    let in_browser = env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32");
    tonic_prost_build::configure()
        .build_server(!in_browser)
        .build_transport(false)
        .compile_fds(files)?;
    Ok(())
}

fn encoded(files: &impl protox::prost::Message) -> Vec<u8> {
    files.encode_to_vec()
}

//! The page: compiled for wasm32, split, its JavaScript glue made, and handed to the [bundle].

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::build::Profile;
use crate::bundle::{self, Built};
use crate::run::{cargo, run, timed};
use crate::split::split;
use crate::{needs, paths, split};

/// Builds the page into `target/page`.
pub(crate) fn build(profile: Profile) -> Result<()> {
    let name = match profile {
        Profile::Dev => "dev",
        Profile::Release => "web-release",
    };
    timed("building the page", || {
        run(&mut cargo([
            "rustc",
            "--package",
            "relevo-web",
            "--bin",
            "relevo-web",
            "--target",
            needs::WASM,
            "--profile",
            name,
            "--",
            "-C",
            split::KEEP_RELOCATIONS,
        ]))
    })?;
    let dir = if profile == Profile::Dev { "debug" } else { name };
    let wasm = paths::target().join(needs::WASM).join(dir).join("relevo-web.wasm");
    let built = timed("making the page's glue", || bindgen(&wasm, profile))?;
    timed("bundling the page", || {
        let compress = profile == Profile::Release;
        bundle::bundle(&paths::root().join("static"), &built, &paths::page(), compress)
    })
}

/// Splits the page and runs `wasm-bindgen` on what is left, both as libraries, so that no tool of
/// just the right version must be installed.
fn bindgen(wasm: &Path, profile: Profile) -> Result<Built> {
    let out = glue_dir();
    let release = profile == Profile::Release;
    let split = split(wasm, &out.join("split"), release).context("splitting the page")?;
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(&split.main)
        .out_name(Built::NAME)
        .typescript(false)
        // The parts import the table of functions.
        .keep_lld_exports(true)
        .remove_name_section(release)
        .remove_producers_section(release)
        .web(true)?;
    bindgen.generate(&out).with_context(|| format!("wasm-bindgen on {}", wasm.display()))?;
    ensure!(
        !out.join("snippets").is_dir(),
        "a dependency of the page brings JavaScript snippets, which the bundle does not carry"
    );
    let js = fs::read_to_string(out.join(format!("{}.js", Built::NAME)))?;
    let wasm = fs::read(out.join(Built::WASM))?;
    Ok(Built { js, wasm, link: split.link, parts: split.parts })
}

fn glue_dir() -> PathBuf {
    paths::target().join("page-glue")
}

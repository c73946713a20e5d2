//! The bundle: every file of the page under a name that is the hash of its content.
//!
//! A name that changes with the content lets browsers keep a file for ever and still see an edit
//! at once; only `index.html`, which names the others, is asked for again. Compressed forms are
//! made here, once and at their best, so that the server only hands out bytes. A file whose name
//! is already there is not compressed again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::first_load;
use crate::split::{Part, join};

/// What the split and `wasm-bindgen` made.
pub(crate) struct Built {
    pub(crate) js: String,
    pub(crate) wasm: Vec<u8>,
    /// What fetches the parts, and the parts.
    pub(crate) link: String,
    pub(crate) parts: Vec<Part>,
}

impl Built {
    /// The stem of the glue's name.
    pub(crate) const NAME: &str = "relevo";
    /// The name `wasm-bindgen` gives the wasm beside the glue.
    pub(crate) const WASM: &str = "relevo_bg.wasm";
}

/// Lays out `static_dir` and `built` in `page`, and prints what a first visit costs.
pub(crate) fn bundle(static_dir: &Path, built: &Built, page: &Path, compress: bool) -> Result<()> {
    let sources = read_tree(static_dir)?;
    let mut bundle = Bundle { page, compress, written: BTreeSet::new() };

    let mut renamed = BTreeMap::new();
    for (path, content) in sources.iter().filter(|(path, _)| is_asset(path)) {
        renamed.insert(path.as_str(), bundle.add(path, content)?);
    }
    let css: String = sources
        .iter()
        .filter(|(path, _)| path.ends_with(".css"))
        .fold(String::new(), |css, (_, content)| css + &String::from_utf8_lossy(content) + "\n");
    let css = bundle.add("relevo.css", rewrite(&css, &renamed).as_bytes())?;
    let wasm = bundle.add("relevo.wasm", &built.wasm)?;
    let mut parts = Vec::new();
    for part in &built.parts {
        let address = bundle.add(&format!("{}.wasm", part.stem), &part.wasm)?;
        parts.push((part.stem.clone(), address));
    }
    let js = join(&built.js, &built.link, &parts)?;
    let js = bundle.add("relevo.js", starting(&js, &wasm)?.as_bytes())?;

    let build = hash(format!("{css} {js} {wasm}").as_bytes());
    let index = sources.get("index.html").context("static/index.html is missing")?;
    let index = rewrite(std::str::from_utf8(index)?, &renamed)
        .replace("{{css}}", &css)
        .replace("{{js}}", &js)
        .replace("{{wasm}}", &wasm)
        .replace("{{build}}", &build)
        .replace("{{fonts}}", &preloads(&renamed));
    if let Some(at) = index.find("{{") {
        let rest: String = index[at..].chars().take(30).collect();
        anyhow::bail!("static/index.html has a placeholder nobody fills: {rest}");
    }
    bundle.put("index.html", index.as_bytes())?;
    bundle.put("build.txt", build.as_bytes())?;
    bundle.finish()
}

/// Whether a file of `static/` is handed out as it is.
fn is_asset(path: &str) -> bool {
    let hidden = path.split('/').any(|part| part.starts_with('.'));
    !(hidden || path.ends_with(".css") || path.ends_with(".md") || path == "index.html")
}

/// The glue, starting by itself with the wasm under its hashed name, so that the page needs no
/// inline script and the content security policy no exception.
fn starting(js: &str, wasm: &str) -> Result<String> {
    ensure!(js.contains(START), "wasm-bindgen's glue no longer starts by {START}");
    Ok(format!("{js}\n{START}({{ module_or_path: \"{wasm}\" }});\n"))
}

/// What `wasm-bindgen` calls the function that fetches the wasm and starts it.
const START: &str = "__wbg_init";

/// Replaces every reference to an asset by its hashed name, longest first, so that no name is
/// taken for the beginning of another.
fn rewrite(text: &str, renamed: &BTreeMap<&str, String>) -> String {
    let mut paths: Vec<_> = renamed.iter().collect();
    paths.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
    let mut text = text.to_owned();
    for (path, name) in paths {
        for quoted in ['"', '\'', '('] {
            for prefix in ["/", "./", "../", ""] {
                text = text.replace(&format!("{quoted}{prefix}{path}"), &format!("{quoted}{name}"));
            }
        }
    }
    text
}

/// Links for the fonts that the first picture needs: those directly in `fonts/`.
fn preloads(renamed: &BTreeMap<&str, String>) -> String {
    let first = renamed.iter().filter(|(path, _)| {
        path.strip_prefix("fonts/").is_some_and(|f| f.ends_with(".woff2") && !f.contains('/'))
    });
    first
        .map(|(_, name)| {
            format!(r#"<link rel="preload" href="{name}" as="font" type="font/woff2" crossorigin>"#)
        })
        .collect::<Vec<_>>()
        .join("\n")
}

struct Bundle<'a> {
    page: &'a Path,
    compress: bool,
    /// Relative paths of what belongs to this bundle.
    written: BTreeSet<String>,
}

impl Bundle<'_> {
    /// Adds a file under its hashed name; the address it is reached by.
    fn add(&mut self, path: &str, content: &[u8]) -> Result<String> {
        let (stem, extension) = path.rsplit_once('.').unwrap_or((path, "bin"));
        let name = format!("{stem}-{}.{extension}", hash(content));
        self.put(&name, content)?;
        Ok(format!("/{name}"))
    }

    /// Writes a file and its compressed forms, unless they are there already.
    fn put(&mut self, name: &str, content: &[u8]) -> Result<()> {
        self.write(name, content, |content| Ok(content.to_vec()))?;
        if self.compress && compressible(name) {
            self.write(&format!("{name}.br"), content, brotli)?;
            self.write(&format!("{name}.gz"), content, gzip)?;
        }
        Ok(())
    }

    /// Leaves a file alone whose content is right, so that nothing is compiled again for it.
    fn write(
        &mut self,
        name: &str,
        content: &[u8],
        encode: impl FnOnce(&[u8]) -> Result<Vec<u8>>,
    ) -> Result<()> {
        self.written.insert(name.to_owned());
        let path = self.page.join(name);
        let named_by_content = name != "build.txt" && !name.starts_with("index.html");
        if named_by_content && path.is_file() {
            return Ok(());
        }
        let encoded = encode(content)?;
        if fs::read(&path).is_ok_and(|there| there == encoded) {
            return Ok(());
        }
        fs::create_dir_all(path.parent().expect("lies in the page's folder"))?;
        // Whole or not at all: an interrupted build must not leave half a file under its hash.
        let part = path.with_extension("part");
        fs::write(&part, encoded)?;
        fs::rename(&part, &path).with_context(|| format!("writing {}", path.display()))
    }

    /// Removes what earlier bundles left and prints the sizes.
    fn finish(&self) -> Result<()> {
        for old in files(self.page)?.into_iter().filter(|file| !self.written.contains(file)) {
            fs::remove_file(self.page.join(old))?;
        }
        for name in self.written.iter().filter(|n| !n.ends_with(".br") && !n.ends_with(".gz")) {
            let size = fs::metadata(self.page.join(name))?.len();
            let sent = fs::metadata(self.page.join(format!("{name}.br"))).map_or(size, |m| m.len());
            eprintln!("  {size:>9} B  {sent:>8} B sent  {name}");
        }
        eprintln!("  a first visit: {} B sent", first_load::bytes(self.page)?);
        Ok(())
    }
}

fn compressible(name: &str) -> bool {
    !(name.ends_with(".woff2") || name.ends_with(".png") || name.ends_with(".txt"))
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &*content, &mut out, &params)?;
    Ok(out)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

/// The first 64 bits of the SHA-256, in hexadecimal.
fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Every file below a folder with its content, by its path relative to it.
fn read_tree(dir: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    files(dir)?
        .into_iter()
        .map(|path| {
            let content = fs::read(dir.join(&path)).with_context(|| format!("reading {path}"))?;
            Ok((path, content))
        })
        .collect()
}

fn files(dir: &Path) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut open: Vec<PathBuf> = dir.is_dir().then(|| dir.to_owned()).into_iter().collect();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let relative = path.strip_prefix(dir).expect("was found below it");
                found.insert(relative.to_string_lossy().into_owned());
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built() -> Built {
        let js = "import * as import1 from \"./__wasm_split.js\"\n";
        let parts = vec![Part { stem: "tools".into(), wasm: b"\0asm".to_vec() }];
        Built {
            js: format!("{js}function {START}() {{}}"),
            wasm: b"\0asm".to_vec(),
            link: "export const load = get(new URL(\"./tools.wasm\", import.meta.url));".into(),
            parts,
        }
    }

    fn dirs(test: &str) -> (PathBuf, PathBuf) {
        let dir = std::env::temp_dir().join(format!("xtask-{test}-{}", std::process::id()));
        fs::create_dir_all(dir.join("static/fonts")).unwrap();
        (dir.join("static"), dir.join("page"))
    }

    #[test]
    fn references_follow_the_hashed_names() {
        let (from, page) = dirs("names");
        fs::write(from.join("fonts/a.woff2"), "font").unwrap();
        fs::write(from.join("a.css"), "@font-face{src:url(\"/fonts/a.woff2\")}").unwrap();
        fs::write(from.join("index.html"), "{{fonts}} {{css}} {{js}} {{wasm}} {{build}}").unwrap();
        bundle(&from, &built(), &page, true).unwrap();
        let names = files(&page).unwrap();
        let font = names.iter().find(|name| name.starts_with("fonts/a-")).unwrap();
        let css = names.iter().find(|name| name.ends_with(".css")).unwrap();
        assert!(fs::read_to_string(page.join(css)).unwrap().contains(&format!("(\"/{font}\"")));
        let index = fs::read_to_string(page.join("index.html")).unwrap();
        assert!(index.contains(&format!("href=\"/{font}\"")) && index.contains(css.as_str()));
        assert!(names.contains(&format!("{css}.br")) && !names.contains(&format!("{font}.br")));
        fs::remove_dir_all(from.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_second_bundle_leaves_nothing_of_the_first() {
        let (from, page) = dirs("second");
        fs::write(from.join("index.html"), "{{css}}").unwrap();
        fs::write(from.join("a.css"), "one").unwrap();
        bundle(&from, &built(), &page, true).unwrap();
        fs::write(from.join("a.css"), "two").unwrap();
        bundle(&from, &built(), &page, false).unwrap();
        let names = files(&page).unwrap();
        assert_eq!(names.iter().filter(|name| name.contains(".css")).count(), 1);
        assert!(!names.iter().any(|name| name.ends_with(".br")));
        fs::remove_dir_all(from.parent().unwrap()).unwrap();
    }

    #[test]
    fn an_unknown_placeholder_fails_the_build() {
        let (from, page) = dirs("unknown");
        fs::write(from.join("index.html"), "{{scripts}}").unwrap();
        assert!(bundle(&from, &built(), &page, false).is_err());
        fs::remove_dir_all(from.parent().unwrap()).unwrap();
    }
}

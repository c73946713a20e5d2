//! Parts of the page that come when they are opened.
//!
//! `web/src/parts.rs` marks where the page is cut. The linker keeps the relocations
//! (`--emit-relocs`), so the split sees what only a part reaches, code and data, and moves it into
//! a file of its own before `wasm-bindgen` sees the rest. What fetches the parts is written in
//! JavaScript; it is joined to `wasm-bindgen`'s glue, since two modules that name each other by
//! the hash of their contents cannot be.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use wasm_split_cli_support::{Options, transform};

/// The module that fetches the parts, as the main one imports it.
const LINK: &str = "./__wasm_split.js";
/// What the linker is told so that the page can be split.
pub(crate) const KEEP_RELOCATIONS: &str = "link-args=--emit-relocs";

/// A page that was split.
pub(crate) struct Split {
    /// What is left for `wasm-bindgen`.
    pub(crate) main: PathBuf,
    /// What fetches the parts.
    pub(crate) link: String,
    pub(crate) parts: Vec<Part>,
}

/// A file that comes when it is opened.
pub(crate) struct Part {
    /// Its name without `.wasm`, as the link module has it.
    pub(crate) stem: String,
    pub(crate) wasm: Vec<u8>,
}

/// Splits the page; `bare` leaves the names of functions behind.
pub(crate) fn split(wasm: &Path, dir: &Path, bare: bool) -> Result<Split> {
    if dir.is_dir() {
        fs::remove_dir_all(dir)?;
    }
    fs::create_dir_all(dir)?;
    let main = dir.join("main.wasm");
    let input = fs::read(wasm).with_context(|| format!("reading {}", wasm.display()))?;
    let mut options = Options::new(&input);
    options.output_dir = dir;
    options.main_out_path = &main;
    options.link_name = LINK;
    let made = transform(options).map_err(|why| anyhow!("{why:#}"))?;
    let mut parts = Vec::new();
    for path in made.split_modules {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let wasm = fs::read(&path)?;
        parts.push(Part { stem, wasm: if bare { without_names(&wasm)? } else { wasm } });
    }
    ensure!(!parts.is_empty(), "nothing was split: do the split points of `web` still stand?");
    parts.sort_by(|one, other| one.stem.cmp(&other.stem));
    Ok(Split { link: fs::read_to_string(dir.join(LINK))?, main, parts })
}

/// `wasm-bindgen`'s glue and what fetches the parts as one module, each part by its address.
pub(crate) fn join(glue: &str, link: &str, parts: &[(String, String)]) -> Result<String> {
    let from = format!(" from \"{LINK}\"");
    let (imports, rest): (Vec<_>, Vec<_>) = glue.lines().partition(|line| line.contains(&from));
    ensure!(!imports.is_empty(), "wasm-bindgen's glue no longer imports what fetches the parts");
    let loaders: Vec<&str> = link
        .lines()
        .filter_map(|line| line.strip_prefix("export const ")?.split(' ').next())
        .collect();
    let kept = link.lines().filter(|line| !line.starts_with("import { initSync }"));
    let mut link: String = kept.flat_map(|line| [line, "\n"]).collect();
    link = link.replace("export const ", "const ");
    for (stem, address) in parts {
        let url = format!("new URL(\"./{stem}.wasm\", import.meta.url)");
        ensure!(link.contains(&url), "nothing fetches the part {stem}");
        link = link.replace(&url, &format!("\"{address}\""));
    }
    let mut joined = [rest.join("\n"), link].join("\n");
    // Each loader may be imported under a name of its own.
    for import in imports {
        let name = import.strip_prefix("import * as ").and_then(|rest| rest.split(' ').next());
        let name = name.with_context(|| format!("cannot read `{import}`"))?;
        joined.push_str(&format!("\nconst {name} = {{ {} }};", loaders.join(", ")));
    }
    let others = joined.lines().any(|line| line.starts_with("import "));
    ensure!(!others, "the glue imports a module the bundle does not carry");
    Ok(joined)
}

/// A module without its custom sections, which say nothing to a browser.
fn without_names(wasm: &[u8]) -> Result<Vec<u8>> {
    let (head, mut rest) = wasm.split_at_checked(8).context("no wasm module")?;
    let mut bare = head.to_vec();
    while let Some(&id) = rest.first() {
        let (length, bytes) = leb128(&rest[1..]).context("a section without its length")?;
        let section = rest.split_at_checked(1 + bytes + length);
        let (section, after) = section.context("a section is cut short")?;
        if id != 0 {
            bare.extend_from_slice(section);
        }
        rest = after;
    }
    Ok(bare)
}

/// A length, and how many bytes it takes.
fn leb128(bytes: &[u8]) -> Option<(usize, usize)> {
    let last = bytes.iter().take(5).position(|byte| byte & 0x80 == 0)?;
    let value =
        bytes[..=last].iter().rev().fold(0, |value, byte| value << 7 | usize::from(byte & 0x7f));
    Some((value, last + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glue_and_link_become_one_module() {
        let glue = "import * as import1 from \"./__wasm_split.js\"\n\
            import * as import2 from \"./__wasm_split.js\"\nuse(import1, import2);";
        let link = "import { initSync } from \"./main.js\";\n\
            export const load_a = get(new URL(\"./a.wasm\", import.meta.url));";
        let joined = join(glue, link, &[("a".into(), "/a-1.wasm".into())]).unwrap();
        assert!(!joined.contains("import ") && !joined.contains("export "), "{joined}");
        assert!(joined.contains("const load_a = get(\"/a-1.wasm\");"), "{joined}");
        for name in ["import1", "import2"] {
            assert!(joined.contains(&format!("const {name} = {{ load_a }};")), "{joined}");
        }
        assert!(join(glue, link, &[("b".into(), "/b-1.wasm".into())]).is_err());
    }

    #[test]
    fn names_are_left_behind() {
        let head = b"\0asm\x01\0\0\0";
        let named = [&head[..], &[0, 3, 1, b'n', 9], &[5, 0x81, 0x00, 7]].concat();
        assert_eq!(without_names(&named).unwrap(), [&head[..], &[5, 0x81, 0x00, 7]].concat());
        assert!(without_names(&named[..named.len() - 1]).is_err());
    }
}

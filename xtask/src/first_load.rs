//! What a first visit costs: the bytes a browser fetches before the first minute begins.
//!
//! That is `index.html` and whatever it names: style sheet, glue, wasm, icon and fonts. The parts
//! that come when they are opened are named by the glue alone, and cost nothing here. Bytes are
//! the same on every machine, so a test holds them to a limit.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// The most a first visit may cost.
pub(crate) const LIMIT: u64 = 400_000;
/// What each answer's status line and headers take besides, with room to spare.
const HEADERS: u64 = 700;

/// Whether a first visit to a compressed page stays within the limit.
pub(crate) fn within_limit(page: &Path) -> Result<()> {
    let index = page.join("index.html.br");
    ensure!(index.is_file(), "the page is not compressed: only a release has a first load");
    let bytes = bytes(page)?;
    ensure!(
        bytes <= LIMIT,
        "a first visit costs {bytes} B, more than {LIMIT}; what the first minute does not need \
         belongs behind the tables of web/src/parts.rs"
    );
    Ok(())
}

/// What a first visit costs, headers included.
pub(crate) fn bytes(page: &Path) -> Result<u64> {
    let index = fs::read_to_string(page.join("index.html")).context("the page is not built")?;
    let mut files: BTreeSet<&str> = named(&index).collect();
    files.insert("index.html");
    files.iter().map(|file| Ok(sent(page, file)? + HEADERS)).sum()
}

/// The files a document names.
fn named(index: &str) -> impl Iterator<Item = &str> {
    let values = ["href=\"/", "src=\"/"].into_iter().flat_map(|start| index.split(start).skip(1));
    values.filter_map(|rest| rest.split('"').next()).filter(|file| file.contains('.'))
}

/// What comes over the wire of a file.
fn sent(page: &Path, file: &str) -> Result<u64> {
    let compressed = fs::metadata(page.join(format!("{file}.br")));
    let sent = compressed.or_else(|_| fs::metadata(page.join(file)));
    Ok(sent.with_context(|| format!("index.html names {file}, which is missing"))?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_index_names_is_counted_once_and_compressed_where_it_is() {
        let page = std::env::temp_dir().join(format!("xtask-first-load-{}", std::process::id()));
        fs::create_dir_all(&page).unwrap();
        let index =
            "<link href=\"/a.css\"><link href=\"/a.wasm\"><script src=\"/a.js\"><a href=\"/a.js\">";
        for (name, bytes) in [("a.css", 10), ("a.css.br", 4), ("a.wasm", 100), ("a.js", 5)] {
            fs::write(page.join(name), vec![0; bytes]).unwrap();
        }
        fs::write(page.join("part.wasm"), vec![0; 1_000]).unwrap();
        fs::write(page.join("index.html"), index).unwrap();
        assert!(within_limit(&page).is_err(), "it is not compressed");
        fs::write(page.join("index.html.br"), "12").unwrap();
        assert_eq!(bytes(&page).unwrap(), 4 + 100 + 5 + 2 + 4 * HEADERS);
        within_limit(&page).unwrap();
        fs::write(page.join("a.wasm"), vec![0; LIMIT as usize]).unwrap();
        assert!(within_limit(&page).is_err());
        fs::remove_file(page.join("a.js")).unwrap();
        assert!(bytes(&page).is_err(), "a file is missing");
        fs::remove_dir_all(page).unwrap();
    }
}

//! The folders are part of the binary: when one changes, so does the crate.

fn main() {
    for folder in ["zookeeper", "zab", "glossary.es.toml", "glossary.en.toml"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}

//! Loads the folders, which are part of the binary.

use crate::{Exercise, Language, Page, StarterText, Term, Words};
use include_dir::{Dir, DirEntry, include_dir};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::Path;

/// The modules, in the order of the course.
static MODULES: [Dir<'_>; 2] =
    [include_dir!("$CARGO_MANIFEST_DIR/zookeeper"), include_dir!("$CARGO_MANIFEST_DIR/zab")];
/// Their folders, which an exercise names as its module.
pub(crate) const MODULE_FOLDERS: [&str; 2] = ["zookeeper", "zab"];
const GLOSSARY_ES: &str = include_str!("../glossary.es.toml");
const GLOSSARY_EN: &str = include_str!("../glossary.en.toml");

/// What is wrong with an exercise's folder.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file is not there.
    #[error(
        "{folder} has no {file}: every exercise has exercise.toml, es.toml and en.toml, and \
        the starters it names, each in starters/es and starters/en"
    )]
    Missing {
        /// The folder.
        folder: String,
        /// The file.
        file: String,
    },
    /// A file does not say what it must.
    #[error("{folder}/{file}: {why}")]
    Malformed {
        /// The folder.
        folder: String,
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
}

/// Every exercise, module by module, in the order of their folders.
pub fn all() -> Result<Vec<Page>, LoadError> {
    let glossaries = [glossary(Language::Es)?, glossary(Language::En)?];
    let mut pages = Vec::new();
    for module in &MODULES {
        let mut folders: Vec<_> = module.entries().iter().filter_map(DirEntry::as_dir).collect();
        folders.sort_by_key(|folder| folder.path());
        for folder in folders {
            pages.push(load(folder, &glossaries)?);
        }
    }
    Ok(pages)
}

/// The exercise with this id, whatever the case it is written in.
pub fn find(id: &str) -> Result<Option<Page>, LoadError> {
    Ok(all()?.into_iter().find(|page| page.exercise.id.eq_ignore_ascii_case(id)))
}

/// Every term of the glossary in one language, by id.
pub fn glossary(language: Language) -> Result<BTreeMap<String, Term>, LoadError> {
    let text = match language {
        Language::Es => GLOSSARY_ES,
        Language::En => GLOSSARY_EN,
    };
    toml::from_str(text).map_err(|why| LoadError::Malformed {
        folder: "exercises".into(),
        file: format!("glossary.{}.toml", language.code()),
        why: why.to_string(),
    })
}

/// The exercise in a folder on disk, as its author has it now.
pub fn load_folder(path: &Path) -> Result<Page, LoadError> {
    let glossaries = [glossary(Language::Es)?, glossary(Language::En)?];
    let text = |file: &str| std::fs::read_to_string(path.join(file)).ok();
    assemble(&path.display().to_string(), &text, &glossaries)
}

fn load(folder: &Dir<'_>, glossaries: &[BTreeMap<String, Term>; 2]) -> Result<Page, LoadError> {
    let text = |file: &str| {
        let found = folder.get_file(folder.path().join(file))?;
        found.contents_utf8().map(str::to_owned)
    };
    assemble(&folder.path().display().to_string(), &text, glossaries)
}

/// What a folder's files hold.
type Files<'a> = &'a dyn Fn(&str) -> Option<String>;

fn assemble(
    folder: &str,
    files: Files<'_>,
    glossaries: &[BTreeMap<String, Term>; 2],
) -> Result<Page, LoadError> {
    let exercise = read::<Exercise>(folder, files, "exercise.toml")?;
    let starters = exercise.starters.iter().map(|starter| {
        let (language, name) = (starter.language.clone(), starter.file.clone());
        let text = |of: Language| text(folder, files, &format!("starters/{}/{name}", of.code()));
        let (es, en) = (text(Language::Es)?, text(Language::En)?);
        Ok(StarterText { language, name, es, en })
    });
    let mut page = Page {
        starters: starters.collect::<Result<_, LoadError>>()?,
        exercise,
        es: read::<Words>(folder, files, "es.toml")?,
        en: read::<Words>(folder, files, "en.toml")?,
        terms_es: BTreeMap::new(),
        terms_en: BTreeMap::new(),
        exam: false,
    };
    let used = |language, glossary: &BTreeMap<String, Term>| {
        let term = |id: String| Some((id.clone(), glossary.get(&id)?.clone()));
        page.terms_used(language).into_iter().filter_map(term).collect()
    };
    let (es, en) = (used(Language::Es, &glossaries[0]), used(Language::En, &glossaries[1]));
    (page.terms_es, page.terms_en) = (es, en);
    Ok(page)
}

fn text(folder: &str, files: Files<'_>, file: &str) -> Result<String, LoadError> {
    files(file).ok_or_else(|| LoadError::Missing { folder: folder.into(), file: file.into() })
}

fn read<T: DeserializeOwned>(folder: &str, files: Files<'_>, file: &str) -> Result<T, LoadError> {
    toml::from_str(&text(folder, files, file)?).map_err(|why| LoadError::Malformed {
        folder: folder.into(),
        file: file.into(),
        why: why.to_string(),
    })
}

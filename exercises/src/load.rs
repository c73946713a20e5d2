//! Loads the folders, which are part of the binary.

use crate::{Exercise, Page, Words};
use include_dir::{Dir, DirEntry, include_dir};
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

static ZOOKEEPER: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/zookeeper");

/// What is wrong with an exercise's folder.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file is not there.
    #[error("{folder} has no {file}: every exercise has exercise.toml, es.toml and en.toml")]
    Missing {
        /// The folder.
        folder: String,
        /// The file.
        file: &'static str,
    },
    /// A file does not say what it must.
    #[error("{folder}/{file}: {why}")]
    Malformed {
        /// The folder.
        folder: String,
        /// The file.
        file: &'static str,
        /// Why.
        why: String,
    },
}

/// Every exercise, in the order of their folders.
pub fn all() -> Result<Vec<Page>, LoadError> {
    let mut folders: Vec<_> = ZOOKEEPER.entries().iter().filter_map(DirEntry::as_dir).collect();
    folders.sort_by_key(|folder| folder.path());
    folders.into_iter().map(load).collect()
}

/// The exercise with this id, whatever the case it is written in.
pub fn find(id: &str) -> Result<Option<Page>, LoadError> {
    Ok(all()?.into_iter().find(|page| page.exercise.id.eq_ignore_ascii_case(id)))
}

fn load(folder: &Dir<'_>) -> Result<Page, LoadError> {
    let page = Page {
        exercise: read::<Exercise>(folder, "exercise.toml")?,
        es: read::<Words>(folder, "es.toml")?,
        en: read::<Words>(folder, "en.toml")?,
    };
    for (file, words) in [("es.toml", &page.es), ("en.toml", &page.en)] {
        let why = incomplete(&page.exercise, words);
        if let Some(why) = why {
            return Err(LoadError::Malformed { folder: name(folder), file, why });
        }
    }
    Ok(page)
}

fn read<T: DeserializeOwned>(folder: &Dir<'_>, file: &'static str) -> Result<T, LoadError> {
    let found = folder.get_file(folder.path().join(file)).and_then(|f| f.contents_utf8());
    let text = found.ok_or(LoadError::Missing { folder: name(folder), file })?;
    let malformed = |why: toml::de::Error| LoadError::Malformed {
        folder: name(folder),
        file,
        why: why.to_string(),
    };
    toml::from_str(text).map_err(malformed)
}

fn name(folder: &Dir<'_>) -> String {
    folder.path().display().to_string()
}

/// What the words lack, or have too much of.
fn incomplete(exercise: &Exercise, words: &Words) -> Option<String> {
    let steps: BTreeSet<_> = exercise.steps.iter().map(|step| &step.id).collect();
    if steps != words.steps.keys().collect() {
        return Some(format!("the steps must be {steps:?}"));
    }
    let choices: BTreeSet<_> = exercise.predict.choices.iter().map(|choice| &choice.id).collect();
    if choices != words.predict.choices.keys().collect() {
        return Some(format!("the choices must be {choices:?}"));
    }
    for choice in &exercise.predict.choices {
        let named = words.predict.choices[&choice.id].misconception.is_some();
        if named != choice.contradicted_by.is_some() {
            return Some(format!("{} must name its misconception if it is wrong", choice.id));
        }
    }
    let brief = words.brief.split_whitespace().count();
    (brief > 120).then(|| format!("the brief has {brief} words; 120 are the most"))
}

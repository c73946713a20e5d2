//! What comes next in the course, from the map's order and from what is done.

use crate::model::{Language, Listed, Progress};
use crate::words::fill;
use relevo_exercises::MODULES;
use yew::prelude::*;

/// The exercises that are built, in the map's order.
fn in_order(built: &[Listed]) -> Vec<&Listed> {
    let ids = MODULES.iter().flat_map(|module| module.ids());
    ids.filter_map(|id| built.iter().find(|listed| listed.id == id)).collect()
}

/// The first exercise after this one that was never finished, from the beginning again where
/// there is none after it.
pub(crate) fn next_after<'a>(
    built: &'a [Listed],
    id: &str,
    progress: impl Fn(&str) -> Progress,
) -> Option<&'a Listed> {
    let all = in_order(built);
    let here = all.iter().position(|listed| listed.id == id)?;
    let (before, after) = (&all[..here], &all[here + 1..]);
    let open = |listed: &&&Listed| !progress(&listed.id).ever_finished();
    after.iter().chain(before).find(open).copied()
}

/// Where to go on: what was begun last in the map's order and not finished, else the first that
/// was not. With it, whether anything was begun at all.
pub(crate) fn where_to(
    built: &[Listed],
    progress: impl Fn(&str) -> Progress,
) -> Option<(&Listed, bool)> {
    let all = in_order(built);
    let stands: Vec<Progress> = all.iter().map(|listed| progress(&listed.id)).collect();
    let under_way = |it: &Progress| it.begun() && !it.finished;
    let open = stands.iter().rposition(under_way);
    let place = open.or_else(|| stands.iter().position(|it| !it.ever_finished()))?;
    let begun = stands.iter().any(|it| it.begun() || it.before);
    Some((all[place], begun))
}

/// A line that leads to an exercise.
pub(crate) fn lead_to(listed: &Listed, sentence: &str, language: Language) -> Html {
    let name = [&listed.id, " ", listed.title(language)].concat();
    html! {
        <a class="onward" href={["#exercise/", &listed.id].concat()}>{ fill(sentence, &[&name]) }</a>
    }
}

/// What follows an exercise that is done.
pub(crate) fn following(built: &[Listed], id: &str, language: Language) -> Html {
    let next = next_after(built, id, Progress::load);
    next.map_or_else(Html::default, |next| lead_to(next, language.lessons().next, language))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built() -> Vec<Listed> {
        let listed = |id: &str| Listed {
            id: id.to_owned(),
            title_es: String::new(),
            title_en: String::new(),
            minutes: 1,
            steps: vec!["one".to_owned()],
            questions: 0,
            prerequisites: Vec::new(),
        };
        // As the folders' names have them, not the map.
        ["A1", "AQ", "Z1", "Z2", "ZQ"].map(listed).into()
    }

    fn finished(id: &str, done: &[&str]) -> Progress {
        let finished = done.contains(&id);
        Progress { finished, passed: usize::from(finished), ..Progress::default() }
    }

    #[test]
    fn the_maps_order_leads_on_and_skips_what_is_done() {
        let built = built();
        let next = |id, done: &[&str]| {
            next_after(&built, id, |id| finished(id, done)).map(|it| it.id.clone())
        };
        assert_eq!(next("Z1", &["Z1"]).as_deref(), Some("Z2"));
        assert_eq!(next("Z1", &["Z1", "Z2"]).as_deref(), Some("ZQ"));
        assert_eq!(next("ZQ", &["ZQ"]).as_deref(), Some("A1"));
        assert_eq!(next("AQ", &["AQ"]).as_deref(), Some("Z1"));
        assert_eq!(next("Z1", &["Z1", "Z2", "ZQ", "A1", "AQ"]), None);
    }

    #[test]
    fn the_map_begins_with_what_is_open() {
        let built = built();
        let at = |progress: &dyn Fn(&str) -> Progress| {
            where_to(&built, progress).map(|(listed, begun)| (listed.id.clone(), begun))
        };
        assert_eq!(at(&|id| finished(id, &[])), Some(("Z1".into(), false)));
        assert_eq!(at(&|id| finished(id, &["Z1"])), Some(("Z2".into(), true)));
        let begun = |id: &str| match id {
            "A1" => Progress { passed: 1, ..Progress::default() },
            _ => finished(id, &["Z1"]),
        };
        assert_eq!(at(&begun), Some(("A1".into(), true)));
        // What is begun anew has been finished, and is open.
        let anew = |id: &str| match id {
            "Z1" => Progress { before: true, ..Progress::default() },
            _ => finished(id, &[]),
        };
        assert_eq!(at(&anew), Some(("Z2".into(), true)));
        assert_eq!(at(&|id| finished(id, &["Z1", "Z2", "ZQ", "A1", "AQ"])), None);
    }
}

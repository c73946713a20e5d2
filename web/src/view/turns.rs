use super::sheet::Sheet;
use crate::model::Shared;
use crate::picture::Picture;
use std::cell::RefCell;

/// What a render draws anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Turn {
    #[default]
    Both,
    Figure,
    Diagram,
}

/// With much in flight, figure and diagram take turns: drawing both anew takes longer than a frame
/// may.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    turn: Turn,
    picture: RefCell<Option<Shared<Picture>>>,
    sheet: RefCell<Option<Shared<Sheet>>>,
}

impl Turns {
    /// Something besides time has changed.
    pub(crate) fn both(&mut self) {
        self.turn = Turn::Both;
    }

    /// The other's turn.
    pub(crate) fn next(&mut self) {
        self.turn = if self.turn == Turn::Figure { Turn::Diagram } else { Turn::Figure };
    }

    pub(super) fn picture(&self, make: impl FnOnce() -> Picture) -> Shared<Picture> {
        kept(&self.picture, self.turn == Turn::Diagram, make)
    }

    pub(super) fn sheet(&self, make: impl FnOnce() -> Sheet) -> Shared<Sheet> {
        kept(&self.sheet, self.turn == Turn::Figure, make)
    }
}

fn kept<T>(last: &RefCell<Option<Shared<T>>>, keep: bool, make: impl FnOnce() -> T) -> Shared<T> {
    if keep && let Some(kept) = &*last.borrow() {
        return kept.clone();
    }
    let made = Shared::new(make());
    *last.borrow_mut() = Some(made.clone());
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figure_and_diagram_alternate_until_something_else_changes() {
        let mut turns = Turns::default();
        let drawn = |turns: &Turns| {
            let (mut figure, mut diagram) = (false, false);
            turns.picture(|| {
                figure = true;
                Picture::default()
            });
            turns.sheet(|| {
                diagram = true;
                Sheet::default()
            });
            (figure, diagram)
        };
        assert_eq!(drawn(&turns), (true, true));
        for _ in 0..2 {
            turns.next();
            assert_eq!(drawn(&turns), (true, false));
            turns.next();
            assert_eq!(drawn(&turns), (false, true));
        }
        turns.both();
        assert_eq!(drawn(&turns), (true, true));
    }
}

//! Conditions on who joined the line of an election.

use super::Judgement;
use crate::facts::before;
use crate::sees::{LineSees, Sees};
use crate::{Facts, Joined, Wrote};
use relevo_lab::Scene;

pub(super) fn stood_and_led(facts: &Facts, scene: &Scene) -> Judgement {
    // Of several who joined, the one that got furthest is spoken of.
    let stands = facts.line.joined().map(|joined| stand(joined, scene));
    let (_, sees) = stands.max_by_key(|(rank, _)| *rank).unwrap_or((0, LineSees::NoOneJoined));
    Judgement { holds: matches!(sees, LineSees::Led { .. }), sees: Sees::Line(sees) }
}

/// How far someone got, and what is lacking.
fn stand(joined: &Joined, scene: &Scene) -> (u8, LineSees) {
    let path = joined.path.clone();
    let ahead = before(scene, &path);
    match (joined.wrote, ahead) {
        (Some(Wrote::Well), _) => (9, LineSees::Led { path }),
        (Some(Wrote::TooEarly), Some(ahead)) => (1, LineSees::TooEarly { ahead }),
        (Some(Wrote::Unfenced), None) => (7, LineSees::Unfenced),
        (Some(Wrote::Unwatched), None) => (6, LineSees::Unwatched),
        (_, Some(ahead)) if joined.watches.as_ref() == Some(&ahead) => {
            (5, LineSees::Watches { ahead })
        }
        (_, Some(_)) if joined.watches_all => (3, LineSees::WatchesAll),
        (_, Some(ahead)) => (4, LineSees::WatchesNobody { ahead }),
        (_, None) if joined.watches.is_none() => (2, LineSees::Alone),
        (_, None) => (8, LineSees::InTurn),
    }
}

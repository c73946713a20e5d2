use super::place::Stand;
use super::{CELL, CELL_GAP, STRIP_GAP};
use super::{Picture, Point, RING};

/// A way keeps so far from what it must not cross, in pixels.
const CLEAR: f64 = 7.0;
/// How far a way may swing out, in pixels: the least that is enough is taken.
const SWINGS: [f64; 13] =
    [0.0, 30.0, -30.0, 60.0, -60.0, 95.0, -95.0, 130.0, -130.0, 170.0, -170.0, 220.0, -220.0];
/// At so many places a way is looked at for what it crosses.
const LOOKS: usize = 32;

/// The line between two parties: straight, or bent around what stands between (a quadratic
/// Bézier curve).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Way {
    pub start: Point,
    /// What the line bends towards; the middle where it is straight.
    pub bend: Point,
    pub end: Point,
}

impl Way {
    pub(crate) fn straight(start: Point, end: Point) -> Way {
        Way { start, bend: start.between(end, 0.5), end }
    }

    /// The place at a share of the way.
    pub(crate) fn at(&self, share: f64) -> Point {
        self.start.between(self.bend, share).between(self.bend.between(self.end, share), share)
    }

    /// How the line is directed at its middle.
    pub(crate) fn direction(&self) -> f64 {
        (self.end.y - self.start.y).atan2(self.end.x - self.start.x)
    }

    pub(crate) fn length(&self) -> f64 {
        self.start.distance(self.end).max(1.0)
    }

    /// The same way, so far to its right: the two directions do not cover each other.
    pub(super) fn aside(&self, distance: f64) -> Way {
        let (dx, dy) = (self.end.x - self.start.x, self.end.y - self.start.y);
        let (x, y) = (dy / self.length() * distance, -dx / self.length() * distance);
        let moved = |point: Point| Point { x: point.x + x, y: point.y + y };
        Way { start: moved(self.start), bend: moved(self.bend), end: moved(self.end) }
    }

    /// The line between two that stand there, swung out as far as it must be to cross nobody.
    pub(super) fn around(one: Stand, other: Stand, picture: &Picture) -> Way {
        let middle = one.centre().between(other.centre(), 0.5);
        let (dx, dy) = (other.centre().x - one.centre().x, other.centre().y - one.centre().y);
        let length = dx.hypot(dy).max(1.0);
        let swung = |swing: &f64| {
            // A curve passes halfway between its bend and the straight line.
            let bend = Point {
                x: middle.x - dy / length * swing * 2.0,
                y: middle.y + dx / length * swing * 2.0,
            };
            Way { start: one.edge(bend), bend, end: other.edge(bend) }
        };
        let free = |way: &Way| {
            (1..LOOKS).all(|look| {
                let at = way.at(look as f64 / LOOKS as f64);
                let inside = (0.0..=picture.room.width).contains(&at.x)
                    && (0.0..=picture.room.height).contains(&at.y);
                inside && !picture.servers.iter().any(|spot| stands_at(spot, at))
            })
        };
        let straight = Way::straight(one.edge(other.centre()), other.edge(one.centre()));
        SWINGS.iter().map(swung).find(free).unwrap_or(straight)
    }
}

/// Whether a server or its log stands at a place.
fn stands_at(spot: &super::ServerSpot, at: Point) -> bool {
    let wide = spot.cells as f64 * (CELL.0 + CELL_GAP) / 2.0 + CLEAR;
    let top = spot.at.y + spot.radius + STRIP_GAP - CLEAR;
    let in_strip = spot.cells > 0
        && (at.x - spot.at.x).abs() < wide
        && at.y > top
        && at.y < top + CELL.1 + CLEAR * 2.0;
    in_strip || at.distance(spot.at) < spot.radius + RING
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bent_way_begins_and_ends_where_it_should() {
        let way = Way {
            start: Point { x: 0.0, y: 0.0 },
            bend: Point { x: 50.0, y: 80.0 },
            end: Point { x: 100.0, y: 0.0 },
        };
        assert_eq!((way.at(0.0), way.at(1.0)), (way.start, way.end));
        assert_eq!(way.at(0.5), Point { x: 50.0, y: 40.0 });
    }
}

use super::{Point, Room};

/// The nearest one can come.
const NEAREST: f64 = 6.0;

/// Which part of the figure is seen: all of it, or what lies around a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Lens {
    /// 1 shows everything.
    pub zoom: f64,
    /// The middle of what is seen, as shares of the room.
    pub at: Point,
}

impl Default for Lens {
    fn default() -> Lens {
        Lens { zoom: 1.0, at: Point { x: 0.5, y: 0.5 } }
    }
}

impl Lens {
    /// Whether everything is seen.
    pub(crate) fn fits(&self) -> bool {
        self.zoom < 1.001
    }

    /// What is seen: its left, top, width and height.
    pub(crate) fn seen(&self, room: Room) -> [f64; 4] {
        let (width, height) = (room.width / self.zoom, room.height / self.zoom);
        [
            self.at.x * room.width - width / 2.0,
            self.at.y * room.height - height / 2.0,
            width,
            height,
        ]
    }

    /// Comes nearer or goes farther; what is at `at`, in pixels of the screen, stays there.
    pub(crate) fn zoomed(self, factor: f64, at: Option<Point>, room: Room) -> Lens {
        let zoom = (self.zoom * factor).clamp(1.0, NEAREST);
        let at = at.unwrap_or(Point { x: room.width / 2.0, y: room.height / 2.0 });
        let share = Point { x: at.x / room.width.max(1.0), y: at.y / room.height.max(1.0) };
        // How far the middle lies from that place, before and after.
        let apart = |half: f64, zoom: f64| (half - 0.5) / zoom;
        let x = self.at.x + apart(share.x, self.zoom) - apart(share.x, zoom);
        let y = self.at.y + apart(share.y, self.zoom) - apart(share.y, zoom);
        Lens { zoom, at: Point { x, y } }.held()
    }

    /// Moves by so many pixels of the screen.
    pub(crate) fn moved(self, dx: f64, dy: f64, room: Room) -> Lens {
        let x = self.at.x + dx / room.width.max(1.0) / self.zoom;
        let y = self.at.y + dy / room.height.max(1.0) / self.zoom;
        Lens { at: Point { x, y }, ..self }.held()
    }

    /// Nothing beyond the figure is seen.
    fn held(self) -> Lens {
        let margin = 0.5 / self.zoom;
        let hold = |place: f64| place.clamp(margin, 1.0 - margin);
        Lens { at: Point { x: hold(self.at.x), y: hold(self.at.y) }, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room { width: 800.0, height: 400.0 };

    /// The place in the figure under a pixel of the screen.
    fn under(lens: Lens, x: f64, y: f64) -> (f64, f64) {
        let [left, top, width, height] = lens.seen(ROOM);
        (left + x / ROOM.width * width, top + y / ROOM.height * height)
    }

    #[test]
    fn what_is_pointed_at_stays_where_it_is() {
        let (lens, at) = (Lens::default(), Point { x: 200.0, y: 300.0 });
        let near = lens.zoomed(2.0, Some(at), ROOM);
        let (x, y) = under(near, at.x, at.y);
        assert!((x - 200.0).abs() < 0.01 && (y - 300.0).abs() < 0.01, "{x} {y}");
    }

    #[test]
    fn one_sees_neither_beyond_the_figure_nor_from_too_near() {
        let near = Lens::default().zoomed(100.0, None, ROOM).moved(1e6, 1e6, ROOM);
        let [left, top, width, height] = near.seen(ROOM);
        assert!((left + width - 800.0).abs() < 0.01 && (top + height - 400.0).abs() < 0.01);
        assert_eq!(near.zoom, NEAREST);
        assert!(near.zoomed(1e-9, None, ROOM).fits());
    }
}

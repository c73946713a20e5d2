//! From a scene and a room to places: what stands where, in pixels. Pure, so that it can be
//! tested without a browser.

mod class;
mod flights;
mod lens;
mod logs;
mod phases;
mod place;
mod sides;
mod way;

pub(crate) use class::{CLASSES, Class};
pub(crate) use flights::{Crowd, FlightSpot, Shape, shape_of};
pub(crate) use lens::Lens;
pub(crate) use logs::{Logs, Row as LogRow, logs};
pub(crate) use phases::{PHASES, Phase, Ribbon, Runner, ribbon};
pub(crate) use place::{
    ClientSpot, LinkSpot, LinkState, Picture, Point, Room, ServerSpot, picture, picture_bare,
};
pub(crate) use sides::{Side, cuts, picture_apart, sides};
pub(crate) use way::Way;

/// The largest radius of a server.
pub(crate) const RADIUS: f64 = 46.0;
/// The gap between a leader's two rings.
pub(crate) const RING: f64 = 6.0;
/// A cell of a log strip.
pub(crate) const CELL: (f64, f64) = (32.0, 24.0);
/// Between two cells.
pub(crate) const CELL_GAP: f64 = 2.0;
/// Between a circle and its strip.
pub(crate) const STRIP_GAP: f64 = 16.0;
/// A client's box.
pub(crate) const BOX: (f64, f64) = (124.0, 32.0);
/// The height of a message's shape.
pub(crate) const SHAPE: f64 = 24.0;
/// How far beside its link a message flies.
pub(crate) const ASIDE: f64 = 17.0;
/// With more messages than this the page is rendered less often.
pub(crate) const MANY: usize = 60;
/// More messages than this are drawn as flows, one a direction and kind.
pub(crate) const MOST_FLIGHTS: usize = 360;
/// More shapes than this are too many to move an element each: they are drawn as flows, too.
pub(crate) const MOST_SPOTS: usize = 120;

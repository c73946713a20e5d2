//! From a scene and a room to places: what stands where, in pixels. Pure, so that it can be
//! tested without a browser.

mod flights;
mod place;

pub use flights::{Crowd, FlightSpot, Shape, shape_of};
pub use place::{ClientSpot, LinkSpot, LinkState, Picture, Point, Room, ServerSpot, picture};

/// The largest radius of a server.
pub const RADIUS: f64 = 46.0;
/// The gap between a leader's two rings.
pub const RING: f64 = 6.0;
/// A cell of a log strip.
pub const CELL: (f64, f64) = (32.0, 24.0);
/// Between two cells.
pub const CELL_GAP: f64 = 2.0;
/// Between a circle and its strip.
pub const STRIP_GAP: f64 = 16.0;
/// A client's box.
pub const BOX: (f64, f64) = (124.0, 32.0);
/// The height of a message's shape.
pub const SHAPE: f64 = 24.0;
/// How far beside its link a message flies.
pub const ASIDE: f64 = 17.0;
/// More messages than this are drawn as flows, one a direction and kind.
pub const MOST_FLIGHTS: usize = 300;

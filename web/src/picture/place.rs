use super::flights::{Crowd, FlightSpot, flights};
use super::{BOX, CELL, CELL_GAP, RADIUS, RING, STRIP_GAP, Way};
use relevo_core::{HostId, Party};
use relevo_lab::{ClientView, ProcessState, Scene, ServerView};
use std::f64::consts::{FRAC_PI_2, TAU};

/// Less than this is narrow.
const NARROW: f64 = 480.0;
/// Less than this is low: clients have no room above the servers and stand beside them.
const LOW: f64 = 300.0;
/// What they take there, with the number a counter waits for.
const BESIDE: f64 = BOX.0 + 60.0;
/// From so much room on, everything is drawn larger, up to so many times.
const AMPLE: (f64, f64) = (760.0, 430.0);
const LARGEST: f64 = 1.6;

/// The room a scene has, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Room {
    pub width: f64,
    pub height: f64,
}

impl Room {
    /// The room the figure is laid out in: where there is plenty, all of it is drawn larger
    /// instead of farther apart.
    pub(crate) fn drawn(self) -> Room {
        let scale = (self.width / AMPLE.0).min(self.height / AMPLE.1).clamp(1.0, LARGEST);
        Room { width: self.width / scale, height: self.height / scale }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Point {
    pub x: f64,
    pub y: f64,
}

/// A scene with its places.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Picture {
    pub room: Room,
    pub servers: Vec<ServerSpot>,
    pub clients: Vec<ClientSpot>,
    pub links: Vec<LinkSpot>,
    pub flights: Vec<FlightSpot>,
    pub crowds: Vec<Crowd>,
    /// Clients there was no room for.
    pub more_clients: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ServerSpot {
    pub view: ServerView,
    pub at: Point,
    pub radius: f64,
    /// How many log entries fit below it.
    pub cells: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ClientSpot {
    pub party: Party,
    pub view: ClientView,
    /// The box's upper left corner.
    pub at: Point,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkState {
    /// Connected.
    Open,
    /// Nothing is connected over it, but it could be.
    Idle,
    /// Nothing gets through, in one direction or both.
    Cut { there: bool, back: bool },
    /// A client looks for a way.
    Sought,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LinkSpot {
    pub from: Party,
    pub to: Party,
    pub way: Way,
    pub state: LinkState,
}

impl Point {
    pub(crate) fn towards(self, other: Point, distance: f64) -> Point {
        let (dx, dy) = (other.x - self.x, other.y - self.y);
        let length = dx.hypot(dy).max(1e-9);
        Point { x: self.x + dx / length * distance, y: self.y + dy / length * distance }
    }

    pub(crate) fn between(self, other: Point, share: f64) -> Point {
        Point { x: self.x + (other.x - self.x) * share, y: self.y + (other.y - self.y) * share }
    }

    pub(crate) fn distance(self, other: Point) -> f64 {
        (other.x - self.x).hypot(other.y - self.y)
    }
}

/// Places everything of `scene` in `room`.
pub(crate) fn picture(scene: &Scene, room: Room) -> Picture {
    stood(scene, room, servers(scene, room, true))
}

/// The same without the servers' logs, for less room.
pub(crate) fn picture_bare(scene: &Scene, room: Room) -> Picture {
    stood(scene, room, servers(scene, room, false))
}

fn stood(scene: &Scene, room: Room, servers: Vec<ServerSpot>) -> Picture {
    let (clients, more_clients) = clients(scene, room, &servers);
    Picture { more_clients, ..placed(scene, room, servers, clients) }
}

/// What follows from where servers and clients stand: links, and what flies on them.
pub(super) fn placed(
    scene: &Scene,
    room: Room,
    servers: Vec<ServerSpot>,
    clients: Vec<ClientSpot>,
) -> Picture {
    let mut picture = Picture { room, servers, clients, ..Picture::default() };
    picture.links = links(scene, &picture);
    (picture.flights, picture.crowds) = flights(scene, &picture);
    picture
}

impl Picture {
    /// Where a party stands, and how far from there its links begin.
    pub(super) fn stand(&self, party: Party) -> Option<Stand> {
        if let Party::Host(host) = party
            && let Some(spot) = self.servers.iter().find(|spot| spot.view.host == host)
        {
            return Some(Stand::Circle { centre: spot.at, radius: spot.radius + RING + 2.0 });
        }
        let spot = self.clients.iter().find(|spot| spot.party == party)?;
        Some(Stand::Box { at: spot.at })
    }
}

impl Picture {
    /// The line between two parties. Between servers it is straight; a client's goes around what
    /// stands between.
    pub(super) fn way(&self, from: Party, to: Party) -> Option<Way> {
        let (one, other) = (self.stand(from)?, self.stand(to)?);
        match (one, other) {
            (Stand::Circle { .. }, Stand::Circle { .. }) => {
                Some(Way::straight(one.edge(other.centre()), other.edge(one.centre())))
            }
            // The same way there and back.
            (Stand::Circle { .. }, Stand::Box { .. }) => {
                let Way { start, bend, end } = Way::around(other, one, self);
                Some(Way { start: end, bend, end: start })
            }
            _ => Some(Way::around(one, other, self)),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Stand {
    Circle { centre: Point, radius: f64 },
    Box { at: Point },
}

impl Stand {
    pub(super) fn centre(self) -> Point {
        match self {
            Stand::Circle { centre, .. } => centre,
            Stand::Box { at } => Point { x: at.x + BOX.0 / 2.0, y: at.y + BOX.1 / 2.0 },
        }
    }

    /// Where a line towards `other` leaves it.
    pub(super) fn edge(self, other: Point) -> Point {
        let centre = self.centre();
        match self {
            Stand::Circle { radius, .. } => centre.towards(other, radius),
            Stand::Box { .. } => {
                let (dx, dy) = (other.x - centre.x, other.y - centre.y);
                let share_x = if dx == 0.0 { f64::MAX } else { BOX.0 / 2.0 / dx.abs() };
                let share_y = if dy == 0.0 { f64::MAX } else { BOX.1 / 2.0 / dy.abs() };
                centre.between(other, share_x.min(share_y).min(1.0)).towards(other, 4.0)
            }
        }
    }
}

/// How much of a low room clients take at the left.
fn beside(scene: &Scene, room: Room) -> f64 {
    let low = room.height < LOW && room.width >= NARROW;
    let mut here = scene.clients.iter().filter(|(_, view)| !view.is_unseen());
    if low && here.any(|(party, _)| matches!(party, Party::Host(_))) { BESIDE } else { 0.0 }
}

fn servers(scene: &Scene, room: Room, logs: bool) -> Vec<ServerSpot> {
    let count = scene.servers.len();
    let radius = (room.width.min(room.height * 1.25) * 0.115).clamp(34.0, RADIUS);
    let below = if logs { STRIP_GAP + CELL.1 + 4.0 } else { RING + 8.0 };
    let fits = ((room.width / 3.2) / (CELL.0 + CELL_GAP)) as usize;
    let cells = if count > 3 { fits.clamp(2, 3) } else { fits.clamp(3, 4) };
    let strip = cells as f64 * (CELL.0 + CELL_GAP);
    let side = (strip / 2.0).max(radius + RING);
    let taken = beside(scene, room);
    let half = (room.width - taken) / 2.0;
    let middle = taken + half;
    let reach = (half - side - 4.0).clamp(60.0, 230.0);
    let top = radius + RING + 8.0;
    let bottom = (room.height - radius - below).max(top);
    let place = |index: usize| match count {
        1 => Point { x: middle, y: (top + bottom) / 2.0 },
        2 => {
            let side = if index == 0 { -reach } else { reach };
            Point { x: middle + side, y: (top + bottom) / 2.0 + 20.0 }
        }
        3 => match index {
            0 => Point { x: middle - reach, y: bottom },
            // Where it is narrow, the clients need the upper left.
            1 if room.width < NARROW => Point { x: room.width * 0.7, y: top },
            1 => Point { x: middle, y: top },
            _ => Point { x: middle + reach, y: bottom },
        },
        _ => {
            let angle = index as f64 / count as f64 * TAU - FRAC_PI_2;
            let (high, wide) = ((bottom - top) / 2.0, half - side - 4.0);
            Point { x: middle + wide * angle.cos(), y: (top + bottom) / 2.0 + high * angle.sin() }
        }
    };
    let spot = |(index, view): (usize, &ServerView)| ServerSpot {
        view: view.clone(),
        at: place(index),
        radius,
        cells: if logs { cells } else { 0 },
    };
    scene.servers.iter().enumerate().map(spot).collect()
}

/// Hosts' clients stand at the upper left, outside programs at the upper right.
fn clients(scene: &Scene, room: Room, servers: &[ServerSpot]) -> (Vec<ClientSpot>, usize) {
    let left = servers.iter().map(|spot| spot.at.x - 40.0).fold(f64::MAX, f64::min);
    let aside = beside(scene, room) > 0.0;
    let left = if servers.is_empty() || aside { 1.0 } else { left.max(1.0) };
    let right = servers.iter().map(|spot| spot.at.x - 40.0).fold(0.0, f64::max);
    let right = right.min(room.width - BOX.0 - 1.0).max(left + BOX.0 + 8.0);
    let step = BOX.1 + 30.0;
    let lowest = if aside {
        room.height
    } else {
        servers.iter().map(|spot| spot.at.y - spot.radius).fold(0.0, f64::max)
    };
    let rows = (((lowest - 24.0) / step) as usize).clamp(1, 3);
    let (mut here, mut outside, mut more) = (0, 0, 0);
    let mut spots = Vec::new();
    for (party, view) in scene.clients.iter().filter(|(_, view)| !view.is_unseen()) {
        let (row, x) = match party {
            Party::Host(_) => (&mut here, left),
            Party::Outside(_) => (&mut outside, right),
        };
        if *row == rows {
            more += 1;
            continue;
        }
        let at = Point { x, y: 24.0 + *row as f64 * step };
        *row += 1;
        spots.push(ClientSpot { party: *party, view: view.clone(), at });
    }
    (spots, more)
}

fn links(scene: &Scene, picture: &Picture) -> Vec<LinkSpot> {
    let mut links = Vec::new();
    for (index, one) in picture.servers.iter().enumerate() {
        for other in &picture.servers[index + 1..] {
            let (from, to) = (one.view.host, other.view.host);
            let state = server_link(scene, &one.view, &other.view);
            links.extend(link(picture, from.into(), to.into(), state));
        }
    }
    for client in &picture.clients {
        let Some(server) = client.view.server else { continue };
        let open = scene
            .connections
            .values()
            .any(|connection| joins(connection.from, connection.to, client.party, server.into()));
        let state = match (client.party, open && client.view.connected) {
            (_, true) => LinkState::Open,
            (Party::Host(host), _) if cut(scene, host, server) != (false, false) => {
                let (there, back) = cut(scene, host, server);
                LinkState::Cut { there, back }
            }
            _ => LinkState::Sought,
        };
        links.extend(link(picture, client.party, server.into(), state));
    }
    links
}

fn link(picture: &Picture, from: Party, to: Party, state: LinkState) -> Option<LinkSpot> {
    Some(LinkSpot { from, to, way: picture.way(from, to)?, state })
}

fn server_link(scene: &Scene, one: &ServerView, other: &ServerView) -> LinkState {
    let (there, back) = cut(scene, one.host, other.host);
    if there || back {
        return LinkState::Cut { there, back };
    }
    let alive =
        |server: &ServerView| matches!(server.state, ProcessState::Running | ProcessState::Paused);
    if alive(one) && alive(other) { LinkState::Open } else { LinkState::Idle }
}

fn cut(scene: &Scene, one: HostId, other: HostId) -> (bool, bool) {
    (scene.cuts.contains(&(one, other)), scene.cuts.contains(&(other, one)))
}

pub(super) fn joins(from: Party, to: Party, one: Party, other: Party) -> bool {
    (from == one && to == other) || (from == other && to == one)
}

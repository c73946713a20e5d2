//! A partition: who can reach whom, what each side can commit, and the ensemble placed so that the
//! cut runs between the sides.

use super::place::{ClientSpot, Picture, Point, Room, ServerSpot, placed};
use super::{BOX, CELL, CELL_GAP, RADIUS, RING, STRIP_GAP};
use relevo_coordination::{Epoch, PeerState};
use relevo_core::{HostId, Party};
use relevo_lab::{ClientView, ProcessState, Scene, ServerView};
use std::sync::Arc;

/// Room above the servers, for the clients of a side.
const ABOVE: f64 = 78.0;
/// A server's log, below it.
const BELOW: f64 = STRIP_GAP + CELL.1 + 2.0;
/// Between two sides.
const CUT: f64 = 28.0;

/// One side of a cut.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Side {
    /// How many servers stand in a row on this side.
    pub columns: usize,
    /// Servers on this side, and how many of them run.
    pub servers: usize,
    pub running: usize,
    /// All of the ensemble, and how many of them are a majority.
    pub all: usize,
    pub quorum: usize,
    /// Who leads here, or still believes to, and its epoch.
    pub leader: Option<(Arc<str>, Epoch)>,
    /// The oldest proposal of that leader that is not committed: its label, and on how many disks
    /// of this side it is.
    pub proposal: Option<(Arc<str>, usize)>,
    hosts: Vec<HostId>,
}

impl Side {
    /// Whether those who run here are a majority of the whole ensemble.
    pub(crate) fn commits(&self) -> bool {
        self.running >= self.quorum
    }
}

/// The sides, the largest first; one where nothing is cut.
pub(crate) fn sides(scene: &Scene, room: Room) -> Vec<Side> {
    let mut groups: Vec<Vec<&ServerView>> = Vec::new();
    for server in &scene.servers {
        let near = |other: &&ServerView| reaches(scene, server.host, other.host);
        let (mut joined, mut apart): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group| group.iter().any(near));
        let mut group: Vec<&ServerView> = joined.drain(..).flatten().collect();
        group.push(server);
        group.sort_by_key(|server| server.server);
        apart.push(group);
        groups = apart;
    }
    groups.sort_by_key(|group| (std::cmp::Reverse(group.len()), group[0].server));
    let rows = rows(&groups, room);
    groups.iter().map(|group| side(scene, group, group.len().div_ceil(rows))).collect()
}

/// Both ways, or each would wait for the other's answer in vain.
fn reaches(scene: &Scene, one: HostId, other: HostId) -> bool {
    !scene.cuts.contains(&(one, other)) && !scene.cuts.contains(&(other, one))
}

fn side(scene: &Scene, group: &[&ServerView], columns: usize) -> Side {
    let runs = |server: &&&ServerView| server.state == ProcessState::Running;
    let leads = |server: &&&ServerView| runs(server) && server.role == PeerState::Leading;
    let leader = group.iter().filter(leads).max_by_key(|server| server.current_epoch);
    // Without a leader, what the longest history holds waits for one.
    let end = |server: &&&ServerView| {
        let kept = server.log.iter().rev().find(|entry| !entry.lost);
        kept.map(|entry| entry.zxid)
    };
    let ahead = leader.or_else(|| group.iter().filter(runs).max_by_key(end));
    let pending =
        ahead.and_then(|ahead| ahead.log.iter().find(|entry| !entry.committed && !entry.lost));
    let holds = |server: &&&ServerView| {
        let same = |entry: &relevo_lab::LogEntry| {
            Some(entry.zxid) == pending.map(|pending| pending.zxid) && entry.durable && !entry.lost
        };
        server.log.iter().any(same)
    };
    Side {
        columns,
        servers: group.len(),
        running: group.iter().filter(runs).count(),
        all: scene.servers.len(),
        quorum: scene.servers.len() / 2 + 1,
        leader: leader.map(|leader| (leader.name.clone(), leader.current_epoch)),
        proposal: pending
            .map(|pending| (pending.label.clone(), group.iter().filter(holds).count())),
        hosts: group.iter().map(|server| server.host).collect(),
    }
}

/// In how many rows the sides have the most room.
fn rows(groups: &[Vec<&ServerView>], room: Room) -> usize {
    let least = |rows: usize| {
        let columns: usize = groups.iter().map(|group| group.len().div_ceil(rows)).sum();
        let (wide, high) =
            (room.width / columns.max(1) as f64, (room.height - ABOVE) / rows as f64);
        radius(wide, high)
    };
    (1..=3).max_by(|one, other| least(*one).total_cmp(&least(*other))).unwrap_or(1)
}

/// The radius that a server can have in so much room.
fn radius(wide: f64, high: f64) -> f64 {
    (wide / 2.0 - RING - 4.0).min((high - BELOW) / 2.0 - RING - 4.0)
}

/// Where a cut runs: the middle between two sides.
pub(crate) fn cuts(sides: &[Side], room: Room) -> Vec<f64> {
    let ends = extents(sides, room);
    ends.windows(2).map(|pair| (pair[0].1 + pair[1].0) / 2.0).collect()
}

/// The left and right edge of every side.
fn extents(sides: &[Side], room: Room) -> Vec<(f64, f64)> {
    let all: usize = sides.iter().map(|side| side.columns).sum();
    let gaps = CUT * sides.len().saturating_sub(1) as f64;
    let each = ((room.width - gaps) / all.max(1) as f64).max(1.0);
    let mut left = 0.0;
    let extent = |side: &Side| {
        let here = (left, left + each * side.columns as f64);
        left = here.1 + CUT;
        here
    };
    sides.iter().map(extent).collect()
}

/// Places everything, each side for itself.
pub(crate) fn picture_apart(scene: &Scene, sides: &[Side], room: Room) -> Picture {
    let (mut servers, mut clients, mut more_clients) = (Vec::new(), Vec::new(), 0);
    for (side, (left, right)) in sides.iter().zip(extents(sides, room)) {
        let rows = side.servers.div_ceil(side.columns);
        let each = (right - left) / side.columns as f64;
        let high = ((room.height - ABOVE) / rows as f64).max(1.0);
        let radius = radius(each, high).clamp(24.0, RADIUS);
        let cells = ((each - 12.0) / (CELL.0 + CELL_GAP)) as usize;
        for (index, host) in side.hosts.iter().enumerate() {
            let Some(view) = scene.server_at(*host) else { continue };
            let (row, column) = (index / side.columns, index % side.columns);
            let alone = index + 1 == side.servers && column == 0 && side.columns > 1;
            let across = if alone { side.columns as f64 / 2.0 } else { column as f64 + 0.5 };
            let middle = ABOVE + high * (row as f64 + 0.5) - BELOW / 2.0;
            let at = Point { x: left + each * across, y: middle };
            let cells = cells.clamp(2, 4);
            servers.push(ServerSpot { view: view.clone(), at, radius, cells });
        }
        let mut x = left + 4.0;
        let here = |(party, view): &(&Party, &ClientView)| {
            let at = side_of(scene, sides, **party, view);
            !view.is_unseen() && at.is_some_and(|at| at.hosts == side.hosts)
        };
        for (party, view) in scene.clients.iter().filter(here) {
            if x + BOX.0 > right.max(left + BOX.0 + 4.0) {
                more_clients += 1;
                continue;
            }
            let at = Point { x, y: 24.0 };
            clients.push(ClientSpot { party: *party, view: view.clone(), at });
            x += BOX.0 + 44.0;
        }
    }
    Picture { more_clients, ..placed(scene, room, servers, clients) }
}

/// The side whose servers a client reaches; an outside program is where its server is.
fn side_of<'a>(
    scene: &Scene,
    sides: &'a [Side],
    party: Party,
    view: &ClientView,
) -> Option<&'a Side> {
    let stands = |host: HostId| sides.iter().find(|side| side.hosts.contains(&host));
    match party {
        Party::Host(host) => {
            let near = |side: &&Side| side.hosts.iter().any(|other| reaches(scene, host, *other));
            // One that reaches both sides is drawn with the server it talks to.
            match sides.iter().filter(near).count() {
                1 => sides.iter().find(near),
                _ => view.server.and_then(stands).or(sides.first()),
            }
        }
        Party::Outside(_) => view.server.and_then(stands).or(sides.first()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relevo_coordination::{ServerId, Zxid};
    use relevo_core::Seq;
    use relevo_lab::{LogEntry, Work};

    const WIDE: Room = Room { width: 736.0, height: 235.0 };

    fn ensemble(count: u32) -> Scene {
        let mut scene = Scene::default();
        for number in 0..count {
            scene.add_server(HostId(number), "zookeeper", ServerId(u64::from(number) + 1));
        }
        scene
    }

    fn cut(scene: &mut Scene, from: &[u32], to: &[u32]) {
        for one in from {
            for other in to {
                scene.cuts.push((HostId(*one), HostId(*other)));
                scene.cuts.push((HostId(*other), HostId(*one)));
            }
        }
    }

    #[test]
    fn nothing_cut_is_one_side() {
        let sides = sides(&ensemble(5), WIDE);
        assert_eq!(sides.len(), 1);
        assert!(sides[0].commits());
    }

    #[test]
    fn the_majority_commits_and_the_minority_does_not() {
        let mut scene = ensemble(5);
        cut(&mut scene, &[0, 4], &[1, 2, 3]);
        let sides = sides(&scene, WIDE);
        let told: Vec<_> = sides.iter().map(|side| (side.servers, side.commits())).collect();
        assert_eq!(told, [(3, true), (2, false)]);
        assert_eq!((sides[0].all, sides[0].quorum), (5, 3));
    }

    #[test]
    fn what_was_proposed_is_pending_though_nobody_leads() {
        let mut scene = ensemble(3);
        scene.servers[1].log.push_back(LogEntry {
            zxid: Zxid(7),
            label: "7".into(),
            path: None,
            durable: true,
            committed: false,
            lost: false,
            since: Seq(1),
        });
        let sides = sides(&scene, WIDE);
        assert_eq!(sides[0].leader, None);
        assert_eq!(sides[0].proposal, Some(("7".into(), 1)));
    }

    #[test]
    fn a_way_round_joins_what_a_link_parts() {
        let mut scene = ensemble(3);
        cut(&mut scene, &[0], &[2]);
        assert_eq!(sides(&scene, WIDE).len(), 1);
    }

    #[test]
    fn every_server_has_a_place_in_the_room() {
        let mut scene = ensemble(5);
        cut(&mut scene, &[0, 4], &[1, 2, 3]);
        for (width, height) in [(328.0, 352.0), (900.0, 420.0), (736.0, 235.0)] {
            let room = Room { width, height };
            let sides = sides(&scene, room);
            let picture = picture_apart(&scene, &sides, room);
            assert_eq!(picture.servers.len(), 5);
            let cut = cuts(&sides, room)[0];
            for spot in &picture.servers {
                let majority = (1..4).contains(&spot.view.host.0);
                assert_eq!(spot.at.x < cut, majority);
                assert!(spot.at.x - spot.radius > 0.0 && spot.at.x + spot.radius < width);
                assert!(spot.at.y - spot.radius > 0.0 && spot.at.y + spot.radius < height);
            }
        }
    }

    #[test]
    fn clients_without_room_are_counted_and_those_never_used_are_not() {
        let mut scene = ensemble(3);
        for host in 3..9 {
            scene.add_client(HostId(host), "x", Work::candidate());
        }
        scene.add_client(HostId(9), "ana", Work::console());
        let room = Room { width: 400.0, height: 300.0 };
        let picture = picture_apart(&scene, &sides(&scene, room), room);
        assert!(!picture.clients.is_empty() && picture.more_clients > 0);
        assert_eq!(picture.clients.len() + picture.more_clients, 6);
    }
}

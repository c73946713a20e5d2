//! The servers' logs one below the other, aligned by zxid, so that one sees who has what, who lacks
//! what, and what must go.

use super::place::{ClientSpot, Point, Room};
use super::{BOX, CELL, CELL_GAP};
use relevo_coordination::{Epoch, SyncMode, Zxid};
use relevo_lab::{LogEntry, Scene, ServerView};
use std::collections::BTreeSet;

/// Room above the rows, for clients and epochs.
const ABOVE: f64 = 96.0;
/// The name above a row's cells.
pub(crate) const NAME: f64 = 22.0;
/// Between two epochs.
const EPOCH_GAP: f64 = 18.0;
/// Room on the left, for what came before.
const BEFORE: f64 = 20.0;
/// A row is at most so high, and at least.
const ROW: (f64, f64) = (58.0, 92.0);

/// All logs, placed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Logs {
    pub room: Room,
    /// Where an epoch's first column stands.
    pub epochs: Vec<(f64, Epoch)>,
    pub rows: Vec<Row>,
    pub clients: Vec<ClientSpot>,
    /// Clients there was no room for.
    pub more_clients: usize,
    /// The line behind what is committed.
    pub committed: Option<f64>,
    /// From the first row's cells to below the last row's.
    pub top: f64,
    pub bottom: f64,
    /// Where the cells begin.
    pub left: f64,
}

/// One server's log.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub view: ServerView,
    /// The upper edge of its name.
    pub y: f64,
    pub cells: Vec<(f64, LogEntry)>,
    /// Entries that stand further left than the room allows.
    pub before: bool,
    /// It received a snapshot that stands for everything up to here.
    pub snapshot: Option<f64>,
    /// How it was brought up to date, and whether it still is.
    pub mode: Option<(SyncMode, bool)>,
}

/// Places the logs of `scene` in `room`; the newest entries are in sight.
pub(crate) fn logs(scene: &Scene, room: Room) -> Logs {
    let columns = columns(scene, room.width);
    let place = |zxid: Zxid| columns.iter().find(|(other, _)| *other == zxid).map(|(_, x)| *x);
    let count = scene.servers.len().max(1) as f64;
    let high = ((room.height - ABOVE) / count).clamp(ROW.0, ROW.1);
    let row = |(index, view): (usize, &ServerView)| {
        let y = ABOVE + high * index as f64;
        Row {
            y,
            cells: cells(view, place),
            before: before(view, &columns),
            snapshot: snapshot(view, &columns),
            mode: view
                .synchronising
                .map(|mode| (mode, true))
                .or(view.brought_up.map(|mode| (mode, false))),
            view: view.clone(),
        }
    };
    let rows: Vec<Row> = scene.servers.iter().enumerate().map(row).collect();
    let (clients, more_clients) = clients(scene, room);
    let bottom = rows.last().map_or(ABOVE, |row| row.y + NAME + CELL.1);
    Logs {
        room,
        epochs: epochs(&columns),
        committed: committed(scene, &columns),
        clients,
        more_clients,
        top: ABOVE,
        bottom,
        left: BEFORE,
        rows,
    }
}

/// Every place of the order that any log in sight holds, with where it stands: the last ones that
/// fit.
fn columns(scene: &Scene, width: f64) -> Vec<(Zxid, f64)> {
    let all: BTreeSet<Zxid> =
        scene.servers.iter().flat_map(|server| server.log.iter().map(|entry| entry.zxid)).collect();
    let step = CELL.0 + CELL_GAP;
    let (mut used, mut shown, mut later) = (BEFORE + CELL.0, Vec::new(), None::<Zxid>);
    for zxid in all.into_iter().rev() {
        let apart = later.is_some_and(|later| later.epoch() != zxid.epoch());
        used += step + if apart { EPOCH_GAP } else { 0.0 };
        if used > width {
            break;
        }
        shown.push(zxid);
        later = Some(zxid);
    }
    shown.reverse();
    let (mut x, mut earlier) = (BEFORE, None::<Zxid>);
    let place = |zxid: Zxid| {
        if earlier.is_some_and(|earlier| earlier.epoch() != zxid.epoch()) {
            x += EPOCH_GAP;
        }
        let here = x;
        x += step;
        earlier = Some(zxid);
        (zxid, here)
    };
    shown.into_iter().map(place).collect()
}

fn epochs(columns: &[(Zxid, f64)]) -> Vec<(f64, Epoch)> {
    let mut epochs: Vec<(f64, Epoch)> = Vec::new();
    for (zxid, x) in columns {
        if epochs.last().is_none_or(|(_, epoch)| *epoch != zxid.epoch()) {
            epochs.push((*x, zxid.epoch()));
        }
    }
    epochs
}

/// A place that was lost and written again is drawn as it is now.
fn cells(view: &ServerView, place: impl Fn(Zxid) -> Option<f64>) -> Vec<(f64, LogEntry)> {
    let mut cells: Vec<(f64, LogEntry)> = Vec::new();
    for entry in &view.log {
        let Some(x) = place(entry.zxid) else { continue };
        cells.retain(|(_, other)| other.zxid != entry.zxid);
        cells.push((x, entry.clone()));
    }
    cells
}

fn before(view: &ServerView, columns: &[(Zxid, f64)]) -> bool {
    let first = columns.first().map(|(zxid, _)| *zxid);
    view.log_before > 0 || view.log.iter().any(|entry| Some(entry.zxid) < first)
}

/// A snapshot stands for what precedes the first entry that came after it.
fn snapshot(view: &ServerView, columns: &[(Zxid, f64)]) -> Option<f64> {
    view.brought_up.filter(|mode| *mode == SyncMode::Snap)?;
    let first = view.log.iter().find(|entry| !entry.lost).map(|entry| entry.zxid);
    let stands_for = |zxid: Zxid| match first {
        Some(first) => zxid < first,
        None => zxid <= view.durable,
    };
    let last = columns.iter().rev().find(|(zxid, _)| stands_for(*zxid))?;
    Some(last.1 + CELL.0)
}

fn committed(scene: &Scene, columns: &[(Zxid, f64)]) -> Option<f64> {
    let last = columns.iter().rev().find(|(zxid, _)| *zxid <= scene.committed)?;
    Some(last.1 + CELL.0 + CELL_GAP / 2.0)
}

fn clients(scene: &Scene, room: Room) -> (Vec<ClientSpot>, usize) {
    let step = BOX.0 + 48.0;
    let fits = (((room.width - BOX.0) / step).max(0.0) as usize) + 1;
    let spot = |(index, (party, view)): (usize, (&relevo_core::Party, _))| ClientSpot {
        party: *party,
        view: relevo_lab::ClientView::clone(view),
        at: Point { x: index as f64 * step + 1.0, y: 22.0 },
    };
    let seen = || scene.clients.iter().filter(|(_, view)| !view.is_unseen());
    let spots: Vec<ClientSpot> = seen().take(fits).enumerate().map(spot).collect();
    let more = seen().count() - spots.len();
    (spots, more)
}

#[cfg(test)]
mod tests {
    use super::*;
    use relevo_coordination::ServerId;
    use relevo_core::{HostId, Seq};
    use relevo_lab::Work;

    fn entry(epoch: u32, counter: u32) -> LogEntry {
        LogEntry {
            zxid: Zxid::new(Epoch(epoch), counter),
            label: counter.to_string().into(),
            path: None,
            durable: true,
            committed: true,
            lost: false,
            since: Seq(0),
        }
    }

    fn scene(logs: [&[(u32, u32)]; 2]) -> Scene {
        let mut scene = Scene::default();
        for (number, log) in logs.into_iter().enumerate() {
            scene.add_server(HostId(number as u32), "zookeeper", ServerId(number as u64 + 1));
            scene.servers[number].log = log.iter().map(|(e, c)| entry(*e, *c)).collect();
        }
        scene
    }

    const ROOM: Room = Room { width: 600.0, height: 400.0 };

    #[test]
    fn the_same_place_of_the_order_stands_in_one_column() {
        let logs = logs(&scene([&[(1, 1), (1, 2), (2, 1)], &[(1, 2), (1, 3)]]), ROOM);
        assert_eq!(logs.rows[0].cells[1].0, logs.rows[1].cells[0].0);
        // The other's third entry of epoch 1 keeps its own column before epoch 2.
        assert!(logs.rows[1].cells[1].0 < logs.rows[0].cells[2].0);
        assert_eq!(logs.epochs.len(), 2);
    }

    #[test]
    fn the_newest_entries_are_in_sight_where_not_all_fit() {
        let long: Vec<(u32, u32)> = (1..=24).map(|counter| (1, counter)).collect();
        let logs = logs(&scene([&long, &long]), Room { width: 320.0, height: 300.0 });
        let last = logs.rows[0].cells.last().unwrap();
        assert_eq!(&*last.1.label, "24");
        assert!(last.0 + CELL.0 <= 320.0 && logs.rows[0].before);
    }

    #[test]
    fn a_snapshot_stands_for_what_the_others_have_before_it() {
        let mut scene = scene([&[(1, 1), (1, 2), (1, 3)], &[(1, 3)]]);
        scene.servers[1].brought_up = Some(SyncMode::Snap);
        let logs = logs(&scene, ROOM);
        let second = logs.rows[0].cells[1].0;
        assert_eq!(logs.rows[1].snapshot, Some(second + CELL.0));
        assert_eq!(logs.rows[0].snapshot, None);
    }

    #[test]
    fn clients_without_room_are_counted_and_those_never_used_are_not() {
        let mut scene = scene([&[(1, 1)], &[(1, 1)]]);
        for host in 3..9 {
            scene.add_client(HostId(host), "x", Work::candidate());
        }
        scene.add_client(HostId(9), "ana", Work::console());
        let picture = logs(&scene, Room { width: 400.0, height: 300.0 });
        assert!(!picture.clients.is_empty() && picture.more_clients > 0);
        assert_eq!(picture.clients.len() + picture.more_clients, 6);
    }
}

//! Events in words: for "why?", for the narration, and for the table.

use crate::model::{Level, counter};
use crate::words::{Words, fill, told};
use relevo_apps::{AppEvent, CandidateEvent, CounterEvent};
use relevo_coordination::{ClientEvent, Event as State, PeerState, SyncMode, Zxid};
use relevo_core::{Fault, Kind, Origin, Party};
use relevo_lab::{
    Event, LabEvent, MessageKind, Scene, Work, message_kind, message_label, txn_label,
};
use std::sync::Arc;

/// One event as a sentence without its subject's capital or a full stop.
pub(crate) fn describe(event: &LabEvent, scene: &Scene, w: &Words) -> String {
    let who = event.party.map(|party| called(scene, party, w)).unwrap_or_default();
    match &event.kind {
        Kind::Fault { fault, by } => fault_told(fault, *by, scene, w),
        Kind::Call { call, .. } => fill(w.e_call, &[&who, call]),
        Kind::Deadline => fill(w.e_deadline, &[&who]),
        Kind::Started { .. } => fill(w.e_started, &[&who]),
        Kind::Stopped { reason } => fill(w.e_stopped, &[&who, reason]),
        Kind::Opening { to, .. } => {
            fill(w.e_opening, &[&who, &called(scene, Party::Host(to.host), w)])
        }
        Kind::Opened { peer, .. } => fill(w.e_opened, &[&who, &called(scene, *peer, w)]),
        Kind::Closed { peer, .. } => fill(w.e_closed, &[&who, &called(scene, *peer, w)]),
        Kind::Sent { to, message, .. } => {
            let label = message_label(message, |zxid| number_of(scene, zxid));
            let what = message_words(message_kind(message), &label, w);
            fill(w.e_sent, &[&who, &what, &called(scene, *to, w)])
        }
        Kind::Delivered { from, .. } => fill(w.e_delivered, &[&who, &called(scene, *from, w)]),
        Kind::Lost { .. } => w.e_lost.to_owned(),
        Kind::Appended { file, .. } => fill(w.e_appended, &[&who, &file.0]),
        Kind::Replaced { file, .. } => fill(w.e_replaced, &[&who, &file.0]),
        Kind::Truncated { file, .. } => fill(w.e_truncated, &[&who, &file.0]),
        Kind::Renamed { to, .. } => fill(w.e_replaced, &[&who, &to.0]),
        Kind::Deleted { file } => fill(w.e_deleted, &[&who, &file.0]),
        Kind::Durable => fill(w.e_durable, &[&who]),
        Kind::DiskFailed { error, .. } => fill(w.e_disk_failed, &[&who, &error.to_string()]),
        Kind::Torn { file, .. } => fill(w.e_torn, &[&who, &file.0]),
        Kind::Gap { .. } => w.e_gap.to_owned(),
        Kind::State(Event::Coordination(state)) => state_told(state, &who, scene, w),
        Kind::State(Event::App(state)) => app_told(state, &who, w),
    }
}

/// What a party is called: the counter by a word of the page's language, all others by their names.
pub(crate) fn called(scene: &Scene, party: Party, w: &Words) -> Arc<str> {
    match scene.clients.get(&party).map(|client| &client.work) {
        Some(Work::Counter { .. }) => w.counter.into(),
        _ => scene.party_name(party),
    }
}

/// What a log's short word stands for; a number stands for itself.
pub(crate) fn entry_words<'a>(label: &'a str, w: &'static Words) -> &'a str {
    match label {
        "in" => w.entry_in,
        "out" => w.entry_out,
        "new" => w.entry_new,
        "set" => w.entry_set,
        "del" => w.entry_del,
        "acl" => w.entry_acl,
        "multi" => w.entry_multi,
        "err" => w.entry_err,
        other => other,
    }
}

/// The counter's number a zxid stands for, as far as a log that is drawn still tells.
fn number_of(scene: &Scene, zxid: Zxid) -> Option<Arc<str>> {
    let mut entries = scene.servers.iter().flat_map(|server| server.log.iter());
    let entry = entries.find(|entry| entry.zxid == zxid)?;
    entry.label.bytes().all(|byte| byte.is_ascii_digit()).then(|| entry.label.clone())
}

/// A place in the order as a person reads it: the counter's number, else the zxid.
fn place(scene: &Scene, zxid: Zxid) -> String {
    number_of(scene, zxid).map_or_else(|| zxid.to_string(), |number| number.to_string())
}

/// A message as a noun: "vote: 3".
pub(crate) fn message_words(kind: MessageKind, label: &str, w: &Words) -> String {
    let word = kind_word(kind, w);
    if label.is_empty() { word.to_owned() } else { [word, " ", label].concat() }
}

/// What a kind of message is called on its shape.
pub(crate) fn kind_word(kind: MessageKind, w: &Words) -> &'static str {
    use MessageKind as K;
    match kind {
        K::Connect => w.m_connect,
        K::Connected => w.m_connected,
        K::Request => w.m_request,
        K::Response => w.m_response,
        K::Watch => w.m_watch,
        K::Ping => w.m_ping,
        K::Text => w.m_text,
        K::Hello => w.m_hello,
        K::Vote => w.m_vote,
        K::FollowerInfo => w.m_follower_info,
        K::LeaderInfo => w.m_leader_info,
        K::AckEpoch => w.m_ack_epoch,
        K::Diff => "DIFF",
        K::Trunc => "TRUNC",
        K::Snap => "SNAP",
        K::NewLeader => w.m_new_leader,
        K::UpToDate => w.m_up_to_date,
        K::Proposal => w.m_proposal,
        K::Ack => w.m_ack,
        K::Commit => w.m_commit,
        K::Inform => w.m_inform,
        K::LearnerRequest => w.m_learner_request,
        K::Sync => "SYNC",
        K::Revalidate => w.m_revalidate,
    }
}

/// The protocol's own name of a kind of message, shown beside ours.
pub(crate) fn protocol_name(kind: MessageKind) -> &'static str {
    use MessageKind as K;
    match kind {
        K::Connect | K::Connected => "ConnectRequest, ConnectResponse",
        K::Request | K::Text => "request",
        K::Response => "response",
        K::Watch => "WatcherEvent",
        K::Ping => "PING",
        K::Hello => "QuorumCnxManager",
        K::Vote => "Notification",
        K::FollowerInfo => "FOLLOWERINFO",
        K::LeaderInfo => "LEADERINFO",
        K::AckEpoch => "ACKEPOCH",
        K::Diff => "DIFF",
        K::Trunc => "TRUNC",
        K::Snap => "SNAP",
        K::NewLeader => "NEWLEADER",
        K::UpToDate => "UPTODATE",
        K::Proposal => "PROPOSAL",
        K::Ack => "ACK",
        K::Commit => "COMMIT",
        K::Inform => "INFORM",
        K::LearnerRequest => "REQUEST",
        K::Sync => "SYNC",
        K::Revalidate => "REVALIDATE",
    }
}

fn fault_told(fault: &Fault, by: Origin, scene: &Scene, w: &Words) -> String {
    let name = |host: &relevo_core::HostId| called(scene, Party::Host(*host), w);
    let hand = matches!(by, Origin::Hand | Origin::Api);
    let measured = |told: String| if hand { fill(w.f_by_hand, &[&told]) } else { told };
    let pick = |you: &'static str, other: &'static str| if hand { you } else { other };
    match fault {
        Fault::Start { node } => fill(w.f_start, &[&name(node)]),
        Fault::Crash { node, power_loss: false } => {
            fill(pick(w.f_stop_you, w.f_stop), &[&name(node)])
        }
        Fault::Crash { node, power_loss: true } => {
            fill(pick(w.f_power_you, w.f_power), &[&name(node)])
        }
        Fault::Restart { node } => fill(pick(w.f_restart_you, w.f_restart), &[&name(node)]),
        Fault::Pause { node } => fill(pick(w.f_pause_you, w.f_pause), &[&name(node)]),
        Fault::Resume { node } => fill(pick(w.f_resume_you, w.f_resume), &[&name(node)]),
        Fault::Partition { .. } => pick(w.f_partition_you, w.f_partition).to_owned(),
        Fault::CutLink { from, to } => fill(pick(w.f_cut_you, w.f_cut), &[&*name(from), &name(to)]),
        Fault::Heal => pick(w.f_heal_you, w.f_heal).to_owned(),
        Fault::SetLink { from, to, .. } => measured(fill(w.f_set_link, &[&*name(from), &name(to)])),
        Fault::Hold { .. } => pick(w.f_hold_you, w.f_hold).to_owned(),
        Fault::Release { .. } => pick(w.f_release_you, w.f_release).to_owned(),
        Fault::Drop { .. } => pick(w.f_drop_you, w.f_drop).to_owned(),
        Fault::LoseDisk { node } => measured(fill(w.f_lose_disk, &[&name(node)])),
        Fault::SlowDisk { node, .. } => measured(fill(w.f_slow_disk, &[&name(node)])),
        Fault::FillDisk { node, .. } => measured(fill(w.f_fill_disk, &[&name(node)])),
        Fault::SkewClock { node, .. } => measured(fill(w.f_skew, &[&name(node)])),
    }
}

/// What a hand changed, in a word or two, for the diagram.
pub(crate) fn by_hand(event: &LabEvent, h: &crate::words::hands::Words) -> Option<String> {
    let Kind::Fault { fault, .. } = &event.kind else { return None };
    let told = match fault {
        Fault::SlowDisk { factor: 1, .. } => h.fault_own.to_owned(),
        Fault::SlowDisk { factor, .. } => fill(h.fault_slow, &[&factor.to_string()]),
        Fault::FillDisk { full: true, .. } => h.fault_full.to_owned(),
        Fault::FillDisk { .. } => h.fault_free.to_owned(),
        Fault::LoseDisk { .. } => h.fault_lost.to_owned(),
        Fault::SkewClock { offset_ms: 0, drift_ppm: 0, .. } => h.fault_clock_right.to_owned(),
        Fault::SkewClock { offset_ms, .. } => {
            fill(h.fault_clock, &[&(offset_ms / 1_000).to_string()])
        }
        Fault::SetLink { latency, .. } => {
            fill(h.fault_pace, &[&(latency.0 / 1_000_000).to_string()])
        }
        Fault::Hold { .. } => h.fault_hold.to_owned(),
        Fault::Release { .. } => h.fault_release.to_owned(),
        Fault::Drop { .. } => h.fault_drop.to_owned(),
        Fault::Partition { .. } => h.fault_split.to_owned(),
        _ => return None,
    };
    Some(fill(h.by_you, &[&told]))
}

fn state_told(state: &State, who: &str, scene: &Scene, w: &Words) -> String {
    let server = |id: &relevo_coordination::ServerId| {
        let found = scene.servers.iter().find(|server| server.server == *id);
        found.map_or_else(|| id.0.to_string().into(), |server| server.name.clone())
    };
    match state {
        State::Recovered { .. } => fill(w.s_recovered, &[who]),
        State::RoleChanged { role: PeerState::Looking, .. } => fill(w.s_looking, &[who]),
        State::RoleChanged { role: PeerState::Leading, .. } => fill(w.s_leading, &[who]),
        State::RoleChanged { leader: Some(leader), .. } => {
            fill(w.s_following, &[who, &server(leader)])
        }
        State::RoleChanged { .. } => fill(w.s_following, &[who, "…"]),
        State::Voted { vote, round } => {
            fill(w.s_voted, &[who, &server(&vote.leader), &round.to_string()])
        }
        State::EpochAccepted(epoch) => fill(w.s_epoch_accepted, &[who, &epoch.0.to_string()]),
        State::EpochEntered(epoch) => fill(w.s_epoch_entered, &[who, &epoch.0.to_string()]),
        State::Established { epoch, .. } => fill(w.s_established, &[who, &epoch.0.to_string()]),
        State::Synchronising { learner, mode, .. } => {
            let mode = match mode {
                SyncMode::Diff => "DIFF",
                SyncMode::Trunc => "TRUNC",
                SyncMode::Snap => "SNAP",
            };
            fill(w.s_synchronising, &[who, &server(learner), mode])
        }
        State::Synchronised { .. } => fill(w.s_synchronised, &[who]),
        State::Proposed(txn) => fill(w.s_proposed, &[who, &txn_label(txn)]),
        State::Logged(txn) => fill(w.s_logged, &[who, &txn_label(txn)]),
        State::LogDurable { zxid } => fill(w.s_log_durable, &[who, &place(scene, *zxid)]),
        State::LogTruncated { zxid } => fill(w.s_truncated, &[who, &zxid.to_string()]),
        State::Acknowledged { by, .. } => fill(w.s_acknowledged, &[who, &server(by)]),
        State::Committed { zxid } => fill(w.s_committed, &[who, &place(scene, *zxid)]),
        State::Applied { txn, .. } => fill(w.s_applied, &[who, &txn_label(txn)]),
        State::SnapshotLoaded { .. } => fill(w.s_snapshot_loaded, &[who]),
        State::SnapshotTaken { .. } => fill(w.s_snapshot_taken, &[who]),
        State::SessionAttached { .. } => fill(w.s_session, &[who]),
        State::SessionExpired { session } => {
            fill(w.s_session_expired, &[who, &session.to_string()])
        }
        State::SessionRefused { .. } => fill(w.s_session_refused, &[who]),
        State::WatchSet { path, .. } => fill(w.s_watch_set, &[who, path]),
        State::WatchFired { path, .. } => fill(w.s_watch_fired, &[who, path]),
        State::WatchRemoved { path, .. } => fill(told::beside(w).s_watch_removed, &[who, path]),
        State::Answered { .. } => fill(w.s_answered, &[who]),
        State::Client(client) => client_told(client, who, scene, w),
    }
}

fn client_told(client: &ClientEvent, who: &str, scene: &Scene, w: &Words) -> String {
    match client {
        ClientEvent::Connected { server, .. } => {
            fill(w.c_connected, &[who, &called(scene, Party::Host(*server), w)])
        }
        ClientEvent::Disconnected => fill(w.c_disconnected, &[who]),
        ClientEvent::Expired => fill(w.c_expired, &[who]),
        ClientEvent::Answered { .. } => fill(w.c_answered, &[who]),
        ClientEvent::OutcomeUnknown { .. } => fill(w.c_unknown, &[who]),
    }
}

fn app_told(state: &AppEvent, who: &str, w: &Words) -> String {
    match state {
        AppEvent::Counter(CounterEvent::Writing { number, .. }) => {
            fill(w.a_writing, &[who, &number.to_string()])
        }
        AppEvent::Counter(CounterEvent::Acknowledged { number, .. }) => {
            fill(w.a_acknowledged, &[who, &number.to_string()])
        }
        AppEvent::Counter(CounterEvent::Unknown { number }) => {
            fill(w.a_unknown, &[who, &number.to_string()])
        }
        AppEvent::Counter(CounterEvent::Read { number }) => {
            fill(w.a_read, &[who, &number.to_string()])
        }
        AppEvent::Candidate(news) => candidate_told(news, who, told::beside(w)),
        AppEvent::Called { .. } => fill(w.a_called, &[who]),
        AppEvent::Returned { .. } => fill(w.a_returned, &[who]),
        AppEvent::Notified(event) => {
            let told = format!("{:?} {}", event.kind, event.path);
            fill(told::beside(w).a_notified, &[who, &told])
        }
        AppEvent::SessionGained { .. } => fill(w.a_session, &[who]),
        AppEvent::SessionLost => fill(w.c_expired, &[who]),
    }
}

fn candidate_told(news: &CandidateEvent, who: &str, w: &told::Words) -> String {
    match news {
        CandidateEvent::Stands { path } => fill(w.a_stands, &[who, path]),
        CandidateEvent::Waits { behind } => fill(w.a_waits, &[who, behind]),
        CandidateEvent::Leads { .. } => fill(w.a_leads, &[who]),
        CandidateEvent::Claimed { version, .. } => fill(w.a_claimed, &[who, &version.to_string()]),
        CandidateEvent::Fenced => fill(w.a_fenced, &[who]),
        CandidateEvent::Doubts => fill(w.a_doubts, &[who]),
    }
}

/// What is worth saying aloud of an event, at the level chosen.
pub(crate) fn narrate(event: &LabEvent, scene: &Scene, level: Level, w: &Words) -> Option<String> {
    (needed(event, scene)? <= level).then(|| describe(event, scene, w))
}

/// The lowest level at which an event is told; heartbeats never are.
fn needed(event: &LabEvent, scene: &Scene) -> Option<Level> {
    match &event.kind {
        Kind::Fault { fault: Fault::Start { .. }, .. } => None,
        Kind::Fault { .. } | Kind::Stopped { .. } => Some(Level::Consequences),
        Kind::State(Event::Coordination(state)) => match state {
            State::RoleChanged { .. }
            | State::Established { .. }
            | State::SessionExpired { .. } => Some(Level::Consequences),
            State::Voted { .. } | State::Committed { .. } => Some(Level::Messages),
            _ => Some(Level::Everything),
        },
        Kind::State(Event::App(AppEvent::Counter(news))) => match news {
            CounterEvent::Unknown { .. } => Some(Level::Consequences),
            // Every number would be a heartbeat of its own; only what follows a stall is news.
            CounterEvent::Acknowledged { number, .. } => {
                let (_, pending) = counter(scene);
                let quick = pending.is_none() || pending == Some(*number);
                Some(if quick { Level::Everything } else { Level::Messages })
            }
            _ => Some(Level::Everything),
        },
        // A leader writes its name again and again.
        Kind::State(Event::App(AppEvent::Candidate(news))) => Some(match news {
            CandidateEvent::Claimed { .. } => Level::Everything,
            _ => Level::Consequences,
        }),
        Kind::Sent { message, .. } if message_kind(message) == MessageKind::Ping => None,
        Kind::Sent { .. } => Some(Level::Messages),
        Kind::Delivered { .. } | Kind::Deadline => None,
        _ => Some(Level::Everything),
    }
}

/// Whether looking back event by event stops here: what can be seen to happen.
pub(crate) fn worth_a_stop(event: &LabEvent) -> bool {
    match &event.kind {
        Kind::Fault { .. } | Kind::Stopped { .. } | Kind::Lost { .. } => true,
        Kind::Sent { message, .. } => message_kind(message) != MessageKind::Ping,
        Kind::State(Event::Coordination(state)) => matches!(
            state,
            State::RoleChanged { .. }
                | State::Voted { .. }
                | State::Established { .. }
                | State::LogDurable { .. }
                | State::Committed { .. }
                | State::SessionExpired { .. }
        ),
        Kind::State(Event::App(AppEvent::Counter(_) | AppEvent::Candidate(_))) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{en::EN, es::ES};

    #[test]
    fn a_hand_is_told_as_a_hand() {
        let scene = Scene::default();
        let fault = Fault::Heal;
        assert_eq!(fault_told(&fault, Origin::Hand, &scene, &EN), EN.f_heal_you);
        assert_eq!(fault_told(&fault, Origin::Script, &scene, &ES), ES.f_heal);
    }
}

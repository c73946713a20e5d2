//! What is selected, in words: its fields, what can be done to it, and why it is as it is.

use crate::app::App;
use crate::net::Deed;
use crate::tell;
use crate::update::Selection;
use crate::view::{Inspected, Link, client_name, client_state, seconds, server_word};
use crate::words::{Words, fill};
use relevo_core::{HostId, Kind, Party, Seq};
use relevo_lab::{
    ArrowEnd, ClientView, ProcessState, Scene, ServerView, Work, message_kind, message_label, why,
};

/// The longest chain shown; whoever wants more asks its last link.
const LONGEST_CHAIN: usize = 12;

impl App {
    /// What is selected, if it can still be told.
    pub(crate) fn inspected(&self) -> Option<Inspected> {
        let (w, scene) = (self.prefs.language.words(), self.shown());
        match self.view.selection? {
            Selection::Server(host) => {
                let server = scene.servers.iter().find(|server| server.host == host)?;
                Some(self.server(server, w))
            }
            Selection::Client(party) => Some(self.client(scene.clients.get(&party)?, w)),
            Selection::Link(one, other) => Some(self.link(scene, one, other, w)),
            Selection::Message(seq) => self.message(seq, w),
            Selection::Event(seq) => {
                let event = self.store.event(seq)?;
                if let Kind::Sent { .. } = event.kind {
                    return self.message(seq, w);
                }
                let mut it = self.blank(w.k_event, tell::describe(event, scene, w), seq, w);
                it.fields.push((w.p_at, self.clock(event.at.0)));
                it.fields.push((w.p_number, seq.0.to_string()));
                Some(it)
            }
        }
    }

    fn clock(&self, ns: u64) -> String {
        seconds(ns as f64, 3, self.comma())
    }

    fn server(&self, server: &ServerView, w: &Words) -> Inspected {
        let since = server.role_since.max(server.state_since);
        let mut it = self.blank(w.k_server, server.name.to_string(), since, w);
        it.fields = vec![
            (w.p_role, server_word(server, w)),
            (w.p_epoch, server.current_epoch.0.to_string()),
            (w.p_round, server.round.to_string()),
            (w.p_durable, server.durable.to_string()),
            (w.p_applied, server.applied.to_string()),
        ];
        if let Some(vote) = server.vote {
            it.fields.insert(3, (w.p_vote, vote.leader.0.to_string()));
        }
        for address in &server.addresses {
            it.fields.push((w.p_address, address.to_string()));
        }
        let node = server.name.clone();
        let stop = Deed::Crash { node: node.clone(), power_loss: false };
        match server.state {
            ProcessState::Running => {
                it.actions = vec![(w.act_stop, stop)];
                it.more = vec![
                    (w.act_power, Deed::Crash { node: node.clone(), power_loss: true }),
                    (w.act_pause, Deed::Pause { node }),
                ];
            }
            ProcessState::Paused => {
                it.actions = vec![(w.act_resume, Deed::Resume { node: node.clone() })];
                it.more =
                    vec![(w.act_stop, stop), (w.act_power, Deed::Crash { node, power_loss: true })];
            }
            _ => it.actions = vec![(w.act_restart, Deed::Restart { node })],
        }
        it
    }

    fn client(&self, client: &ClientView, w: &Words) -> Inspected {
        let mut it = self.blank(w.k_client, client_name(client, w), client.since, w);
        it.fields.push((w.p_state, client_state(client, w)));
        if let Some(host) = client.server {
            let name = self.shown().party_name(Party::Host(host));
            it.fields.push((w.p_server, name.to_string()));
        }
        if let Some(session) = client.session {
            it.fields.push((w.p_session, session.to_string()));
        }
        if let Some(library) = &client.library {
            it.fields.push((w.p_library, library.to_string()));
        }
        if let Some(address) = &client.address {
            it.fields.push((w.p_address, address.to_string()));
        }
        if let Work::Counter { acknowledged, pending, attempts } = &client.work {
            let number = |number: Option<u64>| number.map_or("–".into(), |n| n.to_string());
            it.fields.push((w.p_acknowledged, number(acknowledged.back().copied())));
            it.fields.push((w.p_pending, number(*pending)));
            it.fields.push((w.p_attempts, attempts.to_string()));
        }
        for (path, _) in client.watches.iter().take(4) {
            it.fields.push((w.p_watches, path.to_string()));
        }
        it
    }

    fn link(&self, scene: &Scene, one: HostId, other: HostId, w: &Words) -> Inspected {
        let name = |host: HostId| scene.party_name(Party::Host(host));
        let cut = |from, to| scene.cuts.contains(&(from, to));
        let severed = cut(one, other) || cut(other, one);
        let mut it = Inspected {
            kind: w.k_link,
            title: [&*name(one), " – ", &*name(other)].concat(),
            fields: vec![(w.p_state, if severed { w.cut } else { w.link_open }.to_owned())],
            ..Inspected::default()
        };
        if severed {
            it.actions = vec![(w.act_heal, Deed::Heal)];
        } else {
            it.actions = vec![(w.act_cut, Deed::Cut { one: name(one), other: name(other) })];
        }
        it
    }

    fn message(&self, seq: Seq, w: &Words) -> Option<Inspected> {
        let event = self.store.event(seq)?;
        let Kind::Sent { to, message, arrives, .. } = &event.kind else { return None };
        let scene = self.shown();
        let (kind, label) = (message_kind(message), message_label(message, |_| None));
        let label = scene.flights.get(&seq).map_or(label, |flight| flight.label.clone());
        let from = event.party.map(|party| scene.party_name(party)).unwrap_or_default();
        let title = [&*from, " → ", &*scene.party_name(*to)].concat();
        let mut it = self.blank(w.k_message, title, seq, w);
        it.fields = vec![
            (tell::kind_word(kind, w), label.to_string()),
            (w.p_protocol, tell::protocol_name(kind).to_owned()),
            (w.p_sent, self.clock(event.at.0)),
            (w.p_arrives, self.clock(arrives.0)),
        ];
        let under_way = self.store.diagram.arrow(seq);
        let under_way =
            under_way.is_some_and(|arrow| matches!(arrow.end, ArrowEnd::UnderWay { .. }));
        if under_way && self.view.cursor.is_none() {
            let held = scene.flights.get(&seq).is_some_and(|flight| flight.held);
            it.actions = if held {
                vec![(w.act_release, Deed::Release { message: seq })]
            } else {
                vec![(w.act_hold, Deed::Hold { message: seq })]
            };
            it.actions.push((w.act_drop, Deed::Drop { message: seq }));
        }
        Some(it)
    }

    /// Title and causes; the rest is the caller's.
    fn blank(&self, kind: &'static str, title: String, since: Seq, w: &Words) -> Inspected {
        let events = self.store.window.events();
        let told = why(events, since);
        // The shortest chain comes first; each of its links causes the one before.
        let mut chain: Vec<Link> = Vec::new();
        let mut rooted = true;
        for (index, seq) in told.iter().enumerate() {
            let Some(event) = self.store.event(*seq) else { break };
            if index > 0 && !caused(self, told[index - 1], *seq) {
                break;
            }
            if tells(&event.kind) || event.causes.is_empty() {
                let words = tell::describe(event, &self.store.scene, w);
                if chain.last().is_none_or(|last| last.told != words) {
                    chain.push(Link { seq: *seq, told: words });
                }
            }
            rooted = event.causes.is_empty();
            if rooted || chain.len() == LONGEST_CHAIN {
                break;
            }
        }
        let causes = told.len().saturating_sub(chain.len() + 1).min(999);
        Inspected { kind, title, chain, rooted, causes, ..Inspected::default() }
    }
}

/// Whether `cause` is one of the causes of `effect`.
fn caused(app: &App, effect: Seq, cause: Seq) -> bool {
    app.store.event(effect).is_some_and(|event| event.causes.contains(&cause))
}

/// What belongs into an explanation; a delivery or an opened connection only repeats its cause.
fn tells<M, E>(kind: &Kind<M, E>) -> bool {
    !matches!(kind, Kind::Delivered { .. } | Kind::Opened { .. } | Kind::Appended { .. })
}

/// The events worth a row of the table, newest first.
pub(crate) fn rows(app: &App, w: &Words) -> Vec<crate::view::Row> {
    const MOST_ROWS: usize = 60;
    let shown = app.view.cursor.unwrap_or(app.store.clock.now());
    let events = app.store.window.events();
    let end = events.partition_point(|event| event.at <= shown);
    let worth = events[..end].iter().rev().filter(|event| tell::worth_a_stop(event));
    let row = |event: &std::sync::Arc<relevo_lab::LabEvent>| crate::view::Row {
        seq: event.seq,
        at: event.at,
        who: event.party.map(|party| app.store.scene.party_name(party)).unwrap_or_default(),
        what: tell::describe(event, &app.store.scene, w),
    };
    worth.take(MOST_ROWS).map(row).collect()
}

/// Said where nothing else is: how far the shown instant lies from now.
pub(crate) fn shown_told(app: &App, w: &Words) -> String {
    let at = app.view.cursor.unwrap_or(app.store.clock.now());
    fill("{0} · {1}", &[if app.view.cursor.is_some() { w.shown } else { w.now }, &app.clock(at.0)])
}

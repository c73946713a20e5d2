//! What is selected, in words: its fields, what can be done to it, and why it is as it is.

use crate::app::App;
use crate::net::Deed;
use crate::picture::Class;
use crate::tell;
use crate::update::Selection;
use crate::view::{
    Inspected, Link, Lit, Target, client_name, client_state, holder, seconds, server_word,
    shown_data, znode_kind,
};
use crate::words::{Words, fill, tree};
use relevo_apps::shell::render_acl;
use relevo_coordination::{ElectionMessage, Epoch, Message, NodeKind, QuorumPacket, Zxid};
use relevo_core::{HostId, Kind, Party, Seq};
use relevo_lab::{
    ArrowEnd, ClientView, ProcessState, Scene, ServerView, Work, message_kind, message_label, why,
};

/// The longest chain shown; whoever wants more asks its last link.
const LONGEST_CHAIN: usize = 12;

impl App {
    /// What a party is called beside its line.
    pub(crate) fn lane_name(&self, party: Party) -> std::sync::Arc<str> {
        tell::called(&self.store.scene, party, self.prefs.language.words())
    }

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
            Selection::Znode => self.znode(w),
            Selection::Message(seq) => self.message(seq, w),
            Selection::Event(seq) => {
                let event = self.store.event(seq)?;
                if let Kind::Sent { .. } = event.kind {
                    return self.message(seq, w);
                }
                let mut it = self.blank(w.k_event, tell::describe(event, scene, w), seq);
                it.fields.push((w.p_at, self.clock(event.at.0)));
                it.fields.push((w.p_number, seq.0.to_string()));
                it.follows = self.can_follow();
                Some(it)
            }
        }
    }

    fn clock(&self, ns: u64) -> String {
        seconds(ns as f64, 3, self.comma())
    }

    fn server(&self, server: &ServerView, w: &Words) -> Inspected {
        let scene = self.shown();
        let since = server.role_since.max(server.state_since);
        let mut it = self.blank(w.k_server, server.name.to_string(), since);
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
        let (h, condition) = (self.prefs.language.hands(), scene.condition(server.host));
        if condition.disk_factor > 1 {
            let told = fill(h.disk_slow_n, &[&condition.disk_factor.to_string()]);
            it.fields.push((h.disk, told));
        }
        if condition.disk_full {
            it.fields.push((h.disk, h.disk_is_full.to_owned()));
        }
        if (condition.offset_ms, condition.drift_ppm) != (0, 0) {
            let ahead = (condition.offset_ms / 1_000).to_string();
            it.fields
                .push((h.clock, fill(h.clock_is, &[&ahead, &condition.drift_ppm.to_string()])));
        }
        // What is done is done now, not to the past.
        if self.view.cursor.is_none() {
            let (node, hosts) = (server.name.clone(), self.host_names());
            it.target = Some(Target::Server { node, condition, hosts });
        }
        self.deeds(&mut it, server.name.clone(), &server.state, w);
        if !scene.cuts.is_empty() {
            it.actions.push((w.act_heal, Deed::Heal));
        }
        it
    }

    /// What can be done to a process.
    fn deeds(
        &self,
        it: &mut Inspected,
        node: std::sync::Arc<str>,
        state: &ProcessState,
        w: &Words,
    ) {
        let stop = Deed::Crash { node: node.clone(), power_loss: false };
        match state {
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
    }

    fn client(&self, client: &ClientView, w: &Words) -> Inspected {
        let mut it = self.blank(w.k_client, client_name(client, w), client.since);
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
        if client.address.is_none() {
            self.deeds(&mut it, client.name.clone(), &client.state, w);
        }
        for (path, _) in client.watches.iter().take(4) {
            it.fields.push((w.p_watches, path.to_string()));
        }
        it
    }

    fn link(&self, scene: &Scene, one: HostId, other: HostId, w: &Words) -> Inspected {
        let name = |host: HostId| scene.party_name(Party::Host(host));
        let called = |host: HostId| tell::called(scene, Party::Host(host), w);
        let cut = |from, to| scene.cuts.contains(&(from, to));
        let severed = cut(one, other) || cut(other, one);
        let mut it = Inspected {
            kind: w.k_link,
            title: [&*called(one), " – ", &*called(other)].concat(),
            fields: vec![(w.p_state, if severed { w.cut } else { w.link_open }.to_owned())],
            ..Inspected::default()
        };
        let h = self.prefs.language.hands();
        for (from, to) in [(one, other), (other, one)] {
            if let Some(pace) = scene.pace(from, to) {
                let ms = |duration: relevo_core::Duration| (duration.0 / 1_000_000).to_string();
                let told = fill(h.pace_is, &[&ms(pace.latency), &ms(pace.jitter)]);
                if it.fields.iter().all(|(_, known)| *known != told) {
                    it.fields.push((h.pace, told));
                }
            }
        }
        if severed {
            it.actions = vec![(w.act_heal, Deed::Heal)];
        } else {
            it.actions = vec![(w.act_cut, Deed::Cut { one: name(one), other: name(other) })];
        }
        if self.view.cursor.is_none() {
            let changed = scene.pace(one, other).is_some() || scene.pace(other, one).is_some();
            let (one, other, own_ms) = (name(one), name(other), self.own_pace_ms());
            it.target = Some(Target::Link { one, other, own_ms, changed });
        }
        it
    }

    fn message(&self, seq: Seq, w: &Words) -> Option<Inspected> {
        let event = self.store.event(seq)?;
        let Kind::Sent { to, message, arrives, .. } = &event.kind else { return None };
        let scene = self.shown();
        let (kind, label) = (message_kind(message), message_label(message, |_| None));
        let label = scene.flights.get(&seq).map_or(label, |flight| flight.label.clone());
        let from = event.party.map(|party| tell::called(scene, party, w)).unwrap_or_default();
        let title = [&*from, " → ", &*tell::called(scene, *to, w)].concat();
        let mut it = self.blank(w.k_message, title, seq);
        it.fields = vec![
            (tell::kind_word(kind, w), label.to_string()),
            (w.p_protocol, tell::protocol_name(kind).to_owned()),
        ];
        it.fields.extend(contents(message, w));
        it.fields
            .extend([(w.p_sent, self.clock(event.at.0)), (w.p_arrives, self.clock(arrives.0))]);
        let under_way = self.store.diagram.arrow(seq);
        let under_way =
            under_way.is_some_and(|arrow| matches!(arrow.end, ArrowEnd::UnderWay { .. }));
        if under_way && self.view.cursor.is_none() {
            it.actions = if self.held(seq) {
                vec![(w.act_release, Deed::Release { message: seq })]
            } else {
                vec![(w.act_hold, Deed::Hold { message: seq })]
            };
            it.actions.push((w.act_drop, Deed::Drop { message: seq }));
        }
        let h = self.prefs.language.hands();
        if self.held(seq) {
            it.fields.push((w.p_state, h.held_you.to_owned()));
        } else if let Some(flight) = scene.flights.get(&seq).filter(|flight| flight.held) {
            let cut = scene.is_cut(flight.from, flight.to);
            let waits = if cut { h.held_cut } else { h.held_behind };
            it.fields.push((w.p_state, waits.to_owned()));
        }
        it.follows = self.can_follow();
        Some(it)
    }

    fn znode(&self, w: &Words) -> Option<Inspected> {
        let (scene, t) = (self.shown(), tree::beside(w));
        let path = self.grove.chosen.as_ref()?;
        let view = scene.znodes.at(path)?;
        let (stat, zxid) = (view.stat(), |zxid: relevo_coordination::Zxid| zxid.to_string());
        let mut it = self.blank("znode", path.to_string(), view.since);
        let (_, kind) = znode_kind(scene, path, view, t);
        let kind = if kind.is_empty() { t.kind_persistent.to_owned() } else { kind };
        it.fields = vec![
            (t.p_data, shown_data(view)),
            (t.p_kind, kind),
            (t.p_version, stat.version.to_string()),
            (t.p_cversion, stat.cversion.to_string()),
            (t.p_aversion, stat.aversion.to_string()),
            (t.p_children, stat.num_children.to_string()),
            ("dataLength", stat.data_length.to_string()),
            ("czxid", zxid(stat.czxid)),
            ("mzxid", zxid(stat.mzxid)),
            ("pzxid", zxid(stat.pzxid)),
            (t.p_ctime, self.date(stat.ctime)),
            (t.p_mtime, self.date(stat.mtime)),
        ];
        if let NodeKind::Ephemeral(session) = view.stored.kind {
            it.fields.push((t.p_owner, session.to_string()));
        }
        let open = || "world:anyone:cdrwa".to_owned();
        it.fields.push((t.p_acl, view.acl.as_deref().map_or_else(open, render_acl)));
        for ((_, session, _), _) in scene.watches_on(path).take(8) {
            it.fields.push((t.p_watchers, holder(scene, *session)));
        }
        Some(it)
    }

    /// An instant of a server's wall clock, as the language writes it.
    fn date(&self, ms: i64) -> String {
        let date = web_sys::js_sys::Date::new(&(ms as f64).into());
        date.to_locale_string(self.prefs.language.tag(), &wasm_bindgen::JsValue::UNDEFINED).into()
    }

    /// Title and causes; the rest is the caller's.
    fn blank(&self, kind: &'static str, title: String, since: Seq) -> Inspected {
        let (chain, rooted, causes) = self.chain_of(since);
        Inspected { kind, title, since, chain, rooted, causes, ..Inspected::default() }
    }

    /// The shortest chain from an event back to its root, in words; whether it reaches that; how
    /// many causes lie beside it.
    pub(crate) fn chain_of(&self, since: Seq) -> (Vec<Link>, bool, usize) {
        let w = self.prefs.language.words();
        let told = why(self.store.window.events(), since);
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
        (chain, rooted, causes)
    }

    /// What stands out in the diagram: a request that is followed, else the chain from what is
    /// selected back to its root.
    pub(crate) fn lit(&self, since: Option<Seq>) -> Lit {
        if let Some(followed) = &self.view.hands.followed {
            return Lit { path: Vec::new(), messages: followed.events.clone() };
        }
        let Some(since) = since else { return Lit::default() };
        let told = why(self.store.window.events(), since);
        let mut path = Vec::new();
        for (index, seq) in told.iter().enumerate() {
            let Some(event) = self.store.event(*seq) else { break };
            if index > 0 && !caused(self, told[index - 1], *seq) {
                break;
            }
            path.extend(event.party.map(|party| (party, event.at)));
            if event.causes.is_empty() {
                break;
            }
        }
        Lit { path, messages: Default::default() }
    }
}

/// What a message between servers says, in the protocol's own measures.
fn contents(message: &Message, w: &Words) -> Vec<(&'static str, String)> {
    use QuorumPacket as Packet;
    let epoch = |epoch: Epoch| (w.p_epoch, epoch.0.to_string());
    let last = |zxid: Zxid| (w.p_zxid, zxid.to_string());
    match message {
        Message::Election(ElectionMessage::Notification(said)) => {
            let vote = said.vote.iter().flat_map(|vote| [epoch(vote.epoch), last(vote.zxid)]);
            vote.chain([(w.p_round, said.round.to_string())]).collect()
        }
        Message::Quorum(packet) => match packet {
            Packet::FollowerInfo { accepted_epoch: of, .. }
            | Packet::LeaderInfo { epoch: of }
            | Packet::NewLeader { epoch: of } => vec![epoch(*of)],
            Packet::AckEpoch { current_epoch, last_zxid } => {
                current_epoch.map(epoch).into_iter().chain([last(*last_zxid)]).collect()
            }
            Packet::Diff { last_zxid: zxid }
            | Packet::Trunc { zxid }
            | Packet::Snap { zxid }
            | Packet::Ack { zxid }
            | Packet::Commit { zxid } => vec![("zxid", zxid.to_string())],
            Packet::Proposal(txn) | Packet::Inform(txn) => vec![("zxid", txn.zxid.to_string())],
            _ => Vec::new(),
        },
        _ => Vec::new(),
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
    let filter = &app.view.hands.filter;
    let followed = app.view.hands.followed.as_deref();
    let shows = |event: &&std::sync::Arc<relevo_lab::LabEvent>| {
        event.party.is_none_or(|party| filter.shows_party(party))
            && followed.is_none_or(|followed| followed.events.contains(&event.seq))
            && match &event.kind {
                Kind::Sent { message, to, .. } => {
                    filter.shows(Class::of(message_kind(message))) && filter.shows_party(*to)
                }
                _ => true,
            }
    };
    let worth = events[..end].iter().rev().filter(|event| tell::worth_a_stop(event)).filter(shows);
    let row = |event: &std::sync::Arc<relevo_lab::LabEvent>| crate::view::Row {
        seq: event.seq,
        at: event.at,
        who: event.party.map(|party| tell::called(&app.store.scene, party, w)).unwrap_or_default(),
        what: tell::describe(event, &app.store.scene, w),
    };
    worth.take(MOST_ROWS).map(row).collect()
}

/// Said where nothing else is: how far the shown instant lies from now.
pub(crate) fn shown_told(app: &App, w: &Words) -> String {
    let at = app.view.cursor.unwrap_or(app.store.clock.now());
    fill("{0} · {1}", &[if app.view.cursor.is_some() { w.shown } else { w.now }, &app.clock(at.0)])
}

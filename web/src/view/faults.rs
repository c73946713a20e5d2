use super::number::Number;
use crate::actions::SLOW_MS;
use crate::net::Deed;
use crate::update::Command;
use crate::words::fill;
use crate::words::hands::Words;
use relevo_lab::Condition;
use std::sync::Arc;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// How many times slower a disk can be made here.
const FACTORS: [u32; 4] = [1, 10, 100, 1_000];
/// The names of groups.
const GROUPS: [&str; 3] = ["A", "B", "C"];

/// What the faults behind "more" are done to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    Server { node: Arc<str>, condition: Condition, hosts: Vec<Arc<str>> },
    Link { one: Arc<str>, other: Arc<str>, own_ms: (u32, u32), changed: bool },
}

#[derive(Properties, PartialEq)]
pub(crate) struct FaultsProps {
    pub words: &'static Words,
    pub target: Target,
    pub send: Callback<Command>,
}

/// The faults that need a measure: disk, clock, partition, delay.
#[component]
pub(crate) fn Faults(props: &FaultsProps) -> Html {
    let (w, send) = (props.words, &props.send);
    match &props.target {
        Target::Server { node, condition, hosts } => html! {
            <div class="faults">
                <Disk words={w} node={node.clone()} condition={*condition} send={send.clone()} />
                <Clock words={w} node={node.clone()} condition={*condition} send={send.clone()} />
                <Partition words={w} node={node.clone()} hosts={hosts.clone()}
                    send={send.clone()} />
            </div>
        },
        Target::Link { one, other, own_ms, changed } => html! {
            <div class="faults">
                <fieldset>
                    <legend>{ w.way_cut }</legend>
                    { way(w, one, other, send) }
                    { way(w, other, one, send) }
                </fieldset>
                <Pace words={w} one={one.clone()} other={other.clone()} own_ms={*own_ms}
                    changed={*changed} send={send.clone()} />
            </div>
        },
    }
}

fn way(w: &Words, from: &Arc<str>, to: &Arc<str>, send: &Callback<Command>) -> Html {
    let deed = Deed::CutWay { from: from.clone(), to: to.clone() };
    button(&fill(w.way_cut_to, &[to]), deed, send)
}

fn button(word: &str, deed: Deed, send: &Callback<Command>) -> Html {
    let onclick = send.reform(move |_: MouseEvent| Command::Do(deed.clone()));
    html! { <button class="linked" {onclick}>{ word }</button> }
}

#[derive(Properties, PartialEq)]
struct ServerProps {
    words: &'static Words,
    node: Arc<str>,
    condition: Condition,
    send: Callback<Command>,
}

#[component]
fn Disk(props: &ServerProps) -> Html {
    let (w, node, send) = (props.words, props.node.clone(), &props.send);
    let chosen = node.clone();
    let told = send.clone();
    let slow = Callback::from(move |event: Event| {
        let select = event.target_dyn_into::<HtmlSelectElement>();
        let index = select.and_then(|select| usize::try_from(select.selected_index()).ok());
        if let Some(factor) = index.and_then(|index| FACTORS.get(index).copied()) {
            told.emit(Command::Do(Deed::SlowDisk { node: chosen.clone(), factor }));
        }
    });
    let full = !props.condition.disk_full;
    let fill_word = if full { w.disk_fill } else { w.disk_free };
    html! {
        <fieldset>
            <legend>{ w.disk }</legend>
            <label class="row">
                <span>{ w.disk_slow }</span>
                <select onchange={slow}>
                    { for FACTORS.into_iter().map(|factor| html! {
                        <option selected={factor == props.condition.disk_factor}>
                            { match factor {
                                1 => w.disk_own.to_owned(),
                                _ => ["× ", &factor.to_string()].concat(),
                            } }
                        </option>
                    }) }
                </select>
            </label>
            <div class="actions">
                { button(fill_word, Deed::FillDisk { node: node.clone(), full }, send) }
                { button(w.disk_lose, Deed::LoseDisk { node }, send) }
            </div>
        </fieldset>
    }
}

#[component]
fn Clock(props: &ServerProps) -> Html {
    let (w, node) = (props.words, props.node.clone());
    let (offset, drift) = (use_state(|| 60), use_state(|| 0));
    let skewed = (props.condition.offset_ms, props.condition.drift_ppm) != (0, 0);
    let skew = Deed::SkewClock {
        node: node.clone(),
        offset_ms: *offset * 1_000,
        drift_ppm: i32::try_from(*drift).unwrap_or_default(),
    };
    html! {
        <fieldset>
            <legend>{ w.clock }</legend>
            <Number label={w.clock_ahead} value={*offset} least={-86_400} most={86_400}
                told={Callback::from(move |value| offset.set(value))} />
            <Number label={w.clock_drift} value={*drift} least={-100_000} most={100_000}
                told={Callback::from(move |value| drift.set(value))} />
            <div class="actions">
                { button(w.clock_set, skew, &props.send) }
                if skewed {
                    { button(w.clock_right, Deed::SkewClock { node, offset_ms: 0, drift_ppm: 0 },
                        &props.send) }
                }
            </div>
        </fieldset>
    }
}

#[derive(Properties, PartialEq)]
struct PaceProps {
    words: &'static Words,
    one: Arc<str>,
    other: Arc<str>,
    own_ms: (u32, u32),
    changed: bool,
    send: Callback<Command>,
}

#[component]
fn Pace(props: &PaceProps) -> Html {
    let w = props.words;
    let (latency, jitter) = (use_state(|| i64::from(SLOW_MS)), use_state(|| 0));
    let pace = |latency_ms, jitter_ms| {
        let (one, other) = (props.one.clone(), props.other.clone());
        Deed::Pace { one, other, latency_ms, jitter_ms }
    };
    let ms = |value: i64| u32::try_from(value).unwrap_or_default();
    let slow = pace(ms(*latency), ms(*jitter));
    html! {
        <fieldset>
            <legend>{ w.pace }</legend>
            <Number label={w.latency} value={*latency} least={0} most={60_000}
                told={Callback::from(move |value| latency.set(value))} />
            <Number label={w.jitter} value={*jitter} least={0} most={60_000}
                told={Callback::from(move |value| jitter.set(value))} />
            <div class="actions">
                { button(w.pace_set, slow, &props.send) }
                if props.changed {
                    { button(w.pace_own, pace(props.own_ms.0, props.own_ms.1), &props.send) }
                }
            </div>
        </fieldset>
    }
}

#[derive(Properties, PartialEq)]
struct PartitionProps {
    words: &'static Words,
    node: Arc<str>,
    hosts: Vec<Arc<str>>,
    send: Callback<Command>,
}

/// Who stands with whom: one group for each host, or none.
#[component]
fn Partition(props: &PartitionProps) -> Html {
    let w = props.words;
    // The one asked about stands alone at first.
    let groups = use_state(|| {
        props.hosts.iter().map(|host| usize::from(*host == props.node)).collect::<Vec<_>>()
    });
    let choose = |host: usize| {
        let groups = groups.clone();
        Callback::from(move |event: Event| {
            let chosen = event.target_dyn_into::<HtmlSelectElement>();
            let chosen = chosen.and_then(|it| usize::try_from(it.selected_index()).ok());
            let mut next = (*groups).clone();
            if let (Some(place), Some(chosen)) = (next.get_mut(host), chosen) {
                *place = chosen;
            }
            groups.set(next);
        })
    };
    let group_of = |host: usize| groups.get(host).copied().unwrap_or_default();
    let members = |group: usize| -> Vec<Arc<str>> {
        let hosts = props.hosts.iter().enumerate();
        hosts.filter(|(at, _)| group_of(*at) == group).map(|(_, host)| host.clone()).collect()
    };
    let parts = (0..GROUPS.len()).map(members).filter(|group| !group.is_empty()).collect();
    html! {
        <fieldset>
            <legend>{ w.parts }</legend>
            <p class="note">{ w.parts_lead }</p>
            { for props.hosts.iter().enumerate().map(|(at, host)| html! {
                <label class="row">
                    <span>{ host }</span>
                    <select aria-label={fill(w.part_of, &[host])} onchange={choose(at)}>
                        { for (0..=GROUPS.len()).map(|group| html! {
                            <option selected={group == group_of(at)}>
                                { GROUPS.get(group).copied().unwrap_or(w.part_none) }
                            </option>
                        }) }
                    </select>
                </label>
            }) }
            <div class="actions">
                { button(w.part_do, Deed::Partition { groups: parts }, &props.send) }
            </div>
        </fieldset>
    }
}

use crate::picture::{PHASES, Phase, Ribbon, Runner};
use crate::tell;
use crate::update::{Command, Selection};
use crate::words::{Words, fill, lessons};
use relevo_lab::MessageKind;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct PhasesProps {
    pub words: &'static Words,
    pub lessons: &'static lessons::Words,
    pub ribbon: Ribbon,
    pub send: Callback<Command>,
}

/// The four phases as a ribbon: what is said in each, in order, and how far every server is.
#[component]
pub(crate) fn Phases(props: &PhasesProps) -> Html {
    let (w, l, ribbon) = (props.words, props.lessons, &props.ribbon);
    let chosen = use_state(|| None::<(Phase, MessageKind)>);
    let read = chosen.or(ribbon.under_way.last().copied());
    html! {
        <section class="phases" aria-label={l.phases}>
            <ol class="ribbon">
                { for PHASES.iter().enumerate().map(|(place, phase)| {
                    let here = ribbon.phase == Some(*phase);
                    html! {
                        <li class={classes!("phase", here.then_some("here"))}
                            aria-current={here.then_some("step")}>
                            <h3><span class="number">{ place + 1 }</span>{ name(*phase, l) }</h3>
                            <ol class="kinds">
                                { for phase.kinds().iter().map(|kind| {
                                    kind_button((*phase, *kind), ribbon, &chosen, w, l)
                                }) }
                            </ol>
                            <ul class="runners">
                                { for ribbon.runners.iter()
                                    .filter(|runner| runner.phase == Some(*phase))
                                    .map(|runner| drawn(runner, *phase, props)) }
                            </ul>
                        </li>
                    }
                }) }
            </ol>
            <p class="saying">{ read.map_or(l.tap_kind, |read| says(read, l)) }</p>
        </section>
    }
}

fn kind_button(
    it: (Phase, MessageKind),
    ribbon: &Ribbon,
    chosen: &UseStateHandle<Option<(Phase, MessageKind)>>,
    w: &Words,
    l: &'static lessons::Words,
) -> Html {
    let flies = ribbon.under_way.contains(&it);
    let pressed = **chosen == Some(it);
    let onclick = {
        let chosen = chosen.clone();
        Callback::from(move |_: MouseEvent| chosen.set((!pressed).then_some(it)))
    };
    let alternative = matches!(it.1, MessageKind::Trunc | MessageKind::Snap);
    html! {
        <li>
            if alternative { <span class="or">{ l.or }</span> }
            <button class={classes!("kind", flies.then_some("flies"))} {onclick}
                aria-pressed={if pressed { "true" } else { "false" }}>
                { tell::kind_word(it.1, w).trim_end_matches(':') }
            </button>
        </li>
    }
}

/// A server, where it is.
fn drawn(runner: &Runner, phase: Phase, props: &PhasesProps) -> Html {
    let (w, l, host) = (props.words, props.lessons, runner.host);
    let select =
        props.send.reform(move |_: MouseEvent| Command::Select(Some(Selection::Server(host))));
    let says = runner.says.map(|(kind, sent)| {
        let label = if kind == MessageKind::Vote { &*runner.label } else { "" };
        let words = tell::message_words(kind, label, w);
        [if sent { "→\u{a0}" } else { "←\u{a0}" }, &words].concat()
    });
    html! {
        <li key={host.0.to_string()}>
            <button class={classes!("quiet", runner.leads.then_some("leads"))} onclick={select}
                aria-label={fill(l.phase_here, &[&runner.name, name(phase, l)])}>
                { &runner.name }
            </button>
            if let Some(says) = says { <span class="said">{ says }</span> }
        </li>
    }
}

fn name(phase: Phase, l: &lessons::Words) -> &'static str {
    match phase {
        Phase::Election => l.phase_election,
        Phase::Discovery => l.phase_discovery,
        Phase::Synchronisation => l.phase_synchronisation,
        Phase::Broadcast => l.phase_broadcast,
    }
}

fn says((phase, kind): (Phase, MessageKind), l: &lessons::Words) -> &'static str {
    use MessageKind as K;
    match kind {
        K::Vote => l.says_vote,
        K::FollowerInfo => l.says_follower_info,
        K::LeaderInfo => l.says_leader_info,
        K::AckEpoch => l.says_ack_epoch,
        K::Diff => l.says_diff,
        K::Trunc => l.says_trunc,
        K::Snap => l.says_snap,
        K::NewLeader => l.says_new_leader,
        K::Ack if phase == Phase::Synchronisation => l.says_ack_sync,
        K::UpToDate => l.says_up_to_date,
        K::Proposal => l.says_proposal,
        K::Ack => l.says_ack,
        K::Commit => l.says_commit,
        _ => l.tap_kind,
    }
}

use crate::net::Deed;
use crate::picture::Side;
use crate::update::Command;
use crate::words::{Words, fill, lessons};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct SidesProps {
    pub words: &'static Words,
    pub lessons: &'static lessons::Words,
    pub sides: Vec<Side>,
    /// Something is cut.
    pub cut: bool,
    pub send: Callback<Command>,
}

/// Below the figure, what each side of a cut can do: how many of it are there, who leads, and how
/// far the oldest proposal is from a majority.
#[component]
pub(crate) fn Sides(props: &SidesProps) -> Html {
    let l = props.lessons;
    let heal = props.send.reform(|_: MouseEvent| Command::Do(Deed::Heal));
    html! {
        <section class="sides" aria-label={l.sides}>
            { for props.sides.iter().map(|side| told(side, l)) }
            if props.cut {
                <button class="linked heal" onclick={heal}>{ props.words.act_heal }</button>
            }
        </section>
    }
}

fn told(side: &Side, l: &lessons::Words) -> Html {
    let number = |count: usize| count.to_string();
    let commits = side.commits();
    let verdict = if commits {
        l.side_commits.to_owned()
    } else {
        fill(l.side_waits, &[&number(side.quorum - side.running)])
    };
    let led = side.leader.as_ref().map_or_else(
        || l.side_unled.to_owned(),
        |(name, epoch)| {
            let words = if commits { l.side_led } else { l.side_still };
            fill(words, &[name, &epoch.0.to_string()])
        },
    );
    let proposal = side.proposal.as_ref().map(|(label, disks)| {
        fill(l.side_pending, &[label, &number(*disks), &number(side.quorum)])
    });
    let class = if commits { "commits" } else { "waits" };
    let wide = ["wide-", &number(side.columns)].concat();
    html! {
        <div class={classes!("side", class, wide)}>
            <p class="count">
                <span class="pips" aria-hidden="true">
                    { for (0..side.all).map(|place| html! {
                        <i class={classes!(
                            (place < side.running).then_some("here"),
                            (place + 1 == side.quorum).then_some("enough"),
                        )} />
                    }) }
                </span>
                <strong>{ fill(l.side_of, &[&number(side.running), &number(side.all)]) }</strong>
                <span class="verdict-word">{ verdict }</span>
            </p>
            <p>{ led }{ " " }<span>{ proposal.unwrap_or_else(|| l.side_settled.to_owned()) }</span></p>
        </div>
    }
}

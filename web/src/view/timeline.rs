use super::lens::use_wheel;
use super::room::use_room;
use super::sheet::{ABOVE, BELOW, LaneLine, NAMES, Sheet, SheetMark, Sign, segment};
use super::text::{moved, px};
use crate::model::Shared;
use crate::paint::{Moment, last, use_painter, whole};
use crate::update::{Command, Selection};
use crate::words::{Words, fill};
use relevo_core::Instant;
use relevo_lab::SpanState;
use web_sys::{Element, PointerEvent};
use yew::prelude::*;

/// More letters than this do not fit beside a line.
const MOST_LETTERS: usize = 14;
/// What stands at the left edge may reach so far beyond it.
const MARGIN: f64 = 8.0;

#[derive(Properties, PartialEq)]
pub(crate) struct TimelineProps {
    pub words: &'static Words,
    pub sheet: Shared<Sheet>,
    /// What stands beside "now".
    pub now_told: String,
    /// What stands beside the cursor; none while now is shown.
    pub shown_told: Option<String>,
    pub send: Callback<Command>,
}

/// The space-time diagram: drag to look back.
#[component]
pub(crate) fn Timeline(props: &TimelineProps) -> Html {
    let (w, sheet) = (props.words, &*props.sheet);
    let node = use_node_ref();
    let moving = [use_node_ref(), use_node_ref()];
    let (until, after, fade) = (use_node_ref(), use_node_ref(), use_node_ref());
    let (now, cursor) = (use_node_ref(), use_node_ref());
    let measured = use_memo(props.send.clone(), |send| send.reform(Command::DiagramRoom));
    use_room(node.clone(), (*measured).clone());
    {
        let (moving, lines) = (moving.clone(), [now.clone(), cursor.clone()]);
        let clips = [until.clone(), after.clone(), fade.clone()];
        let sheet = props.sheet.clone();
        use_painter((props.sheet.clone(), props.shown_told.is_some()), move |moment| {
            place(&sheet, moment, &moving, &lines, &clips);
        });
    }
    let drag = use_drag(node.clone(), props.sheet.clone(), props.send.clone());
    let turned =
        use_memo(props.send.clone(), |send| send.reform(|(factor, _)| Command::Zoom(factor)));
    use_wheel(node.clone(), (*turned).clone());
    let (width, height) = (sheet.room.width, sheet.room.height);
    let view_box = ["0 0 ", &px(width), " ", &px(height)].concat();
    let bottom = bottom(sheet);
    let plot = px((width - NAMES).max(0.0));
    html! {
        <div class="timeline" ref={node} onpointerdown={drag.down} onpointermove={drag.moved}
            onpointerup={drag.up.clone()} onpointercancel={drag.up}>
            <svg class="figure" viewBox={view_box} role="img" aria-label={w.timeline}>
                if let Some(count) = sheet.flowing {
                    <text class="flowing" x={px(width)} y="14">
                        { fill(w.flowing, &[&count.to_string()]) }
                    </text>
                }
                { for sheet.lanes.iter().map(lane_name) }
                <g transform={moved(NAMES, 0.0)}>
                    { for sheet.lanes.iter().map(|lane| html! {
                        <line class="lane later" x1="0" x2={plot.clone()}
                            y1={px(lane.y)} y2={px(lane.y)} />
                    }) }
                    // Inner drawings cut off what reaches beyond them, and their content is a layer
                    // of its own: while time runs it is shifted, and painted only when it changes.
                    <svg ref={until} x={px(-MARGIN)} height={px(height)}>
                        <g class="drift" ref={moving[0].clone()}>
                            <Drift sheet={props.sheet.clone()} />
                        </g>
                    </svg>
                    <svg ref={after} height={px(height)}>
                        <g class="drift" ref={moving[1].clone()}>
                            <path d={sheet.waiting.clone()} class={classes!("arrow", "waiting",
                                sheet.crowded.then_some("crowded"))} />
                        </g>
                    </svg>
                    <rect class="fade" ref={fade} y={px(ABOVE - 44.0)}
                        height={px((bottom - ABOVE + 44.0).max(0.0))} />
                    <g ref={now} class={if props.shown_told.is_some() { "now past" } else { "now" }}>
                        <line y1={px(ABOVE - 20.0)} y2={px(bottom)} />
                        <text x="10" y={px(ABOVE - 8.0)}>{ &props.now_told }</text>
                        <path class="foot" d="M-6 7 L6 7 L0 0 Z"
                            transform={moved(0.0, bottom - 3.0)} />
                    </g>
                    if let Some(told) = &props.shown_told {
                        <g ref={cursor} class="now">
                            <line y1={px(ABOVE - 20.0)} y2={px(bottom)} />
                            <text x="-10" y={px(ABOVE - 26.0)} text-anchor="middle">{ told }</text>
                            <path class="foot" d="M-6 7 L6 7 L0 0 Z"
                                transform={moved(0.0, bottom - 3.0)} />
                        </g>
                    }
                </g>
            </svg>
        </div>
    }
}

/// A name that fits beside its line; its end is kept, for names differ in their numbers.
fn shortened(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= MOST_LETTERS {
        return name.to_owned();
    }
    let (begin, end) = (&letters[..MOST_LETTERS - 4], &letters[letters.len() - 3..]);
    begin.iter().chain(&['…']).chain(end).collect()
}

/// Where the ruler begins.
fn bottom(sheet: &Sheet) -> f64 {
    sheet.room.height - BELOW + 28.0
}

fn lane_name(lane: &LaneLine) -> Html {
    let down = lane.spans.last().is_some_and(|(.., state)| *state == SpanState::Down);
    let class = if down { "lane-name down" } else { "lane-name" };
    html! {
        <text {class} x="0" y={px(lane.y + 5.0)}>
            <title>{ &lane.name }</title>
            { lane.sign.clone().unwrap_or_else(|| shortened(&lane.name)) }
        </text>
    }
}

#[derive(Properties, PartialEq)]
struct DriftProps {
    sheet: Shared<Sheet>,
}

/// What moves with time, looked through only when it is another.
#[component]
fn Drift(props: &DriftProps) -> Html {
    let sheet = &*props.sheet;
    let bottom = bottom(sheet);
    html! {
        <>
            { for sheet.bands.iter().map(|(x1, x2, word, class)| html! {
                <g class={*class}>
                    <rect x={px(*x1)} y={px(ABOVE - 22.0)} width={px((x2 - x1).max(0.0))}
                        height={px((bottom - ABOVE + 10.0).max(0.0))} />
                    <text x={px((x1 + 6.0).max(4.0))} y={px(ABOVE - 28.0)}>{ *word }</text>
                </g>
            }) }
            if !sheet.lit.is_empty() { <path class="lit" d={sheet.lit.clone()} /> }
            { for sheet.lanes.iter().map(lane_line) }
            { for sheet.strokes.iter().map(|(class, stroke)| html! {
                <g class={classes!("arrow", class.name(), sheet.dense.then_some("dense"),
                    sheet.muted.then_some("muted"))}>
                    <path class="shaft" d={stroke.lines.clone()} />
                    <path class="flow" d={stroke.flows.clone()} />
                    <path class="head" d={stroke.heads.clone()} />
                </g>
            }) }
            <path class="lost" d={sheet.lost.clone()} />
            { for sheet.numbers.iter().map(|(x, y, number)| html! {
                <text class="number" x={px(*x)} y={px(*y)}>{ number }</text>
            }) }
            { for sheet.marks.iter().map(mark) }
            { for sheet.flags.iter().map(|(x, checker)| html! {
                <path class={if *checker { "flag broken" } else { "flag" }}
                    d="M0 0 V-14 L9 -10 L0 -6" transform={moved(*x, bottom + 4.0)} />
            }) }
            { for sheet.ticks.iter().map(|(x, text)| {
                let long = if text.is_some() { 8.0 } else { 4.0 };
                html! {
                    <g class="tick">
                        <path d={segment(*x, bottom + 4.0, *x, bottom + 4.0 + long)} />
                        if let Some(text) = text {
                            <text x={px(*x)} y={px(bottom + 27.0)}>{ text }</text>
                        }
                    </g>
                }
            }) }
        </>
    }
}

fn lane_line(lane: &LaneLine) -> Html {
    let y = lane.y;
    html! {
        <g>
            { for lane.spans.iter().map(|(x1, x2, state)| {
                let class = match state {
                    SpanState::Running => "lane running",
                    SpanState::Looking => "lane looking",
                    SpanState::Leading => "lane leading",
                    SpanState::Paused => "lane paused",
                    SpanState::Down => "lane down",
                };
                html! {
                    <>
                        <path {class} d={segment(*x1, y, *x2, y)} />
                        if *state == SpanState::Leading {
                            <path class="lane reign" d={segment(*x1, y + 4.0, *x2, y + 4.0)} />
                        }
                    </>
                }
            }) }
        </g>
    }
}

fn mark(mark: &SheetMark) -> Html {
    let class = if mark.hand { "mark hand" } else { "mark" };
    // What concerns the whole lab stands above all lines, where numbers are below it.
    let (beside, under) = if mark.y < ABOVE - 20.0 { (8.0, 4.0) } else { (4.0, 20.0) };
    let sign = match mark.sign {
        Sign::Cross => html! { <path class="cross" d="M-5 -5 L5 5 M-5 5 L5 -5" /> },
        Sign::Ring => html! { <circle class="ring" r="4" /> },
        Sign::Bars => html! { <path class="bars" d="M-3 -5 V5 M3 -5 V5" /> },
        Sign::Dot => html! { <circle class="dot" r="3" /> },
        Sign::None => html! {},
    };
    html! {
        <g {class} transform={moved(mark.x, mark.y)}>
            { sign }
            if !mark.text.is_empty() && mark.x > -4.0 { <text x={px(beside)} y={px(under)}>{ &mark.text }</text> }
        </g>
    }
}

/// Moves what moves.
fn place(
    sheet: &Sheet,
    moment: Moment,
    moving: &[NodeRef; 2],
    [now, cursor]: &[NodeRef; 2],
    [until, after, fade]: &[NodeRef; 3],
) {
    let x = |at: Instant| (at.0 as f64 - moment.left) * sheet.scale;
    let wide = (sheet.room.width - NAMES).max(0.0);
    // A painted layer stays sharp only where it moves by whole pixels.
    let now_x = whole(x(moment.now).clamp(-MARGIN, wide + 40.0));
    let (end, shown_x) = (now_x.min(wide), x(moment.shown));
    let shift = whole((sheet.origin - moment.left) * sheet.scale);
    set(&moving[0], "transform", &moved(shift + MARGIN, 0.0));
    set(&moving[1], "transform", &moved(shift - end, 0.0));
    set(until, "width", &px(end + MARGIN));
    set(after, "x", &px(end));
    set(after, "width", &px(wide - end));
    set(fade, "x", &px(shown_x));
    set(fade, "width", &px((end - shown_x).max(0.0)));
    set(now, "transform", &moved(now_x, 0.0));
    set(cursor, "transform", &moved(shown_x, 0.0));
}

/// Writes an attribute where it is another: a browser takes the same word again for a change.
fn set(node: &NodeRef, name: &str, value: &str) {
    if let Some(element) = node.cast::<Element>()
        && element.get_attribute(name).as_deref() != Some(value)
    {
        let _ = element.set_attribute(name, value);
    }
}

struct Drag {
    down: Callback<PointerEvent>,
    moved: Callback<PointerEvent>,
    up: Callback<PointerEvent>,
}

/// Press on an arrow to select its message; anywhere else, to look at that instant.
#[hook]
fn use_drag(node: NodeRef, sheet: Shared<Sheet>, send: Callback<Command>) -> Drag {
    let dragging = use_mut_ref(|| false);
    let at = move |event: &PointerEvent| {
        let bounds = node.cast::<Element>()?.get_bounding_client_rect();
        let x = f64::from(event.client_x()) - bounds.left() - NAMES;
        Some((x, f64::from(event.client_y()) - bounds.top()))
    };
    let seek = {
        let (sheet, send) = (sheet.clone(), send.clone());
        move |x: f64| {
            let instant = last().left + x / sheet.scale.max(1e-12);
            send.emit(Command::Seek(Instant(instant.max(0.0) as u64)));
        }
    };
    let down = {
        let (dragging, at, seek) = (dragging.clone(), at.clone(), seek.clone());
        Callback::from(move |event: PointerEvent| {
            let Some((x, y)) = at(&event) else { return };
            let shift = (last().left - sheet.origin) * sheet.scale;
            if let Some(seq) = sheet.hit(x + shift, y) {
                send.emit(Command::Select(Some(Selection::Message(seq))));
                return;
            }
            *dragging.borrow_mut() = true;
            if let Some(element) = event
                .current_target()
                .and_then(|target| wasm_bindgen::JsCast::dyn_into::<Element>(target).ok())
            {
                let _ = element.set_pointer_capture(event.pointer_id());
            }
            seek(x);
        })
    };
    let moved = {
        let dragging = dragging.clone();
        Callback::from(move |event: PointerEvent| {
            if *dragging.borrow()
                && let Some((x, _)) = at(&event)
            {
                seek(x);
            }
        })
    };
    let up = Callback::from(move |_: PointerEvent| *dragging.borrow_mut() = false);
    Drag { down, moved, up }
}

use super::text::seconds;
use crate::app::App;
use crate::inspect::rows;
use crate::model::Shared;
use crate::update::{Command, Selection};
use crate::words::Words;
use relevo_core::{Instant, Seq};
use std::sync::Arc;
use yew::prelude::*;

/// One row: when, who, what.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub seq: Seq,
    pub at: Instant,
    pub who: Arc<str>,
    pub what: String,
}

#[derive(Properties, PartialEq)]
pub(crate) struct TableProps {
    pub words: &'static Words,
    pub rows: Shared<Vec<Row>>,
    pub comma: bool,
    pub send: Callback<Command>,
}

/// The space-time diagram as a table, of the lab as it is shown.
pub(crate) fn table(app: &App, w: &'static Words) -> Html {
    html! {
        <Table words={w} rows={Shared::new(rows(app, w))} comma={app.comma()}
            send={app.send.clone()} />
    }
}

/// The space-time diagram as a table.
#[component]
pub(crate) fn Table(props: &TableProps) -> Html {
    let w = props.words;
    html! {
        <div class="table" tabindex="0" role="region" aria-label={w.t_caption}>
            <table>
                <caption>{ w.t_caption }</caption>
                <thead>
                    <tr>
                        <th scope="col">{ w.t_when }</th>
                        <th scope="col">{ w.t_who }</th>
                        <th scope="col">{ w.t_what }</th>
                    </tr>
                </thead>
                <tbody>
                    { for props.rows.iter().map(|row| {
                        let seq = row.seq;
                        let onclick = props.send.reform(move |_: MouseEvent| {
                            Command::Select(Some(Selection::Event(seq)))
                        });
                        html! {
                            <tr key={seq.0.to_string()}>
                                <td class="code">{ seconds(row.at.0 as f64, 3, props.comma) }</td>
                                <td>{ &row.who }</td>
                                <td><button class="cause" {onclick}>{ &row.what }</button></td>
                            </tr>
                        }
                    }) }
                </tbody>
            </table>
        </div>
    }
}

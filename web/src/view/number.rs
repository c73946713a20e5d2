use web_sys::HtmlInputElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct NumberProps {
    pub label: &'static str,
    pub value: i64,
    pub least: i64,
    pub most: i64,
    pub told: Callback<i64>,
}

/// A whole number to fill in; what lies outside the bounds is brought to the nearest.
#[component]
pub(crate) fn Number(props: &NumberProps) -> Html {
    let (least, most) = (props.least, props.most);
    let told = props.told.clone();
    let onchange = Callback::from(move |event: Event| {
        let value = event.target_dyn_into::<HtmlInputElement>().map(|it| it.value_as_number());
        if let Some(value) = value.filter(|value| value.is_finite()) {
            told.emit((value.round() as i64).clamp(least, most));
        }
    });
    html! {
        <label class="row">
            <span>{ props.label }</span>
            <input type="number" step="1" min={least.to_string()} max={most.to_string()}
                value={props.value.to_string()} {onchange} />
        </label>
    }
}

use yew::prelude::*;

/// A sentence of ours: what stands between asterisks is said with weight.
pub(crate) fn rich(sentence: &str) -> Html {
    let parts = sentence.split('*').enumerate().map(|(index, part)| {
        if index % 2 == 1 {
            html! { <strong>{ part }</strong> }
        } else {
            html! { { part } }
        }
    });
    html! { <>{ for parts }</> }
}

/// A length or place in pixels, to a tenth.
pub(crate) fn px(value: f64) -> String {
    ((value * 10.0).round() / 10.0).to_string()
}

/// `translate(x y)`.
pub(crate) fn moved(x: f64, y: f64) -> String {
    ["translate(", &px(x), " ", &px(y), ")"].concat()
}

/// Seconds with so many decimals, in the language's own way.
pub(crate) fn seconds(ns: f64, decimals: u32, comma: bool) -> String {
    let scale = 10u64.pow(decimals);
    let all = (ns.max(0.0) / 1e9 * scale as f64).round() as u64;
    let (whole, rest) = (all / scale, all % scale);
    let mut text = whole.to_string();
    if decimals > 0 {
        let rest = rest.to_string();
        text.push(if comma { ',' } else { '.' });
        text.extend(std::iter::repeat_n('0', (decimals as usize).saturating_sub(rest.len())));
        text.push_str(&rest);
    }
    text + "\u{a0}s"
}

/// A speed as a fraction: `1`, `1⁄8`.
pub(crate) fn fraction(speed: f64) -> String {
    if speed >= 1.0 || speed <= 0.0 {
        return px(speed);
    }
    ["1\u{2044}", &px((1.0 / speed).round())].concat()
}

/// A number with its thousands set apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + 4);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_easily() {
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(seconds(12_345_000_000.0, 2, true), "12,35\u{a0}s");
        assert_eq!(seconds(1_050_000_000.0, 2, false), "1.05\u{a0}s");
        assert_eq!(fraction(0.125), "1\u{2044}8");
    }
}

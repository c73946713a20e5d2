use super::text::px;
use crate::picture::{CLASSES, Class};
use std::collections::BTreeMap;

/// Between the arrows of a flow, in pixels.
const FLOW_STEP: f64 = 28.0;
/// The most of that distance that an arrow may fill.
const FLOW_SHARE: f64 = 0.3;

/// The paths of all arrows of one class.
#[derive(Debug, Default)]
pub(crate) struct Stroke {
    pub lines: String,
    pub heads: String,
    /// Arrows that stand for many, the wider the more.
    pub flows: String,
}

/// The paths of all arrows, by class.
#[derive(Debug, Default)]
pub(crate) struct Strokes([Stroke; 5]);

impl Strokes {
    pub(crate) fn add(&mut self, class: Class, line: [f64; 4], arrives: bool) {
        let stroke = &mut self.0[class as usize];
        Strokes::line(&mut stroke.lines, line);
        if arrives && class != Class::Beat {
            head(&mut stroke.heads, line);
        }
    }

    pub(crate) fn done(self) -> Vec<(Class, Stroke)> {
        let all = CLASSES.into_iter().zip(self.0);
        all.filter(|(_, stroke)| !(stroke.lines.is_empty() && stroke.flows.is_empty())).collect()
    }

    pub(crate) fn line(path: &mut String, [x1, y1, x2, y2]: [f64; 4]) {
        path.push_str(&super::sheet::segment(x1, y1, x2, y2));
    }

    pub(crate) fn cross(path: &mut String, x: f64, y: f64) {
        path.push_str(&super::sheet::segment(x - 4.0, y - 4.0, x + 4.0, y + 4.0));
        path.push_str(&super::sheet::segment(x - 4.0, y + 4.0, x + 4.0, y - 4.0));
    }
}

/// A slender head at the end of a line.
fn head(path: &mut String, [x1, y1, x2, y2]: [f64; 4]) {
    let length = (x2 - x1).hypot(y2 - y1).max(1e-9);
    let (ux, uy) = ((x2 - x1) / length, (y2 - y1) / length);
    let (bx, by) = (x2 - ux * 7.0, y2 - uy * 7.0);
    let point = |x: f64, y: f64| [px(x), px(y)].join(" ");
    path.push('M');
    path.push_str(&point(x2, y2));
    path.push('L');
    path.push_str(&point(bx - uy * 2.7, by + ux * 2.7));
    path.push('L');
    path.push_str(&point(bx + uy * 2.7, by - ux * 2.7));
    path.push('Z');
}

/// Messages gathered by class, lanes and time, where single lines would be one blot.
#[derive(Debug, Default)]
pub(crate) struct Flows(BTreeMap<(Class, [i64; 3]), Flow>);

/// How many, and the sums of the places where they begin and end.
#[derive(Debug, Default)]
struct Flow {
    count: usize,
    from: f64,
    to: f64,
}

impl Flows {
    pub(crate) fn add(&mut self, class: Class, [x1, y1, x2, y2]: [f64; 4]) {
        let place = [y1, y2, (x1 / FLOW_STEP).floor()].map(|place| place as i64);
        let flow = self.0.entry((class, place)).or_default();
        flow.count += 1;
        flow.from += x1;
        flow.to += x2;
    }

    /// Draws them: an arrow for each, from where they begin on average to where they end.
    pub(crate) fn draw(self, strokes: &mut Strokes) {
        for ((class, [y1, y2, _]), flow) in self.0 {
            let count = flow.count as f64;
            let line = [flow.from / count, y1 as f64, flow.to / count, y2 as f64];
            let stroke = &mut strokes.0[class as usize];
            band(&mut stroke.flows, line, (count.sqrt() / 2.0).min(FLOW_SHARE * FLOW_STEP));
            if class != Class::Beat {
                head(&mut stroke.heads, line);
            }
        }
    }
}

/// A line so and so wide, to both sides.
fn band(path: &mut String, [x1, y1, x2, y2]: [f64; 4], half: f64) {
    let corners = [(x1 - half, y1), (x1 + half, y1), (x2 + half, y2), (x2 - half, y2)];
    for (index, (x, y)) in corners.into_iter().enumerate() {
        path.push(if index == 0 { 'M' } else { 'L' });
        path.push_str(&[px(x), px(y)].join(" "));
    }
    path.push('Z');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_is_as_many_arrows_as_there_is_room_for() {
        let mut flows = Flows::default();
        for message in 0..10_000 {
            let x = f64::from(message) * FLOW_STEP * 4.0 / 10_000.0;
            flows.add(Class::Order, [x, 44.0, x + 9.0, 80.0]);
            flows.add(Class::Beat, [x, 80.0, x + 9.0, 44.0]);
        }
        let mut strokes = Strokes::default();
        flows.draw(&mut strokes);
        let drawn = strokes.done();
        let of = |class| &drawn.iter().find(|(other, _)| *other == class).expect("is drawn").1;
        assert_eq!(of(Class::Order).flows.matches('M').count(), 4);
        assert_eq!(of(Class::Order).heads.matches('M').count(), 4);
        assert_eq!(of(Class::Beat).flows.matches('M').count(), 4);
        assert!(of(Class::Beat).heads.is_empty());
    }

    #[test]
    fn one_message_of_a_flow_is_a_thin_line() {
        let mut strokes = Strokes::default();
        let mut flows = Flows::default();
        flows.add(Class::Talk, [10.0, 44.0, 20.0, 80.0]);
        flows.draw(&mut strokes);
        assert_eq!(strokes.done()[0].1.flows, "M9.5 44L10.5 44L20.5 80L19.5 80Z");
    }
}

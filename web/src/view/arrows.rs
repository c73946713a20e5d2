use super::text::px;
use crate::picture::{CLASSES, Class};
use relevo_lab::MessageKind;

/// The paths of all arrows, by class.
#[derive(Debug, Default)]
pub(crate) struct Strokes {
    lines: [String; 5],
    heads: [String; 5],
}

impl Strokes {
    pub(crate) fn add(&mut self, kind: MessageKind, line: [f64; 4], arrives: bool) {
        let class = Class::of(kind) as usize;
        Strokes::line(&mut self.lines[class], line);
        if arrives && class != Class::Beat as usize {
            head(&mut self.heads[class], line);
        }
    }

    pub(crate) fn done(self) -> Vec<(Class, String, String)> {
        let paths = self.lines.into_iter().zip(self.heads);
        let all = CLASSES.into_iter().zip(paths).map(|(class, (line, head))| (class, line, head));
        all.filter(|(_, line, _)| !line.is_empty()).collect()
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

//! The little markup that an exercise's words may have.

/// A stretch of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span<'a> {
    /// As it stands.
    Text(&'a str),
    /// Said with weight: `*so*`.
    Weight(&'a str),
    /// A term of the glossary: `[[quorum]]`, or `[[quorum|a majority]]`.
    Term {
        /// Its id.
        id: &'a str,
        /// What the sentence says; none where it is the term's own word.
        shown: Option<&'a str>,
    },
}

/// The stretches of a sentence, in order. A mark without its end stands for itself.
pub fn spans(text: &str) -> Vec<Span<'_>> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['*', '[']) {
        let (before, from) = rest.split_at(at);
        let Some((span, length)) = marked(from) else {
            let (stays, further) = rest.split_at(at + 1);
            push_text(&mut spans, stays);
            rest = further;
            continue;
        };
        push_text(&mut spans, before);
        spans.push(span);
        rest = &from[length..];
    }
    push_text(&mut spans, rest);
    spans
}

fn push_text<'a>(spans: &mut Vec<Span<'a>>, text: &'a str) {
    if !text.is_empty() {
        spans.push(Span::Text(text));
    }
}

/// The marked stretch that `from` begins with, and how long it is with its marks.
fn marked(from: &str) -> Option<(Span<'_>, usize)> {
    if let Some(inner) = from.strip_prefix("[[") {
        let end = inner.find("]]")?;
        let (id, shown) = match inner[..end].split_once('|') {
            Some((id, shown)) => (id, Some(shown)),
            None => (&inner[..end], None),
        };
        return Some((Span::Term { id, shown }, end + 4));
    }
    let inner = from.strip_prefix('*')?;
    let end = inner.find('*').filter(|end| *end > 0)?;
    Some((Span::Weight(&inner[..end]), end + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_cut_at_its_marks() {
        let text = "A [[quorum|majority]] *must* have [[zxid]] [x] 2 * 3";
        let expected = [
            Span::Text("A "),
            Span::Term { id: "quorum", shown: Some("majority") },
            Span::Text(" "),
            Span::Weight("must"),
            Span::Text(" have "),
            Span::Term { id: "zxid", shown: None },
            Span::Text(" ["),
            Span::Text("x] 2 *"),
            Span::Text(" 3"),
        ];
        assert_eq!(spans(text), expected);
        assert_eq!(spans("[[open"), [Span::Text("["), Span::Text("["), Span::Text("open")]);
        assert_eq!(spans("**"), [Span::Text("*"), Span::Text("*")]);
    }
}

//! HTML that can't be malformed: every text and attribute is escaped, every element closed.

use std::fmt::Write as _;

/// A piece of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Markup(String);

impl Markup {
    pub(super) fn into_string(self) -> String {
        self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn then(mut self, next: Self) -> Self {
        let Self(next) = next;
        self.0.push_str(&next);
        self
    }
}

impl FromIterator<Markup> for Markup {
    fn from_iter<I: IntoIterator<Item = Self>>(pieces: I) -> Self {
        pieces.into_iter().fold(Self::default(), Self::then)
    }
}

/// Elements without content.
const VOID: [&str; 4] = ["input", "link", "meta", "br"];

/// A text, escaped.
pub(super) fn text(text: impl AsRef<str>) -> Markup {
    Markup(escaped(text.as_ref()))
}

/// A text that is markup already. It never comes from a project.
pub(super) fn trusted(text: impl Into<String>) -> Markup {
    Markup(text.into())
}

/// An element. An attribute with an empty value is left out, but for `alt` and `value`.
pub(super) fn element(
    name: &'static str,
    attributes: &[(&'static str, &str)],
    content: impl IntoIterator<Item = Markup>,
) -> Markup {
    let mut html = format!("<{name}");
    for (attribute, value) in attributes.iter().filter(|(_, value)| !value.is_empty()) {
        // Writing to a string does not fail.
        let _ = write!(html, " {attribute}=\"{}\"", escaped(value));
    }
    html.push('>');
    if !VOID.contains(&name) {
        content.into_iter().for_each(|piece| html.push_str(&piece.0));
        let _ = write!(html, "</{name}>");
    }
    Markup(html)
}

/// A link inside the page.
pub(super) fn link(anchor: &str, label: &str) -> Markup {
    element("a", &[("href", &format!("#{anchor}"))], [text(label)])
}

/// Text between backquotes becomes code.
pub(super) fn inline(words: &str) -> Markup {
    let part = |(at, part)| if at % 2 == 1 { element("code", &[], [text(part)]) } else { text(part) };
    words.split('`').enumerate().map(part).collect()
}

/// [`inline`], with a new paragraph at an empty line, and at one that says what a statement uses and locks.
pub(super) fn prose(comment: &str) -> Markup {
    let mut paragraphs: Vec<Vec<&str>> = vec![Vec::new()];
    for line in comment.lines() {
        let is_clause = ["Index: ", "Indexes: ", "Locks: ", "Returns: "].iter().any(|begin| line.starts_with(begin));
        if line.trim().is_empty() || is_clause {
            paragraphs.push(Vec::new());
        }
        if let Some(paragraph) = paragraphs.last_mut() {
            paragraph.push(line);
        }
    }
    let paragraphs = paragraphs.iter().map(|lines| lines.join("\n")).filter(|lines| !lines.trim().is_empty());
    paragraphs.map(|lines| element("p", &[], [inline(lines.trim())])).collect()
}

/// An anchor that holds `name` and is unlike any other's: letters, digits, `_`, `-` and `.` stay, anything else becomes its
/// number.
pub(super) fn anchor(kind: &str, name: &str) -> String {
    let mut anchor = kind.to_owned();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || ['_', '-', '.'].contains(&c) {
            anchor.push(c);
        } else {
            anchor += &format!("~{:x}~", u32::from(c));
        }
    }
    anchor
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // HTML has no form for most control characters.
            c if c.is_control() && c != '\n' && c != '\t' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_attributes_are_escaped() {
        let html = element("a", &[("href", "\"><script>"), ("title", "")], [text("</a><script>'&\u{1}")]);
        assert_eq!(
            html.into_string(),
            "<a href=\"&quot;&gt;&lt;script&gt;\">&lt;/a&gt;&lt;script&gt;&#39;&amp;\u{fffd}</a>"
        );
        assert_eq!(element("br", &[], []).into_string(), "<br>");
    }

    #[test]
    fn backquotes_make_code_and_empty_lines_make_paragraphs() {
        assert_eq!(prose("a `b<`\n\nc").into_string(), "<p>a <code>b&lt;</code></p><p>c</p>");
        assert_eq!(prose("a\nb.\nIndex: i.").into_string(), "<p>a\nb.</p><p>Index: i.</p>");
    }

    #[test]
    fn different_names_have_different_anchors() {
        let names = ["a b", "a-b", "a~20~b", "ä", "a.b", "a\"b"];
        let anchors: std::collections::BTreeSet<String> = names.iter().map(|name| anchor("table:", name)).collect();
        assert_eq!(anchors.len(), names.len());
        assert!(anchors.iter().all(|anchor| !anchor.contains([' ', '"'])), "{anchors:?}");
    }
}

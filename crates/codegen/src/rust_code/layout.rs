//! The layout of generated code: what fits is in one line.

/// The longest line.
const WIDTH: usize = 120;

/// The items between `open` and `close`, in one line if they fit; otherwise in as few lines as they need. The first line begins
/// with `indent` spaces.
pub(super) fn list(indent: usize, open: &str, items: &[String], close: &str) -> String {
    in_one_line(indent, open, items, close).unwrap_or_else(|| {
        let margin = " ".repeat(indent + 4);
        let mut text = format!("{}{open}", " ".repeat(indent));
        let mut width = WIDTH;
        for item in items {
            let length = item.chars().count() + 1;
            if width + 1 + length > WIDTH {
                text.push_str(&format!("\n{margin}{item},"));
                width = margin.len() + length;
            } else {
                text.push_str(&format!(" {item},"));
                width += 1 + length;
            }
        }
        format!("{text}\n{}{close}", " ".repeat(indent))
    })
}

/// The same with one item per line, as the parameters of a function are.
pub(super) fn rows(indent: usize, open: &str, items: &[String], close: &str) -> String {
    in_one_line(indent, open, items, close).unwrap_or_else(|| {
        let margin = " ".repeat(indent + 4);
        let items: String = items.iter().map(|item| format!("{margin}{item},\n")).collect();
        format!("{0}{open}\n{items}{0}{close}", " ".repeat(indent))
    })
}

/// `None` if they don't fit.
fn in_one_line(indent: usize, open: &str, items: &[String], close: &str) -> Option<String> {
    let space = if open.ends_with('{') && !items.is_empty() { " " } else { "" };
    let line = format!("{}{open}{space}{}{space}{close}", " ".repeat(indent), items.join(", "));
    (line.chars().count() <= WIDTH).then_some(line)
}

/// Documentation: each line behind `///`.
pub(super) fn documentation<'t>(indent: usize, lines: impl IntoIterator<Item = &'t str>) -> String {
    let margin = " ".repeat(indent);
    lines.into_iter().map(|line| format!("{margin}/// {line}").trim_end().to_owned() + "\n").collect()
}

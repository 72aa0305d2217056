//! The box of a table: its title, the columns of its keys, and how many others there are.

use super::{Place, Table, real};
use crate::report::markup::{Markup, element, text};

const TITLE_HEIGHT: f64 = 30.0;
const ROW_HEIGHT: f64 = 20.0;
const PADDING: f64 = 7.0;
/// Of a character of the drawing's font.
const CHARACTER: f64 = 7.3;
const MAX_CHARACTERS: usize = 34;
/// How many colours the page has for domains.
pub(in crate::report) const COLOURS: usize = 8;

pub(super) fn height(table: &Table) -> f64 {
    let rows = table.rows.len() + usize::from(table.others > 0);
    TITLE_HEIGHT + real(rows) * ROW_HEIGHT + if rows > 0 { PADDING } else { 0.0 }
}

/// How far below the top of its table a row's middle is.
pub(super) fn row_middle(row: usize) -> f64 {
    TITLE_HEIGHT + (real(row) + 0.5) * ROW_HEIGHT + PADDING / 2.0
}

/// The others of a table whose columns are not all shown.
fn others(table: &Table) -> String {
    let what = if table.others == 1 { "column" } else { "columns" };
    if table.rows.is_empty() { format!("{} {what}", table.others) } else { format!("+ {} {what}", table.others) }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= MAX_CHARACTERS {
        return name.to_owned();
    }
    name.chars().take(MAX_CHARACTERS - 1).chain(['…']).collect()
}

pub(super) fn box_width(tables: &[Table]) -> f64 {
    let rows = tables.iter().flat_map(|table| &table.rows);
    let rows = rows.map(|row| shortened(&row.column).chars().count() + row.mark.len() + 2);
    // The name of a table is bold.
    let names = tables.iter().map(|table| shortened(&table.name).chars().count() + 1);
    let characters = rows.chain(names).max().unwrap_or_default().max(14);
    (real(characters) * CHARACTER + 26.0).ceil()
}

/// The box of a table, a link to its section.
pub(super) fn boxed(table: &Table, place: Place, width: f64) -> Markup {
    let number = |number: f64| format!("{number:.1}");
    let height = height(table);
    let colour = format!("table d{}", table.domain % COLOURS);
    let rectangle = |class: &'static str, height: f64| {
        let (x, y, width, height) = (number(place.x), number(place.y), number(width), number(height));
        element(
            "rect",
            &[("class", class), ("x", &x), ("y", &y), ("width", &width), ("height", &height), ("rx", "6")],
            [],
        )
    };
    let words = |class: &'static str, x: f64, y: f64, words: &str| {
        element("text", &[("class", class), ("x", &number(place.x + x)), ("y", &number(place.y + y))], [text(words)])
    };
    let band = format!(
        "M{x:.1} {bottom:.1}V{top:.1}a6 6 0 0 1 6 -6H{right:.1}a6 6 0 0 1 6 6V{bottom:.1}z",
        x = place.x,
        bottom = place.y + TITLE_HEIGHT,
        top = place.y + 6.0,
        right = place.x + width - 6.0,
    );
    let mut pieces = vec![
        rectangle("box", height),
        element("path", &[("class", "band"), ("d", &band)], []),
        words("name", 12.0, 20.0, &shortened(&table.name)),
    ];
    for (at, row) in table.rows.iter().enumerate() {
        pieces.push(words("column", 12.0, row_middle(at) + 4.0, &shortened(&row.column)));
        pieces.push(words("mark", width - 10.0, row_middle(at) + 4.0, &row.mark));
    }
    if table.others > 0 {
        pieces.push(words("others", 12.0, row_middle(table.rows.len()) + 4.0, &others(table)));
    }
    pieces.push(element("title", &[], [text(&table.name)]));
    element("a", &[("class", &colour), ("href", &format!("#{}", table.anchor))], pieces)
}

//! The tables and their foreign keys as an SVG drawing.
//!
//! Tables that foreign keys connect are laid out in layers: a table stands to the right of those that it refers to. A line that
//! spans several layers gets a place in each of them, so that it passes between the boxes. Tables without foreign keys fill the
//! rows below.

mod boxes;
mod layers;

pub(super) use boxes::COLOURS;
use boxes::{box_width, boxed, height, row_middle};
use layers::{Layers, Port};

use super::markup::{Markup, element, text};

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    /// The place of the table's section.
    pub(super) anchor: String,
    /// The domain's number, which decides the colour.
    pub(super) domain: usize,
    /// The columns of its keys.
    pub(super) rows: Vec<Row>,
    /// How many columns are not shown.
    pub(super) others: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) column: String,
    /// `PK`, `FK` or both.
    pub(super) mark: String,
}

/// A foreign key between two tables, by their places in the list, and the rows where its line ends.
#[derive(Clone, Debug)]
pub(super) struct ForeignKey {
    pub(super) from: (usize, usize),
    pub(super) to: (usize, usize),
    pub(super) columns: String,
    pub(super) is_nullable: bool,
}

const GAP: f64 = 26.0;
const MARGIN: f64 = 14.0;
/// How wide the drawing becomes, unless one group of connected tables is wider.
const WIDTH: f64 = 1120.0;
/// Where a table is.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    x: f64,
    y: f64,
}

/// What the drawing is made of, once everything has its place.
struct Drawing {
    places: Vec<Place>,
    lines: Vec<(usize, String)>,
    box_width: f64,
    width: f64,
    height: f64,
}

/// The drawing; nothing if there are no tables.
pub(super) fn drawing(tables: &[Table], keys: &[ForeignKey]) -> Markup {
    if tables.is_empty() {
        return Markup::default();
    }
    let drawing = arrange(tables, keys);
    let number = |number: f64| format!("{number:.1}");
    let (width, height) = (number(drawing.width), number(drawing.height));
    let lines = drawing.lines.iter().map(|(key, path)| {
        let key = &keys[*key];
        let class = if key.is_nullable { "line optional" } else { "line" };
        let title = format!("{} ({}) → {}", tables[key.from.0].name, key.columns, tables[key.to.0].name);
        element(
            "path",
            &[("class", class), ("d", path), ("marker-end", "url(#arrow)")],
            [element("title", &[], [text(title)])],
        )
    });
    let arrow = element(
        "marker",
        &[
            ("id", "arrow"),
            ("viewBox", "0 0 8 8"),
            ("refX", "8"),
            ("refY", "4"),
            ("markerWidth", "8"),
            ("markerHeight", "8"),
            ("orient", "auto"),
        ],
        [element("path", &[("class", "head"), ("d", "M0 0.5 8 4 0 7.5z")], [])],
    );
    let boxes = tables.iter().zip(&drawing.places).map(|(table, place)| boxed(table, *place, drawing.box_width));
    let class = if drawing.width > WIDTH + 3.0 * MARGIN { "wide" } else { "" };
    element(
        "svg",
        &[
            ("xmlns", "http://www.w3.org/2000/svg"),
            ("class", class),
            ("width", &width),
            ("height", &height),
            ("viewBox", &format!("0 0 {width} {height}")),
            ("role", "group"),
            ("aria-label", "Tables and foreign keys"),
        ],
        std::iter::once(element("defs", &[], [arrow])).chain(lines).chain(boxes),
    )
}

fn real(count: usize) -> f64 {
    // Counts of tables and rows are small.
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn arrange(tables: &[Table], keys: &[ForeignKey]) -> Drawing {
    let box_width = box_width(tables);
    let heights: Vec<f64> = tables.iter().map(height).collect();
    let mut places = vec![Place::default(); tables.len()];
    let mut lines = Vec::new();
    let (groups, alone) = groups(tables, keys);
    let groups: Vec<Layers> = groups
        .iter()
        .map(|group| {
            let of_group = keys.iter().enumerate().filter(|(_, key)| group.contains(&key.from.0));
            let ends = of_group.map(|(number, key)| layers::Line { number, from: port(key.from), to: port(key.to) });
            Layers::new(group, &heights, &ends.collect::<Vec<_>>(), box_width)
        })
        .collect();
    // Groups stand beside each other as long as there is room.
    let limit = groups.iter().map(|group| group.width).fold(WIDTH, f64::max);
    let (mut x, mut y, mut row_height) = (MARGIN, MARGIN, 0.0_f64);
    for group in &groups {
        if x > MARGIN && x + group.width > MARGIN + limit {
            (x, y, row_height) = (MARGIN, y + row_height + 1.5 * GAP, 0.0);
        }
        for (table, (dx, dy)) in &group.places {
            places[*table] = Place { x: x + dx, y: y + dy };
        }
        lines.extend(group.lines(x, y));
        x += group.width + 2.0 * GAP;
        row_height = row_height.max(group.height);
    }
    let top = if groups.is_empty() { MARGIN } else { y + row_height + 1.5 * GAP };
    let bottom = fill(&alone, &heights, box_width, (top, limit), &mut places);
    let right = places.iter().map(|place| place.x + box_width).fold(0.0, f64::max);
    // A line of a table to itself is to the right of it.
    Drawing { places, lines, box_width, width: right + 2.0 * MARGIN + layers::LOOP, height: bottom + MARGIN }
}

fn port((table, row): (usize, usize)) -> Port {
    Port { table, middle: row_middle(row) }
}

/// The groups of connected tables, the largest first, and the tables without a line.
fn groups(tables: &[Table], keys: &[ForeignKey]) -> (Vec<Vec<usize>>, Vec<usize>) {
    let mut group_of: Vec<usize> = (0..tables.len()).collect();
    for key in keys {
        let (from, to) = (group_of[key.from.0], group_of[key.to.0]);
        group_of.iter_mut().filter(|group| **group == from).for_each(|group| *group = to);
    }
    let mut groups: Vec<Vec<usize>> = (0..tables.len())
        .map(|group| (0..tables.len()).filter(|table| group_of[*table] == group).collect())
        .filter(|members: &Vec<usize>| !members.is_empty())
        .collect();
    groups.sort_by_key(|members| std::cmp::Reverse(members.len()));
    let refers_to_itself = |table: usize| keys.iter().any(|key| key.from.0 == table);
    let (alone, groups): (Vec<_>, Vec<_>) =
        groups.into_iter().partition(|members| members.len() == 1 && !refers_to_itself(members[0]));
    let mut alone: Vec<usize> = alone.into_iter().flatten().collect();
    alone.sort_by(|a, b| (tables[*a].domain, &tables[*a].name).cmp(&(tables[*b].domain, &tables[*b].name)));
    (groups, alone)
}

/// Puts tables into rows from `top` on, at most as wide as the limit; returns where the lowest one ends.
fn fill(tables: &[usize], heights: &[f64], box_width: f64, (top, limit): (f64, f64), places: &mut [Place]) -> f64 {
    let lowest = |places: &[Place]| places.iter().zip(heights).map(|(at, height)| at.y + height).fold(0.0, f64::max);
    let before = if tables.len() == places.len() { 0.0 } else { lowest(places) };
    let mut column_ends = vec![top];
    while real(column_ends.len() + 1) * (box_width + GAP) - GAP <= limit && column_ends.len() < tables.len() {
        column_ends.push(top);
    }
    let mut end = before;
    for table in tables {
        // The highest free place; the leftmost of equal ones.
        let (column, y) =
            column_ends.iter().copied().enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, top));
        places[*table] = Place { x: MARGIN + real(column) * (box_width + GAP), y };
        column_ends[column] = y + heights[*table] + GAP;
        end = end.max(y + heights[*table]);
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(count: usize) -> Vec<Table> {
        (0..count)
            .map(|number| Table {
                name: format!("table_{number}{}", "x".repeat(number % 9)),
                anchor: format!("table:{number}"),
                domain: number % 5,
                rows: (0..=number % 4)
                    .map(|row| Row { column: format!("column_{row}"), mark: "FK".to_owned() })
                    .collect(),
                others: number % 3,
            })
            .collect()
    }

    fn key(from: usize, to: usize) -> ForeignKey {
        ForeignKey { from: (from, 0), to: (to, 0), columns: "a".to_owned(), is_nullable: from.is_multiple_of(2) }
    }

    /// Schemas of several shapes, by a small generator of numbers.
    fn schemas() -> Vec<(Vec<Table>, Vec<ForeignKey>)> {
        let mut all = vec![
            (tables(1), vec![key(0, 0)]),
            (tables(5), vec![key(1, 0), key(2, 1), key(0, 2)]),
            // A star, a chain, and every table to all before it.
            (tables(40), (1..40).map(|from| key(from, 0)).collect()),
            (tables(12), (1..12).map(|from| key(from, from - 1)).collect()),
            (tables(9), (1..9).flat_map(|from| (0..from).map(move |to| key(from, to))).collect()),
        ];
        let mut seed: usize = 7;
        let mut next = |limit: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % limit
        };
        for count in [5, 20, 60, 100] {
            for lines in [count / 3, count, 2 * count] {
                let keys = (0..lines).map(|_| key(next(count), next(count))).collect();
                all.push((tables(count), keys));
            }
        }
        all
    }

    /// The points of a path, with those between its corners.
    fn points(path: &str) -> Vec<(f64, f64)> {
        let spaced: String =
            path.chars().map(|c| if c.is_ascii_alphabetic() { format!(" {c} ") } else { c.to_string() }).collect();
        let words: Vec<&str> = spaced.split_whitespace().collect();
        let number = |at: usize| words[at].parse::<f64>().expect("a number");
        let mut found: Vec<(f64, f64)> = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let here = found.last().copied().unwrap_or_default();
            match words[at] {
                "M" => {
                    found.push((number(at + 1), number(at + 2)));
                    at += 3;
                }
                "H" => {
                    let end = number(at + 1);
                    found.extend((1..=20).map(|step| (here.0 + (end - here.0) * f64::from(step) / 20.0, here.1)));
                    at += 2;
                }
                "C" => {
                    let [first, second, end] = [1, 3, 5].map(|point| (number(at + point), number(at + point + 1)));
                    found.extend((1..=40).map(|step| {
                        let done = f64::from(step) / 40.0;
                        let mix = |begin: f64, first: f64, second: f64, end: f64| {
                            let left = 1.0 - done;
                            let ends = left * left * left * begin + done * done * done * end;
                            ends + 3.0 * left * done * (left * first + done * second)
                        };
                        (mix(here.0, first.0, second.0, end.0), mix(here.1, first.1, second.1, end.1))
                    }));
                    at += 7;
                }
                other => panic!("{other} in {path}"),
            }
        }
        found
    }

    #[test]
    fn no_two_boxes_overlap_and_all_are_inside() {
        for (tables, keys) in schemas() {
            let drawing = arrange(&tables, &keys);
            let corners: Vec<_> = tables
                .iter()
                .zip(&drawing.places)
                .map(|(table, at)| (at.x, at.y, at.x + drawing.box_width, at.y + height(table)))
                .collect();
            for (number, a) in corners.iter().enumerate() {
                assert!(a.0 >= 0.0 && a.1 >= 0.0 && a.2 <= drawing.width && a.3 <= drawing.height, "{a:?}");
                for b in &corners[number + 1..] {
                    let apart = a.2 + 8.0 <= b.0 || b.2 + 8.0 <= a.0 || a.3 + 8.0 <= b.1 || b.3 + 8.0 <= a.1;
                    assert!(apart, "{a:?} and {b:?} of {} tables and {} keys", tables.len(), keys.len());
                }
            }
        }
    }

    #[test]
    fn every_line_joins_its_tables_and_crosses_no_box() {
        for (tables, keys) in schemas() {
            let drawing = arrange(&tables, &keys);
            let mut drawn: Vec<usize> = drawing.lines.iter().map(|(key, _)| *key).collect();
            drawn.sort_unstable();
            assert_eq!(drawn, (0..keys.len()).collect::<Vec<_>>());
            for (number, path) in &drawing.lines {
                let key = &keys[*number];
                let points = points(path);
                for (end, point) in [(key.from, points[0]), (key.to, points[points.len() - 1])] {
                    let at = drawing.places[end.0];
                    let is_at_side = (point.0 - at.x).abs() < 0.11 || (point.0 - at.x - drawing.box_width).abs() < 0.11;
                    assert!(
                        is_at_side && (point.1 - at.y - row_middle(end.1)).abs() < 0.11,
                        "{path}: {point:?} {at:?}"
                    );
                }
                for (table, at) in tables.iter().zip(&drawing.places) {
                    let inside = |point: &&(f64, f64)| {
                        at.x + 0.2 < point.0
                            && point.0 < at.x + drawing.box_width - 0.2
                            && at.y + 0.2 < point.1
                            && point.1 < at.y + height(table) - 0.2
                    };
                    assert_eq!(points.iter().find(inside), None, "{path} crosses {}", table.name);
                }
                assert!(points.iter().all(|point| point.0 >= 0.0 && point.0 <= drawing.width), "{path}");
            }
        }
    }

    #[test]
    fn a_box_links_to_its_table_and_holds_its_whole_name() {
        let mut tables = tables(2);
        tables[0].name = format!("<{}>", "n".repeat(60));
        let svg = drawing(&tables, &[key(1, 0)]).into_string();
        assert!(svg.contains("href=\"#table:0\"") && svg.contains("href=\"#table:1\""), "{svg}");
        assert!(svg.contains(&format!("<title>&lt;{}&gt;</title>", "n".repeat(60))), "{svg}");
        assert!(svg.contains('…') && !svg.contains("<nnn"), "{svg}");
    }
}

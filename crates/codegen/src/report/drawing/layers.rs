//! The layout of connected tables in layers.

use std::collections::BTreeMap;

/// Where a line meets a table: on either side, `middle` below its top.
#[derive(Clone, Copy, Debug)]
pub(super) struct Port {
    pub(super) table: usize,
    pub(super) middle: f64,
}

/// A foreign key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) from: Port,
    pub(super) to: Port,
}

/// How far the line of a table to itself reaches beyond the table.
pub(super) const LOOP: f64 = 26.0;
const LAYER_GAP: f64 = 86.0;
const NODE_GAP: f64 = 22.0;
/// The room of a line between the boxes of a layer.
const LANE: f64 = 6.0;
/// A layer with more tables gives some to the next one.
const MAX_TABLES: usize = 9;

/// What stands in a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Table(usize),
    /// A place for the lines to a table that begin in a later layer, by the first of them.
    Lane {
        layer: usize,
        bundle: usize,
    },
}

/// A part of a line between two neighbouring layers: nodes, and the ports if these are tables.
#[derive(Clone, Copy, Debug)]
struct Segment {
    left: (Node, f64),
    right: (Node, f64),
}

/// The ends of the segments at each node: how far below its top, and the node on the other side with the same.
type Ends = BTreeMap<Node, Vec<(f64, Node, f64)>>;

/// A group of connected tables, laid out from (0, 0).
pub(super) struct Layers {
    pub(super) places: BTreeMap<usize, (f64, f64)>,
    pub(super) width: f64,
    pub(super) height: f64,
    nodes: BTreeMap<Node, (f64, f64)>,
    routes: Vec<(Line, Vec<Segment>)>,
    box_width: f64,
}

impl Layers {
    pub(super) fn new(tables: &[usize], heights: &[f64], lines: &[Line], box_width: f64) -> Self {
        let layer_of = layers(tables, lines);
        let count = layer_of.values().max().map_or(0, |last| last + 1);
        let mut layers: Vec<Vec<Node>> = vec![Vec::new(); count];
        for table in tables {
            layers[layer_of[table]].push(Node::Table(*table));
        }
        let routes: Vec<(Line, Vec<Segment>)> =
            lines.iter().map(|line| (*line, route(line, lines, &layer_of, &mut layers))).collect();
        let segments: Vec<Segment> = routes.iter().flat_map(|(_, segments)| segments.iter().copied()).collect();
        let (left, right) = ends(&segments);
        order(&mut layers, &left, &right);
        let height_of = |node: Node| match node {
            Node::Table(table) => heights[table],
            Node::Lane { .. } => LANE,
        };
        let tops = tops(&layers, &left, &right, &height_of);
        let mut nodes = BTreeMap::new();
        for (layer, of_layer) in layers.iter().enumerate() {
            let x = super::real(layer) * (box_width + LAYER_GAP);
            nodes.extend(of_layer.iter().map(|node| (*node, (x, tops[node]))));
        }
        let bottom = nodes.iter().map(|(node, (_, y))| y + height_of(*node)).fold(0.0, f64::max);
        let places = nodes.iter().filter_map(|(node, place)| match node {
            Node::Table(table) => Some((*table, *place)),
            Node::Lane { .. } => None,
        });
        Self {
            places: places.collect(),
            width: super::real(count) * (box_width + LAYER_GAP) - LAYER_GAP + LOOP,
            height: bottom,
            nodes,
            routes,
            box_width,
        }
    }

    /// The number and path of each line, if the group begins at (x, y).
    pub(super) fn lines(&self, x: f64, y: f64) -> impl Iterator<Item = (usize, String)> {
        self.routes.iter().map(move |(line, segments)| (line.number, self.path(line, segments, x, y)))
    }

    fn path(&self, line: &Line, segments: &[Segment], x: f64, y: f64) -> String {
        let place = |node: Node| self.nodes.get(&node).map_or((x, y), |(dx, dy)| (x + dx, y + dy));
        if segments.is_empty() {
            let (left, top) = place(Node::Table(line.from.table));
            let side = left + self.box_width;
            // Apart even if the key refers to its own column.
            let (from, to) = (top + line.from.middle, top + line.to.middle);
            let out = side + LOOP;
            let bow = if (from - to).abs() < 1.0 { 10.0 } else { 0.0 };
            return format!(
                "M{side:.1} {from:.1}C{out:.1} {:.1} {out:.1} {:.1} {side:.1} {to:.1}",
                from + bow,
                to - bow
            );
        }
        // From the right to the left, as the segments are.
        let mut points = Vec::new();
        for segment in segments {
            let (right, left) = (place(segment.right.0), place(segment.left.0));
            points.push((right.0, right.1 + segment.right.1));
            points.push((left.0 + self.box_width, left.1 + segment.left.1));
        }
        let begins_left = segments[0].right.0 != Node::Table(line.from.table);
        if begins_left {
            points.reverse();
        }
        let mut path = format!("M{:.1} {:.1}", points[0].0, points[0].1);
        for (at, pair) in points.windows(2).enumerate() {
            let (begin, end) = (pair[0], pair[1]);
            if at % 2 == 0 {
                let middle = f64::midpoint(begin.0, end.0);
                path += &format!("C{middle:.1} {:.1} {middle:.1} {:.1} {:.1} {:.1}", begin.1, end.1, end.0, end.1);
            } else {
                // Along a lane.
                path += &format!("H{:.1}", end.0);
            }
        }
        path
    }
}

/// The layer of each table: behind all tables that it refers to, as far as there is no circle.
fn layers(tables: &[usize], lines: &[Line]) -> BTreeMap<usize, usize> {
    fn visit(table: usize, lines: &[Line], open: &mut Vec<usize>, found: &mut BTreeMap<usize, usize>) -> usize {
        if let Some(layer) = found.get(&table) {
            return *layer;
        }
        open.push(table);
        let targets = lines.iter().filter(|line| line.from.table == table).map(|line| line.to.table);
        let mut layer = 0;
        for target in targets {
            if !open.contains(&target) {
                layer = layer.max(visit(target, lines, open, found) + 1);
            }
        }
        open.pop();
        found.insert(table, layer);
        layer
    }
    let mut found = BTreeMap::new();
    for table in tables {
        visit(*table, lines, &mut Vec::new(), &mut found);
    }
    // Tables that a circle put into one layer although a line joins them move apart, and so do those of a crowded layer.
    let is_target = |table: usize| lines.iter().any(|line| line.to.table == table && line.from.table != table);
    let mut layer = 0;
    while found.values().any(|of| *of >= layer) {
        let here: Vec<usize> = tables.iter().copied().filter(|table| found[table] == layer).collect();
        for (at, table) in here.iter().enumerate() {
            let meets = here[..at].iter().any(|other| found[other] == layer && are_joined(*table, *other, lines));
            if meets {
                found.insert(*table, layer + 1);
            }
        }
        let here: Vec<usize> = here.into_iter().filter(|table| found[table] == layer).collect();
        let leaves = here.iter().filter(|table| !is_target(**table)).rev();
        for table in leaves.take(here.len().saturating_sub(MAX_TABLES)).copied().collect::<Vec<_>>() {
            found.insert(table, layer + 1);
        }
        layer += 1;
    }
    found
}

fn are_joined(a: usize, b: usize, lines: &[Line]) -> bool {
    lines.iter().any(|line| [(a, b), (b, a)].contains(&(line.from.table, line.to.table)))
}

/// The segments of a line from the right to the left; lanes that are missing are added to their layers.
fn route(line: &Line, lines: &[Line], layer_of: &BTreeMap<usize, usize>, layers: &mut [Vec<Node>]) -> Vec<Segment> {
    let (left, right) =
        if layer_of[&line.from.table] < layer_of[&line.to.table] { (line.from, line.to) } else { (line.to, line.from) };
    let (first, last) = (layer_of[&left.table], layer_of[&right.table]);
    // Lines that point to one place share their lanes.
    let bundle = lines
        .iter()
        .find(|other| {
            other.to.table == line.to.table
                && (other.to.middle - line.to.middle).abs() < 0.1
                && layer_of[&other.from.table] > layer_of[&other.to.table]
                && left.table == line.to.table
        })
        .map_or(line.number, |other| other.number);
    let mut segments = Vec::new();
    let mut end = (Node::Table(right.table), right.middle);
    for layer in (first..last).rev() {
        let next = if layer == first {
            (Node::Table(left.table), left.middle)
        } else {
            let between = Node::Lane { layer, bundle };
            if !layers[layer].contains(&between) {
                layers[layer].push(between);
            }
            (between, LANE / 2.0)
        };
        segments.push(Segment { left: next, right: end });
        end = next;
    }
    segments
}

/// The ends at each node, to its left and to its right.
fn ends(segments: &[Segment]) -> (Ends, Ends) {
    let (mut left, mut right) = (Ends::new(), Ends::new());
    for Segment { left: (a, below_a), right: (b, below_b) } in segments {
        right.entry(*a).or_default().push((*below_a, *b, *below_b));
        left.entry(*b).or_default().push((*below_b, *a, *below_a));
    }
    (left, right)
}

/// Orders each layer by where the neighbours of its nodes are, back and forth.
fn order(layers: &mut [Vec<Node>], left: &Ends, right: &Ends) {
    for sweep in 0..12 {
        let forth = sweep % 2 == 0;
        let ends = if forth { left } else { right };
        let indices: Vec<usize> =
            if forth { (1..layers.len()).collect() } else { (0..layers.len().saturating_sub(1)).rev().collect() };
        for layer in indices {
            let beside = if forth { layer - 1 } else { layer + 1 };
            let position: BTreeMap<Node, f64> =
                layers[beside].iter().enumerate().map(|(at, node)| (*node, super::real(at))).collect();
            let mut weighed: Vec<(f64, Node)> = Vec::new();
            for (at, node) in layers[layer].iter().enumerate() {
                // A row further down in the table counts a little.
                let of_node = ends.get(node).into_iter().flatten();
                let there = of_node.filter_map(|(_, other, below)| Some(position.get(other)? + below / 10_000.0));
                weighed.push((average(there).unwrap_or(super::real(at)), *node));
            }
            weighed.sort_by(|a, b| a.0.total_cmp(&b.0));
            layers[layer] = weighed.into_iter().map(|(_, node)| node).collect();
        }
    }
}

fn average(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then_some(sum / count)
}

/// The top of each node: where its lines are short, in the order of the layer, without overlaps.
fn tops(layers: &[Vec<Node>], left: &Ends, right: &Ends, height_of: &dyn Fn(Node) -> f64) -> BTreeMap<Node, f64> {
    let mut tops: BTreeMap<Node, f64> = BTreeMap::new();
    for layer in layers {
        let mut y = 0.0;
        for node in layer {
            tops.insert(*node, y);
            y += height_of(*node) + NODE_GAP;
        }
    }
    for sweep in 0..16 {
        let indices: Vec<usize> =
            if sweep % 2 == 0 { (0..layers.len()).collect() } else { (0..layers.len()).rev().collect() };
        for layer in indices {
            let wanted = layers[layer].iter().map(|node| {
                let of_node = [left, right].into_iter().filter_map(|ends| ends.get(node)).flatten();
                average(of_node.map(|(below, other, below_other)| tops[other] + below_other - below))
                    .unwrap_or(tops[node])
            });
            let wanted: Vec<f64> = wanted.collect();
            for (node, top) in layers[layer].iter().zip(without_overlaps(&layers[layer], &wanted, height_of)) {
                tops.insert(*node, top);
            }
        }
    }
    let highest = tops.values().copied().fold(f64::INFINITY, f64::min);
    for top in tops.values_mut() {
        *top -= highest;
    }
    tops
}

/// The places nearest to the wanted ones: nodes that would overlap form a block around their middle.
fn without_overlaps(layer: &[Node], wanted: &[f64], height_of: &dyn Fn(Node) -> f64) -> Vec<f64> {
    // A block's first node, how many it has, and the sum of where each would have the block begin.
    let mut blocks: Vec<(usize, usize, f64)> = Vec::new();
    let step = |node: usize| height_of(layer[node]) + NODE_GAP;
    let length = |first: usize, count: usize| (first..first + count).map(step).sum::<f64>();
    for (node, wish) in wanted.iter().enumerate() {
        blocks.push((node, 1, *wish));
        while let [.., (first, count, sum), (_, others, their_sum)] = blocks[..] {
            let (begin, their_begin) = (sum / super::real(count), their_sum / super::real(others));
            let own = length(first, count);
            if begin + own <= their_begin {
                break;
            }
            blocks.truncate(blocks.len() - 2);
            blocks.push((first, count + others, sum + their_sum - own * super::real(others)));
        }
    }
    let mut found = Vec::new();
    for (first, count, sum) in blocks {
        let mut y = sum / super::real(count);
        for node in first..first + count {
            found.push(y);
            y += step(node);
        }
    }
    found
}

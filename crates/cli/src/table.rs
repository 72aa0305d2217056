//! Tables: with a frame on a terminal, elsewhere columns only, for scripts.

use std::io::{self, IsTerminal as _};

use comfy_table::{
    Cell, CellAlignment, ColumnConstraint, ContentArrangement, ContentLineStyle, LineStyle, TableStyle, Width, presets,
};

/// A frame and a line under the header.
const LINES: TableStyle = TableStyle::new()
    .top_border(LineStyle::new('╭', '─', '┬', '╮'))
    .header_lines(ContentLineStyle::new('│', '│', '│'))
    .header_separator(LineStyle::new('├', '─', '┼', '┤'))
    .content_lines(ContentLineStyle::new('│', '│', '│'))
    .bottom_border(LineStyle::new('╰', '─', '┴', '╯'));

/// What a frame adds to each column: a space on either side, and a line.
const FRAME_OF_COLUMN: usize = 3;

/// Of the further lines of a row without columns.
const INDENT: usize = 4;

/// Rows under a header. No word is broken: on a terminal that is too narrow rows flow over lines.
#[derive(Debug)]
pub(crate) struct Table(comfy_table::Table);

impl Table {
    /// A table whose columns have these names.
    pub(crate) fn new<const COLUMNS: usize>(header: [&str; COLUMNS]) -> Self {
        let mut table = comfy_table::Table::new();
        table.set_header(header);
        if io::stdout().is_terminal() {
            table.load_style(LINES).set_content_arrangement(ContentArrangement::Dynamic);
        } else {
            table.load_style(presets::NOTHING);
            for column in table.column_iter_mut() {
                column.set_padding((0, 2));
            }
        }
        Self(table)
    }

    /// Aligns these columns to the right, for numbers.
    pub(crate) fn right(mut self, columns: &[usize]) -> Self {
        for column in columns {
            if let Some(column) = self.0.column_mut(*column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        self
    }

    pub(crate) fn row<const COLUMNS: usize>(&mut self, cells: [Cell; COLUMNS]) {
        self.0.add_row(cells);
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let mut table = self.0.clone();
        if let Some(width) = table.width().filter(|_| io::stdout().is_terminal()) {
            let words = self.longest_words();
            if words.iter().map(|word| word + FRAME_OF_COLUMN).sum::<usize>() + 1 > usize::from(width) {
                return self.flowing(width.into());
            }
            for (column, word) in table.column_iter_mut().zip(&words) {
                let with_spaces = u16::try_from(word + 2).unwrap_or(u16::MAX);
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(with_spaces)));
            }
        }
        // comfy-table pads every line to the table's width.
        table.lines().map(|line| line.trim_end().to_owned()).collect()
    }

    fn header(&self) -> Vec<String> {
        self.0.header().map(|header| header.cell_iter().map(Cell::content).collect()).unwrap_or_default()
    }

    /// The length of the longest word of each column.
    fn longest_words(&self) -> Vec<usize> {
        let longest = |text: &str| text.split_whitespace().map(|word| word.chars().count()).max().unwrap_or(0);
        let mut words: Vec<usize> = self.header().iter().map(|name| longest(name)).collect();
        for row in self.0.row_iter() {
            for (word, cell) in words.iter_mut().zip(row.cell_iter()) {
                *word = longest(&cell.content()).max(*word);
            }
        }
        words
    }

    /// Header and rows without columns.
    fn flowing(&self, width: usize) -> Vec<String> {
        let rows = self.0.row_iter().map(|row| row.cell_iter().map(Cell::content).collect());
        std::iter::once(self.header()).chain(rows).flat_map(|cells: Vec<String>| flow(&cells, width)).collect()
    }
}

/// The cells in as few lines as possible, the further ones indented. A cell goes to the next line as a whole, unless it is
/// longer than a line.
fn flow(cells: &[String], width: usize) -> Vec<String> {
    let length = |text: &str| text.chars().count();
    let mut lines = Vec::new();
    let mut line = String::new();
    for cell in cells {
        let is_long = length(cell) + INDENT > width;
        let pieces: Vec<&str> = if is_long { cell.split_whitespace().collect() } else { vec![cell] };
        for (number, piece) in pieces.into_iter().enumerate() {
            let gap = if number == 0 { "  " } else { " " };
            if line.is_empty() {
                line.push_str(piece);
            } else if length(&line) + length(gap) + length(piece) <= width {
                line += &format!("{gap}{piece}");
            } else {
                lines.push(std::mem::replace(&mut line, format!("{:INDENT$}{piece}", "")));
            }
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_flow_into_lines_without_breaking_a_word() {
        let flow =
            |cells: &[&str], width| flow(&cells.iter().map(ToString::to_string).collect::<Vec<_>>(), width).join("|");
        assert_eq!(flow(&["57", "open_at_the_counter", "applied"], 40), "57  open_at_the_counter  applied");
        assert_eq!(flow(&["57", "open_at_the_counter", "applied"], 31), "57  open_at_the_counter|    applied");
        assert_eq!(flow(&["audit", "delete audit entries"], 16), "audit  delete|    audit|    entries");
        assert_eq!(flow(&["a", "much_longer_than_the_line"], 10), "a|    much_longer_than_the_line");
    }
}

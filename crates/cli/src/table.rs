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

/// Rows under a header. No word is broken: a terminal that is too narrow gets each row as a list.
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
                return self.list();
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

    /// Each row as lines of a column's name and a value, with a blank line between rows.
    fn list(&self) -> Vec<String> {
        let header = self.header();
        let width = header.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let mut lines = Vec::new();
        for row in self.0.row_iter() {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.extend(
                header.iter().zip(row.cell_iter()).map(|(name, cell)| format!("{name:width$}  {}", cell.content())),
            );
        }
        lines
    }
}

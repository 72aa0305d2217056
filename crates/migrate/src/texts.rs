//! The texts of a program's migrations.

use super::migrations::Migrations;

impl Migrations {
    /// File names and texts in the order in which they run; in a chain with the source, `app/V1__add_tickets.sql`.
    #[must_use]
    pub fn texts(&self) -> impl DoubleEndedIterator<Item = (String, &str)> {
        self.steps().map(|step| (format!("{step}.sql"), step.sql()))
    }
}

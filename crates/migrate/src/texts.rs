//! The texts of a program's migrations.

use super::migrations::Migrations;

impl Migrations {
    /// File names and texts, by version.
    #[must_use]
    pub fn texts(&self) -> impl DoubleEndedIterator<Item = (String, &str)> {
        self.iter().map(|migration| (format!("{migration}.sql"), migration.sql().unwrap_or_default()))
    }
}

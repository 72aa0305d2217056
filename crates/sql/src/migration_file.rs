//! The parts of a migration file.
//!
//! ```text
//! -- Serves look-ups by label.                       the summary line of the head comment
//! -- Locks: nothing that stops readers or writers.   what it locks
//! -- barqnet: no-transaction                         a directive
//! -- barqnet: check SELECT COUNT(*) = 0 FROM labels  what must be true before the body runs
//! -- barqnet: accepts drops-index: nobody reads it   one finding that is accepted, with the reason
//! CREATE INDEX CONCURRENTLY …;                       the body
//!
//! /* rollback
//! DROP INDEX …;                                      the rollback block, at the end of the file
//! */
//! ```

mod directive;

use self::directive::{Directive, directive};
use crate::token::{Kind, Token, tokens};

/// What a directive begins with, after `-- `.
pub const DIRECTIVE_PREFIX: &str = "barqnet:";

const ROLLBACK: &str = "/* rollback";

/// Instructions of a migration to the runner, in lines of its head comment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Directives {
    /// `-- barqnet: no-transaction`: to run outside a transaction, as `CREATE INDEX CONCURRENTLY` must.
    pub no_transaction: bool,
    /// `-- barqnet: min-version 7`: programs that do not know V7 must not run on the database any more. In older files
    /// the word is `floor`.
    pub min_version: Option<i32>,
}

/// `-- barqnet: check SELECT …`: a query that must return one row with TRUE, or the migration does not run. Lines of the head
/// comment below it that have two spaces or more behind their `--` continue it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The query, without the comment's dashes.
    pub sql: String,
    /// The byte offset of its first line.
    pub offset: usize,
}

/// `-- barqnet: requires <source> <version>`: another source's migration that must be applied before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement<'t> {
    /// The name of the other source.
    pub source: &'t str,
    /// The version of its migration.
    pub version: i32,
}

/// `-- barqnet: accepts <rule>: <reason>`: the line by which a migration accepts a finding of the build step. The runner
/// ignores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acceptance<'t> {
    /// The rule whose finding is accepted, in kebab-case.
    pub rule: &'t str,
    /// Why.
    pub reason: &'t str,
    /// The byte offset of the line.
    pub offset: usize,
    /// Whether the line is in the head comment, and so holds for the whole file; otherwise it holds for the statement
    /// directly below it.
    pub is_in_head: bool,
}

/// The text of a migration file, and its parts.
#[derive(Clone, Copy, Debug)]
pub struct MigrationFile<'t> {
    text: &'t str,
}

impl<'t> MigrationFile<'t> {
    /// Of a file's text, which should be in its [`normal_form`].
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        Self { text }
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// The lines of the head comment, each with its `--`: all lines from the first one that begin so.
    pub fn head(&self) -> impl Iterator<Item = &'t str> + use<'t> {
        self.text.lines().take_while(|line| line.starts_with("--"))
    }

    /// The first line of the head comment without its `-- `; `None` if the file does not begin with a comment.
    #[must_use]
    pub fn summary(&self) -> Option<&'t str> {
        self.text.lines().next()?.strip_prefix("-- ").map(str::trim).filter(|summary| !summary.is_empty())
    }

    /// The directives of the head comment. Unknown ones are ignored here; see [`Self::unknown_directives`].
    #[must_use]
    pub fn directives(&self) -> Directives {
        let mut directives = Directives::default();
        for directive in self.head().filter_map(directive) {
            match directive {
                Directive::NoTransaction => directives.no_transaction = true,
                Directive::MinVersion(version) => directives.min_version = Some(version),
                _ => {}
            }
        }
        directives
    }

    /// The checks of the head comment, in order.
    #[must_use]
    pub fn checks(&self) -> Vec<Check> {
        let mut offset = 0;
        let mut found: Vec<Check> = Vec::new();
        let mut continues = false;
        for line in self.text.split_inclusive('\n').take_while(|line| line.starts_with("--")) {
            if let Some(Directive::Check(sql)) = directive(line) {
                found.push(Check { sql: sql.trim().to_owned(), offset });
                continues = true;
            } else if let Some(more) = line.strip_prefix("--  ").filter(|_| continues) {
                found
                    .iter_mut()
                    .next_back()
                    .into_iter()
                    .for_each(|check| check.sql += &format!("\n{}", more.trim_end()));
            } else {
                continues = false;
            }
            offset += line.len();
        }
        found
    }

    /// The migrations of other sources that the head comment requires.
    #[must_use]
    pub fn requirements(&self) -> Vec<Requirement<'t>> {
        let directives = self.head().filter_map(directive);
        directives.filter_map(|it| if let Directive::Requires(it) = it { Some(it) } else { None }).collect()
    }

    /// The versions that this file replaces, in order: `-- barqnet: replaces 1..4, 6..40`. Empty if it replaces none.
    #[must_use]
    pub fn replaces(&self) -> Vec<i32> {
        let directives = self.head().filter_map(directive);
        directives.filter_map(|it| if let Directive::Replaces(it) = it { Some(it) } else { None }).flatten().collect()
    }

    /// The findings that the file accepts, in order.
    #[must_use]
    pub fn acceptances(&self) -> Vec<Acceptance<'t>> {
        let head = self.head().count();
        let mut offset = 0;
        let mut found = Vec::new();
        for (number, line) in self.text.split_inclusive('\n').enumerate() {
            if let Some(Directive::Accepts { rule, reason }) = directive(line) {
                found.push(Acceptance { rule, reason, offset, is_in_head: number < head });
            }
            offset += line.len();
        }
        found
    }

    /// The byte offsets of the lines that look like directives and have no effect: unknown ones, and those that do not
    /// stand in the head comment, where all but `accepts` must be.
    #[must_use]
    pub fn unknown_directives(&self) -> Vec<usize> {
        let head = self.head().count();
        let mut offset = 0;
        let mut found = Vec::new();
        for (number, line) in self.text.split_inclusive('\n').enumerate() {
            match directive(line) {
                Some(Directive::Unknown) => found.push(offset),
                None | Some(Directive::Accepts { .. }) => {}
                Some(_) if number >= head => found.push(offset),
                Some(_) => {}
            }
            offset += line.len();
        }
        found
    }

    /// The paragraph of the head comment that follows `Locks: `, in one line.
    #[must_use]
    pub fn locks(&self) -> Option<String> {
        let mut found: Option<String> = None;
        for line in self.head() {
            let text = line.trim_start_matches("--").trim();
            match (&mut found, text.split_once("Locks: ")) {
                (None, Some((_, first))) => found = Some(first.to_owned()),
                (None, None) => {}
                (Some(_), _) if text.is_empty() || directive(line).is_some() => break,
                (Some(locks), _) => *locks += &format!(" {text}"),
            }
        }
        found
    }

    /// The SQL that the migration runs: everything before the rollback block, without white space at either end.
    #[must_use]
    pub fn body(&self) -> &'t str {
        let end = self.rollback_comment().map_or(self.text.len(), |comment| comment.offset);
        self.text[..end].trim()
    }

    /// The SQL in the last `/* rollback … */`, which undoes the migration; its offset is found with
    /// [`Self::offset_of`]. `None` without such a block; an empty block is `Some("")`, white space aside.
    #[must_use]
    pub fn rollback(&self) -> Option<&'t str> {
        self.rollback_comment()?.text.strip_prefix(ROLLBACK)?.strip_suffix("*/")
    }

    /// The byte offset of a part that one of these functions returned.
    #[must_use]
    pub fn offset_of(&self, part: &'t str) -> usize {
        part.as_ptr().addr().saturating_sub(self.text.as_ptr().addr())
    }

    fn rollback_comment(&self) -> Option<Token<'t>> {
        let is_rollback = |token: &Token<'t>| token.kind == Kind::Comment && token.text.starts_with(ROLLBACK);
        tokens(self.text).into_iter().rfind(is_rollback)
    }
}

/// The text without a byte order mark and with line feeds only: a file's checksum must not depend on the machine that
/// checked it out.
#[must_use]
pub fn normal_form(text: &str) -> String {
    text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "-- Why.\n--\n-- Locks: SHARE on users\n-- for a second.\n-- barqnet: no-transaction\n\
                        -- barqnet: min-version 7\nSELECT 1; -- Locks: none\n\n\
                        /* rollback\nSELECT 2; /* nested */\n*/\n";

    #[test]
    fn a_file_has_its_parts() {
        let file = MigrationFile::new(FILE);
        assert_eq!(file.summary(), Some("Why."));
        assert_eq!(file.head().count(), 6);
        assert_eq!(file.locks().as_deref(), Some("SHARE on users for a second."));
        assert_eq!(file.directives(), Directives { no_transaction: true, min_version: Some(7) });
        assert!(file.body().starts_with("-- Why.") && file.body().ends_with("-- Locks: none"));
        let rollback = file.rollback().expect("the file has a rollback block");
        assert_eq!(rollback, "\nSELECT 2; /* nested */\n");
        assert!(FILE[file.offset_of(rollback)..].starts_with(rollback));
        assert_eq!(file.unknown_directives(), []);
    }

    #[test]
    fn a_file_may_lack_every_part() {
        let file = MigrationFile::new("SELECT '/* rollback */'");
        assert_eq!((file.summary(), file.locks(), file.rollback()), (None, None, None));
        assert_eq!(file.directives(), Directives::default());
        assert_eq!(file.body(), file.text());
        assert_eq!(MigrationFile::new("SELECT 1; /* rollback */").rollback().map(str::trim), Some(""));
    }

    #[test]
    fn locks_end_with_their_paragraph_or_at_a_directive() {
        let locks = |text| MigrationFile::new(text).locks();
        assert_eq!(locks("-- Creates. Locks: nothing.\n-- barqnet: floor 2\n").as_deref(), Some("nothing."));
        assert_eq!(locks("-- Locks: one.\n--\n-- More.\n").as_deref(), Some("one."));
        assert_eq!(locks("SELECT 1;\n-- Locks: nothing"), None);
    }

    #[test]
    fn directives_stand_in_the_head_and_nowhere_else() {
        let file = MigrationFile::new("-- Why.\nSELECT 1;\n-- barqnet: no-transaction\n");
        assert_eq!(file.directives(), Directives::default());
        assert_eq!(file.unknown_directives(), [18]);
    }

    #[test]
    fn a_directive_that_has_no_effect_is_found() {
        for line in [
            "-- barqnet: no-transactions",
            "-- barqnet: floor x",
            "-- barqnet: min-version 0",
            "-- barqnet: min-version",
            "--barqnet: no-transaction",
            "-- barqnet:no-transaction",
            "  -- barqnet: no-transaction",
        ] {
            let text = format!("-- Why.\n{line}\nSELECT 1;");
            let file = MigrationFile::new(&text);
            assert_eq!(file.unknown_directives(), [8], "{line}");
            assert_eq!(file.directives(), Directives::default(), "{line}");
        }
    }

    #[test]
    fn an_accepted_finding_has_its_rule_and_a_reason() {
        let text = "-- Why.\n-- barqnet: accepts drops-table: nothing reads it\n\n    -- barqnet: accepts a-b: c: d \nSELECT 1;";
        let file = MigrationFile::new(text);
        let found = [
            Acceptance { rule: "drops-table", reason: "nothing reads it", offset: 8, is_in_head: true },
            Acceptance { rule: "a-b", reason: "c: d", offset: 59, is_in_head: false },
        ];
        assert_eq!(file.acceptances(), found);
        assert_eq!(file.unknown_directives(), []);
        for line in ["accepts drops-table", "accepts drops-table:", "accepts : x", "accepts A: x", "accepts"] {
            let text = format!("-- Why.\n-- barqnet: {line}\n");
            assert_eq!(MigrationFile::new(&text).unknown_directives(), [8], "{line}");
        }
    }

    #[test]
    fn a_check_goes_on_in_indented_lines_of_the_head() {
        let text = "-- Why.\n-- barqnet: check SELECT COUNT(*) = 0\n--     FROM labels\n-- barqnet: check SELECT TRUE\n\
                    -- Locks: none.\n--  not a check\nSELECT 1;\n-- barqnet: check SELECT FALSE\n";
        let file = MigrationFile::new(text);
        let found = [
            Check { sql: "SELECT COUNT(*) = 0\n   FROM labels".to_owned(), offset: 8 },
            Check { sql: "SELECT TRUE".to_owned(), offset: 65 },
        ];
        assert_eq!(file.checks(), found);
        assert_eq!(file.unknown_directives(), [text.rfind("-- barqnet").unwrap_or_default()]);
        assert_eq!(MigrationFile::new("-- Why.\n-- barqnet: check \nSELECT 1;").unknown_directives(), [8]);
    }

    #[test]
    fn a_required_migration_has_a_source_and_a_version() {
        let file = MigrationFile::new("-- Why.\n-- barqnet: requires barqnet 104\nSELECT 1;");
        assert_eq!(file.requirements(), [Requirement { source: "barqnet", version: 104 }]);
        assert_eq!(file.unknown_directives(), []);
        for line in ["requires barqnet", "requires 104", "requires barqnet V104", "requires barqnet 0"] {
            let text = format!("-- Why.\n-- barqnet: {line}\nSELECT 1;");
            assert_eq!(MigrationFile::new(&text).unknown_directives(), [8], "{line}");
        }
    }

    #[test]
    fn replaced_versions_are_ranges_in_ascending_order() {
        let replaces = |ranges: &str| MigrationFile::new(&format!("-- barqnet: replaces {ranges}\n")).replaces();
        assert_eq!(replaces("1..3, 5, 7..8"), [1, 2, 3, 5, 7, 8]);
        for bad in ["", "3..1", "1..3, 2", "0..3", "1...3", "a"] {
            assert_eq!(replaces(bad), [0; 0], "{bad}");
            let text = format!("-- barqnet: replaces {bad}\n");
            assert_eq!(MigrationFile::new(&text).unknown_directives(), [0], "{bad}");
        }
    }

    #[test]
    fn the_older_word_for_min_version_is_understood() {
        assert_eq!(MigrationFile::new("-- barqnet: floor 8\n").directives().min_version, Some(8));
    }

    #[test]
    fn the_normal_form_has_neither_mark_nor_carriage_returns() {
        assert_eq!(normal_form("\u{feff}-- a\r\nb\rc\n"), "-- a\nb\rc\n");
    }
}

//! The names of the runner's tables.

/// The history's table of a source that names no other. Its layout and content are refinery's, so that refinery's own runner
/// agrees with it.
pub const HISTORY_TABLE: &str = "schema_migrations";

/// The names of the runner's tables, and of tracking tables that a baseline put aside, begin so. No other table's name
/// should: such tables are no part of the schema.
pub const TABLE_PREFIX: &str = "schema_migration";

/// The table of minimum versions, beside the history [`HISTORY_TABLE`].
pub const MIN_VERSION_TABLE: &str = "schema_migration_floors";

/// The table of fingerprints, beside the history [`HISTORY_TABLE`].
pub const FINGERPRINT_TABLE: &str = "schema_migration_fingerprints";

/// The table of what applied migrations require of other sources: one for all sources.
pub(super) const REQUIREMENT_TABLE: &str = "schema_migration_requirements";

/// So that the names of the tables beside it are no longer than PostgreSQL's 63 bytes.
const LONGEST_HISTORY_NAME: usize = 63 - "_fingerprints".len();

/// SQL: whether the table `c` of `pg_class` is a history: it has the columns that refinery gives it, and no others.
pub(super) const IS_HISTORY: &str = "
    c.relkind = 'r' AND c.relnatts = 4
    AND ARRAY(SELECT a.attname::TEXT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 ORDER BY a.attnum)
        = ARRAY['version', 'name', 'applied_on', 'checksum']";

/// Every table that the runner keeps for a source with the history `history`, which is one of them; and the one that it keeps for
/// all sources.
#[must_use]
pub fn runner_tables(history: &str) -> [String; 4] {
    let Tables { history, fingerprints, min_versions } = Tables::new(history);
    [history, fingerprints, min_versions, REQUIREMENT_TABLE.to_owned()]
}

/// The tables of one source: its history and what the runner keeps beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tables {
    pub(super) history: String,
    pub(super) fingerprints: String,
    pub(super) min_versions: String,
}

impl Tables {
    pub(super) fn new(history: &str) -> Self {
        if history == HISTORY_TABLE {
            let (fingerprints, min_versions) = (FINGERPRINT_TABLE.to_owned(), MIN_VERSION_TABLE.to_owned());
            return Self { history: history.to_owned(), fingerprints, min_versions };
        }
        let beside = |what: &str| format!("{history}_{what}");
        Self { history: history.to_owned(), fingerprints: beside("fingerprints"), min_versions: beside("floors") }
    }

    /// What is wrong with the history's name. It is written into SQL as it is, as refinery does.
    pub(super) fn fault(&self) -> Option<String> {
        let name = &self.history;
        let is_plain = barqnet_db_sql::quote_identifier(name) == *name && name.len() <= LONGEST_HISTORY_NAME;
        (!is_plain).then(|| {
            format!(
                "`{name}` is no name for a table of migrations: it must be in snake_case, no reserved word, and at most \
                 {LONGEST_HISTORY_NAME} bytes long"
            )
        })
    }

    pub(super) fn all(&self) -> [&str; 3] {
        [&self.history, &self.fingerprints, &self.min_versions]
    }
}

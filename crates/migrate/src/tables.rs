//! The names of the runner's tables.

/// The history's table. Its layout and content are refinery's, so that refinery's own runner agrees with it.
pub const HISTORY_TABLE: &str = "schema_migrations";

/// The names of the runner's tables, and of tracking tables that a baseline put aside, begin so. No other table's name
/// should: such tables are no part of the schema.
pub const TABLE_PREFIX: &str = "schema_migration";

/// The table of minimum versions, beside the history.
pub const MIN_VERSION_TABLE: &str = "schema_migration_floors";

/// The table of fingerprints, beside the history.
pub const FINGERPRINT_TABLE: &str = "schema_migration_fingerprints";

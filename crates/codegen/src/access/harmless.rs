//! Volatile functions that read nothing but what a replica knows, and leave nothing behind.
//!
//! `VOLATILE` says that a function may do anything. A project's own function in SQL is looked into; of PostgreSQL's own and of
//! those of its extensions, the ones here are known to write nothing, lock nothing and change no session.

use super::catalogue::Function;

/// Of PostgreSQL. Those that begin with `pg_stat_get_` are harmless, too.
const OF_POSTGRESQL: [&str; 37] = [
    // Time and chance.
    "clock_timestamp",
    "timeofday",
    "timezone",
    "pg_sleep",
    "pg_sleep_for",
    "pg_sleep_until",
    "random",
    "random_normal",
    "gen_random_uuid",
    "uuidv4",
    "uuidv7",
    "array_sample",
    "array_shuffle",
    // TABLESAMPLE.
    "bernoulli",
    "system",
    // Sizes.
    "pg_database_size",
    "pg_indexes_size",
    "pg_relation_size",
    "pg_table_size",
    "pg_tablespace_size",
    "pg_total_relation_size",
    // The state of the server.
    "current_query",
    "pg_blocking_pids",
    "pg_collation_actual_version",
    "pg_current_logfile",
    "pg_database_collation_actual_version",
    "pg_get_wal_replay_pause_state",
    "pg_is_in_recovery",
    "pg_is_wal_replay_paused",
    "pg_jit_available",
    "pg_last_wal_receive_lsn",
    "pg_last_wal_replay_lsn",
    "pg_last_xact_replay_timestamp",
    "pg_lock_status",
    "pg_partition_ancestors",
    "pg_partition_tree",
    "pg_safe_snapshot_blocking_pids",
];

/// Of `pgcrypto` and `uuid-ossp`.
const OF_EXTENSIONS: [&str; 5] =
    ["gen_random_bytes", "gen_salt", "uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4"];

/// Whether a volatile function of PostgreSQL or of an extension only reads.
pub(super) fn is_harmless(function: &Function) -> bool {
    let name = function.name.as_str();
    if function.is_system {
        OF_POSTGRESQL.contains(&name) || name.starts_with("pg_stat_get_")
    } else {
        function.is_of_extension && OF_EXTENSIONS.contains(&name.rsplit('.').next().unwrap_or(name))
    }
}

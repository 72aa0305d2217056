//! Constraints of good schema design that every table keeps.

use crate::common::{migrated_database, text_rows};

#[tokio::test]
async fn every_timestamp_column_has_a_time_zone() {
    let database = migrated_database().await;
    let without = text_rows(
        &database.client().await,
        "SELECT FORMAT('%s.%s', table_name, column_name) FROM information_schema.columns
         WHERE table_schema = 'public' AND data_type = 'timestamp without time zone'",
    )
    .await;
    assert!(without.is_empty(), "{without:#?}");
}

#[tokio::test]
async fn every_table_has_a_primary_key() {
    let database = migrated_database().await;
    let without = text_rows(
        &database.client().await,
        "SELECT relname::TEXT FROM pg_class c
         WHERE relnamespace = 'public'::REGNAMESPACE AND relkind IN ('r', 'p')
           AND NOT EXISTS (SELECT 1 FROM pg_index WHERE indrelid = c.oid AND indisprimary)",
    )
    .await;
    assert!(without.is_empty(), "{without:#?}");
}

#[tokio::test]
async fn every_foreign_key_is_served_by_an_index_that_begins_with_it() {
    let database = migrated_database().await;
    let without = text_rows(
        &database.client().await,
        "SELECT FORMAT('%s on %s', c.conname, c.conrelid::REGCLASS) FROM pg_constraint c
         WHERE c.contype = 'f'
           AND NOT EXISTS (
               SELECT 1 FROM pg_index i
               WHERE i.indrelid = c.conrelid AND i.indisvalid AND i.indpred IS NULL
                 AND (i.indkey::INT2[])[0:CARDINALITY(c.conkey) - 1] = c.conkey
           )",
    )
    .await;
    assert!(without.is_empty(), "{without:#?}");
}

#[tokio::test]
async fn no_column_name_has_two_types() {
    let database = migrated_database().await;
    let twofold = text_rows(
        &database.client().await,
        "SELECT FORMAT('%s: %s', a.attname, STRING_AGG(DISTINCT FORMAT_TYPE(a.atttypid, a.atttypmod), ' and '))
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         WHERE c.relnamespace = 'public'::REGNAMESPACE AND c.relkind IN ('r', 'p') AND a.attnum > 0
           AND NOT a.attisdropped
         GROUP BY a.attname
         HAVING COUNT(DISTINCT FORMAT_TYPE(a.atttypid, a.atttypmod)) > 1",
    )
    .await;
    assert!(twofold.is_empty(), "{twofold:#?}");
}

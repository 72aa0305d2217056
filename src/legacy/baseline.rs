//! The baseline of the Go product: what the runner does with its databases before V1.

use barqnet_db_migrate::{Baseline, Recognised, Recognition};
use tokio_postgres::Client;

use super::recognise::{Origin, recognise};

/// Lets databases of the Go product be migrated. [`embedded::migrations()`](crate::embedded::migrations()) has it.
#[derive(Clone, Copy, Debug)]
pub struct GoProduct;

impl Baseline for GoProduct {
    fn first_migration(&self) -> &'static str {
        "base_schema"
    }

    fn tables(&self) -> &[&str] {
        &["users"]
    }

    fn recognise<'a>(&'a self, client: &'a Client) -> Recognition<'a> {
        Box::pin(async move {
            let Origin::GoProduct { tracking, versions } = recognise(client).await? else { return Ok(None) };
            let details = format!("tracking table: {tracking:?}, versions: {}", versions.join(", "));
            Ok(Some(Recognised { what: "a database of the Go product".to_owned(), details }))
        })
    }

    fn prepare(&self) -> &str {
        RENAME_TRACKING_TABLE
    }
}

/// Renames the tracking table and everything that is named after it. Does nothing if there is no such table, or the
/// history.
const RENAME_TRACKING_TABLE: &str = "
    DO $$
    DECLARE
        new_name TEXT := 'schema_migrations_legacy';
        copies   INTEGER := 1;
        target   RECORD;
    BEGIN
        IF TO_REGCLASS('schema_migrations') IS NULL
           OR EXISTS (SELECT FROM pg_attribute
                      WHERE attrelid = TO_REGCLASS('schema_migrations') AND attname = 'applied_on')
        THEN
            RETURN;
        END IF;
        WHILE TO_REGCLASS(new_name) IS NOT NULL LOOP
            copies := copies + 1;
            new_name := FORMAT('schema_migrations_legacy_%s', copies);
        END LOOP;
        -- Renaming the index of a constraint renames the constraint.
        FOR target IN
            SELECT c.oid::REGCLASS AS relation, REPLACE(c.relname, 'schema_migrations', new_name) AS new_name,
                   CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'INDEX' END AS kind
            FROM pg_class c
            WHERE c.relname LIKE '%schema\\_migrations%'
              AND (c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'schema_migrations'::REGCLASS)
                   OR (c.relkind = 'S'
                       AND c.oid IN (SELECT objid FROM pg_depend
                                     WHERE classid = 'pg_class'::REGCLASS
                                       AND refobjid = 'schema_migrations'::REGCLASS)))
        LOOP
            EXECUTE FORMAT('ALTER %s %s RENAME TO %I', target.kind, target.relation, target.new_name);
        END LOOP;
        EXECUTE FORMAT('ALTER TABLE schema_migrations RENAME TO %I', new_name);
    END
    $$;";

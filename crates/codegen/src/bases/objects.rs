//! What the bases have made of the database, and what the project's own migrations changed of it.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::{Client, Error};

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    settings::Settings,
};

/// Every object that is there before a migration of the project runs: all of it is a base's.
#[derive(Debug, Default)]
pub(crate) struct BaseObjects {
    /// Catalogue and number.
    ids: BTreeSet<(u32, u32)>,
    /// What is said of each object by name: `users.phone` is `text NOT NULL`.
    described: BTreeMap<String, String>,
}

/// Catalogue and number of everything that a migration makes.
const IDS: &str = "
    SELECT 'pg_class'::REGCLASS::OID, oid FROM pg_class WHERE oid >= 16384
    UNION ALL SELECT 'pg_proc'::REGCLASS::OID, oid FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT 'pg_type'::REGCLASS::OID, oid FROM pg_type WHERE oid >= 16384
    UNION ALL SELECT 'pg_constraint'::REGCLASS::OID, oid FROM pg_constraint WHERE oid >= 16384
    UNION ALL SELECT 'pg_trigger'::REGCLASS::OID, oid FROM pg_trigger WHERE oid >= 16384
    UNION ALL SELECT 'pg_namespace'::REGCLASS::OID, oid FROM pg_namespace WHERE oid >= 16384";

/// Name and definition of what statements and functions depend on: columns, functions, views.
const DESCRIBED: &str = "
    SELECT 'the column ' || a.attrelid::REGCLASS || '.' || a.attname,
           FORMAT_TYPE(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'the function ' || oid::REGPROCEDURE, prosrc || COALESCE(pg_get_function_result(oid), '')
    FROM pg_proc
    WHERE oid >= 16384
    UNION ALL
    SELECT 'the view ' || oid::REGCLASS, pg_get_viewdef(oid)
    FROM pg_class
    WHERE oid >= 16384 AND relkind IN ('v', 'm')";

impl BaseObjects {
    pub(crate) async fn read(client: &Client) -> Result<Self, Error> {
        let ids = client.query(IDS, &[]).await?;
        Ok(Self { ids: ids.iter().map(|row| (row.get(0), row.get(1))).collect(), described: described(client).await? })
    }

    /// Whether it is a base's: `class` is the number of the catalogue.
    pub(crate) fn has(&self, class: u32, oid: u32) -> bool {
        self.ids.contains(&(class, oid))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// What the project's own migrations have changed of it.
    pub(crate) async fn changes(&self, client: &Client) -> Result<Changes, Error> {
        let now = described(client).await?;
        let mut changes = Changes::default();
        for (name, before) in &self.described {
            match now.get(name) {
                Some(after) if after == before => {}
                Some(after) => {
                    let loses_not_null = before.ends_with(NOT_NULL) && !after.ends_with(NOT_NULL);
                    if name.starts_with(COLUMN) && loses_not_null {
                        changes.nullable.push(name[COLUMN.len()..].to_owned());
                    } else if name.starts_with(COLUMN) {
                        changes.others.push(format!("{name} is {after} instead of {before}"));
                    } else {
                        changes.others.push(format!("{name} is another one"));
                    }
                }
                None => changes.others.push(format!("{name} is dropped")),
            }
        }
        let tables: BTreeSet<&str> = self.described.keys().filter_map(|name| table_of(name)).collect();
        let is_new = |name: &&String| {
            !self.described.contains_key(*name) && table_of(name).is_some_and(|table| tables.contains(table))
        };
        changes.others.extend(now.keys().filter(is_new).map(|name| format!("{name} is added")));
        Ok(changes)
    }
}

const COLUMN: &str = "the column ";

const NOT_NULL: &str = " NOT NULL";

/// The table of a column.
fn table_of(name: &str) -> Option<&str> {
    name.strip_prefix(COLUMN)?.rsplit_once('.').map(|(table, _)| table)
}

async fn described(client: &Client) -> Result<BTreeMap<String, String>, Error> {
    let rows = client.query(DESCRIBED, &[]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// What the project's own migrations changed of the bases' objects.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Columns that lost their NOT NULL.
    nullable: Vec<String>,
    others: Vec<String>,
}

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        self.nullable.is_empty() && self.others.is_empty()
    }

    /// What there is to say of them. Statements that fail are found by preparing them.
    pub(crate) fn diagnostics(&self, settings: &Settings) -> Diagnostics {
        let folder = &settings.migrations;
        let bases = settings.on_top_of.join(" or ");
        let mut found = Diagnostics::default();
        for column in &self.nullable {
            found.push(
                Diagnostic::error(
                    "base-column-nullable",
                    folder,
                    format!("{column} can be NULL now, and is a column of {bases}"),
                )
                .note(format!("the code of {bases} reads it as one that is never NULL"))
                .help("leave its NOT NULL in place"),
            );
        }
        if !self.others.is_empty() {
            found.push(
                Diagnostic::warning("base-changed", folder, format!("these migrations change what is {bases}'s"))
                    .note(self.others.join("; "))
                    .note(
                        "the next release may change it, too; a health check compares it with what all migrations made",
                    )
                    .help("keep what is yours in tables of your own, with a foreign key"),
            );
        }
        found
    }
}

//! The generated module `constraints`: an enum of the constraints and unique indexes of the schema.

use std::collections::{BTreeMap, BTreeSet};

use barqnet_db_client::error_text::in_full;
use barqnet_db_migrate::TABLE_PREFIX;
use barqnet_db_sql::{Kind as TokenKind, Token, tokens};
use futures::try_join;
use tokio_postgres::{Client, Error, Row};

use crate::{
    bases::BaseObjects,
    diagnostic::{Diagnostic, Diagnostics},
    schema::{SCHEMAS, class, no_extension},
    settings::Settings,
    types::variant,
};

/// The name of the module.
pub(crate) const MODULE: &str = "constraints";

/// What PostgreSQL can report under one name.
#[derive(Debug, Default)]
struct Constraint {
    /// `Primary key of …`; several where tables have checks of one name.
    about: BTreeSet<String>,
    /// The names of the parts that partitions have.
    others: BTreeSet<String>,
}

/// By name.
#[derive(Debug, Default)]
pub(crate) struct Constraints(BTreeMap<String, Constraint>);

impl Constraints {
    /// Those of the project's own tables, domains and functions, and those that its migrations add to a base's.
    pub(crate) async fn read(of_bases: &BaseObjects, client: &Client) -> Result<Self, Diagnostics> {
        Self::query(of_bases, client).await.map_err(|error| {
            Diagnostic::new("migrations", format!("cannot read the constraints: {}", in_full(&error))).into()
        })
    }

    async fn query(of_bases: &BaseObjects, client: &Client) -> Result<Self, Error> {
        let (tables, domains, functions) = (of_tables(), of_domains(), functions());
        let (tables, domains, functions) =
            try_join!(client.query(&tables, &[]), client.query(&domains, &[]), client.query(&functions, &[]))?;
        let mut found = Self::default();
        let is_own = |class: u32, row: &Row, column: usize| !of_bases.has(class, row.get(column));
        let of_class = |row: &Row| if row.get::<_, &str>(0) == "i" { class::RELATION } else { class::CONSTRAINT };
        for row in tables.iter().filter(|row| is_own(of_class(row), row, 6)) {
            let name: String = row.get(1);
            let other: String = row.get(2);
            let constraint = found.0.entry(name.clone()).or_default();
            constraint.about.insert(about(row));
            constraint.others.extend((other != name).then_some(other));
        }
        for row in domains.iter().filter(|row| is_own(class::CONSTRAINT, row, 2)) {
            let about = format!("Check of the domain `{}`.", row.get::<_, String>(1));
            found.0.entry(row.get(0)).or_default().about.insert(about);
        }
        let raised: Vec<(String, String)> = functions
            .iter()
            .filter(|row| is_own(class::FUNCTION, row, 2))
            .flat_map(|row| raised(row.get(1)).into_iter().map(|name| (name, row.get(0))))
            .filter(|(name, _)| !found.0.contains_key(name))
            .collect();
        for (name, function) in raised {
            found.0.entry(name).or_default().about.insert(format!("Raised by the function `{function}`."));
        }
        found.name_once();
        Ok(found)
    }

    /// A name means one variant.
    fn name_once(&mut self) {
        let mut taken: BTreeSet<String> = self.0.keys().cloned().collect();
        for constraint in self.0.values_mut() {
            constraint.others.retain(|name| taken.insert(name.clone()));
        }
    }

    /// The text of the module; `None` if the schema has no constraint.
    pub(crate) fn code(&self, settings: &Settings) -> Option<String> {
        let mut taken = BTreeSet::from(["Unknown".to_owned()]);
        let variants: String = self
            .0
            .iter()
            .map(|(name, constraint)| {
                let variant = free(variant(name).unwrap_or_else(|| "Unnamed".to_owned()), &mut taken);
                let about: String = constraint.about.iter().map(|about| format!("    /// {about}\n")).collect();
                let others: String = constraint.others.iter().map(|other| format!(" | {other:?}")).collect();
                format!("{about}    {variant} = {name:?}{others},\n")
            })
            .collect();
        (!variants.is_empty()).then(|| {
            format!(
                "// Written by the build step from {}/. Edit those files: `cargo build` brings this one up to date.\n\n\
                 //! The constraints and unique indexes of the schema.\n\n\
                 use {} as db;\n\n\
                 db::constraints! {{\n{variants}}}\n",
                settings.migrations, settings.client
            )
        })
    }
}

/// The variant, with a number if names that differ in other characters than letters have taken it.
fn free(variant: String, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{variant}{number}"));
    let free = std::iter::once(variant.clone()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or(variant);
    taken.insert(free.clone());
    free
}

/// One sentence on a constraint or index of a table.
fn about(row: &Row) -> String {
    let kind = match row.get::<_, &str>(0) {
        "p" => "Primary key",
        "u" => "Unique constraint",
        "f" => "Foreign key",
        "x" => "Exclusion constraint",
        "i" => "Unique index",
        _ => "Check",
    };
    let target: Option<String> = row.get(4);
    let target = target.map_or_else(String::new, |target| format!(" to `{target}`"));
    let columns: Vec<String> = row.get::<_, Vec<String>>(5).iter().map(|column| format!("`{column}`")).collect();
    let columns = if columns.is_empty() { String::new() } else { format!(": {}", columns.join(", ")) };
    // A name may have a line break.
    format!("{kind} of `{}`{target}{columns}.", row.get::<_, String>(3)).replace(['\n', '\r'], " ")
}

/// The names in `RAISE … USING CONSTRAINT = 'name'` of a function's body.
fn raised(body: &str) -> Vec<String> {
    let all: Vec<Token<'_>> = tokens(body).into_iter().filter(|token| token.kind != TokenKind::Comment).collect();
    let raised = all.windows(4).filter_map(|window| match window {
        [constraint, equals, name, next] if constraint.is("CONSTRAINT") => {
            let is_end = [",", ";"].contains(&next.text);
            (["=", ":="].contains(&equals.text) && name.kind == TokenKind::String && is_end).then_some(name.text)
        }
        _ => None,
    });
    raised.map(|literal| literal.trim_matches('\'').replace("''", "'")).collect()
}

/// Kind, name, the name that PostgreSQL reports, table, referenced table, columns, number. The parts of partitions have the name of the
/// whole.
fn of_tables() -> String {
    format!(
        "WITH RECURSIVE tables AS (
             SELECT c.oid,
                    CASE WHEN pg_table_is_visible(c.oid) THEN c.relname::TEXT ELSE n.nspname || '.' || c.relname END AS name
             FROM pg_class c
             JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'p') AND n.oid IN {SCHEMAS} AND NOT STARTS_WITH(c.relname, '{TABLE_PREFIX}')
               AND {}
         ),
         wholes AS (
             SELECT c.oid, c.oid AS whole
             FROM pg_constraint c
             WHERE c.conparentid = 0
             UNION ALL
             SELECT c.oid, w.whole
             FROM pg_constraint c
             JOIN wholes w ON w.oid = c.conparentid
         )
         SELECT w.contype::TEXT, w.conname::TEXT, c.conname::TEXT, t.name, f.name,
                ARRAY(
                    SELECT a.attname::TEXT
                    FROM UNNEST(w.conkey) WITH ORDINALITY AS k (number, position)
                    JOIN pg_attribute a ON a.attrelid = w.conrelid AND a.attnum = k.number
                    ORDER BY CASE WHEN w.contype = 'c' THEN k.number ELSE k.position END
                ),
                w.oid
         FROM pg_constraint c
         JOIN wholes ON wholes.oid = c.oid
         JOIN pg_constraint w ON w.oid = wholes.whole
         JOIN tables t ON t.oid = w.conrelid
         LEFT JOIN tables f ON f.oid = w.confrelid
         -- A NOT NULL is never reported by name, and only PostgreSQL 18 lists it.
         WHERE c.contype IN ('p', 'u', 'f', 'x') OR (c.contype = 'c' AND c.conislocal)
         UNION ALL
         SELECT 'i', w.relname::TEXT, c.relname::TEXT, t.name, NULL,
                ARRAY(
                    SELECT a.attname::TEXT
                    FROM UNNEST(i.indkey::INT2[]) WITH ORDINALITY AS k (number, position)
                    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
                    WHERE k.position <= i.indnkeyatts
                    ORDER BY k.position
                ),
                w.oid
         FROM pg_class c
         JOIN pg_class w ON w.oid = COALESCE(pg_partition_root(c.oid), c.oid)
         JOIN pg_index i ON i.indexrelid = w.oid
         JOIN tables t ON t.oid = i.indrelid
         WHERE c.relkind IN ('i', 'I')
           AND i.indisunique
           AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = w.oid AND o.contype IN ('p', 'u', 'x'))",
        no_extension("pg_class", "c.oid")
    )
}

/// Name, domain and number.
fn of_domains() -> String {
    format!(
        "SELECT c.conname::TEXT, t.typname::TEXT, c.oid
         FROM pg_constraint c
         JOIN pg_type t ON t.oid = c.contypid
         WHERE c.contype = 'c' AND t.typnamespace IN {SCHEMAS} AND {}",
        no_extension("pg_type", "t.oid")
    )
}

/// Name, body and number of the functions in PL/pgSQL.
fn functions() -> String {
    format!(
        "SELECT p.proname::TEXT, p.prosrc, p.oid
         FROM pg_proc p
         JOIN pg_language l ON l.oid = p.prolang
         WHERE l.lanname = 'plpgsql' AND p.pronamespace IN {SCHEMAS} AND {}",
        no_extension("pg_proc", "p.oid")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_function_raises_are_found_in_its_statements_only() {
        let body = "BEGIN -- CONSTRAINT = 'comment',\n  RAISE EXCEPTION 'CONSTRAINT = ''text'';' USING CONSTRAINT = 'it''s', TABLE = 't';\n\
                    RAISE 'x' USING ERRCODE = '23514', constraint := /* here */ 'second'; SELECT CONSTRAINT = 'a' || b; END";
        assert_eq!(raised(body), ["it's", "second"]);
    }

    #[test]
    fn names_that_become_one_variant_are_numbered() {
        let mut taken = BTreeSet::from(["Unknown".to_owned()]);
        assert_eq!(
            ["a_b", "a b", "unknown"].map(|name| free(variant(name).unwrap(), &mut taken)),
            ["AB", "AB2", "Unknown2"]
        );
    }
}

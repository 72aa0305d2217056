//! The schema: invalid indexes, constraints that older rows violate, legacy data, unknown tables.

use std::time::Duration;

use barqnet_db_client::error_text::in_full;
use barqnet_db_sql::quote_identifier;
use tokio_postgres::{Client, Row, error::SqlState};

use super::finding::{CheckResult, Finding};
use crate::{
    legacy,
    migrate::{MigratedTables, Migrations, migrated_tables, runner_tables},
};

pub(super) async fn invalid_indexes(client: &Client) -> CheckResult {
    let rows = client
        .query(
            "SELECT x.relname::TEXT, r.relname::TEXT, i.indisunique,
                    EXISTS (SELECT 1 FROM pg_stat_progress_create_index p WHERE p.relid = i.indrelid)
             FROM pg_index i
             JOIN pg_class x ON x.oid = i.indexrelid
             JOIN pg_class r ON r.oid = i.indrelid
             WHERE NOT (i.indisvalid AND i.indisready) AND x.relkind = 'i'
               AND x.relnamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
             ORDER BY x.relname",
            &[],
        )
        .await?;
    if rows.is_empty() {
        return Ok(vec![Finding::ok("every index is valid")]);
    }
    Ok(rows
        .iter()
        .map(|row| {
            let (index, table, unique, being_built): (&str, &str, bool, bool) =
                (row.get(0), row.get(1), row.get(2), row.get(3));
            if being_built {
                return Finding::note(format!("index {index} on {table} is being created"));
            }
            let name = quote_identifier(index);
            let drop = format!("DROP INDEX CONCURRENTLY {name}");
            // A REINDEX CONCURRENTLY that was interrupted leaves the old index in use and these beside it.
            let advice = if index.contains("_ccnew") || index.contains("_ccold") {
                drop
            } else if unique {
                format!("remove the duplicate rows, then REINDEX INDEX CONCURRENTLY {name}; or {drop}")
            } else {
                format!("REINDEX INDEX CONCURRENTLY {name}; or {drop}")
            };
            let what = format!(
                "index {index} on {table} is invalid: its creation was interrupted; it slows writes down, and no query \
                 uses it"
            );
            Finding::problem(what, advice)
        })
        .collect())
}

/// Patterns that a migration stored without their backslashes, because it ran with `standard_conforming_strings = off`.
pub(super) async fn patterns(client: &Client) -> CheckResult {
    let rows = client
        .query(
            "SELECT conname::TEXT, conrelid::REGCLASS::TEXT
             FROM pg_constraint
             WHERE contype = 'c'
               AND connamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
               AND STRPOS(PG_GET_CONSTRAINTDEF(oid), CHR(39) || '^+') > 0
             ORDER BY conname",
            &[],
        )
        .await?;
    let broken = |row: &Row| {
        let (constraint, table): (&str, &str) = (row.get(0), row.get(1));
        let what = format!(
            "the pattern of constraint {constraint} of {table} is no regular expression: a migration ran with \
             standard_conforming_strings = off, and every new row fails"
        );
        Finding::problem(what, "run `migrate`, which repairs it")
    };
    Ok(rows.iter().map(broken).collect())
}

pub(super) async fn constraints_not_valid(client: &Client, statement_timeout: Duration) -> CheckResult {
    let mut findings = Vec::new();
    for constraint in legacy::not_valid(client).await? {
        let (name, table, violations) = (&constraint.name, &constraint.table, constraint.violations_clause());
        let what = format!("constraint {name} of {table} holds for new rows only");
        let validate =
            format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", quote_identifier(table), quote_identifier(name));
        findings.push(match constraint.count_violations(client).await {
            Ok(0) => Finding::note(format!("{what}, and no row violates it")).with_advice(validate),
            Ok(count) => Finding::warning(
                format!("{what}: {count} older {} it", if count == 1 { "row violates" } else { "rows violate" }),
                format!("SELECT * {violations} lists them; once they are corrected, {validate}"),
            ),
            Err(error) if error.code() == Some(&SqlState::QUERY_CANCELED) => Finding::note(format!(
                "{what}; counting the rows that violate it takes longer than {} s",
                statement_timeout.as_secs()
            ))
            .with_advice(validate),
            Err(error) => Finding::check_failed(&format!("the rows of {table}: {what}"), &in_full(&error)),
        });
    }
    Ok(findings)
}

/// Values that were changed to convert a database of the Go product, what was kept of it, and tables that no migration
/// mentions; those of a database that is ahead may be of migrations that this program does not know.
pub(super) async fn leftovers(client: &Client, migrations: &Migrations, is_ahead: bool) -> CheckResult {
    // Constraints that older rows violate have findings of their own.
    let mut findings: Vec<Finding> = legacy::changes(client)
        .await?
        .iter()
        .map(|change| {
            let rows = if change.rows == 1 { "row" } else { "rows" };
            Finding::note(format!("{}: {} {rows}", change.what, change.rows))
        })
        .collect();
    let mut kept = legacy::kept(client).await?;
    let migrated = migrated_tables(client).await?;
    let unknown = if is_ahead { Vec::new() } else { unknown_tables(client, migrations, &migrated).await? };
    for table in unknown {
        if !kept.contains(&table) {
            kept.push(table);
        }
    }
    if kept.is_empty() {
        return Ok(findings);
    }
    // What another source's migrations made is not known if another runner applied them.
    let of_others: Vec<&str> = migrated
        .unknown
        .iter()
        .map(String::as_str)
        .filter(|history| !migrations.history_tables().any(|it| it == *history))
        .collect();
    findings.push(if of_others.is_empty() {
        let what = format!("not made by any migration, and left unchanged: {}", kept.join(", "));
        Finding::note(what).with_advice("BarqNet does not use it; drop it if nothing else does")
    } else {
        let what = format!("not made by a migration of this build, and left unchanged: {}", kept.join(", "));
        let histories = of_others.join(" and ");
        Finding::note(what).with_advice(format!("the migrations that {histories} records may have made it"))
    });
    Ok(findings)
}

/// The tables that no migration names, of this build's and of those that the database records.
async fn unknown_tables(
    client: &Client,
    migrations: &Migrations,
    migrated: &MigratedTables,
) -> Result<Vec<String>, tokio_postgres::Error> {
    let histories = migrated.histories.iter().flat_map(|history| runner_tables(history));
    let of_the_runner: Vec<String> = migrations.runner_tables().map(ToOwned::to_owned).chain(histories).collect();
    let rows = client
        .query(
            "SELECT c.relname::TEXT
             FROM pg_class c
             WHERE c.relnamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE AND c.relkind IN ('r', 'p')
               AND c.relname <> ALL ($1::TEXT[])
               AND NOT EXISTS (
                   SELECT 1 FROM pg_depend d
                   WHERE d.classid = 'pg_class'::REGCLASS AND d.objid = c.oid AND d.deptype = 'e'
               )
             ORDER BY c.relname",
            &[&of_the_runner],
        )
        .await?;
    let known = migrations.words();
    let names = rows.iter().map(|row| row.get::<_, &str>(0));
    let names = names.filter(|name| !known.contains(name) && !migrated.names.contains(*name));
    Ok(names.map(|name| format!("table {name}")).collect())
}

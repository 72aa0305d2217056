//! The schema: migrations, drift, indexes and rules that do not hold, what is left over.

use tokio_postgres::{Client, error::SqlState};

use super::{Finding, Looked, could_not_look, quoted};
use crate::{
    migrate::{self, Drift, Migrations, Refusal, State},
    pool::Settings,
};

/// A drift of more than this many objects is told in number.
const MOST_DIFFERENCES: usize = 20;

pub(super) async fn migrations(settings: &Settings, migrations: &Migrations) -> Vec<Finding> {
    let preview = match migrate::preview(settings, migrations).await {
        Ok(preview) => preview,
        Err(migrate::Error::Adoption(refusal)) if !matches!(refusal, Refusal::Unreadable(_)) => {
            let text = refusal.to_string();
            let what = text.strip_prefix("nothing was changed: ").unwrap_or(&text);
            return vec![Finding::problem(what, "no migration will touch it as it is")];
        }
        Err(error) => return vec![Finding::note(format!("could not look at the migrations: {error}"))],
    };
    match preview.state() {
        State::UpToDate => vec![Finding::ok(format!("every migration is applied, {migrations}"))],
        State::Pending => {
            let names: Vec<String> = preview.pending.iter().map(ToString::to_string).collect();
            let mut findings =
                vec![Finding::warning(format!("not applied yet: {}", names.join(", ")), "run barqnet-db migrate")];
            if preview.adopts {
                findings.push(Finding::note("this is a database of the Go product; the first run adopts it"));
            }
            findings
        }
        State::Ahead | State::Diverged => preview
            .conflicts
            .iter()
            .map(|conflict| {
                let text = conflict.to_string();
                // A conflict says itself what to do, after the last semicolon.
                let (what, advice) = text.rsplit_once("; ").unwrap_or((&text, "compare the two"));
                match conflict {
                    migrate::Conflict::Ahead { .. } => Finding::warning(what, advice),
                    _ => Finding::problem(what, advice),
                }
            })
            .collect(),
    }
}

pub(super) async fn drift(client: &Client) -> Looked {
    let differences = match migrate::drift(client).await? {
        Drift::None => return Ok(vec![Finding::ok("the schema is what the migrations made")]),
        Drift::Unknown(why) => {
            return Ok(vec![Finding::note(format!("whether the schema was changed by hand can't be told: {why}"))]);
        }
        Drift::Found(differences) => differences,
    };
    let mut findings: Vec<Finding> = differences
        .iter()
        .take(MOST_DIFFERENCES)
        .map(|difference| {
            if difference.takes_away() {
                let advice =
                    "statements may rely on what the migrations made: restore it, or make the change a migration";
                Finding::problem(difference.to_string(), advice)
            } else {
                Finding::warning(
                    difference.to_string(),
                    "make it a migration, so that every database has it, or drop it",
                )
            }
        })
        .collect();
    if let Some(more) = differences.len().checked_sub(MOST_DIFFERENCES).filter(|more| *more > 0) {
        findings.push(Finding::note(format!("{more} more differences from what the migrations made")));
    }
    Ok(findings)
}

pub(super) async fn invalid_indexes(client: &Client) -> Looked {
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
                return Finding::note(format!("index {index} on {table} is being built"));
            }
            let name = quoted(index);
            let drop = format!("DROP INDEX CONCURRENTLY {name}");
            // A REINDEX CONCURRENTLY that was interrupted leaves the old index in use and these beside it.
            let advice = if index.contains("_ccnew") || index.contains("_ccold") {
                drop
            } else if unique {
                format!("remove the rows that are there twice, then REINDEX INDEX CONCURRENTLY {name}; or {drop}")
            } else {
                format!("REINDEX INDEX CONCURRENTLY {name}; or {drop}")
            };
            let what = format!(
                "index {index} on {table} is invalid: its building was interrupted, it costs and serves nobody"
            );
            Finding::problem(what, advice)
        })
        .collect())
}

pub(super) async fn rules_not_valid(client: &Client) -> Looked {
    let mut findings = Vec::new();
    for broken in migrate::not_valid(client).await? {
        let (rule, table, rows) = (&broken.rule, &broken.table, broken.broken_by());
        let what = format!("rule {rule} of {table} holds for new rows only");
        let validate = format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", quoted(table), quoted(rule));
        findings.push(match broken.count(client).await {
            Ok(0) => Finding::note(format!("{what}, and no row breaks it any more")).with_advice(validate),
            Ok(count) => Finding::warning(
                format!("{what}: {count} from before {} it", if count == 1 { "breaks" } else { "break" }),
                format!("SELECT * {rows} shows them; once they are put right, {validate}"),
            ),
            Err(error) if error.code() == Some(&SqlState::QUERY_CANCELED) => Finding::note(format!(
                "{what}; to count those that break it takes more than {} s",
                super::STATEMENT_TIMEOUT.as_secs()
            ))
            .with_advice(validate),
            Err(error) => could_not_look(&format!("the rows of {table}, of which {what}"), &error),
        });
    }
    Ok(findings)
}

/// What adoption changed, the originals kept beside it, and what it left alone, with tables that no migration knows of:
/// an older product's, or somebody's own.
pub(super) async fn leftovers(client: &Client, migrations: &Migrations) -> Looked {
    // Rules that don't hold for every row have findings of their own.
    let (changes, mut kept) = migrate::changed_and_kept(client).await?;
    let mut findings: Vec<Finding> = changes
        .iter()
        .map(|change| {
            let rows = if change.rows == 1 { "row" } else { "rows" };
            Finding::note(format!("{}: {} {rows}", change.what, change.rows))
        })
        .collect();
    for table in strange_tables(client, migrations).await? {
        if !kept.contains(&table) {
            kept.push(table);
        }
    }
    if !kept.is_empty() {
        let what = format!("left alone, because no migration made it: {}", kept.join(", "));
        findings.push(Finding::note(what).with_advice("nothing here reads it; drop it if nobody else does"));
    }
    Ok(findings)
}

async fn strange_tables(client: &Client, migrations: &Migrations) -> Result<Vec<String>, tokio_postgres::Error> {
    let rows = client
        .query(
            "SELECT c.relname::TEXT
             FROM pg_class c
             WHERE c.relnamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE AND c.relkind IN ('r', 'p')
               AND c.relname NOT IN ('schema_migrations', 'schema_migration_fingerprints', 'schema_migration_floors')
               AND NOT EXISTS (
                   SELECT 1 FROM pg_depend d
                   WHERE d.classid = 'pg_class'::REGCLASS AND d.objid = c.oid AND d.deptype = 'e'
               )
             ORDER BY c.relname",
            &[],
        )
        .await?;
    let names = rows.iter().map(|row| row.get::<_, &str>(0)).filter(|name| !migrations.name_anywhere(name));
    Ok(names.map(|name| format!("table {name}")).collect())
}

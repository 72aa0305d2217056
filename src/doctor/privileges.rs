//! What the role that connected may do.

use barqnet_db_sql::quote_identifier;
use tokio_postgres::Client;

use super::finding::{CheckResult, Finding};
use crate::migrate::{self, MIN_VERSION_TABLE, Migrations, TABLE_PREFIX, check_search_path};

/// A problem if the role may read none of the tables, so that nothing can be checked; not in a database without tables.
pub(super) async fn reads_nothing(client: &Client) -> Result<Option<Finding>, tokio_postgres::Error> {
    let row = client
        .query_one(
            "SELECT CURRENT_USER::TEXT,
                    n.nspname::TEXT,
                    COUNT(c.oid),
                    COUNT(c.oid) FILTER (WHERE HAS_ANY_COLUMN_PRIVILEGE(c.oid, 'SELECT'))
             FROM (SELECT 1) one
             LEFT JOIN pg_namespace n ON n.nspname = CURRENT_SCHEMA()
             LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm') AND c.relname <> $1
             GROUP BY n.nspname",
            // Everybody may read that one.
            &[&MIN_VERSION_TABLE],
        )
        .await?;
    let (role, schema, tables, readable): (&str, Option<&str>, i64, i64) =
        (row.get(0), row.get(1), row.get(2), row.get(3));
    let Some(schema) = schema else { return Ok(Some(no_schema(role))) };
    Ok((tables > 0 && readable == 0).then(|| {
        Finding::problem(
            format!("role {role} may read none of the tables in schema {schema}: nothing can be checked"),
            "connect as a role that may, or grant the rights that `doctor --sql` prints",
        )
    }))
}

fn no_schema(role: &str) -> Finding {
    Finding::problem(
        format!("role {role} may use none of the schemas in its search_path"),
        format!("GRANT USAGE ON SCHEMA public TO {}", quote_identifier(role)),
    )
}

/// Of a database that is ahead, what this program does not know is left out: it does not use it.
pub(super) async fn of_role(client: &Client, migrations: &Migrations, is_ahead: bool) -> CheckResult {
    let role: String = client.query_one("SELECT CURRENT_USER::TEXT", &[]).await?.get(0);
    let words = migrations.words();
    let is_used = |name: &str| !is_ahead || words.contains(name);
    let mut findings = on_tables(client, &role, migrations, is_used).await?;
    if findings.is_empty() {
        findings.push(Finding::ok(format!("role {role} may read and write every table")));
    }
    findings.extend(on_functions(client, &role, is_used).await?);
    findings.extend(on_schema(client, &role, migrations).await?);
    Ok(findings)
}

/// Of the runner's own tables a service reads the histories only.
async fn on_tables(
    client: &Client,
    role: &str,
    migrations: &Migrations,
    is_used: impl Fn(&str) -> bool,
) -> CheckResult {
    let (histories, of_the_runner): (Vec<&str>, Vec<&str>) =
        (migrations.history_tables().collect(), migrations.runner_tables().collect());
    let rows = client
        .query(
            "SELECT c.relname::TEXT, c.relkind = 'S', STRING_AGG(p.privilege, ', ' ORDER BY p.place)
             FROM pg_class c
             CROSS JOIN UNNEST(CASE WHEN c.relname = ANY($1::TEXT[]) THEN ARRAY['SELECT']
                                    WHEN STARTS_WITH(c.relname::TEXT, $2) OR c.relname = ANY($3::TEXT[]) THEN ARRAY[]::TEXT[]
                                    WHEN c.relkind = 'S' THEN ARRAY['USAGE']
                                    WHEN c.relkind IN ('v', 'm') THEN ARRAY['SELECT']
                                    ELSE ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'] END)
                  WITH ORDINALITY p (privilege, place)
             WHERE c.relnamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
               AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
               AND NOT EXISTS (
                   SELECT 1 FROM pg_depend d
                   WHERE d.classid = 'pg_class'::REGCLASS AND d.objid = c.oid AND d.deptype = 'e'
               )
               AND NOT CASE WHEN c.relkind = 'S' THEN HAS_SEQUENCE_PRIVILEGE(c.oid, p.privilege)
                            ELSE HAS_TABLE_PRIVILEGE(c.oid, p.privilege) END
             GROUP BY c.relname, c.relkind
             ORDER BY c.relkind = 'S', c.relname",
            &[&histories, &TABLE_PREFIX, &of_the_runner],
        )
        .await?;
    Ok(rows
        .iter()
        .filter(|row| is_used(row.get(0)))
        .map(|row| {
            let (name, is_sequence, lacks): (&str, bool, &str) = (row.get(0), row.get(1), row.get(2));
            let kind = if is_sequence { "sequence " } else { "" };
            Finding::warning(
                format!("role {role} lacks {lacks} on {kind}{name}"),
                format!(
                    "a service needs it: GRANT {lacks} ON {kind}{} TO {}",
                    quote_identifier(name),
                    quote_identifier(role)
                ),
            )
        })
        .collect())
}

/// Everybody may call a function unless the right was revoked from PUBLIC.
async fn on_functions(client: &Client, role: &str, is_used: impl Fn(&str) -> bool) -> CheckResult {
    let rows = client
        .query(
            "SELECT p.oid::REGPROCEDURE::TEXT, p.proname::TEXT
             FROM pg_proc p
             WHERE p.pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
               AND p.prokind = 'f'
               -- PostgreSQL calls these itself, and asks for no right.
               AND p.prorettype <> 'TRIGGER'::REGTYPE
               AND NOT EXISTS (
                   SELECT 1 FROM pg_depend d
                   WHERE d.classid = 'pg_proc'::REGCLASS AND d.objid = p.oid AND d.deptype = 'e'
               )
               AND NOT HAS_FUNCTION_PRIVILEGE(p.oid, 'EXECUTE')
             ORDER BY 1",
            &[],
        )
        .await?;
    Ok(rows
        .iter()
        .filter(|row| is_used(row.get(1)))
        .map(|row| {
            let function: &str = row.get(0);
            Finding::warning(
                format!("role {role} lacks EXECUTE on function {function}"),
                format!("a service needs it: GRANT EXECUTE ON FUNCTION {function} TO {}", quote_identifier(role)),
            )
        })
        .collect())
}

/// Creating tables is a privilege of the role that migrates, which a service does not need.
async fn on_schema(client: &Client, role: &str, migrations: &Migrations) -> CheckResult {
    let row = client
        .query_one(
            "SELECT CURRENT_SCHEMA()::TEXT, COALESCE(HAS_SCHEMA_PRIVILEGE(CURRENT_SCHEMA()::TEXT, 'CREATE'), FALSE)",
            &[],
        )
        .await?;
    let Some(schema) = row.get::<_, Option<&str>>(0) else {
        return Ok(vec![no_schema(role)]);
    };
    if let Err(migrate::Error::OtherSchema { table, schema: other, .. }) = check_search_path(client, migrations).await {
        return Ok(vec![Finding::problem(
            format!(
                "role {role} finds the table {table} in schema {other} and would create new tables in schema {schema}"
            ),
            format!("ALTER ROLE {} SET search_path = {}", quote_identifier(role), quote_identifier(&other)),
        )]);
    }
    Ok(vec![if row.get(1) {
        Finding::ok(format!("role {role} may create tables, as migrations do"))
    } else {
        Finding::note(format!("role {role} may not create tables in schema {schema}"))
            .with_advice("to migrate, connect as the role that owns the tables")
    }])
}

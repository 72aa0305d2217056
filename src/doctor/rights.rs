//! What the role that connected may do.

use tokio_postgres::Client;

use super::{Finding, Looked, quoted, text};
use crate::migrate::{self, Refusal};

pub(super) async fn of_the_role(client: &Client) -> Looked {
    let role = text(client, "SELECT CURRENT_USER::TEXT").await?;
    let mut findings = tables(client, &role).await?;
    if findings.is_empty() {
        findings.push(Finding::ok(format!("role {role} may read and write every table")));
    }
    findings.extend(schema(client, &role).await?);
    Ok(findings)
}

/// Runners' own tables need no more than to be read, and only the history must be.
async fn tables(client: &Client, role: &str) -> Looked {
    let rows = client
        .query(
            "SELECT c.relname::TEXT, c.relkind = 'S', STRING_AGG(p.privilege, ', ' ORDER BY p.place)
             FROM pg_class c
             CROSS JOIN UNNEST(CASE WHEN c.relname = 'schema_migrations' THEN ARRAY['SELECT']
                                    WHEN STARTS_WITH(c.relname::TEXT, 'schema_migration') THEN ARRAY[]::TEXT[]
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
            &[],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| {
            let (name, is_sequence, lacks): (&str, bool, &str) = (row.get(0), row.get(1), row.get(2));
            let kind = if is_sequence { "sequence " } else { "" };
            Finding::warning(
                format!("role {role} lacks {lacks} on {kind}{name}"),
                format!("a service needs it: GRANT {lacks} ON {kind}{} TO {}", quoted(name), quoted(role)),
            )
        })
        .collect())
}

/// To create is the right of whoever migrates, which a service need not be.
async fn schema(client: &Client, role: &str) -> Looked {
    let row = client
        .query_one(
            "SELECT CURRENT_SCHEMA()::TEXT, COALESCE(HAS_SCHEMA_PRIVILEGE(CURRENT_SCHEMA()::TEXT, 'CREATE'), FALSE)",
            &[],
        )
        .await?;
    let Some(schema) = row.get::<_, Option<&str>>(0) else {
        return Ok(vec![Finding::problem(
            format!("role {role} may use none of the schemas in its search_path"),
            format!("GRANT USAGE ON SCHEMA public TO {}", quoted(role)),
        )]);
    };
    if let Err(Refusal::OtherSchema { table, schema: other, .. }) = migrate::in_one_schema(client).await {
        return Ok(vec![Finding::problem(
            format!("role {role} finds the table {table} in schema {other} and would make new ones in schema {schema}"),
            format!("ALTER ROLE {} SET search_path = {}", quoted(role), quoted(&other)),
        )]);
    }
    Ok(vec![if row.get(1) {
        Finding::ok(format!("role {role} may create tables, as a migration does"))
    } else {
        Finding::note(format!("role {role} may not create tables in schema {schema}"))
            .with_advice("to migrate, connect as the role that owns the tables")
    }])
}

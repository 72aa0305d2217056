//! Sequences that come near the end of their column's type.

use barqnet_db_sql::quote_identifier;
use tokio_postgres::{Client, Row};

use super::finding::{CheckResult, Finding};

/// The share of a sequence's range, in percent, from which it is a warning, and from which it is a problem.
const WARNING: i64 = 50;
const PROBLEM: i64 = 90;

pub(super) async fn used(client: &Client) -> CheckResult {
    let rows = client
        .query(
            "SELECT c.relname::TEXT,
                    t.relname::TEXT,
                    a.attname::TEXT,
                    TRUNC(100.0 * l.last / l.max)::BIGINT,
                    l.max - l.last,
                    l.max > 2147483647
             FROM pg_sequence s
             JOIN pg_class c ON c.oid = s.seqrelid
             LEFT JOIN pg_depend d ON d.classid = 'pg_class'::REGCLASS AND d.objid = c.oid AND d.deptype IN ('a', 'i')
                                  AND d.refclassid = 'pg_class'::REGCLASS
             LEFT JOIN pg_class t ON t.oid = d.refobjid
             LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
             CROSS JOIN LATERAL (
                 SELECT LEAST(s.seqmax, CASE a.atttypid WHEN 'smallint'::REGTYPE THEN 32767
                                                        WHEN 'integer'::REGTYPE THEN 2147483647
                                                        ELSE s.seqmax END) AS max,
                        CASE WHEN HAS_SEQUENCE_PRIVILEGE(c.oid, 'SELECT, USAGE') THEN PG_SEQUENCE_LAST_VALUE(c.oid) END AS last
             ) l
             WHERE c.relnamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
               AND s.seqincrement > 0
               AND NOT s.seqcycle
               AND l.last >= l.max * ($1::BIGINT::NUMERIC / 100)
             ORDER BY c.relname",
            &[&WARNING],
        )
        .await?;
    if rows.is_empty() {
        return Ok(vec![Finding::ok(format!("no sequence has used {WARNING} % of its range"))]);
    }
    Ok(rows.iter().map(near_its_end).collect())
}

fn near_its_end(row: &Row) -> Finding {
    let (sequence, table, column): (&str, Option<&str>, Option<&str>) = (row.get(0), row.get(1), row.get(2));
    let (percent, left, is_wide): (i64, i64, bool) = (row.get(3), row.get(4), row.get(5));
    let owner = table.zip(column);
    let of = owner.map(|(table, column)| format!(" of {table}.{column}")).unwrap_or_default();
    let what =
        format!("sequence {sequence}{of} has used {percent} % of its range: after {left} more ids no row can be added");
    let advice = match owner {
        Some((table, column)) if !is_wide => format!(
            "ALTER TABLE {} ALTER COLUMN {} TYPE BIGINT, which rewrites the table, and ALTER SEQUENCE {} AS BIGINT",
            quote_identifier(table),
            quote_identifier(column),
            quote_identifier(sequence)
        ),
        _ => "find out what takes so many ids".to_owned(),
    };
    if percent < PROBLEM { Finding::warning(what, advice) } else { Finding::problem(what, advice) }
}

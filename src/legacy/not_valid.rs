//! Constraints that hold for new rows only (NOT VALID), because older rows violate them.

use tokio_postgres::Client;

/// A check or foreign key that is NOT VALID.
#[derive(Debug)]
pub(crate) struct NotValid {
    /// The constraint's name.
    pub(crate) name: String,
    /// The table's name.
    pub(crate) table: String,
    /// Whether it is a check: else it is a foreign key.
    pub(crate) is_check: bool,
    /// The table as SQL writes it, with its schema where it needs one.
    qualified: String,
    condition: String,
}

impl NotValid {
    /// The FROM clause, with its condition, of the rows that violate the constraint.
    pub(crate) fn violations_clause(&self) -> String {
        format!("FROM {} this WHERE {}", self.qualified, self.condition)
    }

    /// How many rows violate the constraint; reads the whole table.
    pub(crate) async fn count_violations(&self, client: &Client) -> Result<i64, tokio_postgres::Error> {
        client.query_one(&format!("SELECT COUNT(*) {}", self.violations_clause()), &[]).await?.try_get(0)
    }
}

/// Every such constraint, by table and name.
pub(crate) async fn not_valid(client: &Client) -> Result<Vec<NotValid>, tokio_postgres::Error> {
    let rows = client
        .query(
            "SELECT c.conname::TEXT, r.relname::TEXT, c.conrelid::REGCLASS::TEXT,
                    CASE c.contype
                        WHEN 'c' THEN 'NOT (' || PG_GET_EXPR(c.conbin, c.conrelid) || ')'
                        ELSE (SELECT FORMAT('%s AND NOT EXISTS (SELECT FROM %s that WHERE %s)',
                                            STRING_AGG(FORMAT('this.%I IS NOT NULL', a.attname), ' AND '),
                                            c.confrelid::REGCLASS,
                                            STRING_AGG(FORMAT('that.%I = this.%I', f.attname, a.attname), ' AND '))
                              FROM UNNEST(c.conkey, c.confkey) AS k (own, referred)
                              JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.own
                              JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = k.referred)
                    END,
                    c.contype = 'c'
             FROM pg_constraint c
             JOIN pg_class r ON r.oid = c.conrelid
             WHERE NOT c.convalidated AND c.contype IN ('c', 'f')
               AND c.connamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
             ORDER BY r.relname, c.conname",
            &[],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let (name, table) = (row.try_get(0)?, row.try_get(1)?);
            Ok(NotValid {
                name,
                table,
                qualified: row.try_get(2)?,
                condition: row.try_get(3)?,
                is_check: row.try_get(4)?,
            })
        })
        .collect()
}

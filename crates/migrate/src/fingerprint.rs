//! The fingerprint: the schema's text and its SHA-256, recorded at the end of each run, so that a later manual change
//! shows.
//!
//! It holds for one state of all histories together, because the schema is what all sources made. refinery's own runner does
//! not write it: after one of its runs drift is unknown. Reading the schema takes longer than most migrations, so all but the last
//! one of a run get a row without a text, with empty `versions`.

use barqnet_db_client::error_text::in_full;
use barqnet_db_sql::{quote_identifier, words};
use tokio_postgres::{Client, Row};

use super::{
    catalogue, history,
    source::Step,
    tables::{FINGERPRINT_TABLE, HISTORY_TABLE, IS_HISTORY, Tables},
};

/// The format of the catalogue's text. Increment it with every change that writes the same schema differently.
pub(super) const FORMAT: i32 = 3;

/// A schema's text, and what another must have in common with it to be compared.
#[derive(Debug)]
pub(super) struct Fingerprint {
    pub(super) format: i32,
    pub(super) server_major: i32,
    pub(super) sha256: String,
    pub(super) catalogue: String,
}

impl Fingerprint {
    fn of(row: &Row) -> Self {
        Self { format: row.get(0), server_major: row.get(1), sha256: row.get(2), catalogue: row.get(3) }
    }
}

/// The histories that a database has, and which of them have fingerprints.
#[derive(Debug)]
pub(super) struct Recorded {
    histories: Vec<String>,
    /// The table of fingerprints of a history, and whether it has the columns `others` and `tables`.
    fingerprints: Vec<(Tables, bool)>,
}

/// The live schema's.
pub(super) async fn live(client: &Client) -> Result<Fingerprint, tokio_postgres::Error> {
    client.query_one(&live_query(), &[]).await.map(|row| Fingerprint::of(&row))
}

impl Recorded {
    pub(super) async fn read(client: &Client) -> Result<Self, tokio_postgres::Error> {
        let sql = format!(
            "SELECT c.relname::TEXT, f.oid IS NOT NULL,
                    EXISTS (SELECT FROM pg_attribute a
                            WHERE a.attrelid = f.oid AND a.attname = 'others' AND NOT a.attisdropped)
             FROM pg_class c
             LEFT JOIN pg_class f ON f.relnamespace = c.relnamespace AND f.relkind = 'r'
                 AND f.relname::TEXT = CASE c.relname WHEN '{HISTORY_TABLE}' THEN '{FINGERPRINT_TABLE}'
                                                      ELSE c.relname || '_fingerprints' END
             WHERE c.relnamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE AND {IS_HISTORY}
             ORDER BY c.relname COLLATE \"C\""
        );
        let mut found = Self { histories: Vec::new(), fingerprints: Vec::new() };
        for row in client.query(&sql, &[]).await? {
            let (history, has_fingerprints, has_others): (String, bool, bool) = (row.get(0), row.get(1), row.get(2));
            if has_fingerprints {
                found.fingerprints.push((Tables::new(&history), has_others));
            }
            found.histories.push(history);
        }
        Ok(found)
    }

    pub(super) fn histories(&self) -> &[String] {
        &self.histories
    }

    /// SQL: whether a row of this table was recorded when exactly the migrations were applied that are applied now.
    fn is_current(&self, tables: &Tables, has_others: bool) -> String {
        let recorded_others = if has_others { "others" } else { "''" };
        let (applied, others) = (versions(&tables.history), others(&tables.history, &self.histories));
        format!("(versions = ({applied}) AND {recorded_others} = {others})")
    }

    /// The fingerprint recorded when exactly the migrations were applied that are applied now, if there is one.
    pub(super) async fn current(&self, client: &Client) -> Result<Option<Fingerprint>, tokio_postgres::Error> {
        let selects: Vec<String> = self
            .fingerprints
            .iter()
            .map(|(tables, has_others)| {
                let table = quote_identifier(&tables.fingerprints);
                let is_current = self.is_current(tables, *has_others);
                format!("SELECT format, server_major, fingerprint, catalogue FROM {table} WHERE {is_current}")
            })
            .collect();
        if selects.is_empty() {
            return Ok(None);
        }
        Ok(client.query(&selects.join(" UNION ALL "), &[]).await?.first().map(Fingerprint::of))
    }

    /// Records this text as the schema that the migrations left which are applied now, and forgets the texts that earlier ones left.
    pub(super) async fn replace(&self, client: &Client, catalogue: &str) -> Result<(), tokio_postgres::Error> {
        for (tables, has_others) in &self.fingerprints {
            let table = quote_identifier(&tables.fingerprints);
            let is_current = self.is_current(tables, *has_others);
            let replace = format!(
                "UPDATE {table}
                 SET fingerprint = ENCODE(SHA256(CONVERT_TO($1, GETDATABASEENCODING())), 'hex'), catalogue = $1
                 WHERE {is_current}"
            );
            client.execute(&replace, &[&catalogue]).await?;
            client.batch_execute(&format!("UPDATE {table} SET versions = '{{}}' WHERE NOT {is_current}")).await?;
        }
        Ok(())
    }

    /// Whether a migration of a source, from a version on, has a row without a text.
    pub(super) async fn lacks_text(
        &self,
        client: &Client,
        of: &Tables,
        from: i32,
    ) -> Result<bool, tokio_postgres::Error> {
        if !self.fingerprints.iter().any(|(tables, has_others)| tables == of && *has_others) {
            return Ok(false);
        }
        let sql = format!("SELECT FROM {} WHERE version >= $1 AND versions = '{{}}' LIMIT 1", of.fingerprints);
        Ok(!client.query(&sql, &[&from]).await?.is_empty())
    }

    /// Whether the last migration of a source has a row without a text.
    pub(super) async fn last_lacks_text(&self, client: &Client) -> Result<bool, tokio_postgres::Error> {
        for (tables, _) in &self.fingerprints {
            if !client.query(&last_without_text(tables), &[]).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The tables that applied migrations named when they were applied, whichever source they are of; and the histories, of
    /// whose migrations that is not known.
    pub(super) async fn tables(&self, client: &Client) -> Result<(Vec<String>, Vec<String>), tokio_postgres::Error> {
        let known: Vec<&Tables> =
            self.fingerprints.iter().filter(|(_, has_tables)| *has_tables).map(|(tables, _)| tables).collect();
        let mut named = Vec::new();
        let mut unknown = Vec::new();
        for tables in &known {
            let sql = format!(
                "SELECT f.tables FROM {} h LEFT JOIN {} f USING (version)",
                quote_identifier(&tables.history),
                quote_identifier(&tables.fingerprints)
            );
            for row in client.query(&sql, &[]).await? {
                match row.get::<_, Option<Vec<String>>>(0) {
                    Some(tables) => named.extend(tables),
                    None if unknown.last() != Some(&tables.history) => unknown.push(tables.history.clone()),
                    None => {}
                }
            }
        }
        let is_known = |history: &String| known.iter().any(|tables| tables.history == *history);
        unknown.extend(self.histories.iter().filter(|history| !is_known(history)).cloned());
        Ok((named, unknown))
    }
}

/// An expression: the major version of the server.
const SERVER_MAJOR: &str = "CURRENT_SETTING('server_version_num')::INTEGER / 10000";

/// A query: the version of the last migration of a source, if its row has no text.
fn last_without_text(Tables { history, fingerprints, .. }: &Tables) -> String {
    let (history, fingerprints) = (quote_identifier(history), quote_identifier(fingerprints));
    format!(
        "SELECT version FROM {fingerprints} WHERE version = (SELECT MAX(version::INT4) FROM {history}) AND versions = '{{}}'"
    )
}

fn live_query() -> String {
    format!(
        "SELECT {FORMAT} AS format,
                {SERVER_MAJOR} AS server_major,
                ENCODE(SHA256(CONVERT_TO(catalogue, GETDATABASEENCODING())), 'hex') AS fingerprint,
                catalogue
         FROM ({}) whole (catalogue)",
        catalogue::whole()
    )
}

/// All applied versions of a history, as an array.
fn versions(history: &str) -> String {
    format!("SELECT ARRAY_AGG(version::INT4 ORDER BY version) FROM {}", quote_identifier(history))
}

/// The applied versions of all other histories, as one text: `schema_migrations_app 1,2,3; …`. Empty histories are left out.
fn others(history: &str, histories: &[String]) -> String {
    let others: Vec<String> = histories
        .iter()
        .filter(|other| *other != history)
        .map(|other| {
            let table = quote_identifier(other);
            let name = other.replace('\'', "''");
            format!("(SELECT '{name} ' || STRING_AGG(version::TEXT, ',' ORDER BY version) FROM {table})")
        })
        .collect();
    if others.is_empty() { "''".to_owned() } else { format!("CONCAT_WS('; ', {})", others.join(", ")) }
}

/// SQL that creates the table; `versions` are those that were applied when the text was written, `others` those of the other
/// histories, `tables` the tables that the migration named. A table of an older release gets the columns that it lacks.
pub(super) fn create_table(tables: &Tables) -> String {
    let table = &tables.fingerprints;
    format!(
        "CREATE TABLE IF NOT EXISTS {table} (version INT4 PRIMARY KEY, versions INT4[] NOT NULL, \
         format INT4 NOT NULL, server_major INT4 NOT NULL, fingerprint TEXT NOT NULL, catalogue TEXT NOT NULL, \
         others TEXT NOT NULL DEFAULT '', tables TEXT[]); \
         DO $$
         BEGIN
             IF NOT EXISTS (SELECT FROM pg_attribute
                            WHERE attrelid = '{table}'::REGCLASS AND attname = 'others' AND NOT attisdropped)
             THEN
                 ALTER TABLE {table} ADD COLUMN others TEXT NOT NULL DEFAULT '', ADD COLUMN tables TEXT[];
             END IF;
         END
         $$"
    )
}

/// SQL that records which tables a migration names, without a text.
pub(super) fn record(step: Step<'_>) -> String {
    let table = &step.source.tables.fingerprints;
    // PostgreSQL writes a name without quotes in lower case.
    let named: Vec<String> = words(step.sql())
        .iter()
        .flat_map(|word| [(*word).to_owned(), word.to_lowercase()])
        .filter(|word| !word.starts_with(|c: char| c.is_ascii_digit()))
        .map(|word| format!("'{word}'"))
        .collect();
    let named = if named.is_empty() { "NULL".to_owned() } else { named.join(", ") };
    format!(
        "INSERT INTO {table} (version, versions, format, server_major, fingerprint, catalogue, others, tables)
         SELECT {}, '{{}}', {FORMAT}, {SERVER_MAJOR}, '', '', '',
                ARRAY(SELECT relname::TEXT FROM pg_class
                      WHERE relnamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE AND relkind IN ('r', 'p')
                        AND relname IN ({named})
                      ORDER BY relname)
         ON CONFLICT (version) DO UPDATE
         SET versions = EXCLUDED.versions, format = EXCLUDED.format, server_major = EXCLUDED.server_major,
             fingerprint = EXCLUDED.fingerprint, catalogue = EXCLUDED.catalogue, others = EXCLUDED.others,
             tables = EXCLUDED.tables",
        step.version()
    )
}

/// SQL that records the live schema as the one that the last migration of a source left, unless its row has a text; it must run
/// after [`super::history::record`] and [`record`]. `histories` are all that the database has.
pub(super) fn record_text(tables: &Tables, histories: &[String]) -> String {
    let Tables { history, fingerprints, .. } = tables;
    let last = last_without_text(tables);
    format!(
        "DO $record$
         BEGIN
             IF EXISTS ({last}) THEN
                 UPDATE {fingerprints}
                 SET versions = ({}), others = {}, format = live.format, server_major = live.server_major,
                     fingerprint = live.fingerprint, catalogue = live.catalogue
                 FROM ({}) live
                 WHERE version = ({last});
             END IF;
         END
         $record$",
        versions(history),
        others(history, histories),
        live_query()
    )
}

/// Executes [`record_text`] where a run or a rollback ended. If that fails, drift is unknown until the next migration.
pub(super) async fn record_text_at_end(client: &Client, tables: &Tables) {
    let record = async {
        let histories = history::tables(client).await?;
        client.batch_execute(&record_text(tables, &histories)).await
    };
    if let Err(error) = record.await {
        tracing::warn!(error = in_full(&error), "cannot record the fingerprint of the schema");
    }
}

/// SQL that removes a migration's record, if the table exists: refinery's own runner does not create it.
pub(super) fn remove(step: Step<'_>) -> String {
    let (table, version) = (&step.source.tables.fingerprints, step.version());
    format!(
        "DO $$
         BEGIN
             IF TO_REGCLASS('{table}') IS NOT NULL THEN
                 DELETE FROM {table} WHERE version = {version};
             END IF;
         END
         $$"
    )
}

//! The fingerprint: the schema's text and its SHA-256, recorded with each migration, so that a later change by hand
//! shows.
//!
//! refinery's own runner does not write it: after one of its runs drift is unknown.

use tokio_postgres::{Client, Row, error::SqlState};

use super::{
    catalogue,
    tables::{FINGERPRINT_TABLE, HISTORY_TABLE},
};

/// The format of the catalogue's text. Increment it with every change that writes the same schema differently.
pub(super) const FORMAT: i32 = 1;

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

/// The live schema's.
pub(super) async fn live(client: &Client) -> Result<Fingerprint, tokio_postgres::Error> {
    client.query_one(&live_query(), &[]).await.map(|row| Fingerprint::of(&row))
}

/// The one recorded when exactly the migrations were applied that are applied now, if there is one.
pub(super) async fn recorded(client: &Client) -> Result<Option<Fingerprint>, tokio_postgres::Error> {
    let query = format!(
        "SELECT format, server_major, fingerprint, catalogue FROM {FINGERPRINT_TABLE} WHERE versions = ({})",
        versions()
    );
    match client.query(&query, &[]).await {
        Ok(rows) => Ok(rows.first().map(Fingerprint::of)),
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(None),
        Err(error) => Err(error),
    }
}

fn live_query() -> String {
    format!(
        "SELECT {FORMAT} AS format,
                CURRENT_SETTING('server_version_num')::INTEGER / 10000 AS server_major,
                ENCODE(SHA256(CONVERT_TO(catalogue, GETDATABASEENCODING())), 'hex') AS fingerprint,
                catalogue
         FROM ({}) whole (catalogue)",
        catalogue::whole()
    )
}

/// All applied versions, as an array.
fn versions() -> String {
    format!("SELECT ARRAY_AGG(version ORDER BY version) FROM {HISTORY_TABLE}")
}

/// SQL that creates the table; `versions` are those that were applied when the text was written.
pub(super) fn create_table() -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {FINGERPRINT_TABLE} (version INT4 PRIMARY KEY, versions INT4[] NOT NULL, \
         format INT4 NOT NULL, server_major INT4 NOT NULL, fingerprint TEXT NOT NULL, catalogue TEXT NOT NULL)"
    )
}

/// SQL that records the live schema as the one that a migration left; it must run after [`super::history::record`].
pub(super) fn record(version: i32) -> String {
    format!(
        "INSERT INTO {FINGERPRINT_TABLE} (version, versions, format, server_major, fingerprint, catalogue)
         SELECT {version}, ({}), format, server_major, fingerprint, catalogue FROM ({}) live
         ON CONFLICT (version) DO UPDATE
         SET versions = EXCLUDED.versions, format = EXCLUDED.format, server_major = EXCLUDED.server_major,
             fingerprint = EXCLUDED.fingerprint, catalogue = EXCLUDED.catalogue",
        versions(),
        live_query()
    )
}

/// SQL that removes a migration's record, if the table exists: refinery's own runner does not create it.
pub(super) fn remove(version: i32) -> String {
    format!(
        "DO $$
         BEGIN
             IF TO_REGCLASS('{FINGERPRINT_TABLE}') IS NOT NULL THEN
                 DELETE FROM {FINGERPRINT_TABLE} WHERE version = {version};
             END IF;
         END
         $$"
    )
}

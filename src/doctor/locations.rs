//! Whether an index finds the nearest locations, or the distance to every location is computed.

use barqnet_db_client::error_text::in_full;
use tokio_postgres::{Client, Row};

use super::finding::{CheckResult, Finding};

/// How the extension is installed where it is not part of the server's packages.
const PACKAGE: &str = "install PostgreSQL's contrib modules on the server";

const INDEX: &str = "as the owner of the tables, SELECT index_nearest_location()";

pub(super) async fn nearest(client: &Client) -> CheckResult {
    let migrated = "SELECT TO_REGPROC('nearest_location_is_indexed') IS NOT NULL";
    if !client.query_one(migrated, &[]).await?.get::<_, bool>(0) {
        return Ok(Vec::new());
    }
    let found = client
        .query_one(
            "SELECT nearest_location_is_indexed(),
                    EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'cube'),
                    EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'cube'),
                    (SELECT QUOTE_IDENT(n.nspname)
                     FROM pg_extension e
                     JOIN pg_namespace n ON n.oid = e.extnamespace
                     WHERE e.extname = 'cube'
                       AND n.nspname <> CURRENT_SCHEMA()
                       AND NOT HAS_SCHEMA_PRIVILEGE('public', n.oid, 'USAGE'))",
            &[],
        )
        .await?;
    if !found.get::<_, bool>(0) {
        let what = "the nearest locations are found without an index: the distance to every location is computed";
        return Ok(vec![Finding::note(what).with_advice(how_to_index(&found))]);
    }
    // With an index, the search fails if it no longer finds the extension's functions.
    let searched = client.execute("SELECT location_id FROM get_nearest_location(0, 0, 1)", &[]).await;
    Ok(vec![match searched {
        Ok(_) => Finding::ok("an index finds the nearest locations"),
        Err(error) if error.code() == Some(&tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE) => {
            return Err(error.into());
        }
        Err(error) => {
            Finding::problem(format!("the search for the nearest locations fails: {}", in_full(&error)), INDEX)
        }
    }])
}

fn how_to_index(found: &Row) -> String {
    let (installed, available): (bool, bool) = (found.get(1), found.get(2));
    match (found.get::<_, Option<&str>>(3), installed, available) {
        (Some(schema), ..) => format!("GRANT USAGE ON SCHEMA {schema} TO PUBLIC; then, {INDEX}"),
        (None, true, _) => INDEX.to_owned(),
        (None, false, true) => format!("as a role that may create it, CREATE EXTENSION cube; then, {INDEX}"),
        (None, false, false) => {
            format!("{PACKAGE} and, as a role that may create it, CREATE EXTENSION cube; then, {INDEX}")
        }
    }
}

//! Recognises a database of the Go product.
//!
//! - It has the tables `users`, `servers` and `audit_log` with the columns of [`REQUIRED`]. Any other database that has
//!   tables is not BarqNet's, and nothing in it is touched.
//! - Its tracking table `schema_migrations`, if it has one, holds versions 1 to 4 only. The later ones of the Go
//!   product (005 and up) changed what V2 to V7 build on.

use barqnet_db_migrate::{BaselineError, HISTORY_TABLE, TABLE_PREFIX};
use tokio_postgres::{Client, error::SqlState};

use super::refusal::Refusal;

/// The columns by which a database of the Go product is recognised; V1 checks the same ones.
const REQUIRED: &str = "('users', 'id'), ('users', 'username'), ('users', 'server_id'),
     ('servers', 'id'), ('servers', 'name'), ('servers', 'host'), ('servers', 'server_type'),
     ('audit_log', 'id'), ('audit_log', 'action'), ('audit_log', 'details'), ('audit_log', 'ip_address')";

/// The newest migration of the Go product that V1 to V4 convert.
const NEWEST_CONVERTED: u32 = 4;

/// The origin of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It has no tables, or those of another source of migrations only.
    Empty,
    /// It has the runner's history, which may be empty.
    Migrated,
    /// The Go product made it.
    GoProduct {
        /// The layout of its tracking table.
        tracking: Tracking,
        /// The versions recorded there, as they are written.
        versions: Vec<String>,
    },
}

/// The layouts of the Go product's tracking table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tracking {
    /// There is no table yet.
    None,
    /// `id`, `version` as a number, `applied_at`.
    Numbers,
    /// The same with `name` and `checksum`.
    NamedNumbers,
    /// `version` as text, such as `002_add_phone_auth`.
    Texts,
}

/// Recognises the origin of a database, or why it can't be migrated. It reads the catalogue once and, if there is
/// one, the tracking table of the Go product.
pub(super) async fn recognise(client: &Client) -> Result<Origin, BaselineError> {
    let row = client
        .query_one(
            &format!(
                "WITH tables AS (
                     SELECT c.oid, c.relname
                     FROM pg_class c
                     WHERE c.relnamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE AND c.relkind IN ('r', 'p')
                       -- Without those of an extension.
                       AND NOT EXISTS (SELECT FROM pg_depend d
                                       WHERE d.classid = 'pg_class'::REGCLASS AND d.objid = c.oid AND d.deptype = 'e')
                 ),
                 columns AS (
                     SELECT t.relname, a.attnum, a.attname, FORMAT_TYPE(a.atttypid, NULL) AS type
                     FROM tables t
                     JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
                 )
                 SELECT ARRAY(SELECT relname::TEXT FROM tables WHERE NOT STARTS_WITH(relname::TEXT, '{TABLE_PREFIX}')
                              ORDER BY relname),
                        ARRAY(SELECT attname::TEXT FROM columns WHERE relname = 'schema_migrations' ORDER BY attnum),
                        (SELECT type FROM columns WHERE relname = 'schema_migrations' AND attname = 'version'),
                        ARRAY(SELECT r.relname || '.' || r.attname
                              FROM (VALUES {REQUIRED}) AS r (relname, attname)
                              LEFT JOIN columns USING (relname, attname)
                              WHERE columns.attnum IS NULL),
                        EXISTS (SELECT FROM columns WHERE relname = 'otp_attempts' AND attname = 'identifier'),
                        -- Another source's migrations made the tables, if they are none of BarqNet's.
                        NOT EXISTS (SELECT FROM tables WHERE relname IN ('users', 'servers', 'audit_log'))
                        AND EXISTS (SELECT FROM tables t
                                    WHERE t.relname <> '{HISTORY_TABLE}'
                                      AND ARRAY(SELECT c.attname::TEXT FROM columns c WHERE c.relname = t.relname
                                                ORDER BY c.attnum)
                                          = ARRAY['version', 'name', 'applied_on', 'checksum'])"
            ),
            &[],
        )
        .await?;
    let tables: Vec<String> = row.try_get(0)?;
    let tracking_columns: Vec<String> = row.try_get(1)?;
    let version_type: Option<String> = row.try_get(2)?;
    let missing: Vec<String> = row.try_get(3)?;
    let is_newer: bool = row.try_get(4)?;
    let is_of_others: bool = row.try_get(5)?;

    let is_migrated =
        ["version", "name", "applied_on", "checksum"].iter().all(|name| tracking_columns.iter().any(|c| c == name));
    if is_migrated {
        return Ok(Origin::Migrated);
    }
    let tracking = tracking(&tracking_columns, version_type.as_deref())
        .ok_or_else(|| Refusal::ForeignTracking { columns: tracking_columns.join(", ") })?;
    if tables.is_empty() || is_of_others {
        return match tracking {
            Tracking::None => Ok(Origin::Empty),
            // It records migrations of tables that don't exist.
            _ => Err(Refusal::ForeignTracking { columns: tracking_columns.join(", ") }.into()),
        };
    }
    if !missing.is_empty() {
        return Err(Refusal::NotBarqNet { tables: some_of(&tables), missing: some_of(&missing) }.into());
    }
    let versions = match tracking {
        Tracking::None => Vec::new(),
        _ => match versions(client).await {
            Ok(versions) => versions,
            // Another runner has put the table aside between the two reads.
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_COLUMN) => return Ok(Origin::Migrated),
            Err(error) => return Err(error.into()),
        },
    };
    let unknown: Vec<String> = versions.iter().filter(|version| !is_known(version)).cloned().collect();
    if !unknown.is_empty() {
        return Err(Refusal::UnknownVersions { versions: unknown.join(", ") }.into());
    }
    if is_newer {
        let trace = "005 or later, which renamed otp_attempts.phone_number to identifier".to_owned();
        return Err(Refusal::UnknownVersions { versions: trace }.into());
    }
    Ok(Origin::GoProduct { tracking, versions })
}

/// The layout of a tracking table; `None` for a table that is not the Go product's.
fn tracking(columns: &[String], version_type: Option<&str>) -> Option<Tracking> {
    let has = |name: &str| columns.iter().any(|column| column == name);
    if columns.is_empty() {
        return Some(Tracking::None);
    }
    let only_known = columns.iter().all(|c| ["id", "version", "applied_at", "name", "checksum"].contains(&c.as_str()));
    if !(has("id") && has("version") && has("applied_at") && only_known) {
        return None;
    }
    match version_type? {
        "integer" | "bigint" if has("name") => Some(Tracking::NamedNumbers),
        "integer" | "bigint" => Some(Tracking::Numbers),
        "character varying" | "text" => Some(Tracking::Texts),
        _ => None,
    }
}

async fn versions(client: &Client) -> Result<Vec<String>, tokio_postgres::Error> {
    let rows = client.query("SELECT version::TEXT FROM schema_migrations ORDER BY id", &[]).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// Whether a version is one of 001 to 004, however it is written: `2`, `002`, `002_add_phone_auth`.
fn is_known(version: &str) -> bool {
    let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    let (number, rest) = version.split_at(digits);
    let number = number.parse::<u32>();
    number.is_ok_and(|number| (1..=NEWEST_CONVERTED).contains(&number))
        && (rest.is_empty() || rest.starts_with(['_', '.', '-']))
}

/// The first few of many names.
fn some_of(names: &[String]) -> String {
    const FEW: usize = 5;
    let few = names.iter().take(FEW).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(FEW) {
        0 => few,
        more => format!("{few} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_one_to_four_are_known_however_they_are_written() {
        for known in ["1", "2", "002", "002_add_phone_auth", "004_add_locations.sql", "3.sql", "001-initial"] {
            assert!(is_known(known), "{known}");
        }
        for unknown in ["0", "5", "005_add_payment_tracking", "20240101", "", "init", "2a", "_2", "-1", "99999999999"] {
            assert!(!is_known(unknown), "{unknown}");
        }
    }

    #[test]
    fn a_tracking_table_of_another_program_is_recognised() {
        let layout = |columns: &str, ty: &str| {
            tracking(&columns.split(' ').map(ToOwned::to_owned).collect::<Vec<_>>(), Some(ty))
        };
        assert_eq!(tracking(&[], None), Some(Tracking::None));
        assert_eq!(layout("id version applied_at", "integer"), Some(Tracking::Numbers));
        assert_eq!(layout("id version name applied_at checksum", "integer"), Some(Tracking::NamedNumbers));
        assert_eq!(layout("id version applied_at", "character varying"), Some(Tracking::Texts));
        assert_eq!(layout("id version applied_at name checksum", "character varying"), Some(Tracking::Texts));
        // golang-migrate, Rails, Ecto.
        assert_eq!(layout("version dirty", "bigint"), None);
        assert_eq!(layout("version", "character varying"), None);
        assert_eq!(layout("version inserted_at", "bigint"), None);
    }

    #[test]
    fn a_long_list_of_tables_is_shortened() {
        let names: Vec<String> = (1..=7).map(|number| format!("t{number}")).collect();
        assert_eq!(some_of(&names), "t1, t2, t3, t4, t5 and 2 more");
        assert_eq!(some_of(&names[..2]), "t1, t2");
    }
}

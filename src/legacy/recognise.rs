//! Brings the databases of the Go product home, and tells what of them doesn't fit.
//!
//! What such a database is:
//!
//! - It has the tables `users`, `servers` and `audit_log` with the columns of [`REQUIRED`], which both base schemas of
//!   the Go service have. Anything else that has tables is not BarqNet's, and nothing in it is touched.
//! - Its tracking table `schema_migrations`, if it has one, holds versions 1 to 4 only. The later ones of the Go product
//!   (005 and up) changed what V2 to V7 build on.
//!
//! The tables themselves are brought to the schema by V1, so that refinery's own runner does the same. Here the tracking
//! table makes way for the history.

use tokio_postgres::{Client, error::SqlState};

use super::{Error, MigrateOptions, Observer, apply, history, not_valid::not_valid};
use crate::{error_text::in_full, pool::Settings};

/// The columns by which a database of the Go product is known; V1 asks for the same.
const REQUIRED: &str = "('users', 'id'), ('users', 'username'), ('users', 'server_id'),
     ('servers', 'id'), ('servers', 'name'), ('servers', 'host'), ('servers', 'server_type'),
     ('audit_log', 'id'), ('audit_log', 'action'), ('audit_log', 'details'), ('audit_log', 'ip_address')";

/// The newest migration of the Go product that V1 to V4 stand for.
const NEWEST_LEGACY_VERSION: u32 = 4;

/// Where a database comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It has no tables.
    Fresh,
    /// It has our history, be it empty.
    Ours,
    /// The Go product made it.
    Legacy {
        /// The layout of its tracking table.
        tracking: Tracking,
        /// The versions recorded there, as they are written.
        versions: Vec<String>,
    },
}

/// The layouts of the Go product's tracking table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tracking {
    /// There is none.
    None,
    /// `id`, `version` as a number, `applied_at`.
    Numbers,
    /// The same with `name` and `checksum`.
    NamedNumbers,
    /// `version` as text, such as `002_add_phone_auth`.
    Texts,
}

/// Why a database is left as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Its tables are somebody else's.
    #[error(
        "nothing was changed: this database is not BarqNet's: it holds {tables}, but no {missing}; \
         give BarqNet a database of its own"
    )]
    NotBarqNet {
        /// Its tables.
        tables: String,
        /// The columns by which BarqNet's would be known.
        missing: String,
    },
    /// The table `schema_migrations` is somebody else's.
    #[error(
        "nothing was changed: the table schema_migrations was made by another program (columns: {columns}); \
         this one needs version, name, applied_on and checksum"
    )]
    ForeignTracking {
        /// The table's columns.
        columns: String,
    },
    /// It has had migrations of the Go product that this crate doesn't know.
    #[error(
        "nothing was changed: this database has had migrations that this build doesn't know: {versions}; \
         it knows 001 to 004 of the Go product"
    )]
    UnknownVersions {
        /// The versions, as they are recorded, or the trace that they left.
        versions: String,
    },
    /// The role finds the tables in one schema and would make new ones in another.
    #[error(
        "nothing was changed: the table {table} is in schema {schema}, but this role's search_path makes new tables in \
         schema {current}; set search_path to the one that is meant"
    )]
    OtherSchema {
        /// The table that was found.
        table: String,
        /// The schema that it is in.
        schema: String,
        /// The schema that comes first.
        current: String,
    },
    /// The catalogue or the tracking table could not be read.
    #[error("cannot tell where this database comes from: {0}")]
    Unreadable(String),
}

impl From<tokio_postgres::Error> for Refusal {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Unreadable(in_full(&error))
    }
}

/// Refuses a `search_path` under which the tables that are read and those that are made would not be the same, as for a
/// role `barqnet` that has a schema of its name before `public`.
pub(crate) async fn in_one_schema(client: &Client) -> Result<(), Refusal> {
    let found = client
        .query_opt(
            "SELECT c.relname::TEXT, n.nspname::TEXT, CURRENT_SCHEMA()::TEXT
             FROM pg_class c
             JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.oid IN (TO_REGCLASS('schema_migrations'), TO_REGCLASS('users')) AND n.nspname <> CURRENT_SCHEMA()
             ORDER BY c.relname
             LIMIT 1",
            &[],
        )
        .await?;
    let Some(found) = found else { return Ok(()) };
    Err(Refusal::OtherSchema { table: found.try_get(0)?, schema: found.try_get(1)?, current: found.try_get(2)? })
}

/// Tells where a database comes from, or why it can't be migrated. Reads the catalogue once and, if there is one, the
/// tracking table of the Go product.
pub(super) async fn recognise(client: &Client) -> Result<Origin, Refusal> {
    let row = client
        .query_one(
            &format!(
                "WITH tables AS (
                     SELECT c.oid, c.relname
                     FROM pg_class c
                     WHERE c.relnamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE AND c.relkind IN ('r', 'p')
                       -- Those of an extension are nobody's.
                       AND NOT EXISTS (SELECT FROM pg_depend d
                                       WHERE d.classid = 'pg_class'::REGCLASS AND d.objid = c.oid AND d.deptype = 'e')
                 ),
                 columns AS (
                     SELECT t.relname, a.attnum, a.attname, FORMAT_TYPE(a.atttypid, NULL) AS type
                     FROM tables t
                     JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
                 )
                 SELECT ARRAY(SELECT relname::TEXT FROM tables WHERE NOT STARTS_WITH(relname::TEXT, 'schema_migration')
                              ORDER BY relname),
                        ARRAY(SELECT attname::TEXT FROM columns WHERE relname = 'schema_migrations' ORDER BY attnum),
                        (SELECT type FROM columns WHERE relname = 'schema_migrations' AND attname = 'version'),
                        ARRAY(SELECT r.relname || '.' || r.attname
                              FROM (VALUES {REQUIRED}) AS r (relname, attname)
                              LEFT JOIN columns USING (relname, attname)
                              WHERE columns.attnum IS NULL),
                        EXISTS (SELECT FROM columns WHERE relname = 'otp_attempts' AND attname = 'identifier')"
            ),
            &[],
        )
        .await?;
    let tables: Vec<String> = row.try_get(0)?;
    let tracking_columns: Vec<String> = row.try_get(1)?;
    let version_type: Option<String> = row.try_get(2)?;
    let missing: Vec<String> = row.try_get(3)?;
    let is_newer: bool = row.try_get(4)?;

    let is_ours =
        ["version", "name", "applied_on", "checksum"].iter().all(|name| tracking_columns.iter().any(|c| c == name));
    if is_ours {
        return Ok(Origin::Ours);
    }
    let tracking = tracking(&tracking_columns, version_type.as_deref())
        .ok_or_else(|| Refusal::ForeignTracking { columns: tracking_columns.join(", ") })?;
    if tables.is_empty() {
        return match tracking {
            Tracking::None => Ok(Origin::Fresh),
            // It tracks migrations of something that isn't here.
            _ => Err(Refusal::ForeignTracking { columns: tracking_columns.join(", ") }),
        };
    }
    if !missing.is_empty() {
        return Err(Refusal::NotBarqNet { tables: some_of(&tables), missing: some_of(&missing) });
    }
    let versions = match tracking {
        Tracking::None => Vec::new(),
        _ => match versions(client).await {
            Ok(versions) => versions,
            // Between the two reads somebody else has adopted the database.
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_COLUMN) => return Ok(Origin::Ours),
            Err(error) => return Err(error.into()),
        },
    };
    let unknown: Vec<String> = versions.iter().filter(|version| !is_known(version)).cloned().collect();
    if !unknown.is_empty() {
        return Err(Refusal::UnknownVersions { versions: unknown.join(", ") });
    }
    if is_newer {
        let trace = "005 or later, which renamed otp_attempts.phone_number to identifier".to_owned();
        return Err(Refusal::UnknownVersions { versions: trace });
    }
    Ok(Origin::Legacy { tracking, versions })
}

/// The layout of a tracking table, unless it is none of the Go product's.
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
    number.is_ok_and(|number| (1..=NEWEST_LEGACY_VERSION).contains(&number))
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

/// Gives the Go product's tracking table another name, with all that is named after it, and makes the history. In one
/// transaction; a second run finds nothing to do, and whatever comes between this and V1 leaves a database whose history
/// is empty.
pub(super) async fn adopt(
    client: &mut Client,
    options: &MigrateOptions,
    observer: &mut Observer<'_>,
) -> Result<(), apply::Failed> {
    const STEP_ASIDE: &str = "
        DO $$
        DECLARE
            new_name TEXT := 'schema_migrations_legacy';
            copies   INTEGER := 1;
            target   RECORD;
        BEGIN
            IF TO_REGCLASS('schema_migrations') IS NULL
               OR EXISTS (SELECT FROM pg_attribute
                          WHERE attrelid = TO_REGCLASS('schema_migrations') AND attname = 'applied_on')
            THEN
                RETURN;
            END IF;
            WHILE TO_REGCLASS(new_name) IS NOT NULL LOOP
                copies := copies + 1;
                new_name := FORMAT('schema_migrations_legacy_%s', copies);
            END LOOP;
            -- Renaming the index of a constraint renames the constraint.
            FOR target IN
                SELECT c.oid::REGCLASS AS relation, REPLACE(c.relname, 'schema_migrations', new_name) AS new_name,
                       CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'INDEX' END AS kind
                FROM pg_class c
                WHERE c.relname LIKE '%schema\\_migrations%'
                  AND (c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'schema_migrations'::REGCLASS)
                       OR (c.relkind = 'S'
                           AND c.oid IN (SELECT objid FROM pg_depend
                                         WHERE classid = 'pg_class'::REGCLASS
                                           AND refobjid = 'schema_migrations'::REGCLASS)))
            LOOP
                EXECUTE FORMAT('ALTER %s %s RENAME TO %I', target.kind, target.relation, target.new_name);
            END LOOP;
            EXECUTE FORMAT('ALTER TABLE schema_migrations RENAME TO %I', new_name);
        END
        $$;";
    apply::in_transaction(client, "adoption", &[STEP_ASIDE, &history::create_table()], options, observer).await
}

/// Rows that a rule of the schema doesn't hold for, or that had to be changed for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The rule, or the change and where the original is.
    pub what: String,
    /// How many rows there are.
    pub rows: i64,
}

/// What of an adopted database a fresh one doesn't have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Legacy {
    /// Rules that don't hold for every row, and values that were changed.
    pub exceptions: Vec<Exception>,
    /// Columns and tables that stayed: `column users.email`, `table auth_users`.
    pub kept: Vec<String>,
}

/// Tells what of an adopted database a fresh one doesn't have; of a fresh one, nothing. Reads only.
pub async fn legacy(settings: &Settings) -> Result<Legacy, Error> {
    let client = super::connect(&settings.clone().lock_timeout(super::preview::LOCK_TIMEOUT)).await?;
    let exceptions = exceptions(&client).await.map_err(Refusal::from)?;
    Ok(Legacy { exceptions, kept: kept(&client).await.map_err(Refusal::from)? })
}

/// Every constraint that holds for new rows only, with the rows that break it, and every kind of value that adoption
/// changed. Reads only; each table with such a constraint is read once for it.
async fn exceptions(client: &Client) -> Result<Vec<Exception>, tokio_postgres::Error> {
    let mut exceptions = Vec::new();
    for broken in not_valid(client).await? {
        let what = format!("{}: {} holds for new rows only (NOT VALID)", broken.table, broken.rule);
        exceptions.push(Exception { what, rows: broken.count(client).await? });
    }
    exceptions.extend(changes(client).await?);
    // By table.
    exceptions.sort_by(|one, other| one.what.cmp(&other.what));
    Ok(exceptions)
}

/// Every kind of value that adoption changed, with the number of rows.
async fn changes(client: &Client) -> Result<Vec<Exception>, tokio_postgres::Error> {
    let counts = client
        .query(
            "SELECT 'SELECT FORMAT(''%s.%s was changed (%s); adoption_changes has the originals'',
                                   table_name, column_name, reason),
                            COUNT(DISTINCT row_id)
                     FROM adoption_changes WHERE what = ''changed'' GROUP BY table_name, column_name, reason'
             WHERE TO_REGCLASS('adoption_changes') IS NOT NULL",
            &[],
        )
        .await?;
    let counts: Vec<String> = counts.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    if counts.is_empty() {
        return Ok(Vec::new());
    }
    let rows = client.query(&format!("{} ORDER BY 1", counts.join(" UNION ALL ")), &[]).await?;
    rows.iter().map(|row| Ok(Exception { what: row.try_get(0)?, rows: row.try_get(1)? })).collect()
}

/// What adoption changed, and what it left alone.
pub(crate) async fn changed_and_kept(client: &Client) -> Result<(Vec<Exception>, Vec<String>), tokio_postgres::Error> {
    Ok((changes(client).await?, kept(client).await?))
}

/// The columns and tables of the Go product that a fresh database doesn't have and that stayed.
async fn kept(client: &Client) -> Result<Vec<String>, tokio_postgres::Error> {
    let exists = client.query_one("SELECT TO_REGCLASS('adoption_changes') IS NOT NULL", &[]).await?;
    if !exists.try_get::<_, bool>(0)? {
        return Ok(Vec::new());
    }
    let rows = client
        .query(
            "SELECT CASE WHEN k.column_name IS NULL THEN 'table ' || k.table_name
                         ELSE FORMAT('column %s.%s', k.table_name, k.column_name) END
             FROM adoption_changes k
             LEFT JOIN pg_attribute a ON a.attrelid = TO_REGCLASS(QUOTE_IDENT(k.table_name)) AND a.attname = k.column_name
             WHERE k.what = 'kept' AND TO_REGCLASS(QUOTE_IDENT(k.table_name)) IS NOT NULL
               AND (k.column_name IS NULL OR a.attnum IS NOT NULL)
             ORDER BY 1",
            &[],
        )
        .await?;
    rows.iter().map(|row| row.try_get(0)).collect()
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
    fn a_tracking_table_of_another_program_is_told_apart() {
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
    fn a_long_list_of_tables_is_cut() {
        let names: Vec<String> = (1..=7).map(|number| format!("t{number}")).collect();
        assert_eq!(some_of(&names), "t1, t2, t3, t4, t5 and 2 more");
        assert_eq!(some_of(&names[..2]), "t1, t2");
    }
}

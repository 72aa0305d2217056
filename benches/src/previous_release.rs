//! The release before: its schema and its statements, to measure beside those of this one.

use std::{error::Error, fs};

use barqnet_db::migrate::Migrations;

/// The last migration of that release.
const LAST: u32 = 31;

/// What locks an account before its connections are counted.
pub(crate) const LOCK: &str = "
    SELECT id, username, account_is_usable(active, expires_at) AS usable
    FROM users
    WHERE username = $1
    FOR NO KEY UPDATE";

/// What opens a connection at an address, for a user who may have two.
pub(crate) const OPEN: &str = "
    SELECT o.connection_id,
           o.live_on_server,
           COALESCE((
               SELECT CASE WHEN s.draining OR s.enabled IS FALSE THEN 0 ELSE s.max_users END
               FROM servers s
               WHERE s.name = $1
           ), 2147483647) AS capacity
    FROM users u
    CROSS JOIN LATERAL (
        SELECT COUNT(*) AS connections
        FROM vpn_connections c
        WHERE c.username = u.username
          AND c.status IN ('connecting', 'connected')
    ) live
    CROSS JOIN LATERAL connection_open(
        $1::TEXT, u.username::TEXT, $3::INET, NULL::BIGINT, NULL::INET, NULL::INET, NULL::TEXT, NULL::TEXT, NULL::TEXT,
        live.connections, 2::BIGINT
    ) o
    WHERE u.username = $2
      AND account_is_usable(u.active, u.expires_at)";

/// What a heartbeat is.
pub(crate) const HEARTBEAT: &str = "
    SELECT h.connection_id, h.outcome
    FROM connection_heartbeat($1::TEXT, $2::BIGINT, $3::INTEGER[], $4::BIGINT[], $5::BIGINT[], $6::BIGINT[]) h";

/// The migrations of that release.
pub(crate) fn migrations() -> Result<Migrations, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let version = name.strip_prefix('V').and_then(|name| name.split_once("__")?.0.parse::<u32>().ok());
        if version.is_some_and(|version| version <= LAST) {
            fs::copy(&path, folder.path().join(name))?;
        }
    }
    Ok(Migrations::from_folder(folder.path())?)
}

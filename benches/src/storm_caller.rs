//! Openings and heartbeats of this release and of the one before, each on a client of its own: only the statements differ.

use std::{error::Error, net::IpAddr};

use barqnet_db::{
    pool::Settings,
    tokio_postgres::{self, Client, Statement, error::SqlState, types::ToSql},
};

use crate::{previous_release, server};

/// What a refused opening tells: the live connections of the user.
const ACTIVE: &str = "
    SELECT id, username, phone_number, server_id, status, client_ip, virtual_ip, public_ip, connected_at, last_activity,
           COALESCE(bytes_received, 0) AS bytes_received, COALESCE(bytes_sent, 0) AS bytes_sent, device_name, device_type,
           app_version
    FROM v_active_connections
    WHERE username = $1
    ORDER BY id DESC";

/// What opens a connection at an address, for a user who may have two, in this release.
const OPEN: &str = "
    SELECT o.outcome, o.connection_id, o.superseded_id, o.ended_ids, o.ended_servers, o.capacity, o.max_of_user
    FROM connection_open(
        $1::TEXT, $2::TEXT, NULL, $3::INET, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 2, FALSE, 90, TRUE
    ) o";

/// What a heartbeat is in this release.
const HEARTBEAT: &str = "
    SELECT h.connection_id, h.outcome
    FROM connection_heartbeat(
        $1::TEXT, $3::BIGINT[], ARRAY_FILL($2::BIGINT, ARRAY[CARDINALITY($3)]), $4::BIGINT[], $5::BIGINT[], $6::BIGINT[],
        100000000000
    ) h";

/// A client with the statements of one release.
pub(crate) struct Caller {
    client: Client,
    /// The release before locked the account by a statement of its own, and had 32-bit ids.
    lock: Option<Statement>,
    open: Statement,
    active: Statement,
    heartbeat: Statement,
}

impl Caller {
    /// Of this release.
    pub(crate) async fn this(settings: &Settings) -> Result<Self, Box<dyn Error>> {
        let client = server::connect(settings).await?;
        Ok(Self {
            lock: None,
            open: client.prepare(OPEN).await?,
            active: client.prepare(ACTIVE).await?,
            heartbeat: client.prepare(HEARTBEAT).await?,
            client,
        })
    }

    /// Of the release before.
    pub(crate) async fn before(settings: &Settings) -> Result<Self, Box<dyn Error>> {
        let client = server::connect(settings).await?;
        Ok(Self {
            lock: Some(client.prepare(previous_release::LOCK).await?),
            open: client.prepare(previous_release::OPEN).await?,
            active: client.prepare(ACTIVE).await?,
            heartbeat: client.prepare(previous_release::HEARTBEAT).await?,
            client,
        })
    }

    /// Opens a connection for a user who may have two; returns whether the limit allowed it.
    pub(crate) async fn opens(&self, username: &str, server: &str, address: IpAddr) -> Result<bool, String> {
        loop {
            match self.try_to_open(username, server, address).await {
                Ok(Some(is_open)) => return Ok(is_open),
                // A concurrent opening got the address first: the next attempt supersedes it.
                Ok(None) => {}
                Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
                    self.client.batch_execute("ROLLBACK").await.map_err(|error| error.to_string())?;
                }
                Err(error) => return Err(format!("{username}: {error:?}")),
            }
        }
    }

    async fn try_to_open(
        &self,
        username: &str,
        server: &str,
        address: IpAddr,
    ) -> Result<Option<bool>, tokio_postgres::Error> {
        self.client.batch_execute("BEGIN").await?;
        if let Some(lock) = &self.lock {
            self.client.query_one(lock, &[&username]).await?;
        }
        let opened = self.client.query_one(&self.open, &[&server, &username, &address]).await?;
        let is_open = if self.lock.is_some() {
            Some(opened.get::<_, Option<i32>>("connection_id").is_some())
        } else {
            match opened.get("outcome") {
                "conflict" => None,
                outcome => Some(outcome == "opened"),
            }
        };
        if is_open == Some(false) {
            self.client.query(&self.active, &[&username]).await?;
        }
        self.client.batch_execute("COMMIT").await?;
        Ok(is_open)
    }

    /// Reports these connections; returns how many of the reports were applied.
    pub(crate) async fn reports(&self, server: &str, ids: &[i64], sequence: i64) -> Result<usize, String> {
        let (sequences, bytes) = (vec![sequence; ids.len()], vec![10_i64; ids.len()]);
        let narrow: Vec<i32> = ids.iter().filter_map(|id| i32::try_from(*id).ok()).collect();
        let ids: &(dyn ToSql + Sync) = if self.lock.is_some() { &narrow } else { &ids };
        let rows = self
            .client
            .query(&self.heartbeat, &[&server, &1_i64, ids, &sequences, &bytes, &bytes])
            .await
            .map_err(|error| format!("{error:?}"))?;
        Ok(rows.iter().filter(|row| row.get::<_, &str>(1) == "applied").count())
    }
}

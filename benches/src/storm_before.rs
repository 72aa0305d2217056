//! Openings and heartbeats of the release before, each on a client of its own.

use std::{error::Error, net::IpAddr};

use barqnet_db::{
    pool::Settings,
    tokio_postgres::{self, Client, Statement, error::SqlState},
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

/// A client with the statements of that release.
pub(crate) struct Before {
    client: Client,
    lock: Statement,
    open: Statement,
    active: Statement,
    heartbeat: Statement,
}

impl Before {
    pub(crate) async fn connect(settings: &Settings) -> Result<Self, Box<dyn Error>> {
        let client = server::connect(settings).await?;
        Ok(Self {
            lock: client.prepare(previous_release::LOCK).await?,
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
                Ok(is_open) => return Ok(is_open),
                // A concurrent opening got the address first: the next attempt supersedes it.
                Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
                    self.client.batch_execute("ROLLBACK").await.map_err(|error| error.to_string())?;
                }
                Err(error) => return Err(format!("{username}: {error:?}")),
            }
        }
    }

    async fn try_to_open(&self, username: &str, server: &str, address: IpAddr) -> Result<bool, tokio_postgres::Error> {
        self.client.batch_execute("BEGIN").await?;
        self.client.query_one(&self.lock, &[&username]).await?;
        let opened = self.client.query_one(&self.open, &[&server, &username, &address]).await?;
        let is_open = opened.get::<_, Option<i32>>("connection_id").is_some();
        if !is_open {
            self.client.query(&self.active, &[&username]).await?;
        }
        self.client.batch_execute("COMMIT").await?;
        Ok(is_open)
    }

    /// Reports these connections; returns how many of the reports were applied.
    pub(crate) async fn reports(&self, server: &str, ids: &[i64], sequence: i64) -> Result<usize, String> {
        let ids: Vec<i32> = ids.iter().filter_map(|id| i32::try_from(*id).ok()).collect();
        let (sequences, bytes) = (vec![sequence; ids.len()], vec![10_i64; ids.len()]);
        let rows = self
            .client
            .query(&self.heartbeat, &[&server, &1_i64, &ids, &sequences, &bytes, &bytes])
            .await
            .map_err(|error| format!("{error:?}"))?;
        Ok(rows.iter().filter(|row| row.get::<_, &str>(1) == "applied").count())
    }
}

//! tokio-postgres by hand, with deadpool's pool and cache of prepared statements.

use std::net::IpAddr;

use barqnet_db::{
    connections::{Heartbeat, NewConnection},
    sessions::TokenHash,
};
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use tokio_postgres::{NoTls, types::ToSql};

use crate::{
    inputs::{
        BUDGET, Code, IDLE_SECONDS, MAX_BITS_PER_SECOND, NEAREST, OPEN_LIMITS, PAGE, PURPOSE, Report,
        TOUCH_AFTER_SECONDS, Verification, applied,
    },
    peer::{Peer, Result},
    rows::{Account, Closed, Opened, Place, Session},
    statements::SQL,
};

pub(crate) struct ByHand {
    pool: Pool,
}

impl Peer for ByHand {
    const NAME: &'static str = "tokio-postgres";

    async fn connect(url: &str, size: usize) -> Result<Self> {
        let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(url.parse()?, NoTls, config);
        Ok(Self { pool: Pool::builder(manager).max_size(size).build()? })
    }

    async fn validate(&self, token: &TokenHash) -> Result<Option<Session>> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(SQL.validate).await?;
        let row = client.query_opt(&statement, &[&TOUCH_AFTER_SECONDS, &token.as_str(), &*IDLE_SECONDS]).await?;
        row.map(|row| {
            Ok(Session {
                session_id: row.try_get(0)?,
                user_id: row.try_get(1)?,
                username: row.try_get(2)?,
                phone_number: row.try_get(3)?,
                server_id: row.try_get(4)?,
                role: row.try_get(5)?,
                device_id: row.try_get(6)?,
                created_at: row.try_get(7)?,
                last_activity: row.try_get(8)?,
                expires_at: row.try_get(9)?,
                touch_is_due: row.try_get(10)?,
                token_presented: row.try_get(11)?,
            })
        })
        .transpose()
    }

    async fn verify(&self, code: &Code) -> Result<bool> {
        let verification = Verification::of(code)?;
        let address: Option<IpAddr> = None;
        let budget_key: Option<&str> = None;
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(SQL.verify).await?;
        let parameters: [&(dyn ToSql + Sync); 15] = [
            &code.number.as_str(),
            &PURPOSE,
            &verification.code_macs,
            &verification.key_ids,
            &address,
            &verification.max_tries_per_code,
            &verification.lock_every,
            &verification.lock_seconds,
            &verification.max_failures,
            &BUDGET,
            &budget_key,
            &verification.budget_limit,
            &verification.budget_window,
            &verification.ticket_hash.as_str(),
            &verification.ticket_seconds,
        ];
        Ok(client.query_one(&statement, &parameters).await?.try_get(0)?)
    }

    async fn open(&self, new: &NewConnection<'_>) -> Result<i64> {
        let mut client = self.pool.get().await?;
        let transaction = client.transaction().await?;
        let open = transaction.prepare_cached(SQL.open).await?;
        let parameters: [&(dyn ToSql + Sync); 16] = [
            &new.server_id,
            &new.username,
            &new.device,
            &new.virtual_ip,
            &new.virtual_ip6.map(IpAddr::V6),
            &new.daemon,
            &new.epoch,
            &new.client_ip,
            &new.public_ip,
            &new.device_name,
            &new.device_type,
            &new.app_version,
            &OPEN_LIMITS.max_connections,
            &OPEN_LIMITS.ends_oldest,
            &OPEN_LIMITS.silent_seconds,
            &OPEN_LIMITS.accepts_unknown,
        ];
        let opened = transaction.query_one(&open, &parameters).await?;
        let opened = Opened {
            outcome: opened.try_get(0)?,
            connection_id: opened.try_get(1)?,
            superseded_id: opened.try_get(2)?,
            ended_ids: opened.try_get(3)?,
            ended_servers: opened.try_get(4)?,
            capacity: opened.try_get(5)?,
            max_of_user: opened.try_get(6)?,
        };
        let id = opened.id()?;
        transaction.commit().await?;
        Ok(id)
    }

    async fn close(&self, server_id: &str, id: i64) -> Result<Option<Closed>> {
        let (epoch, received, sent): (Option<i64>, Option<i64>, Option<i64>) = (None, None, None);
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(SQL.close).await?;
        let parameters: [&(dyn ToSql + Sync); 7] =
            [&server_id, &id, &"client_exit", &epoch, &received, &sent, &*MAX_BITS_PER_SECOND];
        let row = client.query_opt(&statement, &parameters).await?;
        row.map(|row| {
            Ok(Closed {
                connection_id: row.try_get(0)?,
                statistics_id: row.try_get(1)?,
                username: row.try_get(2)?,
                server_id: row.try_get(3)?,
                virtual_ip: row.try_get(4)?,
                duration_seconds: row.try_get(5)?,
                bytes_received: row.try_get(6)?,
                bytes_sent: row.try_get(7)?,
            })
        })
        .transpose()
    }

    async fn heartbeat(&self, server_id: &str, heartbeats: &[Heartbeat]) -> Result<Vec<i64>> {
        let report = Report::of(heartbeats);
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(SQL.heartbeat).await?;
        let parameters: [&(dyn ToSql + Sync); 7] = [
            &server_id,
            &report.ids,
            &report.epochs,
            &report.sequences,
            &report.bytes_received,
            &report.bytes_sent,
            &*MAX_BITS_PER_SECOND,
        ];
        let rows = client.query(&statement, &parameters).await?;
        rows.iter().map(|row| applied(row.try_get(0)?, row.try_get(1)?)).collect()
    }

    async fn nearest(&self, (latitude, longitude): (f64, f64)) -> Result<Vec<Place>> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(SQL.nearest).await?;
        let rows = client.query(&statement, &[&latitude, &longitude, &NEAREST.cast_signed()]).await?;
        rows.iter()
            .map(|row| {
                Ok(Place {
                    location_id: row.try_get(0)?,
                    name: row.try_get(1)?,
                    country: row.try_get(2)?,
                    city: row.try_get(3)?,
                    country_code: row.try_get(4)?,
                    latitude: row.try_get(5)?,
                    longitude: row.try_get(6)?,
                    distance_km: row.try_get(7)?,
                })
            })
            .collect()
    }

    async fn page(&self, after_id: i64) -> Result<Vec<Account>> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(SQL.page).await?;
        let rows = client.query(&statement, &[&after_id, &i64::from(PAGE)]).await?;
        rows.iter()
            .map(|row| {
                Ok(Account {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    phone_number: row.try_get(2)?,
                    created_via: row.try_get(3)?,
                    server_id: row.try_get(4)?,
                    created_by: row.try_get(5)?,
                    role: row.try_get(6)?,
                    active: row.try_get(7)?,
                    expires_at: row.try_get(8)?,
                    protocol: row.try_get(9)?,
                    port: row.try_get(10)?,
                    ovpn_path: row.try_get(11)?,
                    checksum: row.try_get(12)?,
                    synced: row.try_get(13)?,
                    sync_version: row.try_get(14)?,
                    created_at: row.try_get(15)?,
                    last_access: row.try_get(16)?,
                    last_login: row.try_get(17)?,
                })
            })
            .collect()
    }
}

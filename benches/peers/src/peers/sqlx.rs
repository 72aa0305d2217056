//! sqlx, with its pool: as it is by default, which pings every connection before it lends it, and without the ping.

use std::net::IpAddr;

use barqnet_db::{
    connections::{Heartbeat, NewConnection},
    sessions::TokenHash,
};
use ipnetwork::IpNetwork;
use sqlx::{PgPool, Row as _, postgres::PgPoolOptions};

use crate::{
    inputs::{
        BUDGET, Code, IDLE_SECONDS, MAX_BITS_PER_SECOND, NEAREST, OPEN_LIMITS, PAGE, PURPOSE, Report,
        TOUCH_AFTER_SECONDS, Verification, applied,
    },
    peer::{Peer, Result},
    rows::{Account, Closed, Opened, Place, Session, Verdict},
    statements::SQL,
};

pub(crate) struct Sqlx<const PING: bool> {
    pool: PgPool,
}

impl<const PING: bool> Peer for Sqlx<PING> {
    const NAME: &'static str = if PING { "sqlx" } else { "sqlx, no ping" };

    async fn connect(url: &str, size: usize) -> Result<Self> {
        let options = PgPoolOptions::new().max_connections(size.try_into()?);
        // `true` is the default.
        let options = if PING { options } else { options.test_before_acquire(false) };
        Ok(Self { pool: options.connect(url).await? })
    }

    async fn validate(&self, token: &TokenHash) -> Result<Option<Session>> {
        Ok(sqlx::query_as(SQL.validate)
            .bind(TOUCH_AFTER_SECONDS)
            .bind(token.as_str())
            .bind(*IDLE_SECONDS)
            .fetch_optional(&self.pool)
            .await?)
    }

    async fn verify(&self, code: &Code) -> Result<bool> {
        let verification = Verification::of(code)?;
        let verdict: Verdict = sqlx::query_as(SQL.verify)
            .bind(code.number.as_str())
            .bind(PURPOSE)
            .bind(&verification.code_macs)
            .bind(&verification.key_ids)
            .bind(None::<IpNetwork>)
            .bind(verification.max_tries_per_code)
            .bind(verification.lock_every)
            .bind(&verification.lock_seconds)
            .bind(verification.max_failures)
            .bind(BUDGET)
            .bind(None::<&str>)
            .bind(verification.budget_limit)
            .bind(verification.budget_window)
            .bind(verification.ticket_hash.as_str())
            .bind(verification.ticket_seconds)
            .fetch_one(&self.pool)
            .await?;
        Ok(verdict.verified)
    }

    async fn open(&self, new: &NewConnection<'_>) -> Result<i64> {
        let mut transaction = self.pool.begin().await?;
        let opened: Opened = sqlx::query_as(SQL.open)
            .bind(new.server_id)
            .bind(new.username)
            .bind(new.device)
            .bind(new.virtual_ip.map(IpNetwork::from))
            .bind(new.virtual_ip6.map(IpAddr::V6).map(IpNetwork::from))
            .bind(new.daemon)
            .bind(new.epoch)
            .bind(new.client_ip.map(IpNetwork::from))
            .bind(new.public_ip.map(IpNetwork::from))
            .bind(new.device_name)
            .bind(new.device_type)
            .bind(new.app_version)
            .bind(OPEN_LIMITS.max_connections)
            .bind(OPEN_LIMITS.ends_oldest)
            .bind(OPEN_LIMITS.silent_seconds)
            .bind(OPEN_LIMITS.accepts_unknown)
            .fetch_one(&mut *transaction)
            .await?;
        let id = opened.id()?;
        transaction.commit().await?;
        Ok(id)
    }

    async fn close(&self, server_id: &str, id: i64) -> Result<Option<Closed>> {
        let row = sqlx::query(SQL.close)
            .bind(server_id)
            .bind(id)
            .bind("client_exit")
            .bind(None::<i64>)
            .bind(None::<i64>)
            .bind(None::<i64>)
            .bind(*MAX_BITS_PER_SECOND)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| {
            Ok(Closed {
                connection_id: row.try_get(0)?,
                statistics_id: row.try_get(1)?,
                username: row.try_get(2)?,
                server_id: row.try_get(3)?,
                virtual_ip: row.try_get::<Option<IpNetwork>, _>(4)?.map(|network| network.ip()),
                duration_seconds: row.try_get(5)?,
                bytes_received: row.try_get(6)?,
                bytes_sent: row.try_get(7)?,
            })
        })
        .transpose()
    }

    async fn heartbeat(&self, server_id: &str, heartbeats: &[Heartbeat]) -> Result<Vec<i64>> {
        let report = Report::of(heartbeats);
        let rows = sqlx::query(SQL.heartbeat)
            .bind(server_id)
            .bind(&report.ids)
            .bind(&report.epochs)
            .bind(&report.sequences)
            .bind(&report.bytes_received)
            .bind(&report.bytes_sent)
            .bind(*MAX_BITS_PER_SECOND)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| applied(row.try_get(0)?, row.try_get(1)?)).collect()
    }

    async fn nearest(&self, (latitude, longitude): (f64, f64)) -> Result<Vec<Place>> {
        Ok(sqlx::query_as(SQL.nearest)
            .bind(latitude)
            .bind(longitude)
            .bind(NEAREST.cast_signed())
            .fetch_all(&self.pool)
            .await?)
    }

    async fn page(&self, after_id: i64) -> Result<Vec<Account>> {
        Ok(sqlx::query_as(SQL.page).bind(after_id).bind(i64::from(PAGE)).fetch_all(&self.pool).await?)
    }
}

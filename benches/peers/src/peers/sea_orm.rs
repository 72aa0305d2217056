//! sea-orm, on sqlx's pool: as it is by default, which pings every connection before it lends it, and without the ping. The
//! statements are SQL text mapped to structs, which costs less than its query builder.

use std::net::IpAddr;

use barqnet_db::{
    connections::{Heartbeat, NewConnection},
    sessions::TokenHash,
};
use ipnetwork::IpNetwork;
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, FromQueryResult, Statement,
    TransactionTrait as _, Value,
};

use crate::{
    inputs::{
        BUDGET, Code, IDLE_SECONDS, MAX_BITS_PER_SECOND, NEAREST, OPEN_LIMITS, PAGE, PURPOSE, Report,
        TOUCH_AFTER_SECONDS, Verification, applied,
    },
    peer::{Peer, Result},
    rows::{Account, Closed, Opened, Place, Session, Verdict},
    statements::SQL,
};

pub(crate) struct SeaOrm<const PING: bool> {
    database: DatabaseConnection,
}

fn statement<const N: usize>(sql: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

impl<const PING: bool> Peer for SeaOrm<PING> {
    const NAME: &'static str = if PING { "sea-orm" } else { "sea-orm, no ping" };

    async fn connect(url: &str, size: usize) -> Result<Self> {
        // It accepts only this scheme.
        let mut options = ConnectOptions::new(url.replacen("postgresql:", "postgres:", 1));
        options.max_connections(size.try_into()?).sqlx_logging(false);
        if !PING {
            options.test_before_acquire(false);
        }
        Ok(Self { database: Database::connect(options).await? })
    }

    async fn validate(&self, token: &TokenHash) -> Result<Option<Session>> {
        let values = [TOUCH_AFTER_SECONDS.into(), token.as_str().into(), (*IDLE_SECONDS).into()];
        Ok(Session::find_by_statement(statement(SQL.validate, values)).one(&self.database).await?)
    }

    async fn verify(&self, code: &Code) -> Result<bool> {
        let verification = Verification::of(code)?;
        let values = [
            code.number.as_str().into(),
            PURPOSE.into(),
            verification.code_macs.into(),
            verification.key_ids.into(),
            None::<IpNetwork>.into(),
            verification.max_tries_per_code.into(),
            verification.lock_every.into(),
            verification.lock_seconds.into(),
            verification.max_failures.into(),
            BUDGET.into(),
            None::<String>.into(),
            verification.budget_limit.into(),
            verification.budget_window.into(),
            verification.ticket_hash.as_str().into(),
            verification.ticket_seconds.into(),
        ];
        let verdict = Verdict::find_by_statement(statement(SQL.verify, values)).one(&self.database).await?;
        Ok(verdict.ok_or("the statement returned no row")?.verified)
    }

    async fn open(&self, new: &NewConnection<'_>) -> Result<i64> {
        let transaction = self.database.begin().await?;
        let values = [
            new.server_id.into(),
            new.username.into(),
            new.device.into(),
            new.virtual_ip.map(IpNetwork::from).into(),
            new.virtual_ip6.map(IpAddr::V6).map(IpNetwork::from).into(),
            new.daemon.map(str::to_owned).into(),
            new.epoch.into(),
            new.client_ip.map(IpNetwork::from).into(),
            new.public_ip.map(IpNetwork::from).into(),
            new.device_name.map(str::to_owned).into(),
            new.device_type.map(str::to_owned).into(),
            new.app_version.map(str::to_owned).into(),
            OPEN_LIMITS.max_connections.into(),
            OPEN_LIMITS.ends_oldest.into(),
            OPEN_LIMITS.silent_seconds.into(),
            OPEN_LIMITS.accepts_unknown.into(),
        ];
        let opened = Opened::find_by_statement(statement(SQL.open, values)).one(&transaction).await?;
        let id = opened.ok_or("the statement returned no row")?.id()?;
        transaction.commit().await?;
        Ok(id)
    }

    async fn close(&self, server_id: &str, id: i64) -> Result<Option<Closed>> {
        let none = None::<i64>;
        let (reason, max_bits) = ("client_exit".into(), (*MAX_BITS_PER_SECOND).into());
        let values = [server_id.into(), id.into(), reason, none.into(), none.into(), none.into(), max_bits];
        let row = self.database.query_one_raw(statement(SQL.close, values)).await?;
        row.map(|row| {
            Ok(Closed {
                connection_id: row.try_get_by(0)?,
                statistics_id: row.try_get_by(1)?,
                username: row.try_get_by(2)?,
                server_id: row.try_get_by(3)?,
                virtual_ip: row.try_get_by::<Option<IpNetwork>, _>(4)?.map(|network| network.ip()),
                duration_seconds: row.try_get_by(5)?,
                bytes_received: row.try_get_by(6)?,
                bytes_sent: row.try_get_by(7)?,
            })
        })
        .transpose()
    }

    async fn heartbeat(&self, server_id: &str, heartbeats: &[Heartbeat]) -> Result<Vec<i64>> {
        let report = Report::of(heartbeats);
        let values = [
            server_id.into(),
            report.ids.into(),
            report.epochs.into(),
            report.sequences.into(),
            report.bytes_received.into(),
            report.bytes_sent.into(),
            (*MAX_BITS_PER_SECOND).into(),
        ];
        let rows = self.database.query_all_raw(statement(SQL.heartbeat, values)).await?;
        rows.iter().map(|row| applied(row.try_get_by(0)?, &row.try_get_by::<String, _>(1)?)).collect()
    }

    async fn nearest(&self, (latitude, longitude): (f64, f64)) -> Result<Vec<Place>> {
        let values = [latitude.into(), longitude.into(), NEAREST.cast_signed().into()];
        Ok(Place::find_by_statement(statement(SQL.nearest, values)).all(&self.database).await?)
    }

    async fn page(&self, after_id: i64) -> Result<Vec<Account>> {
        let values = [after_id.into(), i64::from(PAGE).into()];
        Ok(Account::find_by_statement(statement(SQL.page, values)).all(&self.database).await?)
    }
}

//! cornucopia's own runtime: the crate that it generates (`generate-cornucopia`), on deadpool's pool.

use std::net::IpAddr;

use barqnet_db::{
    connections::{Heartbeat, NewConnection},
    sessions::TokenHash,
};
use cornucopia::{
    client::Params as _,
    queries::statements::{self, OpenParams, VerifyParams},
};
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use tokio_postgres::NoTls;

use crate::{
    inputs::{
        BUDGET, Code, IDLE_SECONDS, MAX_BITS_PER_SECOND, NEAREST, OPEN_LIMITS, PAGE, PURPOSE, Report,
        TOUCH_AFTER_SECONDS, Verification, applied,
    },
    peer::{Peer, Result},
    rows::{Account, Closed, Opened, Place, Session},
};

pub(crate) struct Cornucopia {
    pool: Pool,
}

impl Peer for Cornucopia {
    const NAME: &'static str = "cornucopia";

    async fn connect(url: &str, size: usize) -> Result<Self> {
        let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(url.parse()?, NoTls, config);
        Ok(Self { pool: Pool::builder(manager).max_size(size).build()? })
    }

    async fn validate(&self, token: &TokenHash) -> Result<Option<Session>> {
        let client = self.pool.get().await?;
        let session =
            statements::validate().bind(&client, &TOUCH_AFTER_SECONDS, &token.as_str(), &IDLE_SECONDS).opt().await?;
        Ok(session.map(|session| Session {
            session_id: session.session_id,
            user_id: session.user_id,
            username: session.username,
            phone_number: session.phone_number,
            server_id: session.server_id,
            role: session.role,
            device_id: session.device_id,
            created_at: session.created_at.map(|time| time.to_utc()),
            last_activity: session.last_activity.map(|time| time.to_utc()),
            expires_at: session.expires_at.to_utc(),
            touch_is_due: session.touch_is_due,
            token_presented: session.token_presented,
        }))
    }

    async fn verify(&self, code: &Code) -> Result<bool> {
        let verification = Verification::of(code)?;
        let client = self.pool.get().await?;
        let parameters = VerifyParams {
            phone_number: code.number.as_str(),
            purpose: PURPOSE,
            code_macs: verification.code_macs,
            key_ids: verification.key_ids,
            ip_address: None,
            max_tries_per_code: verification.max_tries_per_code,
            lock_every: verification.lock_every,
            lock_seconds: verification.lock_seconds,
            max_failures: verification.max_failures,
            budget: BUDGET,
            budget_key: None::<&str>,
            budget_limit: verification.budget_limit,
            budget_window: verification.budget_window,
            ticket_hash: verification.ticket_hash.as_str(),
            ticket_seconds: verification.ticket_seconds,
        };
        Ok(statements::verify().params(&client, &parameters).one().await?.verified)
    }

    async fn open(&self, new: &NewConnection<'_>) -> Result<i64> {
        let mut client = self.pool.get().await?;
        let transaction = client.transaction().await?;
        let parameters = OpenParams {
            server_id: new.server_id,
            username: new.username,
            device_id: new.device,
            virtual_ip: new.virtual_ip,
            virtual_ip6: new.virtual_ip6.map(IpAddr::V6),
            daemon: new.daemon,
            epoch: new.epoch,
            client_ip: new.client_ip,
            public_ip: new.public_ip,
            device_name: new.device_name,
            device_type: new.device_type,
            app_version: new.app_version,
            max_connections: OPEN_LIMITS.max_connections,
            ends_oldest: OPEN_LIMITS.ends_oldest,
            silent_seconds: OPEN_LIMITS.silent_seconds,
            accepts_unknown: OPEN_LIMITS.accepts_unknown,
        };
        let opened = statements::open().params(&transaction, &parameters).one().await?;
        let opened = Opened {
            outcome: opened.outcome,
            connection_id: opened.connection_id,
            superseded_id: opened.superseded_id,
            ended_ids: opened.ended_ids,
            ended_servers: opened.ended_servers,
            capacity: opened.capacity,
            max_of_user: opened.max_of_user,
        };
        let id = opened.id()?;
        transaction.commit().await?;
        Ok(id)
    }

    async fn close(&self, server_id: &str, id: i64) -> Result<Option<Closed>> {
        let client = self.pool.get().await?;
        let statement = statements::close();
        let closed =
            statement.bind(&client, &server_id, &id, &"client_exit", &None, &None, &None, &MAX_BITS_PER_SECOND);
        let closed = closed.opt().await?;
        Ok(closed.map(|closed| Closed {
            connection_id: closed.connection_id,
            statistics_id: closed.statistics_id,
            username: closed.username,
            server_id: closed.server_id,
            virtual_ip: closed.virtual_ip,
            duration_seconds: closed.duration_seconds,
            bytes_received: closed.bytes_received,
            bytes_sent: closed.bytes_sent,
        }))
    }

    async fn heartbeat(&self, server_id: &str, heartbeats: &[Heartbeat]) -> Result<Vec<i64>> {
        let Report { ids, epochs, sequences, bytes_received, bytes_sent } = Report::of(heartbeats);
        let client = self.pool.get().await?;
        let rows = statements::heartbeat()
            .bind(&client, &server_id, &ids, &epochs, &sequences, &bytes_received, &bytes_sent, &MAX_BITS_PER_SECOND)
            .map(|row| applied(row.connection_id, row.outcome))
            .all()
            .await?;
        rows.into_iter().collect()
    }

    async fn nearest(&self, (latitude, longitude): (f64, f64)) -> Result<Vec<Place>> {
        let client = self.pool.get().await?;
        let (statement, limit) = (statements::nearest(), NEAREST.cast_signed());
        let rows = statement.bind(&client, &latitude, &longitude, &limit).map(|row| Place {
            location_id: row.location_id,
            name: row.name.into(),
            country: row.country.into(),
            city: row.city.into(),
            country_code: row.country_code.into(),
            latitude: row.latitude,
            longitude: row.longitude,
            distance_km: row.distance_km,
        });
        Ok(rows.all().await?)
    }

    async fn page(&self, after_id: i64) -> Result<Vec<Account>> {
        let client = self.pool.get().await?;
        let (statement, limit) = (statements::page(), i64::from(PAGE));
        let rows = statement.bind(&client, &after_id, &limit).map(|row| Account {
            id: row.id,
            username: row.username.into(),
            phone_number: row.phone_number.map(Into::into),
            created_via: row.created_via.into(),
            server_id: row.server_id.into(),
            created_by: row.created_by.into(),
            role: row.role.into(),
            active: row.active,
            expires_at: row.expires_at.map(|time| time.to_utc()),
            protocol: row.protocol.into(),
            port: row.port,
            ovpn_path: row.ovpn_path.map(Into::into),
            checksum: row.checksum.map(Into::into),
            synced: row.synced,
            sync_version: row.sync_version,
            created_at: row.created_at.map(|time| time.to_utc()),
            last_access: row.last_access.map(|time| time.to_utc()),
            last_login: row.last_login.map(|time| time.to_utc()),
        });
        Ok(rows.all().await?)
    }
}

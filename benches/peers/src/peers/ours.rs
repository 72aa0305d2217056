//! This crate, with its pool.

use std::net::IpAddr;

use barqnet_db::{
    Coordinates,
    client::GenericClient,
    connections::{self, CloseReason, ConnectionPolicy, CounterPolicy, Heartbeat, NewConnection, OpenOutcome},
    locations,
    pool::{self, Pool, Settings},
    queries::{locations::NearbyLocation, users},
    sessions::{self, SessionPolicy, TokenHash},
    tokio_postgres::types::ToSql,
};

use crate::{
    inputs::{BUDGET, Code, NEAREST, PAGE, PURPOSE, TOUCH_AFTER_SECONDS, Verification},
    peer::{Peer, Result},
    rows::{Account, Closed, Place, Session},
    statements::SQL,
};

pub(crate) struct Ours {
    pub(super) pool: Pool,
    pub(super) sessions: SessionPolicy,
}

impl Peer for Ours {
    const NAME: &'static str = "barqnet-db";

    async fn connect(url: &str, size: usize) -> Result<Self> {
        let touch_after = std::time::Duration::from_secs_f64(TOUCH_AFTER_SECONDS);
        Ok(Self {
            pool: pool::connect(Settings::from_url(url)?.max_size(size)).await?,
            sessions: SessionPolicy { touch_after, ..SessionPolicy::default() },
        })
    }

    async fn validate(&self, token: &TokenHash) -> Result<Option<Session>> {
        validate(&self.pool.get().await?, token, &self.sessions).await
    }

    /// The statement that all contenders run; `otp::verify` calls another function.
    async fn verify(&self, code: &Code) -> Result<bool> {
        let verification = Verification::of(code)?;
        let address: Option<IpAddr> = None;
        let budget_key: Option<&str> = None;
        let client = self.pool.get().await?;
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
        Ok(client.query_one(SQL.verify, &parameters).await?.try_get(0)?)
    }

    async fn open(&self, new: &NewConnection<'_>) -> Result<i64> {
        match connections::open(&self.pool, new, &ConnectionPolicy::default()).await? {
            OpenOutcome::Opened { id, .. } => Ok(id),
            other => Err(format!("not opened: {other:?}").into()),
        }
    }

    async fn close(&self, server_id: &str, id: i64) -> Result<Option<Closed>> {
        let client = self.pool.get().await?;
        let closed =
            connections::close(&client, server_id, id, CloseReason::ClientExit, None, &CounterPolicy::default())
                .await?;
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
        let client = self.pool.get().await?;
        let report = connections::heartbeat(&client, server_id, heartbeats, &CounterPolicy::default()).await?;
        if report.applied.len() == heartbeats.len() { Ok(report.applied) } else { Err(format!("{report:?}").into()) }
    }

    async fn nearest(&self, point: (f64, f64)) -> Result<Vec<Place>> {
        nearest(&self.pool.get().await?, point).await
    }

    async fn page(&self, after_id: i64) -> Result<Vec<Account>> {
        page(&self.pool.get().await?, after_id).await
    }
}

pub(super) async fn validate(
    client: &impl GenericClient,
    token: &TokenHash,
    policy: &SessionPolicy,
) -> Result<Option<Session>> {
    let session = sessions::validate(client, token, policy).await?;
    Ok(session.map(|session| Session {
        session_id: session.session_id,
        user_id: session.user_id,
        username: session.username,
        phone_number: session.phone_number,
        server_id: session.server_id,
        role: session.role,
        device_id: session.device_id,
        created_at: session.created_at,
        last_activity: session.last_activity,
        expires_at: session.expires_at,
        touch_is_due: session.touch_is_due,
        token_presented: session.token_presented,
    }))
}

pub(super) async fn nearest(client: &impl GenericClient, (latitude, longitude): (f64, f64)) -> Result<Vec<Place>> {
    let places = locations::nearest(client, Coordinates::new(latitude, longitude)?, NEAREST).await?;
    let place = |place: NearbyLocation| Place {
        location_id: place.location_id,
        name: place.name,
        country: place.country,
        city: place.city,
        country_code: place.country_code,
        latitude: place.latitude,
        longitude: place.longitude,
        distance_km: place.distance_km,
    };
    Ok(places.into_iter().map(place).collect())
}

pub(super) async fn page(client: &impl GenericClient, after_id: i64) -> Result<Vec<Account>> {
    let users = users::list().bind(client, &after_id, &i64::from(PAGE)).all().await?;
    let account = |user: users::User| Account {
        id: user.id,
        username: user.username,
        phone_number: user.phone_number,
        created_via: user.created_via,
        server_id: user.server_id,
        created_by: user.created_by,
        role: user.role,
        active: user.active,
        expires_at: user.expires_at,
        protocol: user.protocol,
        port: user.port,
        ovpn_path: user.ovpn_path,
        checksum: user.checksum,
        synced: user.synced,
        sync_version: user.sync_version,
        created_at: user.created_at,
        last_access: user.last_access,
        last_login: user.last_login,
    };
    Ok(users.into_iter().map(account).collect())
}

//! diesel-async, with its deadpool: as it is by default, which runs SELECT 1 on every connection before it lends it, and
//! without.
//!
//! `diesel::sql_query` is never prepared once, so each statement is a query of its own type, as those of diesel's query
//! builder are: its type identifies its SQL, and building it costs nothing.

use std::net::IpAddr;

use barqnet_db::{
    connections::{Heartbeat, NewConnection},
    sessions::TokenHash,
};
use diesel::{
    OptionalExtension as _, QueryResult,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Binary, Bool, Double, Inet, Integer, Nullable, Text, Timestamptz},
};
use diesel_async::{
    AsyncConnection as _, AsyncPgConnection, RunQueryDsl as _,
    pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool::Pool},
};
use ipnetwork::IpNetwork;

use crate::{
    inputs::{
        BUDGET, Code, IDLE_SECONDS, MAX_BITS_PER_SECOND, NEAREST, OPEN_LIMITS, PAGE, PURPOSE, Report,
        TOUCH_AFTER_SECONDS, Verification, applied,
    },
    peer::{Peer, Result},
    rows::{Account, Closed, Opened, Place, Session, Verdict},
    statements::SQL,
};

/// Declares a query: its SQL, its parameters with their SQL and Rust types, and the SQL types of its columns.
macro_rules! query {
    ($name:ident, $sql:ident, ($($field:ident: $sql_type:ty, $rust_type:ty;)*), $columns:ty) => {
        struct $name<'a> {
            $($field: $rust_type,)*
            marker: std::marker::PhantomData<&'a ()>,
        }

        impl QueryFragment<Pg> for $name<'_> {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
                out.push_sql(SQL.$sql);
                $(out.push_bind_param_value_only::<$sql_type, _>(&self.$field)?;)*
                Ok(())
            }
        }

        impl QueryId for $name<'_> {
            type QueryId = $name<'static>;
        }

        impl Query for $name<'_> {
            type SqlType = $columns;
        }
    };
}

query!(
    Validate,
    validate,
    (touch_after: Double, f64; hash: Text, &'a str; idle: Double, f64;),
    (
        BigInt,
        BigInt,
        Text,
        Nullable<Text>,
        Text,
        Text,
        Nullable<BigInt>,
        Nullable<Timestamptz>,
        Nullable<Timestamptz>,
        Timestamptz,
        Bool,
        Bool,
    )
);
query!(
    Verify,
    verify,
    (
        number: Text, &'a str;
        purpose: Text, &'a str;
        code_macs: Array<Binary>, &'a [Vec<u8>];
        key_ids: Array<Integer>, &'a [i32];
        address: Nullable<Inet>, Option<IpNetwork>;
        max_tries: Integer, i32;
        lock_every: Integer, i32;
        lock_seconds: Array<Double>, &'a [f64];
        max_failures: Integer, i32;
        budget: Text, &'a str;
        budget_key: Nullable<Text>, Option<&'a str>;
        budget_limit: Integer, i32;
        budget_window: Double, f64;
        ticket_hash: Text, &'a str;
        ticket_seconds: Double, f64;
    ),
    (Bool, Nullable<Double>)
);
query!(
    Open,
    open,
    (
        server_id: Text, &'a str;
        username: Text, &'a str;
        device: Nullable<BigInt>, Option<i64>;
        virtual_ip: Nullable<Inet>, Option<IpNetwork>;
        virtual_ip6: Nullable<Inet>, Option<IpNetwork>;
        daemon: Nullable<Text>, Option<&'a str>;
        epoch: Nullable<BigInt>, Option<i64>;
        client_ip: Nullable<Inet>, Option<IpNetwork>;
        public_ip: Nullable<Inet>, Option<IpNetwork>;
        device_name: Nullable<Text>, Option<&'a str>;
        device_type: Nullable<Text>, Option<&'a str>;
        app_version: Nullable<Text>, Option<&'a str>;
        max_connections: Nullable<BigInt>, Option<i64>;
        ends_oldest: Bool, bool;
        silent_seconds: Double, f64;
        accepts_unknown: Bool, bool;
    ),
    (Text, Nullable<BigInt>, Nullable<BigInt>, Array<BigInt>, Array<Text>, Nullable<Integer>, Nullable<BigInt>)
);
query!(
    Close,
    close,
    (
        server_id: Text, &'a str;
        id: BigInt, i64;
        reason: Text, &'a str;
        epoch: Nullable<BigInt>, Option<i64>;
        received: Nullable<BigInt>, Option<i64>;
        sent: Nullable<BigInt>, Option<i64>;
        max_bits_per_second: BigInt, i64;
    ),
    (BigInt, Nullable<BigInt>, Text, Text, Nullable<Inet>, Integer, BigInt, BigInt)
);
query!(
    Beat,
    heartbeat,
    (
        server_id: Text, &'a str;
        ids: Array<BigInt>, &'a [i64];
        epochs: Array<BigInt>, &'a [i64];
        sequences: Array<BigInt>, &'a [i64];
        received: Array<BigInt>, &'a [i64];
        sent: Array<BigInt>, &'a [i64];
        max_bits_per_second: BigInt, i64;
    ),
    (BigInt, Text)
);
query!(
    Nearest,
    nearest,
    (latitude: Double, f64; longitude: Double, f64; limit: Integer, i32;),
    (Integer, Text, Text, Text, Text, Double, Double, Double)
);
query!(
    Page,
    page,
    (after_id: BigInt, i64; limit: BigInt, i64;),
    (
        BigInt,
        Text,
        Nullable<Text>,
        Text,
        Text,
        Text,
        Text,
        Bool,
        Nullable<Timestamptz>,
        Text,
        Integer,
        Nullable<Text>,
        Nullable<Text>,
        Bool,
        BigInt,
        Nullable<Timestamptz>,
        Nullable<Timestamptz>,
        Nullable<Timestamptz>,
    )
);

pub(crate) struct Diesel<const PING: bool> {
    pool: Pool<AsyncPgConnection>,
}

impl<const PING: bool> Peer for Diesel<PING> {
    const NAME: &'static str = if PING { "diesel-async" } else { "diesel-async, no ping" };

    async fn connect(url: &str, size: usize) -> Result<Self> {
        let mut config = ManagerConfig::default();
        if !PING {
            config.recycling_method = RecyclingMethod::Fast;
        }
        let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new_with_config(url, config);
        Ok(Self { pool: Pool::builder(manager).max_size(size).build()? })
    }

    async fn validate(&self, token: &TokenHash) -> Result<Option<Session>> {
        let mut connection = self.pool.get().await?;
        let query = Validate {
            touch_after: TOUCH_AFTER_SECONDS,
            hash: token.as_str(),
            idle: *IDLE_SECONDS,
            marker: std::marker::PhantomData,
        };
        Ok(query.get_result(&mut connection).await.optional()?)
    }

    async fn verify(&self, code: &Code) -> Result<bool> {
        let verification = Verification::of(code)?;
        let mut connection = self.pool.get().await?;
        let query = Verify {
            number: code.number.as_str(),
            purpose: PURPOSE,
            code_macs: &verification.code_macs,
            key_ids: &verification.key_ids,
            address: None,
            max_tries: verification.max_tries_per_code,
            lock_every: verification.lock_every,
            lock_seconds: &verification.lock_seconds,
            max_failures: verification.max_failures,
            budget: BUDGET,
            budget_key: None,
            budget_limit: verification.budget_limit,
            budget_window: verification.budget_window,
            ticket_hash: verification.ticket_hash.as_str(),
            ticket_seconds: verification.ticket_seconds,
            marker: std::marker::PhantomData,
        };
        Ok(query.get_result::<Verdict>(&mut connection).await?.verified)
    }

    async fn open(&self, new: &NewConnection<'_>) -> Result<i64> {
        let mut connection = self.pool.get().await?;
        connection
            .transaction(async |connection| {
                let open = Open {
                    server_id: new.server_id,
                    username: new.username,
                    device: new.device,
                    virtual_ip: new.virtual_ip.map(IpNetwork::from),
                    virtual_ip6: new.virtual_ip6.map(IpAddr::V6).map(IpNetwork::from),
                    daemon: new.daemon,
                    epoch: new.epoch,
                    client_ip: new.client_ip.map(IpNetwork::from),
                    public_ip: new.public_ip.map(IpNetwork::from),
                    device_name: new.device_name,
                    device_type: new.device_type,
                    app_version: new.app_version,
                    max_connections: OPEN_LIMITS.max_connections,
                    ends_oldest: OPEN_LIMITS.ends_oldest,
                    silent_seconds: OPEN_LIMITS.silent_seconds,
                    accepts_unknown: OPEN_LIMITS.accepts_unknown,
                    marker: std::marker::PhantomData,
                };
                open.get_result::<Opened>(connection).await?.id()
            })
            .await
    }

    async fn close(&self, server_id: &str, id: i64) -> Result<Option<Closed>> {
        type Row = (i64, Option<i64>, String, String, Option<IpNetwork>, i32, i64, i64);
        let mut connection = self.pool.get().await?;
        let query = Close {
            server_id,
            id,
            reason: "client_exit",
            epoch: None,
            received: None,
            sent: None,
            max_bits_per_second: *MAX_BITS_PER_SECOND,
            marker: std::marker::PhantomData,
        };
        let row: Option<Row> = query.get_result(&mut connection).await.optional()?;
        Ok(row.map(|row| Closed {
            connection_id: row.0,
            statistics_id: row.1,
            username: row.2,
            server_id: row.3,
            virtual_ip: row.4.map(|network| network.ip()),
            duration_seconds: row.5,
            bytes_received: row.6,
            bytes_sent: row.7,
        }))
    }

    async fn heartbeat(&self, server_id: &str, heartbeats: &[Heartbeat]) -> Result<Vec<i64>> {
        let report = Report::of(heartbeats);
        let mut connection = self.pool.get().await?;
        let query = Beat {
            server_id,
            ids: &report.ids,
            epochs: &report.epochs,
            sequences: &report.sequences,
            received: &report.bytes_received,
            sent: &report.bytes_sent,
            max_bits_per_second: *MAX_BITS_PER_SECOND,
            marker: std::marker::PhantomData,
        };
        let rows: Vec<(i64, String)> = query.load(&mut connection).await?;
        rows.iter().map(|(id, outcome)| applied(*id, outcome)).collect()
    }

    async fn nearest(&self, (latitude, longitude): (f64, f64)) -> Result<Vec<Place>> {
        let mut connection = self.pool.get().await?;
        let query = Nearest { latitude, longitude, limit: NEAREST.cast_signed(), marker: std::marker::PhantomData };
        Ok(query.load(&mut connection).await?)
    }

    async fn page(&self, after_id: i64) -> Result<Vec<Account>> {
        let mut connection = self.pool.get().await?;
        let query = Page { after_id, limit: PAGE.into(), marker: std::marker::PhantomData };
        Ok(query.load(&mut connection).await?)
    }
}

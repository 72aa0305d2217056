// Written by the build step from queries/audit.sql. Edit that file: `cargo build` brings this one up to date.

//! The audit trail: who did what, from where. Tables: schema/audit.sql. Rows are added and, after their retention, deleted;
//! only the erasure of a user changes them.

use barqnet_db_client::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
/// The parameters of [`append`](fn@append).
#[derive(Debug)]
pub struct AppendParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::StringSql,
    T4: barqnet_db_client::StringSql,
> {
    pub action: T1,
    pub username: Option<T2>,
    pub details: Option<T3>,
    pub ip_address: Option<std::net::IpAddr>,
    pub server_id: T4,
}
/// The parameters of [`append_batch`](fn@append_batch).
#[derive(Debug)]
pub struct AppendBatchParams<
    T1: barqnet_db_client::ArraySql<Item = chrono::DateTime<chrono::Utc>>,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::ArraySql<Item = T2>,
    T4: barqnet_db_client::StringSql,
    T5: barqnet_db_client::ArraySql<Item = Option<T4>>,
    T6: barqnet_db_client::StringSql,
    T7: barqnet_db_client::ArraySql<Item = Option<T6>>,
    T8: barqnet_db_client::ArraySql<Item = Option<std::net::IpAddr>>,
    T9: barqnet_db_client::StringSql,
    T10: barqnet_db_client::ArraySql<Item = T9>,
> {
    pub times: T1,
    pub actions: T3,
    pub usernames: T5,
    pub details: T7,
    pub ip_addresses: T8,
    pub server_ids: T10,
}
/// The parameters of [`recent`](fn@recent).
#[derive(Clone, Copy, Debug)]
pub struct RecentParams {
    pub before_id: i32,
    pub limit: i64,
}
/// The parameters of [`by_server`](fn@by_server).
#[derive(Debug)]
pub struct ByServerParams<T1: barqnet_db_client::StringSql> {
    pub server_id: T1,
    pub before_id: i32,
    pub limit: i64,
}
/// The parameters of [`by_user`](fn@by_user).
#[derive(Debug)]
pub struct ByUserParams<T1: barqnet_db_client::StringSql> {
    pub username: T1,
    pub before_id: i32,
    pub limit: i64,
}
/// The parameters of [`failures_by_ip`](fn@failures_by_ip).
#[derive(Debug)]
pub struct FailuresByIpParams<T1: barqnet_db_client::StringSql> {
    pub since: chrono::DateTime<chrono::Utc>,
    pub action_pattern: T1,
    pub at_least: i64,
    pub limit: i64,
}
/// The parameters of [`actions_by_user`](fn@actions_by_user).
#[derive(Debug)]
pub struct ActionsByUserParams<T1: barqnet_db_client::StringSql> {
    pub since: chrono::DateTime<chrono::Utc>,
    pub action_pattern: T1,
    pub at_least: i64,
    pub limit: i64,
}
/// A row of [`recent`](fn@recent), [`by_server`](fn@by_server), [`by_user`](fn@by_user).
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    pub id: i32,
    pub timestamp: Option<chrono::DateTime<chrono::Utc>>,
    pub action: String,
    pub username: Option<String>,
    pub details: Option<String>,
    pub ip_address: Option<std::net::IpAddr>,
    pub server_id: String,
}
/// A [`AuditEntry`] that borrows from the row it was read from.
pub struct AuditEntryBorrowed<'a> {
    pub id: i32,
    pub timestamp: Option<chrono::DateTime<chrono::Utc>>,
    pub action: &'a str,
    pub username: Option<&'a str>,
    pub details: Option<&'a str>,
    pub ip_address: Option<std::net::IpAddr>,
    pub server_id: &'a str,
}
impl<'a> From<AuditEntryBorrowed<'a>> for AuditEntry {
    fn from(
        AuditEntryBorrowed {
            id,
            timestamp,
            action,
            username,
            details,
            ip_address,
            server_id,
        }: AuditEntryBorrowed<'a>,
    ) -> Self {
        Self {
            id,
            timestamp,
            action: action.into(),
            username: username.map(|v| v.into()),
            details: details.map(|v| v.into()),
            ip_address,
            server_id: server_id.into(),
        }
    }
}
/// A row of [`failures_by_ip`](fn@failures_by_ip).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct FailuresByIp {
    pub ip_address: std::net::IpAddr,
    pub failures: i64,
    pub newest_at: chrono::DateTime<chrono::Utc>,
}
/// A row of [`actions_by_user`](fn@actions_by_user).
#[derive(Debug, Clone, PartialEq)]
pub struct ActionsByUser {
    pub username: String,
    pub actions: i64,
    pub newest_at: chrono::DateTime<chrono::Utc>,
}
/// A [`ActionsByUser`] that borrows from the row it was read from.
pub struct ActionsByUserBorrowed<'a> {
    pub username: &'a str,
    pub actions: i64,
    pub newest_at: chrono::DateTime<chrono::Utc>,
}
impl<'a> From<ActionsByUserBorrowed<'a>> for ActionsByUser {
    fn from(
        ActionsByUserBorrowed { username, actions, newest_at }: ActionsByUserBorrowed<'a>,
    ) -> Self {
        Self {
            username: username.into(),
            actions,
            newest_at,
        }
    }
}
/// A statement with its parameters, ready to run.
pub struct I32Query<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(&barqnet_db_client::Row) -> Result<i32, barqnet_db_client::Error>,
    mapper: fn(i32) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> I32Query<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(self, mapper: fn(i32) -> R) -> I32Query<'c, 'a, 's, C, R, N> {
        I32Query {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    /// Runs the statement, which must return exactly one row.
    pub async fn one(self) -> Result<T, barqnet_db_client::Error> {
        let row = barqnet_db_client::one(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, barqnet_db_client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, barqnet_db_client::Error> {
        let opt_row = barqnet_db_client::opt(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok(
            opt_row
                .map(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
                .transpose()?,
        )
    }
    /// Runs the statement and streams its rows.
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, barqnet_db_client::Error>> + 'c,
        barqnet_db_client::Error,
    > {
        let stream = barqnet_db_client::raw(
                self.client,
                self.query,
                barqnet_db_client::slice_iter(&self.params),
                self.cached,
            )
            .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
/// A statement with its parameters, ready to run.
pub struct AuditEntryQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<AuditEntryBorrowed, barqnet_db_client::Error>,
    mapper: fn(AuditEntryBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> AuditEntryQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(AuditEntryBorrowed) -> R,
    ) -> AuditEntryQuery<'c, 'a, 's, C, R, N> {
        AuditEntryQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    /// Runs the statement, which must return exactly one row.
    pub async fn one(self) -> Result<T, barqnet_db_client::Error> {
        let row = barqnet_db_client::one(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, barqnet_db_client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, barqnet_db_client::Error> {
        let opt_row = barqnet_db_client::opt(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok(
            opt_row
                .map(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
                .transpose()?,
        )
    }
    /// Runs the statement and streams its rows.
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, barqnet_db_client::Error>> + 'c,
        barqnet_db_client::Error,
    > {
        let stream = barqnet_db_client::raw(
                self.client,
                self.query,
                barqnet_db_client::slice_iter(&self.params),
                self.cached,
            )
            .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
/// A statement with its parameters, ready to run.
pub struct FailuresByIpQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<FailuresByIp, barqnet_db_client::Error>,
    mapper: fn(FailuresByIp) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> FailuresByIpQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(FailuresByIp) -> R,
    ) -> FailuresByIpQuery<'c, 'a, 's, C, R, N> {
        FailuresByIpQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    /// Runs the statement, which must return exactly one row.
    pub async fn one(self) -> Result<T, barqnet_db_client::Error> {
        let row = barqnet_db_client::one(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, barqnet_db_client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, barqnet_db_client::Error> {
        let opt_row = barqnet_db_client::opt(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok(
            opt_row
                .map(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
                .transpose()?,
        )
    }
    /// Runs the statement and streams its rows.
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, barqnet_db_client::Error>> + 'c,
        barqnet_db_client::Error,
    > {
        let stream = barqnet_db_client::raw(
                self.client,
                self.query,
                barqnet_db_client::slice_iter(&self.params),
                self.cached,
            )
            .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
/// A statement with its parameters, ready to run.
pub struct ActionsByUserQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<ActionsByUserBorrowed, barqnet_db_client::Error>,
    mapper: fn(ActionsByUserBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ActionsByUserQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(ActionsByUserBorrowed) -> R,
    ) -> ActionsByUserQuery<'c, 'a, 's, C, R, N> {
        ActionsByUserQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    /// Runs the statement, which must return exactly one row.
    pub async fn one(self) -> Result<T, barqnet_db_client::Error> {
        let row = barqnet_db_client::one(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, barqnet_db_client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, barqnet_db_client::Error> {
        let opt_row = barqnet_db_client::opt(
                self.client,
                self.query,
                &self.params,
                self.cached,
            )
            .await?;
        Ok(
            opt_row
                .map(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
                .transpose()?,
        )
    }
    /// Runs the statement and streams its rows.
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, barqnet_db_client::Error>> + 'c,
        barqnet_db_client::Error,
    > {
        let stream = barqnet_db_client::raw(
                self.client,
                self.query,
                barqnet_db_client::slice_iter(&self.params),
                self.cached,
            )
            .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
/// The statement [`append`](fn@append).
pub struct AppendStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Adds an entry with the current time and returns its id.
/// Index: none needed. Locks: the inserted row only.
pub fn append() -> AppendStmt {
    AppendStmt(
        "/* audit.append */ INSERT INTO audit_log (timestamp, action, username, details, ip_address, server_id) VALUES (CLOCK_TIMESTAMP(), $1, $2, $3, $4, $5) RETURNING id",
        None,
    )
}
impl AppendStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: barqnet_db_client::StringSql,
        T2: barqnet_db_client::StringSql,
        T3: barqnet_db_client::StringSql,
        T4: barqnet_db_client::StringSql,
    >(
        &'s self,
        client: &'c C,
        action: &'a T1,
        username: &'a Option<T2>,
        details: &'a Option<T3>,
        ip_address: &'a Option<std::net::IpAddr>,
        server_id: &'a T4,
    ) -> I32Query<'c, 'a, 's, C, i32, 5> {
        I32Query {
            client,
            params: [action, username, details, ip_address, server_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::StringSql,
    T4: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    AppendParams<T1, T2, T3, T4>,
    I32Query<'c, 'a, 's, C, i32, 5>,
    C,
> for AppendStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a AppendParams<T1, T2, T3, T4>,
    ) -> I32Query<'c, 'a, 's, C, i32, 5> {
        self.bind(
            client,
            &params.action,
            &params.username,
            &params.details,
            &params.ip_address,
            &params.server_id,
        )
    }
}
/// The statement [`append_batch`](fn@append_batch).
pub struct AppendBatchStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Adds many entries in one statement, with ids in the order given. The arrays are parallel and of one length. The number of
/// rows is the number of entries added.
/// Index: none needed. Locks: the inserted rows only.
pub fn append_batch() -> AppendBatchStmt {
    AppendBatchStmt(
        "/* audit.append_batch */ INSERT INTO audit_log (timestamp, action, username, details, ip_address, server_id) SELECT e.at, e.action, e.username, e.details, e.ip_address, e.server_id FROM UNNEST($1::TIMESTAMPTZ[], $2::TEXT[], $3::TEXT[], $4::TEXT[], $5::INET[], $6::TEXT[]) WITH ORDINALITY AS e (at, action, username, details, ip_address, server_id, position) ORDER BY e.position",
        None,
    )
}
impl AppendBatchStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: barqnet_db_client::ArraySql<Item = chrono::DateTime<chrono::Utc>>,
        T2: barqnet_db_client::StringSql,
        T3: barqnet_db_client::ArraySql<Item = T2>,
        T4: barqnet_db_client::StringSql,
        T5: barqnet_db_client::ArraySql<Item = Option<T4>>,
        T6: barqnet_db_client::StringSql,
        T7: barqnet_db_client::ArraySql<Item = Option<T6>>,
        T8: barqnet_db_client::ArraySql<Item = Option<std::net::IpAddr>>,
        T9: barqnet_db_client::StringSql,
        T10: barqnet_db_client::ArraySql<Item = T9>,
    >(
        &'s self,
        client: &'c C,
        times: &'a T1,
        actions: &'a T3,
        usernames: &'a T5,
        details: &'a T7,
        ip_addresses: &'a T8,
        server_ids: &'a T10,
    ) -> Result<u64, barqnet_db_client::Error> {
        client
            .execute(
                self.0,
                &[times, actions, usernames, details, ip_addresses, server_ids],
            )
            .await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::ArraySql<Item = chrono::DateTime<chrono::Utc>>,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::ArraySql<Item = T2>,
    T4: barqnet_db_client::StringSql,
    T5: barqnet_db_client::ArraySql<Item = Option<T4>>,
    T6: barqnet_db_client::StringSql,
    T7: barqnet_db_client::ArraySql<Item = Option<T6>>,
    T8: barqnet_db_client::ArraySql<Item = Option<std::net::IpAddr>>,
    T9: barqnet_db_client::StringSql,
    T10: barqnet_db_client::ArraySql<Item = T9>,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    AppendBatchParams<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for AppendBatchStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a AppendBatchParams<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(
            self
                .bind(
                    client,
                    &params.times,
                    &params.actions,
                    &params.usernames,
                    &params.details,
                    &params.ip_addresses,
                    &params.server_ids,
                ),
        )
    }
}
/// The statement [`recent`](fn@recent).
pub struct RecentStmt(&'static str, Option<barqnet_db_client::Statement>);
/// One page of all entries, newest first. Start with `before_id` i32::MAX, continue with the last id received.
/// Index: audit_log_pkey. Locks: nothing.
pub fn recent() -> RecentStmt {
    RecentStmt(
        "/* audit.recent */ SELECT id, timestamp, action, username, details, ip_address, server_id FROM audit_log WHERE id < $1 ORDER BY id DESC LIMIT $2::BIGINT",
        None,
    )
}
impl RecentStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
        before_id: &'a i32,
        limit: &'a i64,
    ) -> AuditEntryQuery<'c, 'a, 's, C, AuditEntry, 2> {
        AuditEntryQuery {
            client,
            params: [before_id, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<AuditEntryBorrowed, barqnet_db_client::Error> {
                Ok(AuditEntryBorrowed {
                    id: row.try_get(0)?,
                    timestamp: row.try_get(1)?,
                    action: row.try_get(2)?,
                    username: row.try_get(3)?,
                    details: row.try_get(4)?,
                    ip_address: row.try_get(5)?,
                    server_id: row.try_get(6)?,
                })
            },
            mapper: |it| AuditEntry::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    RecentParams,
    AuditEntryQuery<'c, 'a, 's, C, AuditEntry, 2>,
    C,
> for RecentStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a RecentParams,
    ) -> AuditEntryQuery<'c, 'a, 's, C, AuditEntry, 2> {
        self.bind(client, &params.before_id, &params.limit)
    }
}
/// The statement [`by_server`](fn@by_server).
pub struct ByServerStmt(&'static str, Option<barqnet_db_client::Statement>);
/// One page of the entries of a server, newest first. Start with `before_id` i32::MAX, continue with the last id received.
/// Index: idx_audit_server_newest. Locks: nothing.
pub fn by_server() -> ByServerStmt {
    ByServerStmt(
        "/* audit.by_server */ SELECT id, timestamp, action, username, details, ip_address, server_id FROM audit_log WHERE server_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3::BIGINT",
        None,
    )
}
impl ByServerStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
        &'s self,
        client: &'c C,
        server_id: &'a T1,
        before_id: &'a i32,
        limit: &'a i64,
    ) -> AuditEntryQuery<'c, 'a, 's, C, AuditEntry, 3> {
        AuditEntryQuery {
            client,
            params: [server_id, before_id, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<AuditEntryBorrowed, barqnet_db_client::Error> {
                Ok(AuditEntryBorrowed {
                    id: row.try_get(0)?,
                    timestamp: row.try_get(1)?,
                    action: row.try_get(2)?,
                    username: row.try_get(3)?,
                    details: row.try_get(4)?,
                    ip_address: row.try_get(5)?,
                    server_id: row.try_get(6)?,
                })
            },
            mapper: |it| AuditEntry::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    ByServerParams<T1>,
    AuditEntryQuery<'c, 'a, 's, C, AuditEntry, 3>,
    C,
> for ByServerStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ByServerParams<T1>,
    ) -> AuditEntryQuery<'c, 'a, 's, C, AuditEntry, 3> {
        self.bind(client, &params.server_id, &params.before_id, &params.limit)
    }
}
/// The statement [`by_user`](fn@by_user).
pub struct ByUserStmt(&'static str, Option<barqnet_db_client::Statement>);
/// One page of the entries of a user, newest first. Start with `before_id` i32::MAX, continue with the last id received.
/// Index: idx_audit_user_newest. Locks: nothing.
pub fn by_user() -> ByUserStmt {
    ByUserStmt(
        "/* audit.by_user */ SELECT id, timestamp, action, username, details, ip_address, server_id FROM audit_log WHERE username = $1 AND id < $2 ORDER BY id DESC LIMIT $3::BIGINT",
        None,
    )
}
impl ByUserStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
        &'s self,
        client: &'c C,
        username: &'a T1,
        before_id: &'a i32,
        limit: &'a i64,
    ) -> AuditEntryQuery<'c, 'a, 's, C, AuditEntry, 3> {
        AuditEntryQuery {
            client,
            params: [username, before_id, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<AuditEntryBorrowed, barqnet_db_client::Error> {
                Ok(AuditEntryBorrowed {
                    id: row.try_get(0)?,
                    timestamp: row.try_get(1)?,
                    action: row.try_get(2)?,
                    username: row.try_get(3)?,
                    details: row.try_get(4)?,
                    ip_address: row.try_get(5)?,
                    server_id: row.try_get(6)?,
                })
            },
            mapper: |it| AuditEntry::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    ByUserParams<T1>,
    AuditEntryQuery<'c, 'a, 's, C, AuditEntry, 3>,
    C,
> for ByUserStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ByUserParams<T1>,
    ) -> AuditEntryQuery<'c, 'a, 's, C, AuditEntry, 3> {
        self.bind(client, &params.username, &params.before_id, &params.limit)
    }
}
/// The statement [`failures_by_ip`](fn@failures_by_ip).
pub struct FailuresByIpStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Up to `limit` addresses with at least `at_least` entries since `since` whose action is LIKE `action_pattern`, most
/// entries first (alert: more than 5 failed sign-ins per hour).
/// Index: idx_audit_timestamp. Locks: nothing.
pub fn failures_by_ip() -> FailuresByIpStmt {
    FailuresByIpStmt(
        "/* audit.failures_by_ip */ SELECT ip_address, COUNT(*) AS failures, MAX(timestamp) AS newest_at FROM audit_log WHERE timestamp >= $1 AND action LIKE $2 AND ip_address IS NOT NULL GROUP BY ip_address HAVING COUNT(*) >= $3::BIGINT ORDER BY COUNT(*) DESC, ip_address LIMIT $4::BIGINT",
        None,
    )
}
impl FailuresByIpStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
        &'s self,
        client: &'c C,
        since: &'a chrono::DateTime<chrono::Utc>,
        action_pattern: &'a T1,
        at_least: &'a i64,
        limit: &'a i64,
    ) -> FailuresByIpQuery<'c, 'a, 's, C, FailuresByIp, 4> {
        FailuresByIpQuery {
            client,
            params: [since, action_pattern, at_least, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<FailuresByIp, barqnet_db_client::Error> {
                Ok(FailuresByIp {
                    ip_address: row.try_get(0)?,
                    failures: row.try_get(1)?,
                    newest_at: row.try_get(2)?,
                })
            },
            mapper: |it| FailuresByIp::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    FailuresByIpParams<T1>,
    FailuresByIpQuery<'c, 'a, 's, C, FailuresByIp, 4>,
    C,
> for FailuresByIpStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a FailuresByIpParams<T1>,
    ) -> FailuresByIpQuery<'c, 'a, 's, C, FailuresByIp, 4> {
        self.bind(
            client,
            &params.since,
            &params.action_pattern,
            &params.at_least,
            &params.limit,
        )
    }
}
/// The statement [`actions_by_user`](fn@actions_by_user).
pub struct ActionsByUserStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Up to `limit` users with at least `at_least` entries since `since` whose action is LIKE `action_pattern`, most entries
/// first (alert: more than 10 administrative actions per day).
/// Index: idx_audit_timestamp. Locks: nothing.
pub fn actions_by_user() -> ActionsByUserStmt {
    ActionsByUserStmt(
        "/* audit.actions_by_user */ SELECT username, COUNT(*) AS actions, MAX(timestamp) AS newest_at FROM audit_log WHERE timestamp >= $1 AND action LIKE $2 AND username IS NOT NULL GROUP BY username HAVING COUNT(*) >= $3::BIGINT ORDER BY COUNT(*) DESC, username LIMIT $4::BIGINT",
        None,
    )
}
impl ActionsByUserStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
        &'s self,
        client: &'c C,
        since: &'a chrono::DateTime<chrono::Utc>,
        action_pattern: &'a T1,
        at_least: &'a i64,
        limit: &'a i64,
    ) -> ActionsByUserQuery<'c, 'a, 's, C, ActionsByUser, 4> {
        ActionsByUserQuery {
            client,
            params: [since, action_pattern, at_least, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<ActionsByUserBorrowed, barqnet_db_client::Error> {
                Ok(ActionsByUserBorrowed {
                    username: row.try_get(0)?,
                    actions: row.try_get(1)?,
                    newest_at: row.try_get(2)?,
                })
            },
            mapper: |it| ActionsByUser::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    ActionsByUserParams<T1>,
    ActionsByUserQuery<'c, 'a, 's, C, ActionsByUser, 4>,
    C,
> for ActionsByUserStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ActionsByUserParams<T1>,
    ) -> ActionsByUserQuery<'c, 'a, 's, C, ActionsByUser, 4> {
        self.bind(
            client,
            &params.since,
            &params.action_pattern,
            &params.at_least,
            &params.limit,
        )
    }
}

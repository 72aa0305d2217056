// Written by the build step from queries/sessions.sql. Edit that file: `cargo build` brings this one up to date.

//! Sessions: who is signed in, on which device, and until when. Tables and functions: schema/sessions.sql; limits and
//! durations: src/sessions/policy.rs.
//! The table holds hashes of tokens only, and no query returns one. A session whose revoked flag is NULL counts as revoked.
//! session_is_live() decides whether a session is live: not revoked, before its end, used within `idle_seconds`, and opened
//! after its user's last sign-out everywhere.

use barqnet_db_client::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
/// The parameters of [`create`](fn@create).
pub struct CreateParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::StringSql,
    T4: barqnet_db_client::StringSql,
> {
    pub user_id: i32,
    pub token_hash: T1,
    pub device_info: Option<T2>,
    pub ip_address: Option<std::net::IpAddr>,
    pub user_agent: Option<T3>,
    pub lifetime_seconds: f64,
    pub idle_seconds: f64,
    pub max_sessions: Option<i32>,
    pub end_oldest: bool,
    pub verified_password_hash: Option<T4>,
}
/// The parameters of [`validate`](fn@validate).
pub struct ValidateParams<T1: barqnet_db_client::StringSql> {
    pub touch_after_seconds: f64,
    pub token_hash: T1,
    pub idle_seconds: f64,
}
/// The parameters of [`touch`](fn@touch).
#[derive(Clone, Copy, Debug)]
pub struct TouchParams {
    pub id: i32,
    pub idle_seconds: f64,
    pub touch_after_seconds: f64,
}
/// The parameters of [`touch_batch`](fn@touch_batch).
#[derive(Debug)]
pub struct TouchBatchParams<
    T1: barqnet_db_client::ArraySql<Item = i32>,
    T2: barqnet_db_client::ArraySql<Item = chrono::DateTime<chrono::Utc>>,
> {
    pub ids: T1,
    pub seen_at: T2,
    pub idle_seconds: f64,
}
/// The parameters of [`rotate`](fn@rotate).
pub struct RotateParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
> {
    pub token_hash: T1,
    pub new_token_hash: T2,
    pub ip_address: Option<std::net::IpAddr>,
    pub idle_seconds: f64,
    pub grace_seconds: f64,
}
/// The parameters of [`list_by_user`](fn@list_by_user).
#[derive(Clone, Copy, Debug)]
pub struct ListByUserParams {
    pub user_id: i32,
    pub before_id: i32,
    pub limit: i64,
}
/// The parameters of [`list_active`](fn@list_active).
#[derive(Clone, Copy, Debug)]
pub struct ListActiveParams {
    pub user_id: i32,
    pub idle_seconds: f64,
    pub before_id: i32,
    pub limit: i64,
}
/// The parameters of [`count_active`](fn@count_active).
#[derive(Clone, Copy, Debug)]
pub struct CountActiveParams {
    pub user_id: i32,
    pub idle_seconds: f64,
}
/// The parameters of [`revoke_one`](fn@revoke_one).
#[derive(Debug)]
pub struct RevokeOneParams<T1: barqnet_db_client::StringSql> {
    pub reason: T1,
    pub id: i32,
    pub user_id: i32,
}
/// The parameters of [`revoke_by_token`](fn@revoke_by_token).
pub struct RevokeByTokenParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
> {
    pub reason: T1,
    pub token_hash: T2,
}
/// The parameters of [`revoke_others`](fn@revoke_others).
#[derive(Debug)]
pub struct RevokeOthersParams<T1: barqnet_db_client::StringSql> {
    pub user_id: i32,
    pub keep_id: i32,
    pub reason: T1,
}
/// The parameters of [`revoke_all`](fn@revoke_all).
#[derive(Debug)]
pub struct RevokeAllParams<T1: barqnet_db_client::StringSql> {
    pub user_id: i32,
    pub reason: T1,
}
/// A row of [`create`](fn@create).
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    pub outcome: String,
    pub session_id: Option<i32>,
    pub session_ends_at: Option<chrono::DateTime<chrono::Utc>>,
    pub evicted: i32,
}
/// A [`Opening`] that borrows from the row it was read from.
pub struct OpeningBorrowed<'a> {
    pub outcome: &'a str,
    pub session_id: Option<i32>,
    pub session_ends_at: Option<chrono::DateTime<chrono::Utc>>,
    pub evicted: i32,
}
impl<'a> From<OpeningBorrowed<'a>> for Opening {
    fn from(
        OpeningBorrowed {
            outcome,
            session_id,
            session_ends_at,
            evicted,
        }: OpeningBorrowed<'a>,
    ) -> Self {
        Self {
            outcome: outcome.into(),
            session_id,
            session_ends_at,
            evicted,
        }
    }
}
/// A row of [`validate`](fn@validate).
#[derive(Debug, Clone, PartialEq)]
pub struct ValidSession {
    pub session_id: i32,
    pub user_id: i32,
    pub username: String,
    pub phone_number: Option<String>,
    pub server_id: String,
    pub role: String,
    pub created_at: Option<chrono::DateTime<chrono::Utc>>,
    pub last_activity: Option<chrono::DateTime<chrono::Utc>>,
    pub expires_at: chrono::DateTime<chrono::Utc>,
    pub touch_is_due: bool,
}
/// A [`ValidSession`] that borrows from the row it was read from.
pub struct ValidSessionBorrowed<'a> {
    pub session_id: i32,
    pub user_id: i32,
    pub username: &'a str,
    pub phone_number: Option<&'a str>,
    pub server_id: &'a str,
    pub role: &'a str,
    pub created_at: Option<chrono::DateTime<chrono::Utc>>,
    pub last_activity: Option<chrono::DateTime<chrono::Utc>>,
    pub expires_at: chrono::DateTime<chrono::Utc>,
    pub touch_is_due: bool,
}
impl<'a> From<ValidSessionBorrowed<'a>> for ValidSession {
    fn from(
        ValidSessionBorrowed {
            session_id,
            user_id,
            username,
            phone_number,
            server_id,
            role,
            created_at,
            last_activity,
            expires_at,
            touch_is_due,
        }: ValidSessionBorrowed<'a>,
    ) -> Self {
        Self {
            session_id,
            user_id,
            username: username.into(),
            phone_number: phone_number.map(|v| v.into()),
            server_id: server_id.into(),
            role: role.into(),
            created_at,
            last_activity,
            expires_at,
            touch_is_due,
        }
    }
}
/// A row of [`rotate`](fn@rotate).
#[derive(Debug, Clone, PartialEq)]
pub struct Rotation {
    pub outcome: String,
    pub session_id: Option<i32>,
    pub user_id: Option<i32>,
    pub session_ends_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`Rotation`] that borrows from the row it was read from.
pub struct RotationBorrowed<'a> {
    pub outcome: &'a str,
    pub session_id: Option<i32>,
    pub user_id: Option<i32>,
    pub session_ends_at: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<RotationBorrowed<'a>> for Rotation {
    fn from(
        RotationBorrowed {
            outcome,
            session_id,
            user_id,
            session_ends_at,
        }: RotationBorrowed<'a>,
    ) -> Self {
        Self {
            outcome: outcome.into(),
            session_id,
            user_id,
            session_ends_at,
        }
    }
}
/// A row of [`list_by_user`](fn@list_by_user), [`list_active`](fn@list_active).
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    pub id: i32,
    pub user_id: i32,
    pub device_info: Option<String>,
    pub ip_address: Option<std::net::IpAddr>,
    pub user_agent: Option<String>,
    pub created_at: Option<chrono::DateTime<chrono::Utc>>,
    pub expires_at: chrono::DateTime<chrono::Utc>,
    pub last_activity: Option<chrono::DateTime<chrono::Utc>>,
    pub revoked: bool,
    pub revoked_at: Option<chrono::DateTime<chrono::Utc>>,
    pub revoked_reason: Option<String>,
}
/// A [`Session`] that borrows from the row it was read from.
pub struct SessionBorrowed<'a> {
    pub id: i32,
    pub user_id: i32,
    pub device_info: Option<&'a str>,
    pub ip_address: Option<std::net::IpAddr>,
    pub user_agent: Option<&'a str>,
    pub created_at: Option<chrono::DateTime<chrono::Utc>>,
    pub expires_at: chrono::DateTime<chrono::Utc>,
    pub last_activity: Option<chrono::DateTime<chrono::Utc>>,
    pub revoked: bool,
    pub revoked_at: Option<chrono::DateTime<chrono::Utc>>,
    pub revoked_reason: Option<&'a str>,
}
impl<'a> From<SessionBorrowed<'a>> for Session {
    fn from(
        SessionBorrowed {
            id,
            user_id,
            device_info,
            ip_address,
            user_agent,
            created_at,
            expires_at,
            last_activity,
            revoked,
            revoked_at,
            revoked_reason,
        }: SessionBorrowed<'a>,
    ) -> Self {
        Self {
            id,
            user_id,
            device_info: device_info.map(|v| v.into()),
            ip_address,
            user_agent: user_agent.map(|v| v.into()),
            created_at,
            expires_at,
            last_activity,
            revoked,
            revoked_at,
            revoked_reason: revoked_reason.map(|v| v.into()),
        }
    }
}
/// A statement with its parameters, ready to run.
pub struct OpeningQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<OpeningBorrowed, barqnet_db_client::Error>,
    mapper: fn(OpeningBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> OpeningQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(OpeningBorrowed) -> R,
    ) -> OpeningQuery<'c, 'a, 's, C, R, N> {
        OpeningQuery {
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
pub struct ValidSessionQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<ValidSessionBorrowed, barqnet_db_client::Error>,
    mapper: fn(ValidSessionBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ValidSessionQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(ValidSessionBorrowed) -> R,
    ) -> ValidSessionQuery<'c, 'a, 's, C, R, N> {
        ValidSessionQuery {
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
pub struct RotationQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<RotationBorrowed, barqnet_db_client::Error>,
    mapper: fn(RotationBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> RotationQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(RotationBorrowed) -> R,
    ) -> RotationQuery<'c, 'a, 's, C, R, N> {
        RotationQuery {
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
pub struct SessionQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<SessionBorrowed, barqnet_db_client::Error>,
    mapper: fn(SessionBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> SessionQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(SessionBorrowed) -> R,
    ) -> SessionQuery<'c, 'a, 's, C, R, N> {
        SessionQuery {
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
pub struct I64Query<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(&barqnet_db_client::Row) -> Result<i64, barqnet_db_client::Error>,
    mapper: fn(i64) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> I64Query<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(self, mapper: fn(i64) -> R) -> I64Query<'c, 'a, 's, C, R, N> {
        I64Query {
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
/// The statement [`create`](fn@create).
pub struct CreateStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Opens a session within the limit of `max_sessions` per user, NULL for no limit. At the limit, `end_oldest` ends the least
/// recently used session; otherwise the new one is refused. `outcome` is created, unusable, limit_reached, password_changed
/// or token_in_use, which means that a session has this hash or had it before; `outcome` and `evicted` are never NULL.
/// Above READ COMMITTED it fails with 40001 if another session of the user was created after the transaction began.
/// Index: users_pkey, idx_sessions_revoked, session_token_history_pkey. Locks: the account's row, then the sessions ended.
pub fn create() -> CreateStmt {
    CreateStmt(
        "/* sessions.create */ SELECT outcome, session_id, session_ends_at, evicted FROM session_create($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        None,
    )
}
impl CreateStmt {
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
        user_id: &'a i32,
        token_hash: &'a T1,
        device_info: &'a Option<T2>,
        ip_address: &'a Option<std::net::IpAddr>,
        user_agent: &'a Option<T3>,
        lifetime_seconds: &'a f64,
        idle_seconds: &'a f64,
        max_sessions: &'a Option<i32>,
        end_oldest: &'a bool,
        verified_password_hash: &'a Option<T4>,
    ) -> OpeningQuery<'c, 'a, 's, C, Opening, 10> {
        OpeningQuery {
            client,
            params: [
                user_id,
                token_hash,
                device_info,
                ip_address,
                user_agent,
                lifetime_seconds,
                idle_seconds,
                max_sessions,
                end_oldest,
                verified_password_hash,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<OpeningBorrowed, barqnet_db_client::Error> {
                Ok(OpeningBorrowed {
                    outcome: row.try_get(0)?,
                    session_id: row.try_get(1)?,
                    session_ends_at: row.try_get(2)?,
                    evicted: row.try_get(3)?,
                })
            },
            mapper: |it| Opening::from(it),
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
    CreateParams<T1, T2, T3, T4>,
    OpeningQuery<'c, 'a, 's, C, Opening, 10>,
    C,
> for CreateStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a CreateParams<T1, T2, T3, T4>,
    ) -> OpeningQuery<'c, 'a, 's, C, Opening, 10> {
        self.bind(
            client,
            &params.user_id,
            &params.token_hash,
            &params.device_info,
            &params.ip_address,
            &params.user_agent,
            &params.lifetime_seconds,
            &params.idle_seconds,
            &params.max_sessions,
            &params.end_oldest,
            &params.verified_password_hash,
        )
    }
}
/// The statement [`validate`](fn@validate).
pub struct ValidateStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The live session with this token hash, and its usable account. `touch_is_due`: its last use was recorded more than
/// `touch_after_seconds` ago. No row means that the token is unknown, replaced, revoked, expired or idle, or that the
/// account is deactivated or expired; do not disclose which.
/// Index: idx_sessions_token_hash, users_pkey. Locks: nothing.
pub fn validate() -> ValidateStmt {
    ValidateStmt(
        "/* sessions.validate */ SELECT s.id AS session_id, u.id AS user_id, u.username, u.phone_number, COALESCE(u.server_id, '') AS server_id, u.role, s.created_at, s.last_activity, s.expires_at, COALESCE(s.last_activity < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1), TRUE) AS touch_is_due FROM user_sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = $2 AND session_is_live(s, u.sessions_valid_after, $3) AND account_is_usable(u.active, u.expires_at)",
        None,
    )
}
impl ValidateStmt {
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
        touch_after_seconds: &'a f64,
        token_hash: &'a T1,
        idle_seconds: &'a f64,
    ) -> ValidSessionQuery<'c, 'a, 's, C, ValidSession, 3> {
        ValidSessionQuery {
            client,
            params: [touch_after_seconds, token_hash, idle_seconds],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<ValidSessionBorrowed, barqnet_db_client::Error> {
                Ok(ValidSessionBorrowed {
                    session_id: row.try_get(0)?,
                    user_id: row.try_get(1)?,
                    username: row.try_get(2)?,
                    phone_number: row.try_get(3)?,
                    server_id: row.try_get(4)?,
                    role: row.try_get(5)?,
                    created_at: row.try_get(6)?,
                    last_activity: row.try_get(7)?,
                    expires_at: row.try_get(8)?,
                    touch_is_due: row.try_get(9)?,
                })
            },
            mapper: |it| ValidSession::from(it),
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
    ValidateParams<T1>,
    ValidSessionQuery<'c, 'a, 's, C, ValidSession, 3>,
    C,
> for ValidateStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ValidateParams<T1>,
    ) -> ValidSessionQuery<'c, 'a, 's, C, ValidSession, 3> {
        self.bind(
            client,
            &params.touch_after_seconds,
            &params.token_hash,
            &params.idle_seconds,
        )
    }
}
/// The statement [`touch`](fn@touch).
pub struct TouchStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Records use of a session at this moment if the session is live and the stored time is older than `touch_after_seconds`;
/// never moves the time backwards. 0 rows means that it is recent enough, or that the session is over. Does not check the
/// account: call `validate` first.
/// Index: user_sessions_pkey. Locks: the row, if it is written, by a HOT update.
pub fn touch() -> TouchStmt {
    TouchStmt(
        "/* sessions.touch */ UPDATE user_sessions s SET last_activity = CURRENT_TIMESTAMP WHERE s.id = $1 AND session_is_live(s, NULL, $2) AND COALESCE(s.last_activity < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => GREATEST($3::DOUBLE PRECISION, 0)), TRUE)",
        None,
    )
}
impl TouchStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
        id: &'a i32,
        idle_seconds: &'a f64,
        touch_after_seconds: &'a f64,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[id, idle_seconds, touch_after_seconds]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    TouchParams,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for TouchStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a TouchParams,
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
                    &params.id,
                    &params.idle_seconds,
                    &params.touch_after_seconds,
                ),
        )
    }
}
/// The statement [`touch_batch`](fn@touch_batch).
pub struct TouchBatchStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Records when many sessions were last used: `ids` and `seen_at` are parallel arrays. Skips ids that are unknown, revoked,
/// or were idle for more than `idle_seconds` when seen, and times that are not in the years 1 to 9999. The newest time of a
/// repeated id counts, a time in the future counts as now, and no time moves backwards. The number of rows is the number of
/// sessions updated.
/// Index: user_sessions_pkey. Locks: the rows, in id order.
pub fn touch_batch() -> TouchBatchStmt {
    TouchBatchStmt(
        "/* sessions.touch_batch */ WITH seen AS ( SELECT t.id, LEAST(MAX(t.seen_at), CURRENT_TIMESTAMP) AS seen_at FROM UNNEST($1::INTEGER[], $2::TIMESTAMPTZ[]) AS t (id, seen_at) WHERE t.seen_at >= '0001-01-01 00:00:00+00' GROUP BY t.id ), locked AS ( SELECT s.id, seen.seen_at FROM user_sessions s JOIN seen ON seen.id = s.id WHERE s.revoked = FALSE ORDER BY s.id FOR NO KEY UPDATE OF s ) UPDATE user_sessions s SET last_activity = locked.seen_at FROM locked WHERE s.id = locked.id AND s.expires_at > locked.seen_at AND (s.last_activity IS NULL OR s.last_activity < locked.seen_at) AND COALESCE(s.last_activity, s.created_at) + MAKE_INTERVAL(secs => $3) > locked.seen_at",
        None,
    )
}
impl TouchBatchStmt {
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
        T1: barqnet_db_client::ArraySql<Item = i32>,
        T2: barqnet_db_client::ArraySql<Item = chrono::DateTime<chrono::Utc>>,
    >(
        &'s self,
        client: &'c C,
        ids: &'a T1,
        seen_at: &'a T2,
        idle_seconds: &'a f64,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[ids, seen_at, idle_seconds]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::ArraySql<Item = i32>,
    T2: barqnet_db_client::ArraySql<Item = chrono::DateTime<chrono::Utc>>,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    TouchBatchParams<T1, T2>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for TouchBatchStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a TouchBatchParams<T1, T2>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.ids, &params.seen_at, &params.idle_seconds))
    }
}
/// The statement [`rotate`](fn@rotate).
pub struct RotateStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Replaces the token of a live session. `outcome` is rotated for one caller with a token, and concurrent for the others
/// during `grace_seconds`; reused: the token was replaced before, and the session is revoked now; token_in_use: the new token
/// is the old one, or a session has it or had it before; invalid: everything else; `outcome` is never NULL.
/// Index: idx_sessions_token_hash, session_token_history_pkey. Locks: the session's row.
pub fn rotate() -> RotateStmt {
    RotateStmt(
        "/* sessions.rotate */ SELECT outcome, session_id, user_id, session_ends_at FROM session_rotate($1, $2, $3, $4, $5)",
        None,
    )
}
impl RotateStmt {
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
    >(
        &'s self,
        client: &'c C,
        token_hash: &'a T1,
        new_token_hash: &'a T2,
        ip_address: &'a Option<std::net::IpAddr>,
        idle_seconds: &'a f64,
        grace_seconds: &'a f64,
    ) -> RotationQuery<'c, 'a, 's, C, Rotation, 5> {
        RotationQuery {
            client,
            params: [
                token_hash,
                new_token_hash,
                ip_address,
                idle_seconds,
                grace_seconds,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<RotationBorrowed, barqnet_db_client::Error> {
                Ok(RotationBorrowed {
                    outcome: row.try_get(0)?,
                    session_id: row.try_get(1)?,
                    user_id: row.try_get(2)?,
                    session_ends_at: row.try_get(3)?,
                })
            },
            mapper: |it| Rotation::from(it),
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
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    RotateParams<T1, T2>,
    RotationQuery<'c, 'a, 's, C, Rotation, 5>,
    C,
> for RotateStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a RotateParams<T1, T2>,
    ) -> RotationQuery<'c, 'a, 's, C, Rotation, 5> {
        self.bind(
            client,
            &params.token_hash,
            &params.new_token_hash,
            &params.ip_address,
            &params.idle_seconds,
            &params.grace_seconds,
        )
    }
}
/// The statement [`list_by_user`](fn@list_by_user).
pub struct ListByUserStmt(&'static str, Option<barqnet_db_client::Statement>);
/// One page of all sessions of a user, ended ones included, newest first. Start with `before_id` i32::MAX, continue
/// with the last id received.
/// Index: idx_sessions_user_id. Locks: nothing.
pub fn list_by_user() -> ListByUserStmt {
    ListByUserStmt(
        "/* sessions.list_by_user */ SELECT id, user_id, device_info, ip_address, user_agent, created_at, expires_at, last_activity, COALESCE(revoked, TRUE) AS revoked, revoked_at, revoked_reason FROM user_sessions WHERE user_id = $1 AND id < $2 ORDER BY id + 0 DESC LIMIT $3::BIGINT",
        None,
    )
}
impl ListByUserStmt {
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
        user_id: &'a i32,
        before_id: &'a i32,
        limit: &'a i64,
    ) -> SessionQuery<'c, 'a, 's, C, Session, 3> {
        SessionQuery {
            client,
            params: [user_id, before_id, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<SessionBorrowed, barqnet_db_client::Error> {
                Ok(SessionBorrowed {
                    id: row.try_get(0)?,
                    user_id: row.try_get(1)?,
                    device_info: row.try_get(2)?,
                    ip_address: row.try_get(3)?,
                    user_agent: row.try_get(4)?,
                    created_at: row.try_get(5)?,
                    expires_at: row.try_get(6)?,
                    last_activity: row.try_get(7)?,
                    revoked: row.try_get(8)?,
                    revoked_at: row.try_get(9)?,
                    revoked_reason: row.try_get(10)?,
                })
            },
            mapper: |it| Session::from(it),
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
    ListByUserParams,
    SessionQuery<'c, 'a, 's, C, Session, 3>,
    C,
> for ListByUserStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ListByUserParams,
    ) -> SessionQuery<'c, 'a, 's, C, Session, 3> {
        self.bind(client, &params.user_id, &params.before_id, &params.limit)
    }
}
/// The statement [`list_active`](fn@list_active).
pub struct ListActiveStmt(&'static str, Option<barqnet_db_client::Statement>);
/// One page of the live sessions of a user, newest first: the list of devices. Start with `before_id` i32::MAX.
/// Index: idx_sessions_revoked, users_pkey. Locks: nothing.
pub fn list_active() -> ListActiveStmt {
    ListActiveStmt(
        "/* sessions.list_active */ SELECT s.id, s.user_id, s.device_info, s.ip_address, s.user_agent, s.created_at, s.expires_at, s.last_activity, COALESCE(s.revoked, TRUE) AS revoked, s.revoked_at, s.revoked_reason FROM user_sessions s JOIN users u ON u.id = s.user_id WHERE s.user_id = $1 AND session_is_live(s, u.sessions_valid_after, $2) AND s.id < $3 ORDER BY s.id + 0 DESC LIMIT $4::BIGINT",
        None,
    )
}
impl ListActiveStmt {
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
        user_id: &'a i32,
        idle_seconds: &'a f64,
        before_id: &'a i32,
        limit: &'a i64,
    ) -> SessionQuery<'c, 'a, 's, C, Session, 4> {
        SessionQuery {
            client,
            params: [user_id, idle_seconds, before_id, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<SessionBorrowed, barqnet_db_client::Error> {
                Ok(SessionBorrowed {
                    id: row.try_get(0)?,
                    user_id: row.try_get(1)?,
                    device_info: row.try_get(2)?,
                    ip_address: row.try_get(3)?,
                    user_agent: row.try_get(4)?,
                    created_at: row.try_get(5)?,
                    expires_at: row.try_get(6)?,
                    last_activity: row.try_get(7)?,
                    revoked: row.try_get(8)?,
                    revoked_at: row.try_get(9)?,
                    revoked_reason: row.try_get(10)?,
                })
            },
            mapper: |it| Session::from(it),
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
    ListActiveParams,
    SessionQuery<'c, 'a, 's, C, Session, 4>,
    C,
> for ListActiveStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ListActiveParams,
    ) -> SessionQuery<'c, 'a, 's, C, Session, 4> {
        self.bind(
            client,
            &params.user_id,
            &params.idle_seconds,
            &params.before_id,
            &params.limit,
        )
    }
}
/// The statement [`count_active`](fn@count_active).
pub struct CountActiveStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The number of live sessions of a user.
/// Index: idx_sessions_revoked, users_pkey. Locks: nothing.
pub fn count_active() -> CountActiveStmt {
    CountActiveStmt(
        "/* sessions.count_active */ SELECT COUNT(*) AS active FROM user_sessions s JOIN users u ON u.id = s.user_id WHERE s.user_id = $1 AND session_is_live(s, u.sessions_valid_after, $2)",
        None,
    )
}
impl CountActiveStmt {
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
        user_id: &'a i32,
        idle_seconds: &'a f64,
    ) -> I64Query<'c, 'a, 's, C, i64, 2> {
        I64Query {
            client,
            params: [user_id, idle_seconds],
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
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    CountActiveParams,
    I64Query<'c, 'a, 's, C, i64, 2>,
    C,
> for CountActiveStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a CountActiveParams,
    ) -> I64Query<'c, 'a, 's, C, i64, 2> {
        self.bind(client, &params.user_id, &params.idle_seconds)
    }
}
/// The statement [`revoke_one`](fn@revoke_one).
pub struct RevokeOneStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Revokes one session of this user. 0 rows means that the user has no such session, or that it is revoked already.
/// Index: user_sessions_pkey. Locks: the row.
pub fn revoke_one() -> RevokeOneStmt {
    RevokeOneStmt(
        "/* sessions.revoke_one */ UPDATE user_sessions SET revoked = TRUE, revoked_at = CLOCK_TIMESTAMP(), revoked_reason = $1 WHERE id = $2 AND user_id = $3 AND revoked = FALSE",
        None,
    )
}
impl RevokeOneStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
        &'s self,
        client: &'c C,
        reason: &'a T1,
        id: &'a i32,
        user_id: &'a i32,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[reason, id, user_id]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    RevokeOneParams<T1>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for RevokeOneStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a RevokeOneParams<T1>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.reason, &params.id, &params.user_id))
    }
}
/// The statement [`revoke_by_token`](fn@revoke_by_token).
pub struct RevokeByTokenStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Revokes the session with this token hash (sign-out). 0 rows means that there is none, or that it is revoked already.
/// Index: idx_sessions_token_hash. Locks: the row.
pub fn revoke_by_token() -> RevokeByTokenStmt {
    RevokeByTokenStmt(
        "/* sessions.revoke_by_token */ UPDATE user_sessions SET revoked = TRUE, revoked_at = CLOCK_TIMESTAMP(), revoked_reason = $1 WHERE token_hash = $2 AND revoked = FALSE",
        None,
    )
}
impl RevokeByTokenStmt {
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
        T1: barqnet_db_client::StringSql,
        T2: barqnet_db_client::StringSql,
    >(
        &'s self,
        client: &'c C,
        reason: &'a T1,
        token_hash: &'a T2,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[reason, token_hash]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    RevokeByTokenParams<T1, T2>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for RevokeByTokenStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a RevokeByTokenParams<T1, T2>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.reason, &params.token_hash))
    }
}
/// The statement [`revoke_others`](fn@revoke_others).
pub struct RevokeOthersStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Revokes every session of a user except one, and returns how many, expired ones included. Locks the account, so that no
/// session is opened at the same time. `ended` is never NULL: it is a number of rows.
/// Index: users_pkey, idx_sessions_revoked. Locks: the account's row, then the sessions, in id order.
pub fn revoke_others() -> RevokeOthersStmt {
    RevokeOthersStmt(
        "/* sessions.revoke_others */ SELECT ended FROM session_revoke_others($1, $2, $3) AS ended",
        None,
    )
}
impl RevokeOthersStmt {
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
        user_id: &'a i32,
        keep_id: &'a i32,
        reason: &'a T1,
    ) -> I32Query<'c, 'a, 's, C, i32, 3> {
        I32Query {
            client,
            params: [user_id, keep_id, reason],
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
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    RevokeOthersParams<T1>,
    I32Query<'c, 'a, 's, C, i32, 3>,
    C,
> for RevokeOthersStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a RevokeOthersParams<T1>,
    ) -> I32Query<'c, 'a, 's, C, i32, 3> {
        self.bind(client, &params.user_id, &params.keep_id, &params.reason)
    }
}
/// The statement [`revoke_all`](fn@revoke_all).
pub struct RevokeAllStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Revokes every session of a user, and returns how many, expired ones included. A session that is being opened at this
/// moment ends, too. `ended` is never NULL: it is a number of rows.
/// Index: users_pkey, idx_sessions_revoked. Locks: the account's row, then the sessions, in id order.
pub fn revoke_all() -> RevokeAllStmt {
    RevokeAllStmt(
        "/* sessions.revoke_all */ SELECT ended FROM session_revoke_all($1, $2) AS ended",
        None,
    )
}
impl RevokeAllStmt {
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
        user_id: &'a i32,
        reason: &'a T1,
    ) -> I32Query<'c, 'a, 's, C, i32, 2> {
        I32Query {
            client,
            params: [user_id, reason],
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
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    RevokeAllParams<T1>,
    I32Query<'c, 'a, 's, C, i32, 2>,
    C,
> for RevokeAllStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a RevokeAllParams<T1>,
    ) -> I32Query<'c, 'a, 's, C, i32, 2> {
        self.bind(client, &params.user_id, &params.reason)
    }
}

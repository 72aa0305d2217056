// Written by the build step from queries/otp.sql. Edit that file: `cargo build` brings this one up to date.

//! One-time passwords: a code sent to a phone number, the tries at it, and what the report counts.
//! Only the newest code of a number is ever live, and whether one is live can't be learnt without spending a try.

use crate::client::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
/// The parameters of [`send`](fn@send).
pub struct SendParams<T1: crate::client::StringSql, T2: crate::client::StringSql> {
    pub phone_number: T1,
    pub otp_code: T2,
    pub ip_address: Option<std::net::IpAddr>,
    pub ttl_seconds: f64,
}
/// The parameters of [`recent_sends`](fn@recent_sends).
#[derive(Debug)]
pub struct RecentSendsParams<T1: crate::client::StringSql> {
    pub phone_number: T1,
    pub window_seconds: f64,
}
/// The parameters of [`verify`](fn@verify).
pub struct VerifyParams<T1: crate::client::StringSql, T2: crate::client::StringSql> {
    pub otp_code: T1,
    pub phone_number: T2,
    pub max_attempts: i32,
}
/// The parameters of [`record_attempt`](fn@record_attempt).
#[derive(Debug)]
pub struct RecordAttemptParams<T1: crate::client::StringSql> {
    pub phone_number: T1,
    pub ip_address: Option<std::net::IpAddr>,
    pub verified: bool,
}
/// A row of [`send`](fn@send).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct SentCode {
    pub id: i32,
    pub expires_at: chrono::DateTime<chrono::Utc>,
}
/// A row of [`recent_sends`](fn@recent_sends).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct RecentSends {
    pub sent: i64,
    pub newest_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// A row of [`verify`](fn@verify).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct Verification {
    pub verified: bool,
    pub tries_left: i32,
}
/// A statement with its parameters, ready to run.
pub struct SentCodeQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s crate::client::Statement>,
    extractor: fn(&crate::client::Row) -> Result<SentCode, crate::client::Error>,
    mapper: fn(SentCode) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> SentCodeQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(SentCode) -> R,
    ) -> SentCodeQuery<'c, 'a, 's, C, R, N> {
        SentCodeQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    /// Runs the statement, which must return exactly one row.
    pub async fn one(self) -> Result<T, crate::client::Error> {
        let row = crate::client::one(self.client, self.query, &self.params, self.cached)
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, crate::client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, crate::client::Error> {
        let opt_row = crate::client::opt(
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
        impl futures::Stream<Item = Result<T, crate::client::Error>> + 'c,
        crate::client::Error,
    > {
        let stream = crate::client::raw(
                self.client,
                self.query,
                crate::client::slice_iter(&self.params),
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
pub struct RecentSendsQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s crate::client::Statement>,
    extractor: fn(&crate::client::Row) -> Result<RecentSends, crate::client::Error>,
    mapper: fn(RecentSends) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> RecentSendsQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(RecentSends) -> R,
    ) -> RecentSendsQuery<'c, 'a, 's, C, R, N> {
        RecentSendsQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    /// Runs the statement, which must return exactly one row.
    pub async fn one(self) -> Result<T, crate::client::Error> {
        let row = crate::client::one(self.client, self.query, &self.params, self.cached)
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, crate::client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, crate::client::Error> {
        let opt_row = crate::client::opt(
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
        impl futures::Stream<Item = Result<T, crate::client::Error>> + 'c,
        crate::client::Error,
    > {
        let stream = crate::client::raw(
                self.client,
                self.query,
                crate::client::slice_iter(&self.params),
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
pub struct VerificationQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s crate::client::Statement>,
    extractor: fn(&crate::client::Row) -> Result<Verification, crate::client::Error>,
    mapper: fn(Verification) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> VerificationQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(Verification) -> R,
    ) -> VerificationQuery<'c, 'a, 's, C, R, N> {
        VerificationQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    /// Runs the statement, which must return exactly one row.
    pub async fn one(self) -> Result<T, crate::client::Error> {
        let row = crate::client::one(self.client, self.query, &self.params, self.cached)
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, crate::client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, crate::client::Error> {
        let opt_row = crate::client::opt(
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
        impl futures::Stream<Item = Result<T, crate::client::Error>> + 'c,
        crate::client::Error,
    > {
        let stream = crate::client::raw(
                self.client,
                self.query,
                crate::client::slice_iter(&self.params),
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
    cached: Option<&'s crate::client::Statement>,
    extractor: fn(&crate::client::Row) -> Result<i32, crate::client::Error>,
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
    pub async fn one(self) -> Result<T, crate::client::Error> {
        let row = crate::client::one(self.client, self.query, &self.params, self.cached)
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, crate::client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, crate::client::Error> {
        let opt_row = crate::client::opt(
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
        impl futures::Stream<Item = Result<T, crate::client::Error>> + 'c,
        crate::client::Error,
    > {
        let stream = crate::client::raw(
                self.client,
                self.query,
                crate::client::slice_iter(&self.params),
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
    cached: Option<&'s crate::client::Statement>,
    extractor: fn(&crate::client::Row) -> Result<i64, crate::client::Error>,
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
    pub async fn one(self) -> Result<T, crate::client::Error> {
        let row = crate::client::one(self.client, self.query, &self.params, self.cached)
            .await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    /// Runs the statement and collects its rows.
    pub async fn all(self) -> Result<Vec<T>, crate::client::Error> {
        self.iter().await?.try_collect().await
    }
    /// Runs the statement, which must return one row or none.
    pub async fn opt(self) -> Result<Option<T>, crate::client::Error> {
        let opt_row = crate::client::opt(
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
        impl futures::Stream<Item = Result<T, crate::client::Error>> + 'c,
        crate::client::Error,
    > {
        let stream = crate::client::raw(
                self.client,
                self.query,
                crate::client::slice_iter(&self.params),
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
/// The statement [`send`](fn@send).
pub struct SendStmt(&'static str, Option<crate::client::Statement>);
/// Records a code sent to a phone number, good for `ttl_seconds`; whatever code the number had is dead from now on.
/// Call `lock_phone_number` and `recent_sends` first, in the same transaction, to keep to a cool-down.
/// Index: none needed. Locks: the inserted row only.
pub fn send() -> SendStmt {
    SendStmt(
        "/* otp.send */ INSERT INTO otp_attempts (phone_number, otp_code, attempt_type, ip_address, created_at, expires_at) SELECT $1::TEXT, $2::TEXT, 'send', $3::INET, clock.at, clock.at + MAKE_INTERVAL(secs => $4::DOUBLE PRECISION) FROM (SELECT CLOCK_TIMESTAMP() AS at) AS clock RETURNING id, expires_at",
        None,
    )
}
impl SendStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: crate::client::StringSql,
        T2: crate::client::StringSql,
    >(
        &'s self,
        client: &'c C,
        phone_number: &'a T1,
        otp_code: &'a T2,
        ip_address: &'a Option<std::net::IpAddr>,
        ttl_seconds: &'a f64,
    ) -> SentCodeQuery<'c, 'a, 's, C, SentCode, 4> {
        SentCodeQuery {
            client,
            params: [phone_number, otp_code, ip_address, ttl_seconds],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<SentCode, crate::client::Error> {
                Ok(SentCode {
                    id: row.try_get(0)?,
                    expires_at: row.try_get(1)?,
                })
            },
            mapper: |it| SentCode::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::client::StringSql,
    T2: crate::client::StringSql,
> crate::client::Params<
    'c,
    'a,
    's,
    SendParams<T1, T2>,
    SentCodeQuery<'c, 'a, 's, C, SentCode, 4>,
    C,
> for SendStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a SendParams<T1, T2>,
    ) -> SentCodeQuery<'c, 'a, 's, C, SentCode, 4> {
        self.bind(
            client,
            &params.phone_number,
            &params.otp_code,
            &params.ip_address,
            &params.ttl_seconds,
        )
    }
}
/// The statement [`recent_sends`](fn@recent_sends).
pub struct RecentSendsStmt(&'static str, Option<crate::client::Statement>);
/// How many codes a number was sent in the last `window_seconds`, and when the newest of them; always one row.
/// Index: idx_otp_phone_number. Locks: nothing; see `lock_phone_number`.
pub fn recent_sends() -> RecentSendsStmt {
    RecentSendsStmt(
        "/* otp.recent_sends */ SELECT COUNT(*) AS sent, MAX(created_at) AS newest_at FROM otp_attempts WHERE phone_number = $1 AND attempt_type = 'send' AND created_at > CLOCK_TIMESTAMP() - MAKE_INTERVAL(secs => $2::DOUBLE PRECISION)",
        None,
    )
}
impl RecentSendsStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: crate::client::StringSql>(
        &'s self,
        client: &'c C,
        phone_number: &'a T1,
        window_seconds: &'a f64,
    ) -> RecentSendsQuery<'c, 'a, 's, C, RecentSends, 2> {
        RecentSendsQuery {
            client,
            params: [phone_number, window_seconds],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<RecentSends, crate::client::Error> {
                Ok(RecentSends {
                    sent: row.try_get(0)?,
                    newest_at: row.try_get(1)?,
                })
            },
            mapper: |it| RecentSends::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::client::StringSql,
> crate::client::Params<
    'c,
    'a,
    's,
    RecentSendsParams<T1>,
    RecentSendsQuery<'c, 'a, 's, C, RecentSends, 2>,
    C,
> for RecentSendsStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a RecentSendsParams<T1>,
    ) -> RecentSendsQuery<'c, 'a, 's, C, RecentSends, 2> {
        self.bind(client, &params.phone_number, &params.window_seconds)
    }
}
/// The statement [`verify`](fn@verify).
pub struct VerifyStmt(&'static str, Option<crate::client::Statement>);
/// Compares a code with the number's live one, counts the try and, if it is right, spends the code, all in one
/// statement. `verified` says whether it was right; of any number of parallel callers exactly one is told so, and never
/// more than `max_attempts` tries are counted. No row means no live code: none sent, expired, spent, or out of tries.
/// Commit whatever the answer: a rollback would give the try back.
/// Index: idx_otp_phone_number, otp_attempts_pkey. Locks: the row of the newest code.
pub fn verify() -> VerifyStmt {
    VerifyStmt(
        "/* otp.verify */ UPDATE otp_attempts SET attempt_count = COALESCE(attempt_count, 0) + 1, last_attempt_at = CLOCK_TIMESTAMP(), verified = (otp_code = $1), verified_at = CASE WHEN otp_code = $1 THEN CLOCK_TIMESTAMP() END WHERE id = ( SELECT newest.id FROM otp_attempts newest WHERE newest.phone_number = $2 AND newest.attempt_type = 'send' ORDER BY newest.id DESC LIMIT 1 ) AND verified = FALSE AND expires_at > CLOCK_TIMESTAMP() AND COALESCE(attempt_count, 0) < $3 RETURNING COALESCE(verified, FALSE) AS verified, $3 - attempt_count AS tries_left",
        None,
    )
}
impl VerifyStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: crate::client::StringSql,
        T2: crate::client::StringSql,
    >(
        &'s self,
        client: &'c C,
        otp_code: &'a T1,
        phone_number: &'a T2,
        max_attempts: &'a i32,
    ) -> VerificationQuery<'c, 'a, 's, C, Verification, 3> {
        VerificationQuery {
            client,
            params: [otp_code, phone_number, max_attempts],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<Verification, crate::client::Error> {
                Ok(Verification {
                    verified: row.try_get(0)?,
                    tries_left: row.try_get(1)?,
                })
            },
            mapper: |it| Verification::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::client::StringSql,
    T2: crate::client::StringSql,
> crate::client::Params<
    'c,
    'a,
    's,
    VerifyParams<T1, T2>,
    VerificationQuery<'c, 'a, 's, C, Verification, 3>,
    C,
> for VerifyStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a VerifyParams<T1, T2>,
    ) -> VerificationQuery<'c, 'a, 's, C, Verification, 3> {
        self.bind(client, &params.otp_code, &params.phone_number, &params.max_attempts)
    }
}
/// The statement [`record_attempt`](fn@record_attempt).
pub struct RecordAttemptStmt(&'static str, Option<crate::client::Statement>);
/// Records for the report that a number tried a code, and whether it was right. The code itself is not kept; the limit
/// on tries does not depend on this row.
/// Index: none needed. Locks: the inserted row only.
pub fn record_attempt() -> RecordAttemptStmt {
    RecordAttemptStmt(
        "/* otp.record_attempt */ INSERT INTO otp_attempts (phone_number, otp_code, attempt_type, ip_address, created_at, expires_at, verified, verified_at, attempt_count, last_attempt_at) SELECT $1::TEXT, '******', 'verify', $2::INET, clock.at, clock.at, $3::BOOLEAN, CASE WHEN $3 THEN clock.at END, 1, clock.at FROM (SELECT CLOCK_TIMESTAMP() AS at) AS clock",
        None,
    )
}
impl RecordAttemptStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<'c, 'a, 's, C: GenericClient, T1: crate::client::StringSql>(
        &'s self,
        client: &'c C,
        phone_number: &'a T1,
        ip_address: &'a Option<std::net::IpAddr>,
        verified: &'a bool,
    ) -> Result<u64, crate::client::Error> {
        client.execute(self.0, &[phone_number, ip_address, verified]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: crate::client::StringSql,
> crate::client::Params<
    'a,
    'a,
    'a,
    RecordAttemptParams<T1>,
    std::pin::Pin<
        Box<dyn futures::Future<Output = Result<u64, crate::client::Error>> + Send + 'a>,
    >,
    C,
> for RecordAttemptStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a RecordAttemptParams<T1>,
    ) -> std::pin::Pin<
        Box<dyn futures::Future<Output = Result<u64, crate::client::Error>> + Send + 'a>,
    > {
        Box::pin(
            self.bind(client, &params.phone_number, &params.ip_address, &params.verified),
        )
    }
}
/// The statement [`lock_phone_number`](fn@lock_phone_number).
pub struct LockPhoneNumberStmt(&'static str, Option<crate::client::Statement>);
/// Makes every other caller with this number wait until the transaction ends; returns 1. Count and write in statements
/// that follow. Two numbers may share a lock, which costs a wait and nothing else.
/// Index: none. Locks: an advisory lock of the transaction, no row.
pub fn lock_phone_number() -> LockPhoneNumberStmt {
    LockPhoneNumberStmt(
        "/* otp.lock_phone_number */ SELECT 1 AS locked FROM (SELECT PG_ADVISORY_XACT_LOCK(HASHTEXTEXTENDED('barqnet otp ' || $1, 0))) AS held",
        None,
    )
}
impl LockPhoneNumberStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: crate::client::StringSql>(
        &'s self,
        client: &'c C,
        phone_number: &'a T1,
    ) -> I32Query<'c, 'a, 's, C, i32, 1> {
        I32Query {
            client,
            params: [phone_number],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
/// The statement [`failures_last_hour`](fn@failures_last_hour).
pub struct FailuresLastHourStmt(&'static str, Option<crate::client::Statement>);
/// How many wrong codes a number gave over the last hour, whichever code they were aimed at, so that a new code does
/// not wipe the slate; a code counts by its last try. Always one row.
/// Index: idx_otp_phone_number. Locks: nothing.
pub fn failures_last_hour() -> FailuresLastHourStmt {
    FailuresLastHourStmt(
        "/* otp.failures_last_hour */ SELECT COALESCE(SUM(COALESCE(attempt_count, 0) - CASE WHEN verified THEN 1 ELSE 0 END), 0)::BIGINT AS failures FROM otp_attempts WHERE phone_number = $1 AND attempt_type = 'send' AND last_attempt_at > CLOCK_TIMESTAMP() - MAKE_INTERVAL(hours => 1)",
        None,
    )
}
impl FailuresLastHourStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, crate::client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: crate::client::StringSql>(
        &'s self,
        client: &'c C,
        phone_number: &'a T1,
    ) -> I64Query<'c, 'a, 's, C, i64, 1> {
        I64Query {
            client,
            params: [phone_number],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}

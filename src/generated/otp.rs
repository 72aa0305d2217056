// Written by the build step from queries/otp.sql. Edit that file: `cargo build` brings this one up to date.

//! One-time passwords: sending and verifying codes, and the tickets that verified codes are exchanged for. Tables and
//! functions: schema/otp.sql; limits and durations: src/otp/policy.rs. Each decision is one function call: one round trip,
//! under its locks.

use barqnet_db_client::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
/// The parameters of [`send`](fn@send).
#[derive(Debug)]
pub struct SendParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::BytesSql,
    T4: barqnet_db_client::StringSql,
    T5: barqnet_db_client::ArraySql<Item = T4>,
    T6: barqnet_db_client::StringSql,
    T7: barqnet_db_client::ArraySql<Item = T6>,
    T8: barqnet_db_client::ArraySql<Item = i32>,
    T9: barqnet_db_client::ArraySql<Item = f64>,
> {
    pub phone_number: T1,
    pub purpose: T2,
    pub code_mac: T3,
    pub key_id: i32,
    pub ip_address: Option<std::net::IpAddr>,
    pub lifetime_seconds: f64,
    pub cool_down_seconds: f64,
    pub max_sends_per_hour: i32,
    pub max_sends_per_day: i32,
    pub max_failures: i32,
    pub closed_seconds: f64,
    pub budgets: T5,
    pub keys: T7,
    pub limits: T8,
    pub windows: T9,
}
/// The parameters of [`verify`](fn@verify).
#[derive(Debug)]
pub struct VerifyParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::BytesSql,
    T4: barqnet_db_client::ArraySql<Item = T3>,
    T5: barqnet_db_client::ArraySql<Item = i32>,
    T6: barqnet_db_client::ArraySql<Item = f64>,
    T7: barqnet_db_client::StringSql,
    T8: barqnet_db_client::StringSql,
    T9: barqnet_db_client::StringSql,
> {
    pub phone_number: T1,
    pub purpose: T2,
    pub code_macs: T4,
    pub key_ids: T5,
    pub ip_address: Option<std::net::IpAddr>,
    pub max_tries_per_code: i32,
    pub lock_every: i32,
    pub lock_seconds: T6,
    pub max_failures: i32,
    pub budget: T7,
    pub budget_key: Option<T8>,
    pub budget_limit: i32,
    pub budget_window: f64,
    pub ticket_hash: T9,
    pub ticket_seconds: f64,
}
/// The parameters of [`spend_ticket`](fn@spend_ticket).
#[derive(Debug)]
pub struct SpendTicketParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
> {
    pub ticket_hash: T1,
    pub purpose: T2,
    pub invalidate_others: bool,
}
/// A row of [`send`](fn@send).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct SendDecision {
    pub code_ends_at: Option<chrono::DateTime<chrono::Utc>>,
    pub retry_after_seconds: Option<f64>,
}
/// A row of [`verify`](fn@verify).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct VerifyDecision {
    pub verified: Option<bool>,
    pub retry_after_seconds: Option<f64>,
}
/// A row of [`status`](fn@status).
#[derive(Debug, Clone, PartialEq)]
pub struct OtpState {
    pub purpose: String,
    pub failures: i32,
    pub locked_until: Option<chrono::DateTime<chrono::Utc>>,
    pub sent_last_day: i64,
    pub code_expires_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`OtpState`] that borrows from the row it was read from.
pub struct OtpStateBorrowed<'a> {
    pub purpose: &'a str,
    pub failures: i32,
    pub locked_until: Option<chrono::DateTime<chrono::Utc>>,
    pub sent_last_day: i64,
    pub code_expires_at: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<OtpStateBorrowed<'a>> for OtpState {
    fn from(
        OtpStateBorrowed {
            purpose,
            failures,
            locked_until,
            sent_last_day,
            code_expires_at,
        }: OtpStateBorrowed<'a>,
    ) -> Self {
        Self {
            purpose: purpose.into(),
            failures,
            locked_until,
            sent_last_day,
            code_expires_at,
        }
    }
}
/// A statement with its parameters, ready to run.
pub struct SendDecisionQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<SendDecision, barqnet_db_client::Error>,
    mapper: fn(SendDecision) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> SendDecisionQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(SendDecision) -> R,
    ) -> SendDecisionQuery<'c, 'a, 's, C, R, N> {
        SendDecisionQuery {
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
pub struct VerifyDecisionQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<VerifyDecision, barqnet_db_client::Error>,
    mapper: fn(VerifyDecision) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> VerifyDecisionQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(VerifyDecision) -> R,
    ) -> VerifyDecisionQuery<'c, 'a, 's, C, R, N> {
        VerifyDecisionQuery {
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
pub struct OptionStringQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<Option<&str>, barqnet_db_client::Error>,
    mapper: fn(Option<&str>) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> OptionStringQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(Option<&str>) -> R,
    ) -> OptionStringQuery<'c, 'a, 's, C, R, N> {
        OptionStringQuery {
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
/// A statement with its parameters, ready to run.
pub struct OtpStateQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<OtpStateBorrowed, barqnet_db_client::Error>,
    mapper: fn(OtpStateBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> OtpStateQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(OtpStateBorrowed) -> R,
    ) -> OtpStateQuery<'c, 'a, 's, C, R, N> {
        OtpStateQuery {
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
pub struct OptionboolQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<Option<bool>, barqnet_db_client::Error>,
    mapper: fn(Option<bool>) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> OptionboolQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(Option<bool>) -> R,
    ) -> OptionboolQuery<'c, 'a, 's, C, R, N> {
        OptionboolQuery {
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
/// The statement [`send`](fn@send).
pub struct SendStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Records a new code for a phone number and a purpose, unless a limit refuses it. Returns either `code_ends_at`, the end of
/// the code's lifetime, or `retry_after_seconds`. The budgets are parallel arrays, in the order of budget and key; all are
/// charged or none. Run it outside a transaction: a rollback would undo the count.
/// Index: otp_numbers_pkey, otp_challenges_pkey, otp_budgets_pkey. Locks: the number's row, then the budgets' rows.
pub fn send() -> SendStmt {
    SendStmt(
        "/* otp.send */ SELECT code_ends_at, retry_after_seconds FROM otp_send($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        None,
    )
}
impl SendStmt {
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
        T3: barqnet_db_client::BytesSql,
        T4: barqnet_db_client::StringSql,
        T5: barqnet_db_client::ArraySql<Item = T4>,
        T6: barqnet_db_client::StringSql,
        T7: barqnet_db_client::ArraySql<Item = T6>,
        T8: barqnet_db_client::ArraySql<Item = i32>,
        T9: barqnet_db_client::ArraySql<Item = f64>,
    >(
        &'s self,
        client: &'c C,
        phone_number: &'a T1,
        purpose: &'a T2,
        code_mac: &'a T3,
        key_id: &'a i32,
        ip_address: &'a Option<std::net::IpAddr>,
        lifetime_seconds: &'a f64,
        cool_down_seconds: &'a f64,
        max_sends_per_hour: &'a i32,
        max_sends_per_day: &'a i32,
        max_failures: &'a i32,
        closed_seconds: &'a f64,
        budgets: &'a T5,
        keys: &'a T7,
        limits: &'a T8,
        windows: &'a T9,
    ) -> SendDecisionQuery<'c, 'a, 's, C, SendDecision, 15> {
        SendDecisionQuery {
            client,
            params: [
                phone_number,
                purpose,
                code_mac,
                key_id,
                ip_address,
                lifetime_seconds,
                cool_down_seconds,
                max_sends_per_hour,
                max_sends_per_day,
                max_failures,
                closed_seconds,
                budgets,
                keys,
                limits,
                windows,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<SendDecision, barqnet_db_client::Error> {
                Ok(SendDecision {
                    code_ends_at: row.try_get(0)?,
                    retry_after_seconds: row.try_get(1)?,
                })
            },
            mapper: |it| SendDecision::from(it),
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
    T3: barqnet_db_client::BytesSql,
    T4: barqnet_db_client::StringSql,
    T5: barqnet_db_client::ArraySql<Item = T4>,
    T6: barqnet_db_client::StringSql,
    T7: barqnet_db_client::ArraySql<Item = T6>,
    T8: barqnet_db_client::ArraySql<Item = i32>,
    T9: barqnet_db_client::ArraySql<Item = f64>,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    SendParams<T1, T2, T3, T4, T5, T6, T7, T8, T9>,
    SendDecisionQuery<'c, 'a, 's, C, SendDecision, 15>,
    C,
> for SendStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a SendParams<T1, T2, T3, T4, T5, T6, T7, T8, T9>,
    ) -> SendDecisionQuery<'c, 'a, 's, C, SendDecision, 15> {
        self.bind(
            client,
            &params.phone_number,
            &params.purpose,
            &params.code_mac,
            &params.key_id,
            &params.ip_address,
            &params.lifetime_seconds,
            &params.cool_down_seconds,
            &params.max_sends_per_hour,
            &params.max_sends_per_day,
            &params.max_failures,
            &params.closed_seconds,
            &params.budgets,
            &params.keys,
            &params.limits,
            &params.windows,
        )
    }
}
/// The statement [`verify`](fn@verify).
pub struct VerifyStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Compares a code with the number's live one and counts the try, in one statement: a right code is spent and creates the
/// ticket (`verified`), a wrong one counts as a failure and can lock the number. `code_macs` has the code under each key of
/// `key_ids`. `verified` is never NULL: otp_verify assigns it first. Run it outside a transaction: a rollback would undo the count.
/// Index: otp_numbers_pkey, otp_challenges_pkey, otp_budgets_pkey, otp_attempts_pkey. Locks: the number's row, then the
/// budget's.
pub fn verify() -> VerifyStmt {
    VerifyStmt(
        "/* otp.verify */ SELECT verified, retry_after_seconds FROM otp_verify($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        None,
    )
}
impl VerifyStmt {
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
        T3: barqnet_db_client::BytesSql,
        T4: barqnet_db_client::ArraySql<Item = T3>,
        T5: barqnet_db_client::ArraySql<Item = i32>,
        T6: barqnet_db_client::ArraySql<Item = f64>,
        T7: barqnet_db_client::StringSql,
        T8: barqnet_db_client::StringSql,
        T9: barqnet_db_client::StringSql,
    >(
        &'s self,
        client: &'c C,
        phone_number: &'a T1,
        purpose: &'a T2,
        code_macs: &'a T4,
        key_ids: &'a T5,
        ip_address: &'a Option<std::net::IpAddr>,
        max_tries_per_code: &'a i32,
        lock_every: &'a i32,
        lock_seconds: &'a T6,
        max_failures: &'a i32,
        budget: &'a T7,
        budget_key: &'a Option<T8>,
        budget_limit: &'a i32,
        budget_window: &'a f64,
        ticket_hash: &'a T9,
        ticket_seconds: &'a f64,
    ) -> VerifyDecisionQuery<'c, 'a, 's, C, VerifyDecision, 15> {
        VerifyDecisionQuery {
            client,
            params: [
                phone_number,
                purpose,
                code_macs,
                key_ids,
                ip_address,
                max_tries_per_code,
                lock_every,
                lock_seconds,
                max_failures,
                budget,
                budget_key,
                budget_limit,
                budget_window,
                ticket_hash,
                ticket_seconds,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<VerifyDecision, barqnet_db_client::Error> {
                Ok(VerifyDecision {
                    verified: row.try_get(0)?,
                    retry_after_seconds: row.try_get(1)?,
                })
            },
            mapper: |it| VerifyDecision::from(it),
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
    T3: barqnet_db_client::BytesSql,
    T4: barqnet_db_client::ArraySql<Item = T3>,
    T5: barqnet_db_client::ArraySql<Item = i32>,
    T6: barqnet_db_client::ArraySql<Item = f64>,
    T7: barqnet_db_client::StringSql,
    T8: barqnet_db_client::StringSql,
    T9: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    VerifyParams<T1, T2, T3, T4, T5, T6, T7, T8, T9>,
    VerifyDecisionQuery<'c, 'a, 's, C, VerifyDecision, 15>,
    C,
> for VerifyStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a VerifyParams<T1, T2, T3, T4, T5, T6, T7, T8, T9>,
    ) -> VerifyDecisionQuery<'c, 'a, 's, C, VerifyDecision, 15> {
        self.bind(
            client,
            &params.phone_number,
            &params.purpose,
            &params.code_macs,
            &params.key_ids,
            &params.ip_address,
            &params.max_tries_per_code,
            &params.lock_every,
            &params.lock_seconds,
            &params.max_failures,
            &params.budget,
            &params.budget_key,
            &params.budget_limit,
            &params.budget_window,
            &params.ticket_hash,
            &params.ticket_seconds,
        )
    }
}
/// The statement [`spend_ticket`](fn@spend_ticket).
pub struct SpendTicketStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Spends a ticket and returns its phone number. No row means that it is spent, expired, for another purpose, or unknown.
/// With `invalidate_others`, every code and every other ticket of the number becomes invalid, too.
/// Run it in the transaction of what the ticket allows: a rollback restores the ticket. `phone_number` is never NULL: it
/// is the one of the row that was deleted.
/// Index: otp_tickets_pkey, otp_numbers_pkey, otp_challenges_pkey. Locks: the number's row, then the ticket.
pub fn spend_ticket() -> SpendTicketStmt {
    SpendTicketStmt(
        "/* otp.spend_ticket */ SELECT phone_number FROM otp_spend_ticket($1, $2, $3)",
        None,
    )
}
impl SpendTicketStmt {
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
        ticket_hash: &'a T1,
        purpose: &'a T2,
        invalidate_others: &'a bool,
    ) -> OptionStringQuery<'c, 'a, 's, C, Option<String>, 3> {
        OptionStringQuery {
            client,
            params: [ticket_hash, purpose, invalidate_others],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it.map(|v| v.into()),
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
    SpendTicketParams<T1, T2>,
    OptionStringQuery<'c, 'a, 's, C, Option<String>, 3>,
    C,
> for SpendTicketStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a SpendTicketParams<T1, T2>,
    ) -> OptionStringQuery<'c, 'a, 's, C, Option<String>, 3> {
        self.bind(
            client,
            &params.ticket_hash,
            &params.purpose,
            &params.invalidate_others,
        )
    }
}
/// The statement [`invalidate`](fn@invalidate).
pub struct InvalidateStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Invalidates every live code and ticket of a phone number, for every purpose; returns 1.
/// Index: otp_numbers_pkey, otp_challenges_pkey, idx_otp_tickets_phone_number. Locks: the number's row, then its tickets.
pub fn invalidate() -> InvalidateStmt {
    InvalidateStmt(
        "/* otp.invalidate */ SELECT 1 AS invalidated FROM otp_invalidate($1)",
        None,
    )
}
impl InvalidateStmt {
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
/// The statement [`status`](fn@status).
pub struct StatusStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The state of a phone number, one row per purpose: wrong codes in a row, the end of its lock, codes sent to the number
/// within 24 hours for all purposes together, and the end of its live code. For operators; the code itself is not stored.
/// Index: otp_challenges_pkey, otp_numbers_pkey. Locks: nothing.
pub fn status() -> StatusStmt {
    StatusStmt(
        "/* otp.status */ SELECT c.purpose, c.failures, c.locked_until, (SELECT COUNT(*) FROM UNNEST(n.sent_at) AS s (at) WHERE s.at > CURRENT_TIMESTAMP - INTERVAL '24 hours') AS sent_last_day, CASE WHEN c.code_mac IS NOT NULL AND c.code_expires_at > CURRENT_TIMESTAMP THEN c.code_expires_at END AS code_expires_at FROM otp_challenges c JOIN otp_numbers n ON n.phone_number = c.phone_number WHERE c.phone_number = $1 ORDER BY c.purpose",
        None,
    )
}
impl StatusStmt {
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
        phone_number: &'a T1,
    ) -> OtpStateQuery<'c, 'a, 's, C, OtpState, 1> {
        OtpStateQuery {
            client,
            params: [phone_number],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<OtpStateBorrowed, barqnet_db_client::Error> {
                Ok(OtpStateBorrowed {
                    purpose: row.try_get(0)?,
                    failures: row.try_get(1)?,
                    locked_until: row.try_get(2)?,
                    sent_last_day: row.try_get(3)?,
                    code_expires_at: row.try_get(4)?,
                })
            },
            mapper: |it| OtpState::from(it),
        }
    }
}
/// The statement [`unlock`](fn@unlock).
pub struct UnlockStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Resets the failures of a phone number for every purpose, and unlocks it. For an operator, after too many wrong codes.
/// `unlocked` is false if there was nothing to reset; it is never NULL.
/// Index: otp_numbers_pkey, otp_challenges_pkey. Locks: the number's row, then its challenges.
pub fn unlock() -> UnlockStmt {
    UnlockStmt("/* otp.unlock */ SELECT unlocked FROM otp_unlock($1) AS unlocked", None)
}
impl UnlockStmt {
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
        phone_number: &'a T1,
    ) -> OptionboolQuery<'c, 'a, 's, C, Option<bool>, 1> {
        OptionboolQuery {
            client,
            params: [phone_number],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}

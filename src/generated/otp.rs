// Written by the build step from queries/otp.sql. Edit that file: `cargo build` brings this one up to date.

//! One-time passwords: a code sent to a phone number, the tries at it, the ticket that a right one is traded for, and what
//! the report counts. The rules are in the functions of migrations/V8__guard_one_time_passwords.sql, so that each is decided
//! in one round trip under its locks; src/otp/ gives them their numbers.

use crate::client::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
/// The parameters of [`send`](fn@send).
#[derive(Debug)]
pub struct SendParams<
    T1: crate::client::StringSql,
    T2: crate::client::StringSql,
    T3: crate::client::BytesSql,
    T4: crate::client::StringSql,
    T5: crate::client::ArraySql<Item = T4>,
    T6: crate::client::StringSql,
    T7: crate::client::ArraySql<Item = T6>,
    T8: crate::client::ArraySql<Item = i32>,
    T9: crate::client::ArraySql<Item = f64>,
> {
    pub phone_number: T1,
    pub purpose: T2,
    pub code_mac: T3,
    pub key_id: i32,
    pub ip_address: Option<std::net::IpAddr>,
    pub lifetime_seconds: f64,
    pub cool_down_seconds: f64,
    pub most_an_hour: i32,
    pub most_a_day: i32,
    pub most_failures: i32,
    pub closed_seconds: f64,
    pub budgets: T5,
    pub keys: T7,
    pub limits: T8,
    pub windows: T9,
}
/// The parameters of [`verify`](fn@verify).
#[derive(Debug)]
pub struct VerifyParams<
    T1: crate::client::StringSql,
    T2: crate::client::StringSql,
    T3: crate::client::BytesSql,
    T4: crate::client::ArraySql<Item = T3>,
    T5: crate::client::ArraySql<Item = i32>,
    T6: crate::client::ArraySql<Item = f64>,
    T7: crate::client::StringSql,
    T8: crate::client::StringSql,
    T9: crate::client::StringSql,
> {
    pub phone_number: T1,
    pub purpose: T2,
    pub code_macs: T4,
    pub key_ids: T5,
    pub ip_address: Option<std::net::IpAddr>,
    pub most_tries: i32,
    pub lock_every: i32,
    pub lock_seconds: T6,
    pub most_failures: i32,
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
    T1: crate::client::StringSql,
    T2: crate::client::StringSql,
> {
    pub ticket_hash: T1,
    pub purpose: T2,
    pub kills_others: bool,
}
/// A row of [`send`](fn@send).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct SendDecision {
    pub code_ends_at: Option<chrono::DateTime<chrono::Utc>>,
    pub retry_after_seconds: Option<f64>,
}
/// A row of [`verify`](fn@verify).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct Trial {
    pub verified: bool,
    pub retry_after_seconds: Option<f64>,
}
/// A row of [`guards`](fn@guards).
#[derive(Debug, Clone, PartialEq)]
pub struct Guard {
    pub purpose: String,
    pub failures: i32,
    pub locked_until: Option<chrono::DateTime<chrono::Utc>>,
    pub sent_last_day: i64,
    pub code_expires_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`Guard`] that borrows from the row it was read from.
pub struct GuardBorrowed<'a> {
    pub purpose: &'a str,
    pub failures: i32,
    pub locked_until: Option<chrono::DateTime<chrono::Utc>>,
    pub sent_last_day: i64,
    pub code_expires_at: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<GuardBorrowed<'a>> for Guard {
    fn from(
        GuardBorrowed {
            purpose,
            failures,
            locked_until,
            sent_last_day,
            code_expires_at,
        }: GuardBorrowed<'a>,
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
    cached: Option<&'s crate::client::Statement>,
    extractor: fn(&crate::client::Row) -> Result<SendDecision, crate::client::Error>,
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
pub struct TrialQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s crate::client::Statement>,
    extractor: fn(&crate::client::Row) -> Result<Trial, crate::client::Error>,
    mapper: fn(Trial) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> TrialQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(self, mapper: fn(Trial) -> R) -> TrialQuery<'c, 'a, 's, C, R, N> {
        TrialQuery {
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
pub struct StringQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s crate::client::Statement>,
    extractor: fn(&crate::client::Row) -> Result<&str, crate::client::Error>,
    mapper: fn(&str) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> StringQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(self, mapper: fn(&str) -> R) -> StringQuery<'c, 'a, 's, C, R, N> {
        StringQuery {
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
pub struct GuardQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s crate::client::Statement>,
    extractor: fn(&crate::client::Row) -> Result<GuardBorrowed, crate::client::Error>,
    mapper: fn(GuardBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> GuardQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(GuardBorrowed) -> R,
    ) -> GuardQuery<'c, 'a, 's, C, R, N> {
        GuardQuery {
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
pub struct BoolQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s crate::client::Statement>,
    extractor: fn(&crate::client::Row) -> Result<bool, crate::client::Error>,
    mapper: fn(bool) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> BoolQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(self, mapper: fn(bool) -> R) -> BoolQuery<'c, 'a, 's, C, R, N> {
        BoolQuery {
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
/// Records a code for a number and a purpose, unless a limit says no: `code_ends_at` says until when it is good, or
/// `retry_after_seconds` how long to wait. The budgets are parallel arrays, in the order of budget and key; all are charged
/// or none. Run it outside a transaction, whose rollback would give the charge back.
/// Index: otp_numbers_pkey, otp_guards_pkey, otp_budgets_pkey. Locks: the number's row, then the budgets' rows.
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
        T3: crate::client::BytesSql,
        T4: crate::client::StringSql,
        T5: crate::client::ArraySql<Item = T4>,
        T6: crate::client::StringSql,
        T7: crate::client::ArraySql<Item = T6>,
        T8: crate::client::ArraySql<Item = i32>,
        T9: crate::client::ArraySql<Item = f64>,
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
        most_an_hour: &'a i32,
        most_a_day: &'a i32,
        most_failures: &'a i32,
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
                most_an_hour,
                most_a_day,
                most_failures,
                closed_seconds,
                budgets,
                keys,
                limits,
                windows,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<SendDecision, crate::client::Error> {
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
    T1: crate::client::StringSql,
    T2: crate::client::StringSql,
    T3: crate::client::BytesSql,
    T4: crate::client::StringSql,
    T5: crate::client::ArraySql<Item = T4>,
    T6: crate::client::StringSql,
    T7: crate::client::ArraySql<Item = T6>,
    T8: crate::client::ArraySql<Item = i32>,
    T9: crate::client::ArraySql<Item = f64>,
> crate::client::Params<
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
            &params.most_an_hour,
            &params.most_a_day,
            &params.most_failures,
            &params.closed_seconds,
            &params.budgets,
            &params.keys,
            &params.limits,
            &params.windows,
        )
    }
}
/// The statement [`verify`](fn@verify).
pub struct VerifyStmt(&'static str, Option<crate::client::Statement>);
/// Compares a code with the number's live one, counts the try, and spends the code or counts the failure and locks the
/// number, in one statement. `code_macs` has the code under each key of `key_ids`. If `verified`, the ticket exists from
/// now on. Run it outside a transaction, whose rollback would give the try back.
/// Index: otp_numbers_pkey, otp_guards_pkey, otp_budgets_pkey, otp_attempts_pkey. Locks: the number's row, then the
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
        T3: crate::client::BytesSql,
        T4: crate::client::ArraySql<Item = T3>,
        T5: crate::client::ArraySql<Item = i32>,
        T6: crate::client::ArraySql<Item = f64>,
        T7: crate::client::StringSql,
        T8: crate::client::StringSql,
        T9: crate::client::StringSql,
    >(
        &'s self,
        client: &'c C,
        phone_number: &'a T1,
        purpose: &'a T2,
        code_macs: &'a T4,
        key_ids: &'a T5,
        ip_address: &'a Option<std::net::IpAddr>,
        most_tries: &'a i32,
        lock_every: &'a i32,
        lock_seconds: &'a T6,
        most_failures: &'a i32,
        budget: &'a T7,
        budget_key: &'a Option<T8>,
        budget_limit: &'a i32,
        budget_window: &'a f64,
        ticket_hash: &'a T9,
        ticket_seconds: &'a f64,
    ) -> TrialQuery<'c, 'a, 's, C, Trial, 15> {
        TrialQuery {
            client,
            params: [
                phone_number,
                purpose,
                code_macs,
                key_ids,
                ip_address,
                most_tries,
                lock_every,
                lock_seconds,
                most_failures,
                budget,
                budget_key,
                budget_limit,
                budget_window,
                ticket_hash,
                ticket_seconds,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &crate::client::Row| -> Result<Trial, crate::client::Error> {
                Ok(Trial {
                    verified: row.try_get(0)?,
                    retry_after_seconds: row.try_get(1)?,
                })
            },
            mapper: |it| Trial::from(it),
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
    T3: crate::client::BytesSql,
    T4: crate::client::ArraySql<Item = T3>,
    T5: crate::client::ArraySql<Item = i32>,
    T6: crate::client::ArraySql<Item = f64>,
    T7: crate::client::StringSql,
    T8: crate::client::StringSql,
    T9: crate::client::StringSql,
> crate::client::Params<
    'c,
    'a,
    's,
    VerifyParams<T1, T2, T3, T4, T5, T6, T7, T8, T9>,
    TrialQuery<'c, 'a, 's, C, Trial, 15>,
    C,
> for VerifyStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a VerifyParams<T1, T2, T3, T4, T5, T6, T7, T8, T9>,
    ) -> TrialQuery<'c, 'a, 's, C, Trial, 15> {
        self.bind(
            client,
            &params.phone_number,
            &params.purpose,
            &params.code_macs,
            &params.key_ids,
            &params.ip_address,
            &params.most_tries,
            &params.lock_every,
            &params.lock_seconds,
            &params.most_failures,
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
pub struct SpendTicketStmt(&'static str, Option<crate::client::Statement>);
/// Spends a ticket and returns its phone number; no row means that it is spent, expired, for another purpose, or made up.
/// With `kills_others` every code and every other ticket of the number goes with it.
/// Run it in the transaction of what the ticket allows: a rollback gives it back.
/// Index: otp_tickets_pkey, otp_numbers_pkey, otp_guards_pkey. Locks: the number's row, then the ticket.
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
        ticket_hash: &'a T1,
        purpose: &'a T2,
        kills_others: &'a bool,
    ) -> StringQuery<'c, 'a, 's, C, String, 3> {
        StringQuery {
            client,
            params: [ticket_hash, purpose, kills_others],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it.into(),
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
    SpendTicketParams<T1, T2>,
    StringQuery<'c, 'a, 's, C, String, 3>,
    C,
> for SpendTicketStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a SpendTicketParams<T1, T2>,
    ) -> StringQuery<'c, 'a, 's, C, String, 3> {
        self.bind(client, &params.ticket_hash, &params.purpose, &params.kills_others)
    }
}
/// The statement [`forget`](fn@forget).
pub struct ForgetStmt(&'static str, Option<crate::client::Statement>);
/// Kills every live code and ticket of a number, whatever they were for; returns 1.
/// Index: otp_numbers_pkey, otp_guards_pkey, idx_otp_tickets_phone_number. Locks: the number's row, then its tickets.
pub fn forget() -> ForgetStmt {
    ForgetStmt("/* otp.forget */ SELECT 1 AS forgotten FROM otp_forget($1)", None)
}
impl ForgetStmt {
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
/// The statement [`guards`](fn@guards).
pub struct GuardsStmt(&'static str, Option<crate::client::Statement>);
/// What is known of a number's tries, by purpose: failures in a row, until when it is locked, how many codes the number was
/// sent over the last day for whatever purpose, and until when its live code is good. For operators; the code itself is
/// nowhere.
/// Index: otp_guards_pkey, otp_numbers_pkey. Locks: nothing.
pub fn guards() -> GuardsStmt {
    GuardsStmt(
        "/* otp.guards */ SELECT g.purpose, g.failures, g.locked_until, (SELECT COUNT(*) FROM UNNEST(n.sent_at) AS s (at) WHERE s.at > CURRENT_TIMESTAMP - INTERVAL '24 hours') AS sent_last_day, CASE WHEN g.code_mac IS NOT NULL AND g.code_expires_at > CURRENT_TIMESTAMP THEN g.code_expires_at END AS code_expires_at FROM otp_guards g JOIN otp_numbers n ON n.phone_number = g.phone_number WHERE g.phone_number = $1 ORDER BY g.purpose",
        None,
    )
}
impl GuardsStmt {
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
    ) -> GuardQuery<'c, 'a, 's, C, Guard, 1> {
        GuardQuery {
            client,
            params: [phone_number],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &crate::client::Row,
            | -> Result<GuardBorrowed, crate::client::Error> {
                Ok(GuardBorrowed {
                    purpose: row.try_get(0)?,
                    failures: row.try_get(1)?,
                    locked_until: row.try_get(2)?,
                    sent_last_day: row.try_get(3)?,
                    code_expires_at: row.try_get(4)?,
                })
            },
            mapper: |it| Guard::from(it),
        }
    }
}
/// The statement [`unlock`](fn@unlock).
pub struct UnlockStmt(&'static str, Option<crate::client::Statement>);
/// Forgets the failures of a number and opens it again, for every purpose: the operator's answer to a number that was
/// locked or closed. `unlocked` is false if there was nothing to forget.
/// Index: otp_numbers_pkey, otp_guards_pkey. Locks: the number's row, then its guards.
pub fn unlock() -> UnlockStmt {
    UnlockStmt("/* otp.unlock */ SELECT unlocked FROM otp_unlock($1) AS unlocked", None)
}
impl UnlockStmt {
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
    ) -> BoolQuery<'c, 'a, 's, C, bool, 1> {
        BoolQuery {
            client,
            params: [phone_number],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}

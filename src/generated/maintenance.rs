// Written by the build step from queries/maintenance.sql. Edit that file: `cargo build` brings this one up to date.

//! Scheduled maintenance: expired rows are deleted, old ones archived, personal data that is no longer needed is
//! removed. A batch locks up to `batch` rows for an instant, oldest first in the order of its index, and skips rows that
//! another transaction holds, so that any number of batches can run at once and beside everything else. It can block on
//! rows that reference a deleted row, and on usage_daily while a user is renamed. Call a statement again until it
//! returns less than `batch`. Retention is in seconds; `MaintenancePolicy` has the defaults.

use barqnet_db_client::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
/// The parameters of [`delete_expired_sessions`](fn@delete_expired_sessions).
#[derive(Clone, Copy, Debug)]
pub struct DeleteExpiredSessionsParams {
    pub keep_seconds: f64,
    pub batch: i64,
}
/// The parameters of [`delete_expired_otp_attempts`](fn@delete_expired_otp_attempts).
#[derive(Clone, Copy, Debug)]
pub struct DeleteExpiredOtpAttemptsParams {
    pub keep_seconds: f64,
    pub batch: i64,
}
/// The parameters of [`delete_quiet_otp_numbers`](fn@delete_quiet_otp_numbers).
#[derive(Clone, Copy, Debug)]
pub struct DeleteQuietOtpNumbersParams {
    pub keep_seconds: f64,
    pub batch: i64,
}
/// The parameters of [`archive_statistics`](fn@archive_statistics).
#[derive(Clone, Copy, Debug)]
pub struct ArchiveStatisticsParams {
    pub keep_seconds: f64,
    pub batch: i64,
}
/// The parameters of [`roll_up_hours`](fn@roll_up_hours).
#[derive(Clone, Copy, Debug)]
pub struct RollUpHoursParams {
    pub keep_seconds: f64,
    pub batch: i64,
}
/// The parameters of [`delete_old_audit_entries`](fn@delete_old_audit_entries).
#[derive(Clone, Copy, Debug)]
pub struct DeleteOldAuditEntriesParams {
    pub keep_seconds: f64,
    pub batch: i64,
}
/// The parameters of [`delete_old_server_health`](fn@delete_old_server_health).
#[derive(Clone, Copy, Debug)]
pub struct DeleteOldServerHealthParams {
    pub keep_seconds: f64,
    pub batch: i64,
}
/// The parameters of [`delete_old_connections`](fn@delete_old_connections).
#[derive(Clone, Copy, Debug)]
pub struct DeleteOldConnectionsParams {
    pub keep_seconds: f64,
    pub batch: i64,
}
/// The parameters of [`forget_idle_session_addresses`](fn@forget_idle_session_addresses).
#[derive(Clone, Copy, Debug)]
pub struct ForgetIdleSessionAddressesParams {
    pub after_id: i32,
    pub batch: i64,
    pub idle_seconds: f64,
}
/// A row of [`forget_idle_session_addresses`](fn@forget_idle_session_addresses).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct ForgetIdleSessionAddresses {
    pub last_id: Option<i32>,
    pub forgotten: i64,
}
/// A row of [`tables_to_vacuum`](fn@tables_to_vacuum).
#[derive(Debug, Clone, PartialEq)]
pub struct TableToVacuum {
    pub table_name: String,
    pub permitted: Option<bool>,
}
/// A [`TableToVacuum`] that borrows from the row it was read from.
pub struct TableToVacuumBorrowed<'a> {
    pub table_name: &'a str,
    pub permitted: Option<bool>,
}
impl<'a> From<TableToVacuumBorrowed<'a>> for TableToVacuum {
    fn from(
        TableToVacuumBorrowed { table_name, permitted }: TableToVacuumBorrowed<'a>,
    ) -> Self {
        Self {
            table_name: table_name.into(),
            permitted,
        }
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
pub struct ForgetIdleSessionAddressesQuery<
    'c,
    'a,
    's,
    C: GenericClient,
    T,
    const N: usize,
> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<ForgetIdleSessionAddresses, barqnet_db_client::Error>,
    mapper: fn(ForgetIdleSessionAddresses) -> T,
}
impl<
    'c,
    'a,
    's,
    C,
    T: 'c,
    const N: usize,
> ForgetIdleSessionAddressesQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(ForgetIdleSessionAddresses) -> R,
    ) -> ForgetIdleSessionAddressesQuery<'c, 'a, 's, C, R, N> {
        ForgetIdleSessionAddressesQuery {
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
pub struct TableToVacuumQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<TableToVacuumBorrowed, barqnet_db_client::Error>,
    mapper: fn(TableToVacuumBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> TableToVacuumQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(TableToVacuumBorrowed) -> R,
    ) -> TableToVacuumQuery<'c, 'a, 's, C, R, N> {
        TableToVacuumQuery {
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
/// The statement [`delete_expired_sessions`](fn@delete_expired_sessions).
pub struct DeleteExpiredSessionsStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Deletes up to `batch` sessions that expired or were revoked more than `keep_seconds` ago, with the history of their
/// tokens. The number of rows is the number deleted.
/// Index: idx_sessions_expires_at, idx_sessions_revoked_at, user_sessions_pkey. Locks: the rows deleted.
pub fn delete_expired_sessions() -> DeleteExpiredSessionsStmt {
    DeleteExpiredSessionsStmt(
        "/* maintenance.delete_expired_sessions */ WITH expired AS ( SELECT id FROM user_sessions WHERE expires_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) ORDER BY expires_at LIMIT $2::BIGINT FOR UPDATE SKIP LOCKED ), revoked AS ( SELECT id FROM user_sessions WHERE revoked AND revoked_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) ORDER BY revoked_at LIMIT $2::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM user_sessions WHERE id = ANY (ARRAY(SELECT id FROM expired UNION SELECT id FROM revoked LIMIT $2::BIGINT))",
        None,
    )
}
impl DeleteExpiredSessionsStmt {
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
        keep_seconds: &'a f64,
        batch: &'a i64,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[keep_seconds, batch]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    DeleteExpiredSessionsParams,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for DeleteExpiredSessionsStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a DeleteExpiredSessionsParams,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.keep_seconds, &params.batch))
    }
}
/// The statement [`delete_expired_otp_attempts`](fn@delete_expired_otp_attempts).
pub struct DeleteExpiredOtpAttemptsStmt(
    &'static str,
    Option<barqnet_db_client::Statement>,
);
/// Deletes up to `batch` entries of the report on one-time passwords that expired more than `keep_seconds` ago. No
/// limit depends on them. The number of rows is the number deleted.
/// Index: idx_otp_expires_at, otp_attempts_pkey. Locks: the rows deleted.
pub fn delete_expired_otp_attempts() -> DeleteExpiredOtpAttemptsStmt {
    DeleteExpiredOtpAttemptsStmt(
        "/* maintenance.delete_expired_otp_attempts */ WITH expired AS ( SELECT id FROM otp_attempts WHERE expires_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) ORDER BY expires_at LIMIT $2::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM otp_attempts WHERE id = ANY (ARRAY(SELECT id FROM expired))",
        None,
    )
}
impl DeleteExpiredOtpAttemptsStmt {
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
        keep_seconds: &'a f64,
        batch: &'a i64,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[keep_seconds, batch]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    DeleteExpiredOtpAttemptsParams,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for DeleteExpiredOtpAttemptsStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a DeleteExpiredOtpAttemptsParams,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.keep_seconds, &params.batch))
    }
}
/// The statement [`delete_expired_otp_tickets`](fn@delete_expired_otp_tickets).
pub struct DeleteExpiredOtpTicketsStmt(
    &'static str,
    Option<barqnet_db_client::Statement>,
);
/// Deletes up to `batch` expired tickets. The number of rows is the number deleted.
/// Index: idx_otp_tickets_expires_at, otp_tickets_pkey. Locks: the rows deleted.
pub fn delete_expired_otp_tickets() -> DeleteExpiredOtpTicketsStmt {
    DeleteExpiredOtpTicketsStmt(
        "/* maintenance.delete_expired_otp_tickets */ WITH expired AS ( SELECT ticket_hash FROM otp_tickets WHERE expires_at < CURRENT_TIMESTAMP ORDER BY expires_at LIMIT $1::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM otp_tickets WHERE ticket_hash = ANY (ARRAY(SELECT ticket_hash FROM expired))",
        None,
    )
}
impl DeleteExpiredOtpTicketsStmt {
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
        batch: &'a i64,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[batch]).await
    }
}
/// The statement [`delete_quiet_otp_numbers`](fn@delete_quiet_otp_numbers).
pub struct DeleteQuietOtpNumbersStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Deletes the rate-limit state of up to `batch` phone numbers that were inactive for `keep_seconds` and whose last
/// attempt did not fail: no limit depends on it. Less than a day counts as a day, which the daily limit needs. The
/// number of rows is the number deleted.
/// Index: idx_otp_numbers_quiet_since, otp_numbers_pkey. Locks: the rows deleted.
pub fn delete_quiet_otp_numbers() -> DeleteQuietOtpNumbersStmt {
    DeleteQuietOtpNumbersStmt(
        "/* maintenance.delete_quiet_otp_numbers */ WITH expired AS ( SELECT phone_number FROM otp_numbers WHERE quiet_since < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => GREATEST($1::DOUBLE PRECISION, 86400)) ORDER BY quiet_since LIMIT $2::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM otp_numbers WHERE phone_number = ANY (ARRAY(SELECT phone_number FROM expired))",
        None,
    )
}
impl DeleteQuietOtpNumbersStmt {
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
        keep_seconds: &'a f64,
        batch: &'a i64,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[keep_seconds, batch]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    DeleteQuietOtpNumbersParams,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for DeleteQuietOtpNumbersStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a DeleteQuietOtpNumbersParams,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.keep_seconds, &params.batch))
    }
}
/// The statement [`delete_empty_otp_budgets`](fn@delete_empty_otp_budgets).
pub struct DeleteEmptyOtpBudgetsStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Deletes up to `batch` budgets whose last use has left its window. The number of rows is the number deleted.
/// Index: idx_otp_budgets_empty_at, otp_budgets_pkey. Locks: the rows deleted.
pub fn delete_empty_otp_budgets() -> DeleteEmptyOtpBudgetsStmt {
    DeleteEmptyOtpBudgetsStmt(
        "/* maintenance.delete_empty_otp_budgets */ WITH expired AS ( SELECT budget, key FROM otp_budgets WHERE empty_at < CURRENT_TIMESTAMP ORDER BY empty_at LIMIT $1::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM otp_budgets b USING expired WHERE b.budget = expired.budget AND b.key = expired.key",
        None,
    )
}
impl DeleteEmptyOtpBudgetsStmt {
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
        batch: &'a i64,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[batch]).await
    }
}
/// The statement [`archive_statistics`](fn@archive_statistics).
pub struct ArchiveStatisticsStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Moves up to `batch` ended statistics rows that started more than `keep_seconds` ago to the archive, in one
/// statement: no total changes, no roll-up is touched, and every reader sees a row exactly once. If interrupted, a
/// batch is moved completely or not at all. Rows whose user does not exist (kept from older databases) stay. The number
/// of rows is the number moved.
/// Index: idx_vpn_statistics_started_at, idx_users_username, vpn_statistics_pkey. Locks: the rows moved from vpn_statistics
/// to vpn_statistics_archive, and their users for the foreign key, without waiting.
pub fn archive_statistics() -> ArchiveStatisticsStmt {
    ArchiveStatisticsStmt(
        "/* maintenance.archive_statistics */ WITH old AS ( SELECT s.id FROM vpn_statistics s JOIN users u ON u.username = s.username WHERE s.started_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) AND s.ended_at IS NOT NULL ORDER BY s.started_at LIMIT $2::BIGINT FOR UPDATE OF s SKIP LOCKED FOR KEY SHARE OF u SKIP LOCKED ), moved AS ( DELETE FROM vpn_statistics WHERE id = ANY (ARRAY(SELECT id FROM old)) RETURNING id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at, session_type, client_version, protocol, encryption ) INSERT INTO vpn_statistics_archive (id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at, session_type, client_version, protocol, encryption, archived_at) SELECT id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at, session_type, client_version, protocol, encryption, CURRENT_TIMESTAMP FROM moved ORDER BY id",
        None,
    )
}
impl ArchiveStatisticsStmt {
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
        keep_seconds: &'a f64,
        batch: &'a i64,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[keep_seconds, batch]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    ArchiveStatisticsParams,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for ArchiveStatisticsStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a ArchiveStatisticsParams,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.keep_seconds, &params.batch))
    }
}
/// The statement [`roll_up_hours`](fn@roll_up_hours).
pub struct RollUpHoursStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Rolls up to `batch` rows of usage_hourly up into usage_daily, of days that ended more than `keep_seconds` ago, in
/// one statement: no sum changes, and every reader counts an hour exactly once. Returns the number of rows rolled up.
/// Index: idx_usage_hourly_hour, usage_hourly_pkey, usage_daily_pkey. Locks: the rows of usage_hourly, then those of
/// usage_daily, in key order.
pub fn roll_up_hours() -> RollUpHoursStmt {
    RollUpHoursStmt(
        "/* maintenance.roll_up_hours */ WITH finished AS ( SELECT server_id, username, hour FROM usage_hourly WHERE hour < DATE_TRUNC('day', CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION), 'UTC') ORDER BY hour LIMIT $2::BIGINT FOR UPDATE SKIP LOCKED ), moved AS ( DELETE FROM usage_hourly h USING finished f WHERE h.server_id = f.server_id AND h.username = f.username AND h.hour = f.hour RETURNING h.server_id, h.username, h.hour, h.sessions, h.bytes_in, h.bytes_out, h.seconds ), daily AS ( INSERT INTO usage_daily AS d (server_id, username, day, sessions, bytes_in, bytes_out, seconds) SELECT server_id, username, (hour AT TIME ZONE 'UTC')::DATE, SUM(sessions), SUM(bytes_in), SUM(bytes_out), SUM(seconds) FROM moved GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 ON CONFLICT (server_id, username, day) DO UPDATE SET sessions = d.sessions + EXCLUDED.sessions, bytes_in = d.bytes_in + EXCLUDED.bytes_in, bytes_out = d.bytes_out + EXCLUDED.bytes_out, seconds = d.seconds + EXCLUDED.seconds ) SELECT COUNT(*) AS rolled_up FROM moved",
        None,
    )
}
impl RollUpHoursStmt {
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
        keep_seconds: &'a f64,
        batch: &'a i64,
    ) -> I64Query<'c, 'a, 's, C, i64, 2> {
        I64Query {
            client,
            params: [keep_seconds, batch],
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
    RollUpHoursParams,
    I64Query<'c, 'a, 's, C, i64, 2>,
    C,
> for RollUpHoursStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a RollUpHoursParams,
    ) -> I64Query<'c, 'a, 's, C, i64, 2> {
        self.bind(client, &params.keep_seconds, &params.batch)
    }
}
/// The statement [`delete_old_audit_entries`](fn@delete_old_audit_entries).
pub struct DeleteOldAuditEntriesStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Deletes up to `batch` audit entries older than `keep_seconds`. The number of rows is the number deleted.
/// Index: idx_audit_timestamp, audit_log_pkey. Locks: the rows deleted.
pub fn delete_old_audit_entries() -> DeleteOldAuditEntriesStmt {
    DeleteOldAuditEntriesStmt(
        "/* maintenance.delete_old_audit_entries */ WITH expired AS ( SELECT id FROM audit_log WHERE timestamp < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) ORDER BY timestamp LIMIT $2::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM audit_log WHERE id = ANY (ARRAY(SELECT id FROM expired))",
        None,
    )
}
impl DeleteOldAuditEntriesStmt {
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
        keep_seconds: &'a f64,
        batch: &'a i64,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[keep_seconds, batch]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    DeleteOldAuditEntriesParams,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for DeleteOldAuditEntriesStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a DeleteOldAuditEntriesParams,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.keep_seconds, &params.batch))
    }
}
/// The statement [`delete_old_server_health`](fn@delete_old_server_health).
pub struct DeleteOldServerHealthStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Deletes up to `batch` health reports older than `keep_seconds`. The number of rows is the number deleted.
/// Index: idx_server_health_last_check, server_health_pkey. Locks: the rows deleted.
pub fn delete_old_server_health() -> DeleteOldServerHealthStmt {
    DeleteOldServerHealthStmt(
        "/* maintenance.delete_old_server_health */ WITH expired AS ( SELECT id FROM server_health WHERE last_check < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) ORDER BY last_check LIMIT $2::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM server_health WHERE id = ANY (ARRAY(SELECT id FROM expired))",
        None,
    )
}
impl DeleteOldServerHealthStmt {
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
        keep_seconds: &'a f64,
        batch: &'a i64,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[keep_seconds, batch]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    DeleteOldServerHealthParams,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for DeleteOldServerHealthStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a DeleteOldServerHealthParams,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.keep_seconds, &params.batch))
    }
}
/// The statement [`delete_old_connections`](fn@delete_old_connections).
pub struct DeleteOldConnectionsStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Deletes up to `batch` connections that ended more than `keep_seconds` ago, never live ones. If the end is unknown
/// (rows of older databases), the last known time counts. Their statistics stay, with connection_id set to NULL. The
/// number of rows is the number deleted.
/// Index: idx_vpn_connections_disconnected_at (holds all live rows as well), vpn_connections_pkey. Locks: the rows deleted
/// and their rows of vpn_statistics.
pub fn delete_old_connections() -> DeleteOldConnectionsStmt {
    DeleteOldConnectionsStmt(
        "/* maintenance.delete_old_connections */ WITH ended AS ( SELECT id FROM vpn_connections WHERE disconnected_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) AND status IN ('disconnected', 'error') ORDER BY disconnected_at LIMIT $2::BIGINT FOR UPDATE SKIP LOCKED ), ended_undated AS ( SELECT id FROM vpn_connections WHERE disconnected_at IS NULL AND COALESCE(last_activity, connected_at, '-infinity') < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) AND status IN ('disconnected', 'error') LIMIT $2::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM vpn_connections WHERE id = ANY (ARRAY(SELECT id FROM ended UNION ALL SELECT id FROM ended_undated LIMIT $2::BIGINT))",
        None,
    )
}
impl DeleteOldConnectionsStmt {
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
        keep_seconds: &'a f64,
        batch: &'a i64,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[keep_seconds, batch]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    DeleteOldConnectionsParams,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for DeleteOldConnectionsStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a DeleteOldConnectionsParams,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.keep_seconds, &params.batch))
    }
}
/// The statement [`forget_idle_session_addresses`](fn@forget_idle_session_addresses).
pub struct ForgetIdleSessionAddressesStmt(
    &'static str,
    Option<barqnet_db_client::Statement>,
);
/// Reads the `batch` sessions that follow `after_id` and removes address and user agent from those unused for
/// `idle_seconds`; the sessions stay valid. Start with 0 and continue with `last_id` until it is NULL, which is the
/// end.
/// Index: user_sessions_pkey; last_activity has none, so that a touch stays cheap. Locks: the rows, in id order.
pub fn forget_idle_session_addresses() -> ForgetIdleSessionAddressesStmt {
    ForgetIdleSessionAddressesStmt(
        "/* maintenance.forget_idle_session_addresses */ WITH page AS ( SELECT id FROM user_sessions WHERE id > $1 ORDER BY id LIMIT $2::BIGINT ), idle AS ( SELECT s.id FROM user_sessions s WHERE s.id = ANY (ARRAY(SELECT id FROM page)) AND COALESCE(s.last_activity, s.created_at) < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $3::DOUBLE PRECISION) AND (s.ip_address IS NOT NULL OR s.user_agent IS NOT NULL) ORDER BY s.id FOR NO KEY UPDATE SKIP LOCKED ), forgotten AS ( UPDATE user_sessions SET ip_address = NULL, user_agent = NULL WHERE id = ANY (ARRAY(SELECT id FROM idle)) RETURNING id ) SELECT (SELECT MAX(id) FROM page) AS last_id, (SELECT COUNT(*) FROM forgotten) AS forgotten",
        None,
    )
}
impl ForgetIdleSessionAddressesStmt {
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
        after_id: &'a i32,
        batch: &'a i64,
        idle_seconds: &'a f64,
    ) -> ForgetIdleSessionAddressesQuery<'c, 'a, 's, C, ForgetIdleSessionAddresses, 3> {
        ForgetIdleSessionAddressesQuery {
            client,
            params: [after_id, batch, idle_seconds],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<ForgetIdleSessionAddresses, barqnet_db_client::Error> {
                Ok(ForgetIdleSessionAddresses {
                    last_id: row.try_get(0)?,
                    forgotten: row.try_get(1)?,
                })
            },
            mapper: |it| ForgetIdleSessionAddresses::from(it),
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
    ForgetIdleSessionAddressesParams,
    ForgetIdleSessionAddressesQuery<'c, 'a, 's, C, ForgetIdleSessionAddresses, 3>,
    C,
> for ForgetIdleSessionAddressesStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ForgetIdleSessionAddressesParams,
    ) -> ForgetIdleSessionAddressesQuery<'c, 'a, 's, C, ForgetIdleSessionAddresses, 3> {
        self.bind(client, &params.after_id, &params.batch, &params.idle_seconds)
    }
}
/// The statement [`tables_to_vacuum`](fn@tables_to_vacuum).
pub struct TablesToVacuumStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The tables of which at least 1,000 rows and 5 % have changed or were deleted since they were last vacuumed or
/// analysed, by name: a quarter of what autovacuum waits for. `permitted` says whether this role may vacuum the table:
/// VACUUM itself skips a table without permission, without an error.
/// Index: none, one row per table. Locks: nothing.
pub fn tables_to_vacuum() -> TablesToVacuumStmt {
    TablesToVacuumStmt(
        "/* maintenance.tables_to_vacuum */ SELECT s.relname::TEXT AS table_name, PG_HAS_ROLE(c.relowner, 'USAGE') OR EXISTS ( SELECT FROM pg_database d WHERE d.datname = CURRENT_DATABASE() AND PG_HAS_ROLE(d.datdba, 'USAGE') ) OR EXISTS ( SELECT FROM ACLEXPLODE(c.relacl) a WHERE a.privilege_type = 'MAINTAIN' AND (a.grantee = 0 OR PG_HAS_ROLE(a.grantee, 'USAGE')) ) OR EXISTS ( SELECT FROM pg_roles r WHERE r.rolname = 'pg_maintain' AND PG_HAS_ROLE(r.oid, 'USAGE') ) AS permitted FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid WHERE s.schemaname = CURRENT_SCHEMA() AND s.relname = ANY ($1::TEXT[]) AND GREATEST(s.n_dead_tup, s.n_mod_since_analyze) >= GREATEST(1000, s.n_live_tup / 20) ORDER BY s.relname",
        None,
    )
}
impl TablesToVacuumStmt {
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
        T2: barqnet_db_client::ArraySql<Item = T1>,
    >(
        &'s self,
        client: &'c C,
        tables: &'a T2,
    ) -> TableToVacuumQuery<'c, 'a, 's, C, TableToVacuum, 1> {
        TableToVacuumQuery {
            client,
            params: [tables],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<TableToVacuumBorrowed, barqnet_db_client::Error> {
                Ok(TableToVacuumBorrowed {
                    table_name: row.try_get(0)?,
                    permitted: row.try_get(1)?,
                })
            },
            mapper: |it| TableToVacuum::from(it),
        }
    }
}
/// The statement [`reindex_sessions`](fn@reindex_sessions).
pub struct ReindexSessionsStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Rebuilds the indexes of user_sessions beside the old ones. Not inside a transaction. If interrupted, an invalid
/// index with suffix _ccnew remains and must be dropped.
/// Index: none; all of the table are rebuilt. Locks: SHARE UPDATE EXCLUSIVE on the table; readers and writers continue.
pub fn reindex_sessions() -> ReindexSessionsStmt {
    ReindexSessionsStmt(
        "/* maintenance.reindex_sessions */ REINDEX TABLE CONCURRENTLY user_sessions",
        None,
    )
}
impl ReindexSessionsStmt {
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
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[]).await
    }
}

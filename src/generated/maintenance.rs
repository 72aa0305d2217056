// Written by the build step from queries/maintenance.sql. Edit that file: `cargo build` brings this one up to date.

//! Scheduled maintenance: expired rows are deleted, old ones archived, personal data that is no longer needed is
//! removed. A batch locks up to `batch` rows for an instant, oldest first in the order of its index, and skips rows that
//! another transaction holds, so that any number of batches can run at once and beside everything else. It can block on
//! rows that reference a deleted row, and on usage_daily while a user is renamed. Call a statement again until it
//! returns less than `batch`. Retention is in seconds; `MaintenancePolicy` has the defaults.

use barqnet_db_client as db;
/// The parameters of [`delete_expired_sessions`](fn@delete_expired_sessions).
#[derive(Clone, Copy, Debug)]
pub struct DeleteExpiredSessionsParams {
    pub keep_seconds: f64,
    pub batch: i64,
}
/// The parameters of [`delete_unseen_devices`](fn@delete_unseen_devices).
#[derive(Clone, Copy, Debug)]
pub struct DeleteUnseenDevicesParams {
    pub keep_seconds: f64,
    pub batch: i64,
}
/// The parameters of [`delete_old_account_tombstones`](fn@delete_old_account_tombstones).
#[derive(Clone, Copy, Debug)]
pub struct DeleteOldAccountTombstonesParams {
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
/// The parameters of [`delete_old_password_failures`](fn@delete_old_password_failures).
#[derive(Clone, Copy, Debug)]
pub struct DeleteOldPasswordFailuresParams {
    pub keep_seconds: f64,
    pub batch: i64,
}
/// The parameters of [`delete_old_usage_marks`](fn@delete_old_usage_marks).
#[derive(Clone, Copy, Debug)]
pub struct DeleteOldUsageMarksParams {
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
/// The parameters of [`fold_usage_days`](fn@fold_usage_days).
#[derive(Clone, Copy, Debug)]
pub struct FoldUsageDaysParams {
    pub keep_seconds: f64,
    pub batch: i64,
}
/// The parameters of [`fold_server_usage`](fn@fold_server_usage).
#[derive(Clone, Copy, Debug)]
pub struct FoldServerUsageParams {
    pub keep_seconds: f64,
    pub batch: i64,
}
/// The parameters of [`delete_old_archived_statistics`](fn@delete_old_archived_statistics).
#[derive(Clone, Copy, Debug)]
pub struct DeleteOldArchivedStatisticsParams {
    pub keep_seconds: f64,
    pub batch: i64,
}
/// The parameters of [`forget_connection_addresses`](fn@forget_connection_addresses).
#[derive(Clone, Copy, Debug)]
pub struct ForgetConnectionAddressesParams {
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
    pub after_id: i64,
    pub batch: i64,
    pub idle_seconds: f64,
}
/// The parameters of [`set_name_skeletons`](fn@set_name_skeletons).
#[derive(Debug)]
pub struct SetNameSkeletonsParams<T1, T2, T3> {
    pub ids: T1,
    pub usernames: T2,
    pub skeletons: T3,
}
/// A row of [`forget_idle_session_addresses`](fn@forget_idle_session_addresses).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct ForgetIdleSessionAddresses {
    pub last_id: Option<i64>,
    pub forgotten: i64,
}
/// A row of [`tables_to_vacuum`](fn@tables_to_vacuum).
#[derive(Debug, Clone, PartialEq)]
pub struct TableToVacuum {
    pub table_name: String,
    pub permitted: bool,
}
/// A [`TableToVacuum`] that borrows from the row it was read from.
pub struct TableToVacuumBorrowed<'a> {
    pub table_name: &'a str,
    pub permitted: bool,
}
impl<'a> From<TableToVacuumBorrowed<'a>> for TableToVacuum {
    fn from(it: TableToVacuumBorrowed<'a>) -> Self {
        Self { table_name: it.table_name.into(), permitted: it.permitted }
    }
}
/// A row of [`list_names_without_skeleton`](fn@list_names_without_skeleton).
#[derive(Debug, Clone, PartialEq)]
pub struct NameWithoutSkeleton {
    pub id: i64,
    pub username: String,
}
/// A [`NameWithoutSkeleton`] that borrows from the row it was read from.
pub struct NameWithoutSkeletonBorrowed<'a> {
    pub id: i64,
    pub username: &'a str,
}
impl<'a> From<NameWithoutSkeletonBorrowed<'a>> for NameWithoutSkeleton {
    fn from(it: NameWithoutSkeletonBorrowed<'a>) -> Self {
        Self { id: it.id, username: it.username.into() }
    }
}
/// The statement [`delete_expired_sessions`](fn@delete_expired_sessions).
#[derive(Clone, Copy, Debug)]
pub struct DeleteExpiredSessionsStmt;
/// Deletes up to `batch` sessions that expired or were revoked more than `keep_seconds` ago, with the history of their
/// tokens. The number of rows is the number deleted.
/// Index: idx_sessions_expires_at, idx_sessions_revoked_at, user_sessions_pkey. Locks: the rows deleted.
pub fn delete_expired_sessions() -> DeleteExpiredSessionsStmt {
    DeleteExpiredSessionsStmt
}
impl DeleteExpiredSessionsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.delete_expired_sessions",
        file: "queries/maintenance.sql",
        line: 10,
        sql: "/* maintenance.delete_expired_sessions */ WITH expired AS ( SELECT id FROM user_sessions WHERE expires_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) ORDER BY expires_at LIMIT $2::BIGINT FOR UPDATE SKIP LOCKED ), revoked AS ( SELECT id FROM user_sessions WHERE revoked AND revoked_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) ORDER BY revoked_at LIMIT $2::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM user_sessions WHERE id = ANY (ARRAY(SELECT id FROM expired UNION SELECT id FROM revoked LIMIT $2::BIGINT))",
        parameters: &["float8", "int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        keep_seconds: &f64,
        batch: &i64,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[keep_seconds, batch]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &DeleteExpiredSessionsParams,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.keep_seconds, &params.batch).await
    }
}
/// The statement [`delete_unseen_devices`](fn@delete_unseen_devices).
#[derive(Clone, Copy, Debug)]
pub struct DeleteUnseenDevicesStmt;
/// Deletes up to `batch` devices that were not used for `keep_seconds`, signed out or not; their sessions stay, without the
/// device. The number of rows is the number deleted.
/// Index: idx_user_devices_last_seen, user_devices_pkey. Locks: the rows deleted and their rows of
/// user_sessions.
pub fn delete_unseen_devices() -> DeleteUnseenDevicesStmt {
    DeleteUnseenDevicesStmt
}
impl DeleteUnseenDevicesStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.delete_unseen_devices",
        file: "queries/maintenance.sql",
        line: 34,
        sql: "/* maintenance.delete_unseen_devices */ WITH unseen AS ( SELECT id FROM user_devices d WHERE last_seen < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) AND device_seen_at(d) < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) ORDER BY last_seen LIMIT $2::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM user_devices WHERE id = ANY (ARRAY(SELECT id FROM unseen))",
        parameters: &["float8", "int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        keep_seconds: &f64,
        batch: &i64,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[keep_seconds, batch]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &DeleteUnseenDevicesParams,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.keep_seconds, &params.batch).await
    }
}
/// The statement [`expire_accounts`](fn@expire_accounts). It needs a full client, because it calls expire_accounts.
#[derive(Clone, Copy, Debug)]
pub struct ExpireAccountsStmt;
/// Lets the expiry of up to `batch` accounts take effect: revokes their sessions, ends their connections as of the last
/// report, and marks them unsynced. Returns how many. `expired` is never NULL: it is a number of accounts.
/// Index: idx_users_expiry, users_pkey, idx_sessions_revoked, idx_vpn_connections_live_user. Locks: the accounts, then their
/// sessions and their connections, each in id order, then what the ends of these lock.
pub fn expire_accounts() -> ExpireAccountsStmt {
    ExpireAccountsStmt
}
impl ExpireAccountsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.expire_accounts",
        file: "queries/maintenance.sql",
        line: 51,
        sql: "/* maintenance.expire_accounts */ SELECT expire_accounts($1::BIGINT) AS expired",
        parameters: &["int8"],
        columns: &[("expired", "int4")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(self, client: &'c C, batch: &'a i64) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [batch], |it| it)
    }
}
impl db::Returning for ExpireAccountsStmt {
    type Row = i32;
    type Borrowed<'r> = i32;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`delete_old_account_tombstones`](fn@delete_old_account_tombstones).
#[derive(Clone, Copy, Debug)]
pub struct DeleteOldAccountTombstonesStmt;
/// Deletes up to `batch` tombstones of accounts that their nodes have not confirmed for `keep_seconds`. The number of rows is
/// the number deleted.
/// Index: idx_account_tombstones_created_at, account_tombstones_pkey. Locks: the rows deleted.
pub fn delete_old_account_tombstones() -> DeleteOldAccountTombstonesStmt {
    DeleteOldAccountTombstonesStmt
}
impl DeleteOldAccountTombstonesStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.delete_old_account_tombstones",
        file: "queries/maintenance.sql",
        line: 58,
        sql: "/* maintenance.delete_old_account_tombstones */ WITH expired AS ( SELECT server_id, id FROM account_tombstones WHERE created_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) ORDER BY created_at LIMIT $2::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM account_tombstones t USING expired WHERE t.server_id = expired.server_id AND t.id = expired.id",
        parameters: &["float8", "int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        keep_seconds: &f64,
        batch: &i64,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[keep_seconds, batch]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &DeleteOldAccountTombstonesParams,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.keep_seconds, &params.batch).await
    }
}
/// The statement [`delete_expired_otp_attempts`](fn@delete_expired_otp_attempts).
#[derive(Clone, Copy, Debug)]
pub struct DeleteExpiredOtpAttemptsStmt;
/// Deletes up to `batch` entries of the report on one-time passwords that expired more than `keep_seconds` ago. No
/// limit depends on them. The number of rows is the number deleted.
/// Index: idx_otp_expires_at, otp_attempts_pkey. Locks: the rows deleted.
pub fn delete_expired_otp_attempts() -> DeleteExpiredOtpAttemptsStmt {
    DeleteExpiredOtpAttemptsStmt
}
impl DeleteExpiredOtpAttemptsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.delete_expired_otp_attempts",
        file: "queries/maintenance.sql",
        line: 75,
        sql: "/* maintenance.delete_expired_otp_attempts */ WITH expired AS ( SELECT id FROM otp_attempts WHERE expires_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) ORDER BY expires_at LIMIT $2::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM otp_attempts WHERE id = ANY (ARRAY(SELECT id FROM expired))",
        parameters: &["float8", "int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        keep_seconds: &f64,
        batch: &i64,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[keep_seconds, batch]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &DeleteExpiredOtpAttemptsParams,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.keep_seconds, &params.batch).await
    }
}
/// The statement [`delete_expired_otp_tickets`](fn@delete_expired_otp_tickets).
#[derive(Clone, Copy, Debug)]
pub struct DeleteExpiredOtpTicketsStmt;
/// Deletes up to `batch` expired tickets. The number of rows is the number deleted.
/// Index: idx_otp_tickets_expires_at, otp_tickets_pkey. Locks: the rows deleted.
pub fn delete_expired_otp_tickets() -> DeleteExpiredOtpTicketsStmt {
    DeleteExpiredOtpTicketsStmt
}
impl DeleteExpiredOtpTicketsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.delete_expired_otp_tickets",
        file: "queries/maintenance.sql",
        line: 90,
        sql: "/* maintenance.delete_expired_otp_tickets */ WITH expired AS ( SELECT ticket_hash FROM otp_tickets WHERE expires_at < CURRENT_TIMESTAMP ORDER BY expires_at LIMIT $1::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM otp_tickets WHERE ticket_hash = ANY (ARRAY(SELECT ticket_hash FROM expired))",
        parameters: &["int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(self, client: &C, batch: &i64) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[batch]).await
    }
}
/// The statement [`delete_quiet_otp_numbers`](fn@delete_quiet_otp_numbers).
#[derive(Clone, Copy, Debug)]
pub struct DeleteQuietOtpNumbersStmt;
/// Deletes the rate-limit state of up to `batch` phone numbers that were inactive for `keep_seconds` and whose last
/// attempt did not fail: no limit depends on it. Less than a day counts as a day, which the daily limit needs. The
/// number of rows is the number deleted.
/// Index: idx_otp_numbers_quiet_since, otp_numbers_pkey. Locks: the rows deleted.
pub fn delete_quiet_otp_numbers() -> DeleteQuietOtpNumbersStmt {
    DeleteQuietOtpNumbersStmt
}
impl DeleteQuietOtpNumbersStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.delete_quiet_otp_numbers",
        file: "queries/maintenance.sql",
        line: 104,
        sql: "/* maintenance.delete_quiet_otp_numbers */ WITH expired AS ( SELECT phone_number FROM otp_numbers WHERE quiet_since < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => GREATEST($1::DOUBLE PRECISION, 86400)) ORDER BY quiet_since LIMIT $2::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM otp_numbers WHERE phone_number = ANY (ARRAY(SELECT phone_number FROM expired))",
        parameters: &["float8", "int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        keep_seconds: &f64,
        batch: &i64,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[keep_seconds, batch]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &DeleteQuietOtpNumbersParams,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.keep_seconds, &params.batch).await
    }
}
/// The statement [`delete_old_password_failures`](fn@delete_old_password_failures).
#[derive(Clone, Copy, Debug)]
pub struct DeleteOldPasswordFailuresStmt;
/// Deletes up to `batch` counts of wrong passwords of names that have no account, `keep_seconds` after the last one and not while the
/// name is locked. The number of rows is the number deleted.
/// Index: idx_password_failures_failed_at, password_failures_pkey. Locks: the rows deleted.
pub fn delete_old_password_failures() -> DeleteOldPasswordFailuresStmt {
    DeleteOldPasswordFailuresStmt
}
impl DeleteOldPasswordFailuresStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.delete_old_password_failures",
        file: "queries/maintenance.sql",
        line: 120,
        sql: "/* maintenance.delete_old_password_failures */ WITH expired AS ( SELECT name_hash FROM password_failures WHERE has_account = FALSE AND failed_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) AND COALESCE(locked_until < CURRENT_TIMESTAMP, TRUE) ORDER BY failed_at LIMIT $2::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM password_failures WHERE name_hash = ANY (ARRAY(SELECT name_hash FROM expired))",
        parameters: &["float8", "int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        keep_seconds: &f64,
        batch: &i64,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[keep_seconds, batch]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &DeleteOldPasswordFailuresParams,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.keep_seconds, &params.batch).await
    }
}
/// The statement [`delete_empty_otp_budgets`](fn@delete_empty_otp_budgets).
#[derive(Clone, Copy, Debug)]
pub struct DeleteEmptyOtpBudgetsStmt;
/// Deletes up to `batch` budgets whose last use has left its window. The number of rows is the number deleted.
/// Index: idx_otp_budgets_empty_at, otp_budgets_pkey. Locks: the rows deleted.
pub fn delete_empty_otp_budgets() -> DeleteEmptyOtpBudgetsStmt {
    DeleteEmptyOtpBudgetsStmt
}
impl DeleteEmptyOtpBudgetsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.delete_empty_otp_budgets",
        file: "queries/maintenance.sql",
        line: 137,
        sql: "/* maintenance.delete_empty_otp_budgets */ WITH expired AS ( SELECT budget, key FROM otp_budgets WHERE empty_at < CURRENT_TIMESTAMP ORDER BY empty_at LIMIT $1::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM otp_budgets b USING expired WHERE b.budget = expired.budget AND b.key = expired.key",
        parameters: &["int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(self, client: &C, batch: &i64) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[batch]).await
    }
}
/// The statement [`delete_expired_otp_codes`](fn@delete_expired_otp_codes).
#[derive(Clone, Copy, Debug)]
pub struct DeleteExpiredOtpCodesStmt;
/// Deletes up to `batch` expired codes. The number of rows is the number deleted.
/// Index: idx_otp_codes_expires_at, otp_codes_pkey. Locks: the rows deleted.
pub fn delete_expired_otp_codes() -> DeleteExpiredOtpCodesStmt {
    DeleteExpiredOtpCodesStmt
}
impl DeleteExpiredOtpCodesStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.delete_expired_otp_codes",
        file: "queries/maintenance.sql",
        line: 153,
        sql: "/* maintenance.delete_expired_otp_codes */ WITH expired AS ( SELECT phone_number, purpose, id FROM otp_codes WHERE expires_at < CURRENT_TIMESTAMP ORDER BY expires_at LIMIT $1::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM otp_codes c USING expired WHERE c.phone_number = expired.phone_number AND c.purpose = expired.purpose AND c.id = expired.id",
        parameters: &["int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(self, client: &C, batch: &i64) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[batch]).await
    }
}
/// The statement [`delete_unused_rate_counters`](fn@delete_unused_rate_counters).
#[derive(Clone, Copy, Debug)]
pub struct DeleteUnusedRateCountersStmt;
/// Deletes up to `batch` counters of budgets whose last use was at least two days ago: none of their windows has a use. The number
/// of rows is the number deleted.
/// Index: idx_rate_counters_used_on, rate_counters_pkey. Locks: the rows deleted.
pub fn delete_unused_rate_counters() -> DeleteUnusedRateCountersStmt {
    DeleteUnusedRateCountersStmt
}
impl DeleteUnusedRateCountersStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.delete_unused_rate_counters",
        file: "queries/maintenance.sql",
        line: 170,
        sql: "/* maintenance.delete_unused_rate_counters */ WITH expired AS ( SELECT budget, key, shard FROM rate_counters WHERE used_on < CURRENT_DATE - 2 ORDER BY used_on LIMIT $1::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM rate_counters c USING expired WHERE c.budget = expired.budget AND c.key = expired.key AND c.shard = expired.shard",
        parameters: &["int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(self, client: &C, batch: &i64) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[batch]).await
    }
}
/// The statement [`delete_old_rate_returns`](fn@delete_old_rate_returns).
#[derive(Clone, Copy, Debug)]
pub struct DeleteOldRateReturnsStmt;
/// Deletes up to `batch` returns of uses that no counter has any longer: of more than 26 hours ago. The number of rows is the
/// number deleted.
/// Index: idx_rate_returns_used_at, rate_returns_pkey. Locks: the rows deleted.
pub fn delete_old_rate_returns() -> DeleteOldRateReturnsStmt {
    DeleteOldRateReturnsStmt
}
impl DeleteOldRateReturnsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.delete_old_rate_returns",
        file: "queries/maintenance.sql",
        line: 188,
        sql: "/* maintenance.delete_old_rate_returns */ WITH expired AS ( SELECT budget, key, shard, use_id FROM rate_returns WHERE used_at < CURRENT_TIMESTAMP - INTERVAL '26 hours' ORDER BY used_at LIMIT $1::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM rate_returns r USING expired WHERE r.budget = expired.budget AND r.key = expired.key AND r.shard = expired.shard AND r.use_id = expired.use_id",
        parameters: &["int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(self, client: &C, batch: &i64) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[batch]).await
    }
}
/// The statement [`expire_plans`](fn@expire_plans). It needs a full client, because it calls expire_plans.
#[derive(Clone, Copy, Debug)]
pub struct ExpirePlansStmt;
/// Lets the end of up to `batch` plans take effect, the earliest first: the connections of their users end, for the reason plan_ended.
/// Returns how many: see expire_plans; `expired` is never NULL. Accounts that another transaction holds are skipped.
/// Index: idx_user_plans_ends_at, users_pkey, idx_vpn_connections_live_user. Locks: the accounts, then their connections and what
/// their ends lock.
pub fn expire_plans() -> ExpirePlansStmt {
    ExpirePlansStmt
}
impl ExpirePlansStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.expire_plans",
        file: "queries/maintenance.sql",
        line: 207,
        sql: "/* maintenance.expire_plans */ SELECT expire_plans($1::BIGINT) AS expired",
        parameters: &["int8"],
        columns: &[("expired", "int4")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(self, client: &'c C, batch: &'a i64) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [batch], |it| it)
    }
}
impl db::Returning for ExpirePlansStmt {
    type Row = i32;
    type Borrowed<'r> = i32;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`delete_old_usage_marks`](fn@delete_old_usage_marks).
#[derive(Clone, Copy, Debug)]
pub struct DeleteOldUsageMarksStmt;
/// Deletes up to `batch` marks of usage of moments more than `keep_seconds` ago, never the one of the start of a plan that a user
/// has. The number of rows is the number deleted.
/// Index: idx_usage_marks_marked_at, idx_user_plans_current, usage_marks_pkey. Locks: the rows deleted.
pub fn delete_old_usage_marks() -> DeleteOldUsageMarksStmt {
    DeleteOldUsageMarksStmt
}
impl DeleteOldUsageMarksStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.delete_old_usage_marks",
        file: "queries/maintenance.sql",
        line: 214,
        sql: "/* maintenance.delete_old_usage_marks */ WITH expired AS ( SELECT m.user_id, m.marked_at FROM usage_marks m WHERE m.marked_at < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) AND NOT EXISTS ( SELECT FROM user_plans a WHERE a.user_id = m.user_id AND a.replaced_at IS NULL AND a.starts_at = m.marked_at ) ORDER BY m.marked_at LIMIT $2::BIGINT FOR UPDATE OF m SKIP LOCKED ) DELETE FROM usage_marks m USING expired e WHERE m.user_id = e.user_id AND m.marked_at = e.marked_at",
        parameters: &["float8", "int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        keep_seconds: &f64,
        batch: &i64,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[keep_seconds, batch]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &DeleteOldUsageMarksParams,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.keep_seconds, &params.batch).await
    }
}
/// The statement [`archive_statistics`](fn@archive_statistics). It needs a full client, because it calls usage_archive.
#[derive(Clone, Copy, Debug)]
pub struct ArchiveStatisticsStmt;
/// Moves up to `batch` ended statistics rows that started more than `keep_seconds` ago to the archive, in one
/// statement: no total changes, no roll-up is touched, and every reader sees a row exactly once. If interrupted, a
/// batch is moved completely or not at all. Rows whose user does not exist (kept from older databases) stay. Returns the number of rows moved; `archived` is never NULL.
/// Index: idx_vpn_statistics_started_at, idx_users_username, vpn_statistics_pkey. Locks: the rows moved from vpn_statistics
/// to vpn_statistics_archive, and their users for the foreign key, without waiting.
pub fn archive_statistics() -> ArchiveStatisticsStmt {
    ArchiveStatisticsStmt
}
impl ArchiveStatisticsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.archive_statistics",
        file: "queries/maintenance.sql",
        line: 238,
        sql: "/* maintenance.archive_statistics */ SELECT usage_archive($1::DOUBLE PRECISION, $2::BIGINT) AS archived",
        parameters: &["float8", "int8"],
        columns: &[("archived", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        keep_seconds: &'a f64,
        batch: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [keep_seconds, batch], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a ArchiveStatisticsParams,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.keep_seconds, &params.batch)
    }
}
impl db::Returning for ArchiveStatisticsStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`roll_up_hours`](fn@roll_up_hours). It needs a full client, because it calls usage_roll_up_days.
#[derive(Clone, Copy, Debug)]
pub struct RollUpHoursStmt;
/// Rolls up to `batch` rows of usage_hourly up into usage_daily, of days that ended more than `keep_seconds` ago, in
/// one statement: no sum changes, and every reader counts an hour exactly once. Returns the number of rows rolled up.
/// `rolled_up` is never NULL: it is a number of rows.
/// Index: idx_usage_hourly_hour, usage_hourly_pkey, usage_daily_pkey. Locks: the rows of usage_hourly, then those of
/// usage_daily, in key order.
pub fn roll_up_hours() -> RollUpHoursStmt {
    RollUpHoursStmt
}
impl RollUpHoursStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.roll_up_hours",
        file: "queries/maintenance.sql",
        line: 246,
        sql: "/* maintenance.roll_up_hours */ SELECT usage_roll_up_days($1::DOUBLE PRECISION, $2::BIGINT) AS rolled_up",
        parameters: &["float8", "int8"],
        columns: &[("rolled_up", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        keep_seconds: &'a f64,
        batch: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [keep_seconds, batch], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a RollUpHoursParams,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.keep_seconds, &params.batch)
    }
}
impl db::Returning for RollUpHoursStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`fold_usage_days`](fn@fold_usage_days). It needs a full client, because it calls usage_fold_days.
#[derive(Clone, Copy, Debug)]
pub struct FoldUsageDaysStmt;
/// Adds up to `batch` rows of usage_daily, of days that ended more than `keep_seconds` ago, to one row per user and server
/// whose day is -infinity, in one statement: no sum changes, and no period has that day. Days of the month under way (UTC) stay,
/// because monthly quotas count them. Returns the number of rows folded.
/// `folded` is never NULL: it is a number of rows.
/// Index: idx_usage_daily_day, usage_daily_pkey. Locks: the rows of usage_daily, first the old ones, then those they are added
/// to, in key order.
pub fn fold_usage_days() -> FoldUsageDaysStmt {
    FoldUsageDaysStmt
}
impl FoldUsageDaysStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.fold_usage_days",
        file: "queries/maintenance.sql",
        line: 254,
        sql: "/* maintenance.fold_usage_days */ SELECT usage_fold_days($1::DOUBLE PRECISION, $2::BIGINT) AS folded",
        parameters: &["float8", "int8"],
        columns: &[("folded", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        keep_seconds: &'a f64,
        batch: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [keep_seconds, batch], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a FoldUsageDaysParams,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.keep_seconds, &params.batch)
    }
}
impl db::Returning for FoldUsageDaysStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`fold_server_usage`](fn@fold_server_usage). It needs a full client, because it calls usage_fold_servers.
#[derive(Clone, Copy, Debug)]
pub struct FoldServerUsageStmt;
/// Adds up to `batch` rows of usage_by_server, of hours older than `keep_seconds`, to one row per server whose hour is
/// -infinity, in one statement: no sum changes, and no period has that hour. Returns the number of rows folded.
/// `folded` is never NULL: it is a number of rows.
/// Index: idx_usage_by_server_hour, usage_by_server_pkey. Locks: the rows of usage_by_server, first the old ones, then those
/// they are added to, in key order.
pub fn fold_server_usage() -> FoldServerUsageStmt {
    FoldServerUsageStmt
}
impl FoldServerUsageStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.fold_server_usage",
        file: "queries/maintenance.sql",
        line: 263,
        sql: "/* maintenance.fold_server_usage */ SELECT usage_fold_servers($1::DOUBLE PRECISION, $2::BIGINT) AS folded",
        parameters: &["float8", "int8"],
        columns: &[("folded", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        keep_seconds: &'a f64,
        batch: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [keep_seconds, batch], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a FoldServerUsageParams,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.keep_seconds, &params.batch)
    }
}
impl db::Returning for FoldServerUsageStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`delete_old_archived_statistics`](fn@delete_old_archived_statistics). It needs a full client, because it calls usage_delete_archived.
#[derive(Clone, Copy, Debug)]
pub struct DeleteOldArchivedStatisticsStmt;
/// Deletes up to `batch` archived statistics rows of sessions that started more than `keep_seconds` ago. Totals stay, because
/// the roll-ups have them; `usage::discrepancies` then names what the rows had. Returns the number of rows deleted; `deleted` is never NULL.
/// Index: idx_vpn_statistics_archive_started_at, vpn_statistics_archive_pkey. Locks: the rows deleted.
pub fn delete_old_archived_statistics() -> DeleteOldArchivedStatisticsStmt {
    DeleteOldArchivedStatisticsStmt
}
impl DeleteOldArchivedStatisticsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.delete_old_archived_statistics",
        file: "queries/maintenance.sql",
        line: 271,
        sql: "/* maintenance.delete_old_archived_statistics */ SELECT usage_delete_archived($1::DOUBLE PRECISION, $2::BIGINT) AS deleted",
        parameters: &["float8", "int8"],
        columns: &[("deleted", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        keep_seconds: &'a f64,
        batch: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [keep_seconds, batch], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a DeleteOldArchivedStatisticsParams,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.keep_seconds, &params.batch)
    }
}
impl db::Returning for DeleteOldArchivedStatisticsStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`forget_connection_addresses`](fn@forget_connection_addresses). It needs a full client, because it calls connection_forget_addresses.
#[derive(Clone, Copy, Debug)]
pub struct ForgetConnectionAddressesStmt;
/// Removes the client's address and public address from up to `batch` connections that ended more than `keep_seconds` ago.
/// Live connections keep theirs, and so do those whose end is unknown. Returns the number of rows changed; `forgotten` is never NULL.
/// Index: idx_vpn_connections_client_addresses, vpn_connections_pkey. Locks: the rows changed.
pub fn forget_connection_addresses() -> ForgetConnectionAddressesStmt {
    ForgetConnectionAddressesStmt
}
impl ForgetConnectionAddressesStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.forget_connection_addresses",
        file: "queries/maintenance.sql",
        line: 277,
        sql: "/* maintenance.forget_connection_addresses */ SELECT connection_forget_addresses($1::DOUBLE PRECISION, $2::BIGINT) AS forgotten",
        parameters: &["float8", "int8"],
        columns: &[("forgotten", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        keep_seconds: &'a f64,
        batch: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [keep_seconds, batch], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a ForgetConnectionAddressesParams,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.keep_seconds, &params.batch)
    }
}
impl db::Returning for ForgetConnectionAddressesStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`delete_old_audit_entries`](fn@delete_old_audit_entries).
#[derive(Clone, Copy, Debug)]
pub struct DeleteOldAuditEntriesStmt;
/// Deletes up to `batch` audit entries older than `keep_seconds`. The number of rows is the number deleted.
/// Index: idx_audit_timestamp, audit_log_pkey. Locks: the rows deleted.
pub fn delete_old_audit_entries() -> DeleteOldAuditEntriesStmt {
    DeleteOldAuditEntriesStmt
}
impl DeleteOldAuditEntriesStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.delete_old_audit_entries",
        file: "queries/maintenance.sql",
        line: 283,
        sql: "/* maintenance.delete_old_audit_entries */ WITH expired AS ( SELECT id FROM audit_log WHERE timestamp < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) ORDER BY timestamp LIMIT $2::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM audit_log WHERE id = ANY (ARRAY(SELECT id FROM expired))",
        parameters: &["float8", "int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        keep_seconds: &f64,
        batch: &i64,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[keep_seconds, batch]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &DeleteOldAuditEntriesParams,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.keep_seconds, &params.batch).await
    }
}
/// The statement [`delete_old_server_health`](fn@delete_old_server_health).
#[derive(Clone, Copy, Debug)]
pub struct DeleteOldServerHealthStmt;
/// Deletes up to `batch` health reports older than `keep_seconds`. The number of rows is the number deleted.
/// Index: idx_server_health_last_check, server_health_pkey. Locks: the rows deleted.
pub fn delete_old_server_health() -> DeleteOldServerHealthStmt {
    DeleteOldServerHealthStmt
}
impl DeleteOldServerHealthStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.delete_old_server_health",
        file: "queries/maintenance.sql",
        line: 297,
        sql: "/* maintenance.delete_old_server_health */ WITH expired AS ( SELECT id FROM server_health WHERE last_check < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1::DOUBLE PRECISION) ORDER BY last_check LIMIT $2::BIGINT FOR UPDATE SKIP LOCKED ) DELETE FROM server_health WHERE id = ANY (ARRAY(SELECT id FROM expired))",
        parameters: &["float8", "int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        keep_seconds: &f64,
        batch: &i64,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[keep_seconds, batch]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &DeleteOldServerHealthParams,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.keep_seconds, &params.batch).await
    }
}
/// The statement [`delete_old_connections`](fn@delete_old_connections). It needs a full client, because it calls connection_delete_ended.
#[derive(Clone, Copy, Debug)]
pub struct DeleteOldConnectionsStmt;
/// Deletes up to `batch` connections that ended more than `keep_seconds` ago, never live ones. If the end is unknown
/// (rows of older databases), the last known time counts. Their statistics stay, with connection_id set to NULL. Returns the number of rows deleted; `deleted` is never NULL.
/// Index: idx_vpn_connections_disconnected_at (holds all live rows as well), vpn_connections_pkey. Locks: the rows deleted
/// and their rows of vpn_statistics.
pub fn delete_old_connections() -> DeleteOldConnectionsStmt {
    DeleteOldConnectionsStmt
}
impl DeleteOldConnectionsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.delete_old_connections",
        file: "queries/maintenance.sql",
        line: 311,
        sql: "/* maintenance.delete_old_connections */ SELECT connection_delete_ended($1::DOUBLE PRECISION, $2::BIGINT) AS deleted",
        parameters: &["float8", "int8"],
        columns: &[("deleted", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        keep_seconds: &'a f64,
        batch: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [keep_seconds, batch], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a DeleteOldConnectionsParams,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.keep_seconds, &params.batch)
    }
}
impl db::Returning for DeleteOldConnectionsStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`forget_idle_session_addresses`](fn@forget_idle_session_addresses); a row is a [`ForgetIdleSessionAddresses`].
#[derive(Clone, Copy, Debug)]
pub struct ForgetIdleSessionAddressesStmt;
/// Reads the `batch` sessions that follow `after_id` and removes address and user agent from those unused for
/// `idle_seconds`; the sessions stay valid. Start with 0 and continue with `last_id` until it is NULL, which is the
/// end.
/// Index: user_sessions_pkey; last_activity has none, so that a touch stays cheap. Locks: the rows, in id order.
pub fn forget_idle_session_addresses() -> ForgetIdleSessionAddressesStmt {
    ForgetIdleSessionAddressesStmt
}
impl ForgetIdleSessionAddressesStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.forget_idle_session_addresses",
        file: "queries/maintenance.sql",
        line: 318,
        sql: "/* maintenance.forget_idle_session_addresses */ WITH page AS ( SELECT id FROM user_sessions WHERE id > $1 ORDER BY id LIMIT $2::BIGINT ), idle AS ( SELECT s.id FROM user_sessions s WHERE s.id = ANY (ARRAY(SELECT id FROM page)) AND COALESCE(s.last_activity, s.created_at) < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $3::DOUBLE PRECISION) AND (s.ip_address IS NOT NULL OR s.user_agent IS NOT NULL) ORDER BY s.id FOR NO KEY UPDATE SKIP LOCKED ), forgotten AS ( UPDATE user_sessions SET ip_address = NULL, user_agent = NULL WHERE id = ANY (ARRAY(SELECT id FROM idle)) RETURNING id ) SELECT (SELECT MAX(id) FROM page) AS last_id, (SELECT COUNT(*) FROM forgotten) AS forgotten",
        parameters: &["int8", "int8", "float8"],
        columns: &[("last_id", "int8"), ("forgotten", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        after_id: &'a i64,
        batch: &'a i64,
        idle_seconds: &'a f64,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [after_id, batch, idle_seconds], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a ForgetIdleSessionAddressesParams,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.after_id, &params.batch, &params.idle_seconds)
    }
}
impl db::Returning for ForgetIdleSessionAddressesStmt {
    type Row = ForgetIdleSessionAddresses;
    type Borrowed<'r> = ForgetIdleSessionAddresses;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(ForgetIdleSessionAddresses { last_id: row.try_get(0)?, forgotten: row.try_get(1)? })
    }
}
/// The statement [`tables_to_vacuum`](fn@tables_to_vacuum); a row is a [`TableToVacuum`].
#[derive(Clone, Copy, Debug)]
pub struct TablesToVacuumStmt;
/// The tables of which at least 1,000 rows and 5 % have changed or were deleted since they were last vacuumed or
/// analysed, by name: a quarter of what autovacuum waits for. `permitted` says whether this role may vacuum the table:
/// VACUUM itself skips a table without permission, without an error.
/// Index: none, one row per table. Locks: nothing.
pub fn tables_to_vacuum() -> TablesToVacuumStmt {
    TablesToVacuumStmt
}
impl TablesToVacuumStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.tables_to_vacuum",
        file: "queries/maintenance.sql",
        line: 349,
        sql: "/* maintenance.tables_to_vacuum */ SELECT s.relname::TEXT AS table_name, PG_HAS_ROLE(c.relowner, 'USAGE') OR EXISTS ( SELECT FROM pg_database d WHERE d.datname = CURRENT_DATABASE() AND PG_HAS_ROLE(d.datdba, 'USAGE') ) OR EXISTS ( SELECT FROM ACLEXPLODE(c.relacl) a WHERE a.privilege_type = 'MAINTAIN' AND (a.grantee = 0 OR PG_HAS_ROLE(a.grantee, 'USAGE')) ) OR EXISTS ( SELECT FROM pg_roles r WHERE r.rolname = 'pg_maintain' AND PG_HAS_ROLE(r.oid, 'USAGE') ) AS permitted FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid WHERE s.schemaname = CURRENT_SCHEMA() AND s.relname = ANY ($1::TEXT[]) AND GREATEST(s.n_dead_tup, s.n_mod_since_analyze) >= GREATEST(1000, s.n_live_tup / 20) ORDER BY s.relname",
        parameters: &["text[]"],
        columns: &[("table_name", "text"), ("permitted", "bool")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        tables: &'a impl db::ArraySql<Item = impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [tables], |it| it.into())
    }
}
impl db::Returning for TablesToVacuumStmt {
    type Row = TableToVacuum;
    type Borrowed<'r> = TableToVacuumBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(TableToVacuumBorrowed { table_name: row.try_get(0)?, permitted: row.try_get(1)? })
    }
}
/// The statement [`reindex_sessions`](fn@reindex_sessions).
#[derive(Clone, Copy, Debug)]
pub struct ReindexSessionsStmt;
/// Rebuilds the indexes of user_sessions beside the old ones. Not inside a transaction. If interrupted, an invalid
/// index with suffix _ccnew remains and must be dropped.
/// Index: none; all of the table are rebuilt. Locks: SHARE UPDATE EXCLUSIVE on the table; readers and writers continue.
pub fn reindex_sessions() -> ReindexSessionsStmt {
    ReindexSessionsStmt
}
impl ReindexSessionsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.reindex_sessions",
        file: "queries/maintenance.sql",
        line: 379,
        sql: "/* maintenance.reindex_sessions */ REINDEX TABLE CONCURRENTLY user_sessions",
        parameters: &[],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(self, client: &C) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[]).await
    }
}
/// The statement [`list_names_without_skeleton`](fn@list_names_without_skeleton); a row is a [`NameWithoutSkeleton`].
#[derive(Clone, Copy, Debug)]
pub struct ListNamesWithoutSkeletonStmt;
/// Up to `batch` accounts whose name has no skeleton (UTS #39) yet, in id order.
/// Index: idx_users_without_skeleton. Locks: nothing.
pub fn list_names_without_skeleton() -> ListNamesWithoutSkeletonStmt {
    ListNamesWithoutSkeletonStmt
}
impl ListNamesWithoutSkeletonStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.list_names_without_skeleton",
        file: "queries/maintenance.sql",
        line: 385,
        sql: "/* maintenance.list_names_without_skeleton */ SELECT id, username FROM users WHERE name_skeleton IS NULL ORDER BY id LIMIT $1::BIGINT",
        parameters: &["int8"],
        columns: &[("id", "int8"), ("username", "varchar")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(self, client: &'c C, batch: &'a i64) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [batch], |it| it.into())
    }
}
impl db::Returning for ListNamesWithoutSkeletonStmt {
    type Row = NameWithoutSkeleton;
    type Borrowed<'r> = NameWithoutSkeletonBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(NameWithoutSkeletonBorrowed { id: row.try_get(0)?, username: row.try_get(1)? })
    }
}
/// The statement [`set_name_skeletons`](fn@set_name_skeletons).
#[derive(Clone, Copy, Debug)]
pub struct SetNameSkeletonsStmt;
/// Stores skeletons of names: `ids`, `usernames` and `skeletons` are parallel arrays. An account that has another name by now, or a
/// skeleton, is left alone. The names stay unchecked: they may look alike.
/// Index: users_pkey, idx_users_without_skeleton. Locks: the rows, in id order.
pub fn set_name_skeletons() -> SetNameSkeletonsStmt {
    SetNameSkeletonsStmt
}
impl SetNameSkeletonsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "maintenance.set_name_skeletons",
        file: "queries/maintenance.sql",
        line: 395,
        sql: "/* maintenance.set_name_skeletons */ WITH named AS ( SELECT u.id, n.skeleton FROM UNNEST($1::BIGINT[], $2::TEXT[], $3::TEXT[]) AS n (id, username, skeleton) JOIN users u ON u.id = n.id WHERE u.username = n.username AND u.name_skeleton IS NULL ORDER BY u.id FOR NO KEY UPDATE OF u ) UPDATE users u SET name_skeleton = named.skeleton FROM named WHERE u.id = named.id",
        parameters: &["int8[]", "text[]", "text[]"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        ids: &impl db::ArraySql<Item = i64>,
        usernames: &impl db::ArraySql<Item = impl db::StringSql>,
        skeletons: &impl db::ArraySql<Item = impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[ids, usernames, skeletons]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &SetNameSkeletonsParams<impl db::ArraySql<Item = i64>, impl db::ArraySql<Item = impl db::StringSql>, impl db::ArraySql<Item = impl db::StringSql>>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.ids, &params.usernames, &params.skeletons).await
    }
}

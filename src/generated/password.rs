// Written by the build step from queries/password.sql. Edit that file: `cargo build` brings this one up to date.

//! Passwords: tries that are limited, and what was counted. Tables and functions: schema/password.sql; limits and durations:
//! src/password/limits.rs. The hash is computed between the two statements, outside of the database: `try` counts a failure in
//! advance, and `verified` takes it back.

use barqnet_db_client as db;
/// The parameters of [`try_password`](fn@try_password).
#[derive(Debug)]
pub struct TryPasswordParams<T1, T2, T3, T4, T5, T6, T7, T8> {
    pub logins: T1,
    pub by_phone_number: bool,
    pub known_token_hash: Option<T2>,
    pub has_code: bool,
    pub lock_every: i32,
    pub lock_seconds: T3,
    pub max_failures: i32,
    pub max_known_failures: i32,
    pub budgets: T4,
    pub keys: T5,
    pub per_minute: T6,
    pub per_hour: T7,
    pub per_day: T8,
}
/// The parameters of [`verified`](fn@verified).
#[derive(Debug)]
pub struct VerifiedParams<T1, T2, T3> {
    pub counted_as: T1,
    pub charged_at: chrono::DateTime<chrono::Utc>,
    pub budgets: T2,
    pub keys: T3,
}
/// The parameters of [`renew_hash`](fn@renew_hash).
#[derive(Debug)]
pub struct RenewHashParams<T1, T2> {
    pub renewed_hash: T1,
    pub id: i64,
    pub verified_hash: T2,
}
/// A row of [`try_password`](fn@try_password).
#[derive(Debug, Clone, PartialEq)]
pub struct PasswordTry {
    pub charged_at: Option<chrono::DateTime<chrono::Utc>>,
    pub counted_as: Option<Vec<u8>>,
    pub uses_budgets: Option<bool>,
    pub user_id: Option<i64>,
    pub username: Option<String>,
    pub stored_hash: Option<String>,
    pub retry_after_seconds: Option<f64>,
    pub refused_by: Option<String>,
}
/// A [`PasswordTry`] that borrows from the row it was read from.
pub struct PasswordTryBorrowed<'a> {
    pub charged_at: Option<chrono::DateTime<chrono::Utc>>,
    pub counted_as: Option<&'a [u8]>,
    pub uses_budgets: Option<bool>,
    pub user_id: Option<i64>,
    pub username: Option<&'a str>,
    pub stored_hash: Option<&'a str>,
    pub retry_after_seconds: Option<f64>,
    pub refused_by: Option<&'a str>,
}
impl<'a> From<PasswordTryBorrowed<'a>> for PasswordTry {
    fn from(it: PasswordTryBorrowed<'a>) -> Self {
        Self {
            charged_at: it.charged_at, counted_as: it.counted_as.map(|v| v.into()), uses_budgets: it.uses_budgets,
            user_id: it.user_id, username: it.username.map(|v| v.into()), stored_hash: it.stored_hash.map(|v| v.into()),
            retry_after_seconds: it.retry_after_seconds, refused_by: it.refused_by.map(|v| v.into()),
        }
    }
}
/// A row of [`status`](fn@status).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct PasswordState {
    pub failures: i32,
    pub locked_until: Option<chrono::DateTime<chrono::Utc>>,
    pub known_failures: i32,
    pub known_locked_until: Option<chrono::DateTime<chrono::Utc>>,
    pub failed_at: chrono::DateTime<chrono::Utc>,
}
/// The statement [`try_password`](fn@try_password); a row is a [`PasswordTry`]. It needs a full client, because it calls password_try.
#[derive(Clone, Copy, Debug)]
pub struct TryPasswordStmt;
/// Allows the password of an account to be compared, and counts the try as a failure, which `verified` takes back. Returns either
/// `charged_at`, `counted_as`, `uses_budgets` and the account, NULL if there is none; or `retry_after_seconds` and `refused_by`, the
/// limit, which no client should learn. `logins` are the forms of what was typed, the likeliest first. The budgets are parallel arrays,
/// in the order of budget and key; all are charged or none. Run it outside a transaction: a rollback would undo the count.
/// Index: idx_users_username, idx_users_phone_number, idx_sessions_token_hash, password_failures_pkey, rate_counters_pkey. Locks: the
/// row in password_failures, then the budgets' rows.
pub fn try_password() -> TryPasswordStmt {
    TryPasswordStmt
}
impl TryPasswordStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "password.try_password",
        file: "queries/password.sql",
        line: 8,
        sql: "/* password.try_password */ SELECT charged_at, counted_as, uses_budgets, user_id, username, stored_hash, retry_after_seconds, refused_by FROM password_try($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        parameters: &["text[]", "bool", "text", "bool", "int4", "float8[]", "int4", "int4", "text[]", "text[]", "int4[]", "int4[]", "int4[]"],
        columns: &[("charged_at", "timestamptz"), ("counted_as", "bytea"), ("uses_budgets", "bool"), ("user_id", "int8"), ("username", "text"), ("stored_hash", "text"), ("retry_after_seconds", "float8"), ("refused_by", "text")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        logins: &'a impl db::ArraySql<Item = impl db::StringSql>,
        by_phone_number: &'a bool,
        known_token_hash: &'a Option<impl db::StringSql>,
        has_code: &'a bool,
        lock_every: &'a i32,
        lock_seconds: &'a impl db::ArraySql<Item = f64>,
        max_failures: &'a i32,
        max_known_failures: &'a i32,
        budgets: &'a impl db::ArraySql<Item = impl db::StringSql>,
        keys: &'a impl db::ArraySql<Item = impl db::StringSql>,
        per_minute: &'a impl db::ArraySql<Item = Option<i32>>,
        per_hour: &'a impl db::ArraySql<Item = Option<i32>>,
        per_day: &'a impl db::ArraySql<Item = Option<i32>>,
    ) -> db::Bound<'c, 'a, C, Self, 13> {
        db::Bound::new(Self::QUERY, client, [
            logins, by_phone_number, known_token_hash, has_code, lock_every, lock_seconds, max_failures,
            max_known_failures, budgets, keys, per_minute, per_hour, per_day,
        ], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a TryPasswordParams<impl db::ArraySql<Item = impl db::StringSql>, impl db::StringSql, impl db::ArraySql<Item = f64>, impl db::ArraySql<Item = impl db::StringSql>, impl db::ArraySql<Item = impl db::StringSql>, impl db::ArraySql<Item = Option<i32>>, impl db::ArraySql<Item = Option<i32>>, impl db::ArraySql<Item = Option<i32>>>,
    ) -> db::Bound<'c, 'a, C, Self, 13> {
        self.bind(
            client, &params.logins, &params.by_phone_number, &params.known_token_hash, &params.has_code,
            &params.lock_every, &params.lock_seconds, &params.max_failures, &params.max_known_failures, &params.budgets,
            &params.keys, &params.per_minute, &params.per_hour, &params.per_day,
        )
    }
}
impl db::Returning for TryPasswordStmt {
    type Row = PasswordTry;
    type Borrowed<'r> = PasswordTryBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(PasswordTryBorrowed {
            charged_at: row.try_get(0)?, counted_as: row.try_get(1)?, uses_budgets: row.try_get(2)?,
            user_id: row.try_get(3)?, username: row.try_get(4)?, stored_hash: row.try_get(5)?,
            retry_after_seconds: row.try_get(6)?, refused_by: row.try_get(7)?,
        })
    }
}
/// The statement [`verified`](fn@verified). It needs a full client, because it calls password_verified.
#[derive(Clone, Copy, Debug)]
pub struct VerifiedStmt;
/// Forgets the wrong passwords of an account after a right one, and gives back what the try has used of the budgets; returns 1. Run it
/// in the transaction of what the password allows.
/// Index: password_failures_pkey, rate_counters_pkey. Locks: the row in password_failures, then the budgets' rows.
pub fn verified() -> VerifiedStmt {
    VerifiedStmt
}
impl VerifiedStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "password.verified",
        file: "queries/password.sql",
        line: 19,
        sql: "/* password.verified */ SELECT 1 AS forgotten FROM password_verified($1, $2, $3, $4)",
        parameters: &["bytea", "timestamptz", "text[]", "text[]"],
        columns: &[("forgotten", "int4")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        counted_as: &'a impl db::BytesSql,
        charged_at: &'a chrono::DateTime<chrono::Utc>,
        budgets: &'a impl db::ArraySql<Item = impl db::StringSql>,
        keys: &'a impl db::ArraySql<Item = impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 4> {
        db::Bound::new(Self::QUERY, client, [counted_as, charged_at, budgets, keys], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a VerifiedParams<impl db::BytesSql, impl db::ArraySql<Item = impl db::StringSql>, impl db::ArraySql<Item = impl db::StringSql>>,
    ) -> db::Bound<'c, 'a, C, Self, 4> {
        self.bind(client, &params.counted_as, &params.charged_at, &params.budgets, &params.keys)
    }
}
impl db::Returning for VerifiedStmt {
    type Row = i32;
    type Borrowed<'r> = i32;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`renew_hash`](fn@renew_hash).
#[derive(Clone, Copy, Debug)]
pub struct RenewHashStmt;
/// Replaces the hash of a password that was just verified by one of another cost. 0 rows means that the account has another hash than
/// `verified_hash` by now.
/// Index: users_pkey. Locks: the row.
pub fn renew_hash() -> RenewHashStmt {
    RenewHashStmt
}
impl RenewHashStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "password.renew_hash",
        file: "queries/password.sql",
        line: 25,
        sql: "/* password.renew_hash */ UPDATE users SET password_hash = $1 WHERE id = $2 AND password_hash = $3",
        parameters: &["varchar", "int8", "text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        renewed_hash: &impl db::StringSql,
        id: &i64,
        verified_hash: &impl db::StringSql,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[renewed_hash, id, verified_hash]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &RenewHashParams<impl db::StringSql, impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.renewed_hash, &params.id, &params.verified_hash).await
    }
}
/// The statement [`status`](fn@status); a row is a [`PasswordState`].
#[derive(Clone, Copy, Debug)]
pub struct StatusStmt;
/// The wrong passwords in a row of an account, and the ends of its locks: of strangers, and of known devices. For operators. No row
/// means that there are none.
/// Index: password_failures_pkey. Locks: nothing.
pub fn status() -> StatusStmt {
    StatusStmt
}
impl StatusStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "password.status",
        file: "queries/password.sql",
        line: 34,
        sql: "/* password.status */ SELECT failures, locked_until, known_failures, known_locked_until, failed_at FROM password_failures WHERE name_hash = name_hash($1)",
        parameters: &["text"],
        columns: &[("failures", "int4"), ("locked_until", "timestamptz"), ("known_failures", "int4"), ("known_locked_until", "timestamptz"), ("failed_at", "timestamptz")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [username], |it| it)
    }
}
impl db::Returning for StatusStmt {
    type Row = PasswordState;
    type Borrowed<'r> = PasswordState;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(PasswordState {
            failures: row.try_get(0)?, locked_until: row.try_get(1)?, known_failures: row.try_get(2)?,
            known_locked_until: row.try_get(3)?, failed_at: row.try_get(4)?,
        })
    }
}
/// The statement [`unlock`](fn@unlock).
#[derive(Clone, Copy, Debug)]
pub struct UnlockStmt;
/// Forgets the wrong passwords of an account, and unlocks it. For an operator who has verified that the owner requests it. 0 rows means
/// that there was nothing to forget.
/// Index: password_failures_pkey. Locks: the row.
pub fn unlock() -> UnlockStmt {
    UnlockStmt
}
impl UnlockStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "password.unlock",
        file: "queries/password.sql",
        line: 42,
        sql: "/* password.unlock */ DELETE FROM password_failures WHERE name_hash = name_hash($1)",
        parameters: &["text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(self, client: &C, username: &impl db::StringSql) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[username]).await
    }
}

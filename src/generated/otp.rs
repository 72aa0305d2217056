// Written by the build step from queries/otp.sql. Edit that file: `cargo build` brings this one up to date.

//! One-time passwords: sending and verifying codes, and the tickets that verified codes are exchanged for. Tables and
//! functions: schema/otp.sql; limits and durations: src/otp/policy.rs. Each decision is one function call: one round trip,
//! under its locks.

use barqnet_db_client as db;
/// The parameters of [`send`](fn@send).
#[derive(Debug)]
pub struct SendParams<T1, T2, T3, T4, T5, T6, T7> {
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
    pub budgets: T4,
    pub keys: T5,
    pub limits: T6,
    pub windows: T7,
}
/// The parameters of [`verify`](fn@verify).
#[derive(Debug)]
pub struct VerifyParams<T1, T2, T3, T4, T5, T6, T7, T8> {
    pub phone_number: T1,
    pub purpose: T2,
    pub code_macs: T3,
    pub key_ids: T4,
    pub ip_address: Option<std::net::IpAddr>,
    pub max_tries_per_code: i32,
    pub lock_every: i32,
    pub lock_seconds: T5,
    pub max_failures: i32,
    pub budget: T6,
    pub budget_key: Option<T7>,
    pub budget_limit: i32,
    pub budget_window: f64,
    pub ticket_hash: T8,
    pub ticket_seconds: f64,
}
/// The parameters of [`spend_ticket`](fn@spend_ticket).
#[derive(Debug)]
pub struct SpendTicketParams<T1, T2> {
    pub ticket_hash: T1,
    pub purpose: T2,
    pub invalidate_others: bool,
}
/// A row of [`send`](fn@send).
#[derive(Debug, Clone, PartialEq)]
pub struct SendDecision {
    pub code_ends_at: Option<chrono::DateTime<chrono::Utc>>,
    pub retry_after_seconds: Option<f64>,
    pub refused_by: Option<String>,
}
/// A [`SendDecision`] that borrows from the row it was read from.
pub struct SendDecisionBorrowed<'a> {
    pub code_ends_at: Option<chrono::DateTime<chrono::Utc>>,
    pub retry_after_seconds: Option<f64>,
    pub refused_by: Option<&'a str>,
}
impl<'a> From<SendDecisionBorrowed<'a>> for SendDecision {
    fn from(it: SendDecisionBorrowed<'a>) -> Self {
        Self {
            code_ends_at: it.code_ends_at, retry_after_seconds: it.retry_after_seconds,
            refused_by: it.refused_by.map(|v| v.into()),
        }
    }
}
/// A row of [`verify`](fn@verify).
#[derive(Debug, Clone, PartialEq)]
pub struct VerifyDecision {
    pub verified: bool,
    pub retry_after_seconds: Option<f64>,
    pub refused_by: Option<String>,
}
/// A [`VerifyDecision`] that borrows from the row it was read from.
pub struct VerifyDecisionBorrowed<'a> {
    pub verified: bool,
    pub retry_after_seconds: Option<f64>,
    pub refused_by: Option<&'a str>,
}
impl<'a> From<VerifyDecisionBorrowed<'a>> for VerifyDecision {
    fn from(it: VerifyDecisionBorrowed<'a>) -> Self {
        Self {
            verified: it.verified, retry_after_seconds: it.retry_after_seconds,
            refused_by: it.refused_by.map(|v| v.into()),
        }
    }
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
    fn from(it: OtpStateBorrowed<'a>) -> Self {
        Self {
            purpose: it.purpose.into(), failures: it.failures, locked_until: it.locked_until,
            sent_last_day: it.sent_last_day, code_expires_at: it.code_expires_at,
        }
    }
}
/// The statement [`send`](fn@send); a row is a [`SendDecision`].
#[derive(Clone, Copy, Debug)]
pub struct SendStmt;
/// Records a new code for a phone number and a purpose, unless a limit refuses it. Returns either `code_ends_at`, the end of
/// the code's lifetime, or `retry_after_seconds` and `refused_by`, the limit, which no client should learn. The budgets are parallel arrays, in the order of budget and key; all are
/// charged or none. Run it outside a transaction: a rollback would undo the count.
/// Index: otp_numbers_pkey, otp_challenges_pkey, otp_budgets_pkey. Locks: the number's row, then the budgets' rows.
pub fn send() -> SendStmt {
    SendStmt
}
impl SendStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "otp.send",
        file: "queries/otp.sql",
        line: 9,
        sql: "/* otp.send */ SELECT code_ends_at, retry_after_seconds, refused_by FROM otp_send_code($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        parameters: &["text", "text", "bytea", "int4", "inet", "float8", "float8", "int4", "int4", "int4", "float8", "text[]", "text[]", "int4[]", "float8[]"],
        columns: &[("code_ends_at", "timestamptz"), ("retry_after_seconds", "float8"), ("refused_by", "text")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        phone_number: &'a impl db::StringSql,
        purpose: &'a impl db::StringSql,
        code_mac: &'a impl db::BytesSql,
        key_id: &'a i32,
        ip_address: &'a Option<std::net::IpAddr>,
        lifetime_seconds: &'a f64,
        cool_down_seconds: &'a f64,
        max_sends_per_hour: &'a i32,
        max_sends_per_day: &'a i32,
        max_failures: &'a i32,
        closed_seconds: &'a f64,
        budgets: &'a impl db::ArraySql<Item = impl db::StringSql>,
        keys: &'a impl db::ArraySql<Item = impl db::StringSql>,
        limits: &'a impl db::ArraySql<Item = i32>,
        windows: &'a impl db::ArraySql<Item = f64>,
    ) -> db::Bound<'c, 'a, C, Self, 15> {
        db::Bound::new(Self::QUERY, client, [
            phone_number, purpose, code_mac, key_id, ip_address, lifetime_seconds, cool_down_seconds,
            max_sends_per_hour, max_sends_per_day, max_failures, closed_seconds, budgets, keys, limits, windows,
        ], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a SendParams<impl db::StringSql, impl db::StringSql, impl db::BytesSql, impl db::ArraySql<Item = impl db::StringSql>, impl db::ArraySql<Item = impl db::StringSql>, impl db::ArraySql<Item = i32>, impl db::ArraySql<Item = f64>>,
    ) -> db::Bound<'c, 'a, C, Self, 15> {
        self.bind(
            client, &params.phone_number, &params.purpose, &params.code_mac, &params.key_id, &params.ip_address,
            &params.lifetime_seconds, &params.cool_down_seconds, &params.max_sends_per_hour, &params.max_sends_per_day,
            &params.max_failures, &params.closed_seconds, &params.budgets, &params.keys, &params.limits,
            &params.windows,
        )
    }
}
impl db::Returning for SendStmt {
    type Row = SendDecision;
    type Borrowed<'r> = SendDecisionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(SendDecisionBorrowed {
            code_ends_at: row.try_get(0)?, retry_after_seconds: row.try_get(1)?, refused_by: row.try_get(2)?,
        })
    }
}
/// The statement [`verify`](fn@verify); a row is a [`VerifyDecision`].
#[derive(Clone, Copy, Debug)]
pub struct VerifyStmt;
/// Compares a code with the number's live one and counts the try, in one statement: a right code is spent and creates the
/// ticket (`verified`), a wrong one counts as a failure and can lock the number. `code_macs` has the code under each key of
/// `key_ids`. `verified` is never NULL: otp_verify_code assigns it first. Run it outside a transaction: a rollback would undo the count.
/// Index: otp_numbers_pkey, otp_challenges_pkey, otp_budgets_pkey, otp_attempts_pkey. Locks: the number's row, then the
/// budget's.
pub fn verify() -> VerifyStmt {
    VerifyStmt
}
impl VerifyStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "otp.verify",
        file: "queries/otp.sql",
        line: 19,
        sql: "/* otp.verify */ SELECT verified, retry_after_seconds, refused_by FROM otp_verify_code($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        parameters: &["text", "text", "bytea[]", "int4[]", "inet", "int4", "int4", "float8[]", "int4", "text", "text", "int4", "float8", "text", "float8"],
        columns: &[("verified", "bool"), ("retry_after_seconds", "float8"), ("refused_by", "text")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        phone_number: &'a impl db::StringSql,
        purpose: &'a impl db::StringSql,
        code_macs: &'a impl db::ArraySql<Item = impl db::BytesSql>,
        key_ids: &'a impl db::ArraySql<Item = i32>,
        ip_address: &'a Option<std::net::IpAddr>,
        max_tries_per_code: &'a i32,
        lock_every: &'a i32,
        lock_seconds: &'a impl db::ArraySql<Item = f64>,
        max_failures: &'a i32,
        budget: &'a impl db::StringSql,
        budget_key: &'a Option<impl db::StringSql>,
        budget_limit: &'a i32,
        budget_window: &'a f64,
        ticket_hash: &'a impl db::StringSql,
        ticket_seconds: &'a f64,
    ) -> db::Bound<'c, 'a, C, Self, 15> {
        db::Bound::new(Self::QUERY, client, [
            phone_number, purpose, code_macs, key_ids, ip_address, max_tries_per_code, lock_every, lock_seconds,
            max_failures, budget, budget_key, budget_limit, budget_window, ticket_hash, ticket_seconds,
        ], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a VerifyParams<impl db::StringSql, impl db::StringSql, impl db::ArraySql<Item = impl db::BytesSql>, impl db::ArraySql<Item = i32>, impl db::ArraySql<Item = f64>, impl db::StringSql, impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 15> {
        self.bind(
            client, &params.phone_number, &params.purpose, &params.code_macs, &params.key_ids, &params.ip_address,
            &params.max_tries_per_code, &params.lock_every, &params.lock_seconds, &params.max_failures, &params.budget,
            &params.budget_key, &params.budget_limit, &params.budget_window, &params.ticket_hash,
            &params.ticket_seconds,
        )
    }
}
impl db::Returning for VerifyStmt {
    type Row = VerifyDecision;
    type Borrowed<'r> = VerifyDecisionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(VerifyDecisionBorrowed {
            verified: row.try_get(0)?, retry_after_seconds: row.try_get(1)?, refused_by: row.try_get(2)?,
        })
    }
}
/// The statement [`spend_ticket`](fn@spend_ticket).
#[derive(Clone, Copy, Debug)]
pub struct SpendTicketStmt;
/// Spends a ticket and returns its phone number. No row means that it is spent, expired, for another purpose, or unknown.
/// With `invalidate_others`, every code and every other ticket of the number becomes invalid, too.
/// Run it in the transaction of what the ticket allows: a rollback restores the ticket. `phone_number` is never NULL: it
/// is the one of the row that was deleted.
/// Index: otp_tickets_pkey, otp_numbers_pkey, otp_challenges_pkey. Locks: the number's row, then the ticket.
pub fn spend_ticket() -> SpendTicketStmt {
    SpendTicketStmt
}
impl SpendTicketStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "otp.spend_ticket",
        file: "queries/otp.sql",
        line: 30,
        sql: "/* otp.spend_ticket */ SELECT phone_number FROM otp_spend_ticket($1, $2, $3)",
        parameters: &["text", "text", "bool"],
        columns: &[("phone_number", "text")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        ticket_hash: &'a impl db::StringSql,
        purpose: &'a impl db::StringSql,
        invalidate_others: &'a bool,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [ticket_hash, purpose, invalidate_others], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a SpendTicketParams<impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.ticket_hash, &params.purpose, &params.invalidate_others)
    }
}
impl db::Returning for SpendTicketStmt {
    type Row = String;
    type Borrowed<'r> = &'r str;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`invalidate`](fn@invalidate).
#[derive(Clone, Copy, Debug)]
pub struct InvalidateStmt;
/// Invalidates every live code and ticket of a phone number, for every purpose; returns 1.
/// Index: otp_numbers_pkey, otp_challenges_pkey, idx_otp_tickets_phone_number. Locks: the number's row, then its tickets.
pub fn invalidate() -> InvalidateStmt {
    InvalidateStmt
}
impl InvalidateStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "otp.invalidate",
        file: "queries/otp.sql",
        line: 38,
        sql: "/* otp.invalidate */ SELECT 1 AS invalidated FROM otp_invalidate($1)",
        parameters: &["text"],
        columns: &[("invalidated", "int4")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        phone_number: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [phone_number], |it| it)
    }
}
impl db::Returning for InvalidateStmt {
    type Row = i32;
    type Borrowed<'r> = i32;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`status`](fn@status); a row is a [`OtpState`].
#[derive(Clone, Copy, Debug)]
pub struct StatusStmt;
/// The state of a phone number, one row per purpose: wrong codes in a row, the end of its lock, codes sent to the number
/// within 24 hours for all purposes together, and the end of its live code. For operators; the code itself is not stored.
/// Index: otp_challenges_pkey, otp_numbers_pkey. Locks: nothing.
pub fn status() -> StatusStmt {
    StatusStmt
}
impl StatusStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "otp.status",
        file: "queries/otp.sql",
        line: 43,
        sql: "/* otp.status */ SELECT c.purpose, c.failures, c.locked_until, (SELECT COUNT(*) FROM UNNEST(n.sent_at) AS s (at) WHERE s.at > CURRENT_TIMESTAMP - INTERVAL '24 hours') AS sent_last_day, CASE WHEN c.code_mac IS NOT NULL AND c.code_expires_at > CURRENT_TIMESTAMP THEN c.code_expires_at END AS code_expires_at FROM otp_challenges c JOIN otp_numbers n ON n.phone_number = c.phone_number WHERE c.phone_number = $1 ORDER BY c.purpose",
        parameters: &["text"],
        columns: &[("purpose", "varchar"), ("failures", "int4"), ("locked_until", "timestamptz"), ("sent_last_day", "int8"), ("code_expires_at", "timestamptz")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        phone_number: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [phone_number], |it| it.into())
    }
}
impl db::Returning for StatusStmt {
    type Row = OtpState;
    type Borrowed<'r> = OtpStateBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(OtpStateBorrowed {
            purpose: row.try_get(0)?, failures: row.try_get(1)?, locked_until: row.try_get(2)?,
            sent_last_day: row.try_get(3)?, code_expires_at: row.try_get(4)?,
        })
    }
}
/// The statement [`unlock`](fn@unlock).
#[derive(Clone, Copy, Debug)]
pub struct UnlockStmt;
/// Resets the failures of a phone number for every purpose, and unlocks it. For an operator, after too many wrong codes.
/// `unlocked` is false if there was nothing to reset; it is never NULL.
/// Index: otp_numbers_pkey, otp_challenges_pkey. Locks: the number's row, then its challenges.
pub fn unlock() -> UnlockStmt {
    UnlockStmt
}
impl UnlockStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "otp.unlock",
        file: "queries/otp.sql",
        line: 57,
        sql: "/* otp.unlock */ SELECT unlocked FROM otp_unlock($1) AS unlocked",
        parameters: &["text"],
        columns: &[("unlocked", "bool")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        phone_number: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [phone_number], |it| it)
    }
}
impl db::Returning for UnlockStmt {
    type Row = bool;
    type Borrowed<'r> = bool;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}

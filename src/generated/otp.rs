// Written by the build step from queries/otp.sql. Edit that file: `cargo build` brings this one up to date.

//! One-time passwords: sending and verifying codes, and the tickets that verified codes are exchanged for. Tables and
//! functions: schema/otp.sql; limits and durations: src/otp/policy.rs. Each decision is one function call: one round trip,
//! under its locks.

use barqnet_db_client as db;
/// The parameters of [`send`](fn@send).
#[derive(Debug)]
pub struct SendParams<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14> {
    pub phone_number: T1,
    pub purpose: T2,
    pub code_mac: T3,
    pub key_id: i32,
    pub ip_address: Option<std::net::IpAddr>,
    pub channel: T4,
    pub known_hash: Option<T5>,
    pub lifetime_seconds: f64,
    pub cool_down_seconds: f64,
    pub max_sends_per_hour: i32,
    pub max_sends_per_day: i32,
    pub max_failures: i32,
    pub max_unknown_failures: i32,
    pub closed_seconds: f64,
    pub budgets: T6,
    pub keys: T7,
    pub shards: T8,
    pub per_minute: T9,
    pub per_hour: T10,
    pub per_day: T11,
    pub reserved_percent: T12,
    pub returns: T13,
    pub prefix: T14,
    pub min_codes: i32,
    pub min_percent: i32,
}
/// The parameters of [`return_send`](fn@return_send).
#[derive(Debug)]
pub struct ReturnSendParams<T1, T2> {
    pub phone_number: T1,
    pub purpose: T2,
    pub code_id: i64,
}
/// The parameters of [`verify`](fn@verify).
#[derive(Debug)]
pub struct VerifyParams<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> {
    pub phone_number: T1,
    pub purpose: T2,
    pub code_macs: T3,
    pub key_ids: T4,
    pub ip_address: Option<std::net::IpAddr>,
    pub known_hash: Option<T5>,
    pub max_tries_per_code: i32,
    pub lock_every: i32,
    pub lock_seconds: T6,
    pub max_failures: i32,
    pub max_unknown_failures: i32,
    pub budgets: T7,
    pub keys: T8,
    pub per_minute: T9,
    pub per_hour: T10,
    pub per_day: T11,
    pub ticket_hash: T12,
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
    pub code_id: Option<i64>,
    pub code_ends_at: Option<chrono::DateTime<chrono::Utc>>,
    pub retry_after_seconds: Option<f64>,
    pub refused_by: Option<String>,
}
/// A [`SendDecision`] that borrows from the row it was read from.
pub struct SendDecisionBorrowed<'a> {
    pub code_id: Option<i64>,
    pub code_ends_at: Option<chrono::DateTime<chrono::Utc>>,
    pub retry_after_seconds: Option<f64>,
    pub refused_by: Option<&'a str>,
}
impl<'a> From<SendDecisionBorrowed<'a>> for SendDecision {
    fn from(it: SendDecisionBorrowed<'a>) -> Self {
        Self {
            code_id: it.code_id, code_ends_at: it.code_ends_at, retry_after_seconds: it.retry_after_seconds,
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
    pub known_failures: i32,
    pub locked_until: Option<chrono::DateTime<chrono::Utc>>,
    pub known_locked_until: Option<chrono::DateTime<chrono::Utc>>,
    pub sent_last_day: i64,
    pub code_expires_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`OtpState`] that borrows from the row it was read from.
pub struct OtpStateBorrowed<'a> {
    pub purpose: &'a str,
    pub failures: i32,
    pub known_failures: i32,
    pub locked_until: Option<chrono::DateTime<chrono::Utc>>,
    pub known_locked_until: Option<chrono::DateTime<chrono::Utc>>,
    pub sent_last_day: i64,
    pub code_expires_at: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<OtpStateBorrowed<'a>> for OtpState {
    fn from(it: OtpStateBorrowed<'a>) -> Self {
        Self {
            purpose: it.purpose.into(), failures: it.failures, known_failures: it.known_failures,
            locked_until: it.locked_until, known_locked_until: it.known_locked_until, sent_last_day: it.sent_last_day,
            code_expires_at: it.code_expires_at,
        }
    }
}
/// The statement [`send`](fn@send); a row is a [`SendDecision`]. It needs a full client, because it calls otp_issue_code.
#[derive(Clone, Copy, Debug)]
pub struct SendStmt;
/// Records a new code for a phone number and a purpose, unless a limit refuses it. Returns either `code_id` and `code_ends_at`, the end
/// of the code's lifetime, or `retry_after_seconds` and `refused_by`, the limit, which no client should learn. The budgets are
/// parallel arrays, in the order of budget and key; all are charged or none. A refusal writes nothing. Run it outside a transaction:
/// a rollback would undo the count.
/// Index: otp_numbers_pkey, otp_challenges_pkey, otp_codes_pkey, rate_counters_pkey, rate_returns_pkey; with `known_hash`
/// idx_sessions_token_hash, users_pkey. Locks: the number's row, then the budgets' rows.
pub fn send() -> SendStmt {
    SendStmt
}
impl SendStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "otp.send",
        file: "queries/otp.sql",
        line: 9,
        sql: "/* otp.send */ SELECT code_id, code_ends_at, retry_after_seconds, refused_by FROM otp_issue_code($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)",
        parameters: &["text", "text", "bytea", "int4", "inet", "text", "text", "float8", "float8", "int4", "int4", "int4", "int4", "float8", "text[]", "text[]", "int4[]", "int4[]", "int4[]", "int4[]", "int4[]", "text[]", "text", "int4", "int4"],
        columns: &[("code_id", "int8"), ("code_ends_at", "timestamptz"), ("retry_after_seconds", "float8"), ("refused_by", "text")],
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
        channel: &'a impl db::StringSql,
        known_hash: &'a Option<impl db::StringSql>,
        lifetime_seconds: &'a f64,
        cool_down_seconds: &'a f64,
        max_sends_per_hour: &'a i32,
        max_sends_per_day: &'a i32,
        max_failures: &'a i32,
        max_unknown_failures: &'a i32,
        closed_seconds: &'a f64,
        budgets: &'a impl db::ArraySql<Item = impl db::StringSql>,
        keys: &'a impl db::ArraySql<Item = impl db::StringSql>,
        shards: &'a impl db::ArraySql<Item = i32>,
        per_minute: &'a impl db::ArraySql<Item = Option<i32>>,
        per_hour: &'a impl db::ArraySql<Item = Option<i32>>,
        per_day: &'a impl db::ArraySql<Item = Option<i32>>,
        reserved_percent: &'a impl db::ArraySql<Item = i32>,
        returns: &'a impl db::ArraySql<Item = impl db::StringSql>,
        prefix: &'a impl db::StringSql,
        min_codes: &'a i32,
        min_percent: &'a i32,
    ) -> db::Bound<'c, 'a, C, Self, 25> {
        db::Bound::new(Self::QUERY, client, [
            phone_number, purpose, code_mac, key_id, ip_address, channel, known_hash, lifetime_seconds,
            cool_down_seconds, max_sends_per_hour, max_sends_per_day, max_failures, max_unknown_failures,
            closed_seconds, budgets, keys, shards, per_minute, per_hour, per_day, reserved_percent, returns, prefix,
            min_codes, min_percent,
        ], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a SendParams<impl db::StringSql, impl db::StringSql, impl db::BytesSql, impl db::StringSql, impl db::StringSql, impl db::ArraySql<Item = impl db::StringSql>, impl db::ArraySql<Item = impl db::StringSql>, impl db::ArraySql<Item = i32>, impl db::ArraySql<Item = Option<i32>>, impl db::ArraySql<Item = Option<i32>>, impl db::ArraySql<Item = Option<i32>>, impl db::ArraySql<Item = i32>, impl db::ArraySql<Item = impl db::StringSql>, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 25> {
        self.bind(
            client, &params.phone_number, &params.purpose, &params.code_mac, &params.key_id, &params.ip_address,
            &params.channel, &params.known_hash, &params.lifetime_seconds, &params.cool_down_seconds,
            &params.max_sends_per_hour, &params.max_sends_per_day, &params.max_failures, &params.max_unknown_failures,
            &params.closed_seconds, &params.budgets, &params.keys, &params.shards, &params.per_minute, &params.per_hour,
            &params.per_day, &params.reserved_percent, &params.returns, &params.prefix, &params.min_codes,
            &params.min_percent,
        )
    }
}
impl db::Returning for SendStmt {
    type Row = SendDecision;
    type Borrowed<'r> = SendDecisionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(SendDecisionBorrowed {
            code_id: row.try_get(0)?, code_ends_at: row.try_get(1)?, retry_after_seconds: row.try_get(2)?,
            refused_by: row.try_get(3)?,
        })
    }
}
/// The statement [`return_send`](fn@return_send). It needs a full client, because it calls otp_return_code.
#[derive(Clone, Copy, Debug)]
pub struct ReturnSendStmt;
/// Takes back a code that reached nobody: it is deleted, and its number and every budget get the use back. `returned` is false if it
/// was verified, taken back or deleted before; it is never NULL.
/// Index: otp_numbers_pkey, otp_codes_pkey, rate_counters_pkey. Locks: the number's row, then the budgets' rows.
pub fn return_send() -> ReturnSendStmt {
    ReturnSendStmt
}
impl ReturnSendStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "otp.return_send",
        file: "queries/otp.sql",
        line: 22,
        sql: "/* otp.return_send */ SELECT returned FROM otp_return_code($1, $2, $3) AS returned",
        parameters: &["text", "text", "int8"],
        columns: &[("returned", "bool")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        phone_number: &'a impl db::StringSql,
        purpose: &'a impl db::StringSql,
        code_id: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [phone_number, purpose, code_id], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a ReturnSendParams<impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.phone_number, &params.purpose, &params.code_id)
    }
}
impl db::Returning for ReturnSendStmt {
    type Row = bool;
    type Borrowed<'r> = bool;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`verify`](fn@verify); a row is a [`VerifyDecision`]. It needs a full client, because it calls otp_check_code.
#[derive(Clone, Copy, Debug)]
pub struct VerifyStmt;
/// Compares a code with the number's live ones and counts the try: a right code is spent and creates the ticket (`verified`), a wrong
/// one counts as a failure and can lock the number. `code_macs` has the code under each key of `key_ids`. `verified` is never NULL:
/// otp_check_code assigns it first. A refusal writes nothing. Run it outside a transaction: a rollback would undo the count.
/// Index: otp_numbers_pkey, otp_challenges_pkey, otp_codes_pkey, rate_counters_pkey, rate_returns_pkey, otp_attempts_pkey,
/// idx_otp_tickets_phone_number; with `known_hash` idx_sessions_token_hash, users_pkey. Locks: the number's row, then the budgets'
/// rows.
pub fn verify() -> VerifyStmt {
    VerifyStmt
}
impl VerifyStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "otp.verify",
        file: "queries/otp.sql",
        line: 28,
        sql: "/* otp.verify */ SELECT verified, retry_after_seconds, refused_by FROM otp_check_code($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        parameters: &["text", "text", "bytea[]", "int4[]", "inet", "text", "int4", "int4", "float8[]", "int4", "int4", "text[]", "text[]", "int4[]", "int4[]", "int4[]", "text", "float8"],
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
        known_hash: &'a Option<impl db::StringSql>,
        max_tries_per_code: &'a i32,
        lock_every: &'a i32,
        lock_seconds: &'a impl db::ArraySql<Item = f64>,
        max_failures: &'a i32,
        max_unknown_failures: &'a i32,
        budgets: &'a impl db::ArraySql<Item = impl db::StringSql>,
        keys: &'a impl db::ArraySql<Item = impl db::StringSql>,
        per_minute: &'a impl db::ArraySql<Item = Option<i32>>,
        per_hour: &'a impl db::ArraySql<Item = Option<i32>>,
        per_day: &'a impl db::ArraySql<Item = Option<i32>>,
        ticket_hash: &'a impl db::StringSql,
        ticket_seconds: &'a f64,
    ) -> db::Bound<'c, 'a, C, Self, 18> {
        db::Bound::new(Self::QUERY, client, [
            phone_number, purpose, code_macs, key_ids, ip_address, known_hash, max_tries_per_code, lock_every,
            lock_seconds, max_failures, max_unknown_failures, budgets, keys, per_minute, per_hour, per_day, ticket_hash,
            ticket_seconds,
        ], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a VerifyParams<impl db::StringSql, impl db::StringSql, impl db::ArraySql<Item = impl db::BytesSql>, impl db::ArraySql<Item = i32>, impl db::StringSql, impl db::ArraySql<Item = f64>, impl db::ArraySql<Item = impl db::StringSql>, impl db::ArraySql<Item = impl db::StringSql>, impl db::ArraySql<Item = Option<i32>>, impl db::ArraySql<Item = Option<i32>>, impl db::ArraySql<Item = Option<i32>>, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 18> {
        self.bind(
            client, &params.phone_number, &params.purpose, &params.code_macs, &params.key_ids, &params.ip_address,
            &params.known_hash, &params.max_tries_per_code, &params.lock_every, &params.lock_seconds,
            &params.max_failures, &params.max_unknown_failures, &params.budgets, &params.keys, &params.per_minute,
            &params.per_hour, &params.per_day, &params.ticket_hash, &params.ticket_seconds,
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
/// The statement [`spend_ticket`](fn@spend_ticket). It needs a full client, because it calls otp_spend_ticket.
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
        line: 40,
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
/// The statement [`invalidate`](fn@invalidate). It needs a full client, because it calls otp_invalidate.
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
        line: 48,
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
/// The state of a phone number, one row per purpose that has failures or codes: wrong codes in a row, those of known devices among
/// them, the ends of the locks, codes sent to the number within 24 hours for all purposes together, and the end of its newest live
/// code. For operators; the code itself is not stored.
/// Index: otp_challenges_pkey, otp_codes_pkey, otp_numbers_pkey. Locks: nothing.
pub fn status() -> StatusStmt {
    StatusStmt
}
impl StatusStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "otp.status",
        file: "queries/otp.sql",
        line: 53,
        sql: "/* otp.status */ WITH purposes AS ( SELECT purpose FROM otp_challenges WHERE phone_number = $1 UNION SELECT purpose FROM otp_codes WHERE phone_number = $1 ) SELECT p.purpose, COALESCE(c.failures, 0) AS failures, COALESCE(c.known_failures, 0) AS known_failures, c.locked_until, c.known_locked_until, (SELECT COUNT(*) FROM UNNEST(n.sent_at) AS s (at) WHERE s.at > CURRENT_TIMESTAMP - INTERVAL '24 hours') AS sent_last_day, GREATEST( CASE WHEN c.code_mac IS NOT NULL AND c.code_expires_at > CURRENT_TIMESTAMP THEN c.code_expires_at END, (SELECT MAX(o.expires_at) FROM otp_codes o WHERE o.phone_number = n.phone_number AND o.purpose = p.purpose AND o.expires_at > CURRENT_TIMESTAMP) ) AS code_expires_at FROM purposes p JOIN otp_numbers n ON n.phone_number = $1 LEFT JOIN otp_challenges c ON c.phone_number = n.phone_number AND c.purpose = p.purpose ORDER BY p.purpose",
        parameters: &["text"],
        columns: &[("purpose", "varchar"), ("failures", "int4"), ("known_failures", "int4"), ("locked_until", "timestamptz"), ("known_locked_until", "timestamptz"), ("sent_last_day", "int8"), ("code_expires_at", "timestamptz")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
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
            purpose: row.try_get(0)?, failures: row.try_get(1)?, known_failures: row.try_get(2)?,
            locked_until: row.try_get(3)?, known_locked_until: row.try_get(4)?, sent_last_day: row.try_get(5)?,
            code_expires_at: row.try_get(6)?,
        })
    }
}
/// The statement [`unlock`](fn@unlock). It needs a full client, because it calls otp_unlock.
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
        line: 80,
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

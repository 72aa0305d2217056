// Written by the build step from queries/sessions.sql. Edit that file: `cargo build` brings this one up to date.

//! Sessions: who is signed in, on which device, and until when. Tables and functions: schema/sessions.sql; limits and
//! durations: src/sessions/policy.rs.
//! The table holds hashes of tokens only, and no query returns one. A session whose revoked flag is NULL counts as revoked.
//! session_is_live() decides whether a session is live: not revoked, before its end, used within `idle_seconds`, and opened
//! after its user's last sign-out everywhere.

use barqnet_db_client as db;
/// The parameters of [`create`](fn@create).
pub struct CreateParams<T1, T2, T3, T4> {
    pub user_id: i64,
    pub token_hash: T1,
    pub device_id: Option<i64>,
    pub device_info: Option<T2>,
    pub ip_address: Option<std::net::IpAddr>,
    pub user_agent: Option<T3>,
    pub lifetime_seconds: f64,
    pub idle_seconds: f64,
    pub max_sessions: Option<i32>,
    pub ends_oldest: bool,
    pub verified_password_hash: Option<T4>,
}
/// The parameters of [`validate`](fn@validate).
pub struct ValidateParams<T1> {
    pub touch_after_seconds: f64,
    pub token_hash: T1,
    pub idle_seconds: f64,
}
/// The parameters of [`present`](fn@present).
pub struct PresentParams<T1> {
    pub id: i64,
    pub token_hash: T1,
}
/// The parameters of [`touch`](fn@touch).
#[derive(Clone, Copy, Debug)]
pub struct TouchParams {
    pub id: i64,
    pub idle_seconds: f64,
    pub touch_after_seconds: f64,
}
/// The parameters of [`touch_batch`](fn@touch_batch).
#[derive(Debug)]
pub struct TouchBatchParams<T1, T2> {
    pub ids: T1,
    pub seen_at: T2,
    pub idle_seconds: f64,
}
/// The parameters of [`rotate`](fn@rotate).
pub struct RotateParams<T1, T2, T3> {
    pub token_hash: T1,
    pub new_token_hash: T2,
    pub ip_address: Option<std::net::IpAddr>,
    pub idle_seconds: f64,
    pub grace_seconds: f64,
    pub family_hash: Option<T3>,
    pub session_id: Option<i64>,
}
/// The parameters of [`list_by_user`](fn@list_by_user).
#[derive(Clone, Copy, Debug)]
pub struct ListByUserParams {
    pub user_id: i64,
    pub before_id: i64,
    pub limit: i64,
}
/// The parameters of [`list_active`](fn@list_active).
#[derive(Clone, Copy, Debug)]
pub struct ListActiveParams {
    pub user_id: i64,
    pub idle_seconds: f64,
    pub before_id: i64,
    pub limit: i64,
}
/// The parameters of [`count_active`](fn@count_active).
#[derive(Clone, Copy, Debug)]
pub struct CountActiveParams {
    pub user_id: i64,
    pub idle_seconds: f64,
}
/// The parameters of [`revoke_one`](fn@revoke_one).
#[derive(Debug)]
pub struct RevokeOneParams<T1> {
    pub reason: T1,
    pub id: i64,
    pub user_id: i64,
}
/// The parameters of [`revoke_some`](fn@revoke_some).
#[derive(Debug)]
pub struct RevokeSomeParams<T1, T2> {
    pub ids: T1,
    pub user_id: i64,
    pub reason: T2,
}
/// The parameters of [`revoke_by_token`](fn@revoke_by_token).
pub struct RevokeByTokenParams<T1, T2> {
    pub reason: T1,
    pub token_hash: T2,
}
/// The parameters of [`revoke_others`](fn@revoke_others).
#[derive(Debug)]
pub struct RevokeOthersParams<T1> {
    pub user_id: i64,
    pub keep_id: i64,
    pub reason: T1,
}
/// The parameters of [`revoke_all`](fn@revoke_all).
#[derive(Debug)]
pub struct RevokeAllParams<T1> {
    pub user_id: i64,
    pub reason: T1,
}
/// A row of [`create`](fn@create).
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    pub outcome: String,
    pub session_id: Option<i64>,
    pub session_ends_at: Option<chrono::DateTime<chrono::Utc>>,
    pub ended: i32,
}
/// A [`Opening`] that borrows from the row it was read from.
pub struct OpeningBorrowed<'a> {
    pub outcome: &'a str,
    pub session_id: Option<i64>,
    pub session_ends_at: Option<chrono::DateTime<chrono::Utc>>,
    pub ended: i32,
}
impl<'a> From<OpeningBorrowed<'a>> for Opening {
    fn from(it: OpeningBorrowed<'a>) -> Self {
        Self {
            outcome: it.outcome.into(), session_id: it.session_id, session_ends_at: it.session_ends_at, ended: it.ended,
        }
    }
}
/// A row of [`validate`](fn@validate).
#[derive(Debug, Clone, PartialEq)]
pub struct ValidSession {
    pub session_id: i64,
    pub user_id: i64,
    pub username: String,
    pub phone_number: Option<String>,
    pub server_id: String,
    pub role: String,
    pub device_id: Option<i64>,
    pub created_at: Option<chrono::DateTime<chrono::Utc>>,
    pub last_activity: Option<chrono::DateTime<chrono::Utc>>,
    pub expires_at: chrono::DateTime<chrono::Utc>,
    pub touch_is_due: bool,
    pub token_presented: bool,
}
/// A [`ValidSession`] that borrows from the row it was read from.
pub struct ValidSessionBorrowed<'a> {
    pub session_id: i64,
    pub user_id: i64,
    pub username: &'a str,
    pub phone_number: Option<&'a str>,
    pub server_id: &'a str,
    pub role: &'a str,
    pub device_id: Option<i64>,
    pub created_at: Option<chrono::DateTime<chrono::Utc>>,
    pub last_activity: Option<chrono::DateTime<chrono::Utc>>,
    pub expires_at: chrono::DateTime<chrono::Utc>,
    pub touch_is_due: bool,
    pub token_presented: bool,
}
impl<'a> From<ValidSessionBorrowed<'a>> for ValidSession {
    fn from(it: ValidSessionBorrowed<'a>) -> Self {
        Self {
            session_id: it.session_id, user_id: it.user_id, username: it.username.into(),
            phone_number: it.phone_number.map(|v| v.into()), server_id: it.server_id.into(), role: it.role.into(),
            device_id: it.device_id, created_at: it.created_at, last_activity: it.last_activity,
            expires_at: it.expires_at, touch_is_due: it.touch_is_due, token_presented: it.token_presented,
        }
    }
}
/// A row of [`rotate`](fn@rotate).
#[derive(Debug, Clone, PartialEq)]
pub struct Rotation {
    pub outcome: String,
    pub session_id: Option<i64>,
    pub user_id: Option<i64>,
    pub session_ends_at: Option<chrono::DateTime<chrono::Utc>>,
    pub generation: Option<i32>,
}
/// A [`Rotation`] that borrows from the row it was read from.
pub struct RotationBorrowed<'a> {
    pub outcome: &'a str,
    pub session_id: Option<i64>,
    pub user_id: Option<i64>,
    pub session_ends_at: Option<chrono::DateTime<chrono::Utc>>,
    pub generation: Option<i32>,
}
impl<'a> From<RotationBorrowed<'a>> for Rotation {
    fn from(it: RotationBorrowed<'a>) -> Self {
        Self {
            outcome: it.outcome.into(), session_id: it.session_id, user_id: it.user_id,
            session_ends_at: it.session_ends_at, generation: it.generation,
        }
    }
}
/// A row of [`list_by_user`](fn@list_by_user), [`list_active`](fn@list_active).
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    pub id: i64,
    pub user_id: i64,
    pub device_id: Option<i64>,
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
    pub id: i64,
    pub user_id: i64,
    pub device_id: Option<i64>,
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
    fn from(it: SessionBorrowed<'a>) -> Self {
        Self {
            id: it.id, user_id: it.user_id, device_id: it.device_id, device_info: it.device_info.map(|v| v.into()),
            ip_address: it.ip_address, user_agent: it.user_agent.map(|v| v.into()), created_at: it.created_at,
            expires_at: it.expires_at, last_activity: it.last_activity, revoked: it.revoked, revoked_at: it.revoked_at,
            revoked_reason: it.revoked_reason.map(|v| v.into()),
        }
    }
}
/// The statement [`create`](fn@create); a row is a [`Opening`]. It needs a full client, because it calls session_create.
#[derive(Clone, Copy, Debug)]
pub struct CreateStmt;
/// Opens a session within the limit of `max_sessions` per user, NULL for no limit. At the limit, `ends_oldest` ends the least
/// recently used session; otherwise the new one is refused. A session of a device replaces the device's earlier ones. `outcome`
/// is created, unusable, device_not_registered, limit_reached, password_changed or token_in_use, which means that a session has
/// this hash or had it before; `outcome` and `ended` are never NULL.
/// Above READ COMMITTED it fails with 40001 if another session of the user was created after the transaction began.
/// Index: users_pkey, user_devices_pkey, idx_sessions_revoked, session_token_history_pkey. Locks: the account's row, then the device,
/// then the sessions that end.
pub fn create() -> CreateStmt {
    CreateStmt
}
impl CreateStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "sessions.create",
        file: "queries/sessions.sql",
        line: 12,
        sql: "/* sessions.create */ SELECT outcome, session_id, session_ends_at, ended FROM session_create($1, $2, $3, $4, plain_address($5), $6, $7, $8, $9, $10, $11)",
        parameters: &["int8", "text", "int8", "text", "inet", "text", "float8", "float8", "int4", "bool", "text"],
        columns: &[("outcome", "text"), ("session_id", "int8"), ("session_ends_at", "timestamptz"), ("ended", "int4")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        user_id: &'a i64,
        token_hash: &'a impl db::StringSql,
        device_id: &'a Option<i64>,
        device_info: &'a Option<impl db::StringSql>,
        ip_address: &'a Option<std::net::IpAddr>,
        user_agent: &'a Option<impl db::StringSql>,
        lifetime_seconds: &'a f64,
        idle_seconds: &'a f64,
        max_sessions: &'a Option<i32>,
        ends_oldest: &'a bool,
        verified_password_hash: &'a Option<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 11> {
        db::Bound::new(Self::QUERY, client, [
            user_id, token_hash, device_id, device_info, ip_address, user_agent, lifetime_seconds, idle_seconds,
            max_sessions, ends_oldest, verified_password_hash,
        ], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a CreateParams<impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 11> {
        self.bind(
            client, &params.user_id, &params.token_hash, &params.device_id, &params.device_info, &params.ip_address,
            &params.user_agent, &params.lifetime_seconds, &params.idle_seconds, &params.max_sessions,
            &params.ends_oldest, &params.verified_password_hash,
        )
    }
}
impl db::Returning for CreateStmt {
    type Row = Opening;
    type Borrowed<'r> = OpeningBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(OpeningBorrowed {
            outcome: row.try_get(0)?, session_id: row.try_get(1)?, session_ends_at: row.try_get(2)?,
            ended: row.try_get(3)?,
        })
    }
}
/// The statement [`validate`](fn@validate); a row is a [`ValidSession`].
#[derive(Clone, Copy, Debug)]
pub struct ValidateStmt;
/// The live session with this token hash, and its usable account. `touch_is_due`: its last use was recorded more than
/// `touch_after_seconds` ago. `token_presented`: FALSE as long as `present` did not record that this token was used. No row means that the token is unknown, replaced, revoked, expired or idle, or that the
/// account is deactivated or expired; do not disclose which. On a replica, what was revoked or replaced a moment ago can still be there, and
/// what is new can be missing: `sessions::validate_on_replica` knows.
/// Index: idx_sessions_token_hash, users_pkey. Locks: nothing.
pub fn validate() -> ValidateStmt {
    ValidateStmt
}
impl ValidateStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "sessions.validate",
        file: "queries/sessions.sql",
        line: 24,
        sql: "/* sessions.validate */ SELECT s.id AS session_id, u.id AS user_id, u.username, u.phone_number, COALESCE(u.server_id, '') AS server_id, u.role, s.device_id, s.created_at, s.last_activity, s.expires_at, COALESCE(s.last_activity < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1) OR s.last_activity > CURRENT_TIMESTAMP, TRUE) AS touch_is_due, s.token_presented FROM user_sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = $2 AND session_is_live(s, u.sessions_valid_after, $3) AND account_is_usable(u.active, u.expires_at)",
        parameters: &["float8", "text", "float8"],
        columns: &[("session_id", "int8"), ("user_id", "int8"), ("username", "varchar"), ("phone_number", "varchar"), ("server_id", "varchar"), ("role", "varchar"), ("device_id", "int8"), ("created_at", "timestamptz"), ("last_activity", "timestamptz"), ("expires_at", "timestamptz"), ("touch_is_due", "bool"), ("token_presented", "bool")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        touch_after_seconds: &'a f64,
        token_hash: &'a impl db::StringSql,
        idle_seconds: &'a f64,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [touch_after_seconds, token_hash, idle_seconds], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a ValidateParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.touch_after_seconds, &params.token_hash, &params.idle_seconds)
    }
}
impl db::Returning for ValidateStmt {
    type Row = ValidSession;
    type Borrowed<'r> = ValidSessionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(ValidSessionBorrowed {
            session_id: row.try_get(0)?, user_id: row.try_get(1)?, username: row.try_get(2)?,
            phone_number: row.try_get(3)?, server_id: row.try_get(4)?, role: row.try_get(5)?,
            device_id: row.try_get(6)?, created_at: row.try_get(7)?, last_activity: row.try_get(8)?,
            expires_at: row.try_get(9)?, touch_is_due: row.try_get(10)?, token_presented: row.try_get(11)?,
        })
    }
}
/// The statement [`present`](fn@present).
#[derive(Clone, Copy, Debug)]
pub struct PresentStmt;
/// Records that a token was used after a rotation: from now on the token that it replaced ends the session. 0 rows means that the
/// token was replaced meanwhile, or that the session was revoked.
/// Index: user_sessions_pkey. Locks: the row, by a HOT update.
pub fn present() -> PresentStmt {
    PresentStmt
}
impl PresentStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "sessions.present",
        file: "queries/sessions.sql",
        line: 49,
        sql: "/* sessions.present */ UPDATE user_sessions s SET token_presented = TRUE, last_activity = GREATEST(s.last_activity, CURRENT_TIMESTAMP) WHERE s.id = $1 AND s.token_hash = $2 AND s.revoked = FALSE",
        parameters: &["int8", "text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        id: &i64,
        token_hash: &impl db::StringSql,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[id, token_hash]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &PresentParams<impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.id, &params.token_hash).await
    }
}
/// The statement [`touch`](fn@touch).
#[derive(Clone, Copy, Debug)]
pub struct TouchStmt;
/// Records use of a session at this moment if the session is live and the stored time is older than `touch_after_seconds`;
/// moves the time backwards only from the future. 0 rows means that it is recent enough, or that the session is over. Does not check the
/// account: call `validate` first.
/// Index: user_sessions_pkey. Locks: the row, if it is written, by a HOT update.
pub fn touch() -> TouchStmt {
    TouchStmt
}
impl TouchStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "sessions.touch",
        file: "queries/sessions.sql",
        line: 60,
        sql: "/* sessions.touch */ UPDATE user_sessions s SET last_activity = CURRENT_TIMESTAMP WHERE s.id = $1 AND session_is_live(s, NULL, $2) AND COALESCE(s.last_activity < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => GREATEST($3::DOUBLE PRECISION, 0)) OR s.last_activity > CLOCK_TIMESTAMP(), TRUE)",
        parameters: &["int8", "float8", "float8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        id: &i64,
        idle_seconds: &f64,
        touch_after_seconds: &f64,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[id, idle_seconds, touch_after_seconds]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(self, client: &C, params: &TouchParams) -> Result<u64, db::Error> {
        self.bind(client, &params.id, &params.idle_seconds, &params.touch_after_seconds).await
    }
}
/// The statement [`touch_batch`](fn@touch_batch).
#[derive(Clone, Copy, Debug)]
pub struct TouchBatchStmt;
/// Records when many sessions were last used: `ids` and `seen_at` are parallel arrays. Skips ids that are unknown, revoked,
/// or were idle for more than `idle_seconds` when seen, and times that are not in the years 1 to 9999. The newest time of a
/// repeated id counts, a time in the future counts as now, and no time moves backwards, except from the future. The number of rows is the number of
/// sessions updated.
/// Index: user_sessions_pkey. Locks: the rows, in id order.
pub fn touch_batch() -> TouchBatchStmt {
    TouchBatchStmt
}
impl TouchBatchStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "sessions.touch_batch",
        file: "queries/sessions.sql",
        line: 72,
        sql: "/* sessions.touch_batch */ WITH seen AS ( SELECT t.id, LEAST(MAX(t.seen_at), CURRENT_TIMESTAMP) AS seen_at FROM UNNEST($1::BIGINT[], $2::TIMESTAMPTZ[]) AS t (id, seen_at) WHERE t.seen_at >= '0001-01-01 00:00:00+00' GROUP BY t.id ), locked AS ( SELECT s.id, seen.seen_at FROM user_sessions s JOIN seen ON seen.id = s.id WHERE s.revoked = FALSE ORDER BY s.id FOR NO KEY UPDATE OF s ) UPDATE user_sessions s SET last_activity = locked.seen_at FROM locked WHERE s.id = locked.id AND s.expires_at > locked.seen_at AND (s.last_activity IS NULL OR s.last_activity < locked.seen_at OR s.last_activity > CLOCK_TIMESTAMP()) AND COALESCE(s.last_activity, s.created_at) + MAKE_INTERVAL(secs => $3) > locked.seen_at",
        parameters: &["int8[]", "timestamptz[]", "float8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        ids: &impl db::ArraySql<Item = i64>,
        seen_at: &impl db::ArraySql<Item = chrono::DateTime<chrono::Utc>>,
        idle_seconds: &f64,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[ids, seen_at, idle_seconds]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &TouchBatchParams<impl db::ArraySql<Item = i64>, impl db::ArraySql<Item = chrono::DateTime<chrono::Utc>>>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.ids, &params.seen_at, &params.idle_seconds).await
    }
}
/// The statement [`rotate`](fn@rotate); a row is a [`Rotation`]. It needs a full client, because it calls session_rotate.
#[derive(Clone, Copy, Debug)]
pub struct RotateStmt;
/// Replaces the token of a live session. `outcome` is rotated, also again for the same token as long as its successor was not
/// presented, which is dead then; concurrent: the token was replaced less than `grace_seconds` ago, and another process has the valid
/// one; reused: the token was replaced before, and the session is revoked now; token_in_use: the new token is the old one, or a
/// session has it or had it lately; invalid: everything else; `outcome` is never NULL. `family_hash` or `session_id` identifies the
/// session of a token that was replaced long ago. Of several tokens of a session the one with the highest `generation` is valid.
/// Index: idx_sessions_token_hash, session_token_history_pkey, idx_session_token_history_session_id, idx_sessions_family_hash. Locks:
/// the session's row.
pub fn rotate() -> RotateStmt {
    RotateStmt
}
impl RotateStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "sessions.rotate",
        file: "queries/sessions.sql",
        line: 101,
        sql: "/* sessions.rotate */ SELECT outcome, session_id, user_id, session_ends_at, generation FROM session_rotate( $1, $2, plain_address($3), $4, $5, $6::TEXT, $7::BIGINT )",
        parameters: &["text", "text", "inet", "float8", "float8", "text", "int8"],
        columns: &[("outcome", "text"), ("session_id", "int8"), ("user_id", "int8"), ("session_ends_at", "timestamptz"), ("generation", "int4")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        token_hash: &'a impl db::StringSql,
        new_token_hash: &'a impl db::StringSql,
        ip_address: &'a Option<std::net::IpAddr>,
        idle_seconds: &'a f64,
        grace_seconds: &'a f64,
        family_hash: &'a Option<impl db::StringSql>,
        session_id: &'a Option<i64>,
    ) -> db::Bound<'c, 'a, C, Self, 7> {
        db::Bound::new(Self::QUERY, client, [
            token_hash, new_token_hash, ip_address, idle_seconds, grace_seconds, family_hash, session_id,
        ], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a RotateParams<impl db::StringSql, impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 7> {
        self.bind(
            client, &params.token_hash, &params.new_token_hash, &params.ip_address, &params.idle_seconds,
            &params.grace_seconds, &params.family_hash, &params.session_id,
        )
    }
}
impl db::Returning for RotateStmt {
    type Row = Rotation;
    type Borrowed<'r> = RotationBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(RotationBorrowed {
            outcome: row.try_get(0)?, session_id: row.try_get(1)?, user_id: row.try_get(2)?,
            session_ends_at: row.try_get(3)?, generation: row.try_get(4)?,
        })
    }
}
/// The statement [`list_by_user`](fn@list_by_user); a row is a [`Session`].
#[derive(Clone, Copy, Debug)]
pub struct ListByUserStmt;
/// One page of all sessions of a user, ended ones included, newest first. Start with `before_id` i64::MAX, continue
/// with the last id received.
/// Index: idx_sessions_user_id. Locks: nothing.
pub fn list_by_user() -> ListByUserStmt {
    ListByUserStmt
}
impl ListByUserStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "sessions.list_by_user",
        file: "queries/sessions.sql",
        line: 114,
        sql: "/* sessions.list_by_user */ SELECT id, user_id, device_id, device_info, ip_address, user_agent, created_at, expires_at, last_activity, COALESCE(revoked, TRUE) AS revoked, revoked_at, revoked_reason FROM user_sessions WHERE user_id = $1 AND id < $2 ORDER BY id + 0 DESC LIMIT $3::BIGINT",
        parameters: &["int8", "int8", "int8"],
        columns: &[("id", "int8"), ("user_id", "int8"), ("device_id", "int8"), ("device_info", "text"), ("ip_address", "inet"), ("user_agent", "text"), ("created_at", "timestamptz"), ("expires_at", "timestamptz"), ("last_activity", "timestamptz"), ("revoked", "bool"), ("revoked_at", "timestamptz"), ("revoked_reason", "varchar")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        user_id: &'a i64,
        before_id: &'a i64,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [user_id, before_id, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a ListByUserParams,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.user_id, &params.before_id, &params.limit)
    }
}
impl db::Returning for ListByUserStmt {
    type Row = Session;
    type Borrowed<'r> = SessionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(SessionBorrowed {
            id: row.try_get(0)?, user_id: row.try_get(1)?, device_id: row.try_get(2)?, device_info: row.try_get(3)?,
            ip_address: row.try_get(4)?, user_agent: row.try_get(5)?, created_at: row.try_get(6)?,
            expires_at: row.try_get(7)?, last_activity: row.try_get(8)?, revoked: row.try_get(9)?,
            revoked_at: row.try_get(10)?, revoked_reason: row.try_get(11)?,
        })
    }
}
/// The statement [`list_active`](fn@list_active); a row is a [`Session`].
#[derive(Clone, Copy, Debug)]
pub struct ListActiveStmt;
/// One page of the live sessions of a user, newest first: the list of devices. Start with `before_id` i64::MAX.
/// Index: idx_sessions_revoked, users_pkey. Locks: nothing.
pub fn list_active() -> ListActiveStmt {
    ListActiveStmt
}
impl ListActiveStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "sessions.list_active",
        file: "queries/sessions.sql",
        line: 137,
        sql: "/* sessions.list_active */ SELECT s.id, s.user_id, s.device_id, s.device_info, s.ip_address, s.user_agent, s.created_at, s.expires_at, s.last_activity, COALESCE(s.revoked, TRUE) AS revoked, s.revoked_at, s.revoked_reason FROM user_sessions s JOIN users u ON u.id = s.user_id WHERE s.user_id = $1 AND session_is_live(s, u.sessions_valid_after, $2) AND s.id < $3 ORDER BY s.id + 0 DESC LIMIT $4::BIGINT",
        parameters: &["int8", "float8", "int8", "int8"],
        columns: ListByUserStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        user_id: &'a i64,
        idle_seconds: &'a f64,
        before_id: &'a i64,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 4> {
        db::Bound::new(Self::QUERY, client, [user_id, idle_seconds, before_id, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a ListActiveParams,
    ) -> db::Bound<'c, 'a, C, Self, 4> {
        self.bind(client, &params.user_id, &params.idle_seconds, &params.before_id, &params.limit)
    }
}
impl db::Returning for ListActiveStmt {
    type Row = Session;
    type Borrowed<'r> = SessionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ListByUserStmt as db::Returning>::read(row)
    }
}
/// The statement [`count_active`](fn@count_active).
#[derive(Clone, Copy, Debug)]
pub struct CountActiveStmt;
/// The number of live sessions of a user.
/// Index: idx_sessions_revoked, users_pkey. Locks: nothing.
pub fn count_active() -> CountActiveStmt {
    CountActiveStmt
}
impl CountActiveStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "sessions.count_active",
        file: "queries/sessions.sql",
        line: 161,
        sql: "/* sessions.count_active */ SELECT COUNT(*) AS active FROM user_sessions s JOIN users u ON u.id = s.user_id WHERE s.user_id = $1 AND session_is_live(s, u.sessions_valid_after, $2)",
        parameters: &["int8", "float8"],
        columns: &[("active", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        user_id: &'a i64,
        idle_seconds: &'a f64,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [user_id, idle_seconds], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a CountActiveParams,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.user_id, &params.idle_seconds)
    }
}
impl db::Returning for CountActiveStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`revoke_one`](fn@revoke_one).
#[derive(Clone, Copy, Debug)]
pub struct RevokeOneStmt;
/// Revokes one session of this user. 0 rows means that the user has no such session, or that it is revoked already.
/// Index: user_sessions_pkey. Locks: the row.
pub fn revoke_one() -> RevokeOneStmt {
    RevokeOneStmt
}
impl RevokeOneStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "sessions.revoke_one",
        file: "queries/sessions.sql",
        line: 170,
        sql: "/* sessions.revoke_one */ UPDATE user_sessions SET revoked = TRUE, revoked_at = CLOCK_TIMESTAMP(), revoked_reason = $1 WHERE id = $2 AND user_id = $3 AND revoked = FALSE",
        parameters: &["varchar", "int8", "int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        reason: &impl db::StringSql,
        id: &i64,
        user_id: &i64,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[reason, id, user_id]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &RevokeOneParams<impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.reason, &params.id, &params.user_id).await
    }
}
/// The statement [`revoke_some`](fn@revoke_some).
#[derive(Clone, Copy, Debug)]
pub struct RevokeSomeStmt;
/// Revokes these sessions of this user, and returns how many. Those of other users, and those that are revoked already, are left
/// alone.
/// Index: user_sessions_pkey. Locks: the rows, in id order.
pub fn revoke_some() -> RevokeSomeStmt {
    RevokeSomeStmt
}
impl RevokeSomeStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "sessions.revoke_some",
        file: "queries/sessions.sql",
        line: 181,
        sql: "/* sessions.revoke_some */ WITH chosen AS ( SELECT s.id FROM user_sessions s WHERE s.id = ANY ($1) AND s.user_id = $2 AND s.revoked = FALSE ORDER BY s.id FOR NO KEY UPDATE ) UPDATE user_sessions s SET revoked = TRUE, revoked_at = CLOCK_TIMESTAMP(), revoked_reason = $3 FROM chosen WHERE s.id = chosen.id",
        parameters: &["int8[]", "int8", "varchar"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        ids: &impl db::ArraySql<Item = i64>,
        user_id: &i64,
        reason: &impl db::StringSql,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[ids, user_id, reason]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &RevokeSomeParams<impl db::ArraySql<Item = i64>, impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.ids, &params.user_id, &params.reason).await
    }
}
/// The statement [`revoke_by_token`](fn@revoke_by_token).
#[derive(Clone, Copy, Debug)]
pub struct RevokeByTokenStmt;
/// Revokes the session with this token hash (sign-out). 0 rows means that there is none, or that it is revoked already.
/// Index: idx_sessions_token_hash. Locks: the row.
pub fn revoke_by_token() -> RevokeByTokenStmt {
    RevokeByTokenStmt
}
impl RevokeByTokenStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "sessions.revoke_by_token",
        file: "queries/sessions.sql",
        line: 201,
        sql: "/* sessions.revoke_by_token */ UPDATE user_sessions SET revoked = TRUE, revoked_at = CLOCK_TIMESTAMP(), revoked_reason = $1 WHERE token_hash = $2 AND revoked = FALSE",
        parameters: &["varchar", "text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        reason: &impl db::StringSql,
        token_hash: &impl db::StringSql,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[reason, token_hash]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &RevokeByTokenParams<impl db::StringSql, impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.reason, &params.token_hash).await
    }
}
/// The statement [`revoke_others`](fn@revoke_others). It needs a full client, because it calls session_revoke_others.
#[derive(Clone, Copy, Debug)]
pub struct RevokeOthersStmt;
/// Revokes every session of a user except one, and returns how many, expired ones included. Locks the account, so that no
/// session is opened at the same time. `ended` is never NULL: it is a number of rows.
/// Index: users_pkey, idx_sessions_revoked. Locks: the account's row, then the sessions, in id order.
pub fn revoke_others() -> RevokeOthersStmt {
    RevokeOthersStmt
}
impl RevokeOthersStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "sessions.revoke_others",
        file: "queries/sessions.sql",
        line: 211,
        sql: "/* sessions.revoke_others */ SELECT ended FROM session_revoke_others($1, $2, $3) AS ended",
        parameters: &["int8", "int8", "text"],
        columns: &[("ended", "int4")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        user_id: &'a i64,
        keep_id: &'a i64,
        reason: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [user_id, keep_id, reason], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a RevokeOthersParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.user_id, &params.keep_id, &params.reason)
    }
}
impl db::Returning for RevokeOthersStmt {
    type Row = i32;
    type Borrowed<'r> = i32;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`revoke_all`](fn@revoke_all). It needs a full client, because it calls session_revoke_all.
#[derive(Clone, Copy, Debug)]
pub struct RevokeAllStmt;
/// Revokes every session of a user, and returns how many, expired ones included. A session that is being opened at this
/// moment ends, too. `ended` is never NULL: it is a number of rows.
/// Index: users_pkey, idx_sessions_revoked. Locks: the account's row, then the sessions, in id order.
pub fn revoke_all() -> RevokeAllStmt {
    RevokeAllStmt
}
impl RevokeAllStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "sessions.revoke_all",
        file: "queries/sessions.sql",
        line: 217,
        sql: "/* sessions.revoke_all */ SELECT ended FROM session_revoke_all($1, $2) AS ended",
        parameters: &["int8", "text"],
        columns: &[("ended", "int4")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        user_id: &'a i64,
        reason: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [user_id, reason], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a RevokeAllParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.user_id, &params.reason)
    }
}
impl db::Returning for RevokeAllStmt {
    type Row = i32;
    type Borrowed<'r> = i32;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}

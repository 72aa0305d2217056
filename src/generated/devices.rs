// Written by the build step from queries/devices.sql. Edit that file: `cargo build` brings this one up to date.

//! Devices: the ones that a user has registered under a stable id, which their client keeps. Sessions and connections can belong to
//! one. Tables and functions: schema/devices.sql; limits: src/devices/policy.rs. What signs a device out has to end its
//! connections in the same transaction, by `connections::close_all_for_devices`: use the module `devices` of the crate.
//! device_seen_at() tells when a device was last used: it reads its sessions and live connections by their indexes.

use barqnet_db_client as db;
/// The parameters of [`register`](fn@register).
#[derive(Debug)]
pub struct RegisterParams<T1, T2, T3> {
    pub user_id: i64,
    pub device_key: T1,
    pub device_name: Option<T2>,
    pub device_type: Option<T3>,
    pub session_id: Option<i64>,
    pub max_devices: Option<i32>,
    pub ends_longest_unseen: bool,
}
/// The parameters of [`revoke`](fn@revoke).
#[derive(Debug)]
pub struct RevokeParams<T1, T2, T3> {
    pub user_id: i64,
    pub device_ids: T1,
    pub reason: T2,
    pub session_reason: T3,
}
/// The parameters of [`revoke_all`](fn@revoke_all).
#[derive(Debug)]
pub struct RevokeAllParams<T1, T2> {
    pub user_id: i64,
    pub reason: T1,
    pub session_reason: T2,
}
/// The parameters of [`rename`](fn@rename).
#[derive(Debug)]
pub struct RenameParams<T1> {
    pub device_name: T1,
    pub id: i64,
    pub user_id: i64,
}
/// The parameters of [`list`](fn@list).
#[derive(Clone, Copy, Debug)]
pub struct ListParams {
    pub user_id: i64,
    pub before_id: i64,
    pub limit: i64,
}
/// A row of [`register`](fn@register).
#[derive(Debug, Clone, PartialEq)]
pub struct Registration {
    pub outcome: String,
    pub device_id: Option<i64>,
    pub was_revoked_for: Option<String>,
    pub ended_ids: Vec<i64>,
}
/// A [`Registration`] that borrows from the row it was read from.
pub struct RegistrationBorrowed<'a> {
    pub outcome: &'a str,
    pub device_id: Option<i64>,
    pub was_revoked_for: Option<&'a str>,
    pub ended_ids: db::types::Array<'a, i64>,
}
impl<'a> From<RegistrationBorrowed<'a>> for Registration {
    fn from(it: RegistrationBorrowed<'a>) -> Self {
        Self {
            outcome: it.outcome.into(), device_id: it.device_id, was_revoked_for: it.was_revoked_for.map(|v| v.into()),
            ended_ids: it.ended_ids.collect(),
        }
    }
}
/// A row of [`revoke`](fn@revoke), [`revoke_all`](fn@revoke_all).
#[derive(Debug, Clone, PartialEq)]
pub struct Revocation {
    pub device_ids: Vec<i64>,
    pub sessions_ended: i32,
}
/// A [`Revocation`] that borrows from the row it was read from.
pub struct RevocationBorrowed<'a> {
    pub device_ids: db::types::Array<'a, i64>,
    pub sessions_ended: i32,
}
impl<'a> From<RevocationBorrowed<'a>> for Revocation {
    fn from(it: RevocationBorrowed<'a>) -> Self {
        Self { device_ids: it.device_ids.collect(), sessions_ended: it.sessions_ended }
    }
}
/// A row of [`by_id`](fn@by_id), [`list`](fn@list).
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    pub id: i64,
    pub user_id: i64,
    pub device_key: String,
    pub device_name: Option<String>,
    pub device_type: Option<String>,
    pub created_at: chrono::DateTime<chrono::Utc>,
    pub last_seen: chrono::DateTime<chrono::Utc>,
    pub revoked_at: Option<chrono::DateTime<chrono::Utc>>,
    pub revoked_reason: Option<String>,
}
/// A [`Device`] that borrows from the row it was read from.
pub struct DeviceBorrowed<'a> {
    pub id: i64,
    pub user_id: i64,
    pub device_key: &'a str,
    pub device_name: Option<&'a str>,
    pub device_type: Option<&'a str>,
    pub created_at: chrono::DateTime<chrono::Utc>,
    pub last_seen: chrono::DateTime<chrono::Utc>,
    pub revoked_at: Option<chrono::DateTime<chrono::Utc>>,
    pub revoked_reason: Option<&'a str>,
}
impl<'a> From<DeviceBorrowed<'a>> for Device {
    fn from(it: DeviceBorrowed<'a>) -> Self {
        Self {
            id: it.id, user_id: it.user_id, device_key: it.device_key.into(),
            device_name: it.device_name.map(|v| v.into()), device_type: it.device_type.map(|v| v.into()),
            created_at: it.created_at, last_seen: it.last_seen, revoked_at: it.revoked_at,
            revoked_reason: it.revoked_reason.map(|v| v.into()),
        }
    }
}
/// The statement [`register`](fn@register); a row is a [`Registration`]. It needs a full client, because it calls device_register.
#[derive(Clone, Copy, Debug)]
pub struct RegisterStmt;
/// Registers a device, or finds the one with this key; what was signed out or lost is registered again. `session_id` belongs to
/// it from then on. At the limit of `max_devices` per user (NULL: no limit; a limit of the user's own counts instead),
/// `ends_longest_unseen` signs out the device that was not used for longest, otherwise the new one is refused. `outcome` is
/// registered, unusable or limit_reached; `outcome` and `ended_ids` are never NULL. A repeated call takes no id.
/// Index: users_pkey, user_devices_user_id_device_key_key, idx_sessions_device_id. Locks: the account's row, the devices and the
/// sessions that end.
pub fn register() -> RegisterStmt {
    RegisterStmt
}
impl RegisterStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "devices.register",
        file: "queries/devices.sql",
        line: 10,
        sql: "/* devices.register */ SELECT outcome, device_id, was_revoked_for, ended_ids FROM device_register( $1::BIGINT, $2::TEXT, $3::TEXT, $4::TEXT, $5::BIGINT, $6::INTEGER, $7::BOOLEAN )",
        parameters: &["int8", "text", "text", "text", "int8", "int4", "bool"],
        columns: &[("outcome", "text"), ("device_id", "int8"), ("was_revoked_for", "text"), ("ended_ids", "int8[]")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        user_id: &'a i64,
        device_key: &'a impl db::StringSql,
        device_name: &'a Option<impl db::StringSql>,
        device_type: &'a Option<impl db::StringSql>,
        session_id: &'a Option<i64>,
        max_devices: &'a Option<i32>,
        ends_longest_unseen: &'a bool,
    ) -> db::Bound<'c, 'a, C, Self, 7> {
        db::Bound::new(Self::QUERY, client, [
            user_id, device_key, device_name, device_type, session_id, max_devices, ends_longest_unseen,
        ], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a RegisterParams<impl db::StringSql, impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 7> {
        self.bind(
            client, &params.user_id, &params.device_key, &params.device_name, &params.device_type, &params.session_id,
            &params.max_devices, &params.ends_longest_unseen,
        )
    }
}
impl db::Returning for RegisterStmt {
    type Row = Registration;
    type Borrowed<'r> = RegistrationBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(RegistrationBorrowed {
            outcome: row.try_get(0)?, device_id: row.try_get(1)?, was_revoked_for: row.try_get(2)?,
            ended_ids: row.try_get(3)?,
        })
    }
}
/// The statement [`revoke`](fn@revoke); a row is a [`Revocation`]. It needs a full client, because it calls device_revoke.
#[derive(Clone, Copy, Debug)]
pub struct RevokeStmt;
/// Signs devices of a user out, with their sessions. `device_ids` are those that belong to the user; it and `sessions_ended` are
/// never NULL.
/// Index: users_pkey, user_devices_pkey, idx_sessions_device_id. Locks: the account's row, the devices, the sessions, each in id
/// order.
pub fn revoke() -> RevokeStmt {
    RevokeStmt
}
impl RevokeStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "devices.revoke",
        file: "queries/devices.sql",
        line: 23,
        sql: "/* devices.revoke */ SELECT device_ids, sessions_ended FROM device_revoke($1::BIGINT, $2::BIGINT[], $3::TEXT, $4::TEXT)",
        parameters: &["int8", "int8[]", "text", "text"],
        columns: &[("device_ids", "int8[]"), ("sessions_ended", "int4")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        user_id: &'a i64,
        device_ids: &'a impl db::ArraySql<Item = i64>,
        reason: &'a impl db::StringSql,
        session_reason: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 4> {
        db::Bound::new(Self::QUERY, client, [user_id, device_ids, reason, session_reason], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a RevokeParams<impl db::ArraySql<Item = i64>, impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 4> {
        self.bind(client, &params.user_id, &params.device_ids, &params.reason, &params.session_reason)
    }
}
impl db::Returning for RevokeStmt {
    type Row = Revocation;
    type Borrowed<'r> = RevocationBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(RevocationBorrowed { device_ids: row.try_get(0)?, sessions_ended: row.try_get(1)? })
    }
}
/// The statement [`revoke_all`](fn@revoke_all); a row is a [`Revocation`]. It needs a full client, because it calls device_revoke.
#[derive(Clone, Copy, Debug)]
pub struct RevokeAllStmt;
/// Signs all devices of a user out, with their sessions. Lock the account first, so that no device is registered meanwhile.
/// `device_ids` are those that were not signed out before; it and `sessions_ended` are never NULL.
/// Index: user_devices_user_id_device_key_key, users_pkey, user_devices_pkey, idx_sessions_device_id. Locks: as `revoke`.
pub fn revoke_all() -> RevokeAllStmt {
    RevokeAllStmt
}
impl RevokeAllStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "devices.revoke_all",
        file: "queries/devices.sql",
        line: 31,
        sql: "/* devices.revoke_all */ SELECT device_ids, sessions_ended FROM device_revoke( $1::BIGINT, ARRAY( SELECT d.id FROM user_devices d WHERE d.user_id = $1::BIGINT AND d.revoked_at IS NULL ORDER BY d.id ), $2::TEXT, $3::TEXT )",
        parameters: &["int8", "text", "text"],
        columns: RevokeStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        user_id: &'a i64,
        reason: &'a impl db::StringSql,
        session_reason: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [user_id, reason, session_reason], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a RevokeAllParams<impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.user_id, &params.reason, &params.session_reason)
    }
}
impl db::Returning for RevokeAllStmt {
    type Row = Revocation;
    type Borrowed<'r> = RevocationBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <RevokeStmt as db::Returning>::read(row)
    }
}
/// The statement [`rename`](fn@rename).
#[derive(Clone, Copy, Debug)]
pub struct RenameStmt;
/// Names a device of a user. Of a longer name the first 255 characters count. 0 rows means that the user has no such device.
/// Index: user_devices_pkey. Locks: the row.
pub fn rename() -> RenameStmt {
    RenameStmt
}
impl RenameStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "devices.rename",
        file: "queries/devices.sql",
        line: 49,
        sql: "/* devices.rename */ UPDATE user_devices SET device_name = LEFT($1::TEXT, 255) WHERE id = $2 AND user_id = $3",
        parameters: &["text", "int8", "int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        device_name: &impl db::StringSql,
        id: &i64,
        user_id: &i64,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[device_name, id, user_id]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &RenameParams<impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.device_name, &params.id, &params.user_id).await
    }
}
/// The statement [`by_id`](fn@by_id); a row is a [`Device`].
#[derive(Clone, Copy, Debug)]
pub struct ByIdStmt;
/// The device with this id, signed out or not. No row means that there is none. `last_seen` is never NULL: device_seen_at returns at
/// least the column of that name.
/// Index: user_devices_pkey. Locks: nothing.
pub fn by_id() -> ByIdStmt {
    ByIdStmt
}
impl ByIdStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "devices.by_id",
        file: "queries/devices.sql",
        line: 57,
        sql: "/* devices.by_id */ SELECT id, user_id, device_key, device_name, device_type, created_at, device_seen_at(d) AS last_seen, revoked_at, revoked_reason FROM user_devices d WHERE id = $1",
        parameters: &["int8"],
        columns: &[("id", "int8"), ("user_id", "int8"), ("device_key", "varchar"), ("device_name", "varchar"), ("device_type", "varchar"), ("created_at", "timestamptz"), ("last_seen", "timestamptz"), ("revoked_at", "timestamptz"), ("revoked_reason", "varchar")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(self, client: &'c C, id: &'a i64) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [id], |it| it.into())
    }
}
impl db::Returning for ByIdStmt {
    type Row = Device;
    type Borrowed<'r> = DeviceBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(DeviceBorrowed {
            id: row.try_get(0)?, user_id: row.try_get(1)?, device_key: row.try_get(2)?, device_name: row.try_get(3)?,
            device_type: row.try_get(4)?, created_at: row.try_get(5)?, last_seen: row.try_get(6)?,
            revoked_at: row.try_get(7)?, revoked_reason: row.try_get(8)?,
        })
    }
}
/// The statement [`list`](fn@list); a row is a [`Device`].
#[derive(Clone, Copy, Debug)]
pub struct ListStmt;
/// One page of the registered devices of a user, newest first; those that were signed out or lost are not listed. Start with
/// `before_id` i64::MAX, continue with the last id received. `last_seen` is never NULL, as in `by_id`.
/// Index: user_devices_user_id_device_key_key. Locks: nothing.
pub fn list() -> ListStmt {
    ListStmt
}
impl ListStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "devices.list",
        file: "queries/devices.sql",
        line: 73,
        sql: "/* devices.list */ SELECT id, user_id, device_key, device_name, device_type, created_at, device_seen_at(d) AS last_seen, revoked_at, revoked_reason FROM user_devices d WHERE user_id = $1 AND revoked_at IS NULL AND id < $2 ORDER BY id + 0 DESC LIMIT $3::BIGINT",
        parameters: &["int8", "int8", "int8"],
        columns: ByIdStmt::QUERY.columns,
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
        params: &'a ListParams,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.user_id, &params.before_id, &params.limit)
    }
}
impl db::Returning for ListStmt {
    type Row = Device;
    type Borrowed<'r> = DeviceBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ByIdStmt as db::Returning>::read(row)
    }
}

// Written by the build step from queries/users.sql. Edit that file: `cargo build` brings this one up to date.

//! Accounts: sign-in by name or phone number, and the VPN profile of each account. Tables and functions: schema/users.sql.
//! account_is_usable() decides whether an account may be used: not deactivated, and not expired.
//! server_id is the empty text for an account without a server, which some databases of the Go product have.

use barqnet_db_client as db;
/// The parameters of [`create`](fn@create).
pub struct CreateParams<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> {
    pub username: T1,
    pub phone_number: Option<T2>,
    pub name_skeleton: Option<T3>,
    pub password_hash: Option<T4>,
    pub created_via: T5,
    pub server_id: T6,
    pub created_by: T7,
    pub protocol: T8,
    pub port: i32,
    pub expires_at: Option<chrono::DateTime<chrono::Utc>>,
    pub ovpn_path: Option<T9>,
    pub checksum: Option<T10>,
}
/// The parameters of [`upsert_vpn_profile`](fn@upsert_vpn_profile).
#[derive(Debug)]
pub struct UpsertVpnProfileParams<T1, T2, T3, T4, T5, T6> {
    pub username: T1,
    pub server_id: T2,
    pub created_by: T3,
    pub protocol: T4,
    pub port: i32,
    pub ovpn_path: Option<T5>,
    pub checksum: Option<T6>,
}
/// The parameters of [`list`](fn@list).
#[derive(Clone, Copy, Debug)]
pub struct ListParams {
    pub after_id: i64,
    pub limit: i64,
}
/// The parameters of [`list_by_server`](fn@list_by_server).
#[derive(Debug)]
pub struct ListByServerParams<T1> {
    pub server_id: T1,
    pub after_id: i64,
    pub limit: i64,
}
/// The parameters of [`list_unsynced`](fn@list_unsynced).
#[derive(Debug)]
pub struct ListUnsyncedParams<T1> {
    pub server_id: T1,
    pub after_id: i64,
    pub limit: i64,
}
/// The parameters of [`mark_synced`](fn@mark_synced).
#[derive(Clone, Copy, Debug)]
pub struct MarkSyncedParams {
    pub id: i64,
    pub sync_version: i64,
}
/// The parameters of [`list_removed`](fn@list_removed).
#[derive(Debug)]
pub struct ListRemovedParams<T1> {
    pub server_id: T1,
    pub after_id: i64,
    pub limit: i64,
}
/// The parameters of [`confirm_removed`](fn@confirm_removed).
#[derive(Debug)]
pub struct ConfirmRemovedParams<T1> {
    pub id: i64,
    pub server_id: T1,
}
/// The parameters of [`update_vpn_profile`](fn@update_vpn_profile).
#[derive(Debug)]
pub struct UpdateVpnProfileParams<T1, T2, T3, T4> {
    pub ovpn_path: Option<T1>,
    pub checksum: Option<T2>,
    pub port: i32,
    pub protocol: T3,
    pub username: T4,
}
/// The parameters of [`touch_last_access`](fn@touch_last_access).
#[derive(Debug)]
pub struct TouchLastAccessParams<T1> {
    pub username: T1,
    pub min_age_seconds: f64,
}
/// The parameters of [`set_password_hash`](fn@set_password_hash).
pub struct SetPasswordHashParams<T1> {
    pub password_hash: T1,
    pub id: i64,
}
/// The parameters of [`set_role`](fn@set_role).
#[derive(Debug)]
pub struct SetRoleParams<T1> {
    pub role: T1,
    pub id: i64,
}
/// The parameters of [`set_phone_number`](fn@set_phone_number).
#[derive(Debug)]
pub struct SetPhoneNumberParams<T1> {
    pub phone_number: Option<T1>,
    pub id: i64,
}
/// The parameters of [`set_expiry`](fn@set_expiry).
#[derive(Debug)]
pub struct SetExpiryParams<T1> {
    pub expires_at: Option<chrono::DateTime<chrono::Utc>>,
    pub username: T1,
}
/// The parameters of [`assign_server`](fn@assign_server).
#[derive(Debug)]
pub struct AssignServerParams<T1, T2> {
    pub server_id: T1,
    pub username: T2,
}
/// The parameters of [`set_limits`](fn@set_limits).
#[derive(Debug)]
pub struct SetLimitsParams<T1> {
    pub max_connections: Option<i32>,
    pub max_devices: Option<i32>,
    pub username: T1,
}
/// The parameters of [`dormancy`](fn@dormancy).
#[derive(Clone, Copy, Debug)]
pub struct DormancyParams {
    pub unused_seconds: f64,
    pub id: i64,
}
/// The parameters of [`recall_number`](fn@recall_number).
#[derive(Debug)]
pub struct RecallNumberParams<T1, T2> {
    pub phone_number: T1,
    pub pseudonyms: T2,
}
/// The parameters of [`erase`](fn@erase).
#[derive(Debug)]
pub struct EraseParams<T1, T2, T3, T4> {
    pub username: T1,
    pub name_skeleton: Option<T2>,
    pub numbers: T3,
    pub pseudonyms: T4,
}
/// A row of [`by_id`](fn@by_id), [`by_username`](fn@by_username), [`by_phone`](fn@by_phone), [`list`](fn@list), [`list_by_server`](fn@list_by_server), [`list_unsynced`](fn@list_unsynced).
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    pub id: i64,
    pub username: String,
    pub phone_number: Option<String>,
    pub created_via: String,
    pub server_id: String,
    pub created_by: String,
    pub role: String,
    pub active: bool,
    pub expires_at: Option<chrono::DateTime<chrono::Utc>>,
    pub protocol: String,
    pub port: i32,
    pub ovpn_path: Option<String>,
    pub checksum: Option<String>,
    pub synced: bool,
    pub sync_version: i64,
    pub created_at: Option<chrono::DateTime<chrono::Utc>>,
    pub last_access: Option<chrono::DateTime<chrono::Utc>>,
    pub last_login: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`User`] that borrows from the row it was read from.
pub struct UserBorrowed<'a> {
    pub id: i64,
    pub username: &'a str,
    pub phone_number: Option<&'a str>,
    pub created_via: &'a str,
    pub server_id: &'a str,
    pub created_by: &'a str,
    pub role: &'a str,
    pub active: bool,
    pub expires_at: Option<chrono::DateTime<chrono::Utc>>,
    pub protocol: &'a str,
    pub port: i32,
    pub ovpn_path: Option<&'a str>,
    pub checksum: Option<&'a str>,
    pub synced: bool,
    pub sync_version: i64,
    pub created_at: Option<chrono::DateTime<chrono::Utc>>,
    pub last_access: Option<chrono::DateTime<chrono::Utc>>,
    pub last_login: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<UserBorrowed<'a>> for User {
    fn from(it: UserBorrowed<'a>) -> Self {
        Self {
            id: it.id, username: it.username.into(), phone_number: it.phone_number.map(|v| v.into()),
            created_via: it.created_via.into(), server_id: it.server_id.into(), created_by: it.created_by.into(),
            role: it.role.into(), active: it.active, expires_at: it.expires_at, protocol: it.protocol.into(),
            port: it.port, ovpn_path: it.ovpn_path.map(|v| v.into()), checksum: it.checksum.map(|v| v.into()),
            synced: it.synced, sync_version: it.sync_version, created_at: it.created_at, last_access: it.last_access,
            last_login: it.last_login,
        }
    }
}
/// A row of [`credentials_by_phone`](fn@credentials_by_phone), [`credentials_by_username`](fn@credentials_by_username).
#[derive(Clone, PartialEq)]
pub struct Credentials {
    pub id: i64,
    pub username: String,
    pub password_hash: Option<String>,
    pub usable: bool,
}
/// A [`Credentials`] that borrows from the row it was read from.
pub struct CredentialsBorrowed<'a> {
    pub id: i64,
    pub username: &'a str,
    pub password_hash: Option<&'a str>,
    pub usable: bool,
}
impl<'a> From<CredentialsBorrowed<'a>> for Credentials {
    fn from(it: CredentialsBorrowed<'a>) -> Self {
        Self {
            id: it.id, username: it.username.into(), password_hash: it.password_hash.map(|v| v.into()),
            usable: it.usable,
        }
    }
}
/// A row of [`vpn_profile`](fn@vpn_profile).
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    pub id: i64,
    pub server_id: String,
    pub protocol: String,
    pub port: i32,
    pub ovpn_path: Option<String>,
    pub checksum: Option<String>,
    pub sync_version: i64,
    pub usable: bool,
}
/// A [`Profile`] that borrows from the row it was read from.
pub struct ProfileBorrowed<'a> {
    pub id: i64,
    pub server_id: &'a str,
    pub protocol: &'a str,
    pub port: i32,
    pub ovpn_path: Option<&'a str>,
    pub checksum: Option<&'a str>,
    pub sync_version: i64,
    pub usable: bool,
}
impl<'a> From<ProfileBorrowed<'a>> for Profile {
    fn from(it: ProfileBorrowed<'a>) -> Self {
        Self {
            id: it.id, server_id: it.server_id.into(), protocol: it.protocol.into(), port: it.port,
            ovpn_path: it.ovpn_path.map(|v| v.into()), checksum: it.checksum.map(|v| v.into()),
            sync_version: it.sync_version, usable: it.usable,
        }
    }
}
/// A row of [`list_removed`](fn@list_removed).
#[derive(Debug, Clone, PartialEq)]
pub struct RemovedAccount {
    pub id: i64,
    pub username: String,
    pub cause: String,
    pub removed_at: chrono::DateTime<chrono::Utc>,
}
/// A [`RemovedAccount`] that borrows from the row it was read from.
pub struct RemovedAccountBorrowed<'a> {
    pub id: i64,
    pub username: &'a str,
    pub cause: &'a str,
    pub removed_at: chrono::DateTime<chrono::Utc>,
}
impl<'a> From<RemovedAccountBorrowed<'a>> for RemovedAccount {
    fn from(it: RemovedAccountBorrowed<'a>) -> Self {
        Self { id: it.id, username: it.username.into(), cause: it.cause.into(), removed_at: it.removed_at }
    }
}
/// A row of [`lock_by_phone`](fn@lock_by_phone), [`lock_by_username`](fn@lock_by_username), [`lock_by_id`](fn@lock_by_id).
#[derive(Debug, Clone, PartialEq)]
pub struct LockedUser {
    pub id: i64,
    pub username: String,
    pub usable: bool,
}
/// A [`LockedUser`] that borrows from the row it was read from.
pub struct LockedUserBorrowed<'a> {
    pub id: i64,
    pub username: &'a str,
    pub usable: bool,
}
impl<'a> From<LockedUserBorrowed<'a>> for LockedUser {
    fn from(it: LockedUserBorrowed<'a>) -> Self {
        Self { id: it.id, username: it.username.into(), usable: it.usable }
    }
}
/// A row of [`limits`](fn@limits).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct UserLimits {
    pub max_connections: Option<i32>,
    pub max_devices: Option<i32>,
}
/// A row of [`count`](fn@count).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct UserCounts {
    pub total: i64,
    pub usable: i64,
    pub expired: i64,
    pub deactivated: i64,
    pub with_phone: i64,
}
/// A row of [`count_by_server`](fn@count_by_server).
#[derive(Debug, Clone, PartialEq)]
pub struct ServerUsers {
    pub server_id: String,
    pub assigned: i64,
    pub active: i64,
    pub unsynced: i64,
}
/// A [`ServerUsers`] that borrows from the row it was read from.
pub struct ServerUsersBorrowed<'a> {
    pub server_id: &'a str,
    pub assigned: i64,
    pub active: i64,
    pub unsynced: i64,
}
impl<'a> From<ServerUsersBorrowed<'a>> for ServerUsers {
    fn from(it: ServerUsersBorrowed<'a>) -> Self {
        Self { server_id: it.server_id.into(), assigned: it.assigned, active: it.active, unsynced: it.unsynced }
    }
}
/// A row of [`dormancy`](fn@dormancy).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct Dormancy {
    pub unused_since: Option<chrono::DateTime<chrono::Utc>>,
    pub is_dormant: bool,
    pub has_password: bool,
}
/// A row of [`by_last_digits`](fn@by_last_digits).
#[derive(Debug, Clone, PartialEq)]
pub struct NumberHolder {
    pub id: i64,
    pub phone_number: String,
}
/// A [`NumberHolder`] that borrows from the row it was read from.
pub struct NumberHolderBorrowed<'a> {
    pub id: i64,
    pub phone_number: &'a str,
}
impl<'a> From<NumberHolderBorrowed<'a>> for NumberHolder {
    fn from(it: NumberHolderBorrowed<'a>) -> Self {
        Self { id: it.id, phone_number: it.phone_number.into() }
    }
}
/// The statement [`create`](fn@create).
#[derive(Clone, Copy, Debug)]
pub struct CreateStmt;
/// Creates an account and returns its id. A name or phone number that is taken is a unique violation
/// (`users_username_key`, `idx_users_phone_number`), and so is the name of an erased person (`erased_names_pkey`); no
/// existing account changes, and no id is taken unless the other account is created at the same time.
/// `name_skeleton` is that of `users::Username`: a name that looks like another one is a unique violation as well
/// (`idx_users_name_skeleton`, `erased_names_pkey`). NULL leaves the name unchecked.
/// Index: users_username_key, idx_users_phone_number, idx_users_name_skeleton, erased_names_pkey. Locks: the inserted row;
/// the rows of users and erased_names that hold what is taken, FOR KEY SHARE.
pub fn create() -> CreateStmt {
    CreateStmt
}
impl CreateStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.create",
        file: "queries/users.sql",
        line: 16,
        sql: "/* users.create */ WITH holder AS ( SELECT u.id FROM users u WHERE u.username = $1::TEXT OR u.phone_number = $2::TEXT OR u.name_skeleton = $3::TEXT FOR KEY SHARE ), erased AS ( SELECT e.name_hash FROM erased_names e WHERE e.name_hash IN (name_hash($1::TEXT), name_hash($3::TEXT)) FOR KEY SHARE ) INSERT INTO users (id, username, phone_number, password_hash, created_via, server_id, created_by, protocol, port, expires_at, ovpn_path, checksum, name_skeleton, name_is_checked) VALUES (CASE WHEN EXISTS (SELECT FROM holder) OR EXISTS (SELECT FROM erased) THEN 0 ELSE NEXTVAL('users_id_seq') END, $1, $2, $4, $5, $6, $7, $8, $9, $10, $11, $12, $3, $3::TEXT IS NOT NULL) RETURNING id",
        parameters: &["text", "text", "text", "varchar", "varchar", "varchar", "varchar", "varchar", "int4", "timestamptz", "text", "varchar"],
        columns: &[("id", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
        phone_number: &'a Option<impl db::StringSql>,
        name_skeleton: &'a Option<impl db::StringSql>,
        password_hash: &'a Option<impl db::StringSql>,
        created_via: &'a impl db::StringSql,
        server_id: &'a impl db::StringSql,
        created_by: &'a impl db::StringSql,
        protocol: &'a impl db::StringSql,
        port: &'a i32,
        expires_at: &'a Option<chrono::DateTime<chrono::Utc>>,
        ovpn_path: &'a Option<impl db::StringSql>,
        checksum: &'a Option<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 12> {
        db::Bound::new(Self::QUERY, client, [
            username, phone_number, name_skeleton, password_hash, created_via, server_id, created_by, protocol, port,
            expires_at, ovpn_path, checksum,
        ], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a CreateParams<impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 12> {
        self.bind(
            client, &params.username, &params.phone_number, &params.name_skeleton, &params.password_hash,
            &params.created_via, &params.server_id, &params.created_by, &params.protocol, &params.port,
            &params.expires_at, &params.ovpn_path, &params.checksum,
        )
    }
}
impl db::Returning for CreateStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`upsert_vpn_profile`](fn@upsert_vpn_profile).
#[derive(Clone, Copy, Debug)]
pub struct UpsertVpnProfileStmt;
/// Creates the account, or replaces the VPN profile of the one with this name and marks it unsynced; returns its id. Phone
/// number, password, activity, expiry and origin of an existing account stay as they are. The name of an erased person is a
/// unique violation (`erased_names_pkey`). If the server is another one, it is `assign_server` as well. Only a new account
/// takes an id.
/// Index: users_username_key, idx_users_username. Locks: the row.
pub fn upsert_vpn_profile() -> UpsertVpnProfileStmt {
    UpsertVpnProfileStmt
}
impl UpsertVpnProfileStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.upsert_vpn_profile",
        file: "queries/users.sql",
        line: 48,
        sql: "/* users.upsert_vpn_profile */ WITH given AS ( SELECT $1::TEXT AS username, $2::TEXT AS server_id, $3::TEXT AS created_by, $4::TEXT AS protocol, $5::INTEGER AS port, $6::TEXT AS ovpn_path, $7::TEXT AS checksum ), replaced AS ( UPDATE users u SET server_id = g.server_id, protocol = g.protocol, port = g.port, ovpn_path = g.ovpn_path, checksum = g.checksum, synced = FALSE FROM given g WHERE u.username = g.username RETURNING u.id ), created AS ( INSERT INTO users (username, server_id, created_by, protocol, port, ovpn_path, checksum) SELECT username, server_id, created_by, protocol, port, ovpn_path, checksum FROM given WHERE NOT EXISTS (SELECT FROM replaced) ON CONFLICT (username) DO UPDATE SET server_id = EXCLUDED.server_id, protocol = EXCLUDED.protocol, port = EXCLUDED.port, ovpn_path = EXCLUDED.ovpn_path, checksum = EXCLUDED.checksum, synced = FALSE RETURNING id ) SELECT id FROM replaced UNION ALL SELECT id FROM created",
        parameters: &["text", "text", "text", "text", "int4", "text", "text"],
        columns: &[("id", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
        server_id: &'a impl db::StringSql,
        created_by: &'a impl db::StringSql,
        protocol: &'a impl db::StringSql,
        port: &'a i32,
        ovpn_path: &'a Option<impl db::StringSql>,
        checksum: &'a Option<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 7> {
        db::Bound::new(Self::QUERY, client, [
            username, server_id, created_by, protocol, port, ovpn_path, checksum,
        ], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a UpsertVpnProfileParams<impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 7> {
        self.bind(
            client, &params.username, &params.server_id, &params.created_by, &params.protocol, &params.port,
            &params.ovpn_path, &params.checksum,
        )
    }
}
impl db::Returning for UpsertVpnProfileStmt {
    type Row = i64;
    type Borrowed<'r> = i64;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`by_id`](fn@by_id); a row is a [`User`].
#[derive(Clone, Copy, Debug)]
pub struct ByIdStmt;
/// The account with this id. No row means that there is none.
/// Index: users_pkey. Locks: nothing.
pub fn by_id() -> ByIdStmt {
    ByIdStmt
}
impl ByIdStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.by_id",
        file: "queries/users.sql",
        line: 97,
        sql: "/* users.by_id */ SELECT id, username, phone_number, COALESCE(created_via, 'api') AS created_via, COALESCE(server_id, '') AS server_id, created_by, role, COALESCE(active, TRUE) AS active, expires_at, COALESCE(protocol, 'udp') AS protocol, COALESCE(port, 1194) AS port, ovpn_path, checksum, COALESCE(synced, FALSE) AS synced, sync_version, created_at, last_access, last_login FROM users WHERE id = $1",
        parameters: &["int8"],
        columns: &[("id", "int8"), ("username", "varchar"), ("phone_number", "varchar"), ("created_via", "varchar"), ("server_id", "varchar"), ("created_by", "varchar"), ("role", "varchar"), ("active", "bool"), ("expires_at", "timestamptz"), ("protocol", "varchar"), ("port", "int4"), ("ovpn_path", "text"), ("checksum", "varchar"), ("synced", "bool"), ("sync_version", "int8"), ("created_at", "timestamptz"), ("last_access", "timestamptz"), ("last_login", "timestamptz")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(self, client: &'c C, id: &'a i64) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [id], |it| it.into())
    }
}
impl db::Returning for ByIdStmt {
    type Row = User;
    type Borrowed<'r> = UserBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(UserBorrowed {
            id: row.try_get(0)?, username: row.try_get(1)?, phone_number: row.try_get(2)?, created_via: row.try_get(3)?,
            server_id: row.try_get(4)?, created_by: row.try_get(5)?, role: row.try_get(6)?, active: row.try_get(7)?,
            expires_at: row.try_get(8)?, protocol: row.try_get(9)?, port: row.try_get(10)?, ovpn_path: row.try_get(11)?,
            checksum: row.try_get(12)?, synced: row.try_get(13)?, sync_version: row.try_get(14)?,
            created_at: row.try_get(15)?, last_access: row.try_get(16)?, last_login: row.try_get(17)?,
        })
    }
}
/// The statement [`by_username`](fn@by_username); a row is a [`User`].
#[derive(Clone, Copy, Debug)]
pub struct ByUsernameStmt;
/// The account with this name. No row means that there is none.
/// Index: idx_users_username. Locks: nothing.
pub fn by_username() -> ByUsernameStmt {
    ByUsernameStmt
}
impl ByUsernameStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.by_username",
        file: "queries/users.sql",
        line: 121,
        sql: "/* users.by_username */ SELECT id, username, phone_number, COALESCE(created_via, 'api') AS created_via, COALESCE(server_id, '') AS server_id, created_by, role, COALESCE(active, TRUE) AS active, expires_at, COALESCE(protocol, 'udp') AS protocol, COALESCE(port, 1194) AS port, ovpn_path, checksum, COALESCE(synced, FALSE) AS synced, sync_version, created_at, last_access, last_login FROM users WHERE username = $1",
        parameters: &["text"],
        columns: ByIdStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [username], |it| it.into())
    }
}
impl db::Returning for ByUsernameStmt {
    type Row = User;
    type Borrowed<'r> = UserBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ByIdStmt as db::Returning>::read(row)
    }
}
/// The statement [`by_phone`](fn@by_phone); a row is a [`User`].
#[derive(Clone, Copy, Debug)]
pub struct ByPhoneStmt;
/// The account with this phone number (E.164). No row means that there is none.
/// Index: idx_users_phone_number. Locks: nothing.
pub fn by_phone() -> ByPhoneStmt {
    ByPhoneStmt
}
impl ByPhoneStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.by_phone",
        file: "queries/users.sql",
        line: 145,
        sql: "/* users.by_phone */ SELECT id, username, phone_number, COALESCE(created_via, 'api') AS created_via, COALESCE(server_id, '') AS server_id, created_by, role, COALESCE(active, TRUE) AS active, expires_at, COALESCE(protocol, 'udp') AS protocol, COALESCE(port, 1194) AS port, ovpn_path, checksum, COALESCE(synced, FALSE) AS synced, sync_version, created_at, last_access, last_login FROM users WHERE phone_number = $1",
        parameters: &["text"],
        columns: ByIdStmt::QUERY.columns,
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
impl db::Returning for ByPhoneStmt {
    type Row = User;
    type Borrowed<'r> = UserBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ByIdStmt as db::Returning>::read(row)
    }
}
/// The statement [`credentials_by_phone`](fn@credentials_by_phone); a row is a [`Credentials`]. It needs a full client, because it is marked `primary`.
#[derive(Clone, Copy, Debug)]
pub struct CredentialsByPhoneStmt;
/// What a sign-in by phone number needs; `usable` is false for an account that is deactivated or expired. No row means
/// that no account has this number: answer as for a wrong password.
/// Index: idx_users_phone_number. Locks: nothing.
pub fn credentials_by_phone() -> CredentialsByPhoneStmt {
    CredentialsByPhoneStmt
}
impl CredentialsByPhoneStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.credentials_by_phone",
        file: "queries/users.sql",
        line: 169,
        sql: "/* users.credentials_by_phone */ SELECT id, username, password_hash, account_is_usable(active, expires_at) AS usable FROM users WHERE phone_number = $1",
        parameters: &["text"],
        columns: &[("id", "int8"), ("username", "varchar"), ("password_hash", "varchar"), ("usable", "bool")],
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
impl db::Returning for CredentialsByPhoneStmt {
    type Row = Credentials;
    type Borrowed<'r> = CredentialsBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(CredentialsBorrowed {
            id: row.try_get(0)?, username: row.try_get(1)?, password_hash: row.try_get(2)?, usable: row.try_get(3)?,
        })
    }
}
/// The statement [`credentials_by_username`](fn@credentials_by_username); a row is a [`Credentials`]. It needs a full client, because it is marked `primary`.
#[derive(Clone, Copy, Debug)]
pub struct CredentialsByUsernameStmt;
/// What a sign-in by name needs; `usable` is false for an account that is deactivated or expired. No row means that no
/// account has this name: answer as for a wrong password.
/// Index: idx_users_username. Locks: nothing.
pub fn credentials_by_username() -> CredentialsByUsernameStmt {
    CredentialsByUsernameStmt
}
impl CredentialsByUsernameStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.credentials_by_username",
        file: "queries/users.sql",
        line: 180,
        sql: "/* users.credentials_by_username */ SELECT id, username, password_hash, account_is_usable(active, expires_at) AS usable FROM users WHERE username = $1",
        parameters: &["text"],
        columns: CredentialsByPhoneStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [username], |it| it.into())
    }
}
impl db::Returning for CredentialsByUsernameStmt {
    type Row = Credentials;
    type Borrowed<'r> = CredentialsBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <CredentialsByPhoneStmt as db::Returning>::read(row)
    }
}
/// The statement [`password_hash_by_id`](fn@password_hash_by_id). It needs a full client, because it is marked `primary`.
#[derive(Clone, Copy, Debug)]
pub struct PasswordHashByIdStmt;
/// The stored password hash; NULL if the account has no password. No row means that there is no such account.
/// Index: users_pkey. Locks: nothing.
pub fn password_hash_by_id() -> PasswordHashByIdStmt {
    PasswordHashByIdStmt
}
impl PasswordHashByIdStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.password_hash_by_id",
        file: "queries/users.sql",
        line: 191,
        sql: "/* users.password_hash_by_id */ SELECT password_hash FROM users WHERE id = $1",
        parameters: &["int8"],
        columns: &[("password_hash", "varchar")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(self, client: &'c C, id: &'a i64) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [id], |it| it.map(|v| v.into()))
    }
}
impl db::Returning for PasswordHashByIdStmt {
    type Row = Option<String>;
    type Borrowed<'r> = Option<&'r str>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`vpn_profile`](fn@vpn_profile); a row is a [`Profile`].
#[derive(Clone, Copy, Debug)]
pub struct VpnProfileStmt;
/// What an end node needs to serve an account, and the version to confirm by `mark_synced`. No row means that no account
/// has this name.
/// Index: idx_users_username. Locks: nothing.
pub fn vpn_profile() -> VpnProfileStmt {
    VpnProfileStmt
}
impl VpnProfileStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.vpn_profile",
        file: "queries/users.sql",
        line: 198,
        sql: "/* users.vpn_profile */ SELECT id, COALESCE(server_id, '') AS server_id, COALESCE(protocol, 'udp') AS protocol, COALESCE(port, 1194) AS port, ovpn_path, checksum, sync_version, account_is_usable(active, expires_at) AS usable FROM users WHERE username = $1",
        parameters: &["text"],
        columns: &[("id", "int8"), ("server_id", "varchar"), ("protocol", "varchar"), ("port", "int4"), ("ovpn_path", "text"), ("checksum", "varchar"), ("sync_version", "int8"), ("usable", "bool")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [username], |it| it.into())
    }
}
impl db::Returning for VpnProfileStmt {
    type Row = Profile;
    type Borrowed<'r> = ProfileBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(ProfileBorrowed {
            id: row.try_get(0)?, server_id: row.try_get(1)?, protocol: row.try_get(2)?, port: row.try_get(3)?,
            ovpn_path: row.try_get(4)?, checksum: row.try_get(5)?, sync_version: row.try_get(6)?,
            usable: row.try_get(7)?,
        })
    }
}
/// The statement [`exists`](fn@exists).
#[derive(Clone, Copy, Debug)]
pub struct ExistsStmt;
/// Whether an account has this name. To claim a name, call `create` and handle the unique violation instead.
/// Index: idx_users_username. Locks: nothing.
pub fn exists() -> ExistsStmt {
    ExistsStmt
}
impl ExistsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.exists",
        file: "queries/users.sql",
        line: 213,
        sql: "/* users.exists */ SELECT EXISTS (SELECT 1 FROM users WHERE username = $1) AS found",
        parameters: &["text"],
        columns: &[("found", "bool")],
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
impl db::Returning for ExistsStmt {
    type Row = bool;
    type Borrowed<'r> = bool;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`phone_exists`](fn@phone_exists).
#[derive(Clone, Copy, Debug)]
pub struct PhoneExistsStmt;
/// Whether an account has this phone number. Do not expose the answer to clients: it discloses who is a customer.
/// Index: idx_users_phone_number. Locks: nothing.
pub fn phone_exists() -> PhoneExistsStmt {
    PhoneExistsStmt
}
impl PhoneExistsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.phone_exists",
        file: "queries/users.sql",
        line: 218,
        sql: "/* users.phone_exists */ SELECT EXISTS (SELECT 1 FROM users WHERE phone_number = $1) AS found",
        parameters: &["text"],
        columns: &[("found", "bool")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        phone_number: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [phone_number], |it| it)
    }
}
impl db::Returning for PhoneExistsStmt {
    type Row = bool;
    type Borrowed<'r> = bool;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`list`](fn@list); a row is a [`User`].
#[derive(Clone, Copy, Debug)]
pub struct ListStmt;
/// One page of all accounts in id order. Start with `after_id` 0, continue with the last id received.
/// Index: users_pkey. Locks: nothing.
pub fn list() -> ListStmt {
    ListStmt
}
impl ListStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.list",
        file: "queries/users.sql",
        line: 223,
        sql: "/* users.list */ SELECT id, username, phone_number, COALESCE(created_via, 'api') AS created_via, COALESCE(server_id, '') AS server_id, created_by, role, COALESCE(active, TRUE) AS active, expires_at, COALESCE(protocol, 'udp') AS protocol, COALESCE(port, 1194) AS port, ovpn_path, checksum, COALESCE(synced, FALSE) AS synced, sync_version, created_at, last_access, last_login FROM users WHERE id > $1 ORDER BY id LIMIT $2::BIGINT",
        parameters: &["int8", "int8"],
        columns: ByIdStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        after_id: &'a i64,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [after_id, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a ListParams,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.after_id, &params.limit)
    }
}
impl db::Returning for ListStmt {
    type Row = User;
    type Borrowed<'r> = UserBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ByIdStmt as db::Returning>::read(row)
    }
}
/// The statement [`list_by_server`](fn@list_by_server); a row is a [`User`].
#[derive(Clone, Copy, Debug)]
pub struct ListByServerStmt;
/// One page of the accounts assigned to a server, in id order. Start with `after_id` 0, continue with the last id
/// received.
/// Index: idx_users_server_id (all accounts of the server). Locks: nothing.
pub fn list_by_server() -> ListByServerStmt {
    ListByServerStmt
}
impl ListByServerStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.list_by_server",
        file: "queries/users.sql",
        line: 249,
        sql: "/* users.list_by_server */ SELECT id, username, phone_number, COALESCE(created_via, 'api') AS created_via, COALESCE(server_id, '') AS server_id, created_by, role, COALESCE(active, TRUE) AS active, expires_at, COALESCE(protocol, 'udp') AS protocol, COALESCE(port, 1194) AS port, ovpn_path, checksum, COALESCE(synced, FALSE) AS synced, sync_version, created_at, last_access, last_login FROM users WHERE server_id = $1 AND id > $2 ORDER BY id + 0 LIMIT $3::BIGINT",
        parameters: &["text", "int8", "int8"],
        columns: ByIdStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        server_id: &'a impl db::StringSql,
        after_id: &'a i64,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [server_id, after_id, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a ListByServerParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.server_id, &params.after_id, &params.limit)
    }
}
impl db::Returning for ListByServerStmt {
    type Row = User;
    type Borrowed<'r> = UserBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ByIdStmt as db::Returning>::read(row)
    }
}
/// The statement [`list_unsynced`](fn@list_unsynced); a row is a [`User`].
#[derive(Clone, Copy, Debug)]
pub struct ListUnsyncedStmt;
/// One page of a server's accounts whose last change its node has not confirmed, in id order. Accounts that have left the
/// server are in `list_removed`. Start with `after_id` 0, continue with the last id received.
/// Index: idx_users_unsynced. Locks: nothing.
pub fn list_unsynced() -> ListUnsyncedStmt {
    ListUnsyncedStmt
}
impl ListUnsyncedStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.list_unsynced",
        file: "queries/users.sql",
        line: 278,
        sql: "/* users.list_unsynced */ SELECT id, username, phone_number, COALESCE(created_via, 'api') AS created_via, COALESCE(server_id, '') AS server_id, created_by, role, COALESCE(active, TRUE) AS active, expires_at, COALESCE(protocol, 'udp') AS protocol, COALESCE(port, 1194) AS port, ovpn_path, checksum, COALESCE(synced, FALSE) AS synced, sync_version, created_at, last_access, last_login FROM users WHERE server_id = $1 AND synced IS NOT TRUE AND id > $2 ORDER BY id + 0 LIMIT $3::BIGINT",
        parameters: &["text", "int8", "int8"],
        columns: ByIdStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        server_id: &'a impl db::StringSql,
        after_id: &'a i64,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [server_id, after_id, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a ListUnsyncedParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.server_id, &params.after_id, &params.limit)
    }
}
impl db::Returning for ListUnsyncedStmt {
    type Row = User;
    type Borrowed<'r> = UserBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ByIdStmt as db::Returning>::read(row)
    }
}
/// The statement [`mark_synced`](fn@mark_synced).
#[derive(Clone, Copy, Debug)]
pub struct MarkSyncedStmt;
/// Records that the node has the account as of this `sync_version`. 0 rows means that the account has changed since and
/// must be sent again, or that there is no such account.
/// Index: users_pkey. Locks: the row.
pub fn mark_synced() -> MarkSyncedStmt {
    MarkSyncedStmt
}
impl MarkSyncedStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.mark_synced",
        file: "queries/users.sql",
        line: 308,
        sql: "/* users.mark_synced */ UPDATE users SET synced = TRUE WHERE id = $1 AND sync_version = $2",
        parameters: &["int8", "int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(self, client: &C, id: &i64, sync_version: &i64) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[id, sync_version]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(self, client: &C, params: &MarkSyncedParams) -> Result<u64, db::Error> {
        self.bind(client, &params.id, &params.sync_version).await
    }
}
/// The statement [`list_removed`](fn@list_removed); a row is a [`RemovedAccount`].
#[derive(Clone, Copy, Debug)]
pub struct ListRemovedStmt;
/// One page of the accounts that have left a server since its node last confirmed, in id order: its node removes them, and
/// confirms each by `confirm_removed`. `cause` is moved, renamed, deleted or erased. Start with `after_id` 0, continue with
/// the last id received. What a node does not confirm is deleted by the maintenance after `keep_account_tombstones`: a node
/// that was away for longer compares its accounts with `list_by_server`.
/// Index: account_tombstones_pkey. Locks: nothing.
pub fn list_removed() -> ListRemovedStmt {
    ListRemovedStmt
}
impl ListRemovedStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.list_removed",
        file: "queries/users.sql",
        line: 317,
        sql: "/* users.list_removed */ SELECT id, username, cause, created_at AS removed_at FROM account_tombstones WHERE server_id = $1 AND id > $2 ORDER BY id LIMIT $3::BIGINT",
        parameters: &["text", "int8", "int8"],
        columns: &[("id", "int8"), ("username", "varchar"), ("cause", "text"), ("removed_at", "timestamptz")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        server_id: &'a impl db::StringSql,
        after_id: &'a i64,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [server_id, after_id, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a ListRemovedParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.server_id, &params.after_id, &params.limit)
    }
}
impl db::Returning for ListRemovedStmt {
    type Row = RemovedAccount;
    type Borrowed<'r> = RemovedAccountBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(RemovedAccountBorrowed {
            id: row.try_get(0)?, username: row.try_get(1)?, cause: row.try_get(2)?, removed_at: row.try_get(3)?,
        })
    }
}
/// The statement [`confirm_removed`](fn@confirm_removed).
#[derive(Clone, Copy, Debug)]
pub struct ConfirmRemovedStmt;
/// Records that the node has removed the account as of this id. 0 rows means that there is no such tombstone: it is
/// confirmed already, or the account has come back or left again since.
/// Index: account_tombstones_pkey. Locks: the row.
pub fn confirm_removed() -> ConfirmRemovedStmt {
    ConfirmRemovedStmt
}
impl ConfirmRemovedStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.confirm_removed",
        file: "queries/users.sql",
        line: 333,
        sql: "/* users.confirm_removed */ DELETE FROM account_tombstones WHERE id = $1 AND server_id = $2",
        parameters: &["int8", "text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        id: &i64,
        server_id: &impl db::StringSql,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[id, server_id]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &ConfirmRemovedParams<impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.id, &params.server_id).await
    }
}
/// The statement [`update_vpn_profile`](fn@update_vpn_profile).
#[derive(Clone, Copy, Debug)]
pub struct UpdateVpnProfileStmt;
/// Replaces the VPN profile and marks the account unsynced. 0 rows means that no account has this name.
/// Index: idx_users_username. Locks: the row.
pub fn update_vpn_profile() -> UpdateVpnProfileStmt {
    UpdateVpnProfileStmt
}
impl UpdateVpnProfileStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.update_vpn_profile",
        file: "queries/users.sql",
        line: 341,
        sql: "/* users.update_vpn_profile */ UPDATE users SET ovpn_path = $1, checksum = $2, port = $3, protocol = $4, synced = FALSE WHERE username = $5",
        parameters: &["text", "varchar", "int4", "varchar", "text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        ovpn_path: &Option<impl db::StringSql>,
        checksum: &Option<impl db::StringSql>,
        port: &i32,
        protocol: &impl db::StringSql,
        username: &impl db::StringSql,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[ovpn_path, checksum, port, protocol, username]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &UpdateVpnProfileParams<impl db::StringSql, impl db::StringSql, impl db::StringSql, impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.ovpn_path, &params.checksum, &params.port, &params.protocol, &params.username).await
    }
}
/// The statement [`deactivate`](fn@deactivate).
#[derive(Clone, Copy, Debug)]
pub struct DeactivateStmt;
/// Deactivates an account and marks it unsynced. Its sessions and connections end for the reason account_deactivated; its
/// history stays. 0 rows means that no account has this name, or that it is deactivated already. `users::deactivate` of the
/// crate returns the connections that end.
/// Index: idx_users_username. Locks: the row, then the sessions and the connections in id order, and what the ends of these
/// lock.
pub fn deactivate() -> DeactivateStmt {
    DeactivateStmt
}
impl DeactivateStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.deactivate",
        file: "queries/users.sql",
        line: 352,
        sql: "/* users.deactivate */ UPDATE users SET active = FALSE, synced = FALSE WHERE username = $1 AND active IS NOT FALSE",
        parameters: &["text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(self, client: &C, username: &impl db::StringSql) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[username]).await
    }
}
/// The statement [`reactivate`](fn@reactivate).
#[derive(Clone, Copy, Debug)]
pub struct ReactivateStmt;
/// Reactivates a deactivated account and marks it unsynced; its sessions do not come back. 0 rows means that no account has
/// this name, or that it is active.
/// Index: idx_users_username. Locks: the row.
pub fn reactivate() -> ReactivateStmt {
    ReactivateStmt
}
impl ReactivateStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.reactivate",
        file: "queries/users.sql",
        line: 364,
        sql: "/* users.reactivate */ UPDATE users SET active = TRUE, synced = FALSE WHERE username = $1 AND active IS FALSE",
        parameters: &["text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(self, client: &C, username: &impl db::StringSql) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[username]).await
    }
}
/// The statement [`touch_last_login`](fn@touch_last_login).
#[derive(Clone, Copy, Debug)]
pub struct TouchLastLoginStmt;
/// Records a sign-in at this moment. 0 rows means that there is no such account.
/// Index: users_pkey. Locks: the row.
pub fn touch_last_login() -> TouchLastLoginStmt {
    TouchLastLoginStmt
}
impl TouchLastLoginStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.touch_last_login",
        file: "queries/users.sql",
        line: 374,
        sql: "/* users.touch_last_login */ UPDATE users SET last_login = CLOCK_TIMESTAMP() WHERE id = $1",
        parameters: &["int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(self, client: &C, id: &i64) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[id]).await
    }
}
/// The statement [`touch_last_access`](fn@touch_last_access).
#[derive(Clone, Copy, Debug)]
pub struct TouchLastAccessStmt;
/// Records use of the account at this moment if the stored time is older than `min_age_seconds`, or in the future. 0 rows
/// means that it is not, or that no account has this name.
/// Index: idx_users_username. Locks: the row, if it is written.
pub fn touch_last_access() -> TouchLastAccessStmt {
    TouchLastAccessStmt
}
impl TouchLastAccessStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.touch_last_access",
        file: "queries/users.sql",
        line: 381,
        sql: "/* users.touch_last_access */ UPDATE users SET last_access = CURRENT_TIMESTAMP WHERE username = $1 AND (last_access IS NULL OR last_access > CURRENT_TIMESTAMP OR last_access < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => GREATEST($2::DOUBLE PRECISION, 0)))",
        parameters: &["text", "float8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        username: &impl db::StringSql,
        min_age_seconds: &f64,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[username, min_age_seconds]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &TouchLastAccessParams<impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.username, &params.min_age_seconds).await
    }
}
/// The statement [`set_password_hash`](fn@set_password_hash).
#[derive(Clone, Copy, Debug)]
pub struct SetPasswordHashStmt;
/// Replaces the password hash. Revoke the other sessions in the same transaction. 0 rows means that there is no such account.
/// Index: users_pkey. Locks: the row.
pub fn set_password_hash() -> SetPasswordHashStmt {
    SetPasswordHashStmt
}
impl SetPasswordHashStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.set_password_hash",
        file: "queries/users.sql",
        line: 392,
        sql: "/* users.set_password_hash */ UPDATE users SET password_hash = $1 WHERE id = $2",
        parameters: &["varchar", "int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        password_hash: &impl db::StringSql,
        id: &i64,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[password_hash, id]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &SetPasswordHashParams<impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.password_hash, &params.id).await
    }
}
/// The statement [`set_role`](fn@set_role).
#[derive(Clone, Copy, Debug)]
pub struct SetRoleStmt;
/// Replaces the role. Revoke the other sessions in the same transaction. 0 rows means that there is no such account, or that
/// it has this role already.
/// Index: users_pkey. Locks: the row.
pub fn set_role() -> SetRoleStmt {
    SetRoleStmt
}
impl SetRoleStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.set_role",
        file: "queries/users.sql",
        line: 399,
        sql: "/* users.set_role */ UPDATE users SET role = $1 WHERE id = $2 AND role <> $1",
        parameters: &["text", "int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        role: &impl db::StringSql,
        id: &i64,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[role, id]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &SetRoleParams<impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.role, &params.id).await
    }
}
/// The statement [`phone_number_by_id`](fn@phone_number_by_id).
#[derive(Clone, Copy, Debug)]
pub struct PhoneNumberByIdStmt;
/// The phone number of an account; NULL if it has none. No row means that there is no such account.
/// Index: users_pkey. Locks: nothing.
pub fn phone_number_by_id() -> PhoneNumberByIdStmt {
    PhoneNumberByIdStmt
}
impl PhoneNumberByIdStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.phone_number_by_id",
        file: "queries/users.sql",
        line: 408,
        sql: "/* users.phone_number_by_id */ SELECT phone_number FROM users WHERE id = $1",
        parameters: &["int8"],
        columns: &[("phone_number", "varchar")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(self, client: &'c C, id: &'a i64) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [id], |it| it.map(|v| v.into()))
    }
}
impl db::Returning for PhoneNumberByIdStmt {
    type Row = Option<String>;
    type Borrowed<'r> = Option<&'r str>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`set_phone_number`](fn@set_phone_number).
#[derive(Clone, Copy, Debug)]
pub struct SetPhoneNumberStmt;
/// Sets or clears the phone number. A number of another account is a unique violation (`idx_users_phone_number`). 0 rows
/// means that there is no such account.
/// Index: users_pkey. Locks: the row.
pub fn set_phone_number() -> SetPhoneNumberStmt {
    SetPhoneNumberStmt
}
impl SetPhoneNumberStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.set_phone_number",
        file: "queries/users.sql",
        line: 415,
        sql: "/* users.set_phone_number */ UPDATE users SET phone_number = $1 WHERE id = $2",
        parameters: &["varchar", "int8"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        phone_number: &Option<impl db::StringSql>,
        id: &i64,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[phone_number, id]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &SetPhoneNumberParams<impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.phone_number, &params.id).await
    }
}
/// The statement [`set_expiry`](fn@set_expiry).
#[derive(Clone, Copy, Debug)]
pub struct SetExpiryStmt;
/// Sets the time at which the account expires, NULL for never, and marks it unsynced. Its live connections end with the
/// first heartbeat after that time, or with the maintenance. 0 rows means that no account has this name.
/// Index: idx_users_username. Locks: the row, then its live connections, in id order.
pub fn set_expiry() -> SetExpiryStmt {
    SetExpiryStmt
}
impl SetExpiryStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.set_expiry",
        file: "queries/users.sql",
        line: 423,
        sql: "/* users.set_expiry */ UPDATE users SET expires_at = $1, synced = FALSE WHERE username = $2",
        parameters: &["timestamptz", "text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        expires_at: &Option<chrono::DateTime<chrono::Utc>>,
        username: &impl db::StringSql,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[expires_at, username]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &SetExpiryParams<impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.expires_at, &params.username).await
    }
}
/// The statement [`assign_server`](fn@assign_server).
#[derive(Clone, Copy, Debug)]
pub struct AssignServerStmt;
/// Assigns the account to a server and marks it unsynced. Its connections on the server that it had end for the reason
/// account_moved, and that server's node is told (`list_removed`). 0 rows means that no account has this name.
/// Index: idx_users_username. Locks: the row, then the connections that end, in id order, and what their ends lock; the
/// tombstone.
pub fn assign_server() -> AssignServerStmt {
    AssignServerStmt
}
impl AssignServerStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.assign_server",
        file: "queries/users.sql",
        line: 432,
        sql: "/* users.assign_server */ UPDATE users SET server_id = $1, synced = FALSE WHERE username = $2",
        parameters: &["varchar", "text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        server_id: &impl db::StringSql,
        username: &impl db::StringSql,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[server_id, username]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &AssignServerParams<impl db::StringSql, impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.server_id, &params.username).await
    }
}
/// The statement [`delete`](fn@delete).
#[derive(Clone, Copy, Debug)]
pub struct DeleteStmt;
/// Deletes an account that never used the VPN, with its sessions and devices. A foreign key (23503) refuses an account with connections
/// or statistics, archived ones included: deactivate or erase it. 0 rows means that no account has this name.
/// Index: idx_users_username, users_pkey, idx_sessions_user_id; and one on username in each table that refers to it. Locks:
/// the row of users, then those of user_sessions, in id order.
pub fn delete() -> DeleteStmt {
    DeleteStmt
}
impl DeleteStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.delete",
        file: "queries/users.sql",
        line: 442,
        sql: "/* users.delete */ WITH account AS ( SELECT id FROM users WHERE username = $1 FOR UPDATE ), its_sessions AS ( SELECT s.id FROM user_sessions s JOIN account ON account.id = s.user_id ORDER BY s.id FOR UPDATE OF s ) DELETE FROM users u USING account WHERE u.id = account.id AND (SELECT COUNT(*) FROM its_sessions) >= 0",
        parameters: &["text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(self, client: &C, username: &impl db::StringSql) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[username]).await
    }
}
/// The statement [`lock_by_phone`](fn@lock_by_phone); a row is a [`LockedUser`]. It needs a full client, because it locks rows of users.
#[derive(Clone, Copy, Debug)]
pub struct LockByPhoneStmt;
/// Locks the account with a phone number until the transaction ends, so that it keeps the number until then. No row means
/// that no account has this number.
/// Index: idx_users_phone_number. Locks: the row, FOR NO KEY UPDATE.
pub fn lock_by_phone() -> LockByPhoneStmt {
    LockByPhoneStmt
}
impl LockByPhoneStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.lock_by_phone",
        file: "queries/users.sql",
        line: 466,
        sql: "/* users.lock_by_phone */ SELECT id, username, account_is_usable(active, expires_at) AS usable FROM users WHERE phone_number = $1 FOR NO KEY UPDATE",
        parameters: &["text"],
        columns: &[("id", "int8"), ("username", "varchar"), ("usable", "bool")],
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
impl db::Returning for LockByPhoneStmt {
    type Row = LockedUser;
    type Borrowed<'r> = LockedUserBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(LockedUserBorrowed { id: row.try_get(0)?, username: row.try_get(1)?, usable: row.try_get(2)? })
    }
}
/// The statement [`lock_by_username`](fn@lock_by_username); a row is a [`LockedUser`]. It needs a full client, because it locks rows of users.
#[derive(Clone, Copy, Debug)]
pub struct LockByUsernameStmt;
/// Locks an account until the transaction ends, so that a limit that depends on a count (connections per user) can be
/// enforced; count in a later statement. No row means that no account has this name.
/// Index: idx_users_username. Locks: the row, FOR NO KEY UPDATE.
pub fn lock_by_username() -> LockByUsernameStmt {
    LockByUsernameStmt
}
impl LockByUsernameStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.lock_by_username",
        file: "queries/users.sql",
        line: 477,
        sql: "/* users.lock_by_username */ SELECT id, username, account_is_usable(active, expires_at) AS usable FROM users WHERE username = $1 FOR NO KEY UPDATE",
        parameters: &["text"],
        columns: LockByPhoneStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [username], |it| it.into())
    }
}
impl db::Returning for LockByUsernameStmt {
    type Row = LockedUser;
    type Borrowed<'r> = LockedUserBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <LockByPhoneStmt as db::Returning>::read(row)
    }
}
/// The statement [`lock_by_id`](fn@lock_by_id); a row is a [`LockedUser`]. It needs a full client, because it locks rows of users.
#[derive(Clone, Copy, Debug)]
pub struct LockByIdStmt;
/// Locks an account until the transaction ends, as `lock_by_username`. No row means that there is no such account.
/// Index: users_pkey. Locks: the row, FOR NO KEY UPDATE.
pub fn lock_by_id() -> LockByIdStmt {
    LockByIdStmt
}
impl LockByIdStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.lock_by_id",
        file: "queries/users.sql",
        line: 488,
        sql: "/* users.lock_by_id */ SELECT id, username, account_is_usable(active, expires_at) AS usable FROM users WHERE id = $1 FOR NO KEY UPDATE",
        parameters: &["int8"],
        columns: LockByPhoneStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(self, client: &'c C, id: &'a i64) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [id], |it| it.into())
    }
}
impl db::Returning for LockByIdStmt {
    type Row = LockedUser;
    type Borrowed<'r> = LockedUserBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <LockByPhoneStmt as db::Returning>::read(row)
    }
}
/// The statement [`limits`](fn@limits); a row is a [`UserLimits`].
#[derive(Clone, Copy, Debug)]
pub struct LimitsStmt;
/// The limits of an account of its own: live connections and devices, at most; NULL means that the policy's limit counts. No
/// row means that no account has this name.
/// Index: idx_users_username. Locks: nothing.
pub fn limits() -> LimitsStmt {
    LimitsStmt
}
impl LimitsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.limits",
        file: "queries/users.sql",
        line: 498,
        sql: "/* users.limits */ SELECT max_connections, max_devices FROM users WHERE username = $1",
        parameters: &["text"],
        columns: &[("max_connections", "int4"), ("max_devices", "int4")],
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
impl db::Returning for LimitsStmt {
    type Row = UserLimits;
    type Borrowed<'r> = UserLimits;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(UserLimits { max_connections: row.try_get(0)?, max_devices: row.try_get(1)? })
    }
}
/// The statement [`set_limits`](fn@set_limits).
#[derive(Clone, Copy, Debug)]
pub struct SetLimitsStmt;
/// Sets the limits of an account of its own; NULL means that the policy's limit counts, 0 none. What is open stays open. 0 rows
/// means that no account has this name.
/// Index: idx_users_username. Locks: the row.
pub fn set_limits() -> SetLimitsStmt {
    SetLimitsStmt
}
impl SetLimitsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.set_limits",
        file: "queries/users.sql",
        line: 507,
        sql: "/* users.set_limits */ UPDATE users SET max_connections = $1, max_devices = $2 WHERE username = $3",
        parameters: &["int4", "int4", "text"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        max_connections: &Option<i32>,
        max_devices: &Option<i32>,
        username: &impl db::StringSql,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[max_connections, max_devices, username]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &SetLimitsParams<impl db::StringSql>,
    ) -> Result<u64, db::Error> {
        self.bind(client, &params.max_connections, &params.max_devices, &params.username).await
    }
}
/// The statement [`count`](fn@count); a row is a [`UserCounts`].
#[derive(Clone, Copy, Debug)]
pub struct CountStmt;
/// The number of accounts: all, usable at this moment, expired, deactivated, and with a phone number.
/// Index: none, it reads the whole table once. Locks: nothing.
pub fn count() -> CountStmt {
    CountStmt
}
impl CountStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.count",
        file: "queries/users.sql",
        line: 516,
        sql: "/* users.count */ SELECT COUNT(*) AS total, COUNT(*) FILTER (WHERE account_is_usable(active, expires_at, CURRENT_TIMESTAMP)) AS usable, COUNT(*) FILTER (WHERE active IS NOT FALSE AND NOT account_is_usable(active, expires_at, CURRENT_TIMESTAMP)) AS expired, COUNT(*) FILTER (WHERE active IS FALSE) AS deactivated, COUNT(*) FILTER (WHERE phone_number IS NOT NULL) AS with_phone FROM users",
        parameters: &[],
        columns: &[("total", "int8"), ("usable", "int8"), ("expired", "int8"), ("deactivated", "int8"), ("with_phone", "int8")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it)
    }
}
impl db::Returning for CountStmt {
    type Row = UserCounts;
    type Borrowed<'r> = UserCounts;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(UserCounts {
            total: row.try_get(0)?, usable: row.try_get(1)?, expired: row.try_get(2)?, deactivated: row.try_get(3)?,
            with_phone: row.try_get(4)?,
        })
    }
}
/// The statement [`count_by_server`](fn@count_by_server); a row is a [`ServerUsers`].
#[derive(Clone, Copy, Debug)]
pub struct CountByServerStmt;
/// The number of accounts assigned to each server, and of those that are active and unsynced, by server name.
/// Index: none, it reads the whole table once. Locks: nothing.
pub fn count_by_server() -> CountByServerStmt {
    CountByServerStmt
}
impl CountByServerStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.count_by_server",
        file: "queries/users.sql",
        line: 527,
        sql: "/* users.count_by_server */ SELECT COALESCE(server_id, '') AS server_id, COUNT(*) AS assigned, COUNT(*) FILTER (WHERE active IS NOT FALSE) AS active, COUNT(*) FILTER (WHERE synced IS NOT TRUE) AS unsynced FROM users GROUP BY 1 ORDER BY 1",
        parameters: &[],
        columns: &[("server_id", "varchar"), ("assigned", "int8"), ("active", "int8"), ("unsynced", "int8")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it.into())
    }
}
impl db::Returning for CountByServerStmt {
    type Row = ServerUsers;
    type Borrowed<'r> = ServerUsersBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(ServerUsersBorrowed {
            server_id: row.try_get(0)?, assigned: row.try_get(1)?, active: row.try_get(2)?, unsynced: row.try_get(3)?,
        })
    }
}
/// The statement [`dormancy`](fn@dormancy); a row is a [`Dormancy`].
#[derive(Clone, Copy, Debug)]
pub struct DormancyStmt;
/// When the account was used last: by a sign-in, a session, a device or a connection; NULL if never. `is_dormant`: that was at least
/// `unused_seconds` ago. An account that was never used is not dormant. Lock the account in an earlier statement, so that it stays so.
/// No row means that there is no such account.
/// Index: users_pkey. Locks: nothing.
pub fn dormancy() -> DormancyStmt {
    DormancyStmt
}
impl DormancyStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.dormancy",
        file: "queries/users.sql",
        line: 538,
        sql: "/* users.dormancy */ SELECT used.unused_since, COALESCE(used.unused_since <= CLOCK_TIMESTAMP() - MAKE_INTERVAL(secs => $1), FALSE) AS is_dormant, u.password_hash IS NOT NULL AS has_password FROM users u CROSS JOIN LATERAL account_unused_since(u.id) AS used (unused_since) WHERE u.id = $2",
        parameters: &["float8", "int8"],
        columns: &[("unused_since", "timestamptz"), ("is_dormant", "bool"), ("has_password", "bool")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        unused_seconds: &'a f64,
        id: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [unused_seconds, id], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a DormancyParams,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.unused_seconds, &params.id)
    }
}
impl db::Returning for DormancyStmt {
    type Row = Dormancy;
    type Borrowed<'r> = Dormancy;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(Dormancy { unused_since: row.try_get(0)?, is_dormant: row.try_get(1)?, has_password: row.try_get(2)? })
    }
}
/// The statement [`by_last_digits`](fn@by_last_digits); a row is a [`NumberHolder`].
#[derive(Clone, Copy, Debug)]
pub struct ByLastDigitsStmt;
/// The accounts whose phone number ends in these 6 digits, in whatever spelling it is stored, the one first that signed in last.
/// Index: idx_users_phone_number_end. Locks: nothing.
pub fn by_last_digits() -> ByLastDigitsStmt {
    ByLastDigitsStmt
}
impl ByLastDigitsStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.by_last_digits",
        file: "queries/users.sql",
        line: 550,
        sql: "/* users.by_last_digits */ SELECT id, phone_number FROM users WHERE RIGHT(REGEXP_REPLACE(phone_number, '[^0-9]', '', 'g'), 6) = $1 AND phone_number IS NOT NULL ORDER BY last_login DESC NULLS LAST, id",
        parameters: &["text"],
        columns: &[("id", "int8"), ("phone_number", "varchar")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        last_digits: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [last_digits], |it| it.into())
    }
}
impl db::Returning for ByLastDigitsStmt {
    type Row = NumberHolder;
    type Borrowed<'r> = NumberHolderBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(NumberHolderBorrowed { id: row.try_get(0)?, phone_number: row.try_get(1)? })
    }
}
/// The statement [`recall_number`](fn@recall_number). It needs a full client, because it calls otp_recall.
#[derive(Clone, Copy, Debug)]
pub struct RecallNumberStmt;
/// Gives a phone number back the limits of codes that stand under these pseudonyms since its owner was erased. `recalled` says
/// whether there were any; it is never NULL.
/// Index: otp_numbers_pkey. Locks: if there are any, the number's row, then those of the pseudonyms.
pub fn recall_number() -> RecallNumberStmt {
    RecallNumberStmt
}
impl RecallNumberStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.recall_number",
        file: "queries/users.sql",
        line: 560,
        sql: "/* users.recall_number */ SELECT recalled FROM otp_recall($1, $2) AS recalled",
        parameters: &["text", "text[]"],
        columns: &[("recalled", "bool")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        phone_number: &'a impl db::StringSql,
        pseudonyms: &'a impl db::ArraySql<Item = impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [phone_number, pseudonyms], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a RecallNumberParams<impl db::StringSql, impl db::ArraySql<Item = impl db::StringSql>>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.phone_number, &params.pseudonyms)
    }
}
impl db::Returning for RecallNumberStmt {
    type Row = bool;
    type Borrowed<'r> = bool;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`erase`](fn@erase). It needs a full client, because it calls account_erase.
#[derive(Clone, Copy, Debug)]
pub struct EraseStmt;
/// Replaces a person by a pseudonym, and returns the pseudonym. The name is replaced in every table; phone number, password,
/// profile, addresses, devices, sessions, codes and the details of audit entries are deleted, and name and number are replaced in the
/// details of other people's entries. Connections and statistics stay, and no total changes. The name is never given again, nor one
/// that looks like it: the SHA-256 of both is kept. The limits of the phone number stay under `pseudonyms`, parallel to `numbers`.
/// NULL means that no account has this name. An account with live connections is refused (55006): `users::erase` of the crate
/// deactivates it and closes its connections first. One whose number is not in `numbers` is refused with 40001.
/// Index: none on created_by and on the details of audit entries, so all of users and audit_log is read; otherwise one on username
/// in each table with that column.
/// Locks: the numbers, the account and the accounts that it created, in id order, then every row of its history.
pub fn erase() -> EraseStmt {
    EraseStmt
}
impl EraseStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "users.erase",
        file: "queries/users.sql",
        line: 566,
        sql: "/* users.erase */ SELECT account_erase($1, $2, $3, $4) AS pseudonym",
        parameters: &["text", "text", "text[]", "text[]"],
        columns: &[("pseudonym", "text")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
        name_skeleton: &'a Option<impl db::StringSql>,
        numbers: &'a impl db::ArraySql<Item = impl db::StringSql>,
        pseudonyms: &'a impl db::ArraySql<Item = impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 4> {
        db::Bound::new(Self::QUERY, client, [username, name_skeleton, numbers, pseudonyms], |it| it.map(|v| v.into()))
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a EraseParams<impl db::StringSql, impl db::StringSql, impl db::ArraySql<Item = impl db::StringSql>, impl db::ArraySql<Item = impl db::StringSql>>,
    ) -> db::Bound<'c, 'a, C, Self, 4> {
        self.bind(client, &params.username, &params.name_skeleton, &params.numbers, &params.pseudonyms)
    }
}
impl db::Returning for EraseStmt {
    type Row = Option<String>;
    type Borrowed<'r> = Option<&'r str>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}

// Written by the build step from queries/users.sql. Edit that file: `cargo build` brings this one up to date.

//! Accounts: sign-in by name or phone number, and the VPN profile of each account. Tables and functions: schema/users.sql.
//! account_is_usable() decides whether an account may be used: not deactivated, and not expired.
//! server_id is the empty text for an account without a server, which some databases of the Go product have.

use barqnet_db_client::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
/// The parameters of [`create`](fn@create).
pub struct CreateParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::StringSql,
    T4: barqnet_db_client::StringSql,
    T5: barqnet_db_client::StringSql,
    T6: barqnet_db_client::StringSql,
    T7: barqnet_db_client::StringSql,
    T8: barqnet_db_client::StringSql,
    T9: barqnet_db_client::StringSql,
> {
    pub username: T1,
    pub phone_number: Option<T2>,
    pub password_hash: Option<T3>,
    pub created_via: T4,
    pub server_id: T5,
    pub created_by: T6,
    pub protocol: T7,
    pub port: i32,
    pub expires_at: Option<chrono::DateTime<chrono::Utc>>,
    pub ovpn_path: Option<T8>,
    pub checksum: Option<T9>,
}
/// The parameters of [`upsert_vpn_profile`](fn@upsert_vpn_profile).
#[derive(Debug)]
pub struct UpsertVpnProfileParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::StringSql,
    T4: barqnet_db_client::StringSql,
    T5: barqnet_db_client::StringSql,
    T6: barqnet_db_client::StringSql,
> {
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
    pub after_id: i32,
    pub limit: i64,
}
/// The parameters of [`list_by_server`](fn@list_by_server).
#[derive(Debug)]
pub struct ListByServerParams<T1: barqnet_db_client::StringSql> {
    pub server_id: T1,
    pub after_id: i32,
    pub limit: i64,
}
/// The parameters of [`list_unsynced`](fn@list_unsynced).
#[derive(Debug)]
pub struct ListUnsyncedParams<T1: barqnet_db_client::StringSql> {
    pub server_id: T1,
    pub after_id: i32,
    pub limit: i64,
}
/// The parameters of [`mark_synced`](fn@mark_synced).
#[derive(Clone, Copy, Debug)]
pub struct MarkSyncedParams {
    pub id: i32,
    pub sync_version: i64,
}
/// The parameters of [`update_vpn_profile`](fn@update_vpn_profile).
#[derive(Debug)]
pub struct UpdateVpnProfileParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::StringSql,
    T4: barqnet_db_client::StringSql,
> {
    pub ovpn_path: Option<T1>,
    pub checksum: Option<T2>,
    pub port: i32,
    pub protocol: T3,
    pub username: T4,
}
/// The parameters of [`touch_last_access`](fn@touch_last_access).
#[derive(Debug)]
pub struct TouchLastAccessParams<T1: barqnet_db_client::StringSql> {
    pub username: T1,
    pub min_age_seconds: f64,
}
/// The parameters of [`set_password_hash`](fn@set_password_hash).
pub struct SetPasswordHashParams<T1: barqnet_db_client::StringSql> {
    pub password_hash: T1,
    pub id: i32,
}
/// The parameters of [`set_role`](fn@set_role).
#[derive(Debug)]
pub struct SetRoleParams<T1: barqnet_db_client::StringSql> {
    pub role: T1,
    pub id: i32,
}
/// The parameters of [`set_phone_number`](fn@set_phone_number).
#[derive(Debug)]
pub struct SetPhoneNumberParams<T1: barqnet_db_client::StringSql> {
    pub phone_number: Option<T1>,
    pub id: i32,
}
/// The parameters of [`set_expiry`](fn@set_expiry).
#[derive(Debug)]
pub struct SetExpiryParams<T1: barqnet_db_client::StringSql> {
    pub expires_at: Option<chrono::DateTime<chrono::Utc>>,
    pub username: T1,
}
/// The parameters of [`assign_server`](fn@assign_server).
#[derive(Debug)]
pub struct AssignServerParams<
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
> {
    pub server_id: T1,
    pub username: T2,
}
/// A row of [`by_id`](fn@by_id), [`by_username`](fn@by_username), [`by_phone`](fn@by_phone), [`list`](fn@list), [`list_by_server`](fn@list_by_server), [`list_unsynced`](fn@list_unsynced).
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    pub id: i32,
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
    pub id: i32,
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
    fn from(
        UserBorrowed {
            id,
            username,
            phone_number,
            created_via,
            server_id,
            created_by,
            role,
            active,
            expires_at,
            protocol,
            port,
            ovpn_path,
            checksum,
            synced,
            sync_version,
            created_at,
            last_access,
            last_login,
        }: UserBorrowed<'a>,
    ) -> Self {
        Self {
            id,
            username: username.into(),
            phone_number: phone_number.map(|v| v.into()),
            created_via: created_via.into(),
            server_id: server_id.into(),
            created_by: created_by.into(),
            role: role.into(),
            active,
            expires_at,
            protocol: protocol.into(),
            port,
            ovpn_path: ovpn_path.map(|v| v.into()),
            checksum: checksum.map(|v| v.into()),
            synced,
            sync_version,
            created_at,
            last_access,
            last_login,
        }
    }
}
/// A row of [`credentials_by_phone`](fn@credentials_by_phone), [`credentials_by_username`](fn@credentials_by_username).
#[derive(Clone, PartialEq)]
pub struct Credentials {
    pub id: i32,
    pub username: String,
    pub password_hash: Option<String>,
    pub usable: bool,
}
/// A [`Credentials`] that borrows from the row it was read from.
pub struct CredentialsBorrowed<'a> {
    pub id: i32,
    pub username: &'a str,
    pub password_hash: Option<&'a str>,
    pub usable: bool,
}
impl<'a> From<CredentialsBorrowed<'a>> for Credentials {
    fn from(
        CredentialsBorrowed {
            id,
            username,
            password_hash,
            usable,
        }: CredentialsBorrowed<'a>,
    ) -> Self {
        Self {
            id,
            username: username.into(),
            password_hash: password_hash.map(|v| v.into()),
            usable,
        }
    }
}
/// A row of [`vpn_profile`](fn@vpn_profile).
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    pub id: i32,
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
    pub id: i32,
    pub server_id: &'a str,
    pub protocol: &'a str,
    pub port: i32,
    pub ovpn_path: Option<&'a str>,
    pub checksum: Option<&'a str>,
    pub sync_version: i64,
    pub usable: bool,
}
impl<'a> From<ProfileBorrowed<'a>> for Profile {
    fn from(
        ProfileBorrowed {
            id,
            server_id,
            protocol,
            port,
            ovpn_path,
            checksum,
            sync_version,
            usable,
        }: ProfileBorrowed<'a>,
    ) -> Self {
        Self {
            id,
            server_id: server_id.into(),
            protocol: protocol.into(),
            port,
            ovpn_path: ovpn_path.map(|v| v.into()),
            checksum: checksum.map(|v| v.into()),
            sync_version,
            usable,
        }
    }
}
/// A row of [`lock_by_phone`](fn@lock_by_phone), [`lock_by_username`](fn@lock_by_username).
#[derive(Debug, Clone, PartialEq)]
pub struct LockedUser {
    pub id: i32,
    pub username: String,
    pub usable: bool,
}
/// A [`LockedUser`] that borrows from the row it was read from.
pub struct LockedUserBorrowed<'a> {
    pub id: i32,
    pub username: &'a str,
    pub usable: bool,
}
impl<'a> From<LockedUserBorrowed<'a>> for LockedUser {
    fn from(
        LockedUserBorrowed { id, username, usable }: LockedUserBorrowed<'a>,
    ) -> Self {
        Self {
            id,
            username: username.into(),
            usable,
        }
    }
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
    fn from(
        ServerUsersBorrowed {
            server_id,
            assigned,
            active,
            unsynced,
        }: ServerUsersBorrowed<'a>,
    ) -> Self {
        Self {
            server_id: server_id.into(),
            assigned,
            active,
            unsynced,
        }
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
pub struct UserQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<UserBorrowed, barqnet_db_client::Error>,
    mapper: fn(UserBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> UserQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(UserBorrowed) -> R,
    ) -> UserQuery<'c, 'a, 's, C, R, N> {
        UserQuery {
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
pub struct CredentialsQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<CredentialsBorrowed, barqnet_db_client::Error>,
    mapper: fn(CredentialsBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> CredentialsQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(CredentialsBorrowed) -> R,
    ) -> CredentialsQuery<'c, 'a, 's, C, R, N> {
        CredentialsQuery {
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
pub struct ProfileQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<ProfileBorrowed, barqnet_db_client::Error>,
    mapper: fn(ProfileBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ProfileQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(ProfileBorrowed) -> R,
    ) -> ProfileQuery<'c, 'a, 's, C, R, N> {
        ProfileQuery {
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
pub struct BoolQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(&barqnet_db_client::Row) -> Result<bool, barqnet_db_client::Error>,
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
pub struct LockedUserQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<LockedUserBorrowed, barqnet_db_client::Error>,
    mapper: fn(LockedUserBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> LockedUserQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(LockedUserBorrowed) -> R,
    ) -> LockedUserQuery<'c, 'a, 's, C, R, N> {
        LockedUserQuery {
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
pub struct UserCountsQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<UserCounts, barqnet_db_client::Error>,
    mapper: fn(UserCounts) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> UserCountsQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(UserCounts) -> R,
    ) -> UserCountsQuery<'c, 'a, 's, C, R, N> {
        UserCountsQuery {
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
pub struct ServerUsersQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s barqnet_db_client::Statement>,
    extractor: fn(
        &barqnet_db_client::Row,
    ) -> Result<ServerUsersBorrowed, barqnet_db_client::Error>,
    mapper: fn(ServerUsersBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ServerUsersQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    /// Turns each row into something else, straight from the borrowed columns.
    pub fn map<R>(
        self,
        mapper: fn(ServerUsersBorrowed) -> R,
    ) -> ServerUsersQuery<'c, 'a, 's, C, R, N> {
        ServerUsersQuery {
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
/// The statement [`create`](fn@create).
pub struct CreateStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Creates an account and returns its id. A name or phone number that is taken is a unique violation
/// (`users_username_key`, `idx_users_phone_number`); no existing account changes.
/// Index: none; the two unique ones refuse duplicates. Locks: the inserted row only.
pub fn create() -> CreateStmt {
    CreateStmt(
        "/* users.create */ INSERT INTO users (username, phone_number, password_hash, created_via, server_id, created_by, protocol, port, expires_at, ovpn_path, checksum) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
        None,
    )
}
impl CreateStmt {
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
        T3: barqnet_db_client::StringSql,
        T4: barqnet_db_client::StringSql,
        T5: barqnet_db_client::StringSql,
        T6: barqnet_db_client::StringSql,
        T7: barqnet_db_client::StringSql,
        T8: barqnet_db_client::StringSql,
        T9: barqnet_db_client::StringSql,
    >(
        &'s self,
        client: &'c C,
        username: &'a T1,
        phone_number: &'a Option<T2>,
        password_hash: &'a Option<T3>,
        created_via: &'a T4,
        server_id: &'a T5,
        created_by: &'a T6,
        protocol: &'a T7,
        port: &'a i32,
        expires_at: &'a Option<chrono::DateTime<chrono::Utc>>,
        ovpn_path: &'a Option<T8>,
        checksum: &'a Option<T9>,
    ) -> I32Query<'c, 'a, 's, C, i32, 11> {
        I32Query {
            client,
            params: [
                username,
                phone_number,
                password_hash,
                created_via,
                server_id,
                created_by,
                protocol,
                port,
                expires_at,
                ovpn_path,
                checksum,
            ],
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
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::StringSql,
    T4: barqnet_db_client::StringSql,
    T5: barqnet_db_client::StringSql,
    T6: barqnet_db_client::StringSql,
    T7: barqnet_db_client::StringSql,
    T8: barqnet_db_client::StringSql,
    T9: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    CreateParams<T1, T2, T3, T4, T5, T6, T7, T8, T9>,
    I32Query<'c, 'a, 's, C, i32, 11>,
    C,
> for CreateStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a CreateParams<T1, T2, T3, T4, T5, T6, T7, T8, T9>,
    ) -> I32Query<'c, 'a, 's, C, i32, 11> {
        self.bind(
            client,
            &params.username,
            &params.phone_number,
            &params.password_hash,
            &params.created_via,
            &params.server_id,
            &params.created_by,
            &params.protocol,
            &params.port,
            &params.expires_at,
            &params.ovpn_path,
            &params.checksum,
        )
    }
}
/// The statement [`upsert_vpn_profile`](fn@upsert_vpn_profile).
pub struct UpsertVpnProfileStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Creates the account, or replaces the VPN profile of the one with this name and marks it unsynced; returns its id. Phone
/// number, password, activity, expiry and origin of an existing account stay as they are.
/// Index: users_username_key. Locks: the row.
pub fn upsert_vpn_profile() -> UpsertVpnProfileStmt {
    UpsertVpnProfileStmt(
        "/* users.upsert_vpn_profile */ INSERT INTO users (username, server_id, created_by, protocol, port, ovpn_path, checksum) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (username) DO UPDATE SET server_id = EXCLUDED.server_id, protocol = EXCLUDED.protocol, port = EXCLUDED.port, ovpn_path = EXCLUDED.ovpn_path, checksum = EXCLUDED.checksum, synced = FALSE RETURNING id",
        None,
    )
}
impl UpsertVpnProfileStmt {
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
        T3: barqnet_db_client::StringSql,
        T4: barqnet_db_client::StringSql,
        T5: barqnet_db_client::StringSql,
        T6: barqnet_db_client::StringSql,
    >(
        &'s self,
        client: &'c C,
        username: &'a T1,
        server_id: &'a T2,
        created_by: &'a T3,
        protocol: &'a T4,
        port: &'a i32,
        ovpn_path: &'a Option<T5>,
        checksum: &'a Option<T6>,
    ) -> I32Query<'c, 'a, 's, C, i32, 7> {
        I32Query {
            client,
            params: [
                username,
                server_id,
                created_by,
                protocol,
                port,
                ovpn_path,
                checksum,
            ],
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
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::StringSql,
    T4: barqnet_db_client::StringSql,
    T5: barqnet_db_client::StringSql,
    T6: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    UpsertVpnProfileParams<T1, T2, T3, T4, T5, T6>,
    I32Query<'c, 'a, 's, C, i32, 7>,
    C,
> for UpsertVpnProfileStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a UpsertVpnProfileParams<T1, T2, T3, T4, T5, T6>,
    ) -> I32Query<'c, 'a, 's, C, i32, 7> {
        self.bind(
            client,
            &params.username,
            &params.server_id,
            &params.created_by,
            &params.protocol,
            &params.port,
            &params.ovpn_path,
            &params.checksum,
        )
    }
}
/// The statement [`by_id`](fn@by_id).
pub struct ByIdStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The account with this id. No row means that there is none.
/// Index: users_pkey. Locks: nothing.
pub fn by_id() -> ByIdStmt {
    ByIdStmt(
        "/* users.by_id */ SELECT id, username, phone_number, COALESCE(created_via, 'api') AS created_via, COALESCE(server_id, '') AS server_id, created_by, role, COALESCE(active, TRUE) AS active, expires_at, COALESCE(protocol, 'udp') AS protocol, COALESCE(port, 1194) AS port, ovpn_path, checksum, COALESCE(synced, FALSE) AS synced, sync_version, created_at, last_access, last_login FROM users WHERE id = $1",
        None,
    )
}
impl ByIdStmt {
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
        id: &'a i32,
    ) -> UserQuery<'c, 'a, 's, C, User, 1> {
        UserQuery {
            client,
            params: [id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<UserBorrowed, barqnet_db_client::Error> {
                Ok(UserBorrowed {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    phone_number: row.try_get(2)?,
                    created_via: row.try_get(3)?,
                    server_id: row.try_get(4)?,
                    created_by: row.try_get(5)?,
                    role: row.try_get(6)?,
                    active: row.try_get(7)?,
                    expires_at: row.try_get(8)?,
                    protocol: row.try_get(9)?,
                    port: row.try_get(10)?,
                    ovpn_path: row.try_get(11)?,
                    checksum: row.try_get(12)?,
                    synced: row.try_get(13)?,
                    sync_version: row.try_get(14)?,
                    created_at: row.try_get(15)?,
                    last_access: row.try_get(16)?,
                    last_login: row.try_get(17)?,
                })
            },
            mapper: |it| User::from(it),
        }
    }
}
/// The statement [`by_username`](fn@by_username).
pub struct ByUsernameStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The account with this name. No row means that there is none.
/// Index: idx_users_username. Locks: nothing.
pub fn by_username() -> ByUsernameStmt {
    ByUsernameStmt(
        "/* users.by_username */ SELECT id, username, phone_number, COALESCE(created_via, 'api') AS created_via, COALESCE(server_id, '') AS server_id, created_by, role, COALESCE(active, TRUE) AS active, expires_at, COALESCE(protocol, 'udp') AS protocol, COALESCE(port, 1194) AS port, ovpn_path, checksum, COALESCE(synced, FALSE) AS synced, sync_version, created_at, last_access, last_login FROM users WHERE username = $1",
        None,
    )
}
impl ByUsernameStmt {
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
        username: &'a T1,
    ) -> UserQuery<'c, 'a, 's, C, User, 1> {
        UserQuery {
            client,
            params: [username],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<UserBorrowed, barqnet_db_client::Error> {
                Ok(UserBorrowed {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    phone_number: row.try_get(2)?,
                    created_via: row.try_get(3)?,
                    server_id: row.try_get(4)?,
                    created_by: row.try_get(5)?,
                    role: row.try_get(6)?,
                    active: row.try_get(7)?,
                    expires_at: row.try_get(8)?,
                    protocol: row.try_get(9)?,
                    port: row.try_get(10)?,
                    ovpn_path: row.try_get(11)?,
                    checksum: row.try_get(12)?,
                    synced: row.try_get(13)?,
                    sync_version: row.try_get(14)?,
                    created_at: row.try_get(15)?,
                    last_access: row.try_get(16)?,
                    last_login: row.try_get(17)?,
                })
            },
            mapper: |it| User::from(it),
        }
    }
}
/// The statement [`by_phone`](fn@by_phone).
pub struct ByPhoneStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The account with this phone number (E.164). No row means that there is none.
/// Index: idx_users_phone_number. Locks: nothing.
pub fn by_phone() -> ByPhoneStmt {
    ByPhoneStmt(
        "/* users.by_phone */ SELECT id, username, phone_number, COALESCE(created_via, 'api') AS created_via, COALESCE(server_id, '') AS server_id, created_by, role, COALESCE(active, TRUE) AS active, expires_at, COALESCE(protocol, 'udp') AS protocol, COALESCE(port, 1194) AS port, ovpn_path, checksum, COALESCE(synced, FALSE) AS synced, sync_version, created_at, last_access, last_login FROM users WHERE phone_number = $1",
        None,
    )
}
impl ByPhoneStmt {
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
    ) -> UserQuery<'c, 'a, 's, C, User, 1> {
        UserQuery {
            client,
            params: [phone_number],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<UserBorrowed, barqnet_db_client::Error> {
                Ok(UserBorrowed {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    phone_number: row.try_get(2)?,
                    created_via: row.try_get(3)?,
                    server_id: row.try_get(4)?,
                    created_by: row.try_get(5)?,
                    role: row.try_get(6)?,
                    active: row.try_get(7)?,
                    expires_at: row.try_get(8)?,
                    protocol: row.try_get(9)?,
                    port: row.try_get(10)?,
                    ovpn_path: row.try_get(11)?,
                    checksum: row.try_get(12)?,
                    synced: row.try_get(13)?,
                    sync_version: row.try_get(14)?,
                    created_at: row.try_get(15)?,
                    last_access: row.try_get(16)?,
                    last_login: row.try_get(17)?,
                })
            },
            mapper: |it| User::from(it),
        }
    }
}
/// The statement [`credentials_by_phone`](fn@credentials_by_phone).
pub struct CredentialsByPhoneStmt(&'static str, Option<barqnet_db_client::Statement>);
/// What a sign-in by phone number needs; `usable` is false for an account that is deactivated or expired. No row means
/// that no account has this number: answer as for a wrong password.
/// Index: idx_users_phone_number. Locks: nothing.
pub fn credentials_by_phone() -> CredentialsByPhoneStmt {
    CredentialsByPhoneStmt(
        "/* users.credentials_by_phone */ SELECT id, username, password_hash, account_is_usable(active, expires_at) AS usable FROM users WHERE phone_number = $1",
        None,
    )
}
impl CredentialsByPhoneStmt {
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
    ) -> CredentialsQuery<'c, 'a, 's, C, Credentials, 1> {
        CredentialsQuery {
            client,
            params: [phone_number],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<CredentialsBorrowed, barqnet_db_client::Error> {
                Ok(CredentialsBorrowed {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    password_hash: row.try_get(2)?,
                    usable: row.try_get(3)?,
                })
            },
            mapper: |it| Credentials::from(it),
        }
    }
}
/// The statement [`credentials_by_username`](fn@credentials_by_username).
pub struct CredentialsByUsernameStmt(&'static str, Option<barqnet_db_client::Statement>);
/// What a sign-in by name needs; `usable` is false for an account that is deactivated or expired. No row means that no
/// account has this name: answer as for a wrong password.
/// Index: idx_users_username. Locks: nothing.
pub fn credentials_by_username() -> CredentialsByUsernameStmt {
    CredentialsByUsernameStmt(
        "/* users.credentials_by_username */ SELECT id, username, password_hash, account_is_usable(active, expires_at) AS usable FROM users WHERE username = $1",
        None,
    )
}
impl CredentialsByUsernameStmt {
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
        username: &'a T1,
    ) -> CredentialsQuery<'c, 'a, 's, C, Credentials, 1> {
        CredentialsQuery {
            client,
            params: [username],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<CredentialsBorrowed, barqnet_db_client::Error> {
                Ok(CredentialsBorrowed {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    password_hash: row.try_get(2)?,
                    usable: row.try_get(3)?,
                })
            },
            mapper: |it| Credentials::from(it),
        }
    }
}
/// The statement [`password_hash_by_id`](fn@password_hash_by_id).
pub struct PasswordHashByIdStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The stored password hash; NULL if the account has no password. No row means that there is no such account.
/// Index: users_pkey. Locks: nothing.
pub fn password_hash_by_id() -> PasswordHashByIdStmt {
    PasswordHashByIdStmt(
        "/* users.password_hash_by_id */ SELECT password_hash FROM users WHERE id = $1",
        None,
    )
}
impl PasswordHashByIdStmt {
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
        id: &'a i32,
    ) -> OptionStringQuery<'c, 'a, 's, C, Option<String>, 1> {
        OptionStringQuery {
            client,
            params: [id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it.map(|v| v.into()),
        }
    }
}
/// The statement [`vpn_profile`](fn@vpn_profile).
pub struct VpnProfileStmt(&'static str, Option<barqnet_db_client::Statement>);
/// What an end node needs to serve an account, and the version to confirm by `mark_synced`. No row means that no account
/// has this name.
/// Index: idx_users_username. Locks: nothing.
pub fn vpn_profile() -> VpnProfileStmt {
    VpnProfileStmt(
        "/* users.vpn_profile */ SELECT id, COALESCE(server_id, '') AS server_id, COALESCE(protocol, 'udp') AS protocol, COALESCE(port, 1194) AS port, ovpn_path, checksum, sync_version, account_is_usable(active, expires_at) AS usable FROM users WHERE username = $1",
        None,
    )
}
impl VpnProfileStmt {
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
        username: &'a T1,
    ) -> ProfileQuery<'c, 'a, 's, C, Profile, 1> {
        ProfileQuery {
            client,
            params: [username],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<ProfileBorrowed, barqnet_db_client::Error> {
                Ok(ProfileBorrowed {
                    id: row.try_get(0)?,
                    server_id: row.try_get(1)?,
                    protocol: row.try_get(2)?,
                    port: row.try_get(3)?,
                    ovpn_path: row.try_get(4)?,
                    checksum: row.try_get(5)?,
                    sync_version: row.try_get(6)?,
                    usable: row.try_get(7)?,
                })
            },
            mapper: |it| Profile::from(it),
        }
    }
}
/// The statement [`exists`](fn@exists).
pub struct ExistsStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Whether an account has this name. To claim a name, call `create` and handle the unique violation instead.
/// Index: idx_users_username. Locks: nothing.
pub fn exists() -> ExistsStmt {
    ExistsStmt(
        "/* users.exists */ SELECT EXISTS (SELECT 1 FROM users WHERE username = $1) AS found",
        None,
    )
}
impl ExistsStmt {
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
        username: &'a T1,
    ) -> BoolQuery<'c, 'a, 's, C, bool, 1> {
        BoolQuery {
            client,
            params: [username],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
/// The statement [`phone_exists`](fn@phone_exists).
pub struct PhoneExistsStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Whether an account has this phone number. Do not expose the answer to clients: it discloses who is a customer.
/// Index: idx_users_phone_number. Locks: nothing.
pub fn phone_exists() -> PhoneExistsStmt {
    PhoneExistsStmt(
        "/* users.phone_exists */ SELECT EXISTS (SELECT 1 FROM users WHERE phone_number = $1) AS found",
        None,
    )
}
impl PhoneExistsStmt {
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
/// The statement [`list`](fn@list).
pub struct ListStmt(&'static str, Option<barqnet_db_client::Statement>);
/// One page of all accounts in id order. Start with `after_id` 0, continue with the last id received.
/// Index: users_pkey. Locks: nothing.
pub fn list() -> ListStmt {
    ListStmt(
        "/* users.list */ SELECT id, username, phone_number, COALESCE(created_via, 'api') AS created_via, COALESCE(server_id, '') AS server_id, created_by, role, COALESCE(active, TRUE) AS active, expires_at, COALESCE(protocol, 'udp') AS protocol, COALESCE(port, 1194) AS port, ovpn_path, checksum, COALESCE(synced, FALSE) AS synced, sync_version, created_at, last_access, last_login FROM users WHERE id > $1 ORDER BY id LIMIT $2::BIGINT",
        None,
    )
}
impl ListStmt {
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
        limit: &'a i64,
    ) -> UserQuery<'c, 'a, 's, C, User, 2> {
        UserQuery {
            client,
            params: [after_id, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<UserBorrowed, barqnet_db_client::Error> {
                Ok(UserBorrowed {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    phone_number: row.try_get(2)?,
                    created_via: row.try_get(3)?,
                    server_id: row.try_get(4)?,
                    created_by: row.try_get(5)?,
                    role: row.try_get(6)?,
                    active: row.try_get(7)?,
                    expires_at: row.try_get(8)?,
                    protocol: row.try_get(9)?,
                    port: row.try_get(10)?,
                    ovpn_path: row.try_get(11)?,
                    checksum: row.try_get(12)?,
                    synced: row.try_get(13)?,
                    sync_version: row.try_get(14)?,
                    created_at: row.try_get(15)?,
                    last_access: row.try_get(16)?,
                    last_login: row.try_get(17)?,
                })
            },
            mapper: |it| User::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
> barqnet_db_client::Params<'c, 'a, 's, ListParams, UserQuery<'c, 'a, 's, C, User, 2>, C>
for ListStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ListParams,
    ) -> UserQuery<'c, 'a, 's, C, User, 2> {
        self.bind(client, &params.after_id, &params.limit)
    }
}
/// The statement [`list_by_server`](fn@list_by_server).
pub struct ListByServerStmt(&'static str, Option<barqnet_db_client::Statement>);
/// One page of the accounts assigned to a server, in id order. Start with `after_id` 0, continue with the last id
/// received.
/// Index: idx_users_server_id (all accounts of the server). Locks: nothing.
pub fn list_by_server() -> ListByServerStmt {
    ListByServerStmt(
        "/* users.list_by_server */ SELECT id, username, phone_number, COALESCE(created_via, 'api') AS created_via, COALESCE(server_id, '') AS server_id, created_by, role, COALESCE(active, TRUE) AS active, expires_at, COALESCE(protocol, 'udp') AS protocol, COALESCE(port, 1194) AS port, ovpn_path, checksum, COALESCE(synced, FALSE) AS synced, sync_version, created_at, last_access, last_login FROM users WHERE server_id = $1 AND id > $2 ORDER BY id + 0 LIMIT $3::BIGINT",
        None,
    )
}
impl ListByServerStmt {
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
        server_id: &'a T1,
        after_id: &'a i32,
        limit: &'a i64,
    ) -> UserQuery<'c, 'a, 's, C, User, 3> {
        UserQuery {
            client,
            params: [server_id, after_id, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<UserBorrowed, barqnet_db_client::Error> {
                Ok(UserBorrowed {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    phone_number: row.try_get(2)?,
                    created_via: row.try_get(3)?,
                    server_id: row.try_get(4)?,
                    created_by: row.try_get(5)?,
                    role: row.try_get(6)?,
                    active: row.try_get(7)?,
                    expires_at: row.try_get(8)?,
                    protocol: row.try_get(9)?,
                    port: row.try_get(10)?,
                    ovpn_path: row.try_get(11)?,
                    checksum: row.try_get(12)?,
                    synced: row.try_get(13)?,
                    sync_version: row.try_get(14)?,
                    created_at: row.try_get(15)?,
                    last_access: row.try_get(16)?,
                    last_login: row.try_get(17)?,
                })
            },
            mapper: |it| User::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    ListByServerParams<T1>,
    UserQuery<'c, 'a, 's, C, User, 3>,
    C,
> for ListByServerStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ListByServerParams<T1>,
    ) -> UserQuery<'c, 'a, 's, C, User, 3> {
        self.bind(client, &params.server_id, &params.after_id, &params.limit)
    }
}
/// The statement [`list_unsynced`](fn@list_unsynced).
pub struct ListUnsyncedStmt(&'static str, Option<barqnet_db_client::Statement>);
/// One page of a server's accounts whose last change its node has not confirmed, in id order. Start with `after_id` 0,
/// continue with the last id received.
/// Index: idx_users_unsynced. Locks: nothing.
pub fn list_unsynced() -> ListUnsyncedStmt {
    ListUnsyncedStmt(
        "/* users.list_unsynced */ SELECT id, username, phone_number, COALESCE(created_via, 'api') AS created_via, COALESCE(server_id, '') AS server_id, created_by, role, COALESCE(active, TRUE) AS active, expires_at, COALESCE(protocol, 'udp') AS protocol, COALESCE(port, 1194) AS port, ovpn_path, checksum, COALESCE(synced, FALSE) AS synced, sync_version, created_at, last_access, last_login FROM users WHERE server_id = $1 AND synced IS NOT TRUE AND id > $2 ORDER BY id + 0 LIMIT $3::BIGINT",
        None,
    )
}
impl ListUnsyncedStmt {
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
        server_id: &'a T1,
        after_id: &'a i32,
        limit: &'a i64,
    ) -> UserQuery<'c, 'a, 's, C, User, 3> {
        UserQuery {
            client,
            params: [server_id, after_id, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<UserBorrowed, barqnet_db_client::Error> {
                Ok(UserBorrowed {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    phone_number: row.try_get(2)?,
                    created_via: row.try_get(3)?,
                    server_id: row.try_get(4)?,
                    created_by: row.try_get(5)?,
                    role: row.try_get(6)?,
                    active: row.try_get(7)?,
                    expires_at: row.try_get(8)?,
                    protocol: row.try_get(9)?,
                    port: row.try_get(10)?,
                    ovpn_path: row.try_get(11)?,
                    checksum: row.try_get(12)?,
                    synced: row.try_get(13)?,
                    sync_version: row.try_get(14)?,
                    created_at: row.try_get(15)?,
                    last_access: row.try_get(16)?,
                    last_login: row.try_get(17)?,
                })
            },
            mapper: |it| User::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'c,
    'a,
    's,
    ListUnsyncedParams<T1>,
    UserQuery<'c, 'a, 's, C, User, 3>,
    C,
> for ListUnsyncedStmt {
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ListUnsyncedParams<T1>,
    ) -> UserQuery<'c, 'a, 's, C, User, 3> {
        self.bind(client, &params.server_id, &params.after_id, &params.limit)
    }
}
/// The statement [`mark_synced`](fn@mark_synced).
pub struct MarkSyncedStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Records that the node has the account as of this `sync_version`. 0 rows means that the account has changed since and
/// must be sent again, or that there is no such account.
/// Index: users_pkey. Locks: the row.
pub fn mark_synced() -> MarkSyncedStmt {
    MarkSyncedStmt(
        "/* users.mark_synced */ UPDATE users SET synced = TRUE WHERE id = $1 AND sync_version = $2",
        None,
    )
}
impl MarkSyncedStmt {
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
        id: &'a i32,
        sync_version: &'a i64,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[id, sync_version]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    MarkSyncedParams,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for MarkSyncedStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a MarkSyncedParams,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.id, &params.sync_version))
    }
}
/// The statement [`update_vpn_profile`](fn@update_vpn_profile).
pub struct UpdateVpnProfileStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Replaces the VPN profile and marks the account unsynced. 0 rows means that no account has this name.
/// Index: idx_users_username. Locks: the row.
pub fn update_vpn_profile() -> UpdateVpnProfileStmt {
    UpdateVpnProfileStmt(
        "/* users.update_vpn_profile */ UPDATE users SET ovpn_path = $1, checksum = $2, port = $3, protocol = $4, synced = FALSE WHERE username = $5",
        None,
    )
}
impl UpdateVpnProfileStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: barqnet_db_client::StringSql,
        T2: barqnet_db_client::StringSql,
        T3: barqnet_db_client::StringSql,
        T4: barqnet_db_client::StringSql,
    >(
        &'s self,
        client: &'c C,
        ovpn_path: &'a Option<T1>,
        checksum: &'a Option<T2>,
        port: &'a i32,
        protocol: &'a T3,
        username: &'a T4,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[ovpn_path, checksum, port, protocol, username]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
    T3: barqnet_db_client::StringSql,
    T4: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    UpdateVpnProfileParams<T1, T2, T3, T4>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for UpdateVpnProfileStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a UpdateVpnProfileParams<T1, T2, T3, T4>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(
            self
                .bind(
                    client,
                    &params.ovpn_path,
                    &params.checksum,
                    &params.port,
                    &params.protocol,
                    &params.username,
                ),
        )
    }
}
/// The statement [`deactivate`](fn@deactivate).
pub struct DeactivateStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Deactivates an account and marks it unsynced. Its sessions stop validating at once; its history stays. 0 rows means that
/// no account has this name, or that it is deactivated already. Its connections stay live: `users::deactivate` of the crate
/// closes them, too.
/// Index: idx_users_username. Locks: the row.
pub fn deactivate() -> DeactivateStmt {
    DeactivateStmt(
        "/* users.deactivate */ UPDATE users SET active = FALSE, synced = FALSE WHERE username = $1 AND active IS NOT FALSE",
        None,
    )
}
impl DeactivateStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
        &'s self,
        client: &'c C,
        username: &'a T1,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[username]).await
    }
}
/// The statement [`reactivate`](fn@reactivate).
pub struct ReactivateStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Reactivates a deactivated account and marks it unsynced. 0 rows means that no account has this name, or that it is active.
/// Index: idx_users_username. Locks: the row.
pub fn reactivate() -> ReactivateStmt {
    ReactivateStmt(
        "/* users.reactivate */ UPDATE users SET active = TRUE, synced = FALSE WHERE username = $1 AND active IS FALSE",
        None,
    )
}
impl ReactivateStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
        &'s self,
        client: &'c C,
        username: &'a T1,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[username]).await
    }
}
/// The statement [`touch_last_login`](fn@touch_last_login).
pub struct TouchLastLoginStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Records a sign-in at this moment. 0 rows means that there is no such account.
/// Index: users_pkey. Locks: the row.
pub fn touch_last_login() -> TouchLastLoginStmt {
    TouchLastLoginStmt(
        "/* users.touch_last_login */ UPDATE users SET last_login = GREATEST(last_login, CURRENT_TIMESTAMP) WHERE id = $1",
        None,
    )
}
impl TouchLastLoginStmt {
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
        id: &'a i32,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[id]).await
    }
}
/// The statement [`touch_last_access`](fn@touch_last_access).
pub struct TouchLastAccessStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Records use of the account at this moment if the stored time is older than `min_age_seconds`. 0 rows means that it is
/// not, or that no account has this name.
/// Index: idx_users_username. Locks: the row, if it is written.
pub fn touch_last_access() -> TouchLastAccessStmt {
    TouchLastAccessStmt(
        "/* users.touch_last_access */ UPDATE users SET last_access = CURRENT_TIMESTAMP WHERE username = $1 AND (last_access IS NULL OR last_access < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => GREATEST($2::DOUBLE PRECISION, 0)))",
        None,
    )
}
impl TouchLastAccessStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
        &'s self,
        client: &'c C,
        username: &'a T1,
        min_age_seconds: &'a f64,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[username, min_age_seconds]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    TouchLastAccessParams<T1>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for TouchLastAccessStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a TouchLastAccessParams<T1>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.username, &params.min_age_seconds))
    }
}
/// The statement [`set_password_hash`](fn@set_password_hash).
pub struct SetPasswordHashStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Replaces the password hash. Revoke the other sessions in the same transaction. 0 rows means that there is no such account.
/// Index: users_pkey. Locks: the row.
pub fn set_password_hash() -> SetPasswordHashStmt {
    SetPasswordHashStmt(
        "/* users.set_password_hash */ UPDATE users SET password_hash = $1 WHERE id = $2",
        None,
    )
}
impl SetPasswordHashStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
        &'s self,
        client: &'c C,
        password_hash: &'a T1,
        id: &'a i32,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[password_hash, id]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    SetPasswordHashParams<T1>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for SetPasswordHashStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a SetPasswordHashParams<T1>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.password_hash, &params.id))
    }
}
/// The statement [`set_role`](fn@set_role).
pub struct SetRoleStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Replaces the role. Revoke the other sessions in the same transaction. 0 rows means that there is no such account, or that
/// it has this role already.
/// Index: users_pkey. Locks: the row.
pub fn set_role() -> SetRoleStmt {
    SetRoleStmt(
        "/* users.set_role */ UPDATE users SET role = $1 WHERE id = $2 AND role <> $1",
        None,
    )
}
impl SetRoleStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
        &'s self,
        client: &'c C,
        role: &'a T1,
        id: &'a i32,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[role, id]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    SetRoleParams<T1>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for SetRoleStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a SetRoleParams<T1>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.role, &params.id))
    }
}
/// The statement [`phone_number_by_id`](fn@phone_number_by_id).
pub struct PhoneNumberByIdStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The phone number of an account; NULL if it has none. No row means that there is no such account.
/// Index: users_pkey. Locks: nothing.
pub fn phone_number_by_id() -> PhoneNumberByIdStmt {
    PhoneNumberByIdStmt(
        "/* users.phone_number_by_id */ SELECT phone_number FROM users WHERE id = $1",
        None,
    )
}
impl PhoneNumberByIdStmt {
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
        id: &'a i32,
    ) -> OptionStringQuery<'c, 'a, 's, C, Option<String>, 1> {
        OptionStringQuery {
            client,
            params: [id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it.map(|v| v.into()),
        }
    }
}
/// The statement [`set_phone_number`](fn@set_phone_number).
pub struct SetPhoneNumberStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Sets or clears the phone number. A number of another account is a unique violation (`idx_users_phone_number`). 0 rows
/// means that there is no such account.
/// Index: users_pkey. Locks: the row.
pub fn set_phone_number() -> SetPhoneNumberStmt {
    SetPhoneNumberStmt(
        "/* users.set_phone_number */ UPDATE users SET phone_number = $1 WHERE id = $2",
        None,
    )
}
impl SetPhoneNumberStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
        &'s self,
        client: &'c C,
        phone_number: &'a Option<T1>,
        id: &'a i32,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[phone_number, id]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    SetPhoneNumberParams<T1>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for SetPhoneNumberStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a SetPhoneNumberParams<T1>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.phone_number, &params.id))
    }
}
/// The statement [`set_expiry`](fn@set_expiry).
pub struct SetExpiryStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Sets the time at which the account expires, NULL for never, and marks it unsynced. 0 rows means that no account has
/// this name.
/// Index: idx_users_username. Locks: the row.
pub fn set_expiry() -> SetExpiryStmt {
    SetExpiryStmt(
        "/* users.set_expiry */ UPDATE users SET expires_at = $1, synced = FALSE WHERE username = $2",
        None,
    )
}
impl SetExpiryStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
        &'s self,
        client: &'c C,
        expires_at: &'a Option<chrono::DateTime<chrono::Utc>>,
        username: &'a T1,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[expires_at, username]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    SetExpiryParams<T1>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for SetExpiryStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a SetExpiryParams<T1>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.expires_at, &params.username))
    }
}
/// The statement [`assign_server`](fn@assign_server).
pub struct AssignServerStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Assigns the account to a server and marks it unsynced. 0 rows means that no account has this name.
/// Index: idx_users_username. Locks: the row.
pub fn assign_server() -> AssignServerStmt {
    AssignServerStmt(
        "/* users.assign_server */ UPDATE users SET server_id = $1, synced = FALSE WHERE username = $2",
        None,
    )
}
impl AssignServerStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: barqnet_db_client::StringSql,
        T2: barqnet_db_client::StringSql,
    >(
        &'s self,
        client: &'c C,
        server_id: &'a T1,
        username: &'a T2,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[server_id, username]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: barqnet_db_client::StringSql,
    T2: barqnet_db_client::StringSql,
> barqnet_db_client::Params<
    'a,
    'a,
    'a,
    AssignServerParams<T1, T2>,
    std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    >,
    C,
> for AssignServerStmt {
    fn params(
        &'a self,
        client: &'a C,
        params: &'a AssignServerParams<T1, T2>,
    ) -> std::pin::Pin<
        Box<
            dyn futures::Future<
                Output = Result<u64, barqnet_db_client::Error>,
            > + Send + 'a,
        >,
    > {
        Box::pin(self.bind(client, &params.server_id, &params.username))
    }
}
/// The statement [`delete`](fn@delete).
pub struct DeleteStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Deletes an account that never used the VPN, with its sessions. A foreign key (23503) refuses an account with connections
/// or statistics, archived ones included: deactivate or erase it. 0 rows means that no account has this name.
/// Index: idx_users_username, users_pkey, idx_sessions_user_id; and one on username in each table that refers to it. Locks:
/// the row of users, then those of user_sessions, in id order.
pub fn delete() -> DeleteStmt {
    DeleteStmt(
        "/* users.delete */ WITH account AS ( SELECT id FROM users WHERE username = $1 FOR UPDATE ), its_sessions AS ( SELECT s.id FROM user_sessions s JOIN account ON account.id = s.user_id ORDER BY s.id FOR UPDATE OF s ) DELETE FROM users u USING account WHERE u.id = account.id AND (SELECT COUNT(*) FROM its_sessions) >= 0",
        None,
    )
}
impl DeleteStmt {
    /// Prepares the statement now instead of at its first use on the connection.
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, barqnet_db_client::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    /// Gives the statement its parameters.
    pub async fn bind<'c, 'a, 's, C: GenericClient, T1: barqnet_db_client::StringSql>(
        &'s self,
        client: &'c C,
        username: &'a T1,
    ) -> Result<u64, barqnet_db_client::Error> {
        client.execute(self.0, &[username]).await
    }
}
/// The statement [`lock_by_phone`](fn@lock_by_phone).
pub struct LockByPhoneStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Locks the account with a phone number until the transaction ends, so that it keeps the number until then. No row means
/// that no account has this number.
/// Index: idx_users_phone_number. Locks: the row, FOR NO KEY UPDATE.
pub fn lock_by_phone() -> LockByPhoneStmt {
    LockByPhoneStmt(
        "/* users.lock_by_phone */ SELECT id, username, account_is_usable(active, expires_at) AS usable FROM users WHERE phone_number = $1 FOR NO KEY UPDATE",
        None,
    )
}
impl LockByPhoneStmt {
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
    ) -> LockedUserQuery<'c, 'a, 's, C, LockedUser, 1> {
        LockedUserQuery {
            client,
            params: [phone_number],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<LockedUserBorrowed, barqnet_db_client::Error> {
                Ok(LockedUserBorrowed {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    usable: row.try_get(2)?,
                })
            },
            mapper: |it| LockedUser::from(it),
        }
    }
}
/// The statement [`lock_by_username`](fn@lock_by_username).
pub struct LockByUsernameStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Locks an account until the transaction ends, so that a limit that depends on a count (connections per user) can be
/// enforced; count in a later statement. No row means that no account has this name.
/// Index: idx_users_username. Locks: the row, FOR NO KEY UPDATE.
pub fn lock_by_username() -> LockByUsernameStmt {
    LockByUsernameStmt(
        "/* users.lock_by_username */ SELECT id, username, account_is_usable(active, expires_at) AS usable FROM users WHERE username = $1 FOR NO KEY UPDATE",
        None,
    )
}
impl LockByUsernameStmt {
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
        username: &'a T1,
    ) -> LockedUserQuery<'c, 'a, 's, C, LockedUser, 1> {
        LockedUserQuery {
            client,
            params: [username],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<LockedUserBorrowed, barqnet_db_client::Error> {
                Ok(LockedUserBorrowed {
                    id: row.try_get(0)?,
                    username: row.try_get(1)?,
                    usable: row.try_get(2)?,
                })
            },
            mapper: |it| LockedUser::from(it),
        }
    }
}
/// The statement [`count`](fn@count).
pub struct CountStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The number of accounts: all, usable at this moment, expired, deactivated, and with a phone number.
/// Index: none, it reads the whole table once. Locks: nothing.
pub fn count() -> CountStmt {
    CountStmt(
        "/* users.count */ SELECT COUNT(*) AS total, COUNT(*) FILTER (WHERE account_is_usable(active, expires_at, CURRENT_TIMESTAMP)) AS usable, COUNT(*) FILTER (WHERE active IS NOT FALSE AND NOT account_is_usable(active, expires_at, CURRENT_TIMESTAMP)) AS expired, COUNT(*) FILTER (WHERE active IS FALSE) AS deactivated, COUNT(*) FILTER (WHERE phone_number IS NOT NULL) AS with_phone FROM users",
        None,
    )
}
impl CountStmt {
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
    ) -> UserCountsQuery<'c, 'a, 's, C, UserCounts, 0> {
        UserCountsQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<UserCounts, barqnet_db_client::Error> {
                Ok(UserCounts {
                    total: row.try_get(0)?,
                    usable: row.try_get(1)?,
                    expired: row.try_get(2)?,
                    deactivated: row.try_get(3)?,
                    with_phone: row.try_get(4)?,
                })
            },
            mapper: |it| UserCounts::from(it),
        }
    }
}
/// The statement [`count_by_server`](fn@count_by_server).
pub struct CountByServerStmt(&'static str, Option<barqnet_db_client::Statement>);
/// The number of accounts assigned to each server, and of those that are active and unsynced, by server name.
/// Index: none, it reads the whole table once. Locks: nothing.
pub fn count_by_server() -> CountByServerStmt {
    CountByServerStmt(
        "/* users.count_by_server */ SELECT COALESCE(server_id, '') AS server_id, COUNT(*) AS assigned, COUNT(*) FILTER (WHERE active IS NOT FALSE) AS active, COUNT(*) FILTER (WHERE synced IS NOT TRUE) AS unsynced FROM users GROUP BY 1 ORDER BY 1",
        None,
    )
}
impl CountByServerStmt {
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
    ) -> ServerUsersQuery<'c, 'a, 's, C, ServerUsers, 0> {
        ServerUsersQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &barqnet_db_client::Row,
            | -> Result<ServerUsersBorrowed, barqnet_db_client::Error> {
                Ok(ServerUsersBorrowed {
                    server_id: row.try_get(0)?,
                    assigned: row.try_get(1)?,
                    active: row.try_get(2)?,
                    unsynced: row.try_get(3)?,
                })
            },
            mapper: |it| ServerUsers::from(it),
        }
    }
}
/// The statement [`erase`](fn@erase).
pub struct EraseStmt(&'static str, Option<barqnet_db_client::Statement>);
/// Replaces a person by a pseudonym, and returns the pseudonym. The name is replaced in every table; phone number, password,
/// profile, addresses, devices, sessions, codes and the details of audit entries are deleted. Connections and statistics
/// stay, and no total changes. NULL means that no account has this name. An account with live connections is refused (55006):
/// `users::erase` of the crate deactivates it and closes its connections first.
/// Index: none on created_by, so all of users is read; otherwise one on username in each table with that column.
/// Locks: the account and the accounts that it created, in id order, then every row of its history.
pub fn erase() -> EraseStmt {
    EraseStmt("/* users.erase */ SELECT erase_user($1) AS pseudonym", None)
}
impl EraseStmt {
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
        username: &'a T1,
    ) -> OptionStringQuery<'c, 'a, 's, C, Option<String>, 1> {
        OptionStringQuery {
            client,
            params: [username],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it.map(|v| v.into()),
        }
    }
}

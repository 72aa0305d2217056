//! What the workloads return, the same for all contenders. The derives are the mappings of sqlx, diesel and sea-orm.

use std::net::IpAddr;

use chrono::{DateTime, Utc};

use crate::peer::Result;

/// A live session and its user.
#[expect(clippy::struct_field_names, reason = "the columns have these names")]
#[derive(Debug, PartialEq, sqlx::FromRow, diesel::Queryable, sea_orm::FromQueryResult)]
pub(crate) struct Session {
    pub(crate) session_id: i64,
    pub(crate) user_id: i64,
    pub(crate) username: String,
    pub(crate) phone_number: Option<String>,
    pub(crate) server_id: String,
    pub(crate) role: String,
    pub(crate) device_id: Option<i64>,
    pub(crate) created_at: Option<DateTime<Utc>>,
    pub(crate) last_activity: Option<DateTime<Utc>>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) touch_is_due: bool,
    pub(crate) token_presented: bool,
}

/// A location and its distance.
#[derive(Debug, PartialEq, sqlx::FromRow, diesel::Queryable, sea_orm::FromQueryResult)]
pub(crate) struct Place {
    pub(crate) location_id: i32,
    pub(crate) name: String,
    pub(crate) country: String,
    pub(crate) city: String,
    pub(crate) country_code: String,
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
    pub(crate) distance_km: f64,
}

/// An account.
#[derive(Debug, PartialEq, sqlx::FromRow, diesel::Queryable, sea_orm::FromQueryResult)]
pub(crate) struct Account {
    pub(crate) id: i64,
    pub(crate) username: String,
    pub(crate) phone_number: Option<String>,
    pub(crate) created_via: String,
    pub(crate) server_id: String,
    pub(crate) created_by: String,
    pub(crate) role: String,
    pub(crate) active: bool,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) protocol: String,
    pub(crate) port: i32,
    pub(crate) ovpn_path: Option<String>,
    pub(crate) checksum: Option<String>,
    pub(crate) synced: bool,
    pub(crate) sync_version: i64,
    pub(crate) created_at: Option<DateTime<Utc>>,
    pub(crate) last_access: Option<DateTime<Utc>>,
    pub(crate) last_login: Option<DateTime<Utc>>,
}

/// The answer to a code.
#[derive(Debug, PartialEq, sqlx::FromRow, diesel::Queryable, sea_orm::FromQueryResult)]
pub(crate) struct Verdict {
    pub(crate) verified: bool,
    pub(crate) retry_after_seconds: Option<f64>,
}

/// The result of opening a connection.
#[derive(Debug, PartialEq, sqlx::FromRow, diesel::Queryable, sea_orm::FromQueryResult)]
pub(crate) struct Opened {
    pub(crate) outcome: String,
    pub(crate) connection_id: Option<i64>,
    pub(crate) superseded_id: Option<i64>,
    pub(crate) ended_ids: Vec<i64>,
    pub(crate) ended_servers: Vec<String>,
    pub(crate) capacity: Option<i32>,
    pub(crate) max_of_user: Option<i64>,
}

/// A connection that has ended.
#[derive(Debug, PartialEq)]
pub(crate) struct Closed {
    pub(crate) connection_id: i64,
    pub(crate) statistics_id: Option<i64>,
    pub(crate) username: String,
    pub(crate) server_id: String,
    pub(crate) virtual_ip: Option<IpAddr>,
    pub(crate) duration_seconds: i32,
    pub(crate) bytes_received: i64,
    pub(crate) bytes_sent: i64,
}

impl Opened {
    /// The id, if a connection was opened; a service would tell the other outcomes apart.
    pub(crate) fn id(&self) -> Result<i64> {
        self.connection_id.ok_or_else(|| format!("not opened: {self:?}").into())
    }
}

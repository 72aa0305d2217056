// Written by the build step from queries/plans.sql. Edit that file: `cargo build` brings this one up to date.

//! Plans: what users may have, who has which plan, and what is left of it. Tables and functions: schema/plans.sql. Bytes are
//! those received and sent together; days and months are those of UTC. Limits are NULL if the plan has none. Use the module `plans`
//! of the crate, which names the outcomes.

use barqnet_db_client as db;
/// The parameters of [`create`](fn@create).
#[derive(Debug)]
pub struct CreateParams<T1, T2> {
    pub name: T1,
    pub max_devices: Option<i32>,
    pub max_connections: Option<i32>,
    pub max_bytes_per_day: Option<i64>,
    pub max_bytes_per_month: Option<i64>,
    pub ends_over_quota: bool,
    pub locations: T2,
}
/// The parameters of [`update`](fn@update).
#[derive(Debug)]
pub struct UpdateParams<T1, T2> {
    pub id: i64,
    pub name: T1,
    pub max_devices: Option<i32>,
    pub max_connections: Option<i32>,
    pub max_bytes_per_day: Option<i64>,
    pub max_bytes_per_month: Option<i64>,
    pub ends_over_quota: bool,
    pub locations: T2,
}
/// The parameters of [`assign`](fn@assign).
#[derive(Debug)]
pub struct AssignParams<T1> {
    pub username: T1,
    pub plan_id: i64,
    pub at_first_connection: bool,
    pub days: Option<i32>,
    pub until: Option<chrono::DateTime<chrono::Utc>>,
    pub assigned_by: Option<i64>,
}
/// The parameters of [`history`](fn@history).
#[derive(Debug)]
pub struct HistoryParams<T1> {
    pub username: T1,
    pub before_id: i64,
    pub limit: i64,
}
/// The parameters of [`check`](fn@check).
#[derive(Debug)]
pub struct CheckParams<T1, T2> {
    pub server_id: T1,
    pub ids: T2,
}
/// The parameters of [`refusal`](fn@refusal).
#[derive(Debug)]
pub struct RefusalParams<T1, T2> {
    pub server_id: T1,
    pub username: T2,
}
/// The parameters of [`ends_soon`](fn@ends_soon).
#[derive(Clone, Copy, Debug)]
pub struct EndsSoonParams {
    pub after: chrono::DateTime<chrono::Utc>,
    pub until: chrono::DateTime<chrono::Utc>,
    pub limit: i64,
}
/// The parameters of [`runs_out_soon`](fn@runs_out_soon).
#[derive(Clone, Copy, Debug)]
pub struct RunsOutSoonParams {
    pub permille: i32,
    pub after_id: i64,
    pub limit: i64,
}
/// A row of [`by_id`](fn@by_id), [`list`](fn@list).
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub id: i64,
    pub name: String,
    pub max_devices: Option<i32>,
    pub max_connections: Option<i32>,
    pub max_bytes_per_day: Option<i64>,
    pub max_bytes_per_month: Option<i64>,
    pub ends_over_quota: bool,
    pub created_at: chrono::DateTime<chrono::Utc>,
    pub locations: Vec<i32>,
}
/// A [`Plan`] that borrows from the row it was read from.
pub struct PlanBorrowed<'a> {
    pub id: i64,
    pub name: &'a str,
    pub max_devices: Option<i32>,
    pub max_connections: Option<i32>,
    pub max_bytes_per_day: Option<i64>,
    pub max_bytes_per_month: Option<i64>,
    pub ends_over_quota: bool,
    pub created_at: chrono::DateTime<chrono::Utc>,
    pub locations: db::types::Array<'a, i32>,
}
impl<'a> From<PlanBorrowed<'a>> for Plan {
    fn from(it: PlanBorrowed<'a>) -> Self {
        Self {
            id: it.id, name: it.name.into(), max_devices: it.max_devices, max_connections: it.max_connections,
            max_bytes_per_day: it.max_bytes_per_day, max_bytes_per_month: it.max_bytes_per_month,
            ends_over_quota: it.ends_over_quota, created_at: it.created_at, locations: it.locations.collect(),
        }
    }
}
/// A row of [`assign`](fn@assign).
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    pub outcome: String,
    pub user_plan_id: Option<i64>,
    pub starts_at: Option<chrono::DateTime<chrono::Utc>>,
    pub ends_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`Assignment`] that borrows from the row it was read from.
pub struct AssignmentBorrowed<'a> {
    pub outcome: &'a str,
    pub user_plan_id: Option<i64>,
    pub starts_at: Option<chrono::DateTime<chrono::Utc>>,
    pub ends_at: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<AssignmentBorrowed<'a>> for Assignment {
    fn from(it: AssignmentBorrowed<'a>) -> Self {
        Self { outcome: it.outcome.into(), user_plan_id: it.user_plan_id, starts_at: it.starts_at, ends_at: it.ends_at }
    }
}
/// A row of [`of_user`](fn@of_user), [`history`](fn@history).
#[derive(Debug, Clone, PartialEq)]
pub struct UserPlan {
    pub id: i64,
    pub plan_id: i64,
    pub plan_name: String,
    pub assigned_at: chrono::DateTime<chrono::Utc>,
    pub assigned_by: Option<i64>,
    pub valid_days: Option<i32>,
    pub starts_at: Option<chrono::DateTime<chrono::Utc>>,
    pub ends_at: Option<chrono::DateTime<chrono::Utc>>,
    pub replaced_at: Option<chrono::DateTime<chrono::Utc>>,
}
/// A [`UserPlan`] that borrows from the row it was read from.
pub struct UserPlanBorrowed<'a> {
    pub id: i64,
    pub plan_id: i64,
    pub plan_name: &'a str,
    pub assigned_at: chrono::DateTime<chrono::Utc>,
    pub assigned_by: Option<i64>,
    pub valid_days: Option<i32>,
    pub starts_at: Option<chrono::DateTime<chrono::Utc>>,
    pub ends_at: Option<chrono::DateTime<chrono::Utc>>,
    pub replaced_at: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<UserPlanBorrowed<'a>> for UserPlan {
    fn from(it: UserPlanBorrowed<'a>) -> Self {
        Self {
            id: it.id, plan_id: it.plan_id, plan_name: it.plan_name.into(), assigned_at: it.assigned_at,
            assigned_by: it.assigned_by, valid_days: it.valid_days, starts_at: it.starts_at, ends_at: it.ends_at,
            replaced_at: it.replaced_at,
        }
    }
}
/// A row of [`quota`](fn@quota).
#[derive(Debug, Clone, PartialEq)]
pub struct Quota {
    pub period: String,
    pub max_bytes: i64,
    pub used_bytes: i64,
    pub resets_at: chrono::DateTime<chrono::Utc>,
}
/// A [`Quota`] that borrows from the row it was read from.
pub struct QuotaBorrowed<'a> {
    pub period: &'a str,
    pub max_bytes: i64,
    pub used_bytes: i64,
    pub resets_at: chrono::DateTime<chrono::Utc>,
}
impl<'a> From<QuotaBorrowed<'a>> for Quota {
    fn from(it: QuotaBorrowed<'a>) -> Self {
        Self { period: it.period.into(), max_bytes: it.max_bytes, used_bytes: it.used_bytes, resets_at: it.resets_at }
    }
}
/// A row of [`check`](fn@check).
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct OverQuota {
    pub connection_id: i64,
    pub is_ended: bool,
}
/// A row of [`ends_soon`](fn@ends_soon).
#[derive(Debug, Clone, PartialEq)]
pub struct EndingPlan {
    pub user_plan_id: i64,
    pub user_id: i64,
    pub username: String,
    pub plan_id: i64,
    pub plan_name: String,
    pub ends_at: chrono::DateTime<chrono::Utc>,
}
/// A [`EndingPlan`] that borrows from the row it was read from.
pub struct EndingPlanBorrowed<'a> {
    pub user_plan_id: i64,
    pub user_id: i64,
    pub username: &'a str,
    pub plan_id: i64,
    pub plan_name: &'a str,
    pub ends_at: chrono::DateTime<chrono::Utc>,
}
impl<'a> From<EndingPlanBorrowed<'a>> for EndingPlan {
    fn from(it: EndingPlanBorrowed<'a>) -> Self {
        Self {
            user_plan_id: it.user_plan_id, user_id: it.user_id, username: it.username.into(), plan_id: it.plan_id,
            plan_name: it.plan_name.into(), ends_at: it.ends_at,
        }
    }
}
/// A row of [`runs_out_soon`](fn@runs_out_soon).
#[derive(Debug, Clone, PartialEq)]
pub struct QuotaShare {
    pub user_plan_id: i64,
    pub user_id: i64,
    pub username: String,
    pub plan_id: i64,
    pub plan_name: String,
    pub used_permille: i32,
    pub resets_at: chrono::DateTime<chrono::Utc>,
}
/// A [`QuotaShare`] that borrows from the row it was read from.
pub struct QuotaShareBorrowed<'a> {
    pub user_plan_id: i64,
    pub user_id: i64,
    pub username: &'a str,
    pub plan_id: i64,
    pub plan_name: &'a str,
    pub used_permille: i32,
    pub resets_at: chrono::DateTime<chrono::Utc>,
}
impl<'a> From<QuotaShareBorrowed<'a>> for QuotaShare {
    fn from(it: QuotaShareBorrowed<'a>) -> Self {
        Self {
            user_plan_id: it.user_plan_id, user_id: it.user_id, username: it.username.into(), plan_id: it.plan_id,
            plan_name: it.plan_name.into(), used_permille: it.used_permille, resets_at: it.resets_at,
        }
    }
}
/// The statement [`create`](fn@create). It needs a full client, because it calls plan_create.
#[derive(Clone, Copy, Debug)]
pub struct CreateStmt;
/// Makes a plan and returns its id. `id` is never NULL: the function returns that of the new row. `locations` are those that it allows; empty: all. A name that is taken is a
/// unique violation (`plans_name_key`), a location that does not exist a violation of `fk_plan_locations_location_id`.
/// Index: none needed. Locks: the new rows.
pub fn create() -> CreateStmt {
    CreateStmt
}
impl CreateStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "plans.create",
        file: "queries/plans.sql",
        line: 13,
        sql: "/* plans.create */ SELECT plan_create( $1::TEXT, $2::INTEGER, $3::INTEGER, $4::BIGINT, $5::BIGINT, $6::BOOLEAN, $7::INTEGER[] ) AS id",
        parameters: &["text", "int4", "int4", "int8", "int8", "bool", "int4[]"],
        columns: &[("id", "int8")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        name: &'a impl db::StringSql,
        max_devices: &'a Option<i32>,
        max_connections: &'a Option<i32>,
        max_bytes_per_day: &'a Option<i64>,
        max_bytes_per_month: &'a Option<i64>,
        ends_over_quota: &'a bool,
        locations: &'a impl db::ArraySql<Item = i32>,
    ) -> db::Bound<'c, 'a, C, Self, 7> {
        db::Bound::new(Self::QUERY, client, [
            name, max_devices, max_connections, max_bytes_per_day, max_bytes_per_month, ends_over_quota, locations,
        ], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a CreateParams<impl db::StringSql, impl db::ArraySql<Item = i32>>,
    ) -> db::Bound<'c, 'a, C, Self, 7> {
        self.bind(
            client, &params.name, &params.max_devices, &params.max_connections, &params.max_bytes_per_day,
            &params.max_bytes_per_month, &params.ends_over_quota, &params.locations,
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
/// The statement [`update`](fn@update). It needs a full client, because it calls plan_update.
#[derive(Clone, Copy, Debug)]
pub struct UpdateStmt;
/// Replaces name, limits and locations of a plan; FALSE means that there is none with this id; `is_updated` is never NULL. The quota of each live connection of
/// its users is checked at the next heartbeat: of 80,000 users that is a sum each within 30 seconds.
/// Index: plans_pkey, idx_user_plans_plan_id, idx_vpn_connections_live_user. Locks: the plan, then the live connections of its
/// users in id order.
pub fn update() -> UpdateStmt {
    UpdateStmt
}
impl UpdateStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "plans.update",
        file: "queries/plans.sql",
        line: 22,
        sql: "/* plans.update */ SELECT plan_update( $1::BIGINT, $2::TEXT, $3::INTEGER, $4::INTEGER, $5::BIGINT, $6::BIGINT, $7::BOOLEAN, $8::INTEGER[] ) AS is_updated",
        parameters: &["int8", "text", "int4", "int4", "int8", "int8", "bool", "int4[]"],
        columns: &[("is_updated", "bool")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        id: &'a i64,
        name: &'a impl db::StringSql,
        max_devices: &'a Option<i32>,
        max_connections: &'a Option<i32>,
        max_bytes_per_day: &'a Option<i64>,
        max_bytes_per_month: &'a Option<i64>,
        ends_over_quota: &'a bool,
        locations: &'a impl db::ArraySql<Item = i32>,
    ) -> db::Bound<'c, 'a, C, Self, 8> {
        db::Bound::new(Self::QUERY, client, [
            id, name, max_devices, max_connections, max_bytes_per_day, max_bytes_per_month, ends_over_quota, locations,
        ], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a UpdateParams<impl db::StringSql, impl db::ArraySql<Item = i32>>,
    ) -> db::Bound<'c, 'a, C, Self, 8> {
        self.bind(
            client, &params.id, &params.name, &params.max_devices, &params.max_connections, &params.max_bytes_per_day,
            &params.max_bytes_per_month, &params.ends_over_quota, &params.locations,
        )
    }
}
impl db::Returning for UpdateStmt {
    type Row = bool;
    type Borrowed<'r> = bool;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`by_id`](fn@by_id); a row is a [`Plan`].
#[derive(Clone, Copy, Debug)]
pub struct ByIdStmt;
/// The plan with this id, and the locations that it allows; none means all. No row means that there is no such plan.
/// Index: plans_pkey, plan_locations_pkey. Locks: nothing.
pub fn by_id() -> ByIdStmt {
    ByIdStmt
}
impl ByIdStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "plans.by_id",
        file: "queries/plans.sql",
        line: 32,
        sql: "/* plans.by_id */ SELECT p.id, p.name, p.max_devices, p.max_connections, p.max_bytes_per_day, p.max_bytes_per_month, p.ends_over_quota, p.created_at, ARRAY(SELECT l.location_id FROM plan_locations l WHERE l.plan_id = p.id ORDER BY l.location_id) AS locations FROM plans p WHERE p.id = $1",
        parameters: &["int8"],
        columns: &[("id", "int8"), ("name", "varchar"), ("max_devices", "int4"), ("max_connections", "int4"), ("max_bytes_per_day", "int8"), ("max_bytes_per_month", "int8"), ("ends_over_quota", "bool"), ("created_at", "timestamptz"), ("locations", "int4[]")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(self, client: &'c C, id: &'a i64) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [id], |it| it.into())
    }
}
impl db::Returning for ByIdStmt {
    type Row = Plan;
    type Borrowed<'r> = PlanBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(PlanBorrowed {
            id: row.try_get(0)?, name: row.try_get(1)?, max_devices: row.try_get(2)?, max_connections: row.try_get(3)?,
            max_bytes_per_day: row.try_get(4)?, max_bytes_per_month: row.try_get(5)?, ends_over_quota: row.try_get(6)?,
            created_at: row.try_get(7)?, locations: row.try_get(8)?,
        })
    }
}
/// The statement [`list`](fn@list); a row is a [`Plan`].
#[derive(Clone, Copy, Debug)]
pub struct ListStmt;
/// All plans, by name.
/// Index: plan_locations_pkey; all plans, tens of rows. Locks: nothing.
pub fn list() -> ListStmt {
    ListStmt
}
impl ListStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "plans.list",
        file: "queries/plans.sql",
        line: 47,
        sql: "/* plans.list */ SELECT p.id, p.name, p.max_devices, p.max_connections, p.max_bytes_per_day, p.max_bytes_per_month, p.ends_over_quota, p.created_at, ARRAY(SELECT l.location_id FROM plan_locations l WHERE l.plan_id = p.id ORDER BY l.location_id) AS locations FROM plans p ORDER BY p.name",
        parameters: &[],
        columns: ByIdStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it.into())
    }
}
impl db::Returning for ListStmt {
    type Row = Plan;
    type Borrowed<'r> = PlanBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <ByIdStmt as db::Returning>::read(row)
    }
}
/// The statement [`assign`](fn@assign); a row is a [`Assignment`]. It needs a full client, because it calls plan_assign.
#[derive(Clone, Copy, Debug)]
pub struct AssignStmt;
/// Gives a user a plan, in place of the one that they have: see plan_assign. `outcome` is assigned, no_account, no_plan or over; it is
/// never NULL.
/// Index: idx_users_username, plans_pkey, idx_user_plans_current, idx_vpn_connections_live_user. Locks: the account, then its live
/// connections in id order.
pub fn assign() -> AssignStmt {
    AssignStmt
}
impl AssignStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "plans.assign",
        file: "queries/plans.sql",
        line: 62,
        sql: "/* plans.assign */ SELECT outcome, user_plan_id, starts_at, ends_at FROM plan_assign( $1::TEXT, $2::BIGINT, $3::BOOLEAN, $4::INTEGER, $5::TIMESTAMPTZ, $6::BIGINT )",
        parameters: &["text", "int8", "bool", "int4", "timestamptz", "int8"],
        columns: &[("outcome", "text"), ("user_plan_id", "int8"), ("starts_at", "timestamptz"), ("ends_at", "timestamptz")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
        plan_id: &'a i64,
        at_first_connection: &'a bool,
        days: &'a Option<i32>,
        until: &'a Option<chrono::DateTime<chrono::Utc>>,
        assigned_by: &'a Option<i64>,
    ) -> db::Bound<'c, 'a, C, Self, 6> {
        db::Bound::new(Self::QUERY, client, [
            username, plan_id, at_first_connection, days, until, assigned_by,
        ], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a AssignParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 6> {
        self.bind(
            client, &params.username, &params.plan_id, &params.at_first_connection, &params.days, &params.until,
            &params.assigned_by,
        )
    }
}
impl db::Returning for AssignStmt {
    type Row = Assignment;
    type Borrowed<'r> = AssignmentBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(AssignmentBorrowed {
            outcome: row.try_get(0)?, user_plan_id: row.try_get(1)?, starts_at: row.try_get(2)?,
            ends_at: row.try_get(3)?,
        })
    }
}
/// The statement [`cancel`](fn@cancel). It needs a full client, because it calls plan_cancel.
#[derive(Clone, Copy, Debug)]
pub struct CancelStmt;
/// Ends the plan of a user now, with their connections; none opens until another plan is assigned. FALSE means that there is
/// nothing to end; `is_cancelled` is never NULL.
/// Index: idx_users_username, idx_user_plans_current, idx_vpn_connections_live_user. Locks: the account, then its connections and what
/// their ends lock.
pub fn cancel() -> CancelStmt {
    CancelStmt
}
impl CancelStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "plans.cancel",
        file: "queries/plans.sql",
        line: 72,
        sql: "/* plans.cancel */ SELECT plan_cancel($1::TEXT) AS is_cancelled",
        parameters: &["text"],
        columns: &[("is_cancelled", "bool")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [username], |it| it)
    }
}
impl db::Returning for CancelStmt {
    type Row = bool;
    type Borrowed<'r> = bool;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`unassign`](fn@unassign). It needs a full client, because it calls plan_unassign.
#[derive(Clone, Copy, Debug)]
pub struct UnassignStmt;
/// Takes the plan of a user away: the limits of the account and of the policies hold alone. FALSE means that there is nothing to take;
/// `is_unassigned` is never NULL.
/// Index: idx_users_username, idx_user_plans_current, idx_vpn_connections_live_user. Locks: the account, then its live connections in
/// id order.
pub fn unassign() -> UnassignStmt {
    UnassignStmt
}
impl UnassignStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "plans.unassign",
        file: "queries/plans.sql",
        line: 79,
        sql: "/* plans.unassign */ SELECT plan_unassign($1::TEXT) AS is_unassigned",
        parameters: &["text"],
        columns: &[("is_unassigned", "bool")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [username], |it| it)
    }
}
impl db::Returning for UnassignStmt {
    type Row = bool;
    type Borrowed<'r> = bool;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`of_user`](fn@of_user); a row is a [`UserPlan`].
#[derive(Clone, Copy, Debug)]
pub struct OfUserStmt;
/// The plan of a user. No row means that they have none.
/// Index: idx_users_username, idx_user_plans_current, plans_pkey. Locks: nothing.
pub fn of_user() -> OfUserStmt {
    OfUserStmt
}
impl OfUserStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "plans.of_user",
        file: "queries/plans.sql",
        line: 86,
        sql: "/* plans.of_user */ SELECT a.id, a.plan_id, p.name AS plan_name, a.assigned_at, a.assigned_by, a.valid_days, a.starts_at, a.ends_at, a.replaced_at FROM users u JOIN user_plans a ON a.user_id = u.id AND a.replaced_at IS NULL JOIN plans p ON p.id = a.plan_id WHERE u.username = $1",
        parameters: &["text"],
        columns: &[("id", "int8"), ("plan_id", "int8"), ("plan_name", "varchar"), ("assigned_at", "timestamptz"), ("assigned_by", "int8"), ("valid_days", "int4"), ("starts_at", "timestamptz"), ("ends_at", "timestamptz"), ("replaced_at", "timestamptz")],
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
impl db::Returning for OfUserStmt {
    type Row = UserPlan;
    type Borrowed<'r> = UserPlanBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(UserPlanBorrowed {
            id: row.try_get(0)?, plan_id: row.try_get(1)?, plan_name: row.try_get(2)?, assigned_at: row.try_get(3)?,
            assigned_by: row.try_get(4)?, valid_days: row.try_get(5)?, starts_at: row.try_get(6)?,
            ends_at: row.try_get(7)?, replaced_at: row.try_get(8)?,
        })
    }
}
/// The statement [`history`](fn@history); a row is a [`UserPlan`].
#[derive(Clone, Copy, Debug)]
pub struct HistoryStmt;
/// One page of the plans that a user has and had, newest first. Start with `before_id` i64::MAX, continue with the last id received.
/// Index: idx_users_username, idx_user_plans_user_history, plans_pkey. Locks: nothing.
pub fn history() -> HistoryStmt {
    HistoryStmt
}
impl HistoryStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "plans.history",
        file: "queries/plans.sql",
        line: 103,
        sql: "/* plans.history */ SELECT a.id, a.plan_id, p.name AS plan_name, a.assigned_at, a.assigned_by, a.valid_days, a.starts_at, a.ends_at, a.replaced_at FROM users u JOIN user_plans a ON a.user_id = u.id JOIN plans p ON p.id = a.plan_id WHERE u.username = $1 AND a.id < $2 ORDER BY a.id DESC LIMIT $3::BIGINT",
        parameters: &["text", "int8", "int8"],
        columns: OfUserStmt::QUERY.columns,
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        username: &'a impl db::StringSql,
        before_id: &'a i64,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [username, before_id, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a HistoryParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.username, &params.before_id, &params.limit)
    }
}
impl db::Returning for HistoryStmt {
    type Row = UserPlan;
    type Borrowed<'r> = UserPlanBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        <OfUserStmt as db::Returning>::read(row)
    }
}
/// The statement [`quota`](fn@quota); a row is a [`Quota`].
#[derive(Clone, Copy, Debug)]
pub struct QuotaStmt;
/// What a user may use and has used in the day and in the month under way, a row per limit of their plan, the day first; exact at this
/// moment. No row means that there is no quota. `period`, `max_bytes`, `used_bytes` and `resets_at` are never NULL: quota_of_user
/// assigns all of them.
/// Index: idx_users_username, users_pkey, idx_user_plans_current, plans_pkey, idx_usage_hourly_user, idx_usage_daily_user,
/// idx_vpn_connections_live_user. Locks: nothing.
pub fn quota() -> QuotaStmt {
    QuotaStmt
}
impl QuotaStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "plans.quota",
        file: "queries/plans.sql",
        line: 123,
        sql: "/* plans.quota */ SELECT q.period, q.max_bytes, q.used_bytes, q.resets_at FROM users u CROSS JOIN LATERAL quota_of_user(u.id, CURRENT_TIMESTAMP) q WHERE u.username = $1",
        parameters: &["text"],
        columns: &[("period", "text"), ("max_bytes", "int8"), ("used_bytes", "int8"), ("resets_at", "timestamptz")],
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
impl db::Returning for QuotaStmt {
    type Row = Quota;
    type Borrowed<'r> = QuotaBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(QuotaBorrowed {
            period: row.try_get(0)?, max_bytes: row.try_get(1)?, used_bytes: row.try_get(2)?,
            resets_at: row.try_get(3)?,
        })
    }
}
/// The statement [`check`](fn@check); a row is a [`OverQuota`]. It needs a full client, because it calls quota_check.
#[derive(Clone, Copy, Debug)]
pub struct CheckStmt;
/// Checks the quotas of the users of connections for which `heartbeat` has returned the reason over_quota, and returns those that are over
/// quota: see quota_check. `connections::heartbeat` of the crate calls it. Run it in no transaction that has sent a heartbeat.
/// `connection_id` and `is_ended` are never NULL: quota_check takes them from rows.
/// Index: vpn_connections_pkey, users_pkey, idx_vpn_connections_live_user. Locks: the users in id order, their live connections in id
/// order, and what their ends lock.
pub fn check() -> CheckStmt {
    CheckStmt
}
impl CheckStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "plans.check",
        file: "queries/plans.sql",
        line: 137,
        sql: "/* plans.check */ SELECT connection_id, is_ended FROM quota_check($1::TEXT, $2::BIGINT[])",
        parameters: &["text", "int8[]"],
        columns: &[("connection_id", "int8"), ("is_ended", "bool")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        server_id: &'a impl db::StringSql,
        ids: &'a impl db::ArraySql<Item = i64>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [server_id, ids], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a CheckParams<impl db::StringSql, impl db::ArraySql<Item = i64>>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.server_id, &params.ids)
    }
}
impl db::Returning for CheckStmt {
    type Row = OverQuota;
    type Borrowed<'r> = OverQuota;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(OverQuota { connection_id: row.try_get(0)?, is_ended: row.try_get(1)? })
    }
}
/// The statement [`refusal`](fn@refusal). It needs a full client, because it calls plan_admits.
#[derive(Clone, Copy, Debug)]
pub struct RefusalStmt;
/// Why the plan of a user refuses a connection on a server: plan_ended, location_not_allowed or over_quota; NULL if it does not, or
/// there is no plan. No row means that there is no usable account of this name.
/// Index: idx_users_username, idx_user_plans_current, plans_pkey, plan_locations_pkey. Locks: nothing.
pub fn refusal() -> RefusalStmt {
    RefusalStmt
}
impl RefusalStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "plans.refusal",
        file: "queries/plans.sql",
        line: 146,
        sql: "/* plans.refusal */ SELECT a.refusal FROM users u CROSS JOIN LATERAL plan_admits(u.id, $1::TEXT) a WHERE u.username = $2 AND account_is_usable(u.active, u.expires_at)",
        parameters: &["text", "text"],
        columns: &[("refusal", "text")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        server_id: &'a impl db::StringSql,
        username: &'a impl db::StringSql,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        db::Bound::new(Self::QUERY, client, [server_id, username], |it| it.map(|v| v.into()))
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a RefusalParams<impl db::StringSql, impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 2> {
        self.bind(client, &params.server_id, &params.username)
    }
}
impl db::Returning for RefusalStmt {
    type Row = Option<String>;
    type Borrowed<'r> = Option<&'r str>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// Where a page of [`ends_soon`](fn@ends_soon) begins or ends.
pub type EndsSoonCursor = db::Cursor<EndsSoonStmt>;
/// The statement [`ends_soon`](fn@ends_soon); a row is a [`EndingPlan`].
#[derive(Clone, Copy, Debug)]
pub struct EndsSoonStmt;
/// The plans that end after the moment `after` and at `until` or before, the earliest first, in pages. Deactivated accounts are left out.
/// Index: idx_user_plans_ends_at, users_pkey, plans_pkey. Locks: nothing.
pub fn ends_soon() -> EndsSoonStmt {
    EndsSoonStmt
}
impl EndsSoonStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "plans.ends_soon",
        file: "queries/plans.sql",
        line: 156,
        sql: "/* plans.ends_soon */ SELECT a.id AS user_plan_id, a.user_id, u.username, a.plan_id, p.name AS plan_name, a.ends_at FROM user_plans a JOIN users u ON u.id = a.user_id JOIN plans p ON p.id = a.plan_id WHERE a.replaced_at IS NULL AND a.ended_at IS NULL AND a.ends_at > $1 AND a.ends_at <= $2 AND u.active IS NOT FALSE ORDER BY a.ends_at, a.id LIMIT $3::BIGINT",
        parameters: &["timestamptz", "timestamptz", "int8"],
        columns: &[("user_plan_id", "int8"), ("user_id", "int8"), ("username", "varchar"), ("plan_id", "int8"), ("plan_name", "varchar"), ("ends_at", "timestamptz")],
        changes_session: false,
    };
    /// The statement of each choice.
    pub const VARIANTS: &'static [db::Variant] = &[
        // the first page
        db::Variant::new(Self::QUERY, Self::QUERY.sql, Self::QUERY.parameters, &[0, 1, 2]),
        // a page after a cursor
        db::Variant::new(Self::QUERY, "/* plans.ends_soon */ SELECT a.id AS user_plan_id, a.user_id, u.username, a.plan_id, p.name AS plan_name, a.ends_at FROM user_plans a JOIN users u ON u.id = a.user_id JOIN plans p ON p.id = a.plan_id WHERE a.replaced_at IS NULL AND a.ended_at IS NULL AND a.ends_at > $1 AND a.ends_at <= $2 AND u.active IS NOT FALSE AND (a.ends_at, a.id) > ($3, $4) ORDER BY a.ends_at, a.id LIMIT $5::BIGINT", &["timestamptz", "timestamptz", "timestamptz", "int8", "int8"], &[0, 1, 3, 4, 2]),
        // the last page
        db::Variant::new(Self::QUERY, "/* plans.ends_soon */ SELECT a.id AS user_plan_id, a.user_id, u.username, a.plan_id, p.name AS plan_name, a.ends_at FROM user_plans a JOIN users u ON u.id = a.user_id JOIN plans p ON p.id = a.plan_id WHERE a.replaced_at IS NULL AND a.ended_at IS NULL AND a.ends_at > $1 AND a.ends_at <= $2 AND u.active IS NOT FALSE ORDER BY a.ends_at DESC, a.id DESC LIMIT $3::BIGINT", &["timestamptz", "timestamptz", "int8"], &[0, 1, 2]),
        // a page before a cursor
        db::Variant::new(Self::QUERY, "/* plans.ends_soon */ SELECT a.id AS user_plan_id, a.user_id, u.username, a.plan_id, p.name AS plan_name, a.ends_at FROM user_plans a JOIN users u ON u.id = a.user_id JOIN plans p ON p.id = a.plan_id WHERE a.replaced_at IS NULL AND a.ended_at IS NULL AND a.ends_at > $1 AND a.ends_at <= $2 AND u.active IS NOT FALSE AND (a.ends_at, a.id) < ($3, $4) ORDER BY a.ends_at DESC, a.id DESC LIMIT $5::BIGINT", &["timestamptz", "timestamptz", "timestamptz", "int8", "int8"], &[0, 1, 3, 4, 2]),
    ];
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        after: &'a chrono::DateTime<chrono::Utc>,
        until: &'a chrono::DateTime<chrono::Utc>,
        limit: &'a i64,
    ) -> db::Pages<'c, 'a, C, Self, 3> {
        let variant = db::variant(&[], 0);
        db::Pages::new(client, [after, until, limit], (variant, 0), (2, *limit), |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a EndsSoonParams,
    ) -> db::Pages<'c, 'a, C, Self, 3> {
        self.bind(client, &params.after, &params.until, &params.limit)
    }
}
impl db::Returning for EndsSoonStmt {
    type Row = EndingPlan;
    type Borrowed<'r> = EndingPlanBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(EndingPlanBorrowed {
            user_plan_id: row.try_get(0)?, user_id: row.try_get(1)?, username: row.try_get(2)?,
            plan_id: row.try_get(3)?, plan_name: row.try_get(4)?, ends_at: row.try_get(5)?,
        })
    }
}
impl db::Paged for EndsSoonStmt {
    const QUERY: &'static db::Query = Self::QUERY;
    const VARIANTS: &'static [db::Variant] = Self::VARIANTS;
    const ORDERS: &'static [db::PageOrder] = &[
        db::PageOrder { name: "", tag: 0xb162faae, keys: &[(5, "timestamptz"), (0, "int8")] },
    ];
}
/// The statement [`runs_out_soon`](fn@runs_out_soon); a row is a [`QuotaShare`].
#[derive(Clone, Copy, Debug)]
pub struct RunsOutSoonStmt;
/// One page of the users who have used `permille` thousandths of their quota or more, at least 500, in id order. The share is that of the
/// last check, at most 50 below the present one as long as a connection is live. Start with `after_id` 0, continue with the last
/// `user_plan_id` received. Deactivated accounts are left out. The index has
/// everybody with a share of 500 or more, also of a period that is over: not for a request path.
/// Index: idx_user_plans_used, users_pkey, plans_pkey. Locks: nothing.
pub fn runs_out_soon() -> RunsOutSoonStmt {
    RunsOutSoonStmt
}
impl RunsOutSoonStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "plans.runs_out_soon",
        file: "queries/plans.sql",
        line: 176,
        sql: "/* plans.runs_out_soon */ SELECT a.id AS user_plan_id, a.user_id, u.username, a.plan_id, p.name AS plan_name, a.used_permille, a.resets_at FROM user_plans a JOIN users u ON u.id = a.user_id JOIN plans p ON p.id = a.plan_id WHERE a.replaced_at IS NULL AND a.used_permille >= 500 AND a.used_permille >= $1::INTEGER AND a.resets_at > CURRENT_TIMESTAMP AND a.id > $2 AND u.active IS NOT FALSE ORDER BY a.id LIMIT $3::BIGINT",
        parameters: &["int4", "int8", "int8"],
        columns: &[("user_plan_id", "int8"), ("user_id", "int8"), ("username", "varchar"), ("plan_id", "int8"), ("plan_name", "varchar"), ("used_permille", "int4"), ("resets_at", "timestamptz")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        permille: &'a i32,
        after_id: &'a i64,
        limit: &'a i64,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        db::Bound::new(Self::QUERY, client, [permille, after_id, limit], |it| it.into())
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        params: &'a RunsOutSoonParams,
    ) -> db::Bound<'c, 'a, C, Self, 3> {
        self.bind(client, &params.permille, &params.after_id, &params.limit)
    }
}
impl db::Returning for RunsOutSoonStmt {
    type Row = QuotaShare;
    type Borrowed<'r> = QuotaShareBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(QuotaShareBorrowed {
            user_plan_id: row.try_get(0)?, user_id: row.try_get(1)?, username: row.try_get(2)?,
            plan_id: row.try_get(3)?, plan_name: row.try_get(4)?, used_permille: row.try_get(5)?,
            resets_at: row.try_get(6)?,
        })
    }
}

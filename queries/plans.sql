-- Plans: what users may have, who has which plan, and what is left of it. Tables and functions: schema/plans.sql. Bytes are
-- those received and sent together; days and months are those of UTC. Limits are NULL if the plan has none. Use the module `plans`
-- of the crate, which names the outcomes.

--: Plan(max_devices?, max_connections?, max_bytes_per_day?, max_bytes_per_month?)
--: Assignment(outcome!, user_plan_id?, starts_at?, ends_at?)
--: UserPlan(assigned_by?, valid_days?, starts_at?, ends_at?, replaced_at?)
--: Quota(period!, max_bytes!, used_bytes!, resets_at!)
--: EndingPlan()
--: QuotaShare()
--: OverQuota(connection_id!, is_ended!)

--! create (max_devices?, max_connections?, max_bytes_per_day?, max_bytes_per_month?) : (id!)
--- Makes a plan and returns its id. `id` is never NULL: the function returns that of the new row. `locations` are those that it allows; empty: all. A name that is taken is a
--- unique violation (`plans_name_key`), a location that does not exist a violation of `fk_plan_locations_location_id`.
--- Index: none needed. Locks: the new rows.
SELECT plan_create(
    :name::TEXT, :max_devices::INTEGER, :max_connections::INTEGER, :max_bytes_per_day::BIGINT, :max_bytes_per_month::BIGINT,
    :ends_over_quota::BOOLEAN, :locations::INTEGER[]
) AS id;

--! update (max_devices?, max_connections?, max_bytes_per_day?, max_bytes_per_month?) : (is_updated!)
--- Replaces name, limits and locations of a plan; FALSE means that there is none with this id; `is_updated` is never NULL. The quota of each live connection of
--- its users is checked at the next heartbeat: of 80,000 users that is a sum each within 30 seconds.
--- Index: plans_pkey, idx_user_plans_plan_id, idx_vpn_connections_live_user. Locks: the plan, then the live connections of its
--- users in id order.
SELECT plan_update(
    :id::BIGINT, :name::TEXT, :max_devices::INTEGER, :max_connections::INTEGER, :max_bytes_per_day::BIGINT,
    :max_bytes_per_month::BIGINT, :ends_over_quota::BOOLEAN, :locations::INTEGER[]
) AS is_updated;

--! by_id : Plan
--- The plan with this id, and the locations that it allows; none means all. No row means that there is no such plan.
--- Index: plans_pkey, plan_locations_pkey. Locks: nothing.
SELECT p.id,
       p.name,
       p.max_devices,
       p.max_connections,
       p.max_bytes_per_day,
       p.max_bytes_per_month,
       p.ends_over_quota,
       p.created_at,
       ARRAY(SELECT l.location_id FROM plan_locations l WHERE l.plan_id = p.id ORDER BY l.location_id) AS locations
FROM plans p
WHERE p.id = :id;

--! list : Plan
--- All plans, by name.
--- Index: plan_locations_pkey; all plans, tens of rows. Locks: nothing.
SELECT p.id,
       p.name,
       p.max_devices,
       p.max_connections,
       p.max_bytes_per_day,
       p.max_bytes_per_month,
       p.ends_over_quota,
       p.created_at,
       ARRAY(SELECT l.location_id FROM plan_locations l WHERE l.plan_id = p.id ORDER BY l.location_id) AS locations
FROM plans p
ORDER BY p.name;

--! assign (days?, until?, assigned_by?) : Assignment
--- Gives a user a plan, in place of the one that they have: see plan_assign. `outcome` is assigned, no_account, no_plan or over; it is
--- never NULL.
--- Index: idx_users_username, plans_pkey, idx_user_plans_current, idx_vpn_connections_live_user. Locks: the account, then its live
--- connections in id order.
SELECT outcome, user_plan_id, starts_at, ends_at
FROM plan_assign(
    :username::TEXT, :plan_id::BIGINT, :at_first_connection::BOOLEAN, :days::INTEGER, :until::TIMESTAMPTZ, :assigned_by::BIGINT
);

--! cancel : (is_cancelled!)
--- Ends the plan of a user now, with their connections; none opens until another plan is assigned. FALSE means that there is
--- nothing to end; `is_cancelled` is never NULL.
--- Index: idx_users_username, idx_user_plans_current, idx_vpn_connections_live_user. Locks: the account, then its connections and what
--- their ends lock.
SELECT plan_cancel(:username::TEXT) AS is_cancelled;

--! unassign : (is_unassigned!)
--- Takes the plan of a user away: the limits of the account and of the policies hold alone. FALSE means that there is nothing to take;
--- `is_unassigned` is never NULL.
--- Index: idx_users_username, idx_user_plans_current, idx_vpn_connections_live_user. Locks: the account, then its live connections in
--- id order.
SELECT plan_unassign(:username::TEXT) AS is_unassigned;

--! of_user : UserPlan
--- The plan of a user. No row means that they have none.
--- Index: idx_users_username, idx_user_plans_current, plans_pkey. Locks: nothing.
SELECT a.id,
       a.plan_id,
       p.name AS plan_name,
       a.assigned_at,
       a.assigned_by,
       a.valid_days,
       a.starts_at,
       a.ends_at,
       a.replaced_at
FROM users u
JOIN user_plans a ON a.user_id = u.id AND a.replaced_at IS NULL
JOIN plans p ON p.id = a.plan_id
WHERE u.username = :username;

--! history : UserPlan
--- One page of the plans that a user has and had, newest first. Start with `before_id` i64::MAX, continue with the last id received.
--- Index: idx_users_username, idx_user_plans_user_history, plans_pkey. Locks: nothing.
SELECT a.id,
       a.plan_id,
       p.name AS plan_name,
       a.assigned_at,
       a.assigned_by,
       a.valid_days,
       a.starts_at,
       a.ends_at,
       a.replaced_at
FROM users u
JOIN user_plans a ON a.user_id = u.id
JOIN plans p ON p.id = a.plan_id
WHERE u.username = :username
  AND a.id < :before_id
ORDER BY a.id DESC
LIMIT :limit::BIGINT;

--! quota : Quota
--- What a user may use and has used in the day and in the month under way, a row per limit of their plan, the day first; exact at this
--- moment. No row means that there is no quota. `period`, `max_bytes`, `used_bytes` and `resets_at` are never NULL: quota_of_user
--- assigns all of them.
--- Index: idx_users_username, users_pkey, idx_user_plans_current, plans_pkey, idx_usage_hourly_user, idx_usage_daily_user,
--- idx_vpn_connections_live_user. Locks: nothing.
SELECT q.period,
       q.max_bytes,
       q.used_bytes,
       q.resets_at
FROM users u
CROSS JOIN LATERAL quota_of_user(u.id, CURRENT_TIMESTAMP) q
WHERE u.username = :username;

--! check : OverQuota
--- Checks the quotas of the users of connections for which `heartbeat` has returned the reason over_quota, and returns those that are over
--- quota: see quota_check. `connections::heartbeat` of the crate calls it. Run it in no transaction that has sent a heartbeat.
--- `connection_id` and `is_ended` are never NULL: quota_check takes them from rows.
--- Index: vpn_connections_pkey, users_pkey, idx_vpn_connections_live_user. Locks: the users in id order, their live connections in id
--- order, and what their ends lock.
SELECT connection_id, is_ended
FROM quota_check(:server_id::TEXT, :ids::BIGINT[]);

--! refusal : (refusal?)
--- Why the plan of a user refuses a connection on a server: plan_ended, location_not_allowed or over_quota; NULL if it does not, or
--- there is no plan. No row means that there is no usable account of this name.
--- Index: idx_users_username, idx_user_plans_current, plans_pkey, plan_locations_pkey. Locks: nothing.
SELECT a.refusal
FROM users u
CROSS JOIN LATERAL plan_admits(u.id, :server_id::TEXT) a
WHERE u.username = :username
  AND account_is_usable(u.active, u.expires_at);

--! ends_soon page : EndingPlan
--- The plans that end after the moment `after` and at `until` or before, the earliest first, in pages. Deactivated accounts are left out.
--- Index: idx_user_plans_ends_at, users_pkey, plans_pkey. Locks: nothing.
SELECT a.id   AS user_plan_id,
       a.user_id,
       u.username,
       a.plan_id,
       p.name AS plan_name,
       a.ends_at
FROM user_plans a
JOIN users u ON u.id = a.user_id
JOIN plans p ON p.id = a.plan_id
WHERE a.replaced_at IS NULL
  AND a.ended_at IS NULL
  AND a.ends_at > :after
  AND a.ends_at <= :until
  AND u.active IS NOT FALSE
ORDER BY a.ends_at, a.id
LIMIT :limit::BIGINT;

--! runs_out_soon report : QuotaShare
--- One page of the users who have used `permille` thousandths of their quota or more, at least 500, in id order. The share is that of the
--- last check, at most 50 below the present one as long as a connection is live. Start with `after_id` 0, continue with the last
--- `user_plan_id` received. Deactivated accounts are left out. The index has
--- everybody with a share of 500 or more, also of a period that is over: not for a request path.
--- Index: idx_user_plans_used, users_pkey, plans_pkey. Locks: nothing.
SELECT a.id   AS user_plan_id,
       a.user_id,
       u.username,
       a.plan_id,
       p.name AS plan_name,
       a.used_permille,
       a.resets_at
FROM user_plans a
JOIN users u ON u.id = a.user_id
JOIN plans p ON p.id = a.plan_id
WHERE a.replaced_at IS NULL
  AND a.used_permille >= 500
  AND a.used_permille >= :permille::INTEGER
  AND a.resets_at > CURRENT_TIMESTAMP
  AND a.id > :after_id
  AND u.active IS NOT FALSE
ORDER BY a.id
LIMIT :limit::BIGINT;

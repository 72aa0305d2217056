// Written by the build step from migrations/. Edit those files: `cargo build` brings this one up to date.

//! The constraints and unique indexes of the schema.

use barqnet_db_client as db;

db::constraints! {
    /// Primary key of `account_tombstones`: `server_id`, `id`.
    AccountTombstonesPkey = "account_tombstones_pkey",
    /// Primary key of `audit_log`: `id`.
    AuditLogPkey = "audit_log_pkey",
    /// Check of `account_tombstones`: `cause`.
    ChkAccountTombstonesCause = "chk_account_tombstones_cause",
    /// Check of `account_tombstones`: `created_at`.
    ChkAccountTombstonesTimes = "chk_account_tombstones_times",
    /// Check of `audit_log`: `timestamp`.
    ChkAuditLogTimes = "chk_audit_log_times",
    /// Check of `otp_attempts`: `attempt_type`.
    ChkOtpAttemptType = "chk_otp_attempt_type",
    /// Check of `otp_attempts`: `channel`.
    ChkOtpAttemptsChannel = "chk_otp_attempts_channel",
    /// Check of `otp_attempts`: `created_at`, `expires_at`, `verified_at`, `last_attempt_at`.
    ChkOtpAttemptsTimes = "chk_otp_attempts_times",
    /// Check of `otp_challenges`: `code_sent_at`, `code_expires_at`.
    ChkOtpChallengesCodeLifetime = "chk_otp_challenges_code_lifetime",
    /// Check of `otp_challenges`: `code_mac`.
    ChkOtpChallengesCodeMac = "chk_otp_challenges_code_mac",
    /// Check of `otp_attempts`: `otp_code`.
    ChkOtpCodeMasked = "chk_otp_code_masked",
    /// Check of `otp_codes`: `created_at`, `expires_at`.
    ChkOtpCodesLifetime = "chk_otp_codes_lifetime",
    /// Check of `otp_codes`: `mac`.
    ChkOtpCodesMac = "chk_otp_codes_mac",
    /// Check of `otp_numbers`: `phone_number`.
    ChkOtpNumbersPhoneNumber = "chk_otp_numbers_phone_number",
    /// Check of `plans`: `max_devices`, `max_connections`, `max_bytes_per_day`, `max_bytes_per_month`.
    ChkPlansLimits = "chk_plans_limits",
    /// Check of `plans`: `created_at`.
    ChkPlansTimes = "chk_plans_times",
    /// Check of `rate_counters`: `counts`.
    ChkRateCountersCounts = "chk_rate_counters_counts",
    /// Check of `rate_counters`: `returned`.
    ChkRateCountersReturned = "chk_rate_counters_returned",
    /// Check of `role_permissions`: `permission`.
    ChkRolePermissionsPermission = "chk_role_permissions_permission",
    /// Check of `server_health`: `last_check`.
    ChkServerHealthTimes = "chk_server_health_times",
    /// Check of `server_locations`: `latitude`.
    ChkServerLocationsLatitude = "chk_server_locations_latitude",
    /// Check of `server_locations`: `longitude`.
    ChkServerLocationsLongitude = "chk_server_locations_longitude",
    /// Check of `server_locations`: `created_at`, `updated_at`.
    ChkServerLocationsTimes = "chk_server_locations_times",
    /// Check of `server_status`: `reported_at`, `heard_at`, `heard_since`, `measured_at`.
    ChkServerStatusTimes = "chk_server_status_times",
    /// Check of `servers`: `max_users`.
    ChkServersMaxUsers = "chk_servers_max_users",
    /// Check of `servers`: `last_sync`, `created_at`.
    ChkServersTimes = "chk_servers_times",
    /// Check of `usage_marks`: `marked_at`.
    ChkUsageMarksTimes = "chk_usage_marks_times",
    /// Check of `usage_totals`: `last_session_at`.
    ChkUsageTotalsTimes = "chk_usage_totals_times",
    /// Check of `user_devices`: `revoked_at`, `revoked_reason`.
    ChkUserDevicesRevoked = "chk_user_devices_revoked",
    /// Check of `user_devices`: `created_at`, `last_seen`, `revoked_at`.
    ChkUserDevicesTimes = "chk_user_devices_times",
    /// Check of `user_plans`: `starts_at`, `ends_at`.
    ChkUserPlansEnd = "chk_user_plans_end",
    /// Check of `user_plans`: `assigned_at`, `starts_at`, `ends_at`, `ended_at`, `replaced_at`, `resets_at`.
    ChkUserPlansTimes = "chk_user_plans_times",
    /// Check of `user_plans`: `used_permille`.
    ChkUserPlansUsed = "chk_user_plans_used",
    /// Check of `user_plans`: `valid_days`.
    ChkUserPlansValidDays = "chk_user_plans_valid_days",
    /// Check of `user_sessions`: `created_at`, `expires_at`, `last_activity`, `revoked_at`.
    ChkUserSessionsTimes = "chk_user_sessions_times",
    /// Check of `users`: `max_connections`, `max_devices`.
    ChkUsersLimits = "chk_users_limits",
    /// Raised by the function `check_phone_number`.
    ChkUsersPhoneNumber = "chk_users_phone_number",
    /// Check of `users`: `created_at`, `expires_at`, `last_access`, `last_login`, `sessions_valid_after`.
    ChkUsersTimes = "chk_users_times",
    /// Check of `vpn_connections`: `bytes_received`.
    ChkVpnConnectionsBytesReceived = "chk_vpn_connections_bytes_received",
    /// Check of `vpn_connections`: `bytes_sent`.
    ChkVpnConnectionsBytesSent = "chk_vpn_connections_bytes_sent",
    /// Check of `vpn_connections`: `duration_seconds`.
    ChkVpnConnectionsDuration = "chk_vpn_connections_duration",
    /// Check of `vpn_connections`: `status`.
    ChkVpnConnectionsStatus = "chk_vpn_connections_status",
    /// Check of `vpn_connections`: `connected_at`, `disconnected_at`, `last_activity`.
    ChkVpnConnectionsTimes = "chk_vpn_connections_times",
    /// Check of `vpn_connections`: `virtual_ip`, `virtual_ip6`.
    ChkVpnConnectionsVirtualIp6 = "chk_vpn_connections_virtual_ip6",
    /// Check of `vpn_statistics_archive`: `duration_seconds`.
    ChkVpnStatisticsArchiveDuration = "chk_vpn_statistics_archive_duration",
    /// Check of `vpn_statistics_archive`: `started_at`, `ended_at`, `archived_at`.
    ChkVpnStatisticsArchiveTimes = "chk_vpn_statistics_archive_times",
    /// Check of `vpn_statistics`: `bytes_in`.
    ChkVpnStatisticsBytesIn = "chk_vpn_statistics_bytes_in",
    /// Check of `vpn_statistics`: `bytes_out`.
    ChkVpnStatisticsBytesOut = "chk_vpn_statistics_bytes_out",
    /// Check of `vpn_statistics`: `duration_seconds`.
    ChkVpnStatisticsDuration = "chk_vpn_statistics_duration",
    /// Check of `vpn_statistics`: `protocol`.
    ChkVpnStatisticsProtocol = "chk_vpn_statistics_protocol",
    /// Check of `vpn_statistics`: `session_type`.
    ChkVpnStatisticsSessionType = "chk_vpn_statistics_session_type",
    /// Check of `vpn_statistics`: `started_at`, `ended_at`.
    ChkVpnStatisticsTimes = "chk_vpn_statistics_times",
    /// Raised by the function `refuse_connection_status`.
    ConnectionStatusIsFinal = "connection_status_is_final",
    /// Primary key of `erased_names`: `name_hash`.
    ErasedNamesPkey = "erased_names_pkey",
    /// Foreign key of `otp_challenges` to `otp_numbers`: `phone_number`.
    FkOtpChallengesPhoneNumber = "fk_otp_challenges_phone_number",
    /// Foreign key of `otp_codes` to `otp_numbers`: `phone_number`.
    FkOtpCodesPhoneNumber = "fk_otp_codes_phone_number",
    /// Foreign key of `otp_tickets` to `otp_numbers`: `phone_number`.
    FkOtpTicketsPhoneNumber = "fk_otp_tickets_phone_number",
    /// Foreign key of `plan_locations` to `server_locations`: `location_id`.
    FkPlanLocationsLocationId = "fk_plan_locations_location_id",
    /// Foreign key of `plan_locations` to `plans`: `plan_id`.
    FkPlanLocationsPlanId = "fk_plan_locations_plan_id",
    /// Foreign key of `servers` to `server_locations`: `location_id`.
    FkServersLocationId = "fk_servers_location_id",
    /// Foreign key of `session_token_history` to `user_sessions`: `session_id`.
    FkSessionTokenHistorySessionId = "fk_session_token_history_session_id",
    /// Foreign key of `usage_marks` to `users`: `user_id`.
    FkUsageMarksUserId = "fk_usage_marks_user_id",
    /// Foreign key of `user_devices` to `users`: `user_id`.
    FkUserDevicesUserId = "fk_user_devices_user_id",
    /// Foreign key of `user_plans` to `plans`: `plan_id`.
    FkUserPlansPlanId = "fk_user_plans_plan_id",
    /// Foreign key of `user_plans` to `users`: `user_id`.
    FkUserPlansUserId = "fk_user_plans_user_id",
    /// Foreign key of `user_sessions` to `user_devices`: `device_id`.
    FkUserSessionsDeviceId = "fk_user_sessions_device_id",
    /// Foreign key of `vpn_connections` to `users`: `username`.
    FkVpnConnectionsUsername = "fk_vpn_connections_username",
    /// Foreign key of `vpn_statistics_archive` to `users`: `username`.
    FkVpnStatisticsArchiveUsername = "fk_vpn_statistics_archive_username",
    /// Foreign key of `vpn_statistics` to `vpn_connections`: `connection_id`.
    FkVpnStatisticsConnectionId = "fk_vpn_statistics_connection_id",
    /// Foreign key of `vpn_statistics` to `users`: `username`.
    FkVpnStatisticsUsername = "fk_vpn_statistics_username",
    /// Unique index of `account_tombstones`: `server_id`, `username`.
    IdxAccountTombstonesAccount = "idx_account_tombstones_account",
    /// Unique index of `server_locations`: `country`, `city`.
    IdxLocationsCountryCity = "idx_locations_country_city",
    /// Unique index of `user_sessions`: `family_hash`.
    IdxSessionsFamilyHash = "idx_sessions_family_hash",
    /// Unique index of `user_sessions`: `token_hash`.
    IdxSessionsTokenHash = "idx_sessions_token_hash",
    /// Unique index of `user_plans`: `user_id`.
    IdxUserPlansCurrent = "idx_user_plans_current",
    /// Unique index of `users`: `name_skeleton`.
    IdxUsersNameSkeleton = "idx_users_name_skeleton",
    /// Unique index of `users`: `phone_number`.
    IdxUsersPhoneNumber = "idx_users_phone_number",
    /// Unique index of `vpn_connections`: `server_id`, `virtual_ip`.
    IdxVpnConnectionsLiveAddress = "idx_vpn_connections_live_address",
    /// Unique index of `vpn_connections`: `server_id`, `virtual_ip6`.
    IdxVpnConnectionsLiveAddress6 = "idx_vpn_connections_live_address6",
    /// Unique index of `vpn_statistics`: `server_id`, `connection_id`.
    IdxVpnStatisticsOnceAConnection = "idx_vpn_statistics_once_a_connection",
    /// Unique index of `vpn_statistics`: `server_id`, `username`, `report_key`.
    IdxVpnStatisticsReportKey = "idx_vpn_statistics_report_key",
    /// Primary key of `otp_attempts`: `id`.
    OtpAttemptsPkey = "otp_attempts_pkey",
    /// Primary key of `otp_budgets`: `budget`, `key`.
    OtpBudgetsPkey = "otp_budgets_pkey",
    /// Primary key of `otp_challenges`: `phone_number`, `purpose`.
    OtpChallengesPkey = "otp_challenges_pkey",
    /// Primary key of `otp_codes`: `phone_number`, `purpose`, `id`.
    OtpCodesPkey = "otp_codes_pkey",
    /// Primary key of `otp_numbers`: `phone_number`.
    OtpNumbersPkey = "otp_numbers_pkey",
    /// Primary key of `otp_tickets`: `ticket_hash`.
    OtpTicketsPkey = "otp_tickets_pkey",
    /// Primary key of `password_failures`: `name_hash`.
    PasswordFailuresPkey = "password_failures_pkey",
    /// Primary key of `plan_locations`: `plan_id`, `location_id`.
    PlanLocationsPkey = "plan_locations_pkey",
    /// Unique constraint of `plans`: `name`.
    PlansNameKey = "plans_name_key",
    /// Primary key of `plans`: `id`.
    PlansPkey = "plans_pkey",
    /// Primary key of `rate_counters`: `budget`, `key`, `shard`.
    RateCountersPkey = "rate_counters_pkey",
    /// Primary key of `rate_returns`: `budget`, `key`, `shard`, `use_id`.
    RateReturnsPkey = "rate_returns_pkey",
    /// Primary key of `role_permissions`: `role`, `permission`.
    RolePermissionsPkey = "role_permissions_pkey",
    /// Primary key of `server_health`: `id`.
    ServerHealthPkey = "server_health_pkey",
    /// Unique constraint of `server_locations`: `name`.
    ServerLocationsNameKey = "server_locations_name_key",
    /// Primary key of `server_locations`: `location_id`.
    ServerLocationsPkey = "server_locations_pkey",
    /// Primary key of `server_status`: `server_id`.
    ServerStatusPkey = "server_status_pkey",
    /// Unique constraint of `servers`: `name`.
    ServersNameKey = "servers_name_key",
    /// Primary key of `servers`: `id`.
    ServersPkey = "servers_pkey",
    /// Primary key of `session_token_history`: `token_hash`.
    SessionTokenHistoryPkey = "session_token_history_pkey",
    /// Primary key of `usage_by_server`: `server_id`, `hour`.
    UsageByServerPkey = "usage_by_server_pkey",
    /// Primary key of `usage_daily`: `server_id`, `username`, `day`.
    UsageDailyPkey = "usage_daily_pkey",
    /// Primary key of `usage_hourly`: `server_id`, `username`, `hour`.
    UsageHourlyPkey = "usage_hourly_pkey",
    /// Primary key of `usage_marks`: `user_id`, `marked_at`.
    UsageMarksPkey = "usage_marks_pkey",
    /// Primary key of `usage_totals`: `server_id`, `username`.
    UsageTotalsPkey = "usage_totals_pkey",
    /// Primary key of `user_devices`: `id`.
    UserDevicesPkey = "user_devices_pkey",
    /// Unique constraint of `user_devices`: `user_id`, `device_key`.
    UserDevicesUserIdDeviceKeyKey = "user_devices_user_id_device_key_key",
    /// Primary key of `user_plans`: `id`.
    UserPlansPkey = "user_plans_pkey",
    /// Primary key of `user_sessions`: `id`.
    UserSessionsPkey = "user_sessions_pkey",
    /// Foreign key of `user_sessions` to `users`: `user_id`.
    UserSessionsUserIdFkey = "user_sessions_user_id_fkey",
    /// Primary key of `users`: `id`.
    UsersPkey = "users_pkey",
    /// Unique constraint of `users`: `username`.
    UsersUsernameKey = "users_username_key",
    /// Primary key of `vpn_connections`: `id`.
    VpnConnectionsPkey = "vpn_connections_pkey",
    /// Primary key of `vpn_statistics_archive`: `id`.
    VpnStatisticsArchivePkey = "vpn_statistics_archive_pkey",
    /// Primary key of `vpn_statistics`: `id`.
    VpnStatisticsPkey = "vpn_statistics_pkey",
    /// Raised by the function `roll_up_written_statistics`.
    WrittenStatisticsRollUp = "written_statistics_roll_up",
}

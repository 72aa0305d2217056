// Written by the build step from queries/. Edit those files: `cargo build` brings this one up to date.

//! The rows that `FakeClient` can return, for unit tests without a server.

use barqnet_db_client as db;

db::faked! {
    super::audit::AppendStmt;
    super::audit::ExportStmt { id, timestamp, action, username, details, ip_address, server_id, subject_id };
    super::audit::RecentStmt { id, timestamp, action, username, details, ip_address, server_id, subject_id };
    super::audit::ByServerStmt { id, timestamp, action, username, details, ip_address, server_id, subject_id };
    super::audit::ByUserStmt { id, timestamp, action, username, details, ip_address, server_id, subject_id };
    super::audit::BySubjectStmt { id, timestamp, action, username, details, ip_address, server_id, subject_id };
    super::audit::FailuresByIpStmt { ip_address, failures, newest_at };
    super::audit::ActionsByUserStmt { username, actions, newest_at };
    super::connections::OpenStmt {
        outcome, connection_id, superseded_id, ended_ids, ended_servers, capacity, max_of_user,
    };
    super::connections::MarkConnectedStmt;
    super::connections::HeartbeatStmt { connection_id, outcome, reason };
    super::connections::CountLateStmt;
    super::connections::EndExpiredStmt { connection_id, reason };
    super::connections::CloseStmt {
        connection_id, statistics_id, username, server_id, virtual_ip, duration_seconds, bytes_received, bytes_sent,
    };
    super::connections::MarkErrorStmt {
        connection_id, statistics_id, username, server_id, virtual_ip, duration_seconds, bytes_received, bytes_sent,
    };
    super::connections::CloseAllForServerStmt {
        connection_id, statistics_id, username, server_id, virtual_ip, duration_seconds, bytes_received, bytes_sent,
    };
    super::connections::CloseAllForUserStmt {
        connection_id, statistics_id, username, server_id, virtual_ip, duration_seconds, bytes_received, bytes_sent,
    };
    super::connections::CloseAllForDevicesStmt {
        connection_id, statistics_id, username, server_id, virtual_ip, duration_seconds, bytes_received, bytes_sent,
    };
    super::connections::CloseAllForAddressStmt {
        connection_id, statistics_id, username, server_id, virtual_ip, duration_seconds, bytes_received, bytes_sent,
    };
    super::connections::ReapStaleStmt {
        connection_id, statistics_id, username, server_id, virtual_ip, duration_seconds, bytes_received, bytes_sent,
    };
    super::connections::ServersWithStaleStmt;
    super::connections::RecountStmt { server_id, was, live };
    super::connections::ByIdStmt {
        id, username, server_id, status, client_ip, virtual_ip, virtual_ip6, public_ip, connected_at, disconnected_at,
        duration_seconds, disconnect_reason, bytes_received, bytes_sent, last_activity, daemon, device_id, device_name,
        device_type, app_version,
    };
    super::connections::LastOfUserStmt {
        id, username, server_id, status, client_ip, virtual_ip, virtual_ip6, public_ip, connected_at, disconnected_at,
        duration_seconds, disconnect_reason, bytes_received, bytes_sent, last_activity, daemon, device_id, device_name,
        device_type, app_version,
    };
    super::connections::HistoryByUserStmt {
        id, username, server_id, status, client_ip, virtual_ip, virtual_ip6, public_ip, connected_at, disconnected_at,
        duration_seconds, disconnect_reason, bytes_received, bytes_sent, last_activity, daemon, device_id, device_name,
        device_type, app_version,
    };
    super::connections::ActiveStmt {
        id, username, phone_number, server_id, status, client_ip, virtual_ip, virtual_ip6, public_ip, connected_at,
        last_activity, bytes_received, bytes_sent, daemon, device_id, device_name, device_type, app_version,
    };
    super::connections::ActiveByServerStmt {
        id, username, phone_number, server_id, status, client_ip, virtual_ip, virtual_ip6, public_ip, connected_at,
        last_activity, bytes_received, bytes_sent, daemon, device_id, device_name, device_type, app_version,
    };
    super::connections::ActiveByUserStmt {
        id, username, phone_number, server_id, status, client_ip, virtual_ip, virtual_ip6, public_ip, connected_at,
        last_activity, bytes_received, bytes_sent, daemon, device_id, device_name, device_type, app_version,
    };
    super::connections::CountActiveStmt;
    super::connections::CountActiveByUserStmt;
    super::connections::CountActiveByServerStmt { server_id, active };
    super::connections::LongRunningStmt {
        id, username, phone_number, server_id, status, client_ip, virtual_ip, virtual_ip6, public_ip, connected_at,
        last_activity, bytes_received, bytes_sent, daemon, device_id, device_name, device_type, app_version,
    };
    super::connections::HeavyStmt {
        id, username, phone_number, server_id, status, client_ip, virtual_ip, virtual_ip6, public_ip, connected_at,
        last_activity, bytes_received, bytes_sent, daemon, device_id, device_name, device_type, app_version,
    };
    super::devices::RegisterStmt { outcome, device_id, was_revoked_for, ended_ids };
    super::devices::RevokeStmt { device_ids, sessions_ended };
    super::devices::RevokeAllStmt { device_ids, sessions_ended };
    super::devices::ByIdStmt {
        id, user_id, device_key, device_name, device_type, created_at, last_seen, revoked_at, revoked_reason,
    };
    super::devices::ListStmt {
        id, user_id, device_key, device_name, device_type, created_at, last_seen, revoked_at, revoked_reason,
    };
    super::locations::ListStmt {
        location_id, name, country, city, region, country_code, latitude, longitude, timezone, data_center, flag_emoji,
        display_order, enabled, created_at, updated_at,
    };
    super::locations::ListWithLoadStmt {
        location_id, name, country, city, region, country_code, latitude, longitude, timezone, flag_emoji,
        enabled_servers, active_connections,
    };
    super::locations::ByIdStmt {
        location_id, name, country, city, region, country_code, latitude, longitude, timezone, data_center, flag_emoji,
        display_order, enabled, created_at, updated_at,
    };
    super::locations::NearestOfPlanStmt {
        location_id, name, country, city, country_code, latitude, longitude, distance_km,
    };
    super::locations::NearestStmt { location_id, name, country, city, country_code, latitude, longitude, distance_km };
    super::locations::UpsertStmt;
    super::locations::StatisticsStmt {
        location_id, name, country, city, country_code, enabled, total_servers, enabled_servers, assigned_users,
        active_connections, total_bytes_in, total_bytes_out,
    };
    super::locations::ServersAtStmt {
        id, name, host, port, enabled, draining, server_type, last_sync, max_users, active_connections, health,
        response_time_ms, reported_at,
    };
    super::maintenance::ExpireAccountsStmt;
    super::maintenance::ExpirePlansStmt;
    super::maintenance::ArchiveStatisticsStmt;
    super::maintenance::RollUpHoursStmt;
    super::maintenance::FoldUsageDaysStmt;
    super::maintenance::FoldServerUsageStmt;
    super::maintenance::DeleteOldArchivedStatisticsStmt;
    super::maintenance::ForgetConnectionAddressesStmt;
    super::maintenance::DeleteOldConnectionsStmt;
    super::maintenance::ForgetIdleSessionAddressesStmt { last_id, forgotten };
    super::maintenance::TablesToVacuumStmt { table_name, permitted };
    super::maintenance::ListNamesWithoutSkeletonStmt { id, username };
    super::monitoring::PingStmt { server_time, version, version_number };
    super::monitoring::MigrationStatusStmt { version, name, applied_on, checksum };
    super::monitoring::CountActiveSessionsStmt;
    super::monitoring::CountActiveConnectionsStmt;
    super::monitoring::OtpAttemptsLastHourStmt {
        attempts, sent, sent_verified, tries, verify_attempts, verify_successes,
    };
    super::monitoring::BandwidthTodayStmt;
    super::monitoring::TopUsersByBandwidthStmt { username, gib_total };
    super::monitoring::DatabaseSizeStmt;
    super::monitoring::TableSizesStmt {
        table_name, estimated_rows, dead_rows, table_bytes, index_bytes, total_bytes, last_vacuum, last_analyze,
    };
    super::monitoring::LongestTransactionsStmt { pid, seconds, application_name, state, wait_event_type };
    super::otp::SendStmt { code_id, code_ends_at, retry_after_seconds, refused_by };
    super::otp::ReturnSendStmt;
    super::otp::VerifyStmt { verified, retry_after_seconds, refused_by };
    super::otp::SpendTicketStmt;
    super::otp::InvalidateStmt;
    super::otp::StatusStmt {
        purpose, failures, known_failures, locked_until, known_locked_until, sent_last_day, code_expires_at,
    };
    super::otp::UnlockStmt;
    super::password::TryPasswordStmt {
        charged_at, counted_as, uses_budgets, user_id, username, stored_hash, retry_after_seconds, refused_by,
    };
    super::password::VerifiedStmt;
    super::password::StatusStmt { failures, locked_until, known_failures, known_locked_until, failed_at };
    super::plans::CreateStmt;
    super::plans::UpdateStmt;
    super::plans::ByIdStmt {
        id, name, max_devices, max_connections, max_bytes_per_day, max_bytes_per_month, ends_over_quota, created_at,
        locations,
    };
    super::plans::ListStmt {
        id, name, max_devices, max_connections, max_bytes_per_day, max_bytes_per_month, ends_over_quota, created_at,
        locations,
    };
    super::plans::AssignStmt { outcome, user_plan_id, starts_at, ends_at };
    super::plans::CancelStmt;
    super::plans::UnassignStmt;
    super::plans::OfUserStmt {
        id, plan_id, plan_name, assigned_at, assigned_by, valid_days, starts_at, ends_at, replaced_at,
    };
    super::plans::HistoryStmt {
        id, plan_id, plan_name, assigned_at, assigned_by, valid_days, starts_at, ends_at, replaced_at,
    };
    super::plans::QuotaStmt { period, max_bytes, used_bytes, resets_at };
    super::plans::CheckStmt { connection_id, is_ended };
    super::plans::RefusalStmt;
    super::plans::EndsSoonStmt { user_plan_id, user_id, username, plan_id, plan_name, ends_at };
    super::plans::RunsOutSoonStmt { user_plan_id, user_id, username, plan_id, plan_name, used_permille, resets_at };
    super::roles::AuthorizeStmt;
    super::roles::PermissionsStmt { role, permission, only_created };
    super::servers::RegisterStmt;
    super::servers::ByNameStmt {
        id, name, host, port, enabled, server_type, draining, max_users, management_url, location_id, last_sync,
        created_at,
    };
    super::servers::ListStmt {
        id, name, host, port, enabled, server_type, draining, max_users, management_url, location_id, last_sync,
        created_at,
    };
    super::servers::WithLocationsStmt {
        id, name, host, port, enabled, server_type, last_sync, location_id, location_name, country, city, region,
        country_code, latitude, longitude, timezone, data_center, flag_emoji, location_enabled,
    };
    super::servers::CredentialsStmt { username, password };
    super::servers::ExistsStmt;
    super::servers::RemoveStmt;
    super::servers::ReportHealthStmt;
    super::servers::StatusStmt {
        name, enabled, draining, max_users, location_id, live_connections, status, reported_at, measured_at,
        response_time_ms, error_message,
    };
    super::servers::ListStatusStmt {
        name, enabled, draining, max_users, location_id, live_connections, status, reported_at, measured_at,
        response_time_ms, error_message,
    };
    super::servers::HealthHistoryStmt { id, server_id, status, last_check, response_time_ms, error_message };
    super::servers::PickStmt {
        name, host, port, location_id, distance_km, live_connections, max_users, response_time_ms,
    };
    super::servers::CountIneligibleStmt {
        registered, excluded, not_in_plan, disabled, draining, silent, unhealthy, recovering, full, eligible,
    };
    super::sessions::CreateStmt { outcome, session_id, session_ends_at, ended };
    super::sessions::ValidateStmt {
        session_id, user_id, username, phone_number, server_id, role, device_id, created_at, last_activity, expires_at,
        touch_is_due, token_presented,
    };
    super::sessions::RotateStmt { outcome, session_id, user_id, session_ends_at, generation };
    super::sessions::ListByUserStmt {
        id, user_id, device_id, device_info, ip_address, user_agent, created_at, expires_at, last_activity, revoked,
        revoked_at, revoked_reason,
    };
    super::sessions::ListActiveStmt {
        id, user_id, device_id, device_info, ip_address, user_agent, created_at, expires_at, last_activity, revoked,
        revoked_at, revoked_reason,
    };
    super::sessions::CountActiveStmt;
    super::sessions::RevokeOthersStmt;
    super::sessions::RevokeAllStmt;
    super::usage::RecordStmt;
    super::usage::UserSummaryStmt {
        username, total_sessions, total_bytes_in, total_bytes_out, total_duration_seconds, active_connections,
        last_session_at,
    };
    super::usage::ClientReportedTotalsStmt {
        session_type, sessions, bytes_in, bytes_out, duration_seconds, last_session_at,
    };
    super::usage::UserTotalsByServerStmt {
        server_id, sessions, bytes_in, bytes_out, duration_seconds, last_session_at,
    };
    super::usage::ServerSummaryStmt {
        server_id, total_sessions, unique_users, total_bytes_in, total_bytes_out, total_duration_seconds,
        active_connections,
    };
    super::usage::ServerSummariesStmt {
        server_id, total_sessions, unique_users, total_bytes_in, total_bytes_out, total_duration_seconds,
        active_connections,
    };
    super::usage::UsageByDayStmt { day, sessions, bytes_in, bytes_out, duration_seconds };
    super::usage::UsageByHourStmt { hour, sessions, bytes_in, bytes_out, duration_seconds };
    super::usage::ServerUsageByDayStmt { day, sessions, bytes_in, bytes_out, duration_seconds };
    super::usage::HistoryByUserStmt {
        id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at,
        session_type, client_version, protocol, encryption,
    };
    super::usage::TopUsersStmt { username, sessions, bytes_in, bytes_out, duration_seconds };
    super::usage::TopUsersEverStmt { username, sessions, bytes_in, bytes_out, duration_seconds };
    super::usage::BandwidthStmt { sessions, bytes_in, bytes_out, duration_seconds };
    super::usage::DiscrepanciesStmt { roll_up, server_id, username, sessions, bytes_in, bytes_out, duration_seconds };
    super::usage::MarkStmt;
    super::usage::SinceMarkStmt { bytes_in, bytes_out };
    super::usage::SinceHourStmt { since, bytes_in, bytes_out };
    super::users::CreateStmt;
    super::users::UpsertVpnProfileStmt;
    super::users::ByIdStmt {
        id, username, phone_number, created_via, server_id, created_by, role, active, expires_at, protocol, port,
        ovpn_path, checksum, synced, sync_version, created_at, last_access, last_login,
    };
    super::users::ByUsernameStmt {
        id, username, phone_number, created_via, server_id, created_by, role, active, expires_at, protocol, port,
        ovpn_path, checksum, synced, sync_version, created_at, last_access, last_login,
    };
    super::users::ByPhoneStmt {
        id, username, phone_number, created_via, server_id, created_by, role, active, expires_at, protocol, port,
        ovpn_path, checksum, synced, sync_version, created_at, last_access, last_login,
    };
    super::users::CredentialsByPhoneStmt { id, username, password_hash, usable };
    super::users::CredentialsByUsernameStmt { id, username, password_hash, usable };
    super::users::PasswordHashByIdStmt;
    super::users::VpnProfileStmt { id, server_id, protocol, port, ovpn_path, checksum, sync_version, usable };
    super::users::ExistsStmt;
    super::users::PhoneExistsStmt;
    super::users::ListStmt {
        id, username, phone_number, created_via, server_id, created_by, role, active, expires_at, protocol, port,
        ovpn_path, checksum, synced, sync_version, created_at, last_access, last_login,
    };
    super::users::ListByServerStmt {
        id, username, phone_number, created_via, server_id, created_by, role, active, expires_at, protocol, port,
        ovpn_path, checksum, synced, sync_version, created_at, last_access, last_login,
    };
    super::users::ListUnsyncedStmt {
        id, username, phone_number, created_via, server_id, created_by, role, active, expires_at, protocol, port,
        ovpn_path, checksum, synced, sync_version, created_at, last_access, last_login,
    };
    super::users::ListRemovedStmt { id, username, cause, removed_at };
    super::users::PhoneNumberByIdStmt;
    super::users::LockByPhoneStmt { id, username, usable };
    super::users::LockByUsernameStmt { id, username, usable };
    super::users::LockByIdStmt { id, username, usable };
    super::users::LimitsStmt { max_connections, max_devices };
    super::users::CountStmt { total, usable, expired, deactivated, with_phone };
    super::users::CountByServerStmt { server_id, assigned, active, unsynced };
    super::users::DormancyStmt { unused_since, is_dormant, has_password };
    super::users::ByLastDigitsStmt { id, phone_number };
    super::users::RecallNumberStmt;
    super::users::EraseStmt;
}

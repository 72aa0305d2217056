-- As superuser, once per server. Give the roles passwords or another authentication of your choice.
CREATE ROLE barqnet_owner LOGIN;
CREATE ROLE barqnet_service LOGIN;
CREATE ROLE barqnet_node LOGIN;
CREATE ROLE barqnet_reporter LOGIN;
CREATE ROLE barqnet_maintenance LOGIN;
GRANT pg_read_all_stats TO barqnet_reporter;
CREATE DATABASE vpn OWNER barqnet_owner;

-- As superuser, in the new database, before the first migration.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO barqnet_owner;
GRANT USAGE ON SCHEMA public TO barqnet_service, barqnet_node, barqnet_reporter, barqnet_maintenance;
ALTER DEFAULT PRIVILEGES FOR ROLE barqnet_owner
    REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE barqnet_owner IN SCHEMA public
    GRANT EXECUTE ON FUNCTIONS TO barqnet_service, barqnet_node, barqnet_reporter, barqnet_maintenance;
ALTER DEFAULT PRIVILEGES FOR ROLE barqnet_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO barqnet_service;
ALTER DEFAULT PRIVILEGES FOR ROLE barqnet_owner IN SCHEMA public
    GRANT USAGE ON SEQUENCES TO barqnet_service, barqnet_node, barqnet_maintenance;

-- As barqnet_owner, after the first migration, and again after one that adds tables or columns.
REVOKE INSERT, UPDATE, DELETE ON schema_migrations, schema_migration_fingerprints, schema_migration_floors
    FROM barqnet_service;

GRANT SELECT ON vpn_connections, vpn_statistics, server_status, server_health, usage_hourly, usage_totals, usage_by_server,
    v_active_connections
    TO barqnet_node;
GRANT INSERT, UPDATE ON vpn_connections, server_status, usage_hourly, usage_totals, usage_by_server TO barqnet_node;
GRANT INSERT ON vpn_statistics, server_health TO barqnet_node;
GRANT SELECT (name, host, port, enabled, draining, max_users, location_id) ON servers TO barqnet_node;
GRANT SELECT (id, user_id, device_name, device_type, last_seen, revoked_at), UPDATE (last_seen) ON user_devices TO barqnet_node;
GRANT SELECT (id, username, phone_number, created_at, expires_at, active, ovpn_path, port, protocol, last_access, checksum,
        synced, server_id, created_by, created_via, last_login, role, sync_version, max_connections,
        has_plan),
    UPDATE (synced)
    ON users TO barqnet_node;
GRANT SELECT, DELETE ON account_tombstones TO barqnet_node;
GRANT SELECT ON plans, plan_locations, user_plans, usage_daily, v_usage_by_hour TO barqnet_node;
GRANT UPDATE (starts_at, ends_at, used_permille, resets_at, checked_revision) ON user_plans TO barqnet_node;
GRANT SELECT, INSERT ON usage_marks TO barqnet_node;

GRANT SELECT ON schema_migrations, server_locations, server_status, server_health, usage_hourly, usage_daily, usage_totals,
    usage_by_server, vpn_connections, otp_attempts, v_active_connections, v_location_statistics, v_server_statistics,
    v_servers_with_locations, v_usage_by_day, v_usage_by_hour, v_user_statistics
    TO barqnet_reporter;
GRANT SELECT (revoked, expires_at) ON user_sessions TO barqnet_reporter;
GRANT SELECT ON plans, plan_locations, user_plans TO barqnet_reporter;

GRANT SELECT, UPDATE, DELETE ON account_tombstones, otp_attempts, otp_numbers, otp_budgets, password_failures, rate_counters,
    rate_returns, vpn_connections, vpn_statistics, audit_log, server_health, usage_hourly, usage_marks
    TO barqnet_maintenance;
GRANT SELECT, INSERT, UPDATE ON server_status, usage_hourly, usage_totals TO barqnet_maintenance;
GRANT SELECT, INSERT, UPDATE, DELETE ON usage_daily, usage_by_server, vpn_statistics_archive TO barqnet_maintenance;
GRANT INSERT ON vpn_statistics TO barqnet_maintenance;
GRANT SELECT (ticket_hash, expires_at), UPDATE (expires_at), DELETE ON otp_tickets TO barqnet_maintenance;
GRANT SELECT (phone_number, purpose, id, expires_at), UPDATE (expires_at), DELETE ON otp_codes TO barqnet_maintenance;
GRANT SELECT, UPDATE (last_seen), DELETE ON user_devices TO barqnet_maintenance;
GRANT SELECT (id, user_id, device_id, ip_address, user_agent, created_at, expires_at, last_activity, revoked, revoked_at),
    UPDATE (ip_address, user_agent, revoked, revoked_at, revoked_reason), DELETE
    ON user_sessions TO barqnet_maintenance;
GRANT SELECT (id, username, name_skeleton, sessions_valid_after, expires_at, expired_at),
    UPDATE (synced, expired_at, name_skeleton)
    ON users TO barqnet_maintenance;
GRANT SELECT, UPDATE (ended_at) ON user_plans TO barqnet_maintenance;

-- Rows of database A, awkward ones among them.

INSERT INTO users (id, username, created_at, expires_at, active, ovpn_path, port, protocol, last_access, checksum, synced, server_id, created_by) VALUES
    (1, 'ada', '2024-01-15 10:30:00.123456', '2031-01-01 00:00:00', true, '/etc/openvpn/ada.ovpn', 1194, 'udp', '2024-06-01 12:00:00', 'abc', true, 'node-1', 'admin'),
    (2, 'idle', '2024-02-01 00:00:00', NULL, false, NULL, 443, 'tcp', NULL, NULL, false, 'node-2', 'admin'),
    (7, 'bare', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '', ''),
    -- The hour that a night in spring lacks in most of Europe.
    (9, 'Ünïcödé ☂', '2024-03-31 02:30:00', '0001-01-01 00:00:00', true, '', 0, 'UDP', '9999-12-31 23:59:59.999999', '', NULL, 'gone', 'nobody');
INSERT INTO server_locations (id, country, city, country_code, latitude, longitude, enabled) VALUES
    (1, 'United States', 'New York', 'US', 40.712800, -74.006000, true),
    (2, 'Germany', 'Berlin', 'DE', 52.520000, 13.405000, true),
    (3, 'Germany', 'Berlin', 'DEU', 52.500000, 13.400000, false),
    (4, 'Austria', 'Vienna', 'AUT', NULL, NULL, NULL),
    (5, 'Nowhere', 'Nowhere', 'EUROPE', 999.999999, -999.999999, true),
    (6, 'Canada', 'London', 'ca', 42.983900, -81.249700, true),
    (7, 'United Kingdom', 'London', 'GBR', 51.507400, -0.127800, true),
    (8, 'Arctic', 'Beyond', '', 95.000000, 181.000000, true),
    (12, 'Germany', 'Berlin', 'DE-BE', 52.520001, 13.405001, true);
INSERT INTO servers (id, name, host, port, username, password, enabled, last_sync, server_type, management_url, created_at, location_id) VALUES
    (1, 'node-1', '192.0.2.1', 8080, 'root', 'secret', true, '2024-05-05 05:05:05', 'endnode', 'http://192.0.2.1', '2023-12-31 23:59:59.999999', 2),
    (2, 'node-2', 'node-2.example', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (5, 'management', 'm.example', 1194, NULL, NULL, false, NULL, 'management', NULL, '2023-01-01', 12);
INSERT INTO audit_log (id, timestamp, action, username, details, ip_address, server_id) VALUES
    (1, '2024-01-15 10:30:00', 'USER_CREATED', 'ada', '{"port": 1194}', '192.0.2.7', 'management'),
    (2, NULL, 'LOGIN', NULL, NULL, NULL, ''),
    (3, '2024-01-16 00:00:00', '', 'somebody else', 'not json', '2001:db8::/48', 'node-1');
INSERT INTO server_health (id, server_id, status, last_check, response_time_ms, error_message) VALUES
    (1, 'node-1', 'healthy', '2024-01-15 10:30:00', 12, NULL),
    (2, 'gone', 'odd', NULL, NULL, 'connection refused');
INSERT INTO auth_users (id, phone_number, password_hash, created_at, last_login, active, failed_login_attempts, locked_until, email, full_name) VALUES
    (1, '+1234567890123456789', '$2a$10$x', '2024-01-01', NULL, NULL, NULL, NULL, NULL, NULL),
    (2, '+4915112345678', '', NULL, '2024-02-02 02:02:02', true, 3, '2024-03-03', 'ada@example.com', 'Ada');
INSERT INTO vpn_connections (id, username, status, server_id, connected_at, disconnected_at, ip_address, created_at) VALUES
    (1, 'ada', 'disconnected', 'node-1', '2024-01-15 10:30:00', '2024-01-15 11:30:00', '198.51.100.4', '2024-01-15 10:29:59'),
    (2, 'ada', 'connected', 'node-1', '2024-06-01 12:00:00', NULL, '2001:db8::1', '2024-06-01 12:00:00'),
    (3, 'nobody', 'connected', 'gone', NULL, NULL, NULL, '2024-02-01 00:00:00'),
    (4, 'idle', 'active', 'node-2', NULL, NULL, NULL, NULL);
INSERT INTO vpn_statistics (id, username, server_id, bytes_in, bytes_out, duration_seconds, created_at) VALUES
    (1, 'ada', 'node-1', 1000, 2000, 3600, '2024-01-15 11:30:00'),
    (2, 'nobody', 'node-1', 9223372036854770000, 0, 2147483647, '2024-01-01 00:00:00'),
    (3, 'nobody', 'gone', NULL, NULL, NULL, NULL),
    (4, 'ada', 'node-2', -1, 5, -7, '2024-01-20 00:00:00');

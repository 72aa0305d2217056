-- Rows of the tables as migration 003 has them.

INSERT INTO vpn_connections (id, username, server_id, status, client_ip, virtual_ip, public_ip, connected_at, disconnected_at, duration_seconds, disconnect_reason, bytes_received, bytes_sent, last_activity, device_name, device_type, app_version) VALUES
    (11, 'ada', 'node-1', 'connected', '198.51.100.4', '10.8.0.2', '203.0.113.1', '2024-06-01 12:00:00', NULL, NULL, NULL, 100, 200, '2024-06-01 12:05:00', 'Ada''s phone', 'ios', '1.2.3'),
    (12, 'ada', 'node-1', 'disconnected', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO vpn_statistics (id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at, session_type, client_version, protocol, encryption) VALUES
    (11, 'ada', 'node-1', 1000, 2000, 3600, 12, '2024-01-15 10:30:00', '2024-01-15 11:30:00', 'vpn', '1.2.3', 'udp', 'AES-256-GCM'),
    (12, 'idle', 'gone', 0, 0, NULL, NULL, '2024-01-15 10:30:00', NULL, NULL, NULL, NULL, NULL),
    (13, 'idle', 'gone', 1, 1, 1, NULL, '2024-01-15 10:30:00', NULL, 'mobile', NULL, 'UDP', NULL);

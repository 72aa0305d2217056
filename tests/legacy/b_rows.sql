-- Rows of database B, awkward ones among them.

INSERT INTO users (id, username, email, server_id, status, created_at, updated_at) VALUES
    (1, 'ada', 'ada@example.com', 'node-1', 'active', '2024-01-15 10:30:00.123456', '2024-02-15 10:30:00'),
    (2, 'idle', NULL, NULL, 'suspended', '2024-02-01', '2024-02-01'),
    (7, 'bare', '', '', NULL, NULL, NULL);
INSERT INTO servers (id, name, host, port, enabled, last_sync, server_type, created_at, updated_at) VALUES
    (1, 'node-1', '192.0.2.1', 1194, true, '2024-05-05 05:05:05', 'endnode', '2023-12-31 23:59:59', '2023-12-31 23:59:59'),
    (4, 'node-2', '', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO audit_log (id, user_id, action, resource_type, resource_id, details, ip_address, user_agent, status, created_at) VALUES
    (1, 1, 'LOGIN', 'user', '1', '{"b": [1, 2.50, null], "a": "ü \" \n"}', '192.0.2.7', 'curl/8', 'success', '2024-01-15 10:30:00'),
    (2, NULL, 'LOGIN', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (3, 2, '', 'server', 'node-1', '"text"', '2001:db8::/48', '', 'failure', '2024-03-31 02:30:00'),
    (4, 7, 'x', NULL, NULL, 'null', NULL, NULL, 'success', '2024-03-31 02:30:00');

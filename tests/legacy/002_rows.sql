-- Rows of what migration 002 added.

UPDATE users SET phone_number = '+1234567890123456789', password_hash = '$2a$10$x', last_login = '2024-06-01 12:00:00' WHERE id = 1;
UPDATE users SET created_via = NULL WHERE id = 2;
INSERT INTO user_sessions (id, user_id, token_hash, device_info, ip_address, user_agent, created_at, expires_at, last_activity, revoked, revoked_at, revoked_reason) VALUES
    (1, 1, 'twice', 'phone', '192.0.2.7', 'app/1', '2024-06-01 12:00:00', '2024-07-01 12:00:00', '2024-06-02 12:00:00', false, NULL, NULL),
    (2, 1, 'twice', NULL, NULL, NULL, NULL, '2031-01-01 00:00:00', NULL, NULL, NULL, NULL),
    (3, 2, 'once', '', NULL, '', '2024-06-01 12:00:00', NULL, '2024-06-02 12:00:00', true, '2024-06-03 12:00:00', 'logout');
INSERT INTO otp_attempts (id, phone_number, otp_code, attempt_type, ip_address, created_at, expires_at, verified, verified_at, attempt_count, last_attempt_at) VALUES
    (1, '+1234567890123456789', '123456', 'send', '192.0.2.7', '2024-06-01 12:00:00', '2024-06-01 12:10:00', true, '2024-06-01 12:01:00', 1, '2024-06-01 12:01:00'),
    (2, 'nobody', NULL, 'resend', NULL, NULL, NULL, NULL, NULL, NULL, NULL);

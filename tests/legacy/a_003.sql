-- What somebody does by hand to database A so that migration 003 finds its columns.

ALTER TABLE vpn_connections
    ADD COLUMN client_ip INET,
    ADD COLUMN virtual_ip INET,
    ADD COLUMN public_ip INET,
    ADD COLUMN duration_seconds INTEGER,
    ADD COLUMN disconnect_reason TEXT,
    ADD COLUMN bytes_received BIGINT,
    ADD COLUMN bytes_sent BIGINT,
    ADD COLUMN last_activity TIMESTAMP,
    ADD COLUMN device_name VARCHAR(255),
    ADD COLUMN device_type VARCHAR(300),
    ADD COLUMN app_version VARCHAR(20);
ALTER TABLE vpn_statistics
    ADD COLUMN connection_id INTEGER,
    ADD COLUMN started_at TIMESTAMP,
    ADD COLUMN ended_at TIMESTAMP,
    ADD COLUMN session_type VARCHAR(20),
    ADD COLUMN client_version VARCHAR(50),
    ADD COLUMN protocol VARCHAR(10),
    ADD COLUMN encryption VARCHAR(50);
-- The row may be missing.
UPDATE vpn_statistics SET connection_id = 77 WHERE id = 1;
UPDATE vpn_connections SET disconnect_reason = REPEAT('long ', 60) || '.' WHERE id = 1;

-- Migration 003 of the Go product in the form that the specification describes.

CREATE TABLE IF NOT EXISTS vpn_connections (
    id SERIAL PRIMARY KEY,
    username VARCHAR(255) NOT NULL,
    server_id VARCHAR(255) NOT NULL,
    status VARCHAR(50) NOT NULL DEFAULT 'connecting',
    client_ip INET,
    virtual_ip INET,
    public_ip INET,
    connected_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    disconnected_at TIMESTAMP,
    duration_seconds INTEGER DEFAULT 0,
    disconnect_reason VARCHAR(255),
    bytes_received BIGINT DEFAULT 0,
    bytes_sent BIGINT DEFAULT 0,
    last_activity TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    device_name VARCHAR(100),
    device_type VARCHAR(50),
    app_version VARCHAR(50),
    CONSTRAINT fk_connections_username FOREIGN KEY (username) REFERENCES users(username) ON DELETE CASCADE,
    CONSTRAINT chk_connection_status CHECK (status IN ('connecting', 'connected', 'disconnected', 'error'))
);
CREATE TABLE IF NOT EXISTS vpn_statistics (
    id SERIAL PRIMARY KEY,
    username VARCHAR(255) NOT NULL,
    server_id VARCHAR(255) NOT NULL,
    bytes_in BIGINT NOT NULL DEFAULT 0,
    bytes_out BIGINT NOT NULL DEFAULT 0,
    duration_seconds INTEGER DEFAULT 0,
    connection_id INTEGER REFERENCES vpn_connections(id) ON DELETE CASCADE,
    started_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    ended_at TIMESTAMP,
    session_type VARCHAR(50) DEFAULT 'vpn',
    client_version VARCHAR(50),
    protocol VARCHAR(10) DEFAULT 'udp',
    encryption VARCHAR(50),
    CONSTRAINT fk_statistics_username FOREIGN KEY (username) REFERENCES users(username) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS idx_vpn_statistics_username ON vpn_statistics(username);
CREATE INDEX IF NOT EXISTS idx_vpn_statistics_server_id ON vpn_statistics(server_id);
CREATE INDEX IF NOT EXISTS idx_vpn_statistics_started_at ON vpn_statistics(started_at DESC);
CREATE INDEX IF NOT EXISTS idx_vpn_statistics_connection_id ON vpn_statistics(connection_id) WHERE connection_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_vpn_statistics_user_server ON vpn_statistics(username, server_id);
CREATE INDEX IF NOT EXISTS idx_vpn_connections_username ON vpn_connections(username);
CREATE INDEX IF NOT EXISTS idx_vpn_connections_server_id ON vpn_connections(server_id);
CREATE INDEX IF NOT EXISTS idx_vpn_connections_status ON vpn_connections(status);
CREATE INDEX IF NOT EXISTS idx_vpn_connections_last_activity ON vpn_connections(last_activity DESC);
CREATE INDEX IF NOT EXISTS idx_vpn_connections_active ON vpn_connections(username, server_id, status) WHERE status = 'connected';
CREATE OR REPLACE VIEW v_active_connections AS
SELECT c.id, c.username, c.server_id, c.client_ip, c.virtual_ip, c.connected_at, c.last_activity,
       EXTRACT(EPOCH FROM (CURRENT_TIMESTAMP - c.connected_at)) AS duration
FROM vpn_connections c JOIN users u ON u.username = c.username
WHERE c.status = 'connected';
CREATE OR REPLACE VIEW v_user_statistics AS
SELECT u.id, u.username, COUNT(s.id) AS total_sessions, COALESCE(SUM(s.bytes_in), 0) AS total_bytes_in, MAX(s.started_at) AS last_session
FROM users u LEFT JOIN vpn_statistics s ON s.username = u.username
GROUP BY u.id, u.username;
CREATE OR REPLACE VIEW v_server_statistics AS
SELECT server_id, COUNT(*) AS total_sessions, SUM(bytes_in + bytes_out) AS total_bytes
FROM vpn_statistics GROUP BY server_id;

-- VPN usage: live connections, the statistics row each leaves behind, and the views that report on both.
--
-- Locks: creates only. The foreign keys take SHARE ROW EXCLUSIVE on users for an instant.
-- Usage outlives nothing silently: a user with connections or statistics can't be deleted, only deactivated.

CREATE TABLE IF NOT EXISTS vpn_connections (
    id                SERIAL PRIMARY KEY,
    username          VARCHAR(255) NOT NULL
        CONSTRAINT fk_vpn_connections_username REFERENCES users (username) ON UPDATE CASCADE,
    server_id         VARCHAR(255) NOT NULL,
    status            VARCHAR(50) NOT NULL DEFAULT 'connecting'
        CONSTRAINT chk_vpn_connections_status CHECK (status IN ('connecting', 'connected', 'disconnected', 'error')),
    client_ip         INET,
    virtual_ip        INET,
    public_ip         INET,
    connected_at      TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    disconnected_at   TIMESTAMP,
    duration_seconds  INTEGER,
    disconnect_reason VARCHAR(255),
    bytes_received    BIGINT DEFAULT 0
        CONSTRAINT chk_vpn_connections_bytes_received CHECK (bytes_received >= 0),
    bytes_sent        BIGINT DEFAULT 0
        CONSTRAINT chk_vpn_connections_bytes_sent CHECK (bytes_sent >= 0),
    last_activity     TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    device_name       VARCHAR(255),
    device_type       VARCHAR(255),
    app_version       VARCHAR(255)
);
CREATE INDEX IF NOT EXISTS idx_vpn_connections_username ON vpn_connections (username);
CREATE INDEX IF NOT EXISTS idx_vpn_connections_server_id ON vpn_connections (server_id);
CREATE INDEX IF NOT EXISTS idx_vpn_connections_status ON vpn_connections (status);
CREATE INDEX IF NOT EXISTS idx_vpn_connections_connected_at ON vpn_connections (connected_at);
CREATE INDEX IF NOT EXISTS idx_vpn_connections_disconnected_at ON vpn_connections (disconnected_at);
CREATE INDEX IF NOT EXISTS idx_vpn_connections_last_activity ON vpn_connections (last_activity);
CREATE INDEX IF NOT EXISTS idx_vpn_connections_active
    ON vpn_connections (server_id, connected_at DESC) WHERE status IN ('connecting', 'connected');
CREATE INDEX IF NOT EXISTS idx_vpn_connections_user_history ON vpn_connections (username, id DESC);

CREATE TABLE IF NOT EXISTS vpn_statistics (
    id               SERIAL PRIMARY KEY,
    username         VARCHAR(255) NOT NULL
        CONSTRAINT fk_vpn_statistics_username REFERENCES users (username) ON UPDATE CASCADE,
    server_id        VARCHAR(255) NOT NULL,
    bytes_in         BIGINT DEFAULT 0
        CONSTRAINT chk_vpn_statistics_bytes_in CHECK (bytes_in >= 0),
    bytes_out        BIGINT DEFAULT 0
        CONSTRAINT chk_vpn_statistics_bytes_out CHECK (bytes_out >= 0),
    duration_seconds INTEGER DEFAULT 0,
    connection_id    INTEGER
        CONSTRAINT fk_vpn_statistics_connection_id REFERENCES vpn_connections (id) ON DELETE SET NULL,
    started_at       TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    ended_at         TIMESTAMP,
    session_type     VARCHAR(50) DEFAULT 'vpn'
        CONSTRAINT chk_vpn_statistics_session_type CHECK (session_type IN ('vpn', 'api', 'web')),
    client_version   VARCHAR(50),
    protocol         VARCHAR(10)
        CONSTRAINT chk_vpn_statistics_protocol CHECK (protocol IN ('udp', 'tcp')),
    encryption       VARCHAR(50)
);
CREATE INDEX IF NOT EXISTS idx_vpn_statistics_username ON vpn_statistics (username);
CREATE INDEX IF NOT EXISTS idx_vpn_statistics_server_id ON vpn_statistics (server_id);
CREATE INDEX IF NOT EXISTS idx_vpn_statistics_connection_id ON vpn_statistics (connection_id);
CREATE INDEX IF NOT EXISTS idx_vpn_statistics_started_at ON vpn_statistics (started_at);
CREATE INDEX IF NOT EXISTS idx_vpn_statistics_ended_at ON vpn_statistics (ended_at);
CREATE INDEX IF NOT EXISTS idx_vpn_statistics_session_type ON vpn_statistics (session_type);
CREATE INDEX IF NOT EXISTS idx_vpn_statistics_user_history ON vpn_statistics (username, id DESC);
CREATE INDEX IF NOT EXISTS idx_vpn_statistics_server_history ON vpn_statistics (server_id, started_at DESC);

CREATE OR REPLACE VIEW v_active_connections AS
SELECT c.id,
       c.username,
       u.phone_number,
       c.server_id,
       c.status,
       c.client_ip,
       c.virtual_ip,
       c.public_ip,
       c.connected_at,
       c.last_activity,
       c.bytes_received,
       c.bytes_sent,
       c.device_name,
       c.device_type,
       c.app_version
FROM vpn_connections c
LEFT JOIN users u ON u.username = c.username
WHERE c.status IN ('connecting', 'connected');

-- Each side is added up before the join, so that no row is counted twice.
CREATE OR REPLACE VIEW v_user_statistics AS
SELECT u.username,
       COALESCE(s.total_sessions, 0)         AS total_sessions,
       COALESCE(s.total_bytes_in, 0)         AS total_bytes_in,
       COALESCE(s.total_bytes_out, 0)        AS total_bytes_out,
       COALESCE(s.total_duration_seconds, 0) AS total_duration_seconds,
       COALESCE(c.active_connections, 0)     AS active_connections,
       s.last_session_at
FROM users u
LEFT JOIN (
    SELECT username,
           COUNT(*)                      AS total_sessions,
           SUM(bytes_in)::BIGINT         AS total_bytes_in,
           SUM(bytes_out)::BIGINT        AS total_bytes_out,
           SUM(duration_seconds)::BIGINT AS total_duration_seconds,
           MAX(started_at)               AS last_session_at
    FROM vpn_statistics
    GROUP BY username
) s ON s.username = u.username
LEFT JOIN (
    SELECT username, COUNT(*) AS active_connections
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
    GROUP BY username
) c ON c.username = u.username;

CREATE OR REPLACE VIEW v_server_statistics AS
SELECT COALESCE(s.server_id, c.server_id)    AS server_id,
       COALESCE(s.total_sessions, 0)         AS total_sessions,
       COALESCE(s.unique_users, 0)           AS unique_users,
       COALESCE(s.total_bytes_in, 0)         AS total_bytes_in,
       COALESCE(s.total_bytes_out, 0)        AS total_bytes_out,
       COALESCE(s.total_duration_seconds, 0) AS total_duration_seconds,
       COALESCE(c.active_connections, 0)     AS active_connections
FROM (
    SELECT server_id,
           COUNT(*)                      AS total_sessions,
           COUNT(DISTINCT username)      AS unique_users,
           SUM(bytes_in)::BIGINT         AS total_bytes_in,
           SUM(bytes_out)::BIGINT        AS total_bytes_out,
           SUM(duration_seconds)::BIGINT AS total_duration_seconds
    FROM vpn_statistics
    GROUP BY server_id
) s
FULL JOIN (
    SELECT server_id, COUNT(*) AS active_connections
    FROM vpn_connections
    WHERE status IN ('connecting', 'connected')
    GROUP BY server_id
) c ON c.server_id = s.server_id;

/* rollback
DROP VIEW IF EXISTS v_server_statistics;
DROP VIEW IF EXISTS v_user_statistics;
DROP VIEW IF EXISTS v_active_connections;
DROP TABLE IF EXISTS vpn_statistics;
DROP TABLE IF EXISTS vpn_connections;
*/

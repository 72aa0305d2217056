-- The tables BarqNet started with: accounts, servers, the audit trail and server health.
--
-- Same tables, columns, defaults and index names as the Go service created at start-up, so that its
-- databases and fresh ones meet here. Locks: creates only; on an existing database nothing is touched.

CREATE TABLE IF NOT EXISTS users (
    id          SERIAL PRIMARY KEY,
    username    VARCHAR(255) UNIQUE NOT NULL,
    created_at  TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    expires_at  TIMESTAMP,
    active      BOOLEAN DEFAULT TRUE,
    ovpn_path   TEXT,
    port        INTEGER DEFAULT 1194,
    protocol    VARCHAR(10) DEFAULT 'udp',
    last_access TIMESTAMP,
    checksum    VARCHAR(255),
    synced      BOOLEAN DEFAULT FALSE,
    server_id   VARCHAR(255) NOT NULL,
    created_by  VARCHAR(255) NOT NULL
);
-- The unique constraint already serves look-ups by name; this index exists in every Go database.
CREATE INDEX IF NOT EXISTS idx_users_username ON users (username);
CREATE INDEX IF NOT EXISTS idx_users_active ON users (active);
CREATE INDEX IF NOT EXISTS idx_users_server_id ON users (server_id);

CREATE TABLE IF NOT EXISTS servers (
    id             SERIAL PRIMARY KEY,
    name           VARCHAR(255) UNIQUE NOT NULL,
    host           VARCHAR(255) NOT NULL,
    port           INTEGER DEFAULT 8080,
    username       VARCHAR(255),
    password       VARCHAR(255),
    enabled        BOOLEAN DEFAULT TRUE,
    last_sync      TIMESTAMP,
    server_type    VARCHAR(50) DEFAULT 'endnode',
    management_url VARCHAR(255),
    created_at     TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX IF NOT EXISTS idx_servers_enabled ON servers (enabled);
CREATE INDEX IF NOT EXISTS idx_servers_server_type ON servers (server_type);

CREATE TABLE IF NOT EXISTS audit_log (
    id         SERIAL PRIMARY KEY,
    timestamp  TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    action     VARCHAR(255) NOT NULL,
    username   VARCHAR(255),
    details    TEXT,
    ip_address INET,
    server_id  VARCHAR(255) NOT NULL
);
CREATE INDEX IF NOT EXISTS idx_audit_timestamp ON audit_log (timestamp);
CREATE INDEX IF NOT EXISTS idx_audit_server_id ON audit_log (server_id);

CREATE TABLE IF NOT EXISTS server_health (
    id               SERIAL PRIMARY KEY,
    server_id        VARCHAR(255) NOT NULL,
    status           VARCHAR(50) NOT NULL,
    last_check       TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    response_time_ms INTEGER,
    error_message    TEXT
);
CREATE INDEX IF NOT EXISTS idx_server_health_server_id ON server_health (server_id);
CREATE INDEX IF NOT EXISTS idx_server_health_last_check ON server_health (last_check);

/* rollback
DROP TABLE IF EXISTS server_health;
DROP TABLE IF EXISTS audit_log;
DROP TABLE IF EXISTS servers;
DROP TABLE IF EXISTS users;
*/

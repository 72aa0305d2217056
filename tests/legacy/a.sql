-- Database A: what the Go service created at start-up, initSchema() in the specification.

CREATE TABLE users (
    id SERIAL PRIMARY KEY,
    username VARCHAR(255) UNIQUE NOT NULL,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    expires_at TIMESTAMP,
    active BOOLEAN DEFAULT true,
    ovpn_path TEXT,
    port INTEGER DEFAULT 1194,
    protocol VARCHAR(10) DEFAULT 'udp',
    last_access TIMESTAMP,
    checksum VARCHAR(255),
    synced BOOLEAN DEFAULT false,
    server_id VARCHAR(255) NOT NULL,
    created_by VARCHAR(255) NOT NULL
);
CREATE TABLE server_locations (
    id SERIAL PRIMARY KEY,
    country VARCHAR(255) NOT NULL,
    city VARCHAR(255) NOT NULL,
    country_code VARCHAR(10) NOT NULL,
    latitude NUMERIC(9,6),
    longitude NUMERIC(9,6),
    enabled BOOLEAN DEFAULT true
);
CREATE TABLE servers (
    id SERIAL PRIMARY KEY,
    name VARCHAR(255) UNIQUE NOT NULL,
    host VARCHAR(255) NOT NULL,
    port INTEGER DEFAULT 8080,
    username VARCHAR(255),
    password VARCHAR(255),
    enabled BOOLEAN DEFAULT true,
    last_sync TIMESTAMP,
    server_type VARCHAR(50) DEFAULT 'endnode',
    management_url VARCHAR(255),
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    location_id INTEGER REFERENCES server_locations(id)
);
CREATE TABLE audit_log (
    id SERIAL PRIMARY KEY,
    timestamp TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    action VARCHAR(255) NOT NULL,
    username VARCHAR(255),
    details TEXT,
    ip_address INET,
    server_id VARCHAR(255) NOT NULL
);
CREATE TABLE server_health (
    id SERIAL PRIMARY KEY,
    server_id VARCHAR(255) NOT NULL,
    status VARCHAR(50) NOT NULL,
    last_check TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    response_time_ms INTEGER,
    error_message TEXT
);
CREATE TABLE auth_users (
    id SERIAL PRIMARY KEY,
    phone_number VARCHAR(20) UNIQUE NOT NULL,
    password_hash TEXT NOT NULL,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    last_login TIMESTAMP,
    active BOOLEAN DEFAULT true,
    failed_login_attempts INTEGER DEFAULT 0,
    locked_until TIMESTAMP,
    email VARCHAR(255),
    full_name VARCHAR(255)
);
CREATE TABLE vpn_connections (
    id SERIAL PRIMARY KEY,
    username VARCHAR(255) NOT NULL,
    status VARCHAR(50) NOT NULL,
    server_id VARCHAR(255) NOT NULL,
    connected_at TIMESTAMP,
    disconnected_at TIMESTAMP,
    ip_address INET,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE vpn_statistics (
    id SERIAL PRIMARY KEY,
    username VARCHAR(255) NOT NULL,
    server_id VARCHAR(255) NOT NULL,
    bytes_in BIGINT DEFAULT 0,
    bytes_out BIGINT DEFAULT 0,
    duration_seconds INTEGER DEFAULT 0,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX idx_users_username ON users(username);
CREATE INDEX idx_users_active ON users(active);
CREATE INDEX idx_users_server_id ON users(server_id);
CREATE INDEX idx_audit_timestamp ON audit_log(timestamp);
CREATE INDEX idx_audit_server_id ON audit_log(server_id);
CREATE INDEX idx_servers_enabled ON servers(enabled);
CREATE INDEX idx_servers_server_type ON servers(server_type);
CREATE INDEX idx_server_health_server_id ON server_health(server_id);
CREATE INDEX idx_server_health_last_check ON server_health(last_check);
CREATE INDEX idx_vpn_connections_username ON vpn_connections(username);
CREATE INDEX idx_vpn_connections_status ON vpn_connections(status);
CREATE INDEX idx_vpn_connections_created_at ON vpn_connections(created_at);
CREATE INDEX idx_vpn_statistics_username ON vpn_statistics(username);
CREATE INDEX idx_vpn_statistics_server_id ON vpn_statistics(server_id);
CREATE INDEX idx_vpn_statistics_created_at ON vpn_statistics(created_at);
CREATE INDEX idx_server_locations_enabled ON server_locations(enabled);
CREATE INDEX idx_auth_users_phone_number ON auth_users(phone_number);
CREATE INDEX idx_auth_users_active ON auth_users(active);
CREATE INDEX idx_auth_users_created_at ON auth_users(created_at);

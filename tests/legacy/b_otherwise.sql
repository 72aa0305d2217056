-- Database B as it could also be read from the facts about it: other names, types and rules, and a table beside it that
-- refers to users.

CREATE TABLE users (
    id SERIAL, username VARCHAR(255) NOT NULL, email VARCHAR(255) UNIQUE NOT NULL, server_id VARCHAR(100),
    status VARCHAR(50) NOT NULL DEFAULT 'active' CHECK (status IN ('active','inactive')),
    created_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP, updated_at TIMESTAMPTZ DEFAULT now(),
    CONSTRAINT pk_users PRIMARY KEY (id), CONSTRAINT uq_users UNIQUE (username));
CREATE TABLE servers (
    id SERIAL PRIMARY KEY, name VARCHAR(255) UNIQUE NOT NULL, host VARCHAR(255) NOT NULL, port INTEGER NOT NULL DEFAULT 1194,
    enabled BOOLEAN NOT NULL DEFAULT true, last_sync TIMESTAMP, server_type VARCHAR(100) NOT NULL, location_id INTEGER,
    region TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE audit_log (
    id SERIAL PRIMARY KEY, user_id INTEGER REFERENCES users(id) ON DELETE SET NULL, action TEXT, resource_type VARCHAR(100),
    resource_id VARCHAR(255), details JSONB DEFAULT '{}'::jsonb, ip_address VARCHAR(45), user_agent TEXT, status VARCHAR(50) DEFAULT 'success',
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
CREATE INDEX idx_audit_details ON audit_log USING gin(details);
CREATE TABLE user_sessions (
    id SERIAL PRIMARY KEY, user_id INTEGER REFERENCES users(id), token_hash TEXT UNIQUE, device_info JSONB, ip_address TEXT, user_agent TEXT,
    created_at TIMESTAMPTZ, expires_at TIMESTAMPTZ, last_activity TIMESTAMP, revoked BOOLEAN NOT NULL, revoked_at TIMESTAMP, revoked_reason TEXT);
CREATE OR REPLACE FUNCTION update_updated_at_column() RETURNS TRIGGER AS $$ BEGIN NEW.updated_at = CURRENT_TIMESTAMP; RETURN NEW; END; $$ LANGUAGE plpgsql;
CREATE TRIGGER update_users_updated_at BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TABLE devices (id SERIAL PRIMARY KEY, owner INTEGER REFERENCES users(id), name VARCHAR(255) REFERENCES users(username), updated_at TIMESTAMP);
ALTER TABLE users ADD COLUMN phone_number VARCHAR(30), ADD COLUMN last_login TIMESTAMP;
INSERT INTO users (username,email,server_id,phone_number) VALUES ('ada', 'a', 'n', '+12345678901'), ('idle', 'b', NULL, '+12345678901'), ('cy', 'c', NULL, '+1234567890123456789012345');
UPDATE users SET status = 'inactive' WHERE username = 'idle';
INSERT INTO servers (name,host,server_type,location_id,region) VALUES ('n','h','endnode',77,'eu');
INSERT INTO audit_log (user_id, action, ip_address) VALUES (1,'LOGIN','192.0.2.1'),(2,NULL,'not an address'),(NULL,repeat('x',300),'2001:db8::1');
INSERT INTO user_sessions (user_id, token_hash, device_info, ip_address, created_at, expires_at, revoked, revoked_reason) VALUES (1,'t','{"a":1}','192.0.2.1','2024-01-01 12:00+02',NULL,false,'x'),(NULL,NULL,NULL,'x',NULL,NULL,true,NULL);
INSERT INTO devices (owner,name) VALUES (1,'ada');

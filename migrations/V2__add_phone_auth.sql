-- Sign-in by phone: account columns, sessions, and one-time passwords with their attempts.
--
-- Locks: ACCESS EXCLUSIVE on users for the column additions (catalogue only, no rewrite: none has a
-- volatile default), then SHARE while its three indexes are built, about one second a million rows.

ALTER TABLE users
    ADD COLUMN IF NOT EXISTS phone_number  VARCHAR(20),
    ADD COLUMN IF NOT EXISTS password_hash VARCHAR(255),
    ADD COLUMN IF NOT EXISTS created_via   VARCHAR(20) DEFAULT 'api',
    ADD COLUMN IF NOT EXISTS last_login    TIMESTAMP;

CREATE UNIQUE INDEX IF NOT EXISTS idx_users_phone_number ON users (phone_number);
CREATE INDEX IF NOT EXISTS idx_users_created_via ON users (created_via);
CREATE INDEX IF NOT EXISTS idx_users_last_login ON users (last_login);

CREATE TABLE IF NOT EXISTS user_sessions (
    id             SERIAL PRIMARY KEY,
    user_id        INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash     VARCHAR(255) NOT NULL,
    device_info    TEXT,
    ip_address     INET,
    user_agent     TEXT,
    created_at     TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    expires_at     TIMESTAMP NOT NULL,
    last_activity  TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    revoked        BOOLEAN DEFAULT FALSE,
    revoked_at     TIMESTAMP,
    revoked_reason VARCHAR(255)
);
CREATE INDEX IF NOT EXISTS idx_sessions_user_id ON user_sessions (user_id);
CREATE INDEX IF NOT EXISTS idx_sessions_token_hash ON user_sessions (token_hash);
CREATE INDEX IF NOT EXISTS idx_sessions_expires_at ON user_sessions (expires_at);
-- Active means not revoked: an index predicate can't compare expires_at with the clock.
CREATE INDEX IF NOT EXISTS idx_sessions_revoked ON user_sessions (user_id, expires_at) WHERE revoked = FALSE;

CREATE TABLE IF NOT EXISTS otp_attempts (
    id              SERIAL PRIMARY KEY,
    phone_number    VARCHAR(20) NOT NULL,
    otp_code        VARCHAR(6) NOT NULL,
    attempt_type    VARCHAR(20) NOT NULL
        CONSTRAINT chk_otp_attempt_type CHECK (attempt_type IN ('send', 'verify')),
    ip_address      INET,
    created_at      TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    expires_at      TIMESTAMP NOT NULL,
    verified        BOOLEAN DEFAULT FALSE,
    verified_at     TIMESTAMP,
    attempt_count   INTEGER DEFAULT 0,
    last_attempt_at TIMESTAMP
);
CREATE INDEX IF NOT EXISTS idx_otp_phone_number ON otp_attempts (phone_number);
CREATE INDEX IF NOT EXISTS idx_otp_created_at ON otp_attempts (created_at);
CREATE INDEX IF NOT EXISTS idx_otp_expires_at ON otp_attempts (expires_at);
CREATE INDEX IF NOT EXISTS idx_otp_phone_active ON otp_attempts (phone_number, attempt_type, id DESC) WHERE verified = FALSE;

/* rollback
DROP TABLE IF EXISTS otp_attempts;
DROP TABLE IF EXISTS user_sessions;
DROP INDEX IF EXISTS idx_users_last_login;
DROP INDEX IF EXISTS idx_users_created_via;
DROP INDEX IF EXISTS idx_users_phone_number;
ALTER TABLE users
    DROP COLUMN IF EXISTS last_login,
    DROP COLUMN IF EXISTS created_via,
    DROP COLUMN IF EXISTS password_hash,
    DROP COLUMN IF EXISTS phone_number;
*/

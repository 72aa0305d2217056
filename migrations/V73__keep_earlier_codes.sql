-- A phone number can have several live codes per purpose.
--
-- Why: a second request made the code that was being typed invalid, and anybody can make one. What a code was charged to can be
-- given back when it is verified, or when the provider did not accept it.
-- Locks: creates a table; SHARE ROW EXCLUSIVE on otp_numbers, for the foreign key, for a change of the catalogue only.

-- One row per code, from its send until it is verified, given back or expired. otp_challenges has codes of earlier programs only.
-- A code holds the networks of its request, so the clean-up deletes it when it has expired.
CREATE TABLE IF NOT EXISTS otp_codes (
    phone_number VARCHAR(20) NOT NULL,
    purpose      VARCHAR(20) NOT NULL,
    id           BIGINT NOT NULL,
    mac          BYTEA NOT NULL,
    key_id       INTEGER NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    tries        INTEGER NOT NULL DEFAULT 0,
    known_tries  INTEGER NOT NULL DEFAULT 0,
    known_device BIGINT,
    budgets      TEXT[] NOT NULL DEFAULT '{}',
    keys         TEXT[] NOT NULL DEFAULT '{}',
    shards       INTEGER[] NOT NULL DEFAULT '{}',
    returns      TEXT[] NOT NULL DEFAULT '{}',
    CONSTRAINT otp_codes_pkey PRIMARY KEY (phone_number, purpose, id),
    CONSTRAINT fk_otp_codes_phone_number FOREIGN KEY (phone_number) REFERENCES otp_numbers (phone_number) ON DELETE CASCADE,
    CONSTRAINT chk_otp_codes_lifetime CHECK (expires_at <= created_at + INTERVAL '10 minutes'),
    CONSTRAINT chk_otp_codes_mac CHECK (LENGTH(mac) = 32)
) WITH (fillfactor = 70);

CREATE INDEX IF NOT EXISTS idx_otp_codes_expires_at ON otp_codes (expires_at);

COMMENT ON COLUMN otp_codes.id IS 'otp_attempts.id of the send';
COMMENT ON COLUMN otp_codes.tries IS 'How often clients that are no known device have tried it';
COMMENT ON COLUMN otp_codes.known_tries IS 'How often known devices have tried it';
COMMENT ON COLUMN otp_codes.known_device IS 'The session whose token the requesting device has from an earlier sign-in; NULL for any other client';
COMMENT ON COLUMN otp_codes.budgets IS 'With keys, shards and returns: the budgets it was charged to, and when a verified code is given back: at_once, later or never';

/* rollback
-- Codes in otp_codes are invalid from then on.
DROP TABLE IF EXISTS otp_codes;
*/

-- The branches of the shop, their devices, and promotions.
--
-- Locks: nothing that exists.

CREATE TABLE branches (
    id         SMALLINT PRIMARY KEY,
    name       TEXT NOT NULL,
    -- The devices of a branch are in its network.
    network    CIDR NOT NULL,
    position   POINT NOT NULL,
    -- 'A' to 'F'.
    size_class "char" NOT NULL DEFAULT 'C',
    opens      TIME NOT NULL,
    closes     TIME NOT NULL,
    holidays   DATERANGE[] NOT NULL DEFAULT '{}'
);

-- Tills and readers.
CREATE TABLE devices (
    mac          MACADDR PRIMARY KEY,
    long_mac     MACADDR8 NOT NULL,
    branch_id    SMALLINT NOT NULL CONSTRAINT fk_devices_branch_id REFERENCES branches (id),
    address      INET NOT NULL,
    -- Bits: sells, prints, scans, reads cards.
    abilities    BIT(4) NOT NULL,
    switched     BIT VARYING NOT NULL DEFAULT '',
    clock        TIMESTAMP NOT NULL,
    drift        DOUBLE PRECISION NOT NULL DEFAULT 0,
    firmware_oid OID,
    settings     JSON
);
CREATE INDEX idx_devices_branch_id ON devices (branch_id);

CREATE TABLE promotions (
    id       INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     TEXT NOT NULL,
    during   TSTZRANGE NOT NULL,
    -- Prices in this range, and the share that is taken off.
    prices   NUMRANGE NOT NULL DEFAULT '[0,)',
    discount NUMERIC NOT NULL CONSTRAINT chk_promotions_discount CHECK (discount BETWEEN 0 AND 1),
    -- Two promotions never run at the same time.
    CONSTRAINT ex_promotions_during EXCLUDE USING gist (during WITH &&)
);

/* rollback
DROP TABLE promotions;
DROP TABLE devices;
DROP TABLE branches;
*/

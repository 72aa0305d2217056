-- Written by the build step from the migrations: do not edit.
-- The schema of branches after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

-- Created by V2__add_branches
CREATE TABLE branches (
    id         SMALLINT NOT NULL,
    name       TEXT NOT NULL,
    network    CIDR NOT NULL,
    position   POINT NOT NULL,
    size_class "char" NOT NULL DEFAULT 'C',
    opens      TIME NOT NULL,
    closes     TIME NOT NULL,
    holidays   DATERANGE[] NOT NULL DEFAULT '{}',
    CONSTRAINT branches_pkey PRIMARY KEY (id)
);

-- Created by V2__add_branches
-- Tills and readers.
CREATE TABLE devices (
    mac          MACADDR NOT NULL,
    long_mac     MACADDR8 NOT NULL,
    branch_id    SMALLINT NOT NULL,
    address      INET NOT NULL,
    abilities    BIT(4) NOT NULL,
    switched     BIT VARYING NOT NULL DEFAULT '',
    clock        TIMESTAMP NOT NULL,
    drift        DOUBLE PRECISION NOT NULL DEFAULT 0,
    firmware_oid OID,
    settings     JSON,
    CONSTRAINT devices_pkey PRIMARY KEY (mac),
    CONSTRAINT fk_devices_branch_id FOREIGN KEY (branch_id) REFERENCES branches (id)
);

CREATE INDEX idx_devices_branch_id ON devices (branch_id);

-- Created by V2__add_branches
CREATE TABLE promotions (
    id       INTEGER NOT NULL GENERATED ALWAYS AS IDENTITY,
    name     TEXT NOT NULL,
    during   TSTZRANGE NOT NULL,
    prices   NUMRANGE NOT NULL DEFAULT '[0,)',
    discount NUMERIC NOT NULL,
    CONSTRAINT promotions_pkey PRIMARY KEY (id),
    CONSTRAINT chk_promotions_discount CHECK (discount BETWEEN 0 AND 1),
    CONSTRAINT ex_promotions_during EXCLUDE USING gist (during WITH &&)
);

-- V4__add_stock
-- What is left of a price.
CREATE FUNCTION discounted(price NUMERIC, discount NUMERIC) RETURNS NUMERIC LANGUAGE SQL IMMUTABLE AS $$
    SELECT ROUND(price * (1 - discount), 2)
$$;

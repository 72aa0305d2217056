-- Written by the build step from the migrations: do not edit.
-- The schema of partner after the last migration. The heading of an object names the migration that defined it last.
-- To change a function or view, copy it into a new migration, edit it there and build; review the difference in this file.
-- To make a database, run the first parts of all files in the order of [domains] in codegen.toml, then the second parts,
-- and so on, with check_function_bodies = off.

CREATE SCHEMA partner;

-- V5__add_partner_offers
-- The same name as the enum of our books has, and other labels.
CREATE TYPE partner.binding AS ENUM ('HC', 'PB', '2nd hand');

-- V5__add_partner_offers
CREATE TYPE partner.seller AS (name TEXT, rating NUMERIC);

-- Created by V5__add_partner_offers
CREATE TABLE partner.offers (
    isbn    TEXT NOT NULL,
    binding partner.binding NOT NULL,
    sellers partner.seller[] NOT NULL DEFAULT '{}',
    CONSTRAINT offers_pkey PRIMARY KEY (isbn)
);

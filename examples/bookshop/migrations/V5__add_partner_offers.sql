-- Offers of a partner, as its feed delivers them: in a schema of their own, which no other table refers to.
--
-- Locks: nothing that exists.

CREATE SCHEMA partner;

-- The same name as the enum of our books has, and other labels.
CREATE TYPE partner.binding AS ENUM ('HC', 'PB', '2nd hand');
CREATE TYPE partner.seller AS (name TEXT, rating NUMERIC);

CREATE TABLE partner.offers (
    isbn    TEXT PRIMARY KEY,
    binding partner.binding NOT NULL,
    sellers partner.seller[] NOT NULL DEFAULT '{}'
);

/* rollback
DROP SCHEMA partner CASCADE;
*/
